"""What must hold of releases: papers that people rely on do not vanish or change unnoticed.

Data flow: the newest release, deduplicated_papers, paper_redirects -> Verdict.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from paper_pipeline.lake.store import Lake
from paper_pipeline.published.release import version_order
from paper_pipeline.quality.check import MOST_EXAMPLES, Check, Verdict
from paper_pipeline.settings import Settings
from paper_pipeline.text import fold_text

# What makes a paper that paper. Votes and comments move every day, features with the extractors.
TEXTS = ("title", "abstract")
IDENTITY = (*TEXTS, "arxiv_id", "published_on")
# Spelling, repairs and a fuller page leave texts alike; cut, glued and swapped ones are not.
LEAST_ALIKE = 80
# Fewer papers than this are a person's business to look at, not a reason to stop.
FEWEST_PAPERS = 5
# The same words with every release, or each one would change the scorecard.
KEPT = "the papers of the newest release are kept, but for few"


def find_losses(released: pa.Table, papers: pa.Table, redirects: pa.Table) -> pd.DataFrame:
    """The papers of a release that would be gone from the next, or another.

    A value that was missing and is filled is none: sources that say more may be added at any time.
    So is a paper_id that leads to one other paper which says the same.

    Args:
        released: paper_id and IDENTITY of the release.
        papers: The same of the papers as they are.
        redirects: Rows of paper_redirects.

    Returns:
        A row a paper: paper_id, kind (removed, merged, split, changed), field, before, after.
    """
    before = released.to_pandas().set_index("paper_id", drop=False)
    after = papers.to_pandas().set_index("paper_id")
    leads = {row["old_paper_id"]: row["paper_ids"] for row in redirects.to_pylist()}
    kinds: dict[str, str] = {}
    taken = set(before.index)
    successors = before["paper_id"].copy()
    for old in before.index[~before.index.isin(after.index)]:
        found = [paper_id for paper_id in leads.get(old, []) if paper_id in after.index]
        if len(found) != 1:
            kinds[old] = "split" if found else "removed"
        elif found[0] in taken:
            kinds[old] = "merged"
        else:
            successors[old] = found[0]
            taken.add(found[0])
    losses = [
        {"paper_id": old, "kind": kind, "field": "", "before": before.at[old, "title"]}
        | {"after": ", ".join(leads.get(old, []))}
        for old, kind in kinds.items()
    ]
    before = before.drop(index=[*kinds])
    after = after.reindex(successors[before.index])
    for field in IDENTITY:
        old, new = before[field], after[field].set_axis(before.index)
        is_other = old.notna() & ~(old == new)
        pairs = pd.DataFrame({"before": old[is_other], "after": new[is_other]})
        if field in TEXTS:
            pairs = pairs[~_are_alike(pairs)]
        changed = pairs.rename_axis("paper_id").reset_index().assign(kind="changed", field=field)
        losses += changed.to_dict("records")
    columns = ["paper_id", "kind", "field", "before", "after"]
    return pd.DataFrame(losses, columns=columns).drop_duplicates("paper_id", ignore_index=True)


def _are_alike(pairs: pd.DataFrame) -> "pd.Series[bool]":
    """Whether texts before and after say about the same, or the later one goes on."""
    texts = [pairs[name].fillna("").map(fold_text).tolist() for name in ("before", "after")]
    ratios = process.cpdist(*texts, scorer=fuzz.ratio)
    goes_on = [bool(old) and new.startswith(old) for old, new in zip(*texts, strict=True)]
    return pd.Series((ratios >= LEAST_ALIKE) | np.array(goes_on, dtype=bool), pairs.index)


def _released_papers_kept(lake: Lake, settings: Settings) -> Verdict:
    newest = _find_newest(lake, settings)
    if newest is None:
        return Verdict(True, KEPT)
    version, file = newest
    columns = ["paper_id", *IDENTITY]
    try:
        released = pq.read_table(file, columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        return Verdict(
            False,
            f"release {version}: expected Parquet in {file}, found {error}; put the file back from "
            "a copy, or move the folder away: it is made again under its number",
        )
    papers = lake.read("deduplicated_papers", columns)
    losses = find_losses(released, papers, lake.read("paper_redirects"))
    removed = int((losses["kind"] == "removed").sum())
    changed = len(losses) - removed
    shares = (
        (removed, settings.removed_limit, "gone"),
        (changed, settings.changed_limit, "merged, split or another paper"),
    )
    too_many = [
        f"{count:,} of its {released.num_rows:,} papers ({count / released.num_rows:.1%}) would be "
        f"{what}, at most {limit:.1%} is usual"
        for count, limit, what in shares
        if count >= FEWEST_PAPERS and count > limit * released.num_rows
    ]
    counts = {"released_papers": released.num_rows, "removed": removed, "changed": changed}
    details: list[dict[str, Any]] = [
        {str(name): str(value)[:200] for name, value in row.items()}
        for row in losses.head(MOST_EXAMPLES).to_dict("records")
    ]
    if not too_many:
        return Verdict(True, KEPT, details, counts)
    words = f"release {version}: {'; '.join(too_many)}"
    if settings.replacing == version:
        return Verdict(True, f"{words}. That is on purpose: it is to be replaced", details, counts)
    words += (
        f". Nothing is released. Look at what is named below; if it is meant, run "
        f"`paper-pipeline run --replacing {version}`, else mend its cause and run again"
    )
    return Verdict(False, words, details, counts)


def _find_newest(lake: Lake, settings: Settings) -> tuple[str, Path] | None:
    versions = lake.read("corpus_release", ["version"])["version"].to_pylist()
    for version in sorted(versions, key=version_order, reverse=True):
        file = settings.releases_dir / version / "papers.parquet"
        if file.is_file():
            return version, file
    return None


def _list_newest(lake: Lake, settings: Settings) -> list[Path]:
    newest = _find_newest(lake, settings)
    return [newest[1]] if newest else []


def _release_is_current(lake: Lake, _: Settings) -> Verdict:
    """The newest release counts what the lake holds."""
    releases = lake.read("corpus_release").to_pylist()
    if not releases:
        return Verdict(False, "expected a release, found none; materialise corpus_release")
    # Not by released_at: a clock that was ahead once would be right for as long.
    newest = max(releases, key=lambda release: version_order(release["version"]))
    counted = {"paper_count": "deduplicated_papers", "record_count": "cleaned_records"}
    details = [
        {"count": count, "release": newest[count], "lake": lake.count(name)}
        for count, name in counted.items()
        if newest[count] != lake.count(name)
    ]
    return Verdict(not details, f"release {newest['version']} against the lake", details)


CHECKS = (
    Check(
        "enriched_papers",
        "released_papers_kept",
        "Few papers of the newest release are gone or others; else nothing is released.",
        ("deduplicated_papers", "paper_redirects", "corpus_release"),
        _released_papers_kept,
        files=_list_newest,
    ),
    Check(
        "corpus_release",
        "release_is_current",
        "The newest release counts what the lake holds.",
        ("corpus_release", "deduplicated_papers", "cleaned_records"),
        _release_is_current,
    ),
)
