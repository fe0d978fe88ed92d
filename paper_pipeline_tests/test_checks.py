"""Every check passes on good tables and fails, with a name and an example, on what it is for."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from paper_pipeline.checks import CHECKS, run_check
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
    return {check.name for check in CHECKS if not run_check(check, lake)[0].is_passed}


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
        (drop_one("deduplicated_papers"), "release_is_current"),
        (change_first("cleaned_records", upvotes=-4), "contract_of_cleaned_records"),
        (change_first("cleaned_records", arxiv_id="2503.2"), "contract_of_cleaned_records"),
        (change_first("enriched_papers", language="English"), "contract_of_enriched_papers"),
        (change_first("inbox_files", verdict="too_large"), "inbox_files_accepted"),
    ],
)
def test_what_is_corrupted_is_named(good: Lake, corrupt, check: str) -> None:
    assert run_check(BY_CHECK[check], good)[0].is_passed
    corrupt(good)
    verdict, is_recalled = run_check(BY_CHECK[check], good)
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
    verdict, _ = run_check(BY_CHECK["papers_explained"], good)
    assert [row["arxiv_ids"] for row in verdict.details] == [2]


def test_a_verdict_holds_until_a_table_changes(good: Lake) -> None:
    check = BY_CHECK["every_paper_has_features"]
    assert run_check(check, good)[1] is False
    assert run_check(check, good)[1] is True
    drop_one("enriched_papers")(good)
    assert run_check(check, good)[1] is False


def test_every_table_has_a_contract_check_and_blocking_guards_the_next_stage() -> None:
    assert {f"contract_of_{name}" for name in BY_NAME} <= set(BY_CHECK)
    assert [check.name for check in CHECKS if not check.is_blocking] == ["inbox_files_accepted"]
