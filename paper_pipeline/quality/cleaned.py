"""What must hold of records and quarantine: every entry accounted for, every dump believed.

Data flow: parsed_dumps, cleaned_records, quarantined_entries, dump_findings -> Verdict.
"""

from typing import Any

import pandas as pd

from paper_pipeline.lake.store import Lake
from paper_pipeline.quality.check import MOST_EXAMPLES, Check, Verdict, list_examples
from paper_pipeline.settings import Settings

# About a month of lists: enough entries for a share to say something, few enough to be news.
NEWEST_DUMPS = 30


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
    broken = dumps[~is_kept].reset_index()
    return Verdict(bool(is_kept.all()), words, list_examples(broken), counts)


def _quarantine_rate(lake: Lake, settings: Settings) -> Verdict:
    """The share of entries in quarantine, in the dumps captured last; a dump counts as one."""
    captured = [
        lake.read(name, ["dump_id", "captured_at"]).to_pandas()
        for name in ("raw_inbox_dumps", "raw_daily_pages")
    ]
    moments = pd.concat(captured).drop_duplicates("dump_id", keep="last")
    columns = ["dump_id", "record_count", "quarantined_count", "damage"]
    dumps = lake.read("parsed_dumps", columns).to_pandas().merge(moments, on="dump_id")
    dumps = dumps[dumps["damage"] == ""]  # dumps_sound speaks of the others
    newest = dumps.sort_values(["captured_at", "dump_id"]).tail(NEWEST_DUMPS)
    quarantined = int(newest["quarantined_count"].sum())
    entries = quarantined + int(newest["record_count"].sum())
    share = quarantined / entries if entries else 0.0
    where = ("dump_id", newest["dump_id"].tolist())
    found = lake.read("quarantined_entries", ["rule", "reason", "entry_id"], where=where)
    details: list[dict[str, Any]] = [
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
    """Every entry that a person has released is a record; of a whole dump, every entry."""
    columns = ["entry_id", "rules", "reason", "author"]
    decisions = lake.read("quarantine_decisions", columns).sort_by("entry_id").to_pylist()
    named = [decision["entry_id"] for decision in decisions]
    records = lake.read("cleaned_records", ["record_id"], where=("record_id", named))
    waiting = lake.read("quarantined_entries", ["entry_id", "reason"], where=("entry_id", named))
    found = {row["entry_id"]: row["reason"] for row in waiting.to_pylist()}
    dumps = lake.read("parsed_dumps", ["dump_id", "damage"]).to_pylist()
    found |= {f"{dump['dump_id'][:16]}:page": dump["damage"] for dump in dumps}
    released = {*records["record_id"].to_pylist(), *(name for name in found if not found[name])}
    unmet = [
        decision | {"found": found.get(decision["entry_id"], "no entry of that id")}
        for decision in decisions
        if decision["entry_id"] not in released
    ]
    words = f"{len(decisions) - len(unmet)} of {len(decisions)} decisions are as the tables are"
    return Verdict(not unmet, words, unmet[:MOST_EXAMPLES], {"decisions": len(decisions)})


def _read_findings(lake: Lake, severity: str) -> pd.DataFrame:
    """Findings about the newest dumps, the newest first, with the day of the page."""
    profiles = lake.read("dump_profiles", ["dump_id", "captured_at", "page_on"]).to_pandas()
    newest = profiles.sort_values(["captured_at", "dump_id"]).tail(NEWEST_DUMPS)
    where = ("dump_id", newest["dump_id"].tolist())
    findings = lake.read("dump_findings", where=where).to_pandas()
    found = newest.merge(findings[findings["severity"] == severity], on="dump_id")
    return found.sort_values(["captured_at", "finding_id"], ascending=False)


def _show_findings(findings: pd.DataFrame) -> list[dict[str, Any]]:
    shown = findings.head(MOST_EXAMPLES)
    return [
        {
            "dump_id": row["dump_id"],
            "page_on": row["page_on"],
            "measure": row["measure"],
            "found": f"{row['measured']:.3g}",
            "expected": f"{row['expected_least']:.3g} to {row['expected_most']:.3g}",
            "window": " ".join(f"{value:.3g}" for value in row["window"]),
            "reason": row["reason"],
        }
        for row in shown.to_dict("records")
    ]


def _dumps_sound(lake: Lake, _: Settings) -> Verdict:
    """No new dump is damaged; the entries of one that is wait in quarantine."""
    held = lake.read("parsed_dumps", ["dump_id", "damage"]).to_pandas()
    held = held.loc[held["damage"] != "", "dump_id"]
    damage = _read_findings(lake, "error")
    damage = damage[damage["dump_id"].isin(held)]
    dumps = damage["dump_id"].nunique()
    words = f"none of the {min(NEWEST_DUMPS, lake.count('dump_profiles'))} newest dumps is damaged"
    if dumps:
        first = damage.iloc[0]
        words = (
            f"{dumps} of the newest dumps are damaged and kept out of the corpus; "
            f"{first['dump_id'][:16]}: {first['reason']}"
        )
    return Verdict(not dumps, words, _show_findings(damage), {"damaged_dumps": dumps})


def _dumps_as_usual(lake: Lake, _: Settings) -> Verdict:
    """The newest dumps look like those before them; the length of lists is days_volume's."""
    fetched = lake.read("raw_daily_pages", ["dump_id"])["dump_id"].to_pylist()
    odd = _read_findings(lake, "warn")
    odd = odd[~((odd["measure"] == "entry_count") & odd["dump_id"].isin(fetched))]
    words = "the newest dumps are as those before them"
    if len(odd):
        words = f"{len(odd)} findings in the newest dumps; {odd['reason'].iloc[0]}"
    return Verdict(odd.empty, words, _show_findings(odd), {"findings": len(odd)})


def _fields_known(lake: Lake, _: Settings) -> Verdict:
    """Fields of the site's answers that are new, gone, or of another type, by day."""
    drift = lake.read("field_drift").to_pandas()
    if drift.empty:
        return Verdict(True, "every field is as its format knows it")
    by_field = drift.groupby(["kind", "field", "found"], as_index=False).agg(
        first=("page_on", "min"), last=("page_on", "max"), entries=("entry_count", "sum")
    )
    names = ", ".join(f"{r.kind} {r.field}" for r in by_field.head(10).itertuples())
    details = list_examples(by_field.astype(str))
    return Verdict(False, f"fields have drifted: {names}", details, {"fields": len(by_field)})


CHECKS = (
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
        "No new dump is damaged: text, dates and ids are its own and whole.",
        ("dump_profiles", "dump_findings", "parsed_dumps"),
        _dumps_sound,
        is_blocking=False,
    ),
    Check(
        "cleaned_records",
        "dumps_as_usual",
        "The newest dumps look like those before them.",
        ("dump_profiles", "dump_findings", "raw_daily_pages"),
        _dumps_as_usual,
        is_blocking=False,
    ),
    Check(
        "quarantined_entries",
        "quarantine_rate",
        "Few entries of the newest dumps are in quarantine.",
        ("raw_inbox_dumps", "raw_daily_pages", "parsed_dumps", "quarantined_entries"),
        _quarantine_rate,
        is_blocking=False,
    ),
    Check(
        "quarantined_entries",
        "quarantine_decisions_met",
        "Every entry that a person has released is a record.",
        ("quarantine_decisions", "quarantined_entries", "cleaned_records", "parsed_dumps"),
        _quarantine_decisions_met,
        is_blocking=False,
    ),
)
