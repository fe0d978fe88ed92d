"""A release as it lies on disk: manifests of any shape, versions in order, rows by their keys."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paper_pipeline.published import release

MANIFEST: dict[str, Any] = {"version": "2026.01.09", "fingerprint": "f" * 64}
FILE = {"byte_count": 3, "sha256": "0" * 64}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"counts": {"papers": 2}, "inputs": {}, "files": {"papers.parquet": FILE}},
        {"made by a later version": [1]},
    ],
    ids=["the least", "with files", "with more"],
)
def test_manifests_are_read(tmp_path: Path, said: dict[str, Any]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST | said), "utf-8")
    opened = release.ReleaseFolder.open(tmp_path)
    assert opened.manifest == MANIFEST | said
    assert (opened.version, opened.fingerprint) == ("2026.01.09", "f" * 64)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"version": "2026.01.09"',
        b"[]",
        b"null",
        b'{"version": 2026, "fingerprint": "f"}',
        b'{"version": "2026.01.09"}',
        *(
            json.dumps(MANIFEST | said).encode()
            for said in (
                {"counts": []},
                {"counts": {"papers": "two"}},
                {"files": {"papers.parquet": {"byte_count": 3}}},
                {"files": {"papers.parquet": "3 bytes"}},
                {"code_versions": "1"},
            )
        ),
        b"\xff\xfe{}",
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(release.BrokenRelease, match=r"manifest\.json: expected the manifest"):
        release.ReleaseFolder.open(tmp_path)


def test_a_folder_without_a_manifest_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(release.MissingFile, match="expected the manifest of a release"):
        release.ReleaseFolder.open(tmp_path)


def test_releases_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    versions = ["2026.01.09.10", "2025.12.31", "2026.01.09.9", "2026.01.09", "2026.10.01"]
    for version in versions:
        folder = tmp_path / version
        folder.mkdir()
        manifest = MANIFEST | {"version": version}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (tmp_path / ".writing-1").mkdir()
    (tmp_path / ".writing-1" / "manifest.json").write_text("half of", "utf-8")
    found = [one.version for one in release.list_releases(tmp_path)]
    assert found == ["2025.12.31", "2026.01.09", "2026.01.09.9", "2026.01.09.10", "2026.10.01"]
    assert release.list_releases(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        (["p07"], [2]),
        (["p00", "p29", "p30"], [0, 9]),
        (["p011", "z", ""], [0]),
        (["z"], []),
        ([], []),
    ],
    ids=["one", "first and last", "between", "beyond", "none"],
)
def test_only_groups_with_wanted_keys_are_read(
    tmp_path: Path, keys: list[str], groups: list[int]
) -> None:
    path = tmp_path / "p.parquet"
    ids = [f"p{i:02}" for i in range(30)]
    pq.write_table(pa.table({"paper_id": ids, "count": range(30)}), path, row_group_size=3)
    wanted = pa.array(keys, pa.string())
    with release.open_rows(path, wanted) as rows:
        found = rows.read_all()["paper_id"].to_pylist()
    assert found == [one for one in ids if one in keys]
    assert list(release._find_groups(pq.read_metadata(path), wanted)) == groups
