"""Old releases go whole, what others need stays, and raw dumps are never touched."""

import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from paper_pipeline.lake.raw import RawStore
from paper_pipeline.published.release import list_releases
from paper_pipeline.release.retention import LEAVING, prune
from paper_pipeline.release.verify import verify_release
from paper_pipeline.settings import Settings
from paper_pipeline.workflows.backlog import find_stages_behind
from paper_pipeline_tests.corpus import Corpus, abstract, page

VERSIONS = ["2026.01.01", "2026.01.02", "2026.01.03"]
NO_HISTORY = timedelta(0)
LONG = timedelta(days=30)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = Corpus(tmp_path_factory.mktemp("retention"))
    for day in (1, 2, 3):
        text = page((f"Harbour {day}", abstract(day)), page_on=f"Sep {day}, 2025")
        corpus.write(f"{day}.txt", text)
        corpus.update(date(2026, 1, day))
    return corpus.folder


@pytest.fixture
def corpus(published: Path, tmp_path: Path) -> Corpus:
    for name in ("lake", "releases"):
        shutil.copytree(published / name, tmp_path / name)
    return Corpus(tmp_path)


def _versions(corpus: Corpus) -> list[str]:
    return [release.version for release in list_releases(corpus.folder / "releases")]


@pytest.mark.parametrize(
    ("keep", "stay"),
    [(0, VERSIONS), (1, VERSIONS[2:]), (2, VERSIONS[1:]), (3, VERSIONS), (99, VERSIONS)],
)
def test_the_newest_stay(corpus: Corpus, keep: int, stay: list[str]) -> None:
    folder, raw = corpus.folder / "releases", RawStore(corpus.folder / "lake" / "raw")
    dump_ids = corpus.lake.read("raw_inbox_dumps", ["dump_id"])["dump_id"].to_pylist()
    before = {name: corpus.lake.read(name).num_rows for name in ("cleaned_records", "match_edges")}
    gone = tuple(v for v in VERSIONS if v not in stay)
    told = prune(corpus.lake, folder, keep=keep, history=LONG, dry_run=True)
    assert _versions(corpus) == VERSIONS
    assert told.versions == gone
    assert set(corpus.lake.tags()) == {f"release-{v}" for v in VERSIONS}
    done = prune(corpus.lake, folder, keep=keep, history=LONG)
    assert (done.versions, done.tags) == (told.versions, told.tags)
    assert sorted(path.name for path in folder.iterdir()) == _versions(corpus) == stay
    assert set(corpus.lake.tags()) == {f"release-{v}" for v in stay}
    assert all(raw.get(dump_id) for dump_id in dump_ids)
    assert {name: corpus.lake.read(name).num_rows for name in before} == before
    assert verify_release(folder / stay[-1]) == []
    again = prune(corpus.lake, folder, keep=keep, history=LONG)
    assert (again.versions, again.tags) == ((), ())


def test_fewer_than_none_is_refused(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="0 releases"):
        prune(corpus.lake, corpus.folder / "releases", keep=-1, history=LONG)
    assert _versions(corpus) == VERSIONS


def test_no_releases_yet(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    pruned = prune(corpus.lake, tmp_path / "releases", keep=1, history=LONG)
    assert pruned.versions == ()


def test_old_versions_go_and_tagged_ones_stay(corpus: Corpus) -> None:
    lake, folder = corpus.lake, corpus.folder / "releases"
    kept = lake.tags()[f"release-{VERSIONS[2]}"]
    table = lake.folder / "deduplicated_papers.lance"
    count = len(list((table / "_versions").iterdir()))
    rows = lake.read("deduplicated_papers").sort_by("paper_id")
    prune(lake, folder, keep=1, history=NO_HISTORY)
    assert len(list((table / "_versions").iterdir())) < count
    assert lake.tags() == {f"release-{VERSIONS[2]}": kept}
    assert lake.read("deduplicated_papers").sort_by("paper_id").equals(rows)
    # The stages go on from there, and nothing is new.
    assert corpus.update(date(2026, 2, 1)).version == VERSIONS[2]
    corpus.write("more.txt", page(("Harbour 9", abstract(9)), page_on="Sep 9, 2025"))
    assert corpus.update(date(2026, 2, 1)).version == "2026.02.01"


@pytest.mark.parametrize("history", [NO_HISTORY, LONG])
def test_no_stage_has_anything_to_do_afterwards(corpus: Corpus, history: timedelta) -> None:
    folder, before = corpus.folder / "releases", corpus.versions()
    settings = Settings(data=str(corpus.folder))
    assert find_stages_behind(corpus.lake, settings) == []
    prune(corpus.lake, folder, keep=2, history=history)
    assert corpus.versions() == before
    assert find_stages_behind(corpus.lake, settings) == []


def test_readers_at_work_and_links_keep_their_data(corpus: Corpus) -> None:
    folder = corpus.folder / "releases"
    newest, oldest = folder / VERSIONS[2], folder / VERSIONS[0]
    (newest / "shared").unlink(missing_ok=True)
    os.link(oldest / "records.parquet", newest / "shared")
    shared = (newest / "shared").read_bytes()
    with pq.ParquetFile(oldest / "papers.parquet") as reading:
        prune(corpus.lake, folder, keep=1, history=LONG)
        assert not oldest.exists()
        assert reading.read().num_rows == 1
    assert (newest / "shared").read_bytes() == shared


def test_bytes_that_others_link_are_not_counted(corpus: Corpus) -> None:
    folder = corpus.folder / "releases"
    before = prune(corpus.lake, folder, keep=1, history=LONG, dry_run=True).byte_count
    linked = folder / VERSIONS[0] / "records.parquet"
    os.link(linked, corpus.folder / "elsewhere")
    after = prune(corpus.lake, folder, keep=1, history=LONG, dry_run=True).byte_count
    assert before - after == linked.stat().st_size


def test_a_crash_is_made_good_and_copies_are_left_alone(corpus: Corpus) -> None:
    folder = corpus.folder / "releases"
    shutil.copytree(folder / VERSIONS[0], folder / "my-copy")
    (folder / VERSIONS[1]).rename(folder / f"{LEAVING}{VERSIONS[1]}")
    pruned = prune(corpus.lake, folder, keep=1, history=LONG)
    assert pruned.versions == (VERSIONS[0],)
    assert sorted(p.name for p in folder.iterdir()) == [VERSIONS[2], "my-copy"]
