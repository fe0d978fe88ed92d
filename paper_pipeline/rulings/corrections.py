"""Corrections: what people decide about papers where deduplication gets it wrong.

Data flow: data/corrections.yaml -> Corrections -> matching (links) and survivorship (overrides).

The file is small, written by hand and reviewed, so whatever is doubtful in it is refused with the
remedy, all problems at once. What a correction does to records belongs in matching.py and
survivorship.py.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml

from paper_pipeline.identifiers import parse_arxiv_id
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import ISO_DAY, RECORD_ID
from paper_pipeline.text import content_hash

# A correction is some 200 bytes; who needs thousands of them needs a better rule instead.
MOST_BYTES = 1_000_000
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
# The controls that the clean stage drops, and halves of characters, which no table can hold.
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")

Value = str | int | bool | date | tuple[str, ...] | None


class CorrectionsError(ValueError):
    """The corrections cannot be honoured as they stand."""


@dataclass(frozen=True, slots=True)
class Link:
    """Subjects that are one paper, or a paper each; sorted, none twice."""

    subjects: tuple[str, ...]
    reason: str
    author: str
    added_on: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(sorted(set(self.subjects))))


@dataclass(frozen=True, slots=True)
class Override:
    """The right value of one field of a paper; a list of texts is a tuple here."""

    subject: str
    field: str
    value: Value
    reason: str
    author: str
    added_on: date | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subject, read like those of a Link."""
        return (self.subject,)


@dataclass(frozen=True, slots=True)
class Corrections:
    """All corrections in canonical order, none twice, however they were given."""

    must_link: tuple[Link, ...]
    cannot_link: tuple[Link, ...]
    overrides: tuple[Override, ...]

    def __post_init__(self) -> None:
        names = ("must_link", "cannot_link", "overrides")
        for name, (kind, entries) in zip(names, self._by_kind(), strict=True):
            texts = {json.dumps(_plain(kind, entry)): entry for entry in entries}
            object.__setattr__(self, name, tuple(texts[text] for text in sorted(texts)))

    @property
    def fingerprint(self) -> str:
        """A hash over the content, whatever the order of entries in the file."""
        return content_hash(json.dumps(self.to_json()))

    @property
    def subjects(self) -> frozenset[str]:
        """Every subject that some entry is about."""
        return self.changed_subjects(NONE)

    def to_json(self) -> list[dict[str, Any]]:
        """All entries in canonical order, in the form of the file, an entry for every field set."""
        return [_plain(kind, entry) for kind, entries in self._by_kind() for entry in entries]

    @classmethod
    def from_json(cls, entries: Iterable[Mapping[str, Any]]) -> "Corrections":
        """Reads what to_json gave, without asking again whether it is allowed.

        A stored state may be older than today's contracts, and must still tell what has changed.

        Raises:
            CorrectionsError: The entries are not what to_json gives.
        """
        made: defaultdict[str, list[Any]] = defaultdict(list)
        try:
            for entry in entries:
                day = entry["added_on"]
                signed = (entry["reason"], entry["author"], day and date.fromisoformat(day))
                if "set" in entry:
                    ((field, value),) = entry["set"].items()
                    override = Override(entry["paper"], field, _revive(field, value), *signed)
                    made["paper"].append(override)
                else:
                    kind = "must_link" if "must_link" in entry else "cannot_link"
                    made[kind].append(Link(tuple(entry[kind]), *signed))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CorrectionsError(
                f"expected entries as to_json gives them, found one that does not read: {error!r}; "
                "read the file again with load_corrections"
            ) from error
        return cls(*(tuple(made[kind]) for kind in KINDS))

    def changed_subjects(self, before: "Corrections") -> frozenset[str]:
        """Subjects of the entries that stand in one of the two and not in the other."""
        both = zip(self._by_kind(), before._by_kind(), strict=True)
        changed = (entry for (_, now), (_, then) in both for entry in set(now) ^ set(then))
        return frozenset(subject for entry in changed for subject in entry.subjects)

    def _by_kind(self) -> Iterator[tuple[str, tuple[Link | Override, ...]]]:
        return zip(KINDS, (self.must_link, self.cannot_link, self.overrides), strict=True)


NONE = Corrections((), (), ())


def load_corrections(path: Path) -> Corrections:
    """Reads the file of corrections.

    Args:
        path: The file; where there is none, there are no corrections.

    Raises:
        CorrectionsError: Something in the file cannot be honoured; names every problem.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return NONE
    if len(content) > MOST_BYTES:
        raise CorrectionsError(
            f"{path}: expected at most {MOST_BYTES:,} bytes, found more; is it the right file?"
        )
    try:
        text = content.decode("utf-8-sig")
        problems = list(_find_traps(text))
        document: object = None if problems else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # 2026-02-31 is a ValueError
        raise CorrectionsError(
            f"{path}: expected YAML in UTF-8, found a fault: {' '.join(str(error).split())}; "
            "mend it there; a text that holds ': ' goes in quotes"
        ) from error
    made: defaultdict[str, list[Any]] = defaultdict(list)
    for number, entry in enumerate([] if problems else _read_entries(document, problems), 1):
        try:
            kind, parsed = _read_entry(entry)
            made[kind] += parsed
        except ValueError as error:  # ours, or of a number too long to be shown
            problems.append(f"entry {number}: {error}")
    corrections = Corrections(*(tuple(made[kind]) for kind in KINDS))
    problems += _find_contradictions(corrections)
    if problems:
        raise CorrectionsError("\n- ".join([f"{path} cannot be honoured:", *problems]))
    return corrections


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


def _read_entries(document: object, problems: list[str]) -> list[object]:
    try:
        entries = _read_mapping(document, ("corrections",)).get("corrections", {})
        if not isinstance(entries, list | None):
            remedy = "begin each with '- ', or write corrections: [] for none"
            raise _refusal("a list of entries", entries, remedy, "corrections")
        return cast("list[object]", entries or [])  # None: the last entry was commented out
    except ValueError as error:  # as above
        problems.append(str(error))
        return []


def _read_entry(found: object) -> tuple[str, list[Link] | list[Override]]:
    entry = _read_mapping(found, KEYS)
    kinds = [k for k in KINDS if k in entry or (k == "paper" and "set" in entry)]
    if len(kinds) != 1:
        one = "make every correction an entry of its own"
        raise _refusal(f"one of {', '.join(KINDS)}", kinds or None, one)
    kind = kinds[0]
    for key in (kind, *(("set",) if kind == "paper" else ()), "reason", "author"):
        if entry.get(key) is None:
            raise _refusal(f"the key {key}", None, "add it")
    reason, author = (_read_text(key, entry[key]) for key in ("reason", "author"))
    day = entry.get("added_on")
    signed = (reason, author, None if day is None else _read_day("added_on", day))
    if kind == "paper":
        subject, values = _read_subject(entry["paper"]), _read_mapping(entry["set"], _CHOSEN)
        if not values:
            raise _refusal("one or more fields", None, "name a field and its value", "set")
        return kind, [Override(subject, f, _read_value(f, v), *signed) for f, v in values.items()]
    given = entry[kind]
    subjects = cast("list[object]", given) if isinstance(given, list) else [given]
    link = Link(tuple(_read_subject(subject) for subject in subjects), *signed)
    if len(link.subjects) < 2:
        found = ", ".join(link.subjects) or None
        raise _refusal("two or more different subjects", found, "name all in one list", kind)
    return kind, [link]


def _read_mapping(found: object, known: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(found, dict):
        raise _refusal(f"a mapping with the keys {', '.join(known)}", found, "write key: value")
    for key in cast("dict[object, object]", found):
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            choice = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            raise _refusal("a key that means something here", key, choice)
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
    raise _refusal(forms, found, remedy)


def _read_text(name: str, found: object) -> str:
    """A text, with the white space and the composition of characters that cleaning gives."""
    if not isinstance(found, str):
        raise _refusal("text", found, "put it in quotes", name)
    if unfit := _UNFIT.search(found):
        raise _refusal("text without control characters", unfit[0], "remove it", name)
    text = " ".join(unicodedata.normalize("NFC", found).split())
    if not text:
        raise _refusal("text", found, "write some, or leave it out", name)
    return text


def _read_day(name: str, found: object) -> date:
    if isinstance(found, str) and re.fullmatch(ISO_DAY, found):
        try:
            return date.fromisoformat(found)
        except ValueError as error:
            raise _refusal("a day of the calendar", found, "mend it", name) from error
    if not isinstance(found, date) or isinstance(found, datetime):
        raise _refusal("a day", found, "write it as 2026-01-31", name)
    return found


def _read_value(field: str, found: object) -> Value:
    """The value of a field, if its column can hold it."""
    if field not in FIELD_TYPES:
        remedy = "it decides which paper it is, so use must_link or cannot_link"
        raise _refusal("a field that can be set", field, remedy)
    column, kind = _PAPERS.column(field), FIELD_TYPES[field]
    if found is None and column.nullable:
        return None
    if kind.startswith("list"):
        if not isinstance(found, list):
            raise _refusal("a list of texts", found, "write [...], or [] for none", field)
        return tuple(_read_text(field, text) for text in cast("list[object]", found))
    value: Any = found
    if kind == "string":
        value = _read_text(field, found)
    elif kind.startswith("date"):
        value = _read_day(field, found)
    elif type(found) is not (bool if kind == "bool" else int):  # to Python a bool is an int
        what = "true or false" if kind == "bool" else "a whole number"
        raise _refusal(what, found, "mend it, without quotes", field)
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
        raise _refusal(", ".join(column.constraints), found, "mend it", field)
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
        expected = f"papers of their own, as says {_tell('cannot_link', link)},"
        for subject in link.subjects:
            claims[paper[subject], expected][subject] = subject
    for override in corrections.overrides:
        told = f"{_tell('paper', override)} setting {_show(override.value)}"
        expected = f"one value of {override.field} for one paper"
        claims[paper[override.subject], expected].setdefault(override.value, told)
    for (subjects, expected), claimed in claims.items():
        if len(claimed) > 1:
            links = [link for link in corrections.must_link if link.subjects[0] in subjects]
            told = [f"made one by {_tell('must_link', link)}" for link in links]
            found = "; ".join([" and ".join(claimed.values()), *told])
            yield f"expected {expected}, found {found}; remove or mend one of these entries"


def _revive(field: str, value: Any) -> Value:
    if value is not None and FIELD_TYPES.get(field, "").startswith("date"):
        return date.fromisoformat(value)
    return tuple(cast("list[str]", value)) if isinstance(value, list) else value


def _plain(kind: str, entry: Link | Override) -> dict[str, Any]:
    """The entry in the form of the file, in values of JSON."""
    day = entry.added_on.isoformat() if entry.added_on else None
    signature = {"reason": entry.reason, "author": entry.author, "added_on": day}
    if isinstance(entry, Link):
        return {kind: list(entry.subjects), **signature}
    value = entry.value.isoformat() if isinstance(entry.value, date) else entry.value
    value = list(value) if isinstance(value, tuple) else value
    return {kind: entry.subject, "set": {entry.field: value}, **signature}


def _tell(kind: str, entry: Link | Override) -> str:
    return f'{kind} {", ".join(entry.subjects)} ("{entry.reason}", {entry.author})'


def _refusal(expected: str, found: object, remedy: str, name: str = "") -> CorrectionsError:
    shown = "nothing" if found is None else f"{_show(found)} ({type(found).__name__})"
    name = f"{name}: " if name else ""
    return CorrectionsError(f"{name}expected {expected}, found {shown}; {remedy}")


def _show(found: object) -> str:
    text = str(found) if isinstance(found, date) else repr(found)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"
