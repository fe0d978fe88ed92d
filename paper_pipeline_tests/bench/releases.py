"""Releases of a large lake: against writing the same rows with pyarrow alone, and how they answer.

Papers have generated titles and abstracts, a text each; features and records are those of a small
corpus, over and over. Every step is a process of its own: what it took is told by the system.

`python -m paper_pipeline_tests.bench.releases STEP FOLDER COUNT` takes one of STEPS alone.
"""

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import lance
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.reader import corpus, search
from paper_pipeline.release import publish, snapshot
from paper_pipeline.release.database import RECORD_COLUMNS, oldest_first, write_database
from paper_pipeline_tests.bench.generator import generate
from paper_pipeline_tests.bench.measure import Cost, run_once
from paper_pipeline_tests.corpus import SAMPLE, SEEDS, Corpus

NOTES = "noted.json"
NEW_PAPERS = 1_000
FIRST_DAY = date(2023, 5, 4)
PAPERS_PER_DAY = 800
# What people ask for, and what is hard to find. In braces stand words of the generated language,
# chosen by how many papers have them: see choose_words.
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{rare}", {}),
    ("{middling}", {}),
    ("{common}", {}),
    ("{most}", {}),
    ("{rare} {common}", {}),
    ("{common} {other}", {}),
    ("{common} {other} {third} {fourth}", {}),
    ("{middling} OR {common} -{other}", {}),
    ('"{usual}"', {}),
    ('"{common} {other}"', {}),
    ('"{other} {most}"', {}),
    ("{rare:.4}*", {}),
    ("{common:.3}*", {}),
    ("{common:.2}*", {}),
    ("a*", {}),
    ("a*", {"size": "7B", "code": True}),
    ("{rare} {common:.2}*", {}),
    ("{common}", {"size": "7B"}),
    ("{common}", {"size": "<=13B"}),
    ("{common}", {"size": "175B"}),
    ("{common}", {"code": True}),
    ("{common}", {"benchmark": "MMLU"}),
    ("{common}", {"since": "{day}"}),
    ("{middling}", {"size": "7B", "code": True}),
    ("{common}", {"size": "<=13B", "code": True, "since": "{day}"}),
    ("", {"benchmark": "MMLU"}),
    ("", {"size": "175B", "code": True}),
)
# The share of papers that have a word.
SHARES = {
    "rare": 0.0005,
    "middling": 0.02,
    "fourth": 0.2,
    "third": 0.25,
    "other": 0.3,
    "common": 0.4,
    "most": 0.9,
}
SAMPLE_PAPERS = 2_000


def make_lake(folder: Path, count: int) -> None:
    """Makes the tables that a release is made of, with so many papers."""
    small = Corpus(folder / "small")
    small.put(*(SEEDS if SEEDS.is_dir() else SAMPLE).iterdir())
    small.update()
    _add_papers(Lake(folder / "lake"), small.lake, 0, count)


def grow_lake(folder: Path, count: int) -> None:
    """Adds new papers, as a day would."""
    _add_papers(Lake(folder / "lake"), Lake(folder / "small" / "lake"), count, NEW_PAPERS)


def _add_papers(lake: Lake, small: Lake, start: int, count: int) -> None:
    templates = {
        name: small.read(name)
        for name in ("deduplicated_papers", "enriched_papers", "cleaned_records", "paper_records")
    }
    lake.apply("parsed_dumps", small.read("parsed_dumps"))
    for texts in _generate_texts(start, count):
        numbers = np.arange(start, start + texts.num_rows)
        start += texts.num_rows
        # As on arXiv: a month and a number.
        days = [FIRST_DAY + timedelta(int(n) // PAPERS_PER_DAY) for n in numbers]
        ids = pa.array([f"{d:%y%m}.{n % 100_000:05d}" for d, n in zip(days, numbers, strict=True)])
        values = {
            "paper_id": pc.binary_join_element_wise("arxiv", ids, ":"),
            "arxiv_id": ids,
            "record_id": pa.array([f"{n // 50:016x}:{n % 50:06d}" for n in numbers]),
            "title": texts["title"],
            "abstract": texts["abstract"],
            "published_on": pa.array(days),
            "month": pa.array([f"{day:%Y-%m}" for day in days]),
        }
        values["first_record_id"] = values["record_id"]
        for name, template in templates.items():
            rows = template.take(pa.array(numbers % template.num_rows))
            for column, value in values.items():
                if column in rows.column_names:
                    field = rows.schema.field(column)
                    rows = rows.set_column(rows.column_names.index(column), field, value)
            _append(lake, name, rows)


def _generate_texts(start: int, count: int) -> Iterator[pa.Table]:
    for texts in generate(count, seed=start):
        yield texts.select(["title", "abstract"])


def _append(lake: Lake, name: str, rows: pa.Table) -> None:
    if lake.count(name):
        # What apply would do; it would look for every key first.
        lance.write_dataset(
            rows.select(BY_NAME[name].schema.names).cast(BY_NAME[name].schema),
            str(lake.folder / f"{name}.lance"),
            mode="append",
        )
    else:
        lake.apply(name, rows)


def make_release(folder: Path, count: int) -> None:
    """Publishes the lake as it is; notes the seconds."""
    started = time.perf_counter()
    release, is_new = publish.publish(Lake(folder / "lake"), folder / "releases")
    assert is_new
    _note(folder, "release", time.perf_counter() - started)
    _note(folder, "bytes", sum(path.stat().st_size for path in release.folder.iterdir()))


def write_alone(folder: Path, count: int) -> None:
    """The rows of the newest release, written with pyarrow alone; notes the seconds."""
    seconds = 0.0
    for file in TABLE_FILES:
        table = pq.read_table(_newest(folder) / file.file_name)
        group = pq.read_metadata(_newest(folder) / file.file_name)
        rows = group.row_group(0).num_rows if group.num_row_groups else None
        started = time.perf_counter()
        pq.write_table(
            table,
            folder / "alone.parquet",
            compression="zstd",
            compression_level=snapshot.COMPRESSION_LEVEL,
            row_group_size=rows,
        )
        seconds += time.perf_counter() - started
    _note(folder, "alone", seconds)


def write_own_files(folder: Path, count: int) -> None:
    """The files of the newest release, written from memory as it writes them; notes the seconds."""
    newest = _newest(folder)
    tables = {file.name: pq.read_table(newest / file.file_name) for file in TABLE_FILES}
    papers = tables["papers"]
    order = pc.index_in(oldest_first(papers), papers["paper_id"].combine_chunks())
    rows = papers.take(order).to_reader(20_000)
    records = tables["records"].select(list(RECORD_COLUMNS)).to_reader(20_000)
    own = folder / "own"
    own.mkdir(exist_ok=True)
    started = time.perf_counter()
    beside = threading.Thread(target=write_database, args=(rows, records, own / "papers.db"))
    beside.start()
    for name, table in tables.items():
        snapshot.write_table(table, own / f"{name}.parquet")
    beside.join()
    _note(folder, "own files", time.perf_counter() - started)


def ask(folder: Path, count: int) -> None:
    """Opens the newest release, finds papers by id and by words; notes milliseconds, medians."""
    release = corpus.open_folder(_newest(folder))
    ids = pq.read_table(_newest(folder) / "papers.parquet", columns=["paper_id"])["paper_id"]
    wanted = [ids[place].as_py() for place in np.linspace(0, len(ids) - 1, 30, dtype=int)]
    _note(folder, "paper(id)", _milliseconds(release.paper, [((one,), {}) for one in wanted]))
    path = _newest(folder) / "papers.db"
    chosen, day = choose_words(path)
    for words, given in QUESTIONS:
        name = " ".join([f"search {words}", *(f"{key}={value}" for key, value in given.items())])
        asked = given | ({"since": day} if "since" in given else {})
        calls = [((path, words.format(**chosen)), asked)] * 5
        _note(folder, name, _milliseconds(search.search, calls))
    _note(folder, "related", _milliseconds(search.related, [((path, one), {}) for one in wanted]))


def choose_words(path: Path) -> tuple[dict[str, str], date]:
    """Words that so many papers have as SHARES says, and two that often stand side by side.

    Returns:
        The words, and the day since when a tenth of the papers are.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        [total] = database.execute("SELECT max(rowid) FROM papers").fetchone()
        [day] = database.execute(
            "SELECT dated_on FROM papers WHERE rowid = ?", (total * 9 // 10,)
        ).fetchone()
        database.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, papers_fts, row)")
        counts = dict(database.execute("SELECT term, doc FROM words").fetchall())
        texts = database.execute(
            "SELECT abstract FROM papers ORDER BY rowid DESC LIMIT ?", (SAMPLE_PAPERS,)
        ).fetchall()
    # What is counted are stems: a word as it stands in texts, and is a stem, is found as it is.
    spoken = [text.lower().split() for (text,) in texts]
    written = {word for text in spoken for word in text if len(word) > 2 and word.isalpha()}
    known = sorted(written & counts.keys())
    chosen: dict[str, str] = {}
    for name, share in SHARES.items():
        left = (word for word in known if word not in chosen.values())
        chosen[name] = min(left, key=lambda word: abs(counts[word] - share * total))
    pairs = Counter(pair for text in spoken for pair in pairwise(text) if set(pair) <= written)
    chosen["usual"] = " ".join(min(pairs, key=lambda pair: (-pairs[pair], pair)))
    return chosen, date.fromisoformat(day)


def _milliseconds(function: Callable[..., Any], calls: list[tuple[tuple, dict]]) -> float:
    taken = []
    for values, named in calls:
        started = time.perf_counter()
        function(*values, **named)
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken)


def _newest(folder: Path) -> Path:
    return publish.list_releases(folder / "releases")[-1].folder


def _note(folder: Path, name: str, value: float) -> None:
    noted = json.dumps(_read_notes(folder) | {name: value})
    (folder / NOTES).write_text(noted, "utf-8")


def _read_notes(folder: Path) -> dict[str, float]:
    path = folder / NOTES
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


STEPS = {
    "make": make_lake,
    "release": make_release,
    "alone": write_alone,
    "grow": grow_lake,
    "own files": write_own_files,
    "ask": ask,
}


def measure(count: int) -> tuple[list[tuple[str, Cost, float]], dict[str, float]]:
    """Makes two releases of so many papers, the second after 1,000 new ones.

    Returns:
        Rows of name, cost of the whole process, and wall time as a ratio: to writing the same rows
        with pyarrow alone, and to writing its own files alone, all from memory. Then questions, and
        the milliseconds that they took.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)

        def take(step: str) -> Cost:
            module = "paper_pipeline_tests.bench.releases"
            return run_once([sys.executable, "-m", module, step, str(folder), str(count)])

        rows = []
        for name, before, base in (
            ("first release / pyarrow alone", "make", "alone"),
            ("1,000 papers more / its own files", "grow", "own files"),
        ):
            take(before)
            cost = take("release")
            take(base)
            noted = _read_notes(folder)
            rows.append((name, cost, noted["release"] / noted[base]))
        (folder / NOTES).unlink()
        take("ask")
        return rows, _read_notes(folder)


if __name__ == "__main__":
    STEPS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
