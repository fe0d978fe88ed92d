"""What a release holds, and what each of its columns means.

Data flow: manifest and tables of a release -> ReleaseContent -> card, croissant, report; a column's
name -> its description, from tables.py where a table of the lake has it.

How the tables of a release are made belongs in snapshot.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.vocabulary import MENTION_KINDS

# A struct of more members is told by its first ones.
MOST_MEMBERS = 10
# Words that hold wherever a place in a text is told: in mentions.parquet and inside structs.
_ELEMENTS = {
    "kind": "what it is",
    "name": "canonical name, or as the text writes it",
    "family": "family of a model, else empty",
    "field": "the column that proves it: title, abstract, or where a link was given",
    "start": "its first character in that column, from 0",
    "end": "the character just past its last",
    "basis": "what tells the kind: lexicon, or the text around the name",
    "url": "address in normal form",
    "repository": "repository it leads to, as owner/name",
    "value": "the number",
    "unit": "unit of the number",
    "metric": "what was measured",
    "benchmark": "benchmark that the sentence names",
    "is_change": "whether it is a difference, not a level",
    "phrase": "the phrase as written",
    "score": "how much it says of the paper",
    "count": "how many times",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """A Parquet file of a release.

    Attributes:
        name: Its name without `.parquet`; a field of ReleaseContent.
        row: What one row is.
        key: Columns that tell one row from another; empty where rows may repeat.
        tables: Tables of the lake whose columns it has, the first with a name counts.
        columns: Descriptions of columns that mean something else here, or stand in no table.
        is_papers_too: Whether the columns of papers.parquet follow its own.
    """

    name: str
    row: str
    key: tuple[str, ...]
    tables: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    is_papers_too: bool = False

    @property
    def file_name(self) -> str:
        """The name in the release's folder."""
        return f"{self.name}.parquet"

    def describe(self, column: str) -> str:
        """A column in words.

        Raises:
            KeyError: No table has it, and nothing is said of it here.
        """
        if column in self.columns:
            return self.columns[column]
        for table in self.tables:
            for known in BY_NAME[table].columns:
                if known.name == column:
                    values = f"; one of {', '.join(known.allowed)}" if known.allowed else ""
                    return known.description + values
        raise KeyError(
            f"expected a description of {self.file_name}'s column {column}, found none in "
            f"tables.py ({', '.join(self.tables)}); declare it there or in release/content.py"
        )


_OF_PAPERS = ("deduplicated_papers", "enriched_papers")
TABLE_FILES = (
    TableFile("papers", "a paper: golden record and features", ("paper_id",), _OF_PAPERS),
    TableFile(
        "records",
        "a record: one paper as it stood on one captured page",
        ("record_id",),
        ("cleaned_records", "paper_records"),
    ),
    TableFile(
        "mentions",
        "a name mentioned in a paper, with its place",
        (),
        _OF_PAPERS,
        _ELEMENTS
        | {"kind": "what it names; one of " + ", ".join(kind.name for kind in MENTION_KINDS)},
    ),
    TableFile(
        "redirects",
        "a paper_id of an earlier release that is no longer in use",
        ("old_paper_id",),
        ("paper_redirects",),
    ),
    TableFile(
        "changes",
        "a paper that differs from the previous release",
        ("paper_id",),
        _OF_PAPERS,
        {
            "kind": "what became of it; one of added, removed, changed, merged, split",
            "changed_fields": "columns of papers.parquet that differ, where kind is changed",
            "paper_ids": "where the records of a merged or split paper are now",
        },
        is_papers_too=True,
    ),
)


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


def describe_element(name: str) -> str:
    """A member of a struct in words; empty where there is nothing to add to its name."""
    return _ELEMENTS.get(name, "")


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
