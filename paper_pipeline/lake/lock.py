"""The lock: one writer at a time, who is told of a writer that did not come to an end.

Data flow: lake/.writing.lock, held by the system for a process; lake/.writing.json, who that is.

The system lets go of the lock whenever its process ends. The note beside it is then still there,
and tells the next writer that what it finds may have been cut off. What to do about that belongs
in store.py.
"""

import json
import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from paper_pipeline.runs import Holder

log = logging.getLogger(__name__)


class Busy(RuntimeError):
    """Another process does not let go of the lock."""


NOBODY_KNOWN = Holder("", 0, "?", "")


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn at writing.

    Attributes:
        after: Who had the turn before and did not end it; None where that one came to its end.
    """

    after: Holder | None

    @property
    def follows_a_power_cut(self) -> bool:
        """Whether what the one before wrote may have reached the disk in part, or not at all.

        Of a process that was only killed, the system writes everything.
        """
        return self.after is not None and self.after.boot != Holder.me().boot


@contextmanager
def hold(folder: Path, *, timeout_seconds: float) -> Generator[Turn | None]:
    """Holds the lock of a folder; within itself it is held already, and this does nothing.

    Args:
        folder: Must exist.
        timeout_seconds: The longest to wait for another process.

    Yields:
        The turn that begins here; None within one.

    Raises:
        Busy: Another process did not let go in time; names it.
    """
    lock = filelock.FileLock(folder / ".writing.lock", is_singleton=True)
    note = folder / ".writing.json"
    if lock.is_locked:
        yield None
        return
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        holder = read_holder(note) or "another run"
        log.info("Waiting for %s, which writes %s", holder, folder, extra={"is_waiting": True})
        try:
            lock.acquire(timeout=timeout_seconds)
        except filelock.Timeout as error:
            raise Busy(
                f"{read_holder(note) or 'another process'} has been writing {folder} for over "
                f"{timeout_seconds:.0f} s; end it, then run again"
            ) from error
    try:
        turn = Turn(read_holder(note))
        _write(note, Holder.me())
        yield turn
        note.unlink()
    finally:
        lock.release()


def read_holder(note: Path) -> Holder | None:
    """Who holds a lock, or held it when the machine went down; None for nobody."""
    try:
        return Holder(**json.loads(note.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):  # cut off itself
        return NOBODY_KNOWN


def _write(note: Path, holder: Holder) -> None:
    """On the disk before anything that is written under the lock."""
    with note.open("w", encoding="utf-8") as file:
        json.dump(asdict(holder), file)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(note.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
