"""Fixtures of the tests of commands."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from paper_pipeline.cli.app import app
from paper_pipeline_tests.cli.two_releases import make_releases

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two releases; tests get copies: see `data`."""
    folder = tmp_path_factory.mktemp("commands")
    make_releases(folder)
    return folder


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    """A copy of the data folder, to do with as a test likes."""
    for name in ("lake", "releases"):
        shutil.copytree(published / name, tmp_path / "data" / name)
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`paper-pipeline` over that data folder."""
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(data))
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call
