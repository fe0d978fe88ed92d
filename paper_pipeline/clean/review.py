"""Review: what people see of the quarantine, and what they can do about it.

Data flow: quarantined_entries, raw dumps -> lists and texts for people; a person's word -> a
Decision, or why there can be none.

The rules belong in quarantine.py, the file of decisions in rulings/.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow.compute as pc

from paper_pipeline.clean.normalize import CONTROLS, CleanedDump
from paper_pipeline.clean.quarantine import REMEDIES, read_text
from paper_pipeline.clean.update import clean_dump, parse_dumps, read_dumps
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.rulings.decisions import (
    NOTHING_ALLOWED,
    PREFIX,
    Decision,
    make_decision,
    read_allowed,
)
from paper_pipeline.vocabulary import QUARANTINE_RULES, UNSOUND_DUMP

TABLE = "quarantined_entries"
TEXT_CHARACTERS = 20_000
# Dates drawn apart; more are drawn by month, and more months by year.
MOST_DATES = 60


class ReviewError(ValueError):
    """What was asked of the quarantine cannot be done; says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in quarantine, with what the tables know of its dump.

    Attributes:
        entry_id: Which it is.
        dump_id: The dump it stands in.
        byte_start: Offset of its first byte there.
        byte_end: Offset just past its last byte.
        rule: The first rule it broke.
        other_rules: Those it broke as well.
        reason: What was expected and what was found.
        source: Name of the file, or day and page that were asked for.
        format: Page format of the dump.
        encoding: The encoding that the dump was read with.
    """

    entry_id: str
    dump_id: str
    byte_start: int
    byte_end: int
    rule: str
    other_rules: tuple[str, ...]
    reason: str
    source: str
    format: str
    encoding: str

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that it broke."""
        return (self.rule, *self.other_rules)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that would release an entry, and the record that the entry would become."""

    decision: Decision
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Retried:
    """What parsing dumps again has done.

    Attributes:
        dump_ids: The dumps.
        changes: What changed, by table.
        released: Entries that were in quarantine and are records.
        quarantined: Entries that are in quarantine and were not.
        gone: Entries that were in quarantine and are neither.
    """

    dump_ids: list[str]
    changes: dict[str, Change]
    released: list[str]
    quarantined: list[str]
    gone: list[str]


def list_waiting(lake: Lake, *, rule: str | None = None, dump: str | None = None) -> list[Waiting]:
    """The entries in quarantine, by file and place.

    Args:
        lake: The tables.
        rule: Only those that broke this rule.
        dump: Only those of dumps whose id begins so, or whose source has this name.

    Raises:
        ReviewError: There is no such rule, or no such dump.
    """
    if rule is not None and rule not in QUARANTINE_RULES:
        raise ReviewError(f"There is no rule {rule}. Rules: {', '.join(QUARANTINE_RULES)}")
    where = None if dump is None else ("dump_id", find_dumps(lake, dump))
    waiting = _describe(lake, lake.read(TABLE, where=where).to_pylist())
    wanted = [entry for entry in waiting if rule is None or rule in entry.rules]
    return sorted(wanted, key=lambda entry: (entry.source, entry.entry_id))


def find_dumps(lake: Lake, name: str) -> list[str]:
    """Ids of the dumps whose id begins with `name`, or whose source has this name.

    Raises:
        ReviewError: There is none.
    """
    found = [
        dump_id
        for dump_id, source in _sources(lake).items()
        if (name and dump_id.startswith(name)) or name in (source, source.partition(" ")[0])
    ]
    if not found:
        raise ReviewError(
            f"There is no dump {name}. Give the beginning of its id, the name of its file, or the "
            "day it was fetched for; `paper-pipeline quarantine list` shows them."
        )
    return sorted(found)


def find_waiting(lake: Lake, entry_id: str) -> Waiting:
    """The entry in quarantine that has this id.

    Raises:
        ReviewError: There is none; says what is known of the id.
    """
    rows = lake.read(TABLE, where=("entry_id", [entry_id])).to_pylist()
    if rows:
        return _describe(lake, rows)[0]
    if lake.read("cleaned_records", ["record_id"], where=("record_id", [entry_id])).num_rows:
        decided = lake.read("quarantine_decisions", where=("entry_id", [entry_id])).to_pylist()
        told = [f' It was released by {d["author"]}: "{d["reason"]}".' for d in decided]
        raise ReviewError(f"{entry_id} is not in quarantine: it is a record.{''.join(told)}")
    raise ReviewError(
        f"{entry_id} is not in quarantine, and there is no record of that id. "
        "`paper-pipeline quarantine list` shows what there is."
    )


def show_text(raw: RawStore, entry: Waiting) -> str:
    """The entry as found in its dump, or the first TEXT_CHARACTERS of it.

    Control characters are shown as replaced: a page must not steer anybody's terminal.

    Raises:
        DamagedDump: The bytes of the dump are not what was stored.
    """
    data = raw.get(entry.dump_id)
    most = TEXT_CHARACTERS
    text = read_text(data, entry.byte_start, entry.byte_end, entry.encoding, most + 1)
    text = f"{text[:most]}\n[it goes on]" if len(text) > most else text
    return CONTROLS.sub("\ufffd", text)


def propose_release(
    lake: Lake, raw: RawStore, entry_id: str, *, reason: str, author: str, today: date
) -> Proposal:
    """What a person's decision to release an entry would make of it, tried on its dump.

    A damaged dump is released as a whole: its entries were not held back one by one.

    Raises:
        ReviewError: The entry cannot become a record by a decision.
        DecisionsError: Reason or author is missing.
        DamagedDump: The bytes of the dump are not what was stored.
    """
    entry = find_waiting(lake, entry_id)
    hopeless = [rule for rule in entry.rules if rule in REMEDIES]
    if hopeless:
        why, instead = QUARANTINE_RULES[hopeless[0]], REMEDIES[hopeless[0]]
        raise ReviewError(
            f"{entry_id} cannot be released: {why}, so there is nothing that could become a "
            f"record. Instead: {instead}."
        )
    place, rules = (entry_id, entry.byte_start), entry.rules
    if UNSOUND_DUMP in rules:
        place, rules = (f"{entry.dump_id[:PREFIX]}:page", 0), (UNSOUND_DUMP,)
    decision = make_decision(*place, rules, reason, author, today.isoformat())
    cleaned = _try(lake, raw, entry.dump_id, decision)
    for record in cleaned.records.to_pylist():
        if record["record_id"] == entry_id:
            return Proposal(decision, record)
    raise ReviewError(
        f"{entry_id} is not what its dump holds today: the code has changed. Instead: "
        f"`paper-pipeline quarantine retry --dump {entry.dump_id[:PREFIX]}`, then look again."
    )


def retry(
    lake: Lake, raw: RawStore, *, rule: str | None = None, dump: str | None = None
) -> Retried:
    """Parses again, now, the dumps that have such entries in quarantine, or those named.

    Args:
        lake: The tables; the caller holds them for writing.
        raw: The bytes of the dumps.
        rule: Only dumps with an entry that broke this rule.
        dump: Only dumps whose id begins so, or whose source has this name; where no rule is given
            too, they are parsed whether they have entries in quarantine or not.

    Raises:
        ReviewError: There is no such rule, or no such dump.
        DamagedDump: The bytes of a dump are not what was stored.
    """
    wanted = {entry.dump_id for entry in list_waiting(lake, rule=rule, dump=dump)}
    if dump is not None and rule is None:
        wanted |= set(find_dumps(lake, dump))
    dumps = read_dumps(lake)
    dump_ids = [d for d in dumps.sort_by("captured_at")["dump_id"].to_pylist() if d in wanted]
    before = _entry_ids(lake, dump_ids)
    changes = parse_dumps(lake, raw, dumps, dump_ids)
    after = _entry_ids(lake, dump_ids)
    left = sorted(before - after)
    records = lake.read("cleaned_records", ["record_id"], where=("record_id", left))
    released = set(records["record_id"].to_pylist())
    return Retried(
        dump_ids,
        changes,
        released=sorted(released),
        quarantined=sorted(after - before),
        gone=sorted(set(left) - released),
    )


def count_by_rule(entries: Iterable[Waiting]) -> list[tuple[str, int, int]]:
    """Rule, entries, dumps; the most frequent rule first."""
    dumps_by_rule: dict[str, list[str]] = {}
    for entry in entries:
        dumps_by_rule.setdefault(entry.rule, []).append(entry.dump_id)
    counts = [(rule, len(ids), len(set(ids))) for rule, ids in dumps_by_rule.items()]
    return sorted(counts, key=lambda row: (-row[1], row[0]))


def count_by_date(lake: Lake) -> dict[str, Counter[str]]:
    """Quarantined entries by rule and by date of the page, else of the capture; oldest first.

    Dates are days, or months or years where there are more than MOST_DATES; between the first and
    the last those without an entry are left out. Entries of dumps without any date are not counted
    unless no dump has one: then the only date is "".
    """
    entries = lake.read(TABLE, ["dump_id", "rule"]).to_pylist()
    pages = lake.read("parsed_dumps", ["dump_id", "page_on"]).to_pylist()
    known = {row["dump_id"]: row["captured_at"].date() for row in read_dumps(lake).to_pylist()}
    known |= {row["dump_id"]: row["page_on"] for row in pages if row["page_on"]}
    dated = [(known[e["dump_id"]], e["rule"]) for e in entries if e["dump_id"] in known]
    if not dated:
        return {"": Counter(e["rule"] for e in entries)} if entries else {}
    names: dict[date, str] = {}
    for length in (len("2025-10-06"), len("2025-10"), len("2025")):
        names = {day: day.isoformat()[:length] for day, _ in dated}
        if len(set(names.values())) <= MOST_DATES:
            break
    counts: dict[str, Counter[str]] = {name: Counter() for name in sorted(set(names.values()))}
    for day, rule in dated:
        counts[names[day]][rule] += 1
    return counts


def _try(lake: Lake, raw: RawStore, dump_id: str, decision: Decision) -> CleanedDump:
    """The dump as it would be parsed with one more decision."""
    dumps = read_dumps(lake)
    (facts,) = dumps.filter(pc.equal(dumps["dump_id"], dump_id)).to_pylist()
    place = (decision.entry_id, decision.byte_start)
    allowed = dict(read_allowed(lake).get(dump_id[:PREFIX], NOTHING_ALLOWED))
    allowed[place] = allowed.get(place, frozenset()) | frozenset(decision.rules)
    return clean_dump(raw.get(dump_id), facts, allowed)[0]


def _describe(lake: Lake, rows: list[dict[str, Any]]) -> list[Waiting]:
    ids = sorted({row["dump_id"] for row in rows})
    columns = ["dump_id", "format", "encoding"]
    parsed = lake.read("parsed_dumps", columns, where=("dump_id", ids)).to_pylist()
    dumps = {row["dump_id"]: row for row in parsed}
    sources = _sources(lake, ids)
    return [
        Waiting(
            **{n: row[n] for n in ("entry_id", "dump_id", "byte_start", "byte_end", "rule")},
            other_rules=tuple(row["other_rules"]),
            reason=CONTROLS.sub("\ufffd", row["reason"]),
            source=CONTROLS.sub("\ufffd", sources.get(row["dump_id"], "")),
            format=dumps.get(row["dump_id"], {}).get("format", "unknown"),
            encoding=dumps.get(row["dump_id"], {}).get("encoding", "utf-8"),
        )
        for row in rows
    ]


def _sources(lake: Lake, dump_ids: Sequence[str] | None = None) -> dict[str, str]:
    """Where each dump came from: the name of its file, or the day and page asked for."""
    where = None if dump_ids is None else ("dump_id", dump_ids)
    days = lake.read("raw_daily_pages", ["dump_id", "page_on", "page_number"], where=where)
    files = lake.read("raw_inbox_dumps", ["dump_id", "file_name"], where=where)
    names = {row["dump_id"]: row["file_name"] for row in files.to_pylist()}
    for row in days.to_pylist():
        page = f" page {row['page_number']}" if row["page_number"] else ""
        names[row["dump_id"]] = f"{row['page_on']}{page}"
    return names


def _entry_ids(lake: Lake, dump_ids: Sequence[str]) -> set[str]:
    rows = lake.read(TABLE, ["entry_id"], where=("dump_id", dump_ids))
    return set(rows["entry_id"].to_pylist())
