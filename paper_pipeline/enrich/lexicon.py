"""Names that research papers speak of, and where they stand in texts.

Data flow: lexicons/*.yaml -> Lexicon; texts -> matches, each with the span that proves it.

A lexicon lists entries of one kind: a canonical name, its other spellings, and whether capitals
count. All spellings of all lexicons go into one Aho-Corasick automaton, and many texts are looked
through at once: they are folded to words in lower case, one space for every other sign, so that
spellings that begin and end with a space match whole words only.

- A hyphen or a space in a name may be either; between a letter and a digit it may be missing.
- Methods and tasks may have an English plural.
- Of matches that overlap the first counts, and of those that start together the longest.

What a text says by itself of names that no lexicon has belongs in coinages.py.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import resources
from typing import Any, NamedTuple, cast

import numpy as np
import yaml
from ahocorasick_rs import AhoCorasick

from paper_pipeline.vocabulary import MENTION_KINDS

# Lexicon file -> kind of its entries, and of mentions. The order settles which of two entries with
# the same spelling counts.
KIND_BY_FILE = {kind.lexicon: kind.name for kind in MENTION_KINDS}
KINDS = tuple(KIND_BY_FILE.values())
_PLURAL_KINDS = frozenset({"method", "task"})
_FIELDS = frozenset({"name", "aliases", "family", "case", "near", "note"})
# Letters before a digit may be parted from it where they are at least so many: `Qwen 2.5`, but
# not `T 5`.
_LEAST_PARTED = 3
# Signs that stand for one another in names. All map to one sign, so that places stay.
_SPELLING = str.maketrans(dict.fromkeys("-‐‑‒–—_\u00a0\u2009\u202f", " ") | {"’": "'", "‘": "'"})
_PIECE = re.compile(r"[^\W\d_]+|\d+|[\W_]", re.UNICODE)
_JOINT = " "
_MOST_SETTLED = 100_000
# A match may not end in the midst of a number: `Llama-3.1` is no Llama 3.
_DECIMAL = re.compile(r"\d\.\d")


class LexiconError(ValueError):
    """A lexicon file is not what it must be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that papers speak of.

    Attributes:
        kind: One of KINDS.
        name: The canonical name.
        aliases: Other spellings.
        family: The family of a model; empty where there is none.
        is_exact: Whether capitals count.
        near: Words of which one must stand in the same text, in any capitals; for names that are
            other things too.
        note: What it is, for people.
    """

    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    family: str = ""
    is_exact: bool = False
    near: tuple[str, ...] = ()
    note: str = ""

    @property
    def entry_id(self) -> str:
        """Kind and name, unique in a lexicon."""
        return f"{self.kind}:{self.name}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def fingerprint(self) -> str:
        """Hash over all that decides what the entry matches and is called, 32 hex digits."""
        parts = (
            self.kind,
            self.name,
            *self.aliases,
            self.family,
            str(self.is_exact),
            "",
            *self.near,
        )
        return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


class Match(NamedTuple):
    """An entry found in a text: `text[start:end]` is a spelling of it."""

    entry: Entry
    start: int
    end: int


class _Reading(NamedTuple):
    """A spelling of an entry, and the plus signs at its end, which folding loses."""

    spelling: str
    plus: str
    entry: Entry


class Lexicon:
    """Entries, and the automaton that finds them.

    Args:
        entries: Entries, the more important first: where two have the same spelling the first
            one counts.

    Raises:
        LexiconError: Two entries have the same kind and name.
    """

    def __init__(self, entries: Sequence[Entry]):
        twice = [entry.entry_id for entry in entries]
        if len(set(twice)) != len(twice):
            name = next(name for name in twice if twice.count(name) > 1)
            raise LexiconError(f"expected every kind and name once, found {name} again: merge them")
        self.entries = tuple(entries)
        spelled: dict[str, list[_Reading]] = defaultdict(list)
        for entry in entries:
            for spelling in _vary(entry):
                folded = f" {fold([spelling]).strip()} "
                if folded != "  ":
                    bare = spelling.rstrip("+")
                    spelled[folded].append(_Reading(bare, spelling[len(bare) :], entry))
        # `HumanEval+` before `HumanEval`.
        self._readings = [
            sorted(readings, key=lambda reading: -len(reading.plus))
            for readings in spelled.values()
        ]
        self._settled: dict[tuple[int, str], list[_Reading]] = {}
        self._automaton = AhoCorasick(list(spelled)) if spelled else None

    def find(self, texts: Sequence[str]) -> list[list[Match]]:
        """Finds the entries in each of n texts.

        Time grows with the length of the texts, whatever is in them.

        Args:
            texts: Texts, of length n.

        Returns:
            n lists of matches in order, none of which overlap.
        """
        found: list[list[Match]] = [[] for _ in texts]
        if self._automaton is None:
            return found
        ends = np.cumsum([len(text) + 2 for text in texts])
        hits = self._automaton.find_matches_as_indexes(fold(texts), overlapping=True)
        if not hits:
            return found
        # By where they start, the longest first.
        hits.sort(key=lambda hit: (hit[1], -hit[2]))
        places: list[int] = np.searchsorted(
            ends, [start for _, start, _ in hits], side="right"
        ).tolist()
        starts = [0, *ends.tolist()]
        text, company, last_place, free = "", dict[str, bool](), -1, 0
        for (spelling, start, end), place in zip(hits, places, strict=True):
            if place != last_place:
                text, company, last_place, free = texts[place], {}, place, 0
            # The one sign before the first text, and the space that ends the spelling.
            first, last = start - starts[place], end - 2 - starts[place]
            if first < free or _DECIMAL.match(text, last - 1):
                continue
            for reading in self._settle(spelling, text[first:last]):
                if text.startswith(reading.plus, last) and (
                    not reading.entry.near or _is_in_company(reading.entry, text, company)
                ):
                    free = last + len(reading.plus)
                    found[place].append(Match(reading.entry, first, free))
                    break
        return found

    def _settle(self, number: int, written: str) -> list[_Reading]:
        """The readings of a spelling that capitals and signs allow; most were asked for before."""
        settled = self._settled.get((number, written))
        if settled is None:
            plain = written.translate(_SPELLING)
            lower = plain.lower()
            settled = [
                reading
                for reading in self._readings[number]
                if plain == reading.spelling
                or (not reading.entry.is_exact and lower == reading.spelling.lower())
            ]
            if len(self._settled) < _MOST_SETTLED:
                self._settled[number, written] = settled
        return settled


def _is_in_company(entry: Entry, text: str, known: dict[str, bool]) -> bool:
    """Whether a word stands in the text that an entry asks for; `known` keeps the answers."""
    if entry.entry_id not in known:
        lower = text.lower()
        known[entry.entry_id] = any(word in lower for word in entry.near)
    return known[entry.entry_id]


@cache
def load_lexicon() -> Lexicon:
    """The lexicons that come with this package.

    Raises:
        LexiconError: A file is missing or has a wrong entry.
    """
    folder = resources.files("paper_pipeline.enrich") / "lexicons"
    entries: list[Entry] = []
    for file, kind in KIND_BY_FILE.items():
        path = folder / f"{file}.yaml"
        if not path.is_file():
            raise LexiconError(f"expected the lexicon {path}; install the package again")
        entries.extend(read_entries(path.read_text("utf-8"), kind, f"{file}.yaml"))
    return Lexicon(entries)


def read_entries(source: str, kind: str, file: str) -> list[Entry]:
    """Reads the entries of one lexicon file.

    Args:
        source: The file's text: a YAML list of entries.
        kind: The kind of its entries.
        file: Its name, for messages.

    Raises:
        LexiconError: An entry is not as described in the README of the lexicons.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows: object = yaml.load(source, Loader=loader)  # noqa: S506 -- a safe loader, the fast one
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that no calendar has
        raise LexiconError(f"{file}: expected YAML, found {error}") from error
    if not isinstance(rows, list):
        raise LexiconError(f"{file}: expected a list of entries, found {type(rows).__name__}")
    return [
        _read_entry(row, kind, f"{file}, entry {place}")
        for place, row in enumerate(cast("list[object]", rows), 1)
    ]


def _read_entry(row: object, kind: str, where: str) -> Entry:
    entry = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise LexiconError(f"{where}: expected a mapping with a `name` in quotes, found {row!r}")
    if unknown := sorted(map(str, set(entry) - _FIELDS)):
        raise LexiconError(f"{where}: expected {sorted(_FIELDS)}, found {unknown} as well")
    for field in ("aliases", "near"):
        texts: object = entry.get(field) or []
        if not isinstance(texts, list) or not all(
            isinstance(text, str) for text in cast("list[object]", texts)
        ):
            raise LexiconError(f"{where}: expected a list of texts as {field}, found {texts!r}")
    for field in ("family", "note"):
        if not isinstance(entry.get(field, ""), str):
            raise LexiconError(f"{where}: expected a text as {field}, found {entry[field]!r}")
    if entry.get("case", "any") not in ("any", "exact"):
        raise LexiconError(f"{where}: expected case any or exact, found {entry['case']!r}")
    aliases: tuple[str, ...] = tuple(entry.get("aliases") or ())
    for spelling in (name, *aliases):
        if not (spelling[:1].isalnum() and (spelling[-1:].isalnum() or spelling[-1:] == "+")):
            raise LexiconError(
                f"{where}: expected names that begin and end with a letter, a digit or a plus, "
                f"found {spelling!r}: other signs cannot be found"
            )
    return Entry(
        kind,
        name,
        aliases,
        entry.get("family", ""),
        entry.get("case") == "exact",
        tuple(word.lower() for word in entry.get("near") or ()),
        entry.get("note", ""),
    )


def fold(texts: Sequence[str]) -> str:
    """Texts as one: words in lower case, every other sign a space, two spaces after each text.

    Places are kept: sign i of the first text is sign i + 1 of the result, after one space.
    """
    joined = " " + "  ".join(texts) + "  "
    if joined.isascii():
        codes = np.frombuffer(joined.encode(), dtype=np.uint8)
        return _fold_table()[codes].astype(np.uint8).tobytes().decode()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded = _fold_table()[np.minimum(codes, 0xFFFF)]
    return folded.astype("<u4").tobytes().decode("utf-32-le")


@cache
def _fold_table() -> np.ndarray:
    """Code point -> code point of its lower case, or of a space; beyond the first plane a space."""
    table = np.full(0x10000, ord(" "), dtype=np.uint32)
    for code in range(0xFFFF):
        character = chr(code)
        if character.isalnum():
            lower = character.lower()
            table[code] = ord(lower) if len(lower) == 1 else code
    return table


def _vary(entry: Entry) -> Iterator[str]:
    """The ways in which an entry may be spelled, signs as _SPELLING has them."""
    seen: set[str] = set()
    for spelling in entry.spellings:
        written = spelling.translate(_SPELLING)
        forms = [written, *_pluralise(written)] if entry.kind in _PLURAL_KINDS else [written]
        for form in forms:
            for variant in _part_and_join(form):
                if variant not in seen:
                    seen.add(variant)
                    yield variant


def _pluralise(term: str) -> list[str]:
    """The English plural of a term that has one."""
    if not term[-1:].isalpha() or term.endswith(("s", "ing")):
        return []
    if term.endswith("y") and term[-2:-1] not in "aeiou":
        return [term[:-1] + "ies"]
    return [term + ("es" if term.endswith(("x", "ch", "sh")) else "s")]


def _part_and_join(name: str) -> Iterator[str]:
    """Spellings with and without a space where letters and digits meet."""
    pieces = _PIECE.findall(name)
    choices: list[tuple[str, ...]] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        before = pieces[position - 1] if position else ""
        if piece == _JOINT and position + 1 < len(pieces) and before:
            is_meeting = before.isdigit() != pieces[position + 1].isdigit()
            is_between = before.isalnum() and pieces[position + 1].isalnum()
            choices.append((_JOINT, "") if is_meeting and is_between else (_JOINT,))
        elif piece.isdigit() and before.isalpha() and len(before) >= _LEAST_PARTED:
            choices.extend([("", _JOINT), (piece,)])
        else:
            choices.append((piece,))
        position += 1
    for chosen in itertools.product(*choices):
        yield "".join(chosen)
