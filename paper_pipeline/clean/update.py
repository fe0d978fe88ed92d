"""The increment: parses what is left to parse, a bounded batch at a time.

Data flow: raw dumps -> cleaned_records, quarantined_entries, parsed_dumps.

Taking a page apart belongs in formats/, cleaning it in normalize.py.
"""

import logging

import pyarrow as pa

from paper_pipeline.clean import formats
from paper_pipeline.clean.normalize import CleanedDump, clean_page
from paper_pipeline.clean.page import Capture
from paper_pipeline.clean.pending import batches, find_pending_dumps
from paper_pipeline.dumps import RawStore
from paper_pipeline.store import Change, Lake

log = logging.getLogger(__name__)

# Bytes of dumps parsed before their rows are written: bounds memory, and what a crash costs.
BATCH_BYTES = 32 * 1024 * 1024
MARKER = "parsed_dumps"
DUMP_TABLES = ("raw_inbox_dumps",)


def update_records(lake: Lake, raw: RawStore) -> dict[str, Change]:
    """Parses the dumps that were never parsed, or by another version of their parser.

    parsed_dumps is written last: it marks a dump as done. A crash before leaves the dump to be
    parsed again, with the same result.

    Returns:
        What changed, by table.

    Raises:
        DamagedDump: The bytes of a dump are not what was stored.
    """
    dumps = pa.concat_tables(
        [lake.read(name, ["dump_id", "captured_at", "byte_count"]) for name in DUMP_TABLES]
    )
    pending = find_pending_dumps(
        dumps.select(["dump_id", "captured_at"]),
        lake.read(
            MARKER,
            ["dump_id", "format", "parser_version", "record_count", "quarantined_count"],
        ),
        formats.current_version,
        {
            count: (lake.count(name), lambda name=name: lake.read(name, ["dump_id"]))
            for count, name in (
                ("record_count", "cleaned_records"),
                ("quarantined_count", "quarantined_entries"),
            )
        },
    )
    log.info("%d of %d dumps are left to parse", len(pending), dumps.num_rows)
    facts = {row["dump_id"]: row for row in dumps.to_pylist()}
    changes = _write(lake, [], [])
    done = 0
    sizes = {dump_id: facts[dump_id]["byte_count"] for dump_id in pending}
    for batch in batches(pending, sizes, max_bytes=BATCH_BYTES):
        cleaned: list[CleanedDump] = []
        for dump_id in batch:
            data = raw.get(dump_id)
            page = formats.parse_dump(data, Capture(facts[dump_id]["captured_at"].date()))
            version = formats.current_version(page.format)
            cleaned.append(clean_page(page, dump_id, data, version))
        written = _write(lake, batch, cleaned)
        changes = {name: changes[name] + change for name, change in written.items()}
        done += len(batch)
        log.info("%d of %d dumps parsed", done, len(pending))
    return changes


def _write(lake: Lake, dump_ids: list[str], cleaned: list[CleanedDump]) -> dict[str, Change]:
    parts = {
        "cleaned_records": [c.records for c in cleaned],
        "quarantined_entries": [c.quarantined for c in cleaned],
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
