"""The commands about releases, over two releases of papers with unkind titles."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from paper_pipeline.cli import app as cli
from paper_pipeline.cli import releases as cli_releases
from paper_pipeline.reader import explore as explore_module
from paper_pipeline.reader import export
from paper_pipeline.reader import search as search_module
from paper_pipeline.settings import SettingsError
from paper_pipeline_tests.corpus import ROOT, Corpus, abstract

OLD, NEW = "2026.01.09", "2026.01.10"
UNKIND = "[bold red]Lanterns[/] \x1b[31mand\x07 \u202eMoss [/nothing]"

app = typer.Typer()
app.add_typer(cli_releases.releases, name="releases")
for command in cli_releases.COMMANDS:
    app.command()(command)
Run = Callable[..., Result]


def _listing(*papers: tuple[str, str, str]) -> str:
    return json.dumps(
        [{"paper": {"id": i, "title": title, "summary": text}} for i, title, text in papers]
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = Corpus(tmp_path_factory.mktemp("commands"))
    benches = "Our 7B model reaches 61.5 on GSM8K and HumanEval, as code at github.com/a/b shows. "
    corpus.write(
        "2025-10-06.json",
        _listing(
            ("2510.00001", "Sparse Lanterns for Reasoning", benches + abstract(1)),
            ("2510.00002", "Quiet Gears", abstract(2)),
        ),
    )
    corpus.update(date(2026, 1, 9))
    corpus.write(
        "2025-10-07.json",
        _listing(("2510.00003", UNKIND, benches + "A second paper. " + abstract(3))),
    )
    corpus.update(date(2026, 1, 10))
    return corpus.folder


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    """A copy of the data folder, to do with as a test likes."""
    for name in ("lake", "releases"):
        shutil.copytree(published / name, tmp_path / "data" / name)
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(data))
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_list(run: Run) -> None:
    done = run("releases", "list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [[NEW, "3"], [OLD, "2"]]


@pytest.mark.parametrize("arguments", [("list",), ("show",), ("diff", OLD, NEW)])
def test_no_terminal_is_too_narrow_for_a_number(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    said = run("releases", *arguments).stdout
    monkeypatch.setenv("COLUMNS", "20")
    assert run("releases", *arguments).stdout == said


def test_changelog(run: Run, data: Path) -> None:
    """Markdown: a heading a release, the newest first, and a list below it."""
    done = run("releases", "changelog")
    assert done.exit_code == 0
    lines = done.stdout.split("\n")
    headings = [line for line in lines if line.startswith("#")]
    assert headings == ["## Data", f"### {NEW}", f"### {OLD}"]
    assert [line for line in lines if line and not line.startswith(("#", "- "))] == []
    assert "- Papers: 1 added." in lines
    assert "- Papers: 2 added." in lines
    (data / "releases" / OLD / "changes.parquet").unlink()
    assert "- Made before releases told their changes." in run("releases", "changelog").stdout


def test_a_changelog_is_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "CHANGELOG.md"
    for _ in range(2):
        assert run("releases", "changelog", "--into", str(path)).exit_code == 0
        assert path.read_text("utf-8") == run("releases", "changelog").stdout


@pytest.mark.parametrize("version", [(), ("latest",), (NEW,)])
def test_show(run: Run, data: Path, version: tuple[str, ...]) -> None:
    done = run("releases", "show", *version)
    manifest = json.loads((data / "releases" / NEW / "manifest.json").read_text("utf-8"))
    assert done.exit_code == 0
    for words in (manifest["fingerprint"], OLD, "extractor version", *manifest["files"]):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ((OLD, "latest"), ["added", "1", "Added: `arxiv:2510.00003`"]),
        ((NEW, OLD), ["removed", "Removed: `arxiv:2510.00003`"]),
        ((NEW, NEW), ["No paper differs"]),
    ],
)
def test_diff(run: Run, versions: tuple[str, str], said: list[str]) -> None:
    done = run("releases", "diff", *versions)
    assert done.exit_code == 0
    for words in said:
        assert words in done.stdout


def test_verify(run: Run, data: Path) -> None:
    done = run("releases", "verify", "--all")
    assert (done.exit_code, done.stdout.split("\n")[:2]) == (
        0,
        [f"{OLD}: as published", f"{NEW}: as published"],
    )
    for name, said in (("README.md", "found no file"), ("manifest.json", "the manifest of a")):
        assert run("releases", "verify").exit_code == 0
        (data / "releases" / OLD / name).unlink()
        for chosen in ("--all", OLD):
            failed = run("releases", "verify", chosen)
            assert failed.exit_code == 1
            assert said in failed.stderr


def test_rebuild(run: Run, data: Path) -> None:
    done = run("releases", "rebuild", OLD)
    assert done.exit_code == 0
    assert "is proven" in done.stdout
    path = data / "releases" / OLD / "papers.parquet"
    papers = pq.ParquetFile(path).read()
    path.unlink()
    pq.write_table(papers.slice(1), path)
    failed = run("releases", "rebuild", OLD)
    assert failed.exit_code == 1
    for words in ("is not proven", "papers.parquet is not what was published", "Added: `arxiv:"):
        assert words in failed.stdout


@pytest.mark.parametrize("form", get_args(export.Format))
def test_export(run: Run, data: Path, form: str) -> None:
    out = data / "handed" / f"papers.{form}"
    chosen = ("--format", form, "--columns", "paper_id, title", "--out", str(out))
    done = run("releases", "export", *chosen)
    assert done.exit_code == 0, done.output
    assert "3 papers" in done.stdout
    assert out.exists()
    refused = run("releases", "export", *chosen)
    assert refused.exit_code == 1
    assert "is there already" in refused.stderr
    again = run("releases", "export", NEW, *chosen, "--overwrite", "--since", OLD)
    assert "1 papers" in again.stdout


def test_the_formats_are_those_of_export() -> None:
    assert get_args(cli_releases.ExportFormat) == get_args(export.Format)


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--where", "benchmarks contains 'GSM8K'"), 2),
        (("--since", "2026-01-09", "--where", "benchmarks contains 'GSM8K'"), 1),
        (("--since", "latest"), 0),
    ],
)
def test_export_of_some(run: Run, data: Path, arguments: tuple[str, ...], count: int) -> None:
    out = data / "some.jsonl"
    done = run("releases", "export", "--format", "jsonl", "--out", str(out), *arguments)
    assert done.exit_code == 0, done.output
    assert len(out.read_text("utf-8").splitlines()) == count


def test_prune(run: Run, data: Path) -> None:
    told = run("releases", "prune", "--keep", "1", "--dry-run")
    assert "Would remove 1 releases" in told.stdout
    assert OLD in told.stdout
    kept = run("releases", "prune")
    assert "Removed 0 releases" in kept.stdout
    done = run("releases", "prune", "--keep", "1")
    assert done.exit_code == 0
    assert [path.name for path in (data / "releases").iterdir()] == [NEW]
    assert run("releases", "rebuild").exit_code == 0


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
        with pytest.raises(SettingsError, match="name another one with --port"):
            run("explore", "--port", str(port))
    assert run("explore", "--port", "65536").exit_code == 2
    done = run("explore", "--port", str(port))
    assert done.exit_code == 0
    assert f"http://127.0.0.1:{port}" in done.stdout
    assert asked == [(data / "releases" / NEW / "papers.db", NEW, port, False)]


def test_titles_of_strangers_steer_nothing(run: Run) -> None:
    for arguments in (
        ("search", "moss"),
        ("related", "2510.00001"),
        ("releases", "diff", OLD, NEW),
        ("releases", "diff", NEW, OLD),
    ):
        done = run(*arguments)
        assert done.exit_code == 0
        assert "[bold red]Lanterns[/]" in done.stdout
        assert "[/nothing]" in done.stdout
        assert not {"\x1b", "\x07", "\u202e"} & set(done.output)


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


def test_damaged_papers_are_one_clear_line(run: Run, data: Path) -> None:
    path = data / "releases" / NEW / "papers.parquet"
    path.unlink()
    path.write_bytes(b"PAR1 and no more")
    for arguments in (("diff", NEW, OLD), ("export", "--out", str(data / "x")), ("verify",)):
        done = run("releases", *arguments)
        assert done.exit_code == 1
        assert done.stderr


def test_no_release_yet(run: Run, data: Path) -> None:
    shutil.rmtree(data / "releases")
    for arguments in (("list",), ("verify", "--all"), ("prune",), ("changelog",)):
        assert run("releases", *arguments).exit_code == 0
    assert "No release yet" in run("releases", "changelog").stderr
    assert run("releases", "changelog").stdout == ""
    for arguments in (("show",), ("verify",), ("rebuild",)):
        done = run("releases", *arguments)
        assert done.exit_code == 1
        assert "`paper-pipeline run` makes one" in done.stderr.replace("\n", " ")


def test_looking_at_the_commands_imports_nothing_slow() -> None:
    slow = {"pyarrow", "lance", "dagster", "numba", "pandas"}
    code = f"import sys, paper_pipeline.cli.app; print({slow} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def commands(group: typer.Typer, start: str = "") -> Iterator[str]:
    """Every command of the command line, as people write it."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield f"{start}{command.name or command.callback.__name__.replace('_', '-')}"
    for nested in group.registered_groups:
        assert nested.typer_instance is not None
        yield from commands(nested.typer_instance, f"{start}{nested.name} ")


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = list(commands(cli.app))
    assert {"run", "search", "publish", "quarantine show", "releases diff"} <= set(found)
    unnamed = [name for name in found if not re.search(rf"paper-pipeline {name}\b", readme)]
    assert unnamed == []
