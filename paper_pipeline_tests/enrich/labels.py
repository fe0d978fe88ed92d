"""Hand labels of real titles and abstracts, and the score of an extractor against them.

Data flow: labels_<name>.json -> [LabelledPaper]; [LabelledPaper], predicted spans -> {kind: Score}.
No text is here: a paper is known by the hash of its title, and offsets count the characters of its
title or abstract as found, before any repair. An extractor that reads repaired text carries its
spans back with `map_span`. Extracting is the business of `paper_pipeline.enrich`.

Rules of labelling. Every occurrence is labelled, in titles too, by what this abstract says it is.

- `parameters`: a stated count of model parameters, each number by itself, also the `70B` inside a
  model's name; not tokens, samples, bytes or money. `value` is the count.
- `model`: a trained model, model family or architecture by its own name, version and size
  included; not a method, technique, framework, system or agent, nor a generic word.
- `benchmark`: a dataset, benchmark, corpus, leaderboard or environment suite by its own name; not
  a metric, not a task.
- `link`: an address, printed with its scheme or not; of one printed twice as `u{u}`, the first.
  `url` is what a reader would open.
- `maybe` marks what readers may decide either way: an exam, a framework that acts as a model,
  `BERT` in `BERT-like`, the spelt-out form of an acronym. It is neither asked for nor punished.

Files and parts. `seeds` and `days` hold `tuned`, against which extractors may be improved, and
`held_out`, which may only be scored. `check`, `final` and `fresh` each hold the part of their own
name: texts labelled later, in that order. A part whose misses have been looked at no longer says
how an extractor does on new text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from rapidfuzz.distance import Indel

Kind = Literal["parameters", "model", "benchmark", "link"]
Part = Literal["tuned", "held_out", "check", "final", "fresh"]
Field = Literal["title", "abstract"]
KINDS: tuple[Kind, ...] = ("parameters", "model", "benchmark", "link")

Span = tuple[str, int, int]
ValuedSpan = tuple[str, int, int, int]
Predictions = Mapping[tuple[str, str], Sequence[Span | ValuedSpan]]


@dataclass(frozen=True)
class Label:
    """One labelled mention: characters [start, end) of a field as found."""

    kind: Kind
    field: Field
    start: int
    end: int
    value: int | None = None
    url: str | None = None
    maybe: bool = False


@dataclass(frozen=True)
class LabelledPaper:
    """The labels of one paper, by field (title first) and start.

    `title_sha256` is the first 16 hexadecimal digits of the SHA-256 of the title as found, in
    UTF-8; `abstract_length` is in characters and tells a text that has changed.
    """

    title_sha256: str
    part: Part
    abstract_length: int
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Score:
    """Counts of an extractor's hits and errors for one kind."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        """The share of predictions that are right; 1 where there is none."""
        return _share(self.true_positives, self.false_positives)

    @property
    def recall(self) -> float:
        """The share of labels that were found; 1 where there is none."""
        return _share(self.true_positives, self.false_negatives)


def load_labels(name: str) -> list[LabelledPaper]:
    """Reads the label file `labels_<name>.json` beside this module (see above)."""
    text = Path(__file__).with_name(f"labels_{name}.json").read_text("utf-8")
    return [
        LabelledPaper(**{**row, "labels": tuple(Label(**label) for label in row["labels"])})
        for row in json.loads(text)
    ]


def score(labelled: Iterable[LabelledPaper], predicted: Predictions) -> dict[Kind, Score]:
    """Counts right and wrong predictions over the labelled papers, for every kind.

    A prediction is right when it overlaps a label of its kind that no other prediction has taken;
    one prediction takes one label. One that overlaps only `maybe` labels counts neither way.

    Args:
        labelled: The papers to score on; predictions for others are left out.
        predicted: Spans (field, start, end) by (title_sha256, kind), on the text as found. A fourth
            item, the count that was read, must agree with the label's value.
    """
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for paper in labelled:
        for kind in KINDS:
            labels = [label for label in paper.labels if label.kind == kind]
            spans = predicted.get((paper.title_sha256, kind), ())
            for i, count in enumerate(_count_matches(labels, spans)):
                counts[kind][i] += count
    return {kind: Score(*counts[kind]) for kind in KINDS}


def map_span(raw: str, repaired: str, start: int, end: int) -> tuple[int, int]:
    """Carries characters [start, end) of the repaired text back to the raw text.

    The two are aligned by their longest common subsequence. Where the span cuts into text that the
    repair replaced, the whole of the replaced raw text belongs to it.

    Returns:
        The range in `raw`; empty where the span holds only what the repair added.

    Raises:
        ValueError: The span is empty or outside the repaired text.
    """
    if not 0 <= start < end <= len(repaired):
        raise ValueError(f"span [{start}, {end}) is empty or outside 0..{len(repaired)}")
    first = _find_block(raw, repaired, start)
    last = _find_block(raw, repaired, end - 1)
    return (
        first.raw_start + (start - first.start if first.same else 0),
        last.raw_start + end - last.start if last.same else last.raw_end,
    )


@dataclass(frozen=True)
class _Block:
    """A stretch of the repaired text and the raw text that it comes from."""

    same: bool
    start: int
    end: int
    raw_start: int
    raw_end: int


def _find_block(raw: str, repaired: str, position: int) -> _Block:
    """Finds the block that holds a character of the repaired text."""
    return next(b for b in _align(raw, repaired) if b.start <= position < b.end)


@lru_cache(maxsize=64)
def _align(raw: str, repaired: str) -> tuple[_Block, ...]:
    """Cuts the two texts into blocks that are the same and blocks that differ, in turn."""
    blocks: list[_Block] = []
    for op in Indel.opcodes(repaired, raw):
        same = op.tag == "equal"
        block = _Block(same, op.src_start, op.src_end, op.dest_start, op.dest_end)
        # what the repair took away and what it put there come as two steps
        if blocks and not same and not blocks[-1].same:
            before = blocks.pop()
            block = _Block(False, before.start, block.end, before.raw_start, block.raw_end)
        blocks.append(block)
    return tuple(blocks)


def _count_matches(
    labels: Sequence[Label], spans: Sequence[Span | ValuedSpan]
) -> tuple[int, int, int]:
    """Counts true positives, false positives and false negatives of one kind in one paper."""
    certain = [label for label in labels if not label.maybe]
    free = list(certain)
    wrong = 0
    for field, start, end, *value in sorted(spans):
        touched = [x for x in labels if x.field == field and x.start < end and start < x.end]
        right = [x for x in touched if x in free and (not value or x.value == value[0])]
        if right:
            free.remove(right[0])
        elif not touched or not all(x.maybe for x in touched):
            wrong += 1
    return len(certain) - len(free), wrong, len(free)


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0
