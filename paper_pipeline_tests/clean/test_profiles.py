"""Profiles of dumps are made once, and again when what they are made from changes."""

from paper_pipeline.checks import CHECKS, run_check
from paper_pipeline.clean import profiles
from paper_pipeline.clean.profiles import update_profiles
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import SAMPLE, Corpus, abstract, page


def test_every_parsed_dump_has_a_profile_and_none_is_made_twice(corpus: Corpus) -> None:
    corpus.put(*SAMPLE.iterdir())
    corpus.acquire()
    made = update_profiles(corpus.lake)
    assert made.inserted == corpus.lake.count("parsed_dumps") > 10
    counted = corpus.lake.read("dump_profiles", ["entry_count"])["entry_count"].to_pylist()
    assert sum(counted) == corpus.lake.count("cleaned_records")
    assert update_profiles(corpus.lake).is_empty


def test_a_new_dump_costs_one_profile(corpus: Corpus, monkeypatch) -> None:
    corpus.write("a.txt", page(("One", abstract(1)), ("Two", abstract(2))))
    corpus.acquire()
    update_profiles(corpus.lake)
    profiled: list[str] = []
    real = profiles.drift.profile_dump

    def note(records, dump_id, *arguments):
        profiled.append(dump_id)
        return real(records, dump_id, *arguments)

    monkeypatch.setattr(profiles.drift, "profile_dump", note)
    corpus.write("b.txt", page(("Three", abstract(3))))
    corpus.acquire()
    assert update_profiles(corpus.lake).inserted == len(profiled) == 1


def test_a_dump_that_goes_takes_its_profile_along(corpus: Corpus) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    corpus.write("b.txt", page(("Two", abstract(2))))
    corpus.acquire()
    update_profiles(corpus.lake)
    gone = corpus.lake.read("parsed_dumps", ["dump_id"])["dump_id"][0].as_py()
    nothing = corpus.lake.empty("parsed_dumps")
    corpus.lake.apply("parsed_dumps", nothing, replacing=("dump_id", [gone]))
    assert update_profiles(corpus.lake).deleted == 1
    assert corpus.lake.read("dump_profiles", where=("dump_id", [gone])).num_rows == 0


def test_a_damaged_dump_is_named_and_somebody_can_accept_it(corpus: Corpus) -> None:
    sound = next(check for check in CHECKS if check.name == "dumps_sound")
    corpus.write("good.txt", page(*((f"Title {n}", abstract(n)) for n in range(12))))
    corpus.acquire()
    update_profiles(corpus.lake)
    assert run_check(sound, corpus.lake, Settings())[0].is_passed
    corpus.write("bad.txt", page(*((f"Other {n}", abstract(99)) for n in range(12))))
    corpus.acquire()
    update_profiles(corpus.lake)
    verdict, _ = run_check(sound, corpus.lake, Settings())
    assert not verdict.is_passed
    # The same text under every title: copies, and a text that no paper has for its own.
    named = {row["finding"] for row in verdict.details}
    assert named == {"duplicate_abstract", "boilerplate"}
    (dump_id,) = {row["dump_id"] for row in verdict.details}
    accepting = Settings(accepted_dumps=dump_id[:16])
    assert run_check(sound, corpus.lake, accepting)[0].is_passed
