"""The command line, `paper-pipeline`: thin, over the same job and tables that the UI shows."""

from paper_pipeline.cli.app import main

__all__ = ["main"]
