"""The corpus for its readers: open a release, read papers, follow ids, walk back to the bytes.

Data flow: data/releases/<version>/, data/lake/raw/ -> Arrow, pandas, Polars or DuckDB; dicts.

    from paper_pipeline.reader.corpus import open_release

    release = open_release()                       # the latest; or open_release("2026.11.21")
    release.to_pandas(["title", "upvotes"], where="benchmarks contains 'GSM8K'")
    release.paper("2510.01234")                    # by arXiv id or paper_id, merged ones too
    release.lineage("arxiv:2510.01234", "title").text

Nothing is written, and nothing of Dagster or the lake is needed. Large libraries are imported where
they are used, so that opening a release costs next to nothing. The language of `where` is told in
conditions.py; files in other formats belong in export.py.
"""

import os
import warnings
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cached_property
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline.identifiers import parse_arxiv_id
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.release import (
    MANIFEST_FILE,
    VERSION,
    BrokenRelease,
    ReleaseFolder,
    open_rows,
    version_order,
)
from paper_pipeline.published.release import (
    MissingFile as MissingFile,
)

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

# Full rows take some 4 kB each, and a group of 20,000 is read at once.
BATCH_ROWS = 5_000
BATCHES_AHEAD = 4


class UnknownRelease(LookupError):
    """There is no such release."""


class UnknownPaper(LookupError):
    """An id that leads to no paper of the release."""


class UnknownColumn(ValueError):
    """A column that is asked for and not there."""


class SplitPaper(LookupError):
    """An id that leads to more than one paper.

    Attributes:
        paper_ids: These papers.
    """

    def __init__(self, message: str, paper_ids: list[str]):
        super().__init__(message)
        self.paper_ids = paper_ids


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a value of a paper was read.

    Attributes:
        paper_id: The paper.
        field: Its field.
        value: The value.
        is_corrected: Whether a person has set it; then it is from no record.
        record_id: The record it was taken from; None where there is no value, or a person's.
        dump_id: The dump that the record was found in.
        byte_start, byte_end: Where its entry stands there, in bytes.
        data: These bytes; None where the raw dumps are not beside the releases.
    """

    paper_id: str
    field: str
    value: Any
    is_corrected: bool = False
    record_id: str | None = None
    dump_id: str | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    data: bytes | None = None

    @property
    def text(self) -> str | None:
        """The bytes as UTF-8, which nearly all dumps are; what is not is replaced."""
        return None if self.data is None else self.data.decode("utf-8", "replace")


def list_versions(data: str | Path | None = None) -> list[str]:
    """The versions there are, oldest first.

    Args:
        data: The data folder; None for that of the settings (PAPER_PIPELINE_DATA, else `data`).
    """
    found = _releases_folder(data).glob(f"*/{MANIFEST_FILE}")
    names = [path.parent.name for path in found]
    return sorted((name for name in names if VERSION.fullmatch(name)), key=version_order)


def open_release(version: str = "latest", data: str | Path | None = None) -> "Release":
    """Opens a release.

    Args:
        version: As in 2026.11.21; or `latest`.
        data: The data folder; None for that of the settings (PAPER_PIPELINE_DATA, else `data`).

    Raises:
        UnknownRelease: There is none, or what is asked for is no version.
        BrokenRelease: Its manifest cannot be read.
        SettingsError: The data folder is below the home of a user who is not there.
    """
    folder, versions = _releases_folder(data), list_versions(data)
    if version == "latest" and versions:
        version = versions[-1]
    if version not in versions:
        known = f"one of {', '.join(versions[-5:])}" if versions else "none there"
        raise UnknownRelease(
            f"{folder}: expected a release, {known}, found no {version!r}; `paper-pipeline run` "
            "makes one, PAPER_PIPELINE_DATA names the folder where they are"
        )
    return open_folder(folder / version)


def open_folder(folder: str | Path) -> "Release":
    """Opens a release by its folder, wherever it was copied to.

    Raises:
        MissingFile: The folder holds no manifest.
        BrokenRelease: The manifest cannot be read.
    """
    return Release.open(folder)


def as_of(day: date | str, data: str | Path | None = None) -> "Release":
    """The release that was the newest on a day, as the numbers say.

    It warns where releases have numbers of days to come: they were made under a clock that was
    ahead, nobody knows when, and count for that later day.

    Args:
        day: The day, or as text as in 2026-11-21.
        data: The data folder; None for that of the settings.

    Raises:
        UnknownRelease: The first release is later, or there is none.
    """
    wanted = date.fromisoformat(day) if isinstance(day, str) else day
    versions = list_versions(data)
    ahead = [v for v in versions if _version_day(v) > datetime.now(UTC).date()]
    if ahead:
        warnings.warn(
            f"{', '.join(ahead[:5])}: expected releases of days up to today, found a day to come; "
            "a clock was ahead when the first of them was made",
            stacklevel=2,
        )
    earlier = [version for version in versions if _version_day(version) <= wanted]
    if not earlier:
        first = f"the first, {versions[0]}" if versions else "none at all"
        raise UnknownRelease(
            f"{_releases_folder(data)}: expected a release of {wanted} or before, found {first}"
        )
    return open_release(earlier[-1], data)


def changes(before: str, after: str, data: str | Path | None = None) -> pa.Table:
    """What differs between any two releases: `Release.changes_since` by version.

    Args:
        before: The one version, or `latest`.
        after: The other, which may be earlier: the changes then lead back.
        data: The data folder; None for that of the settings.
    """
    return open_release(after, data).changes_since(open_release(before, data))


def scan_rows(
    path: Path,
    columns: Sequence[str] | None = None,
    where: "str | pc.Expression | None" = None,
    batch_rows: int = BATCH_ROWS,
) -> "ds.Scanner":
    """A scanner over the rows and columns wanted of a Parquet file, in the order of the file.

    Args:
        path: The file.
        columns: The columns wanted, in order; all when None.
        where: Which rows are wanted: a condition, or an expression of pyarrow; all when None.
        batch_rows: Rows of a batch at most.

    Raises:
        UnknownColumn: The file has no such column.
        BadCondition: `where` cannot be understood, or does not fit the columns.
    """
    import pyarrow.dataset as ds

    from paper_pipeline.reader.conditions import parse_condition

    rows = ds.dataset(path, format="parquet")
    check_columns(columns, rows.schema)
    condition = parse_condition(where, rows.schema) if isinstance(where, str) else where
    return rows.scanner(
        columns=None if columns is None else list(columns),
        filter=condition,
        batch_size=batch_rows,
        batch_readahead=BATCHES_AHEAD,
        fragment_readahead=1,
    )


def check_columns(columns: Sequence[str] | None, schema: pa.Schema) -> None:
    """Makes sure that columns are there, each asked for once.

    Raises:
        UnknownColumn: They are not.
    """
    for place, name in enumerate(columns or ()):
        if name not in schema.names:
            near = get_close_matches(name, schema.names, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            known = ", ".join(schema.names)
            raise UnknownColumn(f"expected columns among {known}; found {name!r}.{hint}")
        if name in (columns or ())[:place]:
            raise UnknownColumn(f"expected every column once, found {name} twice")


def _releases_folder(data: str | Path | None) -> Path:
    named = data or os.environ.get("PAPER_PIPELINE_DATA")
    with suppress(RuntimeError):  # there is no user of that name; the settings say so
        if named:
            return Path(named).expanduser().absolute() / "releases"
    # Imported where nothing names the folder: it takes as long as all other imports together.
    from paper_pipeline.settings import Settings

    settings = Settings(data=str(named)) if named else Settings.from_environment()
    return settings.releases_dir


def _version_day(version: str) -> date:
    return date(*version_order(version)[:3])


class Release(ReleaseFolder):
    """A release of the corpus with all that is asked of it: papers, changes, ids, lineage."""

    def papers(
        self, columns: Sequence[str] | None = None, where: "str | pc.Expression | None" = None
    ) -> pa.Table:
        """The papers, sorted by paper_id.

        Args:
            columns: The columns wanted, in order; all when None.
            where: Which rows are wanted, as `upvotes >= 50`, or an expression of pyarrow.

        Raises:
            UnknownColumn, BadCondition: There is no such column, or `where` cannot be understood.
        """
        return self.table("papers", columns, where)

    def table(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        where: "str | pc.Expression | None" = None,
    ) -> pa.Table:
        """Any table of the release, one of TABLES.

        Args and errors are those of `papers`; MissingFile where the release does not hold it.
        """
        return scan_rows(self.path(name), columns, where).to_table()

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: "str | pc.Expression | None" = None
    ) -> "pd.DataFrame":
        """The papers as a DataFrame; lists are arrays of NumPy, structs dicts."""
        return self.papers(columns, where).to_pandas()

    def to_polars(
        self, columns: Sequence[str] | None = None, where: "str | pc.Expression | None" = None
    ) -> "pl.DataFrame":
        """The papers as a DataFrame of Polars."""
        import polars as pl

        return pl.DataFrame(self.papers(columns, where))

    def to_duckdb(
        self, connection: "duckdb.DuckDBPyConnection | None" = None
    ) -> "duckdb.DuckDBPyRelation":
        """The papers as a relation of DuckDB, which reads of the file what a query needs.

        Args:
            connection: Where to make it; in memory when None.
        """
        import duckdb

        return (connection or duckdb.connect()).read_parquet(str(self.path()))

    def changes_since(self, other: "Release") -> pa.Table:
        """What differs from another release.

        Returns:
            Rows as in changes.parquet: one a paper_id that differs, with `kind`, `changed_fields`,
            `paper_ids` and the values it has here. Where this release does not hold its redirects,
            merged and split papers are told as removed, with a warning.
        """
        from paper_pipeline.published.changes import compare_papers

        if self.manifest.get("previous") == other.version and self.has("changes"):
            return pq.ParquetFile(self.path("changes")).read()
        redirects = BY_NAME["paper_redirects"].schema.empty_table()
        if self.has("redirects"):
            redirects = self.table("redirects")
        with open_rows(other.path()) as before, open_rows(self.path()) as now:
            found = compare_papers(before, now, redirects).read_all()
        if not self.has("redirects") and "removed" in found["kind"].unique().to_pylist():
            warnings.warn(
                f"release {self.version} does not hold redirects.parquet: papers that were merged "
                "or split are told as removed",
                stacklevel=2,
            )
        return found

    def resolve(self, paper_id: str) -> str:
        """The id under which a paper is known in this release.

        Args:
            paper_id: An id of this release or an earlier one, or an arXiv id however written.

        Raises:
            UnknownPaper: No paper was ever released under it, or its records are gone.
            SplitPaper: Its records are in more than one paper now.
        """
        wanted = _full_id(paper_id)
        ends: set[str] = set()
        seen: set[str] = set()
        ahead = [wanted]
        while ahead:
            one = ahead.pop()
            if one in seen:
                continue
            seen.add(one)
            if self._papers_by_id.find(one, ["paper_id"]):
                ends.add(one)
            else:
                ahead += self._redirects.get(one, [])
        if len(ends) == 1:
            return ends.pop()
        if ends:
            raise SplitPaper(
                f"{wanted} was split: its records are in {', '.join(sorted(ends))} now; "
                "ask for one of these",
                sorted(ends),
            )
        if wanted in self._redirects:
            raise UnknownPaper(
                f"{wanted} was released once, and its records are gone since; "
                f"release {self.version} has nothing of it, earlier ones do"
            )
        hint = "" if self.has("redirects") else "; ids of earlier releases cannot be followed here"
        raise UnknownPaper(
            f"expected the id of a paper in release {self.version}, as arxiv:2510.01234, "
            f"2510.01234 or paper:<hash>, found {paper_id!r}{hint}"
        )

    def paper(self, paper_id: str, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """A paper by its id.

        Args:
            paper_id: As in `resolve`.
            columns: The columns wanted; all when None. Few are faster.

        Raises:
            UnknownPaper, SplitPaper: As in `resolve`.
        """
        index = self._papers_by_id
        found = index.find(_full_id(paper_id), columns)
        if found is None:
            found = index.find(self.resolve(paper_id), columns)
        return cast("dict[str, Any]", found)  # resolve leads to papers that are there

    def lineage(self, paper_id: str, field: str) -> Lineage:
        """Where the value of a field was read: the record, its place in a dump, and the bytes.

        Args:
            paper_id: As in `resolve`.
            field: A field of the golden record. Features are drawn from title and abstract.

        Raises:
            UnknownPaper, SplitPaper: As in `resolve`.
            UnknownColumn: Values of that field are not taken from a record.
            MissingFile: The release does not hold its records.
            DamagedDump: The dump is there, and is not what was stored.
        """
        wanted = dict.fromkeys(["paper_id", "field_record_ids", "corrected_fields", field])
        paper = self.paper(paper_id, list(wanted))
        chosen: dict[str, str | None] = paper["field_record_ids"]
        if field not in chosen:
            raise UnknownColumn(
                f"expected a field that is taken from a record, one of {', '.join(chosen)}; "
                f"found {field!r}. Features are drawn from title and abstract: ask for these"
            )
        record_id = chosen[field]
        if record_id is None:
            is_corrected = field in paper["corrected_fields"]
            return Lineage(paper["paper_id"], field, paper[field], is_corrected)
        record = self._records_by_id.find(record_id, ["dump_id", "byte_start", "byte_end"])
        if record is None:
            raise BrokenRelease(
                f"release {self.version}: expected record {record_id} of {paper['paper_id']} in "
                "records.parquet, found none; copy the files of the release again"
            )
        start, end = record["byte_start"], record["byte_end"]
        data = self._read_bytes(record["dump_id"], start, end)
        return Lineage(
            paper["paper_id"],
            field,
            paper[field],
            record_id=record_id,
            dump_id=record["dump_id"],
            byte_start=start,
            byte_end=end,
            data=data,
        )

    def _read_bytes(self, dump_id: str, start: int, end: int) -> bytes | None:
        store = RawStore(self.folder.parent.parent / "lake" / "raw")
        return store.get(dump_id)[start:end] if store.path(dump_id).exists() else None

    @cached_property
    def _papers_by_id(self) -> "_Index":
        return _Index(self.path("papers"), "paper_id")

    @cached_property
    def _records_by_id(self) -> "_Index":
        return _Index(self.path("records"), "record_id")

    @cached_property
    def _redirects(self) -> dict[str, list[str]]:
        """Where ids lead that are no longer in use; nowhere, in a release that does not say."""
        if not self.has("redirects"):
            return {}
        rows = self.table("redirects", ["old_paper_id", "paper_ids"]).to_pylist()
        return {row["old_paper_id"]: row["paper_ids"] for row in rows}


class _Index:
    """Finds rows of a Parquet file that is sorted by a text, by that text.

    The statistics of the file tell the group of rows, of which alone the columns wanted are read.
    """

    def __init__(self, path: Path, key: str):
        self.file = pq.ParquetFile(path)
        self.key = key
        about = self.file.metadata
        paths = [about.schema.column(n).path for n in range(about.num_columns)]
        self.column = paths.index(key)
        groups = range(about.num_row_groups) if about.num_rows else ()
        self.lasts = [self._last(group) for group in groups]

    def _last(self, group: int) -> str:
        about = self.file.metadata.row_group(group).column(self.column)
        if about.is_stats_set:
            return about.statistics.max
        # Something that keeps no statistics has written the file again.
        return self.file.read_row_group(group, columns=[self.key])[self.key][-1].as_py()

    def find(self, value: str, columns: Sequence[str] | None = None) -> dict[str, Any] | None:
        """The first row with that value; None where there is none."""
        check_columns(columns, self.file.schema_arrow)
        group = bisect_left(self.lasts, value)
        if group == len(self.lasts):
            return None
        read = None if columns is None else [self.key, *columns]
        rows = self.file.read_row_group(group, columns=read)
        keys = rows[self.key]
        place = bisect_left(keys, value, key=methodcaller("as_py"))
        if place == len(keys) or keys[place].as_py() != value:
            return None
        row = rows.slice(place, 1).to_pylist()[0]
        return row if columns is None else {name: row[name] for name in columns}


def _full_id(paper_id: str) -> str:
    """A paper_id for what a reader may write: arXiv ids in any form."""
    text = paper_id.strip()
    found = None if text.startswith("paper:") else parse_arxiv_id(text)
    return f"arxiv:{found.canonical}" if found else text
