"""Runs at work: who holds what, and which runs have died."""

import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from paper_pipeline import runs
from paper_pipeline.runs import Holder

RUN = "4fe0a7c2-1111-2222-3333-444455556666"
OTHER_BOOT = Holder(platform.node(), 7, "another start of this machine", "2026-01-01")
ELSEWHERE = Holder("elsewhere", 7, "of another machine", "2026-01-01")


@contextmanager
def another_process(code: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A process that has run some code, which then prints a line; it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


ANNOUNCES = """
import sys, time, pathlib
from paper_pipeline import runs
runs.announce_run(pathlib.Path(sys.argv[1]), sys.argv[2])
print("announced", flush=True)
time.sleep(60)
"""
HOLDS = """
import sys, time, pathlib
from paper_pipeline import runs
runs.announce_run(pathlib.Path(sys.argv[1]).parent / "running", "4fe0a7c2-1111")
with runs.taking_turns(pathlib.Path(sys.argv[1]), "fetching days"):
    print("held", flush=True)
    time.sleep(60)
"""
WAITS = """
import sys, logging, pathlib
from paper_pipeline import runs
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
with runs.taking_turns(pathlib.Path(sys.argv[1]), "fetching days"):
    pass
"""


class TestRule:
    @pytest.mark.parametrize(
        ("holder", "is_held", "silent_seconds", "is_dead"),
        [
            (Holder.me(), True, 3600, False),
            (Holder.me(), False, 0, True),
            (OTHER_BOOT, False, 59, False),
            (OTHER_BOOT, False, 61, True),
            (ELSEWHERE, True, 3600, False),
            (ELSEWHERE, False, 59, False),
            (ELSEWHERE, False, 61, True),
            (None, True, 3600, False),
            (None, False, 59, False),
            (None, False, 61, True),
        ],
        ids=[  # of their own, as workers must agree on them
            "this process", "this machine, gone",
            "before a reboot, a moment ago", "before a reboot",
            "another machine, silent and held", "another machine", "another machine, silent",
            "nobody known, held", "nobody known, a moment ago", "nobody known",
        ],
    )  # fmt: skip
    def test_who_is_dead(
        self, holder: Holder | None, is_held: bool, silent_seconds: float, is_dead: bool
    ) -> None:
        why = runs.describe_death(holder, is_held=is_held, silent_seconds=silent_seconds)
        assert bool(why) == is_dead
        assert not why or holder is None or str(holder) in why

    def test_containers_of_a_machine_share_its_locks(self) -> None:
        me = Holder.me()
        assert Holder("a container", 1, me.boot, "").is_of_this_machine == bool(me.boot)

    def test_where_no_start_is_told_the_host_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "BOOT_ID", Path("/nowhere"))
        assert Holder.me().is_of_this_machine
        assert not ELSEWHERE.is_of_this_machine


class TestProcesses:
    def test_a_run_lives_as_long_as_its_process(self, tmp_path: Path) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=1)
        with another_process(ANNOUNCES, tmp_path, RUN) as process:
            assert runs.why_dead(tmp_path, RUN, long_ago) == ""
            process.kill()
            process.wait()
            why = runs.why_dead(tmp_path, RUN, long_ago)
        assert f"was killed (run 4fe0a7c2, process {process.pid} on" in why

    @pytest.mark.parametrize("content", [None, "", '{"host": "x"', "[]", '{"a": 1}'])
    @pytest.mark.parametrize(("seconds", "is_dead"), [(5, False), (90, True), (-86_400, True)])
    def test_a_run_that_nobody_has_announced(
        self, tmp_path: Path, content: str | None, seconds: float, is_dead: bool
    ) -> None:
        """Also where the clock was a day ahead, and where a process was killed at its note."""
        if content is not None:
            (tmp_path / RUN).write_text(content)
            moment = time.time() - abs(seconds)
            os.utime(tmp_path / RUN, (moment, moment))
        changed_at = datetime.now(UTC) - timedelta(seconds=seconds)
        assert bool(runs.why_dead(tmp_path, RUN, changed_at)) == is_dead

    def test_a_run_of_another_machine_beats(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "HEARTBEAT_SECONDS", 0.01)
        runs.announce_run(tmp_path, RUN)
        os.utime(tmp_path / RUN, (0, 0))
        until(lambda: (tmp_path / RUN).stat().st_mtime > 0)
        runs.announce_run(tmp_path, "the next run")
        assert runs.why_dead(tmp_path, RUN, datetime.now(UTC)), "its process works on another run"
        assert json.loads((tmp_path / "the next run").read_text())["pid"] == os.getpid()

    def test_notes_of_runs_that_have_ended_go(self, tmp_path: Path) -> None:
        for name in ("ended", "died"):
            (tmp_path / name).write_text("{}")
        runs.announce_run(tmp_path, RUN)
        runs.remove_notes(tmp_path, except_of={"died"})
        assert {path.name for path in tmp_path.iterdir()} == {"died", RUN}
        runs.remove_notes(tmp_path / "not there", except_of=set())


class TestTurns:
    def test_who_waits_says_for_whom(self, tmp_path: Path) -> None:
        lock = tmp_path / "folder" / ".lock"
        with (
            another_process(HOLDS, lock) as holder,
            subprocess.Popen(
                [sys.executable, "-c", WAITS, str(lock)], stdout=subprocess.PIPE, text=True
            ) as waiting,
        ):
            assert waiting.stdout
            said = waiting.stdout.readline()
            assert waiting.poll() is None
            holder.kill()
            assert waiting.wait(10) == 0, "the turn of a process that is killed is over"
        assert f"Waiting for run 4fe0a7c2, process {holder.pid} on {platform.node()}" in said
        assert "which is fetching days" in said

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_waiting(self, tmp_path: Path, number: signal.Signals) -> None:
        default = (  # whatever the tests themselves were started with
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        )
        with (
            another_process(HOLDS, tmp_path / ".lock"),
            another_process(default + WAITS, tmp_path / ".lock") as waiting,
        ):
            waiting.send_signal(number)
            assert waiting.wait(10) != 0


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)
