"""The scorecard: how good the corpus is at a glance.

Data flow: verdicts of the checks, the tables -> quality_scorecard, column_coverage -> markdown.

A verdict is recalled where its tables have not changed, so that making the scorecard examines
nothing twice. The page of a release is made of the same tables, by release/report.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.coverage import count_filled
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.contract import Table
from paper_pipeline.quality.check import Check, Verdict, run_check
from paper_pipeline.settings import Settings

SCORECARD, COVERAGE = "quality_scorecard", "column_coverage"
# The tables whose columns people read; working tables are always filled.
COVERED = ("cleaned_records", "quarantined_entries", "deduplicated_papers", "enriched_papers")
MARKS = {"passed": "\u2713", "warned": "!", "failed": "\u2717"}


def update_scorecard(lake: Lake, settings: Settings, checks: Sequence[Check]) -> dict[str, Change]:
    """Writes what every check found last, and how much of every column is filled.

    Args:
        lake: The tables.
        settings: In force.
        checks: The checks wanted.

    Returns:
        What changed, by table.
    """
    rows = [_score(check, run_check(check, lake, settings)[0]) for check in checks]
    coverage = [row for name in COVERED for row in _measure(lake, BY_NAME[name])]
    return {
        SCORECARD: _replace(lake, SCORECARD, rows),
        COVERAGE: _replace(lake, COVERAGE, coverage),
    }


def _replace(lake: Lake, name: str, rows: list[dict[str, Any]]) -> Change:
    return lake.replace(name, pa.Table.from_pylist(rows, BY_NAME[name].schema))


def _score(check: Check, verdict: Verdict) -> dict[str, Any]:
    found = "passed" if verdict.is_passed else "failed" if check.blocks(verdict) else "warned"
    return {
        "check_id": check.check_id,
        "asset": check.asset,
        "name": check.name,
        "promise": check.description,
        "is_blocking": check.is_blocking,
        "verdict": found,
        "words": verdict.words,
        "depends_on_day": check.depends_on_day,
    }


def _measure(lake: Lake, table: Table) -> list[dict[str, Any]]:
    """Rows of column_coverage for a table, measured once for each of its versions."""
    stamp = Stamp({table.name: lake.commit(table.name)})
    known = lake.recall("coverage", table.name, stamp)
    if known is None:
        rows = lake.read(table.name)
        known = {name: count_filled(rows[name]) for name in rows.column_names}
        lake.remember("coverage", table.name, stamp, known)
    row_count = lake.count(table.name)
    return [
        {
            "column_id": f"{table.name}.{name}",
            "table": table.name,
            "column": name,
            "row_count": row_count,
            "filled_count": filled,
        }
        for name, filled in known.items()
    ]


def count_rules(lake: Lake) -> dict[str, int]:
    """Entries in quarantine by the first rule they broke, the most frequent first."""
    counts = Counter(lake.read("quarantined_entries", ["rule"])["rule"].to_pylist())
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def describe_checks(lake: Lake, history: Mapping[str, Sequence[str]]) -> str:
    """The checks as markdown, those that failed first.

    Args:
        lake: The tables.
        history: What each check found before, the oldest first: passed, warned or failed.
    """
    checks = lake.read(SCORECARD).to_pandas().sort_values(["asset", "name"])
    shown = pd.DataFrame(
        {
            "": [MARKS.get(verdict, "?") for verdict in checks["verdict"]],
            "check": checks["check_id"],
            "on failure": ["stops" if b else "warns" for b in checks["is_blocking"]],
            "found": [_cell(words) for words in checks["words"]],
            "before": [
                "".join(MARKS.get(verdict, "?") for verdict in history.get(check_id, []))
                for check_id in checks["check_id"]
            ],
        }
    )
    order = {"failed": 0, "warned": 1, "passed": 2}
    shown = shown.iloc[checks["verdict"].map(order).argsort(kind="stable").to_numpy()]
    return shown.to_markdown(index=False, disable_numparse=True)


def describe_coverage(lake: Lake) -> str:
    """How much of every column is filled, as markdown with a column for each table."""
    columns = lake.read(COVERAGE).to_pandas().sort_values("column_id")
    columns["share"] = columns["filled_count"] / columns["row_count"].clip(lower=1)
    wide = columns.pivot_table(index="column", columns="table", values="share", sort=False)
    wide = wide[[name for name in COVERED if name in wide.columns]]
    filled = wide.map(_show_share).reset_index()
    return filled.to_markdown(index=False, disable_numparse=True)


def _show_share(share: float) -> str:
    return "" if pd.isna(share) else f"{share:.1%}"


def describe_quarantine(lake: Lake) -> str:
    """How many entries each rule keeps in quarantine, as markdown."""
    rules = pd.DataFrame(count_rules(lake).items(), columns=["rule", "entries"])
    return "Nothing is in quarantine." if rules.empty else rules.to_markdown(index=False)


def _cell(words: str) -> str:
    text = " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= 160 else text[:159] + "\u2026"
