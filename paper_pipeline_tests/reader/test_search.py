"""Searching finds the right papers, says why, and takes whatever people type."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.reader import search as searching
from paper_pipeline.reader.search import (
    MARKS,
    SearchError,
    format_size,
    parse_query,
    parse_size,
    related,
    search,
)
from paper_pipeline.release import database
from paper_pipeline.release.source import released_schema
from paper_pipeline_tests.release.small_release import fill, write_sorted

BILLION = 10**9
PAPERS: dict[str, dict[str, Any]] = {
    "tides": {
        "title": "Tidal Attention for Long Rivers",
        "abstract": "We study attention that ebbs. Long rivers of tokens are read in one pass, "
        "with a 7B and a 70B model.",
        "authors": ["Zoë Estuary"],
        "first_listed_on": date(2025, 3, 1),
        "sizes": [7 * BILLION, 70 * BILLION],
        "benchmarks": ["RiverBench", "MMLU"],
        "keyphrases": ["tidal attention", "long rivers"],
        "code": "delta/tides",
    },
    "ferry": {
        "title": "Ferries: Crossing Long Contexts",
        "abstract": "A ferry carries attention states over tidal gaps. Tidal attention is slow, "
        "ferries are fast; attention, attention and attention again.",
        "first_listed_on": date(2025, 4, 1),
        "sizes": [13 * BILLION],
        "benchmarks": ["RiverBench-Pro"],
        "keyphrases": ["tidal attention", "ferry"],
    },
    "dams": {
        "title": "Dams and Weights: Quantising What Flows",
        "abstract": "Quantised dams hold back gradients. We release code.",
        "first_listed_on": date(2024, 1, 5),
        "published_on": date(2023, 12, 30),
        "sizes": [350_000_000],
        "models": ["Beaver-350M"],
        "benchmarks": ["MMLU"],
        "code": "lodge/dams",
    },
    "lodge": {
        "title": "The Lodge Reads Everything",
        "abstract": "Beavers compare what others built. The quantisation of dams is one example.",
        "models": ["Beaver-350M"],
        "keyphrases": ["lodge"],
    },
    "moss": {
        "title": "Moss",
        "abstract": None,
        "first_listed_on": date(2025, 4, 2),
        "keywords": ["bryophyte growth"],
    },
}
UGLY = (
    '"',
    '""',
    '"""',
    '"attention',
    'atten"tion',
    "*",
    "attention*",
    "**",
    "*attention",
    "-",
    "--",
    "-attention",
    "- attention",
    "AND",
    "OR",
    "OR OR",
    "attention OR",
    "OR attention",
    "NOT",
    "attention NOT tidal",
    "NEAR(",
    "NEAR(attention tidal, 5)",
    "title:",
    "title:attention",
    "{title abstract}: attention",
    "^attention",
    "attention + tidal",
    "(((((",
    ")",
    "a:b:c",
    "'; DROP TABLE papers; --",
    "?1 :limit @x $y",
    "%_%",
    "\\",
    "attention\0tidal",
    "\0",
    "\ud800",
    "attention\ud800",
    "\u200b",
    "\u0301",
    "e\u0301tude",
    "光",
    "Ωμέγα",
    "🦫",
    "🦫 attention",
    "“attention",
    "the",
    "of the and",
    "-the attention",
    "x" * 10_000,
    "attention " * 1_000,
    '"' + "attention " * 1_000,
    "-attention " * 1_000 + "ferry",
    "a* " * 3_000,
    " OR ".join(["attention"] * 1_000),
    "(" * 10_000,
    '"' * 10_001,
    "\n\t attention \r\n",
    "1" * 400,
    "C++ & C#",
    "7B",
    "state-of-the-art",
)


def make_row(name: str, said: dict[str, Any]) -> dict[str, Any]:
    sizes = said.get("sizes", [])
    code = said.get("code")
    names = {
        column: said[column]
        for column in ("models", "benchmarks", "keywords", "authors")
        if column in said
    }
    return {
        "paper_id": f"arxiv:{name}",
        "title": said["title"],
        "abstract": said["abstract"],
        "first_listed_on": said.get("first_listed_on"),
        "published_on": said.get("published_on"),
        "month": "unknown",
        "parameter_counts": [{"value": size} for size in sizes],
        "parameter_count_min": min(sizes, default=None),
        "parameter_count_max": max(sizes, default=None),
        "keyphrases": [{"phrase": phrase} for phrase in said.get("keyphrases", [])],
        "code_repositories": [code] if code else [],
        "links": [{"kind": "code", "url": f"https://github.com/{code}"}] if code else [],
        **names,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    write_sorted(fill(released_schema(), rows), None, path)
    return path


LANGUAGE = [f"{start}{end}" for start in ("wa", "wo", "ka", "ki") for end in "lmnrt"]


def make_many(count: int) -> list[dict[str, Any]]:
    """Rows of papers, the oldest first, in a language of few words, some of them common."""
    choose = random.Random(11)  # noqa: S311 -- not a secret
    shares = [1 / (place + 1) for place in range(len(LANGUAGE))]
    rows = []
    for number in range(count):
        sizes = sorted(
            choose.randint(1, 99) * 10 ** choose.randint(5, 11)
            for _ in range(choose.choice([0, 0, 1, 2, 3]))
        )
        said = {
            "title": " ".join(choose.choices(LANGUAGE, shares, k=choose.randint(1, 4))),
            "abstract": " ".join(choose.choices(LANGUAGE, shares, k=choose.randint(3, 40))),
            "first_listed_on": date.fromordinal(date(2024, 1, 1).toordinal() + number // 3),
            "sizes": sizes,
            "benchmarks": choose.sample(["RiverBench", "RiverBench-Pro"], choose.randint(0, 2)),
            "code": choose.choice(["", "delta/tides"]),
        }
        rows.append(make_row(f"{number:05d}", said))
    return rows


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("many") / "papers.db", make_many(300))


def rank_plainly(path: Path, query: str) -> list[tuple[str, float, str, str]]:
    """All papers that match, as FTS5 ranks and shows them: id, score, snippet, marked title."""
    weights = ", ".join(map(str, searching.WEIGHTS.values()))
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            f"SELECT paper_id, -bm25(papers_fts, {weights}) AS score, "  # noqa: S608
            f"snippet(papers_fts, 1, ?1, ?2, '…', {searching.SNIPPET_WORDS}), "
            "highlight(papers_fts, 0, ?1, ?2) FROM papers_fts JOIN papers "
            "ON papers.rowid = papers_fts.rowid WHERE papers_fts MATCH ?3 "
            "ORDER BY score DESC, papers.rowid DESC",
            (*MARKS, parse_query(query)),
        ).fetchall()


@pytest.fixture(scope="module")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a folder?with#signs%20")
    return write(folder / "papers.db", [make_row(name, said) for name, said in PAPERS.items()])


def find(path: Path, query: str, **filters: Any) -> list[str]:
    return [hit.paper_id.removeprefix("arxiv:") for hit in search(path, query, **filters)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tidal attention", ["tides", "ferry"]),
        ("ATTENTION", ["tides", "ferry"]),
        ('"tidal attention"', ["tides", "ferry"]),
        ('"attention tidal"', []),
        ("quantization", []),  # another spelling is another word
        ("quantise", ["dams", "lodge"]),
        ("quantis*", ["dams", "lodge"]),
        ("quant* -lodge", ["dams"]),
        ('dams -"back gradients"', ["lodge"]),
        ("-ferry attention", ["tides"]),
        ("ferry OR moss", ["moss", "ferry"]),
        ("tidal ebbs OR gradients", ["dams", "tides"]),
        ("ferry OR dams -moss -beavers", ["ferry"]),
        ("zoe estuary", ["tides"]),
        ("bryophyte", ["moss"]),
        ("beaver-350m", ["dams", "lodge"]),
        ("the lodge", ["lodge"]),
        ('"the lodge"', ["lodge"]),
        ('"a lodge"', []),
        ("“tidal attention” slow", ["ferry"]),
        ("attention AND tidal", ["tides", "ferry"]),  # `and` counts in phrases only
        ("nowhere", []),
        ("a*", ["tides", "ferry", "dams"]),
        ("a* OR moss", ["tides", "ferry", "dams", "moss"]),
        ("a* moss", ["moss"]),  # no word of it begins so
        ("at* moss", []),
    ],
)
def test_queries(rivers: Path, query: str, found: list[str]) -> None:
    assert sorted(find(rivers, query)) == sorted(found)


def test_a_word_in_the_title_counts_for_more(rivers: Path) -> None:
    assert find(rivers, "attention") == ["tides", "ferry"]
    scores = [hit.score for hit in search(rivers, "attention")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["moss", "ferry", "tides", "dams", "lodge"]),
        ({"since": date(2025, 4, 1)}, ["moss", "ferry"]),
        ({"since": date(2023, 12, 30)}, ["moss", "ferry", "tides", "dams"]),
        ({"since": date(2025, 4, 3)}, []),
        ({"code": True}, ["tides", "dams"]),
        ({"benchmark": "riverbench"}, ["tides"]),
        ({"benchmark": " RiverBench-Pro "}, ["ferry"]),
        ({"benchmark": "Nowhere"}, []),
        ({"benchmark": '"'}, []),
        ({"benchmark": ""}, []),
        ({"benchmark": "MMLU\0"}, ["tides", "dams"]),
        ({"size": "7B"}, ["tides"]),
        ({"size": "13B"}, ["ferry"]),  # between the sizes of `tides`, but none of them
        ({"size": ">=13B"}, ["ferry", "tides"]),
        ({"size": "<1B"}, ["dams"]),
        ({"size": "1B-10B"}, ["tides"]),
        ({"size": "350M", "code": True, "benchmark": "MMLU"}, ["dams"]),
        ({"limit": 2}, ["moss", "ferry"]),
        ({"limit": 0}, []),
    ],
)
@pytest.mark.parametrize("is_few", [True, False], ids=["few of the size", "many"])
def test_filters(
    rivers: Path,
    monkeypatch: pytest.MonkeyPatch,
    filters: dict[str, Any],
    found: list[str],
    is_few: bool,
) -> None:
    monkeypatch.setattr(searching, "MOST_LISTED", 100 if is_few else 0)
    assert find(rivers, "", **filters) == found
    if "limit" not in filters:
        # Every paper has one of these words.
        words = "attention OR dams OR moss"
        assert sorted(find(rivers, words, **filters)) == sorted(found)


def test_hits_say_why(rivers: Path) -> None:
    [hit] = search(
        rivers, '"tidal attention" ebbs', code=True, benchmark="riverbench", size="5B-100B"
    )
    assert hit.paper_id == "arxiv:tides"
    assert hit.dated_on == date(2025, 3, 1)
    assert hit.why == (
        "title: Tidal Attention",
        "abstract: ebbs",
        "names: RiverBench",
        "code: delta/tides",
        "benchmark: RiverBench",
        "size: 7B, 70B",
    )
    start, end = MARKS
    assert f"attention that {start}ebbs{end}" in hit.snippet


def test_hits_without_match_show_the_beginning(rivers: Path) -> None:
    moss, ferry, *_ = search(rivers, "")
    assert (moss.snippet, moss.why) == ("", ())
    assert ferry.snippet.startswith("A ferry carries attention")


@pytest.mark.parametrize("query", UGLY, ids=lambda query: ascii(query[:24]))
def test_whatever_people_type(rivers: Path, query: str) -> None:
    if not query.strip("\0\ud800"):
        assert len(search(rivers, query)) == len(PAPERS)
    elif has_word(query):
        assert len(search(rivers, query)) <= len(PAPERS)
    else:
        with pytest.raises(SearchError, match="expected a word to look for"):
            search(rivers, query)


def has_word(query: str) -> bool:
    """Whether a word is there that is not excluded, told in another way than the module does."""
    return any(
        word != "OR" and not word.startswith("-") and any(sign.isalnum() for sign in word)
        for word in query.replace('"', " ").replace("“", " ").split()
    )


@given(
    query=st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            ['"', "*", "-", "OR", " ", "attention", "tidal", "(", ":", "\0", "光", "^"]
        ),
        max_size=12,
    ).map("".join)
)
def test_nothing_is_an_error_of_sqlite(rivers: Path, query: str) -> None:
    try:
        search(rivers, query, limit=3)
    except SearchError:
        assert query.strip()


@settings(max_examples=25)
@given(
    words=st.lists(st.sampled_from(["tidal", "attention", "dams", "moss", "beaver"]), min_size=1)
)
def test_more_words_find_fewer_papers(rivers: Path, words: list[str]) -> None:
    found = [set(find(rivers, " ".join(words[:count]))) for count in range(1, len(words) + 1)]
    assert all(more <= fewer for fewer, more in pairwise(found))
    assert found[-1] == set.intersection(*(set(find(rivers, word)) for word in words))


def test_long_queries_are_cut() -> None:
    query = " ".join(f"w{number}" for number in range(1_000))
    assert parse_query(query).count(" AND ") == searching.MOST_WORDS - 1
    assert len(parse_query('"' + query).split()) == searching.MOST_WORDS


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("7B", 6_500_000_000, 7_499_999_999),
        ("7b", 6_500_000_000, 7_499_999_999),
        ("1.5B", 1_450_000_000, 1_549_999_999),
        ("350 M", 349_500_000, 350_499_999),
        ("1T", 500 * BILLION, 1_500 * BILLION - 1),
        ("<=13B", 0, 13 * BILLION),
        ("≤ 13B", 0, 13 * BILLION),
        ("<13B", 0, 13 * BILLION - 1),
        (">70B", 70 * BILLION + 1, 10**18),
        (">=70B", 70 * BILLION, 10**18),
        ("=7B", 7 * BILLION, 7 * BILLION),
        ("1B-10B", BILLION, 10 * BILLION),
        ("1-10B", BILLION, 10 * BILLION),
        ("500M-1.5B", 500_000_000, 1_500_000_000),
        ("1B..10B", BILLION, 10 * BILLION),
        ("1B – 10B", BILLION, 10 * BILLION),
    ],
)
def test_sizes(text: str, least: int, most: int) -> None:
    found = parse_size(text)
    assert (found.least, found.most) == (least, most)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "big",
        "7",
        "<=13",
        "B",
        "7BB",
        "10B-1B",
        "1B-",
        "-7B",
        "1-2-3B",
        "1B-10",
        "<>7B",
        "7B\0",
    ],
)
def test_what_is_no_size(rivers: Path, text: str) -> None:
    with pytest.raises(SearchError, match="expected a size of models such as 7B"):
        search(rivers, "attention", size=text)


@pytest.mark.parametrize("text", ["9" * 400 + "B", "9" * 30 + "T", ">" + "9" * 30 + "T"])
def test_sizes_beyond_all_models_find_nothing(rivers: Path, text: str) -> None:
    assert find(rivers, "", size=text) == []


@given(count=st.integers(1, 10**13))
def test_a_size_as_shown_finds_it(count: int) -> None:
    shown = format_size(count)
    if shown[-1] in "KMBT":
        found = parse_size(shown)
        assert found.least <= count * 1.001
        assert found.most >= count * 0.999


def test_related_papers_share_rare_things(rivers: Path) -> None:
    first = related(rivers, "arxiv:tides")
    assert [hit.paper_id for hit in first] == ["arxiv:ferry", "arxiv:dams"]
    assert first[0].why == ("tidal attention",)
    assert first[1].why == ("MMLU",)
    assert sorted(hit.why for hit in related(rivers, "dams")) == [("Beaver-350M",), ("MMLU",)]
    assert related(rivers, "moss") == []
    assert len(related(rivers, "tides", limit=1)) == 1


def test_what_many_share_relates_nobody(rivers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_SHARING", 1)
    assert related(rivers, "tides") == []


def test_words_within_rarer_words_add_nothing(tmp_path: Path) -> None:
    said = {"abstract": "Prompt tuning is tuning.", "keyphrases": ["prompt tuning", "tuning"]}
    rows = [
        make_row("one", {"title": "One", **said}),
        make_row("two", {"title": "Two", **said}),
        make_row("three", {"title": "Three", "abstract": "Tuning a lute."}),
    ]
    hits = related(write(tmp_path / "papers.db", rows), "one")
    assert [hit.why for hit in hits] == [("prompt tuning",), ("tuning",)][: len(hits)]


def test_an_unknown_paper_is_an_error(rivers: Path) -> None:
    with pytest.raises(SearchError, match="found 'arxiv:none'"):
        related(rivers, "arxiv:none")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "found none"),
        (b"", "found version 0"),
        (b"These are words and no database. " * 100, "expected a SQLite database"),
        (b"SQLite format 3\0" + b"\xff" * 5_000, "expected a SQLite database"),
    ],
    ids=["nothing", "empty", "words", "damaged"],
)
def test_what_is_no_database(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "papers.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SearchError, match=message) as error:
        search(path, "attention")
    assert str(path) in str(error.value)
    assert "publish a release again" in str(error.value)
    assert path.exists() == (content is not None)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="found none"):
        search(tmp_path, "attention")


def test_a_torn_file_is_an_error(tmp_path: Path, rivers: Path) -> None:
    path = tmp_path / "papers.db"
    path.write_bytes(rivers.read_bytes()[:20_000])
    with pytest.raises(SearchError, match="expected a SQLite database"):
        search(path, "attention")


def test_another_version_is_an_error(tmp_path: Path, rivers: Path) -> None:
    path = tmp_path / "papers.db"
    path.write_bytes(rivers.read_bytes())
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(SearchError, match="found version 99"):
        search(path, "attention")


def test_searching_writes_nothing(tmp_path: Path, rivers: Path) -> None:
    path = tmp_path / "papers.db"
    path.write_bytes(rivers.read_bytes())
    path.chmod(0o444)
    before = path.stat()
    assert search(path, "attention")
    assert related(path, "tides")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [file.name for file in tmp_path.iterdir()] == ["papers.db"]


def test_searching_needs_nothing_but_the_standard_library() -> None:
    heavy = ("dagster", "lance", "pandas", "pyarrow", "numpy")
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, paper_pipeline.reader.search; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert not set(heavy) & set(loaded)


QUERIES = st.lists(
    st.sampled_from([*LANGUAGE, "wa*", "k*", f'"{LANGUAGE[0]} {LANGUAGE[1]}"', "OR", "-kal"]),
    min_size=1,
    max_size=4,
).map(lambda words: " ".join([LANGUAGE[0], *words]))


@settings(max_examples=60)
@given(
    query=QUERIES,
    code=st.booleans(),
    benchmark=st.sampled_from([None, "riverbench", "RiverBench-Pro"]),
    millions=st.none() | st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(sorted),
    days=st.integers(0, 110),
)
def test_all_that_fit_come_as_fts5_ranks_them(
    many: Path,
    query: str,
    code: bool,
    benchmark: str | None,
    millions: list[int] | None,
    days: int,
) -> None:
    since = date.fromordinal(date(2024, 1, 1).toordinal() + days)
    fitting = {
        row["paper_id"]
        for row in make_many(300)
        if row["first_listed_on"] >= since
        and (row["code_repositories"] or not code)
        and (benchmark is None or benchmark.casefold() in map(str.casefold, row["benchmarks"]))
        and (
            millions is None
            or any(
                millions[0] * 10**6 <= size["value"] <= millions[1] * 10**6
                for size in row["parameter_counts"]
            )
        )
    }
    size = f"{millions[0]}M-{millions[1]}M" if millions else None
    hits = search(
        many, query, since=since, code=code, benchmark=benchmark, size=size, limit=len(fitting)
    )
    plain = [row for row in rank_plainly(many, query) if row[0] in fitting]
    assert not hits.only_newest
    if benchmark is None:
        assert [hit.paper_id for hit in hits] == [paper_id for paper_id, *_ in plain]
        assert [hit.score for hit in hits] == pytest.approx([score for _, score, *_ in plain])
        for hit, (_, _, snippet, title) in zip(hits, plain, strict=True):
            assert hit.snippet == snippet
            assert (MARKS[0] in title) == any(one.startswith("title: ") for one in hit.why)
    else:  # it counts as a word of the query
        assert {hit.paper_id for hit in hits} == {paper_id for paper_id, *_ in plain}


def test_the_newest_are_ranked_where_too_many_match(
    rivers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not search(rivers, "attention").only_newest
    monkeypatch.setattr(searching, "MOST_RANKED", 1)
    assert find(rivers, "attention") == ["ferry"]  # `tides` is better, and older
    assert search(rivers, "attention").only_newest
    assert not search(rivers, "nowhere").only_newest


def test_what_many_of_the_newest_have_is_found_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (searching, database):
        monkeypatch.setattr(module, "ENOUGH_NEWEST", 10)
    monkeypatch.setattr(database, "MOST_NEWEST", 40)
    rows = make_many(450)
    path, newest = write(tmp_path / "papers.db", rows), write(tmp_path / "newest.db", rows[-40:])
    are_enough = dict.fromkeys([True, False], 0)
    for query in [*LANGUAGE, "k*", "wal wam", f'"{LANGUAGE[0]} {LANGUAGE[1]}"', "wal -wam"]:
        among_newest = rank_plainly(newest, query)
        enough = len(among_newest) >= 10
        are_enough[enough] += 1
        plain = among_newest if enough else rank_plainly(path, query)
        hits = search(path, query, limit=450)
        assert hits.only_newest == enough
        assert [(hit.paper_id, hit.snippet) for hit in hits] == [(row[0], row[2]) for row in plain]
        assert [hit.score for hit in hits] == pytest.approx([row[1] for row in plain])
    assert all(are_enough.values())


@pytest.mark.parametrize(
    ("query", "is_found_so"),
    [
        ('"wal wam"', True),
        ("wal-wam", True),  # a phrase to FTS5
        ('"wam kit"', False),  # few have both words
        ("kit ka*", True),
        ("kit kan*", False),  # few have such words
        ("kit wal", False),
        ("kit", False),
    ],
)
def test_what_takes_long_to_find_is_found_among_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, is_found_so: bool
) -> None:
    for module in (searching, database):
        monkeypatch.setattr(module, "ENOUGH_NEWEST", 38)
    monkeypatch.setattr(searching, "SOME_NEWEST", 3)
    monkeypatch.setattr(searching, "DEAR_NEWEST", 15)
    monkeypatch.setattr(database, "MOST_NEWEST", 40)
    rows = make_many(450)
    path, newest = write(tmp_path / "papers.db", rows), write(tmp_path / "newest.db", rows[-40:])
    among_newest = rank_plainly(newest, query)
    assert len(among_newest) < 38
    hits = search(path, query, limit=450)
    assert hits.only_newest == is_found_so
    plain = among_newest if hits.only_newest else rank_plainly(path, query)
    assert [hit.paper_id for hit in hits] == [row[0] for row in plain]


def test_facets_are_no_words(rivers: Path) -> None:
    assert find(rivers, "7B", size="7B") == ["tides"]
    assert find(rivers, "13B") == []  # a size of `ferry`, which does not say so in words
    assert find(rivers, "code") == ["dams"]  # `tides` has some
    assert all("facets" not in why for hit in search(rivers, "t*", code=True) for why in hit.why)


def test_common_words_take_little_time(tmp_path: Path) -> None:
    choose = random.Random(3)  # noqa: S311 -- not a secret
    words = [f"word{number}" for number in range(300)]
    rows = [
        make_row(
            f"{number:05d}",
            {"title": f"Common paper {number}", "abstract": " ".join(choose.choices(words, k=60))},
        )
        for number in range(3_000)
    ]
    path = write(tmp_path / "papers.db", rows)
    times = dict.fromkeys(("word7 word8", "common paper"), 9.0)
    for query in times:
        for _ in range(3):
            start = time.perf_counter()
            assert search(path, query)
            times[query] = min(times[query], time.perf_counter() - start)
    # All 3,000 match the second; they are ranked without being read.
    assert times["common paper"] < 30 * times["word7 word8"]
