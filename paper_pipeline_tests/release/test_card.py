"""The card is what the hub can read and people can follow, the same every time."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.release.card import list_languages, write_card
from paper_pipeline.release.content import count_names, name_type, show_share
from paper_pipeline.release.snapshot import write_table
from paper_pipeline_tests.release.small_release import (
    CHANGES,
    GOLDEN,
    PAPERS,
    REGENERATE,
    golden_texts,
    small_release,
)


def header_of(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_the_card_is_the_golden_one() -> None:
    assert golden_texts()["README.md"] == GOLDEN.joinpath("README.md").read_text("utf-8"), (
        REGENERATE
    )


def test_the_hub_finds_every_parquet_file_and_papers_first() -> None:
    configs = header_of(write_card(small_release(), CHANGES))["configs"]
    assert [c["data_files"] for c in configs] == [
        [{"split": "train", "path": file.file_name}] for file in TABLE_FILES
    ]
    assert [c["config_name"] for c in configs if c.get("default")] == ["papers"]


def test_a_file_without_rows_is_no_configuration() -> None:
    content = small_release()
    none = content.redirects.schema.empty_table()
    empty = replace(content, redirects=ds.dataset(none))
    names = [config["config_name"] for config in header_of(write_card(empty, CHANGES))["configs"]]
    assert names == ["papers", "records", "mentions", "changes"]


def test_the_licence_is_said_as_it_is() -> None:
    card = write_card(small_release(), CHANGES)
    header = header_of(card)
    assert header["license"] == "other"
    assert header["license_name"]
    assert header["license_link"].startswith("https://info.arxiv.org/")
    assert "belong to the authors" in card
    assert re.search(r"Open an issue\s.*`paper_id`", card)


@pytest.mark.parametrize(
    ("count", "size"),
    [
        (0, "n<1K"),
        (1, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (9_999, "1K<n<10K"),
        (10_000, "10K<n<100K"),
    ],
)
def test_the_class_of_size_follows_the_number_of_papers(count: int, size: str) -> None:
    content = small_release()
    many = replace(
        content, manifest={**content.manifest, "counts": {**content.counts, "papers": count}}
    )
    assert header_of(write_card(many, CHANGES))["size_categories"] == [size]


def test_every_column_is_described() -> None:
    content = small_release()
    card = write_card(content, CHANGES)
    for name in content.papers.schema.names:
        row = rf"^\| `{name}` \| [^|]+ \| [<>]?\d+ % \| [^|]{{4,}} \|$"
        assert re.search(row, card, flags=re.MULTILINE), name
    for name in ("content_hash", "matched_record_id", "old_paper_id", "changed_fields", "basis"):
        assert f"| `{name}` |" in card


def test_a_column_without_description_is_named() -> None:
    content = small_release()
    papers = content.papers.to_table()
    papers = ds.dataset(papers.append_column("shoe_size", pa.nulls(papers.num_rows)))
    strange = replace(content, papers=papers, coverage={**content.coverage, "shoe_size": 0.0})
    with pytest.raises(KeyError, match=r"papers\.parquet's column shoe_size.*declare it"):
        write_card(strange, CHANGES)


def test_the_first_release_has_nothing_to_be_compared_with() -> None:
    card = write_card(small_release(previous=None), "never read")
    assert "This is the first release." in card
    assert "never read" not in card
    assert f"Since 2026.01.08: {CHANGES}" in write_card(small_release(), CHANGES)


def test_mark_up_in_descriptions_is_text() -> None:
    card = write_card(small_release(), CHANGES)
    assert "arxiv:<id>" not in card
    assert "arxiv:&lt;id>" in card


def test_an_empty_corpus_has_a_card() -> None:
    card = write_card(small_release(papers=()), CHANGES)
    assert "language" not in header_of(card)
    assert "| papers | 0 |" in card


def test_the_pandas_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = small_release()
    write_table(content.papers.to_table(), tmp_path / "papers.parquet")
    example = re.findall(r"```python\n(.*?)```", write_card(content, CHANGES), flags=re.DOTALL)[0]
    script = tmp_path / "example.py"
    script.write_text(example.replace("\npapers.explode", "\ncounts = papers.explode"))
    monkeypatch.chdir(tmp_path)
    assert runpy.run_path(str(script))["counts"]["LanternBench"] == 2


@pytest.mark.parametrize(
    ("languages", "wanted"),
    [
        (["de", "en", "en"], ["en", "de"]),
        (["en"] * 99 + ["fi"], ["en", "fi"]),
        (["en"] * 100 + ["fi"], ["en"]),
        ([None, None], []),
        ([], []),
    ],
)
def test_languages_of_a_hundredth_of_the_papers_count(
    languages: list[str | None], wanted: list[str]
) -> None:
    assert (
        list_languages(ds.dataset(pa.table({"language": pa.array(languages, pa.string())})))
        == wanted
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (0.0001, "<1 %"),
        (0.0099, "<1 %"),
        (0.01, "1 %"),
        (0.125, "12 %"),
        (0.99, "99 %"),
        (0.9999, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_none_or_all_only_where_it_is_exact(share: float, words: str) -> None:
    assert show_share(share) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (pa.string(), "text"),
        (pa.list_(pa.string()), "list of text"),
        (pa.timestamp("us", tz="UTC"), "time (UTC)"),
        (pa.struct([("a", pa.int64()), ("b", pa.string())]), "{a, b}"),
        (pa.struct([(c, pa.int64()) for c in "abcdefghijkl"]), "{a, b, c, and 9 more}"),
        (pa.binary(), "binary"),
    ],
)
def test_types_are_told_in_words(kind: pa.DataType, words: str) -> None:
    assert name_type(kind) == words


@given(names=st.lists(st.none() | st.sampled_from("abcäz"), max_size=30), cut=st.integers(0, 30))
def test_names_are_counted_however_they_lie_in_memory(names: list[str | None], cut: int) -> None:
    column = pa.chunked_array([names[:cut], names[cut:]], pa.string())
    counts = count_names(column)
    assert counts == {name: names.count(name) for name in counts}
    assert sum(counts.values()) == len(names) - names.count(None)
    assert list(counts) == sorted(counts, key=lambda name: (-counts[name], name))


def test_the_example_papers_are_what_the_golden_card_counts() -> None:
    assert f"| papers | {len(PAPERS)} |" in GOLDEN.joinpath("README.md").read_text("utf-8")
