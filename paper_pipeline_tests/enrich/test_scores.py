"""Scores: what a text reports, what only looks like it, the benchmark, and spans as proof."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.scores import Score, extract_scores

BENCHMARK = re.compile(r"MMLU|MATH|GSM8K|HumanEval|AIME 2024|ImageNet|WMT14|MT-Bench|SQuAD")


def find_benchmarks(text: str) -> list[tuple[int, int, str]]:
    return [(match.start(), match.end(), match[0]) for match in BENCHMARK.finditer(text)]


def extract(text: str) -> list[Score]:
    return extract_scores(text, find_benchmarks(text))


def describe(text: str) -> list[str]:
    """Writes scores as `84.2% accuracy on MMLU`, changes with `by` before them."""
    return [
        ("by " if score.is_change else "")
        + f"{score.value:g}{score.unit}"
        + (f" {score.metric}" if score.metric else "")
        + (f" on {score.benchmark}" if score.benchmark else "")
        for score in extract(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Levels
        ("Our model achieves 84.2% accuracy on MMLU.", ["84.2% accuracy on MMLU"]),
        ("We see an accuracy of 84.2% on MMLU.", ["84.2% accuracy on MMLU"]),
        ("Accuracy on it is high (accuracy: 84.2%).", ["84.2% accuracy"]),
        ("It scores 84.2% on MMLU and 91.0% on MATH.", ["84.2% on MMLU", "91% on MATH"]),
        ("The success rate is 40% on MATH.", ["40% success rate on MATH"]),
        ("We do best on MMLU (84.2%).", ["84.2% on MMLU"]),
        ("It leads on the MMLU test set (84.2% vs. 83.1%).", ["84.2% on MMLU", "83.1% on MMLU"]),
        ("Results: MMLU: 84.2, GSM8K: 91.0.", ["84.2 on MMLU", "91 on GSM8K"]),
        ("Results are MMLU(84.2), MATH(71.0).", ["84.2 on MMLU", "71 on MATH"]),
        ("It has a BLEU score of 34.5 on WMT14.", ["34.5 BLEU on WMT14"]),
        ("We reach 34.5 BLEU.", ["34.5 BLEU"]),
        ("It reaches 34 BLEU on WMT14.", ["34 BLEU on WMT14"]),
        ("We obtain an FID of 2.1 on ImageNet.", ["2.1 FID on ImageNet"]),
        ("It sets a record (1.81 gFID).", ["1.81 gFID"]),
        ("A pass@1 of 62.3 on HumanEval is reached.", ["62.3 pass@1 on HumanEval"]),
        ("It gets 38.0% pass@1 accuracy on HumanEval.", ["38% pass@1 on HumanEval"]),
        ("It has an F1 of 0.92 and a recall of 0.88.", ["0.92 F1", "0.88 recall"]),
        ("It has MMLU accuracy of 84.2 ± 0.3%.", ["84.2% accuracy on MMLU"]),
        ("Our method scores 71.0 on MT-Bench.", ["71 on MT-Bench"]),
        ("Our method achieves 8.3 on MT-Bench.", ["8.3 on MT-Bench"]),
        ("It takes a score of 68.4.", ["68.4"]),
        ("We reach 87.1% top-1 accuracy on ImageNet.", ["87.1% top-1 accuracy on ImageNet"]),
        ("It gets 84.5% ImageNet zero-shot accuracy.", ["84.5% accuracy on ImageNet"]),
        ("On MATH, the agent reaches 45 percent.", ["45% on MATH"]),
        ("It reports a word error rate of 3.3%.", ["3.3% word error rate"]),
        ("It shows a duplicate rate of 2.8%.", ["2.8% duplicate rate"]),
        ("We achieve an MFU of 30.0%.", ["30% MFU"]),
        ("Accuracies stay low, accuracies below 60%.", ["60% accuracy"]),
        (
            "It reaches 71.5% on MATH, surpassing the teacher's 70.2%.",
            ["71.5% on MATH", "70.2% on MATH"],
        ),
        ("On MATH, the agent solves about 45% of the problems.", ["45% on MATH"]),
        # Lists
        (
            "We get 45.2/38.1/67.0 on MMLU/MATH/GSM8K.",
            ["45.2 on MMLU", "38.1 on MATH", "67 on GSM8K"],
        ),
        (
            "We reach 84.2, 71.0 and 65.3 on MMLU, MATH and GSM8K, respectively.",
            ["84.2 on MMLU", "71 on MATH", "65.3 on GSM8K"],
        ),
        (
            "On MMLU and MATH, it achieves 92% and 88% accuracy, respectively.",
            ["92% accuracy on MMLU", "88% accuracy on MATH"],
        ),
        ("It reaches 70.5% accuracy on MMLU, MATH and GSM8K.", ["70.5% accuracy"]),
        ("It reaches 70.5% on AIME 2024.", ["70.5% on AIME 2024"]),
        ("It gains 4% on MMLU, 5% on MATH.", ["by 4% on MMLU", "by 5% on MATH"]),
        ("It does well: 84.2 on MMLU, 37.9 on MATH.", ["84.2 on MMLU", "37.9 on MATH"]),
        # From one level to another
        (
            "It beats humans on MMLU by +0.8% (90.6% vs. 89.8%).",
            ["by 0.8% on MMLU", "90.6% on MMLU", "89.8% on MMLU"],
        ),
        ("Success rates ranging from 7% to 9%.", ["7% success rate", "9% success rate"]),
        ("Tuning raises it from 58.9 to 61.7 on MMLU.", ["58.9 on MMLU", "61.7 on MMLU"]),
        ("It improves MMLU from 58.9% to 61.7%.", ["58.9% on MMLU", "61.7% on MMLU"]),
        ("Tuning lifts MMLU F1: 58.9 → 61.7.", ["58.9 F1 on MMLU", "61.7 F1 on MMLU"]),
        ("We gain on MMLU (58.9 → 61.7).", ["58.9 on MMLU", "61.7 on MMLU"]),
        (
            "The success rate rises from 12% to 30% on MATH.",
            ["12% success rate on MATH", "30% success rate on MATH"],
        ),
        (
            "Accuracy improves from 45.6% with one try to 52.5% with two.",
            ["45.6% accuracy", "52.5% accuracy"],
        ),
        ("It has an accuracy from 67.2% to 80.0%.", ["67.2% accuracy", "80% accuracy"]),
        ("It has a TM-Score of 0.84.", ["0.84 TM-Score"]),
        # Changes
        ("We see broad gains: up to 28% on MATH.", ["by 28% on MATH"]),
        ("It beats it by 2.3% average score (up to 24.1%).", ["by 2.3%", "by 24.1%"]),
        ("We see gains ranging from 1.4pp to 3.5pp.", ["by 1.4points", "by 3.5points"]),
        ("It brings a 1 point loss on MATH.", ["by 1points on MATH"]),
        ("It outperforms the baseline by 3.1 points.", ["by 3.1points"]),
        ("It beats the rest by 5 percentage points on MATH.", ["by 5points on MATH"]),
        ("It beats the rest by 5 pp on MATH.", ["by 5points on MATH"]),
        ("It beats the rest by 2.5% points.", ["by 2.5points"]),
        ("It beats the rest by an absolute 3%.", ["by 3%"]),
        ("It improves by a relative 12%.", ["by 12%"]),
        ("It is 2.5x faster.", ["by 2.5x speed"]),
        ("This gives a 3× speedup.", ["by 3x speed"]),
        ("This gives speedups of 2.0-10.6×.", ["by 2x speed", "by 10.6x speed"]),
        ("Inference is 4.15 times faster.", ["by 4.15x speed"]),
        ("It accelerates training by up to 4,000×.", ["by 4000x speed"]),
        ("It has 2x higher throughput.", ["by 2x throughput"]),
        ("It reduces memory by 40%.", ["by 40% memory"]),
        ("It reduces memory usage by 40% on MATH.", ["by 40% memory on MATH"]),
        ("Memory usage can be reduced by 10x.", ["by 10x memory"]),
        ("It needs 30% less memory.", ["by 30% memory"]),
        ("We see a 12% reduction in perplexity.", ["by 12% perplexity"]),
        ("It improves accuracy by 3-5%.", ["by 3% accuracy", "by 5% accuracy"]),
        ("It shows a +2.3% gain on SQuAD.", ["by 2.3% on SQuAD"]),
        ("It helps on MMLU (+2.3%) and MATH (+4.0%).", ["by 2.3% on MMLU", "by 4% on MATH"]),
        ("It changes MATH little (−0.5%).", ["by -0.5% on MATH"]),
        ("It has 8.9% higher MMLU scores.", ["by 8.9% on MMLU"]),
        ("A gain of 3.6 points in accuracy and 7.8 points in pass rate.",
         ["by 3.6points accuracy", "by 7.8points pass rate"]),
        ("It yields an 18/13/53% accuracy drop.",
         ["by 18% accuracy", "by 13% accuracy", "by 53% accuracy"]),
        (
            "It achieves 84.2% on MMLU, outperforming the best rival by 3.1 points.",
            ["84.2% on MMLU", "by 3.1points on MMLU"],
        ),
        (
            "It boosts pass@1 by an average of 2.6% on MATH and 3.7% on GSM8K.",
            ["by 2.6% pass@1 on MATH", "by 3.7% pass@1 on GSM8K"],
        ),
    ],
)  # fmt: skip
def test_scores(text: str, expected: list[str]) -> None:
    assert describe(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("We keep 10% of the tokens.", id="share-of-tokens"),
        pytest.param("It matches it with 10% of the data on MMLU.", id="share-of-data"),
        pytest.param("It uses 20% of the parameters.", id="share-of-parameters"),
        pytest.param("It takes 5% of the training budget.", id="share-of-budget"),
        pytest.param("It needs 50% fewer parameters.", id="fewer-parameters"),
        pytest.param("It needs 2x fewer pre-training tokens.", id="fewer-training-tokens"),
        pytest.param("It cuts trainable parameters by 60%.", id="cut-parameters"),
        pytest.param("It needs 10x less data.", id="less-data"),
        pytest.param("It matches models 10x larger on MMLU.", id="larger-models"),
        pytest.param("Layers are pruned at 50% sparsity.", id="sparsity"),
        pytest.param("The 95% confidence interval is narrow.", id="confidence"),
        pytest.param("MATH appeared in 2024 and MMLU in 2020.", id="years"),
        pytest.param("A 7B model and a 1.5B model.", id="sizes"),
        pytest.param("It spans 57 tasks and 1,200 questions of MMLU.", id="counts"),
        pytest.param("We use a temperature of 0.7 on MATH.", id="temperature"),
        pytest.param("Lowering the temperature from 1.0 to 0.7 is tried on MATH.", id="move"),
        pytest.param("The learning rate of 0.001 is kept on MATH.", id="learning-rate"),
        pytest.param("Dropout of 0.1 was used on MATH.", id="dropout"),
        pytest.param("Qwen2.5 and Claude 3.5 beat Llama 3.1 on MATH.", id="versions"),
        pytest.param("GPT-4.5 and v1.6 were used.", id="glued-versions"),
        pytest.param("We report pass@10 and NDCG@10.", id="cut-offs"),
        pytest.param("Images have 512x512 or 64× 64 pixels.", id="resolutions"),
        pytest.param("It costs $2.5 and takes 3.5 hours.", id="money-and-time"),
        pytest.param("See Section 3.2 and Table 4.", id="labels"),
        pytest.param("In 2024, 30% of users were asked.", id="share-of-users"),
        pytest.param("AIME 2024 is hard.", id="number-in-a-benchmark"),
        pytest.param("It was the 95th percentile.", id="percentile"),
        pytest.param("The agreement rate of 82. 42% is broken.", id="number-torn-apart"),
        pytest.param("We use 10-fold cross-validation.", id="folds"),
        pytest.param("It produces 70% more samples.", id="more-samples"),
    ],
)
def test_anything_else_is_no_score(text: str) -> None:
    assert describe(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("On MMLU, we reach 84.2%.", "MMLU", id="before"),
        pytest.param("Trained on GSM8K, it reaches 84.2% accuracy.", None, id="trained-on"),
        pytest.param("We care for MMLU. It reaches 84.2% accuracy.", None, id="other-sentence"),
        pytest.param("It wins on MMLU; accuracy is 84.2% here.", None, id="other-clause"),
        pytest.param("It reaches 84.2% accuracy while MMLU stays flat.", None, id="while"),
        pytest.param("E.g. vs. others on MMLU, i.e. always, we reach 84.2%.", "MMLU", id="abbrev"),
    ],
)
def test_benchmarks_belong_by_syntax(text: str, expected: str | None) -> None:
    assert [score.benchmark for score in extract(text)] == [expected]


def test_a_benchmark_that_is_taken_is_not_shared() -> None:
    text = "It reaches 84.2% on MMLU and 91.0% overall."
    assert [score.benchmark for score in extract(text)] == ["MMLU", None]


def test_spans_hold_numbers_as_written() -> None:
    text = "It gains +2.3 percentage points, is 2.5× faster and reaches 45.2/38.1% accuracy."
    assert [text[score.start : score.end] for score in extract(text)] == [
        "+2.3 percentage points",
        "2.5×",
        "45.2",
        "38.1%",
    ]


fragments = st.sampled_from(
    [
        "84.2%", "58.9", "61.7", "3.1 points", "2.5x", "3×", "10", "1,000", " → ", "/", " and ",
        ", ", " to ", "-", "±", "+", "−", "(", ")", ". ", "; ", " ", "accuracy", " of ", " on ",
        "MMLU", "MATH", " improves ", " by ", " faster", " achieves ", " from ", "BLEU", "pass@1 ",
        " rate ", " of the data", "%", "'s ", "٣", "²", "𝟗",
    ]
)  # fmt: skip


@given(st.text(alphabet=st.characters(exclude_categories=())) | st.lists(fragments).map("".join))
def test_spans_are_ordered_and_prove_the_values(text: str) -> None:
    end_before = 0
    for score in extract(text):
        written = text[score.start : score.end]
        assert end_before <= score.start < score.end <= len(text)
        number = re.search(r"[0-9][0-9,]*(?:\.[0-9]+)?", written)
        assert number is not None
        assert float(number[0].replace(",", "")) == abs(score.value)
        assert score.unit in {"", "%", "points", "x"}
        assert score.benchmark is None or score.benchmark in text
        end_before = score.end


@pytest.mark.parametrize(
    "piece",
    [
        "9", "9.", "9,", "1/", "84.2%", "84.2% ", "84.2%/", "% ", "/", "1 to ", "9 ± ", "3-", "+1",
        "improves by 3% ", "of 84.2% ", "accuracy of 84.2% and ", "(", "MMLU ", "MMLU, ",
        "84.2% on MMLU ", "a ", "9 ", ". ", "; ", "vs. ",
    ],
)  # fmt: skip
def test_hostile_text_takes_linear_time(piece: str) -> None:
    def measure(length: int) -> float:
        text = piece * (length // len(piece))
        benchmarks = find_benchmarks(text)
        started = time.process_time()
        extract_scores(text, benchmarks)
        return time.process_time() - started

    short, long = measure(10_000), measure(80_000)
    # Eight times the text; quadratic time would be sixty-four times. The constant absorbs noise.
    assert long < 25 * short + 0.05
