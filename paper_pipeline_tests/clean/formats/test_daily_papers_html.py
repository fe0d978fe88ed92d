"""Daily Papers pages as HTML: the JSON inside, the cards, broken pages, and other sites."""

import html
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.clean.formats import parse_dump
from paper_pipeline.clean.formats.daily_papers_html import parse_page
from paper_pipeline.clean.page import Capture, Entry, Page
from paper_pipeline_tests.clean.formats.test_daily_papers_api import (
    OLD,
    SAMPLES,
    check_spans,
    make_entry,
)
from paper_pipeline_tests.corpus import SAMPLE

REAL_PAGE = SAMPLES / "html" / "papers-2024-08-01.html"
REAL = pytest.mark.skipif(
    not REAL_PAGE.exists(),
    reason="the real page is not beside this checkout; it is not ours to ship",
)
DAY = date(2025, 10, 6)
TWO = [make_entry(1, paper__title='Größe & "Maß" <b>'), make_entry(2)]
PROPS = {"periodType": "day", "dateString": "2025-10-06", "dailyPapers": TWO}


def write_card(entry: dict[str, Any], extra: str = "") -> str:
    paper = entry["paper"]
    return f"""<article class="card"><a href="/papers/{paper["id"]}"><img alt=""
        src="https://thumbnails.example/social-thumbnails/{paper["id"]}.png"></a>
        <div class="leading-none">Submitted by <img src="/avatars/a.svg"> keeper</div>
        <div><div class="leading-none">{paper["upvotes"]}</div></div>
        <h3><a href="/papers/{paper["id"]}">{html.escape(paper["title"])}</a></h3>
        <ul><li><div><div>·</div> {len(paper["authors"])} author</div></li></ul>
        <a href="/papers/{paper["id"]}#community"><svg></svg> {entry["numComments"]} </a>
        {extra}</article>"""


def write_page(
    props: object = None, cards: list[str] | None = None, day: str = "2025-10-06"
) -> str:
    """A page with the JSON, the cards, or both."""
    text = "" if props is None else html.escape(json.dumps(props, ensure_ascii=False))
    tag = f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{text}">'
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n'
        '<div class="SVELTE_HYDRATER" data-target="MainHeader" data-props="{}"></div>\n'
        f"{'' if props is None else tag}\n"
        f'<time datetime="{day}T00:00:00.000Z"><span>Oct</span> 6</time>\n'
        f"{''.join(cards or [])}\n</body></html>\n"
    )


def parse(page: str | bytes, asked_on: date | None = None) -> Page:
    data = page if isinstance(page, bytes) else page.encode()
    parsed = parse_dump(data, Capture(asked_on=asked_on))
    check_spans(parsed, data)
    return parsed


def without_spans(entry: Entry) -> Entry:
    return replace(entry, byte_start=0, byte_end=0)


CARDS = [write_card(entry) for entry in TWO]
JSON_PAGE = write_page(PROPS, CARDS)

# --- The JSON ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(JSON_PAGE.encode(), id="utf-8"),
        pytest.param(b"\xef\xbb\xbf\r\n" + JSON_PAGE.encode(), id="byte order mark"),
        pytest.param(JSON_PAGE.encode("utf-16"), id="utf-16"),
        pytest.param(JSON_PAGE.replace("·", "").encode("latin-1"), id="latin-1"),
        pytest.param(JSON_PAGE.replace("&quot;", "&#34;").encode(), id="decimal escapes"),
        pytest.param(JSON_PAGE.replace("&quot;", "&#x22;").encode(), id="hexadecimal escapes"),
        pytest.param(JSON_PAGE.replace("<div", "<DIV").encode(), id="upper case"),
        pytest.param(f"<!-- {JSON_PAGE} -->{JSON_PAGE}".encode(), id="a page in a comment"),
        pytest.param(
            JSON_PAGE.replace('data-target="DailyPapers"', "data-target='DailyPapers' x").encode(),
            id="other quotes",
        ),
        pytest.param(JSON_PAGE[: JSON_PAGE.index("<article") + 9].encode(), id="cut in the cards"),
    ],
)
def test_json(data: bytes) -> None:
    page = parse(data)
    assert (page.format, page.layout) == ("daily_papers_html", "data_props_day")
    assert [entry.arxiv_id for entry in page.entries] == ["2510.00001", "2510.00002"]
    assert (page.page_on, page.page_on_basis, page.broken) == (DAY, "stated", [])
    for entry in page.entries:
        escaped = data[entry.byte_start : entry.byte_end].decode(page.encoding)
        assert json.loads(html.unescape(escaped))["paper"]["id"] == entry.arxiv_id


def test_json_is_read_as_the_api_is() -> None:
    entries = parse(JSON_PAGE).entries
    answer = parse_dump(json.dumps(TWO).encode(), Capture()).entries
    assert [without_spans(entry) for entry in entries] == [
        replace(without_spans(entry), page_on_basis="stated") for entry in answer
    ]


@pytest.mark.parametrize(
    ("props", "layout", "page_on", "basis"),
    [
        pytest.param(
            {"date": "2025-10-06T00:00:00.000Z", "dailyPapers": TWO},
            "data_props_day",
            DAY,
            "stated",
            id="date",
        ),
        pytest.param(
            {"periodType": "week", "dateString": "2025-W41", "dailyPapers": TWO},
            "data_props_week",
            DAY,
            "submitted_on_daily",
            id="week",
        ),
        pytest.param(
            {"periodType": "month", "dateString": "2025-10", "dailyPapers": TWO},
            "data_props_month",
            DAY,
            "submitted_on_daily",
            id="month",
        ),
        pytest.param(
            {"dateString": "2025-W41", "dailyPapers": TWO},
            "data_props_day",
            DAY,
            "submitted_on_daily",
            id="no full date",
        ),
        pytest.param({"dailyPapers": OLD}, "data_props_day", date(2024, 8, 1), "asked_day", id="-"),
    ],
)
def test_periods(props: dict[str, Any], layout: str, page_on: date, basis: str) -> None:
    page = parse(write_page(props), date(2024, 8, 1))
    assert (page.layout, page.page_on, page.page_on_basis) == (layout, page_on, basis)
    assert {(e.page_on, e.page_on_basis) for e in page.entries} == {(page_on, basis)}


# --- Cards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(write_page(None, CARDS), id="no JSON"),
        pytest.param(write_page({"dailyPapers": 1}, CARDS), id="another shape"),
        pytest.param(JSON_PAGE.replace("{&quot;period", "{{&quot;period"), id="broken JSON"),
        pytest.param(JSON_PAGE.replace("2510.00002&quot;", "2510"), id="JSON broken later"),
        pytest.param(
            write_page(None, ["<article><a href='/blog'>x</a></article>", *CARDS]), id="a notice"
        ),
        pytest.param(write_page(None, CARDS).replace("</article>", ""), id="articles not closed"),
    ],
)
def test_cards(page: str) -> None:
    parsed = parse(page)
    assert (parsed.layout, parsed.broken, parsed.drift) == ("cards", [], [])
    assert (parsed.page_on, parsed.page_on_basis) == (DAY, "stated")
    assert [without_spans(entry) for entry in parsed.entries] == [
        Entry(
            byte_start=0,
            byte_end=0,
            title=element["paper"]["title"],
            abstract=None,
            page_on=DAY,
            page_on_basis="stated",
            arxiv_id=element["paper"]["id"],
            author_count=1,
            upvotes=7,
            comment_count=2,
            submitted_by="keeper",
            thumbnail_url="https://thumbnails.example/social-thumbnails/"
            f"{element['paper']['id']}.png",
        )
        for element in TWO
    ]
    for entry in parsed.entries:
        assert page.encode()[entry.byte_start :].startswith(b"<article")


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (">7<", ">-<", {"upvotes": None}),
        (">7<", "> 1.2k <", {"upvotes": None}),
        ("#community", "#files", {"comment_count": None}),
        ("Submitted by", "Picked by", {"submitted_by": None}),
        ("1 author", "533 authors", {"author_count": 533}),
        ("/papers/2510.00001", "/papers/2510.00001?x=1", {"arxiv_id": "2510.00001"}),
        ("/papers/2510.00001", "/papers/2510.0001", {"arxiv_id": "2510.00010"}),
        ("/papers/2510.00001", "/papers/new-kind", {"arxiv_id": None}),
        ("social-thumbnails", "avatars", {"thumbnail_url": None}),
    ],
)
def test_card_fields(old: str, new: str, changes: dict[str, object]) -> None:
    (entry,) = parse(write_page(None, CARDS[:1]).replace(old, new)).entries
    assert {name: getattr(entry, name) for name in changes} == changes


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("/papers/2510.00001", "/papers/2510.000011", "damaged_identifier"),
        ('<h3><a href="/papers/2510.00001">', '<h4><a href="/papers/2510.00001">', "no_title"),
        ("Größe", "\0", None),
    ],
)
def test_broken_cards(old: str, new: str, rule: str | None) -> None:
    page = parse(write_page(None, CARDS).replace(old, new))
    assert [broken.rule for broken in page.broken] == ([rule] if rule else [])
    assert len(page.entries) == 2 - len(page.broken)


def test_a_card_without_a_date_stands_on_the_day_asked_for() -> None:
    page = parse(write_page(None, CARDS, day="today"), DAY)
    assert {(e.page_on, e.page_on_basis) for e in page.entries} == {(DAY, "asked_day")}
    assert parse(write_page(None, CARDS, day="today")).page_on is None


# --- Other pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<html><body><h1>502 Bad Gateway</h1></body></html>", id="error"),
        pytest.param('<html><a href="/papers">Daily Papers</a></html>', id="link to the papers"),
        pytest.param(
            '<html><article><a href="/papers/1">DailyPapers</a></article></html>', id="other site"
        ),
        pytest.param(f"<!-- {JSON_PAGE} -->", id="all in a comment"),
        pytest.param(f"<script>{CARDS[0]}</script>", id="all in a script"),
        pytest.param(JSON_PAGE.replace('target="DailyPapers"', 'target="Other"', 1)[:600], id="o"),
        pytest.param('<?xml version="1.0"?><feed></feed>', id="feed"),
        pytest.param("<" * 1000, id="no page"),
    ],
)
def test_other_pages_are_left_alone(page: str) -> None:
    assert [broken.rule for broken in parse(page).broken] == ["not_a_listing"]


def test_a_page_without_papers() -> None:
    page = parse(write_page({"date": "2025-10-04T00:00:00.000Z", "dailyPapers": []}))
    assert [broken.rule for broken in page.broken] == ["no_entries"]
    assert (page.page_on, page.page_on_basis) == (date(2025, 10, 4), "stated")


def test_a_page_cut_in_its_json() -> None:
    data = JSON_PAGE.encode()
    page = parse(data[: data.index(b"2510.00002") + 20])
    assert [entry.arxiv_id for entry in page.entries] == ["2510.00001"]
    assert [broken.rule for broken in page.broken] == ["cut_off_answer"]
    assert page.page_on == DAY
    page = parse(data[: data.index(b"dailyPapers")])
    assert [broken.rule for broken in page.broken] == ["cut_off_answer"]


@given(st.binary(), st.integers(0, len(JSON_PAGE)), st.integers(0, 400))
def test_any_bytes(data: bytes, place: int, length: int) -> None:
    check_spans(parse_page(data, Capture()), data)
    for page in (JSON_PAGE, write_page(None, CARDS)):
        whole = page.encode()
        parse(whole[:place] + data + whole[place + length :])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda n: "<div " * (n // 5), id="open tags"),
        pytest.param(lambda n: '<div "' * (n // 6), id="open quotes"),
        pytest.param(lambda n: "<div '\">" * (n // 8), id="mixed quotes"),
        pytest.param(lambda n: "<!--" * (n // 4), id="open comments"),
        pytest.param(lambda n: "<script>" * (n // 8), id="open scripts"),
        pytest.param(lambda n: "<article>" * (n // 9), id="open articles"),
        pytest.param(lambda n: "<article><h3>/papers/" + "<div>" * (n // 5), id="deep card"),
        pytest.param(lambda n: "<time " * (n // 6), id="open times"),
        pytest.param(lambda n: CARDS[0] * (n // len(CARDS[0])), id="cards"),
        pytest.param(
            lambda n: write_page(PROPS).replace("{&quot;p", "&quot;" * (n // 6), 1), id="escapes"
        ),
    ],
)
def test_time_is_linear(make: Callable[[int], str]) -> None:
    def measure(size: int) -> float:
        data = f"<html>DailyPapers{make(size)}".encode()
        start = time.process_time()
        parse_dump(data, Capture())
        return time.process_time() - start

    measure(1_000)
    assert measure(400_000) < 16 * max(measure(50_000), 0.02)


# --- Samples -------------------------------------------------------------------------------------


def test_sample() -> None:
    data = (SAMPLE / "daily_papers_2024-08-05.html").read_bytes()
    check_json_against_cards(data, parse(data))


def check_json_against_cards(data: bytes, page: Page) -> None:
    """Asserts that the cards of a page say what its JSON says."""
    assert (page.layout, page.broken, page.drift) == ("data_props_day", [], [])
    cards = parse(data.replace(b'data-target="DailyPapers"', b'data-target="Cards"'))
    assert (cards.layout, cards.broken, cards.page_on) == ("cards", [], page.page_on)
    for card, entry in zip(cards.entries, page.entries, strict=True):
        assert card.title == " ".join(entry.title.split())
        for name in ("arxiv_id", "upvotes", "comment_count", "submitted_by", "page_on"):
            assert getattr(card, name) == getattr(entry, name)


@REAL
def test_real_page() -> None:
    data = REAL_PAGE.read_bytes()
    page = parse(data)
    assert (len(page.entries), page.page_on) == (13, date(2024, 8, 1))
    for entry in page.entries:
        element = json.loads(html.unescape(data[entry.byte_start : entry.byte_end].decode()))
        paper = element["paper"]
        names = [author["name"] for author in paper["authors"]]
        assert without_spans(entry) == Entry(
            byte_start=0,
            byte_end=0,
            title=paper["title"],
            abstract=paper["summary"],
            page_on=date(2024, 8, 1),
            page_on_basis="stated",
            published_on=date.fromisoformat(paper["publishedAt"][:10]),
            published_on_basis="paper",
            arxiv_id=paper["id"],
            authors=tuple(dict.fromkeys(names)),
            upvotes=paper["upvotes"],
            comment_count=element["numComments"],
            submitted_by=element["submittedBy"]["name"],
            discussion_id=paper["discussionId"],
            thumbnail_url=element["thumbnail"],
            media_urls=tuple(element.get("mediaUrls", ())),
        )
    check_json_against_cards(data, page)
