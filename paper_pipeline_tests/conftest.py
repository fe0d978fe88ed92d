"""Fixtures that many tests share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from paper_pipeline_tests.corpus import Corpus

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


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(("PAPER_PIPELINE_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_garbage_collection_while_time_is_taken(request: pytest.FixtureRequest) -> Iterator[None]:
    """What other tests have left in memory would be looked through on the time of this one."""
    is_timed = "time" in request.node.name
    if is_timed:
        gc.collect()
        gc.disable()
    yield
    if is_timed:
        gc.enable()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)
