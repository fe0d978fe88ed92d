"""Checks: what must hold of every table before the next stage reads it.

Data flow: tables of the lake -> contract reports and counts -> Dagster asset checks.

Promises about single tables are declared in tables.py; here are the counts that run across tables.
A verdict is kept with the versions of the tables it is about, so that a run which changed nothing
does not examine the same rows again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow.compute as pc

from paper_pipeline import quality
from paper_pipeline.resources import Workspace
from paper_pipeline.store import Lake
from paper_pipeline.tables import BY_NAME, TABLES, Table

MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        is_passed: Whether it holds.
        words: What was expected and what was found.
        details: Rows of a table that shows what broke, at most MOST_EXAMPLES.
        counts: Numbers worth a line of their own in the UI.
    """

    is_passed: bool
    words: str
    details: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A check before it is known to Dagster.

    Attributes:
        asset: The asset it is about.
        name: Its name, unique among the checks of the asset.
        description: What it promises.
        tables: The tables it looks at; its verdict holds while they stay as they are.
        run: Looks at them.
        is_blocking: Whether the next stage waits for it and stops when it fails.
        code: Changes when the check itself does.
    """

    asset: str
    name: str
    description: str
    tables: tuple[str, ...]
    run: Callable[[Lake], Verdict]
    is_blocking: bool = True
    code: str = "1"


def _contract_check(table: Table) -> Check:
    def run(lake: Lake) -> Verdict:
        report = quality.validate(table, lake.read(table.name))
        details = [
            {
                "promise": f"{finding.column}: {finding.promise}",
                "rows": finding.unexpected_count,
                "example": finding.example,
                "keys": ", ".join(finding.keys[:5]),
            }
            for finding in report.broken[:MOST_EXAMPLES]
        ]
        words = f"{len(report.findings)} promises about {report.row_count:,} rows are kept"
        if report.broken:
            words = f"{len(report.broken)} of {len(report.findings)} promises are broken"
        counts = {"rows": report.row_count, "expectations": len(report.findings)}
        return Verdict(report.is_met, words, details, counts)

    promised = json.dumps(quality.expectations(table), sort_keys=True, default=str)
    return Check(
        asset=table.asset_name,
        name=f"contract_of_{table.name}",
        description=f"Every row of {table.name} keeps the contract (run by Great Expectations).",
        tables=(table.name,),
        run=run,
        code=hashlib.sha256(promised.encode()).hexdigest()[:16],
    )


def _reference_check(table: Table) -> Check:
    def run(lake: Lake) -> Verdict:
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


def _inbox_accepted(lake: Lake) -> Verdict:
    files = lake.read("inbox_files", ["path", "verdict", "reason"]).to_pylist()
    refused = [f for f in files if f["verdict"] not in ("stored", "same_bytes")]
    words = f"{len(refused)} of {len(files)} files could not be taken"
    return Verdict(not refused, words, refused[:MOST_EXAMPLES], {"files": len(files)})


def _every_dump_parsed(lake: Lake) -> Verdict:
    dumps = lake.read("raw_inbox_dumps", ["dump_id"])["dump_id"]
    parsed = lake.read("parsed_dumps", ["dump_id"])["dump_id"].combine_chunks()
    lost = dumps.filter(pc.invert(pc.is_in(dumps, value_set=parsed))).to_pylist()
    words = f"expected {len(dumps)} dumps to be parsed, found {len(dumps) - len(lost)}"
    details = [{"dump_id": d} for d in lost[:MOST_EXAMPLES]]
    return Verdict(not lost, words, details, {"dumps": len(dumps)})


def _entries_conserved(lake: Lake) -> Verdict:
    """Every entry found is a record or a quarantined entry, dump by dump."""
    columns = ["dump_id", "entry_count", "record_count", "quarantined_count"]
    dumps = lake.read("parsed_dumps", columns).to_pandas().set_index("dump_id")
    entries = lake.read("quarantined_entries", ["dump_id", "entry_id"]).to_pandas()
    of_dump = entries["entry_id"].str.endswith(":page")
    records = lake.read("cleaned_records", ["dump_id"]).to_pandas()["dump_id"].value_counts()
    quarantined = entries.loc[~of_dump, "dump_id"].value_counts()
    whole = entries.loc[of_dump, "dump_id"].value_counts()
    dumps["records"] = records.reindex(dumps.index, fill_value=0)
    dumps["quarantined"] = quarantined.reindex(dumps.index, fill_value=0)
    dumps["whole"] = whole.reindex(dumps.index, fill_value=0)
    is_kept = (
        (dumps["entry_count"] == dumps["records"] + dumps["quarantined"])
        & (dumps["record_count"] == dumps["records"])
        & (dumps["quarantined_count"] == dumps["quarantined"] + dumps["whole"])
        & ((dumps["entry_count"] > 0) | (dumps["whole"] == 1))
    )
    counts = {
        "entries": int(dumps["entry_count"].sum()),
        "records": len(lake.read("cleaned_records", ["record_id"])),
        "quarantined_entries": len(entries),
    }
    words = (
        f"{counts['entries']} entries found = {counts['records']} records + "
        f"{int(quarantined.sum())} quarantined; {int(whole.sum())} dumps quarantined whole"
    )
    broken = dumps[~is_kept].reset_index().head(MOST_EXAMPLES)
    return Verdict(bool(is_kept.all()), words, broken.to_dict("records"), counts)


def _every_record_in_a_paper(lake: Lake) -> Verdict:
    records = lake.read("cleaned_records", ["record_id"])["record_id"]
    placed = lake.read("paper_records", ["record_id"])["record_id"].combine_chunks()
    lost = records.filter(pc.invert(pc.is_in(records, value_set=placed))).to_pylist()
    words = f"expected {len(records)} records in papers, found {len(placed)}"
    is_passed = not lost and len(records) == len(placed)
    details = [{"record_id": r} for r in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"records": len(records)})


def _papers_explained(lake: Lake) -> Verdict:
    """Every paper has just the records it counts, and at most one arXiv id."""
    papers = lake.read("deduplicated_papers", ["paper_id", "record_count", "arxiv_id"]).to_pandas()
    members = lake.read("paper_records", ["record_id", "paper_id"]).to_pandas()
    arxiv_ids = lake.read("cleaned_records", ["record_id", "arxiv_id"]).to_pandas()
    members = members.merge(arxiv_ids, on="record_id", how="left")
    by_paper = members.groupby("paper_id")
    found = by_paper.size().reindex(papers["paper_id"], fill_value=0).to_numpy()
    held = by_paper["arxiv_id"].nunique().reindex(papers["paper_id"], fill_value=0).to_numpy()
    papers = papers.assign(found=found, arxiv_ids=held)
    broken = papers[(papers["found"] != papers["record_count"]) | (papers["arxiv_ids"] > 1)]
    words = f"{len(papers)} papers explain {int(found.sum())} records"
    rows = broken.head(MOST_EXAMPLES).astype(object).where(broken.notna(), None)
    counts = {"papers": len(papers), "records": int(found.sum())}
    return Verdict(broken.empty, words, rows.to_dict("records"), counts)


def _every_paper_has_features(lake: Lake) -> Verdict:
    papers = lake.read("deduplicated_papers", ["paper_id"])["paper_id"]
    features = lake.read("enriched_papers", ["paper_id"])["paper_id"].combine_chunks()
    lost = papers.filter(pc.invert(pc.is_in(papers, value_set=features))).to_pylist()
    words = f"expected features of {len(papers)} papers, found {len(features)}"
    is_passed = not lost and len(papers) == len(features)
    details = [{"paper_id": p} for p in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"papers": len(papers)})


def _release_is_current(lake: Lake) -> Verdict:
    """The newest release counts what the lake holds."""
    releases = lake.read("corpus_release").sort_by("released_at").to_pylist()
    if not releases:
        return Verdict(False, "expected a release, found none; materialise corpus_release")
    newest = releases[-1]
    counted = {"paper_count": "deduplicated_papers", "record_count": "cleaned_records"}
    details = [
        {"count": count, "release": newest[count], "lake": lake.count(name)}
        for count, name in counted.items()
        if newest[count] != lake.count(name)
    ]
    return Verdict(not details, f"release {newest['version']} against the lake", details)


CHECKS: tuple[Check, ...] = (
    *(_contract_check(table) for table in TABLES),
    *(_reference_check(table) for table in TABLES if table.references),
    Check(
        "raw_inbox_dumps",
        "inbox_files_accepted",
        "No file of the inbox had to be refused.",
        ("inbox_files",),
        _inbox_accepted,
        is_blocking=False,
    ),
    Check(
        "parsed_dumps",
        "every_dump_parsed",
        "Every dump in the raw store has been parsed.",
        ("raw_inbox_dumps", "parsed_dumps"),
        _every_dump_parsed,
    ),
    Check(
        "cleaned_records",
        "entries_conserved",
        "Every entry found in a dump is one record or one quarantined entry.",
        ("parsed_dumps", "cleaned_records", "quarantined_entries"),
        _entries_conserved,
    ),
    Check(
        "paper_records",
        "every_record_in_a_paper",
        "Every record belongs to exactly one paper.",
        ("cleaned_records", "paper_records"),
        _every_record_in_a_paper,
    ),
    Check(
        "deduplicated_papers",
        "papers_explained",
        "Every paper has the records it counts, and never two arXiv ids.",
        ("deduplicated_papers", "paper_records", "cleaned_records"),
        _papers_explained,
    ),
    Check(
        "enriched_papers",
        "every_paper_has_features",
        "Every paper has exactly one row of features.",
        ("deduplicated_papers", "enriched_papers"),
        _every_paper_has_features,
    ),
    Check(
        "corpus_release",
        "release_is_current",
        "The newest release counts what the lake holds.",
        ("corpus_release", "deduplicated_papers", "cleaned_records"),
        _release_is_current,
    ),
)


def run_check(check: Check, lake: Lake) -> tuple[Verdict, bool]:
    """Runs a check, or recalls its verdict where no table it looks at has changed.

    Returns:
        The verdict, and whether it was recalled.
    """
    stamp = [check.code, lake.versions(check.tables)]
    name = f"{check.asset}.{check.name}"
    kept = lake.recall("verdicts", name, stamp)
    if kept is not None:
        return Verdict(**kept), True
    verdict = check.run(lake)
    kept = {
        "is_passed": verdict.is_passed,
        "words": verdict.words,
        "details": json.loads(json.dumps(verdict.details, default=str)),
        "counts": verdict.counts,
    }
    lake.remember("verdicts", name, stamp, kept)
    return verdict, False


def _spec(check: Check) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        check.name,
        asset=check.asset,
        description=check.description,
        blocking=check.is_blocking,
    )


def _result(check: Check, verdict: Verdict, *, is_recalled: bool) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"found": verdict.words, **verdict.counts}
    if verdict.details:
        metadata["broken"] = dg.MetadataValue.md(_table(verdict.details))
    if is_recalled:
        metadata["recalled"] = "the tables have not changed since this was found"
    return dg.AssetCheckResult(
        passed=verdict.is_passed,
        asset_key=check.asset,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR if check.is_blocking else dg.AssetCheckSeverity.WARN,
        description=verdict.words,
        metadata=metadata,
    )


def _table(rows: list[dict[str, Any]]) -> str:
    shown = [{name: str(value) for name, value in row.items()} for row in rows]
    return pd.DataFrame(shown).to_markdown(index=False)


def _checks_of_stage(stage: str) -> dg.AssetChecksDefinition:
    own = [check for check in CHECKS if BY_NAME[check.asset].stage == stage]

    @dg.multi_asset_check(
        name=f"check_{stage}", specs=[_spec(check) for check in own], can_subset=True
    )
    def run(
        context: dg.AssetCheckExecutionContext, workspace: Workspace
    ) -> Iterator[dg.AssetCheckResult]:
        lake = workspace.lake()
        for check in own:
            key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
            if key in context.selected_asset_check_keys:
                verdict, is_recalled = run_check(check, lake)
                yield _result(check, verdict, is_recalled=is_recalled)

    return run


STAGES = tuple(dict.fromkeys(table.stage for table in TABLES))
CHECK_DEFINITIONS = [_checks_of_stage(stage) for stage in STAGES]
