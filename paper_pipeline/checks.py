"""Checks: what must hold of every table before the next stage reads it.

Data flow: tables of the lake -> contract reports and counts -> Dagster asset checks.

Promises about single tables are declared in tables.py; here are the counts that run across tables.
A verdict is kept with the versions of the tables it is about, so that a run which changed nothing
does not examine the same rows again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow.compute as pc

from paper_pipeline import drift, quality
from paper_pipeline.resources import Workspace
from paper_pipeline.settings import Settings
from paper_pipeline.store import Lake
from paper_pipeline.tables import BY_NAME, TABLES, Table

MOST_EXAMPLES = 20
# About a month of lists: enough entries for a share to say something, few enough to be news.
NEWEST_DUMPS = 30


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
        depends_on_day: Whether the verdict may change with the current day alone.
        settings: Names of the settings that the verdict depends on.
    """

    asset: str
    name: str
    description: str
    tables: tuple[str, ...]
    run: Callable[[Lake, Settings], Verdict]
    is_blocking: bool = True
    code: str = "1"
    depends_on_day: bool = False
    settings: tuple[str, ...] = ()


def _contract_check(table: Table) -> Check:
    def run(lake: Lake, _: Settings) -> Verdict:
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


def _inbox_accepted(lake: Lake, _: Settings) -> Verdict:
    files = lake.read("inbox_files", ["path", "verdict", "reason"]).to_pylist()
    refused = [f for f in files if f["verdict"] not in ("stored", "same_bytes")]
    words = f"{len(refused)} of {len(files)} files could not be taken"
    return Verdict(not refused, words, refused[:MOST_EXAMPLES], {"files": len(files)})


def _every_dump_parsed(lake: Lake, _: Settings) -> Verdict:
    """Every dump that was kept to be parsed has been, and no other was."""
    files = lake.read("raw_inbox_dumps", ["dump_id"])["dump_id"].to_pylist()
    pages = lake.read("raw_daily_pages", ["dump_id", "verdict"]).to_pylist()
    kept = {p["dump_id"] for p in pages if p["verdict"] in ("listed", "not_a_list")} | set(files)
    parsed = set(lake.read("parsed_dumps", ["dump_id"])["dump_id"].to_pylist())
    known = kept | {p["dump_id"] for p in pages}
    details = [{"dump_id": d, "is": "not parsed"} for d in sorted(kept - parsed)]
    details += [{"dump_id": d, "is": "parsed, but in no raw table"} for d in sorted(parsed - known)]
    words = f"expected {len(kept)} dumps to be parsed, found {len(kept & parsed)}"
    return Verdict(not details, words, details[:MOST_EXAMPLES], {"dumps": len(kept)})


def _entries_conserved(lake: Lake, _: Settings) -> Verdict:
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


def _quarantine_rate(lake: Lake, settings: Settings) -> Verdict:
    """The share of entries in quarantine, in the dumps captured last; a dump counts as one."""
    captured = [
        lake.read(name, ["dump_id", "captured_at"]).to_pandas()
        for name in ("raw_inbox_dumps", "raw_daily_pages")
    ]
    moments = pd.concat(captured).drop_duplicates("dump_id", keep="last")
    columns = ["dump_id", "record_count", "quarantined_count"]
    dumps = lake.read("parsed_dumps", columns).to_pandas().merge(moments, on="dump_id")
    newest = dumps.sort_values(["captured_at", "dump_id"]).tail(NEWEST_DUMPS)
    quarantined = int(newest["quarantined_count"].sum())
    entries = quarantined + int(newest["record_count"].sum())
    share = quarantined / entries if entries else 0.0
    where = ("dump_id", newest["dump_id"].tolist())
    found = lake.read("quarantined_entries", ["rule", "reason", "entry_id"], where=where)
    details = [
        {
            "rule": rule,
            "entries": len(rows),
            "share": f"{len(rows) / entries:.1%}",
            "example": rows["entry_id"].iloc[0],
            "reason": rows["reason"].iloc[0],
        }
        for rule, rows in found.sort_by("entry_id").to_pandas().groupby("rule")
    ]
    details.sort(key=lambda row: -row["entries"])
    words = (
        f"{quarantined:,} of {entries:,} entries ({share:.1%}) of the {len(newest)} newest dumps "
        f"are in quarantine, at most {settings.quarantine_limit:.1%} is usual"
    )
    if share > settings.quarantine_limit:
        words += f"; most often {details[0]['rule']}: see `paper-pipeline quarantine list`"
    counts = {"entries": entries, "quarantined_entries": quarantined}
    return Verdict(share <= settings.quarantine_limit, words, details[:MOST_EXAMPLES], counts)


def _quarantine_decisions_met(lake: Lake, _: Settings) -> Verdict:
    """Every entry that a person has released is a record."""
    columns = ["entry_id", "rules", "reason", "author"]
    decisions = lake.read("quarantine_decisions", columns).sort_by("entry_id").to_pylist()
    where = [decision["entry_id"] for decision in decisions]
    records = lake.read("cleaned_records", ["record_id"], where=("record_id", where))
    waiting = lake.read("quarantined_entries", ["entry_id", "reason"], where=("entry_id", where))
    reasons = {row["entry_id"]: row["reason"] for row in waiting.to_pylist()}
    released = set(records["record_id"].to_pylist())
    unmet = [
        decision | {"found": reasons.get(decision["entry_id"], "no entry of that id")}
        for decision in decisions
        if decision["entry_id"] not in released
    ]
    words = f"{len(decisions) - len(unmet)} of {len(decisions)} released entries are records"
    return Verdict(not unmet, words, unmet[:MOST_EXAMPLES], {"decisions": len(decisions)})


# What the judgement of dumps depends on.
DRIFT_SETTINGS = (
    "drift_window",
    "drift_fewest",
    "drift_chance",
    "drift_deviations",
    "drift_least_change",
    "drift_grave_change",
    "stale_share",
    "accepted_dumps",
)


def _judge_dumps(lake: Lake, settings: Settings) -> list[dict[str, Any]]:
    """Findings about the dumps that nobody has accepted, the newest dumps first."""
    limits = drift.Limits(
        window=settings.drift_window,
        fewest=settings.drift_fewest,
        chance=settings.drift_chance,
        deviations=settings.drift_deviations,
        least_change=settings.drift_least_change,
        grave_change=settings.drift_grave_change,
        stale_share=settings.stale_share,
    )
    profiles = drift.read_profiles(lake.read("dump_profiles"))
    kept = lake.recall("judgements", "dumps", drift.DRIFT_VERSION) or {}
    known = {
        dump_id: drift.Judgement(row["basis"], tuple(drift.Finding(**f) for f in row["findings"]))
        for dump_id, row in kept.items()
    }
    judged = drift.judge_dumps(profiles, limits, settings.is_accepted_dump, known)
    if any(known.get(dump_id) is not judgement for dump_id, judgement in judged.items()):
        rows = {dump_id: asdict(judgement) for dump_id, judgement in judged.items()}
        lake.remember("judgements", "dumps", drift.DRIFT_VERSION, rows)
    newest = sorted(profiles, key=lambda p: (p.captured_at, p.order), reverse=True)
    return [
        {
            "dump_id": profile.dump_id,
            "page_on": profile.page_on,
            "severity": finding.severity,
            "finding": finding.name,
            "value": finding.value,
            "expected": finding.expected,
            "window": " ".join(f"{value:.3g}" for value in finding.window),
            "words": finding.words,
        }
        for profile in newest
        if not settings.is_accepted_dump(profile.dump_id)
        for finding in judged[profile.dump_id].findings
    ]


def _dumps_sound(lake: Lake, settings: Settings) -> Verdict:
    """No dump is damaged: its findings are no errors."""
    grave = [row for row in _judge_dumps(lake, settings) if row["severity"] == "error"]
    counts = {"dumps": lake.count("dump_profiles"), "findings": len(grave)}
    words = f"{counts['dumps']} dumps show no damage"
    if grave:
        words = (
            f"{grave[0]['words']} {len(grave)} such findings in "
            f"{len({row['dump_id'] for row in grave})} dumps. What is right after all goes into "
            f"PAPER_PIPELINE_ACCEPTED_DUMPS, such as {grave[0]['dump_id'][:16]}"
        )
    return Verdict(not grave, words, grave[:MOST_EXAMPLES], counts)


def _dumps_as_usual(lake: Lake, settings: Settings) -> Verdict:
    """The newest dumps look like those before them; the length of lists is days_volume's."""
    columns = ["dump_id", "captured_at"]
    profiles = lake.read("dump_profiles", columns).to_pandas().sort_values(columns[::-1])
    newest = set(profiles["dump_id"].tail(NEWEST_DUMPS))
    fetched = set(lake.read("raw_daily_pages", ["dump_id"])["dump_id"].to_pylist())
    odd = [
        row
        for row in _judge_dumps(lake, settings)
        if row["severity"] == "warn"
        and row["dump_id"] in newest
        and not (row["finding"] == "entry_count" and row["dump_id"] in fetched)
    ]
    words = f"the {len(newest)} newest dumps are as those before them"
    if odd:
        words = f"{len(odd)} findings in the {len(newest)} newest dumps; {odd[0]['words']}"
    return Verdict(not odd, words, odd[:MOST_EXAMPLES], {"findings": len(odd)})


def _every_record_in_a_paper(lake: Lake, _: Settings) -> Verdict:
    records = lake.read("cleaned_records", ["record_id"])["record_id"]
    placed = lake.read("paper_records", ["record_id"])["record_id"].combine_chunks()
    lost = records.filter(pc.invert(pc.is_in(records, value_set=placed))).to_pylist()
    words = f"expected {len(records)} records in papers, found {len(placed)}"
    is_passed = not lost and len(records) == len(placed)
    details = [{"record_id": r} for r in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"records": len(records)})


def _papers_explained(lake: Lake, _: Settings) -> Verdict:
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


def _corrections_met(lake: Lake, _: Settings) -> Verdict:
    corrections = lake.read("corrections", ["reason", "author", "subjects", "is_met", "note"])
    unmet = [row for row in corrections.to_pylist() if not row.pop("is_met")]
    words = f"{len(unmet)} of {corrections.num_rows} corrections are not met"
    return Verdict(not unmet, words, unmet[:MOST_EXAMPLES], {"corrections": corrections.num_rows})


def _every_paper_has_features(lake: Lake, _: Settings) -> Verdict:
    papers = lake.read("deduplicated_papers", ["paper_id"])["paper_id"]
    features = lake.read("enriched_papers", ["paper_id"])["paper_id"].combine_chunks()
    lost = papers.filter(pc.invert(pc.is_in(papers, value_set=features))).to_pylist()
    words = f"expected features of {len(papers)} papers, found {len(features)}"
    is_passed = not lost and len(papers) == len(features)
    details = [{"paper_id": p} for p in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"papers": len(papers)})


def _every_paper_counted(lake: Lake, _: Settings) -> Verdict:
    """The counts of papers by month are those of the table that they count."""
    papers = lake.read("enriched_papers", ["month"])["month"].to_pandas().value_counts()
    counts = lake.read("feature_counts", ["month", "feature", "paper_count"]).to_pandas()
    counted = counts[counts["feature"] == "paper"].set_index("month")["paper_count"]
    months = papers.index.union(counted.index)
    papers, counted = (column.reindex(months, fill_value=0) for column in (papers, counted))
    details = [
        {"month": month, "papers": int(papers[month]), "counted": int(counted[month])}
        for month in months[papers != counted]
    ]
    words = f"expected {papers.sum():,} papers to be counted, found {counted.sum():,}"
    return Verdict(not details, words, details[:MOST_EXAMPLES], {"months": len(months)})


def _release_is_current(lake: Lake, _: Settings) -> Verdict:
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


# How late a list may be before somebody should look: two weekdays and the day that is not over.
MOST_WEEKDAYS_LATE = 3
# A day is held against so many weekdays before it; fewer say nothing about what is usual.
TRAILING_DAYS, FEWEST_TRAILING_DAYS = 40, 10
# Robust z-score: distance from the median in units of 1.4826 times the median absolute deviation,
# which is one standard deviation where counts are normal. Beyond 6 no ordinary day of 2024 to 2026
# lies; the deviation is taken as 2 entries at least, for days that are all alike.
MOST_DEVIATIONS, LEAST_DEVIATION = 6.0, 2.0


def _days(lake: Lake) -> pd.DataFrame:
    """The days asked for, oldest first, with their verdicts and counts."""
    columns = ["day", "verdict", "reason", "entry_count", "listed_count"]
    days = lake.read("daily_fetches", columns).to_pandas().sort_values("day")
    return days.assign(on=pd.to_datetime(days["day"])).reset_index(drop=True)


def _naming_days(days: pd.DataFrame, expected: str, found: str) -> Verdict:
    """A verdict that passes when no day is left, and else names the newest ones."""
    named = days.sort_values("day", ascending=False)
    shown = named[["day", "verdict", "listed_count", "reason"]].head(MOST_EXAMPLES)
    details = [
        {str(name): value for name, value in row.items()} for row in shown.to_dict("records")
    ]
    words = expected if days.empty else f"{found}: {', '.join(named['day'].head(10))}"
    if len(days) > 10:
        words += f" and {len(days) - 10} more"
    return Verdict(days.empty, words, details, {"days": len(days)})


def _days_fetched(lake: Lake, _: Settings) -> Verdict:
    days = _days(lake)
    failed = days[days["verdict"].isin(["failed", "not_a_list"])]
    return _naming_days(failed, "every day that was asked for has an answer", "days failed")


def _days_not_shrunk(lake: Lake, _: Settings) -> Verdict:
    days = _days(lake)
    return _naming_days(
        days[days["verdict"] == "shrunk"],
        "no answer is much shorter than the last good one for its day",
        "answers shrank and were put aside",
    )


def _days_fresh(lake: Lake, settings: Settings) -> Verdict:
    days = _days(lake)
    listed = days.loc[days["listed_count"] > 0, "on"]
    if listed.empty:
        words = "no list has ever come" if len(days) else "no day was ever asked for"
        return Verdict(True, f"{words}, so none can be late; days_fetched says what failed")
    newest = listed.max()
    today = pd.Timestamp(datetime.now(UTC).date())
    since = pd.bdate_range(newest + pd.Timedelta(days=1), today)
    late = [day for day in since.date if day not in settings.known_gap_days()]
    words = f"the newest list is of {newest.date()}, {len(late)} weekdays ago"
    details = [{"day": str(day)} for day in late[-MOST_EXAMPLES:]]
    return Verdict(len(late) <= MOST_WEEKDAYS_LATE, words, details, {"weekdays_late": len(late)})


def _days_continuous(lake: Lake, settings: Settings) -> Verdict:
    """Between the first and the newest list, every weekday has a list or is a known gap."""
    days = _days(lake)
    listed = days[days["listed_count"] > 0]
    if listed.empty:
        return Verdict(True, "no list yet, so none is missing")
    expected = pd.bdate_range(listed["on"].min(), listed["on"].max())
    gaps = expected.difference(pd.DatetimeIndex(listed["on"]))
    gaps = [day for day in gaps if day.date() not in settings.known_gap_days()]
    asked = days.set_index("on")
    missing = pd.DataFrame(
        {
            "day": [str(day.date()) for day in gaps],
            "verdict": [asked["verdict"].get(day, "never asked for") for day in gaps],
            "listed_count": 0,
            "reason": [asked["reason"].get(day, "run paper-pipeline backfill") for day in gaps],
        }
    )
    return _naming_days(
        missing,
        f"all {len(expected)} weekdays from {expected[0].date()} on have a list",
        "weekdays without a list (name known ones in PAPER_PIPELINE_KNOWN_GAPS)",
    )


def _days_volume(lake: Lake, _: Settings) -> Verdict:
    """The number of entries of each day against the weekdays before it."""
    days = _days(lake)
    listed = days[days["listed_count"] > 0].reset_index(drop=True)
    counts = listed["listed_count"].astype("float64")
    before = counts.shift(1).rolling(TRAILING_DAYS, min_periods=FEWEST_TRAILING_DAYS)
    center = before.median()
    spread = before.apply(lambda window: (window - window.median()).abs().median())
    deviation = (1.4826 * spread).clip(lower=LEAST_DEVIATION)
    distance = (counts - center) / deviation
    # The newest day may still grow; the refetch window will tell.
    odd = listed[(distance.abs() > MOST_DEVIATIONS) & (listed.index < len(listed) - 1)]
    odd = odd.assign(
        reason=[
            f"{counts[i]:.0f} entries; usual are {center[i]:.0f}, give or take {deviation[i]:.1f}"
            for i in odd.index
        ]
    )
    return _naming_days(
        odd, f"the {len(listed)} lists are as long as those around them", "unusual numbers"
    )


def _fields_known(lake: Lake, _: Settings) -> Verdict:
    """Fields of the site's answers that are new, gone, or of another type, by day."""
    drift = lake.read("field_drift").to_pandas()
    if drift.empty:
        return Verdict(True, "every field is as its format knows it")
    by_field = drift.groupby(["kind", "field", "found"], as_index=False).agg(
        first=("page_on", "min"), last=("page_on", "max"), entries=("entry_count", "sum")
    )
    names = ", ".join(f"{r.kind} {r.field}" for r in by_field.head(10).itertuples())
    details = by_field.astype(str).head(MOST_EXAMPLES).to_dict("records")
    return Verdict(False, f"fields have drifted: {names}", details, {"fields": len(by_field)})


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
    *(
        Check(
            "raw_daily_pages",
            name,
            description,
            ("daily_fetches",),
            run,
            is_blocking=False,
            depends_on_day=name == "days_fresh",
            settings=("known_gaps",) if name == "days_continuous" else (),
        )
        for name, description, run in (
            ("days_fetched", "Every day that was asked for has an answer.", _days_fetched),
            ("days_not_shrunk", "No answer is much shorter than the last.", _days_not_shrunk),
            ("days_fresh", "The newest list is a few weekdays old at most.", _days_fresh),
            ("days_continuous", "No weekday between two lists is missing.", _days_continuous),
            ("days_volume", "Lists are as long as those around them.", _days_volume),
        )
    ),
    Check(
        "parsed_dumps",
        "every_dump_parsed",
        "Every dump in the raw store has been parsed.",
        ("raw_inbox_dumps", "raw_daily_pages", "parsed_dumps"),
        _every_dump_parsed,
    ),
    Check(
        "parsed_dumps",
        "fields_known",
        "The site's answers have the fields that their format knows.",
        ("field_drift",),
        _fields_known,
        is_blocking=False,
    ),
    Check(
        "cleaned_records",
        "entries_conserved",
        "Every entry found in a dump is one record or one quarantined entry.",
        ("parsed_dumps", "cleaned_records", "quarantined_entries"),
        _entries_conserved,
    ),
    Check(
        "cleaned_records",
        "dumps_sound",
        "No dump is damaged: text, dates and ids are its own and whole.",
        ("dump_profiles",),
        _dumps_sound,
        is_blocking=False,
        code=f"drift={drift.DRIFT_VERSION}",
        settings=DRIFT_SETTINGS,
    ),
    Check(
        "cleaned_records",
        "dumps_as_usual",
        "The newest dumps look like those before them.",
        ("dump_profiles", "raw_daily_pages"),
        _dumps_as_usual,
        is_blocking=False,
        code=f"drift={drift.DRIFT_VERSION}",
        settings=DRIFT_SETTINGS,
    ),
    Check(
        "quarantined_entries",
        "quarantine_rate",
        "Few entries of the newest dumps are in quarantine.",
        ("raw_inbox_dumps", "raw_daily_pages", "parsed_dumps", "quarantined_entries"),
        _quarantine_rate,
        is_blocking=False,
        settings=("quarantine_limit",),
    ),
    Check(
        "quarantined_entries",
        "quarantine_decisions_met",
        "Every entry that a person has released is a record.",
        ("quarantine_decisions", "quarantined_entries", "cleaned_records"),
        _quarantine_decisions_met,
        is_blocking=False,
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
        "paper_records",
        "corrections_met",
        "The papers are as data/corrections.yaml says; what it names is there.",
        ("corrections",),
        _corrections_met,
        is_blocking=False,
    ),
    Check(
        "enriched_papers",
        "every_paper_has_features",
        "Every paper has exactly one row of features.",
        ("deduplicated_papers", "enriched_papers"),
        _every_paper_has_features,
    ),
    Check(
        "feature_counts",
        "every_paper_counted",
        "Every paper is counted in its month.",
        ("enriched_papers", "feature_counts"),
        _every_paper_counted,
        is_blocking=False,
    ),
    Check(
        "corpus_release",
        "release_is_current",
        "The newest release counts what the lake holds.",
        ("corpus_release", "deduplicated_papers", "cleaned_records"),
        _release_is_current,
    ),
)


def run_check(check: Check, lake: Lake, settings: Settings) -> tuple[Verdict, bool]:
    """Runs a check, or recalls its verdict where nothing that it depends on has changed.

    Returns:
        The verdict, and whether it was recalled.
    """
    code = hashlib.sha256(check.run.__code__.co_code).hexdigest()[:16]
    stamp = [check.code, code, lake.versions(check.tables)]
    stamp += [str(getattr(settings, name)) for name in check.settings]
    if check.depends_on_day:
        stamp.append(datetime.now(UTC).date().isoformat())
    name = f"{check.asset}.{check.name}"
    kept = lake.recall("verdicts", name, stamp)
    if kept is not None:
        return Verdict(**kept), True
    verdict = check.run(lake, settings)
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
        lake, settings = workspace.lake(), workspace.settings()
        for check in own:
            key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
            if key in context.selected_asset_check_keys:
                verdict, is_recalled = run_check(check, lake, settings)
                yield _result(check, verdict, is_recalled=is_recalled)

    return run


STAGES = tuple(dict.fromkeys(table.stage for table in TABLES))
CHECK_DEFINITIONS = [_checks_of_stage(stage) for stage in STAGES]
