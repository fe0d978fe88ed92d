"""Measures whole processes by the operating system's own accounting."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Cost:
    """What a process took, its children included."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float


def run_once(command: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Runs a command to its end; raises RuntimeError with its output where it fails."""
    given = os.environ | (environment or {})
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}:\n{output.decode()}"
        )
    return Cost(
        usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024
    )


def python(code: str) -> list[str]:
    """The command that runs a piece of Python in a process of its own."""
    return [sys.executable, "-c", code]


def median_cost(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(c.cpu_seconds for c in costs),
        median(c.wall_seconds for c in costs),
        median(c.peak_mib for c in costs),
    )
