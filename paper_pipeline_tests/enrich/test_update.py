"""Features are computed for what has changed, and what increments built is what one build gives."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from paper_pipeline.enrich import update
from paper_pipeline.enrich.lexicon import Entry, Lexicon
from paper_pipeline.enrich.trends import is_counted, update_counts
from paper_pipeline.enrich.update import find_stale_papers, update_features
from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME

TERN = Entry("model", "Tern-2", ("Tern Two",), family="Tern")
MARSH = Entry("benchmark", "MarshBench")
MOLT = Entry("method", "feather pruning")
LEXICON = Lexicon([TERN, MARSH, MOLT])
TEXTS = (
    "We test Tern-2 and an older net on MarshBench, where it reaches 71.5%.",
    "Nothing is named here; all of it is about rivers and how they carry sand.",
    "With feather pruning a net of 7B parameters runs on a phone.",
    "The heron data are at https://example.org/heron for all to use.",
)


def paper(number: int, abstract: str, **fields: Any) -> dict[str, Any]:
    """A row of deduplicated_papers."""
    empty = {
        field.name: [] if pa.types.is_list(field.type) else None
        for field in BY_NAME["deduplicated_papers"].schema
    }
    title = f"Paper number {number}"
    return empty | {
        "paper_id": f"arxiv:2501.{number:05d}",
        "title": title,
        "abstract": abstract,
        "text_hash": f"{hash_of(title + abstract):032x}",
        "first_record_id": f"{number:016x}:000000",
        "record_count": 1,
        "dump_count": 1,
        "field_record_ids": {},
        **fields,
    }


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[-12:], "big")


def put(lake: Lake, rows: Sequence[dict[str, Any]]) -> None:
    """Makes these the papers of the lake."""
    table = pa.Table.from_pylist(list(rows), BY_NAME["deduplicated_papers"].schema)
    standing = lake.read("deduplicated_papers", ["paper_id"])["paper_id"].to_pylist()
    lake.apply("deduplicated_papers", table, replacing=("paper_id", standing))


def features(lake: Lake) -> list[dict[str, Any]]:
    return lake.read("enriched_papers").sort_by("paper_id").to_pylist()


def counts(lake: Lake) -> list[dict[str, Any]]:
    return lake.read("feature_counts").sort_by("feature_id").to_pylist()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    put(lake, [paper(n, text) for n, text in enumerate(TEXTS)])
    update_features(lake, LEXICON)
    return lake


def test_a_second_run_computes_nothing_and_writes_no_version(lake: Lake) -> None:
    before = lake.versions(["enriched_papers", "lexicon_entries"])
    assert find_stale_papers(lake, LEXICON) == []
    changes = update_features(lake, LEXICON)
    assert all(change.is_empty for change in changes.values())
    assert lake.versions(["enriched_papers", "lexicon_entries"]) == before


@pytest.mark.parametrize(
    ("fields", "is_stale"),
    [
        ({"upvotes": 12}, False),
        ({"organisation": "A lab"}, False),
        ({"github_star_count": 5}, False),
        ({"abstract": "Another text.", "text_hash": "0" * 32}, True),
        ({"published_on": date(2025, 3, 4)}, True),
        ({"first_listed_on": date(2025, 3, 4)}, True),
        ({"code_repository_url": "https://github.com/tern/two"}, True),
        ({"project_page_url": "https://tern.example.org"}, True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_only_what_features_are_of_makes_a_paper_stale(
    lake: Lake, fields: dict[str, Any], is_stale: bool
) -> None:
    rows = [paper(n, text) for n, text in enumerate(TEXTS)]
    rows[1] |= fields
    put(lake, rows)
    assert find_stale_papers(lake, LEXICON) == ([rows[1]["paper_id"]] if is_stale else [])


@pytest.mark.parametrize(
    ("entries", "stale"),
    [
        ([TERN, MARSH, MOLT, Entry("method", "rivers")], [1]),
        ([TERN, MARSH, MOLT, Entry("dataset", "heron data", is_exact=True)], [3]),
        ([TERN, MARSH], [2]),
        ([TERN, MARSH, replace(MOLT, aliases=("sand carrying",))], [2]),
        ([TERN, MARSH, replace(MOLT, aliases=("carry sand",))], [1, 2]),
        ([replace(TERN, family="Bird"), MARSH, MOLT], [0]),
        ([replace(TERN, note="seen in 2024"), MARSH, MOLT], []),
        ([TERN, replace(MARSH, kind="dataset"), MOLT], [0]),
        ([TERN, MARSH, MOLT, Entry("method", "nowhere")], []),
        ([], [0, 2]),
    ],
    ids=[
        "added", "added with capitals that count", "removed", "an alias that stands nowhere",
        "an alias that stands somewhere", "family", "note", "kind", "added, stands nowhere",
        "all gone",
    ],
)  # fmt: skip
def test_a_lexicon_computes_again_what_it_can_touch(
    lake: Lake, tmp_path: Path, entries: list[Entry], stale: list[int]
) -> None:
    changed = Lexicon(entries)
    assert find_stale_papers(lake, changed) == [f"arxiv:2501.{n:05d}" for n in stale]
    update_features(lake, changed)
    assert find_stale_papers(lake, changed) == []
    anew = Lake(tmp_path / "anew")
    put(anew, [paper(n, text) for n, text in enumerate(TEXTS)])
    update_features(anew, changed)
    assert features(lake) == features(anew)


def test_a_crash_before_the_lexicon_is_noted_loses_nothing(lake: Lake, monkeypatch) -> None:
    changed = Lexicon([TERN, MARSH, MOLT, Entry("method", "rivers")])
    real = lake.apply

    def crash_at_the_lexicon(name: str, *arguments: Any, **options: Any) -> Any:
        if name == update.LEXICON_TABLE:
            raise KeyboardInterrupt
        return real(name, *arguments, **options)

    monkeypatch.setattr(lake, "apply", crash_at_the_lexicon)
    with pytest.raises(KeyboardInterrupt):
        update_features(lake, changed)
    monkeypatch.undo()
    assert find_stale_papers(lake, changed) == ["arxiv:2501.00001"]
    update_features(lake, changed)
    assert features(lake)[1]["methods"] == ["rivers"]


def test_newer_extractors_compute_every_paper_again(lake: Lake, monkeypatch) -> None:
    monkeypatch.setattr(update, "EXTRACTOR_VERSION", update.EXTRACTOR_VERSION + 1)
    assert len(find_stale_papers(lake, LEXICON)) == len(TEXTS)


def test_a_paper_that_goes_takes_its_features_along(lake: Lake) -> None:
    put(lake, [paper(n, text) for n, text in enumerate(TEXTS[:2])])
    assert update_features(lake, LEXICON)["enriched_papers"].deleted == 2
    assert [row["paper_id"][-1] for row in features(lake)] == ["0", "1"]


def test_batches_do_not_matter(lake: Lake, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(update, "BATCH_PAPERS", 1)
    anew = Lake(tmp_path / "anew")
    put(anew, [paper(n, text) for n, text in enumerate(TEXTS)])
    update_features(anew, LEXICON)
    assert features(anew) == features(lake)


@pytest.mark.parametrize("seed", range(2))
def test_counts_kept_up_to_date_are_counts_made_at_once(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311 -- not a secret
    lake = Lake(tmp_path / "lake")
    days = [None, date(2025, 1, 3), date(2025, 2, 3), date(2025, 2, 20)]
    papers: dict[int, dict[str, Any]] = {}
    for step in range(5):
        for number in choose.sample(range(8), 4):
            if number in papers and choose.random() < 0.4:
                del papers[number]
            else:
                text = f"{choose.choice(TEXTS)} {step}"
                papers[number] = paper(number, text, published_on=choose.choice(days))
        put(lake, list(papers.values()))
        assert not update_features(lake, LEXICON)["enriched_papers"].is_empty
        assert not is_counted(lake)
        update_counts(lake)
        if step == 2:  # whoever deletes the table, or a file of it, gets it back
            lake.apply(
                "feature_counts", lake.empty("feature_counts"), replacing=("month", ["2025-02"])
            )
    anew = Lake(tmp_path / "anew")
    put(anew, list(papers.values()))
    update_features(anew, LEXICON)
    update_counts(anew)
    assert counts(lake) == counts(anew)
    of_papers = [row for row in counts(lake) if row["feature"] == "paper"]
    assert sum(row["paper_count"] for row in of_papers) == len(papers)
    assert is_counted(lake)
    assert update_counts(lake).is_empty


def test_what_is_counted(lake: Lake) -> None:
    put(
        lake,
        [
            paper(0, TEXTS[0] + " Tern-2 again.", published_on=date(2025, 1, 3)),
            paper(1, TEXTS[0], first_listed_on=date(2025, 1, 9)),
            paper(2, TEXTS[2], published_on=date(2024, 12, 9), first_listed_on=date(2025, 1, 9)),
            paper(3, TEXTS[3]),
        ],
    )
    update_features(lake, LEXICON)
    update_counts(lake)
    found = {(r["month"], r["feature"], r["name"]): r["paper_count"] for r in counts(lake)}
    assert found[("2025-01", "paper", "all")] == 2
    assert found[("2025-01", "model", "Tern-2")] == 2
    assert found[("2025-01", "model_family", "Tern")] == 2
    assert found[("2025-01", "benchmark", "MarshBench")] == 2
    assert found[("2024-12", "method", "feather pruning")] == 1
    assert found[("2024-12", "size_class", "3B-8B")] == 1
    assert found[("unknown", "link", "other")] == 1
    assert found[("2025-01", "text_language", "en")] == 2
