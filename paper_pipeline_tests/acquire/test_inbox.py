"""What becomes of files in the inbox: taken once, left alone, or refused by name."""

import gzip
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from paper_pipeline.acquire import inbox
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Lake

LIMIT = 10_000
OLD_NS = 1_700_000_000_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def put(path: Path, data: bytes, modified_ns: int = OLD_NS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(modified_ns, modified_ns))
    return path


def take(tmp_path: Path, **arguments: int) -> dict[str, tuple[str, str]]:
    """Takes the inbox once; returns verdict and reason of every file looked at."""
    lake, raw = Lake(tmp_path / "lake"), RawStore(tmp_path / "lake" / "raw")
    places = (tmp_path / "inbox", tmp_path / "sample")
    _, taken = inbox.take_inbox(lake, raw, *places, max_bytes=LIMIT, **arguments)
    return {
        inbox.shown_path(a.file.path.relative_to(taken.folder.resolve())): (a.verdict, a.reason)
        for a in taken.arrivals
    }


def zst(*frames: bytes) -> bytes:
    return b"".join(zstandard.ZstdCompressor().compress(frame) for frame in frames)


@pytest.mark.parametrize(
    ("name", "data", "verdict", "words"),
    [
        ("page.txt", b"a page", "stored", "holds a dump"),
        ("page.txt.gz", gzip.compress(b"a page"), "stored", ""),
        ("two members.gz", gzip.compress(b"a ") + gzip.compress(b"page"), "stored", ""),
        ("page.zst", zst(b"a page"), "stored", ""),
        ("two frames.zst", zst(b"a ", b"page"), "stored", ""),
        ("gzip under another name.txt", gzip.compress(b"a page"), "stored", ""),
        ("deep/er/page.html", b"a page", "stored", ""),
        ("empty.txt", b"", "empty", "no bytes"),
        ("empty.gz", gzip.compress(b""), "empty", "no bytes"),
        ("large.txt", b"x" * (LIMIT + 1), "too_large", "raise PAPER_PIPELINE_MAX_DUMP_MIB"),
        ("bomb.gz", gzip.compress(b"x" * 50 * LIMIT), "too_large", "limit of 10,000"),
        ("bomb.zst", zst(b"x" * 50 * LIMIT), "too_large", "limit of 10,000"),
        ("cut.gz", gzip.compress(os.urandom(5000))[:-40], "broken_compression", "cut off"),
        ("cut.zst", zst(os.urandom(5000))[:-40], "broken_compression", "cut off"),
        ("bent.gz", b"\x1f\x8b" + b"nothing", "broken_compression", "broken"),
        ("bent.zst", b"\x28\xb5\x2f\xfd" + b"nothing at all", "broken_compression", "broken"),
        ("exactly.txt", b"x" * LIMIT, "stored", ""),
    ],
)
def test_verdicts(
    tmp_path: Path, folder: Path, name: str, data: bytes, verdict: str, words: str
) -> None:
    put(folder / name, data)
    found = take(tmp_path)
    assert found[name][0] == verdict
    assert words in found[name][1]
    lake = Lake(tmp_path / "lake")
    assert lake.count("raw_inbox_dumps") == (verdict == "stored")
    assert lake.read("inbox_files", ["verdict"])["verdict"].to_pylist() == [verdict]


@pytest.mark.parametrize(
    "name", [".hidden", "page.txt.part", "page.crdownload", "page.tmp", "page.txt~", ".page.swp"]
)
def test_unfinished_and_hidden_files_are_left_alone(
    tmp_path: Path, folder: Path, name: str
) -> None:
    put(folder / name, b"half a pa")
    assert take(tmp_path) == {}


def test_links(tmp_path: Path, folder: Path) -> None:
    secret = put(tmp_path / "elsewhere" / "secret.txt", b"not for the corpus")
    page = put(folder / "page.txt", b"a page")
    (folder / "out.txt").symlink_to(secret)
    (folder / "out folder").symlink_to(secret.parent)
    (folder / "in.txt").symlink_to(page)
    (folder / "nowhere.txt").symlink_to(folder / "gone")
    (folder / "round").symlink_to(folder)
    found = take(tmp_path)
    assert found["out.txt"][0] == "outside_inbox"
    assert found["out folder"][0] == "outside_inbox"
    assert {found["in.txt"][0], found["page.txt"][0]} == {"stored", "same_bytes"}
    assert set(found) == {"out.txt", "out folder", "in.txt", "page.txt"}


def test_pipes_are_refused_without_being_opened(tmp_path: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert take(tmp_path)["pipe"][0] == "not_a_file"


def test_same_bytes_under_other_names_are_one_dump(tmp_path: Path, folder: Path) -> None:
    put(folder / "a.txt", b"a page")
    put(folder / "b.txt", b"a page")
    put(folder / "c.txt.gz", gzip.compress(b"a page"))
    found = take(tmp_path)
    assert [found[n][0] for n in ("a.txt", "b.txt", "c.txt.gz")] == [
        "stored", "same_bytes", "same_bytes",
    ]  # fmt: skip
    assert Lake(tmp_path / "lake").count("raw_inbox_dumps") == 1


def test_a_second_look_reads_nothing_and_makes_no_version(tmp_path: Path, folder: Path) -> None:
    put(folder / "a.txt", b"a page")
    put(folder / "large.txt", b"x" * (LIMIT + 1))
    lake = Lake(tmp_path / "lake")
    assert len(take(tmp_path)) == 2
    before = lake.versions(["inbox_files", "raw_inbox_dumps"])
    assert take(tmp_path) == {}
    assert lake.versions(["inbox_files", "raw_inbox_dumps"]) == before


def test_a_changed_file_is_a_new_dump_and_the_old_one_stays(tmp_path: Path, folder: Path) -> None:
    put(folder / "a.txt", b"a page")
    take(tmp_path)
    put(folder / "a.txt", b"a page, longer")
    assert take(tmp_path)["a.txt"][0] == "stored"
    assert Lake(tmp_path / "lake").count("raw_inbox_dumps") == 2


def test_a_change_within_one_tick_of_the_clock_is_noticed(tmp_path: Path, folder: Path) -> None:
    now = time.time_ns()
    put(folder / "a.txt", b"a page", now)
    take(tmp_path)
    put(folder / "a.txt", b"b page", now)  # same size, same time
    assert take(tmp_path)["a.txt"][0] == "stored"
    assert Lake(tmp_path / "lake").count("raw_inbox_dumps") == 2


def test_recent_files_wait_when_asked_to(tmp_path: Path, folder: Path) -> None:
    now_ns = time.time_ns()
    put(folder / "old.txt", b"a page", OLD_NS)
    put(folder / "new.txt", b"b page", now_ns)
    put(folder / "ahead.txt", b"c page", now_ns + 10**17)  # which says nothing, and hides nothing
    assert set(take(tmp_path, settle_ns=10**12)) == {"ahead.txt", "old.txt"}
    assert "new.txt" in take(tmp_path)


def test_the_sample_is_taken_only_while_there_is_nothing_else(tmp_path: Path, folder: Path) -> None:
    put(tmp_path / "sample" / "sample.txt", b"a sample")
    put(tmp_path / "sample" / "README.md", b"about")
    assert set(take(tmp_path)) == {"sample.txt"}
    put(folder / "own.txt", b"a page")
    assert set(take(tmp_path)) == {"own.txt"}


def test_a_missing_inbox_is_empty(tmp_path: Path) -> None:
    assert take(tmp_path) == {}


class TestSettle:
    """The sensor waits until a file stops changing, whatever its time says."""

    def look(self, watched, size: int, modified_ns: int, now_s: float):
        file = inbox.InboxFile(Path("a"), size, modified_ns)
        now_ns = int(now_s * 1e9)
        settled, watching = inbox.settle(watched, [file], now_ns=now_ns, settle_ns=10 * 10**9)
        return bool(settled), watching

    def test_first_seen_is_not_settled_even_with_an_old_time(self) -> None:
        is_settled, watching = self.look({}, 5, OLD_NS, 1e10)
        assert not is_settled
        assert self.look(watching, 5, OLD_NS, 1e10 + 11)[0]

    def test_times_to_come_hide_nothing(self) -> None:
        """Neither that of a file, nor of an earlier look under a clock that was ahead."""
        _, watching = self.look({}, 5, 2 * 10**19, 1e10)
        assert self.look(watching, 5, 2 * 10**19, 1e10 + 11)[0]
        _, watching = self.look({}, 5, OLD_NS, 2e10)
        is_settled, watching = self.look(watching, 5, OLD_NS, 1e10)
        assert not is_settled
        assert self.look(watching, 5, OLD_NS, 1e10 + 11)[0]

    def test_growing_starts_again(self) -> None:
        _, watching = self.look({}, 5, OLD_NS, 1e10)
        is_settled, watching = self.look(watching, 6, OLD_NS, 1e10 + 11)
        assert not is_settled
        assert self.look(watching, 6, OLD_NS, 1e10 + 22)[0]

    def test_files_that_are_gone_are_forgotten(self) -> None:
        _, watching = self.look({}, 5, OLD_NS, 1e10)
        assert inbox.settle(watching, [], now_ns=0, settle_ns=1)[1] == {}


def test_names_that_are_no_utf8_and_odd_times_and_links(tmp_path: Path, folder: Path) -> None:
    raw_name = os.fsencode(folder) + b"/caf\xe9.txt"
    with open(raw_name, "wb") as file:  # noqa: PTH123 -- Path takes no bytes
        file.write(b"a page")
    put(folder / "future.txt", b"b page", 2**62)
    put(folder / "a$b_{c$.txt", b"c page")
    (folder / "round.txt").symlink_to(folder / "round.txt")
    (folder / "through.txt").symlink_to(folder / "future.txt" / "x")
    found = take(tmp_path)
    assert sorted(v for v, _ in found.values()) == ["stored"] * 3 + ["unreadable"] * 2
    captured = Lake(tmp_path / "lake").read("raw_inbox_dumps", ["captured_at"])
    assert max(captured["captured_at"].to_pylist()) <= datetime.now(UTC)


def test_which_of_two_names_came_first_does_not_matter(tmp_path: Path) -> None:
    names, rows = ("list.json", "2024-01-05.json"), []
    for place, order in (("ahead", names), ("back", names[::-1])):
        for name in order:
            put(tmp_path / place / "inbox" / name, b"[]")
            take(tmp_path / place)
        rows.append(Lake(tmp_path / place / "lake").read("raw_inbox_dumps").to_pylist())
    assert rows[0] == rows[1]
    assert rows[0][0]["page_on"] == date(2024, 1, 5)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Folders that may not be listed; modes do not keep root out."""
    folders: set[Path] = set()
    scandir = os.scandir

    def scan(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path) in folders:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    return folders


def test_a_folder_that_cannot_be_listed_is_named_until_it_can(
    tmp_path: Path, folder: Path, locked: set[Path]
) -> None:
    put(folder / "page.txt", b"a page")
    put(folder / "sub" / "page.txt", b"b page")
    lake = Lake(tmp_path / "lake")
    locked.add(folder / "sub")
    assert take(tmp_path)["sub"] == ("unreadable", "cannot be listed: Permission denied")
    before = lake.version("inbox_files")
    assert take(tmp_path)["sub"][0] == "unreadable"
    assert lake.version("inbox_files") == before
    locked.clear()
    assert take(tmp_path) == {"sub/page.txt": ("stored", "holds a dump")}
    assert set(lake.read("inbox_files")["verdict"].to_pylist()) == {"stored"}


def test_an_inbox_that_cannot_be_listed_is_not_empty(
    tmp_path: Path, folder: Path, locked: set[Path]
) -> None:
    put(tmp_path / "sample" / "sample.txt", b"a sample")
    locked.add(folder)
    with pytest.raises(inbox.InboxError, match="cannot be listed: Permission denied"):
        take(tmp_path)
    locked.clear()
    folder.rmdir()
    folder.write_bytes(b"a file")
    with pytest.raises(inbox.InboxError, match="cannot be listed: Not a directory"):
        take(tmp_path)
    assert Lake(tmp_path / "lake").count("raw_inbox_dumps") == 0


def test_files_that_cannot_be_read_are_no_empty_corpus(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "page.txt", b"a page")

    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "read_dump", refuse)
        with pytest.raises(inbox.InboxError, match=r"1 files .*page\.txt: .*Permission denied"):
            take(tmp_path)
    assert take(tmp_path)["page.txt"][0] == "stored"
    put(folder / "more.txt", b"b page")
    monkeypatch.setattr(inbox, "read_dump", refuse)
    assert take(tmp_path)["more.txt"][0] == "unreadable"  # and what is known stays


def test_a_dump_that_came_under_a_clock_ahead_is_dated_once_it_is_right(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ns = time.time_ns()
    put(folder / "page.txt", b"a page", now_ns + 10**17)  # three years
    with monkeypatch.context() as patch:
        ahead = datetime.now(UTC) + timedelta(days=2000)
        patch.setattr(inbox, "datetime", type("Ahead", (datetime,), {"now": lambda _: ahead}))
        patch.setattr(time, "time_ns", lambda: now_ns + 10**18)
        take(tmp_path)
    lake = Lake(tmp_path / "lake")

    def captured() -> datetime:
        return lake.read("raw_inbox_dumps", ["captured_at"])["captured_at"].to_pylist()[0]

    assert captured() > datetime.now(UTC)
    for _ in range(2):  # it is looked at again, as its time proves nothing
        assert take(tmp_path)["page.txt"][0] == "stored"
        assert captured() <= datetime.now(UTC)
