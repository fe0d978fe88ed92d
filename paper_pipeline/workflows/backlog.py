"""The backlog: which stages have something left to do.

Data flow: tables, releases, what people decide -> names of stages.

Each stage tells by its own rules what is left; what starts a run belongs in automation.py.
"""

import logging

from paper_pipeline.clean.update import find_pending, read_dumps
from paper_pipeline.dedup.increment import find_backlog
from paper_pipeline.enrich.trends import is_counted
from paper_pipeline.enrich.update import find_stale_papers
from paper_pipeline.lake.store import Lake
from paper_pipeline.release.publish import is_published
from paper_pipeline.rulings import load_rulings
from paper_pipeline.rulings.corrections import NONE, CorrectionsError
from paper_pipeline.rulings.decisions import DecisionsError, are_stored
from paper_pipeline.settings import Settings

log = logging.getLogger(__name__)


def find_stages_behind(lake: Lake, settings: Settings, log: logging.Logger = log) -> list[str]:
    """The stages that have something left to do, in their order.

    Args:
        lake: The working tables.
        settings: Where releases and the files of rulings lie.
        log: Warned of a file that cannot be read. The run that needs it fails and says so; what
            else is left to do is told all the same.
    """
    rulings = load_rulings(settings)
    corrections, has_new_decisions = NONE, False
    try:
        corrections = rulings.corrections
    except CorrectionsError as error:
        log.warning("%s", error)
    try:
        has_new_decisions = not are_stored(lake, rulings.decisions)
    except DecisionsError as error:
        log.warning("%s", error)
    has_papers = lake.count("deduplicated_papers")
    waiting = {
        "clean": has_new_decisions or find_pending(lake, read_dumps(lake)),
        "dedup": not find_backlog(lake, corrections).is_empty,
        "enrich": find_stale_papers(lake) or not is_counted(lake),
        "release": has_papers and not is_published(lake, settings.releases_dir),
    }
    return [stage for stage, is_behind in waiting.items() if is_behind]
