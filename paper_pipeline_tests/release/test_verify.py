"""A release is what its manifest says, or what is wrong is told in words."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paper_pipeline.release.snapshot import describe_file
from paper_pipeline.release.verify import verify_release
from paper_pipeline_tests.corpus import Corpus, abstract, page


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, the second with a paper more."""
    corpus = Corpus(tmp_path_factory.mktemp("verify"))
    corpus.write("a.txt", page(("Lanterns at Low Tide", abstract(1)), ("Quiet Gears", abstract(2))))
    corpus.update(date(2026, 1, 9))
    corpus.write("b.txt", page(("Maps of Moss", abstract(3)), page_on="Sep 4, 2025"))
    corpus.update(date(2026, 1, 10))
    return corpus.folder / "releases"


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """The newer of two releases, to do with as a test likes."""
    shutil.copytree(published, tmp_path / "releases")
    return tmp_path / "releases" / "2026.01.10"


def _edit_manifest(folder: Path, **said: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | said), "utf-8")


def _rewrite(path: Path, table: pa.Table) -> None:
    """Puts another table in place, with a manifest that says so."""
    pq.write_table(table, path)
    files = json.loads((path.parent / "manifest.json").read_text("utf-8"))["files"]
    _edit_manifest(path.parent, files=files | {path.name: describe_file(path)})


def test_releases_are_as_published(folder: Path) -> None:
    assert verify_release(folder) == []
    assert verify_release(folder.parent / "2026.01.09") == []


def test_a_release_of_papers_and_manifest_alone_is_whole(folder: Path) -> None:
    files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    for path in folder.iterdir():
        if path.name not in ("papers.parquet", "manifest.json"):
            path.unlink()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name in ("previous", "quarantine_decisions"):
        manifest.pop(name)
    manifest["files"] = {"papers.parquet": files["papers.parquet"]}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert verify_release(folder) == []


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.unlink()  # not through a hard link into another release
    path.write_bytes(data)


def _drop_paper(folder: Path) -> None:
    papers = pq.ParquetFile(folder / "papers.parquet").read()
    _rewrite(folder / "papers.parquet", papers.slice(1))


def _drop_change(folder: Path) -> None:
    changes = pq.ParquetFile(folder / "changes.parquet").read()
    _rewrite(folder / "changes.parquet", changes.slice(0, 0))


def _drop_mention(folder: Path) -> None:
    path = folder / "mentions.parquet"
    mentions = pq.ParquetFile(path).read()
    one = pa.Table.from_pylist([{"paper_id": "paper:" + "0" * 20}], mentions.schema)
    _rewrite(path, pa.concat_tables([mentions, one]))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: _flip(f / "papers.parquet", 100), ["papers.parquet: expected SHA-256"]),
        (lambda f: _flip(f / "records.parquet", 100), ["records.parquet: expected SHA-256"]),
        (lambda f: (f / "README.md").unlink(), ["README.md: expected", "found no file"]),
        (lambda f: (f / "papers.parquet").unlink(), ["papers.parquet: expected", "no file"]),
        (lambda f: (f / "papers.parquet").write_bytes(b""), ["found 0", "a Parquet file"]),
        (lambda f: (f / "notes.txt").write_text("x"), ["notes.txt: expected only files"]),
        (lambda f: (f / "manifest.json").unlink(), ["the manifest of a release"]),
        (lambda f: (f / "manifest.json").write_text("{"), ["the manifest of a release"]),
        (lambda f: (f / "manifest.json").write_text("[]"), ["files with byte_count"]),
        (lambda f: _edit_manifest(f, files={"a": 1}), ["files with byte_count"]),
        (
            lambda f: _edit_manifest(f, files={"../x": {"byte_count": 1, "sha256": ""}}),
            ["../x: expected a file in the release's folder", "papers.parquet among its files"],
        ),
        (_drop_paper, ["expected papers with the fingerprint", "expected 3 papers, found 2"]),
        (_drop_change, ["changes.parquet: expected changes that lead from release 2026.01.09"]),
        (_drop_mention, ["mentions.parquet: expected"]),
        (
            lambda f: _edit_manifest(f, inputs={"dump_ids": []}),
            ["manifest.json: expected 2 inputs, found 0"],
        ),
        (
            lambda f: _drop_paper(f.parent / "2026.01.09"),
            ["expected release 2026.01.09 whole", "verify that release first"],
        ),
    ],
    ids=[
        *("a bit of papers", "a bit of records", "a file gone", "papers gone", "papers empty"),
        *("a file more", "no manifest", "half a manifest", "another JSON", "odd files"),
        *("a way out", "a paper less", "changes that lead elsewhere", "a mention more"),
        *("inputs forgotten", "the release before is damaged"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, damage: Callable[[Path], object], said: list) -> None:
    damage(folder)
    problems = verify_release(folder)
    assert problems
    for words in said:
        assert any(words in problem for problem in problems), problems
    assert all(";" in problem for problem in problems), "a problem without remedy"


def test_changes_are_left_alone_where_the_release_before_is_gone(folder: Path) -> None:
    shutil.rmtree(folder.parent / "2026.01.09")
    assert verify_release(folder) == []
