"""Stamps: what a remembered result follows from; it is recalled while all of that is the same.

Data flow: commits of tables, settings, the code in force -> Stamp -> text kept with the result.

For the code there is one rule, broad on purpose: a change to any file of this package, to Python or
to an installed library makes every remembered result be computed once more. To name for each result
the modules it depends on would be finer, and wrong as soon as a helper, a constant or a lexicon is
forgotten. Versions that stand in columns of tables (RULES_VERSION and the like) are history that
people read, and do not belong here. Where results are kept is the business of store.py.
"""

import hashlib
import json
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_LOADED_NS = time.time_ns()


@cache
def hash_code(package: Path = PACKAGE) -> str:
    """The code in force, as one hash: the package's files, Python, the installed libraries.

    Read once per process: 10 ms for 150 files and 175 libraries.

    Args:
        package: Folder of the package; everything in it counts but byte code.

    Returns:
        SHA-256 in hex. Where a file changed after this process had loaded the code, nobody can tell
        which of the two is running: then a hash that never comes again.
    """
    folders = [Path(entry) for entry in sys.path if entry]
    libraries = {path.name for folder in folders for path in folder.glob("*.dist-info")}
    digest = hashlib.sha256("\0".join([sys.version, *sorted(libraries)]).encode())
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package)
        if "__pycache__" in name.parts or not path.is_file():
            continue
        if path.stat().st_ctime_ns > _LOADED_NS:
            digest.update(uuid.uuid4().bytes)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\0{name.as_posix()}\0{content}".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a result follows from, as values that JSON can hold.

    Attributes:
        inputs: What it was computed from: commits of tables (`Lake.commit`), the day, a file.
        settings: The settings it depends on, by name.
        code: What computed it.
    """

    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    code: str = field(default_factory=hash_code)

    def __str__(self) -> str:
        """One text per stamp: what differs in any value, 1 and True included, differs in it."""
        return json.dumps(asdict(self), sort_keys=True)
