"""Damage to any file of a table is noticed, and nothing else is taken for damage."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_pipeline.lake import checksums as module
from paper_pipeline.lake import store
from paper_pipeline.lake.checksums import GONE, NOT_NOTED, Checksums
from paper_pipeline.lake.store import Lake
from paper_pipeline_tests.lake.test_store import NAME, redirects

# A file of each kind that a table has: one of them is in each of these folders.
KINDS = ["data", "_deletions", "_indices", "_refs", "_transactions", "_versions"]


@pytest.fixture
def table(tmp_path: Path) -> Checksums:
    """A table with every kind of file, all of them noted."""
    lake = Lake(tmp_path / "lake")
    lake.apply(NAME, redirects({key: ([], "m") for key in "abcdef"}))
    lake.apply(NAME, redirects({"a": (["x"], "s")}), replacing=("old_paper_id", ["a", "b"]))
    lake.tag("release-1")
    return Checksums(lake.folder / "checksums" / f"{NAME}.txt", lake.folder / f"{NAME}.lance")


def files_of(table: Checksums, kind: str = "") -> list[Path]:
    paths = sorted((table.table / kind).rglob("*.*"))
    return [p for p in paths if p.is_file() and p.name != "latest_version_hint.json"]


def test_what_was_written_is_noted_and_not_read_again(
    table: Checksums, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {p.relative_to(table.table).parts[0] for p in files_of(table)} == set(KINDS)
    hashed: list[Path] = []
    monkeypatch.setattr(module, "_hash", hashed.append)
    look = table.look()
    assert (look.damage, look.unnoted, look.moved, hashed) == ({}, [], [], [])
    monkeypatch.undo()
    assert table.look(is_full=True).damage == {}


def test_what_is_noted_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, synced = Lake(tmp_path / "lake"), dict[Path, tuple[bool, bool]]()
    table = Checksums(lake.folder / "checksums" / f"{NAME}.txt", lake.folder / f"{NAME}.lance")

    def remember_first(path: Path) -> None:
        synced.setdefault(path, (table.table.exists(), table.notes.exists()))

    for place in (module, store):
        monkeypatch.setattr(place, "sync", remember_first)
    lake.apply(NAME, redirects({"a": ([], "m")}))
    files = files_of(table)
    folders = {folder for file in files for folder in file.parents if table.table in folder.parents}
    for path in (*files, *folders, table.table):
        assert synced[path] == (True, False), path
    # And the lock's file, which tells of a power cut, before anything is written.
    assert synced[lake.folder] == (False, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_noticed(table: Checksums, kind: str) -> None:
    places = random.Random(kind)  # noqa: S311 -- not a secret
    for _ in range(25):
        path = places.choice(files_of(table, kind))
        whole = path.read_bytes()
        harmed = bytearray(whole)
        harmed[places.randrange(len(whole))] ^= 1 << places.randrange(8)
        path.write_bytes(harmed)
        (name,) = table.look().damage
        assert table.table / name == path
        path.write_bytes(whole)
        assert table.look().damage == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 100, None], ids=["last byte", "last 100", "all"])
def test_a_file_that_was_cut_is_noticed(table: Checksums, kind: str, count: int | None) -> None:
    path = files_of(table, kind)[-1]
    whole = path.read_bytes()
    path.write_bytes(b"" if count is None else whole[:-count])
    ((name, words),) = table.look().damage.items()
    assert table.table / name == path
    assert f"expected {len(whole):,} bytes" in words
    assert "found" in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_gone_is_noticed(table: Checksums, kind: str) -> None:
    path = files_of(table, kind)[0]
    path.unlink()
    assert table.look().damage == {
        path.relative_to(table.table).as_posix(): table.look().damage.popitem()[1]
    }
    assert GONE in table.look().damage.popitem()[1]


def test_rot_that_no_program_did_is_found_by_a_full_look(
    table: Checksums, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts of a file stay what they were where the disk itself forgets."""
    path = files_of(table, "data")[0]
    facts = dict(module._list_files(str(table.table)))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(module, "_list_files", lambda folder: facts)
    assert table.look().damage == {}
    assert list(table.look(is_full=True).damage) == [path.relative_to(table.table).as_posix()]


def test_a_copy_is_read_once_and_noted(
    table: Checksums, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(tmp_path / "lake", tmp_path / "copy")
    copied = Checksums(copy / "checksums" / table.notes.name, copy / table.table.name)
    look = copied.look()
    assert look.damage == {}
    assert len(look.moved) == len(files_of(table))
    copied.note(look.moved)
    monkeypatch.setattr(module, "_hash", pytest.fail)
    assert copied.look().moved == []


def cut(text: str) -> str:
    return text[: len(text) // 2]


def flip(text: str) -> str:
    return text.replace("e", "f", 3)


@pytest.mark.parametrize("harm", [cut, flip, str.upper, lambda _: "", lambda t: "\0" * len(t)])
def test_damaged_notes_accuse_no_file(table: Checksums, harm: Callable[[str], str]) -> None:
    """Files that nobody can speak for any more are as if they were never noted."""
    before = len(table.look().unnoted)
    table.notes.write_text(harm(table.notes.read_text()))
    look = table.look()
    assert look.damage == {}
    assert len(look.unnoted) > before
    table.note()
    assert table.look().unnoted == []


def test_every_flipped_bit_of_the_notes_accuses_no_file(table: Checksums) -> None:
    whole = table.notes.read_bytes()
    places = random.Random(5)  # noqa: S311 -- not a secret
    for _ in range(100):
        harmed = bytearray(whole)
        harmed[places.randrange(len(whole))] ^= 1 << places.randrange(8)
        table.notes.write_bytes(harmed)
        assert table.look().damage == {}


def test_what_was_dropped_may_change_and_go(table: Checksums) -> None:
    (tag,) = files_of(table, "_refs")
    name = tag.relative_to(table.table).as_posix()
    table.drop([name])
    tag.write_text("{}")
    assert table.look().damage == {}
    assert table.look().unnoted == [name]
    table.note()
    assert table.look().unnoted == []
    table.drop([name])
    tag.unlink()
    assert table.look().damage == {}


def test_the_hint_of_lance_is_no_part_of_the_table(table: Checksums) -> None:
    (name,) = NOT_NOTED
    (table.table / name).write_text("{broken")
    assert table.look().damage == {}
    assert Lake(table.table.parent).count(NAME) == 5
