"""Files that people write by hand: read whole, and refused with a remedy where they are in doubt.

Data flow: a file -> its bytes; a value somebody wrote -> what it means, or why it means nothing.

What a correction or a decision must say belongs in corrections.py and decisions.py.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from paper_pipeline.lake.tables.columns import ISO_DAY

# A ruling is some 200 bytes; whoever needs thousands of them needs a better rule instead.
MOST_BYTES = 1_000_000
# The controls that the clean stage drops, and halves of characters, which no table can hold.
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")

Entry = TypeVar("Entry")
Ruling = TypeVar("Ruling")


class RulingsError(ValueError):
    """What people decided cannot be honoured as it stands."""


def read_file(path: Path, kind: type[RulingsError]) -> bytes | None:
    """The content of a file; None where there is no file.

    Raises:
        RulingsError: The file is larger than MOST_BYTES; an error of this kind.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(content) > MOST_BYTES:
        raise kind(
            f"{path}: expected at most {MOST_BYTES:,} bytes, found more; is it the right file?"
        )
    return content


def parse_each(
    what: str, entries: Iterable[Entry], parse: Callable[[Entry], Iterable[Ruling]]
) -> tuple[list[Ruling], list[str]]:
    """What numbered entries mean, and the problems of those that cannot be parsed."""
    parsed: list[Ruling] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            parsed += parse(entry)
        except ValueError as error:  # ours, or of a number too long to be shown
            problems.append(f"{what} {number}: {error}")
    return parsed, problems


def list_problems(path: Path, problems: Iterable[str]) -> str:
    """The message that names every problem of a file."""
    return "\n- ".join([f"{path} cannot be honoured:", *problems])


def read_text(name: str, found: object, most: int = MOST_BYTES) -> str:
    """A text of `most` characters, with white space and composition as cleaning gives them.

    Raises:
        RulingsError: It is no such text.
    """
    if not isinstance(found, str):
        raise refusal("text", found, "put it in quotes", name)
    if unfit := _UNFIT.search(found):
        raise refusal("text without control characters", unfit[0], "remove it", name)
    text = " ".join(unicodedata.normalize("NFC", found).split())
    if not text:
        raise refusal("text", found, "write some, or leave it out", name)
    if len(text) > most:
        raise refusal(f"at most {most:,} characters", found, "shorten it", name)
    return text


def read_day(name: str, found: object) -> date:
    """A day, given as such or as a text such as 2026-01-31.

    Raises:
        RulingsError: It is no day.
    """
    if isinstance(found, str) and re.fullmatch(ISO_DAY, found):
        try:
            return date.fromisoformat(found)
        except ValueError as error:
            raise refusal("a day of the calendar", found, "mend it", name) from error
    if not isinstance(found, date) or isinstance(found, datetime):
        raise refusal("a day", found, "write it as 2026-01-31", name)
    return found


def refusal(expected: str, found: object, remedy: str, name: str = "") -> RulingsError:
    """An error that says what was expected, what was found, and what to do."""
    shown = "nothing" if found is None else f"{show(found)} ({type(found).__name__})"
    name = f"{name}: " if name else ""
    return RulingsError(f"{name}expected {expected}, found {shown}; {remedy}")


def show(found: object) -> str:
    """A value as people see it in a message, cut where it is long."""
    text = str(found) if isinstance(found, date) else repr(found)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"
