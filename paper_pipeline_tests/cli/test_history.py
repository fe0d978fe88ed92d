"""Dagster's history, where it cannot be used: a file by name, and the command that mends it."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    TickData,
    TickStatus,
)

from paper_pipeline.cli import history
from paper_pipeline.cli.errors import CommandError
from paper_pipeline.cli.home import make_home
from paper_pipeline.settings import SettingsError

DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "dagster_home"
    make_home(home)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = Path(shutil.copytree(made, tmp_path / "data" / "dagster_home"))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


def overwrite(start: int) -> Damage:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[start : start + 4096] = b"\xa5" * 4096
        path.write_bytes(content)

    return damage


def test_a_home_as_it_is_made_is_whole(home: Path) -> None:
    assert history.find_damaged_file(home) == ""
    for name in DATABASES:  # Dagster fills them again
        (home / name).write_bytes(b"")
    assert history.find_damaged_file(home) == ""


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:5_000]),
        lambda path: path.write_bytes(b"\xa5" * 20_000),
        overwrite(0),
        overwrite(4096),
    ],
    ids=["cut", "garbage", "first page", "second page"],
)
def test_a_damaged_database(home: Path, name: str, damage: Damage) -> None:
    damage(home / name)
    words = history.explain(home, RuntimeError("whatever came of it"))
    assert words.startswith(f"{home / name}: expected a database")
    assert f"`mv {home} {home}.damaged` and run again" in words
    with pytest.raises(CommandError, match=re.escape(words)):
        history.require_history(home)
    shutil.move(home, f"{home}.damaged")
    make_home(home)
    history.require_history(home)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"a: [b", "expected ',' or ']'"),
        (b"hello", "found: 'hello'"),
        (b"- a", "found: ['a']"),
        (b"\xff\x00\xfe", "can't decode"),
        (b"colour: red", 'unexpected config entry "colour"'),
        (b"telemetry: 5", "root:telemetry must be dict"),
        (b"concurrency: {runs: {max_concurrent_runs: x}}", "max_concurrent_runs"),
    ],
)
def test_a_damaged_configuration(home: Path, content: bytes, found: str) -> None:
    path = home / "dagster.yaml"
    path.write_bytes(content)
    with pytest.raises(Exception, match=r".") as caught:  # Dagster raises half a dozen kinds
        dg.DagsterInstance.get()
    words = history.explain(home, caught.value)
    assert words.startswith(f"{path}: expected Dagster's configuration, found: ")
    assert found in words
    assert f"`mv {path} {path}.damaged` and run again" in words
    assert "\n" not in words


def test_what_has_another_cause_is_not_explained(home: Path) -> None:
    assert history.explain(home, ValueError("a bug")) == ""
    words = history.explain(home, sqlite3.OperationalError("no such table: runs"))
    assert words.startswith(f"{home}: expected Dagster's history, found: no such table: runs")


def test_a_full_disk_is_no_damage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=4096))
    words = history.explain(home, sqlite3.OperationalError("disk I/O error"))
    assert words.startswith(f"no space left on {home}; ")


def test_a_history_of_a_day_to_come(home: Path) -> None:
    """Schedules and sensors would wait for that day."""
    place = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "__repository__")
    state = InstigatorState(
        place.get_instigator_origin("inbox_sensor"),
        InstigatorType.SENSOR,
        InstigatorStatus.RUNNING,
        None,
    )
    origin, name, selector = state.instigator_origin_id, state.name, state.selector_id
    kind, done = InstigatorType.SENSOR, TickStatus.SUCCESS
    with dg.DagsterInstance.get() as instance:
        instance.add_instigator_state(state)
        instance.create_tick(TickData(origin, name, kind, done, 1e9, [], selector_id=selector))
    history.require_history(home)
    with dg.DagsterInstance.get() as instance:
        instance.create_tick(TickData(origin, name, kind, done, 4e9, [], selector_id=selector))
    with pytest.raises(CommandError, match="in which inbox_sensor has run") as caught:
        history.require_history(home)
    assert f"`mv {home} {home}.damaged`" in str(caught.value)


@pytest.mark.parametrize("name", ["100%", "what?", "a*", "[x]", "a\nb", "a\tb", "a\udcffb"])
def test_a_path_that_dagster_or_lance_cannot_take(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"^PAPER_PIPELINE_DATA: .* \? % \* \["):
        history.require_home(tmp_path / name / "dagster_home")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a b", "ö", "a#b", "it's", 'a"b', "a&b=c;d", "~x", "a]"])
def test_a_path_that_all_can_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / name / "dagster_home"
    history.require_home(home)
    make_home(home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.get() as instance:
        assert not instance.telemetry_enabled
        assert instance.get_runs_count() == 0
    with closing(sqlite3.connect(home / "history" / "runs.db")) as database:
        assert database.execute("select count(*) from runs").fetchone() == (0,)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(CommandError, match=f"^{tmp_path}: expected a folder that can be written"):
        history.require_home(tmp_path / "data" / "dagster_home")
