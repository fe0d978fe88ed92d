"""Corrections: what people decide about papers where deduplication gets it wrong.

Data flow: data/corrections.yaml -> Corrections -> matching (links) and survivorship (overrides).

The file is small, written by hand and reviewed, so whatever is doubtful in it is refused with the
remedy, all problems at once. What a correction does to records belongs in matching.py and
survivorship.py.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, cast

import yaml

from paper_pipeline.identifiers import parse_arxiv_id
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import RECORD_ID
from paper_pipeline.rulings.files import (
    RulingsError,
    list_problems,
    parse_each,
    read_day,
    read_file,
    read_text,
    refusal,
    show,
)
from paper_pipeline.text import content_hash

# The file, its list, an entry, what it sets, a list of texts.
DEEPEST = 5
KINDS = ("must_link", "cannot_link", "paper")
KEYS = (*KINDS, "set", "reason", "author", "added_on")

_PAPERS: Any = BY_NAME["deduplicated_papers"]  # Any: pyarrow has no types
# What survivorship chooses, read from the contract of its lineage and not from its RULES, so that
# survivorship may import this module. An arXiv id decides identity: links are for that.
_CHOSEN = tuple(str(field.name) for field in _PAPERS.column("field_record_ids").type)
FIELD_TYPES = {name: str(_PAPERS.column(name).type) for name in _CHOSEN if name != "arxiv_id"}

_SUBJECT = re.compile(rf"{RECORD_ID}|^paper:[0-9a-f]{{20}}$")

Value = str | int | bool | date | tuple[str, ...] | None


class CorrectionsError(RulingsError):
    """The corrections cannot be honoured as they stand."""


@dataclass(frozen=True, slots=True)
class Link:
    """Subjects that are one paper (must_link) or a paper each (cannot_link), sorted, none twice."""

    kind: str
    subjects: tuple[str, ...]
    reason: str
    author: str
    added_on: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(sorted(set(self.subjects))))

    def to_json(self) -> dict[str, Any]:
        """The link in the form of the file."""
        return {self.kind: list(self.subjects), **_sign(self)}


@dataclass(frozen=True, slots=True)
class Override:
    """The right value of one field of a paper; a list of texts is a tuple here."""

    subject: str
    field: str
    value: Value
    reason: str
    author: str
    added_on: date | None = None
    kind: ClassVar = "paper"

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subject, read like those of a Link."""
        return (self.subject,)

    def to_json(self) -> dict[str, Any]:
        """The override in the form of the file, in values of JSON."""
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        value = list(value) if isinstance(value, tuple) else value
        return {self.kind: self.subject, "set": {self.field: value}, **_sign(self)}


Correction = Link | Override


@dataclass(frozen=True, slots=True)
class Corrections:
    """All corrections in canonical order, none twice, however they were given."""

    entries: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        texts = {entry: json.dumps(entry.to_json()) for entry in self.entries}
        ordered = sorted(texts, key=lambda entry: (KINDS.index(entry.kind), texts[entry]))
        object.__setattr__(self, "entries", tuple(ordered))

    @property
    def must_link(self) -> tuple[Link, ...]:
        """Which subjects are one paper."""
        return tuple(e for e in self.entries if isinstance(e, Link) and e.kind == "must_link")

    @property
    def cannot_link(self) -> tuple[Link, ...]:
        """Which subjects are a paper each."""
        return tuple(e for e in self.entries if isinstance(e, Link) and e.kind == "cannot_link")

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Which fields have which values."""
        return tuple(entry for entry in self.entries if isinstance(entry, Override))

    @property
    def subjects(self) -> frozenset[str]:
        """Every subject that some entry is about."""
        return frozenset(subject for entry in self.entries for subject in entry.subjects)

    def changed_subjects(self, before: Iterable[Mapping[str, Any]]) -> frozenset[str]:
        """Subjects of the entries that stand in one of the two and not in the other.

        Args:
            before: Entries as to_json gave them, perhaps under older contracts: they are compared
                and not read.

        Raises:
            AttributeError, TypeError, ValueError: They are no such entries.
        """
        now, then = ({json.dumps(entry) for entry in side} for side in (self.to_json(), before))
        changed = [json.loads(text) for text in now ^ then]
        return frozenset(subject for entry in changed for subject in _subjects_in(entry))

    def to_json(self) -> list[dict[str, Any]]:
        """All entries in canonical order, in the form of the file, an entry for every field set."""
        return [entry.to_json() for entry in self.entries]

    def to_rows(self) -> list[dict[str, Any]]:
        """Rows of the table corrections, but for is_met and note, which applying them tells."""
        return [_to_row(entry) for entry in self.entries]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> "Corrections":
        """Reads rows of the table corrections as a manifest states them, with days as texts.

        Raises:
            CorrectionsError: The rows are not of that table.
        """
        try:
            return cls(tuple(entry for row in rows for entry in _read_entry(_from_row(row))))
        except (KeyError, TypeError, ValueError) as error:
            raise CorrectionsError(
                f"expected corrections as they were stored, found one that does not read: {error!r}"
            ) from error


NONE = Corrections()


def load_corrections(path: Path) -> Corrections:
    """Reads the file of corrections; where there is no file, there are no corrections.

    Raises:
        CorrectionsError: Something in the file cannot be honoured; names every problem.
    """
    content = read_file(path, CorrectionsError)
    if content is None:
        return NONE
    entries, problems = _read_entries(content)
    parsed, unparsed = parse_each("entry", entries, _read_entry)
    corrections = Corrections(tuple(parsed))
    problems += [*unparsed, *_find_contradictions(corrections)]
    if problems:
        raise CorrectionsError(list_problems(path, problems))
    return corrections


def _read_entries(content: bytes) -> tuple[list[object], list[str]]:
    """The entries of the file, whatever they hold, or what keeps them from being read."""
    try:
        text = content.decode("utf-8-sig")
        if traps := list(_find_traps(text)):
            return [], traps
        found = _read_mapping(yaml.safe_load(text), ("corrections",)).get("corrections", {})
        if not isinstance(found, list | None):
            remedy = "begin each with '- ', or write corrections: [] for none"
            raise refusal("a list of entries", found, remedy, "corrections")
        return cast("list[object]", found or []), []  # None: the last entry was commented out
    except RulingsError as error:
        return [], [str(error)]
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # 2026-02-31 is a ValueError
        fault = " ".join(str(error).split())
        remedy = "mend it there; a text that holds ': ' goes in quotes"
        return [], [f"expected YAML in UTF-8, found a fault: {fault}; {remedy}"]


def _find_traps(text: str) -> Iterator[str]:
    """What safe_load takes without a word: keys that stand twice, aliases, deep nesting."""
    opened: list[list[tuple[str, int]]] = [[]]
    for event in cast("Any", yaml).parse(text, Loader=yaml.SafeLoader):
        line = int(event.start_mark.line) + 1
        if isinstance(event, yaml.NodeEvent):
            opened[-1].append((str(getattr(event, "value", event)), line))
            if event.anchor or getattr(event, "tag", None):
                yield (
                    f"line {line}: expected a plain value, found an anchor, alias or tag of YAML "
                    "(&, *, !); write the value out, and a text that begins so in quotes"
                )
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append([])
            if len(opened) > DEEPEST + 1:
                yield f"line {line}: expected a value, found a list or mapping too deep; remove it"
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            children, seen = opened.pop(), {"<<"}  # YAML's merge key repeats others unseen
            for key, at in children[::2] if isinstance(event, yaml.MappingEndEvent) else ():
                if key in seen:
                    yield (
                        f"line {at}: expected every key once, found {key} again, of which YAML "
                        "keeps the last; remove one, or begin a new entry with '- '"
                    )
                seen.add(key)


def _read_entry(found: object) -> Sequence[Correction]:
    entry = _read_mapping(found, KEYS)
    kinds = [k for k in KINDS if k in entry or (k == "paper" and "set" in entry)]
    if len(kinds) != 1:
        one = "make every correction an entry of its own"
        raise refusal(f"one of {', '.join(KINDS)}", kinds or None, one)
    kind = kinds[0]
    for key in (kind, *(("set",) if kind == "paper" else ()), "reason", "author"):
        if entry.get(key) is None:
            raise refusal(f"the key {key}", None, "add it")
    reason, author = (read_text(key, entry[key]) for key in ("reason", "author"))
    day = entry.get("added_on")
    signed = (reason, author, None if day is None else read_day("added_on", day))
    if kind == "paper":
        subject, values = _read_subject(entry["paper"]), _read_mapping(entry["set"], _CHOSEN)
        if not values:
            raise refusal("one or more fields", None, "name a field and its value", "set")
        return [Override(subject, f, _read_value(f, v), *signed) for f, v in values.items()]
    given = entry[kind]
    subjects = cast("list[object]", given) if isinstance(given, list) else [given]
    link = Link(kind, tuple(_read_subject(subject) for subject in subjects), *signed)
    if len(link.subjects) < 2:
        found = ", ".join(link.subjects) or None
        raise refusal("two or more different subjects", found, "name all in one list", kind)
    return [link]


def _read_mapping(found: object, known: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(found, dict):
        raise refusal(f"a mapping with the keys {', '.join(known)}", found, "write key: value")
    for key in cast("dict[object, object]", found):
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            choice = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            raise refusal("a key that means something here", key, choice)
    return cast("dict[str, object]", found)


def _read_subject(found: object) -> str:
    """A subject in its canonical form."""
    remedy = "write it as one text, without a space after the colon"
    if isinstance(found, str):
        arxiv_id = parse_arxiv_id(found)
        if _SUBJECT.fullmatch(found):
            return found
        if arxiv_id and found[:6].lower() == "arxiv:":
            return f"arxiv:{arxiv_id.canonical}"
        remedy = f"write arxiv:{arxiv_id.canonical}" if arxiv_id else "copy it from the corpus"
    forms = "a subject (a record_id, arxiv:<id> or paper:<20 hex digits>)"
    raise refusal(forms, found, remedy)


def _read_value(field: str, found: object) -> Value:
    """The value of a field, if its column can hold it."""
    if field not in FIELD_TYPES:
        remedy = "it decides which paper it is, so use must_link or cannot_link"
        raise refusal("a field that can be set", field, remedy)
    column, kind = _PAPERS.column(field), FIELD_TYPES[field]
    if found is None and column.nullable:
        return None
    if kind.startswith("list"):
        if not isinstance(found, list):
            raise refusal("a list of texts", found, "write [...], or [] for none", field)
        return tuple(read_text(field, text) for text in cast("list[object]", found))
    value: Any = found
    if kind == "string":
        value = read_text(field, found)
    elif kind.startswith("date"):
        value = read_day(field, found)
    elif type(found) is not (bool if kind == "bool" else int):  # to Python a bool is an int
        what = "true or false" if kind == "bool" else "a whole number"
        raise refusal(what, found, "mend it, without quotes", field)
    size = len(value) if kind == "string" else value
    least, most = column.minimum, column.maximum
    if kind == "string":
        least, most = column.min_length, column.max_length
    if (
        (least is not None and size < least)
        or (most is not None and size > most)
        or (kind == "int64" and not -(2**63) <= value < 2**63)
        or (column.allowed and value not in column.allowed)
        or (column.pattern and not re.search(column.pattern, value))
    ):
        raise refusal(", ".join(column.constraints), found, "mend it", field)
    return value


def _find_contradictions(corrections: Corrections) -> Iterator[str]:
    """Says which entries cannot all hold, with all that makes their subjects one paper."""
    paper = {subject: frozenset((subject,)) for subject in corrections.subjects}
    for link in corrections.must_link:
        together = frozenset[str]().union(*(paper[subject] for subject in link.subjects))
        paper |= dict.fromkeys(together, together)
    # What is claimed of a paper, and by whom: two claims in one place cannot both be right.
    claims: defaultdict[tuple[frozenset[str], str], dict[Value, str]] = defaultdict(dict)
    for subject in sorted(paper):
        if subject.startswith("arxiv:"):
            claims[paper[subject], "one arXiv id for one paper"][subject] = subject
    for link in corrections.cannot_link:
        expected = f"papers of their own, as says {_tell(link)},"
        for subject in link.subjects:
            claims[paper[subject], expected][subject] = subject
    for override in corrections.overrides:
        told = f"{_tell(override)} setting {show(override.value)}"
        expected = f"one value of {override.field} for one paper"
        claims[paper[override.subject], expected].setdefault(override.value, told)
    for (subjects, expected), claimed in claims.items():
        if len(claimed) > 1:
            links = [link for link in corrections.must_link if link.subjects[0] in subjects]
            told = [f"made one by {_tell(link)}" for link in links]
            found = "; ".join([" and ".join(claimed.values()), *told])
            yield f"expected {expected}, found {found}; remove or mend one of these entries"


def _subjects_in(entry: Mapping[str, Any]) -> list[str]:
    """The subjects of an entry in the form of the file."""
    (kind,) = entry.keys() & set(KINDS)
    return [entry[kind]] if kind == "paper" else entry[kind]


def _to_row(entry: Correction) -> dict[str, Any]:
    plain = entry.to_json()
    field, value = None, None
    if isinstance(entry, Override):
        field, value = entry.field, json.dumps(plain["set"][entry.field], ensure_ascii=False)
    return {
        "correction_id": content_hash(json.dumps(plain, sort_keys=True)),
        "kind": "override" if isinstance(entry, Override) else entry.kind,
        "subjects": list(entry.subjects),
        "field": field,
        "value": value,
        **_sign(entry),
        "added_on": entry.added_on,
    }


def _from_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table in the form of the file."""
    signed = {name: row[name] for name in ("reason", "author", "added_on")}
    if row["kind"] == "override":
        (subject,) = row["subjects"]
        return {"paper": subject, "set": {row["field"]: json.loads(row["value"])}, **signed}
    return {row["kind"]: row["subjects"], **signed}


def _sign(entry: Correction) -> dict[str, Any]:
    day = entry.added_on.isoformat() if entry.added_on else None
    return {"reason": entry.reason, "author": entry.author, "added_on": day}


def _tell(entry: Correction) -> str:
    return f'{entry.kind} {", ".join(entry.subjects)} ("{entry.reason}", {entry.author})'
