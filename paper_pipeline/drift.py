"""Drift: what a dump looks like in numbers, and whether it looks like those before it.

Data flow: the records of a dump -> DumpProfile; a profile and those before it -> findings.

A profile follows from the records of its dump alone, so it is made once and is small. It is judged
against a window of profiles of the same kind (format and layout), or, while there are too few of
them, against what is usual in real pages (`Measure.usual`). How profiles are kept and how findings
are shown belongs in the wiring; how long the list of a day should be, and whether a new answer for
a day is much shorter than the last, in checks.py and in the stage acquire.

Something is found when it is unlikely by both standards:

- Counting noise. Shares are held against the beta-binomial law (what n entries show when the share
  is known from N earlier ones, with Jeffreys' prior: Gelman et al., Bayesian Data Analysis, 3rd
  ed., ch. 2), numbers of entries against the Poisson law, medians against their standard error. So
  two of eight entries say less than twenty of eighty.
- The differences between the dumps of the window, as their median absolute deviation: beyond 3.5
  times 1.4826 MAD (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993). Up to half of
  the window may be odd itself.

and when the change is large enough to matter, for many entries make the smallest change certain.
Shares count where they rise; a change that spoils nothing, such as a field that the site gives no
longer, is found when it is new, and not again while it stays within what the window has shown.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaln, ndtri, pdtrik

from paper_pipeline.text import content_hash, text_keys, title_keys

# Grows when profiles are made otherwise or findings judged otherwise.
DRIFT_VERSION = 3

API, HTML, TEXT, ARCHIVE = "daily_papers_api", "daily_papers_html", "listing_text", "web_archive"
LISTS = (API, HTML, ARCHIVE)  # pages of a day; the text of a listing is that of a search as a rule
PAGES = (API, HTML, TEXT)  # an archive may hold one page several times
ANY = (*LISTS, TEXT)

# A median's standard error is 1.2533 sigma / sqrt(n), that of a decile 1.71 (Kendall and Stuart,
# The Advanced Theory of Statistics, vol. 1, ch. 10); 1.4826 MAD and IQR / 1.349 estimate sigma.
MEDIAN_ERROR, DECILE_ERROR = 1.2533, 1.71
SIGMA_OF_MAD, SIGMA_OF_IQR = 1.4826, 1 / 1.349
JEFFREYS = 0.5

# Real titles are under 250 characters, and arXiv takes abstracts of 1,920.
LONGEST_TITLE, LONGEST_ABSTRACT = 300, 3_000
EDGE = 60  # characters in which two abstracts seldom begin or end alike
GLUE = 400  # characters searched for a title that is glued to an abstract
SHORTEST_TITLE = 15  # letters and digits below which a title may end an abstract by chance
LANGUAGE_SAMPLE = 400  # characters that tell the language, and how words are written
LONGEST_WORD = 14  # characters and a space, the mean of a text; real ones are under 10
LEAST_WORDS, LEAST_ENGLISH = 20, 0.05  # real English: 13 % at least; German and French: 0 to 2 %
MOST_NON_LATIN = 0.1  # of an abstract's characters
# Long words of a title, cut to their stems, of which its abstract holds some. Of 898 real abstracts
# 5 hold under three in ten; of those of a day, each moved to the next title, 44 to 88 %.
STEM, FEWEST_STEMS, LEAST_SHARED = 5, 3, 0.3
FEWEST_GRAVE = 3  # entries; what befell fewer is no error of the dump
GRAVE_TO_LEAST_DAYS = 4  # lists come up to a week late by holidays; four weeks is another month
# Median lengths of real days differ by a fifth from each other; a quarter is what cutting leaves.
LEAST_TO_SHARE, GRAVE_SIZE = 2.0, 0.75
MOST_UNFINISHED = 0.1  # of the abstracts; beyond, unfinished_abstract speaks for the last one too
MONTHS_TO_ANNOUNCE = 3  # an arXiv id is of the month of submission, or of a few later (held papers)

_HTML = (
    r"(?i)</?(?:p|br|div|span|a|b|i|u|em|strong|sub|sup|ul|ol|li|h[1-6]|script|style|table|tr|td|th"
    r"|code|pre|img|font|section|article|svg|button)(?:\s[^<>]{0,300})?/?>"
    r"|&(?:amp|lt|gt|quot|nbsp|apos|#[0-9]{1,6}|#x[0-9a-f]{1,6});"
)
# UTF-8 read as Latin-1 or Windows-1252, and characters that were lost for good.
_MOJIBAKE = (
    "[\u00c3\u00c2\u00c5\u00c4\u00d0\u00d1][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e"
    "\u0192\u02c6\u02dc\u201a\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
    "|\u00e2(?:\u20ac|\u0080)|\u00ef\u00bb\u00bf|\ufffd"
)
# A sentence ends, or an address does: many abstracts close with where the code is.
_FINISHED = (
    "[.!?\u2026\u3002\uff01\uff1f\u0964][)\\]\"'\u201d\u2019\u00bb}$\\s]*$"
    r"|(?:https?://|www\.)\S+$|[\w-]+(?:\.[\w-]+)+/\S*$"
)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_ENGLISH = (
    r"(?i)\b(?:the|of|and|to|is|that|for|with|we|by|are|this|which|from|as|our|be|can|it|an)\b"
)


class Reading(NamedTuple):
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
        return self.format in LISTS and self.page_on is not None

    @property
    def page(self) -> str:
        """The page it is a capture of, as far as that is known: a list's day, else itself."""
        return str(self.page_on) if self.is_list else self.dump_id

    @property
    def order(self) -> tuple[str, str, str]:
        """Sorts profiles of a kind: lists by day, others as they were captured."""
        return self.page if self.is_list else "", self.captured_at.isoformat(), self.dump_id


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
        formats: The formats that `usual` speaks of.
        is_damage: Whether it can spoil the corpus, so that much of it is an error.
    """

    name: str
    what: str
    remedy: str
    nature: str = "share"
    usual: tuple[float, float] | None = None
    formats: tuple[str, ...] = ANY
    is_damage: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """When something is unusual. The defaults and their reasons are those of settings.py.

    Attributes:
        window: The most dumps to compare with, the nearest before.
        fewest: With fewer, what is usual in real pages is the standard.
        chance: A reading as odd as this by counting noise alone is not looked at further.
        deviations: Robust standard deviations of the window it must lie beyond as well.
        least_change: Share of entries (or part of a size) that matters.
        grave_change: The same for an error.
        least_days: Days that matter, for dates; four times as many are an error.
        stale_share: Titles of an earlier day in a list, from which on it is that day's list.
    """

    window: int = 40
    fewest: int = 10
    chance: float = 1e-4
    deviations: float = 3.5
    least_change: float = 0.1
    grave_change: float = 0.3
    least_days: float = 7.0
    stale_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a dump that is not as it should be.

    Attributes:
        name: The measure.
        severity: warn or error.
        value: What was found.
        expected: The least and the most that would have been ordinary.
        window: What the dumps of the window show, oldest first; empty without a window.
        words: What was expected, what was found, what to do.
    """

    name: str
    severity: str
    value: float
    expected: tuple[float, float]
    window: tuple[float, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about a dump.

    Attributes:
        basis: Hash of what it rests on: the profiles compared and the limits.
        findings: What is unusual, errors first.
    """

    basis: str
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is an error."""
        return all(finding.severity != "error" for finding in self.findings)


_SOURCE = "look at the dump: if the site has changed, its parser must learn it"
_PARSER = "look at the dump and at the parser's rules for where an entry ends"
_AGAIN = "get the page again; what is right after all: `paper-pipeline quarantine release`"

# Fields that may be missing, and whether the API gives them for every entry.
_FIELDS = {
    "abstract": True,
    "arxiv_id": True,
    "authors": True,
    "published_on": True,
    "upvotes": True,
    "comment_count": True,
    "organisation": False,
    "submitted_by": False,
    "discussion_id": False,
    "thumbnail_url": False,
    "project_page_url": False,
    "code_repository_url": False,
    "github_star_count": False,
    "ai_summary": False,
    "keywords": False,
    "is_author_participating": False,
}

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
            _SOURCE,
            usual=(0, 100) if is_always_there else None,
            formats=ANY if name == "abstract" else (API,),
            is_damage=name in _ESSENTIAL,
        )
        for name, is_always_there in _FIELDS.items()
    ),
    Measure("title_length", "median length of titles", _PARSER, "size", (20, 160), is_damage=True),
    Measure(
        "abstract_length", "median length of abstracts", _PARSER, "size", (250, 2_000), ANY, True
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
        "glued_title", "abstracts with a title glued to them", _PARSER, "share", (0, 100), ANY, True
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
        usual=(1, 100), formats=PAGES, is_damage=True,
    ),
    Measure(
        "duplicate_abstract", "entries whose abstract stands in the dump already", _PARSER,
        usual=(1, 100), formats=PAGES, is_damage=True,
    ),
    Measure(
        "duplicate_id", "entries whose arXiv id stands in the dump already", _AGAIN,
        usual=(1, 100), formats=PAGES, is_damage=True,
    ),
    Measure(
        "duplicate_authors", "entries whose authors stand in the dump already", _PARSER,
        usual=(2, 100), formats=PAGES, is_damage=True,
    ),
    Measure(
        "boilerplate", "abstracts that begin or end with the same words", _PARSER,
        usual=(1, 100), formats=PAGES, is_damage=True,
    ),
    Measure("not_english", "abstracts that are not in English", _SOURCE, "share", (1, 100), LISTS),
    Measure("not_latin", "abstracts in other than Latin script", _SOURCE, "share", (1, 100), LISTS),
    Measure(
        "caseless", "abstracts that are all capitals, or have none", _SOURCE, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "run_together", "abstracts whose words run together", _PARSER, usual=(0, 100),
        is_damage=True,
    ),
    Measure(
        "foreign_abstract", "abstracts with few words of their title", _PARSER, is_damage=True
    ),
    Measure("author_count", "median number of authors", _SOURCE, "size"),
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
        usual=(2, 100), formats=LISTS, is_damage=True,
    ),
    Measure(
        "published_one_day", "entries that share the commonest day of publication", _AGAIN,
        usual=(20, 100), formats=(TEXT,),
    ),
    Measure(
        "days_to_list", "median days from publication to the list", _AGAIN, "days", (0, 14), LISTS,
        is_damage=True,
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
    *_FIELDS,
)


# --- Profiles ------------------------------------------------------------------------------


def profile_dump(
    records: pa.Table,
    dump_id: str,
    format_name: str,
    layout: str,
    captured_at: datetime,
    inputs: str = "",
    refused_count: int = 0,
) -> DumpProfile:
    """Measures a dump.

    Args:
        records: Its rows of cleaned_records, in any order; PROFILED_COLUMNS at least.
        dump_id: As in parsed_dumps.
        format_name: As in parsed_dumps.
        layout: As in parsed_dumps.
        captured_at: As in the raw tables.
        inputs: Hash of what the records follow from.
        refused_count: Its entries that broke a rule and are no records.
    """
    records = records.sort_by("entry_index")
    count = records.num_rows
    listed = pc.drop_null(records["listed_on"])
    keys = title_keys(records["title"])
    readings = {"entry_count": Reading(count, count)}
    if found := count + refused_count:
        readings["refused"] = Reading(refused_count / found, found)
    if count:
        readings |= _read_nulls(records)
        readings |= _read_texts(records, keys)
        readings |= _read_dates(records)
        readings |= _read_identifiers(records)
        readings |= _read_categories(records)
    return DumpProfile(
        dump_id,
        format_name,
        layout,
        pc.min(listed).as_py() if len(listed) else None,
        captured_at,
        count,
        readings,
        tuple(_hash(keys).view(np.int64).tolist()),
        tuple(pc.fill_null(records["arxiv_id"], "").to_pylist()),
        inputs,
    )


def _share(mask: pa.ChunkedArray | pa.Array | npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The arguments of a reading: how many of the values that are not null are true."""
    if isinstance(mask, np.ndarray):
        return {"value": float(mask.mean()), "count": mask.size}
    return {"value": pc.mean(mask).as_py(), "count": len(mask) - mask.null_count}


def _hash(texts: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    return pd.util.hash_array(texts.to_numpy(zero_copy_only=False).astype(object), categorize=False)


def _read_nulls(records: pa.Table) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    for name in _FIELDS:
        column = records[name]
        if pa.types.is_list(column.type):
            column = pc.if_else(pc.equal(pc.list_value_length(column), 0), None, 1)
        if name == "authors":  # some pages give their number only
            column = pc.coalesce(pc.cast(column, pa.int64()), records["author_count"])
        readings[f"without_{name}"] = Reading(column.null_count / len(column), len(column))
    return readings


def _read_texts(records: pa.Table, keys: pa.Array) -> dict[str, Reading]:
    titles, abstracts = records["title"], pc.fill_null(records["abstract"], "")
    texts = pc.binary_join_element_wise(titles, abstracts, "\n")
    masks: dict[str, Any] = {
        "long_title": pc.greater(pc.utf8_length(titles), LONGEST_TITLE),
        "html": pc.match_substring_regex(texts, _HTML),
        "mojibake": pc.match_substring_regex(texts, _MOJIBAKE),
        "duplicate_title": _repeated(_hash(keys)),
    }
    readings = {name: Reading(**_share(mask)) for name, mask in masks.items()}
    readings |= _read_size("title_length", pc.utf8_length(titles))
    for name, column in (("id", "arxiv_id"), ("authors", "authors")):
        values = _as_texts(records[column])
        if len(values):
            readings[f"duplicate_{name}"] = Reading(**_share(_repeated(_hash(values))))
    authors = pc.drop_null(records["author_count"])
    if len(authors):
        readings["one_author"] = Reading(**_share(pc.equal(authors, 1)))
    readings |= _read_size("author_count", authors)
    is_bare = _find_bare_names(records["authors"])
    if is_bare.size:
        readings["bare_names"] = Reading(**_share(is_bare))
    is_there = pc.greater(pc.utf8_length(abstracts), 0)
    if pc.any(is_there).as_py():
        readings |= _read_abstracts(abstracts.filter(is_there))
        tails = text_keys(pc.utf8_slice_codeunits(abstracts, -GLUE, None)).to_pylist()
        heads = text_keys(pc.utf8_slice_codeunits(abstracts, 0, GLUE)).to_pylist()
        own = keys.to_pylist()
        glued = [
            (_is_title(after) and tail != after and tail.endswith(after))
            or (_is_title(title) and head != title and head.startswith(title))
            for title, after, head, tail in zip(own, [*own[1:], ""], heads, tails, strict=True)
        ]  # fmt: skip
        readings["glued_title"] = Reading(**_share(np.array(glued)))
        is_foreign = _find_foreign(titles, abstracts)
        if is_foreign.size:
            readings["foreign_abstract"] = Reading(**_share(is_foreign))
        last = pc.match_substring_regex(abstracts.slice(len(abstracts) - 1), _FINISHED)
        readings["last_abstract_cut"] = Reading(float(not last[0].as_py()), 1)
    return readings


def _find_foreign(titles: pa.ChunkedArray, abstracts: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Whether abstracts seem to be of another paper, where titles have the words to tell."""
    is_foreign: list[bool] = []
    texts = (pc.utf8_lower(column).to_pylist() for column in (titles, abstracts))
    for title, abstract in zip(*texts, strict=True):
        stems = {word[:STEM] for word in _LONG_WORD.findall(title)}
        if abstract and len(stems) >= FEWEST_STEMS:
            shared = sum(stem in abstract for stem in stems)
            is_foreign.append(shared < LEAST_SHARED * len(stems))
    return np.array(is_foreign, dtype=bool)


def _find_bare_names(authors: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Whether most names of an entry are single words, where it gives names."""
    names = pc.match_substring(pc.list_flatten(authors), " ").to_numpy().astype(bool)
    entries = pc.list_parent_indices(authors).to_numpy()
    return pd.Series(~names).groupby(entries).mean().gt(0.5).to_numpy()


def _is_title(key: str) -> bool:
    return len(key) >= SHORTEST_TITLE


def _read_abstracts(abstracts: pa.ChunkedArray) -> dict[str, Reading]:
    lengths = pc.utf8_length(abstracts)
    sample = pc.utf8_slice_codeunits(abstracts, 0, LANGUAGE_SAMPLE)
    words = pc.list_value_length(pc.utf8_split_whitespace(sample))
    english = pc.count_substring_regex(sample, _ENGLISH)
    is_english = pc.greater_equal(pc.divide(pc.cast(english, pa.float64()), words), LEAST_ENGLISH)
    foreign_letters = pc.count_substring_regex(sample, r"[^\P{L}\p{Latin}\p{Greek}]")
    foreign = pc.divide(pc.cast(foreign_letters, pa.float64()), pc.utf8_length(sample))
    is_foreign = pc.greater(foreign, MOST_NON_LATIN)
    # Scripts without spaces have few words; their letters tell.
    is_told = pc.or_(is_foreign, pc.greater_equal(words, LEAST_WORDS))
    is_run_together = pc.greater(pc.utf8_length(sample), pc.multiply(words, LONGEST_WORD))
    ends = pc.utf8_slice_codeunits(abstracts, -EDGE, None)
    openings = pc.utf8_slice_codeunits(abstracts, 0, EDGE)
    finish = pc.utf8_slice_codeunits(abstracts, -GLUE, None)
    commonest = max(_commonest(_hash(openings)), _commonest(_hash(ends)))
    masks: dict[str, Any] = {
        "long_abstract": pc.greater(lengths, LONGEST_ABSTRACT),
        "unfinished_abstract": pc.invert(pc.match_substring_regex(finish, _FINISHED)),
        "duplicate_abstract": _repeated(_hash(abstracts)),
        "caseless": _is_caseless(sample),
        "run_together": pc.and_(is_run_together, pc.invert(is_foreign)),
        "not_latin": is_foreign,
        "not_english": pc.or_(is_foreign, pc.invert(is_english)).filter(is_told),
    }
    readings = {name: Reading(**_share(mask)) for name, mask in masks.items() if len(mask)}
    readings["boilerplate"] = Reading(commonest / len(abstracts), len(abstracts))
    readings |= _read_size("abstract_length", lengths)
    readings |= _read_size("short_abstract_length", lengths, 0.1)
    readings |= _read_size("long_abstract_length", lengths, 0.9)
    return readings


def _as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values that are there, lists as one text each."""
    if pa.types.is_list(values.type):
        values = values.filter(pc.greater(pc.list_value_length(values), 0))
        return pc.binary_join(values, "\n")
    return pc.drop_null(values)


def _is_caseless(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether texts in a script that has capitals are in capitals throughout, or without any."""
    lower, upper = pc.utf8_lower(texts), pc.utf8_upper(texts)
    is_one_case = pc.or_(pc.equal(texts, lower), pc.equal(texts, upper))
    return pc.and_(is_one_case, pc.not_equal(lower, upper))


def _repeated(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Whether each value stood before: as many as there are too many."""
    return pd.Series(hashes).duplicated().to_numpy()


def _commonest(hashes: npt.NDArray[Any]) -> int:
    """How often the commonest value stands; 0 where each stands once."""
    most = int(np.unique(hashes, return_counts=True)[1].max())
    return most if most > 1 else 0


def _read_size(
    name: str, values: pa.Array | pa.ChunkedArray, part: float = 0.5
) -> dict[str, Reading]:
    if not len(values):
        return {}
    low, size, high = np.quantile(values.to_numpy().astype(float), [0.25, part, 0.75])
    factor = MEDIAN_ERROR if part == 0.5 else DECILE_ERROR
    error = factor * SIGMA_OF_IQR * (high - low) / np.sqrt(len(values))
    return {name: Reading(float(size), len(values), float(error))}


def _read_dates(records: pa.Table) -> dict[str, Reading]:
    published, listed = records["published_on"], records["listed_on"]
    readings: dict[str, Reading] = {}
    days = pc.drop_null(published)
    if len(days):
        shared = _commonest(days.to_numpy().astype(np.int64))
        readings["published_one_day"] = Reading(shared / len(days), len(days))
    lags = pc.drop_null(pc.days_between(published, listed))
    if len(lags):
        readings["published_late"] = Reading(**_share(pc.less(lags, 0)))
        readings["published_same_day"] = Reading(**_share(pc.equal(lags, 0)))
        readings |= _read_size("days_to_list", lags)
    return readings


def _read_identifiers(records: pa.Table) -> dict[str, Reading]:
    ids, published = records["arxiv_id"], records["published_on"]
    readings: dict[str, Reading] = {}
    parts = pc.extract_regex(ids, r"^(?P<year>[0-9]{2})(?P<month>[0-9]{2})\.")
    year, month = (pc.cast(pc.struct_field(parts, n), pa.int64()) for n in ("year", "month"))
    years = pc.subtract(pc.add(year, 2000), pc.year(published))
    months = pc.add(pc.multiply(years, 12), pc.subtract(month, pc.month(published)))
    months = pc.drop_null(months)
    if len(months):
        is_odd = pc.or_(pc.less(months, 0), pc.greater(months, MONTHS_TO_ANNOUNCE))
        readings["id_month"] = Reading(**_share(is_odd))
    named = pc.extract_regex(records["thumbnail_url"], r"(?P<id>[0-9]{4}\.[0-9]{4,5})(?:[^0-9]|$)")
    is_other = pc.drop_null(pc.not_equal(pc.struct_field(named, "id"), ids))
    if len(is_other):
        readings["id_thumbnail"] = Reading(**_share(is_other))
    return readings


def _read_categories(records: pa.Table) -> dict[str, Reading]:
    count = records.num_rows
    found: Counter[str] = Counter()
    for name in CATEGORIES:
        column = records[name].combine_chunks()
        if pa.types.is_list(column.type):  # each name at most once a record
            column = pc.struct_field(pc.list_flatten(column), "name")
        for row in pc.value_counts(pc.drop_null(column)).to_pylist():
            found[f"{name}={row['values']}"] = row["counts"]
    return {name: Reading(min(times, count) / count, count) for name, times in found.items()}


def profile_row(profile: DumpProfile) -> dict[str, Any]:
    """A profile as a row of dump_profiles; read_profiles is the way back."""
    readings = [
        {"name": name, "value": float(r.value), "count": r.count, "error": r.error}
        for name, r in sorted(profile.readings.items())
    ]
    return {
        "dump_id": profile.dump_id,
        "inputs": profile.inputs,
        "format": profile.format,
        "layout": profile.layout,
        "page_on": profile.page_on,
        "captured_at": profile.captured_at,
        "entry_count": profile.entry_count,
        "readings": readings,
        "title_keys": list(profile.title_keys),
        "arxiv_ids": list(profile.arxiv_ids),
    }


def read_profiles(rows: pa.Table) -> list[DumpProfile]:
    """The profiles in rows of dump_profiles, in no particular order."""
    return [
        DumpProfile(
            row["dump_id"],
            row["format"],
            row["layout"],
            row["page_on"],
            row["captured_at"],
            row["entry_count"],
            {r["name"]: Reading(r["value"], r["count"], r["error"]) for r in row["readings"]},
            tuple(row["title_keys"]),
            tuple(row["arxiv_ids"]),
            row["inputs"],
        )
        for row in rows.to_pylist()
    ]


# --- Judgement -----------------------------------------------------------------------------


def find_window(earlier: Sequence[DumpProfile], limits: Limits) -> list[DumpProfile]:
    """The dumps that a dump is compared with.

    Of a page that was captured several times only the last capture counts, or the days that are
    asked for again and again would be the whole window. An earlier capture of the same page is
    among them: it knows the ids of its titles.

    Args:
        earlier: Dumps of its kind before it, oldest first.
        limits: How many to take.

    Returns:
        At most limits.window profiles, oldest first.
    """
    seen: set[str] = set()
    found: list[DumpProfile] = []
    for other in reversed(earlier):
        if len(found) == limits.window:
            break
        if other.page not in seen:
            seen.add(other.page)
            found.append(other)
    return found[::-1]


def judge_dumps(
    profiles: Iterable[DumpProfile],
    limits: Limits,
    is_accepted: Callable[[str], bool],
    known: Mapping[str, Judgement] | None = None,
) -> dict[str, Judgement]:
    """Judges every dump against those before it.

    A dump with an error is no standard for the next ones, unless somebody accepts it: otherwise
    damage that nobody looks at would become the usual after some weeks.

    Args:
        profiles: All dumps, in any order.
        limits: When something is unusual.
        is_accepted: Whether somebody has looked at the dump of that id and found it right.
        known: What an earlier call returned. What rests on the same profiles and limits is taken
            from there, so that a day costs a day; profiles need their `inputs` for that.

    Returns:
        The judgement on every dump, by dump_id.
    """
    known = known or {}
    kinds: dict[tuple[str, str], list[DumpProfile]] = {}
    for profile in sorted(profiles, key=lambda profile: profile.order):
        kinds.setdefault((profile.format, profile.layout), []).append(profile)
    judgements: dict[str, Judgement] = {}
    for kind in sorted(kinds):
        sound: list[DumpProfile] = []
        for profile in kinds[kind]:
            window = find_window(sound, limits)
            basis = _describe_basis(profile, window, limits)
            judgement = known.get(profile.dump_id)
            if judgement is None or judgement.basis != basis:
                judgement = Judgement(basis, tuple(judge_profile(profile, window, limits)))
            judgements[profile.dump_id] = judgement
            if judgement.is_sound or is_accepted(profile.dump_id):
                sound.append(profile)
    return judgements


def _describe_basis(profile: DumpProfile, window: Sequence[DumpProfile], limits: Limits) -> str:
    inputs = [f"{other.dump_id}{other.inputs}" for other in (profile, *window)]
    return content_hash("\n".join([str(DRIFT_VERSION), str(limits), *inputs]))


def judge_profile(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: Limits | None = None
) -> list[Finding]:
    """Judges a dump.

    Args:
        profile: The dump.
        window: Dumps of its kind before it, as find_window gives them; none for the first.
        limits: When something is unusual.

    Returns:
        What is unusual, errors first, then by name.

    Raises:
        ValueError: A dump of the window is of another kind.
    """
    limits = limits or Limits()
    for other in window:
        if (other.format, other.layout) != (profile.format, profile.layout):
            raise ValueError(
                f"expected dumps of the kind {profile.format}/{profile.layout} in the window, "
                f"found {other.format}/{other.layout}; choose them with find_window"
            )
    found: list[Finding | None] = []
    for name, reading in profile.readings.items():
        if name == LAST_CUT:
            continue
        measure = BY_NAME.get(name) or Measure(name, f"entries with {name}", _SOURCE)
        past = _past(name, window)
        if len(past) >= limits.fewest:
            found.append(_judge_by_window(measure, reading, past, limits))
        elif measure.usual is not None and profile.format in measure.formats:
            found.append(_judge_by_usual(measure, reading, limits))
    found += [
        _judge_stale(profile, window, limits),
        *_judge_ids(profile, window, limits),
        _judge_last(profile, window),
    ]
    return sorted(filter(None, found), key=lambda f: (f.severity != "error", f.name))


def _past(name: str, window: Sequence[DumpProfile]) -> list[Reading]:
    """What the window shows; a category that no entry of a dump had is a share of 0 there."""
    past = [other.readings.get(name) for other in window]
    if "=" in name:
        counts = [other.entry_count for other in window]
        past = [r or Reading(0.0, n) for r, n in zip(past, counts, strict=True) if n]
    return [reading for reading in past if reading is not None]


def _judge_by_window(
    measure: Measure, reading: Reading, past: Sequence[Reading], limits: Limits
) -> Finding | None:
    values = [r.value for r in past]
    center = median(values)
    if measure.nature == "share" and reading.value <= center:
        return None
    deviation = SIGMA_OF_MAD * median([abs(value - center) for value in values])
    spread = limits.deviations * deviation
    if abs(reading.value - center) <= spread:
        return None
    if measure.nature == "share" and not measure.is_damage:
        spread = max(spread, max(values) - center)
    if measure.nature == "share":
        trials = float(sum(r.count for r in past))
        low, high = 0.0, _most_by_chance(reading.count, center * trials, trials, limits.chance)
    elif measure.nature == "count":
        low, high = float(pdtrik(limits.chance, center)), np.inf  # a long page loses nothing
    else:
        error = np.hypot(
            max(reading.error, median([r.error for r in past])),
            MEDIAN_ERROR * deviation / np.sqrt(len(values)),
        )
        width = -float(ndtri(limits.chance)) * error
        low, high = center - width, center + width
    expected = max(0.0, min(low, center - spread)), max(high, center + spread)
    return _find(measure, reading, expected, center, values, limits)


def _judge_by_usual(measure: Measure, reading: Reading, limits: Limits) -> Finding | None:
    least, most = measure.usual or (0.0, 0.0)
    if measure.nature == "share":
        expected = 0.0, _most_by_chance(reading.count, least, most, limits.chance)
        return _find(measure, reading, expected, least / most, (), limits)
    width = -float(ndtri(limits.chance)) * reading.error
    center = min(max(reading.value, least), most)
    return _find(measure, reading, (max(0.0, least - width), most + width), center, (), limits)


def _most_by_chance(count: int, hits: float, trials: float, chance: float) -> float:
    """The largest share of `count` entries that is no less likely than `chance`.

    The number of hits follows the beta-binomial law with the parameters hits + 1/2 and
    trials - hits + 1/2.
    """
    a, b, k = hits + JEFFREYS, trials - hits + JEFFREYS, np.arange(count + 1)
    log_mass = (
        (gammaln(count + 1) - gammaln(k + 1) - gammaln(count - k + 1))
        + (gammaln(k + a) + gammaln(count - k + b) - gammaln(count + a + b))
        - (gammaln(a) + gammaln(b) - gammaln(a + b))
    )
    at_least = np.cumsum(np.exp(log_mass)[::-1])[::-1]
    return float(np.count_nonzero(at_least >= chance) - 1) / count


def _find(
    measure: Measure,
    reading: Reading,
    expected: tuple[float, float],
    center: float,
    window: Sequence[float],
    limits: Limits,
) -> Finding | None:
    """A finding, if the reading is not as expected and the change is large enough to matter."""
    low, high = expected
    change = reading.value - center
    if low <= reading.value <= high or (measure.nature == "share" and change < 0):
        return None
    least, grave, affected = limits.least_change, limits.grave_change, reading.count
    if measure.nature == "share":
        affected = round(reading.value * reading.count)
    elif measure.nature == "days":
        least, grave = limits.least_days, GRAVE_TO_LEAST_DAYS * limits.least_days
    else:
        change /= max(center, 1.0)
        least, grave = LEAST_TO_SHARE * limits.least_change, GRAVE_SIZE
    if abs(change) < least:
        return None
    is_grave = measure.is_damage and abs(change) >= grave and affected >= FEWEST_GRAVE
    return _finding(measure, is_grave, reading, expected, window)


def _finding(
    measure: Measure,
    is_grave: bool,
    reading: Reading,
    expected: tuple[float, float],
    window: Sequence[float],
) -> Finding:
    low, high = (_shown(measure, value) for value in expected)
    ordinary = f"{low} to {high}" if np.isfinite(expected[1]) else f"{low} or more"
    standard = f"as in {len(window)} dumps before it" if len(window) else "as in real pages"
    kind = "share of " if measure.nature == "share" else ""
    words = (
        f"{kind}{measure.what}: expected {ordinary}, {standard}; "
        f"found {_shown(measure, reading.value)} ({reading.count:,} entries). "
        f"Remedy: {measure.remedy}."
    )
    return Finding(
        measure.name,
        "error" if is_grave else "warn",
        reading.value,
        expected,
        tuple(window),
        words,
    )


def _shown(measure: Measure, value: float) -> str:
    return f"{value:.0%}" if measure.nature == "share" else f"{value:,.4g}"


def _judge_stale(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: Limits
) -> Finding | None:
    """The list of an earlier day again: a search may well show the same papers tomorrow."""
    own = set(profile.title_keys)
    lists = [other for other in window if other.is_list and other.page_on != profile.page_on]
    if not profile.is_list or not own or not lists:
        return None
    shares = [len(own & set(other.title_keys)) / len(own) for other in lists]
    most, source = max(zip(shares, (other.page_on for other in lists), strict=True), key=_first)
    shared = round(most * len(own))
    if most < limits.stale_share / 2 or shared < FEWEST_GRAVE:
        return None
    expected = 0.0, limits.stale_share / 2
    found = _finding(STALE, most >= limits.stale_share, Reading(most, len(own)), expected, shares)
    return replace(found, words=f"{found.words} It is the list of {source}.")


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]


def _judge_ids(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: Limits
) -> list[Finding | None]:
    """Ids and titles that stood otherwise before: they do not belong together."""
    pairs = [
        (key, arxiv_id)
        for other in window
        for key, arxiv_id in zip(other.title_keys, other.arxiv_ids, strict=True)
        if arxiv_id
    ]
    own = [pair for pair in zip(profile.title_keys, profile.arxiv_ids, strict=True) if pair[1]]
    return [
        _judge_partners(OTHER_ID, own, pairs, limits),
        _judge_partners(OTHER_TITLE, _turn(own), _turn(pairs), limits),
    ]


def _turn(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(second, first) for first, second in pairs]


def _judge_partners(
    measure: Measure,
    own: Sequence[tuple[Any, Any]],
    pairs: Sequence[tuple[Any, Any]],
    limits: Limits,
) -> Finding | None:
    """How many of those that are known stand with a partner that they never had."""
    known: dict[Any, set[Any]] = {}
    for one, partner in pairs:
        known.setdefault(one, set()).add(partner)
    is_other = [partner not in known[one] for one, partner in own if one in known]
    if not is_other:
        return None
    reading = Reading(sum(is_other) / len(is_other), len(is_other))
    return _judge_by_usual(measure, reading, limits)


def _judge_last(profile: DumpProfile, window: Sequence[DumpProfile]) -> Finding | None:
    """A page that stops within its last abstract, where abstracts are whole otherwise."""
    last, cut = (profile.readings.get(n) for n in (LAST_CUT, "unfinished_abstract"))
    past = [r for r in (other.readings.get(LAST_CUT) for other in window) if r]
    is_usual = sum(r.value for r in past) * 2 > len(past)
    if not last or not cut or not last.value or is_usual or cut.value > MOST_UNFINISHED:
        return None
    return Finding(
        LAST_CUT,
        "warn",
        1.0,
        (0.0, 0.0),
        tuple(r.value for r in past),
        "abstract of the last entry: expected the end of a sentence, found none, so the page may "
        "have been cut off there. Remedy: compare with the page, and get it again.",
    )
