"""How well and how fast records are deduplicated, on any Parquet file of them.

`python -m paper_pipeline_tests.bench.dedup --input FILE [--increments FILE ...] --json OUT`

A file has the columns id, title and abstract, and optionally arxiv_id, authors, year, kind and
cluster (the truth). Every increment is added by a process of its own to what stands on disk, timed
from after its imports until all is durable. The labels are written beside OUT.
"""

import time

_STARTED = time.perf_counter()

import argparse  # noqa: E402 - the clock starts first
import json  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterator, Sequence  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from paper_pipeline.dedup import kernels  # noqa: E402, F401 - loads the compiled code
from paper_pipeline.dedup.engine import Batch, Update, plan_update  # noqa: E402
from paper_pipeline.dedup.index import MatchIndex  # noqa: E402
from paper_pipeline.dedup.signatures import Signatures, sign_records  # noqa: E402

INPUTS = ("id", "title", "abstract", "arxiv_id", "authors", "year")


def read_batch(path: Path) -> Batch:
    """Signs the records of a file, piece by piece."""
    file = pq.ParquetFile(path)
    columns = [name for name in INPUTS if name in file.schema_arrow.names]
    parts: list[Signatures] = []
    ids: list[str] = []
    for table in _read_ahead(file, columns):
        if "abstract" not in table.column_names:
            table = table.append_column("abstract", pa.nulls(len(table), pa.string()))
        if "authors" in table.column_names and pa.types.is_string(table["authors"].type):
            names = pa.compute.split_pattern(table["authors"], ", ")
            table = table.set_column(table.column_names.index("authors"), "authors", names)
        parts.append(sign_records(table.drop_columns(["id"])))
        ids += table["id"].cast(pa.string()).to_pylist()
    return Batch(Signatures.concat(parts), ids)


def _read_ahead(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.Table]:
    """The row groups of a file; while one is worked on, the next is read."""

    def read(group: int) -> pa.Table:
        return file.read_row_group(group, columns=columns, use_threads=False)

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, 0)
        for group in range(1, file.num_row_groups + 1):
            table = ahead.result()
            if group < file.num_row_groups:
                ahead = reader.submit(read, group)
            yield table


def add_increment(index: MatchIndex, path: Path) -> Update:
    """Adds the records of a file to an index, durably."""
    update = plan_update(index, read_batch(path))
    index.write(dict(update.entries()), update.state)
    return update


def read_labels(index: MatchIndex) -> pa.Table:
    """The label of every record in an index."""
    heads = dict(index.items(b"p"))
    ids: list[str] = []
    labels: list[int] = []
    for record_id, node in index.items(b"r"):
        ids.append(record_id.decode())
        labels.append(int.from_bytes(heads[node[::-1]], "little"))
    return pa.table({"id": ids, "label": labels})


def run(path: Path, increments: Sequence[Path], out: Path) -> dict[str, object]:
    """Deduplicates a file, then adds the increments; writes the labels and returns the figures."""
    batch = read_batch(path)
    update = plan_update(MatchIndex(), batch)
    labels = pa.table({"id": list(batch.record_ids), "label": update.record_labels})
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures: dict[str, object] = {
        "records": len(labels),
        "papers": len(np.unique(update.heads)),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "wall_seconds": time.perf_counter() - _STARTED,
        "peak_mib": usage.ru_maxrss / 1024,
    }
    with tempfile.TemporaryDirectory() as folder:
        if increments:
            index = MatchIndex(Path(folder, "index"), create=True)
            index.load(update.entries(), update.state)
            index.close()
            del update, batch
            figures["bytes_per_record"] = _size(Path(folder)) / len(labels)
            figures["increments"] = [
                _add_in_a_process(Path(folder, "index"), f) for f in increments
            ]
            index = MatchIndex(Path(folder, "index"), read_only=True)
            labels = read_labels(index)
            index.close()
    pq.write_table(labels, out.with_suffix(".labels.parquet"))
    figures |= _score([path, *increments], labels)
    out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _add_in_a_process(index: Path, increment: Path) -> dict[str, float]:
    command = [sys.executable, "-m", __spec__.name, "--input", str(increment), "--into", str(index)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _score(paths: Sequence[Path], labels: pa.Table) -> dict[str, object]:
    from paper_pipeline_tests.bench.scoring import score_labels

    if "cluster" not in pq.read_schema(paths[0]).names:
        return {}
    truths = list(_truths(paths))
    scores = score_labels(pa.concat_tables(truths, promote_options="default"), labels)
    return {
        "precision": scores.precision,
        "recall": scores.recall,
        "f1": scores.f1,
        "recall_by_kind": dict(scores.recall_by_kind),
    }


def _truths(paths: Sequence[Path]) -> Iterator[pa.Table]:
    for path in paths:
        names = [n for n in ("id", "kind", "cluster") if n in pq.read_schema(path).names]
        table = pq.read_table(path, columns=names)
        yield table.set_column(0, "id", table["id"].cast(pa.string()))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--increments", type=Path, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.into:
        started = time.perf_counter()
        index = MatchIndex(arguments.into)
        update = add_increment(index, arguments.input)
        index.close()
        milliseconds = 1000 * (time.perf_counter() - started)
        print(json.dumps({"milliseconds": milliseconds, "touched_nodes": len(update.numbers)}))
    elif arguments.json:
        print(json.dumps(run(arguments.input, arguments.increments, arguments.json), indent=1))
    else:
        parser.error("--json OUT is missing: where the figures go")


if __name__ == "__main__":
    main()
