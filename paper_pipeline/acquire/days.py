"""The calendar: which days to ask for, told from what is known of each.

Data flow: rows of daily_fetches, the current day -> days to fetch.

Asking for them belongs in daily_pages.py. All days are days of UTC.
"""

from collections.abc import Mapping
from datetime import date, timedelta

# The first day with a list.
FIRST_LISTED_DAY = date(2023, 5, 4)
# Verdicts that need no second look once the day is out of the refetch window.
FINAL_VERDICTS = frozenset({"listed", "empty", "weekend", "snapped_back", "shrunk"})
RETRY_DAYS = 30
ONE_DAY = timedelta(days=1)


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def is_weekday(day: date) -> bool:
    """Whether lists are made on such a day: Monday to Friday."""
    return day.weekday() < 5


def find_missing_days(
    verdicts: Mapping[date, str], days: list[date], *, today: date, refetch_days: int
) -> list[date]:
    """Of the given days, those that a backfill has to ask for.

    Upvotes and late entries move for days, so the newest days are always asked for again.

    Args:
        verdicts: The last verdict on every day that was ever asked for.
        days: Candidates.
        today: The current day.
        refetch_days: How many days back an answer may still change.
    """
    window = today - refetch_days * ONE_DAY
    return [
        day
        for day in days
        if day <= today and (verdicts.get(day) not in FINAL_VERDICTS or day >= window)
    ]


def find_due_days(verdicts: Mapping[date, str], *, today: date, refetch_days: int) -> list[date]:
    """The days that the daily schedule has to ask for.

    Today, the days before it that may still change, every weekday since the newest list known (a
    machine that slept for two weeks catches up by itself), and what failed not long ago. Older
    failures are for a backfill: a check names them.
    """
    listed = [day for day, verdict in verdicts.items() if verdict == "listed"]
    window = today - refetch_days * ONE_DAY
    first = min(max(listed, default=window), window)
    retried = today - RETRY_DAYS * ONE_DAY
    failed = {d for d, verdict in verdicts.items() if verdict not in FINAL_VERDICTS and d > retried}
    recent = [day for day in days_between(first, today) if day >= FIRST_LISTED_DAY]
    due = {
        day for day in recent if day >= window or verdicts.get(day) not in FINAL_VERDICTS
    } | failed
    return sorted(day for day in due if is_weekday(day) and FIRST_LISTED_DAY <= day <= today)
