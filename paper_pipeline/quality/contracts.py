"""Contracts: every table keeps what lake/tables/ promises of it.

Data flow: rows -> validation.py -> Verdict.

Promises are about single rows, so rows that kept them and have not changed since are not examined
again: the cost of a day follows the day.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME, TABLES
from paper_pipeline.lake.tables.contract import Table
from paper_pipeline.quality import validation
from paper_pipeline.quality.check import MOST_EXAMPLES, Check, Verdict
from paper_pipeline.settings import Settings


def _contract_check(table: Table) -> Check:
    def run(lake: Lake, settings: Settings) -> Verdict:
        since = lake.recall_progress("kept_contracts", table.name)
        version, rows = lake.version(table.name), _read_unproven(lake, table, since)
        report = validation.validate(table, rows, settings.quality_dir)
        if report.is_met:
            lake.remember_progress("kept_contracts", table.name, version)
        else:  # pages about passed validations are made at the end of a run
            validation.publish_docs(settings.quality_dir, [table])
        return _describe(report)

    return Check(
        asset=table.asset_name,
        name=f"contract_of_{table.name}",
        description=f"Every row of {table.name} keeps the contract (run by Great Expectations).",
        tables=(table.name,),
        run=run,
    )


def _read_unproven(lake: Lake, table: Table, since: int) -> pa.Table:
    """The rows that were written after a version, and any other that has one of their keys."""
    columns = validation.validated_columns(table)
    if not since:
        return lake.read(table.name, columns)
    changed = lake.read_changes(table.name, since, [table.key])[table.key].to_pylist()
    return lake.read(table.name, columns, where=(table.key, changed))


def _describe(report: validation.Report) -> Verdict:
    """The verdict; its words are the same however many rows had been examined before."""
    details = [
        {
            "promise": f"{finding.column}: {finding.promise}",
            "severity": finding.severity,
            "rows": finding.unexpected_count,
            "example": finding.example,
            "keys": ", ".join(finding.keys[:5]),
        }
        for finding in report.broken[:MOST_EXAMPLES]
    ]
    words = f"{len(report.findings)} promises about rows are kept"
    if report.broken:
        first = report.broken[0]
        words = (
            f"{len(report.broken)} of {len(report.findings)} promises about rows are broken; "
            f"{first.column}: expected {first.promise}, found {first.example!r} in "
            f"{first.unexpected_count:,} rows, such as {', '.join(first.keys[:3])}"
        )
    counts = {"rows_examined": report.row_count, "expectations": len(report.findings)}
    return Verdict(report.is_met, words, details, counts, report.severity, report.page)


def _reference_check(table: Table) -> Check:
    def run(lake: Lake, _: Settings) -> Verdict:
        details: list[dict[str, Any]] = []
        for reference in table.references:
            rows = lake.read(table.name, list({table.key: 0, reference.column: 0}))
            key = BY_NAME[reference.table].key
            known = lake.read(reference.table, [key])[key].combine_chunks()
            lost = rows.filter(pc.invert(pc.is_in(rows[reference.column], value_set=known)))
            details += [
                {
                    table.key: row[table.key],
                    reference.column: row[reference.column],
                    "is not in": reference.table,
                }
                for row in lost.slice(0, MOST_EXAMPLES).to_pylist()
            ]
        words = "every reference leads somewhere"
        if details:
            words = "rows refer to what is not there; materialise the stage again"
        return Verdict(not details, words, details)

    others = tuple(dict.fromkeys(reference.table for reference in table.references))
    return Check(
        asset=table.asset_name,
        name=f"references_of_{table.name}",
        description="; ".join(f"every {r.column} stands in {r.table}" for r in table.references),
        tables=(table.name, *others),
        run=run,
    )


CHECKS = (
    *(_contract_check(table) for table in TABLES),
    *(_reference_check(table) for table in TABLES if table.references),
)
