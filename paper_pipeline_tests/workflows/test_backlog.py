"""The backlog: each stage tells what is left to do; a file that cannot be read hides nothing."""

import logging
from datetime import date

import pytest

from paper_pipeline.clean.update import update_records
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.decisions import load_decisions, store_decisions
from paper_pipeline.settings import Settings
from paper_pipeline.workflows.backlog import find_stages_behind
from paper_pipeline_tests.corpus import Corpus, abstract, page
from paper_pipeline_tests.rulings.test_decisions import decision


def behind(corpus: Corpus) -> list[str]:
    return find_stages_behind(corpus.lake, Settings(data=str(corpus.folder)))


def test_every_stage_waits_for_the_one_before(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    corpus.acquire()
    assert behind(corpus) == ["dedup"]
    corpus.deduplicate()
    assert behind(corpus) == ["release"]
    corpus.release(date(2026, 1, 9))
    assert behind(corpus) == []
    key = BY_NAME["parsed_dumps"].key
    every = corpus.lake.read("parsed_dumps", [key])[key].to_pylist()
    corpus.lake.apply("parsed_dumps", corpus.lake.empty("parsed_dumps"), replacing=(key, every))
    assert behind(corpus)[0] == "clean"
    update_records(corpus.lake, RawStore(corpus.folder / "lake" / "raw"))
    assert "clean" not in behind(corpus)


def test_what_people_decide_is_work(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1)), ("Two", abstract(2))))
    corpus.update()
    file = corpus.folder / "quarantine.jsonl"
    file.write_text(decision().to_line())
    assert behind(corpus) == ["clean"]
    store_decisions(corpus.lake, load_decisions(file))
    assert behind(corpus) == []
    one, other = corpus.lake.read("cleaned_records", ["record_id"])["record_id"].to_pylist()
    (corpus.folder / "corrections.yaml").write_text(
        f"corrections: [{{must_link: ['{one}', '{other}'], reason: r, author: a}}]"
    )
    assert behind(corpus) == ["dedup"]


@pytest.mark.parametrize("name", ["corrections.yaml", "quarantine.jsonl"])
def test_a_file_that_cannot_be_read_is_told_and_hides_no_other_work(
    corpus: Corpus, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    corpus.acquire()
    (corpus.folder / name).write_text("[")
    with caplog.at_level(logging.WARNING, "paper_pipeline"):
        assert behind(corpus) == ["dedup"]
    (told,) = (r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING)
    assert name in told
