"""Judgement: whether a dump as a whole can be believed, before its entries reach the corpus.

Data flow: dump_profiles, quarantine_decisions -> dump_findings -> the damage of each dump.

Every dump is held against those before it, so the verdict follows from the dumps on record, in
whatever order they came. What is measured belongs in measures.py, what is unusual in assessment.py;
that the entries of a damaged dump go into quarantine, in clean/update.py.
"""

import json
import logging
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa

from paper_pipeline.clean.soundness import assessment as judgement
from paper_pipeline.clean.soundness import profiles
from paper_pipeline.clean.soundness.assessment import Finding, Judgement
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.decisions import PREFIX, read_allowed
from paper_pipeline.settings import DriftLimits
from paper_pipeline.text import content_hash
from paper_pipeline.vocabulary import UNSOUND_DUMP

log = logging.getLogger(__name__)

TABLE = "dump_findings"


def profile_records(
    records: pa.Table,
    dump_id: str,
    format_name: str,
    layout: str,
    captured_at: datetime,
    refused_count: int = 0,
) -> dict[str, Any]:
    """A row of dump_profiles: the dump whose records these are, in numbers.

    Args:
        records: Its rows of cleaned_records.
        dump_id: As in parsed_dumps.
        format_name: Its format there.
        layout: Its layout there.
        captured_at: As in the raw tables.
        refused_count: Entries of it that broke a rule of their own.
    """
    profile = profiles.profile_dump(
        records, dump_id, format_name, layout, captured_at, refused_count=refused_count
    )
    row = profiles.profile_row(profile)
    return row | {"inputs": content_hash(json.dumps(row, default=str))}


def judge_dumps(lake: Lake, limits: DriftLimits) -> Change:
    """Brings dump_findings up to date.

    What a judgement rests on is kept beside the lake, so that a day costs the judgement of a day.
    """
    accepted = read_accepted(lake)
    if lake.recall("judged", TABLE, _stamp(lake, accepted, limits)):
        return Change(0, 0, 0, lake.count(TABLE), lake.version(TABLE))
    known = _recall_judgements(lake)
    dumps = profiles.read_profiles(lake.read("dump_profiles"))
    judged = judgement.judge_dumps(dumps, limits, lambda d: d[:PREFIX] in accepted, known)
    changed = [d for d, found in judged.items() if known.get(d) is not found]
    log.info("%d of %d dumps are left to judge", len(changed), len(judged))
    rows = [_row(dump_id, finding) for dump_id in changed for finding in judged[dump_id].findings]
    standing = set(lake.read(TABLE, ["dump_id"])["dump_id"].to_pylist())
    replaced = sorted({*changed, *(standing - judged.keys())})
    table = pa.Table.from_pylist(rows, BY_NAME[TABLE].schema)
    change = lake.apply(TABLE, table, replacing=("dump_id", replaced))
    plain = {dump_id: asdict(found) for dump_id, found in judged.items()}
    lake.remember("judgements", TABLE, Stamp({TABLE: lake.commit(TABLE)}), plain)
    lake.remember("judged", TABLE, _stamp(lake, accepted, limits), True)
    return change


def _stamp(lake: Lake, accepted: set[str], limits: DriftLimits) -> Stamp:
    """What the findings follow from, and that they are as they were left."""
    tables = {name: lake.commit(name) for name in ("dump_profiles", TABLE)}
    return Stamp({**tables, "accepted": sorted(accepted)}, asdict(limits))


def read_accepted(lake: Lake) -> set[str]:
    """First digits of the ids of dumps that a person has looked at and found right."""
    return {
        start
        for start, allowed in read_allowed(lake).items()
        if UNSOUND_DUMP in allowed.get((f"{start}:page", 0), ())
    }


def read_damage(lake: Lake) -> dict[str, str]:
    """The damage of every dump that has some and that nobody has accepted, in words."""
    accepted = read_accepted(lake)
    columns = ["dump_id", "finding_id", "reason"]
    damage: defaultdict[str, list[str]] = defaultdict(list)
    findings = lake.read(TABLE, columns, where=("severity", ["error"]))
    for row in findings.sort_by("finding_id").to_pylist():
        if row["dump_id"][:PREFIX] not in accepted:
            damage[row["dump_id"]].append(row["reason"])
    return {dump_id: " ".join(reasons) for dump_id, reasons in damage.items()}


def _recall_judgements(lake: Lake) -> dict[str, Judgement]:
    """What was judged before; nothing where the findings themselves are lost."""
    kept: dict[str, Any] = (
        lake.recall("judgements", TABLE, Stamp({TABLE: lake.commit(TABLE)})) or {}
    )
    return {
        dump_id: Judgement(
            row["basis"],
            tuple(
                Finding(**f | {"expected": tuple(f["expected"]), "window": tuple(f["window"])})
                for f in row["findings"]
            ),
        )
        for dump_id, row in kept.items()
    }


def _row(dump_id: str, finding: Finding) -> dict[str, Any]:
    return {
        "finding_id": f"{dump_id[:PREFIX]}:{finding.name}",
        "dump_id": dump_id,
        "measure": finding.name,
        "severity": finding.severity,
        "measured": finding.value,
        "expected_least": finding.expected[0],
        "expected_most": finding.expected[1],
        "window": list(finding.window),
        "reason": finding.words,
    }
