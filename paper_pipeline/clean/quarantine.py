"""Quarantine: the rules an entry must meet, and what becomes of one that a person releases.

Data flow: a record -> the rules it breaks -> a row of quarantined_entries, or, where a person has
decided so, a record all the same.

How a page is taken apart belongs in formats/; each format may name rules too. Their names belong in
vocabulary.py, people's decisions in rulings/.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import (
    FEWEST_AUTHORS,
    FIRST_DAY,
    MOST_ABSTRACT_CHARACTERS,
    MOST_AUTHORS,
    MOST_TITLE_CHARACTERS,
)
from paper_pipeline.vocabulary import PARSER_FAILED

# Raised whenever a rule takes or leaves an entry that it did not before: every dump is read again.
RULES_VERSION = 1
EXCERPT_CHARACTERS = 1000
# More than there are people: whatever this counts, it is no count.
MOST_COUNTED = 10**10

_WHOLE_COPY = "put a whole copy of the page into the inbox, or fetch its day again"
_PARSER = "if it is an entry, teach its format (clean/formats/) to read it and raise its version"
# What to do about an entry of which there is nothing that could become a record.
REMEDIES = {
    "empty_dump": _WHOLE_COPY,
    "not_a_listing": "if it is a page of papers, write a format for it in clean/formats/",
    PARSER_FAILED: "report the error and the dump, which is kept; it is read again by itself once "
    "its format (clean/formats/) is fixed and has a higher parser_version",
    "no_entries": "nothing, if the page was empty; else mend its format (clean/formats/)",
    "not_an_answer": _WHOLE_COPY,
    "not_an_entry": _PARSER,
    "no_title": _PARSER,
    "damaged_identifier": "a wrong id would make one paper of two; " + _WHOLE_COPY,
    "damaged_answer": _WHOLE_COPY,
    "cut_off_answer": _WHOLE_COPY,
    "cut_off_archive": _WHOLE_COPY,
    "missing_title": _PARSER,
    "missing_abstract": _PARSER,
    "blank_title": _WHOLE_COPY,
}
_RECORDS = BY_NAME["cleaned_records"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken by the value of a column, and what was expected and found."""

    rule: str
    reason: str
    column: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a record that a person's decision is about.

    Attributes:
        record: The record, with values that its table takes.
        repairs: What was done to them, by name.
        breaches: What still keeps it in quarantine; empty when it is released.
    """

    record: dict[str, Any]
    repairs: tuple[str, ...]
    breaches: tuple[Breach, ...]


def find_breaches(record: Mapping[str, Any]) -> list[Breach]:
    """The rules that an entry breaks, so that one bad entry never stops a table.

    Args:
        record: The entry as it would stand in cleaned_records.
    """
    return list(_find_breaches(record))


def _find_breaches(record: Mapping[str, Any]) -> Iterator[Breach]:
    title, abstract, count = record["title"], record["abstract"], record["author_count"]
    if not title:
        found = record["title_raw"]
        yield Breach("blank_title", f"expected a title, found {found!r:.200}", "title")
    elif len(title) > MOST_TITLE_CHARACTERS:
        yield _too_long("title", MOST_TITLE_CHARACTERS, title)
    if abstract is not None and len(abstract) > MOST_ABSTRACT_CHARACTERS:
        yield _too_long("abstract", MOST_ABSTRACT_CHARACTERS, abstract)
    if count is not None and not FEWEST_AUTHORS <= count <= MOST_AUTHORS:
        expected = f"{FEWEST_AUTHORS} to {MOST_AUTHORS:,} authors"
        yield _implausible("author_count", expected, _shown(count), "implausible_author_count")
    for name in ("published_on", "listed_on", "withdrawn_on"):
        if record[name] is not None and record[name] < FIRST_DAY:
            expected = f"{name} from {FIRST_DAY} on"
            yield _implausible(name, expected, str(record[name]), "implausible_date")
    for name in ("upvotes", "comment_count", "github_star_count"):
        if record[name] is not None and not 0 <= record[name] <= MOST_COUNTED:
            expected = f"{name} from 0 to {MOST_COUNTED:,}"
            yield _implausible(name, expected, _shown(record[name]), "implausible_count")


def _too_long(column: str, most: int, text: str) -> Breach:
    reason = f"expected at most {most:,} characters, found {len(text):,}"
    return Breach(f"{column}_too_long", reason, column)


def _implausible(column: str, expected: str, found: str, rule: str) -> Breach:
    return Breach(rule, f"expected {expected}, found {found}", column)


def _shown(count: int) -> str:
    # A number of over 4,300 digits is more than Python turns into text.
    return f"{count:,}" if abs(count) < 10**40 else "a number of over 40 digits"


def release(
    record: Mapping[str, Any], breaches: Sequence[Breach], allowed: Collection[str]
) -> Outcome:
    """Lets a record pass in spite of the rules that a person allows it to break.

    The contract keeps the last word, so that whoever reads the tables can rely on it: a text that
    is too long is cut after a word, and a number or a day that cannot be right is left out. Each
    is named among the repairs; title_raw, abstract_raw and the dump keep what was found.

    Args:
        record: The entry as it would stand in cleaned_records.
        breaches: The rules it breaks.
        allowed: Names of the rules that it may break.
    """
    values, repairs, remaining = dict(record), list[str](), list[Breach]()
    for breach in breaches:
        name = breach.column
        if breach.rule not in allowed:
            remaining.append(breach)
        elif values[name] and isinstance(values[name], str):
            values[name] = _shorten(values[name], _RECORDS.column(name).max_length)
            repairs.append(f"released_{name}_shortened")
        elif _RECORDS.column(name).nullable:
            values[name] = None
            repairs.append(f"released_without_{name}")
        else:
            remaining.append(breach)
    return Outcome(values, tuple(repairs), tuple(remaining))


def _shorten(text: str, most: int | None) -> str:
    """The beginning of a text that is longer than `most`, up to the end of a word if it has one."""
    most = len(text) if most is None else most
    end = text.rfind(" ", 0, most + 1)
    return text[: end if end > 0 else most]


def read_text(data: bytes, byte_start: int, byte_end: int, encoding: str, most: int) -> str:
    """The beginning of an entry as found.

    Args:
        data: Bytes of the dump.
        byte_start: Where the entry begins in them; in a compressed archive, where a member does.
        byte_end: Where it ends.
        encoding: The encoding that the dump was read with.
        most: Characters wanted at most.
    """
    # No encoding in use takes more than four bytes a character.
    found = data[byte_start : min(byte_end, byte_start + 4 * most)]
    if found.startswith(b"\x1f\x8b"):
        found = _decompress(data[byte_start:byte_end], 4 * most)
    return found.decode(encoding, "replace")[:most]


def _decompress(member: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(member, most)
    except zlib.error:  # damaged: then its bytes are all there is to show
        return member[:most]
