"""Errors of commands: one clear line and an exit code."""

import sqlite3
from collections.abc import Callable

import pytest
from typer.testing import Result

from paper_pipeline.cli.errors import CommandError, exit_on_expected, in_words
from paper_pipeline.lake.store import LakeError
from paper_pipeline.published.release import BrokenRelease, MissingFile
from paper_pipeline.reader.corpus import SplitPaper, UnknownPaper, UnknownRelease
from paper_pipeline.rulings.corrections import CorrectionsError
from paper_pipeline.rulings.decisions import DecisionsError
from paper_pipeline.settings import SettingsError
from paper_pipeline_tests.cli.two_releases import OLD

Run = Callable[..., Result]
SOMEWHERE = "the disk of the data folder or of the output"


def full(place: str) -> str:
    return f"no space left on {place}; free some, then run again: what was finished is kept"


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (CommandError("no paper x"), "no paper x", 1),
        (CommandError("no rule x", exit_code=2), "no rule x", 2),
        (SettingsError("fetch_rate is -1"), "Setting: fetch_rate is -1", 2),
        (CorrectionsError("a:\n- b\n- c"), "Corrections: a:\n- b\n- c", 2),
        (DecisionsError("no reason"), "Decisions: no reason", 2),
        (UnknownRelease("no 1"), "no 1", 1),
        (UnknownPaper("no x"), "no x", 1),
        (SplitPaper("x was split", []), "x was split", 1),
        (LakeError("locked"), "Failed: locked", 1),
        (BrokenRelease("no JSON"), "Failed: no JSON", 1),
        (MissingFile("papers.parquet"), "Failed: papers.parquet", 1),
        (
            OSError(28, "No space left on device", "/srv/x"),
            f"Failed: {full('/srv/x')}",
            1,
        ),
        (OSError(28, "No space left on device"), f"Failed: {full(SOMEWHERE)}", 1),
        (
            OSError("LanceError(IO): No space left on device (os error 28), src/local.rs:1"),
            f"Failed: {full(SOMEWHERE)}",
            1,
        ),
        (sqlite3.OperationalError("database or disk is full"), f"Failed: {full(SOMEWHERE)}", 1),
        (OSError(122, "Disk quota exceeded", "/home/x"), f"Failed: {full('/home/x')}", 1),
        (PermissionError(13, "no"), "Failed: [Errno 13] no", 1),
        (CommandError("[bold]x \x1b[31m\u202e"), "[bold]x \ufffd[31m\ufffd", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_expected_error(
    capsys: pytest.CaptureFixture[str], error: Exception, said: str, code: int
) -> None:
    with pytest.raises(SystemExit) as ended, exit_on_expected():
        raise error
    assert ended.value.code == code
    assert capsys.readouterr() == ("", f"{said}\n")


@pytest.mark.parametrize("error", [ValueError("bug"), RuntimeError("bug"), KeyError("bug")])
def test_a_bug_keeps_its_traceback(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    with pytest.raises(type(error), match="bug"), exit_on_expected(), in_words(OSError):
        raise error
    assert capsys.readouterr() == ("", "")


def test_a_full_disk_is_told_whatever_it_was_wrapped_in(capsys: pytest.CaptureFixture[str]) -> None:
    wrapper = RuntimeError("the step failed")
    wrapper.__cause__ = OSError(28, "No space left on device", "/srv/x")
    with pytest.raises(SystemExit) as ended, exit_on_expected():
        raise wrapper
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"Failed: {full('/srv/x')}\n"


def test_a_command_expects_errors_of_its_own() -> None:
    with pytest.raises(CommandError, match=r"^not a size$") as caught, in_words(ValueError):
        raise ValueError("not a size")
    assert caught.value.exit_code == 1
    with pytest.raises(CommandError) as caught, in_words(OSError, ValueError, exit_code=2):
        raise FileNotFoundError("no file")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("releases", "show", "2020.01.01"), "no '2020.01.01'"),
        (("releases", "verify", "../lake"), "no '../lake'"),
        (("releases", "rebuild", "nonsense"), "no 'nonsense'"),
        (("releases", "diff", OLD, "x"), "no 'x'"),
        (("releases", "export", "--out", "x", "--columns", "titel"), "Did you mean title"),
        (("releases", "export", "--out", "x", "--where", "upvotes >"), "expected"),
        (("releases", "export", "--out", "x", "--since", "soon"), "found 'soon'"),
        (("search", "a", "--size", "big"), "expected a size of models"),
        (("search", "***"), "expected a word"),
        (("search", "a", "--release", "1"), "no '1'"),
        (("related", "9999.99999"), "expected the id of a paper"),
    ],
)
def test_problems_are_one_clear_line(
    run: Run, arguments: tuple[str, ...], said: str, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "x").exists()
