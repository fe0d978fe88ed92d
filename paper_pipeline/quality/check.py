"""A check, and how it is run: once for every state of what it looks at.

Data flow: tables of the lake -> Verdict.

A verdict is kept with a stamp of all it follows from, so that a run which changed nothing does not
examine the same rows again. What is checked is in the modules beside, a stage each.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Lake
from paper_pipeline.settings import Settings

MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        is_passed: Whether it holds.
        words: What was expected and what was found.
        details: Rows of a table that shows what broke, at most MOST_EXAMPLES.
        counts: Numbers worth a line of their own in the UI.
        severity: How grave it is where it does not hold; a warning never stops a run.
        page: File with more about it, empty where there is none.
    """

    is_passed: bool
    words: str
    details: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    severity: str = "critical"
    page: str = ""


def list_examples(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The first MOST_EXAMPLES rows, as the details of a verdict."""
    return [
        {str(name): value for name, value in row.items()}
        for row in rows.head(MOST_EXAMPLES).to_dict("records")
    ]


def _no_files(lake: Lake, settings: Settings) -> tuple[Path, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Check:
    """A check before it is known to Dagster.

    Attributes:
        asset: The asset it is about.
        name: Its name, unique among the checks of the asset.
        description: What it promises.
        tables: The tables it looks at, and can look at.
        run: Looks at them.
        is_blocking: Whether the next stage waits for it and stops when it fails.
        depends_on_day: Whether the verdict may change with the current day alone.
        files: The files it looks at besides.
    """

    asset: str
    name: str
    description: str
    tables: tuple[str, ...]
    run: Callable[[Lake, Settings], Verdict]
    is_blocking: bool = True
    depends_on_day: bool = False
    files: Callable[[Lake, Settings], Iterable[Path]] = _no_files

    @property
    def check_id(self) -> str:
        """Asset and name."""
        return f"{self.asset}.{self.name}"

    def blocks(self, verdict: Verdict) -> bool:
        """Whether the next stage must not run after this verdict."""
        return self.is_blocking and not verdict.is_passed and verdict.severity == "critical"


def run_check(check: Check, lake: Lake, settings: Settings) -> tuple[Verdict, bool]:
    """Runs a check, or recalls its verdict where nothing that it depends on has changed.

    Returns:
        The verdict, and whether it was recalled.

    Raises:
        LakeError: The check looks at a table that it does not name.
    """
    lake = lake.only(check.tables)
    stamp = _stamp(check, lake, settings)
    kept = lake.recall("verdicts", check.check_id, stamp)
    if kept is not None:
        return Verdict(**kept), True
    verdict = check.run(lake, settings)
    kept = json.loads(json.dumps(asdict(verdict), default=str))
    lake.remember("verdicts", check.check_id, stamp, kept)
    return verdict, False


def _stamp(check: Check, lake: Lake, settings: Settings) -> Stamp:
    inputs: dict[str, object] = {name: lake.commit(name) for name in check.tables}
    for path in check.files(lake, settings):
        state = path.stat()
        inputs[str(path)] = [state.st_size, state.st_mtime_ns, state.st_ctime_ns]
    if check.depends_on_day:
        inputs["day"] = datetime.now(UTC).date().isoformat()
    # All settings, though most checks read none: they seldom change, and none can be forgotten.
    return Stamp(inputs, {name: value for name, value, _ in settings.describe()})
