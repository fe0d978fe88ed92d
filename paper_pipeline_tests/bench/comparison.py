"""Quality and speed of deduplication beside other tools, all on the same records in one run.

Every tool is a process of its own, one after the other. It reads files without the truth, which a
further process scores: what this process held in memory would count as the next tool's peak. Each
tool first runs on a few records, so that what it compiles or caches at first use is not counted.

The environment says more (see `open_bench`):

- `PAPER_PIPELINE_BENCH_SMALL`: leave out 1,000,000 records.
- `PAPER_PIPELINE_BENCH_DIR`: a folder that keeps the generated records for the next run.
- `PAPER_PIPELINE_BENCH_PEERS`: a Python that has the peers, where this one does not.
"""

import json
import multiprocessing
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline_tests.bench import dblp_acm, generator, peers
from paper_pipeline_tests.bench.measure import Cost, run_once
from paper_pipeline_tests.bench.scoring import Scores, score_labels
from paper_pipeline_tests.corpus import ROOT, SEEDS

P = ParamSpec("P")
T = TypeVar("T")

OURS = "paper_pipeline"
DEV10K = SEEDS.parent / "dedup" / "dev10k.parquet"
NO_DEV10K = "dev10k is not beside this checkout (../shared/dedup/dev10k.parquet); it is not ours"

ENVIRONMENT = {"PYTHONPATH": str(ROOT)}  # where a Python of the peers finds these modules

# The truth of a record, as far as a set has it.
TRUTH = ("id", "cluster", "kind", "source")
SEED = 7
SETTINGS = ("SMALL", "DIR", "PEERS")
INCREMENTS, INCREMENT = 5, 1_000


@dataclass(frozen=True)
class Bench:
    """Where the records are, which Python has the peers, and whether to leave out 1,000,000."""

    folder: Path
    python: str = sys.executable
    is_small: bool = False


@dataclass(frozen=True)
class Records:
    """Files of records: what a tool is shown, what is true of it, and what is added later."""

    shown: Path
    truth: Path
    increments: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Row:
    """One tool over some records; a peer without scores and cost is not installed."""

    tool: str
    scores: Scores | None = None
    cost: Cost | None = None


@dataclass(frozen=True)
class Growth:
    """What increments cost where so many records stand on disk."""

    records: int
    milliseconds: tuple[float, ...]
    bytes_per_record: float

    @property
    def median(self) -> float:
        return median(self.milliseconds)


@contextmanager
def open_bench(environment: MutableMapping[str, str]) -> Iterator[Bench]:
    """Takes the bench's own settings out of the environment; `paper-pipeline` would refuse them."""
    taken = [environment.pop(f"PAPER_PIPELINE_BENCH_{name}", "") for name in SETTINGS]
    small, named, python = taken
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(named or passing).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        yield Bench(folder, python or sys.executable, bool(small))


def compare_dev10k(bench: Bench, names: Sequence[str]) -> list[Row]:
    """Runs peers and ours over real abstracts and edited copies of them."""
    return compare(bench, _in_a_process(_copy_dev10k, bench.folder), names)


def compare_generated(bench: Bench, count: int, names: Sequence[str]) -> list[Row]:
    """Runs peers and ours over so many generated records."""
    return compare(bench, _in_a_process(make_records, bench.folder, count), names)


def compare(bench: Bench, records: Records, names: Sequence[str]) -> list[Row]:
    """Runs peers by their names in `peers.PEERS`, then ours."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as results:
        labels = Path(results, "out.labels.parquet")
        for tool in (*names, OURS):
            is_there = _warm_up(bench.python, tool)
            cost = _run_tool(bench.python, tool, records.shown, labels) if is_there else None
            scores = _in_a_process(_score, records.truth, labels) if cost else None
            rows.append(Row(tool, scores, cost))
    return rows


def score_dblp_acm(bench: Bench) -> list[Row]:
    """Runs ours over two libraries' lists; scores all pairs, then those across the lists."""
    records = _in_a_process(_copy_dblp_acm, bench.folder)
    _warm_up(bench.python, OURS)
    with tempfile.TemporaryDirectory() as results:
        labels = Path(results, "out.labels.parquet")
        cost = _run_tool(bench.python, OURS, records.shown, labels)
        clusters = _in_a_process(_score, records.truth, labels)
        across = _in_a_process(_score, records.truth, labels, across=True)
    return [Row("pairs in clusters", clusters, cost), Row("pairs across sources", across, cost)]


def measure_increments(bench: Bench, bases: Sequence[int]) -> Iterator[Growth]:
    """Adds increments to what stands on disk, each durably and in a process of its own."""
    _warm_up(bench.python, OURS)
    for count in bases:
        records = _in_a_process(make_records, bench.folder, count)
        with tempfile.TemporaryDirectory() as results:
            figures = Path(results, "out.json")
            later = ["--increments", *map(str, records.increments)]
            run_once([*_command(sys.executable, OURS, records.shown, figures), *later], ENVIRONMENT)
            said = json.loads(figures.read_text("utf-8"))
        steps = tuple(step["milliseconds"] for step in said["increments"])
        yield Growth(count, steps, said["bytes_per_record"])


def make_records(folder: Path, count: int) -> Records:
    """Generates records and the increments to them, unless the folder has them already.

    All are one corpus in random order, so that increments hold copies of what is there. The names
    of the files say which version of the generator made them.
    """
    version = zlib.crc32(Path(generator.__file__).read_bytes())
    name = f"generated-{count}-{version:08x}"
    increments = tuple(folder / f"{name}.added-{n}.parquet" for n in range(INCREMENTS))
    records = Records(folder / f"{name}.parquet", folder / f"{name}.truth.parquet", increments)
    wanted = {records.shown: count, records.truth: count} | dict.fromkeys(increments, INCREMENT)
    if all(_count_rows(path) == rows for path, rows in wanted.items()):
        return records
    batches = generator.generate(count + INCREMENTS * INCREMENT, SEED)
    later = pa.concat_tables(_write_split(records, batches, count))
    for number, path in enumerate(increments):
        pq.write_table(_hide_truth(later.slice(number * INCREMENT, INCREMENT)), path)
    return records


def _write_split(records: Records, batches: Iterator[pa.Table], count: int) -> list[pa.Table]:
    """Writes the first `count` rows and their truth, batch by batch; returns the other rows."""
    later: list[pa.Table] = []
    empty = generator.SCHEMA.empty_table()
    with (
        pq.ParquetWriter(records.shown, _hide_truth(empty).schema) as shown,
        pq.ParquetWriter(records.truth, _keep_truth(empty).schema) as truth,
    ):
        for batch in batches:
            now = batch.slice(0, count)
            if len(now):
                shown.write_table(_hide_truth(now))
                truth.write_table(_keep_truth(now))
            count -= len(now)
            later.append(batch.slice(len(now)))
    return later


def _copy(table: pa.Table, folder: Path, name: str) -> Records:
    records = Records(folder / f"{name}.parquet", folder / f"{name}.truth.parquet")
    pq.write_table(_hide_truth(table), records.shown)
    pq.write_table(_keep_truth(table), records.truth)
    return records


def _copy_dev10k(folder: Path) -> Records:
    return _copy(pq.read_table(DEV10K), folder, "dev10k")


def _copy_dblp_acm(folder: Path) -> Records:
    return _copy(dblp_acm.read_benchmark(dblp_acm.FOLDER), folder, "dblp-acm")


def _copy_few(folder: Path) -> Records:
    return _copy(pa.concat_tables(generator.generate(200, SEED)), folder, "few")


def _keep_truth(table: pa.Table) -> pa.Table:
    return table.select([name for name in table.column_names if name in TRUTH])


def _hide_truth(table: pa.Table) -> pa.Table:
    hidden = set(TRUTH) - {"id"}
    return table.select([name for name in table.column_names if name not in hidden])


def _count_rows(path: Path) -> int | None:
    """The rows of a file; None where it is not there, or was not written to its end."""
    try:
        return pq.read_metadata(path).num_rows
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def _score(truth: Path, labels: Path, across: bool = False) -> Scores:
    score = dblp_acm.score_across if across else score_labels
    return score(pq.read_table(truth), pq.read_table(labels))


@cache
def _warm_up(python: str, tool: str) -> bool:
    """Runs a tool on a few records; says whether it is there."""
    with tempfile.TemporaryDirectory() as folder:
        records = _in_a_process(_copy_few, Path(folder))
        try:
            _run_tool(python, tool, records.shown, Path(folder, "out.labels.parquet"))
        except RuntimeError as error:
            if peers.NOT_INSTALLED in str(error):
                return False
            raise
    return True


def _run_tool(python: str, tool: str, source: Path, labels: Path) -> Cost:
    target = labels.with_name("out.json") if tool == OURS else labels
    return run_once(_command(python, tool, source, target), ENVIRONMENT)


def _command(python: str, tool: str, source: Path, target: Path) -> list[str]:
    """Ours by this Python, whichever has the peers; it writes the labels beside its figures."""
    if tool == OURS:
        module = "paper_pipeline_tests.bench.dedup"
        return [sys.executable, "-m", module, "--input", str(source), "--json", str(target)]
    return [python, "-m", "paper_pipeline_tests.bench.peers", tool, str(source), str(target)]


def _in_a_process(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()
