"""Retention: removes old releases, and what the lake keeps of old versions without need.

Data flow: data/releases/, the lake -> fewer folders, fewer old versions.

Raw dumps are never touched: each is an input of a table, and all else can be made again from them.
That a release was there once stays noted in corpus_release and released_papers.
"""

import logging
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from paper_pipeline.lake.store import Lake
from paper_pipeline.published.release import list_releases
from paper_pipeline.release.publish import tag_of

log = logging.getLogger(__name__)

# Releases on their way out: no reader takes a name with a dot for a release.
LEAVING = ".pruned-"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be.

    Attributes:
        versions: Releases, oldest first.
        byte_count: Bytes freed: of files that only these releases held, and, unless it was a dry
            run, of the lake's old versions.
        tags: Tags of the lake that went with them.
    """

    versions: tuple[str, ...]
    byte_count: int
    tags: tuple[str, ...]


def prune(
    lake: Lake, releases_folder: Path, *, keep: int, history: timedelta, dry_run: bool = False
) -> Pruned:
    """Removes the oldest releases and their tags, then old versions of the lake's tables.

    A release is renamed first, so that it is there whole or not at all; who has a file of it open
    keeps reading, and files that other releases share stay with these. A crash half way is made
    good by the next call. The caller holds `lake.writing()`, unless this is a dry run.

    Args:
        lake: The working tables.
        releases_folder: Where the releases are.
        keep: How many releases stay, the newest ones; 0 for all of them.
        history: Versions of tables older than this are removed where no release is tagged.
        dry_run: Whether to tell only.

    Raises:
        ValueError: `keep` is negative.
        BrokenRelease: The manifest of a release cannot be read; nothing is removed.
    """
    if keep < 0:
        raise ValueError(f"expected to keep 0 releases (all) or more, found {keep}")
    # Copies under other names are not ours to remove.
    releases = [r for r in list_releases(releases_folder) if r.folder.name == r.version]
    doomed = releases[:-keep] if keep else []
    leftovers = sorted(releases_folder.glob(f"{LEAVING}*"))  # of a crash
    versions = tuple(release.version for release in doomed)
    tags = tuple(sorted(lake.tags().keys() & {tag_of(version) for version in versions}))
    freed = _bytes_alone([*leftovers, *(release.folder for release in doomed)])
    if not dry_run:
        for tag in tags:
            lake.untag(tag)
        for path in leftovers:
            shutil.rmtree(path)
        for release in doomed:
            path = release.folder.rename(releases_folder / f"{LEAVING}{release.version}")
            shutil.rmtree(path)
        freed += lake.forget(older_than=history)
        log.info("%d releases pruned, %d bytes freed", len(versions), freed)
    return Pruned(versions, freed, tags)


def _bytes_alone(folders: Sequence[Path]) -> int:
    """Bytes of the files that are linked from these folders only."""
    states = [path.stat() for folder in folders for path in folder.rglob("*") if path.is_file()]
    links = Counter((state.st_dev, state.st_ino) for state in states)
    held = {(s.st_dev, s.st_ino): s for s in states}
    return sum(state.st_size for key, state in held.items() if links[key] >= state.st_nlink)
