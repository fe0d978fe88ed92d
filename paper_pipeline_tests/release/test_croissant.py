"""The Croissant is what the reference implementation takes, and reads the release by."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.release.croissant import describe_release, semantic_version, write_croissant
from paper_pipeline.release.snapshot import describe_file, write_table
from paper_pipeline_tests.release.small_release import (
    GOLDEN,
    PAPERS,
    REGENERATE,
    golden_texts,
    read_croissant,
    small_release,
)

SEMANTIC_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(\+[0-9A-Za-z-]+)?")


@pytest.fixture(scope="module")
def mlcroissant() -> ModuleType:
    return pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("expected no network, found a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def nodes(described: Any) -> Iterator[dict[str, Any]]:
    """Everything that has a type and an id."""
    if isinstance(described, dict):
        if "@type" in described and "@id" in described:
            yield described
        for key, value in described.items():
            if key != "@context":
                yield from nodes(value)
    elif isinstance(described, list):
        for value in described:
            yield from nodes(value)


def test_the_description_is_the_golden_one() -> None:
    wanted = GOLDEN.joinpath("croissant.json").read_text("utf-8")
    assert golden_texts()["croissant.json"] == wanted, REGENERATE


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("version", ["2026.01.09", "2026.11.21", "2026.01.09.12"])
def test_the_reference_implementation_has_nothing_to_say(
    mlcroissant: ModuleType, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(jsonld=read_croissant(small_release(version=version)))
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert [r.message for r in caplog.records if r.name == "absl"] == []


@pytest.mark.usefixtures("no_network")
def test_the_reference_implementation_reads_the_release_by_it(
    mlcroissant: ModuleType, tmp_path: Path
) -> None:
    content = small_release()
    files = {}
    for file in TABLE_FILES:
        path = tmp_path / file.file_name
        write_table(content.table(file).to_table(), path)
        files[file.file_name] = describe_file(path)
    (tmp_path / "croissant.json").write_text(write_croissant(small_release(files=files)), "utf-8")
    dataset = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    for file in TABLE_FILES:
        rows = list(dataset.records(file.name))
        assert len(rows) == content.table(file).count_rows(), file.name
    papers = list(dataset.records("papers"))
    assert [row["papers/title"].decode() for row in papers] == [p["title"] for p in PAPERS]
    assert papers[0]["papers/authors"] == [b"Ada Example", b"Bo Sample"]
    assert papers[0]["papers/published_on"].date() == date(2025, 1, 2)
    assert papers[1]["papers/published_on"] is None
    (link,) = papers[2]["papers/links"]
    assert link["papers/links/repository"] == b"example/markup"
    assert link["papers/links/end"] == 6


def test_every_column_is_a_field_of_its_own_id() -> None:
    content = small_release()
    described = read_croissant(content)
    ids = [node["@id"] for node in nodes(described)]
    assert len(ids) == len(set(ids))
    for file, records in zip(TABLE_FILES, described["recordSet"], strict=True):
        assert [field["name"] for field in records["field"]] == content.table(file).schema.names
        assert all(field["description"] for field in records["field"])
        assert {key["@id"] for key in records.get("key", [])} <= set(ids)


def test_files_are_those_of_the_manifest_without_itself() -> None:
    files = dict(small_release().manifest["files"])
    files["croissant.json"] = {"byte_count": 1, "sha256": "00"}
    described = read_croissant(small_release(files=files))
    shown = {one["@id"]: (one["contentSize"], one["sha256"]) for one in described["distribution"]}
    assert shown == {
        name: (f"{says['byte_count']} B", says["sha256"])
        for name, says in files.items()
        if name != "croissant.json"
    }


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"papers.parquet"}, "none of changes.parquet, mentions.parquet, records.parquet"),
        ({*(f.file_name for f in TABLE_FILES), "notes.txt"}, "found notes.txt; add its media type"),
    ],
)
def test_files_that_cannot_be_described_are_named(files: set[str], words: str) -> None:
    said = {name: {"byte_count": 1, "sha256": "00"} for name in sorted(files)}
    with pytest.raises(ValueError, match=re.escape(words)):
        describe_release(small_release(files=said))


def test_a_type_without_a_word_for_it_is_named() -> None:
    content = small_release()
    odd = content.redirects.to_table()
    odd = ds.dataset(odd.set_column(2, "kind", pa.array([b"merged"], pa.binary())))
    with pytest.raises(ValueError, match="found binary; say in"):
        describe_release(replace(content, redirects=odd))


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("2026.11.21", "2026.11.21"),
        ("2026.01.09", "2026.1.9"),
        ("2026.01.09.1", "2026.1.9+1"),
        ("2026.10.10.10", "2026.10.10+10"),
    ],
)
def test_versions_become_semantic_ones(version: str, wanted: str) -> None:
    assert semantic_version(version) == wanted


@given(st.dates(date(2023, 5, 4)), st.none() | st.integers(1, 99))
def test_every_release_number_has_a_semantic_version(day: date, again: int | None) -> None:
    version = day.strftime("%Y.%m.%d") + (f".{again}" if again else "")
    assert SEMANTIC_VERSION.fullmatch(semantic_version(version))


def test_the_text_is_json_and_the_same_every_time() -> None:
    one, other = (write_croissant(small_release()) for _ in range(2))
    assert one == other
    assert json.loads(one) == describe_release(small_release())
