"""Decisions of people about entries in quarantine: which may become records, why, and who says so.

Data flow: data/quarantine.jsonl -> quarantine_decisions -> what each dump's entries may break.

The file outlives the lake, as people's corrections do: the same dumps and the same file give the
same records, in whatever order they came. A line is a decision, so that a command can add one and
a review shows one. What a decision does to an entry belongs in quarantine.py.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pyarrow as pa

from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import ENTRY_ID
from paper_pipeline.rulings.files import (
    RulingsError,
    list_problems,
    parse_each,
    read_day,
    read_file,
    read_text,
    refusal,
)
from paper_pipeline.text import content_hash
from paper_pipeline.vocabulary import QUARANTINE_RULES

TABLE = "quarantine_decisions"
KEYS = ("entry_id", "byte_start", "rules", "reason", "author", "added_on")
MOST_TEXT = 2_000
# The first digits of a dump's id, which its entries' ids begin with.
PREFIX = 16

# What entries of one dump may break: by id and first byte, the names of rules.
Allowed = Mapping[tuple[str, int], frozenset[str]]
NOTHING_ALLOWED: Allowed = MappingProxyType({})


class DecisionsError(RulingsError):
    """The decisions cannot be honoured as they stand."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry is to become a record although it breaks these rules.

    The first byte is named beside the id, because an id counts entries: if a newer parser finds
    another entry in its place, nobody has decided about that one.
    """

    entry_id: str
    byte_start: int
    rules: tuple[str, ...]
    reason: str
    author: str
    added_on: date

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(set(self.rules))))

    def to_line(self) -> str:
        """The decision as a line of the file, without its end."""
        plain = asdict(self) | {"rules": list(self.rules), "added_on": self.added_on.isoformat()}
        return json.dumps(plain, ensure_ascii=False)


def load_decisions(path: Path) -> tuple[Decision, ...]:
    """Reads the file of decisions; where there is no file, nothing has been decided.

    Returns:
        Decisions in canonical order, none twice.

    Raises:
        DecisionsError: Something in the file cannot be honoured; names every problem.
    """
    lines = (read_file(path, DecisionsError) or b"").removeprefix(b"\xef\xbb\xbf").split(b"\n")
    decisions, problems = parse_each("line", lines, _read_line)
    if problems:
        raise DecisionsError(list_problems(path, problems))
    return tuple(sorted(set(decisions), key=Decision.to_line))


def _read_line(line: bytes) -> list[Decision]:
    if not line.strip():
        return []
    try:
        found: object = json.loads(line, object_pairs_hook=_keep_once)
    except (UnicodeError, json.JSONDecodeError, RecursionError) as error:
        raise RulingsError(f"expected JSON in UTF-8, found a fault: {error}; mend it") from error
    if not isinstance(found, dict) or set(cast("dict[str, object]", found)) != set(KEYS):
        raise refusal(
            f"an object with the keys {', '.join(KEYS)}", cast("object", found), "write all of them"
        )
    return [make_decision(**cast("dict[str, Any]", found))]


def _keep_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        raise refusal("every key once", names, "remove the others")
    return dict(pairs)


def _list_names(rules: object) -> tuple[str, ...]:
    return tuple(map(str, cast("list[object]", rules))) if isinstance(rules, list | tuple) else ()


def make_decision(
    entry_id: object,
    byte_start: object,
    rules: object,
    reason: object,
    author: object,
    added_on: object,
) -> Decision:
    """A decision from values of anybody's, white space folded.

    Raises:
        DecisionsError: A value is not what it must be.
    """
    named = _list_names(rules)
    try:
        if not isinstance(entry_id, str) or not re.fullmatch(ENTRY_ID, entry_id):
            raise refusal(
                "an id from the quarantine", entry_id, "copy it from its list", "entry_id"
            )
        if type(byte_start) is not int or not 0 <= byte_start < 2**63:
            raise refusal("a whole number", byte_start, "copy it from the table", "byte_start")
        if not named or not QUARANTINE_RULES.keys() >= {*named}:
            raise refusal(
                "a list of names of rules", rules, f"use {', '.join(QUARANTINE_RULES)}", "rules"
            )
        return Decision(
            entry_id,
            byte_start,
            named,
            read_text("reason", reason, MOST_TEXT),
            read_text("author", author, MOST_TEXT),
            read_day("added_on", added_on),
        )
    except RulingsError as error:
        raise DecisionsError(str(error)) from error


def read_decisions(rows: Iterable[Mapping[str, Any]]) -> tuple[Decision, ...]:
    """Reads rows of quarantine_decisions as a manifest states them, with days as texts.

    Raises:
        DecisionsError: The rows are not of that table.
    """
    try:
        return tuple(make_decision(**{name: row[name] for name in KEYS}) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise DecisionsError(
            f"expected decisions as they were stored, found one that does not read: {error!r}"
        ) from error


def add_decision(path: Path, decision: Decision) -> bool:
    """Adds a decision at the end of the file, in one write: readers see all of it or nothing.

    Returns:
        Whether it was added; not where the file allows as much already.

    Raises:
        DecisionsError: The file cannot be honoured as it stands; then nothing is added.
    """
    place = (decision.entry_id, decision.byte_start)
    standing = [d.rules for d in load_decisions(path) if (d.entry_id, d.byte_start) == place]
    if set(decision.rules) <= {rule for rules in standing for rule in rules}:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    end = path.read_bytes()[-1:] if path.exists() else b""
    line = ("\n" if end.strip() else "") + decision.to_line() + "\n"
    with path.open("ab") as file:
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    return True


def store_decisions(lake: Lake, decisions: Iterable[Decision]) -> Change:
    """Makes quarantine_decisions hold these decisions and no other."""
    rows = [asdict(d) | {"decision_id": content_hash(d.to_line())} for d in decisions]
    return lake.replace(TABLE, pa.Table.from_pylist(rows, BY_NAME[TABLE].schema))


def are_stored(lake: Lake, decisions: Iterable[Decision]) -> bool:
    """Whether quarantine_decisions holds these decisions and no other."""
    standing = lake.read(TABLE, ["decision_id"])["decision_id"].to_pylist()
    return set(standing) == {content_hash(decision.to_line()) for decision in decisions}


def read_allowed(lake: Lake) -> dict[str, Allowed]:
    """What people allow entries to break, by the first digits of the dump's id."""
    by_dump: defaultdict[str, dict[tuple[str, int], frozenset[str]]] = defaultdict(dict)
    rows = lake.read(TABLE, ["entry_id", "byte_start", "rules"]).to_pylist()
    for row in rows:
        allowed, place = by_dump[row["entry_id"][:PREFIX]], (row["entry_id"], row["byte_start"])
        allowed[place] = allowed.get(place, frozenset()) | frozenset(row["rules"])
    return dict(by_dump)


def fingerprint(allowed: Allowed) -> str:
    """A hash over what a dump's entries may break; empty where they may nothing."""
    plain = sorted((*place, sorted(rules)) for place, rules in allowed.items())
    return content_hash(json.dumps(plain)) if plain else ""
