"""Doors that do not open: full disks, damaged history, odd paths, a site that is down.

Over whole processes. Each is one clear line and exit code 1 or 2; with the cause gone, a run comes
to the release that an undisturbed one makes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from paper_pipeline.acquire.daily_pages import read_verdicts
from paper_pipeline.lake.store import Lake
from paper_pipeline_tests.corpus import SAMPLE
from paper_pipeline_tests.faults.pipeline import SCRIPT, Pipeline
from paper_pipeline_tests.replay import FAULTS, GeneratedDays, ReplayServer, hang
from paper_pipeline_tests.ui.server import running_ui, ui_environment, wait_until

COMMAND_SECONDS = 300.0
PAGES = sorted(SAMPLE.glob("*.txt"))[:4]
# Root reads what modes forbid unless it gives up the right to.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
WITHOUT_RIGHTS += ["--inh-caps=-dac_override,-dac_read_search"]
is_root = os.geteuid() == 0


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def is_one_line(self, *words: str, code: int = 1) -> None:
        """Asserts that it failed with a line that says these words, and without a traceback."""
        assert self.code == code, self
        assert "Traceback" not in self.out + self.err, self
        lines = [line for line in self.err.splitlines() if all(word in line for word in words)]
        assert len(lines) == 1, self


def call(data: Path, *arguments: str, prefix: list[str] | None = None, **settings: str) -> Done:
    """Runs a command over a data folder to its end."""
    done = subprocess.run(
        [*(prefix or []), str(SCRIPT), *arguments],
        env=ui_environment({"data": str(data), "plots": "off", **settings}),
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A pipeline whose pages are released; tests get copies."""
    pipeline = Pipeline(tmp_path_factory.mktemp("made") / "data", {"plots": "off"})
    pipeline.drop(*PAGES[:3])
    pipeline.run("run")
    return pipeline


@pytest.fixture
def pipeline(made: Pipeline, tmp_path: Path) -> Pipeline:
    return Pipeline(Path(shutil.copytree(made.data, tmp_path / "data")), made.settings)


# --- Dagster's history, Great Expectations' project ------------------------------------------


@pytest.mark.parametrize("command", [("run",), ("ingest",), ("ui", "--port", "0")], ids=" ".join)
@pytest.mark.parametrize(
    "name", ["history/runs/index.db", "schedules/schedules.db", "dagster.yaml"]
)
def test_a_damaged_history(
    pipeline: Pipeline, made: Pipeline, command: tuple[str, ...], name: str
) -> None:
    if command[0] == "ui":
        command = ("ui", "--port", str(_free_port()))
    home = pipeline.data / "dagster_home"
    (home / name).write_bytes(b"\xa5" * 20_000)
    settings = {"daily_papers_url": "http://127.0.0.1:9/", "fetch_rate": "0"}
    done = call(pipeline.data, *command, **settings)
    kept = home / name if name == "dagster.yaml" else home
    done.is_one_line(str(home / name), f"`mv {kept} {kept}.damaged`")
    shutil.move(kept, f"{kept}.damaged")
    done = call(pipeline.data, "run")
    assert done.code == 0, done
    assert pipeline.released() == made.released()


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_damaged_project_of_great_expectations_is_made_again(pipeline: Pipeline) -> None:
    for name in ("great_expectations.yml", "expectations/cleaned_records.json"):
        path = pipeline.data / "quality" / "gx" / name
        path.write_bytes(path.read_bytes()[:100])
    pipeline.drop(PAGES[3])
    pipeline.run("run")
    assert pipeline.dump_count() == 4


# --- Full disks ------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not is_root or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("small disks can be mounted by root only, where that is allowed")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "size", ["300k", "500k", "700k", "1m", "1300k", "1600k", "2m", "2500k", "3m", "4m", "5m", "6m"]
)
def test_a_full_disk(made: Pipeline, tmp_path: Path, size: str) -> None:
    """From the first file of a start to the last of a run: one line, and then all heals."""
    with small_disk(tmp_path / "disk", size):
        pipeline = Pipeline(tmp_path / "disk" / "data", made.settings)
        pipeline.drop(*PAGES[:3])
        done = call(pipeline.data, "run")
        assert done.code == 1, done
        assert "Traceback" not in done.out + done.err
        assert "no space left on" in done.err
        remount = ["mount", "-o", "remount,size=300m", str(tmp_path / "disk")]
        subprocess.run(remount, check=True)
        done = call(pipeline.data, "run")
        assert done.code == 0, done
        assert pipeline.released()["fingerprint"] == made.released()["fingerprint"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",), ("status",), ("status", "--settings"), ("dictionary",), ("run",),
        ("run", "--json"), ("search", "model"), ("quarantine", "list"), ("releases", "list"),
        ("releases", "show"), ("releases", "verify"), ("releases", "diff", "latest", "latest"),
        ("releases", "changelog"), ("releases", "export", "--overwrite", "--out", "papers.csv"),
        ("extract", "texts.jsonl", "-"), ("extract", "texts.jsonl", "/dev/full"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_output_to_a_full_device(
    pipeline: Pipeline, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "texts.jsonl").write_text('{"title": "a", "abstract": "b"}\n')
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [str(SCRIPT), *arguments],
            env=ui_environment({"data": str(pipeline.data), "plots": "off"}),
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    Done(done.returncode, "", done.stderr).is_one_line("Failed: no space left on")
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("command", ["status", "dictionary", "releases show", "status --settings"])
def test_a_reader_that_has_seen_enough(pipeline: Pipeline, command: str) -> None:
    process = subprocess.Popen(
        [str(SCRIPT), *command.split()],
        env=ui_environment({"data": str(pipeline.data)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()
    process.stderr.close()


# --- Folders ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b", "a#b", "[x", "50%", "what?", "a\nb", "it's #ö \""])
def test_a_data_folder_of_any_name(made: Pipeline, tmp_path: Path, name: str) -> None:
    pipeline = Pipeline(tmp_path / name / "data", made.settings)
    pipeline.drop(*PAGES[:3])
    done = call(pipeline.data, "run")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if set(name) & set("%?[\n"):
        done.is_one_line("PAPER_PIPELINE_DATA: expected a folder whose path", code=2)
        assert [*pipeline.data.iterdir()] == [pipeline.inbox]
        return
    assert done.code == 0, done
    assert pipeline.released()["fingerprint"] == made.released()["fingerprint"]
    for reading in (["search", "model"], ["releases", "verify"], ["releases", "rebuild"]):
        assert call(pipeline.data, *reading).code == 0
    if name.isascii():  # the UI once, with a name that has all that works
        return
    with running_ui(tmp_path / name, inbox=pipeline.inbox, plots="off", settle_seconds="1") as ui:
        with urllib.request.urlopen(f"{ui.url}/server_info") as answer:  # noqa: S310
            assert "dagster_version" in json.load(answer)
        pipeline.drop(PAGES[3])
        wait_until("a release", lambda: pipeline.dump_count() == 4, seconds=300)


def test_a_read_only_data_folder(pipeline: Pipeline) -> None:
    folder = str(pipeline.data)
    bind = ["mount", "--bind", folder, folder]
    if not is_root or subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("folders can be bound read-only by root only, where that is allowed")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        for command in (["run"], ["ingest"], ["ui", "--port", str(_free_port())]):
            call(pipeline.data, *command).is_one_line("expected a folder that can be written to")
        version = pipeline.released()["version"]
        for command in (
            ["status"], ["releases", "list"], ["releases", "verify"], ["search", "model"],
            ["quarantine", "list"], ["releases", "diff", str(version), "latest"],
        ):  # fmt: skip
            done = call(pipeline.data, *command)
            assert done.code == 0, done
        code = (
            "from paper_pipeline.reader.corpus import open_release\n"
            f"print(open_release(data={folder!r}).papers(['title']).num_rows)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, env=ui_environment({}))
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("named", ["gone", "page.txt", "~nobody-here"])
@pytest.mark.parametrize("command", ["run", "ingest", "ui"])
def test_an_inbox_that_is_none(pipeline: Pipeline, command: str, named: str) -> None:
    (pipeline.data / "page.txt").touch()
    inbox = named if named.startswith("~") else str(pipeline.data / named)
    done = call(pipeline.data, command, inbox=inbox)
    done.is_one_line("Setting: PAPER_PIPELINE_INBOX: expected", code=2)


@pytest.fixture
def prefix() -> list[str]:
    """What makes modes count for the commands of a test."""
    if is_root and not shutil.which("setpriv"):
        pytest.skip("modes do not keep root out, and setpriv is not there")
    return WITHOUT_RIGHTS if is_root else []


def test_an_inbox_that_may_not_be_read(tmp_path: Path, prefix: list[str]) -> None:
    data = tmp_path / "data"
    pipeline = Pipeline(data, {})
    pipeline.drop(*PAGES[:2])
    pipeline.inbox.chmod(0)
    done = call(data, "run", prefix=prefix)
    done.is_one_line("acquire_inbox", str(pipeline.inbox), "Permission denied")
    assert pipeline.released() == {}
    pipeline.inbox.chmod(0o755)
    for page in pipeline.inbox.iterdir():
        page.chmod(0)
    call(data, "run", prefix=prefix).is_one_line("acquire_inbox", "found 2 files and folders")
    assert pipeline.released() == {}
    first, second = sorted(pipeline.inbox.iterdir())
    first.chmod(0o644)
    done = call(data, "run", prefix=prefix)
    assert done.code == 0  # one file holds up nothing, and is named each time
    assert "WARN raw_inbox_dumps.inbox_files_accepted: 1 of 2 files" in done.err
    assert second.name in done.err
    second.chmod(0o644)
    done = call(data, "run", prefix=prefix)
    assert (done.code, pipeline.dump_count()) == (0, 2)
    assert "inbox_files_accepted" not in done.err


# --- A site that is down, a fetch that is ended ----------------------------------------------

TODAY = datetime.now(UTC).date()
DAYS = GeneratedDays(9, TODAY)
SPAN = ("--from", str(min(DAYS)), "--to", str(max(DAYS)))
AT_ONCE = {"fetch_rate": "0", "fetch_attempts": "1", "refetch_days": "0"}


@pytest.mark.parametrize("fault", ["401", "500"])
def test_a_site_that_gives_nothing_holds_up_no_inbox(pipeline: Pipeline, fault: str) -> None:
    """With 500 the step is tried again twice, after one minute and after two."""
    pipeline.drop(PAGES[3])
    with ReplayServer(DAYS, {day: [FAULTS[fault]] * 9 for day in DAYS}) as site:
        done = call(pipeline.data, "backfill", *SPAN, daily_papers_url=site.url, **AT_ONCE)
        tries = {"401": 1, "500": 3}[fault]
        assert len(site.requests) == 5 * tries
    assert done.code == 1
    assert done.err.count("to try again") == tries - 1
    assert "No day could be fetched" in done.err
    assert f"{len(DAYS)} of " in done.err
    assert pipeline.dump_count() == 4


def test_what_came_before_a_signal_is_kept(tmp_path: Path) -> None:
    with ReplayServer(DAYS, {number: hang(3600) for number in range(5, 99)}) as site:
        pipeline = Pipeline(tmp_path / "data", {"daily_papers_url": site.url, **AT_ONCE})
        process = pipeline.start("backfill", *SPAN)
        wait_until("the fifth request", lambda: len(site.requests) == 5, seconds=60)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 128 + signal.SIGINT
    verdicts = read_verdicts(Lake(pipeline.data / "lake"))
    assert [*verdicts.values()].count("listed") == 4


def test_the_time_of_a_run_is_over(tmp_path: Path) -> None:
    with ReplayServer(DAYS) as site:
        settings = {
            **AT_ONCE,
            "fetch_rate": "1",
            "fetch_hours": "0.001",
            "daily_papers_url": site.url,
        }
        done = call(tmp_path / "data", "backfill", *SPAN, **settings)
        assert done.code == 1
        assert 0 < len(site.requests) < len(DAYS)
    assert "was not asked for" in done.err
    assert "Released" in done.out


def test_a_clock_that_is_ahead(tmp_path: Path) -> None:
    """The site's clock tells; nothing is kept under a date that has not come."""

    def early(exchange) -> None:
        moment = datetime.now(UTC) - timedelta(days=30)
        headers = {"Date": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        exchange.send(b"[]", 200, headers)

    with ReplayServer(DAYS, dict.fromkeys(range(99), early)) as site:
        settings = {**AT_ONCE, "refetch_days": "7", "daily_papers_url": site.url}
        done = call(tmp_path / "data", "ingest", **settings)
    assert done.code == 1
    assert "clock_ahead" in done.err
    assert "set the clock of this machine" in done.err
