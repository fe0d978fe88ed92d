"""The command line as a whole: one Typer app of the commands in the modules beside it.

Data flow: arguments -> a command -> words and tables, or one clear line and an exit code.

Importing it imports nothing slow: each command imports Dagster, Arrow and the stages by itself.
"""

import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from paper_pipeline.cli import lake, quarantine, reading, releases, run
from paper_pipeline.cli.errors import exit_on_expected
from paper_pipeline.cli.signals import ending_cleanly


class _Commands(TyperGroup):
    """All commands; an expected error, or a signal, ends any of them in the same way."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Parses the arguments and runs the command they name."""
        with exit_on_expected():
            return super().main(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command, until it is done or a signal comes."""
        with ending_cleanly():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    help="Turns saved Hugging Face Daily Papers pages into one deduplicated, versioned corpus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (run.commands, lake.commands, reading.commands):
    app.add_typer(commands)
app.add_typer(quarantine.commands, name="quarantine")
app.add_typer(releases.commands, name="releases")


def main() -> None:
    """Entry point of `paper-pipeline`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to fail
    app()
