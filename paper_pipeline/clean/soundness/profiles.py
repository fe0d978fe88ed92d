"""Profiles: a dump in numbers.

Data flow: the records of a dump -> DumpProfile -> a row of dump_profiles, and back.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.clean.soundness.measures import (
    CATEGORIES,
    DECILE_ERROR,
    FIELDS,
    LONGEST_ABSTRACT,
    LONGEST_TITLE,
    MEDIAN_ERROR,
    SIGMA_OF_IQR,
    DumpProfile,
    Reading,
)
from paper_pipeline.text import text_keys, title_keys

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
    for name in FIELDS:
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
    several: npt.NDArray[np.bool_] = pc.match_substring(pc.list_flatten(authors), " ").to_numpy()
    entries: npt.NDArray[np.int64] = pc.list_parent_indices(authors).to_numpy()
    return pd.Series(~several.astype(bool)).groupby(entries).mean().gt(0.5).to_numpy()


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
