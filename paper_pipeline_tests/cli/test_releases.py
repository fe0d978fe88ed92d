"""The commands about releases."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from paper_pipeline.cli import releases as cli_releases
from paper_pipeline.reader import export
from paper_pipeline_tests.cli.two_releases import NEW, OLD

Run = Callable[..., Result]


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
