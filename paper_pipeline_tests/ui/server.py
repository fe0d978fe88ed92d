"""`paper-pipeline ui` as a test starts it: on a free port, in a process group of its own.

Data flow: folders and settings -> a running UI with its daemon -> its address; stopped at the end.

What a browser does with it is for the tests.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paper_pipeline.settings import PREFIX
from paper_pipeline_tests.corpus import ROOT

START_SECONDS = 60.0
# Dagster stops its webserver, daemon and code servers one after the other: some seconds.
STOP_SECONDS = ((signal.SIGINT, 15.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
OUTPUT_SHOWN = 20_000
# A shell's background job ignores SIGINT, and so would all that it starts. Done in the new process
# and not in a preexec_fn, because Lance does not allow for forks.
WITH_DEFAULT_SIGNALS = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class UiServer:
    """A running UI.

    Attributes:
        port: Its port on 127.0.0.1.
        log: The file that its output goes to.
        process: `paper-pipeline ui`, the leader of its process group.
    """

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")


@contextmanager
def running_ui(folder: Path, *, inbox: Path, **settings: str) -> Iterator[UiServer]:
    """Starts `paper-pipeline ui`, waits until it answers, and always stops all of it.

    When the body fails, what the server wrote is printed, so that pytest shows it.

    Args:
        folder: An empty folder for the data folder, `data`, and the server's output, `ui.log`.
        inbox: The folder that is watched.
        settings: Other settings by name, such as settle_seconds="3600".

    Raises:
        RuntimeError: It ended before it answered.
        TimeoutError: It did not answer within START_SECONDS.
    """
    given = {"data": str(folder / "data"), "inbox": str(inbox), **settings}
    port = _free_port()
    log = folder / "ui.log"
    script = str(Path(sys.executable).with_name("paper-pipeline"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", WITH_DEFAULT_SIGNALS, script, "ui", "--port", str(port)],
            env=ui_environment(given),
            cwd=folder,  # Dagster reads .env, and Python imports modules, from where it starts
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = UiServer(port, log, process)
    try:
        _wait_for_answer(server)
        yield server
    except BaseException:
        print(f"--- {log.name}\n{server.output()[-OUTPUT_SHOWN:]}\n---")
        raise
    finally:
        stop_group(process)


def ui_environment(settings: dict[str, str]) -> dict[str, str]:
    """Our own environment with these settings in place of all that it may hold."""
    # Without byte-code the imports of a server and its daemon take minutes on a small machine.
    dropped = ("DAGSTER_HOME", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX) and k not in dropped}
    # Dagster takes the first folder of modules for that of its own script, and drops it.
    kept["PYTHONPATH"] = os.pathsep.join(["/nowhere", str(ROOT)])
    return {**kept, **{PREFIX + name.upper(): value for name, value in settings.items()}}


def wait_until(
    what: str, is_so: Callable[[], bool], *, seconds: float, every_seconds: float = 0.2
) -> None:
    """Polls until something is so.

    Raises:
        TimeoutError: It was not so within `seconds`; names `what`.
    """
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(every_seconds)


def stop_group(process: "subprocess.Popen[bytes]") -> None:
    """Stops a process and all of its group: asks twice, then kills."""
    for number, seconds in STOP_SECONDS:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            wait_until(
                "the server's processes to end",
                lambda: process.poll() is not None and not _group_runs(process.pid),
                seconds=seconds,
            )
        except TimeoutError:
            continue
        break
    process.wait(timeout=5)


def _group_runs(group: int) -> bool:
    """Whether a process of the group is left that has not ended (an unreaped one has)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of_group) == group and state not in ("Z", "X"):
            return True
    return False


def _wait_for_answer(server: UiServer) -> None:
    def answers() -> bool:
        if server.process.poll() is not None:
            raise RuntimeError(f"the UI ended with exit code {server.process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        try:
            connection.request("GET", "/server_info")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):  # not listening yet, or cut off while starting
            return False
        finally:
            connection.close()

    wait_until(f"{server.url}/server_info to answer", answers, seconds=START_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
