"""Decisions: a file of lines that people and a command write, and what it allows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from paper_pipeline.rulings.decisions import (
    Decision,
    DecisionsError,
    add_decision,
    are_stored,
    fingerprint,
    load_decisions,
    read_allowed,
    read_decisions,
    store_decisions,
)
from paper_pipeline.rulings.files import MOST_BYTES
from paper_pipeline_tests.corpus import Corpus

ENTRY_ID = "abababababababab:000000"


def decision(entry_id: str = ENTRY_ID, byte_start: int = 0, **changed: Any) -> Decision:
    usual = {"reason": "seen in print", "author": "A. Curator", "added_on": date(2026, 1, 9)}
    rules = changed.pop("rules", ("title_too_long",))
    return Decision(entry_id, byte_start, rules, **usual | changed)


def test_decisions_are_kept_as_lines_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "new" / "quarantine.jsonl"
    first, second = decision(), decision(byte_start=9, reason='"Größe" of 3')
    assert load_decisions(file) == ()
    assert add_decision(file, first)
    assert add_decision(file, second)
    assert file.read_bytes().count(b"\n") == 2
    loaded = load_decisions(file)
    assert set(loaded) == {first, second}
    file.write_text("\n".join(reversed(file.read_text("utf-8").splitlines())) + "\n\n", "utf-8")
    assert load_decisions(file) == loaded


def test_a_decision_is_added_once_and_after_a_last_line_without_end(tmp_path: Path) -> None:
    file = tmp_path / "quarantine.jsonl"
    file.write_text(decision().to_line(), "utf-8")
    assert not add_decision(file, decision(reason="said again"))
    wider = decision(rules=("implausible_count", "title_too_long"))
    assert add_decision(file, wider)
    assert set(load_decisions(file)) == {decision(), wider}


GOOD = json.loads(decision().to_line())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not JSON", "line 2: expected JSON in UTF-8, found a fault: Expecting value"),
        ("[]", "expected an object with the keys entry_id"),
        (json.dumps(GOOD | {"more": 1}), "expected an object with the keys"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "author"}), "author"),
        (json.dumps(GOOD | {"entry_id": "000012"}), "entry_id: expected an id"),
        (json.dumps(GOOD | {"byte_start": True}), "byte_start: expected a whole number"),
        (json.dumps(GOOD | {"byte_start": -1}), "byte_start: expected a whole number"),
        (json.dumps(GOOD | {"byte_start": 2**63}), "byte_start: expected a whole number"),
        (json.dumps(GOOD | {"rules": []}), "rules: expected a list"),
        (json.dumps(GOOD | {"rules": "title_too_long"}), "rules: expected a list"),
        (json.dumps(GOOD | {"rules": ["no_such_rule"]}), "rules: expected a list"),
        (json.dumps(GOOD | {"rules": [["blank_title"]]}), "rules: expected a list"),
        (json.dumps(GOOD | {"reason": " "}), "reason: expected text"),
        (json.dumps(GOOD | {"reason": "r" * 2_001}), "reason: expected at most 2,000 characters"),
        (json.dumps(GOOD | {"author": None}), "author: expected text"),
        (
            json.dumps(GOOD | {"author": "a\x1b[2J"}),
            "author: expected text without control characters",
        ),
        (json.dumps(GOOD | {"added_on": "2026-02-31"}), "line 2"),
        (json.dumps(GOOD | {"added_on": 20260131}), "added_on: expected a day"),
        ('{"entry_id": 1, "entry_id": 2}', "expected every key once"),
        ("[" * 100_000, "line 2"),
        ("\ud800", "line 2"),
    ],
)
def test_a_line_that_cannot_be_honoured_is_named(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "quarantine.jsonl"
    file.write_bytes(f"{json.dumps(GOOD)}\n{line}\n".encode("utf-8", "surrogatepass"))
    with pytest.raises(DecisionsError, match="cannot be honoured") as caught:
        load_decisions(file)
    assert words in str(caught.value)
    before = file.read_bytes()
    with pytest.raises(DecisionsError):
        add_decision(file, decision(byte_start=5))
    assert file.read_bytes() == before


def test_the_fingerprint_follows_what_is_allowed_alone() -> None:
    both = {("b", 1): frozenset({"x", "y"}), ("a", 2): frozenset({"x"})}
    assert fingerprint(both) == fingerprint(dict(reversed(both.items())))
    assert fingerprint(both) != fingerprint(both | {("a", 2): frozenset({"y"})})
    assert fingerprint({}) == ""


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "quarantine.jsonl"
    file.write_bytes(b"\n" * (MOST_BYTES + 1))
    with pytest.raises(DecisionsError, match="at most 1,000,000 bytes, found more"):
        load_decisions(file)


def test_the_table_holds_the_decisions_in_force_and_no_others(corpus: Corpus) -> None:
    title = decision(byte_start=7)
    date_too = decision(byte_start=7, rules=("implausible_date",), reason="Größe")
    lake = corpus.lake
    assert are_stored(lake, ())
    assert not are_stored(lake, [title])
    store_decisions(lake, [title, date_too])
    assert are_stored(lake, [date_too, title])
    both = {(ENTRY_ID, 7): frozenset({"title_too_long", "implausible_date"})}
    assert read_allowed(lake) == {ENTRY_ID[:16]: both}
    before = corpus.versions()
    assert store_decisions(lake, [date_too, title]).is_empty
    assert corpus.versions() == before
    store_decisions(lake, [title])
    assert are_stored(lake, [title])
    assert not are_stored(lake, [title, date_too])


def test_a_manifest_gives_the_decisions_back(corpus: Corpus) -> None:
    made = {decision(), decision(byte_start=9, reason='"Größe" of 3')}
    store_decisions(corpus.lake, made)
    stated = json.dumps(corpus.lake.read("quarantine_decisions").to_pylist(), default=str)
    assert set(read_decisions(json.loads(stated))) == made
