"""Features of a paper put together: proven by their places, and independent of other papers."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.features import (
    PAPER_COLUMNS,
    compute_features,
    extract_features,
    find_months,
)
from paper_pipeline.enrich.lexicon import Entry, Lexicon, load_lexicon
from paper_pipeline.lake.tables import BY_NAME

LEXICON = Lexicon(
    [
        Entry("model", "Tern-2", family="Tern"),
        Entry("benchmark", "MarshBench"),
        Entry("method", "feather pruning"),
        Entry("licence", "Reed License"),
    ]
)
TITLE = "Wading-7B: A Model of Reed Beds"
ABSTRACT = (
    "We present Wading-7B, a language model with 7B parameters. With feather pruning it reaches "
    "81.5% accuracy on MarshBench, where Tern-2 reaches 77%. Code: https://github.com/Reed/wading."
)
FINDS = ("links", "parameter_counts", "mentions", "reported_scores", "keyphrases")


def one(**fields: Any) -> dict[str, Any]:
    found = extract_features([{"title": TITLE, "abstract": ABSTRACT, **fields}], LEXICON)
    assert len(found) == 1
    return found[0]


def papers(*rows: dict[str, Any]) -> pa.Table:
    schema = pa.schema([BY_NAME["deduplicated_papers"].schema.field(n) for n in PAPER_COLUMNS])
    full = [
        {"paper_id": f"arxiv:2501.{n:05d}", "text_hash": "0" * 32, "title": TITLE, **row}
        for n, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema)


def test_what_is_found_in_one_paper() -> None:
    row = compute_features(papers({"abstract": ABSTRACT}), LEXICON).to_pylist()[0]
    assert row["models"] == ["Wading", "Tern-2"]
    assert row["model_families"] == ["Tern"]
    assert row["benchmarks"] == ["MarshBench"]
    assert row["methods"] == ["feather pruning"]
    assert row["licences"] == []
    assert row["parameter_count_min"] == row["parameter_count_max"] == 7_000_000_000
    assert row["code_repositories"] == ["Reed/wading"]
    assert {(s["value"], s["unit"], s["benchmark"]) for s in row["reported_scores"]} >= {
        (81.5, "%", "MarshBench")
    }
    assert row["language"] == "en"
    assert row["month"] == "unknown"


@pytest.mark.parametrize("name", FINDS)
def test_every_find_is_proven_by_its_place(name: str) -> None:
    texts = {"title": TITLE, "abstract": ABSTRACT}
    found = one()[name]
    assert found
    for find in found:
        proof = texts[find["field"]][find["start"] : find["end"]]
        assert proof
        assert proof == proof.strip()


def test_links_given_beside_the_text_are_merged_in_and_named() -> None:
    found = one(
        code_repository_url="https://github.com/reed/Wading/",
        project_page_url="https://reed.example.org/wading",
    )["links"]
    given = {link["url"]: (link["kind"], link["field"], link["start"]) for link in found}
    assert given["https://reed.example.org/wading"] == ("project_page", "project_page_url", None)
    in_text = next(link for link in found if link["field"] == "abstract")
    assert in_text["repository"] == "Reed/wading"
    rows = compute_features(
        papers({"abstract": ABSTRACT, "code_repository_url": "https://github.com/reed/Wading/"}),
        LEXICON,
    )
    assert rows["code_repositories"].to_pylist() == [["Reed/wading"]]


@pytest.mark.parametrize(
    ("dates", "month"),
    [
        ({"published_on": date(2025, 3, 31), "first_listed_on": date(2025, 4, 1)}, "2025-03"),
        ({"first_listed_on": date(2025, 4, 1)}, "2025-04"),
        ({}, "unknown"),
    ],
)
def test_the_month_a_paper_counts_for(dates: dict[str, date], month: str) -> None:
    assert find_months(papers(dates)).to_pylist() == [month]


def test_an_abstract_without_title_is_read_as_an_abstract() -> None:
    abstract = "KwikSort: Models of Owls that sing are rare, and KwikSort is one word of many."
    alone = extract_features([{"abstract": abstract}], LEXICON)[0]["mentions"]
    assert (
        alone == extract_features([{"title": "Owls", "abstract": abstract}], LEXICON)[0]["mentions"]
    )
    assert [m["kind"] for m in extract_features([{"title": abstract}], LEXICON)[0]["mentions"]] == [
        "model", "model",
    ]  # fmt: skip


def test_no_papers_have_no_features() -> None:
    assert compute_features(papers(), LEXICON).num_rows == 0
    assert extract_features([], LEXICON) == []


@pytest.mark.parametrize("row", [{}, {"abstract": ""}, {"title": "…"}, {"title": "𝔘" * 9}])
def test_papers_that_say_little(row: dict[str, str]) -> None:
    found = compute_features(papers(row), LEXICON)
    assert found.schema == BY_NAME["enriched_papers"].schema
    assert found.num_rows == 1


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_papers_do_not_depend_on_one_another(abstracts: list[str]) -> None:
    rows = [{"title": TITLE, "abstract": f"{ABSTRACT} {text}"} for text in abstracts]
    together = extract_features(rows, LEXICON)
    assert together == [extract_features([row], LEXICON)[0] for row in rows]


@given(st.text(), st.text())
def test_any_text_has_features_that_its_places_prove(title: str, abstract: str) -> None:
    texts = {"title": title, "abstract": abstract}
    found = extract_features([texts], load_lexicon())[0]
    for name in FINDS:
        for find in found[name]:
            assert 0 <= find["start"] < find["end"] <= len(texts[find["field"]])
