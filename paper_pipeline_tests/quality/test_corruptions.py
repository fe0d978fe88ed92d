"""Whatever goes wrong with data ends in the check or rule that is meant for it, and in no other."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from paper_pipeline.definitions import defs
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.vocabulary import QUARANTINE_RULES
from paper_pipeline_tests.quality.corruptions import (
    BLOCKED,
    CORRUPTIONS,
    FAILED,
    FLAGGED,
    OUTCOMES,
    QUARANTINED,
    UNSOUND,
    Corruption,
    choose_typical,
    render_table,
)
from paper_pipeline_tests.quality.scene import Run, Scene, make_good_corpus

RELEASE = "corpus_release"
# All of them take five minutes of CPU: CI has them, `make test` one of each kind.
WANTED = CORRUPTIONS if os.environ.get("EVERY_CORRUPTION") else choose_typical()
# Blocking checks that no corruption here is meant for.
NOT_HIT: dict[str, str] = {}


@dataclass(frozen=True)
class Good:
    """A corpus in good order, which every case begins with, at the same place."""

    folder: Path
    copy: Path

    def restore(self) -> Path:
        """Puts the folder back as it was; the inbox knows files by their paths."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        return self.folder


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Good]:
    folder = tmp_path_factory.mktemp("corruptions")
    corpus = Good(folder / "data", folder / "good")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PAPER_PIPELINE_")]:
            patch.delenv(name)
        make_good_corpus(corpus.folder)
    shutil.copytree(corpus.folder, corpus.copy)
    yield corpus
    shutil.rmtree(folder)


@pytest.fixture
def scene(good: Good, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(good.restore(), monkeypatch)


def test_good_data_fails_no_check(scene: Scene) -> None:
    scene.deliver(scene.entries)
    run = scene.run()
    assert run.is_success
    assert run.is_released
    assert run.failed == {}
    assert run.quarantined == {}
    assert RELEASE in run.materialised


@pytest.mark.parametrize("corruption", WANTED, ids=lambda c: c.name.replace(" ", "-"))
def test_a_corruption_ends_where_it_is_meant_to(scene: Scene, corruption: Corruption) -> None:
    corruption.inject(scene)
    run = scene.run()
    kind, _, meant = corruption.caught_by.rpartition(":")
    expected = {meant} if corruption.outcome == BLOCKED else set[str]()
    assert run.errors == expected | set(corruption.also), run
    assert run.is_success == (corruption.outcome in (FLAGGED, QUARANTINED)), run
    assert run.error == (meant if kind == "error" else ""), run
    if kind == "rule":
        assert run.quarantined[meant], run
    if corruption.outcome in (BLOCKED, FLAGGED):
        assert run.failed.get(meant) == {BLOCKED: "ERROR", FLAGGED: "WARN"}[corruption.outcome], run
    if not run.is_success:
        later = find_downstream(meant)
        assert run.materialised.isdisjoint(later), run
        assert not run.is_released or RELEASE not in later, run
    assert_named(corruption, run, meant)


def assert_named(corruption: Corruption, run: Run, meant: str) -> None:
    """What is wrong is said by its name, where people look."""
    check = "cleaned_records.dumps_sound" if corruption.caught_by == UNSOUND else meant
    if corruption.names:
        assert corruption.names in run.shown[check], run.shown


def find_downstream(check: str) -> set[str]:
    """The assets of later steps, which must not run once a check fails; of an error, the release.

    What the same step writes is there before the check.
    """
    asset = check.partition(".")[0]
    graph = defs.resolve_asset_graph()
    names = {key: key.to_user_string() for key in graph.get_all_asset_keys()}
    key = next((key for key, name in names.items() if name == asset), None)
    if key is None:
        return {RELEASE}
    found, waiting = set[dg.AssetKey](), [key]
    while waiting:
        children = graph.get(waiting.pop()).child_keys - found
        found |= children
        waiting.extend(children)
    return {names[child] for child in found - graph.get(key).execution_set_asset_keys}


def test_every_blocking_check_and_every_kind_of_end_has_its_corruption() -> None:
    names = [corruption.name for corruption in CORRUPTIONS]
    assert len(names) == len(set(names)) >= 40
    meant = {corruption.caught_by for corruption in CORRUPTIONS}
    blocking = {f"{check.asset}.{check.name}" for check in CHECKS if check.is_blocking}
    assert blocking - meant == set(NOT_HIT)
    known = {f"{check.asset}.{check.name}" for check in CHECKS} | {
        f"rule:{r}" for r in QUARANTINE_RULES
    }
    assert {name for name in meant if not name.startswith("error:")} <= known
    assert {corruption.outcome for corruption in CORRUPTIONS} == set(OUTCOMES)
    assert {c.outcome for c in CORRUPTIONS if c.caught_by.startswith("error:")} == {FAILED}


def test_what_is_run_by_default_is_enough_to_notice() -> None:
    typical = choose_typical()
    assert len(typical) >= 40
    kept = {corruption.caught_by for corruption in CORRUPTIONS}
    left_out = kept - {corruption.caught_by for corruption in typical}
    assert all("contract_of_" in name or "references_of_" in name for name in left_out)


def test_the_table_shows_every_corruption() -> None:
    lines = render_table().splitlines()
    assert len(lines) == len(CORRUPTIONS) + 2
    assert all(line.count(" | ") == 3 for line in lines if not line.startswith("|--"))
