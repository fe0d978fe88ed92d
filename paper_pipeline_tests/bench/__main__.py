"""Runs the benchmarks and prints their tables: `make bench`, or one with `--only NAME`."""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from paper_pipeline_tests.bench import (
    backfill,
    comparison,
    dblp_acm,
    extraction,
    keyphrases,
    parsing,
    peers,
    releases,
    validation,
    whole_run,
)
from paper_pipeline_tests.bench.comparison import OURS, Bench, Growth, Row
from paper_pipeline_tests.bench.measure import Cost
from paper_pipeline_tests.corpus import SEEDS

Section = Callable[[Console, Bench], None]

MIDDLE, LARGE = 100_000, 1_000_000
# The others would take minutes each.
LARGE_PEERS = ("daft", "rensa")


def print_parsing(out: Console, bench: Bench) -> None:
    table = Table("parsing", "MB/s", "peak memory / dump", title="One core, a 200 MB text dump")
    for name, speed, memory in parsing.measure():
        table.add_row(name, f"{speed:.0f}", f"{memory:.1f}")
    out.print(table)


def print_extraction(out: Console, bench: Bench) -> None:
    rows = extraction.measure()
    speeds = dict(rows)
    table = Table("extraction", "abstracts/s", title="One core, abstracts of listing pages")
    for name, speed in rows:
        table.add_row(name, f"{speed:,.0f}")
    if extraction.SPACY in speeds:
        ratio = speeds[extraction.LEXICON] / speeds[extraction.SPACY]
        table.caption = f"the lexicons are searched {ratio:.0f} times as fast as by spaCy"
    else:
        table.caption = f"spaCy: {peers.NOT_INSTALLED} ({peers.REMEDY})"
    out.print(table)


def print_keyphrases(out: Console, bench: Bench) -> None:
    days = SEEDS.parent / "samples" / "daily_papers_api"
    if not days.is_dir():
        out.print("keyphrases are left out: no answers of the API lie beside this checkout")
        return
    keyphrases.compare(out, days)


def print_validation(out: Console, bench: Bench) -> None:
    imported, checks = validation.measure_checks()
    rows = validation.compare(bench.is_small)
    count = validation.SMALL_ROWS if bench.is_small else validation.ROWS
    table = Table("validation", "CPU s", title=f"{count:,} rows, 15 expectations")
    for name, seconds in rows:
        table.add_row(name, f"{seconds:.2f}")
    table.caption = (
        f"ours takes {rows[0][1] / rows[1][1]:.2f} times what Great Expectations takes alone; all "
        f"checks of a whole graph {checks:.2f} s, importing Great Expectations {imported:.2f} s"
    )
    out.print(table)


def print_runs(out: Console, bench: Bench) -> None:
    _print_costs(out, "Whole processes, medians", "CPU / cheapest run", whole_run.measure())


def print_checksums(out: Console, bench: Bench) -> None:
    rows = whole_run.measure_checksums()
    _print_costs(out, "Checksums, medians", "wall / without", rows)


def print_backfill(out: Console, bench: Bench) -> None:
    _print_costs(out, "580 weekdays, live", "CPU / loop + events", backfill.measure())


def print_releases(out: Console, bench: Bench, count: int) -> None:
    if count >= LARGE and bench.is_small:
        out.print(f"Releases of {count:,} papers are left out: PAPER_PIPELINE_BENCH_SMALL is set")
        return
    count = count // 10 if bench.is_small else count
    rows, answers = releases.measure(count)
    _print_costs(out, f"Releases of {count:,} papers", "wall / base", rows)
    table = Table("question", "ms", title="The second of them answers")
    for name, milliseconds in answers.items():
        table.add_row(name, f"{milliseconds:.1f}")
    out.print(table)


def print_dev10k(out: Console, bench: Bench) -> None:
    if not comparison.DEV10K.is_file():
        out.print(f"dev10k is left out: {comparison.NO_DEV10K}")
        return
    rows = comparison.compare_dev10k(bench, tuple(peers.PEERS))
    print_comparison(out, "dev10k: 10,000 records, real abstracts and edited copies", rows)


def print_dblp_acm(out: Console, bench: Bench) -> None:
    if not dblp_acm.FOLDER.is_dir():
        out.print(f"DBLP-ACM is left out: {dblp_acm.NO_BENCHMARK}")
        return
    rows = comparison.score_dblp_acm(bench)
    print_comparison(out, "DBLP-ACM: 4,910 records without abstracts, ours", rows)


def print_generated(out: Console, bench: Bench, count: int, names: Sequence[str]) -> None:
    if count >= LARGE and bench.is_small:
        out.print(f"{count:,} records are left out: PAPER_PIPELINE_BENCH_SMALL is set")
        return
    rows = comparison.compare_generated(bench, count, names)
    print_comparison(out, f"{count:,} generated records", rows)


def print_increments(out: Console, bench: Bench) -> None:
    bases = (10_000, MIDDLE) if bench.is_small else (10_000, MIDDLE, LARGE)
    steps = list(comparison.measure_increments(bench, bases))
    title = f"{comparison.INCREMENTS} increments of {comparison.INCREMENT:,} records, one by one"
    table = _make_table("onto", "ms, median", "ms, each", "bytes / record", title=title)
    for step in steps:
        each = " ".join(f"{value:.0f}" for value in step.milliseconds)
        table.add_row(
            f"{step.records:,}", f"{step.median:.0f}", each, f"{step.bytes_per_record:.0f}"
        )
    table.caption = _describe_growth(steps[0], steps[-1])
    out.print(table, "")


SECTIONS: dict[str, Section] = {
    "parsing": print_parsing,
    "extraction": print_extraction,
    "keyphrases": print_keyphrases,
    "validation": print_validation,
    "runs": print_runs,
    "checksums": print_checksums,
    "backfill": print_backfill,
    "releases": partial(print_releases, count=MIDDLE),
    "releases-1m": partial(print_releases, count=LARGE),
    "dev10k": print_dev10k,
    "dblp-acm": print_dblp_acm,
    "100k": partial(print_generated, count=MIDDLE, names=tuple(peers.PEERS)),
    "1m": partial(print_generated, count=LARGE, names=LARGE_PEERS),
    "increments": print_increments,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", choices=SECTIONS, help="run one section of them")
    only = parser.parse_args(arguments).only
    out = Console()
    with comparison.open_bench(os.environ) as bench:
        for name in [only] if only else SECTIONS:
            SECTIONS[name](out, bench)


def _print_costs(out: Console, title: str, base: str, rows: list[tuple[str, Cost, float]]) -> None:
    table = Table("run", "CPU s", "wall s", "peak MiB", base, title=title)
    for name, cost, ratio in rows:
        figures = (cost.cpu_seconds, cost.wall_seconds, cost.peak_mib)
        table.add_row(name, *(f"{figure:.1f}" for figure in figures), f"{ratio:.2f}")
    out.print(table)


def print_comparison(out: Console, title: str, rows: Sequence[Row]) -> None:
    """Prints what each tool found and took; ratios are ours to each peer, below 1 where we win."""
    ours = next((row.cost for row in rows if row.tool == OURS), None)
    names = ["tool", "precision", "recall", "F1", "CPU s", "wall s", "MiB"]
    table = _make_table(*names, *(["x CPU", "x wall", "x MiB"] if ours else []), title=title)
    if ours:
        table.caption = f"x: {OURS} as a multiple of the tool; below 1 it takes less"
    for row in rows:
        if not row.scores or not row.cost:
            # As Text, since [bench] would be a style.
            table.add_row(Text(f"{row.tool}: {peers.NOT_INSTALLED} ({peers.REMEDY})"))
            continue
        scores = (row.scores.precision, row.scores.recall, row.scores.f1)
        cost = (row.cost.cpu_seconds, row.cost.wall_seconds, row.cost.peak_mib)
        cells = [f"{score:.3f}" for score in scores]
        cells += [f"{cost[0]:.1f}", f"{cost[1]:.1f}", f"{cost[2]:.0f}"]
        if ours and row.tool != OURS:
            base = (ours.cpu_seconds, ours.wall_seconds, ours.peak_mib)
            cells += [f"{mine / its:.2f}" for mine, its in zip(base, cost, strict=True)]
        table.add_row(row.tool, *cells)
    out.print(table, "")


def _describe_growth(first: Growth, last: Growth) -> str:
    """The fastest of each are compared: what else the machine does only ever adds."""
    time = min(last.milliseconds) / min(first.milliseconds)
    size = last.bytes_per_record / first.bytes_per_record
    return (
        f"onto {last.records // first.records} times the records the fastest takes {time:.1f} times"
        f" the time; a record takes {size:.2f} times the bytes"
    )


def _make_table(first: str, *figures: str, title: str) -> Table:
    # Ten columns fit into 80 characters so; names fold, figures do not.
    table = Table(first, title=title, box=SIMPLE_HEAD, padding=0, show_edge=False)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    return table


if __name__ == "__main__":
    main()
