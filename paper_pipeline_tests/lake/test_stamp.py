"""Stamps: what follows from other inputs, settings or code is never recalled."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paper_pipeline.lake import stamp as stamps
from paper_pipeline.lake.stamp import Stamp, hash_code
from paper_pipeline.lake.store import Lake

# Values that are easily taken for each other.
PLAIN = st.sampled_from([None, False, True, 0, 1, 0.0, -0.0, 1.0, "", "0", "null", "é", "\udc80"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)
MAPPINGS = st.dictionaries(st.sampled_from(["a", "b", "a, b"]), VALUES, max_size=2)
STAMPS = st.builds(Stamp, MAPPINGS, MAPPINGS, st.sampled_from(["", "x", "y"]))


def told(value: object) -> str:
    """A text of its own for each value, whatever the order of names."""
    if isinstance(value, dict):
        return f"{{{sorted((name, told(inner)) for name, inner in value.items())}}}"
    return f"[{[told(inner) for inner in value]}]" if isinstance(value, list) else repr(value)


def told_stamp(stamp: Stamp) -> tuple[str, str, str]:
    return told(stamp.inputs), told(stamp.settings), stamp.code


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tmp_path_factory.mktemp("lake"))


@given(kept=STAMPS, asked=STAMPS)
@example(kept=Stamp({"a": 1}, code="x"), asked=Stamp({"a": True}, code="x"))
@example(kept=Stamp({"a": [], "b": 0}, code="x"), asked=Stamp({"b": 0, "a": []}, code="x"))
@example(kept=Stamp({"a": 1}, {}, code="x"), asked=Stamp({}, {"a": 1}, code="x"))
def test_two_stamps_recall_each_other_only_where_they_are_one(
    lake: Lake, kept: Stamp, asked: Stamp
) -> None:
    lake.remember("verdicts", "x", kept, "kept")
    assert lake.recall("verdicts", "x", kept) == "kept"
    expected = "kept" if told_stamp(kept) == told_stamp(asked) else None
    assert lake.recall("verdicts", "x", asked) == expected


@pytest.mark.parametrize("part", [{"inputs": {"t": "2"}}, {"settings": {"s": 2}}, {"code": "2"}])
def test_each_part_alone_makes_another_stamp(lake: Lake, part: dict[str, object]) -> None:
    stamp = Stamp({"t": "1"}, {"s": 1}, "1")
    lake.remember("verdicts", "y", stamp, [1])
    assert lake.recall("verdicts", "y", stamp) == [1]
    assert lake.recall("verdicts", "y", replace(stamp, **part)) is None  # type: ignore[arg-type]


def test_the_code_in_force_is_part_of_every_stamp() -> None:
    assert Stamp().code == hash_code() == Stamp({"a": 1}).code


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package that lay there before this process began."""
    folder = tmp_path / "package"
    for name in ("a.py", "sub/b.yaml", "sub/page.html", "sub/__pycache__/a.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("LIMIT = 1\n")
    monkeypatch.setattr(stamps, "_LOADED_NS", 2**63)
    return folder


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        (lambda folder: (folder / "a.py").write_text("LIMIT = 2\n"), False),
        (lambda folder: (folder / "sub" / "b.yaml").write_text("LIMIT = 1"), False),
        (lambda folder: (folder / "sub" / "page.html").unlink(), False),
        (lambda folder: (folder / "a.py").rename(folder / "c.py"), False),
        (lambda folder: (folder / "new.css").touch(), False),
        (lambda folder: (folder / "sub" / "__pycache__" / "a.pyc").write_text("other"), True),
        (lambda folder: os.utime(folder / "a.py", (0, 0)), True),
    ],
    ids=["code", "lexicon", "file gone", "renamed", "file more", "byte code", "time of a file"],
)
def test_any_file_of_the_package_counts(
    package: Path, change: Callable[[Path], object], is_same: bool
) -> None:
    before = hash_code.__wrapped__(package)
    assert hash_code.__wrapped__(package) == before
    change(package)
    assert (hash_code.__wrapped__(package) == before) is is_same


def test_where_the_package_lies_does_not_count(package: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(package, tmp_path / "elsewhere" / "package")
    assert hash_code.__wrapped__(elsewhere) == hash_code.__wrapped__(package)


def test_another_version_of_a_library_counts(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "pandas-3.0.0.dist-info"
    installed.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(installed.parent))
    before = hash_code.__wrapped__(package)
    installed.rename(installed.with_name("pandas-3.0.1.dist-info"))
    assert hash_code.__wrapped__(package) != before


def test_code_that_changed_under_a_running_process_is_never_recalled(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs is what was there before; what would be hashed is not."""
    monkeypatch.setattr(stamps, "_LOADED_NS", 0)
    assert hash_code.__wrapped__(package) != hash_code.__wrapped__(package)
