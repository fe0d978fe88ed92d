"""The command line as a whole."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pkgutil import resolve_name

from typer.core import TyperGroup
from typer.main import get_command

from paper_pipeline.cli import main
from paper_pipeline.cli.app import app
from paper_pipeline_tests.corpus import ROOT


def test_looking_at_the_commands_imports_nothing_slow() -> None:
    slow = {"pyarrow", "lance", "dagster", "numba", "pandas", "great_expectations"}
    stages = {f"paper_pipeline.{name}" for name in ("acquire", "clean", "dedup", "enrich")}
    code = (
        "import atexit, sys; from paper_pipeline.cli import main\n"
        f"atexit.register(lambda: print({slow | stages} & set(sys.modules), file=sys.stderr))\n"
        "main()"
    )
    for arguments in (["--help"], ["quarantine", "list", "--help"]):
        shown = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert "Usage" in shown.stdout
        assert shown.stderr.strip() == "set()"


def test_the_installed_script_finds_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert resolve_name(project["scripts"]["paper-pipeline"]) is main


def commands(group: object, start: str = "") -> Iterator[str]:
    """Every command of the command line, as people write it."""
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{start}{name} ")
        else:
            yield f"{start}{name}"


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = list(commands(get_command(app)))
    assert {"run", "search", "publish", "quarantine show", "releases diff"} <= set(found)
    unnamed = [name for name in found if not re.search(rf"paper-pipeline {name}\b", readme)]
    assert unnamed == []
