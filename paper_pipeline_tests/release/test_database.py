"""The database holds what the release holds, is the same for the same content, and is sound."""

import hashlib
import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.published.database import FACET_SIGN, LEFT_OUT, WEIGHTS
from paper_pipeline.release import database
from paper_pipeline.release.database import write_database
from paper_pipeline.release.source import released_schema
from paper_pipeline.vocabulary import KIND_BY_COLUMN
from paper_pipeline_tests.release.small_release import PAPERS, fill, records_schema, write_sorted

NAMES = ["Lantern-7", 'Say "so"', "back\\slash", "Größe", "line\nfeed", "", "光", "a, b", "\\"]
ONE_OF_MANY = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from paper_pipeline_tests.release.small_release import write_sorted
papers, records, path = map(Path, sys.argv[1:])
write_sorted(pq.read_table(papers), pq.read_table(records), path)
"""


def make_papers(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of papers with names of every kind, some without date, abstract or names."""
    choose = random.Random(seed)  # noqa: S311 -- not a secret
    papers: list[dict[str, Any]] = []
    for number in range(count):
        names = {c: choose.sample(NAMES, choose.randint(0, 3)) for c in KIND_BY_COLUMN}
        sizes = sorted(choose.choices([10**8, 7 * 10**9, 12 * 10**10], k=choose.randint(0, 2)))
        listed = date(2024, 1, 1 + choose.randint(0, 27)) if number % 5 else None
        papers.append(
            {
                "paper_id": f"arxiv:24{choose.randint(1, 12):02d}.{number:05d}",
                "title": f"Lamp {choose.choice(NAMES)} number {number}",
                "abstract": choose.choice([None, f"Oil and wick, {number} times. Lamps glow."]),
                "authors": ["Ada Lamp", "Bo Wick"][: choose.randint(0, 2)],
                "first_listed_on": listed,
                "published_on": date(2023, 5, 4) if number % 7 == 0 else None,
                "month": "2024-01" if listed else "unknown",
                "upvotes": choose.choice([None, number]),
                "parameter_counts": [{"value": size} for size in sizes],
                "parameter_count_min": min(sizes, default=None),
                "parameter_count_max": max(sizes, default=None),
                "keyphrases": [{"phrase": "oil lamp", "score": 0.5}] * choose.randint(0, 2),
                **names,
            }
        )
    return papers


def make_records(papers: list[dict[str, Any]]) -> pa.Table:
    return fill(
        records_schema(),
        [
            {
                "record_id": f"{'cd' * 8}:{place:06d}",
                "paper_id": paper["paper_id"],
                "title": paper["title"],
                "dump_id": "cd" * 32,
                "byte_start": 100 * place,
                "byte_end": 100 * place + 99,
                "listed_on": paper.get("first_listed_on"),
                "decision": "first",
            }
            for place, paper in enumerate(papers)
        ],
    )


def write(
    folder: Path, papers: list[dict[str, Any]], name: str = "papers.db", **options: Any
) -> Path:
    path = folder / name
    write_sorted(fill(released_schema(), papers), options.get("records"), path)
    return path


def ask(path: Path, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute(question, values).fetchall()


def test_a_paper_reads_as_a_person_would_write_it(tmp_path: Path) -> None:
    path = write(tmp_path, list(PAPERS))
    columns = "title, authors, dated_on, month, has_code, size_class, benchmarks, names"
    question = f"SELECT {columns} FROM papers WHERE paper_id = ?"  # noqa: S608
    assert ask(path, question, "arxiv:2501.00001") == [
        (
            "Sparse Lanterns: Routing Light Through Deep Networks",
            "Ada Example, Bo Sample",
            "2025-01-02",
            "2025-01",
            0,
            "3B-8B",
            '["LanternBench"]',
            "LanternBench, routing",
        )
    ]
    assert ask(path, "SELECT paper_id, code_url, code_repositories FROM papers WHERE has_code") == [
        (
            "paper:00112233445566778899",
            "https://github.com/example/markup",
            '["example/markup"]',
        )
    ]


def test_papers_stand_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    papers = make_papers(60)
    rows = ask(write(tmp_path, papers), "SELECT dated_on, paper_id FROM papers ORDER BY rowid")
    assert len(rows) == 60
    assert [row[0] for row in rows].count(None) > 0
    assert rows == sorted(rows, key=lambda row: (row[0] or "", row[1]))


def test_every_cell_is_the_papers_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ROWS_PER_INSERT", 7)
    papers = make_papers(50)
    path = write(tmp_path, papers)
    columns = ["title", "abstract", "upvotes", "parameter_count_max", *KIND_BY_COLUMN]
    wanted = ", ".join([*columns, "parameter_counts"])
    question = f"SELECT {wanted} FROM papers WHERE paper_id = ?"  # noqa: S608
    for paper in papers:
        [row] = ask(path, question, paper["paper_id"])
        found = dict(zip(columns, row, strict=False))
        found |= {column: json.loads(found[column]) for column in KIND_BY_COLUMN}
        assert found == {column: paper[column] for column in columns}
        assert json.loads(row[-1]) == [size["value"] for size in paper["parameter_counts"]]


@given(
    lists=st.lists(st.none() | st.lists(st.text(max_size=5), max_size=4), max_size=6),
    cut=st.integers(0, 6),
)
def test_lists_of_any_texts_are_json(lists: list[list[str] | None], cut: int) -> None:
    array = pa.array(lists, pa.list_(pa.string()))
    for part, wanted in ((array[cut:], lists[cut:]), (array[:cut], lists[:cut])):
        found = [json.loads(text) for text in database._json_arrays(part).to_pylist()]
        assert found == [one or [] for one in wanted]


@pytest.mark.parametrize(
    ("count", "name"),
    [
        (None, None),
        (99_999_999, "under 100M"),
        (10**8, "100M-1B"),
        (7 * 10**9, "3B-8B"),
        (85 * 10**8, "8B-15B"),
        (10**11, "over 100B"),
        (10**15, "over 100B"),
    ],
)
def test_size_classes(count: int | None, name: str | None) -> None:
    assert database._size_classes(pa.array([count], pa.int64())).to_pylist() == [name]


def test_what_two_modules_say_is_the_same() -> None:
    assert set(database.SOURCE_COLUMNS) <= set(released_schema().names)
    assert set(database.RECORD_COLUMNS) <= set(records_schema().names)
    assert set(WEIGHTS) <= set(database.PAPER_COLUMNS)


def test_every_column_of_papers_is_in_the_database_or_left_out_for_a_reason() -> None:
    copied = set(database.PAPER_COLUMNS) - {"dated_on", "has_code", "size_class", "code_url"}
    copied -= {"names", "facets"}
    assert copied.isdisjoint(LEFT_OUT)
    assert copied | set(LEFT_OUT) == set(released_schema().names)


def test_names_are_counted(tmp_path: Path) -> None:
    papers = make_papers(40)
    papers[3]["models"] = ["Twice", "Twice"]
    path = write(tmp_path, papers)
    wanted: Counter[tuple[str, str]] = Counter()
    by_month: Counter[tuple[str, str, str]] = Counter()
    for paper in papers:
        for column, kind in KIND_BY_COLUMN.items():
            for name in set(paper[column]):
                wanted[kind.name, name] += 1
                by_month[kind.name, name, paper["month"]] += 1
    found = {
        (kind, name): n for kind, name, n in ask(path, "SELECT kind, name, paper_count FROM names")
    }
    assert found == wanted
    mentioned = ask(
        path,
        "SELECT kind, name, count(DISTINCT paper_id), count(*) FROM mentions JOIN names "
        "USING (name_id) GROUP BY name_id",
    )
    assert {(kind, name): n for kind, name, n, _ in mentioned} == wanted
    assert all(distinct == rows for _, _, distinct, rows in mentioned)
    monthly = ask(
        path,
        "SELECT kind, name, month, name_months.paper_count FROM name_months "
        "JOIN names USING (name_id)",
    )
    assert {row[:3]: row[3] for row in monthly} == by_month


def test_records_lead_back_to_the_dump(tmp_path: Path) -> None:
    papers = make_papers(5)
    path = write(tmp_path, papers, records=make_records(papers))
    rows = ask(
        path,
        "SELECT papers.paper_id, dump_id, byte_start, byte_end FROM records "
        "JOIN papers USING (paper_id) ORDER BY record_id",
    )
    assert rows == [
        (paper["paper_id"], "cd" * 32, 100 * place, 100 * place + 99)
        for place, paper in enumerate(papers)
    ]
    without = write(tmp_path, papers, "without.db")
    assert ask(without, "SELECT count(*) FROM sqlite_master WHERE name = 'records'") == [(0,)]


@pytest.mark.parametrize("count", [0, 1, 200])
def test_the_file_is_sound(tmp_path: Path, count: int) -> None:
    papers = make_papers(count)
    path = write(tmp_path, papers, records=make_records(papers))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["papers.db"]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert ask(path, "PRAGMA foreign_key_check") == []
    assert ask(path, "PRAGMA freelist_count") == [(0,)]
    with closing(sqlite3.connect(path)) as connection:  # not for readers only: it is a command
        connection.execute(
            "INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)"
        )


@pytest.mark.parametrize(
    ("count", "newest"), [(0, []), (29, []), (30, range(28, 31)), (80, range(75, 81))]
)
def test_the_newest_have_an_index_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, newest: range
) -> None:
    monkeypatch.setattr(database, "ENOUGH_NEWEST", 3)
    monkeypatch.setattr(database, "MOST_NEWEST", 6)
    path = write(tmp_path, make_papers(count))
    question = "SELECT rowid FROM newest_fts WHERE newest_fts MATCH 'lamp' ORDER BY rowid"
    assert ask(path, question) == [(rowid,) for rowid in newest]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_facets_are_code_and_sizes_to_one_digit(tmp_path: Path) -> None:
    sizes = [1, 999_999, 10**6, 6_999_999_999, 7 * 10**9, 13 * 10**9, 5 * 10**14]
    paper = make_papers(1)[0] | {
        "parameter_counts": [{"value": size} for size in sizes],
        "links": [{"kind": "code", "url": "https://github.com/lamp/wick"}],
    }
    [(found,)] = ask(write(tmp_path, [paper]), "SELECT facets FROM papers")
    steps = ["code", "1M", "1M", "1M", "6B", "7B", "10B", "900B"]
    assert found.split() == [f"{FACET_SIGN}{step}" for step in steps]
    [(none,)] = ask(
        write(tmp_path, [make_papers(1)[0] | {"parameter_counts": []}]), "SELECT facets FROM papers"
    )
    assert none.split() == []


@pytest.mark.parametrize(
    ("word", "is_found"),
    [
        ("quantization", True),
        ("QUANTIZED", True),
        ("grosse", False),
        ("Größe", True),
        ("grosz", False),
        ("gro\u0308\u00dfe", True),
        ("wick", True),
        ("glim-7b", True),
        ("glim", True),
        ("光の", False),
        ("光", True),
    ],
)
def test_words_are_found_in_any_form(tmp_path: Path, word: str, is_found: bool) -> None:
    paper = make_papers(1)[0] | {
        "title": "We quantize, 光",
        "abstract": "Über die Größe.",
        "authors": ["Bo Wick"],
        "models": ["Glim 7B"],
    }
    question = "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ?"
    assert ask(write(tmp_path, [paper]), question, f'"{word}"') == [(int(is_found),)]


def test_order_chunks_batches_and_what_was_there_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ENOUGH_NEWEST", 3)
    papers = make_papers(80)
    wanted = write(tmp_path, papers, records=make_records(papers)).read_bytes()
    shuffled = [*papers]
    random.Random(5).shuffle(shuffled)  # noqa: S311 -- not a secret
    pieces = [fill(released_schema(), shuffled[a:b]) for a, b in ((0, 1), (1, 50), (50, 80))]
    records = make_records(papers)
    records = records.take(pa.array(range(79, -1, -1)))
    monkeypatch.setattr(database, "ROWS_PER_INSERT", 9)
    other = tmp_path / "other folder" / "papers.db"
    other.parent.mkdir()
    other.write_text("no database")
    write_sorted(pa.concat_tables(pieces), records, other, rows_per_batch=33)
    assert other.read_bytes() == wanted


def test_other_content_is_another_file(tmp_path: Path) -> None:
    papers = make_papers(10)
    one = write(tmp_path, papers).read_bytes()
    papers[4]["abstract"] = "Another text."
    assert write(tmp_path, papers).read_bytes() != one


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    papers = make_papers(80)
    records = make_records(papers)
    path = write(tmp_path, papers, records=records)
    pq.write_table(fill(released_schema(), papers), tmp_path / "p.parquet")
    pq.write_table(records, tmp_path / "r.parquet")
    arguments = [str(tmp_path / name) for name in ("p.parquet", "r.parquet", "theirs.db")]
    subprocess.run([sys.executable, "-c", ONE_OF_MANY, *arguments], check=True)
    theirs = (tmp_path / "theirs.db").read_bytes()
    assert hashlib.sha256(theirs).digest() == hashlib.sha256(path.read_bytes()).digest()


def test_the_library_that_wrote_leaves_no_trace(tmp_path: Path) -> None:
    content = write(tmp_path, make_papers(3)).read_bytes()
    assert content[24:28] == content[92:96] == database.CHANGE_COUNTER
    assert content[96:100] == database.LIBRARY_VERSION


def test_unused_bytes_of_pages_are_zero(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path, make_papers(80)).read_bytes())
    wanted = bytes(content)
    pages = range(0, len(content), database.PAGE_BYTES)
    dirty = 0
    for start in pages:
        skipped = database.FILE_HEADER_BYTES * (start == 0)
        page = bytes(content[start : start + database.PAGE_BYTES])
        first, last = database._unused(page, skipped)
        assert not any(content[start + first : start + last])
        if first < last:
            content[start + first : start + last] = b"\xff" * (last - first)
            dirty += 1
    assert dirty > 5
    path = tmp_path / "dirty.db"
    path.write_bytes(content)
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]  # nothing was there
    database._even_out(path)
    assert path.read_bytes() == wanted


def test_a_release_without_a_column_is_an_error(tmp_path: Path) -> None:
    papers = fill(released_schema(), make_papers(2)).drop_columns(["title", "models"])
    with pytest.raises(ValueError, match="none named title, models"):
        write_database(papers.to_reader(), None, tmp_path / "papers.db")
    assert not list(tmp_path.iterdir())


def test_a_paper_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    papers = make_papers(2)
    again = f"{papers[0]['paper_id']} right after .*stands twice"
    with pytest.raises(ValueError, match=again):
        write(tmp_path, [*papers, papers[0]])
    rows = fill(released_schema(), [papers[0], papers[0] | {"published_on": date(2031, 1, 1)}])
    with pytest.raises(ValueError, match=r"every key of papers once.*UNIQUE.*papers\.parquet"):
        write_database(rows.to_reader(), None, tmp_path / "papers.db")


def test_rows_in_another_order_are_an_error(tmp_path: Path) -> None:
    papers = make_papers(30)
    with pytest.raises(ValueError, match="expected papers, the oldest first, then by paper_id"):
        write_database(fill(released_schema(), papers).to_reader(), None, tmp_path / "papers.db")
    records = make_records(papers).take(pa.array([1, 0]))
    rows = fill(released_schema(), papers[:1]).to_reader()
    with pytest.raises(ValueError, match="expected records, sorted by record_id, each once"):
        write_database(rows, records.to_reader(), tmp_path / "papers.db")
