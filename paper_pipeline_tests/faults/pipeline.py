"""A whole pipeline as its users start it, to be killed, stopped and looked at from outside.

Data flow: files dropped into an inbox -> `paper-pipeline` in processes of its own -> its releases.

What is done to it is for the tests.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from paper_pipeline.published.release import list_releases
from paper_pipeline_tests.corpus import SAMPLE
from paper_pipeline_tests.ui.server import WITH_DEFAULT_SIGNALS, ui_environment, wait_until

SCRIPT = Path(sys.executable).with_name("paper-pipeline")
PAGES = sorted(SAMPLE.glob("*.txt"))
RUN_SECONDS = 180.0
HOLDS_LAKE = """
import sys, time
from pathlib import Path
from paper_pipeline.lake.store import Lake
with Lake(Path(sys.argv[1])).writing():
    print("held", flush=True)
    time.sleep(300)
"""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A data folder, and what is started over it.

    Attributes:
        data: The data folder.
        settings: By name, besides the data folder: settle_seconds="1".
    """

    data: Path
    settings: dict[str, str]

    @property
    def inbox(self) -> Path:
        """Where dumps arrive."""
        return self.data / "inbox"

    def drop(self, *pages: Path) -> None:
        """Puts files into the inbox as if they had been lying there for an hour."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        moment = time.time() - 3600
        for page in pages:
            os.utime(shutil.copy(page, self.inbox), (moment, moment))

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts a command in a process group of its own; `output` tells what it writes."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", WITH_DEFAULT_SIGNALS, str(SCRIPT), *arguments],
                env=ui_environment({"data": str(self.data), **self.settings}),
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> None:
        """Runs a command to its end, which must be a good one.

        Raises:
            AssertionError: It failed; with all that was written over this data folder.
        """
        assert self.start(*arguments).wait(RUN_SECONDS) == 0, self.output()

    @property
    def _log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def output(self) -> str:
        """All that commands have written so far."""
        return self._log.read_text(errors="replace")

    @contextmanager
    def lake_held(self) -> Iterator["subprocess.Popen[str]"]:
        """Another process that writes the lake."""
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDS_LAKE, str(self.data / "lake")],
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout
            process.stdout.readline()
            yield process
            process.kill()

    def has_table(self, name: str) -> bool:
        """Whether a table has been begun."""
        return (self.data / "lake" / f"{name}.lance").is_dir()

    def released(self) -> dict[str, object]:
        """The manifest of the newest release; empty where there is none."""
        releases = list_releases(self.data / "releases")
        return dict(releases[-1].manifest) if releases else {}

    def dump_count(self) -> object:
        """Dumps in the newest release."""
        counts = self.released().get("counts", {})
        assert isinstance(counts, dict)
        return counts.get("dumps", 0)

    def runs(self) -> list[dict[str, str]]:
        """Dagster's runs, in the order they were made: status, id, parent."""
        home = self.data / "dagster_home" / "history" / "runs.db"
        if not home.exists():
            return []
        with closing(sqlite3.connect(f"file:{home}?mode=ro", uri=True)) as connection:
            rows = connection.execute("select run_body, status from runs order by id").fetchall()
        found: list[dict[str, str]] = []
        for body, status in rows:
            run = json.loads(body)
            found.append(
                {"id": run["run_id"], "status": status, "parent": run["parent_run_id"] or ""}
            )
        return found


def kill_when(
    process: "subprocess.Popen[bytes]",
    is_so: Callable[[], bool],
    number: signal.Signals = signal.SIGKILL,
) -> None:
    """Sends a signal to a process, and to none of those it started, as soon as something is so.

    Raises:
        RuntimeError: It had ended before.
    """

    def is_so_while_it_runs() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"ended with exit code {process.returncode}, before it was killed")
        return is_so()

    wait_until("the moment to kill", is_so_while_it_runs, seconds=RUN_SECONDS, every_seconds=0.02)
    process.send_signal(number)


def processes_below(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """What a process has started, and what these have."""
    return psutil.Process(process.pid).children(recursive=True)


def still_running(processes: list[psutil.Process]) -> list[str]:
    """Those that have not ended, as their command lines."""
    return [
        " ".join(process.cmdline())
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
