"""Each kind of promise in the contracts is really kept watch over by Great Expectations."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import lance
import pyarrow as pa
import pytest

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables.contract import Column, Table
from paper_pipeline.quality import validation

SIZE = Column("size", pa.int64(), "size", nullable=True, minimum=0, maximum=9)

THINGS = Table(
    "things",
    "clean",
    "a thing",
    "thing_id",
    (
        Column("thing_id", pa.string(), "key", unique=True, pattern="^t[0-9]$"),
        SIZE,
        Column("made_on", pa.date32(), "day", nullable=True, minimum=date(1991, 1, 1)),
        Column("name", pa.string(), "name", min_length=2, max_length=4),
        Column("kind", pa.string(), "kind", allowed=("a", "b")),
        Column("tags", pa.list_(pa.string()), "tags"),
    ),
)
GOOD = {
    "thing_id": ["t1", "t2", "t3"],
    "size": [0, 9, None],
    "made_on": [date(1991, 1, 1), None, date(2025, 1, 1)],
    "name": ["ab", "abcd", "日本"],
    "kind": ["a", "b", "a"],
    "tags": [[], ["x"], ["x", "y"]],
}


def rows(**columns: list) -> pa.Table:
    nullable = pa.schema([pa.field(c.name, c.type) for c in THINGS.columns])
    return pa.table({**GOOD, **columns}, schema=nullable)


def test_good_rows_keep_every_promise() -> None:
    report = validation.validate(THINGS, rows())
    assert report.broken == []
    assert report.is_met
    assert len(report.findings) == len(validation.expectations(THINGS)) == 6


def test_no_rows_keep_every_promise() -> None:
    assert validation.validate(THINGS, rows().slice(0, 0)).is_met


@pytest.mark.parametrize(
    ("column", "values", "expectation", "count"),
    [
        ("thing_id", ["t1", "t1", "t3"], "expect_column_values_to_be_unique", 2),
        ("thing_id", ["t1", "u2", "t3"], "expect_column_values_to_match_regex", 1),
        ("size", [0, 10, -1], "expect_column_values_to_be_between", 2),
        ("made_on", [date(1990, 12, 31)] * 3, "expect_column_values_to_be_between", 3),
        ("name", ["a", "abcde", "abc"], "expect_column_value_lengths_to_be_between", 2),
        ("kind", ["a", "c", "c"], "expect_column_values_to_be_in_set", 2),
    ],
)
def test_each_broken_promise_is_found(column, values, expectation, count) -> None:
    report = validation.validate(THINGS, rows(**{column: values}))
    assert not report.is_met
    (finding,) = [f for f in report.broken if f.expectation == expectation]
    assert (finding.column, finding.unexpected_count) == (column, count)
    broken = {str(values[n]) for n in range(3)} & {finding.example.removesuffix(".0")}
    assert broken, finding.example
    assert len(finding.keys) == count
    assert set(finding.keys) <= {"t1", "t2", "t3", "u2"}


def test_keys_are_those_of_the_broken_rows_and_bounded() -> None:
    many = pa.table(
        {
            "thing_id": [f"t{n}" for n in range(500)],
            "size": [n % 20 for n in range(500)],
            "made_on": [None] * 500,
            "name": ["abc"] * 500,
            "kind": ["a"] * 500,
            "tags": [[]] * 500,
        },
        schema=pa.schema([pa.field(c.name, c.type) for c in THINGS.columns]),
    )
    report = validation.validate(THINGS, many)
    sizes = next(finding for finding in report.broken if finding.column == "size")
    assert (sizes.unexpected_count, len(sizes.keys)) == (250, validation.MOST_EXAMPLES)
    assert all(int(key[1:]) % 20 > 9 for key in sizes.keys)


def test_the_gravest_broken_promise_gives_the_severity() -> None:
    warned = replace(THINGS, columns=(*THINGS.columns[:1], replace(SIZE, severity="warning")))
    wrong = rows(size=[99, 1, 1])
    assert validation.validate(THINGS, wrong).severity == "critical"
    assert validation.validate(warned, wrong).severity == "warning"
    both = validation.validate(warned, rows(size=[99, 1, 1], thing_id=["t1", "t2", "x"]))
    assert [finding.severity for finding in both.broken] == ["critical", "warning"]
    assert both.severity == "critical"


class TestFileContext:
    def test_people_find_what_they_know(self, tmp_path: Path) -> None:
        """Suites, checkpoints, validation history and Data Docs, as in any project."""
        import great_expectations as gx
        from great_expectations.expectations.metadata_types import FailureSeverity

        validation.validate(THINGS, rows(), tmp_path)
        report = validation.validate(THINGS, rows(size=[0, 10, -1]), tmp_path)
        index = validation.publish_docs(tmp_path, [THINGS])
        assert index is not None
        assert "things" in index.read_text("utf-8")
        assert "10" in Path(report.page).read_text("utf-8")
        context = gx.get_context(mode="file", project_root_dir=tmp_path)
        suite = context.suites.get("things")
        assert len(suite.expectations) == len(validation.expectations(THINGS))
        assert {e.severity for e in suite.expectations} == {FailureSeverity.CRITICAL}
        assert len(list(context.validation_results_store.list_keys())) == 2
        frame = rows(kind=["a", "c", "a"]).to_pandas()
        result = context.checkpoints.get("things").run(batch_parameters={"dataframe": frame})
        assert not result.success

    def test_the_suite_follows_the_contract(self, tmp_path: Path) -> None:
        validation.validate(THINGS, rows(), tmp_path)
        wider = replace(THINGS, columns=(THINGS.columns[0], replace(SIZE, maximum=99)))
        assert validation.validate(wider, rows(size=[0, 50, 1]), tmp_path).is_met
        assert not validation.validate(THINGS, rows(size=[0, 50, 1]), tmp_path).is_met

    def test_a_folder_that_was_removed_is_made_again(self, tmp_path: Path) -> None:
        validation.validate(THINGS, rows(), tmp_path / "q")
        shutil.rmtree(tmp_path / "q")
        report = validation.validate(THINGS, rows(size=[0, 10, -1]), tmp_path / "q")
        assert not report.is_met
        validation.publish_docs(tmp_path / "q", [THINGS])
        assert Path(report.page).exists()

    @pytest.mark.parametrize(
        "content", [b"", b"a: b\n", b'{"name": "thi', b"\xff\xfe\x00"], ids=repr
    )
    @pytest.mark.parametrize(
        "name",
        [
            "great_expectations.yml",
            "expectations/things.json",
            "validation_definitions/things.json",
            "checkpoints/things.json",
        ],
    )
    def test_a_damaged_file_is_made_again(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        name: str,
        content: bytes,
    ) -> None:
        validation.validate(THINGS, rows(), tmp_path)
        validation.publish_docs(tmp_path, [THINGS])
        (tmp_path / "gx" / name).write_bytes(content)
        monkeypatch.setattr(validation, "_contexts", {})  # as another process finds it
        assert validation.validate(THINGS, rows(), tmp_path).is_met
        assert not validation.validate(THINGS, rows(size=[0, 10, -1]), tmp_path).is_met
        index = validation.publish_docs(tmp_path, [THINGS])
        assert index is not None
        assert index.exists()
        if name.startswith("checkpoints"):  # which nobody reads, but people who run it by hand
            return
        assert "is made again" in caplog.text
        assert (tmp_path / "gx.damaged" / name).read_bytes() == content

    def test_history_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(validation, "KEPT_VALIDATIONS", 2)
        pages = [Path(validation.validate(THINGS, rows(), tmp_path).page) for _ in range(2)]
        validation.publish_docs(tmp_path, [THINGS])
        pages += [Path(validation.validate(THINGS, rows(), tmp_path).page) for _ in range(2)]
        validation.publish_docs(tmp_path, [THINGS])
        assert [page.exists() for page in pages] == [False, False, True, True]

    def test_nothing_validated_is_nothing_to_show(self, tmp_path: Path) -> None:
        assert validation.publish_docs(tmp_path) is None
        assert list(tmp_path.iterdir()) == []


def test_what_the_store_refuses_is_not_asked_of_great_expectations(tmp_path: Path) -> None:
    """A null cannot get into a table beside the store either."""
    lake = Lake(tmp_path)
    lake.apply(
        "released_papers",
        pa.table({"paper_id": ["arxiv:2501.00001"], "first_release": ["2026.01.01"]}),
    )
    file = str(tmp_path / "released_papers.lance")
    row = pa.table(
        {"paper_id": ["arxiv:2501.00002"], "first_release": pa.array([None], pa.string())}
    )
    with pytest.raises(OSError, match="null"):
        lance.write_dataset(row, file, mode="append")
    with pytest.raises(OSError, match="null"):
        lance.dataset(file).update({"first_release": "NULL"})
    assert lake.count("released_papers") == 1
