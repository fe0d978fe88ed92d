"""Errors: the one way from an expected error to one clear line and an exit code.

Data flow: an exception that a command lets through -> a line on stderr, an exit code.

A command only lets it through, or says with `in_words` which errors it expects of its own work.
Every other exception is a bug and keeps its traceback.
"""

import os
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from paper_pipeline.cli.console import err, say
from paper_pipeline.settings import SettingsError

# As Python, Lance and RocksDB, Arrow, SQLite, and a quota say it.
NO_SPACE = re.compile(
    r"No space left on|os error 28|Errno 28|disk is full|quota exceeded", re.IGNORECASE
)
PLACE = re.compile(r"(?:No space left on device|quota exceeded)[^\n]*?'(/[^'\n]+)'", re.IGNORECASE)


class CommandError(Exception):
    """A command cannot do what was asked; the message says why, and what to do instead."""

    def __init__(self, words: str, exit_code: int = 1):
        super().__init__(words)
        self.exit_code = exit_code


@contextmanager
def in_words(*kinds: type[Exception], exit_code: int = 1) -> Generator[None]:
    """Lets errors of these kinds end the command with their message and nothing else.

    Commands that read releases expect OSError and ValueError: that is what this package and Arrow
    raise over files and texts that are not as expected. Elsewhere a ValueError is a bug.
    """
    try:
        yield
    except kinds as error:
        raise CommandError(str(error), exit_code) from error


@contextmanager
def exit_on_expected() -> Generator[None]:
    """Ends the process on an expected error, with one clear line and the exit code of its kind."""
    try:
        yield
        sys.stdout.flush()  # what a full device does not take is an error of the command
    except Exception as error:
        if (told := _tell(error)) is None:
            raise
        words, exit_code = told
        for line in words.splitlines():  # files of rulings list all that is wrong
            say(line, to=err)
        sys.exit(exit_code)


def find_full_disk(text: str) -> str:
    """Words for an error's text where a disk is full, whoever tells it; empty where none is."""
    if not NO_SPACE.search(text):
        return ""
    place = PLACE.search(text)
    return tell_full_disk(place[1] if place else "the disk of the data folder or of the output")


def tell_full_disk(place: str) -> str:
    """Words for a full disk."""
    return f"no space left on {place}; free some, then run again: what was finished is kept"


def _tell(error: Exception) -> tuple[str, int] | None:
    """What is to be said, and the exit code; None for an error that is not expected."""
    if full := find_full_disk("\n".join(map(str, causes_of(error)))):
        return f"Failed: {full}", 1
    if isinstance(error, CommandError):
        return str(error), error.exit_code
    # The modules that raise these are slow to import, and not needed while all goes well.
    from paper_pipeline.lake.store import LakeError
    from paper_pipeline.published.release import BrokenRelease
    from paper_pipeline.reader.corpus import SplitPaper, UnknownPaper, UnknownRelease
    from paper_pipeline.rulings.corrections import CorrectionsError
    from paper_pipeline.rulings.decisions import DecisionsError

    for kinds, subject, exit_code in (
        (SettingsError, "Setting: ", 2),
        (CorrectionsError, "Corrections: ", 2),
        (DecisionsError, "Decisions: ", 2),
        ((UnknownRelease, UnknownPaper, SplitPaper), "", 1),
        ((LakeError, BrokenRelease, OSError), "Failed: ", 1),
    ):
        if isinstance(error, kinds):
            return f"{subject}{error}", exit_code
    if home := os.environ.get("DAGSTER_HOME"):  # set by commands that open it
        from paper_pipeline.cli.history import explain

        if words := explain(Path(home), error):
            return f"Failed: {words}", 1
    return None


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
