"""The match index: it holds what follows from its records, says so when it is damaged."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rocksdict import Options, Rdict

from paper_pipeline.dedup.candidates import MOST_NODES_A_KEY
from paper_pipeline.dedup.engine import Batch, Update, plan_update
from paper_pipeline.dedup.index import (
    STATE,
    IndexUnusableError,
    MatchIndex,
    State,
    pack_signatures,
    replace_index,
    unpack_signatures,
)
from paper_pipeline.lake.store import LakeError
from paper_pipeline.rulings.corrections import NONE, Corrections, Link
from paper_pipeline_tests.dedup.small_corpora import (
    ARXIV_IDS,
    CONTENTS,
    CORRECTIONS,
    KINDS,
    RECORD_IDS,
    Step,
    build,
    clear_index,
    describe_index,
    draw_history,
    draw_places,
    keep_store,
    list_papers,
    make_batch,
    make_text,
    number_records,
    set_cap,
    sign,
    signed_contents,
    write_update,
)

store = pytest.fixture(scope="module")(keep_store)
rebuilt = pytest.fixture(scope="module")(keep_store)

RECORDS = number_records(range(0, len(CONTENTS), 3))
LINKED = Corrections((Link("must_link", (RECORD_IDS[0], RECORD_IDS[5]), "reason", "author"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of RECORDS, closed."""
    index = MatchIndex(tmp_path / "index", create=True)
    write_update(index, build(RECORDS))
    index.close()
    return tmp_path / "index"


def describe_folder(folder: Path) -> dict:
    index = MatchIndex(folder, read_only=True)
    try:
        return describe_index(index, sorted(RECORDS))
    finally:
        index.close()


# -- incremental equals full, inside


def follow(
    store: MatchIndex, rebuilt: MatchIndex, history: list[Step], corrections: Corrections
) -> None:
    """Takes a history in, and compares what the index holds with that of one full build."""
    clear_index(store)
    clear_index(rebuilt)
    records: dict[str, int] = {}
    for step in history:
        fresh = {record_id: place for record_id, place in step.items() if place is not None}
        gone = [i for i, place in step.items() if place is None and i in records]
        write_update(store, plan_update(store, make_batch(fresh), gone, corrections))
        records = {i: place for i, place in (records | fresh).items() if i not in gone}
    write_update(rebuilt, build(records, corrections))
    ids = sorted(records)
    assert describe_index(store, ids) == describe_index(rebuilt, ids)


@pytest.mark.parametrize("cap", [MOST_NODES_A_KEY, 3])
@settings(max_examples=25)
@given(history=draw_history(), corrections=CORRECTIONS | st.just(NONE))
def test_an_index_that_grew_is_like_one_built_at_once(
    store: MatchIndex,
    rebuilt: MatchIndex,
    monkeypatch: pytest.MonkeyPatch,
    cap: int,
    history: list[Step],
    corrections: Corrections,
) -> None:
    set_cap(monkeypatch, cap)
    follow(store, rebuilt, history, corrections)


@settings(max_examples=8)
@given(places=draw_places(20), corrections=CORRECTIONS)
def test_a_bulk_load_holds_what_a_write_does(
    store: MatchIndex,
    tmp_path_factory: pytest.TempPathFactory,
    places: list[int],
    corrections: Corrections,
) -> None:
    records = number_records(places)
    update = build(records, corrections)
    clear_index(store)
    write_update(store, update)
    bulk = MatchIndex(tmp_path_factory.mktemp("bulk") / "index", create=True)
    bulk.load(update.entries(), update.state)
    try:
        for kind in KINDS:
            assert [*bulk.items(kind)] == [*store.items(kind)]
        assert bulk.state == store.state
        assert describe_index(bulk, sorted(records)) == describe_index(store, sorted(records))
    finally:
        bulk.close()


def test_the_entries_of_a_full_build_come_in_the_order_of_their_keys() -> None:
    keys = [key for key, value in build(RECORDS).entries() if value is not None]
    assert keys == sorted(set(keys))
    assert len(keys) > 5 * len(set(RECORDS.values()))


def test_a_store_that_was_loaded_can_grow(tmp_path: Path) -> None:
    some = dict([*RECORDS.items()][::2])
    index = MatchIndex(tmp_path / "index", create=True)
    update = build(some)
    index.load(update.entries(), update.state)
    papers = list_papers(update)
    update = plan_update(index, make_batch({i: RECORDS[i] for i in RECORDS if i not in some}))
    write_update(index, update)
    assert papers | list_papers(update) == list_papers(build(RECORDS))
    index.close()
    assert describe_folder(tmp_path / "index")["state"]["records"] == len(RECORDS)


# -- reading and writing


def test_a_plan_that_is_not_written_changes_nothing(folder: Path) -> None:
    before = describe_folder(folder)
    index = MatchIndex(folder)
    batch = make_batch({"new": 1, sorted(RECORDS)[0]: 7})
    update = plan_update(index, batch, sorted(RECORDS)[3:5], LINKED)
    assert len([*update.entries()]) > 10
    assert index.state == build(RECORDS).state != update.state
    index.close()
    assert describe_folder(folder) == before


def test_a_store_opened_again_says_the_same(folder: Path) -> None:
    assert describe_folder(folder) == describe_folder(folder)
    index = MatchIndex(folder)
    assert index.state == build(RECORDS).state
    update = plan_update(index, make_batch({"new": 1}), [sorted(RECORDS)[0]])
    expected = list_papers(update)
    index.close()
    again = MatchIndex(folder)
    assert list_papers(plan_update(again, make_batch({"new": 1}), [sorted(RECORDS)[0]])) == expected
    again.close()


def test_the_state_is_kept_whole(tmp_path: Path) -> None:
    state = State(3, 2, 7, {"cleaned_records": 12}, LINKED.to_json())
    index = MatchIndex(tmp_path / "index", create=True)
    index.write({}, state)
    assert index.state == state
    index.close()
    again = MatchIndex(tmp_path / "index")
    assert again.state == state
    assert list(again.state.corrections) == LINKED.to_json()
    again.close()


def test_an_index_without_a_folder_is_empty_and_takes_no_writes() -> None:
    index = MatchIndex()
    keys = signed_contents().node_keys[:3]
    assert index.find_nodes(keys).tolist() == [-1] * 3
    assert index.find_nodes_of_records(["a", "b"]).tolist() == [-1, -1]
    counts, places, holders = index.find_holders(np.array([1, 2], np.uint32))
    assert (counts.tolist(), len(places), len(holders)) == ([0, 0], 0, 0)
    assert [len(nodes) for nodes in index.find_arxiv_nodes(["x", "y"])] == [0, 0]
    assert [*index.items(KINDS[0])] == []
    assert index.state == State()
    with pytest.raises(IndexUnusableError):
        index.write({}, State())
    with pytest.raises(IndexUnusableError):
        index.load(iter([]), State())


def test_what_is_not_there_is_not_found(folder: Path) -> None:
    index = MatchIndex(folder)
    assert index.find_nodes(sign({"title": "Unknown"}).node_keys).tolist() == [-1]
    found = index.find_nodes_of_records(["unknown", sorted(RECORDS)[0]])
    assert (found >= 0).tolist() == [False, True]
    assert index.find_nodes_of_records([]).tolist() == []
    assert [len(nodes) > 0 for nodes in index.find_arxiv_nodes(["x", ARXIV_IDS[0]])] == [
        False,
        True,
    ]
    assert index.read_members(np.array([10_000])) == [[]]
    with pytest.raises(IndexUnusableError, match="10000"):
        index.read_signatures(np.array([0, 10_000]))
    index.close()


def test_a_key_that_too_many_hold_is_counted_but_not_listed(store: MatchIndex) -> None:
    clear_index(store)
    count = MOST_NODES_A_KEY + 3
    rows = [{"title": "Deep sparse attention", "abstract": make_text(n)} for n in range(count)]
    ids = [f"r{number}" for number in range(count)]
    signatures = sign(*rows)
    write_update(store, plan_update(store, Batch(signatures, ids)))
    title_key, own_key = signatures.rows["keys"][0, 0], signatures.rows["keys"][0, -1]
    keys = np.array([title_key, own_key, 12345], np.uint32)
    counts, places, holders = store.find_holders(keys)
    nodes = store.find_nodes(signatures.node_keys)
    assert counts.tolist() == [count, 1, 0]
    assert (places.tolist(), holders.tolist()) == ([1], [nodes[0]])
    found_keys, found = store.find_holders_by_scan(keys[:1])
    assert set(found_keys.tolist()) == {int(title_key)}
    assert sorted(found.tolist()) == sorted(nodes.tolist())
    gone = plan_update(store, make_batch({}), ids[:5])
    write_update(store, gone)
    counts, places, holders = store.find_holders(keys[:1])
    assert counts.tolist() == [count - 5]
    assert sorted(holders.tolist()) == sorted(nodes[5:].tolist())


def test_signatures_are_the_same_once_packed_and_unpacked() -> None:
    signatures = sign(
        {"title": "Größe — 深度", "arxiv_id": "hep-th/9901001", "abstract": make_text(1)},
        {"title": "", "authors": ["A"] * 20},
        {"title": "a" * 500, "arxiv_id": ARXIV_IDS[0], "year": 2020, "doi": "10.1/a"},
    )
    again = unpack_signatures(pack_signatures(signatures))
    assert np.array_equal(again.rows, signatures.rows)
    assert again.titles.to_pylist() == signatures.titles.to_pylist()
    assert again.arxiv_ids.to_pylist() == signatures.arxiv_ids.to_pylist()
    assert (again.arxiv_codes > 0).tolist() == [True, False, True]
    assert len(unpack_signatures([])) == 0


def test_a_replacement_takes_the_place_of_an_index(folder: Path, tmp_path: Path) -> None:
    other = MatchIndex(tmp_path / "other", create=True)
    write_update(other, build({RECORD_IDS[0]: 2}))
    other.close()
    replace_index(folder, tmp_path / "other")
    index = MatchIndex(folder)
    assert index.state.records == 1
    assert not (tmp_path / "other").exists()
    index.close()


# -- damage


def big_update() -> Update:
    """Enough for a table of several blocks."""
    rows = [{"title": f"On {make_text(n, 5)}", "abstract": make_text(n)} for n in range(200)]
    return plan_update(MatchIndex(), Batch(sign(*rows), [f"r{n:03d}" for n in range(200)]))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The file that holds all entries of a store in this folder."""
    index = MatchIndex(tmp_path / "index", create=True)
    update = big_update()
    index.load(update.entries(), update.state)
    index.close()
    (file,) = (tmp_path / "index").glob("*.sst")
    return file


def read_all(folder: Path) -> int:
    """Looks everything up; how many nodes there are."""
    index = MatchIndex(folder)
    try:
        nodes = np.arange(index.state.next_node)
        ids = [record_id for members in index.read_members(nodes) for record_id in members]
        signatures = index.read_signatures(nodes)
        assert index.find_nodes(signatures.node_keys).tolist() == nodes.tolist()
        assert (index.find_nodes_of_records(ids) >= 0).all()
        return len(signatures)
    finally:
        index.close()


def test_what_is_whole_can_be_read(table: Path) -> None:
    assert read_all(table.parent) == 200


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scramble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    file.write_bytes(content)


def overwrite(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * (file.stat().st_size // 256 + 1))


def remove(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("damage", [truncate, scramble, overwrite, remove])
@pytest.mark.parametrize("name", ["*.sst", "CURRENT", "MANIFEST-*"])
def test_a_damaged_store_is_unusable(
    table: Path, damage: Callable[[Path], None], name: str
) -> None:
    (file,) = table.parent.glob(name)
    damage(file)
    with pytest.raises(IndexUnusableError):
        read_all(table.parent)


def test_a_store_that_lost_its_state_is_unusable(table: Path) -> None:
    """A list of files that was cut off can leave a store that opens, and is empty."""
    (manifest,) = table.parent.glob("MANIFEST-*")
    manifest.write_bytes(manifest.read_bytes()[:-1])
    with pytest.raises(IndexUnusableError):
        MatchIndex(table.parent)


def test_entries_that_cannot_be_read_are_not_passed_over(table: Path) -> None:
    """An iterator of RocksDB that meets damage just ends."""
    scramble(table)
    with pytest.raises(IndexUnusableError):
        _ = list_all(table.parent)


def list_all(folder: Path) -> list[tuple[bytes, bytes]]:
    index = MatchIndex(folder)
    try:
        return [entry for kind in KINDS for entry in index.items(kind)]
    finally:
        index.close()


def write_raw(folder: Path, key: bytes, value: bytes) -> None:
    raw = Rdict(str(folder), Options(raw_mode=True))
    raw[key] = value
    raw.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"\xff\xfe", b"[]", b"null", b"3", b'{"unknown": 1}', b'{"records": 1'],
    ids=str,
)
def test_garbage_for_a_state_is_unusable(folder: Path, content: bytes) -> None:
    write_raw(folder, STATE, content)
    with pytest.raises(IndexUnusableError):
        MatchIndex(folder)


@pytest.mark.parametrize("name", ["layout", "signature_version", "cap"])
def test_an_index_made_otherwise_is_unusable(folder: Path, name: str) -> None:
    index = MatchIndex(folder)
    index.write({}, replace(index.state, **{name: 99}))
    index.close()
    with pytest.raises(IndexUnusableError, match=f"{name}.*99"):
        MatchIndex(folder)


def test_corrections_that_cannot_be_read_make_an_index_unusable(folder: Path) -> None:
    state = asdict(build(RECORDS).state) | {"corrections": [{"must_link": 3}]}
    write_raw(folder, STATE, json.dumps(state).encode())
    with pytest.raises(IndexUnusableError):
        plan_update(MatchIndex(folder, read_only=True), make_batch({"new": 1}))


def test_where_there_is_no_index_none_is_made(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(IndexUnusableError, match="there is no index"):
            MatchIndex(tmp_path / "index", read_only=read_only)
    assert not (tmp_path / "index").exists()


def test_a_store_is_written_by_one_at_a_time(folder: Path) -> None:
    index = MatchIndex(folder)
    with pytest.raises(LakeError, match="another process holds the match index"):
        MatchIndex(folder)
    reader = MatchIndex(folder, read_only=True)
    assert reader.state == index.state
    reader.close()
    index.close()
