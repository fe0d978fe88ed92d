"""Parameter counts: what is one, what only looks like one, and spans that prove them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.parameter_counts import extract_parameter_counts

MILLION, BILLION, TRILLION = 10**6, 10**9, 10**12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("org/bitnet-b1.58-2B-4T", {"2B": 2 * BILLION}, id="size-and-tokens"),
        pytest.param("a 7B model", {"7B": 7 * BILLION}, id="model"),
        pytest.param("we train a 1.5B", {"1.5B": 1_500_000_000}, id="bare-billions"),
        pytest.param("0.5B and up", {"0.5B": 500 * MILLION}, id="below-one"),
        pytest.param("124M parameters", {"124M": 124 * MILLION}, id="millions"),
        pytest.param("a 124M-parameter net", {"124M": 124 * MILLION}, id="hyphen-noun"),
        pytest.param("1.3 billion parameters", {"1.3 billion": 1_300_000_000}, id="spelled-out"),
        pytest.param("175-billion-parameter", {"175-billion": 175 * BILLION}, id="hyphens"),
        pytest.param("1.5bn parameters", {"1.5bn": 1_500_000_000}, id="bn"),
        pytest.param("100+ billion parameters", {"100+ billion": 100 * BILLION}, id="and-more"),
        pytest.param("a 20K-parameter probe", {"20K": 20_000}, id="thousands"),
        pytest.param("1T-parameter models", {"1T": TRILLION}, id="trillions"),
        pytest.param("1,000B parameters", {"1,000B": TRILLION}, id="thousands-separator"),
        pytest.param("a 8x7B mixture", {"8x7B": 56 * BILLION}, id="experts"),
        pytest.param("an 8×22B model", {"8×22B": 176 * BILLION}, id="experts-sign"),
        pytest.param("8times7B models", {"8times7B": 56 * BILLION}, id="experts-mangled"),
        pytest.param("from 7B-70B", {"7B": 7 * BILLION, "70B": 70 * BILLION}, id="range"),
        pytest.param("1.5B--13B", {"1.5B": 1_500_000_000, "13B": 13 * BILLION}, id="tex-range"),
        pytest.param("{1.5B, 7B}", {"1.5B": 1_500_000_000, "7B": 7 * BILLION}, id="set"),
        pytest.param("1M~60M parameters", {"1M": MILLION, "60M": 60 * MILLION}, id="tilde-range"),
        pytest.param(
            "from 800M to 2B, we see", {"800M": 800 * MILLION, "2B": 2 * BILLION}, id="mixed-range"
        ),
        pytest.param("Falcon-H1-34B wins", {"34B": 34 * BILLION}, id="name-with-hyphens"),
        pytest.param("Llama3.3-70B wins", {"70B": 70 * BILLION}, id="name-with-point"),
        pytest.param("Qwen7B wins", {"7B": 7 * BILLION}, id="name-without-hyphen"),
        pytest.param("code-llama-13b wins", {"13b": 13 * BILLION}, id="lower-case-name"),
        pytest.param("OPT-125M wins", {"125M": 125 * MILLION}, id="name-in-millions"),
        pytest.param("Net-Instruct-8B wins", {"8B": 8 * BILLION}, id="name-of-a-tuned-model"),
        pytest.param("Net-Video-13B wins", {"13B": 13 * BILLION}, id="name-of-a-video-model"),
        pytest.param("ViT-So400m wins", {"400m": 400 * MILLION}, id="shape-optimal-name"),
        pytest.param("bloom-7b1 wins", {"7b1": 7_100_000_000}, id="unit-for-a-point"),
        pytest.param("b1.58 2B4T", {"2B": 2 * BILLION}, id="size-and-tokens-glued"),
        pytest.param(
            "Mistral 12 B and gemma 2b", {"12 B": 12 * BILLION, "2b": 2 * BILLION}, id="family"
        ),
        pytest.param("X-30B-A3B", {"30B": 30 * BILLION, "3B": 3 * BILLION}, id="total-and-active"),
        pytest.param("about sim100B", {"100B": 100 * BILLION}, id="mangled-sim"),
        pytest.param("(ge 175B)", {"175B": 175 * BILLION}, id="mangled-ge"),
        pytest.param("le 11B", {"11B": 11 * BILLION}, id="mangled-le"),
        pytest.param("about ~100B", {"100B": 100 * BILLION}, id="repaired-sim"),
        pytest.param("(≥ 175B)", {"175B": 175 * BILLION}, id="repaired-ge"),
        pytest.param("≤11B", {"11B": 11 * BILLION}, id="repaired-le"),
        pytest.param("8×7B models", {"8×7B": 56 * BILLION}, id="repaired-times"),
        pytest.param("1B→7B", {"1B": BILLION, "7B": 7 * BILLION}, id="repaired-arrow"),
        pytest.param("model sizes ≥ 17M,", {"17M": 17 * MILLION}, id="repaired-cue"),
        pytest.param(
            "Net-medium (355M) works", {"355M": 355 * MILLION}, id="brackets-after-a-name"
        ),
        pytest.param(
            "model sizes from 17M to 170M,",
            {"17M": 17 * MILLION, "170M": 170 * MILLION},
            id="cue-before",
        ),
        pytest.param(
            "with 7, 13 and 70 billion parameters",
            {"7": 7 * BILLION, "13": 13 * BILLION, "70 billion": 70 * BILLION},
            id="unit-at-the-end-of-a-list",
        ),
        pytest.param(
            "10-100 Billion Parameters",
            {"10": 10 * BILLION, "100 Billion": 100 * BILLION},
            id="unit-at-the-end-of-a-range",
        ),
        pytest.param(
            "7/13/70B nets",
            {"7": 7 * BILLION, "13": 13 * BILLION, "70B": 70 * BILLION},
            id="letter-at-the-end-of-a-list",
        ),
        pytest.param(
            "from 0.5 to 7B", {"0.5": 500 * MILLION, "7B": 7 * BILLION}, id="letter-after-a-range"
        ),
        pytest.param("the Llama 2-7B net", {"7B": 7 * BILLION}, id="version-before-a-size"),
        pytest.param("Gemma 2, 9B", {"9B": 9 * BILLION}, id="version-and-a-comma"),
        pytest.param(
            "from one billion to Two Hundred Billion parameters",
            {"one billion": BILLION, "Two Hundred Billion": 200 * BILLION},
            id="number-spelled-out",
        ),
        pytest.param(
            "parameter counts (70M, 1B)",
            {"70M": 70 * MILLION, "1B": BILLION},
            id="cue-and-brackets",
        ),
        pytest.param(
            "671B total, 37B active", {"671B": 671 * BILLION, "37B": 37 * BILLION}, id="active"
        ),
        pytest.param(
            "1.5B and 7B teachers", {"1.5B": 1_500_000_000, "7B": 7 * BILLION}, id="roles"
        ),
        pytest.param("a 2B text-to-image model", {"2B": 2 * BILLION}, id="image-as-modifier"),
        pytest.param("an 8B long-context model", {"8B": 8 * BILLION}, id="context-as-modifier"),
        pytest.param("activates 3B per token", {"3B": 3 * BILLION}, id="noun-of-another-clause"),
        pytest.param("X-8B/14B-Base", {"8B": 8 * BILLION, "14B": 14 * BILLION}, id="name-goes-on"),
        pytest.param(
            "Foo-125M/350M", {"125M": 125 * MILLION, "350M": 350 * MILLION}, id="names-in-a-list"
        ),
        pytest.param("the best-in-class 72B model", {"72B": 72 * BILLION}, id="not-a-label"),
        pytest.param(
            "a 1B model for 25B tokens", {"1B": BILLION}, id="parameters-and-tokens-in-one-sentence"
        ),
    ],
)
def test_counts_of_parameters(text: str, expected: dict[str, int]) -> None:
    counts = extract_parameter_counts(text)
    assert {text[count.start : count.end]: count.value for count in counts} == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("7B tokens", id="tokens"),
        pytest.param("0.3M--150M tokens", id="range-of-tokens"),
        pytest.param("1T training tokens", id="trillions-of-tokens"),
        pytest.param("a 300B-token corpus", id="hyphen-token"),
        pytest.param("pre-trained on 300B.", id="training-data-unnamed"),
        pytest.param("training tokens from 1B to 30B", id="tokens-before"),
        pytest.param("$1M", id="dollars"),
        pytest.param("a $7B market", id="dollars-in-billions"),
        pytest.param("$0.1 million model", id="dollars-spelled-out"),
        pytest.param("3 MB of memory", id="bytes"),
        pytest.param("1.1TB", id="terabytes"),
        pytest.param("400M image-text pairs", id="pairs"),
        pytest.param("1.2M examples", id="examples"),
        pytest.param("2B images", id="images"),
        pytest.param("100K hours", id="hours"),
        pytest.param("5B users", id="users"),
        pytest.param("from 60M to 800M FLOPs", id="flops"),
        pytest.param("15M-scale data", id="scale-of-data"),
        pytest.param("1.8 million models", id="number-of-models"),
        pytest.param("6 million reviews", id="spelled-out-reviews"),
        pytest.param("a context of 1M", id="context"),
        pytest.param("LAION-2B and SA-1B", id="data-sets"),
        pytest.param("LAION 5B and SlimPajama-627B", id="data-sets-in-words"),
        pytest.param("Foo-36M, a large video dataset. Foo-36M is", id="presented-as-a-data-set"),
        pytest.param("a corpus called Foo-10B", id="called-a-corpus"),
        pytest.param("The Pile (300B)", id="data-set-in-billions-and-brackets"),
        pytest.param("a 1B-vector index and 2B-user platform", id="hyphen-noun-of-others"),
        pytest.param("the Foo-24M dataset", id="data-set-by-noun"),
        pytest.param("ImageNet (12M) and YouTube (23M)", id="data-sets-and-brackets"),
        pytest.param("1.5 billion monthly active users", id="active-users"),
        pytest.param("12M students took part", id="people"),
        pytest.param("9T nucleotides", id="nucleotides"),
        pytest.param("two million model runs and One Billion atoms", id="spelled-out-others"),
        pytest.param("Human3.6M and Sports-1M", id="data-sets-in-millions"),
        pytest.param("GSM8K and ImageNet-1k", id="benchmarks"),
        pytest.param("Figure 3B and Table 2B", id="labels"),
        pytest.param("Lee et al., 2023b", id="citation"),
        pytest.param("1T", id="bare-trillions"),
        pytest.param("124M", id="bare-millions"),
        pytest.param("3 billion", id="bare-spelled-out"),
        pytest.param("V2M-Zero and 4M-CLIP", id="names-that-start-with-numbers"),
    ],
)
def test_anything_else_is_not_counted(text: str) -> None:
    assert extract_parameter_counts(text) == []


fragments = st.sampled_from(
    [
        "7B",
        "1.5B",
        "13b",
        "124M",
        "1T",
        "8x7B",
        "3 billion",
        "20K",
        "7b1",
        "one billion",
        "hundred ",
        "/",
        "→",
        " ",
        ", ",
        " and ",
        "-",
        "--",
        " parameters",
        " tokens",
        " model",
        "Name-",
        "(",
        ")",
        "$",
        "sim",
        "to ",
        "{",
        "9",
        ".",
        "\\",
    ]
)


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.lists(fragments).map("".join))
def test_spans_are_ordered_and_prove_the_counts(text: str) -> None:
    end_before = 0
    for count in extract_parameter_counts(text):
        assert end_before <= count.start < count.end <= len(text)
        written = text[count.start : count.end]
        assert written[0].isdigit() or written.lower().startswith("one")
        assert count.value >= 0
        end_before = count.end


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("9" * 200_000, id="digits"),
        pytest.param("1." * 100_000, id="digits-and-points"),
        pytest.param("1," * 100_000, id="digits-and-commas"),
        pytest.param("\\" * 200_000, id="backslashes"),
        pytest.param("{" * 200_000, id="braces"),
        pytest.param("a-" * 100_000, id="hyphens"),
        pytest.param("7B, " * 20_000, id="one-long-chain"),
        pytest.param("Name-7B, 7B, " * 8_000, id="one-chain-of-names-and-numbers"),
        pytest.param("Name-36M, a " * 8_000, id="presented-names"),
        pytest.param("one hundred million " * 10_000, id="numbers-spelled-out"),
        pytest.param("1 to " * 40_000 + "7 billion parameters", id="one-long-list"),
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    def seconds(length: int) -> float:
        started = time.process_time()
        extract_parameter_counts(text[:length])
        return time.process_time() - started

    short = min(seconds(len(text) // 8) for _ in range(3))
    # Eight times the text takes 64 times as long where the time is quadratic.
    assert seconds(len(text)) < 25 * max(short, 0.01)
