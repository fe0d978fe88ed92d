"""The contract of a table: what its columns promise.

Data flow: declarations in the modules beside -> pyarrow schemas (store), expectations (quality),
Dagster column schemas and column lineage (resources), the data dictionary.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

# Rows held in memory at a time where a table may be larger; whole papers take some 4 kB each, so
# 40 MB.
ROWS_PER_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """What a column promises.

    Attributes:
        name: As in the glossary; the same quantity has the same name in every table.
        type: The Arrow type.
        description: One sentence for people; shown in the UI and in the data dictionary.
        nullable: Whether a value may be missing.
        unique: Whether no value may stand twice.
        minimum, maximum: Inclusive limits of numbers and dates.
        min_length, max_length: Inclusive limits of a text's length in characters.
        pattern: A regular expression that every value must match.
        allowed: The only values there may be.
        severity: What a broken promise means: critical keeps the next stage from running.
        is_working: Whether only the working tables need it; every other column of a paper reaches
            releases and all who read them.
        sources: What it is made from, as table.column, where `Table.made_from` does not tell.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False
    unique: bool = False
    minimum: int | float | date | None = None
    maximum: int | float | date | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    severity: Literal["critical", "warning"] = "critical"
    is_working: bool = False
    sources: tuple[str, ...] = ()

    @property
    def constraints(self) -> list[str]:
        """The promises in words, for the UI and the data dictionary."""
        words: list[str] = []
        if not self.nullable:
            words.append("not null")
        if self.unique:
            words.append("unique")
        if self.minimum is not None:
            words.append(f">= {self.minimum}")
        if self.maximum is not None:
            words.append(f"<= {self.maximum}")
        if self.min_length is not None:
            words.append(f"at least {self.min_length} characters")
        if self.max_length is not None:
            words.append(f"at most {self.max_length} characters")
        if self.pattern:
            words.append(f"matches {self.pattern}")
        if self.allowed:
            words.append("one of " + ", ".join(self.allowed))
        return words


@dataclass(frozen=True, slots=True)
class Reference:
    """Every value of `column` must stand in the key column of `table`."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of a table.

    Attributes:
        name: Name of the table, and of its asset when it has one.
        stage: The stage that writes it.
        row: What one row is.
        key: Name of the key column.
        columns: All columns in order.
        references: Values that must stand in other tables.
        asset: The asset that a working table belongs to; empty when the table is its own asset.
        indexed: Columns beside the key that are looked up by value.
        derived: Whether the table can be made again from the raw dumps.
        made_from: Assets that its columns are made from: a column comes from the column of its name
            there, or, where none has it, from the whole row, which its key stands for.
    """

    name: str
    stage: str
    row: str
    key: str
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    asset: str = ""
    indexed: tuple[str, ...] = ()
    derived: bool = True
    made_from: tuple[str, ...] = ()

    @property
    def asset_name(self) -> str:
        """Name of the asset whose materialisation writes this table."""
        return self.asset or self.name

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, nullability included."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")
