"""Search: finds papers in the database of a release, and says why each was found.

Data flow: words of a person, papers.db -> hits in order.

A query is words that must all occur, anywhere in title, abstract, authors, names or keywords:

    speculative decoding      both words, in any form (`decoding` finds `decode`, `decoded`)
    "speculative decoding"    the phrase
    quant*                    words that begin so
    -vision  -"in context"    papers without it, wherever in the query it stands
    GSM8K OR MATH             one or the other side; OR in capitals

Nothing else is special: `AND`, `NEAR(`, `title:` and the like are words or nothing. Capitals and
accents do not matter. `of`, `the` and the like count in phrases only, and so does `a*`, which every
paper has; but not where a query has nothing else. Of long queries the first MOST_WORDS words count.

Papers come by BM25 (Robertson and Zaragoza, 2009) as FTS5 computes it, with the weights below. In a
million papers a word like `model` stands in most, and to rank all of them would take seconds and
tell nothing. Of more papers than MOST_RANKED that match, the newest are ranked. A phrase of common
words, or what many words begin with, takes long to find in itself; therefore large releases have an
index of their newest papers too, and what matches there is all that is ranked where it is enough:

- ENOUGH_NEWEST papers, or
- SOME_NEWEST, and a phrase or beginning of the query is a dear one: DEAR_NEWEST of the newest
  papers have all its words.

What is found says when papers were left out so (Hits.only_newest); else all that match are ranked.

How the database is written belongs in release/database.py, what the two agree on in
published/database.py. Searching needs nothing but the standard library.
"""

import json
import math
import re
import sqlite3
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from paper_pipeline.published.database import (
    CODE_FACET,
    ENOUGH_NEWEST,
    FACET_SIGN,
    SCHEMA_VERSION,
    SIZE_STEPS,
    TOKENIZER,
    UNITS,
    WEIGHTS,
)
from paper_pipeline.vocabulary import KIND_BY_COLUMN, NAME_KINDS

# Around what matched, in snippets.
MARKS = ("⟦", "⟧")

MOST_WORDS = 64
# To rank a paper takes up to 5 µs, and 3 µs more where a size or benchmark is looked up.
MOST_RANKED = 5_000
SOME_NEWEST = 100
# Of a million papers a phrase takes 0.2 s to be found and weighed where a third have all its words.
DEAR_NEWEST = 3_000
# A list of rows longer than this takes longer to make than it saves.
MOST_LISTED = 50_000
# What more papers than these share does not relate them.
MOST_SHARING = 1_000
SNIPPET_WORDS = 28
_MOST_WORDS_SHOWN = 6

# Nearly every abstract has them: looking each up costs tens of milliseconds in a million papers,
# and BM25 gives them no weight. They count in phrases, and where a query has nothing else.
_STOP_WORDS = frozenset(
    "a an and are as at be by for from in is it of on or that the this to we which with".split()
)
_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*?)')
_LETTER = re.compile(r'"[a-z]"\*', re.IGNORECASE | re.ASCII)
_SIZE = re.compile(r"(?P<number>\d+(?:\.(?P<decimals>\d+))?)\s*(?P<unit>[KMBT]?)", re.IGNORECASE)
_COMPARED = re.compile(r"(?P<sign><=|>=|<|>|≤|≥|=)\s*(?P<size>.+)")
_MOST_PARAMETERS = 10**18  # within what SQLite takes for a number
_STEPS = tuple(SIZE_STEPS.values())
_BROKEN = frozenset(
    {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)


class SearchError(ValueError):
    """A search that cannot be made; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper that was found.

    Attributes:
        paper_id: Its id.
        title: Its title.
        dated_on: Day of publication, or of the first listing; None where neither is known.
        score: The greater the better; comparable within one search only.
        snippet: A piece of the abstract, what matched between MARKS.
        why: What it was found by, such as `title: decoding` or `benchmark: GSM8K`.
    """

    paper_id: str
    title: str
    dated_on: date | None
    score: float
    snippet: str
    why: tuple[str, ...]


class Hits(list[Hit]):
    """Papers that were found, the best first.

    Attributes:
        only_newest: Whether more papers may match than were ranked, which were the newest of them.
    """

    def __init__(self, hits: Iterable[Hit] = (), *, only_newest: bool = False):
        super().__init__(hits)
        self.only_newest = only_newest


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Sizes of models, in parameters, both ends included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What papers must have.

    Attributes:
        terms: What the index of words must find; none where a query is blank.
        tests: What SQLite tests each paper for, besides.
        values: The values in both, by name; `first` is the first row to look at.
    """

    terms: list[str]
    tests: list[str] = field(default_factory=list[str])
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def match(self) -> str:
        """The terms in the language of FTS5."""
        return " AND ".join(self.terms)


def search(
    path: Path,
    query: str,
    *,
    since: date | None = None,
    code: bool = False,
    benchmark: str | None = None,
    size: str | None = None,
    limit: int = 20,
) -> Hits:
    """Finds papers, the best first; the newest first where the query is blank.

    Args:
        path: The database of a release.
        query: Words, as above.
        since: Only papers of this day or later; those without a date are left out.
        code: Only papers with an address of code.
        benchmark: Only papers that name this benchmark; capitals do not matter.
        size: Only papers that state a model size within: see parse_size.
        limit: How many at most.

    Raises:
        SearchError: There is no such database, or the query or size cannot be read.
    """
    match = parse_query(query)
    sizes = parse_size(size) if size is not None else None
    benchmark = _clean(benchmark).strip() if benchmark is not None else None
    with _opened(path) as database:
        first = _find_first(database, since)
        if first is None:
            return Hits()
        wanted = _Wanted([f"({match})"] if match else [], values={"first": first})
        if code:
            _want_code(wanted)
        if benchmark is not None:
            _want_benchmark(database, benchmark, wanted)
        if sizes is not None:
            _want_size(database, sizes, wanted)
        explained: dict[int, tuple[str, list[str]]] = {}
        if match:
            rows, only_newest = _rank(database, wanted, limit)
            explained = _explain_match(database, [rowid for rowid, _ in rows], wanted.match)
        else:
            rows, only_newest = _list_newest(database, wanted, limit), False
        hits = Hits(only_newest=only_newest)
        for rowid, score in rows:
            paper = _read(database, rowid)
            snippet, why = explained.get(rowid, ("", []))
            why += _explain_filters(paper, code, benchmark, sizes)
            hits.append(_hit(paper, score, snippet, why))
        return hits


def related(path: Path, paper_id: str, limit: int = 10) -> list[Hit]:
    """Finds papers that share rare names or phrases with one, those that share most first.

    What is shared weighs its information, ln(papers / papers that have it). Of names and phrases
    that say the same in other words (`tuning`, `prompt tuning`) the rarest counts.

    Args:
        path: The database of a release.
        paper_id: The paper; `arxiv:` may be left out.
        limit: How many at most.

    Raises:
        SearchError: There is no such database, or no such paper in it.
    """
    with _opened(path) as database:
        columns = ", ".join(KIND_BY_COLUMN)
        row = database.execute(
            f"SELECT rowid, keyphrases, {columns} FROM papers WHERE paper_id IN (?, ?) LIMIT 1",  # noqa: S608
            (paper_id, f"arxiv:{paper_id}"),
        ).fetchone()
        if row is None:
            raise SearchError(
                f"expected the id of a paper in {path}, found {paper_id!r}; "
                "`paper-pipeline search` shows ids"
            )
        own, keyphrases, *lists = row
        total = database.execute("SELECT max(rowid) FROM papers").fetchone()[0]
        names = {
            (kind.name, name)
            for kind, names in zip(NAME_KINDS, lists, strict=True)
            for name in json.loads(names)
        }
        phrases = {phrase for phrase in keyphrases.split(", ") if phrase}
        phrases -= {name for _, name in names}
        shared: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
        groups = [
            *((name, _papers_with_name(database, kind, name)) for kind, name in sorted(names)),
            *((phrase, _papers_with_phrase(database, phrase)) for phrase in sorted(phrases)),
        ]
        for text, others in groups:
            if 1 < len(others) <= MOST_SHARING:
                for rowid in others:
                    shared[rowid].append((math.log(total / len(others)), text))
        shared.pop(own, None)
        scored = [(*_weigh(texts), rowid) for rowid, texts in shared.items()]
        scored.sort(key=lambda one: (-one[0], -one[2]))
        return [
            _hit(_read(database, rowid), score, "", why) for score, why, rowid in scored[:limit]
        ]


def parse_query(text: str) -> str:
    """The query in the language of FTS5; empty where the text is blank.

    Raises:
        SearchError: No word is left to look for.
    """
    cleaned = _clean(text)
    groups: list[list[str]] = [[]]
    excluded: list[str] = []
    words = 0
    for term in _TERM.finditer(cleaned):
        if term["word"] == "OR" and not term["minus"]:
            groups.append([])
            continue
        said = term["phrase"] if term["phrase"] is not None else term["word"]
        parts = said.split()[: MOST_WORDS - words]
        quoted = _quote(" ".join(parts))
        is_prefix = bool(term["star"]) or (term["phrase"] is None and said.endswith("*"))
        chosen, wanted = excluded if term["minus"] else groups[-1], quoted + "*" * is_prefix
        if quoted and wanted not in chosen:
            chosen.append(wanted)
            words += len(parts)
    # Sides of OR that say the same would be looked up as often as they stand there.
    sides = list(dict.fromkeys(" AND ".join(_telling(group)) for group in groups if group))
    if not sides:
        if cleaned.strip():
            raise SearchError(
                f"expected a word to look for, found {text[:80]!r}; "
                'write words, a "phrase" or the beginning of a word and *'
            )
        return ""
    match = " OR ".join(f"({side})" for side in sides)
    if excluded:
        match = f"({match}) NOT ({' OR '.join(excluded)})"
    return match


def _telling(terms: list[str]) -> list[str]:
    """Terms without those that nearly every paper has; all where there are no others."""
    return [
        term
        for term in terms
        if term.strip('"').casefold() not in _STOP_WORDS and not _LETTER.fullmatch(term)
    ] or terms


def parse_size(text: str) -> SizeRange:
    """Sizes of models as people write them.

    `7B` is what rounds to it, 6.5 to 7.5 billion parameters; `<=13B`, `>70B` and `1B-10B` (or
    `1-10B`) are limits. Units are K, M, B and T.

    Raises:
        SearchError: It is no size.
    """
    said = text.strip()
    if compared := _COMPARED.fullmatch(said):
        size = _SIZE.fullmatch(compared["size"])
        if size and size["unit"]:
            sign, value = compared["sign"], _value(size, "")
            return {
                "<=": SizeRange(0, value),
                "≤": SizeRange(0, value),
                "<": SizeRange(0, value - 1),
                ">=": SizeRange(value, _MOST_PARAMETERS),
                "≥": SizeRange(value, _MOST_PARAMETERS),
                ">": SizeRange(value + 1, _MOST_PARAMETERS),
                "=": SizeRange(value, value),
            }[sign]
    first, dash, second = (part.strip() for part in re.sub(r"\.\.|[–—]", "-", said).partition("-"))
    sizes = [_SIZE.fullmatch(first), _SIZE.fullmatch(second)] if dash else [_SIZE.fullmatch(first)]
    if all(sizes) and sizes[-1] and sizes[0] and sizes[-1]["unit"]:
        unit = sizes[-1]["unit"]
        if dash:
            least, most = _value(sizes[0], unit), _value(sizes[-1], unit)
            if least <= most:
                return SizeRange(least, most)
        else:
            value = _value(sizes[0], unit)
            half = max(UNITS[unit.upper()] // (2 * 10 ** len(sizes[0]["decimals"] or "")), 1)
            return SizeRange(value - half, value + half - 1)
    raise SearchError(
        f"expected a size of models such as 7B, 350M, <=13B or 1B-10B, found {text[:80]!r}"
    )


def _value(size: "re.Match[str]", unit: str) -> int:
    count = float(size["number"]) * UNITS[(size["unit"] or unit).upper()]
    return round(min(count, _MOST_PARAMETERS))


def _clean(text: str) -> str:
    """The text without what SQLite cannot take: NUL ends a query, half characters have no code."""
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    kept = (" " if unicodedata.category(sign) == "Cc" else sign for sign in whole)
    return "".join(kept).translate({ord(sign): '"' for sign in "“”„«»"})


def _quote(text: str) -> str:
    """A phrase of FTS5; empty where the text has no letter or digit, which are all it indexes."""
    if not any(unicodedata.category(sign)[0] in "LN" for sign in text):
        return ""
    return '"' + text.rstrip("*").replace('"', '""') + '"'


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    """The database, for reading only.

    Raises:
        SearchError: There is none, or it is damaged or of another version.
    """
    remedy = "publish a release again, or name another one"
    if not path.is_file():
        raise SearchError(f"expected the database of a release at {path}, found none; {remedy}")
    try:
        # Released files never change, and so need no locks.
        uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.execute("PRAGMA temp_store = MEMORY")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                raise SearchError(
                    f"expected a database of version {SCHEMA_VERSION} at {path}, "
                    f"found version {version}; {remedy}"
                )
            yield database
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _BROKEN:
            raise
        raise SearchError(
            f"expected a SQLite database at {path}, found: {error}; {remedy}"
        ) from error


def _find_first(database: sqlite3.Connection, since: date | None) -> int | None:
    """The row of the first paper of a day or later, as rows are in order of days; None without.

    FTS5 can begin at a row.
    """
    if since is None:
        return 0
    row = database.execute(
        "SELECT rowid FROM papers WHERE dated_on >= ? ORDER BY dated_on, rowid LIMIT 1",
        (since.isoformat(),),
    ).fetchone()
    return row[0] if row else None


def _want_code(wanted: _Wanted) -> None:
    if wanted.terms:
        wanted.terms.append(_has_any([CODE_FACET]))
    else:
        wanted.tests.append("papers.has_code")


def _want_benchmark(database: sqlite3.Connection, benchmark: str, wanted: _Wanted) -> None:
    named = database.execute(
        "SELECT name_id FROM names WHERE name = ? COLLATE NOCASE AND kind = 'benchmark'",
        (benchmark,),
    ).fetchall()
    mentioning = f"mentions WHERE name_id IN ({', '.join(str(one) for (one,) in named)})"
    if not wanted.terms:
        wanted.tests.append(f"papers.paper_id IN (SELECT paper_id FROM {mentioning})")  # noqa: S608
        return
    # The index of words finds the few at once; the test tells MMLU from MMLU-Pro.
    wanted.tests.append(
        f"EXISTS (SELECT 1 FROM {mentioning} AND mentions.paper_id = papers.paper_id)"  # noqa: S608
    )
    if quoted := _quote(benchmark):
        wanted.terms.append(f"names : {quoted}")


def _want_size(database: sqlite3.Connection, sizes: SizeRange, wanted: _Wanted) -> None:
    wanted.values.update(least=sizes.least, most=sizes.most)
    within = "parameter_count_max >= :least AND parameter_count_min <= :most"
    if wanted.terms:
        wanted.terms.append(_has_any(_size_facets(sizes)))
    else:
        few = f"SELECT rowid FROM papers WHERE {within}"  # noqa: S608 -- from the index alone
        some = f"SELECT count(*) FROM ({few} LIMIT {MOST_LISTED + 1})"  # noqa: S608
        if database.execute(some, wanted.values).fetchone()[0] <= MOST_LISTED:
            # Where a size is rare, opening paper after paper would take seconds.
            wanted.tests.append(f"papers.rowid IN ({few})")
    # The list is read only where the smallest size is below and the largest above.
    listed = "SELECT 1 FROM json_each(papers.parameter_counts) WHERE value BETWEEN :least AND :most"
    end_is_within = "parameter_count_min >= :least OR parameter_count_max <= :most"
    wanted.tests.append(f"{within} AND ({end_is_within} OR EXISTS ({listed}))")


def _size_facets(sizes: SizeRange) -> list[str]:
    """Facets that papers have which state a size within, and a few others."""
    first, last = (max(bisect_right(_STEPS, end) - 1, 0) for end in (sizes.least, sizes.most))
    return [f"{FACET_SIGN}{step}" for step in list(SIZE_STEPS)[first : last + 1]]


def _has_any(facets: Iterable[str]) -> str:
    """What finds papers with at least one of these, in the language of FTS5."""
    return f"facets : ({' OR '.join(map(_quote, facets))})"


def _list_newest(
    database: sqlite3.Connection, wanted: _Wanted, limit: int
) -> list[tuple[int, float]]:
    """Rows of papers, the newest first, without a score."""
    where = " AND ".join(["papers.rowid >= :first", *wanted.tests])
    rows = database.execute(
        f"SELECT rowid, 0.0 FROM papers WHERE {where} ORDER BY rowid DESC LIMIT :limit",  # noqa: S608
        {**wanted.values, "limit": limit},
    )
    return rows.fetchall()


def _rank(
    database: sqlite3.Connection, wanted: _Wanted, limit: int
) -> tuple[list[tuple[int, float]], bool]:
    """Rows of papers and their scores, the best first; and whether only the newest were ranked."""
    rows = _match(database, "newest_fts", wanted)
    only_newest = len(rows) >= ENOUGH_NEWEST or (
        len(rows) >= SOME_NEWEST and _is_dear(database, wanted.match)
    )
    if not only_newest:
        rows = _match(database, "papers_fts", wanted)
        only_newest = len(rows) >= MOST_RANKED
    return sorted(rows, key=lambda row: (-row[1], -row[0]))[:limit], only_newest


def _match(database: sqlite3.Connection, index: str, wanted: _Wanted) -> list[tuple[int, float]]:
    """Rows of the newest papers that an index finds, and their scores."""
    where = " AND ".join([f"{index} MATCH :match", f"{index}.rowid >= :first", *wanted.tests])
    # CROSS JOIN keeps SQLite from going through the papers first.
    joined = f"CROSS JOIN papers ON papers.rowid = {index}.rowid" if wanted.tests else ""
    weights = ", ".join(map(str, WEIGHTS.values()))
    rows = database.execute(
        f"SELECT {index}.rowid, -bm25({index}, {weights}) FROM {index} {joined} "  # noqa: S608
        f"WHERE {where} ORDER BY {index}.rowid DESC LIMIT {MOST_RANKED}",
        {**wanted.values, "match": wanted.match},
    )
    return rows.fetchall()


def _is_dear(database: sqlite3.Connection, match: str) -> bool:
    """Whether many of the newest papers have all words of a phrase, or a beginning of words."""
    for quoted, star in re.findall(r'"((?:[^"]|"")*)"(\*?)', match):
        words = [f'"{word}"' for word in re.split(r"[\W_]+", quoted) if word]
        if star or len(words) > 1:
            [count] = database.execute(
                "SELECT count(*) FROM (SELECT 1 FROM newest_fts WHERE newest_fts MATCH ? LIMIT ?)",
                (" AND ".join(words) + star, DEAR_NEWEST),
            ).fetchone()
            if count >= DEAR_NEWEST:
                return True
    return False


def _read(database: sqlite3.Connection, rowid: int) -> dict[str, Any]:
    found = database.execute(
        "SELECT paper_id, title, dated_on, abstract, benchmarks, parameter_counts, "
        "code_repositories, code_url FROM papers WHERE rowid = ?",
        (rowid,),
    )
    columns = [column for column, *_ in found.description]
    return dict(zip(columns, found.fetchone(), strict=True))


def _hit(paper: dict[str, Any], score: float, snippet: str, why: Sequence[str]) -> Hit:
    dated_on = date.fromisoformat(paper["dated_on"]) if paper["dated_on"] else None
    words = (paper["abstract"] or "").split()
    beginning = " ".join(words[:SNIPPET_WORDS]) + "…" * (len(words) > SNIPPET_WORDS)
    return Hit(paper["paper_id"], paper["title"], dated_on, score, snippet or beginning, tuple(why))


def _explain_match(
    database: sqlite3.Connection, rowids: Sequence[int], match: str
) -> dict[int, tuple[str, list[str]]]:
    """Snippets of papers, and by column the words that matched.

    FTS5 looks for words and phrases anew for every paper that is explained, which of a million
    takes longer than to index the few again.
    """
    columns = ", ".join(WEIGHTS)
    database.execute(
        f'CREATE VIRTUAL TABLE temp.found USING fts5({columns}, tokenize="{TOKENIZER}")'
    )
    database.executemany(
        f"INSERT INTO temp.found (rowid, {columns}) "  # noqa: S608
        f"SELECT rowid, {columns} FROM papers WHERE rowid = ?",
        ((rowid,) for rowid in rowids),
    )
    shown = [column for column in WEIGHTS if column != "facets"]
    marked = ", ".join(f"highlight(found, {place}, ?1, ?2)" for place in range(len(shown)))
    explained: dict[int, tuple[str, list[str]]] = {}
    between = re.compile(f"{MARKS[0]}(.*?){MARKS[1]}", re.DOTALL)
    for rowid, snippet, *texts in database.execute(
        f"SELECT rowid, snippet(found, 1, ?1, ?2, '…', {SNIPPET_WORDS}), {marked} "  # noqa: S608
        "FROM temp.found WHERE found MATCH ?3",
        (*MARKS, match),
    ):
        why: list[str] = []
        for column, text in zip(shown, texts, strict=True):
            words = {word.casefold(): word for word in reversed(between.findall(text or ""))}
            if words:
                why.append(
                    f"{column}: " + ", ".join([*reversed(words.values())][:_MOST_WORDS_SHOWN])
                )
        explained[rowid] = (snippet or "", why)
    return explained


def _explain_filters(
    paper: dict[str, Any], code: bool, benchmark: str | None, sizes: SizeRange | None
) -> list[str]:
    """The values that let a paper pass."""
    why: list[str] = []
    if code:
        why.append(
            "code: " + ", ".join(json.loads(paper["code_repositories"]) or [paper["code_url"]])
        )
    if benchmark is not None:
        named = [n for n in json.loads(paper["benchmarks"]) if n.casefold() == benchmark.casefold()]
        why.append("benchmark: " + ", ".join(named or [benchmark]))
    if sizes is not None:
        counts = json.loads(paper["parameter_counts"])
        within = sorted({count for count in counts if sizes.least <= count <= sizes.most})
        why.append("size: " + ", ".join(map(format_size, within)))
    return why


def format_size(count: int) -> str:
    """A number of parameters for people: 7B, 1.5B, 350M."""
    for unit, value in sorted(UNITS.items(), key=lambda item: -item[1]):
        if count >= value:
            return f"{count / value:.4g}{unit}"
    return str(count)


def _papers_with_name(database: sqlite3.Connection, kind: str, name: str) -> list[int]:
    """Rows of the papers that mention a name; none where they are too many."""
    rows = database.execute(
        "SELECT papers.rowid FROM names JOIN mentions USING (name_id) JOIN papers USING (paper_id) "
        "WHERE names.name = ? COLLATE NOCASE AND names.kind = ? AND names.name = ? "
        "AND names.paper_count <= ?",
        (name, kind, name, MOST_SHARING),
    )
    return [rowid for (rowid,) in rows]


def _papers_with_phrase(database: sqlite3.Connection, phrase: str) -> list[int]:
    """Rows of the papers whose title or abstract has a phrase; one too many where too many."""
    quoted = _quote(_clean(phrase))
    if not quoted:
        return []
    rows = database.execute(
        "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? LIMIT ?",
        (f"{{title abstract}} : {quoted}", MOST_SHARING + 1),
    )
    return [rowid for (rowid,) in rows]


def _weigh(shared: list[tuple[float, str]]) -> tuple[float, list[str]]:
    """The sum of what each shared text adds to rarer ones, and those texts, the rarest first."""
    score, why, known = 0.0, list[str](), set[str]()
    for weight, text in sorted(shared, key=lambda one: (-one[0], -len(one[1]), one[1])):
        words = set(re.findall(r"\w+", text.casefold()))
        if not words <= known:
            score += weight
            why.append(text)
            known |= words
    return score, why
