"""The match index: what deduplication remembers of all records, so that a day costs a day.

Data flow: signatures, edges and memberships of nodes <-> one RocksDB store in the lake's folder.

Everything in it follows from cleaned_records and the corrections. It is disposable: where it is
missing, damaged or out of step with the lake, it is made again, with the same papers. One batch is
one atomic write, so that no crash leaves half of one.

A node stands for all records that are copies of one another. Node numbers say in which order nodes
came; nothing that leaves this package depends on them.

Measured with 1 million records on two cores (12,000 look-ups / 12,000 inserts, ms, durable):
RocksDB 48 / 11, LMDB 13 / 190, and a merge of 1,200 rows into a Lance table 80-200.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from rocksdict import (
    AccessType,
    BlockBasedOptions,
    DBCompressionType,
    Options,
    Rdict,
    SstFileWriter,
    WriteBatch,
    WriteOptions,
)

from paper_pipeline.dedup.candidates import MOST_NODES_A_KEY
from paper_pipeline.dedup.signatures import ROW, SIGNATURE_VERSION, Signatures, join_strings
from paper_pipeline.lake.store import LakeError

# Each kind of entry, by the first byte of its key.
STATE, ARXIV, EDGES, NODE_OF_KEY = b"0", b"a", b"e", b"h"
BLOCK, MEMBERS, NODE, PAPER, RECORD = b"k", b"m", b"n", b"p", b"r"
EDGE = np.dtype([("node", "<u4"), ("log_odds", "<f4")])
# In place of the nodes of a block key that too many nodes hold: this, and their count.
COMMON = 0xFFFFFFFF
# Layout of the entries; a store of another layout is made again.
LAYOUT = 2
BULK_FILE = "bulk.sst"


class IndexUnusableError(RuntimeError):
    """The index is missing, damaged or of another layout."""


@dataclass(frozen=True, slots=True)
class State:
    """What an index covers.

    Attributes:
        records, nodes: How many it holds.
        next_node: The number that the next node gets.
        stamp: Version and commit of each table that it is in step with.
        corrections: The corrections in force, as corrections.to_json gives them.
        layout, signature_version, cap: What its entries were made with.
    """

    records: int = 0
    nodes: int = 0
    next_node: int = 0
    stamp: Mapping[str, Sequence[Any]] | None = None
    corrections: Sequence[Any] = ()
    layout: int = LAYOUT
    signature_version: int = SIGNATURE_VERSION
    cap: int = MOST_NODES_A_KEY


class MatchIndex:
    """A store of nodes. Without a folder it is empty, takes no writes, and answers so."""

    def __init__(
        self, folder: Path | None = None, *, create: bool = False, read_only: bool = False
    ):
        self.folder = folder
        self._store: Rdict | None = None
        self.state = State()
        if folder is None:
            return
        if not create and not (folder / "CURRENT").is_file():
            raise IndexUnusableError(f"{folder}: there is no index")
        try:
            access = AccessType.read_only() if read_only else AccessType.read_write()
            # Of a store that exists rocksdict takes the options from disk, and loses the Bloom
            # filter, unless they are given for the column family: 12 µs a look-up in place of 1.
            families = {"default": _options()}
            self._store = Rdict(str(folder), _options(), families, access_type=access)
        except Exception as error:  # rocksdict raises nothing narrower
            if "lock" in str(error).lower():
                raise LakeError(
                    f"{folder}: another process holds the match index ({error}); end it, or wait"
                ) from error
            raise IndexUnusableError(f"{folder}: {error}") from error
        found = self.get([STATE])[0]
        if found is None:
            if create:
                return
            raise IndexUnusableError(f"{folder}: its state is missing")
        try:
            self.state = State(**json.loads(found))
        except (ValueError, TypeError) as error:
            raise IndexUnusableError(f"{folder}: its state cannot be read: {error}") from error
        expected = State()
        for name in ("layout", "signature_version", "cap"):
            if getattr(self.state, name) != getattr(expected, name):
                raise IndexUnusableError(
                    f"{folder}: expected {name} {getattr(expected, name)}, found "
                    f"{getattr(self.state, name)}"
                )

    def close(self) -> None:
        """Lets go of the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of keys, None where there is none."""
        if self._store is None or not keys:
            return [None] * len(keys)
        try:
            return list(self._store.get(list(keys)) or [])
        except Exception as error:  # rocksdict raises nothing narrower
            raise IndexUnusableError(f"{self.folder}: {error}") from error

    def write(self, entries: Mapping[bytes, bytes | None], state: State) -> None:
        """Writes entries (None deletes) and the state: all of it or nothing, and durably."""
        store = self._writable()
        batch = WriteBatch(raw_mode=True)
        for key, value in entries.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(STATE, json.dumps(asdict(state)).encode())
        options = WriteOptions()
        options.sync = True
        store.write(batch, options)
        self.state = state

    def load(self, entries: Iterable[tuple[bytes, bytes | None]], state: State) -> None:
        """Fills a new index with entries that come in the order of their keys."""
        store = self._writable()
        path = str(self.folder / BULK_FILE)  # type: ignore[operator]
        writer = SstFileWriter(_options())
        writer.open(path)
        writer[STATE] = json.dumps(asdict(state)).encode()
        for key, value in entries:
            if value is not None:
                writer[key] = value
        writer.finish()
        store.ingest_external_file([path])
        Path(path).unlink(missing_ok=True)
        self.state = state

    def items(self, kind: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All entries of a kind, in order of their keys, the kind left out of them."""
        if self._store is None:
            return
        cursor = self._store.iter()
        cursor.seek(kind)
        while cursor.valid():
            key = cursor.key()
            if key[:1] != kind:
                return
            yield key[1:], cursor.value()
            cursor.next()
        try:
            cursor.status()  # damage ends an iterator like the end does
        except Exception as error:  # rocksdict raises nothing narrower
            raise IndexUnusableError(f"{self.folder}: {error}") from error

    def _writable(self) -> Rdict:
        if self._store is None:
            raise IndexUnusableError("this index has no store to write to")
        return self._store

    # -- typed look-ups; n is the number of things asked for

    def find_nodes(self, node_keys: np.ndarray) -> np.ndarray:
        """(n,) node numbers of node keys, -1 where there is none."""
        if self._store is None:
            return np.full(len(node_keys), -1, np.int64)
        return self._numbers([NODE_OF_KEY + key for key in split(node_keys)])

    def find_nodes_of_records(self, record_ids: Sequence[str]) -> np.ndarray:
        """(n,) node numbers of records, -1 for unknown records."""
        if self._store is None:
            return np.full(len(record_ids), -1, np.int64)
        return self._numbers([RECORD + record_id.encode() for record_id in record_ids])

    def find_holders(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which nodes hold block keys.

        Returns:
            (n,) how many nodes hold each key; and the nodes of those that are not too common, as
            (h,) places in `keys` and (h,) node numbers.
        """
        if self._store is None:
            return np.zeros(len(keys), np.int64), np.empty(0, np.int64), np.empty(0, np.uint32)
        found = self.get([BLOCK + key for key in split(keys.astype(">u4"))])
        lengths = np.array([0 if value is None else len(value) // 4 for value in found], np.int64)
        nodes = np.frombuffer(b"".join(value for value in found if value), "<u4")
        places = np.repeat(np.arange(len(keys)), lengths)
        counts = lengths.copy()
        starts = np.cumsum(lengths) - lengths
        held = np.flatnonzero(lengths)
        common = held[nodes[starts[held]] == COMMON]
        counts[common] = nodes[starts[common] + 1]
        rare = np.ones(len(nodes), bool)
        rare[starts[common]] = rare[starts[common] + 1] = False
        return counts, places[rare], nodes[rare]

    def find_arxiv_nodes(self, arxiv_ids: Sequence[str]) -> list[np.ndarray]:
        """For each arXiv id the nodes that carry it."""
        found = self.get([ARXIV + arxiv_id.encode() for arxiv_id in arxiv_ids])
        return [np.frombuffer(value or b"", "<u4") for value in found]

    def read_edges(self, nodes: np.ndarray) -> list[np.ndarray]:
        """For each node its accepted pairs, as arrays of EDGE."""
        found = self.get([EDGES + node for node in split(nodes.astype(">u4"))])
        return [np.frombuffer(value or b"", EDGE) for value in found]

    def read_members(self, nodes: np.ndarray) -> list[list[str]]:
        """For each node the ids of its records."""
        found = self.get([MEMBERS + node for node in split(nodes.astype(">u4"))])
        return [value.decode().split("\n") if value else [] for value in found]

    def read_signatures(self, nodes: np.ndarray) -> Signatures:
        """The signatures of nodes, all of which there must be."""
        found = self.get([NODE + node for node in split(nodes.astype(">u4"))])
        missing = [int(n) for n, value in zip(nodes, found, strict=True) if value is None]
        if missing:
            raise IndexUnusableError(f"{self.folder}: nodes {missing[:5]} have no signature")
        return unpack_signatures([value for value in found if value is not None])

    def find_holders_by_scan(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The nodes of keys that were too common to be listed: (h,) keys and (h,) nodes.

        Reads every node; needed only where records have gone.
        """
        wanted = np.sort(keys)
        found_keys: list[np.ndarray] = []
        found_nodes: list[np.ndarray] = []
        start = cast("Mapping[str, tuple[Any, int]]", ROW.fields)["keys"][1]
        end = start + ROW["keys"].itemsize
        for key, value in self.items(NODE):
            held = np.frombuffer(value[start:end], "<u4")
            hits = held[np.isin(held, wanted)]
            if len(hits):
                found_keys.append(np.unique(hits))
                node = int.from_bytes(key, "big")
                found_nodes.append(np.full(len(found_keys[-1]), node, np.uint32))
        none = np.empty(0, np.uint32)
        return np.concatenate([*found_keys, none]), np.concatenate([*found_nodes, none])

    def _numbers(self, keys: list[bytes]) -> np.ndarray:
        return np.array(
            [-1 if v is None else int.from_bytes(v, "little") for v in self.get(keys)], np.int64
        )


def split(values: np.ndarray) -> list[bytes]:
    """The bytes of each element."""
    data, size = np.ascontiguousarray(values).tobytes(), values.dtype.itemsize
    return [data[i : i + size] for i in range(0, len(data), size)]


def pack_signatures(signatures: Signatures) -> list[bytes]:
    """Each signature as bytes: its row, the arXiv id between its length and the title."""
    rows = split(signatures.rows)
    ids = [(i or "").encode() for i in signatures.arxiv_ids.to_pylist()]
    titles = signatures.titles.to_pylist()
    return [
        row + bytes((len(i),)) + i + title.encode()
        for row, i, title in zip(rows, ids, titles, strict=True)
    ]


def unpack_signatures(packed: Sequence[bytes]) -> Signatures:
    """The inverse of pack_signatures."""
    size = ROW.itemsize
    rows = np.frombuffer(b"".join([value[:size] for value in packed]), ROW)
    after = [size + 1 + value[size] for value in packed]
    ids = [value[size + 1 : end] for value, end in zip(packed, after, strict=True)]
    titles = [value[end:] for value, end in zip(packed, after, strict=True)]
    return Signatures(rows, join_strings(titles), join_strings(ids, empty_is_null=True))


def replace_index(folder: Path, replacement: Path) -> None:
    """Puts a closed index in the place of another."""
    beside = folder.with_suffix(".old")
    shutil.rmtree(beside, ignore_errors=True)
    if folder.exists():  # a reader may hold it open, and writes its log into it
        folder.rename(beside)
    replacement.rename(folder)
    shutil.rmtree(beside, ignore_errors=True)


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_compression_type(DBCompressionType.zstd())
    options.set_keep_log_file_num(2)
    options.set_max_total_wal_size(64 << 20)
    blocks = BlockBasedOptions()
    blocks.set_bloom_filter(8, False)
    blocks.set_block_size(4096)
    options.set_block_based_table_factory(blocks)
    return options
