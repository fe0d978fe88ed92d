"""Text dumps of listings: layouts, ugly lines, dates, damage, and what is no listing at all."""

import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.clean.formats import FORMATS, parse_dump
from paper_pipeline.clean.formats.listing_text import parse_page, recognises
from paper_pipeline.clean.page import Capture, Entry, Page
from paper_pipeline.vocabulary import PAGE_ON_BASES, PARSER_FAILED

BANNER = "Get trending papers in your email inbox!"
DAILY_BANNER = "Get trending papers in your email inbox once a day!"
HEADER = ["new", BANNER, "Subscribe", "Daily Papers", "byAK and the research community"]
HEADER_LINES = {*HEADER, DAILY_BANNER, "by AK and the research community"}
FOOTER = "  • 5 authors\n·\nMay 23 5"


VOCABULARY = "we train small models on many tasks and see that their errors shrink with data"


def write_prose(seed: int, length: int = 420) -> str:
    """Makes an abstract of about the given length."""
    words = VOCABULARY.split()
    rng = random.Random(seed)  # noqa: S311 - text for tests
    prose = "In this work"
    while len(prose) < length:
        prose += " " + rng.choice(words)
    return prose + "."


LONG = write_prose(1)
LONG_TOO = write_prose(2, 900)


def make_page(*paragraphs: str, header: list[str] | None = None) -> bytes:
    return "\n\n".join([*(HEADER if header is None else header), *paragraphs]).encode()


def parse(data: bytes, captured_on: date | None = None) -> Page:
    page = parse_dump(data, Capture(captured_on))
    check_spans(page, data)
    return page


def check_spans(page: Page, data: bytes) -> str:
    """Asserts that spans are ordered and apart; returns the text outside of them."""
    assert PARSER_FAILED not in {broken.rule for broken in page.broken}
    for spans in (page.entries, page.broken):
        assert [span.byte_start for span in spans] == sorted(span.byte_start for span in spans)
    outside, end = b"", 0
    for span in sorted([*page.entries, *page.broken], key=lambda span: span.byte_start):
        assert end <= span.byte_start < span.byte_end <= len(data) or not data
        outside += data[end : span.byte_start]
        end = span.byte_end
    return (outside + data[end:]).decode(page.encoding, "ignore")


def get_pairs(page: Page) -> list[tuple[str, str | None]]:
    return [(entry.title, entry.abstract) for entry in page.entries]


# --- Layouts and ugly lines ----------------------------------------------------------------------

TWO = [("A First Title", LONG), ("A Second Title", LONG_TOO)]
WRAPPED = "We propose a small model\nthat does what a large one does\nat a tenth of the cost."
UNWRAPPED = WRAPPED.replace("\n", " ")
SHORT = (
    "We ask how far a model of ten parameters goes in a year, "
    "and show that it goes no further than a model of nine"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\n\n".join([*HEADER, *TWO[0], *TWO[1]]), TWO, id="paragraphs"),
        pytest.param("\n".join([*HEADER, *TWO[0], *TWO[1]]), TWO, id="lines"),
        pytest.param("\n\n".join([*TWO[0], *TWO[1]]), TWO, id="no header"),
        pytest.param("\n".join([*TWO[0], *TWO[1]]), TWO, id="lines, no header"),
        pytest.param(
            f"{DAILY_BANNER}\n{BANNER}\nSubscribeA First Title\n{LONG}\nA Second Title\n{LONG_TOO}",
            TWO,
            id="first title glued to Subscribe",
        ),
        pytest.param(
            f"{BANNER}\nSubscribers and Other Customers\n{LONG}",
            [("Subscribers and Other Customers", LONG)],
            id="title that begins with Subscribe",
        ),
        pytest.param(
            "\n\n".join([*HEADER[:-1], "by AK and the research community", "Sep 3", *TWO[0]]),
            TWO[:1],
            id="space in by AK",
        ),
        pytest.param(
            "\n".join([BANNER, *TWO[0], FOOTER, *TWO[1], FOOTER]), TWO, id="lines with footers"
        ),
        pytest.param(
            "\n\n".join([BANNER, "\n".join([*TWO[0], FOOTER]), "\n".join([*TWO[1], FOOTER])]),
            TWO,
            id="a block an entry",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title in\nTwo Lines\n\n{WRAPPED}\n\n{FOOTER}",
            [("A Title in Two Lines", UNWRAPPED)],
            id="hard wraps",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{WRAPPED}\n{FOOTER}",
            [("A Title", UNWRAPPED)],
            id="hard wraps down to the footer",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{LONG}\n\nCode: https://example.org/x\n\n{FOOTER}",
            [("A Title", f"{LONG}\n\nCode: https://example.org/x")],
            id="link paragraph above the footer",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{LONG}\n\nCode: https://example.org/x\n\nB Title\n\n"
            + LONG_TOO,
            [("A Title", f"{LONG}\n\nCode: https://example.org/x"), ("B Title", LONG_TOO)],
            id="link paragraph above a title",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{LONG}\n\nWe share all of it.\n\n12\n\nB Title\n\n{LONG_TOO}",
            [("A Title", f"{LONG}\n\nWe share all of it."), ("B Title", LONG_TOO)],
            id="short last paragraph above a box",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{LONG}\n\n{LONG_TOO}\n\n{FOOTER}",
            [("A Title", f"{LONG}\n\n{LONG_TOO}")],
            id="two long paragraphs",
        ),
        pytest.param(
            f"{BANNER}\n\nWhat Is It?\n\n{LONG}\n\nNo. Really!\n\n{LONG_TOO}\n\nSo.\n\n{LONG}",
            [("What Is It?", LONG), ("No. Really!", LONG_TOO), ("So.", LONG)],
            id="titles that end like sentences",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{SHORT}\n\nWhy?\n\n{SHORT}.\n\nLast\n\n{LONG}",
            [("A Title", SHORT), ("Why?", f"{SHORT}."), ("Last", LONG)],
            id="short abstracts",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\nIt works.\n\n{FOOTER}\n\nB Title\n\nIt does too\n\n{FOOTER}",
            [("A Title", "It works."), ("B Title", "It does too")],
            id="very short abstracts above footers",
        ),
        pytest.param(
            "\n\n".join(
                [
                    BANNER,
                    "7 Ways to Sum",
                    LONG,
                    "May the Loss Fall",
                    LONG,
                    "March on",
                    LONG,
                    "A",
                    LONG,
                ]
            ),
            [(title, LONG) for title in ("7 Ways to Sum", "May the Loss Fall", "March on", "A")],
            id="titles that begin like boxes and dates",
        ),
        pytest.param(
            f'{BANNER}\n\n$1 Million -- "Too Much"?\n\n{LONG}',
            [('$1 Million -- "Too Much"?', LONG)],
            id="signs in a title",
        ),
        pytest.param(
            "\n\n".join([*HEADER, "Sep 3", "Daily Papers", LONG, "new", LONG_TOO]),
            [("Daily Papers", LONG), ("new", LONG_TOO)],
            id="words of the header as titles, below the header",
        ),
        pytest.param(
            "\n\n".join([*HEADER, "Sep 3", *TWO[0], "Daily Papers", LONG, "new", LONG_TOO]),
            [TWO[0], ("Daily Papers", LONG), ("new", LONG_TOO)],
            id="words of the header as titles",
        ),
        pytest.param(
            f"{BANNER}\n\nA Title\n\n{LONG} {BANNER} Subscribe {LONG}",
            [("A Title", f"{LONG} {BANNER} Subscribe {LONG}")],
            id="words of the header in an abstract",
        ),
        pytest.param(
            f"{BANNER}\n\u00a0\nA Title\n \u00a0\t\n{LONG}\n\u3000\nB Title\n\u200b\n{LONG_TOO}",
            [("A Title", LONG), ("B Title", LONG_TOO)],
            id="blanks of every kind",
        ),
        pytest.param(
            f"{BANNER}\n\n \u00a0 A Title \n\n\t{LONG}\u00a0\n",
            [("A Title", LONG)],
            id="blank edges",
        ),
        pytest.param(
            f"{BANNER}\n\nA\0 Title\n\n{LONG[:50]}\0{LONG[50:]}\n\n  • 2 aut\0hors\n·\nMay 3",
            [("A Title", LONG)],
            id="nuls",
        ),
        pytest.param(
            f"{BANNER}\n\nAgent Agent\n\n{LONG}\n\nBora Bora\n\n{LONG_TOO}",
            [("Agent Agent", LONG), ("Bora Bora", LONG_TOO)],
            id="titles that say it twice",
        ),
        pytest.param(
            "\n\n".join(
                [BANNER, "小模型的大影响", "我们提出一种方法" * 40, "第二篇", "结果很好。" * 80]
            ),
            [("小模型的大影响", "我们提出一种方法" * 40), ("第二篇", "结果很好。" * 80)],
            id="chinese",
        ),
    ],
)
def test_finds_titles_and_abstracts(text: str, expected: list[tuple[str, str]]) -> None:
    page = parse(text.encode())
    assert get_pairs(page) == expected
    assert page.broken == []
    outside = check_spans(page, text.encode())
    assert {line.strip() for line in outside.splitlines()} <= {*HEADER_LINES, "Sep 3", ""}


@pytest.mark.parametrize(
    ("footer", "expected"),
    [
        pytest.param(FOOTER, (5, None, 5, "05-23"), id="full"),
        pytest.param("• 1 author\n·\nFeb 14", (1, None, None, "02-14"), id="one author"),
        pytest.param(
            "  • 12 authors\n\n·\n\nMay 1 7", (12, None, 7, "05-01"), id="blank lines in it"
        ),
        pytest.param("  • 3 authors\nMay 1 7", (3, None, 7, "05-01"), id="no dot"),
        pytest.param("  • 3 authors", (3, None, None, None), id="count alone"),
        pytest.param("  • 3 authors\n·", (3, None, None, None), id="no date"),
        pytest.param("·\nMay 1", (None, None, None, "05-01"), id="no count"),
        pytest.param(
            "AcmeAI AcmeAI\n·\nMay 1 11", (None, "AcmeAI", 11, "05-01"), id="organisation"
        ),
        pytest.param(
            "Acme Lab Acme Lab\n·\nMay 1", (None, "Acme Lab", None, "05-01"), id="two words"
        ),
        pytest.param(
            "AcmeAI AcmeAI\nMay 1", (None, "AcmeAI", None, "05-01"), id="organisation, no dot"
        ),
        pytest.param("AcmeAI AcmeAI", (None, "AcmeAI", None, None), id="organisation alone"),
        pytest.param("? 5 authors\n·\nMay 1", (5, None, None, "05-01"), id="bullet lost"),
        pytest.param(
            "\u00a0•\u00a05 authors\n·\nMay\u00a01", (5, None, None, "05-01"), id="hard spaces"
        ),
        pytest.param("", (None, None, None, None), id="none"),
    ],
)
def test_reads_footer(
    footer: str, expected: tuple[int | None, str | None, int | None, str | None]
) -> None:
    data = make_page("Dec 8, 2025", "A Title", LONG, footer, "B Title", LONG_TOO, FOOTER)
    page = parse(data)
    first, second = page.entries
    published = first.published_on.strftime("%m-%d") if first.published_on else None
    assert (first.author_count, first.organisation, first.comment_count, published) == expected
    last_line = footer.rstrip().rsplit("\n")[-1] or LONG
    assert data[first.byte_start : first.byte_end].decode().endswith(last_line)
    assert (second.title, second.abstract) == ("B Title", LONG_TOO)


@pytest.mark.parametrize(
    ("box", "upvotes"),
    [("12", 12), ("-", None), ("Upvote\n\n12", 12), ("Upvote\n12", 12), ("Upvote", None)],
)
@pytest.mark.parametrize("footer", [FOOTER, ""])
def test_reads_upvote_box(box: str, upvotes: int | None, footer: str) -> None:
    data = make_page("3", "A Title", LONG, footer, box, "B Title", LONG_TOO, footer)
    first, second = parse(data).entries
    assert (first.title, first.upvotes) == ("A Title", 3)
    assert (second.title, second.abstract, second.upvotes) == ("B Title", LONG_TOO, upvotes)
    assert data[second.byte_start :].decode().startswith(box)


def test_reads_upvote_box_below_the_title() -> None:
    page = parse(make_page("A Title", "12", LONG, FOOTER, "B Title", "-", LONG_TOO, FOOTER))
    assert [(entry.title, entry.upvotes) for entry in page.entries] == [
        ("A Title", 12),
        ("B Title", None),
    ]


# --- Broken entries ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paragraphs", "titles", "broken"),
    [
        pytest.param([LONG, FOOTER], [], [("missing_title", LONG[:9])], id="abstract alone"),
        pytest.param([FOOTER], [], [("missing_title", "• 5")], id="footer alone"),
        pytest.param(
            ["A Title", LONG, FOOTER, LONG_TOO, FOOTER],
            ["A Title"],
            [("missing_title", LONG_TOO[:9])],
            id="abstract behind a footer",
        ),
        pytest.param(
            ["A Title", FOOTER, "B Title", LONG],
            ["B Title"],
            [("missing_abstract", "A Title")],
            id="footer behind a title",
        ),
        pytest.param(
            ["A Title", "B Title", LONG],
            ["B Title"],
            [("missing_abstract", "A Title")],
            id="title behind a title",
        ),
        pytest.param(
            ["A Title", "12", "B Title", LONG],
            ["B Title"],
            [("missing_abstract", "A Title")],
            id="box behind a title",
        ),
        pytest.param(
            ["A Title", LONG, "B Ti"],
            ["A Title"],
            [("missing_abstract", "B Ti")],
            id="cut in a title",
        ),
        pytest.param(
            ["A Title", LONG, "Really?"],
            ["A Title"],
            [("missing_abstract", "Really?")],
            id="cut behind a title that ends like a sentence",
        ),
        pytest.param(
            ["A Title", LONG, FOOTER, "42"],
            ["A Title"],
            [("missing_abstract", "42")],
            id="cut in a box",
        ),
    ],
)
def test_breaks_entries(
    paragraphs: list[str], titles: list[str], broken: list[tuple[str, str]]
) -> None:
    data = make_page(*paragraphs)
    page = parse(data)
    assert [entry.title for entry in page.entries] == titles
    assert [entry.rule for entry in page.broken] == [rule for rule, _ in broken]
    for entry, (_, start) in zip(page.broken, broken, strict=True):
        assert data[entry.byte_start : entry.byte_end].decode().startswith(start)


@pytest.mark.parametrize(
    "rest",
    ["  •", "  • 5", "  • 5 auth", "  • 5 authors", "  • 5 authors\n·"]
    + [f"  • 5 authors\n·\n{day}" for day in ("N", "No", "Nov", "Nov 8", "Nov 8,", "Nov 8, 20")],
)
def test_cut_off_footer_stays_with_its_entry(rest: str) -> None:
    data = make_page("A Title", LONG, rest)
    page = parse(data)
    assert get_pairs(page) == [("A Title", LONG)]
    assert (page.entries[0].byte_end, page.broken) == (len(data), [])


def test_cut_in_a_character_of_the_footer() -> None:
    data = make_page("A Title", LONG, "  • 5 authors\n·")[:-1]
    page = parse(data)
    assert get_pairs(page) == [("A Title", LONG)]
    assert (page.entries[0].byte_end, page.encoding_note) == (len(data), "cut_off_character")


def test_header_alone_is_an_empty_listing() -> None:
    data = make_page("Sep 3")
    page = parse(data)
    assert (page.format, page.layout, page.entries) == ("listing_text", "header_only", [])
    assert [(entry.rule, entry.byte_start, entry.byte_end) for entry in page.broken] == [
        ("no_entries", 0, len(data))
    ]


# --- Several pages in one dump -------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["\n", "\n\n", ""], ids=["line", "blank line", "nothing"])
def test_pages_of_mixed_layouts_in_one_dump(separator: str) -> None:
    pages = [
        "\n\n".join([*HEADER, "Sep 3", "A Title", LONG]),
        "\n".join([DAILY_BANNER, BANNER, "SubscribeB Title", LONG, "C Title", LONG_TOO]),
        "\n\n".join([*HEADER, "Dec 8", "D Title", LONG, "  • 5 authors\n·\nMay 3, 2024"]),
    ]
    for order in itertools.permutations(pages):
        page = parse(separator.join(order).encode(), date(2025, 9, 20))
        found = {entry.title: entry for entry in page.entries}
        assert (len(page.entries), page.broken, page.layout) == (4, [], "mixed")
        assert {entry.abstract for entry in page.entries} == {LONG, LONG_TOO}
        assert found["A Title"].page_on == date(2025, 9, 3)
        assert (found["B Title"].page_on, found["C Title"].page_on) == (None, None)
        assert (found["D Title"].page_on, found["D Title"].page_on_basis) == (
            date(2025, 12, 8),
            "newest_entry",
        )


# --- Dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "footer_days", "captured", "page_on", "basis", "published"),
    [
        pytest.param(
            "Sep 3, 2024", ["May 1", "Oct 1"], "2026-01-01",
            "2024-09-03", "stated", ["2024-05-01", "2023-10-01"], id="stated",
        ),
        pytest.param(
            "Dec 8", ["May 1", "Nov 8, 2024 2"], None,
            "2025-12-08", "entry_years", ["2025-05-01", "2024-11-08"], id="entry years",
        ),
        pytest.param(
            "Dec 8", ["May 1, 2023", "Nov 8, 2024"], "2030-01-01",
            "2025-12-08", "newest_entry", ["2023-05-01", "2024-11-08"], id="newest entry",
        ),
        pytest.param(
            "Dec 8", ["May 1", "Nov 8, 2024"], "2024-01-01",
            "2025-12-08", "entry_years", ["2025-05-01", "2024-11-08"], id="captured before",
        ),
        pytest.param(
            "Dec 8", ["May 1"], "2025-12-07", "2025-12-08", "capture_time", ["2025-05-01"],
            id="captured a day before",
        ),
        pytest.param(
            "Dec 8", ["May 1"], "2025-12-06", "2024-12-08", "capture_time", ["2024-05-01"],
            id="captured before this year's",
        ),
        pytest.param("Dec 8", ["May 1"], None, None, "unknown", [None], id="nothing tells"),
        pytest.param(
            "Dec 31", ["Jan 1", "Jan 2", "Jan 1, 2020"], None,
            "2021-12-31", "entry_years", ["2022-01-01", "2021-01-02", "2020-01-01"], id="next day",
        ),
        pytest.param(
            "Feb 29", ["Mar 1"], "2027-05-01", "2024-02-29", "capture_time", ["2024-03-01"],
            id="leap day",
        ),
        pytest.param(
            "Feb 29", ["Mar 1, 2023", "Feb 29"], None,
            "2024-02-29", "entry_years", ["2023-03-01", "2024-02-29"], id="leap day by entries",
        ),
        pytest.param(
            "Mar 5, 2025", ["Feb 29"], None, "2025-03-05", "stated", ["2024-02-29"],
            id="leap day of an entry",
        ),
        pytest.param(None, ["May 1", "May 2, 2020"], "2025-04-30", None, "unknown",
                     ["2025-05-01", "2020-05-02"], id="no page date"),
        pytest.param(None, ["May 1", "May 2, 2020"], None, None, "unknown",
                     [None, "2020-05-02"], id="no page date, no capture"),
        pytest.param("Dec 8", ["May 1"], "0001-01-01", None, "capture_time", [None], id="none yet"),
        pytest.param("Dec 8", ["May 1"], "9999-12-31", "9999-12-08", "capture_time", ["9999-05-01"],
                     id="last day of all"),
    ],
)  # fmt: skip
def test_infers_years(
    day: str | None,
    footer_days: list[str],
    captured: str | None,
    page_on: str | None,
    basis: str,
    published: list[str | None],
) -> None:
    entries = [
        part
        for number, footer_day in enumerate(footer_days)
        for part in (f"Title {number}", LONG, f"  • 2 authors\n·\n{footer_day}")
    ]
    captured_on = date.fromisoformat(captured) if captured else None
    page = parse(make_page(*([day] if day else []), *entries), captured_on)
    assert (page.page_on and page.page_on.isoformat(), page.page_on_basis) == (page_on, basis)
    assert {(entry.page_on, entry.page_on_basis) for entry in page.entries} == {
        (page.page_on, basis)
    }
    assert [
        entry.published_on and entry.published_on.isoformat() for entry in page.entries
    ] == published


@pytest.mark.parametrize(
    "no_day", ["Feb 30", "May 0", "Jun 31", "May 1, 1990", "May 1, 2101", "Maj 1"]
)
def test_a_day_that_is_none_is_a_title(no_day: str) -> None:
    page = parse(make_page(no_day, LONG))
    assert get_pairs(page) == [(no_day, LONG)]


# --- Encodings and line ends ---------------------------------------------------------------------

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-le, no mark": lambda text: text.encode("utf-16-le"),
    "utf-16-be, no mark": lambda text: text.encode("utf-16-be"),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "cr cr lf": lambda text: text.replace("\n\n", "\n").replace("\n", "\r\r\n").encode(),
    "u+2028": lambda text: text.replace("\n", "\u2028").encode(),
    "u+2028 in utf-16": lambda text: text.replace("\n", "\u2028").encode("utf-16"),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_encodings_and_line_ends_change_nothing(encode: Callable[[str], bytes]) -> None:
    text = make_page("Dec 8, 2025", "Ein Maß für 𝔘", LONG, FOOTER, "Zweitens…", LONG_TOO).decode()
    data = encode(text)
    page = parse(data)
    assert get_pairs(page) == [("Ein Maß für 𝔘", LONG), ("Zweitens…", LONG_TOO)]
    assert (page.entries[0].author_count, page.entries[0].published_on) == (5, date(2025, 5, 23))
    assert page.broken == []
    first, second = (data[e.byte_start : e.byte_end].decode(page.encoding) for e in page.entries)
    assert (first[:7], first[-8:]) == ("Ein Maß", "May 23 5")
    assert (second[:5], second[-5:]) == ("Zweit", LONG_TOO[-5:])


def test_latin_1_is_noted() -> None:
    data = make_page("Größe", LONG, FOOTER).decode().encode("latin-1", "replace")
    page = parse(data)
    assert (page.encoding, page.encoding_note) == ("latin-1", "latin-1 fallback")
    assert (get_pairs(page), page.entries[0].author_count) == ([("Größe", LONG)], 5)
    assert data[page.entries[0].byte_start :].startswith(b"Gr\xf6\xdfe")


# --- What is no listing --------------------------------------------------------------------------

CHAPTER = "\n\n".join(
    [
        "Chapter One",
        *(write_prose(number, 500 + 90 * number) for number in range(4)),
        '"Is that all?"',
        write_prose(9, 700),
        '"It is."',
        '"Well."',
        *(write_prose(number, 400) for number in range(5, 8)),
    ]
)
README = f"""# A tool

{LONG}

## Install

```
pip install a-tool
```

## Use

{LONG_TOO}

- Daily Papers
- Subscribe

## Thanks

{LONG}
"""
API_ANSWER = [
    {"title": title, "paper": {"title": title, "summary": abstract, "authors": [{"name": "N. N."}]}}
    for title, abstract in TWO
]
HTML = f"<!doctype html>\n<h1>\n{HEADER[3]}\n</h1>\n<p>\n{BANNER}\n</p>\nA Title\n\n{LONG}\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CHAPTER.encode(), id="chapter of a book"),
        pytest.param("\n".join(CHAPTER.split("\n\n")).encode(), id="chapter without blank lines"),
        pytest.param(README.encode(), id="readme"),
        pytest.param(
            "".join(
                f"Sep 3 12:00:{n % 60:02} host a[{n}]: {LONG[: 40 + n % 90]}\n" for n in range(500)
            ).encode(),
            id="log file",
        ),
        pytest.param(
            (
                "id,title,abstract\n" + "".join(f'{n},A Title,"{LONG}"\n' for n in range(50))
            ).encode(),
            id="csv",
        ),
        pytest.param(b"1\n2\n-\n4\n" * 50, id="numbers"),
        pytest.param(json.dumps(API_ANSWER).encode(), id="json"),
        pytest.param(json.dumps(API_ANSWER, indent=2).encode(), id="indented json"),
        pytest.param(
            b"\xef\xbb\xbf" + json.dumps(API_ANSWER, indent=2).encode(), id="json with mark"
        ),
        pytest.param(json.dumps(API_ANSWER[0]).encode(), id="json object"),
        pytest.param(repr([json.dumps(API_ANSWER)]).encode(), id="list of python strings"),
        pytest.param(HTML.encode(), id="html"),
        pytest.param(("\n\n  " + HTML).encode("utf-16"), id="html in utf-16"),
        pytest.param(b"<html><head><title>502 Bad Gateway</title></head></html>", id="error page"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\nNot Found", id="http error"),
        pytest.param(b"Too many requests. Please retry later.", id="error text"),
        pytest.param(f"WARC/1.0\r\nWARC-Type: response\r\n\r\n{HTML}".encode(), id="warc"),
        pytest.param(Path(__file__).read_bytes(), id="source code"),
        pytest.param(bytes(range(256)) * 40, id="binary"),
        pytest.param(b"\x1f\x8b\x08\0" + bytes(range(255, 0, -1)) * 40, id="gzip"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0\x01\x02" * 900, id="png"),
        pytest.param(b"new", id="one word"),
        pytest.param(LONG.encode(), id="one paragraph"),
        pytest.param("\n\n".join(TWO[0]).encode(), id="one title and abstract, nothing else"),
    ],
)
def test_is_not_a_listing(data: bytes) -> None:
    assert not recognises(data)
    if any(other.recognises(data) for other in FORMATS):  # then it is another format's
        return
    page = parse_dump(data, Capture(date(2025, 1, 1)))
    assert (page.format, page.layout, page.entries) == ("unknown", "unknown", [])
    assert [(entry.rule, entry.byte_start, entry.byte_end) for entry in page.broken] == [
        ("not_a_listing", 0, len(data))
    ]


@pytest.mark.parametrize(
    "data", [b"", b"\n \r\n", b"\xef\xbb\xbf\n", b"\0\0", b"\xc2\xa0", b"\xff\xfe \0"]
)
def test_empty_dump(data: bytes) -> None:
    page = parse_dump(data, Capture())
    assert (page.format, [entry.rule for entry in page.broken]) == ("unknown", ["empty_dump"])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BANNER.encode(), id="banner"),
        pytest.param(
            f"Skip to content\n\n{BANNER}\n\nA Title\n\n{LONG}".encode(), id="below a line"
        ),
        pytest.param(f"Sep 3\n\nA Title\n\n{LONG}".encode(), id="date above an entry"),
        pytest.param(f"A Title\n\n{LONG}\n\n{FOOTER}".encode(), id="footer"),
        pytest.param(f"A Title\n\n{LONG}\n\nB Title\n\n{LONG}".encode(), id="alternation"),
        pytest.param(
            f"A Title\n\n{LONG}\n\nB Title\n\n{LONG}\n\nC Ti".encode(), id="alternation, cut"
        ),
    ],
)
def test_is_a_listing(data: bytes) -> None:
    assert parse_dump(data, Capture()).format == "listing_text"


# --- Properties ----------------------------------------------------------------------------------


@given(st.binary(max_size=400))
def test_any_bytes_parse(data: bytes) -> None:
    parse(data)
    check_spans(parse_page(data, Capture(date(2025, 1, 1))), data)


LINES = st.sampled_from(
    [
        *HEADER,
        DAILY_BANNER,
        "",
        "",
        " ",
        "·",
        "  •",
        "  • 5 authors",
        "• 1 author",
        "May 3",
        "Feb 30",
        "Nov 8, 2024 2",
        "12",
        "-",
        "Upvote",
        "Acme Acme",
        "A Title",
        "Why?",
        "So it is.",
        LONG,
        "https://example.org",
        LONG_TOO,
        "SubscribeThis",
        "\xa0",
        "\x00",
        "wrapped line of text",
    ]
)


@given(st.lists(LINES), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), st.integers(0, 60))
@settings(max_examples=300)
def test_any_lines_parse(lines: list[str], line_end: str, cut: int) -> None:
    text = line_end.join(lines)
    data = text.encode()[: max(0, len(text.encode()) - cut)]
    page = parse_page(data, Capture())
    outside = check_spans(page, data)
    assert all(entry.page_on_basis in PAGE_ON_BASES for entry in page.entries)
    assert all(entry.title and entry.abstract for entry in page.entries)
    shown = {line.strip(" \u00a0\0") for line in outside.splitlines()}
    shown = {line for line in shown if not re.fullmatch(r"|[A-Z][a-z][a-z] \d+(, \d{4})?", line)}
    assert page.entries or page.broken
    assert shown <= HEADER_LINES or [entry.rule for entry in page.broken] == ["no_entries"]


WORDS = st.text("abcdefghijklmnopqrstuvwxyzäß$-'", min_size=1, max_size=12)
TITLES = st.builds(
    lambda first, words, end: " ".join([first, *words]) + end,
    st.sampled_from(["A", "Small", "3D", "May", "100", "On", "Über"]),
    st.lists(WORDS, min_size=2, max_size=14),
    st.sampled_from(["", "", "?", "!"]),
)
ABSTRACTS = st.builds(
    lambda words: "We " + " ".join(f"{words[n % len(words)]}{n}" for n in range(120)) + ".",
    st.lists(WORDS, min_size=5, max_size=30),
)
FOOTERS = st.tuples(
    st.one_of(st.integers(1, 99), st.sampled_from(["Acme", "Acme Lab"])),
    st.dates(date(2019, 1, 1), date(2025, 11, 30)),
    st.one_of(st.none(), st.integers(0, 999)),
)
ENTRIES = st.tuples(
    TITLES, ABSTRACTS, st.one_of(st.none(), FOOTERS), st.one_of(st.none(), st.integers(0, 999))
)


@given(st.lists(ENTRIES, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_generated_pages_come_back(
    entries: list[tuple[str, str, tuple[int | str, date, int | None] | None, int | None]],
    is_spaced: bool,
    has_header: bool,
) -> None:
    gap = "\n\n" if is_spaced else "\n"
    parts = [*HEADER, "Dec 8, 2025"] if has_header else [DAILY_BANNER, "Dec 8, 2025"]
    for title, abstract, footer, upvotes in entries:
        parts += [] if upvotes is None else [str(upvotes)]
        parts += [title, abstract]
        if footer:
            by, day, comments = footer
            counted = f"{by} {by}" if isinstance(by, str) else f"  • {by} author{'s' * (by > 1)}"
            year = "" if day.year == 2025 else f", {day.year}"
            shown = "" if comments is None else f" {comments}"
            parts.append(f"{counted}\n·\n{day:%b} {day.day}{year}{shown}")
    page = parse(gap.join(parts).encode())
    assert page.broken == []
    assert len(page.entries) == len(entries)
    for found, (title, abstract, footer, upvotes) in zip(page.entries, entries, strict=True):
        by, day, comments = footer or (None, None, None)
        assert (found.title, found.abstract, found.upvotes) == (title, abstract, upvotes)
        assert by == (found.organisation if isinstance(by, str) else found.author_count)
        assert (found.published_on, found.comment_count) == (day, comments)


@given(st.lists(st.tuples(TITLES, ABSTRACTS), min_size=1, max_size=5), st.integers(40, 100))
def test_wrapped_pages_come_back(entries: list[tuple[str, str]], width: int) -> None:
    wrapped = [wrap(part, width) for entry in entries for part in entry]
    assert get_pairs(parse(make_page("Dec 8, 2025", *wrapped))) == entries


def wrap(text: str, width: int) -> str:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


# --- Real dumps, kept outside of the repository --------------------------------------------------

SEEDS = Path(__file__).parents[3].parent / "shared" / "seeds"
SEED_ENTRY_COUNTS = [18, 119, 125, 55, 136]


def undate(entry: Entry) -> Entry:
    """Leaves out what a cut can change: the years, which later entries tell."""
    return replace(entry, page_on=None, page_on_basis="", published_on=None, published_on_basis="")


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real dumps stand in ../shared/seeds only")
class TestSeeds:
    def read_seeds(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(SEEDS.glob("*.txt"))]

    @pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
    def test_every_entry_is_found(self, encode: Callable[[str], bytes]) -> None:
        pages = [parse(encode(seed.decode())) for seed in self.read_seeds()]
        assert [len(page.entries) for page in pages] == SEED_ENTRY_COUNTS
        assert [page.broken for page in pages] == [[]] * 5

    def test_lines_alternate(self) -> None:
        seed = self.read_seeds()[1]
        lines = [line.strip() for line in seed.decode().splitlines()[2:] if line.strip()]
        lines[0] = lines[0].removeprefix("Subscribe")
        assert get_pairs(parse(seed)) == list(zip(lines[::2], lines[1::2], strict=True))

    def test_footers(self) -> None:
        page = parse(self.read_seeds()[3])
        entries = page.entries
        assert (page.page_on, page.page_on_basis) == (date(2025, 12, 8), "entry_years")
        assert sum(entry.published_on is not None for entry in entries) == 54
        assert [entry.organisation for entry in entries if entry.organisation] == ["WeiboAI"]
        assert sum(entry.author_count is None for entry in entries) == 2

    @pytest.mark.parametrize("separator", [b"\n", b"\n\n", b""])
    def test_dumps_in_one_file_add_up(self, separator: bytes) -> None:
        # Among these orders every dump stands right before every other, at the start and the end.
        for order in itertools.islice(itertools.permutations(self.read_seeds()), 0, None, 5):
            page = parse_dump(separator.join(order), Capture())
            assert (len(page.entries), page.broken) == (sum(SEED_ENTRY_COUNTS), [])

    @pytest.mark.parametrize("number", range(5))
    def test_cuts_leave_what_stands_before(self, number: int) -> None:
        seed = self.read_seeds()[number]
        entries = [undate(entry) for entry in parse(seed).entries]
        rng = random.Random(number)  # noqa: S311 - places to cut
        for cut in [rng.randrange(len(seed)) for _ in range(40)]:
            page = parse(seed[:cut])
            whole = [entry for entry in entries if entry.byte_end < cut]
            if page.format == "unknown":
                assert not whole
                continue
            assert [undate(entry) for entry in page.entries[: len(whole)]] == whole
            assert len(page.entries) <= len(whole) + 1
