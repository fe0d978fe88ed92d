"""What people decide: corrections of papers, and entries admitted from quarantine. One way in.

Data flow: data/corrections.yaml, data/quarantine.jsonl -> load_rulings -> Rulings.

What a ruling does belongs to the stage that applies it: corrections to dedup, decisions to clean.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from paper_pipeline.rulings.corrections import Corrections, load_corrections
from paper_pipeline.rulings.decisions import Decision, load_decisions
from paper_pipeline.settings import Settings


@dataclass(frozen=True)
class Rulings:
    """What people decided; a file that cannot be read stops only the stage that asks for it."""

    corrections_file: Path
    decisions_file: Path

    @cached_property
    def corrections(self) -> Corrections:
        """What people say of papers; raises CorrectionsError where the file is in doubt."""
        return load_corrections(self.corrections_file)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """What people admit from quarantine; raises DecisionsError where the file is in doubt."""
        return load_decisions(self.decisions_file)


def load_rulings(settings: Settings) -> Rulings:
    """The rulings in force."""
    return Rulings(settings.corrections_file, settings.quarantine_decisions_file)
