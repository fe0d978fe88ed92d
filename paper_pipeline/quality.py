"""Quality: runs a table's contract as a Great Expectations suite and reports plainly.

Data flow: a Table's promises -> expectations -> one validation of the rows -> Report.

The promises themselves are declared in tables.py; what becomes of a report (a Dagster check, an
exit code) belongs to checks.py. Great Expectations takes seconds to import, so it is imported
inside the function that needs it.
"""

import logging
import os
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.tables import Column, Table

MOST_EXAMPLES = 20
MOST_EXAMPLE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """What one expectation found.

    Attributes:
        expectation: The expectation's type, as Great Expectations names it.
        column: The column it is about, empty for the whole table.
        promise: The promise in words.
        is_met: Whether all rows keep it.
        unexpected_count: Rows that do not.
        keys: Keys of some of these rows, at most MOST_EXAMPLES.
        example: One value that broke the promise.
    """

    expectation: str
    column: str
    promise: str
    is_met: bool
    unexpected_count: int = 0
    keys: list[str] = field(default_factory=list)
    example: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the validation of a table found."""

    table: str
    row_count: int
    findings: list[Finding]

    @property
    def is_met(self) -> bool:
        """Whether every promise is kept."""
        return all(finding.is_met for finding in self.findings)

    @property
    def broken(self) -> list[Finding]:
        """The promises that are not kept."""
        return [finding for finding in self.findings if not finding.is_met]


def expectations(table: Table) -> list[dict[str, Any]]:
    """The contract of a table as expectations: type, column, promise in words, arguments.

    Types are not among them: the store only takes rows that have the types of the contract.
    """
    found: list[dict[str, Any]] = [
        {
            "type": "expect_table_columns_to_match_ordered_list",
            "column": "",
            "promise": "the columns of the contract, in order",
            "arguments": {"column_list": table.schema.names},
        }
    ]
    for column in table.columns:
        for kind, promise, arguments in _promises(column):
            found.append(
                {"type": kind, "column": column.name, "promise": promise, "arguments": arguments}
            )
    return found


def _promises(column: Column) -> list[tuple[str, str, dict[str, Any]]]:
    promises: list[tuple[str, str, dict[str, Any]]] = []
    if not column.nullable:
        promises.append(("expect_column_values_to_not_be_null", "not null", {}))
    if column.unique:
        promises.append(("expect_column_values_to_be_unique", "unique", {}))
    if column.minimum is not None or column.maximum is not None:
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        words = f"between {column.minimum} and {column.maximum}"
        promises.append(("expect_column_values_to_be_between", words, limits))
    if column.min_length is not None or column.max_length is not None:
        limits = {"min_value": column.min_length, "max_value": column.max_length}
        words = f"length between {column.min_length} and {column.max_length}"
        promises.append(("expect_column_value_lengths_to_be_between", words, limits))
    if column.pattern:
        promises.append(
            (
                "expect_column_values_to_match_regex",
                f"matches {column.pattern}",
                {"regex": column.pattern},
            )
        )
    if column.allowed:
        promises.append(
            (
                "expect_column_values_to_be_in_set",
                "one of " + ", ".join(column.allowed),
                {"value_set": list(column.allowed)},
            )
        )
    return promises


def validate(table: Table, rows: pa.Table) -> Report:
    """Checks rows against the contract of their table.

    Args:
        table: The contract.
        rows: The rows, all columns of the table.

    Returns:
        A finding for every promise. Where there are no rows all promises about rows are kept, and
        Great Expectations is not asked.
    """
    if not rows.num_rows and rows.column_names == table.schema.names:
        kept = [(item["type"], item["column"], item["promise"]) for item in expectations(table)]
        return Report(table.name, 0, [Finding(*item, is_met=True) for item in kept])
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)  # type: ignore[assignment]
    wanted = expectations(table)
    suite = context.suites.add(
        gx.ExpectationSuite(
            name=table.name,
            expectations=[_expectation(gx, item, n) for n, item in enumerate(wanted)],
        )
    )
    batch = (
        context.data_sources.add_pandas(name="lake")
        .add_dataframe_asset(name=table.name)
        .add_batch_definition_whole_dataframe("all rows")
    )
    definition = gx.ValidationDefinition(name=table.name, data=batch, suite=suite)
    result = definition.run(
        batch_parameters={"dataframe": _frame(table, rows)},
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [table.key],
            "partial_unexpected_count": MOST_EXAMPLES,
        },
    )
    findings = [_finding(wanted, table.key, outcome) for outcome in result.results]
    return Report(table.name, rows.num_rows, findings)


def _expectation(gx: Any, item: dict[str, Any], number: int) -> Any:
    kind = getattr(gx.expectations, "".join(word.capitalize() for word in item["type"].split("_")))
    about = {"column": item["column"]} if item["column"] else {}
    return kind(**item["arguments"], **about, meta={"number": number})


def _frame(table: Table, rows: pa.Table) -> Any:
    """Rows for Great Expectations: nested columns only say whether they are null."""
    for column in table.columns:
        if pa.types.is_nested(column.type):
            place = rows.column_names.index(column.name)
            is_there = pc.if_else(rows[column.name].is_null(), pa.scalar(None, pa.bool_()), True)
            rows = rows.set_column(place, column.name, is_there)
    return rows.to_pandas()


def _finding(wanted: list[dict[str, Any]], key: str, outcome: Any) -> Finding:
    config = outcome.expectation_config
    item = wanted[config.meta["number"]]
    details = outcome.result or {}
    rows = details.get("unexpected_index_list") or []
    values = details.get("partial_unexpected_list") or []
    error = (outcome.exception_info or {}).get("exception_message") or ""
    shown = values[0] if values else error or details.get("observed_value", "")
    return Finding(
        expectation=item["type"],
        column=item["column"],
        promise=item["promise"],
        is_met=bool(outcome.success),
        unexpected_count=int(details.get("unexpected_count") or (0 if outcome.success else 1)),
        keys=[str(row[key]) for row in rows[:MOST_EXAMPLES]],
        example=str(shown)[:MOST_EXAMPLE_CHARACTERS],
    )
