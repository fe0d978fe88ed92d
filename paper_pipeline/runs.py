"""Runs at work: which process holds what, and which runs have died.

Data flow: a process takes a lock -> its note in the lock's file -> whoever waits, or looks for
runs that have died, reads it.

A lock ends with its process, however that ends: a lock that can be taken proves that a process of
this machine is gone, and the pid in its note is for people. Between machines a lock proves nothing
on some file systems; there, a run that is alive touches its file every few seconds.

What becomes of a run that has died is decided in automation.py.
"""

import json
import logging
import os
import platform
import threading
import time
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
# After so long without a sign of life, a run of another machine is dead, and a run without a note:
# one of an older version, or one that was killed before it wrote its note.
SILENT_SECONDS = 60.0
POLL_SECONDS = 0.25
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # on Linux

# The lock of the run that this process works on: one at a time, as steps run in this process.
_announced: filelock.BaseFileLock | None = None
# Locks that this process holds for a turn, each with the thread that took it.
_held: set[tuple[Path, int]] = set()


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock, as its note says.

    Attributes:
        host, pid: Which process.
        boot: Which start of its machine; empty where the system does not tell. All containers of
            a machine have the same one, and share its locks.
        since: When it took the lock, in UTC.
        run_id: Of the Dagster run that it works on; empty where there is none.
    """

    host: str
    pid: int
    boot: str
    since: str
    run_id: str = ""

    @classmethod
    def me(cls) -> "Holder":
        """This process."""
        boot = BOOT_ID.read_text("ascii").strip() if BOOT_ID.exists() else ""
        now = datetime.now(UTC).isoformat(" ", "seconds")
        run_id = Path(_announced.lock_file).name if _announced else ""
        return cls(platform.node(), os.getpid(), boot, now, run_id)

    @property
    def is_of_this_machine(self) -> bool:
        """Whether it runs, or ran, on this machine since its last start."""
        me = Holder.me()
        return self.boot == me.boot if me.boot else self.host == me.host

    def __str__(self) -> str:
        run = f"run {self.run_id.split('-')[0]}, " if self.run_id else ""
        return f"{run}process {self.pid} on {self.host}, since {self.since}"


# In place of a holder whose note was cut off.
UNKNOWN = Holder("", 0, "?", "")


class Busy(RuntimeError):
    """Another process does not let go of a lock."""


@dataclass(slots=True)
class Turn:
    """A turn at holding a lock.

    Attributes:
        before: Who had the turn before and did not come to its end; None where it did.
    """

    before: Holder | None = None

    @property
    def follows_a_power_cut(self) -> bool:
        """Whether what the one before wrote may have reached the disk in part, or not at all.

        Of a process that was only killed, the system writes everything.
        """
        return self.before is not None and self.before.boot != Holder.me().boot

    def begin(self, descriptor: int) -> None:
        """Takes the note that the one before has left, and leaves one, before anything is done.

        Args:
            descriptor: Of the lock's file. To close another one can cost the lock itself, on file
                systems where it belongs to the process.
        """
        size = os.fstat(descriptor).st_size
        left = os.pread(descriptor, size, 0)
        self.before = (_parse(left) or UNKNOWN) if left else None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(Holder.me())).encode(), 0)
        os.fsync(descriptor)


def read_holder(path: Path) -> Holder | None:
    """Who holds a lock, or held it last; None where its file does not say so, or not in full."""
    try:
        return _parse(path.read_bytes())
    except OSError:
        return None


def _parse(note: bytes) -> Holder | None:
    try:
        return Holder(**json.loads(note))
    except (ValueError, TypeError):
        return None


@contextmanager
def taking_turns(path: Path, doing: str, *, timeout_seconds: float = -1) -> Generator[Turn | None]:
    """Holds a lock; waits for it, and says for whom, while another process holds it.

    A signal ends the waiting. Within itself the lock is held already, and this does nothing.

    Args:
        path: File of the lock.
        doing: What is done by one process at a time, as in "fetching days".
        timeout_seconds: The longest to wait; below 0 for as long as it takes.

    Yields:
        The turn that begins here; None within one.

    Raises:
        Busy: Another process did not let go in time; names it.
    """
    key = path.absolute(), threading.get_ident()
    if key in _held:
        yield None
        return
    turn = Turn()
    lock = _make_lock(path, turn)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        holder = read_holder(path) or "another process"
        log.info("Waiting for %s, which is %s", holder, doing, extra={"is_waiting": True})
        try:
            lock.acquire(timeout_seconds, POLL_SECONDS)
        except filelock.Timeout as error:
            raise Busy(
                f"{read_holder(path) or 'another process'} has been {doing} for over "
                f"{timeout_seconds:.0f} s; end it, then run again"
            ) from error
    _held.add(key)
    try:
        yield turn
        os.truncate(path, 0)  # it came to its end
    finally:
        _held.discard(key)
        lock.release()


def announce_run(folder: Path, run_id: str) -> None:
    """Says that this process works on a run, until it ends or announces another one.

    That is longer than the run's steps take, because a run is in progress until its last event is
    written, and would be taken for dead meanwhile.

    Args:
        folder: Where runs are announced.
        run_id: Of the run.
    """
    global _announced
    lock = _make_lock(folder / run_id, Turn())
    if _announced is not None:
        if _announced.lock_file == lock.lock_file:
            return
        _announced.release()
    _announced = lock
    _announced.acquire()
    threading.Thread(target=_beat, args=(_announced,), name="heartbeat", daemon=True).start()


def _make_lock(path: Path, turn: Turn) -> filelock.BaseFileLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(path, thread_local=False, on_acquired=turn.begin)


def _beat(lock: filelock.BaseFileLock) -> None:
    while lock is _announced:
        time.sleep(HEARTBEAT_SECONDS)
        with suppress(OSError):  # a full or slow disk is no reason to stop the run
            os.utime(lock.lock_file)


def why_dead(folder: Path, run_id: str, changed_at: datetime) -> str:
    """Says what has happened to a run that is recorded as in progress and is not.

    Args:
        folder: Where runs are announced.
        run_id: Of the run.
        changed_at: When its status changed last.

    Returns:
        Words; empty where the run is alive, or may be.
    """
    path, now = folder / run_id, time.time()
    holder = read_holder(path)
    try:
        silent = now - path.stat().st_mtime
    except FileNotFoundError:
        # Forward or back: a clock that was wrong once must not keep a run alive for years.
        silent = abs(now - changed_at.timestamp())
    return describe_death(holder, is_held=_is_held(path), silent_seconds=silent)


def describe_death(holder: Holder | None, *, is_held: bool, silent_seconds: float) -> str:
    """Who holds a lock is alive; who does not is dead on this machine, and elsewhere once silent.

    Args:
        holder: Who has announced the run; None where nobody has.
        is_held: Whether a process holds its lock.
        silent_seconds: Since its last sign of life.

    Returns:
        Words on what has happened; empty where the run is alive, or may be.
    """
    if is_held:
        return ""
    if holder is not None and holder.is_of_this_machine:
        return f"its process was killed ({holder})"
    if silent_seconds <= SILENT_SECONDS:
        return ""
    process = f" ({holder})" if holder else ", and no process has announced it"
    return f"there has been no sign of life for {silent_seconds:,.0f} s{process}"


def remove_notes(folder: Path, *, except_of: Collection[str]) -> None:
    """Removes the notes of runs that have ended.

    Args:
        folder: Where runs are announced.
        except_of: Ids of runs whose notes stay.
    """
    for path in folder.glob("*"):
        if path.name not in except_of:
            with _seizing(path) as is_ours:
                if is_ours:  # and stays so: a run that is being announced waits, then makes a file
                    path.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    with _seizing(path) as is_ours:
        return not is_ours


@contextmanager
def _seizing(path: Path) -> Generator[bool]:
    """Takes a lock if it is free, and leaves its note as it is; yields whether it was."""
    lock = filelock.FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
