"""The report is safe, complete, readable by everybody, and the same every time."""

import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.release import page
from paper_pipeline.release.content import ReleaseContent
from paper_pipeline.release.report import (
    CheckVerdict,
    Quality,
    render_quality_page,
    render_report,
)
from paper_pipeline_tests.release.small_release import PAPERS, fill, small_release

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
ODD_NAME = r"cost $\foo$ 50%_x^ <b> {{ 7*7 }}"
PIECES = [
    "<b>",
    "</td>",
    "<script>",
    "<!--",
    "&amp;",
    "&",
    '"',
    "'",
    "{0}",
    "{{ 7*7 }}",
    "{% raw %}",
    "}",
    "a_b",
    "<i>_",
    " ",
]
UGLY = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)
# Every part of a page, with texts in all its places.
PARTS = """
{% extends "page.html" %}
{% from "parts.html" import code, details, figure, paper_title, ranking, table, tiles %}
{% block lead %}
{{ tiles({title: 1}) }}
{{ ranking(title, (title, "number of " ~ other), {title: 2}) }}
{% call details(other) %}{{ table(title, (other,), [(title,)]) }}{% endcall %}
{% call(row) table(title, (other,), [title]) %}<td>{{ code(other) }}</td>{% endcall %}
{{ paper_title({"arxiv_id": "1" ~ title, "title": other, "paper_id": title}) }}
{{ figure(title, other, {"error": none, "drawings": {"wide": ""}}) }}
{{ figure(title, other, {"error": other}) }}
{% endblock %}
"""
VOID = {"meta", "wbr"}
ALLOWED = set(
    "html head meta title style body header p h1 dl div dt dd code nav ul li a main section h2 "
    "figure figcaption svg g path use text defs clippath rect details summary table caption "
    "thead tbody tr th td span wbr".split()
)
DUMPS = fill(
    BY_NAME["parsed_dumps"].schema,
    [
        {"format": "listing_text", "layout": "lines", "record_count": 30, "quarantined_count": 0},
        {"format": "listing_text", "layout": "lines", "record_count": 12, "quarantined_count": 2},
        {"format": "daily_papers_api", "layout": "list", "record_count": 1200},
    ],
)
RELEASES = fill(
    BY_NAME["corpus_release"].schema,
    [
        {
            "version": version,
            "released_at": datetime(2026, 1, 8, tzinfo=UTC),
            "paper_count": papers,
            "record_count": 990,
            "quarantined_count": 10,
        }
        for version, papers in (("2026.01.08", 800), ("2026.01.09", 950))
    ],
)


def quality(words: str = "2 of 40 entries broke a rule") -> Quality:
    checks = [
        CheckVerdict("cleaned_records", "contract_of_cleaned_records", "passed", "all kept"),
        CheckVerdict("cleaned_records", "dumps_sound", "failed", words),
        CheckVerdict("quarantined_entries", "quarantine_rate", "warned", words),
        CheckVerdict("raw_daily_pages", "days_present", "not run", "no day was fetched"),
    ]
    coverage = {"papers": small_release().coverage}
    return Quality(checks, coverage, {"title_too_long": 1, "missing_abstract": 7})


@dataclass
class Seen(HTMLParser):
    """A page as a browser takes it apart.

    Attributes:
        tags: How often each element stands.
        attributes: Name, value and element of every attribute.
        text: What is shown, style sheet left out.
        levels: Of the headings, in order.
        open_tags: Elements that are not closed yet.
    """

    source: str
    tags: Counter[str] = field(default_factory=Counter)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    text: str = ""
    levels: list[int] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "", tag) for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag, f"{tag} is closed where it was not opened"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open_tags:
            self.text += data

    def values(self, name: str) -> list[str]:
        return [value for found, value, _ in self.attributes if found == name]


def report(content: ReleaseContent | None = None, **changed: Any) -> str:
    return render_report(content or small_release(), DUMPS, changed.get("quality", quality()))


def with_papers(*changes: dict[str, Any]) -> ReleaseContent:
    papers = tuple(PAPERS[0] | {"paper_id": f"arxiv:{i}"} | c for i, c in enumerate(changes))
    return small_release(papers=papers)


@pytest.fixture(scope="module")
def plain_report() -> str:
    return report()


@pytest.fixture(scope="module", params=["report", "quality"])
def seen(request: pytest.FixtureRequest, plain_report: str) -> Seen:
    if request.param == "report":
        return Seen(plain_report)
    return Seen(render_quality_page(quality(), RELEASES))


def test_the_same_release_gives_the_same_bytes(plain_report: str) -> None:
    assert report() == plain_report
    assert render_quality_page(quality(), RELEASES) == render_quality_page(quality(), RELEASES)


def test_nothing_is_asked_of_the_network_and_no_script_runs(seen: Seen) -> None:
    assert not seen.open_tags
    assert set(seen.tags) <= ALLOWED
    for name, value, tag in seen.attributes:
        assert not name.startswith("on"), (name, value)
        if name in ("href", "xlink:href", "src", "action", "data"):
            is_fragment = value.startswith("#")
            assert is_fragment or (tag == "a" and value.startswith("https://arxiv.org/abs/"))
    assert (
        re.findall(r"url\((?!#)|@import|https?:(?!//(arxiv\.org/abs/|www\.w3\.org/))", seen.source)
        == []
    )
    assert "default-src 'none'" in seen.source


def test_ids_are_unique_and_every_reference_is_met(seen: Seen) -> None:
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    wanted = [v[1:] for v in seen.values("href") + seen.values("xlink:href") if v[0] == "#"]
    wanted += re.findall(r"url\(#([^)]+)\)", seen.source) + seen.values("aria-labelledby")
    assert set(wanted) <= set(ids)


def test_headings_tables_and_pictures_are_accessible(seen: Seen) -> None:
    assert seen.levels[0] == 1
    assert seen.levels.count(1) == 1
    assert all(
        after - before <= 1 for before, after in zip(seen.levels, seen.levels[1:], strict=False)
    )
    assert seen.tags["caption"] == seen.tags["table"] > 0
    assert all(value == "col" for value in seen.values("scope"))
    pictures = [v for v in seen.values("role") if v == "img"]
    assert len(pictures) == seen.tags["svg"]
    assert all(seen.values("aria-label"))
    assert seen.values("lang") == ["en"]


def test_all_sections_are_there(plain_report: str) -> None:
    shown = Seen(plain_report).text
    for words in (
        "Growth",
        "Sources",
        "daily_papers_api",
        "1,200",
        "Duplicates",
        "Model sizes",
        "Benchmarks, 2 in all",
        "LanternBench",
        "Methods, 2 in all",
        "Languages",
        "1 of 4 checks passed",
        "Coverage",
        "missing_abstract",
        "Against release 2026.01.08",
        "Columns that changed",
        "f0" * 32,
    ):
        assert words in shown, words


def test_hostile_texts_are_shown_and_not_run() -> None:
    content = with_papers(
        {"title": HOSTILE, "benchmarks": [HOSTILE], "record_count": 3, "arxiv_id": '"><b>'},
        {"methods": ["{0}", "{style}", "%s", "&amp;"]},
    )
    content = replaced(
        content,
        manifest={
            **content.manifest,
            "name": HOSTILE,
            "code_versions": {HOSTILE: HOSTILE},
            "files": {HOSTILE: {"byte_count": 1, "sha256": HOSTILE}},
        },
    )
    seen = Seen(report(content, quality=quality(words=HOSTILE)))
    assert not {"script", "img", "b"} & set(seen.tags)
    assert seen.text.count(HOSTILE) >= 8
    for words in ("{0}", "{style}", "%s", "&amp;"):
        assert words in seen.text


@pytest.mark.parametrize(
    "text",
    [HOSTILE, '"><img onerror=alert(1)>', "{{ 7*7 }}", "{% raw %}", "</style><b>", "' onload='x"],
)
def test_hostile_texts_stay_what_they_are_wherever_they_stand(text: str) -> None:
    paper = {"title": text, "paper_id": text, "arxiv_id": text, "record_count": 2}
    content = with_papers(paper | {"benchmarks": [text]}, {})
    judged = Quality([CheckVerdict(text, text, "failed", text)], {text: {text: 0.5}}, {text: 2})
    content = replaced(content, manifest=content.manifest | {"name": text, "previous": text})
    for source in (report(content, quality=judged), render_quality_page(judged, RELEASES)):
        seen = Seen(source)
        assert set(seen.tags) <= ALLOWED
        assert not [name for name, *_ in seen.attributes if name.startswith("on")]
        assert seen.tags["style"] == 1
        assert f"Columns of {text}" in seen.values("aria-label")
        assert seen.text.count(text) >= 6
    links = Seen(report(content)).values("href")
    assert f"https://arxiv.org/abs/{text}" in links


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    def draw(axes: Any, most_ticks: int) -> None:
        axes.bar([0, 1], [1, 2])
        axes.set_title(ODD_NAME)
        axes.set_xticks([0, 1], [ODD_NAME, "$"])

    plot = page.draw_plot("odd", draw)
    assert plot.error is None
    assert [Seen(svg).text.count(ODD_NAME) for svg in plot.drawings.values()] == [2, 2]
    assert page.draw_plot("odd", draw) == plot


def test_a_plot_that_fails_leaves_the_rest_of_the_report(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, plain_report: str
) -> None:
    def fail(axes: Any, *_: Any) -> None:
        raise ZeroDivisionError(HOSTILE)

    with monkeypatch.context() as patch:
        patch.setattr("paper_pipeline.release.report._mark_months", fail)
        seen = Seen(report())
    words = f"This plot could not be drawn: ZeroDivisionError: {HOSTILE}"
    assert seen.text.count(words) == 2
    assert set(seen.tags) <= ALLOWED
    assert seen.tags["svg"] == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    plain = Seen(plain_report)
    assert (seen.tags["table"], seen.levels) == (plain.tags["table"], plain.levels)


@given(text=UGLY, other=UGLY)
def test_any_text_is_text(text: str, other: str) -> None:
    def draw(text: str, other: str) -> str:
        values = {"title": text, "kind": other, "sections": {"quarantine": text}, "other": other}
        return page.templates().from_string(PARTS).render(values, quarantine={other: 2})

    def fill_in(shown: list[str]) -> list[str]:
        return [re.sub(r"\[([12])\]", lambda m: (text, other)[int(m[1]) - 1], s) for s in shown]

    seen, plain = Seen(draw(text, other)), Seen(draw("[1]", "[2]"))
    assert [seen.text] == fill_in([plain.text])
    assert seen.tags - Counter({"wbr": seen.tags["wbr"]}) == plain.tags
    assert [name for name, *_ in seen.attributes] == [name for name, *_ in plain.attributes]
    for shown in ("aria-label", "href"):
        assert seen.values(shown) == fill_in(plain.values(shown))
    assert not seen.open_tags


@pytest.mark.parametrize(
    ("months", "columns", "left_out"),
    [
        (["2025-01"], ["2025-01 1"], 0),
        (["2024-12", "2025-02", "2025-02"], ["2024-12 1", "2025-02 2"], 0),
        (["unknown", "2025-01", "unknown"], ["2025-01 1"], 2),
        (["2001-01", "2020-07", "2025-01", "2021-02"], ["earlier 2", "2021-02 1", "2025-01 1"], 0),
        (["unknown"], [], 1),
    ],
)
def test_papers_are_counted_by_month(months: list[str], columns: list[str], left_out: int) -> None:
    source = report(with_papers(*({"month": month} for month in months)))
    section = source.split('<section id="growth"')[1].split("</section>")[0]
    rows = re.findall(r'<tr><td>([\w-]+)</td><td class="number">(\d+)</td></tr>', section)
    assert [" ".join(row) for row in rows] == columns
    assert (f"{left_out} papers without a month" in section) == bool(left_out)
    assert section.count("<svg") == (2 if columns else 0)


@pytest.mark.parametrize(
    ("sizes", "rows"),
    [
        ([None], []),
        ([99_999_999, 100_000_000], ["under 100M 1", "100M-1B 1"]),
        ([7_000_000_000] * 3, ["3B-8B 3"]),
        ([1, 2_000_000_000_000], ["under 100M 1", "over 100B 1"]),
    ],
)
def test_sizes_are_counted_by_class(sizes: list[int | None], rows: list[str]) -> None:
    source = report(with_papers(*({"parameter_count_max": size} for size in sizes)))
    section = source.split('<section id="sizes"')[1].split("</section>")[0]
    table = section.split("largest size they mention</caption>")[-1]
    found = re.findall(r"<tr><td>([\w -]+?)<span class.*?number\">(\d+)</td>", table)
    assert [" ".join(row) for row in found] == rows


def test_records_and_the_papers_they_repeat_are_counted() -> None:
    counts = [1, 1, 2, 8, 20]
    source = report(with_papers(*({"record_count": count} for count in counts)))
    section = Seen(source.split('<section id="duplicates"')[1].split("</section>")[0][1:]).text
    assert "32 records are 5 papers: 27 records repeat" in section
    assert re.search(r"8 and more\s*2\b", section)
    assert section.index("arxiv:4") < section.index("arxiv:3") < section.index("arxiv:2")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (small_release(previous=None), "This is the first release"),
        (small_release(papers=()), "No paper differs from release 2026.01.08"),
    ],
)
def test_releases_without_changes_say_so(content: ReleaseContent, words: str) -> None:
    assert words in Seen(report(content, quality=Quality())).text


def test_an_empty_corpus_has_a_report() -> None:
    source = render_report(small_release(papers=()), DUMPS.slice(0, 0), Quality())
    assert "No entry is in quarantine" in Seen(source).text


def test_checks_that_did_not_pass_come_first() -> None:
    shown = Seen(render_quality_page(quality(), RELEASES)).text
    places = [
        shown.index(f"{mark} {verdict}")
        for verdict, mark in (
            ("failed", "✕"),
            ("warned", "!"),
            ("not run", "–"),
            ("passed", "✓"),
        )
    ]
    assert places == sorted(places)


def test_the_history_has_the_newest_release_first() -> None:
    shown = Seen(render_quality_page(quality(), RELEASES)).text
    assert shown.index("2026.01.09") < shown.index("2026.01.08")
    assert "1 %" in shown[shown.index("2026.01.09") :]


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("back", ["page", "panel"])
@pytest.mark.parametrize("front", ["ink", "muted", "accent", "good", "doubt", "bad"])
def test_every_colour_of_letters_can_be_read(
    plain_report: str, scheme: str, back: str, front: str
) -> None:
    style = plain_report.split("<style>")[1].split("</style>")[0]
    light, dark = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    colors = dict(re.findall(r"--(\w+): (#\w{6})", light if scheme == "light" else dark))
    darker, lighter = sorted(luminance(colors[name]) for name in (front, back))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_browser_shows_it_without_asking_for_anything(
    tmp_path: Path, plain_report: str, width: int, scheme: Any
) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no `chromium` on the PATH; on Debian: apt-get install chromium")
    path = tmp_path / "report.html"
    path.write_text(plain_report, "utf-8")
    asked, said = [], []
    with playwright.sync_playwright() as starter:
        browser = starter.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        try:
            shown = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            shown.on("request", lambda request: asked.append(request.url))
            shown.on("console", lambda message: said.append(message.text))
            shown.on("dialog", lambda dialog: said.append(dialog.message))
            shown.goto(path.as_uri())
            overflow = shown.evaluate("document.documentElement.scrollWidth - innerWidth")
            drawings = shown.locator("svg").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().width).filter(Boolean)"
            )
        finally:
            browser.close()
    assert (asked, said) == ([path.as_uri()], [])
    assert overflow <= 0
    assert len(drawings) == 2
    assert all(200 < drawn < width for drawn in drawings)
