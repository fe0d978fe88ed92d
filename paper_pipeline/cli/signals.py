"""Signals: the one way in which a command is ended from outside.

Data flow: SIGINT, SIGTERM, SIGHUP -> KeyboardInterrupt -> one line, the exit code 128 + number.

A command's child processes end with it. Python handles a signal between two of its own
instructions, which a compiled function can put off for long: a thread of its own is told of the
signal at once, and ends a process that takes too long. Data survive that, as they do any kill.
"""

import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

from paper_pipeline.cli.console import err, say

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# People, systemd and Docker wait for ten seconds before they kill.
CHILDREN_SECONDS = 7.0
PROCESS_SECONDS = 8.5


class _Watch(threading.Thread):
    """Waits for a signal, ends the child processes, and this process if it does not do so itself.

    Attributes:
        ended_by: The signal; None until it comes.
        is_done: Set when the child processes have ended, or no signal can come any more.
    """

    def __init__(self, descriptor: int):
        super().__init__(name="signals", daemon=True)
        self._descriptor = descriptor
        self.ended_by: signal.Signals | None = None
        self.is_done = threading.Event()

    def run(self) -> None:
        """Reads the numbers of signals, a byte each, which Python writes as they arrive."""
        number = 0
        with open(self._descriptor, "rb", buffering=0) as numbers:  # noqa: PTH123 -- has no path
            while number not in ENDING:
                received = numbers.read(1)
                if not received:  # closed, as the command has ended
                    self.is_done.set()
                    return
                number = received[0]
        deadline = time.monotonic() + PROCESS_SECONDS
        self.ended_by = signal.Signals(number)
        end_children()
        self.is_done.set()
        time.sleep(max(deadline - time.monotonic(), 0))
        os._exit(128 + number)


_watch: _Watch | None = None


def is_ending() -> bool:
    """Whether a signal has come that ends this command."""
    return _watch is not None and _watch.ended_by is not None


@contextmanager
def ending_cleanly() -> Generator[None]:
    """Lets signals end a command: its child processes first, then itself with one line.

    Raises:
        SystemExit: A signal came; its code is 128 + the signal's number.
    """
    global _watch
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    _watch = watch = _Watch(readable)
    watch.start()
    former_descriptor = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    former = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        # SIGHUP is ignored under nohup, and stays so. SIGINT is ignored in what a script starts in
        # the background, where nobody could stop it: Dagster would ignore SIGTERM as well then.
        if number != signal.SIGHUP or former[number] != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(former_descriptor)
        os.close(writable)
        watch.is_done.wait()
        if watch.ended_by is not None:
            with suppress(OSError):  # SIGHUP: the terminal is gone
                say(f"Stopped by {watch.ended_by.name}. What was finished is kept.", to=err)
            raise SystemExit(128 + watch.ended_by)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Does what SIGINT does now: during a run, Dagster puts it off to the next safe moment."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler) and handler is not _interrupt:
        handler(number, frame)
    else:
        raise KeyboardInterrupt


def end_children() -> None:
    """Ends the processes that this one has started, and theirs; kills what does not end."""
    import psutil

    deadline = time.monotonic() + CHILDREN_SECONDS
    this = psutil.Process()
    left = this.children(recursive=True)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    while left and time.monotonic() < deadline:
        _, left = psutil.wait_procs(left, timeout=0.2)
    for process in {*left, *this.children(recursive=True)}:
        with suppress(psutil.NoSuchProcess):
            process.kill()
