"""The database: a release as one SQLite file, searched by full text and browsed with Datasette.

Data flow: papers.parquet, records.parquet -> papers.db.

- `papers`: a row a paper, the oldest first, so that a greater rowid is a newer paper. Lists that
  Datasette counts as facets are JSON arrays; authors, names and keyphrases are texts to be read.
- `papers_fts`: FTS5 over title, abstract, authors, names, keywords and facets, as they are in
  `papers`. Facets are what searches filter by, with or without code and sizes of models to one
  digit, as words that nobody types.
- `newest_fts`: the same of the newest papers alone, searched first (see reader/search.py).
  Keyphrases are cut from title and abstract and would add nothing. Words are stemmed (`porter`):
  426 papers of real listings say `LLMs` 687 times and `LLM` 276 times, `quantization` 62 times and
  `quantized` 30 times. The price is that `general` finds `generation`.
- `names`: a name of a kind that papers mention, and how many do; `mentions`: which ones do;
  `name_months`: how many of each month.
- `records`: where each paper's records stand in the dumps.

The same content gives the same bytes, however the rows are cut into batches. What SQLite lets a
build choose is set here, and what its versions do differently is evened out: VACUUM lays out all
pages anew, which depends on the rows alone; bytes of pages that nothing uses are made zero; the
version of the library that wrote (bytes 96 to 99) and the counter of changes (24 to 27, and 92 to
95), which no reader of a finished file asks for, are overwritten. SQLite 3.40.1 and 3.51.1 wrote
the same 294 MB.

Rows come in batches: memory holds the cache of SQLite, the hash that FTS5 collects words in, and
the names of every paper.

How it is searched belongs in reader/search.py, how it is shown in reader/explore.py.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import reduce
from operator import attrgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.published.database import (
    CODE_FACET,
    ENOUGH_NEWEST,
    FACET_SIGN,
    MADE_COLUMNS,
    MOST_NEWEST,
    NEWEST_SHARE,
    SCHEMA_VERSION,
    SIZE_STEPS,
    TOKENIZER,
    WEIGHTS,
)
from paper_pipeline.vocabulary import KIND_BY_COLUMN, MENTION_KINDS, NAME_KINDS, classify_sizes

# What becomes Python values at a time.
ROWS_PER_INSERT = 5_000
CACHE_KIB = 65_536
# What FTS5 collects before it writes a segment. Segments are merged once, at the end, and not in
# between as they would be by default.
FTS_HASH_BYTES = 1 << 26
FTS_MOST_SEGMENTS = 1_999
PAGE_BYTES = 8_192
PAGES_PER_READ = 1_024
# First bytes of the pages that are nodes of a B-tree, and how long the header is that they begin.
# The other pages begin with the number of a page, which is less than 2**24.
NODE_HEADERS = {2: 12, 5: 12, 10: 8, 13: 8}
FILE_HEADER_BYTES = 100
CHANGE_COUNTER = (1).to_bytes(4, "big")
# Written as the version of the library: the first with all that is used (JSON is built in).
LIBRARY_VERSION = (3_038_000).to_bytes(4, "big")

# What is filtered and counted stands before the long texts, which may take pages of their own.
PAPER_COLUMNS = {
    "paper_id": "TEXT NOT NULL PRIMARY KEY",
    "title": "TEXT NOT NULL",
    "dated_on": "TEXT",
    "month": "TEXT NOT NULL",
    "upvotes": "INTEGER",
    "has_code": "INTEGER NOT NULL",
    "parameter_count_min": "INTEGER",
    "parameter_count_max": "INTEGER",
    "parameter_counts": "TEXT NOT NULL",
    "size_class": "TEXT",
    "language": "TEXT",
    **dict.fromkeys(KIND_BY_COLUMN, "TEXT NOT NULL"),
    "code_repositories": "TEXT NOT NULL",
    "code_url": "TEXT",
    "project_page_url": "TEXT",
    "arxiv_id": "TEXT",
    "authors": "TEXT NOT NULL",
    "author_count": "INTEGER",
    "organisation": "TEXT",
    "published_on": "TEXT",
    "first_listed_on": "TEXT",
    "last_listed_on": "TEXT",
    "comment_count": "INTEGER",
    "github_star_count": "INTEGER",
    "record_count": "INTEGER NOT NULL",
    "abstract": "TEXT",
    "names": "TEXT NOT NULL",
    "keyphrases": "TEXT NOT NULL",
    "keywords": "TEXT NOT NULL",
    "ai_summary": "TEXT",
    "facets": "TEXT NOT NULL",
}
_JSON_COLUMNS = (*KIND_BY_COLUMN, "code_repositories", "keywords")
_COPIED_COLUMNS = tuple(
    column for column in PAPER_COLUMNS if column not in _JSON_COLUMNS and column not in MADE_COLUMNS
)
SOURCE_COLUMNS = (
    *_COPIED_COLUMNS,
    *_JSON_COLUMNS,
    "authors",
    "keyphrases",
    "links",
    "parameter_counts",
    "code_repository_url",
)
RECORD_COLUMNS = {
    "record_id": "TEXT NOT NULL PRIMARY KEY",
    "paper_id": "TEXT NOT NULL REFERENCES papers(paper_id)",
    "title": "TEXT",
    "listed_on": "TEXT",
    "decision": "TEXT",
    "matched_record_id": "TEXT REFERENCES records(record_id)",
    "match_score": "REAL",
    "reason": "TEXT",
    "dump_id": "TEXT NOT NULL",
    "entry_index": "INTEGER",
    "byte_start": "INTEGER",
    "byte_end": "INTEGER",
}
_SETTINGS = f"""
    PRAGMA page_size = {PAGE_BYTES};
    PRAGMA encoding = 'UTF-8';
    PRAGMA auto_vacuum = NONE;
    PRAGMA secure_delete = ON;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = OFF;
    PRAGMA cache_size = -{CACHE_KIB};
    PRAGMA user_version = {SCHEMA_VERSION};
"""
_NAME_TABLES = """
    CREATE TABLE names (
        name_id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        paper_count INTEGER NOT NULL
    );
    CREATE TABLE mentions (
        name_id INTEGER NOT NULL REFERENCES names(name_id),
        paper_id TEXT NOT NULL REFERENCES papers(paper_id),
        PRIMARY KEY (name_id, paper_id)
    ) WITHOUT ROWID;
    CREATE TABLE name_months (
        name_id INTEGER NOT NULL REFERENCES names(name_id),
        month TEXT NOT NULL,
        paper_count INTEGER NOT NULL,
        PRIMARY KEY (name_id, month)
    ) WITHOUT ROWID;
"""
_PAPER_INDICES = """
    CREATE INDEX papers_by_day ON papers (dated_on);
    CREATE INDEX papers_by_month ON papers (month);
    CREATE INDEX papers_by_size_class ON papers (size_class);
    CREATE INDEX papers_by_size ON papers (parameter_count_max, parameter_count_min);
"""
_NAME_INDICES = """
    CREATE INDEX names_by_name ON names (name COLLATE NOCASE, kind);
    CREATE INDEX names_by_count ON names (kind, paper_count);
"""

Ints = npt.NDArray[np.int64]


def oldest_first(papers: pa.Table) -> pa.Array:
    """The paper_id of papers in the order of the table `papers`.

    Args:
        papers: At least the columns paper_id, published_on and first_listed_on.
    """
    days = pc.coalesce(papers["published_on"], papers["first_listed_on"])
    order = pc.sort_indices(
        pa.table({"day": days, "paper_id": papers["paper_id"]}),
        sort_keys=[("day", "ascending", "at_start"), ("paper_id", "ascending")],
    )
    return papers["paper_id"].take(order).combine_chunks()


def write_database(
    papers: pa.RecordBatchReader, records: pa.RecordBatchReader | None, path: Path
) -> None:
    """Writes a release as a SQLite database, over what is there.

    Args:
        papers: Rows of papers.parquet, the oldest first (see oldest_first); at least
            SOURCE_COLUMNS.
        records: Rows of records.parquet, sorted by record_id; at least RECORD_COLUMNS. None: no
            lineage.
        path: The file.

    Raises:
        ValueError: A column is missing, rows are in another order, or two are the same paper or the
            same record.
        OSError: The file cannot be written.
    """
    _require(papers, SOURCE_COLUMNS, "papers")
    if records is not None:
        _require(records, tuple(RECORD_COLUMNS), "records")
    path.unlink(missing_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    # One transaction for all; sqlite3 itself would begin another one at the first insert.
    with closing(sqlite3.connect(draft, isolation_level=None)) as database:
        database.executescript(_SETTINGS)
        database.execute("BEGIN")
        named = _write_papers(database, papers)
        _index_texts(database)
        _write_names(database, named)
        if records is not None:
            _write_records(database, records)
        _run(database, _NAME_INDICES)
        database.execute("COMMIT")
        database.execute("VACUUM INTO ?", (str(path),))
    draft.unlink()
    _even_out(path)


def _require(rows: pa.RecordBatchReader, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in rows.schema.names]
    if missing:
        raise ValueError(
            f"expected {name} with the columns of a release, found none named "
            f"{', '.join(missing)}; write the database from the tables of the same release"
        )


def _even_out(path: Path) -> None:
    """Overwrites what depends on the library that wrote, not on what was written."""
    with path.open("r+b") as file:
        for offset, value in ((24, CHANGE_COUNTER), (92, CHANGE_COUNTER), (96, LIBRARY_VERSION)):
            file.seek(offset)
            file.write(value)
        file.seek(0)
        offset, skipped = 0, FILE_HEADER_BYTES
        while pages := file.read(PAGE_BYTES * PAGES_PER_READ):
            for start in range(0, len(pages), PAGE_BYTES):
                unused, end = _unused(pages[start : start + PAGE_BYTES], skipped)
                if any(pages[start + unused : start + end]):
                    file.seek(offset + start + unused)
                    file.write(bytes(end - unused))
                skipped = 0
            offset += len(pages)
            file.seek(offset)


def _unused(page: bytes, skipped: int) -> tuple[int, int]:
    """Where a node of a B-tree has nothing: between the places of its cells and the first cell.

    As the file format has it (https://www.sqlite.org/fileformat2.html#b_tree_pages).
    """
    header = NODE_HEADERS.get(page[skipped])
    if header is None:
        return 0, 0
    cells = int.from_bytes(page[skipped + 3 : skipped + 5], "big")
    return skipped + header + 2 * cells, int.from_bytes(page[skipped + 5 : skipped + 7], "big")


# --- Papers -------------------------------------------------------------------------------------


def _write_papers(database: sqlite3.Connection, papers: pa.RecordBatchReader) -> pa.Table:
    """Writes the papers and returns which names each of them mentions."""
    _create(database, "papers", PAPER_COLUMNS)
    _run(database, _PAPER_INDICES)
    kept = ["paper_id", "month", *KIND_BY_COLUMN]
    named = [pa.schema([papers.schema.field(name) for name in kept]).empty_table()]
    keys = _Ascending("papers", "the oldest first, then by paper_id")
    for batch in papers:
        columns = {"paper_id": batch["paper_id"], **_paper_columns(batch)}
        days = pc.fill_null(columns["dated_on"], "")
        keys.require(pc.binary_join_element_wise(days, batch["paper_id"], " "))
        _insert(database, "papers", PAPER_COLUMNS, columns)
        named.append(pa.Table.from_batches([batch.select(kept)]))
    return pa.concat_tables(named).combine_chunks()


class _Ascending:
    """Makes sure that rows come in order, and none twice."""

    def __init__(self, name: str, order: str):
        self._name, self._order = name, order
        self._last = pa.array([], pa.string())

    def require(self, keys: pa.Array) -> None:
        """Takes the keys of the next rows, as texts.

        Raises:
            ValueError: One does not come after the one before it.
        """
        keys = pa.concat_arrays([self._last, keys])
        self._last = keys.slice(max(0, len(keys) - 1))
        is_next = pc.less(keys.slice(0, max(0, len(keys) - 1)), keys.slice(1))
        if (place := pc.index(is_next, False).as_py()) >= 0:
            raise ValueError(
                f"expected {self._name}, {self._order}, each once; found {keys[place + 1]} "
                f"right after {keys[place]}; sort them, and see why any stands twice"
            )


def _run(database: sqlite3.Connection, statements: str) -> None:
    """Runs statements; `executescript` would commit first."""
    for statement in filter(str.strip, statements.split(";")):
        database.execute(statement)


def _create(database: sqlite3.Connection, table: str, columns: dict[str, str]) -> None:
    # Datasette shows this text to people.
    lines = ",\n".join(f"    {name} {kind}" for name, kind in columns.items())
    database.execute(f"CREATE TABLE {table} (\n{lines}\n)")


def _insert(
    database: sqlite3.Connection,
    table: str,
    columns: Mapping[str, str],
    values: Mapping[str, pa.Array],
) -> None:
    """Inserts rows, a few thousand Python values at a time."""
    places = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table} VALUES ({places})"  # noqa: S608 -- names of our own
    for start in range(0, len(values[next(iter(columns))]), ROWS_PER_INSERT):
        rows = (values[name].slice(start, ROWS_PER_INSERT).to_pylist() for name in columns)
        try:
            database.executemany(insert, zip(*rows, strict=True))
        except sqlite3.IntegrityError as error:
            raise ValueError(
                f"expected every key of {table} once, found one again ({error}); "
                f"see why it stands twice in {table}.parquet"
            ) from error


def _paper_columns(rows: pa.RecordBatch) -> dict[str, pa.Array]:
    """The columns of `papers` of a batch of papers."""
    phrases = rows["keyphrases"]
    texts = _lists_like(phrases, phrases.flatten().field("phrase"))
    code_url = pc.coalesce(rows["code_repository_url"], _first_code_url(rows["links"]))
    # A family says what its models say.
    names = (_joined(rows[kind.column], ", ") for kind in MENTION_KINDS)
    return {
        **{column: _plain(rows[column]) for column in _COPIED_COLUMNS},
        **{column: _json_arrays(rows[column]) for column in _JSON_COLUMNS},
        "dated_on": _plain(pc.coalesce(rows["published_on"], rows["first_listed_on"])),
        "has_code": pc.is_valid(code_url).cast(pa.int8()),
        "code_url": code_url,
        "parameter_counts": _json_numbers(rows["parameter_counts"]),
        "size_class": _size_classes(rows["parameter_count_max"]),
        "authors": _joined(rows["authors"], ", "),
        "names": reduce(_append, names),
        "keyphrases": _joined(texts, ", "),
        "facets": _facets(rows["parameter_counts"], code_url),
    }


def _plain(column: pa.Array) -> pa.Array:
    """Days as texts, all else as it is."""
    return column.cast(pa.string()) if pa.types.is_date(column.type) else column


def _size_classes(counts: pa.Array) -> pa.Array:
    names = classify_sizes(pc.fill_null(counts, 0).to_numpy())
    return pa.array(names, pa.string(), mask=counts.is_null().to_numpy(False))


def _facets(counts: pa.Array, code_url: pa.Array) -> pa.Array:
    """What papers are filtered by, as words."""
    sizes: npt.NDArray[np.int64] = pc.fill_null(counts.flatten().field("value"), 0).to_numpy()
    places = np.searchsorted(list(SIZE_STEPS.values()), sizes, side="right") - 1
    steps = pa.array([f"{FACET_SIGN}{step}" for step in SIZE_STEPS]).take(
        pa.array(np.maximum(places, 0))
    )
    code = pc.if_else(pc.is_valid(code_url), CODE_FACET, "")
    return pc.binary_join_element_wise(code, _joined(_lists_like(counts, steps), " "), " ")


def _first_code_url(links: pa.Array) -> pa.Array:
    """The first address of code that a text gives."""
    flat = links.flatten()
    is_code = pc.equal(flat.field("kind"), "code").fill_null(False)
    parents = pc.list_parent_indices(links).filter(is_code).to_numpy()
    first, places = np.unique(parents, return_index=True)
    chosen = np.zeros(len(links), np.int64)
    is_there = np.zeros(len(links), bool)
    chosen[first], is_there[first] = places, True
    return flat.field("url").filter(is_code).take(pa.array(chosen, mask=~is_there))


def _lists_like(lists: pa.Array, values: pa.Array) -> pa.Array:
    """Lists of the same lengths with other values."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _joined(lists: pa.Array, separator: str) -> pa.Array:
    return pc.fill_null(pc.binary_join(lists, separator), "")


def _append(texts: pa.Array, more: pa.Array) -> pa.Array:
    """Texts with others after them, parted by a comma where there are both."""
    both = pc.binary_join_element_wise(texts, more, ", ")
    return pc.case_when(pc.make_struct(pc.equal(more, ""), pc.equal(texts, "")), texts, more, both)


def _json_numbers(counts: pa.Array) -> pa.Array:
    """Sizes of models as JSON arrays."""
    inner = _joined(_lists_like(counts, counts.flatten().field("value").cast(pa.string())), ", ")
    return pc.binary_join_element_wise("[", inner, "]", "")


def _json_arrays(lists: pa.Array) -> pa.Array:
    """Lists of texts as JSON arrays."""
    values = lists.flatten()
    if pc.any(pc.match_substring_regex(values, r"[\x00-\x1f]")).as_py():
        # Escaping these in Arrow takes 32 passes; names that hold one are hardly ever seen.
        texts = (json.dumps(one or [], ensure_ascii=False) for one in lists.to_pylist())
        return pa.array(texts, pa.string())
    escaped = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), '"', '\\"')
    inner = _joined(_lists_like(lists, escaped), '", "')
    is_empty = pc.equal(pc.fill_null(pc.list_value_length(lists), 0), 0)
    return pc.if_else(is_empty, "[]", pc.binary_join_element_wise('["', inner, '"]', ""))


# --- Words, names, records ----------------------------------------------------------------------


def _index_texts(database: sqlite3.Connection) -> None:
    columns = ", ".join(WEIGHTS)
    for table, content in (("papers_fts", "papers"), ("newest_fts", "")):
        database.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5("
            f'{columns}, content="{content}", tokenize="{TOKENIZER}")'
        )
        command = f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)"  # noqa: S608 -- our own
        database.execute(command, ("hashsize", FTS_HASH_BYTES))
        database.execute(command, ("automerge", 0))
        database.execute(command, ("crisismerge", FTS_MOST_SEGMENTS))
    database.execute("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")
    total = database.execute("SELECT count(*) FROM papers").fetchone()[0]
    newest = min(MOST_NEWEST, int(total * NEWEST_SHARE))
    if newest >= ENOUGH_NEWEST:
        database.execute(
            f"INSERT INTO newest_fts (rowid, {columns}) "  # noqa: S608 -- names of our own
            f"SELECT rowid, {columns} FROM papers WHERE rowid > ? ORDER BY rowid",
            (total - newest,),
        )
    for table in ("papers_fts", "newest_fts"):
        database.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608


def _write_names(database: sqlite3.Connection, papers: pa.Table) -> None:
    # Papers and months are told by their places in sorted order, which is that of their texts.
    by_id = pc.sort_indices(papers["paper_id"])
    ids = papers["paper_id"].take(by_id)
    rank = np.empty(papers.num_rows, np.int64)
    rank[by_id.to_numpy()] = np.arange(papers.num_rows)
    months = pc.unique(papers["month"]).sort()
    month_of = pc.index_in(papers["month"].take(by_id), months).to_numpy()

    _run(database, _NAME_TABLES)
    next_id = 1
    for kind in sorted(NAME_KINDS, key=attrgetter("name")):
        names, pairs = _find_mentions(papers[kind.column], rank)
        if not len(names):
            continue
        name, paper = np.divmod(pairs, papers.num_rows)
        counts = np.bincount(name, minlength=len(names))
        name_ids = range(next_id, next_id + len(names))
        rows = zip(
            name_ids, [kind.name] * len(names), names.to_pylist(), counts.tolist(), strict=True
        )
        database.executemany("INSERT INTO names VALUES (?, ?, ?, ?)", rows)
        for start in range(0, len(pairs), ROWS_PER_INSERT):
            part = slice(start, start + ROWS_PER_INSERT)
            numbers, texts = (name[part] + next_id).tolist(), ids.take(pa.array(paper[part]))
            rows = zip(numbers, texts.to_pylist(), strict=True)
            database.executemany("INSERT INTO mentions VALUES (?, ?)", rows)
        cells, counts = np.unique(name * len(months) + month_of[paper], return_counts=True)
        name, month = np.divmod(cells, len(months))
        texts = months.take(pa.array(month)).to_pylist()
        rows = zip((name + next_id).tolist(), texts, counts.tolist(), strict=True)
        database.executemany("INSERT INTO name_months VALUES (?, ?, ?)", rows)
        next_id += len(names)


def _find_mentions(lists: pa.ChunkedArray, rank: Ints) -> tuple[pa.Array, Ints]:
    """The names in a column, sorted; and who mentions them, as name * papers + paper, sorted."""
    values = pa.chunked_array([chunk.flatten() for chunk in lists.chunks], lists.type.value_type)
    parents = [part + start for start, part in _parents(lists)]
    names = pc.unique(values).drop_null().sort()
    found = pc.index_in(values, names)
    is_name = found.is_valid().to_numpy()
    numbers = found.drop_null().to_numpy().astype(np.int64)
    paper = rank[np.concatenate([np.empty(0, np.int64), *parents])[is_name]]
    return names, np.unique(numbers * len(rank) + paper)


def _parents(lists: pa.ChunkedArray) -> Iterator[tuple[int, Ints]]:
    """For every chunk its first row, and of each value in it the row within the chunk."""
    start = 0
    for chunk in lists.chunks:
        yield start, pc.list_parent_indices(chunk).to_numpy()
        start += len(chunk)


def _write_records(database: sqlite3.Connection, records: pa.RecordBatchReader) -> None:
    _create(database, "records", RECORD_COLUMNS)
    keys = _Ascending("records", "sorted by record_id")
    for batch in records:
        keys.require(batch["record_id"])
        columns = {name: _plain(batch[name]) for name in RECORD_COLUMNS}
        _insert(database, "records", RECORD_COLUMNS, columns)
    database.execute("CREATE INDEX records_by_paper ON records (paper_id)")
    database.execute("CREATE INDEX records_by_match ON records (matched_record_id)")
