"""Damage to every kind of file of the lake, through whole runs: right, or named; never wrong."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from paper_pipeline.lake.checksums import Checksums
from paper_pipeline.lake.tables import TABLES
from paper_pipeline_tests.faults.pipeline import PAGES, Pipeline

SETTINGS = {"plots": "off"}
KINDS = ["data", "_indices", "_refs", "_transactions", "_versions"]
FLIPS = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A data folder before its last page, a copy of an older state, and what is right after."""

    before: Path
    older: Path
    fingerprint: object


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    pipeline = Pipeline(folder / "data", SETTINGS)
    pipeline.drop(*PAGES[:3])
    pipeline.run("run")
    older = shutil.copytree(pipeline.data / "lake", folder / "older")
    pipeline.drop(PAGES[3])
    pipeline.run("run")
    before = shutil.copytree(pipeline.data, folder / "before")
    pipeline.drop(PAGES[4])
    pipeline.run("run")
    return Made(before, older, pipeline.released()["fingerprint"])


@pytest.fixture
def pipeline(made: Made, tmp_path: Path) -> Pipeline:
    pipeline = Pipeline(tmp_path / "data", SETTINGS)
    shutil.copytree(made.before, pipeline.data)
    pipeline.drop(PAGES[4])
    return pipeline


def flip(path: Path, choose: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
    path.write_bytes(data)


def cut(path: Path, count: int | None) -> None:
    data = path.read_bytes()
    path.write_bytes(b"" if count is None else data[:-count])


def heals_or_is_named(pipeline: Pipeline, made: Made, table: str, *, is_derived: bool) -> None:
    """The next run is right; or, of history, fails and names the table until it is mended."""
    before = pipeline.released()["fingerprint"]
    if is_derived:
        pipeline.run("run")
    else:
        assert pipeline.start("run").wait(180) == 1
        assert f"{table}.lance: " in pipeline.output().replace("\n", "")
        assert "Traceback" not in pipeline.output()
        assert pipeline.released()["fingerprint"] in (before, made.fingerprint)
        path = pipeline.data / "lake" / f"{table}.lance"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(made.before / "lake" / path.name, path)
        pipeline.run("run")
    assert pipeline.released()["fingerprint"] == made.fingerprint
    pipeline.run("check", "--full")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
class TestEachTable:
    def test_one_flipped_bit(self, pipeline: Pipeline, made: Made, table) -> None:
        path = pipeline.data / "lake" / f"{table.name}.lance"
        files = sorted((path / "data").glob("*"), key=lambda p: p.stat().st_size)
        if not files:
            pytest.skip("without rows in this corpus")
        flip(files[-1], random.Random(table.name))  # noqa: S311 -- not a secret
        heals_or_is_named(pipeline, made, table.name, is_derived=table.derived)

    def test_put_back_from_an_older_copy(self, pipeline: Pipeline, made: Made, table) -> None:
        path = pipeline.data / "lake" / f"{table.name}.lance"
        older = made.older / path.name
        if not older.exists() or _versions(older) == _versions(path):
            pytest.skip("without a change since then")
        shutil.rmtree(path)
        shutil.copytree(older, path)
        heals_or_is_named(pipeline, made, table.name, is_derived=table.derived)


def _versions(path: Path) -> set[str]:
    return {p.name for p in (path / "_versions").glob("*.manifest")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 100, None], ids=["last byte", "last 100", "all"])
@pytest.mark.parametrize("table", ["enriched_papers", "raw_inbox_dumps"])
def test_each_kind_of_file_cut(
    pipeline: Pipeline, made: Made, table: str, kind: str, count: int | None
) -> None:
    folder = pipeline.data / "lake" / f"{table}.lance" / kind
    files = [p for p in folder.rglob("*") if p.is_file()]
    path = min(p for p in files if "hint" not in p.name)
    cut(path, count)
    heals_or_is_named(pipeline, made, table, is_derived=table == "enriched_papers")


@pytest.mark.parametrize("kind", KINDS)
def test_flips_are_noticed_every_time(pipeline: Pipeline, kind: str) -> None:
    choose = random.Random(kind)  # noqa: S311 -- not a secret
    lake = pipeline.data / "lake"
    sums = {
        t.name: Checksums(lake / "checksums" / f"{t.name}.txt", lake / f"{t.name}.lance")
        for t in TABLES
    }
    for one in sums.values():
        one.note(one.look().moved)  # it is a copy
    files = [p for p in lake.glob(f"*.lance/{kind}/**/*") if p.is_file() and "hint" not in p.name]
    for _ in range(FLIPS):
        path = choose.choice(files)
        whole = path.read_bytes()
        flip(path, choose)
        folder, _, name = path.relative_to(lake).as_posix().partition("/")
        assert list(sums[folder.removesuffix(".lance")].look().damage) == [name]
        path.write_bytes(whole)


@pytest.mark.parametrize("harm", ["cut", "flipped", "emptied", "gone"])
@pytest.mark.parametrize("kind", ["*.sst", "MANIFEST-*", "CURRENT", "*.log", "OPTIONS-*"])
def test_a_damaged_match_index_is_made_again(
    pipeline: Pipeline, made: Made, kind: str, harm: str
) -> None:
    path = max((pipeline.data / "lake" / "match_index").glob(kind), key=lambda p: p.stat().st_size)
    harms: dict[str, Callable[[], object]] = {
        "cut": lambda: cut(path, 100),
        "flipped": lambda: path.stat().st_size and flip(path, random.Random(3)),  # noqa: S311
        "emptied": lambda: cut(path, None),
        "gone": path.unlink,
    }
    harms[harm]()
    pipeline.run("run")
    assert pipeline.released()["fingerprint"] == made.fingerprint


@pytest.mark.parametrize("place", range(12))
def test_a_damaged_memory_is_none(pipeline: Pipeline, made: Made, place: int) -> None:
    choose = random.Random(place)  # noqa: S311 -- not a secret
    for path in sorted((pipeline.data / "lake" / "memory").rglob("*.json")):
        flip(path, choose)
    pipeline.run("run")
    assert pipeline.released()["fingerprint"] == made.fingerprint
