"""Every projection of the contracts says the same."""

from datetime import date

import dagster as dg
import pyarrow as pa
import pytest

from paper_pipeline import resources
from paper_pipeline.dedup import survivorship
from paper_pipeline.definitions import defs
from paper_pipeline.enrich.features import compute_features
from paper_pipeline.enrich.lexicon import load_lexicon
from paper_pipeline.lake.tables import BY_NAME, TABLES, trace_column
from paper_pipeline.lake.tables.contract import Table
from paper_pipeline.lake.tables.dictionary import data_dictionary
from paper_pipeline.quality import validation
from paper_pipeline_tests.corpus import ROOT

PAPER = {
    column.name: [] if pa.types.is_list(column.type) else None
    for column in BY_NAME["deduplicated_papers"].columns
} | {
    "paper_id": "arxiv:2501.00001",
    "title": "Reading long texts with Qwen2.5-7B",
    "abstract": "We tune a 7B model on MMLU. Code: https://github.com/someone/it. It gains.",
    "published_on": date(2025, 1, 2),
    "first_listed_on": date(2025, 1, 6),
    "text_hash": "0" * 32,
    "record_count": 1,
    "dump_count": 1,
    "first_record_id": "0" * 16 + ":000000",
}
OTHER_VALUES = {
    "title": "Leser von Texten mit Llama-3-70B",
    "abstract": "Wir messen auf GSM8K. Das Modell hat 13 Milliarden Parameter. Mehr nicht.",
    "published_on": date(2024, 5, 5),
    "project_page_url": "https://someone.github.io/reader",
    "code_repository_url": "https://github.com/someone/else",
    "text_hash": "1" * 32,
}


def test_the_data_dictionary_is_current() -> None:
    stored = (ROOT / "data" / "README.md").read_text("utf-8")
    assert stored == data_dictionary(), "run: paper-pipeline dictionary > data/README.md"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
class TestContract:
    def test_key_is_a_unique_column(self, table: Table) -> None:
        key = table.column(table.key)
        assert key.unique
        assert not key.nullable

    def test_references_lead_to_tables(self, table: Table) -> None:
        for reference in table.references:
            target = BY_NAME[reference.table]
            assert table.column(reference.column).type == target.column(target.key).type

    def test_same_name_means_same_type(self, table: Table) -> None:
        for column in table.columns:
            for other in TABLES:
                if column.name in other.schema.names:
                    assert other.column(column.name).type == column.type, other.name

    def test_expectations_cover_every_promise(self, table: Table) -> None:
        found = {(e["column"], e["type"]): e for e in validation.expectations(table)}
        referring = {reference.column for reference in table.references}
        for column in table.columns:
            has_range = column.minimum is not None or column.maximum is not None
            has_length = column.min_length is not None or column.max_length is not None
            promised = {
                "expect_column_values_to_be_unique": column.unique,
                "expect_column_values_to_be_between": has_range,
                "expect_column_value_lengths_to_be_between": has_length,
                "expect_column_values_to_match_regex": bool(column.pattern)
                and column.name not in referring,
                "expect_column_values_to_be_in_set": bool(column.allowed),
            }
            for kind, is_promised in promised.items():
                assert ((column.name, kind) in found) == is_promised, (column.name, kind)
                if is_promised:
                    assert found[column.name, kind]["severity"] == column.severity

    def test_a_pattern_left_to_the_table_referred_to_is_kept_there(self, table: Table) -> None:
        for reference in table.references:
            target = BY_NAME[reference.table]
            key = target.column(target.key)
            if table.column(reference.column).pattern:
                assert key.pattern, (table.name, reference)

    def test_dagster_shows_the_same_columns(self, table: Table) -> None:
        shown = resources.column_schema(table)
        assert [(c.name, c.type) for c in shown.columns] == [
            (f.name, resources.type_name(f.type)) for f in table.schema
        ]
        for column, other in zip(table.columns, shown.columns, strict=True):
            assert other.description, column.name
            assert other.constraints.nullable == column.nullable
            assert other.constraints.unique == column.unique
            words = set(column.constraints) - {"not null", "unique"}
            assert set(other.constraints.other) == words

    def test_lineage_leads_to_columns_that_are_there(self, table: Table) -> None:
        for column in table.columns:
            sources = trace_column(table, column)
            assert bool(sources) == bool(table.made_from), column.name
            for name, source in sources:
                assert BY_NAME[name].column(source)
                assert name in table.made_from, (column.name, name)

    def test_dagster_shows_the_same_lineage(self, table: Table) -> None:
        shown = resources.column_lineage(table).deps_by_column
        assert list(shown) == table.schema.names
        for column in table.columns:
            found = [(d.asset_key.to_user_string(), d.column_name) for d in shown[column.name]]
            assert found == sorted(trace_column(table, column))


def test_names_follow_the_glossary() -> None:
    for table in TABLES:
        for column in table.columns:
            if pa.types.is_timestamp(column.type):
                assert column.name.endswith("_at")
            if pa.types.is_date(column.type):
                assert column.name.endswith("_on")


def test_lineage_comes_from_the_assets_that_dagster_reads_before() -> None:
    graph = defs.resolve_asset_graph()
    for table in TABLES:
        if table.made_from and not table.asset:
            key = dg.AssetKey(table.name)
            parents = {parent.to_user_string() for parent in graph.get(key).parent_keys}
            assert set(table.made_from) <= parents, table.name


def test_a_feature_depends_on_the_columns_it_names_and_on_no_other() -> None:
    """What lineage says of features holds for the code: another source value changes nothing."""
    papers, features = BY_NAME["deduplicated_papers"], BY_NAME["enriched_papers"]
    before = pa.Table.from_pylist([PAPER], papers.schema)
    known = compute_features(before, load_lexicon()).to_pylist()[0]
    for source, value in OTHER_VALUES.items():
        after = pa.Table.from_pylist([PAPER | {source: value}], papers.schema)
        found = compute_features(after, load_lexicon()).to_pylist()[0]
        changed = {name for name in found if found[name] != known[name]}
        allowed = {
            column.name
            for column in features.columns
            if ("deduplicated_papers", source) in trace_column(features, column)
        }
        assert changed, source
        assert changed <= allowed, (source, changed - allowed)


def test_a_golden_field_comes_from_the_column_it_names_and_from_no_other() -> None:
    papers = BY_NAME["deduplicated_papers"]
    for rule in survivorship.RULES:
        assert trace_column(papers, papers.column(rule.field)) == (
            ("cleaned_records", rule.source),
        )
