"""A corpus in good order, something that happens to it, and what a run of the job makes of that.

Data flow: generated days and the sample pages -> a data folder with a first release; a copy of it,
damaged -> one run of the real job -> Run.

What can go wrong is told in corruptions.py.
"""

import copy
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from paper_pipeline.automation import DAILY_JOB_NAME, JOB_NAME, range_tags
from paper_pipeline.definitions import defs
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.contract import Table
from paper_pipeline.quality import validation
from paper_pipeline.release import page
from paper_pipeline.release.snapshot import fingerprint
from paper_pipeline.resources import Workspace
from paper_pipeline_tests.corpus import SAMPLE
from paper_pipeline_tests.replay import WORDS, Faults, GeneratedDays, ReplayServer, generate_day

Entries = list[dict[str, Any]]
Rows = list[dict[str, Any]]

# The last is the day that the damaged dump is of; all lie in one month, so that ids fit them.
*GOOD_DAYS, NEXT_DAY = GeneratedDays(15, date(2025, 11, 28))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def make_entries(day: date) -> Entries:
    """The list of a day: 22 to 26 entries, published one to four days before.

    Each abstract has the words of its title, as real ones do, and some of them are its own.
    """
    entries = generate_day(day, 22 + day.toordinal() % 5)
    chance = random.Random(day.toordinal())  # noqa: S311 -- made-up papers, no secrets
    for number, entry in enumerate(entries):
        name, _, subject = entry["title"].partition(": ")
        own = ["".join(chance.choices(WORDS["syllable"], k=4)) for _ in range(6)]
        subject += f" of {' '.join(own)}"
        for part in (entry, entry["paper"]):
            part["title"] = f"{name}: {subject}"
            part["summary"] += f" We call it {name}, for it is about {subject.lower()}."
            moment = datetime.fromisoformat(part["publishedAt"]) - timedelta(days=number % 4)
            part["publishedAt"] = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
    return entries


def make_good_corpus(folder: Path) -> None:
    """The sample pages and fourteen days, each captured on its evening, and a release of them."""
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    for path in sorted(SAMPLE.iterdir()):
        shutil.copy(path, inbox / path.name)
        _date(inbox / path.name, GOOD_DAYS[0] - timedelta(days=1))
    for day in GOOD_DAYS:
        (inbox / f"{day}.json").write_text(json.dumps(make_entries(day)), "utf-8")
        _date(inbox / f"{day}.json", day)
    with pytest.MonkeyPatch.context() as patch:
        first = Scene(folder, patch).run()
    assert first.is_success, first
    assert first.is_released, first


def _date(path: Path, day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 21, 30, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run.

    Attributes:
        is_success: Whether no step failed.
        is_released: Whether there is a release that was not there before.
        failed: The checks that failed, as `asset.check`, and their severity.
        shown: What these checks say: words and the table of what broke.
        materialised: The assets that were written.
        error: Class of the error that ended a step, where it was no check; else empty.
        quarantined: How many entries are in quarantine that were not before, by rule.
    """

    is_success: bool
    is_released: bool
    failed: dict[str, str]
    shown: dict[str, str]
    materialised: frozenset[str]
    error: str
    quarantined: Counter[str]

    @property
    def errors(self) -> set[str]:
        """The checks that failed with an error."""
        return {name for name, severity in self.failed.items() if severity == "ERROR"}


@dataclass
class Scene:
    """A data folder before its next run.

    Attributes:
        folder: The data folder.
        patch: Changes code until the case is over.
        job: The job that is run, and its tags.
    """

    folder: Path
    patch: pytest.MonkeyPatch
    job: str = JOB_NAME
    tags: Mapping[str, str] = field(default_factory=dict)
    _closing: ExitStack = field(default_factory=ExitStack)

    @property
    def lake(self) -> Lake:
        """The working tables."""
        return Lake(self.folder / "lake")

    @property
    def raw(self) -> RawStore:
        """The bytes of the dumps."""
        return RawStore(self.folder / "lake" / "raw")

    @cached_property
    def entries(self) -> Entries:
        """The list of the next day, as it should be."""
        return make_entries(NEXT_DAY)

    def deliver(self, dump: Entries | bytes, name: str = f"{NEXT_DAY}.json") -> None:
        """Puts a dump into the inbox."""
        data = dump if isinstance(dump, bytes) else json.dumps(dump).encode()
        (self.folder / "inbox" / name).write_bytes(data)

    def serve(self, days: Mapping[date, Entries], faults: Faults | None = None) -> None:
        """Lets the next run ask a site that lists these days, from the first to the last."""
        server = self._closing.enter_context(ReplayServer(days, faults))
        self.patch.setenv("PAPER_PIPELINE_DAILY_PAPERS_URL", server.url)
        self.patch.setenv("PAPER_PIPELINE_FETCH_RATE", "0")
        self.patch.setenv("PAPER_PIPELINE_FETCH_ATTEMPTS", "1")
        self.job, self.tags = DAILY_JOB_NAME, range_tags(min(days), max(days))

    def after(self, place: object, name: str, damage: Callable[[Lake], object]) -> None:
        """Does damage each time a stage's function, which takes the lake first, has done its work.

        Args:
            place: The module through which the stage calls it.
            name: Its name there.
            damage: What happens then.
        """
        real = getattr(place, name)

        def work(lake: Lake, *args: Any, **named: Any) -> Any:
            result = real(lake, *args, **named)
            damage(lake)
            return result

        self.patch.setattr(place, name, work)

    def run(self) -> Run:
        """Runs the job once, without plots and pages of Data Docs."""
        self.patch.setenv("PAPER_PIPELINE_PLOTS", "off")
        self.patch.setattr(page, "_draw_svg", lambda *_: "")
        self.patch.setattr(validation, "validate", _validate_once)
        self.patch.setattr(validation, "publish_docs", lambda *_: None)
        versions, waiting = _list_versions(self.folder), _list_quarantined(self.lake)
        with self._closing:
            result = _resolve_job(self.job).execute_in_process(
                instance=_make_instance(),
                resources={"workspace": Workspace(data=str(self.folder))},
                raise_on_error=False,
                run_config=QUIET,
                tags=self.tags,
            )
        failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
        names = [f"{e.asset_key.to_user_string()}.{e.check_name}" for e in failed]
        written = (e.asset_key for e in result.get_asset_materialization_events())
        entries = _list_quarantined(self.lake)
        return Run(
            result.success,
            _list_versions(self.folder) != versions,
            {name: e.severity.value for name, e in zip(names, failed, strict=True)},
            {name: _describe(e) for name, e in zip(names, failed, strict=True)},
            frozenset(key.to_user_string() for key in written if key),
            _find_error(result),
            Counter(rule for entry, rule in entries.items() if entry not in waiting),
        )


@cache
def _make_instance() -> dg.DagsterInstance:
    """One history for all runs: what a run does follows from its folder alone."""
    return dg.DagsterInstance.ephemeral()


@cache
def _resolve_job(name: str) -> dg.JobDefinition:
    return defs.resolve_job_def(name)


_validate, _reports = validation.validate, dict[tuple[str, str], validation.Report]()


def _validate_once(table: Table, rows: pa.Table, _: Path) -> validation.Report:
    """Great Expectations' report, asked for once about the same rows, and kept nowhere else.

    Its verdict follows from them, and most rows are the same in most cases.
    """
    key = table.name, fingerprint(rows.sort_by(table.key))
    if key not in _reports:
        _reports[key] = _validate(table, rows)
    return _reports[key]


def _list_versions(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("releases/*/manifest.json")}


def _list_quarantined(lake: Lake) -> dict[str, str]:
    rows = lake.read("quarantined_entries", ["entry_id", "rule"]).to_pylist()
    return {row["entry_id"]: row["rule"] for row in rows}


def _describe(evaluation: dg.AssetCheckEvaluation) -> str:
    broken = evaluation.metadata.get("broken")
    return f"{evaluation.description}\n{broken.value if broken else ''}"


def _find_error(result: dg.ExecuteInProcessResult) -> str:
    """The class of the error behind the first step that failed, unless that was a check."""
    for event in result.all_events:
        if event.event_type_value == "STEP_FAILURE":
            error = event.step_failure_data.error
            while error and error.cause and str(error.cls_name).startswith(("Dagster", "Retry")):
                error = error.cause
            if error and "AssetCheckFailed" not in str(error.cls_name):
                return str(error.cls_name)
    return ""


# --- What a bug does to tables -------------------------------------------------------------------


def drop(name: str, /, count: int = 1, **where: object) -> Callable[[Lake], None]:
    """Loses rows of a table: the first that have these values."""

    def damage(lake: Lake) -> None:
        key = BY_NAME[name].key
        lost = [row[key] for row in _rows(lake, name, where)[:count]]
        lake.apply(name, lake.empty(name), replacing=(key, lost))

    return damage


def change(name: str, /, count: int = 1, where: dict[str, object] | None = None, **values: object):
    """Changes rows of a table, the first that have the values of `where`.

    Args:
        name: The table.
        count: How many rows.
        where: What they must hold.
        **values: What they hold then; a function is given the row.
    """

    def damage(lake: Lake) -> None:
        rows = _rows(lake, name, where or {})[:count]
        assert rows, f"{name} has no row to damage"
        _put(lake, name, [row | _fill(values, row) for row in rows])

    return damage


def add(name: str, /, **values: object) -> Callable[[Lake], None]:
    """Adds a row to a table: its first one again, with other values."""

    def damage(lake: Lake) -> None:
        row = _rows(lake, name, {})[0]
        _put(lake, name, [row | _fill(values, row)])

    return damage


def put(name: str, /, **values: object) -> Callable[[Lake], None]:
    """Puts a row into a table that may have none yet."""
    return lambda lake: _put(lake, name, [values])


def _fill(values: dict[str, object], row: dict[str, Any]) -> dict[str, object]:
    return {name: value(row) if callable(value) else value for name, value in values.items()}


def _rows(lake: Lake, name: str, where: dict[str, object]) -> Rows:
    rows = lake.read(name).sort_by(BY_NAME[name].key).to_pylist()
    return [row for row in rows if all(row[column] == value for column, value in where.items())]


def _put(lake: Lake, name: str, rows: Rows) -> None:
    # Nulls are for the lake to refuse, not for Arrow.
    schema = pa.schema([field.with_nullable(True) for field in BY_NAME[name].schema])
    lake.apply(name, pa.Table.from_pylist(rows, schema=schema))


def each(alter: Callable[[dict[str, Any]], object], count: int | None = None):
    """Alters the entries of a list, or so many of them."""

    def damage(entries: Entries) -> Entries:
        damaged = copy.deepcopy(entries)
        for entry in damaged[:count]:
            alter(entry)
        return damaged

    return damage
