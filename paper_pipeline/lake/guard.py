"""The guard: nobody reads a table whose files are not what was written.

Data flow: files of all tables, their notes (checksums.py) -> tables made room for, errors in words.

A damaged table that is derived is moved aside, and its stage makes it again. One that is history is
neither read nor written until people have mended it. What a power cut has left half written counts
as never written. Rows are read and written by store.py, under the eyes of this module.
"""

import logging
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from paper_pipeline.lake.checksums import GONE, TAGS, VERSIONS, Checksums, Look
from paper_pipeline.lake.tables import BY_NAME, TABLES
from paper_pipeline.lake.tables.contract import Table

log = logging.getLogger(__name__)

# Tables whose files this process has looked at and found whole, and those it has written since.
_sound: set[Path] = set()
_written: set[Path] = set()


class LakeError(RuntimeError):
    """The lake cannot take or give what was asked."""


class DamagedTable(LakeError):
    """Files of a table are gone, or are not the bytes that were written."""


class Guard:
    """Watches over the tables in a lake's folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._aside = folder / "damaged"

    def path(self, table: Table) -> Path:
        """The folder of a table."""
        return self.folder / f"{table.name}.lance"

    def look(self, *, is_full: bool = False) -> dict[str, dict[str, str]]:
        """Compares the files of all tables with what was written.

        Args:
            is_full: Whether to read them all, or only those that seem to have been touched.

        Returns:
            For each table with damaged files, what is wrong with each.
        """
        looks = {table.name: self._checksums(table).look(is_full=is_full) for table in TABLES}
        return {name: look.damage for name, look in looks.items() if look.damage}

    def heal(self, *, is_cut: bool = False, is_full: bool = False) -> dict[str, dict[str, str]]:
        """Compares all files with what was written, and makes room where a table is damaged.

        Args:
            is_cut: Whether what nobody came to note may have reached the disk in part: then the
                last version that was noted is in force again.
            is_full: Whether to read every file.

        Returns:
            For each table with damaged files, what is wrong with each.
        """
        found: dict[str, dict[str, str]] = {}
        for table in TABLES:
            path, checksums = self.path(table), self._checksums(table)
            _sound.discard(path)
            if not checksums.exist() and not (is_cut and table.derived):
                checksums.note()  # of before there were checksums
            look = checksums.look(is_full=is_full)
            if is_cut and self._take_back(path, look):
                look = checksums.look()
            if look.damage:
                found[table.name] = look.damage
                if table.derived:
                    log.warning("%s", self.describe(table.name, look.damage))
                    self._move_aside(path)
                    checksums.forget()
            else:  # what a writer that was killed did not come to note, and what was copied
                checksums.note([*look.unnoted, *look.moved])
        return found

    def require_sound(self, table: Table) -> None:
        """Looks at the files of a table when this process first opens it.

        Raises:
            DamagedTable: They are not what was written; says which, and what to do.
        """
        path = self.path(table)
        if path in _sound or (table.derived and not path.exists()):
            return
        damage = self._checksums(table).look().damage
        if damage:
            raise DamagedTable(self.describe(table.name, damage))
        _sound.add(path)

    def begin(self, table: Table) -> None:
        """Says that a table is about to be written."""
        _written.add(self.path(table))

    def begin_tag(self, table: Table, tag: str) -> None:
        """Says that a tag of a table is about to be made, moved or removed."""
        self.begin(table)
        self._checksums(table).drop([f"{TAGS}tags/{tag}.json"])

    def begin_cleanup(self, table: Table) -> None:
        """Says that files of a table are about to be removed: what stays will be noted anew."""
        self.begin(table)
        self._checksums(table).forget()

    def note(self) -> None:
        """Waits until all that was written is on the disk, and notes it."""
        for table in TABLES:
            if self.path(table) in _written:
                self._checksums(table).note()
                _written.discard(self.path(table))

    def describe(self, name: str, damage: Mapping[str, str]) -> str:
        """Which files of a table are not as they were written, and what to do.

        Args:
            name: Name of the table.
            damage: What is wrong with each file, as of `look`.
        """
        table = BY_NAME[name]
        is_older = any(file.startswith(VERSIONS) and GONE in damage[file] for file in damage)
        shown = max(damage, key=lambda file: file.startswith(VERSIONS))
        remedy = (
            "`paper-pipeline run` makes this table again."
            if table.derived
            else "This table is history and cannot be made again: put these files back from a "
            f"copy, or delete {self._checksums(table).notes} to go on with the table as it is."
        )
        return (
            f"{self.path(table)}: {len(damage)} of its files are not as they were written; "
            f"{shown}: {damage[shown]}. "
            + "It may have been put back from an older copy. " * is_older
            + remedy
        )

    def clear(self, older_than: timedelta) -> int:
        """Removes what was moved aside longer ago; returns the bytes that were freed."""
        freed = 0
        for path in self._aside.glob("*"):
            if time.time() - path.stat().st_mtime > older_than.total_seconds():
                freed += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
                shutil.rmtree(path)
        return freed

    def _checksums(self, table: Table) -> Checksums:
        return Checksums(self.folder / "checksums" / f"{table.name}.txt", self.path(table))

    def _take_back(self, path: Path, look: Look) -> bool:
        """Moves away what a power cut may have left half written; returns whether there was any."""
        names = [name for name in look.unnoted if name.startswith((VERSIONS, TAGS))]
        for name in names:
            log.warning("%s: %s was cut off and is taken back", path, name)
            self._move_aside(path / name)
        if names and not any((path / VERSIONS).glob("*.manifest")):
            self._move_aside(path)  # it was being made
        return bool(names)

    def _move_aside(self, path: Path) -> None:
        """Moves a file or folder of a table to where nobody reads it."""
        if path.exists():
            beside = self._aside / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
            beside.mkdir(parents=True)
            path.rename(beside / path.name)
