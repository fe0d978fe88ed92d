"""The other tools, each as its own documentation would use it, each in a process of its own.

`python -m paper_pipeline_tests.bench.peers NAME IN.parquet OUT.parquet` reads columns id, title
and abstract and writes columns id and label. The tools come with the `bench` extra; nothing here
is imported before it is asked for, and what is measured includes that import.
"""

import argparse
import importlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Labels = npt.NDArray[np.int64]

PERMUTATIONS = 128

NOT_INSTALLED = "not installed"
REMEDY = "pip install .[bench]"


def label_pandas(source: Path) -> pa.Table:
    """Equal normalised text is a duplicate: what most pipelines start with."""
    pandas = _load("pandas")
    frame = pandas.read_parquet(source, columns=["id", "title", "abstract"])
    text = (frame["title"] + frame["abstract"]).str.casefold()
    bare = text.str.replace(r"[\W_]+", "", regex=True)
    return _table(frame["id"].to_numpy(), bare.groupby(bare, sort=False).ngroup().to_numpy())


def label_daft(source: Path, bands: int = 16, rows: int = 4, words: int = 3) -> pa.Table:
    """Daft's own normalize and minhash, which are Rust; then bands and connected components.

    Daft's tutorial bands by `explode` and `groupby` and finds components by joins, made for a
    cluster of machines. On one machine sorting the bands in numpy and scipy's components give the
    same clusters in a fraction of the time, so this is Daft at its fastest.
    """
    daft = _load("daft")
    functions = _load("daft.functions")
    text = daft.col("title") + daft.lit(" ") + daft.col("abstract")
    normal = functions.normalize(
        text, remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True
    )
    hashes = functions.minhash(
        normal, num_hashes=bands * rows, ngram_size=words, hash_function="xxhash"
    )
    table = daft.read_parquet(str(source)).select("id", hashes.alias("sketch")).to_arrow()
    ids = table["id"].to_numpy()
    flat = np.concatenate([chunk.flatten().to_numpy() for chunk in table["sketch"].chunks])
    sketches = flat.reshape(len(ids), bands, rows)
    left: list[Labels] = []
    right: list[Labels] = []
    for band in range(bands):
        order, starts = _runs(_mix(sketches[:, band, :]))
        # Every record is joined to the first of its bucket: a path, not all pairs.
        joined = np.flatnonzero(~starts)
        left.append(order[joined - 1])
        right.append(order[joined])
    return _table(ids, _components(len(ids), np.concatenate(left), np.concatenate(right)))


def label_rensa(source: Path, threshold: float = 0.8, bands: int = 16) -> pa.Table:
    """As rensa's README: R-MinHash of a text's words, LSH, candidates checked by their sketches.

    Its deduplicator answers which records to keep, not which belong together, and chooses 8 bands
    for this threshold; 16 bands with the same check find more.
    """
    rensa = _load("rensa")
    ids, texts = _read(source)
    sketches = rensa.RMinHash.from_token_sets(
        (text.lower().split() for text in texts), num_perm=PERMUTATIONS, seed=42
    )
    index = rensa.RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=bands)
    index.insert_many(sketches)
    edges = (
        (row, other)
        for row, others in enumerate(index.query_all(sketches))
        for other in others
        if other < row and sketches[row].jaccard(sketches[other]) >= threshold
    )
    return _table(ids, _join(len(ids), edges))


def label_datasketch(source: Path, threshold: float = 0.7, words: int = 3) -> pa.Table:
    """As datasketch's guide: MinHashes of word shingles in bulk, asked of an LSH, then inserted."""
    datasketch = _load("datasketch")
    ids, texts = _read(source)
    index = datasketch.MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    shingled = (_shingle(text, words) for text in texts)

    def find_edges() -> Iterator[tuple[int, int]]:
        # Its documentation advises a faster hash than the SHA-1 it starts with.
        sketches = datasketch.MinHash.generator(
            shingled, num_perm=PERMUTATIONS, hashfunc=zlib.crc32
        )
        for row, sketch in enumerate(sketches):
            yield from ((row, other) for other in index.query(sketch))
            index.insert(row, sketch, check_duplication=False)

    return _table(ids, _join(len(ids), find_edges()))


def label_goldenmatch(source: Path) -> pa.Table:
    """GoldenMatch without configuration, on titles: abstracts do not end in useful time."""
    _load("polars")  # which it needs, and only asks for when it blocks
    goldenmatch = _load("goldenmatch")
    table = pq.read_table(source, columns=["id", "title"])
    result = goldenmatch.dedupe_df(table.select(["title"]))
    edges = (
        (cluster["members"][0], member)
        for cluster in result.clusters.values()
        for member in cluster["members"][1:]
    )
    return _table(table["id"].to_numpy(), _join(len(table), edges))


PEERS: dict[str, Callable[[Path], pa.Table]] = {
    "pandas": label_pandas,
    "daft": label_daft,
    "rensa": label_rensa,
    "datasketch": label_datasketch,
    "goldenmatch": label_goldenmatch,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("name", choices=sorted(PEERS))
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    given = parser.parse_args(arguments)
    pq.write_table(PEERS[given.name](given.source), given.target)


def _load(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise SystemExit(
            f"{package} is {NOT_INSTALLED} ({error}); it comes with the bench extra: {REMEDY}"
        ) from error


def _read(source: Path) -> tuple[Labels, list[str]]:
    table = pq.read_table(source, columns=["id", "title", "abstract"])
    titles, abstracts = table["title"].to_pylist(), table["abstract"].to_pylist()
    texts = [f"{title} {abstract}" for title, abstract in zip(titles, abstracts, strict=True)]
    return table["id"].to_numpy(), texts


def _shingle(text: str, words: int) -> list[bytes]:
    tokens = re.findall(r"\w+", text.casefold())
    return [
        " ".join(tokens[start : start + words]).encode()
        for start in range(max(1, len(tokens) - words + 1))
    ]


def _mix(columns: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """One 64-bit key a row; a multiply and a shift a column, as in Fibonacci hashing."""
    key = np.zeros(len(columns), np.uint64)
    for column in columns.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key


def _runs(keys: npt.NDArray[np.uint64]) -> tuple[Labels, npt.NDArray[np.bool_]]:
    """The order that sorts keys, and where in it a new key starts."""
    order = np.argsort(keys)
    ranked = keys[order]
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = ranked[1:] != ranked[:-1]
    return order, starts


def _join(size: int, edges: Iterable[tuple[int, int]]) -> Labels:
    pairs = np.fromiter((end for edge in edges for end in edge), np.int64).reshape(-1, 2)
    return _components(size, pairs[:, 0], pairs[:, 1])


def _components(size: int, left: Labels, right: Labels) -> Labels:
    sparse = _load("scipy.sparse")
    graph = sparse.coo_array((np.ones(len(left), np.bool_), (left, right)), shape=(size, size))
    return _load("scipy.sparse.csgraph").connected_components(graph, directed=False)[1]


def _table(ids: Labels, labels: Labels) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "label": pa.array(labels, pa.int64())})


if __name__ == "__main__":
    main()
