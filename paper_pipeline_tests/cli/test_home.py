"""Dagster's home is made whole, once."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance

from paper_pipeline.cli import home
from paper_pipeline.cli.home import make_home, open_home

WHOLE = {"dagster.yaml", "history", "schedules"}


def parts_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".making.lock"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "dagster_home"
    make_home(folder)
    return folder


def test_a_new_home_is_whole(made: Path) -> None:
    assert parts_of(made) == WHOLE
    with open_home(made) as instance:
        assert instance.is_persistent
        assert instance.get_runs() == []
        assert instance.run_retries_enabled, "as dagster.yaml says"


@pytest.mark.parametrize("lacks", sorted(WHOLE))
def test_a_process_killed_at_it_leaves_no_half(made: Path, tmp_path: Path, lacks: str) -> None:
    """The parts are put in their places one by one, each whole."""
    shutil.copytree(made, tmp_path / "home")
    for left in ("history", "dagster.yaml"):
        (tmp_path / "home" / ".making" / left).mkdir(parents=True)
    part = tmp_path / "home" / lacks
    part.unlink() if part.is_file() else shutil.rmtree(part)
    make_home(tmp_path / "home")
    assert parts_of(tmp_path / "home") == WHOLE
    with open_home(tmp_path / "home") as instance:
        assert instance.get_runs() == []


def test_a_configuration_of_ones_own_stays(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("run_retries:\n  enabled: false\n")
    make_home(tmp_path)
    assert (tmp_path / "dagster.yaml").read_text() == "run_retries:\n  enabled: false\n"
    with open_home(tmp_path) as instance:
        assert not instance.run_retries_enabled


def test_a_whole_home_is_not_opened(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(DagsterInstance, "from_config", fail)
    monkeypatch.setattr(home.filelock, "FileLock", fail)
    make_home(made)
