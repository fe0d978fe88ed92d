"""Wiring of the stage clean."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg

from paper_pipeline import plots
from paper_pipeline.clean import normalize, quarantine, update
from paper_pipeline.clean.formats import FORMATS
from paper_pipeline.clean.repair import REPAIR_VERSION
from paper_pipeline.clean.review import count_by_date
from paper_pipeline.lake.store import Lake
from paper_pipeline.resources import Plot, Workspace, table_metadata, table_spec
from paper_pipeline.rulings import load_rulings
from paper_pipeline.rulings.decisions import store_decisions

CODE_VERSION = ",".join(
    [
        *(f"{f.name}={f.parser_version}" for f in FORMATS),
        f"repair={REPAIR_VERSION}",
        f"rules={quarantine.RULES_VERSION}",
    ]
)
DUMP_TABLES = ("raw_inbox_dumps", "raw_daily_pages", "parsed_dumps")
QUARANTINE_TABLES = ("quarantined_entries", "quarantine_decisions", "dump_findings")
DUMPS_SHOWN = 40
NAME_CHARACTERS = 20
# Rules with a colour of their own; those rarer are drawn together.
RULES_SHOWN = 7


def _shortened(file_name: str) -> str:
    name = file_name.partition(".")[0]
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + "…"


def _plot_records(lake: Lake) -> bytes:
    columns = ["dump_id", "record_count", "quarantined_count"]
    dumps = lake.read("parsed_dumps", columns).sort_by("dump_id").to_pandas()
    files = lake.read("raw_inbox_dumps", ["dump_id", "file_name"]).to_pandas()
    days = lake.read("raw_daily_pages", ["dump_id", "page_on"]).to_pandas()
    names: dict[str, str] = dict(zip(days["dump_id"], days["page_on"].astype(str), strict=True))
    names |= dict(zip(files["dump_id"], files["file_name"], strict=True))
    largest = dumps.nlargest(DUMPS_SHOWN, "record_count")
    return plots.stacked_columns(
        "Entries by dump" + (f", the {DUMPS_SHOWN} largest" if len(dumps) > DUMPS_SHOWN else ""),
        [_shortened(names.get(dump_id) or dump_id) for dump_id in largest["dump_id"]],
        {
            "records": largest["record_count"].tolist(),
            "quarantined": largest["quarantined_count"].tolist(),
        },
        label="entries",
    )


def _plot_quarantine(lake: Lake) -> bytes:
    by_date = count_by_date(lake)
    total = sum(by_date.values(), Counter[str]())
    rules = [rule for rule, _ in total.most_common()]
    if len(by_date) < 2:  # a single column says less than bars
        counts = {rule: total[rule] for rule in rules}
        nothing = "Nothing is in quarantine"
        return plots.bars("Quarantined, by rule", counts, label="entries", empty=nothing)
    series = {rule: [found[rule] for found in by_date.values()] for rule in rules[:RULES_SHOWN]}
    if rarer := rules[RULES_SHOWN:]:
        series["other rules"] = [sum(found[r] for r in rarer) for found in by_date.values()]
    title = "Quarantined, by date of the page and rule"
    return plots.stacked_columns(title, list(by_date), series, label="entries")


@dg.multi_asset(
    name="clean_dumps",
    specs=[
        table_spec(
            "parsed_dumps",
            update.__doc__ or "",
            deps=["raw_inbox_dumps", "raw_daily_pages"],
            code_version=CODE_VERSION,
        ),
        table_spec(
            "cleaned_records",
            normalize.__doc__ or "",
            deps=["raw_inbox_dumps", "raw_daily_pages"],
            code_version=CODE_VERSION,
        ),
        table_spec(
            "quarantined_entries",
            quarantine.__doc__ or "",
            deps=["raw_inbox_dumps", "raw_daily_pages"],
            code_version=CODE_VERSION,
        ),
    ],
)
def cleaned_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Parses new dumps into records and quarantined entries."""
    lake = workspace.lake()
    decisions = load_rulings(workspace.settings()).decisions
    with lake.writing():
        store_decisions(lake, decisions)
        limits = workspace.settings().drift_limits
        changes = update.update_records(lake, workspace.raw(), limits)
    shown = {
        "parsed_dumps": (
            ["format", "layout", "encoding", "page_on", "entry_count"],
            None,
        ),
        "cleaned_records": (
            ["record_id", "title", "abstract"],
            Plot(DUMP_TABLES, _plot_records),
        ),
        "quarantined_entries": (
            ["rule", "reason", "excerpt"],
            Plot((*DUMP_TABLES, *QUARANTINE_TABLES), _plot_quarantine),
        ),
    }
    for name, (preview, plot) in shown.items():
        metadata = table_metadata(workspace, name, changes[name], preview=preview, plot=plot)
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)
