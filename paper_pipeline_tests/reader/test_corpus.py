"""The reading side: what readers may write, what they get, and what they are told otherwise."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.lake.raw import DamagedDump, RawStore
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.changes import apply_changes
from paper_pipeline.published.release import BrokenRelease, MissingFile
from paper_pipeline.reader import corpus as reading
from paper_pipeline.reader.conditions import BadCondition
from paper_pipeline.reader.corpus import (
    SplitPaper,
    UnknownColumn,
    UnknownPaper,
    UnknownRelease,
    as_of,
    changes,
    list_versions,
    open_folder,
    open_release,
)
from paper_pipeline.release import snapshot
from paper_pipeline.release.source import released_schema
from paper_pipeline_tests.corpus import SAMPLE, Corpus

PAGE = "Les Éditions\n\nAn Owl Learns to Count\n\nOwls count.\n".encode()
SPAN = (PAGE.index(b"An Owl"), len(PAGE))
RECORD = "0123456789abcdef:000000"
FIRST, SECOND, THIRD = "2026.01.09", "2026.01.10", "2026.01.10.1"


def papers_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Papers with the schema of a release; what a row does not say is null or empty."""
    schema = released_schema()

    def value(row: dict[str, Any], field: pa.Field) -> Any:
        if field.name in row or field.nullable:
            return row.get(field.name)
        if pa.types.is_list(field.type):
            return []
        return {} if pa.types.is_struct(field.type) else "?" if field.type == pa.string() else 0

    rows = sorted(rows, key=lambda row: row["paper_id"])
    columns = [pa.array([value(row, field) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def write_release(
    data: Path,
    version: str,
    rows: list[dict[str, Any]],
    *,
    redirects: dict[str, list[str]] | None = None,
    records: list[dict[str, Any]] | None = None,
    previous: str | None = None,
    rows_per_group: int = 2,
) -> Path:
    folder = data / "releases" / version
    folder.mkdir(parents=True)
    papers = papers_of(rows)
    pq.write_table(papers, folder / "papers.parquet", row_group_size=rows_per_group)
    if redirects is not None:
        found = [
            {"old_paper_id": old, "paper_ids": ids, "kind": "merged" if len(ids) == 1 else "split"}
            for old, ids in redirects.items()
        ]
        schema = BY_NAME["paper_redirects"].schema
        pq.write_table(pa.Table.from_pylist(found, schema=schema), folder / "redirects.parquet")
    if records is not None:
        pq.write_table(pa.Table.from_pylist(records), folder / "records.parquet")
    manifest = {"version": version, "fingerprint": snapshot.fingerprint(papers)}
    snapshot.write_manifest(manifest | {"previous": previous}, folder / "manifest.json")
    return folder


def paper(paper_id: str, title: str = "A Title", **fields: Any) -> dict[str, Any]:
    return {"paper_id": paper_id, "title": title, **fields}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three releases; a and b are merged in the second, c is split in the third, d goes."""
    folder = tmp_path / "data"
    ids = [f"arxiv:2501.0000{n}" for n in range(5)]
    write_release(folder, FIRST, [paper(i, f"Paper {i[-1]}", upvotes=1) for i in ids])
    later = [paper(i, f"Paper {i[-1]}", upvotes=2) for i in ids if not i.endswith("1")]
    write_release(folder, SECOND, later, redirects={ids[1]: [ids[0]]}, previous=FIRST)
    dump_id = RawStore(folder / "lake" / "raw").put(PAGE)
    owl = paper(
        "arxiv:2501.00009",
        "An Owl Learns to Count",
        upvotes=70,
        published_on=date(2025, 1, 9),
        benchmarks=["GSM8K", "MATH"],
        organisation="Owls",
        corrected_fields=["organisation"],
        field_record_ids={"title": RECORD},
    )
    write_release(
        folder,
        THIRD,
        [paper(ids[0], "Paper 0", upvotes=2), paper("paper:5", "x"), paper("paper:6", "y"), owl],
        redirects={
            ids[1]: [ids[0]],
            ids[2]: ["paper:5", "paper:6"],
            ids[3]: [],
            "paper:7": ["paper:8"],
            "paper:8": [ids[1]],
            "paper:9": ["paper:10"],
            "paper:10": ["paper:9"],
            ids[0]: ["paper:5"],  # in use again
        },
        records=[
            {
                "record_id": RECORD,
                "dump_id": dump_id,
                "byte_start": SPAN[0],
                "byte_end": SPAN[1],
                "title": "An Owl Learns to Count",
            }
        ],
        previous=SECOND,
    )
    (folder / "releases" / ".writing-x").mkdir()
    (folder / "releases" / ".writing-x" / "manifest.json").write_text("{")
    (folder / "releases" / "notes").mkdir()
    return folder


def test_versions_and_the_latest(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_release(data, "2026.01.10.10", [paper("paper:1")])
    write_release(data, "2026.01.10.9", [paper("paper:1")])
    assert list_versions(data) == [FIRST, SECOND, THIRD, "2026.01.10.9", "2026.01.10.10"]
    assert open_release(data=data).version == "2026.01.10.10"
    assert open_release(SECOND, str(data)).version == SECOND
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(data))
    assert open_release().version == "2026.01.10.10"


@pytest.mark.parametrize(
    "version",
    ["../..", "..", "", ".", "/etc", "2026.01.09/../2026.01.10", "2026.01.09\n", "2026.1.9",
     "notes", ".writing-x", "Latest", "2026.01.11"],
)  # fmt: skip
def test_what_is_no_version_or_not_there(data: Path, version: str) -> None:
    with pytest.raises(UnknownRelease, match=r"one of 2026.01.09, 2026.01.10, 2026.01.10.1, fou"):
        open_release(version, data)


def test_no_release_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnknownRelease, match=r"none there, found no 'latest'; `paper-pipeline run"):
        open_release(data=tmp_path)
    with pytest.raises(UnknownRelease, match="found none at all"):
        as_of("2026-01-09", tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "expected the manifest of a release in JSON"),
        ("[]", "found something else"),
        ('{"version": "1"}', "found something else"),
        *(
            (json.dumps({"version": "1", "fingerprint": "f"} | odd), "found something else")
            for odd in (
                {"version": 1},
                {"counts": []},
                {"counts": {"papers": "many"}},
                {"inputs": None},
                {"files": ["papers.parquet"]},
                {"files": {"papers.parquet": 3}},
                {"files": {"papers.parquet": {"byte_count": "many", "sha256": "0"}}},
            )
        ),
    ],
)
def test_a_broken_manifest(data: Path, content: str, found: str) -> None:
    (data / "releases" / FIRST / "manifest.json").write_text(content)
    with pytest.raises(BrokenRelease, match=found):
        open_release(FIRST, data)
    assert open_release(data=data).version == THIRD


def test_a_copied_folder(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "year=2026" / "[my] *copy?"
    copy.parent.mkdir()
    (data / "releases" / THIRD).rename(copy)
    release = open_folder(copy)
    assert release.paper("2501.00009")["upvotes"] == 70
    assert release.papers().schema.equals(released_schema())
    assert release.to_duckdb().aggregate("count(*)").fetchall() == [(4,)]
    assert release.lineage("2501.00009", "title").data is None
    with pytest.raises(MissingFile, match="expected the manifest of a release, found no file"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    ("day", "version"),
    [("2026-01-09", FIRST), (date(2026, 1, 10), THIRD), ("2030-01-01", THIRD)],
)
def test_as_of(data: Path, day: str | date, version: str) -> None:
    assert as_of(day, data).version == version


def test_as_of_before_the_first(data: Path) -> None:
    with pytest.raises(
        UnknownRelease, match=r"of 2026-01-08 or before, found the first, 2026.01.0"
    ):
        as_of("2026-01-08", data)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("arxiv:2501.00009", "arxiv:2501.00009"),
        ("2501.00009", "arxiv:2501.00009"),
        (" arXiv:2501.00009v3 ", "arxiv:2501.00009"),
        ("https://arxiv.org/abs/2501.00009", "arxiv:2501.00009"),
        ("paper:5", "paper:5"),
        ("2501.00001", "arxiv:2501.00000"),
        ("paper:7", "arxiv:2501.00000"),
        ("arxiv:2501.00000", "arxiv:2501.00000"),
    ],
    ids=["id", "bare", "with version", "address", "hash", "merged", "thrice", "in use again"],
)
def test_a_paper_is_found(data: Path, written: str, found: str) -> None:
    release = open_release(data=data)
    assert release.resolve(written) == found
    expected = release.papers(where=pc.field("paper_id") == found).to_pylist()
    assert [release.paper(written)] == expected
    assert release.paper(written, ["title"]) == {"title": expected[0]["title"]}


def test_a_split_paper_says_where_it_went(data: Path) -> None:
    with pytest.raises(SplitPaper, match=r"are in paper:5, paper:6 now; ask for one") as caught:
        open_release(data=data).paper("2501.00002")
    assert caught.value.paper_ids == ["paper:5", "paper:6"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2501.00003", "arxiv:2501.00003 was released once, and its records are gone"),
        ("paper:9", "paper:9 was released once, and its records are gone"),
        (
            "2501.00004",
            "expected the id of a paper in release 2026.01.10.1, .* found '2501.00004'$",
        ),
        ("", "found ''$"),
        ("zebra", "found 'zebra'$"),
    ],
    ids=["removed", "in a circle", "unknown", "empty", "after the last"],
)
def test_what_leads_nowhere(data: Path, written: str, message: str) -> None:
    with pytest.raises(UnknownPaper, match=message):
        open_release(data=data).paper(written)


def test_an_old_release_cannot_follow_ids_and_says_so(data: Path) -> None:
    with pytest.raises(UnknownPaper, match="ids of earlier releases cannot be followed here"):
        open_release(FIRST, data).paper("paper:7")


@settings(max_examples=25)
@given(
    keys=st.sets(st.text("abcé1", min_size=1, max_size=3), max_size=9),
    rows_per_group=st.integers(1, 4),
    has_statistics=st.booleans(),
)
def test_every_row_is_found_and_no_other(tmp_path, keys, rows_per_group, has_statistics) -> None:
    ordered = sorted(keys)
    nested = pa.array([[{"a": 1}]] * len(ordered), pa.list_(pa.struct([("a", pa.int64())])))
    table = pa.table({"nested": nested, "key": pa.array(ordered, pa.string())})
    pq.write_table(
        table,
        tmp_path / "t.parquet",
        row_group_size=rows_per_group,
        write_statistics=has_statistics,
    )
    index = reading._Index(tmp_path / "t.parquet", "key")
    for key in [*ordered, "", "a", "b0", "zz", "é"]:
        expected = {"nested": [{"a": 1}], "key": key} if key in keys else None
        assert index.find(key) == expected


def test_columns_and_conditions(data: Path) -> None:
    release = open_release(data=data)
    wanted = release.papers(["title", "paper_id"], where="benchmarks contains 'gsm8k'")
    assert wanted.column_names == ["title", "paper_id"]
    assert wanted["paper_id"].to_pylist() == ["arxiv:2501.00009"]
    assert release.papers(["upvotes"], "published_on is null")["upvotes"].to_pylist() == [
        2,
        None,
        None,
    ]
    assert release.papers([], "upvotes > 1").num_rows == 2
    with pytest.raises(UnknownColumn, match=r"found 'upvote'. Did you mean upvotes\?"):
        release.papers(["upvote"])
    with pytest.raises(UnknownColumn, match="found 'upvote'"):
        release.paper("paper:5", ["upvote"])
    with pytest.raises(UnknownColumn, match="every column once, found title twice"):
        release.papers(["title", "title"])
    with pytest.raises(BadCondition, match="did you mean upvotes"):
        release.papers(where="upvote > 1")


def test_a_release_without_a_file_opens_and_says_which(data: Path) -> None:
    release = open_release(FIRST, data)
    assert release.papers().num_rows == 5
    with pytest.raises(MissingFile, match=r"expected mentions.parquet, found papers.parquet in"):
        release.table("mentions")
    with pytest.raises(MissingFile, match=r"expected ../2026.01.10/papers.parquet"):
        release.table("../2026.01.10/papers")
    with pytest.raises(MissingFile, match=r"expected records.parquet"):
        release._records_by_id.find(RECORD)


def test_lineage_goes_down_to_the_bytes(data: Path) -> None:
    found = open_release(data=data).lineage("2501.00009", "title")
    assert (found.paper_id, found.field, found.record_id) == ("arxiv:2501.00009", "title", RECORD)
    assert (found.byte_start, found.byte_end) == SPAN
    assert found.data == PAGE[slice(*SPAN)]
    assert found.text == "An Owl Learns to Count\n\nOwls count.\n"
    assert found.value in found.text


def test_lineage_of_what_no_record_says(data: Path) -> None:
    release = open_release(data=data)
    corrected = release.lineage("2501.00009", "organisation")
    assert (corrected.value, corrected.is_corrected, corrected.record_id) == ("Owls", True, None)
    nothing = release.lineage("2501.00009", "abstract")
    assert (nothing.value, nothing.is_corrected, nothing.data, nothing.text) == (
        None,
        False,
        None,
        None,
    )
    with pytest.raises(UnknownColumn, match=r"found 'titel'. Did you mean title\?"):
        release.lineage("2501.00009", "titel")
    for name in ("benchmarks", "record_count", "paper_id"):
        with pytest.raises(UnknownColumn, match=r"one of title, abstract, .* Features are drawn"):
            release.lineage("2501.00009", name)


def test_lineage_without_the_dump_or_with_a_damaged_one(data: Path) -> None:
    release = open_release(data=data)
    place = next((data / "lake" / "raw").glob("*/*.zst"))
    place.write_bytes(b"broken")
    with pytest.raises(DamagedDump, match="expected the stored bytes"):
        release.lineage("2501.00009", "title")
    place.unlink()
    found = release.lineage("2501.00009", "title")
    assert (found.record_id, found.byte_start, found.data) == (RECORD, SPAN[0], None)


def test_lineage_to_a_record_that_is_not_there(data: Path) -> None:
    path = data / "releases" / THIRD / "records.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(BrokenRelease, match="expected record 0123456789abcdef:000000 of arxiv"):
        open_release(data=data).lineage("2501.00009", "title")


def test_changes_between_any_two_releases(data: Path) -> None:
    versions = [FIRST, SECOND, THIRD]
    papers = {version: open_release(version, data).papers() for version in versions}
    for before in versions:
        for after in versions[1:]:
            found = changes(before, after, data)
            assert apply_changes(papers[before], found).equals(papers[after])
    kinds = {row["paper_id"]: row["kind"] for row in changes(FIRST, "latest", data).to_pylist()}
    assert kinds == {
        "arxiv:2501.00000": "changed",
        "arxiv:2501.00001": "merged",
        "arxiv:2501.00002": "split",
        "arxiv:2501.00003": "split",
        "arxiv:2501.00004": "removed",
        "arxiv:2501.00009": "added",
        "paper:5": "added",
        "paper:6": "added",
    }


def test_changes_back_to_a_release_without_redirects_warn(data: Path) -> None:
    with pytest.warns(UserWarning, match=r"2026.01.09 does not hold redirects.parquet"):
        found = changes(THIRD, FIRST, data)
    kinds = found["kind"].to_pylist()
    assert kinds == ["changed", *["added"] * 4, *["removed"] * 3]


def test_changes_that_a_release_holds_are_read(data: Path) -> None:
    held = changes(FIRST, SECOND, data).slice(0, 1)
    pq.write_table(held, data / "releases" / SECOND / "changes.parquet")
    assert changes(FIRST, SECOND, data).equals(held)
    assert changes(THIRD, SECOND, data).num_rows > 1


def test_everything_reads_a_release(data: Path, tmp_path: Path, monkeypatch) -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    from datasets import load_dataset

    release = open_release(data=data)
    path = str(release.path())
    expected = release.papers(["paper_id"])["paper_id"].to_pylist()
    assert pd.read_parquet(path)["paper_id"].tolist() == expected
    assert pl.read_parquet(path, glob=False)["paper_id"].to_list() == expected
    query = f"select paper_id from '{path}' order by 1"  # noqa: S608
    assert [paper_id for (paper_id,) in duckdb.execute(query).fetchall()] == expected
    dataset = load_dataset("parquet", data_files=path, split="train", cache_dir=str(tmp_path / "c"))
    assert dataset["paper_id"][:] == expected
    assert release.to_pandas()["paper_id"].tolist() == expected
    assert release.to_pandas(["paper_id"], "upvotes = 70")["paper_id"].tolist() == expected[1:2]
    assert release.to_polars()["paper_id"].to_list() == expected
    assert release.to_polars(["benchmarks"], "upvotes = 70").rows() == [(["GSM8K", "MATH"],)]
    relation = release.to_duckdb().filter("list_contains(benchmarks, 'MATH')").project("title")
    assert relation.fetchall() == [("An Owl Learns to Count",)]
    with duckdb.connect() as connection:
        assert release.to_duckdb(connection).count("*").fetchall() == [(4,)]


def test_opening_imports_nothing_large(data: Path) -> None:
    code = (
        "import sys; from paper_pipeline.reader.corpus import open_release; "
        "release = open_release(); release.paper('2501.00009'); "
        "release.lineage('2501.00009', 'title'); print(release); "
        "print([m for m in sys.argv[1:] if m in sys.modules])"
    )
    large = ["dagster", "lance", "pandas", "polars", "duckdb", "great_expectations",
             "pyarrow.dataset", "pydantic", "requests"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, *large],
        env=os.environ | {"PAPER_PIPELINE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    shown, imported = done.stdout.splitlines()
    assert imported == "[]"
    assert shown == f"Release(folder={data / 'releases' / THIRD!r})"


def test_from_dumps_to_bytes(corpus: Corpus) -> None:
    """Fields of the sample's papers lead to the bytes they were read from."""
    corpus.put(*SAMPLE.iterdir())
    folder = corpus.update().folder
    release = open_release(data=corpus.folder)
    raw = RawStore(corpus.folder / "lake" / "raw")
    papers = release.papers().to_pylist()
    for row in papers[::10]:
        for name, record_id in row["field_record_ids"].items():
            found = release.lineage(row["paper_id"], name)
            assert (found.value, found.record_id) == (row[name], record_id)
            if record_id:
                assert found.dump_id
                bytes_there = raw.get(found.dump_id)[found.byte_start : found.byte_end]
                assert found.data == bytes_there != b""
    titles = [release.lineage(row["paper_id"], "title") for row in papers[::4]]
    told = [str(found.value).split()[0] in (found.text or "") for found in titles]
    assert sum(told) > 0.8 * len(told)
    assert json.loads((folder / "manifest.json").read_text()) == release.manifest


def test_the_former_name_works_and_says_where_to_go() -> None:
    code = "from paper_pipeline.corpus import as_of, changes, open_release; print(open_release)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "open_release" in done.stdout
    assert "FutureWarning: paper_pipeline.corpus is now paper_pipeline.reader.corpus" in done.stderr
    with pytest.raises(ImportError, match="open_everything"):
        from paper_pipeline.corpus import open_everything  # noqa: F401
