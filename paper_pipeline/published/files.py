"""The Parquet files of a release, and what each of their columns means.

Data flow: the name of a column -> its description, from lake/tables/ where a table there has it.

What the files hold is put together in release/source.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.vocabulary import MENTION_KINDS

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
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    is_papers_too: bool = False

    @property
    def file_name(self) -> str:
        """The name in the release's folder."""
        return f"{self.name}.parquet"

    @property
    def descriptions(self) -> dict[str, str]:
        """Every column in words, those of the lake that no reader gets left out."""
        words: dict[str, str] = {}
        for table in self.tables:
            for column in BY_NAME[table].columns:
                if not column.is_working:
                    values = f"; one of {', '.join(column.allowed)}" if column.allowed else ""
                    words.setdefault(column.name, column.description + values)
        return words | dict(self.columns)

    def describe(self, column: str) -> str:
        """A column in words.

        Raises:
            KeyError: No table has it, and nothing is said of it here.
        """
        if (words := self.descriptions.get(column)) is not None:
            return words
        raise KeyError(
            f"expected a description of {self.file_name}'s column {column}, found none in "
            f"lake/tables/ ({', '.join(self.tables)}); declare it there or in published/files.py"
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


def describe_element(name: str) -> str:
    """A member of a struct in words; empty where there is nothing to add to its name."""
    return _ELEMENTS.get(name, "")
