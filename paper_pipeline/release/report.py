"""The report of a release, report.html, and the page of its quality: one file each, no network.

Data flow: ReleaseContent, parsed_dumps, Quality -> counts -> tables, plots in SVG -> HTML text.

The same values give the same text. How a page looks belongs in page.py; what is checked, and when,
in the checks.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from markupsafe import Markup

from paper_pipeline.lake.tables.columns import FIRST_DAY
from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.release import page
from paper_pipeline.release.card import SUMMARY
from paper_pipeline.release.content import ReleaseContent, count_languages, count_names
from paper_pipeline.vocabulary import SIZE_CLASSES, UNKNOWN_MONTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Columns of a plot: four years; what is older becomes one column.
MOST_MONTHS = 48
EARLIER = "earlier"
# A few columns over the whole width say nothing; leave room as if there were as many.
FEWEST_MONTHS = 6
MOST_NAMES = 12
# Columns that list names, and what people call them.
NAMED = {
    "benchmarks": "benchmarks",
    "methods": "methods",
    "models": "models",
    "datasets": "data sets",
}
MOST_TITLES = 20
MOST_REPEATED = 10
# Papers with at least as many records share a row.
MANY_RECORDS = 8
Verdict = Literal["passed", "warned", "failed", "not run"]
# What calls for a reader comes first.
VERDICT_MARKS: Mapping[Verdict, str] = {"failed": "✕", "warned": "!", "not run": "–", "passed": "✓"}


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """What a check said last.

    Attributes:
        asset, check: Which one.
        verdict: How it ended.
        words: What was expected and what was found.
    """

    asset: str
    check: str
    verdict: Verdict
    words: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the corpus is, as far as was measured.

    Attributes:
        checks: The last verdict of every check.
        coverage: Table -> column -> share of rows that say something.
        quarantine: Rule -> entries that wait for having broken it.
    """

    checks: Sequence[CheckVerdict] = ()
    coverage: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    quarantine: Mapping[str, int] = field(default_factory=dict)


def render_report(content: ReleaseContent, dumps: pa.Table, quality: Quality) -> str:
    """The text of report.html; see draft_report."""
    return draft_report(content, dumps, quality)(content)


def draft_report(
    content: ReleaseContent, dumps: pa.Table, quality: Quality
) -> Callable[[ReleaseContent], str]:
    """All of report.html but the list of files.

    Args:
        content: The release; its files need not be known yet.
        dumps: Rows of parsed_dumps, at least the columns format, layout, record_count and
            quarantined_count.
        quality: What is known of its quality.

    Returns:
        What makes the text, given the release with its files.
    """
    sections = [
        page.Section("growth", "Growth", _growth(content.papers)),
        page.Section("sources", "Sources", _sources(dumps)),
        page.Section("duplicates", "Duplicates", _duplicates(content)),
        page.Section("sizes", "Model sizes", _sizes(content.papers)),
        page.Section("names", "Names", _names(content.papers)),
        page.Section("languages", "Languages", _languages(content.papers)),
        *_quality_sections(quality),
        page.Section("changes", "Changes", _changes(content)),
    ]
    counts = content.counts
    tiles = {
        "papers": counts["papers"],
        "records": counts["records"],
        "captured pages": counts["dumps"],
        "in quarantine": counts["quarantined_entries"],
    }
    words = page.html('<p class="lead">{}</p>{}{}', SUMMARY, page.tiles(tiles), _identity(content))
    title = f"{content.name} {content.version}"

    def finish(known: ReleaseContent) -> str:
        files = page.Section("files", "Files", _files(known))
        return page.render_page(title, "Release report", words, [*sections, files])

    return finish


def render_quality_page(quality: Quality, releases: pa.Table) -> str:
    """The text of a page that shows the quality alone.

    Args:
        quality: What is known of it.
        releases: Rows of corpus_release, the oldest first.
    """
    verdicts = Counter(check.verdict for check in quality.checks)
    tiles = {f"checks {verdict}": verdicts[verdict] for verdict in VERDICT_MARKS}
    tiles["in quarantine"] = sum(quality.quarantine.values())
    sections = [
        *_quality_sections(quality),
        page.Section("history", "History by release", _history(releases)),
    ]
    return page.render_page("Quality of the corpus", "paper_pipeline", page.tiles(tiles), sections)


def _identity(content: ReleaseContent) -> Markup:
    previous = content.previous or "none, this is the first"
    return page.html(
        '<dl class="facts"><div><dt>Version</dt><dd>{}</dd></div>'
        "<div><dt>Previous release</dt><dd>{}</dd></div>"
        "<div><dt>Fingerprint</dt><dd><code>{}</code></dd></div></dl>",
        content.version,
        previous,
        content.fingerprint,
    )


def _growth(papers: ds.Dataset) -> Markup:
    counts = count_names(papers.to_table(["month"])["month"])
    unknown = counts.pop(UNKNOWN_MONTH, 0)
    note = "The month is that of publication, or of the first listing where that is not known."
    if unknown:
        note += f" {unknown:,} papers without a month are left out."
    if not counts:
        return page.html("<p>{}</p>", note)
    months, shown = _arrange_months(counts)
    columns = dict.fromkeys(months, 0)
    for month, count in counts.items():
        columns[shown[month]] += count
    top = max(columns, key=lambda month: columns[month])
    alt = f"Columns: papers a month, {months[0]} to {months[-1]}; most are {columns[top]:,}, {top}."

    def draw(axes: "Axes", most_ticks: int) -> None:
        axes.bar(range(len(months)), list(columns.values()), color=page.SERIES, width=0.74)
        axes.locator_params(axis="y", integer=True, nbins=5)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _mark_months(axes, months, most_ticks)

    rows = [(month, count) for month, count in columns.items() if count]
    return page.join(
        page.html("<p>{}</p>", note),
        page.figure("growth-plot", "Papers a month", alt, draw),
        page.details("In numbers", page.table("Papers a month", ("month", "papers"), rows)),
    )


def _sources(dumps: pa.Table) -> Markup:
    sums: dict[tuple[str, str], list[int]] = {}
    for row in dumps.to_pylist():
        noted = sums.setdefault((row["format"], row["layout"]), [0, 0, 0])
        for place, count in enumerate((1, row["record_count"], row["quarantined_count"])):
            noted[place] += count
    most = max((records for _, records, _ in sums.values()), default=0)
    rows = [
        (
            page.barred(
                page.html('{}<span class="id">{}</span>', page.code(name), page.code(layout)),
                counts[1],
                most,
            ),
            *counts,
        )
        for (name, layout), counts in sorted(sums.items(), key=lambda one: (-one[1][1], one[0]))
    ]
    heads = ("format and layout", "dumps", "records", "in quarantine")
    return page.join(
        page.html("<p>The formats of the captured pages, told from their content.</p>"),
        page.table("Dumps by format", heads, rows),
    )


def _duplicates(content: ReleaseContent) -> Markup:
    columns = ["paper_id", "arxiv_id", "title", "record_count", "dump_count"]
    papers = content.papers.to_table(columns)
    counts = papers["record_count"].to_numpy()
    classes = Counter(np.minimum(counts, MANY_RECORDS).tolist())
    by_records = {
        f"{count} and more" if count == MANY_RECORDS else str(count): classes[count]
        for count in sorted(classes)
    }
    decisions = count_names(content.records.to_table(["decision"])["decision"])
    again = papers.filter(pc.greater(papers["record_count"], 1))
    again = again.sort_by([("record_count", "descending"), ("paper_id", "ascending")])
    repeated = [
        (_name_paper(row), row["record_count"], row["dump_count"])
        for row in again.slice(0, MOST_REPEATED).to_pylist()
    ]
    return page.join(
        page.html(
            "<p>{} records are {} papers: {} records repeat a paper that was there already.</p>",
            f"{counts.sum():,}",
            f"{len(counts):,}",
            f"{counts.sum() - len(counts):,}",
        ),
        page.columns(
            page.ranking("Papers by number of records", ("records", "papers"), by_records),
            page.ranking("What put records into their paper", ("decision", "records"), decisions),
        ),
        page.details(
            "Papers with most records",
            page.table("Papers with most records", ("paper", "records", "dumps"), repeated),
        ),
    )


def _sizes(papers: ds.Dataset) -> Markup:
    sized = papers.to_table(["month", "parameter_count_max"]).drop_null()
    sizes = np.asarray(sized["parameter_count_max"], dtype=float)
    places = np.searchsorted(list(SIZE_CLASSES.values()), sizes, side="right")
    by_size = Counter(places.tolist())
    counts = {name: by_size[place] for place, name in enumerate(SIZE_CLASSES) if by_size[place]}
    ranking = page.ranking(
        "Papers by the largest size they mention", ("parameters", "papers"), counts
    )
    note = page.html(
        "<p>{} of {} papers mention a number of parameters; counted here is the largest that a "
        "paper mentions, whoever's model it is.</p>",
        f"{len(sizes):,}",
        f"{papers.count_rows():,}",
    )
    dated = [
        (month, size)
        for month, size in zip(sized["month"].to_pylist(), sizes.tolist(), strict=True)
        if month != UNKNOWN_MONTH
    ]
    if not dated:
        return page.join(note, ranking)
    months, shown = _arrange_months({month for month, _ in dated})
    by_month: dict[str, list[float]] = {}
    for month, size in dated:
        by_month.setdefault(shown[month], []).append(size)
    at = [place for place, month in enumerate(months) if month in by_month]
    low, middle, high = (
        [float(np.quantile(by_month[months[place]], share)) for place in at]
        for share in (0.25, 0.5, 0.75)
    )
    alt = (
        f"Dots: the median size of each month, {months[0]} to {months[-1]}, on a logarithmic "
        f"scale; the first is {_show_size(middle[0])}, the last {_show_size(middle[-1])}."
    )

    def draw(axes: "Axes", most_ticks: int) -> None:
        axes.vlines(at, low, high, color=page.SOFT, linewidth=5)
        axes.plot(at, middle, "o", color=page.SERIES, markersize=4.5)
        axes.set_yscale("log")
        lowest, highest = math.floor(math.log10(min(low))), math.ceil(math.log10(max(high)))
        axes.set_ylim(10.0**lowest, 10.0 ** max(highest, lowest + 1))
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _: _show_size(value))
        _mark_months(axes, months, most_ticks)

    rows = [
        (months[place], len(by_month[months[place]]), *map(_show_size, values))
        for place, *values in zip(at, low, middle, high, strict=True)
    ]
    heads = ("month", "papers", "lower quartile", "median", "upper quartile")
    return page.join(
        note,
        page.figure("sizes-plot", "Median and middle half of these sizes, by month", alt, draw),
        page.details("In numbers", page.table("Sizes by month", heads, rows)),
        ranking,
    )


def _names(papers: ds.Dataset) -> Markup:
    lists = []
    for column, kind in NAMED.items():
        counts = count_names(pc.list_flatten(papers.to_table([column])[column]))
        caption = f"{kind.capitalize()}, {len(counts):,} in all"
        lists.append(page.ranking(caption, ("name", "papers"), _first(counts, MOST_NAMES)))
    return page.join(
        page.html(
            "<p>What most papers name in title or abstract, as far as lexicons and rules find it."
            " A name counts once a paper.</p>"
        ),
        page.columns(*lists),
    )


def _languages(papers: ds.Dataset) -> Markup:
    written = _first(count_languages(papers), MOST_NAMES)
    listed = papers.to_table(["studied_languages"])["studied_languages"]
    studied = _first(count_names(pc.list_flatten(listed)), MOST_NAMES)
    return page.columns(
        page.ranking("Language of title and abstract", ("ISO 639-1", "papers"), written),
        page.ranking("Languages that papers are about", ("language", "papers"), studied),
    )


def _quality_sections(quality: Quality) -> list[page.Section]:
    return [
        page.Section("checks", "Checks", _checks(quality.checks)),
        page.Section("coverage", "Coverage", _coverage(quality.coverage)),
        page.Section("quarantine", "Quarantine", _quarantine(quality.quarantine)),
    ]


def _checks(checks: Sequence[CheckVerdict]) -> Markup:
    order = list(VERDICT_MARKS)
    rows: dict[bool, list[tuple[Markup, ...]]] = {True: [], False: []}
    for one in sorted(checks, key=lambda c: (order.index(c.verdict), c.asset, c.check)):
        name = page.html(
            '<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>{}'
            '<span class="id">{}</span>',
            one.verdict.replace(" ", "-"),
            VERDICT_MARKS[one.verdict],
            one.verdict,
            page.code(one.check),
            page.code(one.asset),
        )
        words = page.html('<div class="sentence">{}</div>', one.words)
        rows[one.verdict == "passed"].append((name, words))
    heads = ("check and its asset", "what was found")
    passed = len(rows[True])
    parts = [page.html("<p>{} of {} checks passed when they last ran.</p>", passed, len(checks))]
    if rows[False]:
        parts.append(page.table("Checks that call for a look", heads, rows[False]))
    if passed:
        shown = page.table("Checks that passed", heads, rows[True])
        parts.append(page.details(f"{passed} passed", shown))
    return page.join(*parts)


def _coverage(coverage: Mapping[str, Mapping[str, float]]) -> Markup:
    if not coverage:
        return page.html('<p class="nothing">Nothing was measured.</p>')
    note = page.html("<p>The share of rows in which a column is neither null nor empty.</p>")
    tables = [
        page.details(
            f"{table}, {len(shares)} columns",
            page.html(
                '<div class="ranking">{}</div>',
                page.table(
                    f"Columns of {table}",
                    ("column", "filled"),
                    [(page.barred(name, share, 1.0), share) for name, share in shares.items()],
                ),
            ),
            is_open=not place,
        )
        for place, (table, shares) in enumerate(coverage.items())
    ]
    return page.join(note, page.columns(*tables))


def _quarantine(quarantine: Mapping[str, int]) -> Markup:
    ordered = dict(sorted(quarantine.items(), key=lambda one: (-one[1], one[0])))
    if not ordered:
        return page.html("<p>No entry is in quarantine.</p>")
    return page.join(
        page.html("<p>Entries that broke a rule and wait; none is dropped.</p>"),
        page.ranking("Entries by rule", ("rule", "entries"), ordered),
    )


def _changes(content: ReleaseContent) -> Markup:
    if content.previous is None:
        return page.html("<p>This is the first release; there is none to compare it with.</p>")
    columns = ["kind", "changed_fields", "paper_id", "arxiv_id", "title", "first_listed_on"]
    changes = content.changes.to_table(columns)
    if not changes.num_rows:
        return page.html("<p>No paper differs from release {}.</p>", content.previous)
    kinds = count_names(changes["kind"])
    fields = count_names(pc.list_flatten(changes["changed_fields"]))
    added = changes.filter(pc.equal(changes["kind"], "added"))
    listed = pc.fill_null(added["first_listed_on"], FIRST_DAY)
    newest = pc.sort_indices(
        pa.table({"listed": listed, "paper_id": added["paper_id"]}),
        [("listed", "descending"), ("paper_id", "ascending")],
    )
    rows = added.take(newest[:MOST_TITLES]).to_pylist()
    titles = [(_name_paper(row), str(row["first_listed_on"] or "")) for row in rows]
    caption = "New papers"
    if len(titles) < added.num_rows:
        caption = f"{len(titles)} of {added.num_rows:,} new papers, the last listed first"
    return page.join(
        page.html("<p>Against release {}.</p>", content.previous),
        page.columns(
            page.ranking("Papers that differ", ("what became of them", "papers"), kinds),
            page.ranking("Columns that changed", ("column", "papers"), fields),
        ),
        page.details(caption, page.table(caption, ("paper", "first listed"), titles)),
    )


def _files(content: ReleaseContent) -> Markup:
    rows_of = {file.file_name: content.table(file).count_rows() for file in TABLE_FILES}
    rows = [
        (
            page.code(name),
            rows_of.get(name, ""),
            says["byte_count"],
            page.code(says["sha256"]),
        )
        for name, says in sorted(content.manifest["files"].items())
    ]
    versions = sorted(content.manifest.get("code_versions", {}).items())
    return page.join(
        page.table("Files of the release", ("file", "rows", "bytes", "SHA-256"), rows),
        page.details("Versions of the code", page.table("Versions", ("part", "version"), versions)),
    )


def _history(releases: pa.Table) -> Markup:
    heads = {
        "version": "release",
        "paper_count": "papers",
        "record_count": "records",
        "dump_count": "dumps",
        "quarantined_count": "in quarantine",
    }
    newest_first = releases.select(list(heads)).to_pylist()[::-1]
    rows = [(*row.values(), _quarantine_share(row)) for row in newest_first]
    return page.table("Releases, the newest first", (*heads.values(), "share in quarantine"), rows)


def _first(counts: Mapping[str, int], most: int) -> dict[str, int]:
    return dict(list(counts.items())[:most])


def _quarantine_share(row: Mapping[str, int]) -> float:
    entries = row["record_count"] + row["quarantined_count"]
    return row["quarantined_count"] / entries if entries else 0.0


def _name_paper(row: Mapping[str, Any]) -> Markup:
    """A title with its id, led to arXiv where the paper is there."""
    title = page.html("{}", row["title"])
    if row["arxiv_id"]:
        address = f"https://arxiv.org/abs/{row['arxiv_id']}"
        title = page.html('<a href="{}" rel="noreferrer">{}</a>', address, title)
    return page.html('{}<code class="id">{}</code>', title, row["paper_id"])


def _show_size(count: float) -> str:
    """A number of parameters as people write it: 7B, 130M, 1.5T."""
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if count >= unit:
            return f"{count / unit:.3g}{name}"
    return f"{count:.0f}"


def _arrange_months(months: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """Columns of a plot along time, without gaps, and the column that each month is shown in.

    The newest MOST_MONTHS months have columns of their own; those before share one.
    """
    numbers = {month: int(month[:4]) * 12 + int(month[5:]) - 1 for month in months}
    last = max(numbers.values())
    first = max(min(numbers.values()), last - MOST_MONTHS + 1)
    names = [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]
    is_older = {month: number < first for month, number in numbers.items()}
    shown = {month: EARLIER if older else month for month, older in is_older.items()}
    return [EARLIER] * any(is_older.values()) + names, shown


def _mark_months(axes: "Axes", names: Sequence[str], most_ticks: int) -> None:
    places = range(0, len(names), -(-len(names) // most_ticks))
    axes.set_xticks(places, [names[place] for place in places])
    axes.set_xlim(-0.7, max(len(names), FEWEST_MONTHS) - 0.3)
