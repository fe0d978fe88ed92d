"""Steps that fetch: what Dagster is to try again, and what minutes cannot help."""

from datetime import date

import dagster as dg
import pytest

from paper_pipeline.acquire import arxiv_metadata, assets, daily_pages
from paper_pipeline.acquire.arxiv_metadata import Report
from paper_pipeline.acquire.daily_pages import DayAnswer
from paper_pipeline.lake.store import Change, LakeError
from paper_pipeline.resources import Workspace
from paper_pipeline.settings import SettingsError
from paper_pipeline_tests.corpus import Corpus

DAY = date(2025, 10, 6)
NOTHING = Change(0, 0, 0, 0, 0)


@pytest.fixture
def workspace(corpus: Corpus) -> Workspace:
    return Workspace(data=str(corpus.folder))


def failing(*, is_worth_retry: bool) -> daily_pages.Report:
    answer = DayAnswer(DAY, "failed", "no answer", is_worth_retry=is_worth_retry)
    return daily_pages.Report({DAY: answer}, change=NOTHING)


def fetch_day(workspace: Workspace) -> dg.Failure:
    context = dg.build_asset_context(partition_key=str(DAY))
    with pytest.raises(dg.Failure) as caught:
        list(assets.raw_daily_pages(context, assets.DailyConfig(), workspace))
    return caught.value


@pytest.mark.parametrize("definition", [assets.raw_daily_pages, assets.described_papers])
def test_both_fetching_steps_are_tried_again(definition: dg.AssetsDefinition) -> None:
    assert definition.op.retry_policy == assets.SITE_IS_DOWN


@pytest.mark.parametrize("is_worth_retry", [True, False])
def test_a_site_that_is_down(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, is_worth_retry: bool
) -> None:
    report = failing(is_worth_retry=is_worth_retry)
    monkeypatch.setattr(daily_pages, "update_days", lambda *_, **__: report)
    failure = fetch_day(workspace)
    assert failure.allow_retries == is_worth_retry
    assert "No day could be fetched. 1 days failed, 2025-10-06: no answer" in str(
        failure.description
    )


@pytest.mark.parametrize(
    "error", [SettingsError("bad address"), LakeError("held"), OSError(28, "No space left")]
)
def test_what_minutes_cannot_help(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(daily_pages, "update_days", fail)
    failure = fetch_day(workspace)
    assert not failure.allow_retries
    assert failure.description == str(error)


def test_arxiv_is_asked_again_and_done_without_in_the_end(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report(NOTHING, due_count=3, failures=["timed_out"], is_worth_retry=True)
    monkeypatch.setattr(arxiv_metadata, "update_arxiv_metadata", lambda *_, **__: report)
    context, tries = dg.build_asset_context(), iter([0, 1, 2])
    # A context that is built for a test knows no tries.
    monkeypatch.setattr(type(context), "retry_number", property(lambda _: next(tries)))
    for _ in range(assets.SITE_IS_DOWN.max_retries):
        with pytest.raises(dg.Failure, match="arXiv has not answered") as caught:
            list(assets.described_papers(context, workspace))
        assert caught.value.allow_retries
    (result,) = assets.described_papers(context, workspace)
    assert result.metadata["left"] == 3
