"""Signatures: what deduplication compares of a record, computed once.

Data flow: rows of cleaned_records -> Signatures: block keys, sketches, folded titles, identifiers.

What two signatures mean for each other belongs in matching.py; the machine's side of it in
kernels.py.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Raise when a signature, or a decision on two of them, would come out otherwise: all is made again.
SIGNATURE_VERSION = 4
# Shingles kept of a text: with 64 a Jaccard of .5 is known to within about .06.
SKETCH_SIZE = 64
# Keys of the abstract, after the six of the title (kernels.fold_titles).
TITLE_KEYS, TEXT_KEYS = 6, 8
# Which of them is of the name before a colon.
NAME_KEY = 3
SURNAMES = 8
VOCABULARY_BYTES = 64
ROWS_PER_CHUNK = 16_384
NODE_KEY_BYTES = 10

ROW = np.dtype(
    [
        ("node_key", f"S{NODE_KEY_BYTES}"),
        ("keys", "<u4", TITLE_KEYS + TEXT_KEYS),
        ("sketch", "<u2", SKETCH_SIZE),
        ("sketch_length", "u1"),
        ("shingle_count", "<u2"),
        ("title_words", "u1"),
        ("vocabulary", "u1", VOCABULARY_BYTES),
        ("surnames", "<u2", SURNAMES),
        ("surname_count", "u1"),
        ("year", "<u2"),
        ("doi", "<u4"),
    ]
)


@dataclass(frozen=True)
class Signatures:
    """Signatures of n records or nodes, in columns.

    Attributes:
        rows: (n,) of ROW. `node_key` is a hash of everything below: records that share it are
            copies. `keys` are block keys, 0 where there is none. `vocabulary` is a Bloom
            filter of the abstract's longer words. Year and doi are 0 when unknown.
        titles: Folded titles, words parted by spaces.
        arxiv_ids: arXiv ids, null when unknown.
    """

    rows: np.ndarray
    titles: pa.StringArray
    arxiv_ids: pa.StringArray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: np.ndarray) -> "Signatures":
        """The signatures at these places."""
        return Signatures(
            self.rows[places],
            take_strings(self.titles, places),
            take_strings(self.arxiv_ids, places),
        )

    @cached_property
    def node_keys(self) -> np.ndarray:
        """The node keys, contiguous: (n,) of 10 bytes each."""
        return np.ascontiguousarray(self.rows["node_key"])

    def column(self, name: str) -> np.ndarray:
        """A column of the rows, contiguous; kept, for it is asked for again and again."""
        if name not in self._columns:
            self._columns[name] = np.ascontiguousarray(self.rows[name])
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {}

    @cached_property
    def arxiv_codes(self) -> np.ndarray:
        """(n,) a number for each distinct arXiv id; 0 where there is none."""
        return number_strings(self.arxiv_ids)

    @staticmethod
    def concat(parts: Sequence["Signatures"]) -> "Signatures":
        """Several one after the other."""
        if len(parts) == 1:
            return parts[0]
        return Signatures(
            np.concatenate([p.rows for p in parts]) if parts else np.empty(0, ROW),
            pa.concat_arrays([p.titles for p in parts] or [pa.nulls(0, pa.string())]),
            pa.concat_arrays([p.arxiv_ids for p in parts] or [pa.nulls(0, pa.string())]),
        )


# pa.array, pa.scalar, fill_null and to_numpy import pandas, which takes longer than a day's batch.
# So buffers are handed over here.
def _numbers(numbers: pa.Array, dtype: type[np.number]) -> np.ndarray:
    _, data = numbers.buffers()
    return np.frombuffer(data, dtype, len(numbers), numbers.offset * np.dtype(dtype).itemsize)


def join_strings(values: Sequence[bytes], *, empty_is_null: bool = False) -> pa.StringArray:
    """Strings of their UTF-8 bytes."""
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    valid = pa.py_buffer(np.packbits(lengths > 0, bitorder="little")) if empty_is_null else None
    data = pa.py_buffer(b"".join(values))
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), data, valid)


def take_strings(strings: pa.StringArray, places: np.ndarray) -> pa.StringArray:
    """The strings at these places."""
    places = np.ascontiguousarray(places, np.int64)
    return strings.take(
        pa.Int64Array.from_buffers(pa.int64(), len(places), [None, pa.py_buffer(places)])
    )


def order_keys(node_keys: np.ndarray) -> np.ndarray:
    """The order that sorts node keys; as numbers they sort ten times as fast as bytes."""
    pieces = node_keys.view(np.uint8).reshape(-1, NODE_KEY_BYTES)
    head = np.ascontiguousarray(pieces[:, :8]).view(">u8").ravel().astype(np.uint64)
    tail = np.ascontiguousarray(pieces[:, 8:]).view(">u2").ravel().astype(np.uint16)
    return np.lexsort((tail, head))


def number_strings(strings: pa.StringArray) -> np.ndarray:
    """(n,) a number for each distinct string; 0 for null."""
    if strings.null_count == len(strings):
        return np.zeros(len(strings), np.int64)
    codes = _numbers(strings.dictionary_encode(null_encoding="encode").indices, np.int32)
    return (codes.astype(np.int64) + 1) * _numbers(strings.is_valid().cast(pa.uint8()), np.uint8)


def sign_records(records: pa.Table) -> Signatures:
    """Computes the signatures of records.

    Args:
        records: Columns title and abstract, and where there are any arxiv_id, authors (a list of
            names), year (a number) or published_on (a day), and doi.

    Returns:
        Their signatures, in the same order.
    """
    wanted = ("title", "abstract", "arxiv_id", "authors", "year", "published_on", "doi")
    records = records.select([name for name in wanted if name in records.column_names])
    chunks = [
        records.slice(start, ROWS_PER_CHUNK) for start in range(0, records.num_rows, ROWS_PER_CHUNK)
    ]
    if len(chunks) < 2:
        return Signatures.concat([_sign_chunk(chunk) for chunk in chunks])
    from paper_pipeline.dedup import kernels

    kernels.fold_table()  # once, before two threads ask for it
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return Signatures.concat(list(pool.map(_sign_chunk, chunks)))


def _sign_chunk(records: pa.Table) -> Signatures:
    from paper_pipeline.dedup import kernels

    table, few = kernels.fold_table()
    n = records.num_rows
    rows = np.zeros(n, ROW)

    data, offsets = string_buffers(records["title"])
    folded = np.empty(kernels.FEW_BYTES * (int(offsets[-1]) - int(offsets[0])) + n, np.uint8)
    ends = np.empty(n + 1, np.int32)
    title_hashes, title_words = np.zeros((n, 2), np.uint64), np.zeros(n, np.uint8)
    title_keys = np.zeros((n, TITLE_KEYS), np.uint32)
    used = kernels.fold_titles(
        data, offsets, table, few, folded, ends, title_hashes, title_words, title_keys
    )
    titles = pa.StringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(folded[:used].copy()))

    data, offsets = string_buffers(records["abstract"])
    text_hashes, sketches = np.zeros((n, 2), np.uint64), np.zeros((n, SKETCH_SIZE), np.uint16)
    lengths, counts = np.zeros(n, np.uint8), np.zeros(n, np.uint16)
    text_keys = np.zeros((n, TEXT_KEYS), np.uint32)
    vocabulary = np.zeros((n, VOCABULARY_BYTES), np.uint8)
    kernels.sketch_texts(
        *(data, offsets, table, few, text_hashes, sketches, lengths, counts, text_keys),
        vocabulary,
    )

    arxiv_ids = cast("pa.StringArray", _column(records, "arxiv_id", pa.string()))
    dois = _hash(_column(records, "doi", pa.string()))
    years = _years(records)
    surnames, surname_counts = np.zeros((n, SURNAMES), np.uint16), np.zeros(n, np.uint8)
    authors = _column(records, "authors", pa.list_(pa.string()))
    if authors.null_count < n:
        names = authors.fill_null([]) if authors.null_count else authors
        data, offsets = string_buffers(names.values)
        lists = names.offsets.to_numpy(zero_copy_only=False)
        kernels.hash_surnames(data, offsets, lists, table, few, surnames, surname_counts)

    rows["keys"][:, :TITLE_KEYS], rows["keys"][:, TITLE_KEYS:] = title_keys, text_keys
    rows["sketch"], rows["sketch_length"], rows["shingle_count"] = sketches, lengths, counts
    rows["title_words"], rows["vocabulary"], rows["year"] = title_words, vocabulary, years
    rows["surnames"], rows["surname_count"] = surnames, surname_counts
    rows["doi"] = dois[:, 0] >> np.uint64(32)
    # All that a row holds must follow from its key: copies are told apart by nothing else.
    names = np.repeat(title_keys[:, NAME_KEY : NAME_KEY + 1].astype(np.uint64), 2, axis=1)
    evidence = [title_hashes, _hash(titles), names, text_hashes, _hash(arxiv_ids), dois]
    evidence += [np.repeat(years.astype(np.uint64)[:, None], 2, axis=1)]
    evidence += [surnames.view(np.uint64)[:, :2], surnames.view(np.uint64)[:, ::-1][:, :2]]
    rows["node_key"] = _node_keys(evidence)
    return Signatures(rows, titles, arxiv_ids)


def _node_keys(evidence: list[np.ndarray]) -> np.ndarray:
    """Ten bytes for each row of the hashes given: enough for 10**9 nodes without two alike."""
    hashed = np.full(evidence[0].shape, 0x9E3779B97F4A7C15, np.uint64)
    for part in evidence:
        hashed = (hashed ^ part) * np.uint64(0xFF51AFD7ED558CCD)
        hashed ^= hashed >> np.uint64(32)
        hashed *= np.uint64(0xC4CEB9FE1A85EC53)
        hashed ^= hashed >> np.uint64(29)
    pieces = np.ascontiguousarray(hashed.astype(">u8")).view(np.uint8).reshape(-1, 16)
    pieces = np.ascontiguousarray(pieces[:, :NODE_KEY_BYTES])
    return pieces.view(f"S{NODE_KEY_BYTES}").ravel()


def _column(records: pa.Table, name: str, type_: pa.DataType) -> pa.Array:
    if name not in records.column_names:
        return pa.nulls(records.num_rows, type_)
    column = records[name].combine_chunks()
    return column if column.type == type_ else column.cast(type_)


def _years(records: pa.Table) -> np.ndarray:
    if "year" in records.column_names:
        years = _column(records, "year", pa.int64())
    elif "published_on" in records.column_names:
        years = pc.year(_column(records, "published_on", pa.date32()))
    else:
        return np.zeros(records.num_rows, np.uint16)
    known = np.nan_to_num(years.to_numpy(zero_copy_only=False).astype(np.float64))
    return np.clip(known, 0, 65_535).astype(np.uint16)


def string_buffers(strings: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of strings and the offsets into them; null is an empty string."""
    if isinstance(strings, pa.ChunkedArray):
        strings = strings.combine_chunks()
    strings = strings.cast(pa.string())
    if strings.null_count:
        strings = pc.if_else(strings.is_valid(), strings, join_strings([b""] * len(strings)))
    _, offsets, data = strings.buffers()
    first, count = strings.offset, len(strings)
    if count == 0:
        return np.empty(0, np.uint8), np.zeros(1, np.int32)
    places = np.frombuffer(offsets, np.int32)[first : first + count + 1]
    if data is None:
        return np.empty(0, np.uint8), places
    return np.frombuffer(data, np.uint8), places


def _hash(strings: pa.Array) -> np.ndarray:
    from paper_pipeline.dedup import kernels

    hashes = np.zeros((len(strings), 2), np.uint64)
    if strings.null_count < len(strings):
        kernels.hash_strings(*string_buffers(strings), hashes)
    return hashes
