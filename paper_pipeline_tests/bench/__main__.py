"""Runs all benchmarks and prints their tables: `make bench`."""

from rich.console import Console
from rich.table import Table

from paper_pipeline_tests.bench import parsing, whole_run


def main() -> None:
    out = Console()
    table = Table("parsing", "MB/s", "peak memory / dump", title="One core, a 200 MB text dump")
    for name, speed, memory in parsing.measure():
        table.add_row(name, f"{speed:.0f}", f"{memory:.1f}")
    out.print(table)
    table = Table(
        "run", "CPU s", "wall s", "peak MiB", "CPU / cheapest", title="Whole processes, medians"
    )
    for name, cost, ratio in whole_run.measure():
        table.add_row(
            name,
            f"{cost.cpu_seconds:.1f}",
            f"{cost.wall_seconds:.1f}",
            f"{cost.peak_mib:.0f}",
            f"{ratio:.2f}",
        )
    out.print(table)


if __name__ == "__main__":
    main()
