"""Measures: what is read of every dump, and what is usual in real pages.

Data flow: none; the values that profiles.py fills and assessment.py compares.

Which measures apply to a format follows from what it declares; no format is named here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from paper_pipeline.clean.formats import find_format
from paper_pipeline.clean.formats.format import Format

# Grows when profiles are made otherwise or findings judged otherwise.
DRIFT_VERSION = 3

# Real titles are under 250 characters, and arXiv takes abstracts of 1,920.
LONGEST_TITLE, LONGEST_ABSTRACT = 300, 3_000

# A median's standard error is 1.2533 sigma / sqrt(n), that of a decile 1.71 (Kendall and Stuart,
# The Advanced Theory of Statistics, vol. 1, ch. 10); 1.4826 MAD and IQR / 1.349 estimate sigma.
MEDIAN_ERROR, DECILE_ERROR = 1.2533, 1.71
SIGMA_OF_MAD, SIGMA_OF_IQR = 1.4826, 1 / 1.349


@dataclass(frozen=True, slots=True)
class Reading:
    """What a measure shows of a dump.

    Attributes:
        value: A share (0 to 1), or a size in the measure's own unit.
        count: Entries it was read from.
        error: Standard error of a size; 0 for shares, where it follows from the count.
    """

    value: float
    count: int
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class DumpProfile:
    """A dump in numbers.

    Attributes:
        dump_id: The dump.
        format, layout: Its kind; only dumps of one kind are compared.
        page_on: Date of the page, where it can be relied on.
        captured_at: When it was captured.
        entry_count: Its records.
        readings: What each measure shows; a measure that nothing was there for is left out.
        title_keys: Hashes of the folded titles, in the order of the page.
        arxiv_ids: Ids in the same order, empty where there is none.
        inputs: Hash of what it was made from; profiles that share it are the same.
    """

    dump_id: str
    format: str
    layout: str
    page_on: date | None
    captured_at: datetime
    entry_count: int
    readings: Mapping[str, Reading]
    title_keys: tuple[int, ...]
    arxiv_ids: tuple[str, ...]
    inputs: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it is the list of a day that is known."""
        return find_format(self.format).lists_days and self.page_on is not None

    @property
    def page(self) -> str:
        """The page it is a capture of, as far as that is known: a list's day, else itself."""
        return str(self.page_on) if self.is_list else self.dump_id

    @property
    def order(self) -> tuple[str, str, str]:
        """Sorts profiles of a kind: lists by day, others as they were captured."""
        return self.page if self.is_list else "", self.captured_at.isoformat(), self.dump_id


def any_format(_: Format) -> bool:
    """Applies to every format, whatever it declares."""
    return True


def lists_days(page_format: Format) -> bool:
    """Applies to lists of days."""
    return page_format.lists_days


def mixes_days(page_format: Format) -> bool:
    """Applies to pages that show papers of any time."""
    return not page_format.lists_days


def holds_pages_once(page_format: Format) -> bool:
    """Applies where a paper that stands twice in a dump is wrong."""
    return not page_format.repeats_pages


def fills(column: str) -> Callable[[Format], bool]:
    """Applies where every entry should have a value in a column."""
    return lambda page_format: column in page_format.filled_columns


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is measured of every dump.

    Attributes:
        name: Its name, that of the finding too.
        what: What it is, in words that continue "the share of" or "the".
        remedy: What to do when it is unusual.
        nature: share (of entries), size (compared by ratio), days (compared by difference) or
            count (of entries).
        usual: What is usual without a window: for shares the hits among so many entries, otherwise
            the least and the most. None where that depends on the site.
        applies: Whether `usual` holds for dumps of a format.
        is_damage: Whether it can spoil the corpus, so that much of it is an error.
    """

    name: str
    what: str
    remedy: str
    nature: str = "share"
    usual: tuple[float, float] | None = None
    applies: Callable[[Format], bool] = any_format
    is_damage: bool = False


SOURCE = "look at the dump: if the site has changed, its parser must learn it"
_PARSER = "look at the dump and at the parser's rules for where an entry ends"
_AGAIN = "get the page again; what is right after all: `paper-pipeline quarantine release`"

# Columns of cleaned_records that may be empty.
FIELDS = (
    "abstract",
    "arxiv_id",
    "authors",
    "published_on",
    "upvotes",
    "comment_count",
    "organisation",
    "submitted_by",
    "discussion_id",
    "thumbnail_url",
    "project_page_url",
    "code_repository_url",
    "github_star_count",
    "ai_summary",
    "keywords",
    "is_author_participating",
)

# What papers are told apart by. A list without the rest says less, but nothing wrong.
_ESSENTIAL = ("abstract", "arxiv_id")

# Rates are those of 901 real entries (five searches, 23 days of the API) and of 7,883 abstracts of
# arXiv, rounded up.
MEASURES: tuple[Measure, ...] = (
    Measure("entry_count", "number of entries", _AGAIN, "count"),
    Measure(
        "refused", "entries that broke a rule", _PARSER, usual=(1, 100), is_damage=True
    ),
    *(
        Measure(
            f"without_{name}",
            f"entries without {name}",
            SOURCE,
            usual=(0, 100),
            applies=fills(name),
            is_damage=name in _ESSENTIAL,
        )
        for name in FIELDS
    ),
    Measure("title_length", "median length of titles", _PARSER, "size", (20, 160), is_damage=True),
    Measure(
        "abstract_length", "median length of abstracts", _PARSER, "size", (250, 2_000),
        is_damage=True,
    ),
    Measure("short_abstract_length", "first decile of the length of abstracts", _PARSER, "size"),
    Measure("long_abstract_length", "last decile of the length of abstracts", _PARSER, "size"),
    Measure(
        "long_title", f"titles over {LONGEST_TITLE} characters", _PARSER, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "long_abstract",
        f"abstracts over {LONGEST_ABSTRACT:,} characters",
        _PARSER,
        usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "glued_title", "abstracts with a title glued to them", _PARSER, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "unfinished_abstract",
        "abstracts that end within a sentence",
        "get the page again; abstracts are cut off",
        usual=(2, 100),
        is_damage=True,
    ),
    Measure("html", "entries with HTML in their text", _PARSER, usual=(0, 100), is_damage=True),
    Measure(
        "mojibake",
        "entries with characters decoded wrongly",
        "look at the encoding of the dump in parsed_dumps, and get the page again",
        usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "duplicate_title", "entries whose title stands in the dump already", _AGAIN,
        usual=(1, 100), applies=holds_pages_once, is_damage=True,
    ),
    Measure(
        "duplicate_abstract", "entries whose abstract stands in the dump already", _PARSER,
        usual=(1, 100), applies=holds_pages_once, is_damage=True,
    ),
    Measure(
        "duplicate_id", "entries whose arXiv id stands in the dump already", _AGAIN,
        usual=(1, 100), applies=holds_pages_once, is_damage=True,
    ),
    Measure(
        "duplicate_authors", "entries whose authors stand in the dump already", _PARSER,
        usual=(2, 100), applies=holds_pages_once, is_damage=True,
    ),
    Measure(
        "boilerplate", "abstracts that begin or end with the same words", _PARSER,
        usual=(1, 100), applies=holds_pages_once, is_damage=True,
    ),
    Measure(
        "not_english", "abstracts that are not in English", SOURCE, usual=(1, 100),
        applies=lists_days,
    ),
    Measure(
        "not_latin", "abstracts in other than Latin script", SOURCE, usual=(1, 100),
        applies=lists_days,
    ),
    Measure(
        "caseless", "abstracts that are all capitals, or have none", SOURCE, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "run_together", "abstracts whose words run together", _PARSER, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "foreign_abstract", "abstracts with few words of their title", _PARSER, is_damage=True
    ),
    Measure("author_count", "median number of authors", SOURCE, "size"),
    Measure(
        "bare_names", "entries whose authors have one name each", _PARSER, usual=(2, 100),
        is_damage=True,
    ),
    Measure("one_author", "entries with a single author", _PARSER, is_damage=True),
    Measure(
        "published_late", "entries published after the day of the page", _AGAIN,
        usual=(0, 100), is_damage=True,
    ),
    Measure(
        "published_same_day", "entries published on the day of the page", _AGAIN,
        usual=(2, 100), applies=lists_days, is_damage=True,
    ),
    Measure(
        "published_one_day", "entries that share the commonest day of publication", _AGAIN,
        usual=(20, 100), applies=mixes_days,
    ),
    Measure(
        "days_to_list", "median days from publication to the list", _AGAIN, "days", (0, 14),
        applies=lists_days, is_damage=True,
    ),
    Measure(
        "id_month", "entries whose arXiv id is not of the time of publication", _AGAIN,
        usual=(1, 100), is_damage=True,
    ),
    Measure(
        "id_thumbnail", "entries whose thumbnail names another arXiv id", _PARSER,
        usual=(0, 100), is_damage=True,
    ),
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}
# These need other dumps to be read, so they are no part of a profile.
STALE = Measure("stale", "titles that an earlier list has", _AGAIN, is_damage=True)
OTHER_ID = Measure(
    "other_id", "known titles that stand with another arXiv id", _PARSER, usual=(1, 100),
    is_damage=True,
)  # fmt: skip
OTHER_TITLE = Measure(
    "other_title", "known arXiv ids that stand with another title", _PARSER, usual=(1, 100),
    is_damage=True,
)  # fmt: skip
LAST_CUT = "last_abstract_cut"
# Columns whose values are counted: each value is a measure of its own, named column=value.
CATEGORIES = ("listed_on_basis", "repairs")

PROFILED_COLUMNS = (
    *("entry_index", "title", "author_count", "listed_on", *CATEGORIES),
    *FIELDS,
)
