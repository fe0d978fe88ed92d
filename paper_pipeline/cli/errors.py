"""Errors: the one way from an expected error to one clear line and an exit code.

Data flow: an exception that a command lets through -> a line on stderr, an exit code.

A command only lets it through, or says with `in_words` which errors it expects of its own work.
Every other exception is a bug and keeps its traceback.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from paper_pipeline.cli.console import err, say
from paper_pipeline.settings import SettingsError


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
    except (CommandError, LookupError, OSError, RuntimeError, ValueError) as error:
        if (told := _tell(error)) is None:
            raise
        subject, exit_code = told
        for line in f"{subject}{error}".splitlines():  # files of rulings list all that is wrong
            say(line, to=err)
        sys.exit(exit_code)


def _tell(error: Exception) -> tuple[str, int] | None:
    """What the line begins with, and the exit code; None for an error that is not expected."""
    if isinstance(error, CommandError):
        return "", error.exit_code
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
            return subject, exit_code
    return None
