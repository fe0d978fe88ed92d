"""The changelog of the data: what every release changed, for people.

Data flow: releases -> an entry each, in markdown -> the heading Data of a changelog.

What differs between two releases belongs in changes.py.
"""

import re
from collections.abc import Mapping

from paper_pipeline.published.changes import TOLD, summarize_changes
from paper_pipeline.published.release import MissingFile
from paper_pipeline.reader.corpus import Release

_HEADING = re.compile(r"^(#{1,5}) Data[ \t]*$", re.MULTILINE)


def tell_release(release: Release, before: Release | None) -> str:
    """What a release holds and what it changed: counts, and the most telling changes.

    Args:
        release: The release.
        before: The one before it, for the titles of papers that are gone.
    """
    counts = release.manifest.get("counts", {})
    said = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()]
    said.append(f"fingerprint `{release.fingerprint}`")
    titles = before.papers(["paper_id", "title"]) if before else None
    try:
        changed = summarize_changes(release.table("changes", TOLD), titles).text
    except MissingFile:
        changed = "- Made before releases told their changes."
    return f"- {', '.join(said)}.\n{changed}"


def add_entries(changelog: str, entries: Mapping[str, str]) -> str:
    """A changelog whose heading Data has an entry for each of these releases.

    Entries that it has already stay as they are, so that people may mend them; so does all else.

    Args:
        changelog: Markdown; where it has no heading Data, one is put at its end.
        entries: Text by version, the newest first.
    """
    heading = _HEADING.search(changelog)
    if heading is None:
        head, tail, level = f"{changelog.rstrip()}\n\n## Data".lstrip(), "", "###"
    else:
        head, tail = changelog[: heading.end()].rstrip(), changelog[heading.end() :].strip()
        level = f"{heading[1]}#"
    known = set(re.findall(rf"^{level} (\S+)", tail, re.MULTILINE))
    new = [
        f"{level} {version}\n\n{text}" for version, text in entries.items() if version not in known
    ]
    return "\n\n".join(part for part in (head, *new, tail) if part) + "\n"
