"""Every check passes on good tables and fails, with a name and an example, on what it is for."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pytest

from paper_pipeline.checks import CHECKS, run_check
from paper_pipeline.settings import Settings
from paper_pipeline.store import Lake
from paper_pipeline.tables import BY_NAME
from paper_pipeline_tests.corpus import SAMPLE, Corpus

BY_CHECK = {check.name: check for check in CHECKS}


@pytest.fixture
def good(corpus: Corpus) -> Lake:
    corpus.put(*SAMPLE.iterdir())
    corpus.update()
    return corpus.lake


def failed(lake: Lake) -> set[str]:
    return {check.name for check in CHECKS if not run_check(check, lake, Settings())[0].is_passed}


def drop_one(name: str) -> Callable[[Lake], object]:
    def corrupt(lake: Lake) -> None:
        key = BY_NAME[name].key
        first = lake.read(name, [key]).sort_by(key)[key][0].as_py()
        lake.apply(name, lake.empty(name), replacing=(key, [first]))

    return corrupt


def change_first(name: str, **values: object) -> Callable[[Lake], object]:
    def corrupt(lake: Lake) -> None:
        table = BY_NAME[name]
        row = lake.read(name).sort_by(table.key).slice(0, 1).to_pylist()[0]
        lake.apply(name, pa.Table.from_pylist([row | values], schema=table.schema))

    return corrupt


def test_good_tables_pass_every_check(good: Lake) -> None:
    assert failed(good) == set()


@pytest.mark.parametrize(
    ("corrupt", "check"),
    [
        (drop_one("parsed_dumps"), "every_dump_parsed"),
        (drop_one("cleaned_records"), "entries_conserved"),
        (drop_one("quarantined_entries"), "entries_conserved"),
        (change_first("parsed_dumps", entry_count=99), "entries_conserved"),
        (drop_one("paper_records"), "every_record_in_a_paper"),
        (drop_one("paper_records"), "papers_explained"),
        (drop_one("cleaned_records"), "references_of_paper_records"),
        (drop_one("deduplicated_papers"), "references_of_enriched_papers"),
        (drop_one("deduplicated_papers"), "references_of_paper_records"),
        (change_first("deduplicated_papers", record_count=9), "papers_explained"),
        (drop_one("enriched_papers"), "every_paper_has_features"),
        (drop_one("enriched_papers"), "every_paper_counted"),
        (change_first("enriched_papers", month="1999-01"), "every_paper_counted"),
        (change_first("feature_counts", paper_count=0), "contract_of_feature_counts"),
        (drop_one("deduplicated_papers"), "release_is_current"),
        (change_first("cleaned_records", upvotes=-4), "contract_of_cleaned_records"),
        (change_first("cleaned_records", arxiv_id="2503.2"), "contract_of_cleaned_records"),
        (change_first("enriched_papers", language="English"), "contract_of_enriched_papers"),
        (change_first("inbox_files", verdict="too_large"), "inbox_files_accepted"),
    ],
)
def test_what_is_corrupted_is_named(good: Lake, corrupt, check: str) -> None:
    assert run_check(BY_CHECK[check], good, Settings())[0].is_passed
    corrupt(good)
    verdict, is_recalled = run_check(BY_CHECK[check], good, Settings())
    assert not is_recalled
    assert not verdict.is_passed
    assert verdict.words


def test_two_arxiv_ids_in_one_paper_are_found(good: Lake) -> None:
    members = good.read("paper_records").to_pandas()
    shared = members[members.duplicated("paper_id", keep=False)]
    paper = shared.groupby("paper_id")["record_id"].first().index[0]
    two = shared.loc[shared["paper_id"] == paper, "record_id"].tolist()[:2]
    rows = good.read("cleaned_records", where=("record_id", two))
    ids = pa.array(["2501.00001", "2501.00002"])
    good.apply("cleaned_records", rows.set_column(
        rows.column_names.index("arxiv_id"), rows.schema.field("arxiv_id"), ids
    ))  # fmt: skip
    verdict, _ = run_check(BY_CHECK["papers_explained"], good, Settings())
    assert [row["arxiv_ids"] for row in verdict.details] == [2]


def test_a_verdict_holds_until_a_table_changes(good: Lake) -> None:
    check = BY_CHECK["every_paper_has_features"]
    assert run_check(check, good, Settings())[1] is False
    assert run_check(check, good, Settings())[1] is True
    drop_one("enriched_papers")(good)
    assert run_check(check, good, Settings())[1] is False


def test_every_table_has_a_contract_check_and_blocking_guards_the_next_stage() -> None:
    assert {f"contract_of_{name}" for name in BY_NAME} <= set(BY_CHECK)
    assert {check.name for check in CHECKS if not check.is_blocking} == {
        "corrections_met",
        "dumps_as_usual",
        "dumps_sound",
        "every_paper_counted",
        "inbox_files_accepted",
        "quarantine_decisions_met",
        "quarantine_rate",
        "fields_known",
        "days_fetched",
        "days_not_shrunk",
        "days_fresh",
        "days_continuous",
        "days_volume",
    }


def fetches(*rows: tuple[str, str, int]) -> pa.Table:
    """Rows of daily_fetches: day, verdict, number of entries."""
    schema = BY_NAME["daily_fetches"].schema
    return pa.Table.from_pylist(
        [
            {
                "day": day,
                "checked_at": datetime(2025, 1, 1, tzinfo=UTC),
                "verdict": verdict,
                "reason": verdict,
                "entry_count": count,
                "listed_count": count,
                "dump_ids": [],
                "etag": "",
                "last_modified": "",
            }
            for day, verdict, count in rows
        ],
        schema=schema,
    )


def usual_days(count: int, last: date) -> list[tuple[str, str, int]]:
    """So many weekdays up to the last, with ordinary numbers of entries."""
    days = pd.bdate_range(end=last, periods=count)
    return [(str(d.date()), "listed", 15 + n * 7 % 11) for n, d in enumerate(days)]


DAY_CHECKS = ("days_fetched", "days_not_shrunk", "days_fresh", "days_continuous", "days_volume")


@pytest.mark.parametrize(
    ("change", "check", "named"),
    [
        (None, "", []),
        ({40: ("failed", 0)}, "days_fetched", [40]),
        ({40: ("not_a_list", 0)}, "days_fetched", [40]),
        ({40: ("shrunk", 2)}, "days_not_shrunk", [40]),
        ({40: ("empty", 0), 41: None}, "days_continuous", [40, 41]),
        ({40: ("listed", 90)}, "days_volume", [40]),
        (dict.fromkeys(range(54, 60)), "days_fresh", [56, 57, 58, 59]),
    ],
    ids=["usual", "failed", "no list", "shrunk", "gaps", "far too many", "late"],
)
def test_checks_about_days_name_them(corpus: Corpus, change, check: str, named: list[int]) -> None:
    today = datetime.now(UTC).date()
    rows = usual_days(60, today)
    days = [row[0] for row in rows]
    for place, other in (change or {}).items():
        rows[place] = None if other is None else (days[place], *other)  # type: ignore[call-overload]
    corpus.lake.apply("daily_fetches", fetches(*(row for row in rows if row)))
    found = {name: run_check(BY_CHECK[name], corpus.lake, Settings())[0] for name in DAY_CHECKS}
    if not check:
        assert all(verdict.is_passed for verdict in found.values()), found
        return
    assert not found[check].is_passed
    shown = str(found[check].details)
    assert all(days[place] in shown for place in named)


def test_known_gaps_are_not_reported(corpus: Corpus) -> None:
    rows = usual_days(60, datetime.now(UTC).date())
    gap = rows.pop(30)[0]
    corpus.lake.apply("daily_fetches", fetches(*rows))
    check = BY_CHECK["days_continuous"]
    assert not run_check(check, corpus.lake, Settings())[0].is_passed
    assert run_check(check, corpus.lake, Settings(known_gaps=f"2020-01-01, {gap}"))[0].is_passed
