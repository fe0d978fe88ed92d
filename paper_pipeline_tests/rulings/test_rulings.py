"""Rulings: one way to what people decided, each file on its own."""

from pathlib import Path

import pytest

from paper_pipeline.rulings import load_rulings
from paper_pipeline.rulings.corrections import NONE, CorrectionsError
from paper_pipeline.rulings.decisions import DecisionsError
from paper_pipeline.rulings.files import RulingsError
from paper_pipeline.settings import Settings
from paper_pipeline_tests.rulings.test_decisions import decision

LINK = "corrections: [{must_link: [arxiv:2501.00001, 'abababababababab:000000'], %s}]"


def test_nothing_is_decided_where_there_are_no_files(tmp_path: Path) -> None:
    rulings = load_rulings(Settings(data=str(tmp_path)))
    assert (rulings.corrections, rulings.decisions) == (NONE, ())


def test_files_are_where_the_settings_say(tmp_path: Path) -> None:
    corrections, decisions = tmp_path / "a.yaml", tmp_path / "b.jsonl"
    corrections.write_text(LINK % "reason: r, author: a")
    decisions.write_text(decision().to_line())
    settings = Settings(corrections=str(corrections), quarantine_decisions=str(decisions))
    rulings = load_rulings(settings)
    assert len(rulings.corrections.must_link) == 1
    assert rulings.decisions == (decision(),)
    decisions.write_text("")
    assert rulings.decisions == (decision(),), "what was read once stays"


@pytest.mark.parametrize(
    ("name", "broken", "whole", "kind"),
    [
        ("corrections.yaml", "corrections", "decisions", CorrectionsError),
        ("quarantine.jsonl", "decisions", "corrections", DecisionsError),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_other(
    tmp_path: Path, name: str, broken: str, whole: str, kind: type[RulingsError]
) -> None:
    (tmp_path / name).write_text("[")
    rulings = load_rulings(Settings(data=str(tmp_path)))
    assert getattr(rulings, whole) in (NONE, ())
    with pytest.raises(kind, match=name):
        getattr(rulings, broken)
