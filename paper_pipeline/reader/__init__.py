"""For readers of the corpus: open, search, compare, export. Knows no stage and no Dagster."""
