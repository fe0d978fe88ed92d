"""Every release follows from its raw dumps, and what keeps one from it is told."""

import json
import shutil
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from paper_pipeline.clean.update import update_records
from paper_pipeline.dedup.increment import update_papers
from paper_pipeline.enrich.update import update_features
from paper_pipeline.lake.raw import DamagedDump, RawStore
from paper_pipeline.lake.store import Lake
from paper_pipeline.published.changes import find_changes
from paper_pipeline.reader.corpus import Release, list_versions, open_release
from paper_pipeline.release import snapshot
from paper_pipeline.release.publish import tag_of
from paper_pipeline.rulings.corrections import NONE, Corrections, Link, Override
from paper_pipeline.rulings.decisions import Decision, store_decisions
from paper_pipeline.settings import DriftLimits
from paper_pipeline.workflows import rebuild
from paper_pipeline.workflows.rebuild import RebuildError, Rebuilt, rebuild_release
from paper_pipeline_tests.corpus import Corpus, abstract, page

FIRST_DAY = date(2026, 1, 1)
RELEASES = 10
ANSWER = [
    {"id": "2509.00001", "title": "Harbours", "summary": abstract(91)},
    {"id": "2509.00002", "title": "Longer " * 200, "summary": abstract(92)},
]


def _publish(corpus: Corpus, number: int, corrections: Corrections) -> Release:
    corpus.acquire()
    update_papers(corpus.lake, corrections)
    update_features(corpus.lake)
    return corpus.release(FIRST_DAY + timedelta(days=number))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten releases: new papers, repeats, corrections from the sixth on, a decision in the ninth."""
    corpus = Corpus(tmp_path_factory.mktemp("rebuild"))
    corrections = NONE
    for number in range(RELEASES):
        entries = [
            (f"Lantern {number} over the Bay", abstract(number)),
            (f"Lantern {number // 2} over the Bay", abstract(number // 2)),  # seen before
        ]
        corpus.write(f"{number}.txt", page(*entries, page_on=f"Sep {number + 1}, 2025"))
        if number == 7:
            corpus.write("7_2025-09-08.json", json.dumps([{"paper": paper} for paper in ANSWER]))
        if number == 5:
            columns = ["record_id", "paper_id"]
            rows = corpus.lake.read("paper_records", columns).sort_by("paper_id").to_pylist()
            first, last = rows[0]["record_id"], rows[-1]["record_id"]
            reason = {
                "reason": "seen in print",
                "author": "A. Curator",
                "added_on": date(2026, 1, 5),
            }
            corrections = Corrections(
                (
                    Link("must_link", (first, last), **reason),
                    Override(first, "title", "Lanterns: The Whole Story", **reason),
                    Override(first, "published_on", date(2025, 8, 1), **reason),
                    Override(first, "authors", ("Ada Example",), **reason),
                )
            )
        if number == 8:
            waiting = corpus.lake.read("quarantined_entries").to_pylist()
            (entry,) = (row for row in waiting if row["rule"] == "title_too_long")
            decision = Decision(
                entry["entry_id"], entry["byte_start"], ("title_too_long",),
                "it is one", "A. Curator", date(2026, 1, 8),
            )  # fmt: skip
            store_decisions(corpus.lake, [decision])
        _publish(corpus, number, corrections)
    return corpus.folder


@pytest.fixture
def corpus(published: Path, tmp_path: Path) -> Corpus:
    """A copy, to do with as a test likes."""
    for name in ("lake", "releases"):
        shutil.copytree(published / name, tmp_path / name)
    return Corpus(tmp_path)


def _releases(corpus: Corpus) -> list[Release]:
    return [open_release(version, corpus.folder) for version in list_versions(corpus.folder)]


def _rebuild(corpus: Corpus, release: Release) -> Rebuilt:
    return rebuild_release(corpus.lake, RawStore(corpus.folder / "lake" / "raw"), release)


def test_every_release_is_proven(published: Path) -> None:
    corpus = Corpus(published)
    versions, found = corpus.versions(), _releases(corpus)
    assert len(found) == RELEASES
    assert found[5].manifest["corrections"]
    assert found[8].manifest["quarantine_decisions"]
    assert found[8].manifest["counts"]["papers"] > found[7].manifest["counts"]["papers"] + 1
    for release in found:
        rebuilt = _rebuild(corpus, release)
        assert rebuilt.is_proven, (release.version, rebuilt.causes, rebuilt.changes.to_pylist())
        assert (rebuilt.version, rebuilt.causes) == (release.version, ())
    assert corpus.versions() == versions
    assert sorted(p.name for p in published.iterdir()) == ["inbox", "lake", "releases"]


def test_changes_are_those_between_the_papers(published: Path) -> None:
    """Only what was written since is compared, which gives what comparing all would."""
    found = _releases(Corpus(published))
    kinds = set()
    for before, after in pairwise(found):
        expected = find_changes(before.papers(), after.papers(), after.table("redirects"))
        assert after.table("changes").equals(expected)
        kinds.update(expected["kind"].to_pylist())
    assert kinds >= {"added", "changed", "merged"}


def test_changes_are_found_where_nobody_knows_what_was_written(corpus: Corpus) -> None:
    last = _releases(corpus)[-1]
    corpus.lake.untag(tag_of(last.version))
    corpus.write("more.txt", page(("Harbours at Night", abstract(77)), page_on="Sep 20, 2025"))
    corpus.acquire()
    corpus.deduplicate()
    release = corpus.release(FIRST_DAY + timedelta(days=RELEASES))
    expected = find_changes(last.papers(), release.papers(), release.table("redirects"))
    assert expected.num_rows
    assert release.table("changes").equals(expected)


def test_a_release_from_elsewhere_is_compared_whole(corpus: Corpus) -> None:
    """The lake knows what was written since a release of its own, not since one of its number."""
    last = _releases(corpus)[-1]
    papers, path = last.papers(), last.folder / "papers.parquet"
    titles = ["Something Else", *papers["title"].to_pylist()[1:]]
    place = papers.schema.get_field_index("title")
    theirs = papers.set_column(place, papers.schema.field("title"), [titles])
    path.unlink()
    snapshot.write_table(theirs, path)
    said = last.manifest | {"fingerprint": snapshot.fingerprint(theirs)}
    snapshot.write_manifest(said, last.folder / "manifest.json")
    release = corpus.release(FIRST_DAY)
    assert release.version == f"{last.version}.1"
    told = release.table("changes").select(["paper_id", "changed_fields"]).to_pylist()
    assert told == [{"paper_id": papers["paper_id"][0].as_py(), "changed_fields": ["title"]}]


def test_papers_that_were_altered_are_named(corpus: Corpus) -> None:
    release = _releases(corpus)[3]
    path = release.folder / "papers.parquet"
    papers = pq.ParquetFile(path).read()
    titles = ["Something Else", *papers["title"].to_pylist()[1:]]
    place = papers.schema.get_field_index("title")
    path.unlink()
    pq.write_table(papers.set_column(place, papers.schema.field("title"), [titles]), path)
    rebuilt = _rebuild(corpus, release)
    assert not rebuilt.is_proven
    assert rebuilt.fingerprint == rebuilt.expected
    assert rebuilt.changes.select(["paper_id", "changed_fields"]).to_pylist() == [
        {"paper_id": papers["paper_id"][0].as_py(), "changed_fields": ["title"]}
    ]
    assert "papers.parquet is not what was published" in rebuilt.causes[0]


def test_causes_of_other_papers_are_told(corpus: Corpus) -> None:
    release = _releases(corpus)[9]
    versions = {"extractor_version": "0", "parser_old": "3", "paper_pipeline": "0.0.1"}
    manifest = release.manifest | {"code_versions": versions, "corrections": []}
    manifest.pop("quarantine_decisions")
    corpus.lake.untag(tag_of(release.version))
    rebuilt = _rebuild(corpus, replace(release, manifest=manifest))
    assert not rebuilt.is_proven
    told = "\n".join(rebuilt.causes)
    for cause in (
        "extractor_version was 0 then and is",
        "parser_old was 3 then and is not there now",
        "parser_listing_text was not there then",
        "what people had decided",
        "does not keep its tables as they were then",
    ):
        assert cause in told
    assert "0.0.1" not in told
    # The paper that a person released, and the two papers that a person said are one.
    kinds = rebuilt.changes["kind"].to_pylist()
    assert (kinds.count("removed"), kinds.count("added")) == (1, 1)
    assert (
        "title"
        in rebuilt.changes.filter(pc.field("kind") == "changed")["changed_fields"][0].as_py()
    )


def test_what_was_known_of_dumps_then_counts(corpus: Corpus) -> None:
    """The same bytes may come again as another day's: today's rows would give other papers."""
    release = _releases(corpus)[8]
    lake, table = corpus.lake, "raw_inbox_dumps"
    rows = lake.read(table)
    days = pa.array([date(2024, 1, 1)] * rows.num_rows)
    place = rows.column_names.index("page_on")
    lake.apply(table, rows.set_column(place, rows.schema.field(place), days))
    assert _rebuild(corpus, release).is_proven
    lake.untag(tag_of(release.version))
    rebuilt = _rebuild(corpus, release)
    assert not rebuilt.is_proven
    assert "may have changed since" in rebuilt.causes[-1]


def test_limits_are_those_of_the_release(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    release = _releases(corpus)[1]
    assert release.manifest["limits"] == asdict(DriftLimits())
    given: list[DriftLimits] = []

    def update(lake: Lake, raw: RawStore, limits: DriftLimits) -> None:
        given.append(limits)
        update_records(lake, raw, limits)

    monkeypatch.setattr(rebuild, "update_records", update)
    said = release.manifest | {"limits": {"window": 7}}
    assert _rebuild(corpus, replace(release, manifest=said)).is_proven
    assert given == [DriftLimits(window=7)]
    with pytest.raises(RebuildError, match="expected the limits of drift"):
        _rebuild(corpus, replace(release, manifest=release.manifest | {"limits": {"odd": 1}}))


def test_raw_bytes_that_are_gone_are_named(corpus: Corpus) -> None:
    release = _releases(corpus)[2]
    dump_id = release.manifest["inputs"]["dump_ids"][0]
    RawStore(corpus.folder / "lake" / "raw").path(dump_id).unlink()
    with pytest.raises(DamagedDump, match=dump_id):
        _rebuild(corpus, release)
    assert not list(corpus.folder.glob(".rebuilding-*"))


def test_a_dump_that_the_lake_does_not_know_is_named(corpus: Corpus) -> None:
    release = _releases(corpus)[2]
    dump_id = release.manifest["inputs"]["dump_ids"][0]
    lake = corpus.lake
    lake.apply("raw_inbox_dumps", lake.empty("raw_inbox_dumps"), replacing=("dump_id", [dump_id]))
    assert _rebuild(corpus, release).is_proven  # it is still known as of then
    lake.untag(tag_of(release.version))
    with pytest.raises(RebuildError, match=f"1 missing, {dump_id} first"):
        _rebuild(corpus, release)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"inputs": {}}, "expected inputs with dump_ids"),
        ({"inputs": {"dump_ids": [3]}}, "expected inputs with dump_ids"),
        ({"corrections": [{"kind": "override"}]}, "corrections as they were stored"),
        ({"corrections": ["x"]}, "corrections as they were stored"),
        ({"quarantine_decisions": [{"added_on": "soon"}]}, "decisions as they were stored"),
        ({"quarantine_decisions": [3]}, "decisions as they were stored"),
    ],
)
def test_a_manifest_that_does_not_say_enough(corpus: Corpus, said: dict, words: str) -> None:
    release = _releases(corpus)[0]
    with pytest.raises(RebuildError, match=words):
        _rebuild(corpus, replace(release, manifest=release.manifest | said))


@pytest.mark.parametrize("damage", ["missing", "empty", "unsorted"])
def test_papers_that_cannot_be_read(corpus: Corpus, damage: str) -> None:
    release = _releases(corpus)[4]
    path = release.folder / "papers.parquet"
    papers = pq.ParquetFile(path).read()
    path.unlink()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "unsorted":
        pq.write_table(pa.concat_tables([papers.slice(1), papers.slice(0, 1)]), path)
    with pytest.raises(RebuildError, match="expected the papers of release"):
        _rebuild(corpus, release)


def test_a_release_as_old_versions_made_it(corpus: Corpus) -> None:
    release = _releases(corpus)[0]
    kept = ("version", "fingerprint", "counts", "files", "inputs", "corrections", "code_versions")
    manifest = json.loads(json.dumps({name: release.manifest[name] for name in kept}))
    assert _rebuild(corpus, replace(release, manifest=manifest)).is_proven
