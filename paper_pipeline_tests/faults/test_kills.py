"""A hundred kills, at any moment from the first import to the last event: one fingerprint."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from paper_pipeline_tests.corpus import abstract, page
from paper_pipeline_tests.faults.pipeline import PAGES, Pipeline
from paper_pipeline_tests.ui.server import running_ui, wait_until

UNDER_THE_COMMAND_LINE, BESIDE_THE_UI = 90, 10
RELEASE_SECONDS = 120.0
SETTINGS = {"plots": "off", "settle_seconds": "1"}
BEFORE, ALL = PAGES[:4], PAGES[:7]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What comes of pages when nobody interferes.

    Attributes:
        before: Data folder with a release of BEFORE.
        fingerprint: Of the release of ALL.
        first_seconds, next_seconds: How long a run took over all pages, and over the rest of them.
    """

    before: Path
    fingerprint: object
    first_seconds: float
    next_seconds: float


def run_timed(pipeline: Pipeline) -> float:
    started = time.monotonic()
    pipeline.run("run")
    return time.monotonic() - started


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    once, twice = (Pipeline(folder / name, SETTINGS) for name in ("once", "twice"))
    twice.drop(*BEFORE)
    twice.run("run")
    before = shutil.copytree(twice.data, folder / "before")
    once.drop(*ALL)
    twice.drop(*ALL)
    first_seconds, next_seconds = run_timed(once), run_timed(twice)
    fingerprint = once.released()["fingerprint"]
    assert twice.released()["fingerprint"] == fingerprint
    return Undisturbed(before, fingerprint, first_seconds, next_seconds)


@pytest.mark.parametrize("number", range(UNDER_THE_COMMAND_LINE))
def test_under_the_command_line(tmp_path: Path, undisturbed: Undisturbed, number: int) -> None:
    choose = random.Random(number)  # noqa: S311 -- not a secret
    pipeline, is_first = Pipeline(tmp_path / "data", SETTINGS), number % 2
    if not is_first:
        shutil.copytree(undisturbed.before, pipeline.data)
    pipeline.drop(*ALL)
    for _ in range(choose.choice([1, 1, 2])):
        process = pipeline.start("run")
        seconds = undisturbed.first_seconds if is_first else undisturbed.next_seconds
        try:
            process.wait(choose.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    pipeline.run("run")
    assert pipeline.released()["fingerprint"] == undisturbed.fingerprint
    pipeline.run("check", "--full")
    assert {run["status"] for run in pipeline.runs()} <= {"SUCCESS", "FAILURE", "NOT_STARTED"}


def runs_at_work(pipeline: Pipeline) -> Iterator[psutil.Process]:
    """The processes that have announced a run and are alive."""
    for note in (pipeline.data / "dagster_home" / "running").glob("*"):
        try:
            yield psutil.Process(json.loads(note.read_text())["pid"])
        except (ValueError, FileNotFoundError, psutil.NoSuchProcess):
            continue


def test_beside_the_ui(tmp_path: Path) -> None:
    choose = random.Random(BESIDE_THE_UI)  # noqa: S311 -- not a secret
    pipeline = Pipeline(tmp_path / "data", SETTINGS)
    pipeline.inbox.mkdir(parents=True)
    kills, dropped, slowest = 0, 0, 0.0
    with running_ui(tmp_path, inbox=pipeline.inbox, **SETTINGS):
        while kills < BESIDE_THE_UI:
            made = tmp_path / f"{dropped}.txt"
            made.write_text(page((f"Number {dropped}", abstract(dropped))), "utf-8")
            pipeline.drop(made)
            started, dropped = time.monotonic(), dropped + 1
            wait_until("a run", lambda: any(runs_at_work(pipeline)), seconds=RELEASE_SECONDS)
            time.sleep(choose.uniform(0, 4))
            for process in runs_at_work(pipeline):
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            wait_until(
                f"{dropped} dumps to be released",
                lambda number=dropped: pipeline.dump_count() == number,
                seconds=RELEASE_SECONDS - (time.monotonic() - started),
            )
            slowest = max(slowest, time.monotonic() - started)
    print(f"{kills} kills; the slowest file was released after {slowest:.0f} s")
