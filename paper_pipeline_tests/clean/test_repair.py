"""Damaged text reads as its authors meant it; what only looks like damage stays."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paper_pipeline.clean.normalize import fold_whitespace
from paper_pipeline.clean.repair import (
    REPAIR_VERSION,
    REPAIRS,
    Repaired,
    bare_commands,
    repair_text,
)
from paper_pipeline_tests.clean.repair_cases import REPAIRED, STAYING
from paper_pipeline_tests.corpus import NO_SEEDS, SEEDS

# What LaTeX and its mangled remains are made of.
PIECES = [
    *r"""\ { } $ ^ _ ~ - -- ` ' " & ( ) [ ] % . , : a B n 1 7B""".split(),
    *"word times sim le geq pm rightarrow alpha lambda=1 textit{ https://x.org/a".split(),
    *r"\textbf{ \footnote{ \cite{ \href{ \frac{ \' \v \alpha \le \times \mill {https://x.org".split(),
    *(" ", "\n", "é", "Ã©", "â€™", "ﬁ", "\u00ad", "\u200b", "\u00a0", "\ud800", "\ufdd0"),
    *("&amp;", "α", "²"),
]
UGLY = [
    *r"""\ { } {} \{ $ $a $$ ~ a~ -- ` '' ^{ a_{b} \" &amp \\ \a a""".split(),
    *r"{https:// https://a{ \footnote{ \href{a}{ \textbf{ textit{ \frac{ ~\cite[ {alpha}".split(),
    *"sim sim1 1pm 1times rightarrow O(nlog pi= a_pi lambda=1 mathbb".split(),
    *("le ", "le 1 ", "a sim ", "beta "),
]


@pytest.mark.parametrize(("found", "meant"), REPAIRED)
def test_damage_is_repaired(found: str, meant: str) -> None:
    repaired = repair_text(found)
    assert repaired.text == meant
    assert repaired.repairs
    assert repair_text(meant) == Repaired(meant, {})


@pytest.mark.parametrize("text", STAYING)
def test_what_only_looks_like_damage_stays(text: str) -> None:
    repaired = repair_text(text)
    assert repaired == Repaired(text, {})
    assert repaired.text is text


def test_there_are_cases_enough() -> None:
    assert len(REPAIRED) >= 100
    assert len(STAYING) >= 80


@pytest.mark.parametrize(
    ("found", "repairs"),
    [
        ("sim100B and le 11B", {"math_command": 2}),
        ("$x_1$ and $x_2$", {"math_delimiter": 2, "script": 2}),
        ("textit{A}, \\textbf{B}", {"style_command": 2}),
        ("Pok\\'eMill, 5\\%", {"accent": 1, "escaped_sign": 1}),
        ("a\\footnote{https://x.org}", {"footnote": 1}),
        ("https://x.org{https://x.org}", {"hyperlink": 1}),
        ("Fig.~3 -- a ``view''", {"tilde": 1, "dashes": 1, "quotes": 2}),
        ("{GPT}, \\mill{}, \\ie, \\cite{a}\\\\", None),
        ("ﬁn\u00adal\u200b \u2011 \u00a0x &lt; \U0001d400 Ã©t", None),
    ],
)
def test_repairs_are_counted_by_name(found: str, repairs: dict[str, int] | None) -> None:
    counted = repair_text(found).repairs
    assert counted.keys() <= REPAIRS.keys()
    assert min(counted.values()) > 0
    assert repairs is None or counted == repairs


def test_every_repair_is_made_by_some_case() -> None:
    made = {name for found, _ in REPAIRED for name in repair_text(found).repairs}
    assert made == REPAIRS.keys()


def test_the_version_is_a_whole_number() -> None:
    assert REPAIR_VERSION >= 1


@settings(max_examples=400, deadline=None)
@given(text=st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once = repair_text(text)
    assert repair_text(once.text) == Repaired(once.text, {})
    assert (once.text == text) == (not once.repairs)


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(st.sampled_from("we show that large models of text learn".split()), max_size=30)
)
def test_plain_words_are_given_back_as_they_are(words: list[str]) -> None:
    text = " ".join(words)
    assert repair_text(text).text is text


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_letter_of_a_plain_word_is_lost(pieces: list[str]) -> None:
    text = " ".join(["Zebra", *pieces, "Quagga"])
    repaired = repair_text(text).text
    assert repaired.startswith("Zebra")
    assert "Quagga" in repaired


@pytest.mark.parametrize(
    "found",
    [
        "We use \\ldots now",
        "A \\noindent B",
        "A ~\\cite{x} B",
        "A \\footnote{B} C",
        "A {\\em  B} C",
    ],
)
def test_no_double_space_is_left_where_something_went(found: str) -> None:
    assert "  " not in repair_text(found).text


def test_new_lines_stay() -> None:
    assert repair_text("One\ntwo -- three\n\nfour sim5B").text == "One\ntwo – three\n\nfour ~5B"


@pytest.mark.parametrize("piece", UGLY)
def test_ugly_text_takes_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        repair_text(text)
        return time.process_time() - started

    # Eight times the text takes 64 times as long where the time is quadratic.
    assert seconds(48_000) < 25 * max(seconds(6_000), 0.004)


@pytest.mark.parametrize("piece", UGLY)
def test_a_long_text_of_nothing_but_signs_takes_no_longer_than_its_signs(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    assert sum(1 for _ in re.finditer(r".", text)) == len(text)
    baseline = time.process_time() - started
    started = time.process_time()
    repair_text(text)
    # A pass or two over every sign; a second for a million of them.
    assert time.process_time() - started < 20 * max(baseline, 0.01)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example("At varphi, varepsilon")
@example("alpha le N, x le N, 5 le N, menu le 5")
@example("|alpha|beta|gamma| theta_beta=1 p_theta(x), O(nlog n) mathbb R")
def test_the_spellings_looked_for_miss_no_command(text: str) -> None:
    found = {start for start, _, _ in bare_commands._find(text, early=False)}
    for reading in bare_commands._readings():
        for candidate in reading.pattern.finditer(text):
            match = reading.match(text, candidate.start())
            assert match is None or match.start(match.lastgroup or 0) in found


def test_most_of_the_real_text_is_let_through_quickly() -> None:
    text = "the model learns 7B to see (and 3.5% less) of it " * 20
    repair_text(text)
    started = time.process_time()
    for _ in range(200):
        text.casefold().split()
    baseline = time.process_time() - started
    started = time.process_time()
    for _ in range(200):
        repair_text(text)
    assert time.process_time() - started < 8 * baseline


@pytest.mark.skipif(not SEEDS.is_dir(), reason=NO_SEEDS)
def test_nothing_of_the_known_kinds_is_left_in_the_real_dumps() -> None:
    left = re.compile(r"rightarrow|textit|textbf|\{https|\\footnote|\\text(?:greater|less)|\\%|``")
    dumps = sorted(SEEDS.glob("*.txt"))
    assert dumps
    for dump in dumps:
        for line in dump.read_text("utf-8").split("\n"):
            text = fold_whitespace(line)
            repaired = repair_text(text)
            assert not left.search(repaired.text), repaired.text
            assert repair_text(repaired.text) == Repaired(repaired.text, {})
