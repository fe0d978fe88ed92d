"""The lake: writing what is there changes nothing, and a table is always what was applied to it."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.lake import store
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import COMPACT_AFTER_FRAGMENTS, Lake, LakeError
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.contract import Column

NAME = "paper_redirects"
SCHEMA = BY_NAME[NAME].schema


def redirects(rows: dict[str, tuple[list[str], str]]) -> pa.Table:
    values = [
        {"old_paper_id": key, "paper_ids": ids, "kind": kind} for key, (ids, kind) in rows.items()
    ]
    return pa.Table.from_pylist(values, schema=SCHEMA)


def content(lake: Lake) -> dict[str, tuple[list[str], str]]:
    rows = lake.read(NAME).to_pylist()
    return {row["old_paper_id"]: (row["paper_ids"], row["kind"]) for row in rows}


KEYS = st.sampled_from(["a", "b", "it's", "d", "é"])
ROWS = st.dictionaries(
    KEYS, st.tuples(st.lists(st.sampled_from(["x", "y"]), max_size=2), st.sampled_from("ms"))
)


@pytest.mark.parametrize(
    ("bytes_per_merge", "most_values"),
    [(100 << 20, 5_000), (40, 5_000), (100 << 20, 1), (40, 1)],
    ids=["as it comes", "in parts", "by places", "in parts by places"],
)
@settings(max_examples=25)
@given(steps=st.lists(st.tuples(ROWS, st.none() | st.lists(KEYS)), max_size=5))
def test_apply_is_what_a_dictionary_would_do(
    tmp_path_factory, bytes_per_merge: int, most_values: int, steps
) -> None:
    """Also where a write is made in parts, and where rows are found by their places."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "BYTES_PER_MERGE", bytes_per_merge)
        patched.setattr(store, "MOST_VALUES_IN_A_FILTER", most_values)
        compare_with_a_dictionary(Lake(tmp_path_factory.mktemp("lake")), steps)


def compare_with_a_dictionary(lake: Lake, steps) -> None:
    model: dict[str, tuple[list[str], str]] = {}
    for rows, replacing in steps:
        before, version = dict(model), lake.version(NAME)
        for key in set(replacing or ()) - set(rows):
            model.pop(key, None)
        model |= rows
        scope = None if replacing is None else ("old_paper_id", replacing)
        change = lake.apply(NAME, redirects(rows), replacing=scope)
        assert content(lake) == model
        assert change.inserted == len(model.keys() - before.keys())
        assert change.deleted == len(before.keys() - model.keys())
        assert change.updated == sum(before[k] != model[k] for k in before.keys() & model.keys())
        assert change.version == lake.version(NAME)
        if model == before and version:
            assert lake.version(NAME) == version, "nothing changed, yet there is a new version"


def test_rows_can_be_replaced_by_another_column(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.apply(NAME, redirects({"a": ([], "m"), "b": ([], "s"), "c": ([], "m")}))
    lake.apply(NAME, redirects({"d": ([], "m")}), replacing=("kind", ["m"]))
    assert content(lake) == {"b": ([], "s"), "d": ([], "m")}


def test_reading_what_was_never_written_gives_no_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.version(NAME) == 0
    assert lake.count(NAME) == 0
    assert lake.read(NAME, ["kind"]).schema.names == ["kind"]


def test_reading_by_values_and_columns(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.apply(NAME, redirects({f"k{i}": ([], "m") for i in range(12_000)}))
    few = lake.read(NAME, ["old_paper_id"], where=("old_paper_id", ["k1", "nothing", "k'2"]))
    assert few["old_paper_id"].to_pylist() == ["k1"]
    asked = [f"k{i}" for i in range(0, 12_000, 2)]
    many = lake.read(NAME, ["kind"], where=("old_paper_id", asked))
    assert many.num_rows == len(asked)
    assert lake.read(NAME, where=("old_paper_id", asked), limit=7).num_rows == 7
    assert lake.read(NAME, where=("old_paper_id", [])).num_rows == 0
    gone = lake.apply(NAME, lake.empty(NAME), replacing=("old_paper_id", asked)).deleted
    assert gone == len(asked)
    assert lake.count(NAME) == 6_000


def test_many_small_writes_are_compacted(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in range(COMPACT_AFTER_FRAGMENTS + 3):
        lake.apply(NAME, redirects({f"k{number}": ([], "m")}))
    assert lake.count(NAME) == COMPACT_AFTER_FRAGMENTS + 3
    files = list((tmp_path / f"{NAME}.lance" / "data").iterdir())
    assert len(files) > COMPACT_AFTER_FRAGMENTS  # older versions keep theirs
    assert lake.read(NAME, where=("old_paper_id", ["k7"])).num_rows == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (redirects({"a": ([], "m")}).drop_columns("kind"), "expected the columns"),
        (pa.concat_tables([redirects({"a": ([], "m")})] * 2), "expected every old_paper_id once"),
        (
            pa.table({"old_paper_id": [None], "paper_ids": [["x"]], "kind": ["m"]}),
            "old_paper_id may not be null",
        ),
        (
            pa.table({"old_paper_id": ["a"], "paper_ids": ["x"], "kind": ["m"]}),
            "do not fit the contract",
        ),
    ],
    ids=["column missing", "key twice", "null key", "wrong type"],
)
def test_rows_that_break_the_shape_are_refused(tmp_path: Path, rows: pa.Table, words: str) -> None:
    with pytest.raises(LakeError, match=words):
        Lake(tmp_path).apply(NAME, rows)


def test_a_derived_table_of_other_columns_is_made_again(tmp_path: Path) -> None:
    import lance

    old = pa.table({"paper_id": ["arxiv:1"]})
    lance.write_dataset(old, str(tmp_path / "enriched_papers.lance"))
    lake = Lake(tmp_path)
    assert lake.count("enriched_papers") == 0
    lake.apply("enriched_papers", lake.empty("enriched_papers"))
    assert lake.version("enriched_papers") > 1


def test_history_of_other_columns_is_an_error(tmp_path: Path) -> None:
    import lance

    name = "released_papers"
    lance.write_dataset(pa.table({"was": ["x"]}), str(tmp_path / f"{name}.lance"))
    with pytest.raises(LakeError, match="history and cannot be made again"):
        Lake(tmp_path).read(name)


STAMP = Stamp({"deduplicated_papers": "a"}, {"limit": 0.1}, "code")
VALUE_SHA256 = hashlib.sha256(b'{"passed": true}').hexdigest()
KEPT = json.dumps({"stamp": str(STAMP), "sha256": VALUE_SHA256, "value": {"passed": True}})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{broken",
        KEPT[:-1].encode(),
        KEPT[: len(KEPT) // 2].encode(),
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"7",
        b'"text"',
        KEPT.replace('"passed": true', '"passed": false').encode(),
        KEPT.replace('"passed": true', '"passet": true').encode(),
        KEPT.replace(VALUE_SHA256[:9], "0" * 9).encode(),
        json.dumps({"stamp": str(STAMP)}).encode(),
        json.dumps({"stamp": str(STAMP), "value": {"passed": True}}).encode(),
        json.dumps({"value": {"passed": True}}).encode(),
        # As earlier versions wrote them.
        json.dumps({"stamp": ["1", "code", {"a": 3}], "value": {"passed": True}}).encode(),
        json.dumps({"stamp": 7, "value": {"passed": True}}).encode(),
        json.dumps({"stamp": None, "value": {"passed": True}}).encode(),
    ],
)
def test_what_is_no_memory_counts_as_none(tmp_path: Path, content: bytes) -> None:
    lake = Lake(tmp_path)
    lake.remember("verdicts", "x", STAMP, {"passed": True})
    (file,) = (tmp_path / "memory").rglob("x.json")
    assert file.read_text() == KEPT
    assert lake.recall("verdicts", "x", STAMP) == {"passed": True}
    file.write_bytes(content)
    assert lake.recall("verdicts", "x", STAMP) is None


def put_back_and_write(lake: Lake, path: Path) -> tuple[str, int]:
    """Puts a table back from an older copy and writes to it until its version is the same again.

    Somebody does so on purpose, and deletes the notes that the table was more.

    Returns:
        The commit and the version before.
    """
    for key in "ab":
        lake.apply(NAME, redirects({key: ([], "m")}))
    table = lake.folder / f"{NAME}.lance"
    copy = shutil.copytree(table, path / "copy")
    lake.apply(NAME, redirects({"c": ([], "m")}))
    before = lake.commit(NAME), lake.version(NAME)
    lake.remember_progress("done", NAME, lake.version(NAME))
    assert lake.recall_progress("done", NAME) == lake.version(NAME)
    shutil.rmtree(table)
    copy.rename(table)
    (lake.folder / "checksums" / f"{NAME}.txt").unlink()
    lake.apply(NAME, redirects({"d": ([], "m")}))
    return before


def test_a_commit_never_comes_twice(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    assert lake.commit(NAME) == ""
    commit, version = put_back_and_write(lake, tmp_path)
    assert lake.version(NAME) == version, "the case is no longer the one that is meant"
    assert lake.commit(NAME) not in ("", commit)
    assert lake.commit(NAME) == lake.commit(NAME, version) == Lake(lake.folder).commit(NAME)
    assert lake.commit(NAME, version + 1) == ""


def test_progress_goes_on_over_writes_and_ends_where_the_table_is_another(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    assert lake.recall_progress("done", NAME) == 0
    lake.remember_progress("done", NAME, 0)
    assert lake.recall_progress("done", NAME) == 0
    lake.apply(NAME, redirects({"a": ([], "m")}))
    version = lake.version(NAME)
    lake.remember_progress("done", NAME, version)
    lake.apply(NAME, redirects({"b": ([], "m")}))
    assert lake.recall_progress("done", NAME) == version < lake.version(NAME)
    put_back_and_write(lake, tmp_path)
    assert lake.recall_progress("done", NAME) == 0


def test_a_lake_of_some_tables_reads_no_other(tmp_path: Path) -> None:
    lake = Lake(tmp_path).only([NAME])
    assert lake.count(NAME) == 0
    for read in (lake.read, lake.count, lake.version, lake.commit):
        with pytest.raises(LakeError, match=r"expected only paper_redirects .* found enriched_"):
            read("enriched_papers")


def test_tables_are_read_as_they_were_when_they_got_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless they had other columns then: a history gets new ones, which older versions lack."""
    lake = Lake(tmp_path)
    name = "released_papers"
    schema = lake.empty(name).schema
    for version, paper_id in (("first", "a"), ("second", "b")):
        rows = pa.table({"paper_id": [paper_id], "first_release": ["1"]}, schema=schema)
        lake.apply(name, rows)
        lake.tag(version)
    assert lake.at("first").read(name)["paper_id"].to_pylist() == ["a"]
    assert lake.at("second").count(name) == lake.at("never").count(name) == lake.count(name) == 2
    table = BY_NAME[name]
    more = replace(table, columns=(*table.columns, Column("note", pa.string(), "n", nullable=True)))
    monkeypatch.setitem(BY_NAME, name, more)
    assert lake.at("first").read(name)["note"].to_pylist() == [None, None]
    assert lake.at("first").version(name) == lake.version(name)


@pytest.mark.parametrize("name", ["ö", "a#b", "a b", "q'q", "[x]", "a%20b"])
def test_a_tag_makes_no_folder_but_its_own(tmp_path: Path, name: str) -> None:
    lake = Lake(tmp_path / name)
    lake.apply("quarantined_entries", lake.empty("quarantined_entries"))
    for _ in range(2):
        lake.tag("release-1")
    assert lake.tags()["release-1"].keys() == {"quarantined_entries"}
    assert [path.name for path in tmp_path.iterdir()] == [name]
