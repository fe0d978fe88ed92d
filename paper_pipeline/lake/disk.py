"""The disk: what has to lie on it before something else is seen that follows from it.

Data flow: a file or folder in the system's memory -> the same on the disk.

A file that was written, closed and renamed may still be lost or empty after a power cut.
"""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
