"""The inbox: a folder where people and programs put dumps.

Data flow: files of a folder -> arrivals (bytes, or a named verdict) -> rows of inbox_files and
raw_inbox_dumps.

What stands in a dump is none of this module's business; it never deletes or moves a file.
"""

import gzip
import io
import logging
import os
import re
import stat
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import zstandard

from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME

log = logging.getLogger(__name__)

# What browsers, editors and copying programs call a file that is not finished.
UNFINISHED_SUFFIXES = (
    ".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".temp", ".swp", "~",
)  # fmt: skip
# A file changed this shortly before it was read may have changed again within the same tick of
# the file system's clock, so its unchanged time proves nothing; it is read once more.
CLOCK_TICK_NS = 2_000_000_000
READ_BYTES = 1 << 20
LATEST_NS = 2**63 - 1  # in the year 2262; what a column of 64 bits holds
NAMED_DAY = re.compile(r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)")
# A crash costs at most this many files looked at again.
FILES_PER_WRITE = 500


class InboxError(OSError):
    """The inbox cannot be read as a whole, so nobody knows what is in it."""


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file as the file system describes it."""

    path: Path
    size: int
    modified_ns: int
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a file from an earlier look: its row in inbox_files."""

    size: int
    modified_ns: int
    checked_ns: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was looked at: a stored dump, or the verdict that says why not."""

    file: InboxFile
    checked_at: datetime
    verdict: str
    reason: str
    dump_id: str | None = None
    byte_count: int = 0


def shown_path(path: Path) -> str:
    """A path as text that can be stored; bytes that are no UTF-8 are shown by number."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def choose_inbox(inbox: Path, sample: Path, *, has_dumps: bool) -> Path:
    """The folder to take pages from: the sample pages while there is nothing else at all."""
    if has_dumps or not sample.is_dir():
        return inbox
    return inbox if any(list_inbox(inbox)) else sample


def list_inbox(folder: Path) -> Iterator[InboxFile]:
    """Lists the finished files below a folder, in the order of their names.

    Args:
        folder: The inbox; one that does not exist is empty.

    Yields:
        Files. Those that may not be read (links out of the inbox, pipes, devices) carry their
        verdict already, and so does a folder that cannot be listed. Hidden files, unfinished files
        and README.md are left alone.

    Raises:
        InboxError: The inbox is there, and is no folder or cannot be listed.
    """
    root = folder.resolve()
    unlisted: list[OSError] = []
    for place, folders, names in os.walk(root, onerror=unlisted.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted([*names, *(f for f in folders if Path(place, f).is_symlink())]):
            if name.startswith(".") or name.lower().endswith(UNFINISHED_SUFFIXES):
                continue
            if name.upper() == "README.MD":
                continue
            file = _describe(Path(place, name), root)
            if file is not None:
                yield file
    for error in unlisted:
        path, reason = Path(error.filename), f"cannot be listed: {error.strerror}"
        if path != root:
            yield InboxFile(path, 0, 0, "unreadable", reason)
        elif not isinstance(error, FileNotFoundError):
            raise InboxError(f"{folder}: expected a folder to take pages from, it {reason}")


def _describe(path: Path, root: Path) -> InboxFile | None:
    try:
        own = path.lstat()
        if not stat.S_ISLNK(own.st_mode):
            target, status = path, own
        else:
            target = path.resolve()
            if not target.is_relative_to(root):
                return InboxFile(
                    path, own.st_size, own.st_mtime_ns, "outside_inbox",
                    f"a link to {target}, outside the inbox; copy the file in instead",
                )  # fmt: skip
            status = target.stat()
    except FileNotFoundError:  # gone since the folder was listed, or a link to nothing
        return None
    except (OSError, RuntimeError) as error:  # a link that leads round, or through a file
        return InboxFile(path, 0, 0, "unreadable", f"cannot be looked at: {error}")
    if stat.S_ISDIR(status.st_mode):  # a link to a folder of the inbox: its files are seen there
        return None
    if not stat.S_ISREG(status.st_mode):
        return InboxFile(
            path, status.st_size, status.st_mtime_ns, "not_a_file",
            "a pipe, socket or device, not a file; only regular files are read",
        )  # fmt: skip
    return InboxFile(path, status.st_size, min(status.st_mtime_ns, LATEST_NS))


def is_changed(file: InboxFile, seen: Seen | None) -> bool:
    """Whether a file is not as an earlier look found it."""
    return seen is None or (file.size, file.modified_ns) != (seen.size, seen.modified_ns)


def is_new(file: InboxFile, seen: Seen | None, now_ns: int) -> bool:
    """Whether a file has to be looked at: it has changed, or its time does not prove otherwise.

    A time that is still to come proves nothing, be it that of the file or of the earlier look.
    """
    if seen is None or is_changed(file, seen):
        return True
    return file.modified_ns > min(seen.checked_ns, now_ns) - CLOCK_TICK_NS


def is_settled(file: InboxFile, now_ns: int, settle_ns: int) -> bool:
    """Whether a file's time says that it has not changed for a while, or says nothing."""
    return not now_ns - settle_ns < file.modified_ns <= now_ns


@dataclass(frozen=True, slots=True)
class Settling:
    """A file that the sensor watches until it stops changing."""

    size: int
    modified_ns: int
    since_ns: int


def settle(
    watched: Mapping[str, Settling], files: list[InboxFile], *, now_ns: int, settle_ns: int
) -> tuple[list[InboxFile], dict[str, Settling]]:
    """Parts the files that have stopped changing from those that may still be written.

    A copying program can set a file's time back, so the time alone proves nothing: a file is
    settled when it has shown the same size and time for `settle_ns`. A clock that was ahead at an
    earlier look makes the wait begin anew.

    Returns:
        The settled files, and what to watch at the next look.
    """
    settled: list[InboxFile] = []
    watching: dict[str, Settling] = {}
    for file in files:
        earlier = watched.get(shown_path(file.path))
        is_same = earlier and (earlier.size, earlier.modified_ns) == (file.size, file.modified_ns)
        since_ns = min(earlier.since_ns, now_ns) if earlier and is_same else now_ns
        if now_ns - since_ns >= settle_ns:
            settled.append(file)
        watching[shown_path(file.path)] = Settling(file.size, file.modified_ns, since_ns)
    return settled, watching


class Refused(ValueError):
    """A file cannot become a dump; carries the verdict and the reason."""

    def __init__(self, verdict: str, reason: str):
        super().__init__(reason)
        self.verdict = verdict


def read_dump(path: Path, *, max_bytes: int) -> bytes:
    """Reads the bytes of a dump from a plain, gzip or zstd file, told by content.

    Raises:
        Refused: The file is empty, too large (compressed or not), or its compression is broken.
        OSError: It cannot be read.
    """
    # O_NONBLOCK: a file swapped for a pipe after it was listed must not hang the run.
    handle = os.open(path.resolve(), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    pieces: list[bytes] = []
    size = 0
    with os.fdopen(handle, "rb") as file:
        try:
            for piece in _decompressed(file):
                size += len(piece)
                if size > max_bytes:
                    raise Refused(
                        "too_large",
                        f"more than the limit of {max_bytes:,} bytes; raise "
                        "PAPER_PIPELINE_MAX_DUMP_MIB if this really is a page",
                    )
                pieces.append(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise Refused(
                "broken_compression", f"the compressed file is broken or cut off: {error}"
            ) from error
    if not size:
        raise Refused("empty", "the file holds no bytes")
    return b"".join(pieces)


def _decompressed(file: io.BufferedReader) -> Iterator[bytes]:
    start = file.read(4)
    file.seek(0)
    if start == b"\x28\xb5\x2f\xfd":
        yield from _unzstd(file)
        return
    stream = gzip.GzipFile(fileobj=file) if start[:2] == b"\x1f\x8b" else file
    while piece := stream.read(READ_BYTES):
        yield piece


def _unzstd(file: io.BufferedReader) -> Iterator[bytes]:
    """Frame by frame: the library's own stream reader takes a cut-off file for a whole one."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    rest = b""
    # Small reads: a hostile frame can hold 32 KiB of output in every byte of input.
    while data := rest or file.read(2048):
        if frame.eof:
            frame = zstandard.ZstdDecompressor().decompressobj()
        yield frame.decompress(data)
        rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise EOFError("the last frame is not complete")


def take_files(
    files: list[InboxFile], raw: RawStore, known: Mapping[str, str], *, max_bytes: int
) -> Iterator[Arrival]:
    """Stores the dumps that files hold.

    Args:
        files: Files to look at.
        raw: Where the bytes are kept.
        known: The name of the file that brought each known dump, by dump_id.
        max_bytes: Size limit of a dump, after decompression.

    Yields:
        An arrival a file, in order; the bytes are on disk before it is yielded.
    """
    brought_by = dict(known)
    for file in files:
        checked_at = datetime.now(UTC)
        if file.verdict:
            yield Arrival(file, checked_at, file.verdict, file.reason)
            continue
        try:
            data = read_dump(file.path, max_bytes=max_bytes)
        except Refused as refused:
            yield Arrival(file, checked_at, refused.verdict, str(refused))
            continue
        except OSError as error:
            yield Arrival(file, checked_at, "unreadable", f"cannot be read: {error.strerror}")
            continue
        dump_id = raw.put(data)
        name = shown_path(Path(file.path.name))
        first = brought_by.setdefault(dump_id, name)
        if first == name:
            yield Arrival(file, checked_at, "stored", "holds a dump", dump_id, len(data))
        else:
            reason = f"the same bytes as {first}"
            yield Arrival(file, checked_at, "same_bytes", reason, dump_id, len(data))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a look into the inbox brought."""

    folder: Path
    arrivals: list[Arrival]


def take_inbox(
    lake: Lake,
    raw: RawStore,
    folder: Path,
    sample: Path,
    *,
    max_bytes: int,
    settle_ns: int = 0,
) -> tuple[Change, Taken]:
    """Takes the new files of the inbox into the raw store and the tables.

    Args:
        lake: The working tables.
        raw: Where bytes are kept.
        folder: The inbox.
        sample: Folder of sample pages, taken while there are no others.
        max_bytes: Size limit of a dump.
        settle_ns: Leave files alone that have changed within so many nanoseconds.

    Returns:
        The change of raw_inbox_dumps, and what was looked at.

    Raises:
        InboxError: The inbox cannot be read as a whole, or no file of it and none is known.
    """
    dumps = lake.read("raw_inbox_dumps", ["dump_id", "file_name"])
    known = dict(zip(*(dumps[c].to_pylist() for c in ("dump_id", "file_name")), strict=True))
    chosen = choose_inbox(folder, sample, has_dumps=bool(known))
    files = lake.read("inbox_files")
    rows = {row["path"]: row for row in files.to_pylist()}
    seen = seen_files(files)
    listed, now_ns = [*list_inbox(chosen)], time.time_ns()
    new = [
        file
        for file in listed
        if is_settled(file, now_ns, settle_ns)
        and is_new(file, seen.get(shown_path(file.path)), now_ns)
    ]
    log.info("%s: %d files to look at", chosen, len(new))
    change = lake.apply("raw_inbox_dumps", dump_rows([]))
    taken = Taken(chosen, [])
    arrivals = take_files(new, raw, known, max_bytes=max_bytes)
    # Dumps before files: after a crash in between, the file is looked at again and found known.
    while batch := list(islice(arrivals, FILES_PER_WRITE)):
        change += lake.apply("raw_inbox_dumps", _with_known_facts(lake, dump_rows(batch)))
        lake.apply("inbox_files", file_rows([a for a in batch if is_news(a, rows)]))
        taken.arrivals.extend(batch)
        log.info("%d of %d files looked at", len(taken.arrivals), len(new))
    # What could not be read and is gone, or is a folder that can be listed again, is no news more.
    unreadable = {path for path, row in rows.items() if row["verdict"] == "unreadable"}
    gone = sorted(unreadable - {shown_path(file.path) for file in listed})
    lake.apply("inbox_files", file_rows([]), replacing=("path", gone))
    if not known and taken.arrivals and all(a.verdict == "unreadable" for a in taken.arrivals):
        first = taken.arrivals[0]
        raise InboxError(
            f"{folder}: expected pages, found {len(taken.arrivals)} files and folders that cannot "
            f"be read, as {shown_path(first.file.path)}: {first.reason}"
        )
    return change, taken


def is_news(arrival: Arrival, rows: Mapping[str, dict[str, Any]]) -> bool:
    """Whether an arrival differs from the row of its file by more than the time of looking."""
    row = rows.get(shown_path(arrival.file.path))
    (now,) = file_rows([arrival]).to_pylist()
    return row is None or now | {"checked_at": row["checked_at"]} != row


def _with_known_facts(lake: Lake, rows: pa.Table) -> pa.Table:
    """Rows of dumps where several files bring the same: of each fact the smallest.

    So it does not matter which of the files came first.
    """
    facts = ("file_name", "page_on", "captured_at")
    merged: dict[str, dict[str, Any]] = {}
    ids = rows["dump_id"].to_pylist()
    stored = lake.read("raw_inbox_dumps", where=("dump_id", ids)).to_pylist()
    for row in [*stored, *rows.to_pylist()]:
        known = merged.setdefault(row["dump_id"], row)
        for fact in facts:
            values = [v for v in (known[fact], row[fact]) if v is not None]
            known[fact] = min(values, default=None)
    return pa.Table.from_pylist(list(merged.values()), schema=rows.schema)


def seen_files(rows: pa.Table) -> dict[str, Seen]:
    """Rows of inbox_files by path. A file that could not be opened is always looked at again."""
    return {
        row["path"]: Seen(
            row["file_size"], row["modified_ns"], int(row["checked_at"].timestamp() * 1e9)
        )
        for row in rows.to_pylist()
        if row["verdict"] != "unreadable"
    }


def _moment(modified_ns: int, now: datetime) -> datetime:
    """The time of a file; one that lies in the future, or before 1970, proves nothing."""
    seconds = modified_ns / 1e9
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= now.timestamp() else now


def find_named_day(name: str) -> date | None:
    """The first date in a file's name: archives of daily lists are named after their day."""
    for match in NAMED_DAY.finditer(name):
        try:
            return date.fromisoformat(match[0])
        except ValueError:
            continue
    return None


def file_rows(arrivals: list[Arrival]) -> pa.Table:
    """Arrivals as rows of inbox_files."""
    return pa.Table.from_pylist(
        [
            {
                "path": shown_path(a.file.path),
                "file_size": a.file.size,
                "modified_ns": a.file.modified_ns,
                "checked_at": a.checked_at,
                "verdict": a.verdict,
                "reason": a.reason,
                "dump_id": a.dump_id,
            }
            for a in arrivals
        ],
        schema=BY_NAME["inbox_files"].schema,
    )


def dump_rows(arrivals: list[Arrival]) -> pa.Table:
    """The dumps among arrivals as rows of raw_inbox_dumps, a row a file."""
    return pa.Table.from_pylist(
        [
            {
                "dump_id": a.dump_id,
                "source": "inbox",
                "file_name": shown_path(Path(a.file.path.name)),
                "page_on": find_named_day(shown_path(Path(a.file.path.name))),
                "captured_at": _moment(a.file.modified_ns, a.checked_at),
                "byte_count": a.byte_count,
                "verdict": "stored",
            }
            for a in arrivals
            if a.dump_id
        ],
        schema=BY_NAME["raw_inbox_dumps"].schema,
    )
