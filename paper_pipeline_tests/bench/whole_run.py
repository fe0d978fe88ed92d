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


def measure(rounds: int = 3) -> list[tuple[str, Cost, float]]:
    """Measures a first and a second run and the cheapest run, turn by turn.

    Returns:
        Rows of name, median cost, and CPU as a ratio to the cheapest run.
    """
    pages = SEEDS if SEEDS.is_dir() else SAMPLE
    costs: dict[str, list[Cost]] = {"cheapest Dagster run": [], "first run": [], "second run": []}
    command = [shutil.which("paper-pipeline") or "paper-pipeline", "run", "--json"]
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder, "data", "dagster_home")
            environment = {
                "PAPER_PIPELINE_DATA": str(Path(folder, "data")),
                "PAPER_PIPELINE_INBOX": str(pages),
                "DAGSTER_HOME": str(home),
            }
            costs["first run"].append(run_once(command, environment))
            costs["second run"].append(run_once(command, environment))
            costs["cheapest Dagster run"].append(run_once(python(CHEAPEST), environment))
    base = median_cost(costs["cheapest Dagster run"]).cpu_seconds
    medians = {name: median_cost(found) for name, found in costs.items()}
    return [(name, cost, cost.cpu_seconds / base) for name, cost in medians.items()]
