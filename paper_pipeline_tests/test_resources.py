"""What a table shows of itself: a picture that cannot be drawn never holds up the data."""

import logging
from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg
import pandas as pd
import pytest

from paper_pipeline import plots
from paper_pipeline.acquire.assets import described_papers, raw_daily_pages, raw_inbox_dumps
from paper_pipeline.clean.assets import cleaned_tables
from paper_pipeline.dedup.assets import deduplicated_tables
from paper_pipeline.enrich.assets import enriched_tables
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.quality import scorecard, validation
from paper_pipeline.quality.assets import quality_scorecard
from paper_pipeline.release.assets import corpus_release
from paper_pipeline.resources import Plot, Workspace, table_metadata
from paper_pipeline_tests.corpus import Corpus, abstract, page
from paper_pipeline_tests.replay import GeneratedDays, ReplayServer

NAME = "cleaned_records"
PICTURE = "![plot](data:image/png;base64,"
FAILED = "could not be drawn: "
ODD_NAMES = (
    r"cost $\foo$ 50%_x^.txt",
    r"$\frac{a}{$.txt",
    "_underscored_.txt",
    "a|b `c` <img src=x> [d](javascript:e) **f**.txt",
    "\\N{nope} {0} %s.txt",
    "数字 🙂 é\u0301.txt",
    "two\nlines\tand a tab.txt",
    "-no extension",
    "1e999.txt",
)


class Drawing:
    """A plot that counts how often it is drawn, and fails when it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    def __call__(self, lake: Lake) -> bytes:
        self.count += 1
        if self.error:
            raise self.error
        return plots.bars(f"{lake.count(NAME)} records", {"a": 1}, label="x")


def shown(lake: Lake, **plot: object) -> dict[str, str]:
    """The texts that a materialisation of cleaned_records shows."""
    workspace = Workspace(data=str(lake.folder.parent))
    change = Change(0, 0, 0, 0, lake.version(NAME))
    metadata = table_metadata(workspace, NAME, change, preview=["title"], **plot)  # type: ignore[arg-type]
    return {key: str(value.value) for key, value in metadata.items()}


def drop_one(lake: Lake, name: str, key: str) -> None:
    first = lake.read(name, [key], limit=1)[key].to_pylist()
    lake.apply(name, lake.empty(name), replacing=(key, first))


def test_a_picture_is_drawn_again_when_one_of_its_tables_changes(sample_corpus: Corpus) -> None:
    lake, draw = sample_corpus.lake, Drawing()
    plot = Plot((NAME, "parsed_dumps"), draw)
    first = shown(lake, plot=plot)
    assert first["plot"].startswith(PICTURE)
    assert shown(lake, plot=plot) == first
    assert draw.count == 1
    drop_one(lake, "parsed_dumps", "dump_id")
    shown(lake, plot=plot)
    assert draw.count == 2


def test_a_plot_that_fails_is_a_warning_and_is_tried_again(
    sample_corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    lake, good, bad = sample_corpus.lake, Drawing(), Drawing()
    both = {"good": Plot((NAME,), good), "bad": Plot((NAME,), bad)}
    bad.error = ValueError("<b>\udc80 no font" + " for this" * 99)
    with caplog.at_level(logging.WARNING):
        found = shown(lake, plots_by_name=both)
    assert found["good"].startswith(PICTURE)
    assert found["bad"].startswith(FAILED + "ValueError('&lt;b&gt;")
    assert len(found["bad"].encode()) < 400
    assert found["preview"].startswith("| title")
    assert "cleaned_records.bad could not be drawn" in caplog.text
    bad.error = None
    assert shown(lake, plots_by_name=both)["bad"].startswith(PICTURE)
    assert (good.count, bad.count) == (1, 2)


def test_a_preview_that_fails_is_a_warning_and_is_tried_again(
    sample_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise TypeError("odd value")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_markdown", fail)
        found = shown(sample_corpus.lake, plot=Plot((NAME,), Drawing()))
    assert found["preview"] == FAILED + "TypeError('odd value')"
    assert found["plot"].startswith(PICTURE)
    assert shown(sample_corpus.lake)["preview"].startswith("| title")


def test_a_plot_looks_at_no_table_that_it_does_not_name(sample_corpus: Corpus) -> None:
    found = shown(sample_corpus.lake, plot=Plot(("parsed_dumps",), Drawing()))
    assert "found cleaned_records; name it among the tables" in found["plot"]


def texts(result: dg.ExecuteInProcessResult) -> Iterator[tuple[str, str]]:
    """What the assets of a run show as markdown, and where."""
    for event in result.get_asset_materialization_events():
        metadata: Mapping[str, dg.MetadataValue] = event.materialization.metadata
        for key, value in metadata.items():
            if isinstance(value, dg.MarkdownMetadataValue):
                yield f"{event.asset_key and event.asset_key.to_user_string()}.{key}", value.value


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_name_of_a_file_stops_the_stage_clean(corpus: Corpus, name: str) -> None:
    corpus.write(name, page(("One", abstract(1)), ("Two", abstract(2))))
    result = dg.materialize(
        [raw_inbox_dumps, cleaned_tables],
        resources={"workspace": Workspace(data=str(corpus.folder))},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    assert corpus.lake.count("cleaned_records") == 2
    found = dict(texts(result))
    assert found["cleaned_records.plot"].startswith(PICTURE)
    assert not any(FAILED in text for text in found.values())


@pytest.fixture
def no_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations takes a second for every table."""
    validate = validation.validate
    monkeypatch.setattr(validation, "validate", lambda t, rows, *_: validate(t, rows.slice(0, 0)))


EVERY_ASSET = (
    raw_inbox_dumps,
    raw_daily_pages,
    described_papers,
    cleaned_tables,
    deduplicated_tables,
    enriched_tables,
    quality_scorecard,
    corpus_release,
)


@pytest.mark.usefixtures("no_contracts")
def test_every_asset_can_draw_all_that_it_shows(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And names the tables that its plots look at, or they could not be drawn."""
    day = date(2025, 10, 8)
    corpus.write("a.txt", page(("One", abstract(1)), ("No abstract", "")))
    with ReplayServer(GeneratedDays(1, day), today=day) as server:
        monkeypatch.setenv("PAPER_PIPELINE_DAILY_PAPERS_URL", server.url)
        monkeypatch.setenv("PAPER_PIPELINE_FETCH_RATE", "0")
        result = dg.materialize(
            EVERY_ASSET,
            partition_key=day.isoformat(),
            resources={"workspace": Workspace(data=str(corpus.folder))},
            instance=dg.DagsterInstance.ephemeral(),
        )
    found = dict(texts(result))
    assert [key for key, text in found.items() if FAILED in text] == []
    drawn = {key for key, text in found.items() if text.startswith(PICTURE)}
    assert drawn == {
        "raw_inbox_dumps.plot",
        "raw_daily_pages.plot",
        "arxiv_metadata.plot",
        "cleaned_records.plot",
        "quarantined_entries.plot",
        "deduplicated_papers.plot",
        "paper_records.plot",
        "feature_counts.papers_a_month",
        "feature_counts.sizes_over_time",
        "feature_counts.top_benchmarks",
        "feature_counts.top_methods",
        "corpus_release.plot",
    }
    assert {"quality_scorecard.checks", "quality_scorecard.coverage"} <= found.keys()


@pytest.mark.usefixtures("no_contracts")
def test_a_scorecard_that_cannot_be_shown_is_written_all_the_same(
    sample_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise KeyError("share")

    monkeypatch.setattr(scorecard, "describe_coverage", fail)
    result = dg.materialize(
        [quality_scorecard],
        resources={"workspace": Workspace(data=str(sample_corpus.folder))},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    assert sample_corpus.lake.count("quality_scorecard")
    found = dict(texts(result))
    assert found["quality_scorecard.coverage"] == FAILED + "KeyError('share')"
    assert found["quality_scorecard.checks"].startswith("|")


def test_the_plot_of_records_knows_dumps_that_no_raw_table_has(sample_corpus: Corpus) -> None:
    """As after a crash, or where a raw table was put back from an older copy."""
    from paper_pipeline.clean.assets import _plot_records

    drop_one(sample_corpus.lake, "raw_inbox_dumps", "dump_id")
    assert _plot_records(sample_corpus.lake).startswith(b"\x89PNG")
