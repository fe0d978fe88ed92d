"""Reads Daily Papers pages of the site as HTML: a day, a week or a month of papers.

Data flow: bytes -> decode_dump -> tags (spans) -> the JSON in the attribute data-props, read as
daily_papers_api.py reads it, or else the cards that the page shows -> Page.

The attribute holds everything, so it comes first. A page without it, or with a broken one, is read
from its cards: id, title, upvotes, comments, number of authors and who submitted the paper. Tags
are found here by their offsets, which no HTML library tells; what stands inside a card is read by
selectolax from exactly the bytes of the card's span. What an entry's JSON means belongs in
daily_papers_api.py.
"""

import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from paper_pipeline.clean.formats.daily_papers_api import (
    CUT_OFF_ANSWER,
    Answer,
    Locator,
    Reading,
    read_arxiv_id,
    read_day,
    read_elements,
    scan_answer,
)
from paper_pipeline.clean.formats.decoding import BLANK, Decoded, decode_dump
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import BrokenEntry, Capture, Entry, Page

CARDS = "cards"  # the layout of a page whose JSON cannot be read
DATA_PROPS = "data_props"  # that of one whose JSON can, followed by the period it is of

_DAY = "day"
_LARGEST_CARD = 1 << 18  # bytes; real ones have 5,000

_START = re.compile(BLANK + rb"*+<")
_SAMPLE = 64  # bytes that tell whether a dump can be HTML at all
_ATTRIBUTES = rb"(?:[^<>\"']|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+(?:>|\Z)?"
_TAGS = re.compile(
    rb"<!--.*?(?:-->|\Z)"
    rb"|<(?P<raw>script|style|textarea|title)\b.*?(?:</(?P=raw)|\Z)"
    rb"|(?P<div><div\b" + _ATTRIBUTES + rb")"
    rb"|<time\b[^<>]{0,500}?\bdatetime=[\"']?(?P<day>\d{4}-\d\d-\d\d)"
    rb"|(?P<article><article\b)"
    rb"|(?P<end></article\b[^<>]{0,100}>?)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    rb"(?P<name>[^\s\"'<>/=]+)"
    rb"(?:\s*=\s*(?:\"(?P<double>[^\"]*+)\"?|'(?P<single>[^']*+)'?|(?P<bare>[^\s\"'<>]+)))?"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CUT_OFF_ENTITY = re.compile(r"&#?[A-Za-z0-9]{0,31}\Z")
_LINK = 'a[href^="/papers/"]'
_NUMBER = re.compile(r"([0-9]{1,9})")
_AUTHOR_COUNT = re.compile(r"([0-9]{1,6}) authors?")
_SUBMITTED_BY = re.compile(r"Submitted by (\S{1,100})")


@dataclass(slots=True)
class _Tags:
    """What is found of a page's tags; spans are offsets in ``Decoded.text``.

    Attributes:
        props: Span of what stands in the quotes of data-props.
        cards: Spans of the articles.
        days: Days that stand in time tags outside of the cards.
    """

    props: tuple[int, int] | None = None
    cards: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    days: set[date] = field(default_factory=set[date])


def recognises(data: bytes) -> bool:
    """Tells whether a dump is HTML that holds a list of papers, as JSON or as cards."""
    beginning = decode_dump(data[:_SAMPLE])
    if not _START.match(beginning.text, beginning.start):
        return False
    decoded = decode_dump(data)
    if b"DailyPapers" not in decoded.text and b"/papers/" not in decoded.text:
        return False
    tags = _find_tags(decoded)
    return tags.props is not None or any(_is_card(decoded, span) for span in tags.cards)


def parse_page(data: bytes, capture: Capture) -> Page:
    """Reads a page of the site.

    Never fails: what cannot become an entry is a broken entry, with its rule.

    Args:
        data: The bytes of the dump.
        capture: What is known of it from outside; the day asked for dates a page without a date.

    Returns:
        The page as parsed. The span of an entry is that of its JSON inside the attribute, with the
        escapes it has there, or that of its card.
    """
    decoded = decode_dump(data)
    tags = _find_tags(decoded)
    answer, reading = _read_props(decoded, tags, capture)
    layout = f"{DATA_PROPS}_{_find_period(answer)}"
    stated_on = _find_stated_day(answer)
    has_whole_json = answer.layout and not answer.is_cut_off and not reading.broken
    if not has_whole_json and len(tags.cards) > len(reading.entries):
        stated_on = stated_on or (min(tags.days) if len(tags.days) == 1 else None)
        cards = _read_cards(decoded, tags, capture, stated_on)
        if len(cards.entries) >= len(reading.entries):
            layout, reading = CARDS, cards
    page_on, basis = reading.find_page_on()
    if stated_on:
        page_on, basis = stated_on, "stated"
    if not reading.entries and not reading.broken:
        is_cut_off = tags.props is not None and tags.props[1] == len(decoded.text)
        reading.broken.append(
            BrokenEntry(0, len(data), CUT_OFF_ANSWER, "the page ends before its first paper")
            if is_cut_off
            else BrokenEntry(0, len(data), "no_entries", "the page is a list without a paper")
        )
    notes = [decoded.note, CUT_OFF_ANSWER if answer.is_cut_off and layout != CARDS else ""]
    return Page(
        format=FORMAT.name,
        layout=layout,
        encoding=decoded.encoding,
        encoding_note=", ".join(note for note in notes if note),
        page_on=page_on,
        page_on_basis=basis,
        entries=reading.entries,
        broken=reading.broken,
        drift=reading.drift,
    )


# --- Tags ----------------------------------------------------------------------------------------


def _find_tags(decoded: Decoded) -> _Tags:
    """Finds the tags that matter, outside of comments, scripts and the like.

    An article ends where it is closed, where the next begins, or with the page.
    """
    tags = _Tags()
    marks: list[tuple[int, int]] = []  # starts of articles, and offsets just past their ends
    for match in _TAGS.finditer(decoded.text, decoded.start):
        if match["article"]:
            marks.append((match.start(), match.start()))
        elif match["end"]:
            marks.append((len(decoded.text), match.end()))
        elif match["day"]:
            day = read_day(match["day"].decode())
            is_in_card = bool(marks) and marks[-1][0] < len(decoded.text)
            if day and not is_in_card:
                tags.days.add(day)
        elif match["div"] and tags.props is None and b"DailyPapers" in match["div"]:
            tags.props = _find_props(match["div"], match.start())
    marks.append((len(decoded.text), len(decoded.text)))
    tags.cards = [(start, end) for (start, _), (_, end) in pairwise(marks) if start < end]
    return tags


def _find_props(tag: bytes, place: int) -> tuple[int, int] | None:
    """The span of data-props, where the tag is what the site draws the list of papers from."""
    values: dict[bytes, tuple[int, int]] = {}
    for match in _ATTRIBUTE.finditer(tag, len("<div")):
        group = next((name for name in ("double", "single", "bare") if match[name]), "name")
        values.setdefault(match["name"].lower(), match.span(group))
    start, end = values.get(b"data-target", (0, 0))
    if tag[start:end] != b"DailyPapers" or b"data-props" not in values:
        return None
    start, end = values[b"data-props"]
    return place + start, place + end


# --- The JSON ------------------------------------------------------------------------------------


def _read_props(decoded: Decoded, tags: _Tags, capture: Capture) -> tuple[Answer, Reading]:
    """Reads the JSON of the page; both are empty where there is none."""
    if tags.props is None:
        return Answer(""), Reading()
    start, end = tags.props
    escaped = decoded.text[start:end].decode("utf-8", "ignore")
    if end == len(decoded.text):
        escaped = _CUT_OFF_ENTITY.sub("", escaped)
    unescaped = _Unescaped(escaped)
    answer = scan_answer(unescaped.text)
    if answer is None:
        return Answer(""), Reading()
    locator = Locator(decoded, escaped, start)
    elements = [
        element._replace(
            start=locator.find(unescaped.find(element.start)),
            end=locator.find(unescaped.find(element.end)),
        )
        for element in answer.elements
    ]
    if _find_period(answer) != _DAY:
        capture = Capture(capture.captured_on, None, capture.observed_at)
    return answer, read_elements(elements, capture, _find_stated_day(answer))


class _Unescaped:
    """The text of an attribute, and the way back to where it stands escaped."""

    def __init__(self, escaped: str):
        parts: list[str] = []
        self._marks, self._escaped_marks = array("Q", [0]), array("Q", [0])
        length = end = 0
        for match in _ENTITY.finditer(escaped):
            parts += (escaped[end : match.start()], html.unescape(match[0]))
            length += len(parts[-2]) + len(parts[-1])
            end = match.end()
            self._marks.append(length)
            self._escaped_marks.append(end)
        self.text = "".join([*parts, escaped[end:]])

    def find(self, offset: int) -> int:
        """Where the character at an offset of the text stands in the escaped text."""
        mark = bisect_right(self._marks, offset) - 1
        return self._escaped_marks[mark] + offset - self._marks[mark]


def _find_period(answer: Answer) -> str:
    """The period that a page is of: day, week or month."""
    period = answer.facts.get("periodType")
    return str(period) if period in ("week", "month") else _DAY


def _find_stated_day(answer: Answer) -> date | None:
    if _find_period(answer) != _DAY:
        return None
    return read_day(answer.facts.get("dateString")) or read_day(answer.facts.get("date"))


# --- Cards ---------------------------------------------------------------------------------------


def _is_card(decoded: Decoded, span: tuple[int, int]) -> bool:
    tree = _parse_card(decoded, span)
    return tree is not None and tree.css_first(f"h3 > {_LINK}") is not None


def _parse_card(decoded: Decoded, span: tuple[int, int]) -> LexborHTMLParser | None:
    if b"/papers/" not in decoded.text[span[0] : span[1]] or span[1] - span[0] > _LARGEST_CARD:
        return None
    return LexborHTMLParser(decoded.read_text(*span))


def _read_cards(decoded: Decoded, tags: _Tags, capture: Capture, stated_on: date | None) -> Reading:
    """Reads the cards of a page; articles without a link to a paper are none."""
    reading = Reading()
    page_on = stated_on or capture.asked_on
    basis = "stated" if stated_on else "asked_day" if page_on else "unknown"
    for span in tags.cards:
        tree = _parse_card(decoded, span)
        link = tree.css_first(_LINK) if tree else None
        if tree is None or link is None:
            continue
        start, end = (decoded.find_source_offset(offset) for offset in span)
        heading = tree.css_first(f"h3 > {_LINK}")
        title = heading.text() if heading else ""
        path = (heading or link).attributes.get("href") or ""
        arxiv_id, damage = read_arxiv_id(re.split("[?#]", path.removeprefix("/papers/"))[0])
        if not title.strip():
            reading.broken.append(BrokenEntry(start, end, "no_title", "the card has no title"))
        elif damage == "damaged_identifier":
            reading.broken.append(
                BrokenEntry(start, end, damage, f"no arXiv id for sure: {path:.80}")
            )
        else:
            reading.entries.append(
                Entry(
                    byte_start=start,
                    byte_end=end,
                    title=title,
                    abstract=None,
                    page_on=page_on,
                    page_on_basis=basis,
                    arxiv_id=arxiv_id,
                    author_count=_find_number(tree, "div, li", _AUTHOR_COUNT),
                    upvotes=_find_number(tree, "div.leading-none", _NUMBER),
                    comment_count=_find_number(tree, 'a[href$="#community"]', _NUMBER),
                    observed_at=capture.observed_at,
                    submitted_by=_find_submitter(tree),
                    thumbnail_url=_find_thumbnail(tree),
                    repairs=(damage,) if damage else (),
                )
            )
    return reading


def _walk_texts(tree: LexborHTMLParser, selector: str) -> Iterator[str]:
    for node in tree.css(selector):
        yield " ".join(node.text(deep=False).split())  # deep costs depth times length


def _find_number(tree: LexborHTMLParser, selector: str, pattern: re.Pattern[str]) -> int | None:
    """The number in the first node whose own text shows one."""
    for text in _walk_texts(tree, selector):
        match = pattern.fullmatch(text)
        if match:
            return int(match[1])
    return None


def _find_submitter(tree: LexborHTMLParser) -> str | None:
    for text in _walk_texts(tree, "div"):
        match = _SUBMITTED_BY.fullmatch(text)
        if match:
            return match[1]
    return None


def _find_thumbnail(tree: LexborHTMLParser) -> str | None:
    images: list[LexborNode] = tree.css(f"{_LINK} img[src]")
    sources = [image.attributes.get("src") or "" for image in images]
    return next((source for source in sources if "/social-thumbnails/" in source), None)


FORMAT = Format(
    name="daily_papers_html",
    parser_version=1,  # raised with daily_papers_api's too, which reads data-props
    recognises=recognises,
    parse_page=parse_page,
    lists_days=True,
    repeats_pages=False,
    filled_columns=frozenset({"abstract"}),
)
