"""Every projection of the contracts says the same."""

import pyarrow as pa
import pytest

from paper_pipeline import quality, resources
from paper_pipeline.tables import BY_NAME, TABLES, Table, data_dictionary
from paper_pipeline_tests.corpus import ROOT


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
        found = {(e["column"], e["type"]) for e in quality.expectations(table)}
        for column in table.columns:
            promised = {
                "expect_column_values_to_not_be_null": not column.nullable,
                "expect_column_values_to_be_unique": column.unique,
                "expect_column_values_to_match_regex": bool(column.pattern),
                "expect_column_values_to_be_in_set": bool(column.allowed),
            }
            for kind, is_promised in promised.items():
                assert ((column.name, kind) in found) == is_promised, (column.name, kind)

    def test_dagster_shows_the_same_columns(self, table: Table) -> None:
        shown = resources.column_schema(table)
        assert [(c.name, c.type) for c in shown.columns] == [
            (f.name, resources.type_name(f.type)) for f in table.schema
        ]
        assert all(c.description for c in shown.columns)


def test_names_follow_the_glossary() -> None:
    for table in TABLES:
        for column in table.columns:
            if pa.types.is_timestamp(column.type):
                assert column.name.endswith("_at")
            if pa.types.is_date(column.type):
                assert column.name.endswith("_on")
