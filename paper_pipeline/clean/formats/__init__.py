"""The page formats, and which of them a dump is in.

Data flow: bytes of a dump -> detect_format -> that format's parse_page -> Page.

A format is a module of this package with a line in FORMATS. How to read it belongs in that module.
"""

from collections.abc import Callable
from dataclasses import dataclass

from paper_pipeline.clean.formats import (
    daily_papers_api,
    daily_papers_html,
    listing_text,
    web_archive,
)
from paper_pipeline.clean.formats.decoding import decode_dump
from paper_pipeline.clean.page import BrokenEntry, Capture, Page


@dataclass(frozen=True)
class Format:
    """A page format.

    Attributes:
        name: Name of the format, also that of its module.
        parser_version: Raised whenever the parser reads something differently.
        recognises: Tells from its content alone whether a dump is in this format.
        parse_page: Reads a dump in this format, given what is known from outside.
    """

    name: str
    parser_version: int
    recognises: Callable[[bytes], bool]
    parse_page: Callable[[bytes, Capture], Page]


FORMATS = tuple(
    Format(module.FORMAT_NAME, module.PARSER_VERSION, module.recognises, module.parse_page)
    for module in (listing_text, daily_papers_api, daily_papers_html, web_archive)
)


def detect_format(data: bytes) -> Format | None:
    """Returns the first format that recognises a dump, None where none does."""
    return next((page_format for page_format in FORMATS if page_format.recognises(data)), None)


def parse_dump(data: bytes, capture: Capture) -> Page:
    """Reads a dump in whatever format it is.

    Never fails: a dump in no known format becomes one broken entry that spans it.

    Args:
        data: The bytes of the dump.
        capture: What is known of it from outside.

    Returns:
        The dump as parsed, with spans that are offsets in ``data``.
    """
    page_format = detect_format(data)
    return page_format.parse_page(data, capture) if page_format else _reject_dump(data)


def current_version(format_name: str) -> int:
    """The version of a format's parser.

    What no format recognised is worth another look whenever any format changes or one is added, so
    its version is made of all the others.
    """
    versions = {page_format.name: page_format.parser_version for page_format in FORMATS}
    return versions.get(format_name, 1000 * len(versions) + sum(versions.values()))


def _reject_dump(data: bytes) -> Page:
    decoded = decode_dump(data)
    rule, reason = (
        ("empty_dump", "the dump shows nothing")
        if decoded.is_blank
        else ("not_a_listing", "no page format recognises the dump")
    )
    return Page(
        format="unknown",
        layout="unknown",
        encoding=decoded.encoding,
        encoding_note=decoded.note,
        broken=[BrokenEntry(0, len(data), rule, reason)],
    )
