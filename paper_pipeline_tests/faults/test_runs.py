"""Runs that die, first starts at the same moment, signals: over whole processes.

What a process is killed at is random by nature; what must hold afterwards is not.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest

from paper_pipeline.cli.signals import ENDING
from paper_pipeline_tests.faults.pipeline import (
    PAGES,
    Pipeline,
    kill_when,
    processes_below,
    still_running,
)
from paper_pipeline_tests.replay import GeneratedDays, ReplayServer, hang
from paper_pipeline_tests.ui.server import running_ui, stop_group, wait_until

RELEASE_SECONDS = 120.0
END_SECONDS = 10.0
LAST = date(2025, 10, 10)


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """Three pages in the inbox, and the fourth is still to come."""
    pipeline = Pipeline(tmp_path / "data", {"settle_seconds": "1", "plots": "off"})
    pipeline.drop(*PAGES[:3])
    return pipeline


@pytest.fixture
def site() -> Iterator[ReplayServer]:
    """A site that answers six days, and then keeps whoever asks waiting."""
    hanging = {number: hang(3600) for number in range(7, 100)}
    with ReplayServer(GeneratedDays(40, LAST), hanging) as site:
        yield site


def die(pipeline: Pipeline, how: str) -> None:
    """Lets a run of the command line die in the middle of its work."""
    process = pipeline.start("run")
    number = signal.SIGHUP if how == "SIGHUP" else signal.SIGKILL
    kill_when(process, lambda: pipeline.has_table("cleaned_records"), number)
    process.wait(END_SECONDS)
    assert pipeline.released() == {}, "it came to its end"
    if how == "reboot":  # another start of the machine, and a while ago
        for note in (pipeline.data / "dagster_home" / "running").iterdir():
            note.write_text(json.dumps({**json.loads(note.read_text()), "boot": "the one before"}))
            os.utime(note, (0, 0))


@pytest.mark.parametrize("how", ["SIGKILL", "SIGHUP", "reboot"])
class TestRunThatDied:
    def test_the_next_run_goes_on(self, pipeline: Pipeline, tmp_path: Path, how: str) -> None:
        die(pipeline, how)
        pipeline.run("run")
        assert [run["status"] for run in pipeline.runs()] == ["FAILURE", "SUCCESS"]
        undisturbed = Pipeline(tmp_path / "undisturbed", pipeline.settings)
        undisturbed.drop(*PAGES[:3])
        undisturbed.run("run")
        assert pipeline.released()["fingerprint"] == undisturbed.released()["fingerprint"]

    def test_beside_the_ui_a_file_is_released(
        self, pipeline: Pipeline, tmp_path: Path, how: str
    ) -> None:
        die(pipeline, how)
        with running_ui(tmp_path, inbox=pipeline.inbox, **pipeline.settings):
            pipeline.drop(PAGES[3])
            wait_until("a release", lambda: pipeline.dump_count() == 4, seconds=RELEASE_SECONDS)
        assert pipeline.runs()[0]["status"] == "FAILURE"


def test_a_run_of_the_ui_that_was_killed_is_tried_again_once(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    with running_ui(tmp_path, inbox=pipeline.inbox, **pipeline.settings):
        running = pipeline.data / "dagster_home" / "running"
        wait_until("a run", lambda: pipeline.has_table("cleaned_records"), seconds=RELEASE_SECONDS)
        (note,) = running.iterdir()
        os.kill(json.loads(note.read_text())["pid"], signal.SIGKILL)
        wait_until("a release", lambda: pipeline.dump_count() == 3, seconds=RELEASE_SECONDS)
        wait_until(
            "its run to end",
            lambda: {run["status"] for run in pipeline.runs()} <= {"FAILURE", "SUCCESS"},
            seconds=60,
        )
    killed, *others = pipeline.runs()
    assert killed["status"] == "FAILURE"
    assert [run["status"] for run in others if run["parent"] == killed["id"]] == ["SUCCESS"]
    assert {run["status"] for run in others} == {"SUCCESS"}


def test_a_killed_backfill_holds_up_no_other(tmp_path: Path, site: ReplayServer) -> None:
    settings = {"daily_papers_url": site.url, "fetch_rate": "0", "fetch_attempts": "1"}
    pipeline = Pipeline(tmp_path / "data", {**settings, "plots": "off"})
    first = pipeline.start("backfill", "--from", "2025-09-29", "--to", str(LAST))
    kill_when(first, lambda: len(site.requests) >= 7)
    first.wait(END_SECONDS)
    with ReplayServer(GeneratedDays(40, LAST)) as healthy:
        again = Pipeline(pipeline.data, {**pipeline.settings, "daily_papers_url": healthy.url})
        again.run("backfill", "--from", "2025-09-29", "--to", str(LAST))
    assert [run["status"] for run in again.runs()] == ["FAILURE", "SUCCESS"]
    assert again.dump_count() == 10


@pytest.mark.parametrize("number", range(10))
class TestFirstStarts:
    def test_two_runs(self, tmp_path: Path, number: int) -> None:
        pipeline = Pipeline(tmp_path / "data", {"plots": "off"})
        pipeline.drop(PAGES[0])
        both = [pipeline.start("run") for _ in range(2)]
        assert [process.wait(180) for process in both] == [0, 0], pipeline.output()
        pipeline.run("run")
        assert pipeline.dump_count() == 1

    def test_a_run_and_the_ui(self, tmp_path: Path, number: int) -> None:
        pipeline = Pipeline(tmp_path / "data", {"plots": "off"})
        pipeline.drop(PAGES[0])
        process = pipeline.start("run")
        with running_ui(tmp_path, inbox=pipeline.inbox) as server:
            assert process.wait(180) == 0, pipeline.output()
            assert "Traceback" not in server.output()
        pipeline.run("run")
        assert pipeline.dump_count() == 1


def end(process: "subprocess.Popen[bytes]", number: signal.Signals) -> list[str]:
    """Sends a signal to a process alone; returns what it had started and has left behind."""
    below = processes_below(process)
    process.send_signal(number)
    try:
        process.wait(END_SECONDS)
        return still_running(below)
    finally:
        stop_group(process)


@pytest.mark.parametrize("number", ENDING)
class TestSignals:
    @pytest.mark.parametrize("table", ["raw_inbox_dumps", "cleaned_records", "enriched_papers"])
    def test_run(self, pipeline: Pipeline, number: signal.Signals, table: str) -> None:
        process = pipeline.start("run")
        wait_until(table, lambda: pipeline.has_table(table), seconds=60, every_seconds=0.02)
        assert end(process, number) == []
        assert process.returncode == 128 + number
        said = pipeline.output()
        assert f"Stopped by {number.name}. What was finished is kept." in said
        assert "Traceback" not in said
        assert [run["status"] for run in pipeline.runs()] == ["FAILURE"]
        pipeline.run("run")

    @pytest.mark.parametrize("command", ["backfill", "ingest"])
    def test_while_a_site_does_not_answer(
        self, tmp_path: Path, site: ReplayServer, number: signal.Signals, command: str
    ) -> None:
        pipeline = Pipeline(
            tmp_path / "data",
            {"daily_papers_url": site.url, "fetch_rate": "0", "refetch_days": "30"},
        )
        days = ["--from", "2025-09-29", "--to", str(LAST)] if command == "backfill" else []
        process = pipeline.start(command, *days)
        wait_until("a request", lambda: len(site.requests) >= 7, seconds=60)
        assert end(process, number) == []
        assert process.returncode == 128 + number
        assert "Traceback" not in pipeline.output()

    def test_while_it_waits_for_another(self, pipeline: Pipeline, number: signal.Signals) -> None:
        pipeline.run("run")
        with pipeline.lake_held() as holder:
            process = pipeline.start("rebuild")
            waits = f"Waiting for process {holder.pid} on"
            wait_until("it to wait", lambda: waits in pipeline.output(), seconds=60)
            assert end(process, number) == []
        assert process.returncode == 128 + number

    @pytest.mark.parametrize("works", [False, True], ids=["idle", "at work"])
    def test_ui(
        self, pipeline: Pipeline, tmp_path: Path, number: signal.Signals, works: bool
    ) -> None:
        inbox = pipeline.inbox if works else tmp_path
        with running_ui(tmp_path, inbox=inbox, **pipeline.settings) as server:
            if works:
                wait_until("a run", lambda: pipeline.has_table("cleaned_records"), seconds=90)
            assert len(processes_below(server.process)) >= 4
            assert end(server.process, number) == []
        assert server.process.returncode == 128 + number
        assert [run["status"] for run in pipeline.runs()] == ["FAILURE"] * works


def test_a_ui_whose_server_dies_leaves_nothing(tmp_path: Path) -> None:
    with running_ui(tmp_path, inbox=tmp_path) as server:
        below = processes_below(server.process)
        (webserver,) = [p for p in below if "dagster_webserver" in p.cmdline()]
        webserver.kill()
        assert server.process.wait(30) == 1
        psutil.wait_procs(below, timeout=END_SECONDS)
        assert still_running(below) == []
        assert "The server has ended by itself" in server.output()
