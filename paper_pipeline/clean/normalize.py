"""The only normaliser: a parsed page becomes rows of the clean tables.

Data flow: Page -> CleanedDump (one row of parsed_dumps, rows of cleaned_records and of
quarantined_entries). Every entry of the page ends in exactly one of the last two.

Taking a page apart belongs in formats/; what makes two titles the same belongs in text.py.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from paper_pipeline.clean.page import BrokenEntry, Entry, Page
from paper_pipeline.clean.quarantine import (
    EXCERPT_CHARACTERS,
    RULES_VERSION,
    Breach,
    find_breaches,
    read_text,
    release,
)
from paper_pipeline.clean.repair import REPAIR_VERSION, Repaired, repair_text
from paper_pipeline.clean.soundness.measures import DRIFT_VERSION
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.decisions import NOTHING_ALLOWED, Allowed, fingerprint
from paper_pipeline.text import content_hash
from paper_pipeline.vocabulary import UNSOUND_DUMP

# C0 and C1 controls that are not white space, and the byte-order mark.
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]+")
_BLANKS = re.compile("[ \t\n\r\f\v]{2,}|[\t\n\r\f\v]")
# Rows turned into Arrow at a time. With all rows of a large dump as dictionaries at once, half the
# time went into collecting garbage.
ROWS_AT_ONCE = 1_000
# A page date that rests on a file's time says when somebody copied the file. It stays with the
# dump, but does not enter records: the same dumps must give the same papers on every machine.
UNCERTAIN_BASES = frozenset({"capture_time", "unknown"})
# What the hash of a record's content leaves out, or takes in before the other fields.
_NOT_AMONG_OTHERS = frozenset(
    {"record_id", "dump_id", "entry_index", "byte_start", "byte_end", "title", "title_raw"}
    | {"abstract", "abstract_raw", "content_hash"}
)


@dataclass(frozen=True, slots=True)
class CleanedDump:
    """The rows that one dump yields, in the shape of their tables."""

    dump: pa.Table
    records: pa.Table
    quarantined: pa.Table
    drift: pa.Table


def fold_whitespace(text: str) -> str:
    """Text in Unicode's composed form, without control characters, one space between words."""
    if text.isascii() and text.isprintable():
        if "  " not in text and text[:1] != " " and text[-1:] != " ":
            return text  # as most texts are: the same object, so that it is held once
    else:
        text = unicodedata.normalize("NFC", text)
        text = CONTROLS.sub("", text)
    return " ".join(text.split())


def clean_text(text: str) -> Repaired:
    """A title or an abstract as its authors meant it, with the repairs that took."""
    # Control characters go last: text decoded wrongly holds some that repair needs.
    repaired = repair_text(_BLANKS.sub(" ", text))
    return Repaired(fold_whitespace(repaired.text), repaired.repairs)


def clean_page(
    page: Page,
    dump_id: str,
    data: bytes,
    parser_version: int,
    capture: str = "",
    allowed: Allowed = NOTHING_ALLOWED,
) -> CleanedDump:
    """Turns a parsed page into rows.

    Args:
        page: The page as parsed.
        dump_id: SHA-256 of the dump.
        data: Bytes of the dump, for the excerpts of what is quarantined.
        parser_version: Version of the parser that made `page`.
        capture: What was known of the dump from outside, as text to compare with later.
        allowed: The rules that people allow entries of this dump to break.
    """
    found = sorted([*page.entries, *page.broken], key=lambda entry: entry.byte_start)
    is_whole_dump = not page.entries and len(page.broken) == 1 and _is_dump_level(page, len(data))
    records, quarantined = _Rows("cleaned_records"), _Rows("quarantined_entries")
    for index, entry in enumerate(found):
        entry_id = f"{dump_id[:16]}:{'page' if is_whole_dump else format(index, '06d')}"
        if isinstance(entry, BrokenEntry):
            breaches = [entry]
        else:
            record, breaches = _clean_entry(entry, entry_id, dump_id, index, allowed)
            if not breaches:
                records.add(record)
                continue
        place = {"byte_start": entry.byte_start, "byte_end": entry.byte_end}
        names = list(dict.fromkeys(breach.rule for breach in breaches))
        reason = "; ".join(breach.reason for breach in breaches)
        excerpt = read_text(data, **place, encoding=page.encoding, most=EXCERPT_CHARACTERS)
        broken = {"rule": names[0], "other_rules": names[1:], "reason": reason, "excerpt": excerpt}
        quarantined.add({"entry_id": entry_id, "dump_id": dump_id, **place, **broken})
    record_table, quarantined_table = records.table(), quarantined.table()
    dump = {
        "dump_id": dump_id,
        "format": page.format,
        "layout": page.layout,
        "parser_version": parser_version,
        "repair_version": REPAIR_VERSION,
        "rules_version": RULES_VERSION,
        "profile_version": DRIFT_VERSION,
        "capture": capture,
        "decisions": fingerprint(allowed),
        "damage": "",
        "encoding": page.encoding,
        "encoding_note": page.encoding_note,
        "page_on": page.page_on,
        "page_on_basis": page.page_on_basis,
        "entry_count": 0 if is_whole_dump else len(found),
        "record_count": record_table.num_rows,
        "quarantined_count": quarantined_table.num_rows,
    }
    drift = _table("field_drift", _drift_rows(page, dump_id))
    return CleanedDump(_table("parsed_dumps", [dump]), record_table, quarantined_table, drift)


def hold_back(cleaned: CleanedDump, damage: str, data: bytes) -> CleanedDump:
    """Puts all records of a damaged dump into quarantine.

    Args:
        cleaned: The dump as clean_page gives it.
        damage: What is wrong with it, in words.
        data: Its bytes.
    """
    (dump,) = cleaned.dump.to_pylist()
    quarantined = _Rows("quarantined_entries")
    places = ["record_id", "dump_id", "byte_start", "byte_end"]
    for record in cleaned.records.select(places).to_pylist():
        place = record["byte_start"], record["byte_end"]
        excerpt = read_text(data, *place, dump["encoding"], EXCERPT_CHARACTERS)
        broken = {"rule": UNSOUND_DUMP, "other_rules": list[str](), "reason": damage}
        quarantined.add(
            {"entry_id": record.pop("record_id"), **record, **broken, "excerpt": excerpt}
        )
    rows = pa.concat_tables([cleaned.quarantined, quarantined.table()])
    dump |= {"damage": damage, "record_count": 0, "quarantined_count": rows.num_rows}
    return replace(
        cleaned,
        dump=_table("parsed_dumps", [dump]),
        records=cleaned.records.slice(0, 0),
        quarantined=rows,
    )


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, BY_NAME[name].schema)


class _Rows:
    """Rows on their way into a table; few of them are ever held as Python objects."""

    def __init__(self, name: str):
        self._schema = BY_NAME[name].schema
        self._waiting: list[dict[str, Any]] = []
        self._done = [self._schema.empty_table()]

    def add(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        if len(self._waiting) == ROWS_AT_ONCE:
            self._flush()

    def table(self) -> pa.Table:
        self._flush()
        return pa.concat_tables(self._done)

    def _flush(self) -> None:
        self._done.append(pa.Table.from_pylist(self._waiting, self._schema))
        self._waiting = []


def _drift_rows(page: Page, dump_id: str) -> list[dict[str, Any]]:
    return [
        {
            "drift_id": f"{dump_id[:16]}:{drift.kind}:{drift.found}:{drift.field}",
            "dump_id": dump_id,
            "page_on": page.page_on,
            "field": drift.field,
            "kind": drift.kind,
            "found": drift.found,
            "entry_count": drift.entry_count,
        }
        for drift in page.drift
    ]


def _is_dump_level(page: Page, byte_count: int) -> bool:
    broken = page.broken[0]
    return (broken.byte_start, broken.byte_end) == (0, byte_count)


def _clean_entry(
    entry: Entry, entry_id: str, dump_id: str, index: int, allowed: Allowed
) -> tuple[dict[str, Any], list[Breach]]:
    """The entry as a record, and the rules that it breaks and nobody has allowed it to break."""
    record = _record(entry, entry_id, dump_id, index)
    breaches = find_breaches(record)
    rules = allowed.get((entry_id, entry.byte_start)) if breaches else None
    return (record, breaches) if rules is None else _released(record, breaches, rules)


def _record(entry: Entry, record_id: str, dump_id: str, index: int) -> dict[str, Any]:
    title, abstract = clean_text(entry.title), clean_text(entry.abstract or "")
    repairs = Counter(title.repairs) + Counter(abstract.repairs) + Counter(entry.repairs)
    return _hashed(
        {
            "record_id": record_id,
            "dump_id": dump_id,
            "entry_index": index,
            "byte_start": entry.byte_start,
            "byte_end": entry.byte_end,
            "title": title.text,
            "title_raw": entry.title,
            "abstract": abstract.text or None,
            "abstract_raw": entry.abstract,
            **_other_fields(entry),
            "repairs": _counted(repairs),
        }
    )


def _counted(repairs: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in sorted(repairs.items())]


def _hashed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with a hash of what it says, wherever it was found."""
    others = [value for name, value in record.items() if name not in _NOT_AMONG_OTHERS]
    content = f"{record['title']}\n{record['abstract']}\n{others}"
    return record | {"content_hash": content_hash(content)}


def _released(
    record: dict[str, Any], breaches: list[Breach], rules: frozenset[str]
) -> tuple[dict[str, Any], list[Breach]]:
    """The record as a person lets it pass, and what it breaks still."""
    outcome = release(record, breaches, rules)
    repairs = {repair["name"]: repair["count"] for repair in record["repairs"]}
    repairs |= dict.fromkeys(outcome.repairs, 1)
    return _hashed(outcome.record | {"repairs": _counted(repairs)}), list(outcome.breaches)


def _other_fields(entry: Entry) -> dict[str, Any]:
    authors = [name for name in map(fold_whitespace, entry.authors) if name]
    return {
        "arxiv_id": entry.arxiv_id,
        "authors": authors,
        "author_count": entry.author_count or len(authors) or None,
        "organisation": fold_whitespace(entry.organisation or "") or None,
        "published_on": entry.published_on,
        "listed_on": None if entry.page_on_basis in UNCERTAIN_BASES else entry.page_on,
        "listed_on_basis": entry.page_on_basis,
        "published_on_basis": entry.published_on_basis or None,
        "observed_at": entry.observed_at,
        "upvotes": entry.upvotes,
        "comment_count": entry.comment_count,
        "submitted_by": fold_whitespace(entry.submitted_by or "") or None,
        "discussion_id": entry.discussion_id,
        "thumbnail_url": _address(entry.thumbnail_url),
        "media_urls": list(entry.media_urls),
        "project_page_url": _address(entry.project_page_url),
        "code_repository_url": _address(entry.code_repository_url),
        "github_star_count": entry.github_star_count,
        "keywords": list(entry.keywords),
        "ai_summary": fold_whitespace(entry.ai_summary or "") or None,
        "is_author_participating": entry.is_author_participating,
        "withdrawn_on": entry.withdrawn_on,
    }


def _address(found: str | None) -> str | None:
    """An address as somebody typed it, without the blanks around it."""
    return fold_whitespace(found or "") or None
