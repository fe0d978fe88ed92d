"""The increment: parses what is left to parse, a bounded batch at a time.

Data flow: raw dumps, quarantine_decisions -> cleaned_records, quarantined_entries, dump_profiles,
parsed_dumps.

Taking a page apart belongs in formats/, cleaning it in normalize.py, judging it in soundness/.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.clean import formats
from paper_pipeline.clean.normalize import CleanedDump, clean_page, hold_back
from paper_pipeline.clean.page import Capture, Page
from paper_pipeline.clean.pending import KNOWN_OUTSIDE, batches, find_pending_dumps
from paper_pipeline.clean.quarantine import RULES_VERSION
from paper_pipeline.clean.repair import REPAIR_VERSION
from paper_pipeline.clean.soundness.measures import DRIFT_VERSION
from paper_pipeline.clean.soundness.update import judge_dumps, profile_records, read_damage
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.rulings.decisions import (
    NOTHING_ALLOWED,
    PREFIX,
    Allowed,
    fingerprint,
    read_allowed,
)
from paper_pipeline.settings import DriftLimits

log = logging.getLogger(__name__)

# Bytes of dumps parsed before their rows are written: bounds memory, and what a crash costs.
BATCH_BYTES = 8 * 1024 * 1024
MARKER = "parsed_dumps"
VERSIONS = {
    "repair_version": REPAIR_VERSION,
    "rules_version": RULES_VERSION,
    "profile_version": DRIFT_VERSION,
}
DUMP_COLUMNS = ("dump_id", "page_on", "captured_at", "byte_count", "verdict")
# What a fetched page must be to be parsed: no copy of another day, no suspiciously short answer.
PARSED_VERDICTS = ("stored", "listed", "not_a_list")


def update_records(
    lake: Lake, raw: RawStore, limits: DriftLimits | None = None
) -> dict[str, Change]:
    """Parses the dumps that are not parsed as they would be now, and judges what came.

    Entries of a damaged dump go into quarantine before any other stage reads them; they come back
    when the dump is found right after all, by a person or in the light of other dumps.

    Args:
        lake: The tables to write.
        raw: The bytes of the dumps.
        limits: When a dump is unusual; the defaults when None.

    Returns:
        What changed, by table.

    Raises:
        DamagedDump: The bytes of a dump are not what was stored.
    """
    dumps = read_dumps(lake)
    pending = find_pending(lake, dumps)
    log.info("%d of %d dumps are left to parse", len(pending), dumps.num_rows)
    changes = parse_dumps(lake, raw, dumps, pending)
    judge_dumps(lake, limits or DriftLimits())
    dumps = read_dumps(lake)
    judged_otherwise = find_pending(lake, dumps)
    if judged_otherwise:
        log.info("%d dumps are judged otherwise than they stand", len(judged_otherwise))
        again = parse_dumps(lake, raw, dumps, judged_otherwise)
        changes = {name: change + again[name] for name, change in changes.items()}
    return changes


def parse_dumps(
    lake: Lake, raw: RawStore, dumps: pa.Table, dump_ids: Sequence[str]
) -> dict[str, Change]:
    """Parses some of the dumps, whether they were parsed before or not.

    parsed_dumps is written last: it marks a dump as done. A crash before leaves the dump to be
    parsed again, with the same result.

    Args:
        lake: The tables to write.
        raw: The bytes of the dumps.
        dumps: All dumps, as read_dumps gives them.
        dump_ids: Those wanted.

    Returns:
        What changed, by table.

    Raises:
        DamagedDump: The bytes of a dump are not what was stored.
    """
    facts = {row["dump_id"]: row for row in dumps.to_pylist()}
    allowed = read_allowed(lake)
    changes = _write(lake, [], [], [])
    done = 0
    sizes = {dump_id: facts[dump_id]["byte_count"] for dump_id in dump_ids}
    for batch in batches([*dump_ids], sizes, max_bytes=BATCH_BYTES):
        cleaned: list[CleanedDump] = []
        profiles: list[dict[str, Any]] = []
        for dump_id in batch:
            data, known = raw.get(dump_id), facts[dump_id]
            found, profile = clean_dump(data, known, allowed.get(dump_id[:PREFIX], NOTHING_ALLOWED))
            profiles.append(profile)
            damage = known["damage"]
            cleaned.append(hold_back(found, damage, data) if damage else found)
        written = _write(lake, batch, cleaned, profiles)
        changes = {name: changes[name] + change for name, change in written.items()}
        done += len(batch)
        log.info("%d of %d dumps parsed", done, len(dump_ids))
    return changes


def clean_dump(
    data: bytes, known: Mapping[str, Any], allowed: Allowed
) -> tuple[CleanedDump, dict[str, Any]]:
    """Parses, cleans and measures a dump.

    Never fails: where that raises, all that the dump yields is one quarantined entry.

    Args:
        data: The bytes of the dump.
        known: What is known of it from outside, a row of read_dumps.
        allowed: The rules that people allow its entries to break.

    Returns:
        The rows of the dump, and its row of dump_profiles.
    """

    def make_rows(page: Page) -> tuple[CleanedDump, dict[str, Any]]:
        version, dump_id = formats.current_version(page.format), known["dump_id"]
        cleaned = clean_page(page, dump_id, data, version, known["capture"], allowed)
        facts = page.format, page.layout, known["captured_at"], cleaned.quarantined.num_rows
        return cleaned, profile_records(cleaned.records, dump_id, *facts)

    page = formats.parse_dump(data, describe_capture(known))
    rows = formats.attempt(page.format, data, make_rows, page)
    return make_rows(rows) if isinstance(rows, Page) else rows


def find_pending(lake: Lake, dumps: pa.Table) -> list[str]:
    """Ids of the given dumps that are left to parse."""
    columns = ["dump_id", "format", "parser_version", *VERSIONS, *KNOWN_OUTSIDE]
    counts = {"record_count": "cleaned_records", "quarantined_count": "quarantined_entries"}
    parsed = lake.read(MARKER, [*columns, *counts])
    profiled = lake.read("dump_profiles", ["dump_id"])["dump_id"].combine_chunks()
    return find_pending_dumps(
        dumps.select(["dump_id", "captured_at", *KNOWN_OUTSIDE]),
        parsed.filter(pc.is_in(parsed["dump_id"], value_set=profiled)),
        formats.current_version,
        VERSIONS,
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
    known = [str(describe_capture(dump)) for dump in dumps.to_pylist()]
    hashes = {start: fingerprint(allowed) for start, allowed in read_allowed(lake).items()}
    decided = [hashes.get(dump_id[:PREFIX], "") for dump_id in dumps["dump_id"].to_pylist()]
    damage = read_damage(lake)
    damaged = [damage.get(dump_id, "") for dump_id in dumps["dump_id"].to_pylist()]
    for name, values in zip(KNOWN_OUTSIDE, (known, decided, damaged), strict=True):
        dumps = dumps.append_column(name, pa.array(values, pa.string()))
    return dumps


def describe_capture(dump: Mapping[str, Any]) -> Capture:
    """What is known from outside of a dump, a row of read_dumps."""
    return Capture(
        captured_on=dump["captured_at"].date(),
        asked_on=dump["page_on"],
        observed_at=dump["captured_at"] if dump["is_fetched"] else None,
    )


def _write(
    lake: Lake, dump_ids: list[str], cleaned: list[CleanedDump], profiles: list[dict[str, Any]]
) -> dict[str, Change]:
    parts = {
        "cleaned_records": [c.records for c in cleaned],
        "quarantined_entries": [c.quarantined for c in cleaned],
        "field_drift": [c.drift for c in cleaned],
        "dump_profiles": [pa.Table.from_pylist(profiles, lake.empty("dump_profiles").schema)],
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
