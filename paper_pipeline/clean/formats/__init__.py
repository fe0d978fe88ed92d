"""The page formats, and which of them a dump is in.

Data flow: bytes of a dump -> the first format that recognises it -> its parse_page -> Page.

A format is a module of this package whose FORMAT stands in FORMATS. How to read it, and all that
other modules must know of it, belongs in that module.
"""

import hashlib
import logging
import traceback
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from paper_pipeline.clean.formats import (
    daily_papers_api,
    daily_papers_html,
    listing_text,
    web_archive,
)
from paper_pipeline.clean.formats.decoding import decode_dump
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import BrokenEntry, Capture, Page
from paper_pipeline.clean.quarantine import REMEDIES
from paper_pipeline.text import format_traceback
from paper_pipeline.vocabulary import PARSER_FAILED

log = logging.getLogger(__name__)

FORMATS: tuple[Format, ...] = (
    listing_text.FORMAT,
    daily_papers_api.FORMAT,
    daily_papers_html.FORMAT,
    web_archive.FORMAT,
)
UNKNOWN = "unknown"  # format of what no format recognises, and layout of what was not parsed
_LONGEST_ERROR = 500  # characters of an exception's type and message

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def find_format(name: str) -> Format:
    """Finds a format by its name.

    For any other name, such as that of a format that is gone, it is the format of dumps that none
    recognises. These are worth another look whenever a format changes, is added or goes, so their
    version is made of all the others.
    """
    for page_format in FORMATS:
        if page_format.name == name:
            return page_format
    return Format(
        name=UNKNOWN,
        parser_version=1000 * len(FORMATS) + sum(f.parser_version for f in FORMATS),
        recognises=lambda data: True,
        parse_page=_reject_dump,
        lists_days=False,
        repeats_pages=True,
        filled_columns=frozenset(),
    )


def current_version(format_name: str) -> int:
    """The version of a format's parser."""
    return find_format(format_name).parser_version


def parse_dump(data: bytes, capture: Capture) -> Page:
    """Reads a dump in whatever format it is.

    Never fails: a dump in no known format, or one that its parser fails on, becomes one broken
    entry that spans it. A recogniser that fails recognises nothing, so that a fault in one format
    costs no dump of another; only if no other recognises the dump, it has failed on it.

    Args:
        data: The bytes of the dump.
        capture: What is known of it from outside.

    Returns:
        The dump as parsed, with spans that are offsets in ``data``.
    """
    failed: Page | None = None
    for page_format in FORMATS:
        is_recognised = attempt(page_format.name, data, page_format.recognises, data)
        if isinstance(is_recognised, Page):
            failed = failed or is_recognised
        elif is_recognised:
            return attempt(page_format.name, data, page_format.parse_page, data, capture)
    return failed or _reject_dump(data, capture)


def attempt(
    format_name: str,
    data: bytes,
    read: Callable[[*Arguments], Result],
    *args: *Arguments,
) -> Result | Page:
    """Calls code that reads a dump, so that one dump on which it raises does not stop the run.

    Args:
        format_name: The format that the dump is read in.
        data: The bytes of the dump.
        read: The code.
        *args: What it is called with.

    Returns:
        What `read` returns. Where it raises, a page in that format with one broken entry, which
        spans the dump; it is read again when the version of the format's parser is raised.

    Raises:
        MemoryError, ImportError: The machine is too small or lacks a library.
    """
    try:
        return read(*args)
    except (MemoryError, ImportError):
        # They tell of the machine, not of the dump. A quarantined entry would outlast the cause,
        # and differ from one machine to the next; so the run stops, and the next one reads it.
        raise
    except Exception as error:  # noqa: BLE001 -- whatever a page does to a parser, others are read
        dump_id = hashlib.sha256(data).hexdigest()
        log.warning("%s failed on dump %s\n%s", format_name, dump_id, format_traceback(error))
        reason = (
            f"expected a dump that can be read as {format_name}, found {_describe(error)}. "
            f"Remedy: {REMEDIES[PARSER_FAILED]}"
        )
        return Page(
            format=format_name,
            layout=UNKNOWN,
            encoding="utf-8",  # not asked of decode_dump, which may be what failed
            broken=[BrokenEntry(0, len(data), PARSER_FAILED, reason)],
        )


def _describe(error: Exception) -> str:
    """Type and message of an exception on one line, with `?` for what cannot be printed."""
    text = " ".join("".join(traceback.format_exception_only(error)).split())
    shown = "".join(c if c.isprintable() else "?" for c in text[: _LONGEST_ERROR + 1])
    return shown if len(shown) <= _LONGEST_ERROR else f"{shown[:_LONGEST_ERROR]}…"


def _reject_dump(data: bytes, _: Capture) -> Page:
    decoded = decode_dump(data)
    rule, reason = (
        ("empty_dump", "the dump shows nothing")
        if decoded.is_blank
        else ("not_a_listing", "no page format recognises the dump")
    )
    return Page(
        format=UNKNOWN,
        layout=UNKNOWN,
        encoding=decoded.encoding,
        encoding_note=decoded.note,
        broken=[BrokenEntry(0, len(data), rule, reason)],
    )
