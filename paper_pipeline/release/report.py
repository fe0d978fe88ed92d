"""The report of a release, report.html, and the page of its quality: one file each, no network.

Data flow: ReleaseContent, parsed_dumps, Quality -> counts, rows, plots in SVG -> HTML text.

The same values give the same text. How a page looks belongs in templates/; what is checked, and
when, in the checks.
"""

# Methods of matplotlib have parameters without a type; what they return has one.
# pyright: reportUnknownMemberType=false

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

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
# What calls for a reader comes first.
Verdict = Literal["failed", "warned", "not run", "passed"]


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
    coverage: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )
    quarantine: Mapping[str, int] = field(default_factory=dict[str, int])


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
    values = {
        "summary": SUMMARY,
        "growth": _growth(content.papers),
        "sources": _sources(dumps),
        "duplicates": _duplicates(content),
        "sizes": _sizes(content.papers),
        "names": _names(content.papers),
        "languages": _languages(content.papers),
        "changes": _changes(content),
        **_quality(quality),
    }

    def finish(known: ReleaseContent) -> str:
        return page.render_page("report.html", {**values, "release": known, "files": _files(known)})

    return finish


def render_quality_page(quality: Quality, releases: pa.Table) -> str:
    """The text of a page that shows the quality alone.

    Args:
        quality: What is known of it.
        releases: Rows of corpus_release, the oldest first.
    """
    verdicts = Counter(check.verdict for check in quality.checks)
    values = {**_quality(quality), "verdicts": verdicts, "history": _history(releases)}
    return page.render_page("quality.html", values)


def _growth(papers: ds.Dataset) -> dict[str, Any]:
    counts = count_names(papers.to_table(["month"])["month"])
    unknown = counts.pop(UNKNOWN_MONTH, 0)
    if not counts:
        return {"unknown": unknown, "rows": []}
    months, shown = _arrange_months(counts)
    columns = dict.fromkeys(months, 0)
    for month, count in counts.items():
        columns[shown[month]] += count
    top = max(columns, key=lambda month: columns[month])

    def draw(axes: "Axes", most_ticks: int) -> None:
        axes.bar(range(len(months)), list(columns.values()), color=page.SERIES, width=0.74)
        axes.locator_params(axis="y", integer=True, nbins=5)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _mark_months(axes, months, most_ticks)

    return {
        "unknown": unknown,
        "rows": [(month, count) for month, count in columns.items() if count],
        "first": months[0],
        "last": months[-1],
        "top": top,
        "most": columns[top],
        "plot": page.draw_plot("growth-plot", draw),
    }


def _sources(dumps: pa.Table) -> list[dict[str, Any]]:
    """Formats and layouts with their counts, that of most records first."""
    counted = ["record_count", "quarantined_count"]
    sums = dumps.group_by(["format", "layout"]).aggregate(
        [([], "count_all"), *((name, "sum") for name in counted)]
    )
    sums = sums.rename_columns(["format", "layout", "dump_count", *counted])
    order = [("record_count", "descending"), ("format", "ascending"), ("layout", "ascending")]
    return sums.sort_by(order).to_pylist()


def _duplicates(content: ReleaseContent) -> dict[str, Any]:
    columns = ["paper_id", "arxiv_id", "title", "record_count", "dump_count"]
    papers = content.papers.to_table(columns)
    counts = papers["record_count"].to_numpy()
    classes: Counter[int] = Counter(np.minimum(counts, MANY_RECORDS).tolist())
    again = papers.filter(pc.greater(papers["record_count"], 1))
    again = again.sort_by([("record_count", "descending"), ("paper_id", "ascending")])
    return {
        "records": int(counts.sum()),
        "papers": len(counts),
        "by_records": {
            f"{count} and more" if count == MANY_RECORDS else str(count): classes[count]
            for count in sorted(classes)
        },
        "decisions": count_names(content.records.to_table(["decision"])["decision"]),
        "repeated": again.slice(0, MOST_REPEATED).to_pylist(),
    }


def _sizes(papers: ds.Dataset) -> dict[str, Any]:
    sized = papers.to_table(["month", "parameter_count_max"]).drop_null()
    sizes = np.asarray(sized["parameter_count_max"], dtype=float)
    places = np.searchsorted(list(SIZE_CLASSES.values()), sizes, side="right")
    by_size: Counter[int] = Counter(places.tolist())
    dated = [
        (month, size)
        for month, size in zip(sized["month"].to_pylist(), sizes.tolist(), strict=True)
        if month != UNKNOWN_MONTH
    ]
    return {
        "known": len(sizes),
        "papers": papers.count_rows(),
        "classes": {n: by_size[place] for place, n in enumerate(SIZE_CLASSES) if by_size[place]},
        **(_sizes_by_month(dated) if dated else {"rows": []}),
    }


def _sizes_by_month(dated: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Quartiles of sizes along time.

    Args:
        dated: Months with sizes, at least one.
    """
    months, shown = _arrange_months({month for month, _ in dated})
    by_month: dict[str, list[float]] = {}
    for month, size in dated:
        by_month.setdefault(shown[month], []).append(size)
    at = [place for place, month in enumerate(months) if month in by_month]
    low, middle, high = (
        [float(np.quantile(by_month[months[place]], share)) for place in at]
        for share in (0.25, 0.5, 0.75)
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

    return {
        "rows": [
            (months[place], len(by_month[months[place]]), *map(_show_size, values))
            for place, *values in zip(at, low, middle, high, strict=True)
        ],
        "first": months[0],
        "last": months[-1],
        "plot": page.draw_plot("sizes-plot", draw),
    }


def _names(papers: ds.Dataset) -> dict[str, Any]:
    """Names that most papers mention and how many there are, by kind."""
    lists: dict[str, Any] = {}
    for column, kind in NAMED.items():
        counts = count_names(pc.list_flatten(papers.to_table([column])[column]))
        lists[kind] = {"total": len(counts), "most": _first(counts, MOST_NAMES)}
    return lists


def _languages(papers: ds.Dataset) -> dict[str, Any]:
    listed = papers.to_table(["studied_languages"])["studied_languages"]
    return {
        "written": _first(count_languages(papers), MOST_NAMES),
        "studied": _first(count_names(pc.list_flatten(listed)), MOST_NAMES),
    }


def _quality(quality: Quality) -> dict[str, Any]:
    """The values of the sections that both pages have."""
    order = get_args(Verdict)
    return {
        "checks": sorted(quality.checks, key=lambda c: (order.index(c.verdict), c.asset, c.check)),
        "coverage": quality.coverage,
        "quarantine": dict(sorted(quality.quarantine.items(), key=lambda one: (-one[1], one[0]))),
    }


def _changes(content: ReleaseContent) -> dict[str, Any]:
    if content.previous is None:
        return {}
    columns = ["kind", "changed_fields", "paper_id", "arxiv_id", "title", "first_listed_on"]
    changes = content.changes.to_table(columns)
    added = changes.filter(pc.equal(changes["kind"], "added"))
    listed = pc.fill_null(added["first_listed_on"], FIRST_DAY)
    newest = pc.sort_indices(
        pa.table({"listed": listed, "paper_id": added["paper_id"]}),
        [("listed", "descending"), ("paper_id", "ascending")],
    )
    return {
        "kinds": count_names(changes["kind"]),
        "fields": count_names(pc.list_flatten(changes["changed_fields"])),
        "newest": added.take(newest[:MOST_TITLES]).to_pylist(),
    }


def _files(content: ReleaseContent) -> list[dict[str, Any]]:
    rows_of = {file.file_name: content.table(file).count_rows() for file in TABLE_FILES}
    return [
        {"name": name, "row_count": rows_of.get(name), **says}
        for name, says in sorted(content.manifest["files"].items())
    ]


def _history(releases: pa.Table) -> list[tuple[Any, ...]]:
    """Releases with their counts and their share in quarantine, the newest first."""
    columns = ["version", "paper_count", "record_count", "dump_count", "quarantined_count"]
    newest_first = releases.select(columns).to_pylist()[::-1]
    return [(*row.values(), _quarantine_share(row)) for row in newest_first]


def _first(counts: Mapping[str, int], most: int) -> dict[str, int]:
    return dict(list(counts.items())[:most])


def _quarantine_share(row: Mapping[str, int]) -> float:
    entries = row["record_count"] + row["quarantined_count"]
    return row["quarantined_count"] / entries if entries else 0.0


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
