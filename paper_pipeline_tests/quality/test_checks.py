"""Every check passes on good tables and fails, with a name and an example, on what it is for."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.quality import scorecard, validation
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.quality.released import IDENTITY, find_losses
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import Corpus

BY_CHECK = {check.name: check for check in CHECKS}
EARLIER = [check for check in CHECKS if BY_NAME[check.asset].stage not in ("assess", "release")]


@pytest.fixture
def good(sample_corpus: Corpus) -> Lake:
    return sample_corpus.lake


def settings_of(lake: Lake) -> Settings:
    return Settings(data=str(lake.folder.parent))


def failed(lake: Lake) -> set[str]:
    return {
        check.name for check in CHECKS if not run_check(check, lake, settings_of(lake))[0].is_passed
    }


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
    assert run_check(BY_CHECK[check], good, settings_of(good))[0].is_passed
    corrupt(good)
    verdict, is_recalled = run_check(BY_CHECK[check], good, settings_of(good))
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
    verdict, _ = run_check(BY_CHECK["papers_explained"], good, settings_of(good))
    assert [row["arxiv_ids"] for row in verdict.details] == [2]


def test_a_verdict_holds_until_a_table_changes(good: Lake) -> None:
    check = BY_CHECK["every_paper_has_features"]
    assert run_check(check, good, settings_of(good))[1] is False
    assert run_check(check, good, settings_of(good))[1] is True
    drop_one("enriched_papers")(good)
    assert run_check(check, good, settings_of(good))[1] is False


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
    found = {
        name: run_check(BY_CHECK[name], corpus.lake, settings_of(corpus.lake))[0]
        for name in DAY_CHECKS
    }
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
    assert not run_check(check, corpus.lake, settings_of(corpus.lake))[0].is_passed
    assert run_check(check, corpus.lake, Settings(known_gaps=f"2020-01-01, {gap}"))[0].is_passed


class TestContracts:
    def test_only_rows_written_since_the_last_time_are_examined(self, good: Lake) -> None:
        check = BY_CHECK["contract_of_cleaned_records"]
        verdict, _ = run_check(check, good, settings_of(good))
        assert verdict.counts["rows_examined"] == good.count("cleaned_records") > 50
        change_first("cleaned_records", upvotes=7)(good)
        verdict, is_recalled = run_check(check, good, settings_of(good))
        assert (verdict.is_passed, is_recalled) == (True, False)
        assert verdict.counts["rows_examined"] == 1

    def test_a_broken_row_stays_broken_however_many_others_are_written(self, good: Lake) -> None:
        check = BY_CHECK["contract_of_cleaned_records"]
        run_check(check, good, settings_of(good))
        change_first("cleaned_records", upvotes=-1)(good)
        assert not run_check(check, good, settings_of(good))[0].is_passed
        last = (
            good.read("cleaned_records")
            .sort_by("record_id")
            .slice(good.count("cleaned_records") - 1)
        )
        place = last.column_names.index("upvotes")
        good.apply("cleaned_records", last.set_column(place, last.schema.field(place), [[3]]))
        verdict, _ = run_check(check, good, settings_of(good))
        assert not verdict.is_passed
        assert "upvotes: expected 0 or more, found '-1'" in verdict.words

    def test_a_table_made_anew_is_examined_whole(self, good: Lake) -> None:
        check = BY_CHECK["contract_of_paper_records"]
        run_check(check, good, settings_of(good))
        rows = good.read("paper_records")
        shutil.rmtree(good.folder / "paper_records.lance")
        good.apply("paper_records", rows)
        verdict, _ = run_check(check, good, settings_of(good))
        assert verdict.counts["rows_examined"] == rows.num_rows

    def test_a_broken_promise_shows_keys_example_and_its_page(self, good: Lake) -> None:
        change_first("cleaned_records", author_count=20_000)(good)
        check = BY_CHECK["contract_of_cleaned_records"]
        verdict, _ = run_check(check, good, settings_of(good))
        (row,) = verdict.details
        assert row["promise"] == "author_count: 1 to 10000"
        assert row["example"].startswith("20000")
        assert row["keys"] in good.read("cleaned_records", ["record_id"])["record_id"].to_pylist()
        assert "20000" in Path(verdict.page).read_text("utf-8")
        assert check.blocks(verdict)

    def test_a_broken_promise_that_is_but_a_warning_does_not_stop_a_run(self, good: Lake) -> None:
        change_first("cleaned_records", project_page_url="see our site")(good)
        check = BY_CHECK["contract_of_cleaned_records"]
        verdict, _ = run_check(check, good, settings_of(good))
        assert not verdict.is_passed
        assert verdict.severity == "warning"
        assert not check.blocks(verdict)


def papers(*rows: tuple[str, str, str | None]) -> pa.Table:
    """paper_id, title and abstract."""
    columns = dict(zip(("paper_id", "title", "abstract"), zip(*rows, strict=True), strict=True))
    schema = pa.schema(
        [BY_NAME["deduplicated_papers"].schema.field(n) for n in ("paper_id", *IDENTITY)]
    )
    nothing = [None] * len(rows)
    return pa.table({**columns, "arxiv_id": nothing, "published_on": nothing}, schema=schema)


def redirects(**moves: list[str]) -> pa.Table:
    schema = BY_NAME["paper_redirects"].schema
    rows = [{"old_paper_id": o, "paper_ids": n, "kind": "merged"} for o, n in moves.items()]
    return pa.Table.from_pylist(rows, schema=schema)


TEXT = "We train a small model on long texts and show that it reads them to the end. " * 4
OTHER = "A robot learns to fold towels from twelve films of a kitchen, without any reward. " * 4


class TestReleasedPapers:
    @pytest.mark.parametrize(
        ("before", "after", "moves", "expected"),
        [
            ([("a", "T", TEXT)], [("a", "T", TEXT)], {}, {}),
            ([("a", "T", TEXT)], [("a", "t.", TEXT.replace("train", "trained"))], {}, {}),
            ([("a", "T", None)], [("a", "T", TEXT)], {}, {}),
            ([("a", "T", TEXT[:90])], [("a", "T", TEXT)], {}, {}),
            ([("a", "T", TEXT)], [("a", "T", TEXT[:90])], {}, {"a": "changed"}),
            ([("a", "T", TEXT)], [("a", "T", None)], {}, {"a": "changed"}),
            ([("a", "T", TEXT)], [("a", "T", OTHER)], {}, {"a": "changed"}),
            ([("a", "A model", TEXT)], [("a", "Folding towels", TEXT)], {}, {"a": "changed"}),
            ([("a", "T", TEXT)], [("b", "T", TEXT)], {}, {"a": "removed"}),
            ([("a", "T", TEXT)], [("b", "T", TEXT)], {"a": ["b"]}, {}),
            ([("a", "T", TEXT)], [("b", "T", OTHER)], {"a": ["b"]}, {"a": "changed"}),
            ([("a", "T", TEXT)], [("c", "T", TEXT)], {"a": ["b"]}, {"a": "removed"}),
            (
                [("a", "T", TEXT), ("b", "T", TEXT)],
                [("b", "T", TEXT)],
                {"a": ["b"]},
                {"a": "merged"},
            ),
            (
                [("a", "T", TEXT), ("b", "T", TEXT)],
                [("c", "T", TEXT)],
                {"a": ["c"], "b": ["c"]},
                {"b": "merged"},
            ),
            (
                [("a", "T", TEXT)],
                [("b", "T", TEXT), ("c", "U", OTHER)],
                {"a": ["b", "c"]},
                {"a": "split"},
            ),
            ([], [("a", "T", TEXT)], {}, {}),
        ],
    )  # fmt: skip
    def test_losses(self, before, after, moves, expected: dict[str, str]) -> None:
        empty = papers(("x", "T", TEXT)).slice(0, 0)
        old, new = (papers(*rows) if rows else empty for rows in (before, after))
        losses = find_losses(old, new, redirects(**moves))
        assert dict(zip(losses["paper_id"], losses["kind"], strict=True)) == expected

    def refusal(self, lake: Lake, **settings: object):
        check = BY_CHECK["released_papers_kept"]
        given = Settings(data=str(lake.folder.parent), **settings)  # type: ignore[arg-type]
        return check, run_check(check, lake, given)[0]

    def shrink(self, lake: Lake, count: int) -> None:
        ids = lake.read("deduplicated_papers", ["paper_id"]).sort_by("paper_id")["paper_id"]
        gone = ("paper_id", ids.to_pylist()[:count])
        lake.apply("deduplicated_papers", lake.empty("deduplicated_papers"), replacing=gone)

    def test_a_corpus_that_shrank_is_refused_and_how_to_proceed_is_said(self, good: Lake) -> None:
        assert self.refusal(good)[1].is_passed
        self.shrink(good, 30)
        check, verdict = self.refusal(good)
        assert check.blocks(verdict)
        assert verdict.counts == {"released_papers": 78, "removed": 30, "changed": 0}
        version = good.read("corpus_release")["version"][0].as_py()
        assert f"paper-pipeline run --replacing {version}" in verdict.words
        assert len(verdict.details) == 20
        assert self.refusal(good, replacing=version)[1].is_passed
        assert not self.refusal(good, replacing="2020.01.01")[1].is_passed
        assert self.refusal(good, removed_limit=0.5)[1].is_passed

    def test_a_few_papers_are_no_reason_to_stop(self, good: Lake) -> None:
        self.shrink(good, 4)
        assert self.refusal(good, removed_limit=0.0)[1].is_passed

    def test_texts_that_change_all_at_once_are_refused(self, good: Lake) -> None:
        rows = good.read("deduplicated_papers")
        place = rows.column_names.index("abstract")
        cut = pc.utf8_slice_codeunits(rows["abstract"], 0, 40)
        good.apply("deduplicated_papers", rows.set_column(place, rows.schema.field(place), cut))
        _, verdict = self.refusal(good)
        assert not verdict.is_passed
        assert {row["field"] for row in verdict.details} == {"abstract"}

    def test_without_the_release_there_is_nothing_to_keep(self, good: Lake) -> None:
        shutil.rmtree(good.folder.parent / "releases")
        self.shrink(good, 30)
        assert self.refusal(good)[1].is_passed


class TestScorecard:
    def make(self, lake: Lake) -> str:
        scorecard.update_scorecard(lake, settings_of(lake), EARLIER)
        return scorecard.describe_checks(lake, {"parsed_dumps.fields_known": ["failed", "passed"]})

    def test_every_check_stands_in_it_with_what_it_found(self, good: Lake) -> None:
        text = self.make(good)
        verdicts = good.read("quality_scorecard", ["verdict"])["verdict"].to_pylist()
        assert verdicts == ["passed"] * len(EARLIER)
        assert all(check.check_id in text for check in EARLIER)
        assert "\u2717\u2713" in text

    def test_what_failed_comes_first(self, good: Lake) -> None:
        drop_one("enriched_papers")(good)
        rows = self.make(good).splitlines()[2:]
        marks = [row.split("|")[1].strip() for row in rows]
        assert marks[:2] == ["\u2717", "!"]
        assert marks == sorted(marks, key=["\u2717", "!", "\u2713"].index)

    def test_coverage_counts_what_is_filled(self, good: Lake) -> None:
        self.make(good)
        found = {row["column_id"]: row for row in good.read("column_coverage").to_pylist()}
        rows = good.read("deduplicated_papers").to_pandas()
        for name, filled in (
            ("title", len(rows)),
            ("upvotes", int(rows["upvotes"].notna().sum())),
            ("authors", int((rows["authors"].str.len() > 0).sum())),
        ):
            row = found[f"deduplicated_papers.{name}"]
            assert (row["row_count"], row["filled_count"]) == (len(rows), filled), name

    def test_making_it_twice_changes_nothing(self, good: Lake) -> None:
        self.make(good)
        before = good.versions(("quality_scorecard", "column_coverage"))
        self.make(good)
        assert good.versions(("quality_scorecard", "column_coverage")) == before

    def test_data_docs_show_every_table_that_has_rows(self, good: Lake) -> None:
        self.make(good)
        index = validation.publish_docs(settings_of(good).quality_dir)
        assert index is not None
        shown = index.read_text("utf-8")
        checked = {name for check in EARLIER for name in check.tables}
        tables = [name for name in checked if good.count(name) and BY_NAME[name].stage != "release"]
        assert len(tables) >= 12
        assert all(f"validations/{name}/" in shown for name in tables)
        page = Path(
            run_check(BY_CHECK["contract_of_cleaned_records"], good, settings_of(good))[0].page
        )
        assert page.exists()
