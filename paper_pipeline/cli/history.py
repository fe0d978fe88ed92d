"""Dagster's history, where it cannot be used: what is wrong with it, and the command that mends it.

Data flow: data/dagster_home, an error of whatever opened it -> words.

The history is disposable: the lake and the releases do not need it. It is put aside and never
deleted, as it may hold a configuration that a person has written.
"""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from shlex import quote

import yaml

from paper_pipeline.cli.errors import CommandError, causes_of, tell_full_disk
from paper_pipeline.settings import SettingsError

# SQLAlchemy takes what follows ? for options and % for the code of a character; to Dagster ? * [
# are a pattern, by which it does not find its dagster.yaml: telemetry would be on.
UNOPENABLE = "?%*["
# Dagster does nothing before the last tick of a schedule or sensor; clocks differ by less.
MOST_SECONDS_AHEAD = 3600
# A database needs as much to be opened.
LEAST_FREE_BYTES = 1 << 20


def require_home(home: Path) -> None:
    """Makes sure that Dagster and Lance can make files in the data folder, before any is made.

    Raises:
        SettingsError: Its path holds a sign that one of them cannot take.
        CommandError: It cannot be written to.
    """
    signs = sorted({sign for sign in str(home) if sign in UNOPENABLE or _is_control(sign)})
    if signs:
        raise SettingsError(
            "PAPER_PIPELINE_DATA: expected a folder whose path holds none of ? % * [ and no "
            f"control characters, found {', '.join(map(repr, signs))} in {str(home.parent)!r}"
        )
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise CommandError(
            f"{there}: expected a folder that can be written to, found one that cannot. "
            "PAPER_PIPELINE_DATA names the data folder; releases are read from this one as before"
        )


def _is_control(sign: str) -> bool:
    return sign < " " or sign == "\x7f" or "\ud800" <= sign <= "\udfff"  # no UTF-8


def require_history(home: Path) -> None:
    """Makes sure that Dagster can work with its history: its own processes tell it by tracebacks.

    Raises:
        CommandError: The configuration or a database is damaged, or a clock was ahead.
    """
    import dagster as dg

    if (home / "dagster.yaml").exists():
        if damage := find_damaged_file(home):
            raise CommandError(damage)
        with dg.DagsterInstance.get() as instance:
            for state in instance.all_instigator_state():
                ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
                if ticks and ticks[0].timestamp > time.time() + MOST_SECONDS_AHEAD:
                    raise CommandError(
                        f"{home}: expected a history up to now, found that of a day to come, in "
                        f"which {state.instigator_name} has run: schedules and sensors would wait "
                        f"for that day. Set the clock; if it was ahead before, {_put_aside(home)}"
                    )


def explain(home: Path, error: BaseException) -> str:
    """Says what is wrong with the history where an error came of it.

    Returns:
        Words; empty where the error has another cause.
    """
    causes = [*causes_of(error)]
    text = "".join(f"{type(cause).__module__} {type(cause).__name__} {cause}\n" for cause in causes)
    if "DagsterInvalidConfigError" in text and "dagster.yaml" in text:
        problem = text.partition("Error 1: ")[2].partition(" Expected:")[0].strip(" .\n")
        return _tell_configuration(home, problem or "something else")
    is_database = any(isinstance(cause, sqlite3.Error) for cause in causes)
    if is_database and shutil.disk_usage(home).free < LEAST_FREE_BYTES:
        return tell_full_disk(str(home))  # SQLite calls it an error of the disk as well
    if damage := find_damaged_file(home):
        return damage
    for cause in causes:
        if isinstance(cause, sqlite3.Error):
            return (
                f"{home}: expected Dagster's history, found: {cause}. Run again; if that stays, "
                f"{_put_aside(home)}"
            )
    return ""


def find_damaged_file(home: Path) -> str:
    """The first file of a history that cannot be read, in words; empty where all can be."""
    configuration = home / "dagster.yaml"
    if configuration.exists():
        try:
            found = yaml.safe_load(configuration.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, IsADirectoryError) as error:
            return _tell_configuration(home, " ".join(str(error).split()))
        if not isinstance(found, dict | None):
            return _tell_configuration(home, repr(found))
    for path in sorted(home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found not in ("ok", "database is locked"):
            problem = found.splitlines()[-1]
            return (
                f"{path}: expected a database of Dagster's history, found: {problem}. The corpus "
                f"does not need it: {_put_aside(home)}"
            )
    return ""


def _tell_configuration(home: Path, found: str) -> str:
    path = home / "dagster.yaml"
    return (
        f"{path}: expected Dagster's configuration, found: {found}. Correct it, or "
        f"`mv {quote(str(path))} {quote(f'{path}.damaged')}` and run again: it is made anew"
    )


def _put_aside(home: Path) -> str:
    return f"`mv {quote(str(home))} {quote(f'{home}.damaged')}` and run again: a new one is begun"
