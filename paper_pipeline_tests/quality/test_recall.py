"""A verdict is recalled only while all that it follows from is the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import paper_pipeline
from paper_pipeline.lake.store import Lake, LakeError
from paper_pipeline.quality.check import Check, Verdict, run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.settings import Settings
from paper_pipeline_tests.quality.test_checks import fetches

BY_CHECK = {check.name: check for check in CHECKS}
SCRIPT = """
import json, sys
from pathlib import Path
import paper_pipeline
from paper_pipeline.lake.store import Lake
from paper_pipeline.quality import acquired
from paper_pipeline.quality.check import run_check
from paper_pipeline.settings import Settings
(check,) = (check for check in acquired.CHECKS if check.name == "days_continuous")
verdict, is_recalled = run_check(check, Lake(Path(sys.argv[1])), Settings(known_gaps="2025-01-06"))
print(json.dumps([paper_pipeline.__file__, is_recalled, verdict.is_passed, len(verdict.details)]))
"""


class Copy:
    """The package copied elsewhere, to be changed, and a lake whose list of days has gaps."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lake = Lake(folder / "lake")
        source = Path(paper_pipeline.__file__).parent
        leave = shutil.ignore_patterns("__pycache__")
        self.package = shutil.copytree(source, folder / "code" / source.name, ignore=leave)

    def check(self) -> tuple[bool, bool, int]:
        """Whether the verdict was recalled, whether it is passed, how many gaps it shows."""
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(self.lake.folder)],
            env={**os.environ, "PYTHONPATH": str(self.package.parent)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        file, *found = json.loads(done.stdout)
        assert Path(file).parent == self.package
        return tuple(found)

    def append(self, name: str, line: str) -> None:
        """Adds a line at the end of a module."""
        with (self.package / name).open("a") as file:
            file.write(f"\n{line}\n")


def test_a_verdict_is_found_anew_when_a_helper_or_a_constant_elsewhere_changes(
    tmp_path: Path,
) -> None:
    copy = Copy(tmp_path)
    rows = (("2025-01-03", "listed", 9), ("2025-01-07", "listed", 9), ("2025-01-10", "listed", 9))
    copy.lake.apply("daily_fetches", fetches(*rows))
    assert copy.check() == (False, False, 2)
    assert copy.check() == (True, False, 2)
    # What is known of gaps is read by a method in another module, and forgotten there.
    copy.append("settings.py", "Settings.known_gap_days = lambda self: frozenset()")
    assert copy.check() == (False, False, 3)
    assert copy.check() == (True, False, 3)
    # How many are shown is a constant in another module.
    copy.append("quality/check.py", "MOST_EXAMPLES = 1")
    assert copy.check() == (False, False, 1)


def counting(calls: list[int], **given: object) -> Check:
    def run(lake: Lake, settings: Settings) -> Verdict:
        calls.append(lake.count("daily_fetches"))
        return Verdict(True, f"{len(calls)}")

    return Check("raw_daily_pages", "x", "", ("daily_fetches",), run, **given)  # type: ignore[arg-type]


def test_any_setting_counts(tmp_path: Path) -> None:
    check, lake = counting(calls := []), Lake(tmp_path / "lake")
    for settings in (Settings(), Settings(), Settings(quarantine_limit=0.5), Settings(data="else")):
        run_check(check, lake, settings)
    assert len(calls) == 3


def test_no_secret_is_kept_with_a_verdict(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    run_check(counting([]), lake, Settings(hf_token="hf_secret"))  # noqa: S106 -- made up
    (kept,) = (tmp_path / "lake" / "memory").rglob("*.json")
    assert "hf_secret" not in kept.read_text()


def test_a_table_put_back_from_a_copy_counts_though_its_version_is_the_same(tmp_path: Path) -> None:
    check, lake = counting([]), Lake(tmp_path / "lake")
    table = lake.folder / "daily_fetches.lance"
    lake.apply("daily_fetches", fetches(("2025-01-03", "listed", 9)))
    shutil.copytree(table, tmp_path / "copy")
    lake.apply("daily_fetches", fetches(("2025-01-06", "listed", 9)))
    run_check(check, lake, Settings())
    version = lake.version("daily_fetches")
    shutil.rmtree(table)
    (tmp_path / "copy").rename(table)
    (lake.folder / "checksums" / "daily_fetches.txt").unlink()  # on purpose
    lake.apply("daily_fetches", fetches(("2025-01-07", "failed", 0)))
    assert lake.version("daily_fetches") == version
    assert run_check(check, lake, Settings())[1] is False


def test_a_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "papers.parquet"
    check = counting(calls := [], files=lambda *_: [file] if file.exists() else [])
    lake = Lake(tmp_path / "lake")
    for change in (lambda: None, lambda: file.write_text("a"), lambda: file.write_text("b")):
        change()
        assert run_check(check, lake, Settings())[1] is False
        assert run_check(check, lake, Settings())[1] is True
    file.unlink()  # as it was at first, but only the last verdict is kept
    assert run_check(check, lake, Settings())[1] is False
    assert len(calls) == 4


def test_a_check_looks_at_no_table_that_it_does_not_name(tmp_path: Path) -> None:
    def run(lake: Lake, _: Settings) -> Verdict:
        return Verdict(True, str(lake.count("inbox_files")))

    check = Check("raw_daily_pages", "x", "", ("daily_fetches",), run)
    with pytest.raises(LakeError, match="found inbox_files; name it among the tables"):
        run_check(check, Lake(tmp_path), Settings())
