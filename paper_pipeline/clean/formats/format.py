"""What a page format declares of itself, so that no other module names a format.

Data flow: none; each format's module holds its Format, and the package lists them in FORMATS.
"""

from collections.abc import Callable
from dataclasses import dataclass

from paper_pipeline.clean.page import Capture, Page


@dataclass(frozen=True, kw_only=True)
class Format:
    """A page format.

    Nothing has a default: whoever adds a format decides on every attribute. The last three say
    which damage rules apply to its dumps (see soundness/measures.py); when one of them changes for
    a format that has dumps already, DRIFT_VERSION there must grow, so that they are judged again.

    Attributes:
        name: Name of the format, also that of its module.
        parser_version: Raised whenever the parser reads something differently.
        recognises: Tells from its content alone whether a dump is in this format.
        parse_page: Reads a dump in this format, given what is known from outside.
        lists_days: Whether its pages are lists of the site, each of a day. Those of a search, which
            shows papers of any time, are not.
        repeats_pages: Whether one dump may hold the same page several times, as an archive can.
        filled_columns: The columns of cleaned_records, among the FIELDS that soundness measures,
            that every entry fills unless something is wrong.
    """

    name: str
    parser_version: int
    recognises: Callable[[bytes], bool]
    parse_page: Callable[[bytes, Capture], Page]
    lists_days: bool
    repeats_pages: bool
    filled_columns: frozenset[str]
