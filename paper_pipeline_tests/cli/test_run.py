"""What a command does around its run."""

from collections.abc import Callable
from subprocess import CompletedProcess

import dagster as dg
import pytest

from paper_pipeline.cli.errors import CommandError
from paper_pipeline.runs import read_holder
from paper_pipeline.settings import Settings


def test_a_run_is_announced_before_dagster_knows_of_it(
    command: Callable[..., CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is killed in between would be in progress for a minute, and others would wait."""

    def look(_: object, *, run_id: str, instance: dg.DagsterInstance, **given: object) -> None:
        holder = read_holder(Settings().running_dir / run_id)
        assert holder is not None
        assert holder.run_id == run_id
        assert instance.get_runs() == []
        raise CommandError("seen")

    monkeypatch.setattr(dg.JobDefinition, "execute_in_process", look)
    assert command("run").stderr == "seen\n"
