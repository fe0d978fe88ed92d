"""Commands over names and titles that would steer a terminal."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from paper_pipeline.cli import console
from paper_pipeline_tests.cli.two_releases import NEW, OLD
from paper_pipeline_tests.corpus import Corpus, abstract

Run = Callable[..., Result]
TITLE = "[bold red]Lanterns[/] \u202eMoss [/nothing]"
SHOWN_TITLE = "[bold red]Lanterns[/] \ufffdMoss [/nothing]"
# UNKIND, once it is cleaned and printed.
SHOWN_UNKIND = "[bold red]Lanterns[/] [31mand \ufffdMoss [/nothing]"
FILE = "[bold red]odd[ \x1b[2J\x9b1A\u202e\nforged line.txt"
SHOWN_FILE = "[bold red]odd[ \ufffd[2J\ufffd1A\ufffd forged line.txt"
PAGE = "[bold]no\x1b[2J listing\u202e[/x]"
SHOWN_PAGE = "[bold]no\ufffd[2J listing\ufffd[/x]"


@pytest.fixture(scope="module")
def strange(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, and in quarantine a page and an entry of a file with a strange name."""
    folder = tmp_path_factory.mktemp("strange")
    shutil.copytree(published, folder, dirs_exist_ok=True)
    corpus = Corpus(folder)
    corpus.write(FILE, PAGE)
    entry = {"id": "2510.00009", "title": f"{TITLE} {'on ' * 400}", "summary": abstract(9)}
    corpus.write("2025-10-08.json", json.dumps([{"paper": entry}]))
    corpus.acquire()
    return folder


@pytest.fixture
def data(strange: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it; the inbox lies elsewhere now, so its files wait to be taken."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(strange, tmp_path / "data"))


def _entry(data: Path, rule: str) -> str:
    rows = Corpus(data).lake.read("quarantined_entries", ["entry_id", "rule"]).to_pylist()
    return next(row["entry_id"] for row in rows if row["rule"] == rule)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("status",), SHOWN_FILE),
        (("explain", "arxiv:2510.00003"), SHOWN_UNKIND),
        (("features", "arxiv:2510.00003"), SHOWN_UNKIND),
        (("quarantine", "list"), SHOWN_FILE),
        (("quarantine", "show", "not_a_listing"), SHOWN_FILE),
        (("quarantine", "show", "not_a_listing"), SHOWN_PAGE),
        (("quarantine", "show", "title_too_long"), "[bold red]Lanterns[/]"),
        (
            ("quarantine", "release", "title_too_long", "--author", "A", "--reason", "so"),
            SHOWN_TITLE,
        ),
        (("search", "moss"), SHOWN_UNKIND),
        (("related", "2510.00001"), SHOWN_UNKIND),
        (("releases", "diff", OLD, NEW), SHOWN_UNKIND),
        (("releases", "diff", NEW, OLD), SHOWN_UNKIND),
        (("releases", "export", "--format", "csv", "--out", FILE), SHOWN_FILE),
        (("releases", "changelog", "--into", FILE), SHOWN_FILE),
        (("extract", "papers.jsonl", FILE), SHOWN_FILE),
    ],
)
def test_nothing_steers_the_terminal(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], shown: str
) -> None:
    monkeypatch.setattr(console.out, "width", 400)
    Path("papers.jsonl").write_text('{"title": "A"}\n', "utf-8")
    rules = ("not_a_listing", "title_too_long")
    done = run(*(_entry(data, word) if word in rules else word for word in arguments))
    assert done.exit_code == 0, done.output
    assert shown in done.output
    assert [sign for sign in done.output if not (sign.isprintable() or sign == "\n")] == []
    assert not any(line.startswith("forged") for line in done.output.splitlines())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("explain", FILE), 1),
        (("features", FILE), 1),
        (("related", FILE), 1),
        (("releases", "show", FILE), 1),
        (("releases", "verify", FILE), 1),
        (("quarantine", "list", "--rule", FILE), 2),
        (("quarantine", "show", FILE), 2),
        (("extract", FILE, "-"), 1),
    ],
)
def test_nor_do_errors(run: Run, arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert "[bold red]odd[" in done.stderr
    assert [sign for sign in done.output if not (sign.isprintable() or sign == "\n")] == []
