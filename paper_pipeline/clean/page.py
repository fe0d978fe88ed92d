"""What every page format is parsed into.

Data flow: bytes of a dump -> formats/<format>.parse_page -> Page (entries, broken entries, and how
it was read).

Text here is as found on the page, only decoded; folding and canonical forms belong in normalize.py.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper as it stands in one dump.

    Attributes:
        byte_start: Offset of the entry's first byte in the dump's own bytes (before any decoding).
        byte_end: Offset just past its last byte; spans of a page are ordered and never overlap.
        title: The title as found.
        abstract: The abstract as found; None where this format allows an entry to have none.
        page_on: Date of the page the entry stands on, None when it cannot be told.
        page_on_basis: How page_on was told, one of PAGE_ON_BASES.
        published_on: Publication date, with the year resolved.
        author_count: Number of authors, where the page gives a number and not the names.
        organisation: The organisation named in place of the author count.
        upvotes: Upvotes shown; None where the page shows none.
        comment_count: Comments shown; None where the page shows none.
        observed_at: When the page was captured, where that can be trusted.
        published_on_basis: How published_on was told, one of PUBLISHED_ON_BASES; empty without it.
        submitted_by: Name of the user who put the paper on the list.
        discussion_id: Id of the paper's discussion.
        thumbnail_url, media_urls: Pictures and films shown with the paper.
        project_page_url, code_repository_url: Links given beside the text.
        github_star_count: Stars of the repository at the time.
        keywords, ai_summary: What the site's own model says of the paper.
        is_author_participating: Whether an author takes part in the discussion.
        withdrawn_on: Day on which the paper was withdrawn.
        repairs: Names of the repairs made to the fields, such as `float_identifier`.
    """

    byte_start: int
    byte_end: int
    title: str
    abstract: str | None
    page_on: date | None = None
    page_on_basis: str = "unknown"
    published_on: date | None = None
    arxiv_id: str | None = None
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organisation: str | None = None
    upvotes: int | None = None
    comment_count: int | None = None
    observed_at: datetime | None = None
    published_on_basis: str = ""
    submitted_by: str | None = None
    discussion_id: str | None = None
    thumbnail_url: str | None = None
    media_urls: tuple[str, ...] = ()
    project_page_url: str | None = None
    code_repository_url: str | None = None
    github_star_count: int | None = None
    keywords: tuple[str, ...] = ()
    ai_summary: str | None = None
    is_author_participating: bool | None = None
    withdrawn_on: date | None = None
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """What is known of a dump from outside it.

    Attributes:
        captured_on: Day of the capture; None where that is not known.
        asked_on: The day that was asked for, or that the file is named after; None otherwise.
        observed_at: Moment of the capture, where it can be trusted (fetched by the pipeline).
    """

    captured_on: date | None = None
    asked_on: date | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """A field of an answer that is not as the format knows it.

    Attributes:
        field: Path of the field, such as `paper.authors[].user`.
        kind: new, vanished or retyped.
        found: The JSON type found, such as `string`; empty for a vanished field.
        entry_count: Entries of the page that show it.
    """

    field: str
    kind: str
    found: str
    entry_count: int


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry that broke a rule, or a whole dump that did (then the span covers the dump)."""

    byte_start: int
    byte_end: int
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """A dump as parsed.

    Attributes:
        format: Name of the page format, as in formats.FORMATS.
        layout: The variant of the format, for people who look for what a dump was.
        encoding: The encoding the bytes were decoded with.
        encoding_note: A mark where decoding was not clean, e.g. "latin-1 fallback"; else empty.
        page_on: Date of the (first) page in the dump.
        page_on_basis: How page_on was told, one of PAGE_ON_BASES.
        entries: Every entry that can become a record, in the order of the page.
        broken: Every entry that cannot, with its rule; or one row for the whole dump.
        drift: Fields that are not as the format knows them.
    """

    format: str
    layout: str
    encoding: str
    encoding_note: str = ""
    page_on: date | None = None
    page_on_basis: str = "unknown"
    entries: list[Entry] = field(default_factory=list[Entry])
    broken: list[BrokenEntry] = field(default_factory=list[BrokenEntry])
    drift: list[Drift] = field(default_factory=list[Drift])
