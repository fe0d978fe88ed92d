"""What must hold of papers and their features: every record explained, every paper once.

Data flow: cleaned_records, paper_records, deduplicated_papers, enriched_papers -> Verdict.
"""

import pyarrow.compute as pc

from paper_pipeline.lake.store import Lake
from paper_pipeline.quality.check import MOST_EXAMPLES, Check, Verdict, list_examples
from paper_pipeline.settings import Settings


def _every_record_in_a_paper(lake: Lake, _: Settings) -> Verdict:
    records = lake.read("cleaned_records", ["record_id"])["record_id"]
    placed = lake.read("paper_records", ["record_id"])["record_id"].combine_chunks()
    lost = records.filter(pc.invert(pc.is_in(records, value_set=placed))).to_pylist()
    words = f"expected {len(records)} records in papers, found {len(placed)}"
    is_passed = not lost and len(records) == len(placed)
    details = [{"record_id": r} for r in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"records": len(records)})


def _papers_explained(lake: Lake, _: Settings) -> Verdict:
    """Every paper has just the records it counts, and at most one arXiv id."""
    papers = lake.read("deduplicated_papers", ["paper_id", "record_count", "arxiv_id"]).to_pandas()
    members = lake.read("paper_records", ["record_id", "paper_id"]).to_pandas()
    arxiv_ids = lake.read("cleaned_records", ["record_id", "arxiv_id"]).to_pandas()
    members = members.merge(arxiv_ids, on="record_id", how="left")
    by_paper = members.groupby("paper_id")
    found = by_paper.size().reindex(papers["paper_id"], fill_value=0).to_numpy()
    held = by_paper["arxiv_id"].nunique().reindex(papers["paper_id"], fill_value=0).to_numpy()
    papers = papers.assign(found=found, arxiv_ids=held)
    broken = papers[(papers["found"] != papers["record_count"]) | (papers["arxiv_ids"] > 1)]
    words = f"{len(papers)} papers explain {int(found.sum())} records"
    examples = list_examples(broken.astype(object).where(broken.notna(), None))
    counts = {"papers": len(papers), "records": int(found.sum())}
    return Verdict(broken.empty, words, examples, counts)


def _corrections_met(lake: Lake, _: Settings) -> Verdict:
    corrections = lake.read("corrections", ["reason", "author", "subjects", "is_met", "note"])
    unmet = [row for row in corrections.to_pylist() if not row.pop("is_met")]
    words = f"{len(unmet)} of {corrections.num_rows} corrections are not met"
    return Verdict(not unmet, words, unmet[:MOST_EXAMPLES], {"corrections": corrections.num_rows})


def _every_paper_has_features(lake: Lake, _: Settings) -> Verdict:
    papers = lake.read("deduplicated_papers", ["paper_id"])["paper_id"]
    features = lake.read("enriched_papers", ["paper_id"])["paper_id"].combine_chunks()
    lost = papers.filter(pc.invert(pc.is_in(papers, value_set=features))).to_pylist()
    words = f"expected features of {len(papers)} papers, found {len(features)}"
    is_passed = not lost and len(papers) == len(features)
    details = [{"paper_id": p} for p in lost[:MOST_EXAMPLES]]
    return Verdict(is_passed, words, details, {"papers": len(papers)})


def _every_paper_counted(lake: Lake, _: Settings) -> Verdict:
    """The counts of papers by month are those of the table that they count."""
    papers = lake.read("enriched_papers", ["month"])["month"].to_pandas().value_counts()
    counts = lake.read("feature_counts", ["month", "feature", "paper_count"]).to_pandas()
    counted = counts[counts["feature"] == "paper"].set_index("month")["paper_count"]
    months = papers.index.union(counted.index)
    papers, counted = (column.reindex(months, fill_value=0) for column in (papers, counted))
    details = [
        {"month": month, "papers": int(papers[month]), "counted": int(counted[month])}
        for month in months[papers != counted]
    ]
    words = f"expected {papers.sum():,} papers to be counted, found {counted.sum():,}"
    return Verdict(not details, words, details[:MOST_EXAMPLES], {"months": len(months)})


CHECKS = (
    Check(
        "paper_records",
        "every_record_in_a_paper",
        "Every record belongs to exactly one paper.",
        ("cleaned_records", "paper_records"),
        _every_record_in_a_paper,
    ),
    Check(
        "deduplicated_papers",
        "papers_explained",
        "Every paper has the records it counts, and never two arXiv ids.",
        ("deduplicated_papers", "paper_records", "cleaned_records"),
        _papers_explained,
    ),
    Check(
        "paper_records",
        "corrections_met",
        "The papers are as data/corrections.yaml says; what it names is there.",
        ("corrections",),
        _corrections_met,
        is_blocking=False,
    ),
    Check(
        "enriched_papers",
        "every_paper_has_features",
        "Every paper has exactly one row of features.",
        ("deduplicated_papers", "enriched_papers"),
        _every_paper_has_features,
    ),
    Check(
        "feature_counts",
        "every_paper_counted",
        "Every paper is counted in its month.",
        ("enriched_papers", "feature_counts"),
        _every_paper_counted,
        is_blocking=False,
    ),
)
