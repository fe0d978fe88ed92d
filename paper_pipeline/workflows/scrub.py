"""The scrub: whether what is kept is what was written.

Data flow: files of tables, raw dumps, releases -> what is damaged, in words.

Every run looks at the files of tables in passing, and at a dump when it is read (lake/store.py,
lake/raw.py). This reads what no run has read for long, before the copies it could be mended from
are gone too. It mends nothing itself.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from paper_pipeline.lake.guard import Guard
from paper_pipeline.lake.raw import DamagedDump, RawStore
from paper_pipeline.lake.store import DamagedTable, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.release import VERSION, version_order
from paper_pipeline.release.verify import verify_release
from paper_pipeline.settings import Settings

log = logging.getLogger(__name__)

RAW_TABLES = ("raw_inbox_dumps", "raw_daily_pages")
DUMPS_PER_MESSAGE = 200


@dataclass(slots=True)
class Damage:
    """What was found.

    Attributes:
        mends_itself: Tables that the next run makes again, and why.
        needs_people: What cannot be made again: what is wrong, and what to do.
    """

    mends_itself: list[str] = field(default_factory=list[str])
    needs_people: list[str] = field(default_factory=list[str])


def find_damage(lake: Lake, raw: RawStore, settings: Settings, *, is_full: bool) -> Damage:
    """Compares what is kept with what was written.

    Args:
        lake: The working tables.
        raw: The bytes of dumps.
        settings: Where the releases are.
        is_full: Whether to read every byte. Otherwise files of tables that seem touched are read,
            and raw dumps must be there.
    """
    found = Damage()
    guard = Guard(lake.folder)
    for name, files in guard.look(is_full=is_full).items():
        words = guard.describe(name, files)
        (found.mends_itself if BY_NAME[name].derived else found.needs_people).append(words)
    found.needs_people += _find_damaged_dumps(lake, raw, is_full=is_full)
    if is_full:
        for folder in _release_folders(settings.releases_dir):
            log.info("Reading release %s", folder.name)
            found.needs_people += [f"{folder}: {words}" for words in verify_release(folder)]
    return found


def _find_damaged_dumps(lake: Lake, raw: RawStore, *, is_full: bool) -> Iterator[str]:
    try:
        rows = [lake.read(name, ["dump_id"]) for name in RAW_TABLES]
    except DamagedTable:  # told already
        return
    ids = sorted(set(pa.concat_tables(rows)["dump_id"].to_pylist()))
    for number, dump_id in enumerate(ids):
        if number % DUMPS_PER_MESSAGE == 0:
            log.info("Reading dumps", extra={"progress": (number, len(ids), 0)})
        if is_full or not raw.path(dump_id).is_file():
            try:
                raw.get(dump_id)
            except DamagedDump as error:
                yield str(error)


def _release_folders(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("*/") if VERSION.fullmatch(path.name)]
    return sorted(found, key=lambda path: version_order(path.name))
