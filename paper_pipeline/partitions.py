"""Partitions: one a day, from the first day that has a list. All days are days of UTC."""

import dagster as dg

FIRST_DAY = "2023-05-04"

# end_offset=1: today is a partition while it lasts, as its list grows during the day.
daily = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)
