"""Two releases for the tests of commands; the newer has a paper with an unkind title."""

import json
from datetime import date
from pathlib import Path

from paper_pipeline_tests.corpus import Corpus, abstract

OLD, NEW = "2026.01.09", "2026.01.10"
UNKIND = "[bold red]Lanterns[/] \x1b[31mand\x07 \u202eMoss [/nothing]"


def _listing(*papers: tuple[str, str, str]) -> str:
    return json.dumps(
        [{"paper": {"id": i, "title": title, "summary": text}} for i, title, text in papers]
    )


def make_releases(folder: Path) -> None:
    """Writes a lake and both releases into a data folder."""
    corpus = Corpus(folder)
    benches = "Our 7B model reaches 61.5 on GSM8K and HumanEval, as code at github.com/a/b shows. "
    corpus.write(
        "2025-10-06.json",
        _listing(
            ("2510.00001", "Sparse Lanterns for Reasoning", benches + abstract(1)),
            ("2510.00002", "Quiet Gears", abstract(2)),
        ),
    )
    corpus.update(date(2026, 1, 9))
    corpus.write(
        "2025-10-07.json",
        _listing(("2510.00003", UNKIND, benches + "A second paper. " + abstract(3))),
    )
    corpus.update(date(2026, 1, 10))
