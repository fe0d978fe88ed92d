"""A release as values, for the pages that describe it.

Data flow: manifest and tables of a release -> ReleaseContent -> card, croissant, report.

What a column means belongs in published/files.py, how the tables of a release are made in
snapshot.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from paper_pipeline.published.files import TableFile


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    """A release as values.

    Attributes:
        manifest: What manifest.json says; of `files` only those that are written already.
        papers, records, mentions, redirects, changes: The tables of the Parquet files, read a few
            columns at a time: whole ones may be larger than memory.
        coverage: The share of papers, 0 to 1, of which each column says something: null, the empty
            text and the empty list say nothing. Without papers every share is 0.
    """

    manifest: Mapping[str, Any]
    papers: ds.Dataset
    records: ds.Dataset
    mentions: ds.Dataset
    redirects: ds.Dataset
    changes: ds.Dataset
    coverage: Mapping[str, float]

    @property
    def name(self) -> str:
        """The name of the corpus."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """The number of the release, such as 2026.11.21 or 2026.11.21.1."""
        return str(self.manifest["version"])

    @property
    def released_on(self) -> str:
        """The day in that number, as in 2026-11-21."""
        return "-".join(self.version.split(".")[:3])

    @property
    def fingerprint(self) -> str:
        """The hash over its content."""
        return str(self.manifest["fingerprint"])

    @property
    def previous(self) -> str | None:
        """The number of the release before it; None for the first."""
        return self.manifest.get("previous")

    @property
    def counts(self) -> Mapping[str, int]:
        """How many dumps, records, quarantined_entries and papers."""
        return self.manifest["counts"]

    def table(self, file: TableFile) -> ds.Dataset:
        """What a Parquet file holds."""
        return getattr(self, file.name)


# A struct of more members is told by its first ones.
MOST_MEMBERS = 10


def name_type(kind: pa.DataType) -> str:
    """A type in words for people."""
    if pa.types.is_list(kind):
        return f"list of {name_type(kind.value_type)}"
    if pa.types.is_struct(kind):
        names = [member.name for member in kind]
        if len(names) > MOST_MEMBERS:
            names[3:] = [f"and {len(names) - 3} more"]
        return "{" + ", ".join(names) + "}"
    if pa.types.is_timestamp(kind):
        return "time (UTC)"
    return _PLAIN_TYPES.get(str(kind), str(kind))


_PLAIN_TYPES = {
    "string": "text",
    "int64": "integer",
    "double": "number",
    "bool": "true or false",
    "date32[day]": "date",
}


def count_languages(papers: ds.Dataset) -> dict[str, int]:
    """How many papers are in each language, the most common first; where unknown, left out."""
    return count_names(papers.to_table(columns=["language"])["language"])


def count_names(names: pa.ChunkedArray) -> dict[str, int]:
    """How often each name stands in a column of names, the most common first, then by name."""
    counts = pc.value_counts(pc.drop_null(names).combine_chunks()).to_pylist()
    ordered = sorted(counts, key=lambda one: (-one["counts"], one["values"]))
    return {one["values"]: one["counts"] for one in ordered}


def show_share(share: float) -> str:
    """A share in per cent; 0 and 100 only where they are exact."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")
