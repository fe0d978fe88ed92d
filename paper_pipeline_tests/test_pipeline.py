"""The whole way, over real and ugly pages: conservation, idempotence, order, crashes, lineage."""

import html
import itertools
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from paper_pipeline.dedup.index import MatchIndex
from paper_pipeline.enrich.trends import is_counted
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Lake
from paper_pipeline.published.release import list_releases
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.release.publish import is_published
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import (
    NO_SEEDS,
    ROOT,
    SAMPLE,
    SAMPLE_COUNTS,
    SEEDS,
    Corpus,
    abstract,
    page,
)

needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason=NO_SEEDS)
DAY = date(2026, 1, 9)


def state(corpus: Corpus) -> dict[str, list[dict]]:
    """Everything that must not depend on the way it came about."""
    tables = (
        "cleaned_records",
        "paper_records",
        "deduplicated_papers",
        "enriched_papers",
        "feature_counts",
    )
    return {
        name: sorted(
            corpus.lake.read(name).to_pylist(), key=lambda row: str(next(iter(row.values())))
        )
        for name in tables
    }


def pages() -> dict[str, str]:
    """Five small pages that overlap: the same titles, one text under two titles, a chain."""
    texts = [abstract(n) for n in range(6)]
    return {
        "a.txt": page(("One", texts[0]), ("Two", texts[1])),
        "b.txt": page(("ONE!", texts[2]), ("Three", texts[3])),
        "c.txt": page(("Another name", texts[2]), ("Four", texts[4])),
        "d.txt": page(("Two", texts[1][:150] + "."), ("Five", texts[3])),
        "e.txt": page(("Six", texts[5]), ("Three", texts[5])),
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The small pages all at once; to look at, not to change."""
    corpus = Corpus(tmp_path_factory.mktemp("whole"))
    for name, content in pages().items():
        corpus.write(name, content)
    corpus.update(DAY)
    return corpus


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The five real dumps all at once; to look at, not to change."""
    corpus = Corpus(tmp_path_factory.mktemp("real"))
    corpus.put(*SEEDS.iterdir())
    corpus.update(DAY)
    return corpus


def newest_manifest(corpus: Corpus) -> dict[str, Any]:
    return list_releases(corpus.folder / "releases")[-1].manifest


def test_sample_pages_through_all_stages(sample_corpus: Corpus) -> None:
    assert newest_manifest(sample_corpus)["counts"] == SAMPLE_COUNTS
    quarantined = sample_corpus.lake.read("quarantined_entries").to_pylist()
    assert {row["rule"] for row in quarantined} == {"missing_abstract", "not_a_listing"}
    encodings = set(sample_corpus.lake.read("parsed_dumps")["encoding"].to_pylist())
    assert len(encodings) >= 3


@needs_seeds
def test_the_five_real_dumps(real: Corpus) -> None:
    corpus = real
    assert newest_manifest(corpus)["counts"] == {
        "dumps": 5, "records": 453, "quarantined_entries": 0, "papers": 426,
    }  # fmt: skip
    names = corpus.lake.read("raw_inbox_dumps", ["dump_id", "file_name"]).to_pylist()
    by_file = {row["file_name"][:3]: row["dump_id"] for row in names}
    dumps = {row["dump_id"]: row for row in corpus.lake.read("parsed_dumps").to_pylist()}
    found = {file: dumps[dump_id]["record_count"] for file, dump_id in by_file.items()}
    assert found == {"000": 18, "001": 119, "002": 125, "003": 55, "004": 136}
    records = corpus.lake.read("cleaned_records", where=("dump_id", [by_file["003"]])).to_pylist()
    assert sum(record["published_on"] is not None for record in records) == 54
    assert sum(record["author_count"] is not None for record in records) == 53
    assert sum(record["organisation"] is not None for record in records) == 1
    assert dumps[by_file["003"]]["page_on"] == date(2025, 12, 8)
    others = [d for file, d in by_file.items() if file != "003"]
    for record in corpus.lake.read("cleaned_records", where=("dump_id", others)).to_pylist():
        assert record["published_on"] is None
        assert record["author_count"] is None


def test_a_second_update_changes_nothing(corpus: Corpus) -> None:
    corpus.put(*SAMPLE.iterdir())
    first = corpus.update(DAY)
    before = corpus.versions()
    assert len(before) == 18
    again = corpus.update(DAY)
    assert corpus.versions() == before
    assert again.version == first.version


@pytest.mark.parametrize("lost", ["gone", "of other code", "damaged"])
def test_what_is_remembered_can_be_lost_at_any_time(sample_corpus: Corpus, lost: str) -> None:
    """As it is after an upgrade: all is found once more, nothing changes, nothing is released."""
    corpus = sample_corpus
    assert all_checks_pass(corpus.lake)
    before, manifest = corpus.versions(), newest_manifest(corpus)
    memory = sorted((corpus.lake.folder / "memory").rglob("*.json"))
    kinds = {file.parent.name for file in memory}
    assert kinds >= {"judged", "judgements", "trends", "release", "verdicts"}
    assert is_counted(corpus.lake)
    assert is_published(corpus.lake, corpus.folder / "releases")
    for file in memory:
        if lost == "gone":
            file.unlink()
        elif lost == "damaged":
            file.write_bytes(file.read_bytes()[:-9])
        else:
            file.write_text(file.read_text().replace(Stamp().code, "0" * 64))
    assert not is_counted(corpus.lake)
    assert not is_published(corpus.lake, corpus.folder / "releases")
    corpus.update(DAY)
    assert corpus.versions() == before
    assert newest_manifest(corpus) == manifest
    assert is_counted(corpus.lake)
    assert is_published(corpus.lake, corpus.folder / "releases")
    assert all_checks_pass(corpus.lake)


# Where the batches of five pages end.
@pytest.mark.parametrize("cuts", [(1, 2, 3, 4), (2,), (1, 4)], ids=str)
def test_order_and_batching_do_not_matter(
    corpus: Corpus, whole: Corpus, cuts: tuple[int, ...]
) -> None:
    contents = pages()
    choose = random.Random(len(cuts))  # noqa: S311 -- not a secret
    order = choose.sample(list(contents), len(contents))
    for start, end in pairwise((0, *cuts, len(order))):
        for name in order[start:end]:
            corpus.write(name, contents[name])
        corpus.acquire()
        corpus.deduplicate()
    assert state(corpus) == state(whole), order
    assert corpus.release(DAY).fingerprint == newest_manifest(whole)["fingerprint"], order


@needs_seeds
@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (2, 0, 4, 1, 3)], ids=str)
def test_real_dumps_one_at_a_time_and_all_at_once(
    corpus: Corpus, real: Corpus, order: tuple[int, ...]
) -> None:
    files = sorted(SEEDS.iterdir())
    for place in order:
        corpus.put(files[place])
        release = corpus.update(DAY)
    assert release.fingerprint == newest_manifest(real)["fingerprint"]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_size_of_batches_does_not_matter(
    corpus: Corpus, whole: Corpus, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from paper_pipeline.dedup import increment

    for name, content in pages().items():
        corpus.write(name, content)
    monkeypatch.setattr(increment, "RECORDS_PER_BATCH", size)
    corpus.update(DAY)
    assert state(corpus) == state(whole)


def test_a_withdrawn_dump_takes_its_records_along(corpus: Corpus) -> None:
    """Records that are gone leave their papers, whatever they held together."""
    contents = pages()
    for name in ("a.txt", "b.txt", "c.txt"):
        corpus.write(name, contents[name])
    corpus.update(DAY)
    rows = corpus.lake.read("cleaned_records", ["record_id", "title"]).to_pylist()
    bridge = [row["record_id"] for row in rows if row["title"] == "ONE!"]
    lake = corpus.lake
    lake.apply("cleaned_records", lake.empty("cleaned_records"), replacing=("record_id", bridge))
    corpus.deduplicate()
    papers = lake.read("deduplicated_papers", ["title", "record_count"]).to_pylist()
    assert {p["title"]: p["record_count"] for p in papers} == {
        "One": 1, "Two": 1, "Three": 1, "Another name": 1, "Four": 1,
    }  # fmt: skip
    assert lake.count("paper_records") == 5


def all_checks_pass(lake: Lake) -> bool:
    return all(
        run_check(check, lake, Settings())[0].is_passed
        for check in CHECKS
        # Contracts take long and look at rows alone; what does not block speaks of the calendar.
        if check.is_blocking and not check.name.startswith("contract_of_")
    )


class Crash(BaseException):
    """Stands for the process ending at once."""


def crash_points(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Runs an update again and again, each time ending it at the next write to lake or index."""
    writers = [(Lake, "apply"), (MatchIndex, "write"), (MatchIndex, "load")]
    real = {place: getattr(*place) for place in writers}
    for point in itertools.count():
        left = point

        def counted(place: tuple[type, str]) -> Callable[..., object]:
            def write(*given: object, **named: object) -> object:
                nonlocal left
                if left == 0:
                    raise Crash
                left -= 1
                return real[place](*given, **named)

            return write

        with monkeypatch.context() as patched:
            for place in writers:
                patched.setattr(*place, counted(place))
            try:
                corpus.update(DAY)
            except Crash:
                yield point
            else:
                return


def test_a_crash_at_any_write_is_made_good(
    corpus: Corpus, whole: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten increments, each crashing at every write in turn, with pages arriving in between."""
    crashes = 0
    arriving = iter(pages().items())
    corpus.write(*next(arriving))
    for _ in crash_points(corpus, monkeypatch):
        crashes += 1
        if crashes % 3 == 0 and (arrived := next(arriving, None)):
            corpus.write(*arrived)
    for name, content in arriving:
        corpus.write(name, content)
    corpus.update(DAY)
    assert crashes > 12
    assert state(corpus) == state(whole)
    assert all_checks_pass(corpus.lake)


def test_a_killed_process_leaves_nothing_that_the_next_run_does_not_mend(
    corpus: Corpus, sample_corpus: Corpus
) -> None:
    killed, whole = corpus, sample_corpus
    killed.put(*SAMPLE.iterdir())
    code = (
        "from pathlib import Path; from paper_pipeline_tests.corpus import Corpus\n"
        f"print('ready', flush=True); Corpus(Path({str(killed.folder)!r})).update()"
    )
    for delay in (0.05, 0.2, 0.45):
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert killed.update(DAY).manifest["counts"] == newest_manifest(whole)["counts"]
    assert state(killed) == state(whole)
    assert all_checks_pass(killed.lake)


def test_a_newer_parser_reads_its_own_dumps_again(
    sample_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from paper_pipeline.clean import formats

    corpus = sample_corpus
    before = corpus.lake.read("parsed_dumps").to_pandas().set_index("dump_id")
    newer = tuple(replace(f, parser_version=f.parser_version + 1) for f in formats.FORMATS)
    monkeypatch.setattr(formats, "FORMATS", newer)
    versions = corpus.versions()
    corpus.acquire()
    after = corpus.lake.read("parsed_dumps").to_pandas().set_index("dump_id")
    assert (after["parser_version"] > before["parser_version"]).all()
    assert corpus.versions()["cleaned_records"] == versions["cleaned_records"]


def test_a_redirect_follows_a_released_paper_that_was_merged(corpus: Corpus) -> None:
    contents = pages()
    corpus.write("a.txt", contents["a.txt"])
    corpus.write("c.txt", contents["c.txt"])
    first = corpus.update(DAY)
    released = corpus.lake.read("deduplicated_papers", ["paper_id", "title"]).to_pylist()
    corpus.write("b.txt", contents["b.txt"])  # joins "One" (by title) and "Another name" (by text)
    second = corpus.update(DAY)
    assert second.version != first.version
    now = {r["paper_id"]: r for r in corpus.lake.read("deduplicated_papers").to_pylist()}
    redirects = corpus.lake.read("paper_redirects").to_pylist()
    lost = {row["paper_id"] for row in released} - set(now)
    assert lost, "two released papers became one, so at least one id is gone"
    assert {row["old_paper_id"] for row in redirects} == lost
    for row in redirects:
        (target,) = row["paper_ids"]
        assert row["kind"] == "merged"
        assert now[target]["record_count"] == 3


def test_every_value_can_be_followed_to_its_bytes(sample_corpus: Corpus) -> None:
    corpus = sample_corpus
    raw = RawStore(corpus.lake.folder / "raw")
    records = {row["record_id"]: row for row in corpus.lake.read("cleaned_records").to_pylist()}
    dumps = {row["dump_id"]: row for row in corpus.lake.read("parsed_dumps").to_pylist()}
    for paper in corpus.lake.read("deduplicated_papers").to_pylist():
        for name in ("title", "abstract"):
            record = records[paper["field_record_ids"][name]]
            assert paper[name] == record[name]
            dump = dumps[record["dump_id"]]
            if dump["format"] == "web_archive":  # there a span can be that of compressed bytes
                continue
            data = raw.get(record["dump_id"])[record["byte_start"] : record["byte_end"]]
            found = html.unescape(data.decode(dump["encoding"])).replace("\\n", " ")
            found = " ".join(found.split())
            written = " ".join(record[f"{name}_raw"].split())  # before repair
            if dump["format"] == "listing_text":
                assert written in found
            else:  # JSON and Python escape what they quote
                assert written.split(maxsplit=1)[0] in found


Command = Callable[..., subprocess.CompletedProcess[str]]


def start_command(corpus: Corpus, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `paper-pipeline` as people do, in a process of its own."""
    environment = os.environ | {"PAPER_PIPELINE_DATA": str(corpus.folder), "COLUMNS": "160"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    script = Path(sys.executable).with_name("paper-pipeline")
    return subprocess.run(
        [script, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_the_command_line(corpus: Corpus, command: Command) -> None:
    """Run, run again, and a blocking check that fails: what people see, and exit codes."""
    corpus.put(*SAMPLE.iterdir())
    first = start_command(corpus, "run")
    assert first.returncode == 0, first.stderr
    found = corpus.lake.read("enriched_papers", ["paper_id", "models"]).to_pylist()
    paper = next(row for row in found if row["models"])
    shown = command("features", paper["paper_id"])
    assert shown.returncode == 0, shown.stderr
    assert "{model}" in shown.stdout
    assert paper["models"][0] in shown.stdout
    assert command("features", "arxiv:0000.00000").returncode == 1
    assert "Released" in first.stdout
    assert "✓ deduplicate records" in first.stderr

    again = start_command(corpus, "run", "--json")
    assert again.returncode == 0, again.stderr
    counts = json.loads(again.stdout)
    assert counts["changed_tables"] == []
    assert {name: counts[name] for name in SAMPLE_COUNTS} == SAMPLE_COUNTS
    assert counts["is_new_release"] is False
    assert again.stderr == ""

    shown = command("status")
    assert "0 new files" in shown.stdout
    assert "{papers} papers from {records} records".format(**SAMPLE_COUNTS) in shown.stdout

    dumps = corpus.lake.read("parsed_dumps")
    row = dumps.slice(0, 1).to_pylist()[0] | {"entry_count": 999}
    corpus.lake.apply("parsed_dumps", type(dumps).from_pylist([row], schema=dumps.schema))
    corpus.write("new.txt", page(("New", abstract(9))))
    failed = start_command(corpus, "run")
    assert failed.returncode == 1
    assert "ERROR cleaned_records.entries_conserved" in failed.stderr
    assert "The run failed" in failed.stderr
    assert "Released" not in failed.stdout
    assert corpus.lake.count("deduplicated_papers") == SAMPLE_COUNTS["papers"], (
        "a stage ran past a failed check"
    )


def test_the_ui_says_when_its_port_is_taken(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("ui", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "name another one with --port" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "--inbox", "no-such-folder"), 2, "expected a folder to take pages from"),
        (("status", "--settings"), 0, "PAPER_PIPELINE_MAX_DUMP_MIB"),
        (("dictionary",), 0, "# Data dictionary"),
        (("--help",), 0, "Brings the whole corpus up to date"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_commands_that_need_no_corpus(command: Command, arguments, code: int, words: str) -> None:
    done = command(*arguments)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
