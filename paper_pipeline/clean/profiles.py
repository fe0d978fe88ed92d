"""Profiles of dumps: kept beside the dumps, each made once.

Data flow: parsed_dumps, cleaned_records -> dump_profiles.

What a profile is made of and how it is judged belongs in paper_pipeline/drift.py.
"""

import json
import logging
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline import drift
from paper_pipeline.clean.update import read_dumps
from paper_pipeline.store import Change, Lake
from paper_pipeline.text import content_hash

log = logging.getLogger(__name__)

DUMPS_AT_ONCE = 100  # their records are held in memory: some 10 MiB


def update_profiles(lake: Lake) -> Change:
    """Profiles the dumps that have no profile, or one of other records or by older code.

    A dump's row of parsed_dumps decides which records it has, so its hash tells what is left; after
    a crash the same profiles are made again.
    """
    parsed = {row["dump_id"]: row for row in lake.read("parsed_dumps").to_pylist()}
    moments = read_dumps(lake).select(["dump_id", "captured_at"]).to_pylist()
    captured = {row["dump_id"]: row["captured_at"] for row in moments}
    inputs = {
        dump_id: _hash(row, captured[dump_id])
        for dump_id, row in parsed.items()
        if dump_id in captured
    }
    known = lake.read("dump_profiles", ["dump_id", "inputs"]).to_pylist()
    done = {row["dump_id"] for row in known if inputs.get(row["dump_id"]) == row["inputs"]}
    gone = sorted({row["dump_id"] for row in known} - inputs.keys())
    pending = sorted(inputs.keys() - done)
    log.info("%d of %d dumps are left to profile", len(pending), len(inputs))
    change = lake.apply("dump_profiles", lake.empty("dump_profiles"), replacing=("dump_id", gone))
    for start in range(0, len(pending), DUMPS_AT_ONCE):
        batch = pending[start : start + DUMPS_AT_ONCE]
        columns = ["dump_id", *drift.PROFILED_COLUMNS]
        records = lake.read("cleaned_records", columns, where=("dump_id", batch))
        rows: list[dict[str, Any]] = []
        for dump_id in batch:
            profile = drift.profile_dump(
                records.filter(pc.equal(records["dump_id"], dump_id)),
                dump_id,
                parsed[dump_id]["format"],
                parsed[dump_id]["layout"],
                captured[dump_id],
                inputs[dump_id],
            )
            rows.append(drift.profile_row(profile))
        schema = lake.empty("dump_profiles").schema
        change += lake.apply("dump_profiles", pa.Table.from_pylist(rows, schema=schema))
    return change


def _hash(row: dict[str, Any], captured_at: object) -> str:
    known = [drift.DRIFT_VERSION, str(captured_at), *sorted(row.items())]
    return content_hash(json.dumps(known, default=str))
