"""The raw store keeps bytes unchanged, once, and notices when they are not what they were."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.lake.raw import DamagedDump, RawStore


@given(data=st.binary(max_size=2000))
def test_bytes_come_back(tmp_path: Path, data: bytes) -> None:
    store = RawStore(tmp_path)
    dump_id = store.put(data)
    assert dump_id == hashlib.sha256(data).hexdigest()
    assert store.get(dump_id) == data


def test_a_second_put_writes_nothing(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    path = store.path(store.put(b"a page"))
    before = path.stat().st_mtime_ns
    store.put(b"a page")
    assert path.stat().st_mtime_ns == before
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "expected the stored bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:-3]), "expected the stored bytes"),
        (lambda path: path.write_bytes(b""), "expected the stored bytes"),
        (lambda path: path.write_bytes(RawStore(path.parent).path("x").name.encode()), "expected"),
    ],
    ids=["missing", "cut off", "emptied", "other file"],
)
def test_damage_is_an_error_with_a_remedy(tmp_path: Path, damage, words: str) -> None:
    store = RawStore(tmp_path)
    dump_id = store.put(b"a page" * 100)
    damage(store.path(dump_id))
    with pytest.raises(DamagedDump, match=words) as error:
        store.get(dump_id)
    assert "put the page into the inbox again" in str(error.value)


def test_other_bytes_under_the_name_are_noticed(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    first, second = store.put(b"one"), store.put(b"two")
    store.path(first).write_bytes(store.path(second).read_bytes())
    with pytest.raises(DamagedDump, match="expected bytes with SHA-256"):
        store.get(first)
