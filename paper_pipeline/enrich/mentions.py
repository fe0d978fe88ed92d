"""Mentions: which models, benchmarks, methods and the like a paper names, each with its place.

Data flow: titles and abstracts -> mentions, from the lexicons and from what the text says itself.

A name that a lexicon has is called by its canonical name (basis `lexicon`); a name that only the
text explains is called as it is written, without its size (basis `text`). What is joined to a name
belongs to it: `Qwen2.5-72B-Instruct` is one mention of Qwen2.5.

Addresses are no text: what stands in one is not mentioned. How names are looked up is told in
lexicon.py, how unknown ones are judged in coinages.py.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from paper_pipeline.enrich.coinages import Known, Passage, judge_names
from paper_pipeline.enrich.lexicon import Entry, Lexicon, Match
from paper_pipeline.enrich.name_shapes import VARIANT, Name, find_names

Span = tuple[int, int]
# What an unknown name can turn out to be.
_COINED_KINDS = frozenset({"model", "benchmark", "dataset", "method"})
# The end of a name that may stand for it: `K2` for Kimi K2.
_SHORT_NAME = re.compile(r"[ -]([A-Z]\d(?:\.\d)?)\Z")
_SIZE_AFTER = re.compile(r"[\s-]\d{1,4}(?:\.\d{1,2})?[BM](?!\w)(?:-[A-Z]\w{2,})?")


class Mention(NamedTuple):
    """A name in a text: `text[start:end]` of the field is the name as written.

    Attributes:
        kind: One of lexicon.KINDS.
        name: The canonical name; as written, without size, where no lexicon has it.
        family: The family of a model; empty where none is known.
        field: `title` or `abstract`.
        start, end: Its place in that field.
        basis: `lexicon` or `text`: what tells the kind.
    """

    kind: str
    name: str
    family: str
    field: str
    start: int
    end: int
    basis: str


def find_mentions(
    papers: Sequence[Mapping[str, str]],
    lexicon: Lexicon,
    addresses: Sequence[Mapping[str, Sequence[Span]]],
    sizes: Sequence[Mapping[str, Sequence[Span]]],
) -> list[list[Mention]]:
    """Finds the mentions in each of n papers.

    Args:
        papers: For each paper its texts by field, the title first.
        lexicon: The names that are known.
        addresses: For each paper the spans of links, by field.
        sizes: For each paper the spans of counts of parameters, by field.

    Returns:
        n lists of mentions, in the order of fields and places; none overlap.
    """
    places = [(paper, field) for paper, texts in enumerate(papers) for field in texts]
    readable = [
        _without(papers[paper][field], addresses[paper].get(field, ())) for paper, field in places
    ]
    matches = lexicon.find(readable)
    found: list[list[Mention]] = [[] for _ in papers]
    start = 0
    for paper, texts in enumerate(papers):
        end = start + len(texts)
        fields = [
            _Field(field, readable[place], matches[place], list(sizes[paper].get(field, ())))
            for place, field in zip(range(start, end), texts, strict=True)
        ]
        found[paper] = _mention(fields)
        start = end
    return found


def _without(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


class _Field:
    """A text with what is known of it, and the names that are left to be judged."""

    def __init__(self, name: str, text: str, matches: list[Match], sizes: list[Span]):
        self.name = name
        self.is_title = name == "title"
        self.text = text
        self.sizes = sizes
        self.known: list[Mention] = []
        self.names: list[Name] = []
        self.plain: list[int] = []
        self._models: list[Entry] = []
        # What a name means when the text says nothing of it.
        self.otherwise: dict[int, Mention] = {}
        self._part(matches)

    def _part(self, matches: list[Match]) -> None:
        """Parts what a lexicon settles from what is left to be judged."""
        names, self.plain = find_names(self.text, is_title=self.is_title)
        place = settled = 0
        for match in matches:
            if match.start < settled:
                continue  # inside a name that is judged as a whole
            while place < len(names) and names[place].end <= match.start:
                self.names.append(names[place])
                place += 1
            if place < len(names) and _is_wider(names[place], match):
                name = names[place]
                place += 1
                settled = name.end
                self._judge_wider(name, match)
                continue
            end = self._extend(match.entry, match.start, match.end)
            self.known.append(self._mention(match.entry, match.start, end))
            if match.entry.kind == "model":
                self._models.append(match.entry)
            while place < len(names) and names[place].start < end:
                place += 1
        self.names.extend(names[place:])

    def _judge_wider(self, name: Name, match: Match) -> None:
        """A name that has a known one in it: a variant of it, or a name of its own."""
        entry = match.entry
        before = self.text[name.start : match.start]
        after = self.text[match.end : name.end]
        if not before and _is_variant(entry, after):
            end = self._extend(entry, match.start, name.end)
            self.known.append(self._mention(entry, match.start, end))
            return
        self.names.append(name)
        if before and entry.kind in _COINED_KINDS:
            kept = Mention(entry.kind, name.base, "", self.name, name.start, name.end, "text")
            self.otherwise[name.start] = kept
        else:
            self.otherwise[name.start] = self._mention(entry, match.start, match.end)

    def _extend(self, entry: Entry, start: int, end: int) -> int:
        if entry.kind == "model" and (size := _SIZE_AFTER.match(self.text, end)):
            return size.end()
        return end

    def _mention(self, entry: Entry, start: int, end: int) -> Mention:
        return Mention(entry.kind, entry.name, entry.family, self.name, start, end, "lexicon")

    def passage(self) -> Passage:
        """What there is to judge."""
        known = [Known(mention.kind, mention.start, mention.end) for mention in self.known]
        return Passage(self.text, self.is_title, self.names, self.plain, known, self.sizes)

    def short_names(self) -> dict[str, Entry]:
        """What may stand for the models named here, such as `K2` for Kimi K2."""
        found = ((_SHORT_NAME.search(entry.name), entry) for entry in self._models)
        return {short[1]: entry for short, entry in found if short}

    def settle_short_names(self, entries: Mapping[str, Entry]) -> None:
        """Settles names that are the ends of known ones."""
        for name in [name for name in self.names if name.written in entries and not name.kind]:
            self.names.remove(name)
            self.known.append(self._mention(entries[name.written], name.start, name.end))

    def mentions(self, introduced: list[Name]) -> list[Mention]:
        """All mentions, once the names are judged."""
        taken = sorted((one.start, one.end) for one in (*self.known, *self.names))
        starts = [start for start, _ in taken]
        further = [
            name
            for name in introduced
            # Spans do not overlap, so only the last that starts before its end can reach into it.
            if not (place := bisect_left(starts, name.end)) or taken[place - 1][1] <= name.start
        ]
        coined: list[Mention] = []
        for name in (*self.names, *further):
            if name.kind in _COINED_KINDS:
                end = name.end
                if name.kind == "model" and (size := _SIZE_AFTER.match(self.text, end)):
                    end = size.end()
                coined.append(Mention(name.kind, name.base, "", self.name, name.start, end, "text"))
            elif name.start in self.otherwise:
                coined.append(self.otherwise[name.start])
        return sorted([*self.known, *coined], key=lambda mention: mention.start)


def _mention(fields: list[_Field]) -> list[Mention]:
    introduced = judge_names([field.passage() for field in fields])
    short = {name: entry for field in fields for name, entry in field.short_names().items()}
    if short:
        for field in fields:
            field.settle_short_names(short)
    return [
        mention
        for field, names in zip(fields, introduced, strict=True)
        for mention in field.mentions(names)
    ]


def _is_wider(name: Name, match: Match) -> bool:
    return (
        name.start <= match.start
        and match.end <= name.end
        and name.end - name.start > match.end - match.start
    )


def _is_variant(entry: Entry, suffix: str) -> bool:
    """Whether what follows a known name makes it a variant: a size, a version, `Instruct`."""
    if entry.kind in ("benchmark", "dataset"):
        return True
    if entry.kind != "model":
        return False
    pieces = re.split(r"[-‐‑_.+]", suffix.lstrip("-‐‑_.+"))
    return all(VARIANT.fullmatch(piece) or not piece for piece in pieces)
