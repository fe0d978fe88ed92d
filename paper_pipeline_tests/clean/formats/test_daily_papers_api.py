"""Answers of the Daily Papers API: eras, fields, damage, drift, and what is no answer at all."""

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.clean.formats import parse_dump
from paper_pipeline.clean.formats.daily_papers_api import KNOWN_FIELDS, LEFT_OUT, parse_page
from paper_pipeline.clean.page import Capture, Drift, Entry, Page
from paper_pipeline.vocabulary import PAGE_ON_BASES, PARSER_FAILED, QUARANTINE_RULES
from paper_pipeline_tests.corpus import ROOT, SAMPLE

SAMPLES = ROOT.parent / "shared" / "samples"
DAYS = sorted((SAMPLES / "daily_papers_api").glob("*.json"))
REAL = pytest.mark.skipif(
    not DAYS, reason="the real answers are not beside this checkout; they are not ours to ship"
)
# Since 2025-03-11 the outer time is wrong, and before 2025-03-17 no entry says when it was listed.
UNDATED_DAY = date(2025, 3, 11)


def make_entry(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An entry of today; a name such as paper__title sets a field, None takes it out."""
    entry: dict[str, Any] = {
        "paper": {
            "id": f"2510.{number:05}",
            "authors": [{"_id": f"{number:024x}", "name": "Ada Byron", "hidden": False}],
            "publishedAt": "2025-10-02T17:59:00.000Z",
            "submittedOnDailyAt": "2025-10-06T00:21:50.292Z",
            "title": f"Paper Number {number}",
            "submittedOnDailyBy": {"user": "keeper", "fullname": "The Keeper", "type": "user"},
            "summary": "We count to a number.",
            "upvotes": 7,
            "discussionId": f"{number:024x}",
        },
        "publishedAt": "2025-10-02T13:59:00.000Z",
        "title": f"Paper Number {number}",
        "summary": "We count to a number.",
        "thumbnail": f"https://thumbnails.example/{number}.png",
        "numComments": 2,
        "submittedBy": {"name": "keeper", "fullname": "The Keeper", "type": "user"},
        "isAuthorParticipating": False,
    }
    for path, value in changes.items():
        *holders, name = path.split("__")
        place = entry
        for holder in holders:
            place = place[holder]
        if value is None:
            del place[name]
        else:
            place[name] = value
    return entry


def make_old_entry(listed: str, published: str = "2024-08-01T17:00:08.000Z") -> dict[str, Any]:
    return make_entry(
        publishedAt=listed,
        paper__publishedAt=published,
        paper__submittedOnDailyAt=None,
        paper__submittedOnDailyBy=None,
    )


def dump(*entries: object) -> bytes:
    return json.dumps(list(entries)).encode()


def parse(data: bytes, asked_on: date | None = None) -> Page:
    page = parse_dump(data, Capture(asked_on=asked_on))
    check_spans(page, data)
    return page


def check_spans(page: Page, data: bytes) -> None:
    """Asserts that spans are ordered and apart, and that rules and bases are known ones."""
    end = 0
    for span in sorted([*page.entries, *page.broken], key=lambda span: span.byte_start):
        assert end <= span.byte_start < span.byte_end <= len(data) or not data
        end = span.byte_end
    for spans in (page.entries, page.broken):
        assert [span.byte_start for span in spans] == sorted(span.byte_start for span in spans)
    assert {broken.rule for broken in page.broken} <= QUARANTINE_RULES.keys() - {PARSER_FAILED}
    assert {entry.page_on_basis for entry in page.entries} <= PAGE_ON_BASES.keys()


def parse_one(**changes: Any) -> Entry:
    page = parse(dump(make_entry(**changes)))
    assert not page.broken
    return page.entries[0]


# --- Layouts -------------------------------------------------------------------------------------

TWO = [make_entry(1, paper__title="Größe 日本 𝔘"), make_entry(2)]
TWO_TEXT = json.dumps(TWO, ensure_ascii=False)
LINES = "\n".join(json.dumps(entry) for entry in TWO)


@pytest.mark.parametrize(
    ("data", "layout"),
    [
        pytest.param(TWO_TEXT.encode(), "list", id="list"),
        pytest.param(json.dumps(TWO, indent=4).encode(), "list", id="indented"),
        pytest.param(b"\xef\xbb\xbf \n" + TWO_TEXT.encode(), "list", id="byte order mark"),
        pytest.param(TWO_TEXT.encode("utf-16"), "list", id="utf-16"),
        pytest.param(TWO_TEXT.encode("utf-16-be"), "list", id="utf-16 without a mark"),
        pytest.param(TWO_TEXT.replace("日本 𝔘", "").encode("latin-1"), "list", id="latin-1"),
        pytest.param(dump(*TWO)[:-1] + b"\n\n]\n", "list", id="blanks"),
        pytest.param(json.dumps({"dailyPapers": TWO}).encode(), "wrapped_list", id="dailyPapers"),
        pytest.param(
            json.dumps({"status": "success", "date": "2025-10-06", "data": TWO}).encode(),
            "wrapped_list",
            id="status object",
        ),
        pytest.param(
            json.dumps({"data": TWO, "count": 2, "date": "2025-10-06"}, indent=1).encode(),
            "wrapped_list",
            id="facts behind the list",
        ),
        pytest.param(LINES.encode(), "json_lines", id="lines"),
        pytest.param(LINES.replace("\n", "\r\n\r\n").encode(), "json_lines", id="blank lines"),
        pytest.param(
            "\n".join(json.dumps(entry, indent=2) for entry in TWO).encode(),
            "json_lines",
            id="indented objects",
        ),
        pytest.param(dump(TWO[0]) + b"\n" + dump(TWO[1]), "list", id="two lists"),
    ],
)
def test_layouts(data: bytes, layout: str) -> None:
    page = parse(data)
    assert (page.format, page.layout) == ("daily_papers_api", layout)
    assert [entry.arxiv_id for entry in page.entries] == ["2510.00001", "2510.00002"]
    assert not page.broken
    for entry in page.entries:
        text = data[entry.byte_start : entry.byte_end].decode(page.encoding)
        assert json.loads(text)["paper"]["id"] == entry.arxiv_id
        assert entry.page_on == date(2025, 10, 6)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[1, 2, 3]", id="numbers"),
        pytest.param(b'["a", "b"]', id="strings"),
        pytest.param(b'{"name": "paper", "version": "1.0", "data": []}', id="package"),
        pytest.param(b'{"type": "FeatureCollection", "features": [{}]}', id="GeoJSON"),
        pytest.param(b'[{"paper": "A4", "sheets": 500}]', id="sheets of paper"),
        pytest.param(b'[{"paper": {"colour": "red"}}]', id="coloured paper"),
        pytest.param(b'{"error": "Not found"}', id="error"),
        pytest.param(b'{"data": [{"id": 1}], "date": "2025-10-06"}', id="other data"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b"[[]]", id="list of a list"),
        pytest.param(b"[" * 100_000, id="brackets"),
        pytest.param(b"[{]", id="no JSON"),
        pytest.param(b"12 o'clock", id="text"),
        pytest.param(b"nullify", id="word"),
        pytest.param(b" \n", id="blank"),
    ],
)
def test_other_dumps_are_left_alone(data: bytes) -> None:
    page = parse(data)
    assert (page.format, page.broken[0].rule) in {
        ("unknown", "not_a_listing"),
        ("unknown", "empty_dump"),
    }


# --- Damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "entry_count", "rules"),
    [
        pytest.param(b"0", 0, ["not_an_answer"], id="zero"),
        pytest.param(b"null\n", 0, ["not_an_answer"], id="null"),
        pytest.param(b"-1.5e3", 0, ["not_an_answer"], id="number"),
        pytest.param(b'"Too many requests"', 0, ["not_an_answer"], id="string"),
        pytest.param(b"[]", 0, ["no_entries"], id="empty list"),
        pytest.param(b'{"dailyPapers": []}', 0, ["no_entries"], id="empty dailyPapers"),
        pytest.param(
            b'{"status": "success", "date": "2025-01-11", "count": 0, "data": []}',
            0,
            ["no_entries"],
            id="empty status object",
        ),
        pytest.param(dump(*map(repr, TWO)), 2, [], id="reprs"),
        pytest.param(dump(repr(TWO[0]), TWO[1], None), 2, ["not_an_entry"], id="mixed"),
        pytest.param(
            dump(repr(TWO[0]), repr(TWO[1]).replace("'keeper'", "print('no')")),
            1,
            ["damaged_answer"],
            id="repr with a call",
        ),
        pytest.param(dump(repr(TWO[0]), repr(TWO[1])[:-1]), 1, ["damaged_answer"], id="cut repr"),
        pytest.param(dump(repr(TWO[0]), "{'paper': {" * 300), 1, ["damaged_answer"], id="nested"),
        pytest.param(
            dump(repr(TWO[0]), "{'paper': {'id': " + "-" * 9000 + "1}}"),
            1,
            ["damaged_answer"],
            id="minus signs",
        ),
        pytest.param(
            dump(repr(TWO[0]), "{'paper': {'id': '" + "x" * (1 << 20) + "'}}"),
            1,
            ["damaged_answer"],
            id="long repr",
        ),
        pytest.param(
            dump(TWO[0], {"paper": 1}, 7, {}, [TWO[1]]), 1, ["not_an_entry"] * 4, id="no papers"
        ),
        pytest.param(dump(*TWO)[:-40], 1, ["cut_off_answer"], id="cut in an entry"),
        pytest.param(dump(*TWO)[:-1] + b", ", 2, [], id="cut behind a comma"),
        pytest.param(dump(*TWO)[:-1], 2, [], id="cut behind an entry"),
        pytest.param(dump(TWO[0])[:60], 0, ["cut_off_answer"], id="cut in the first entry"),
        pytest.param(dump(*TWO)[:-1] + b",nul", 2, ["cut_off_answer"], id="cut in a word"),
        pytest.param(LINES.encode()[:-40], 1, ["cut_off_answer"], id="cut in a line"),
        pytest.param(
            LINES.encode()[:-1] + b"\n" + LINES.encode(), 3, ["cut_off_answer"], id="broken line"
        ),
        pytest.param(dump(*TWO) + b" and more", 2, ["damaged_answer"], id="more behind the list"),
        pytest.param(
            dump(*TWO).replace(b'"2510.00002"', b"2510,,"), 1, ["damaged_answer"], id="no JSON"
        ),
        pytest.param(
            dump(TWO[0])[:-1] + b"," + b"[" * 100_000, 1, ["damaged_answer"], id="nested lists"
        ),
        pytest.param(
            dump(TWO[0])[:-1] + b", " + b"9" * 5000 + b"]", 1, ["damaged_answer"], id="long number"
        ),
        pytest.param(
            dump(make_entry()).replace(b"Paper Number", b"Paper\n\tNumber"), 1, [], id="raw newline"
        ),
        pytest.param(dump(*TWO).replace(b"keeper", b"k\xff"), 2, [], id="no UTF-8"),
    ],
)
def test_damage(data: bytes, entry_count: int, rules: list[str]) -> None:
    page = parse(data)
    assert page.format == "daily_papers_api"
    assert len(page.entries) == entry_count
    assert [broken.rule for broken in page.broken] == rules


@pytest.mark.parametrize("data", [b"0", b"[]", b"null"])
def test_no_answer_is_one_broken_dump(data: bytes) -> None:
    page = parse(data, date(2025, 1, 10))
    assert [(b.byte_start, b.byte_end) for b in page.broken] == [(0, len(data))]
    assert (page.page_on, page.page_on_basis) == (date(2025, 1, 10), "asked_day")


def test_reprs_are_noted_and_read_like_json() -> None:
    plain = parse(dump(*TWO)).entries
    read = parse(dump(*map(repr, TWO))).entries
    same = {"byte_start": 0, "byte_end": 0, "repairs": ()}
    assert {entry.repairs for entry in read} == {("python_repr",)}
    assert [dataclasses.replace(e, **same) for e in read] == [
        dataclasses.replace(e, **same) for e in plain
    ]


@pytest.mark.parametrize("cut", [2, 1])
def test_an_answer_cut_between_entries_is_noted(cut: int) -> None:
    assert parse(dump(*TWO)[:-cut] + b"}" * (cut - 1)).encoding_note == "cut_off_answer"


# --- Fields --------------------------------------------------------------------------------------

A = [{"name": name, "hidden": False} for name in ("Ada Byron", "Qwen", " ", "Ada  Byron", "Bo Li")]


@pytest.mark.parametrize(
    ("changes", "attribute", "expected"),
    [
        pytest.param({}, "title", "Paper Number 1", id="title"),
        pytest.param({"paper__title": "A\n  B"}, "title", "A\n  B", id="newline is kept"),
        pytest.param({"paper__title": None}, "title", "Paper Number 1", id="outer title"),
        pytest.param({"paper__title": " \n"}, "title", "Paper Number 1", id="blank title"),
        pytest.param({"paper__title": "a\0\ud835b"}, "title", "a\ufffdb", id="half a pair"),
        pytest.param({"paper__summary": ""}, "abstract", "We count to a number.", id="outer"),
        pytest.param({"paper__summary": "", "summary": ""}, "abstract", None, id="no abstract"),
        pytest.param({}, "arxiv_id", "2510.00001", id="id"),
        pytest.param({"paper__id": "2503.02130v2"}, "arxiv_id", "2503.02130", id="version"),
        pytest.param({"paper__id": "math/0309136"}, "arxiv_id", "math/0309136", id="old id"),
        pytest.param({"paper__id": "acl-2024-12"}, "arxiv_id", None, id="another kind of id"),
        pytest.param({"paper__id": None}, "arxiv_id", None, id="no id"),
        pytest.param({}, "published_on", date(2025, 10, 2), id="inner publication"),
        pytest.param({}, "published_on_basis", "paper", id="basis of publication"),
        pytest.param({"paper__publishedAt": None}, "published_on", None, id="no publication"),
        pytest.param({"paper__publishedAt": None}, "published_on_basis", "", id="no basis"),
        pytest.param({"paper__publishedAt": "2025-W10"}, "published_on", None, id="week"),
        pytest.param({"paper__publishedAt": "2025-02-30"}, "published_on", None, id="no such day"),
        pytest.param({"paper__publishedAt": "0001-01-01"}, "published_on", None, id="year 1"),
        pytest.param({"paper__publishedAt": 1759427940}, "published_on", None, id="seconds"),
        pytest.param(
            {"paper__publishedAt": "2025-10-02T23:30:00-05:00"},
            "published_on",
            date(2025, 10, 3),
            id="to UTC",
        ),
        pytest.param({"paper__authors": A}, "authors", ("Ada Byron", "Qwen", "Bo Li"), id="names"),
        pytest.param({"paper__authors": "Ada"}, "authors", (), id="no list of authors"),
        pytest.param({"paper__authors": [1, {}, A[1]]}, "authors", ("Qwen",), id="odd authors"),
        pytest.param({}, "upvotes", 7, id="upvotes"),
        pytest.param({"paper__upvotes": -1}, "upvotes", None, id="negative"),
        pytest.param({"paper__upvotes": True}, "upvotes", None, id="flag"),
        pytest.param({"paper__upvotes": "7"}, "upvotes", None, id="string"),
        pytest.param({"paper__upvotes": 2**70}, "upvotes", None, id="too large"),
        pytest.param({}, "comment_count", 2, id="comments"),
        pytest.param(
            {"organization": {"name": "qwen", "fullname": "Qwen Team"}},
            "organisation",
            "Qwen Team",
            id="organisation",
        ),
        pytest.param(
            {"paper__organization": {"name": "qwen"}}, "organisation", "qwen", id="inner, short"
        ),
        pytest.param(
            {"submitterOrganization": {"fullname": "Lab"}}, "organisation", "Lab", id="submitter's"
        ),
        pytest.param({"organization": {"name": "x" * 301}}, "organisation", None, id="too long"),
        pytest.param({}, "submitted_by", "keeper", id="submitter"),
        pytest.param({"paper__submittedOnDailyBy": None}, "submitted_by", "keeper", id="outer one"),
        pytest.param({}, "discussion_id", f"{1:024x}", id="discussion"),
        pytest.param({}, "thumbnail_url", "https://thumbnails.example/1.png", id="thumbnail"),
        pytest.param({"mediaUrl": "https://a"}, "media_urls", ("https://a",), id="mediaUrl"),
        pytest.param({"mediaUrls": ["a", 1, "b"]}, "media_urls", ("a", "b"), id="mediaUrls"),
        pytest.param({"paper__mediaUrls": ["a"]}, "media_urls", ("a",), id="inner mediaUrls"),
        pytest.param({"paper__projectPage": "https://p"}, "project_page_url", "https://p", id="p"),
        pytest.param(
            {"paper__githubRepo": "https://r"}, "code_repository_url", "https://r", id="r"
        ),
        pytest.param({"paper__githubStars": 3}, "github_star_count", 3, id="stars"),
        pytest.param({"paper__ai_keywords": ["a", ""]}, "keywords", ("a",), id="keywords"),
        pytest.param({"paper__ai_summary": "It counts."}, "ai_summary", "It counts.", id="summary"),
        pytest.param({}, "is_author_participating", False, id="participating"),
        pytest.param({"isAuthorParticipating": 0}, "is_author_participating", None, id="no flag"),
        pytest.param(
            {"paper__withdrawnAt": "2025-11-01T00:00:00.000Z"},
            "withdrawn_on",
            date(2025, 11, 1),
            id="withdrawn",
        ),
    ],
)
def test_fields(changes: dict[str, Any], attribute: str, expected: object) -> None:
    assert getattr(parse_one(**changes), attribute) == expected


@pytest.mark.parametrize(
    ("found", "arxiv_id"),
    [
        ("2503.0213", "2503.02130"),
        (2503.0213, "2503.02130"),
        ("1412.1", "1412.1000"),
        (1501.1, "1501.10000"),
        (704.0001, "0704.0001"),
    ],
)
def test_an_id_that_went_through_a_float_is_repaired(found: object, arxiv_id: str) -> None:
    entry = parse_one(paper__id=found)
    assert (entry.arxiv_id, entry.repairs) == (arxiv_id, ("float_identifier",))


def test_a_whole_id_that_is_a_number_needs_no_repair() -> None:
    entry = parse_one(paper__id=2503.02131)
    assert (entry.arxiv_id, entry.repairs) == ("2503.02131", ())


@pytest.mark.parametrize(
    "found", ["2503.021301", 2503, "2503.", 2513.1, "1412.12345", "2.5e3", 1e300, "2503.0000"]
)
def test_an_id_that_is_damaged_otherwise_is_quarantined(found: object) -> None:
    page = parse(dump(make_entry(1, paper__id=found), make_entry(2)))
    assert [broken.rule for broken in page.broken] == ["damaged_identifier"]
    assert [entry.arxiv_id for entry in page.entries] == ["2510.00002"]


@pytest.mark.parametrize("changes", [{}, {"paper__id": None}])
def test_an_entry_without_a_title_is_quarantined(changes: dict[str, Any]) -> None:
    page = parse(dump(make_entry(paper__title=None, title=3, **changes)) + b"\n" + dump(TWO[0]))
    assert [broken.rule for broken in page.broken] == ["no_title"]


def test_the_moment_of_capture_is_handed_on() -> None:
    moment = datetime(2025, 10, 6, 12, tzinfo=UTC)
    page = parse_page(dump(make_entry()), Capture(observed_at=moment))
    assert page.entries[0].observed_at == moment


# --- The date of the page ------------------------------------------------------------------------

MONDAY, TUESDAY, SUNDAY = date(2024, 8, 5), date(2024, 8, 6), date(2024, 8, 4)
OLD = [make_old_entry("2024-08-04T23:05:00.000Z"), make_old_entry("2024-08-05T06:54:45.904Z")]
OFF = [make_old_entry("2024-08-01T13:00:08.000Z"), make_old_entry("2024-08-05T06:54:45.904Z")]


@pytest.mark.parametrize(
    ("entries", "asked_on", "page_on", "basis"),
    [
        pytest.param([make_entry()], None, date(2025, 10, 6), "submitted_on_daily", id="today"),
        pytest.param([make_entry()], MONDAY, date(2025, 10, 6), "submitted_on_daily", id="snapped"),
        pytest.param(OLD, None, MONDAY, "listing_moment", id="old"),
        pytest.param(OLD, TUESDAY, TUESDAY, "asked_day", id="old, asked"),
        pytest.param(OLD, SUNDAY, MONDAY, "listing_moment", id="old, asked for a Sunday"),
        pytest.param(OFF, None, None, "unknown", id="four hours off"),
        pytest.param(OFF, SUNDAY, SUNDAY, "asked_day", id="four hours off, asked"),
        pytest.param(
            [*OLD, make_old_entry("2024-07-30T00:00:00.000Z")], None, None, "unknown", id="a month"
        ),
        pytest.param(
            [make_old_entry("2025-03-11T01:00:00.000Z")], None, None, "unknown", id="too late"
        ),
        pytest.param([make_old_entry("soon")], None, None, "unknown", id="no times"),
    ],
)
def test_page_on(
    entries: list[dict[str, Any]], asked_on: date | None, page_on: date | None, basis: str
) -> None:
    page = parse(dump(*entries), asked_on)
    assert {(e.page_on, e.page_on_basis) for e in page.entries} == {(page_on, basis)}
    assert (page.page_on, page.page_on_basis) == (page_on, basis)


def test_entries_of_a_week_have_their_own_days() -> None:
    later = make_entry(2, paper__submittedOnDailyAt="2025-10-07T00:00:00.000Z")
    page = parse(dump(make_entry(1), later))
    assert [entry.page_on for entry in page.entries] == [date(2025, 10, 6), date(2025, 10, 7)]
    assert (page.page_on, page.page_on_basis) == (None, "unknown")


def test_the_date_around_a_list_counts_as_asked() -> None:
    data = json.dumps({"date": "2024-08-06", "count": 2, "data": OLD}).encode()
    assert parse(data).page_on == TUESDAY
    assert parse(data, MONDAY).page_on == MONDAY


# --- Drift ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "drift"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"doi": "10.1/x"}, [Drift("doi", "new", "string", 1)], id="new"),
        pytest.param({"paper__tags": []}, [Drift("paper.tags", "new", "array", 1)], id="inner"),
        pytest.param(
            {"paper__authors": [{**A[0], "_id": "", "orcid": None}] * 2},
            [Drift("paper.authors[].orcid", "new", "null", 1)],
            id="counted by entry",
        ),
        pytest.param(
            {"numComments": None}, [Drift("numComments", "vanished", "", 1)], id="vanished"
        ),
        pytest.param(
            {"paper__submittedOnDailyBy": None},
            [Drift("paper.submittedOnDailyBy", "vanished", "", 1)],
            id="vanished since",
        ),
        pytest.param(
            {"paper__upvotes": "7"}, [Drift("paper.upvotes", "retyped", "string", 1)], id="retyped"
        ),
        pytest.param(
            {"paper__upvotes": -7},
            [Drift("paper.upvotes", "retyped", "integer out of range", 1)],
            id="negative",
        ),
        pytest.param(
            {"paper__publishedAt": "once"},
            [Drift("paper.publishedAt", "retyped", "string that is no time", 1)],
            id="no time",
        ),
        pytest.param(
            {"mediaUrls": [1.5, "a"]}, [Drift("mediaUrls[]", "retyped", "number", 1)], id="items"
        ),
        pytest.param({"paper__id": 2503.1}, [Drift("paper.id", "retyped", "number", 1)], id="id"),
    ],
)
def test_drift(changes: dict[str, Any], drift: list[Drift]) -> None:
    assert parse(dump(make_entry(**changes))).drift == drift


def test_drift_counts_entries_and_knows_eras() -> None:
    assert not parse(dump(*OLD)).drift
    page = parse(dump(*(make_entry(n, doi=1) for n in (1, 2, 3)), make_entry(4)))
    assert page.drift == [Drift("doi", "new", "integer", 3)]


def test_drift_is_bounded() -> None:
    fields = {f"{'x' * 300}{number}": number for number in range(3)} | {
        str(number): number for number in range(5000)
    }
    page = parse(dump(make_entry(**fields)))
    assert len(page.drift) == 200
    assert all(len(drift.field) <= 100 for drift in page.drift)


def test_every_known_field_is_kept_or_left_out_for_a_reason() -> None:
    names = {field.name for field in dataclasses.fields(Entry)}
    for path, known in KNOWN_FIELDS.items():
        holds = any(other.startswith((f"{path}.", f"{path}[]")) for other in KNOWN_FIELDS)
        assert bool(known.feeds) + bool(known.left_out) + holds == 1, path
        assert not known.feeds or known.feeds in names, path
    assert LEFT_OUT.keys() < KNOWN_FIELDS.keys()


# --- Anything at all -----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KNOWN_PATHS = [path for path in KNOWN_FIELDS if "[]" not in path and path.count(".") < 2]


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    check_spans(parse_page(data, Capture()), data)
    parse(data)


@given(st.text(alphabet='[]{}",:\\ \n' + "0aen-", max_size=80), st.booleans())
def test_anything_like_json(text: str, is_behind: bool) -> None:
    parse((dump(TWO[0])[:-1].decode() + "," + text if is_behind else text).encode())


@given(st.dictionaries(st.sampled_from(KNOWN_PATHS), JSON, max_size=6))
def test_any_value_in_any_field(values: dict[str, Any]) -> None:
    entry = make_entry(1)
    for path, value in values.items():
        *holders, name = path.split(".")
        place = entry
        for holder in holders:
            place = place.setdefault(holder, {}) if isinstance(place, dict) else {}
        if isinstance(place, dict):
            place[name] = value
    for element in (entry, repr(entry)):
        page = parse(dump(element, make_entry(2)))
        assert len(page.entries) + len(page.broken) == 2
        for read in page.entries:
            json.dumps([str(value) for value in dataclasses.astuple(read)]).encode()
            str(dataclasses.astuple(read)).encode()


@given(st.data(), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_an_answer_cut_anywhere(data: st.DataObject, encoding: str) -> None:
    text = json.dumps(TWO, ensure_ascii=encoding == "latin-1").encode(encoding)
    cut = data.draw(st.integers(60, len(text) - 1))
    page = parse(text[:cut])
    if page.format == "daily_papers_api":
        assert page.broken or "cut_off" in page.encoding_note
        assert all(broken.rule == "cut_off_answer" for broken in page.broken)


ENTRY = json.dumps(make_entry())


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda n: f"[{ENTRY}," + "[" * n, id="brackets"),
        pytest.param(lambda n: f"[{ENTRY}," + '{"a":' * (n // 5), id="objects"),
        pytest.param(lambda n: f"{ENTRY}\n" + '{"a":\n' * (n // 6), id="broken lines"),
        pytest.param(lambda n: f"{ENTRY}\n" + '{"a": "\n' * (n // 8), id="open strings"),
        pytest.param(lambda n: f"[{ENTRY}," + "0," * (n // 2) + "0]", id="numbers"),
        pytest.param(lambda n: f'[{ENTRY},"' + "{'paper': {" * (n // 11) + '"]', id="reprs"),
        pytest.param(lambda n: f'[{ENTRY},"' + "\\\\'" * (n // 3) + '"]', id="quotes"),
        pytest.param(lambda n: f"[{ENTRY}" + " " * n, id="blanks"),
        pytest.param(lambda n: '{"a":1,' * (n // 7), id="no answer"),
        pytest.param(lambda n: '"' + "\\a" * (n // 2), id="open bare string"),
    ],
)
def test_time_is_linear(make: Callable[[int], str]) -> None:
    def measure(size: int) -> float:
        data = make(size).encode()
        start = time.process_time()
        parse_dump(data, Capture())
        return time.process_time() - start

    measure(1_000)
    assert measure(200_000) < 16 * max(measure(25_000), 0.01)


# --- Samples -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "page_on", "basis"),
    [
        ("daily_papers_2025-10-06.json", 8, date(2025, 10, 6), "submitted_on_daily"),
        ("daily_papers_2024-06-05.json", 6, date(2024, 6, 5), "listing_moment"),
        ("daily_papers_python_repr.json", 3, date(2025, 1, 10), "asked_day"),
    ],
)
def test_sample(name: str, count: int, page_on: date, basis: str) -> None:
    page = parse((SAMPLE / name).read_bytes())
    assert (len(page.entries), page.broken, page.drift) == (count, [], [])
    assert (page.page_on, page.page_on_basis) == (page_on, basis)


def list_paths(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        inner = {f"{path}.{name}".lstrip("."): item for name, item in value.items()}
        return set(inner).union(*(list_paths(item, name) for name, item in inner.items()))
    if isinstance(value, list):
        return {f"{path}[]"}.union(*(list_paths(item, f"{path}[]") for item in value))
    return set()


@REAL
@pytest.mark.parametrize("file", DAYS, ids=lambda file: file.stem)
def test_real_day(file: Path) -> None:
    data, day = file.read_bytes(), date.fromisoformat(file.stem)
    elements = json.loads(data)
    page = parse(data, day)
    assert len(page.entries) == len(elements)
    assert (page.broken, page.drift) == ([], [])
    for entry, element in zip(page.entries, elements, strict=True):
        paper = element["paper"]
        assert json.loads(data[entry.byte_start : entry.byte_end]) == element
        assert entry.page_on == day
        assert entry.published_on == date.fromisoformat(paper["publishedAt"][:10])
        assert (entry.arxiv_id, entry.title) == (paper["id"], paper["title"])
        assert (entry.abstract, entry.upvotes) == (paper["summary"], paper["upvotes"])
        assert set(entry.authors) == {author["name"] for author in paper["authors"]}
    assert {e.page_on for e in parse(data).entries} == {None if day == UNDATED_DAY else day}
    paths = set().union(*(list_paths(element) for element in elements))
    assert paths <= KNOWN_FIELDS.keys()


@REAL
def test_real_damage() -> None:
    folder = SAMPLES / "daily_papers_api_damaged"
    for name, count in (("2024-12-11", 26), ("2025-01-10", 9), ("2025-01-11", 0)):
        page = parse((folder / f"{name}.json").read_bytes(), date.fromisoformat(name))
        assert (len(page.entries), page.drift) == (count, [])
        assert [broken.rule for broken in page.broken] == ([] if count else ["not_an_answer"])
        assert all(entry.page_on == date.fromisoformat(name) for entry in page.entries)


def test_format_is_told_from_content() -> None:
    assert parse_dump(dump(make_entry()), Capture()).format == "daily_papers_api"
