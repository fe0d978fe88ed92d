"""Fixtures that many tests share."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import HealthCheck, settings

from paper_pipeline import settings as our_settings
from paper_pipeline.cli import console, main
from paper_pipeline.quality import validation
from paper_pipeline_tests.corpus import SAMPLE, Corpus

# Examples that touch the lake take longer on a busy machine than any fixed deadline allows for.
# They are the same every time, so that red means a change; HYPOTHESIS_PROFILE=explore looks on.
for name, is_same in (("pipeline", True), ("explore", False)):
    settings.register_profile(
        name,
        deadline=None,
        derandomize=is_same,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "pipeline"))


def pytest_configure() -> None:
    """No setting of the person who runs the tests reaches them, or modules that they import."""
    our_settings.ENV_FILE = None
    for name in _own_variables():
        del os.environ[name]


def _own_variables() -> list[str]:
    return [name for name in os.environ if name.startswith(("PAPER_PIPELINE_", "DAGSTER_"))]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Compressed bytes hold the second they were made in; workers must agree on names of tests."""
    if isinstance(val, bytes) and not val.isascii():
        return f"{len(val)} bytes"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nothing waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test has left in the environment, as the command line does, is gone."""
    for name in _own_variables():
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_garbage_collection_while_time_is_taken(request: pytest.FixtureRequest) -> Iterator[None]:
    """What other tests have left in memory would be looked through on the time of this one."""
    is_timed = "time" in request.node.name
    if is_timed:
        gc.disable()
    yield
    if is_timed:
        gc.enable()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


@pytest.fixture(scope="session")
def made_sample(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The sample pages after all stages, made once; tests get copies: see `sample_corpus`."""
    corpus = Corpus(tmp_path_factory.mktemp("made_sample"))
    corpus.put(*SAMPLE.iterdir())
    corpus.update()
    return corpus


@pytest.fixture
def sample_corpus(made_sample: Corpus, tmp_path: Path) -> Corpus:
    """The sample pages after all stages, to do with as a test likes; the inbox is empty."""
    corpus = Corpus(tmp_path / "sample")
    for name in ("lake", "releases"):
        shutil.copytree(made_sample.folder / name, corpus.folder / name)
    return corpus


NO_LOGS = """
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


@pytest.fixture
def command(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., CompletedProcess[str]]:
    """`paper-pipeline` over a corpus, in this process: one of its own takes seconds to start.

    Contracts see no rows and find nothing, as Great Expectations takes a second for every table.
    """
    validate = validation.validate
    monkeypatch.setattr(
        validation,
        "validate",
        lambda table, rows, *given: validate(table, rows.slice(0, 0), *given),
    )
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(corpus.folder))
    monkeypatch.setenv("DAGSTER_HOME", "")  # which the command line sets
    # Dagster would take the process's own output for its logs, which pytest has taken already.
    home = corpus.folder / "dagster_home"
    home.mkdir(parents=True)
    shipped = resources.files("paper_pipeline").joinpath("dagster.yaml").read_text("utf-8")
    (home / "dagster.yaml").write_text(shipped + NO_LOGS, "utf-8")
    for one in (console.out, console.err):
        monkeypatch.setattr(one, "width", 160)

    def run(*arguments: str) -> CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["paper-pipeline", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return CompletedProcess(arguments, int(ended.value.code or 0), said.out, said.err)

    return run
