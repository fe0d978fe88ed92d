"""The commands for people who use papers; publish and extract have tests beside their modules."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from paper_pipeline.reader import explore as explore_module
from paper_pipeline.reader import search as search_module
from paper_pipeline_tests.cli.two_releases import NEW, OLD

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("lanterns",), {"arxiv:2510.00001", "arxiv:2510.00003"}),
        (("lanterns -moss",), {"arxiv:2510.00001"}),
        (("", "--benchmark", "gsm8k", "--limit", "1"), {"arxiv:2510.00003"}),
        (("gears", "--code"), set()),
        (("lanterns", "--code", "--size", "7B"), {"arxiv:2510.00001", "arxiv:2510.00003"}),
        (("lanterns", "--since", "2099-01-01"), set()),
        (("lanterns", "--release", OLD), {"arxiv:2510.00001"}),
    ],
)
def test_search(run: Run, arguments: tuple[str, ...], found: set[str]) -> None:
    done = run("search", *arguments)
    assert done.exit_code == 0, done.output
    ids = {f"arxiv:2510.0000{number}" for number in (1, 2, 3)}
    assert {paper_id for paper_id in ids if paper_id in done.stdout} == found
    assert found or "No paper fits" in done.stdout


def test_search_says_where_only_the_newest_were_ranked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "only the newest" not in run("search", "lanterns").stdout
    monkeypatch.setattr(search_module, "MOST_RANKED", 1)
    assert "only the newest" in run("search", "lanterns").stdout


@pytest.mark.parametrize("paper_id", ["arxiv:2510.00001", "2510.00001v2"])
def test_related(run: Run, paper_id: str) -> None:
    done = run("related", paper_id)
    assert done.exit_code == 0, done.output
    assert "arxiv:2510.00003" in done.stdout
    assert "GSM8K" in done.stdout


def test_explore(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, str, int, bool]] = []

    def show(database: Path, manifest: dict[str, str], port: int, *, opens_browser: bool) -> None:
        asked.append((database, manifest["version"], port, opens_browser))

    monkeypatch.setattr(explore_module, "explore", show)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused = run("explore", "--port", str(port))
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Setting: ")
    assert "name another one with --port" in refused.stderr
    assert run("explore", "--port", "65536").exit_code == 2
    done = run("explore", "--port", str(port))
    assert done.exit_code == 0
    assert f"http://127.0.0.1:{port}" in done.stdout
    assert asked == [(data / "releases" / NEW / "papers.db", NEW, port, False)]


@pytest.mark.parametrize("arguments", [("search", "a"), ("related", "2510.00001")])
def test_a_limit_beyond_all_sense_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, "--limit", "10000").exit_code == 0
    assert run(*arguments, "--limit", "9" * 30).exit_code == 2


@pytest.mark.parametrize("arguments", [("search", "a"), ("related", "2510.00001"), ("explore",)])
def test_older_releases_have_no_database(run: Run, data: Path, arguments: tuple[str, ...]) -> None:
    (data / "releases" / NEW / "papers.db").unlink()
    done = run(*arguments)
    assert done.exit_code == 1
    assert "expected papers.db" in done.stderr
    assert "--release" in done.stderr
