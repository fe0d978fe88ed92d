"""Which days are asked for: by the schedule, and by a backfill."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.acquire.days import (
    FIRST_LISTED_DAY,
    days_between,
    find_due_days,
    find_missing_days,
    is_weekday,
)

TODAY = date(2025, 10, 9)  # a Thursday


def days(*names: str) -> list[date]:
    return [date.fromisoformat(f"2025-{name}") for name in names]


def listed(first: str, last: str) -> dict[date, str]:
    start, end = days(first, last)
    return {day: "listed" if is_weekday(day) else "weekend" for day in days_between(start, end)}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({}, days("10-02", "10-03", "10-06", "10-07", "10-08", "10-09")),
        (
            listed("09-01", "10-08"),
            days("10-02", "10-03", "10-06", "10-07", "10-08", "10-09"),
        ),
        (
            listed("09-01", "09-24"),
            days("09-25", "09-26", "09-29", "09-30", "10-01")
            + days("10-02", "10-03", "10-06", "10-07", "10-08", "10-09"),
        ),
        (
            listed("09-01", "10-08") | {date(2025, 9, 3): "failed", date(2025, 9, 15): "failed"},
            days("09-15", "10-02", "10-03", "10-06", "10-07", "10-08", "10-09"),
        ),
    ],
    ids=["never run", "every day", "slept for two weeks", "failed before"],
)
def test_due_days(verdicts: dict[date, str], expected: list[date]) -> None:
    assert find_due_days(verdicts, today=TODAY, refetch_days=7) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({}, days("09-25", "09-26", "10-02", "10-09")),
        (listed("09-01", "10-09"), days("10-02", "10-09")),
        ({date(2025, 9, 25): "failed", date(2025, 9, 26): "empty"},
         days("09-25", "10-02", "10-09")),
        ({date(2025, 9, 25): "snapped_back", date(2025, 9, 26): "not_a_list"},
         days("09-26", "10-02", "10-09")),
    ],
    ids=["nothing known", "all known", "one failed", "one no list"],
)  # fmt: skip
def test_missing_days(verdicts: dict[date, str], expected: list[date]) -> None:
    asked = [*days("09-25", "09-26", "10-02", "10-09"), date(2025, 10, 10)]
    assert find_missing_days(verdicts, asked, today=TODAY, refetch_days=7) == expected


@given(
    today=st.dates(FIRST_LISTED_DAY, date(2030, 1, 1)),
    asleep=st.integers(0, 60),
    refetch_days=st.integers(0, 20),
)
def test_no_weekday_is_ever_lost(today: date, asleep: int, refetch_days: int) -> None:
    last = today - timedelta(days=asleep)
    known = {d: "listed" for d in days_between(FIRST_LISTED_DAY, last) if is_weekday(d)}
    due = find_due_days(known, today=today, refetch_days=refetch_days)
    since = last + timedelta(days=1) if known else today  # with nothing known, a backfill begins
    missing = [day for day in days_between(since, today) if is_weekday(day)]
    assert set(missing) <= set(due)
    assert all(is_weekday(day) and FIRST_LISTED_DAY <= day <= today for day in due)
