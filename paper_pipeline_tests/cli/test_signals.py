"""What a signal does to a command: each is sent to a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from paper_pipeline.cli import signals

# SIGINT is ignored where the tests themselves run in the background.
IMPORTS = """
import signal, subprocess, sys, time
from paper_pipeline.cli import signals
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
WAITS = """
with signals.ending_cleanly():
    print("ready", flush=True)
    time.sleep(60)
"""
RUNS_STEPS_LIKE_DAGSTER = """
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import capture_interrupts, raise_interrupts_as
with signals.ending_cleanly(), capture_interrupts():
    try:
        with raise_interrupts_as(DagsterExecutionInterruptedError):
            print("ready", flush=True)
            time.sleep(60)
    except DagsterExecutionInterruptedError:
        assert signals.is_ending()
        sys.exit("FAILED some step")
"""
HAS_DEAF_CHILDREN = """
signals.CHILDREN_SECONDS = 0.5
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {deaf!r}])"
with signals.ending_cleanly():
    subprocess.Popen([sys.executable, "-c", child])
    time.sleep(1)
    print("ready", flush=True)
    time.sleep(60)
"""
IS_STUCK = """
signals.PROCESS_SECONDS = 0.5
with signals.ending_cleanly():
    signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)  # as in a function of another language
    print("ready", flush=True)
    time.sleep(60)
"""
IS_IN_THE_BACKGROUND = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
with signals.ending_cleanly():
    print("ready", flush=True)
    time.sleep(60)
"""
IS_UNDER_NOHUP = """
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with signals.ending_cleanly():
    print("ready", flush=True)
    time.sleep(1)
print("went on", flush=True)
"""


@contextmanager
def ready(code: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has come as far as to print "ready"."""
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTS + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process


@pytest.mark.parametrize("number", signals.ENDING)
@pytest.mark.parametrize("code", [WAITS, RUNS_STEPS_LIKE_DAGSTER], ids=["command", "run"])
def test_one_line_and_the_usual_exit_code(code: str, number: signal.Signals) -> None:
    with ready(code) as process:
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 128 + number
    assert said == f"Stopped by {number.name}. What was finished is kept.\n"


def test_what_it_started_ends_with_it() -> None:
    with ready(HAS_DEAF_CHILDREN) as process:
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.communicate(timeout=10)
    assert len(started) == 2
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_a_process_that_python_cannot_interrupt_ends_as_well() -> None:
    with ready(IS_STUCK) as process:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_script_can_stop_what_it_started_in_the_background(number: signal.Signals) -> None:
    with ready(IS_IN_THE_BACKGROUND) as process:
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 128 + number


def test_nohup_is_respected() -> None:
    with ready(IS_UNDER_NOHUP) as process:
        process.send_signal(signal.SIGHUP)
        went_on, said = process.communicate(timeout=10)
    assert (process.returncode, went_on, said) == (0, "went on\n", "")


def test_without_a_signal_all_is_as_before() -> None:
    before = {number: signal.getsignal(number) for number in signals.ENDING}
    with signals.ending_cleanly():
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in signals.ENDING} == before
    assert not signals.is_ending()
