"""What a long backfill costs, against a bare loop over the same days."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

from paper_pipeline_tests.bench.measure import Cost, python, run_once
from paper_pipeline_tests.replay import GeneratedDays, ReplayServer

LAST = date(2025, 10, 6)
# Measured: two events an asset-partition, 1,300 partitions of one asset.
DAGSTER_CPU_SECONDS_PER_DAY = 35 / 1300
BARE = """
import json, requests
from datetime import date
for day in {days!r}:
    json.loads(requests.get({url!r}, params={{"date": day, "limit": 100}}).content)
"""


def measure(count: int = 580) -> list[tuple[str, Cost, float]]:
    """Backfills so many weekdays from a replayed site, then again, and runs the bare loop.

    Returns:
        Rows of name, cost, and CPU as a ratio to the bare loop plus Dagster's own cost of the days.
    """
    days = GeneratedDays(count, LAST)
    command = [shutil.which("paper-pipeline") or "paper-pipeline", "backfill"]
    span = ["--from", str(min(days)), "--to", str(LAST)]
    with ReplayServer(days, today=LAST) as server, tempfile.TemporaryDirectory() as folder:
        environment = {
            "PAPER_PIPELINE_DATA": str(Path(folder, "data")),
            "PAPER_PIPELINE_DAILY_PAPERS_URL": server.url,
            "PAPER_PIPELINE_FETCH_RATE": "0",
        }
        bare = run_once(python(BARE.format(days=[str(day) for day in days], url=server.url)))
        first = run_once([*command, *span], environment)
        again = run_once([*command, *span], environment)
    base = bare.cpu_seconds + count * DAGSTER_CPU_SECONDS_PER_DAY
    named = {"bare loop": bare, "backfill": first, "the same again": again}
    return [(name, cost, cost.cpu_seconds / base) for name, cost in named.items()]
