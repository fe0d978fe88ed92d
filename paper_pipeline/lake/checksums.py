"""Checksums: whether the files of a table are the bytes that were written, all of them.

Data flow: files of a table's folder -> lake/checksums/<table>.txt -> what is damaged, file by file.

Lance keeps no checksum of its data, and a table that was put back from a copy is whole in itself.
So every file is noted, outside of the table, once its bytes are on the disk. It never changes after
that, and only `Lake.forget` lets it go: another content is damage, and so is a file that is not
there any more. What follows from damage is decided in store.py.
"""

import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from paper_pipeline.lake.disk import sync

# Lance only guesses with it, and looks further where the guess is wrong.
NOT_NOTED = frozenset({"_versions/latest_version_hint.json"})
VERSIONS, TAGS = "_versions/", "_refs/"
GONE = "found no such file"
# Waiting for the disk, not for a core.
SYNC_THREADS = 8


class Facts(NamedTuple):
    """What the file system says of a file: as long as it is the same, so is the file.

    `changed_ns` is the time that no program can set, so a file that was written to, replaced, or
    put back has other facts. A disk that rots does not change them: that is for a full look.
    """

    byte_count: int
    modified_ns: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Facts":
        """The facts in what `stat` has found."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a file that was written; an empty `sha256` takes back what was."""

    sha256: str
    facts: Facts

    def as_line(self, name: str) -> str:
        """One line of the notes, with a checksum of its own in front."""
        facts = self.facts
        fields = (facts.byte_count, facts.modified_ns, facts.changed_ns, facts.inode)
        text = "\t".join([self.sha256, *map(str, fields), name])
        return f"{zlib.crc32(text.encode()):08x}\t{text}\n"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a table's files has found.

    Attributes:
        damage: For each damaged file, in words, what was expected and found.
        unnoted: Files that nothing is known of: whoever wrote them ended before it could note them.
        moved: Files with the right content and other facts, as those of a copied lake.
    """

    damage: dict[str, str]
    unnoted: list[str]
    moved: list[str]


# Notes that this process has read, with the facts of their files.
_held: dict[Path, tuple[Facts, dict[str, Note]]] = {}


class Checksums:
    """The notes of one table."""

    def __init__(self, notes: Path, table: Path):
        self.notes = notes
        self.table = table

    def look(self, *, is_full: bool = False) -> Look:
        """Compares the files with their notes; writes nothing.

        Args:
            is_full: Whether to read every file. Otherwise only those are read whose facts are not
                as noted: 1 ms for 500 files that are.
        """
        noted = self._read()  # first: a file is there before its note
        found = {name: Facts.of(stat) for name, stat in _list_files(str(self.table)).items()}
        damage: dict[str, str] = {}
        moved: list[str] = []
        for name, note in noted.items():
            if (facts := found.get(name)) is None:
                damage[name] = f"expected {note.facts.byte_count:,} bytes, {GONE}"
            elif is_full or facts != note.facts:
                wrong = self._compare(name, note, facts)
                if wrong:
                    damage[name] = wrong
                elif facts != note.facts:
                    moved.append(name)
        if damage:  # but for what a writer has taken its note of back meanwhile
            standing = self._read()
            damage = {name: damage[name] for name in damage if standing.get(name) == noted[name]}
        return Look(damage, sorted(found.keys() - noted.keys()), moved)

    def exist(self) -> bool:
        """Whether anything was ever noted of the table."""
        return self.notes.exists()

    def note(self, names: Iterable[str] | None = None) -> None:
        """Waits until files are on the disk, then notes them.

        Args:
            names: Of files of the table; those without a note when None.
        """
        if names is None:
            names = _list_files(str(self.table)).keys() - self._read().keys()
        if not (names := sorted(names)):
            return
        places = [self.table, *(self.table / name for name in names)]
        folders = {parent for place in places for parent in (place.parent, place.parent.parent)}
        with ThreadPoolExecutor(SYNC_THREADS) as threads:
            list(threads.map(sync, [*places, *folders]))
        self._append({name: self._describe(name) for name in names})

    def drop(self, names: Iterable[str]) -> None:
        """Takes notes back, before their files change or go."""
        nothing = Note("", Facts(0, 0, 0, 0))
        self._append(dict.fromkeys(names, nothing))

    def forget(self) -> None:
        """Takes all notes back."""
        self.notes.unlink(missing_ok=True)

    def _describe(self, name: str) -> Note:
        path = self.table / name
        facts = Facts.of(path.stat())  # first: what changes after it is seen as changed
        return Note(_hash(path), facts)

    def _compare(self, name: str, note: Note, facts: Facts) -> str:
        """What is wrong with a file that was noted; nothing where its content is as noted."""
        expected = f"expected {note.facts.byte_count:,} bytes with SHA-256 {note.sha256}"
        if facts.byte_count != note.facts.byte_count:
            return f"{expected}, found {facts.byte_count:,} bytes"
        try:
            sha256 = _hash(self.table / name)
        except OSError as error:  # a bad sector is one
            return f"{expected}, found {error}"
        return "" if sha256 == note.sha256 else f"{expected}, found {sha256}"

    def _read(self) -> dict[str, Note]:
        """The notes by file. A line that was cut or damaged counts for nothing."""
        try:
            state = Facts.of(self.notes.stat())
            if (held := _held.get(self.notes)) and held[0] == state:
                return held[1]
            lines = self.notes.read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return {}
        noted: dict[str, Note] = {}
        for line in lines:
            crc, _, text = line.partition("\t")
            if crc != f"{zlib.crc32(text.encode()):08x}":
                continue
            sha256, *numbers, name = text.split("\t")
            noted[name] = Note(sha256, Facts(*map(int, numbers)))
        noted = {name: note for name, note in noted.items() if note.sha256}
        _held[self.notes] = state, noted
        return noted

    def _append(self, notes: dict[str, Note]) -> None:
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.notes.exists()
        with self.notes.open("a+", encoding="utf-8", errors="replace") as file:
            # What was cut in the middle of a line must not take the next one with it.
            is_cut = not is_new and not self.notes.read_bytes().endswith(b"\n")
            file.write("\n" * is_cut + "".join(n.as_line(name) for name, n in notes.items()))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync(self.notes.parent)


def _list_files(folder: str, prefix: str = "") -> dict[str, os.stat_result]:
    """The files below a folder, by their path in it; none where there is no folder."""
    found: dict[str, os.stat_result] = {}
    try:
        entries = list(os.scandir(f"{folder}/{prefix}"))
    except FileNotFoundError:
        return found
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            found |= _list_files(folder, f"{name}/")
        elif name not in NOT_NOTED:
            with contextlib.suppress(FileNotFoundError):  # a writer's temporary file
                found[name] = entry.stat(follow_symlinks=False)
    return found


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
