"""Quarantine: the rules an entry must meet, and the rows of those that do not.

Data flow: a record -> the rule it breaks, if any; BrokenEntry -> rows of quarantined_entries.

How a page is taken apart belongs in formats/; each format may name rules of RULES too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paper_pipeline.tables import (
    FEWEST_AUTHORS,
    FIRST_DAY,
    MOST_ABSTRACT_CHARACTERS,
    MOST_AUTHORS,
    MOST_TITLE_CHARACTERS,
)

EXCERPT_CHARACTERS = 1000
# More than there are people: whatever this counts, it is no count.
MOST_COUNTED = 10**10

RULES = {
    "empty_dump": "the dump holds no text",
    "not_a_listing": "no page format recognises the dump",
    "no_entries": "the page is a listing without a single entry",
    "not_an_answer": "a bare value such as 0 or null stands where a list was expected",
    "not_an_entry": "an element of the list holds no paper",
    "no_title": "neither the paper nor the entry around it has a title",
    "damaged_identifier": "the identifier is damaged, and which it was is not certain",
    "damaged_answer": "what stands in the answer cannot be read as entries",
    "cut_off_answer": "the answer or page ends inside an entry",
    "cut_off_archive": "the archive ends inside a record, or what follows is no record",
    "missing_title": "an abstract stands where a title was expected",
    "missing_abstract": "a title is followed by no abstract",
    "blank_title": "nothing is left of the title once white space is folded",
    "title_too_long": "the title is longer than the contract allows",
    "abstract_too_long": "the abstract is longer than the contract allows",
    "implausible_date": "a day lies before the first preprint",
    "implausible_count": "a count is negative or beyond all reason",
    "implausible_author_count": "the number of authors is outside what the contract allows",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken, and what was expected and found."""

    rule: str
    reason: str


def find_breach(record: Mapping[str, Any]) -> Breach | None:
    """The first rule that an entry breaks, so that one bad entry never stops a table.

    Args:
        record: The entry as it would stand in cleaned_records.
    """
    title, abstract, count = record["title"], record["abstract"], record["author_count"]
    if not title:
        return Breach("blank_title", f"expected a title, found {record['title_raw']!r}")
    if len(title) > MOST_TITLE_CHARACTERS:
        return _too_long("title_too_long", MOST_TITLE_CHARACTERS, title)
    if abstract is not None and len(abstract) > MOST_ABSTRACT_CHARACTERS:
        return _too_long("abstract_too_long", MOST_ABSTRACT_CHARACTERS, abstract)
    if count is not None and not FEWEST_AUTHORS <= count <= MOST_AUTHORS:
        return Breach(
            "implausible_author_count",
            f"expected {FEWEST_AUTHORS} to {MOST_AUTHORS:,} authors, found {count:,}",
        )
    for name in ("published_on", "listed_on", "withdrawn_on"):
        if record[name] is not None and record[name] < FIRST_DAY:
            return Breach(
                "implausible_date", f"expected {name} from {FIRST_DAY} on, found {record[name]}"
            )
    for name in ("upvotes", "comment_count", "github_star_count"):
        if record[name] is not None and not 0 <= record[name] <= MOST_COUNTED:
            return Breach(
                "implausible_count",
                f"expected {name} from 0 to {MOST_COUNTED:,}, found {str(record[name])[:30]}",
            )
    return None


def _too_long(rule: str, most: int, text: str) -> Breach:
    return Breach(rule, f"expected at most {most:,} characters, found {len(text):,}")
