"""The increment: parses what is left to parse, a bounded batch at a time.

Data flow: raw dumps -> cleaned_records, quarantined_entries, parsed_dumps.

Taking a page apart belongs in formats/, cleaning it in normalize.py.
"""

import logging
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.clean import formats
from paper_pipeline.clean.normalize import CleanedDump, clean_page
from paper_pipeline.clean.page import Capture
from paper_pipeline.clean.pending import batches, find_pending_dumps
from paper_pipeline.clean.repair import REPAIR_VERSION
from paper_pipeline.dumps import RawStore
from paper_pipeline.store import Change, Lake

log = logging.getLogger(__name__)

# Bytes of dumps parsed before their rows are written: bounds memory, and what a crash costs.
BATCH_BYTES = 8 * 1024 * 1024
MARKER = "parsed_dumps"
DUMP_COLUMNS = ("dump_id", "page_on", "captured_at", "byte_count", "verdict")
# What a fetched page must be to be parsed: no copy of another day, no suspiciously short answer.
PARSED_VERDICTS = ("stored", "listed", "not_a_list")


def update_records(lake: Lake, raw: RawStore) -> dict[str, Change]:
    """Parses the dumps that were never parsed, or by another version of their parser.

    parsed_dumps is written last: it marks a dump as done. A crash before leaves the dump to be
    parsed again, with the same result.

    Returns:
        What changed, by table.

    Raises:
        DamagedDump: The bytes of a dump are not what was stored.
    """
    dumps = read_dumps(lake)
    pending = find_pending(lake, dumps)
    log.info("%d of %d dumps are left to parse", len(pending), dumps.num_rows)
    facts = {row["dump_id"]: row for row in dumps.to_pylist()}
    changes = _write(lake, [], [])
    done = 0
    sizes = {dump_id: facts[dump_id]["byte_count"] for dump_id in pending}
    for batch in batches(pending, sizes, max_bytes=BATCH_BYTES):
        cleaned: list[CleanedDump] = []
        for dump_id in batch:
            data = raw.get(dump_id)
            page = formats.parse_dump(data, _capture(facts[dump_id]))
            version = formats.current_version(page.format)
            known = facts[dump_id]["capture"]
            cleaned.append(clean_page(page, dump_id, data, version, known))
        written = _write(lake, batch, cleaned)
        changes = {name: changes[name] + change for name, change in written.items()}
        done += len(batch)
        log.info("%d of %d dumps parsed", done, len(pending))
    return changes


def find_pending(lake: Lake, dumps: pa.Table) -> list[str]:
    """Ids of the given dumps that are left to parse."""
    columns = ["dump_id", "format", "parser_version", "repair_version", "capture"]
    counts = {"record_count": "cleaned_records", "quarantined_count": "quarantined_entries"}
    return find_pending_dumps(
        dumps.select(["dump_id", "captured_at", "capture"]),
        lake.read(MARKER, [*columns, *counts]),
        formats.current_version,
        REPAIR_VERSION,
        {
            count: (lake.count(name), lambda name=name: lake.read(name, ["dump_id"]))
            for count, name in counts.items()
        },
    )


def read_dumps(lake: Lake) -> pa.Table:
    """The dumps that are to be parsed, each once, wherever they came from.

    A page that was fetched and came through the inbox too is taken as fetched: then the moment of
    its capture is known.
    """
    fetched = lake.read("raw_daily_pages", DUMP_COLUMNS)
    found = lake.read("raw_inbox_dumps", DUMP_COLUMNS)
    fetched = fetched.filter(pc.is_in(fetched["verdict"], value_set=pa.array(PARSED_VERDICTS)))
    is_copy = pc.is_in(found["dump_id"], value_set=fetched["dump_id"].combine_chunks())
    parts = [
        fetched.append_column("is_fetched", pa.array([True] * fetched.num_rows, pa.bool_())),
        found.filter(pc.invert(is_copy)),
    ]
    dumps = pa.concat_tables(parts, promote_options="default")
    known = [str(_capture(dump)) for dump in dumps.to_pylist()]
    return dumps.append_column("capture", pa.array(known, pa.string()))


def _capture(dump: dict[str, Any]) -> Capture:
    return Capture(
        captured_on=dump["captured_at"].date(),
        asked_on=dump["page_on"],
        observed_at=dump["captured_at"] if dump["is_fetched"] else None,
    )


def _write(lake: Lake, dump_ids: list[str], cleaned: list[CleanedDump]) -> dict[str, Change]:
    parts = {
        "cleaned_records": [c.records for c in cleaned],
        "quarantined_entries": [c.quarantined for c in cleaned],
        "field_drift": [c.drift for c in cleaned],
        MARKER: [c.dump for c in cleaned],
    }
    return {
        name: lake.apply(
            name,
            pa.concat_tables([lake.empty(name), *tables]),
            replacing=("dump_id", dump_ids),
        )
        for name, tables in parts.items()
    }
