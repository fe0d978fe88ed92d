"""Wiring of the checks: what Dagster shows of a verdict, when it stops a run, and the scorecard."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from paper_pipeline.lake.tables import BY_NAME, TABLES
from paper_pipeline.quality import scorecard, validation
from paper_pipeline.quality.check import Check, Verdict, run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.resources import Workspace, show, table_metadata, table_spec

RUNS_SHOWN = 12


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
        metadata["broken"] = show(check.check_id, lambda: _table(verdict.details))
    if verdict.page:
        metadata["data_docs"] = dg.PathMetadataValue(verdict.page)
    if is_recalled:
        metadata["recalled"] = "the tables have not changed since this was found"
    return dg.AssetCheckResult(
        passed=verdict.is_passed,
        asset_key=check.asset,
        check_name=check.name,
        severity=_severity(check, verdict),
        description=verdict.words,
        metadata=metadata,
    )


def _severity(check: Check, verdict: Verdict) -> dg.AssetCheckSeverity:
    # Dagster stops a run for an error of a blocking check only.
    is_grave = check.is_blocking and verdict.severity == "critical"
    return dg.AssetCheckSeverity.ERROR if is_grave else dg.AssetCheckSeverity.WARN


def _table(rows: list[dict[str, Any]]) -> str:
    shown = [{name: str(value) for name, value in row.items()} for row in rows]
    return pd.DataFrame(shown).to_markdown(index=False, disable_numparse=True)


def _checks_of_stage(stage: str) -> dg.AssetChecksDefinition:
    own = [check for check in CHECKS if BY_NAME[check.asset].stage == stage]

    @dg.multi_asset_check(
        name=f"check_{stage}", specs=[_spec(check) for check in own], can_subset=True
    )
    def run(
        context: dg.AssetCheckExecutionContext, workspace: Workspace
    ) -> Iterator[dg.AssetCheckResult]:
        lake, settings = workspace.lake(), workspace.settings()
        for check in own:
            key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
            if key in context.selected_asset_check_keys:
                verdict, is_recalled = run_check(check, lake, settings)
                yield _result(check, verdict, is_recalled=is_recalled)
        if stage == STAGES[-1]:  # all validations of a run are there
            validation.publish_docs(settings.quality_dir)

    return run


STAGES = tuple(dict.fromkeys(table.stage for table in TABLES))
CHECK_DEFINITIONS = [_checks_of_stage(stage) for stage in STAGES]


@dg.multi_asset(
    name="assess_quality",
    specs=[
        table_spec(
            "quality_scorecard",
            scorecard.__doc__ or "",
            deps=list(BY_NAME["quality_scorecard"].made_from),
            code_version="1",
        )
    ],
)
def quality_scorecard(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> dg.MaterializeResult[Any]:
    """Puts together what the checks of all stages before found."""
    settings, lake = workspace.settings(), workspace.lake()
    before = STAGES[: STAGES.index("assess")]
    earlier = [check for check in CHECKS if BY_NAME[check.asset].stage in before]
    with lake.writing():
        changes = scorecard.update_scorecard(lake, settings, earlier)
    name = "quality_scorecard"
    shown = table_metadata(workspace, name, changes[name], preview=["check_id", "verdict"])

    def describe_checks() -> str:
        history = {check.check_id: _read_history(context.instance, check) for check in earlier}
        return scorecard.describe_checks(lake, history)

    return dg.MaterializeResult(
        asset_key=name,
        metadata={
            **shown,
            "checks": show("checks", describe_checks),
            "coverage": show("coverage", lambda: scorecard.describe_coverage(lake)),
            "quarantine": show("quarantine", lambda: scorecard.describe_quarantine(lake)),
            "data_docs": dg.PathMetadataValue(str(validation.index_page(settings.quality_dir))),
        },
    )


def _read_history(instance: dg.DagsterInstance, check: Check) -> list[str]:
    """What a check found in the last runs, the oldest first; Dagster keeps that anyway."""
    key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
    records = instance.event_log_storage.get_asset_check_execution_history(key, limit=RUNS_SHOWN)
    found: list[str] = []
    for record in records[::-1]:
        event = record.event and record.event.dagster_event
        if event and event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            is_grave = evaluation.severity == dg.AssetCheckSeverity.ERROR
            found.append("passed" if evaluation.passed else "failed" if is_grave else "warned")
    return found
