"""Errors of commands: one clear line and an exit code."""

from collections.abc import Callable

import pytest
from typer.testing import Result

from paper_pipeline_tests.cli.two_releases import OLD

Run = Callable[..., Result]


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
