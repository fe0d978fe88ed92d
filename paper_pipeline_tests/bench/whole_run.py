"""What a run costs, against the cheapest Dagster run there can be."""

import shutil
import tempfile
from pathlib import Path

from paper_pipeline_tests.bench.measure import Cost, median_cost, python, run_once
from paper_pipeline_tests.corpus import SAMPLE, SEEDS

CHEAPEST = """
import dagster as dg
import great_expectations

@dg.asset
def one(): pass
@dg.asset(deps=[one])
def two(): pass
@dg.asset(deps=[two])
def three(): pass
@dg.asset(deps=[three])
def four(): pass

with dg.DagsterInstance.get() as instance:
    assert dg.materialize([one, two, three, four], instance=instance).success
"""

WITHOUT_CHECKSUMS = """
import sys
from paper_pipeline.cli import main
from paper_pipeline.lake.checksums import Checksums, Look

Checksums.look = lambda self, *, is_full=False: Look({}, [], [])
Checksums.note = lambda self, names=None: None
sys.argv = ["paper-pipeline", "run", "--json"]
main()
"""
COMMAND = [shutil.which("paper-pipeline") or "paper-pipeline", "run", "--json"]


def measure(rounds: int = 3) -> list[tuple[str, Cost, float]]:
    """Measures a first and a second run and the cheapest run, turn by turn.

    Returns:
        Rows of name, median cost, and CPU as a ratio to the cheapest run.
    """
    pages = SEEDS if SEEDS.is_dir() else SAMPLE
    costs: dict[str, list[Cost]] = {"cheapest Dagster run": [], "first run": [], "second run": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder, "data", "dagster_home")
            environment = {
                "PAPER_PIPELINE_DATA": str(Path(folder, "data")),
                "PAPER_PIPELINE_INBOX": str(pages),
                "DAGSTER_HOME": str(home),
            }
            costs["first run"].append(run_once(COMMAND, environment))
            costs["second run"].append(run_once(COMMAND, environment))
            costs["cheapest Dagster run"].append(run_once(python(CHEAPEST), environment))
    base = median_cost(costs["cheapest Dagster run"]).cpu_seconds
    medians = {name: median_cost(found) for name, found in costs.items()}
    return [(name, cost, cost.cpu_seconds / base) for name, cost in medians.items()]


def measure_checksums(rounds: int = 5) -> list[tuple[str, Cost, float]]:
    """Measures what a run pays for verifying what it reads and for syncing what it writes.

    Returns:
        Rows of name, median cost, and wall time as a ratio to the same run without checksums.
    """
    pages = SEEDS if SEEDS.is_dir() else SAMPLE
    ways = {"": COMMAND, " without checksums": python(WITHOUT_CHECKSUMS)}
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        for way, command in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                environment = {
                    "PAPER_PIPELINE_DATA": str(Path(folder, "data")),
                    "PAPER_PIPELINE_INBOX": str(pages),
                    "DAGSTER_HOME": str(Path(folder, "data", "dagster_home")),
                }
                for run in ("first run", "second run"):
                    costs.setdefault(run + way, []).append(run_once(command, environment))
    medians = {name: median_cost(found) for name, found in costs.items()}
    return [
        (name, cost, cost.wall_seconds / medians[f"{run} without checksums"].wall_seconds)
        for name, cost in medians.items()
        for run in ("first run", "second run")
        if name.startswith(run)
    ]
