"""Runs all benchmarks and prints their tables: `make bench`."""

from rich.console import Console
from rich.table import Table

from paper_pipeline_tests.bench import backfill, parsing, whole_run
from paper_pipeline_tests.bench.measure import Cost


def main() -> None:
    out = Console()
    table = Table("parsing", "MB/s", "peak memory / dump", title="One core, a 200 MB text dump")
    for name, speed, memory in parsing.measure():
        table.add_row(name, f"{speed:.0f}", f"{memory:.1f}")
    out.print(table)
    _print_costs(out, "Whole processes, medians", "cheapest run", whole_run.measure())
    _print_costs(out, "580 weekdays, live", "loop + events", backfill.measure())


def _print_costs(out: Console, title: str, base: str, rows: list[tuple[str, Cost, float]]) -> None:
    table = Table("run", "CPU s", "wall s", "peak MiB", f"CPU / {base}", title=title)
    for name, cost, ratio in rows:
        figures = (cost.cpu_seconds, cost.wall_seconds, cost.peak_mib)
        table.add_row(name, *(f"{figure:.1f}" for figure in figures), f"{ratio:.2f}")
    out.print(table)


if __name__ == "__main__":
    main()
