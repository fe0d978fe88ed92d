"""What starts runs: the daily schedule, the inbox sensor, and the net below both."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import filelock
import pytest

from paper_pipeline import runs
from paper_pipeline.automation import (
    RANGE_END,
    RANGE_START,
    apply_retention,
    behind_sensor,
    daily_schedule,
    dead_run_sensor,
    fail_dead_runs,
    inbox_sensor,
    scrub,
)
from paper_pipeline.lake import guard
from paper_pipeline.lake.store import LakeError
from paper_pipeline.resources import Workspace
from paper_pipeline.workflows.backlog import find_stages_behind
from paper_pipeline_tests.corpus import Corpus, abstract, page
from paper_pipeline_tests.quality.test_checks import fetches


@pytest.fixture
def workspace(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PAPER_PIPELINE_SETTLE_SECONDS", "10")
    return Workspace(data=str(corpus.folder))


def scheduled(workspace: Workspace, moment: datetime) -> dg.RunRequest:
    context = dg.build_schedule_context(
        scheduled_execution_time=moment, resources={"workspace": workspace}
    )
    request = daily_schedule(context)
    assert isinstance(request, dg.RunRequest)
    return request


class TestDailySchedule:
    def test_a_first_night_asks_for_the_window(self, workspace: Workspace) -> None:
        request = scheduled(workspace, datetime(2025, 10, 9, 21, 30, tzinfo=UTC))
        assert request.tags[RANGE_START] == "2025-10-02"
        assert request.tags[RANGE_END] == "2025-10-09"

    def test_after_two_weeks_asleep_it_reaches_back(
        self, corpus: Corpus, workspace: Workspace
    ) -> None:
        corpus.lake.apply("daily_fetches", fetches(("2025-09-24", "listed", 9)))
        request = scheduled(workspace, datetime(2025, 10, 9, 21, 30, tzinfo=UTC))
        assert (request.tags[RANGE_START], request.tags[RANGE_END]) == ("2025-09-25", "2025-10-09")

    def test_a_tick_that_comes_twice_is_one_run(self, workspace: Workspace) -> None:
        moment = datetime(2025, 10, 9, 21, 30, tzinfo=UTC)
        keys = {scheduled(workspace, moment).run_key for _ in range(2)}
        assert keys == {"2025-10-09"}


class TestRetention:
    @pytest.mark.parametrize(
        ("kept", "stay"), [("0", ["2026.01.09", "2026.01.10"]), ("1", ["2026.01.10"])]
    )
    def test_the_job_keeps_what_the_settings_say(
        self,
        corpus: Corpus,
        workspace: Workspace,
        monkeypatch: pytest.MonkeyPatch,
        kept: str,
        stay: list[str],
    ) -> None:
        for day in (9, 10):
            corpus.write(f"{day}.txt", page((f"Number {day}", abstract(day))))
            corpus.update(date(2026, 1, day))
        monkeypatch.setenv("PAPER_PIPELINE_KEPT_RELEASES", kept)
        versions = corpus.versions()
        done = apply_retention.execute_in_process(resources={"workspace": workspace})
        assert done.success
        assert sorted(path.name for path in (corpus.folder / "releases").iterdir()) == stay
        assert sorted(corpus.lake.tags()) == [f"release-{version}" for version in stay]
        assert corpus.versions() == versions
        assert find_stages_behind(corpus.lake, workspace.settings()) == []

    def test_the_job_waits_for_who_writes(
        self, corpus: Corpus, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("paper_pipeline.lake.store.LOCK_TIMEOUT_SECONDS", 0.1)
        corpus.update()
        other = filelock.FileLock(corpus.lake.folder / ".writing.lock")
        with other, pytest.raises(LakeError, match="another process"):
            apply_retention.execute_in_process(resources={"workspace": workspace})


class TestScrub:
    def test_all_is_as_it_was_written(self, corpus: Corpus, workspace: Workspace) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.update()
        assert scrub.execute_in_process(resources={"workspace": workspace}).success
        assert behind_sensor_says(workspace) == "every stage has done what there is to do"

    def test_what_can_be_made_again_makes_room_and_starts_a_run(
        self, corpus: Corpus, workspace: Workspace
    ) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.update()
        damage(corpus.lake.folder / "enriched_papers.lance")
        assert str(behind_sensor_says(workspace)).endswith(":damaged")
        assert scrub.execute_in_process(resources={"workspace": workspace}).success
        assert corpus.lake.count("enriched_papers") == 0
        assert str(behind_sensor_says(workspace)).endswith(":enrich,release")

    @pytest.mark.parametrize("what", ["table", "dump", "release"])
    def test_what_only_people_can_mend_fails_the_run(
        self, corpus: Corpus, workspace: Workspace, what: str
    ) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        release = corpus.update()
        (dump,) = (corpus.lake.folder / "raw").glob("*/*.zst")
        harmed = {
            "table": corpus.lake.folder / "released_papers.lance",
            "dump": dump,
            "release": release.folder / "papers.parquet",
        }[what]
        damage(harmed)
        done = scrub.execute_in_process(resources={"workspace": workspace}, raise_on_error=False)
        assert not done.success
        (failure,) = done.get_step_failure_events()
        assert harmed.name in failure.step_failure_data.error_display_string


def damage(path: Path) -> None:
    """Flips a bit in a file, or in the newest data of a table, long after it was looked at."""
    if path.is_dir():
        path = max((path / "data").iterdir(), key=lambda p: p.stat().st_mtime_ns)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()  # other releases may hold the same file
    path.write_bytes(data)
    guard._sound.clear()


def behind_sensor_says(workspace: Workspace) -> str | None:
    """Why the sensor starts nothing, or the key of the run it starts."""
    found = behind_sensor(dg.build_sensor_context(resources={"workspace": workspace}))
    return found.skip_message if isinstance(found, dg.SkipReason) else found.run_key


class TestInboxSensor:
    def look(self, workspace: Workspace, cursor: str | None) -> dg.SensorResult:
        context = dg.build_sensor_context(cursor=cursor, resources={"workspace": workspace})
        found = inbox_sensor(context)
        assert isinstance(found, dg.SensorResult)
        return found

    def wait(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        import time

        later = time.time_ns() + int(seconds * 1e9)
        monkeypatch.setattr("paper_pipeline.automation.time.time_ns", lambda: later)

    def test_a_file_is_taken_once_it_has_settled(
        self, corpus: Corpus, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not self.look(workspace, None).run_requests
        corpus.write("a.txt", page(("One", abstract(1))))
        first = self.look(workspace, None)
        assert not first.run_requests
        self.wait(monkeypatch, 11)
        second = self.look(workspace, first.cursor)
        assert len(second.run_requests or []) == 1
        again = self.look(workspace, second.cursor)
        assert again.run_requests[0].run_key == second.run_requests[0].run_key  # type: ignore[index]

    def test_a_file_that_still_grows_waits(
        self, corpus: Corpus, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        corpus.write("a.txt", "half")
        old = (corpus.inbox / "a.txt").stat()
        first = self.look(workspace, None)
        corpus.write("a.txt", "half and more")
        os.utime(corpus.inbox / "a.txt", ns=(old.st_atime_ns, old.st_mtime_ns))
        self.wait(monkeypatch, 11)
        second = self.look(workspace, first.cursor)
        assert not second.run_requests, "its size changed, though its time did not"

    def test_what_has_been_taken_starts_nothing(
        self, corpus: Corpus, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.update()
        self.wait(monkeypatch, 100)
        found = self.look(workspace, self.look(workspace, None).cursor)
        assert not found.run_requests


class TestBehindSensor:
    def test_nothing_behind_nothing_started(self, corpus: Corpus, workspace: Workspace) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.update()
        context = dg.build_sensor_context(resources={"workspace": workspace})
        assert isinstance(behind_sensor(context), dg.SkipReason)

    def test_a_stage_that_died_is_noticed(self, corpus: Corpus, workspace: Workspace) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.acquire()
        request = behind_sensor(dg.build_sensor_context(resources={"workspace": workspace}))
        assert isinstance(request, dg.RunRequest)
        assert request.run_key is not None
        assert request.run_key.endswith(":dedup")

    def test_a_file_that_cannot_be_read_stops_no_other_work(
        self, corpus: Corpus, workspace: Workspace
    ) -> None:
        corpus.write("a.txt", page(("One", abstract(1))))
        corpus.acquire()
        for name in ("corrections.yaml", "quarantine.jsonl"):
            (corpus.folder / name).write_text("[")
        request = behind_sensor(dg.build_sensor_context(resources={"workspace": workspace}))
        assert isinstance(request, dg.RunRequest)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """As the dagster.yaml has it that is shipped."""
    home = tmp_path_factory.mktemp("dagster_home")
    shutil.copy(Path(runs.__file__).with_name("dagster.yaml"), home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


class TestDeadRuns:
    def add_run(
        self, instance: dg.DagsterInstance, folder: Path, status: str, **tags: str
    ) -> dg.DagsterRun:
        """A run whose process was killed as it wrote its note."""
        run = dg.DagsterRun("update_corpus", status=dg.DagsterRunStatus[status], tags=tags)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / run.run_id).write_text("{")
        os.utime(folder / run.run_id, (0, 0))
        return instance.add_run(run)

    def find(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
        found = instance.get_run_by_id(run.run_id)
        assert found is not None
        return found

    @pytest.mark.parametrize(
        ("status", "becomes"),
        [
            ("STARTED", "FAILURE"),
            ("STARTING", "FAILURE"),
            ("CANCELING", "CANCELED"),
            ("NOT_STARTED", "NOT_STARTED"),
            ("SUCCESS", "SUCCESS"),
        ],
    )
    def test_a_run_that_died_is_over(
        self, instance: dg.DagsterInstance, tmp_path: Path, status: str, becomes: str
    ) -> None:
        dead, alive = (self.add_run(instance, tmp_path, status) for _ in range(2))
        runs.announce_run(tmp_path, alive.run_id)
        failed = fail_dead_runs(instance, tmp_path)
        assert [dead.run_id in sentence for sentence in failed] == [True] * (status != becomes)
        assert self.find(instance, dead).status.value == becomes
        will_retry = self.find(instance, dead).tags.get("dagster/will_retry")
        assert will_retry == ("true" if becomes == "FAILURE" else None)
        assert self.find(instance, alive).status.value == status
        assert fail_dead_runs(instance, tmp_path) == []
        assert [path.name for path in tmp_path.iterdir()] == [alive.run_id]
        instance.delete_run(alive.run_id)

    def test_the_daemon_does_not_start_again_what_the_command_line_started(
        self, instance: dg.DagsterInstance, tmp_path: Path
    ) -> None:
        run = self.add_run(instance, tmp_path, "STARTED", **{"dagster/max_retries": "0"})
        assert fail_dead_runs(instance, tmp_path)
        assert self.find(instance, run).tags["dagster/will_retry"] == "false"

    def test_the_sensor_says_what_it_found(
        self, instance: dg.DagsterInstance, workspace: Workspace
    ) -> None:
        run = self.add_run(instance, workspace.settings().running_dir, "STARTED")
        for words in (run.run_id, "alive"):
            context = dg.build_sensor_context(instance, resources={"workspace": workspace})
            found = dead_run_sensor(context)
            assert isinstance(found, dg.SkipReason)
            assert words in str(found.skip_message)

    def test_a_run_is_announced_until_its_process_ends(
        self, instance: dg.DagsterInstance, corpus: Corpus
    ) -> None:
        workspace = Workspace(data=str(corpus.folder))
        done = apply_retention.execute_in_process(
            instance=instance, resources={"workspace": workspace}
        )
        holder = runs.read_holder(workspace.settings().running_dir / done.run_id)
        assert holder is not None
        assert (holder.run_id, holder.pid) == (done.run_id, os.getpid())
