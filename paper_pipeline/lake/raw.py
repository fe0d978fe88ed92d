"""The raw store: the bytes of every dump, kept once and unchanged under their SHA-256.

Data flow: bytes -> lake/raw/<two hex digits>/<SHA-256>.zst -> the same bytes.

What a dump is called, where it came from and what stands in it belongs in tables, not here.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import zstandard

from paper_pipeline.lake.disk import sync


class DamagedDump(OSError):
    """The stored bytes of a dump are missing or are not the bytes that were stored."""


class RawStore:
    """Content-addressed store of dumps in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, dump_id: str) -> Path:
        """Where the bytes of a dump are kept."""
        return self.folder / dump_id[:2] / f"{dump_id}.zst"

    def put(self, data: bytes) -> str:
        """Stores the bytes of a dump; does nothing when they are there already, and whole.

        The file is written beside its place, synced and renamed, so that a crash at any instant
        leaves either nothing or all of it.

        Returns:
            The dump's id, the SHA-256 of the bytes in hex.
        """
        dump_id = hashlib.sha256(data).hexdigest()
        path = self.path(dump_id)
        with contextlib.suppress(DamagedDump):
            self.get(dump_id)
            return dump_id
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(zstandard.ZstdCompressor(level=9).compress(data))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        sync(path.parent)
        return dump_id

    def get(self, dump_id: str) -> bytes:
        """The bytes of a dump.

        Raises:
            DamagedDump: The file is missing, cannot be decompressed, or holds other bytes.
        """
        path = self.path(dump_id)
        try:
            data = zstandard.ZstdDecompressor().decompress(path.read_bytes())
        except (OSError, zstandard.ZstdError) as error:
            raise DamagedDump(
                f"{path}: expected the stored bytes of dump {dump_id}, found {error}; "
                "put the file back from a copy, or put the page into the inbox again"
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != dump_id:
            raise DamagedDump(
                f"{path}: expected bytes with SHA-256 {dump_id}, found {found}; "
                "put the file back from a copy, or put the page into the inbox again"
            )
        return data
