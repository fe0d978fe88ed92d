"""A dump that is damaged as a whole is kept out of the corpus, and comes back when it is right."""

import itertools
import re
from datetime import date

import pytest

from paper_pipeline.clean import formats, review, update
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import Capture, Entry, Page
from paper_pipeline.clean.soundness import update as judgement
from paper_pipeline.clean.update import find_pending, read_dumps
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.rulings.decisions import store_decisions
from paper_pipeline.settings import DriftLimits, Settings
from paper_pipeline_tests.corpus import SAMPLE, Corpus, abstract, page

GOOD = page(*((f"Title {n}", abstract(n)) for n in range(12)))
# The same text under every title: copies, and a text that no paper has for its own.
BAD = page(*((f"Other {n}", abstract(99)) for n in range(12)))


def rules(corpus: Corpus) -> list[str]:
    return corpus.lake.read("quarantined_entries", ["rule"])["rule"].to_pylist()


def raw_of(corpus: Corpus) -> RawStore:
    return RawStore(corpus.folder / "lake" / "raw")


def is_passed(corpus: Corpus, name: str) -> bool:
    check = next(check for check in CHECKS if check.name == name)
    return run_check(check, corpus.lake, Settings(data=str(corpus.folder)))[0].is_passed


@pytest.fixture
def damaged(corpus: Corpus) -> Corpus:
    corpus.write("bad.txt", BAD)
    corpus.write("good.txt", GOOD)
    corpus.acquire()
    return corpus


def accept(corpus: Corpus) -> None:
    """A person finds the damaged dump right after all."""
    entry = corpus.lake.read("quarantined_entries", ["entry_id"])["entry_id"][3].as_py()
    told = {"reason": "all of them share it", "author": "me", "today": date(2026, 1, 9)}
    proposal = review.propose_release(corpus.lake, raw_of(corpus), entry, **told)
    assert proposal.record["record_id"] == entry
    assert proposal.decision.entry_id.endswith(":page")
    store_decisions(corpus.lake, [proposal.decision])


def test_every_parsed_dump_has_a_profile_and_none_is_made_twice(corpus: Corpus, monkeypatch):
    corpus.put(*SAMPLE.iterdir())
    corpus.acquire()
    profiled = corpus.lake.read("dump_profiles", ["dump_id", "entry_count"])
    assert profiled.num_rows == corpus.lake.count("parsed_dumps") > 10
    assert sum(profiled["entry_count"].to_pylist()) == corpus.lake.count("cleaned_records")
    monkeypatch.setattr(update, "profile_records", None)
    monkeypatch.setattr(judgement.judgement, "judge_dumps", None)
    corpus.acquire()


def test_a_lost_profile_is_made_again(corpus: Corpus) -> None:
    corpus.write("a.txt", GOOD)
    corpus.acquire()
    before = corpus.lake.read("dump_profiles")
    ids = before["dump_id"].to_pylist()
    empty = corpus.lake.empty("dump_profiles")
    corpus.lake.apply("dump_profiles", empty, replacing=("dump_id", ids))
    corpus.acquire()
    assert corpus.lake.read("dump_profiles").equals(before)


def test_a_damaged_dump_goes_into_quarantine_as_a_whole(damaged: Corpus) -> None:
    assert rules(damaged) == ["unsound_dump"] * 12
    assert damaged.lake.count("cleaned_records") == 12
    findings = damaged.lake.read("dump_findings").to_pylist()
    grave = {row["measure"] for row in findings if row["severity"] == "error"}
    assert grave == {"duplicate_abstract", "boilerplate"}
    entry = damaged.lake.read("quarantined_entries").to_pylist()[0]
    assert "abstract" in entry["reason"]
    assert entry["excerpt"].startswith("Other")
    assert not is_passed(damaged, "dumps_sound")
    for name in ("entries_conserved", "quarantine_rate", "every_dump_parsed"):
        assert is_passed(damaged, name), name


def parse_fifth(data: bytes, _: Capture) -> Page:
    """Lines of title and abstract, with a tab between them."""
    lines = re.finditer(rb"(.+)\t(.+)\n", data)
    entries = [Entry(*line.span(), line[1].decode(), line[2].decode()) for line in lines]
    return Page("fifth", "lines", "utf-8", entries=entries)


def test_a_damaged_dump_of_a_new_format_is_held_back(corpus: Corpus, monkeypatch) -> None:
    fifth = Format(
        name="fifth",
        parser_version=1,
        recognises=lambda data: data.startswith(b"#fifth\n"),
        parse_page=parse_fifth,
        lists_days=False,
        repeats_pages=False,
        filled_columns=frozenset(),
    )
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, fifth))
    for name, text in {"good": "{}", "html": "<p class='x'>{}</p>", "cut": "{:.200}"}.items():
        lines = [f"{name} {n}\t{text.format(abstract(n))}\n" for n in range(12)]
        corpus.write(f"{name}.txt", f"#fifth\n{''.join(lines)}")
    corpus.acquire()
    assert corpus.lake.read("parsed_dumps")["format"].to_pylist() == ["fifth"] * 3
    assert rules(corpus) == ["unsound_dump"] * 24
    records = corpus.lake.read("cleaned_records", ["title"])["title"].to_pylist()
    assert sorted(records) == sorted(f"good {n}" for n in range(12))


def test_nothing_is_judged_or_written_twice(damaged: Corpus) -> None:
    before = damaged.versions()
    damaged.acquire()
    assert damaged.versions() == before


def test_a_person_releases_a_dump_as_a_whole(damaged: Corpus) -> None:
    accept(damaged)
    assert not is_passed(damaged, "quarantine_decisions_met")
    damaged.acquire()
    assert rules(damaged) == []
    assert damaged.lake.count("cleaned_records") == 24
    for name in ("dumps_sound", "quarantine_decisions_met", "entries_conserved"):
        assert is_passed(damaged, name), name


def test_a_withdrawn_decision_holds_the_dump_back_again(damaged: Corpus) -> None:
    before = damaged.lake.read("quarantined_entries")
    accept(damaged)
    damaged.acquire()
    store_decisions(damaged.lake, [])
    damaged.acquire()
    assert (
        damaged.lake.read("quarantined_entries")
        .sort_by("entry_id")
        .equals(before.sort_by("entry_id"))
    )
    assert not is_passed(damaged, "dumps_sound")


def test_the_verdict_does_not_depend_on_the_order_in_which_dumps_came(tmp_path) -> None:
    states = []
    files = {"good.txt": GOOD, "bad.txt": BAD, "more.txt": page(("One", abstract(50)))}
    for number, order in enumerate(itertools.permutations(files)):
        corpus = Corpus(tmp_path / str(number))
        for name in order:
            corpus.write(name, files[name])
            corpus.acquire()
        states.append(
            {
                name: corpus.lake.read(name, columns).sort_by(columns[0]).to_pylist()
                for name, columns in (
                    ("cleaned_records", ["record_id", "content_hash"]),
                    ("quarantined_entries", ["entry_id", "rule", "reason"]),
                    ("dump_findings", ["finding_id", "severity", "reason"]),
                )
            }
        )
    assert all(state == states[0] for state in states)


def test_a_crash_between_judging_and_holding_back_is_made_good(corpus: Corpus, monkeypatch):
    corpus.write("bad.txt", BAD)
    real = update.parse_dumps
    calls = iter([real, None])

    def die_the_second_time(*arguments):
        call = next(calls)
        if call is None:
            raise KeyboardInterrupt
        return call(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(update, "parse_dumps", die_the_second_time)
        with pytest.raises(KeyboardInterrupt):
            corpus.acquire()
    assert corpus.lake.count("cleaned_records") == 12
    assert len(find_pending(corpus.lake, read_dumps(corpus.lake))) == 1
    corpus.acquire()
    assert rules(corpus) == ["unsound_dump"] * 12


def test_other_limits_judge_anew(damaged: Corpus) -> None:
    update.update_records(
        damaged.lake, raw_of(damaged), DriftLimits(grave_change=1.0, least_change=1.0)
    )
    assert rules(damaged) == []
    update.update_records(damaged.lake, raw_of(damaged), DriftLimits())
    assert rules(damaged) == ["unsound_dump"] * 12


def test_limits_are_those_of_the_settings() -> None:
    assert Settings().drift_limits == DriftLimits()
    settings = Settings(drift_window=7, stale_share=0.9)
    assert settings.drift_limits == DriftLimits(window=7, stale_share=0.9)
