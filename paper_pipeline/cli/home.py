"""Dagster's home: made whole before anything opens it.

Data flow: the dagster.yaml of this package -> data/dagster_home with its configuration, databases.

Dagster makes each database where it first opens it. Two processes that do so at once, or one that
is killed at it, leave databases behind that no version of Dagster can open.
"""

import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

if TYPE_CHECKING:
    from dagster import DagsterInstance

CONFIGURATION = "dagster.yaml"
DATABASES = ("history", "schedules")
# What a step prints is seen where the command runs. To keep it as well, Dagster starts four
# processes a step, and Ctrl-C in a terminal makes them print tracebacks.
NO_LOGS = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


def make_home(home: Path) -> None:
    """Makes a home that has all of its parts, or adds those that it lacks.

    Args:
        home: Dagster's home, which may hold a dagster.yaml of the user's.
    """
    parts = (CONFIGURATION, *DATABASES)
    if all((home / part).exists() for part in parts):
        return
    home.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home / ".making.lock"):
        if all((home / part).exists() for part in parts):
            return
        from dagster import DagsterInstance

        making = home / ".making"
        shutil.rmtree(making, ignore_errors=True)  # of a process that was killed here
        making.mkdir()
        shipped = resources.files("paper_pipeline").joinpath(CONFIGURATION).read_text("utf-8")
        own = home / CONFIGURATION
        (making / CONFIGURATION).write_text(own.read_text("utf-8") if own.exists() else shipped)
        with DagsterInstance.from_config(str(making)):
            pass  # it has made its databases, which hold no paths
        for part in parts:
            if (making / part).exists() and not (home / part).exists():
                (making / part).rename(home / part)
        shutil.rmtree(making)


def open_home(home: Path) -> "DagsterInstance":
    """Opens a home for a run on the command line.

    Args:
        home: Dagster's home, whole.
    """
    from dagster import DagsterInstance

    # In spite of its name it stays, and is as its dagster.yaml says but for what is given here.
    return DagsterInstance.local_temp(str(home), overrides=NO_LOGS)
