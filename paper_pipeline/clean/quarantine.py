"""Quarantine: the rules an entry must meet, and the rows of those that do not.

Data flow: Entry -> the rule it breaks, if any; BrokenEntry -> rows of quarantined_entries.

How a page is taken apart belongs in formats/; each format may name rules of RULES too.
"""

from dataclasses import dataclass

from paper_pipeline.clean.page import Entry
from paper_pipeline.tables import BY_NAME

EXCERPT_CHARACTERS = 1000

RULES = {
    "empty_dump": "the dump holds no text",
    "not_a_listing": "no page format recognises the dump",
    "no_entries": "the page is a listing without a single entry",
    "missing_title": "an abstract stands where a title was expected",
    "missing_abstract": "a title is followed by no abstract",
    "blank_title": "nothing is left of the title once white space is folded",
    "title_too_long": "the title is longer than the contract allows",
    "abstract_too_long": "the abstract is longer than the contract allows",
    "implausible_author_count": "the number of authors is outside what the contract allows",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken, and what was expected and found."""

    rule: str
    reason: str


def find_breach(entry: Entry, title: str, abstract: str | None) -> Breach | None:
    """The first rule that an entry breaks, so that one bad entry never stops a table.

    Args:
        entry: The entry as found.
        title: Its title, cleaned.
        abstract: Its abstract, cleaned.
    """
    contract = BY_NAME["cleaned_records"]
    if not title:
        return Breach("blank_title", f"expected a title, found {entry.title!r}")
    most = contract.column("title").max_length
    if most is not None and len(title) > most:
        return Breach(
            "title_too_long", f"expected at most {most:,} characters, found {len(title):,}"
        )
    most = contract.column("abstract").max_length
    if most is not None and abstract is not None and len(abstract) > most:
        return Breach(
            "abstract_too_long", f"expected at most {most:,} characters, found {len(abstract):,}"
        )
    authors = contract.column("author_count")
    count = entry.author_count
    if count is not None and not authors.minimum <= count <= authors.maximum:  # type: ignore[operator]
        return Breach(
            "implausible_author_count",
            f"expected {authors.minimum} to {authors.maximum:,} authors, found {count:,}",
        )
    return None
