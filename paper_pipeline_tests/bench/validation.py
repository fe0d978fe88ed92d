"""Validation against Great Expectations alone, and the checks of a whole graph against its import.

Great Expectations alone is its own data frame, the same suite and its usual result format, in an
ephemeral context. Ours starts from Arrow, keeps suite and history, and reports plainly.
"""

import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.tables.contract import Column, Table
from paper_pipeline.quality import validation
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import SAMPLE, SEEDS, Corpus

ROWS, SMALL_ROWS = 1_000_000, 100_000
REPEATS = 3
# Fifteen promises of every kind that contracts make.
MEASURED = Table(
    "measured",
    "clean",
    "a made-up record",
    "record_id",
    (
        Column("record_id", pa.string(), "key", unique=True, pattern="^r[0-9]{7}$"),
        Column("title", pa.string(), "title", min_length=1, max_length=1000),
        Column("abstract", pa.string(), "abstract", nullable=True, min_length=1, max_length=50_000),
        Column("format", pa.string(), "format", allowed=("api", "html", "text")),
        Column("published_on", pa.date32(), "day", nullable=True, minimum=date(1991, 1, 1)),
        *(
            Column(name, pa.int64(), name, nullable=True, minimum=0)
            for name in ("upvotes", "comments", "stars", "first", "last", "place")
        ),
        Column("score", pa.float64(), "score", minimum=0, maximum=1),
        Column("arxiv_id", pa.string(), "id", nullable=True, pattern="^[0-9]{4}[.][0-9]{5}$"),
        Column("language", pa.string(), "language", pattern="^[a-z]{2}$"),
    ),
)


def make_rows(count: int) -> pa.Table:
    """Rows that keep every promise."""
    numbers = np.arange(count)
    choose = np.random.default_rng(0)
    columns: dict[str, Any] = {
        "record_id": [f"r{n:07d}" for n in numbers],
        "title": [f"A title of number {n}" for n in numbers],
        "abstract": ["A text of some length, as abstracts are, and then some more of it."] * count,
        "format": choose.choice(["api", "html", "text"], count),
        "published_on": [date(2024, 1, 1 + n % 28) for n in numbers],
        **dict.fromkeys(("upvotes", "comments", "stars", "first", "last", "place"), numbers),
        "score": choose.random(count),
        "arxiv_id": [f"{2400 + n % 12:04d}.{n % 100_000:05d}" for n in numbers],
        "language": choose.choice(["en", "de"], count),
    }
    return pa.table(columns, schema=MEASURED.schema)


def _validate_alone(frame: pd.DataFrame) -> bool:
    """What somebody would write who has but Great Expectations."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)  # type: ignore[assignment]
    suite = gx.ExpectationSuite(name="measured")
    for item in validation.expectations(MEASURED):
        name = "".join(word.capitalize() for word in item["type"].split("_"))
        suite.add_expectation(
            getattr(gx.expectations, name)(column=item["column"], **item["arguments"])
        )
    suite = context.suites.add(suite)
    source = context.data_sources.add_pandas("memory")
    batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    definition = gx.ValidationDefinition(name="measured", data=batch, suite=suite)
    return bool(definition.run(batch_parameters={"dataframe": frame}).success)


def compare(is_small: bool) -> list[tuple[str, float]]:
    """CPU seconds: ours and Great Expectations alone, the best of REPEATS each, taken in turn."""
    rows = make_rows(SMALL_ROWS if is_small else ROWS)
    frame = rows.to_pandas()
    best = {"ours": float("inf"), "Great Expectations alone": float("inf")}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(REPEATS):
            for name in best:
                started = time.process_time()
                if name == "ours":
                    is_met = validation.validate(MEASURED, rows, Path(folder)).is_met
                else:
                    is_met = _validate_alone(frame)
                best[name] = min(best[name], time.process_time() - started)
                assert is_met, name
    return list(best.items())


def measure_checks() -> tuple[float, float]:
    """CPU seconds of importing Great Expectations, and of all checks of a graph, run first."""
    started = time.process_time()
    import great_expectations  # noqa: F401

    imported = time.process_time() - started
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        corpus.put(*(SEEDS if SEEDS.is_dir() else SAMPLE).iterdir())
        corpus.update()
        settings = Settings(data=folder)
        started = time.process_time()
        for check in CHECKS:
            run_check(check, corpus.lake, settings)
        return imported, time.process_time() - started
