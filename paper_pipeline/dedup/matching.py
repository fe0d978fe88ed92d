"""Matching: which pairs of records are the same paper, and why.

Data flow: pairs of signatures -> Evidence (what each pair shares) -> Decisions (accept or reject).

Every kind of evidence speaks in log-odds (natural logarithm), which add up: the model of Fellegi
and Sunter (1969), with weights that grow along curves in place of steps. A pair is accepted when
the sum is above zero; `match_score` is the probability it stands for. Identifiers and what
titles.py finds overrule the sum. A decision depends on the two signatures alone.

Which pairs are looked at belongs in candidates.py, what follows for papers in clustering.py.

The curves were drawn by hand through the frequencies of true and false candidate pairs in a
labelled set of 10,000 records, and moved where hand-written companions were joined or the errors on
DBLP-ACM had a common cause (years, columns); nothing was fitted by a machine.
"""

from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from paper_pipeline.dedup.signatures import NAME_KEY, Signatures, string_buffers, take_strings
from paper_pipeline.dedup.titles import Relation, is_column, is_generic, relate_titles

# Candidates are pairs that share a key: of those that share no more, about one in twenty is true.
PRIOR = -1.0
# (value, log-odds) along each curve; between them straight lines.
JACCARD = (
    (0.0, -4.5), (0.04, -3.0), (0.1, 0.5), (0.2, 2.8), (0.35, 4.5), (0.5, 7.5), (0.8, 10.5),
    (0.9, 12.0), (1.0, 15.5),
)  # fmt: skip
WORDS = ((0.0, -1.5), (0.15, -0.8), (0.22, 0.0), (0.28, 2.2), (0.35, 3.5), (0.5, 4.5))
CONTAINMENT = ((0.0, -9.0), (0.4, -5.0), (0.6, 0.0), (0.8, 4.0), (1.0, 7.0))
TITLE = (
    (0.0, -3.0), (0.4, -2.5), (0.7, -1.5), (0.8, 1.0), (0.87, 4.0), (0.95, 6.0), (1.0, 8.0)
)  # fmt: skip
# An equal title of so many words: "Introduction" is the title of many papers.
TITLE_WORDS = ((1.0, 1.5), (2.0, 3.0), (3.0, 4.5), (4.0, 6.0), (6.0, 9.5), (8.0, 11.0))
SURNAMES = ((0.0, -5.0), (0.3, -1.0), (0.5, 2.0), (1.0, 4.0))
# Without texts to compare: lists that have one name in common are of two papers; two say more.
BARE_SURNAMES = ((0.0, -7.0), (0.25, -6.0), (0.4, 0.0), (0.6, 3.0), (1.0, 4.5))
SEVERAL = 2.0
YEARS_APART = ((0.0, 0.5), (1.0, -0.7), (2.0, -2.0), (5.0, -5.0))
# Without texts to compare: columns and reports come again under one title every year.
BARE_YEARS_APART = ((0.0, 1.0), (1.0, -18.0))
# Two names, the same name, no name to compare.
NAME = np.array((-4.5, 2.5, 0.0))
SAME_DOI, OTHER_DOI = 20.0, -2.0
# With fewer shingles a text says less; with this many all that its curve says.
TELLING_SHINGLES = 30
# What unequal titles can say at most, where both abstracts are known and where they are not.
GENERIC, COLUMN = "generic", "column"
RELATIONS = {
    Relation.CONFLICT: (-400.0, -400.0),
    Relation.OTHER_SUBJECT: (-15.3, -14.0),
    Relation.REORDERED: (-14.5, -5.0),
    Relation.NUMBERED: (-12.0, -12.0),
    Relation.REPLACED: (3.0, -5.0),
    Relation.INSERTED: (2.0, -5.0),
    Relation.EXTENDED: (4.0, 1.5),
    GENERIC: (3.5, 3.5),
    COLUMN: (0.0, -6.0),
}
# What the likeness of unequal titles can add to what titles with nothing in common weigh.
MOST_OF_TITLE = TITLE[-1][1] - TITLE[0][1]
# Only equal titles are wholly alike.
MOST_ALIKE = np.float32(0.999)
# Without texts, titles less alike than this say less still, by so much for each whole point.
ALIKE, UNLIKE = 0.9, 20.0
# The score of identifiers and of people: above all that is counted together.
CERTAIN = 40.0


@dataclass(frozen=True)
class Evidence:
    """What p pairs have in common: columns of p values each.

    Attributes:
        jaccard: Share of all word triples that both abstracts hold; 0 where either has none.
        containment: Share of the shorter abstract's triples that the longer one holds.
        words: Share of all longer words that both abstracts use.
        basis: Triples of the shorter abstract that this rests on; 0 where either has none.
        title: Similarity of the titles, 1 when equal once folded (normalised Indel similarity).
        title_words: Words of the shorter title.
        name: 1 where unequal titles begin with the same name before a colon, 0 where with two,
            -1 where either has none.
        surnames: Share of the shorter list's surnames that both have; -1 when either is unknown.
        all_surnames: Share of all surnames that both have; -1 when either is unknown.
        shared_surnames: How many both have.
        years_apart: -1 when either is unknown.
        doi: 1 the same, 0 two, -1 when either is unknown.
        arxiv: The same of the arXiv ids.
        relation: How unequal titles differ (titles.Relation), told only where it can matter.
        said: What that rests on, in words.
    """

    jaccard: np.ndarray
    containment: np.ndarray
    words: np.ndarray
    basis: np.ndarray
    title: np.ndarray
    title_words: np.ndarray
    name: np.ndarray
    surnames: np.ndarray
    all_surnames: np.ndarray
    shared_surnames: np.ndarray
    years_apart: np.ndarray
    doi: np.ndarray
    arxiv: np.ndarray
    relation: np.ndarray
    said: np.ndarray

    def take(self, places: np.ndarray) -> "Evidence":
        """The evidence of some of the pairs."""
        return Evidence(**{name: column[places] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Decisions:
    """Judgements of p pairs: `log_odds` (p,) and the evidence they rest on."""

    log_odds: np.ndarray
    evidence: Evidence

    @property
    def is_match(self) -> np.ndarray:
        """Whether each pair is one paper."""
        return self.log_odds > 0


def decide_pairs(signatures: Signatures, left: np.ndarray, right: np.ndarray) -> Decisions:
    """Judges pairs.

    Args:
        signatures: Signatures of the records concerned.
        left, right: (p,) places in them.
    """
    left, right = np.ascontiguousarray(left, np.int64), np.ascontiguousarray(right, np.int64)
    evidence = _gather(signatures, left, right)
    log_odds = add_up(evidence)

    def add_up_again(places: np.ndarray) -> None:
        log_odds[places] = add_up(evidence.take(places))

    # What costs most comes last, and only where it can still turn the balance: the likeness of
    # titles stays a bound from above, or 0, for pairs that it could not save.
    open_ = np.flatnonzero((evidence.title < 1) & (log_odds + MOST_OF_TITLE > 0))
    evidence.title[open_] = _bound_titles(signatures, left[open_], right[open_])
    add_up_again(open_)
    open_ = open_[log_odds[open_] > 0]
    evidence.title[open_] = _compare_titles(signatures, left[open_], right[open_])
    add_up_again(open_)
    likely = np.flatnonzero((log_odds > 0) & (evidence.arxiv != 1))
    _relate_titles(signatures, left[likely], right[likely], likely, evidence)
    add_up_again(likely)
    return Decisions(log_odds, evidence)


def _relate_titles(
    signatures: Signatures,
    left: np.ndarray,
    right: np.ndarray,
    places: np.ndarray,
    evidence: Evidence,
) -> None:
    """Fills in how titles relate; the one loop in Python, over pairs that are likely one paper."""
    vocabularies = signatures.column("vocabulary")
    ours = take_strings(signatures.titles, left).to_pylist()
    theirs = take_strings(signatures.titles, right).to_pylist()
    for place, one, other, mine, yours in zip(
        places.tolist(), ours, theirs, left.tolist(), right.tolist(), strict=True
    ):
        if one == other:
            if is_column(one):
                evidence.relation[place] = COLUMN
            elif is_generic(one):
                evidence.relation[place] = GENERIC
        else:
            relation, said = relate_titles(
                one, other, vocabularies[mine].tobytes(), vocabularies[yours].tobytes()
            )
            evidence.relation[place], evidence.said[place] = relation, said


def _compare_titles(signatures: Signatures, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How alike titles are that are not equal: below 1."""
    ours = take_strings(signatures.titles, left).to_pylist()
    theirs = take_strings(signatures.titles, right).to_pylist()
    alike, sort = (
        process.cpdist(ours, theirs, scorer=scorer, dtype=np.float32)
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio)
    )
    return np.minimum(np.maximum(alike, sort) / 100, MOST_ALIKE)


def _bound_titles(signatures: Signatures, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How alike titles are at most, by the letters they have in common."""
    from paper_pipeline.dedup import kernels

    bounds = np.empty(len(left), np.float32)
    data, offsets = string_buffers(signatures.titles)
    kernels.bound_titles(data, offsets, left, right, bounds)
    return np.minimum(bounds, MOST_ALIKE)


def _gather(signatures: Signatures, left: np.ndarray, right: np.ndarray) -> Evidence:
    """Gathers the evidence but for titles, of which it only tells whether they are equal."""
    from paper_pipeline.dedup import kernels

    features = np.empty((len(left), 7), np.float32)
    kernels.compare_sketches(
        left,
        right,
        signatures.column("sketch"),
        signatures.column("sketch_length"),
        signatures.column("vocabulary").view(np.uint64),
        signatures.column("surnames"),
        signatures.column("surname_count"),
        features,
    )
    title_keys = signatures.column("keys")[:, 0]
    title = (title_keys[left] == title_keys[right]).astype(np.float32)
    words = signatures.column("title_words")
    names = signatures.column("keys")[:, NAME_KEY]
    years = signatures.column("year").astype(np.int32)
    return Evidence(
        jaccard=features[:, 0],
        containment=features[:, 1],
        words=features[:, 4],
        basis=features[:, 2],
        title=title,
        title_words=np.minimum(words[left], words[right]),
        name=np.where(title < 1, _same(names, left, right), np.int8(-1)),
        surnames=features[:, 3],
        all_surnames=features[:, 5],
        shared_surnames=features[:, 6],
        years_apart=np.where(
            (years[left] > 0) & (years[right] > 0), np.abs(years[left] - years[right]), -1
        ),
        doi=_same(signatures.column("doi"), left, right),
        arxiv=_same(signatures.arxiv_codes, left, right),
        relation=np.full(len(left), "", object),
        said=np.full(len(left), "", object),
    )


def add_up(evidence: Evidence) -> np.ndarray:
    """The log-odds of pairs."""
    return sum(weights(evidence).values(), np.full(len(evidence.title), PRIOR))


def weights(evidence: Evidence) -> dict[str, np.ndarray]:
    """What each kind of evidence adds to the log-odds of pairs, by kind."""
    basis = np.minimum(evidence.basis / TELLING_SHINGLES, 1.0)
    text = np.maximum(_curve(JACCARD, evidence.jaccard), _curve(CONTAINMENT, evidence.containment))
    equal = evidence.title >= 1
    is_bare = evidence.basis == 0
    title = np.where(
        equal, _curve(TITLE_WORDS, evidence.title_words), _curve(TITLE, evidence.title)
    )
    related = np.flatnonzero(evidence.relation != "")
    relations = evidence.relation[related]
    unlike = np.where(is_bare, UNLIKE * np.maximum(0, ALIKE - evidence.title), 0.0)[related]
    for relation, (with_text, without) in RELATIONS.items() if len(related) else ():
        of_it = relations == relation
        places = related[of_it]
        most = np.where(is_bare[places], without, with_text) - unlike[of_it]
        title[places] = np.minimum(title[places], most)
    authors = np.where(
        is_bare,
        _curve(BARE_SURNAMES, evidence.all_surnames) + SEVERAL * (evidence.shared_surnames > 1),
        _curve(SURNAMES, evidence.surnames),
    )
    authors = np.where(evidence.surnames < 0, 0.0, authors)
    # Companions share their authors.
    companions = (relations == Relation.OTHER_SUBJECT) | (relations == Relation.NUMBERED)
    places = related[companions]
    authors[places] = np.minimum(authors[places], 0.0)
    years = np.where(
        is_bare,
        _curve(BARE_YEARS_APART, evidence.years_apart),
        _curve(YEARS_APART, evidence.years_apart),
    )
    return {
        "text": np.where(evidence.basis > 0, text * basis, 0.0),
        "words": np.where(evidence.basis > 0, _curve(WORDS, evidence.words) * basis, 0.0),
        "title": title,
        "name": np.where(evidence.basis > 0, NAME[evidence.name], 0.0),
        "authors": authors,
        "years": np.where(evidence.years_apart < 0, 0.0, years),
        "doi": np.select([evidence.doi == 1, evidence.doi == 0], [SAME_DOI, OTHER_DOI], 0.0),
        "arxiv": np.select(
            [evidence.arxiv == 1, evidence.arxiv == 0], [2 * CERTAIN, -9 * CERTAIN], 0.0
        ),
    }


def _curve(points: tuple[tuple[float, float], ...], values: np.ndarray) -> np.ndarray:
    at, height = zip(*points, strict=True)
    return np.interp(values, at, height)


def _same(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    ours, theirs = codes[left], codes[right]
    return np.where((ours > 0) & (theirs > 0), (ours == theirs).astype(np.int8), np.int8(-1))
