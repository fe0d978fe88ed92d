"""What must hold of the dumps that came: files taken, days fetched, lists complete.

Data flow: inbox_files, daily_fetches -> Verdict.
"""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from paper_pipeline.lake.store import Lake
from paper_pipeline.quality.check import MOST_EXAMPLES, Check, Verdict, list_examples
from paper_pipeline.settings import Settings

MOST_NAMED = 3  # files in the words of a verdict; its details show more


def _inbox_accepted(lake: Lake, _: Settings) -> Verdict:
    files = lake.read("inbox_files", ["path", "verdict", "reason"]).to_pylist()
    refused = [f for f in files if f["verdict"] not in ("stored", "same_bytes")]
    words = f"{len(refused)} of {len(files)} files could not be taken"
    if refused:
        named = (f"{Path(f['path']).name} ({f['reason']})" for f in refused[:MOST_NAMED])
        words += f": {'; '.join(named)}" + (" and others" if len(refused) > MOST_NAMED else "")
    return Verdict(not refused, words, refused[:MOST_EXAMPLES], {"files": len(files)})


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
    on = pd.to_datetime(days["day"], errors="coerce")  # what is no day, the contract names
    return days.assign(on=on)[on.notna()].reset_index(drop=True)


def _naming_days(days: pd.DataFrame, expected: str, found: str) -> Verdict:
    """A verdict that passes when no day is left, and else names the newest ones."""
    named = days.sort_values("day", ascending=False)
    details = list_examples(named[["day", "verdict", "listed_count", "reason"]])
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


def _median_deviation(counts: "pd.Series[float]") -> float:
    return (counts - counts.median()).abs().median()


def _days_volume(lake: Lake, _: Settings) -> Verdict:
    """The number of entries of each day against the weekdays before it."""
    days = _days(lake)
    listed = days[days["listed_count"] > 0].reset_index(drop=True)
    counts = listed["listed_count"].astype("float64")
    before = counts.shift(1).rolling(TRAILING_DAYS, min_periods=FEWEST_TRAILING_DAYS)
    center = before.median()
    spread = before.apply(_median_deviation)
    deviation = (1.4826 * spread).clip(lower=LEAST_DEVIATION)
    distance: pd.Series[float] = (counts - center) / deviation
    # The newest day may still grow; the refetch window will tell.
    odd = listed[distance.abs() > MOST_DEVIATIONS].drop(len(listed) - 1, errors="ignore")
    odd = odd.assign(
        reason=[
            f"{counts[i]:.0f} entries; usual are {center[i]:.0f}, give or take {deviation[i]:.1f}"
            for i in odd.index
        ]
    )
    return _naming_days(
        odd, f"the {len(listed)} lists are as long as those around them", "unusual numbers"
    )


CHECKS = (
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
        )
        for name, description, run in (
            ("days_fetched", "Every day that was asked for has an answer.", _days_fetched),
            ("days_not_shrunk", "No answer is much shorter than the last.", _days_not_shrunk),
            ("days_fresh", "The newest list is a few weekdays old at most.", _days_fresh),
            ("days_continuous", "No weekday between two lists is missing.", _days_continuous),
            ("days_volume", "Lists are as long as those around them.", _days_volume),
        )
    ),
)
