"""Reads text dumps of listing pages: what a browser shows of a Daily Papers page, saved as text.

Data flow: bytes -> decode_dump -> lines -> paragraphs -> listings (header, entries) -> Page.

A listing is a header (any of: mail banner, "Subscribe", "Daily Papers", "byAK and the research
community", a date) and then entries: an upvote box, a title, an abstract, and a footer such as
"• 5 authors", "·", "May 23 5". Only title and abstract are always there. A dump can hold several
listings. The same rules read those with blank lines between paragraphs and those without: what a
paragraph is follows from its length, from how it ends, and from what comes next.

Text is handed on as found. Folding, links and repair belong in normalize.py and repair.py; other
formats are siblings of this module.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain, islice, pairwise, repeat
from typing import NamedTuple

from paper_pipeline.clean.formats.decoding import BLANK, Decoded, decode_dump
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import BrokenEntry, Capture, Entry, Page

REASONS = {
    "missing_title": "an abstract or a footer stands where a title was expected",
    "missing_abstract": "no abstract follows the title",
    "no_entries": "the dump has the header of a listing and no entry below it",
}

# What a line can be by its shape. Each but TEXT and END is the name of a group in _SHAPES.
BANNER = "banner"  # begins a listing
HEADER = "header"
AUTHORS = "authors"
DOT = "dot"
DATE = "date"
UPVOTE = "upvote"
BOX = "box"
TEXT = "text"
END = "end"  # of the dump

_SHAPES = re.compile(
    rb"(?P<banner>Get trending papers in your email inbox(?: once a day)?!)"
    rb"|(?P<header>new|Subscribe|Daily Papers|by ?AK and the research community)"
    # Where an encoding lost the bullet, "?" or U+0095 stands in its place.
    rb"|(?P<authors>(?:\xe2\x80\xa2|\xc2[\x95\xb7]|[?*-])\s*(?P<count>\d{1,6}) authors?)"
    rb"|(?P<dot>\xc2\xb7)"
    rb"|(?P<date>(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<day>\d\d?)"
    rb"(?:, (?P<year>\d{4}))?(?: (?P<comments>\d{1,6}))?)"
    rb"|(?P<upvote>Upvote)"
    rb"|(?P<box>\d{1,6}|-)"
)
_LONGEST_SHAPE = 64  # bytes
_NEVER_WRAPPED = frozenset({BANNER, AUTHORS, DOT, END})
_LISTING_ENDS = frozenset({BANNER, END})
_NO_TITLE = frozenset({BANNER, AUTHORS, DOT, DATE, END})
_WORDS = frozenset({TEXT, HEADER})  # below its header, the words of the header are text
_FOOTER_RANKS = {AUTHORS: 1, DOT: 2, DATE: 3}  # the order of a footer's parts
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_FIRST_YEAR, _LAST_YEAR = 1991, 2100  # arXiv opened in 1991
_A_LEAP_YEAR = 2000
_LONGEST_WAIT_FOR_LEAP_DAY = 8  # years

_GLUED_HEADER = re.compile(
    rb"(?:(?<=[^\sA-Za-z])new|Get trending papers in your email inbox(?: once a day)?!)\Z"
)
# The first title can be glued to "Subscribe"; "Subscribers" and "Subscribe to" begin a title.
_GLUED_SUBSCRIBE = re.compile(rb"Subscribe(?!\s|(?:d|rs?)\b)")
# What the end of a listing can leave of a footer's next part, by the rank of the part above.
_CUT_OFF_FOOTER_PARTS = {
    0: re.compile(rb"\xe2\x80\xa2\s*(?:\d+ ?[a-z]*)?"),
    1: re.compile(rb"\xc2"),  # half a dot
    2: re.compile(rb"[A-Z][a-z]{0,2}(?: \d{0,2}(?:, ?\d{0,4})?)?"),
}
_SENTENCE_END = re.compile(
    rb"(?:(?P<period>\.|\xe3\x80\x82)|[!?]|\xef\xbc[\x81\x9f])(?:[)\]}\"']|\xe2\x80[\x99\x9d])*\Z"
)
_URL = re.compile(rb"https?://|www\.")

_LINE = re.compile(rb"([^\n]+)\n?")
_LINE_OF_ANY_KIND = re.compile(
    rb"([^\n\r\xe2]*+(?:\xe2(?!\x80[\xa8\xa9])[^\n\r\xe2]*+)*+)"
    rb"(?:\r\n|[\n\r]|\xe2\x80[\xa8\xa9]|\Z)"
)
_OTHER_LINE_ENDS = (b"\r", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
_WRAP = re.compile(r"\s*[\n\r\u2028\u2029]\s*")
_LEADING_BLANKS = re.compile(BLANK + rb"*+")
_TRAILING_BLANKS = re.compile(BLANK + rb"+\Z")
_FIRST_WORD = re.compile(rb"\S*")

_LONG = 300  # characters: hardly a title is so long, and most abstracts are
_SHORT_ABSTRACT = 100  # characters that make a paragraph behind a title more than a second title
_FULL_LINE = 0.6  # of the widest line of its block: where a hard wrap can fall
_LARGEST_BLOCK = 512  # lines: bounds what is held of a listing without blank lines
_LOOKS_AHEAD = 7  # paragraphs: one to place, two of a box, a title, an abstract, and two more
_TRIMMED_AT_ONCE = 64  # bytes

_SAMPLE = 1 << 15  # bytes that tell whether a dump is a listing
_FOREIGN_START = re.compile(
    BLANK + rb"*+(?:<|\{\s*[\"'}]|\[\s*[\[{\"']|WARC/|HTTP/\d|MIME-Version:|%PDF|PK\x03\x04)"
)
_CONTROL_CHARACTERS = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1b"})
_MARKUP = re.compile(r"[#=<>|`*+~{}\\/-]|\d+[.)]\s|.*(?:===|---)$", re.DOTALL)


class Paragraph(NamedTuple):
    """A line that shows something, without the blanks around it, or several that belong together.

    Offsets are into ``Decoded.text``.
    """

    kind: str
    start: int
    end: int
    is_spaced: bool  # a blank line, or the start of the dump, stands before it
    is_wrapped: bool = False


_END_OF_DUMP = Paragraph(END, 0, 0, True)


class Day(NamedTuple):
    """A day as it is printed, with the number that can stand behind it in a footer."""

    month: int
    day: int
    year: int | None
    comment_count: int | None


@dataclass(slots=True)
class Footer:
    """What stands under an abstract; ``rank`` is that of its last part, 0 where there is none."""

    rank: int = 0
    author_count: int | None = None
    organisation: str | None = None
    day: Day | None = None


class Draft(NamedTuple):
    """An entry whose dates wait until its whole listing is read; offsets as in Paragraph."""

    start: int
    end: int
    title: str
    abstract: str
    is_abstract_spaced: bool
    upvotes: int | None
    footer: Footer


class Fragment(NamedTuple):
    """Part of an entry, and the rule it broke; offsets as in Paragraph."""

    start: int
    end: int
    rule: str


@dataclass(slots=True)
class Listing:
    """One page of a dump."""

    has_banner: bool = False
    header_line_count: int = 0
    day: Day | None = None
    drafts: list[Draft] = field(default_factory=list[Draft])
    fragments: list[Fragment] = field(default_factory=list[Fragment])


def recognises(data: bytes) -> bool:
    """Tells from its beginning whether a dump is a text dump of listings.

    It is where a header stands first or above an entry, where an entry counts its authors, or where
    titles and long paragraphs alternate all through. The lines of a header can stand in HTML, JSON
    or WARC as well, so what starts like those is left to other formats.
    """
    sample = decode_dump(data[:_SAMPLE])
    if _FOREIGN_START.match(sample.text, sample.start) or _is_binary(sample.text):
        return False
    listings = list(_Reader(sample).read_listings())
    return any(
        (_has_sure_header(listing) and (index == 0 or listing.drafts))
        or any(draft.footer.author_count is not None for draft in listing.drafts)
        or _alternates(listing)
        for index, listing in enumerate(listings)
    )


def parse_page(data: bytes, capture: Capture) -> Page:
    """Reads a text dump of one or several listings.

    Never fails: what cannot become an entry is a broken entry, with its rule.

    Args:
        data: The bytes of the dump.
        capture: What is known from outside; its day is for years that the dump does not tell.

    Returns:
        The dump as parsed. Spans are offsets in ``data`` and together hold every byte that shows
        something, except headers. The paragraphs of an abstract are parted by a blank line.
    """
    decoded, captured_on = decode_dump(data), capture.captured_on
    page = Page(FORMAT.name, "header_only", decoded.encoding, decoded.note)
    page_on, page_on_basis = None, "unknown"
    layouts: set[str] = set()
    for listing in _Reader(decoded).read_listings():
        listed_on, basis = _date_listing(listing, captured_on)
        if not layouts:
            page_on, page_on_basis = listed_on, basis
        if listing.drafts:
            layouts.add(_name_layout(listing))
        page.entries.extend(_finish_entries(listing, decoded, listed_on, basis, captured_on))
        page.broken.extend(_finish_fragments(listing, decoded))
    if not page.entries and not page.broken:
        page.broken.append(BrokenEntry(0, len(data), "no_entries", REASONS["no_entries"]))
    return replace(
        page,
        layout="mixed" if len(layouts) > 1 else "".join(layouts) or "header_only",
        page_on=page_on,
        page_on_basis=page_on_basis,
    )


# --- Is it a listing at all? ---------------------------------------------------------------------


def _is_binary(text: bytes) -> bool:
    """Tells whether more than one byte in twenty is one that no page shows."""
    return (len(text) - len(text.translate(None, _CONTROL_CHARACTERS))) * 20 > len(text)


def _has_sure_header(listing: Listing) -> bool:
    """Tells a header from a text that happens to begin with "new", or with a date."""
    return listing.has_banner or listing.header_line_count > 1


def _alternates(listing: Listing) -> bool:
    """Tells whether a listing without sure signs is one: titles with one long paragraph each.

    Two of those with hardly anything else; one is enough under a line that can be a header's.
    """
    drafts, fragments = listing.drafts, listing.fragments
    pairs = sum(_is_prose(draft.abstract) and not _MARKUP.match(draft.title) for draft in drafts)
    paragraphs = sum(2 + draft.abstract.count("\n\n") for draft in drafts)
    others = paragraphs - 2 * pairs + len(fragments)
    if fragments and drafts and fragments[-1].start > drafts[-1].start:
        others -= 1  # the sample ends inside an entry
    return pairs >= (1 if listing.header_line_count else 2) and others * 10 <= pairs * 2


def _is_prose(text: str) -> bool:
    """Tells long text in words from tables, code and encoded data."""
    return len(text) >= _LONG and len(text) / 12 < text.count(" ") < len(text) / 3


# --- Lines and paragraphs ------------------------------------------------------------------------


def _find_lines(decoded: Decoded) -> Iterator[Paragraph]:
    """Yields every line that shows something."""
    text = decoded.text
    pattern = _LINE_OF_ANY_KIND if any(end in text for end in _OTHER_LINE_ENDS) else _LINE
    next_line = -1
    for match in pattern.finditer(text, decoded.start):
        start, end = match.span(1)
        if start == end:
            continue
        if not (0x20 < text[start] < 0x80 and 0x20 < text[end - 1] < 0x80):
            start, end = _trim(text, start, end)
            if start == end:
                continue
        kind = _tell_kind(text, start, end)
        yield Paragraph(kind, start, end, is_spaced=match.start() != next_line)
        next_line = match.end()


def _trim(text: bytes, start: int, end: int) -> tuple[int, int]:
    """Returns a span without the blanks at its ends."""
    blanks = _LEADING_BLANKS.match(text, start, end)
    start = blanks.end() if blanks else start
    while blanks := _TRAILING_BLANKS.search(text, max(start, end - _TRIMMED_AT_ONCE), end):
        end = blanks.start()
    return start, end


def _tell_kind(text: bytes, start: int, end: int) -> str:
    if end - start > _LONGEST_SHAPE:
        return TEXT
    match = _match_shape(text, start, end)
    if match is None or match.lastgroup is None:
        return TEXT
    if match.lastgroup == DATE and _read_day(match) is None:
        return TEXT
    return match.lastgroup


def _match_shape(text: bytes, start: int, end: int) -> re.Match[bytes] | None:
    line = text[start:end].replace(b"\0", b"").replace(b"\xc2\xa0", b" ")
    return _SHAPES.fullmatch(line)


def _find_paragraphs(decoded: Decoded) -> Iterator[Paragraph]:
    """Joins the lines that a hard wrap parted; the last paragraph is the end of the dump.

    Lines without a blank line between them are a block. Once a long line has stood in one block
    with others, the listing is known to have no blank lines, and each of its lines stands alone.
    """
    text = decoded.text
    block: list[Paragraph] = []
    is_dense = False
    for line in chain(_find_lines(decoded), [_END_OF_DUMP]):
        if block and (
            line.is_spaced or line.kind in _NEVER_WRAPPED or len(block) == _LARGEST_BLOCK
        ):
            if line.kind == BANNER:
                block[-1] = _part_from_banner(text, block[-1])
            if len(block) > 1:
                is_dense = is_dense or any(_is_long(decoded, other) for other in block)
            yield from block if is_dense or len(block) == 1 else _unwrap(decoded, block)
            block = []
        if line.kind in _NEVER_WRAPPED:
            is_dense = is_dense and line.kind != BANNER
            yield line
        else:
            block.append(line)


def _part_from_banner(text: bytes, line: Paragraph) -> Paragraph:
    """Returns the line above a banner without what belongs to the banner's header.

    That is "new", or whatever came first in a dump that was joined to one without a last newline.
    """
    if text[line.start : line.end] == b"new":
        return line._replace(kind=BANNER)
    glued = _GLUED_HEADER.search(text, max(line.start, line.end - _LONGEST_SHAPE), line.end)
    if glued is None:
        return line
    return line._replace(kind=_tell_kind(text, line.start, glued.start()), end=glued.start())


def _unwrap(decoded: Decoded, block: list[Paragraph]) -> list[Paragraph]:
    """Joins those lines of a block that can be one wrapped paragraph.

    A wrap falls where a line is about full, or inside a sentence. Without a blank line before the
    block there is nothing to tell a wrap from a new paragraph, so there each line stands alone.
    """
    if not block[0].is_spaced:
        return block
    text = decoded.text
    full = _FULL_LINE * max(len(decoded.read_text(line.start, line.end)) for line in block)
    paragraphs = [block[0]]
    body = block[: _find_footer(text, block)]
    for previous, line in pairwise(body):
        first_word = _FIRST_WORD.match(text, line.start, line.end)
        reach = previous.end - previous.start + (len(first_word[0]) if first_word else 0)
        is_inside_sentence = text[line.start : line.start + 1].islower()
        if paragraphs[-1].kind == TEXT and (is_inside_sentence or reach >= full):
            paragraphs[-1] = paragraphs[-1]._replace(end=line.end, is_wrapped=True)
        else:
            paragraphs.append(line)
    return [*paragraphs, *block[len(body) :]]


def _find_footer(text: bytes, block: list[Paragraph]) -> int:
    """Returns which line of a block is the first of a footer's, the block's length if none is.

    A number of authors begins a block of its own; an organisation or a lone date does not.
    """
    size = len(block)
    if size > 1 and block[size - 1].kind == DATE:
        size -= 1
    if size > 1 and _is_doubled(text, block[size - 1]):
        size -= 1
    return size


def _is_long(decoded: Decoded, paragraph: Paragraph) -> bool:
    size = paragraph.end - paragraph.start
    if size < _LONG or size >= 4 * _LONG:  # a character takes one to four bytes
        return size >= _LONG
    return len(decoded.read_text(paragraph.start, paragraph.end)) >= _LONG


def _is_doubled(text: bytes, paragraph: Paragraph) -> bool:
    """Tells whether a line says the same twice, as organisations are shown."""
    half, is_even = divmod(paragraph.end - paragraph.start - 1, 2)
    middle = paragraph.start + half
    return (
        half > 0
        and not is_even
        and text[middle] == 0x20
        and text[paragraph.start : middle] == text[middle + 1 : paragraph.end]
    )


# --- From paragraphs to entries ------------------------------------------------------------------


class _Reader:
    """Reads listing after listing, entry after entry, looking a few paragraphs ahead."""

    def __init__(self, decoded: Decoded) -> None:
        self._decoded = decoded
        self._text = decoded.text
        self._paragraphs = chain(_find_paragraphs(decoded), repeat(_END_OF_DUMP))
        self._ahead = deque(islice(self._paragraphs, _LOOKS_AHEAD))
        self._read_to = decoded.start

    def read_listings(self) -> Iterator[Listing]:
        while self._ahead[0].kind != END:
            listing = self._read_header()
            while self._ahead[0].kind not in _LISTING_ENDS:
                self._read_entry(listing)
            yield listing

    def _take(self) -> Paragraph:
        paragraph = self._ahead.popleft()
        self._ahead.append(next(self._paragraphs))
        self._read_to = paragraph.end
        return paragraph

    def _read_header(self) -> Listing:
        listing = Listing()
        last_kind = ""
        while True:
            paragraph = self._ahead[0]
            if paragraph.kind == BANNER and listing.header_line_count == 0:
                listing.has_banner = True
            elif paragraph.kind == HEADER and not (
                listing.day and self._is_long(self._ahead[1])  # a title of the same words
            ):
                listing.header_line_count += 1
            elif day := self._read_page_day(paragraph, listing):
                listing.header_line_count += 1
                listing.day = day
            else:
                break
            last_kind = self._take().kind
        glued = _GLUED_SUBSCRIBE.match(self._text, paragraph.start, paragraph.end)
        if glued and last_kind == BANNER:
            listing.header_line_count += 1
            self._ahead[0] = paragraph._replace(start=glued.end())
        return listing

    def _read_page_day(self, paragraph: Paragraph, listing: Listing) -> Day | None:
        """Returns the day of a header, which has one day, and no number of comments behind it."""
        if paragraph.kind != DATE or listing.day is not None:
            return None
        day = _read_day(self._match_shape(paragraph))
        return day if day and day.comment_count is None else None

    def _read_entry(self, listing: Listing) -> None:
        """Reads one entry, or what is there of it; takes at least one paragraph."""
        start = self._ahead[0].start
        upvotes = self._take_upvotes(self._count_box_paragraphs())
        first = self._ahead[0]
        has_title = first.kind not in _NO_TITLE and not self._is_long(first)
        title = self._read_text(self._take()) if has_title else ""
        if self._ahead[0].kind == BOX and upvotes is None and self._reads_as_abstract(1):
            upvotes = self._take_upvotes(1)
        abstract_start = self._ahead[0]
        abstract = self._take_abstract()
        footer = self._take_footer()
        if has_title and abstract:
            listing.drafts.append(
                Draft(
                    start,
                    self._read_to,
                    title,
                    abstract,
                    abstract_start.is_spaced,
                    upvotes,
                    footer,
                )
            )
        else:
            rule = "missing_abstract" if has_title else "missing_title"
            listing.fragments.append(Fragment(start, self._read_to, rule))

    # A box is a number or "-", possibly below the word "Upvote", and always above a title.

    def _count_box_paragraphs(self, distance: int = 0) -> int:
        """Returns how many paragraphs from here are the upvote box of the next title."""
        count = 1 if self._ahead[distance].kind == UPVOTE else 0
        count += 1 if self._ahead[distance + count].kind == BOX else 0
        title = self._ahead[distance + count]
        return 0 if title.kind in _NO_TITLE or self._is_long(title) else count

    def _take_upvotes(self, paragraph_count: int) -> int | None:
        upvotes = None
        for _ in range(paragraph_count):
            shown = self._read_text(self._take())
            upvotes = int(shown) if shown.isdecimal() else None
        return upvotes

    def _take_abstract(self) -> str:
        """Takes the paragraphs of an abstract; returns them parted by a blank line, "" for none."""
        if not self._reads_as_abstract():
            return ""
        abstract = self._read_text(self._take())
        if not self._continues_abstract():
            return abstract
        paragraphs = [abstract, self._read_text(self._take())]
        while self._continues_abstract():
            paragraphs.append(self._read_text(self._take()))
        return "\n\n".join(paragraphs)

    def _reads_as_abstract(self, distance: int = 0) -> bool:
        """Tells whether the paragraph behind a title is its abstract, or another title."""
        paragraph = self._ahead[distance]
        if paragraph.kind not in _WORDS or self._is_organisation(distance):
            return False
        if self._is_long(paragraph) or self._is_footer(distance + 1):
            return True
        sentence_end = self._find_sentence_end(paragraph)
        if (sentence_end and sentence_end["period"]) or self._has_url(paragraph):
            return True
        if self._is_long(self._ahead[distance + 1]):
            return False
        return sentence_end is not None or paragraph.end - paragraph.start >= _SHORT_ABSTRACT

    def _continues_abstract(self) -> bool:
        """Tells whether the next paragraph belongs to the abstract just read, or is a title.

        A short one does if it reads like prose and the next title and abstract are found without
        it. At the end of a listing it can be a title that was cut off, unless it has a URL.
        """
        paragraph, following = self._ahead[0], self._ahead[1]
        if paragraph.kind not in _WORDS or self._is_footer():
            return False
        if self._is_long(paragraph):
            return True
        has_url = self._has_url(paragraph)
        reads_as_prose = has_url or self._find_sentence_end(paragraph) is not None
        if not reads_as_prose or self._is_long(following):
            return False
        if following.kind in _LISTING_ENDS:
            return has_url
        if self._is_footer(1):
            return True
        title = 1 + self._count_box_paragraphs(1)
        if self._reads_as_abstract(title):  # of the paragraph, were that a title
            return has_url
        return self._reads_as_abstract(title + 1)

    def _take_footer(self) -> Footer:
        footer = Footer()
        while (rank := self._rank_footer_part()) > footer.rank:
            footer.rank = rank
            part = self._take()
            shape = self._match_shape(part)
            if part.kind == AUTHORS and shape:
                footer.author_count = int(shape["count"])
            elif part.kind == DATE:
                footer.day = _read_day(shape)
            elif part.kind == TEXT:
                organisation = self._read_text(part)
                footer.organisation = organisation[: len(organisation) // 2]
        if self._is_cut_off_footer(footer.rank):
            self._take()
        return footer

    def _rank_footer_part(self) -> int:
        if self._is_organisation():
            return _FOOTER_RANKS[AUTHORS]
        return _FOOTER_RANKS.get(self._ahead[0].kind, 0)

    def _is_footer(self, distance: int = 0) -> bool:
        return (
            self._ahead[distance].kind in _FOOTER_RANKS
            or self._is_organisation(distance)
            or self._is_cut_off_footer(0, distance)
        )

    def _is_organisation(self, distance: int = 0) -> bool:
        """Tells an organisation from a title that says the same twice, which has an abstract."""
        paragraph = self._ahead[distance]
        return (
            paragraph.kind == TEXT
            and _is_doubled(self._text, paragraph)
            and not self._is_long(self._ahead[distance + 1])
        )

    def _is_cut_off_footer(self, rank: int, distance: int = 0) -> bool:
        """Tells whether a listing ends inside the part of a footer that follows the given rank."""
        paragraph, shape = self._ahead[distance], _CUT_OFF_FOOTER_PARTS.get(rank)
        return (
            shape is not None
            and self._ahead[distance + 1].kind in _LISTING_ENDS
            and paragraph.kind == TEXT
            and shape.fullmatch(self._text, paragraph.start, paragraph.end) is not None
        )

    def _is_long(self, paragraph: Paragraph) -> bool:
        return _is_long(self._decoded, paragraph)

    def _has_url(self, paragraph: Paragraph) -> bool:
        return _URL.search(self._text, paragraph.start, paragraph.end) is not None

    def _find_sentence_end(self, paragraph: Paragraph) -> re.Match[bytes] | None:
        near_end = max(paragraph.start, paragraph.end - 8)
        return _SENTENCE_END.search(self._text, near_end, paragraph.end)

    def _match_shape(self, paragraph: Paragraph) -> re.Match[bytes] | None:
        return _match_shape(self._text, paragraph.start, paragraph.end)

    def _read_text(self, paragraph: Paragraph) -> str:
        text = self._decoded.read_text(paragraph.start, paragraph.end)
        return _WRAP.sub(" ", text) if paragraph.is_wrapped else text


def _finish_entries(
    listing: Listing, decoded: Decoded, page_on: date | None, basis: str, captured_on: date | None
) -> Iterator[Entry]:
    """Yields the entries of a listing whose date is known as well as it can be."""
    latest = _add_day(page_on or captured_on)
    for draft in listing.drafts:
        footer = draft.footer
        published_on = _find_date(footer.day, latest) if footer.day else None
        yield Entry(
            byte_start=decoded.find_source_offset(draft.start),
            byte_end=decoded.find_source_offset(draft.end),
            title=draft.title,
            abstract=draft.abstract,
            page_on=page_on,
            page_on_basis=basis,
            published_on=published_on,
            published_on_basis="footer" if published_on else "",
            author_count=footer.author_count,
            organisation=footer.organisation,
            upvotes=draft.upvotes,
            comment_count=footer.day.comment_count if footer.day else None,
        )


def _finish_fragments(listing: Listing, decoded: Decoded) -> Iterator[BrokenEntry]:
    for start, end, rule in listing.fragments:
        yield BrokenEntry(
            decoded.find_source_offset(start),
            decoded.find_source_offset(end),
            rule,
            REASONS[rule],
        )


def _name_layout(listing: Listing) -> str:
    """Names how the listing was laid out, by what most of its entries have."""
    drafts = listing.drafts
    is_spaced = sum(draft.is_abstract_spaced for draft in drafts) * 2 >= len(drafts)
    has_footers = any(draft.footer.rank for draft in drafts)
    return ("paragraphs" if is_spaced else "lines") + ("_with_footers" if has_footers else "")


# --- Dates ---------------------------------------------------------------------------------------


def _read_day(shape: re.Match[bytes] | None) -> Day | None:
    """Returns the day of a line of the shape DATE, None where there is no such day."""
    if shape is None or shape["month"] is None:
        return None
    month, day = _MONTHS.index(shape["month"]) + 1, int(shape["day"])
    year = int(shape["year"]) if shape["year"] else None
    is_likely_year = year is None or _FIRST_YEAR <= year <= _LAST_YEAR
    if not is_likely_year or _make_date(year or _A_LEAP_YEAR, month, day) is None:
        return None
    return Day(month, day, year, int(shape["comments"]) if shape["comments"] else None)


def _date_listing(listing: Listing, captured_on: date | None) -> tuple[date | None, str]:
    """Returns the date of a listing and its basis, one of PAGE_ON_BASES.

    The site leaves out the year of the day on which it shows a date. So the newest year that a
    footer prints is past, and the listing is from the year after it, or a later one that leaves
    no trace.
    """
    day = listing.day
    if day is None:
        return None, "unknown"
    if day.year is not None:
        return _find_date(day, None), "stated"
    years = [draft.footer.day.year for draft in listing.drafts if draft.footer.day]
    printed = [year for year in years if year is not None]
    if printed:
        basis = "entry_years" if len(printed) < len(years) else "newest_entry"
        return _find_date(day, date(max(printed) + 1, 12, 31)), basis
    if captured_on is None:
        return None, "unknown"
    return _find_date(day, _add_day(captured_on)), "capture_time"


def _find_date(day: Day, latest: date | None) -> date | None:
    """Returns the day in its own year, or the last such day up to ``latest``."""
    if day.year is not None:
        return _make_date(day.year, day.month, day.day)
    if latest is None:
        return None
    for year in range(latest.year, latest.year - _LONGEST_WAIT_FOR_LEAP_DAY - 1, -1):
        found = _make_date(year, day.month, day.day)
        if found and found <= latest:
            return found
    return None


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _add_day(day: date | None) -> date | None:
    """Returns the day after: a capture and a page can be dated in different time zones."""
    return day + timedelta(days=1) if day and day < date.max else day


FORMAT = Format(
    name="listing_text",
    parser_version=1,
    recognises=recognises,
    parse_page=parse_page,
    lists_days=False,
    repeats_pages=False,
    filled_columns=frozenset({"abstract"}),
)
