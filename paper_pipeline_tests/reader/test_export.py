"""Exports hold what was asked for, in every format, whole or not at all."""

import csv
import json
import os
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import lance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paper_pipeline.published.release import MissingFile
from paper_pipeline.reader import export as exporting
from paper_pipeline.reader.conditions import BadCondition
from paper_pipeline.reader.corpus import UnknownColumn, UnknownRelease
from paper_pipeline.reader.export import ExportError, export

FORMATS = ["parquet", "jsonl", "csv", "sqlite", "lance"]
SCORES = pa.list_(pa.struct([pa.field("value", pa.float64()), pa.field("unit", pa.string())]))
SCHEMA = pa.schema(
    [
        pa.field("paper_id", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("upvotes", pa.int64()),
        pa.field("is_open", pa.bool_()),
        pa.field("published_on", pa.date32()),
        pa.field("methods", pa.list_(pa.string()), nullable=False),
        pa.field("scores", SCORES),
        pa.field("score", pa.float64()),
    ]
)
ROWS: list[dict[str, Any]] = [
    {
        "paper_id": "arxiv:2501.00001",
        "title": 'Commas, "quotes"\nand lines',
        "upvotes": 3,
        "is_open": True,
        "published_on": date(2025, 1, 1),
        "methods": ["LoRA", 'a "b"'],
        "scores": [{"value": float("nan"), "unit": "%"}],
        "score": 0.5,
    },
    {
        "paper_id": "arxiv:2501.00002",
        "title": "Ω 日本 \u2028 🦉",
        "upvotes": None,
        "is_open": None,
        "published_on": None,
        "methods": [],
        "scores": None,
        "score": float("inf"),
    },
    {
        "paper_id": "arxiv:2501.00003",
        "title": "",
        "upvotes": 0,
        "is_open": False,
        "published_on": date(1991, 1, 1),
        "methods": ["lora"],
        "scores": [{"value": None, "unit": None}],
        "score": None,
    },
]
PLAIN = json.loads(json.dumps(ROWS, default=str).replace("NaN", "null").replace("Infinity", "null"))


def write_release(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True)
    papers = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(papers, folder / "papers.parquet", row_group_size=2)
    manifest = {"version": folder.name, "fingerprint": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release, and an earlier one with less."""
    releases = tmp_path / "data" / "releases"
    earlier = [ROWS[0] | {"upvotes": 1}, ROWS[1], ROWS[2] | {"paper_id": "paper:gone"}]
    write_release(releases / "2026.01.09", earlier)
    return write_release(releases / "2026.01.10", ROWS)


def read(path: Path, format: str) -> list[dict[str, Any]]:
    """What stands in an export, as rows of plain values."""
    if format == "parquet":
        return json.loads(json.dumps(pq.read_table(path).to_pylist(), default=str))
    if format == "lance":
        return json.loads(json.dumps(lance.dataset(str(path)).to_table().to_pylist(), default=str))
    if format == "jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    if format == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("select * from papers")]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("batch", [1, 20_000])
def test_all_of_it(release: Path, tmp_path: Path, format, batch, monkeypatch) -> None:
    monkeypatch.setattr(exporting, "ROWS_PER_GROUP", batch)
    out = tmp_path / "new" / f"papers.{format}"
    assert export(release, out, format=format) == 3
    found = read(out, format)
    assert list(found[0]) == SCHEMA.names
    for row, expected in zip(found, PLAIN, strict=True):
        if format in ("csv", "sqlite"):
            row["methods"] = json.loads(row["methods"])
            row["scores"] = json.loads(row["scores"]) if row["scores"] else None
        if format == "csv":
            row["upvotes"] = int(row["upvotes"]) if row["upvotes"] else None
            row["is_open"] = {"true": True, "false": False, "": None}[row["is_open"]]
            row["score"] = float(row["score"]) if row["score"] else None
            row["published_on"] = row["published_on"] or None
        if format != "jsonl":
            assert str(row.pop("score")) == str(ROWS[found.index(row)]["score"])
            expected = {name: value for name, value in expected.items() if name != "score"}
        if format in ("parquet", "lance") and row["scores"]:
            row["scores"] = json.loads(json.dumps(row["scores"]).replace("NaN", "null"))
        assert row == expected
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_parquet_and_lance_keep_the_types(release: Path, tmp_path: Path) -> None:
    for format in ("parquet", "lance"):
        export(release, tmp_path / format, format=format)
    assert pq.read_schema(tmp_path / "parquet").equals(SCHEMA)
    assert lance.dataset(str(tmp_path / "lance")).schema.equals(SCHEMA)


def test_sqlite_has_types_and_a_key(release: Path, tmp_path: Path) -> None:
    export(release, tmp_path / "p.db", format="sqlite")
    with closing(sqlite3.connect(tmp_path / "p.db")) as database:
        columns = database.execute("pragma table_info(papers)").fetchall()
        assert {name: (kind, key) for _, name, kind, _, _, key in columns} == {
            "paper_id": ("TEXT", 1),
            "title": ("TEXT", 0),
            "upvotes": ("INTEGER", 0),
            "is_open": ("INTEGER", 0),
            "published_on": ("TEXT", 0),
            "methods": ("TEXT", 0),
            "scores": ("TEXT", 0),
            "score": ("REAL", 0),
        }
        query = (
            "select paper_id from papers, json_each(methods) where lower(value) = 'lora' "
            "and is_open"
        )
        assert database.execute(query).fetchall() == [("arxiv:2501.00001",)]


@pytest.mark.parametrize("format", FORMATS)
def test_some_of_it(release: Path, tmp_path: Path, format) -> None:
    out = tmp_path / "some"
    where = "methods contains 'lora' and upvotes < 2"
    seen: list[tuple[int, int]] = []
    count = export(
        release,
        out,
        format=format,
        columns=["title", "paper_id"],
        where=where,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert count == 1
    assert read(out, format) == [{"title": "", "paper_id": "arxiv:2501.00003"}]
    assert list(read(out, format)[0]) == ["title", "paper_id"]
    assert seen == [(1, 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_of_it(release: Path, tmp_path: Path, format) -> None:
    assert export(release, tmp_path / "none", format=format, where="upvotes > 99") == 0
    assert read(tmp_path / "none", format) == []


@pytest.mark.parametrize(
    ("since", "where", "expected"),
    [
        ("2026.01.09", None, ["arxiv:2501.00001", "arxiv:2501.00003"]),
        ("2026-01-09", None, ["arxiv:2501.00001", "arxiv:2501.00003"]),
        ("2026.01.09", "upvotes > 1", ["arxiv:2501.00001"]),
        ("2026.01.10", None, []),
        ("2026-05-01", None, []),
    ],
)
@pytest.mark.filterwarnings("ignore:release .* does not hold redirects")
def test_what_is_new_since(release: Path, tmp_path: Path, since, where, expected) -> None:
    export(
        release, tmp_path / "new", format="jsonl", columns=["paper_id"], since=since, where=where
    )
    assert [row["paper_id"] for row in read(tmp_path / "new", "jsonl")] == expected


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_overwritten_unless_told(release: Path, tmp_path: Path, format) -> None:
    out = tmp_path / "out"
    export(release, out, format=format)
    with pytest.raises(ExportError, match="is there already; choose another name, or say --over"):
        export(release, out, format=format)
    for other in ("csv", "lance", format):
        export(release, out, format=other, overwrite=True, columns=["paper_id"])
        assert len(read(out, other)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


def test_a_folder_of_anything_else_is_never_overwritten(release: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="expected a file or a Lance dataset to overwrite, found"):
        export(release, tmp_path / "data", format="csv", overwrite=True)
    assert (release / "manifest.json").exists()


def test_a_pipe_is_never_replaced(release: Path, tmp_path: Path) -> None:
    out = tmp_path / "pipe"
    os.mkfifo(out)
    with pytest.raises(ExportError, match="found a device or a pipe; choose another name"):
        export(release, out, format="csv", overwrite=True)
    assert out.is_fifo()


@pytest.mark.parametrize(
    "place",
    ["releases/2026.01.10/papers.parquet", "releases/2026.01.09/mine.csv", "releases/mine.csv",
     "lake/mine.csv", "lake/cleaned_records.lance", "linked/mine.csv", "inbox/../lake/mine.csv"],
)  # fmt: skip
def test_what_the_pipeline_keeps_is_never_written_to(
    release: Path, tmp_path: Path, place: str
) -> None:
    data = tmp_path / "data"
    for folder in ("inbox", "lake/cleaned_records.lance/_versions"):
        (data / folder).mkdir(parents=True)
    (data / "linked").symlink_to(data / "lake")
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    with pytest.raises(ExportError, match="which only the pipeline changes"):
        export(release, data / place, format="csv", overwrite=True)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def test_links_are_followed(release: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    out, target = tmp_path / "out", tmp_path / "disk" / "papers"
    out.symlink_to(target)
    for overwrite in (False, True):
        export(release, out, format="csv", overwrite=overwrite)
        assert out.is_symlink()
        assert len(read(target, "csv")) == 3
        target.write_text("another")
    with pytest.raises(ExportError, match="is there already"):
        export(release, out, format="csv")


def test_what_fails_half_way_leaves_what_was_there(release: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("before")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(release, out, format="csv", overwrite=True, on_progress=stop)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"format": "xlsx"}, ExportError, "one of the formats parquet, jsonl, csv, sqlite, lance"),
        ({"columns": ["titel"]}, UnknownColumn, r"Did you mean title\?"),
        ({"where": "title >"}, BadCondition, "expected a text in quotes for title"),
        ({"since": "2026.01.08"}, UnknownRelease, "found no '2026.01.08'"),
        ({"since": "2026-01-08"}, UnknownRelease, "found the first, 2026.01.09"),
        ({"since": "../.."}, ExportError, "expected a release, as 2026.11.21, or a day"),
    ],
)
def test_errors_leave_nothing(release: Path, tmp_path: Path, asked, error, message) -> None:
    with pytest.raises(error, match=message):
        export(release, tmp_path / "out" / "papers", **{"format": "csv"} | asked)
    assert not (tmp_path / "out").exists()


def test_no_release(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="expected the manifest of a release"):
        export(tmp_path, tmp_path / "out", format="csv")
