"""What damage to a table leads to: it is made again, or people are told; never a wrong answer."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from paper_pipeline.lake import checksums, guard
from paper_pipeline.lake.store import DamagedTable, Lake
from paper_pipeline.lake.tables import BY_NAME

DERIVED, HISTORY = "match_edges", "released_papers"


def rows(name: str, *keys: str) -> pa.Table:
    """Rows of a table that hold a key each and nothing else of interest."""
    table = BY_NAME[name]
    nothing = {pa.string(): "", pa.float32(): 0.0, pa.float64(): 0.0, pa.bool_(): False}
    values = [
        {c.name: key if c.name == table.key else nothing.get(c.type) for c in table.columns}
        for key in keys
    ]
    return pa.Table.from_pylist(values, schema=table.schema)


def keys(lake: Lake, name: str) -> list[str]:
    return sorted(lake.read(name)[BY_NAME[name].key].to_pylist())


def look(lake: Lake, *, is_full: bool = False) -> dict[str, dict[str, str]]:
    return guard.Guard(lake.folder).look(is_full=is_full)


def another_process() -> None:
    """Forgets what this process has looked at."""
    guard._sound.clear()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    for name in (DERIVED, HISTORY):
        for key in "ab":
            lake.apply(name, rows(name, key))
    another_process()
    return lake


def folder(lake: Lake, name: str) -> Path:
    return lake.folder / f"{name}.lance"


def flip(path: Path) -> None:
    file = max((path / "data").iterdir(), key=lambda p: p.name)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def cut(path: Path) -> None:
    file = next((path / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-100])


def lose_newest(path: Path) -> None:
    min((path / "_versions").glob("*.manifest")).unlink()  # they count backwards


def lose_index(path: Path) -> None:
    shutil.rmtree(next((path / "_indices").iterdir()))


HARMS = [flip, cut, lose_newest, lose_index]
each_harm = pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)


@each_harm
def test_a_derived_table_is_read_by_nobody_and_makes_room(
    lake: Lake, harm: Callable[[Path], None]
) -> None:
    harm(folder(lake, DERIVED))
    with pytest.raises(DamagedTable, match=r"match_edges.lance: .*run` makes this table again"):
        lake.read(DERIVED)
    assert list(look(lake)) == [DERIVED]
    with lake.writing():
        assert lake.count(DERIVED) == 0
        lake.apply(DERIVED, rows(DERIVED, "a", "c"))
    another_process()
    assert keys(lake, DERIVED) == ["a", "c"]
    assert keys(lake, HISTORY) == ["a", "b"]
    assert look(lake, is_full=True) == {}
    (aside,) = (lake.folder / "damaged").glob("*/*")
    assert aside.name == f"{DERIVED}.lance"


@each_harm
def test_a_table_of_history_is_named_until_people_have_mended_it(
    lake: Lake, harm: Callable[[Path], None], tmp_path: Path
) -> None:
    copy = shutil.copytree(folder(lake, HISTORY), tmp_path / "copy")
    harm(folder(lake, HISTORY))
    for _ in range(2):
        with lake.writing():
            with pytest.raises(DamagedTable, match=r"released_papers.lance: .*cannot be made"):
                lake.read(HISTORY)
            with pytest.raises(DamagedTable, match="put these files back from a copy"):
                lake.apply(HISTORY, rows(HISTORY, "c"))
            lake.apply(DERIVED, rows(DERIVED, "c"))  # other stages go on
    assert keys(lake, DERIVED) == ["a", "b", "c"]
    shutil.rmtree(folder(lake, HISTORY))
    copy.rename(folder(lake, HISTORY))
    lake.apply(HISTORY, rows(HISTORY, "c"))
    assert keys(lake, HISTORY) == ["a", "b", "c"]


def test_a_table_put_back_from_an_older_copy_is_noticed(lake: Lake, tmp_path: Path) -> None:
    for name in (DERIVED, HISTORY):
        shutil.copytree(folder(lake, name), tmp_path / name)
        lake.apply(name, rows(name, "c"))
    for name in (DERIVED, HISTORY):
        shutil.rmtree(folder(lake, name))
        (tmp_path / name).rename(folder(lake, name))
    another_process()
    for name in (DERIVED, HISTORY):
        with pytest.raises(DamagedTable, match="may have been put back from an older copy"):
            lake.count(name)
    with lake.writing():
        assert lake.count(DERIVED) == 0
    # Who has put it back on purpose says so by deleting the notes.
    (lake.folder / "checksums" / f"{HISTORY}.txt").unlink()
    lake.apply(HISTORY, rows(HISTORY, "d"))
    assert keys(lake, HISTORY) == ["a", "b", "d"]


def test_a_lake_of_before_there_were_checksums_is_taken_as_it_stands(lake: Lake) -> None:
    shutil.rmtree(lake.folder / "checksums")
    with lake.writing():
        pass
    flip(folder(lake, HISTORY))
    another_process()
    assert list(look(lake)) == [HISTORY]


def test_a_derived_table_that_somebody_deleted_is_as_if_never_written(lake: Lake) -> None:
    shutil.rmtree(folder(lake, DERIVED))
    assert lake.count(DERIVED) == 0
    lake.apply(DERIVED, rows(DERIVED, "c"))
    another_process()
    assert keys(lake, DERIVED) == ["c"]


def leave(
    lake: Lake, boot: str, monkeypatch: pytest.MonkeyPatch, *, is_tagged: bool = True
) -> None:
    """Writes, and ends before the writes are noted: by a kill, or with the whole machine."""
    note = lake.folder / ".writing.lock"
    with monkeypatch.context() as patched, lake.writing():
        patched.setattr(Lake, "sync", lambda _: None)
        for name in (DERIVED, HISTORY):
            lake.apply(name, rows(name, "c"))
        if is_tagged:
            lake.tag("release-1")
        holder = json.loads(note.read_text())
    assert note.read_text() == ""  # it came to its end, and is now said not to have
    note.write_text(json.dumps(holder | ({"boot": boot} if boot else {})))
    guard._written.clear()
    another_process()


def test_what_a_killed_writer_has_written_counts(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(lake, "", monkeypatch)
    with lake.writing():
        assert keys(lake, DERIVED) == keys(lake, HISTORY) == ["a", "b", "c"]
    assert list(lake.tags()) == ["release-1"]
    flip(folder(lake, HISTORY))  # and it is noted by now
    assert list(look(lake)) == [HISTORY]


@pytest.mark.parametrize("torn", [False, True])
def test_what_a_power_cut_may_have_left_half_is_taken_back(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, *, torn: bool
) -> None:
    leave(lake, "another start of the machine", monkeypatch)
    if torn:
        for name in (DERIVED, HISTORY):
            min((folder(lake, name) / "_versions").glob("*.manifest")).write_bytes(b"")
            max(
                (folder(lake, name) / "data").iterdir(), key=lambda p: p.stat().st_mtime_ns
            ).write_bytes(b"")
    with lake.writing():
        assert keys(lake, DERIVED) == keys(lake, HISTORY) == ["a", "b"]
        assert lake.tags() == {}
        for name in (DERIVED, HISTORY):
            lake.apply(name, rows(name, "d"))
    another_process()
    assert keys(lake, DERIVED) == keys(lake, HISTORY) == ["a", "b", "d"]
    assert look(lake, is_full=True) == {}


@pytest.mark.parametrize("is_tagged", [True, False])
def test_a_table_that_was_being_made_then_was_never_written(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, *, is_tagged: bool
) -> None:
    shutil.rmtree(folder(lake, DERIVED))
    (lake.folder / "checksums" / f"{DERIVED}.txt").unlink()
    leave(lake, "another start of the machine", monkeypatch, is_tagged=is_tagged)
    with lake.writing():
        assert lake.version(DERIVED) == 0
        lake.apply(DERIVED, rows(DERIVED, "d"))
    assert keys(lake, DERIVED) == ["d"]


def test_a_holder_whose_note_was_cut_counts_as_cut_off(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(lake, "x", monkeypatch)
    (lake.folder / ".writing.lock").write_text('{"host": "a')
    with lake.writing():
        assert keys(lake, HISTORY) == ["a", "b"]


def test_forgetting_old_versions_is_no_damage(lake: Lake) -> None:
    lake.tag("release-1")
    for key in "cdef":
        lake.apply(HISTORY, rows(HISTORY, key))
        lake.apply(DERIVED, rows(DERIVED, key))
    flip(folder(lake, DERIVED))
    assert lake.forget(timedelta(0)) > 0
    another_process()
    assert look(lake, is_full=True) == {}
    assert keys(lake, HISTORY) == list("abcdef")
    assert keys(lake.at("release-1"), HISTORY) == ["a", "b"]
    assert list((lake.folder / "damaged").iterdir()) == []


def test_a_writer_may_remove_files_while_they_are_looked_at(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retention takes its notes back first; who has read them before must not call it damage."""
    real = checksums._list_files
    lake.tag("release-1")

    def untag_then_list(place: str, prefix: str = "") -> dict[str, os.stat_result]:
        if HISTORY in place:
            monkeypatch.setattr(checksums, "_list_files", real)
            lake.untag("release-1")
        return real(place, prefix)

    monkeypatch.setattr(checksums, "_list_files", untag_then_list)
    assert look(lake) == {}


def test_rot_is_found_by_the_scrub(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    real = guard.Checksums.look
    monkeypatch.setattr(
        guard.Checksums,
        "look",
        lambda self, *, is_full=False: looks.append(is_full) or real(self, is_full=is_full),
    )
    assert lake.scrub() == {}
    assert looks.count(True) == len(BY_NAME)


def test_who_waits_says_for_whom(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    code = f"""
import time
from pathlib import Path
from paper_pipeline.lake.store import Lake
with Lake(Path({str(lake.folder)!r})).writing():
    print("held", flush=True)
    time.sleep(1)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with caplog.at_level("INFO", "paper_pipeline"), lake.writing():
            assert f"process {other.pid} on " in caplog.text
