"""Words that several rooms share, each declared once: kinds of names, rules, classes of sizes.

Data flow: none; tables, extraction, releases, search and the command line read them from here.

A new kind of name is a line in NAME_KINDS, a lexicon, and a raised EXTRACTOR_VERSION. What a column
promises belongs in lake/tables/.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class NameKind:
    """A kind of names that papers mention.

    Attributes:
        name: As it stands in mentions, in `papers.db` and in feature_counts.
        column: The column of enriched_papers that lists the names of a paper.
        description: What that column holds.
        heading: What people call them.
        lexicon: The file of enrich/lexicons/ that knows some of them; empty where the names follow
            from others, as families of models do: such a kind has no mentions of its own.
        style: How mentions look in a terminal, as rich has it.
        is_facet: Whether the pages for browsing offer the kind as a filter from the start.
    """

    name: str
    column: str
    description: str
    heading: str
    lexicon: str = ""
    style: str = "bold"
    is_facet: bool = False


NAME_KINDS = (
    NameKind(
        "model", "models", "models mentioned, each once", "Models", "models", "bold blue", True
    ),
    NameKind("model_family", "model_families", "families of these models", "Model families"),
    NameKind(
        *("benchmark", "benchmarks", "benchmarks mentioned", "Benchmarks"),
        *("benchmarks", "bold green", True),
    ),
    NameKind(
        *("dataset", "datasets", "data sets mentioned", "Data sets"),
        *("datasets", "bold cyan", True),
    ),
    NameKind(
        *("method", "methods", "methods mentioned", "Methods"), *("methods", "bold magenta", True)
    ),
    NameKind("task", "tasks", "tasks mentioned", "Tasks", "tasks", "magenta", True),
    NameKind(
        "language", "studied_languages", "human languages mentioned", "Languages", "languages"
    ),
    NameKind("hardware", "hardware", "hardware mentioned", "Hardware", "hardware"),
    NameKind("licence", "licences", "licences mentioned", "Licences", "licences"),
)
MENTION_KINDS = tuple(kind for kind in NAME_KINDS if kind.lexicon)
KIND_BY_COLUMN = {kind.column: kind for kind in NAME_KINDS}

# How the date of a page was told.
PAGE_ON_BASES = {
    "stated": "the page states the full date, year included",
    "submitted_on_daily": "the entries say when they were put on the list",
    "listing_moment": "the entries say when they were listed, as answers did until 2025-03-10",
    "asked_day": "the day that was asked for",
    "entry_years": "no year on the page: entries without a year stand beside entries with one, "
    "so the page is from the year after the newest year printed",
    "newest_entry": "no year on the page, and every entry prints its year: the page is from the "
    "year after the newest of them",
    "capture_time": "no year on the page nor in its entries: the last such day before the dump was "
    "captured",
    "unknown": "the page gives no date",
}
# How the day of publication was told.
PUBLISHED_ON_BASES = {
    "paper": "the paper's own publication time",
    "footer": "the date printed under the entry",
}

# The rule that every entry of a damaged dump breaks.
UNSOUND_DUMP = "unsound_dump"
# The rule that a dump breaks on which the code that reads it raises an exception.
PARSER_FAILED = "parser_failed"
# What keeps an entry in quarantine, and what it means that the rule is broken. No name is ever
# removed: people's decisions hold them.
QUARANTINE_RULES = {
    "empty_dump": "the dump holds no text",
    "not_a_listing": "no page format recognises the dump",
    PARSER_FAILED: "the code that reads its format failed on the dump",
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
    UNSOUND_DUMP: "the dump is damaged, so none of its entries is believed",
}

# The month of a paper without any date.
UNKNOWN_MONTH = "unknown"
# Classes of model sizes, with their upper edges in parameters.
SIZE_CLASSES = {
    "under 100M": 1e8,
    "100M-1B": 1e9,
    "1B-3B": 3e9,
    "3B-8B": 8.5e9,
    "8B-15B": 1.5e10,
    "15B-40B": 4e10,
    "40B-100B": 1e11,
    "over 100B": float("inf"),
}


def classify_sizes(parameter_counts: "npt.ArrayLike") -> "npt.NDArray[np.object_]":
    """The size class of each number of parameters, one of SIZE_CLASSES."""
    import numpy as np  # searching needs the words above and nothing beyond the standard library

    places = np.searchsorted(list(SIZE_CLASSES.values()), parameter_counts, side="right")
    return np.array(list(SIZE_CLASSES), dtype=object)[places]
