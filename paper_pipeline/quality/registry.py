"""All checks, stage by stage."""

from paper_pipeline.quality import acquired, cleaned, contracts, papers, released
from paper_pipeline.quality.check import Check

CHECKS: tuple[Check, ...] = (
    *contracts.CHECKS,
    *acquired.CHECKS,
    *cleaned.CHECKS,
    *papers.CHECKS,
    *released.CHECKS,
)
