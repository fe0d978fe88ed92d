"""Releases are numbered by the calendar, made once, and there whole or not at all."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from paper_pipeline.lake.checksums import Checksums
from paper_pipeline.lake.store import DamagedTable
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.reader.corpus import as_of
from paper_pipeline.release import publish, snapshot
from paper_pipeline.release.source import released_schema
from paper_pipeline.release.verify import verify_release
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import SAMPLE, SAMPLE_COUNTS, Corpus, abstract, page
from paper_pipeline_tests.test_pipeline import all_checks_pass

DAY = date(2026, 1, 9)


@pytest.mark.parametrize(
    ("taken", "today", "expected"),
    [
        ([], date(2026, 1, 9), "2026.01.09"),
        (["2026.01.08"], date(2026, 1, 9), "2026.01.09"),
        (["2026.01.09"], date(2026, 1, 9), "2026.01.09.1"),
        (["2026.01.09", "2026.01.09.9", "2026.01.09.10"], date(2026, 1, 9), "2026.01.09.11"),
        (["2027.05.01"], date(2026, 1, 9), "2027.05.01.1"),
    ],
    ids=["first", "next day", "same day", "as numbers", "the clock went back"],
)
def test_next_version(taken: list[str], today: date, expected: str) -> None:
    assert publish.next_version(taken, today) == expected


def test_a_release_says_what_it_is(corpus: Corpus) -> None:
    corpus.put(*SAMPLE.iterdir())
    release = corpus.update(DAY)
    papers = pq.read_table(release.folder / "papers.parquet")
    manifest = json.loads((release.folder / "manifest.json").read_text("utf-8"))
    assert manifest["version"] == release.folder.name == "2026.01.09"
    assert manifest["fingerprint"] == snapshot.fingerprint(papers)
    assert manifest["counts"] == SAMPLE_COUNTS
    described = snapshot.describe_file(release.folder / "papers.parquet")
    assert manifest["files"]["papers.parquet"] == described
    assert papers["paper_id"].to_pylist() == sorted(papers["paper_id"].to_pylist())
    assert papers.schema.equals(released_schema())
    assert len(manifest["inputs"]["dump_ids"]) == SAMPLE_COUNTS["dumps"]


def test_two_corpora_of_the_same_dumps_are_byte_identical(tmp_path) -> None:
    folders = []
    for name in ("one", "two"):
        corpus = Corpus(tmp_path / name)
        corpus.put(*SAMPLE.iterdir())
        folders.append(corpus.update(DAY).folder)
    for file in folders[0].iterdir():
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name


def test_nothing_new_no_release(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    first = corpus.update(DAY)
    before = corpus.versions()
    assert corpus.update(date(2026, 2, 1)).version == first.version
    assert corpus.versions() == before
    corpus.write("b.txt", page(("Two", abstract(2))))
    assert corpus.update(date(2026, 2, 1)).version == "2026.02.01"


def test_a_clock_that_was_ahead_once_holds_up_nothing(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Releases go by their numbers: the newest is the last one made, whatever the clock said."""
    ahead = datetime(2037, 5, 5, tzinfo=UTC)
    corpus.write("a.txt", page(("One", abstract(1))))
    with monkeypatch.context() as patch:
        patch.setattr(publish, "datetime", type("Ahead", (datetime,), {"now": lambda _: ahead}))
        assert corpus.update(ahead.date()).version == "2037.05.05"
    assert all_checks_pass(corpus.lake)
    corpus.write("b.txt", page(("Two", abstract(2))))
    release = corpus.update(DAY)
    assert release.version == "2037.05.05.1"
    assert release.manifest["counts"]["papers"] == 2
    assert "number of a day to come, as today is 2026-01-09" in caplog.text
    assert all_checks_pass(corpus.lake)
    (check,) = (check for check in CHECKS if check.name == "released_papers_kept")
    newest = [
        path.parent.name for path in check.files(corpus.lake, Settings(data=str(corpus.folder)))
    ]
    assert newest == ["2037.05.05.1"]
    with pytest.warns(UserWarning, match="a clock was ahead"):
        assert as_of(date(2037, 12, 31), corpus.folder).version == "2037.05.05.1"


def test_a_lost_release_is_made_again_and_a_lost_row_too(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    first = corpus.update(DAY)
    shutil.rmtree(corpus.lake.folder / "corpus_release.lance")
    with pytest.raises(DamagedTable, match="to go on with the table as it is"):
        corpus.update(DAY)
    (corpus.lake.folder / "checksums" / "corpus_release.txt").unlink()
    assert corpus.update(DAY).version == first.version
    assert corpus.lake.read("corpus_release")["version"].to_pylist() == [first.version]
    shutil.rmtree(first.folder)
    again = corpus.update(DAY)
    assert (again.version, again.fingerprint) == (first.version, first.fingerprint)


def test_leftovers_of_a_crash_are_cleared_and_never_read(corpus: Corpus) -> None:
    leftover = corpus.folder / "releases" / ".writing-crashed"
    leftover.mkdir(parents=True)
    (leftover / "manifest.json").write_text("{")
    corpus.write("a.txt", page(("One", abstract(1))))
    corpus.update(DAY)
    assert [p.name for p in (corpus.folder / "releases").iterdir()] == ["2026.01.09"]


def test_a_broken_manifest_is_an_error_with_a_remedy(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    release = corpus.update(DAY)
    (release.folder / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="move the release's folder away"):
        corpus.update(DAY)


def test_a_file_that_did_not_change_is_a_link_to_the_release_before(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    first = corpus.update(DAY)
    corpus.write("b.txt", page(("Two", abstract(2))))
    second = corpus.update(date(2026, 2, 1))
    linked = {p.name for p in second.folder.iterdir() if p.samefile(first.folder / p.name)}
    assert linked == {"redirects.parquet"}
    assert not [p.name for p in second.folder.iterdir() if p.name.startswith(".")]
    assert second.manifest["previous"] == first.version
    assert f"release-{second.version}" in corpus.lake.tags()


def test_where_a_disk_knows_no_links_a_release_has_files_of_its_own(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    for number in (1, 2):
        corpus.write(f"{number}.txt", page((f"Number {number}", abstract(number))))
        release = corpus.update(date(2026, 1, number))
        assert verify_release(release.folder) == []


def test_a_release_is_seen_after_the_lake_knows_of_it_for_good(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut takes back what was not noted: a release that is there must not lose its tag."""
    corpus.write("a.txt", page(("One", abstract(1))))
    real, unnoted = Path.replace, list[str]()

    def replace(path: Path, target: Path) -> Path:
        if path.name.startswith(".writing-"):
            for name in ("released_papers", *publish.INPUT_TABLES):
                unnoted.extend(
                    Checksums(
                        corpus.lake.folder / "checksums" / f"{name}.txt",
                        corpus.lake.folder / f"{name}.lance",
                    )
                    .look()
                    .unnoted
                )
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with corpus.lake.writing():
        corpus.update(DAY)
    assert unnoted == []
    assert list(corpus.lake.tags()) == ["release-2026.01.09"]
