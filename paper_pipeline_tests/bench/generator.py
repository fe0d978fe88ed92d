"""Generates corpora for deduplication benchmarks: papers, their edited copies, and near misses.

`python -m paper_pipeline_tests.bench.generator --records 1000000 --out FILE.parquet [--seed 7]`

A record is a paper (kind `base`) or an edited copy of one; records of one `cluster` are one paper.
Text comes from an invented vocabulary and a small grammar, so a corpus can be of any size and
shared freely. Lengths, sizes of clusters, the shares of kinds and the strength of each edit follow
a sample of 10,000 real abstracts whose copies were made in these ways; where a constant below is a
quantile or a share, it was measured there.

Papers draw from topics, so that papers of a topic share terms and stock sentences. A few papers
are companions: distinct papers that look alike, as parts of a series or yearly reports do. They
are what precision is tested with.
"""

import argparse
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Item = TypeVar("Item")

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("cluster", pa.int64()),
        ("kind", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("arxiv_id", pa.string()),
    ]
)

WINDOW = 65_536  # records a batch
BLOCK = 8_190  # papers drawn at once; pairs and triples of companions fill it evenly

# Records a cluster, and how often.
CLUSTER_SIZES = {1: 0.8091, 2: 0.1527, 3: 0.0123, 4: 0.0123, 5: 0.0136}
# A revision stands alone with its base; the other kinds mix in larger clusters.
REVISED_PAIRS = 0.166
KIND_SHARES = {
    "exact": 0.149,
    "version": 0.142,
    "word": 0.141,
    "case": 0.138,
    "trunc": 0.135,
    "title": 0.087,
    "typo": 0.083,
    "latex": 0.081,
    "titleonly": 0.044,
}
KINDS = ("base", "rev", *KIND_SHARES)
COMPANIONS = 0.03  # of all papers
ECHOES = 0.01  # of all papers: kin to none, yet half made of their topic's stock sentences
STOCK = 0.006  # of all other sentences

# Every paper has an arXiv id; a base and a copy show it this often, a revision never.
ID_SHOWN = {"base": 0.43, "copy": 0.27, "rev": 0.0}
OLD_STYLE_IDS = 0.136

QUANTILES = np.array([0, 0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1])
ABSTRACT_WORDS = np.array([21, 34, 48, 61, 90, 130, 175, 219, 246, 282, 330])
TITLE_WORDS = np.array([1, 3, 4, 5, 7, 9, 11, 14, 16, 20, 30])
# Share of a revised abstract that is still the first version's, measured as 2 J / (1 + J) with J
# the Jaccard similarity of word 3-grams. The low end is set lower than measured, since a sentence
# longer than what is still to change is left as it is.
KEPT_AT = np.array([0, 0.02, 0.10, 0.25, 0.50, 0.75, 0.90, 0.98, 1])
KEPT = np.array([0, 0, 0.08, 0.38, 0.76, 0.91, 0.97, 0.995, 1])

STEMS = 10_000
GENERAL = 1_500  # stems that papers of all topics use
TOPICS = 500
TOPIC_STEMS = 320
STOCK_SENTENCES = 12  # a topic
MATH_TOPICS = 0.27
ABBREVIATING = 0.42  # of all papers use acronyms
COUNTING = 0.65  # of all papers write numbers in digits
KEYS = 10  # terms a paper comes back to

# --- Vocabulary ---------------------------------------------------------------------------------

# Categories are written {noun} in the templates below.
CATEGORIES = (
    "noun", "nouns", "adj", "do", "does", "done", "doing", "adv",
    "acro", "system", "name", "math", "num", "det", "prep", "aux",
)  # fmt: skip
# Categories with a form for every invented stem, and how often such a word takes the place of a
# common one.
INVENTED = {
    "noun": 0.45, "nouns": 0.45, "adj": 0.38, "do": 0.05, "does": 0.05, "done": 0.10, "doing": 0.08,
    "adv": 0.15,
}  # fmt: skip
ENDINGS = {"do": "", "does": "s", "done": "ed", "doing": "ing"}
SHARED_ADJECTIVES = """
    new novel general large different several non-linear state-of-the-art local optimal linear
    recent specific small efficient simple similar finite robust important natural complex numerical
    statistical global random theoretical standard multiple low-dimensional high-dimensional
    empirical continuous discrete explicit classical dynamic effective practical real-world
    large-scale fundamental physical experimental significant relevant accurate adaptive additional
    algebraic arbitrary asymptotic automatic coarse-grained common compact computational consistent
    critical data-driven dense deterministic direct distributed end-to-end exact external
    first-order flexible free full geometric heterogeneous hierarchical higher-order hybrid
    independent infinite inverse joint limited long-range long-term low-cost mean-field minimal
    mixed modern multi-scale mutual noisy non-trivial one-dimensional open-source parallel partial
    periodic positive possible previous probabilistic qualitative quantitative rapid rational
    relative reliable rigid scalable second-order self-consistent semi-supervised sequential
    short-term smooth sparse spatial spectral stable stationary stochastic strong structural
    symmetric temporal time-dependent topological traditional two-dimensional uniform unique
    universal unknown upper useful variational virtual weak well-known wide
"""
SHARED_NOUNS = """
    model method result problem system approach time analysis algorithm data function structure
    number case study theory state set process performance space information network field parameter
    framework property distribution order technique solution condition group energy work effect
    class point equation application rate form distance value phase term task graph feature dynamics
    error sequence image scale example level measure density limit estimate experiment simulation
    matrix operator interaction region sample response mechanism surface measurement representation
    dimension formula source environment variable context design constraint domain strategy
    criterion temperature frequency signal observation learning complexity presence role knowledge
    language theorem proof construction spectrum transition accuracy control quality noise behaviour
    boundary procedure resource evaluation pattern concept training scheme efficiency cost
    assumption database architecture prediction map user device relation code detection evidence
    component bound perspective strength symmetry measurement resolution risk regime scenario
    estimator community agent software benchmark decision tool protocol treatment correlation
    service path tree kernel cell layer flow mode transformation channel variation classification
    optimization inference collection comparison correction profile equilibrium ensemble event
    expansion extension factor generation gradient hypothesis implementation index integral
    iteration lattice law limitation link loss manifold margin mass medium memory metric mixture
    module moment momentum motion node norm object orbit orientation output particle phase policy
    polynomial population potential power principle probability product projection query ratio
    reaction reduction regression sensor series shape singularity stability step subset survey
    target tensor test threshold topology trajectory transport trend uncertainty unit vector
    velocity version wave width window
"""
SHARED_VERBS = """
    show propose present study provide introduce consider use develop obtain demonstrate improve
    describe analyze derive investigate compare allow apply compute estimate prove establish
    construct discuss explore examine evaluate generalize extend reduce identify determine capture
    predict require achieve explain exhibit characterize address implement combine control reveal
    define suggest solve measure support test generate observe enable increase yield consider
    represent preserve learn constrain detect induce relate simulate recover exploit optimize
    outperform confirm validate model perform approximate incorporate produce involve integrate
    avoid classify encode formulate illustrate minimize maximize motivate quantify refine replace
    transform update
"""
SHARED_ADVERBS = """
    also directly efficiently only significantly often simply further jointly automatically
    explicitly recently typically well numerically strongly completely easily widely effectively
    accurately analytically asymptotically independently locally naturally previously rapidly
    successfully systematically uniformly weakly
"""
NAMES = r"""
    Gaussian Hamiltonian Lagrangian Bayesian Markov Lie Hilbert Banach Riemannian Boltzmann Poisson
    Fourier Hausdorff Sobolev Einstein Dirac Euler Galois Laplace Noether Abel Cauchy Chern Coulomb
    Hopf Ising Landau Lebesgue Lyapunov Monte-Carlo Navier--Stokes Newton Pauli Poincaré Ricci
    Riemann Schrödinger Schr\"odinger Poincar\'e K\"ahler Erdős H\"older Gr\"obner Bose--Einstein
    Calabi-Yau Cahn-Hilliard Kolmogorov Wigner Weyl Wiener Fokker-Planck Łojasiewicz L\'evy
    Fr\'echet Minkowski Nash Pareto Turing Hubble Kerr
"""
MATH = r"""
    $n$ $k$ $p$ $G$ $X$ $\alpha$ $d$ $q$ $\mathbb{R}^n$ $L^2$ $\epsilon$ $O(n)$ $m$ $N$ $\lambda$
    $K$ $M$ $\mathbb{Z}$ $\beta$ $\mathcal{O}(n\log{n})$ $\Gamma$ $f(x)$ $\mathbb{C}^n$ $L^p$ $V$
    $\sigma$ $H^1$ $\mu$ $r>0$ $\{x_n\}$ $\theta$ $SU(2)$ $\Omega$ $n\geq2$ $\mathcal{H}$ $A_n$
    $\Delta$ $\omega$ $\mathrm{SL}(2)$ $10^{-3}$ $x\in{X}$ $\gamma$ $\tau$ $\phi$ $G/H$ $\kappa$
    $T_c$ $\mathbb{P}^1$ $\delta$ $\pi$ $\overline{M}$ $\frac{1}{2}$ $\nabla{u}$ $\ell_1$ $p$-adic
"""
PREFIXES = """
    bio geo hydro thermo electro photo neuro micro meta multi poly quasi hyper sub inter trans iso
    auto chrono crypto cyto endo exo ferro gyro helio litho magneto mono nano ortho para peri proto
    pyro spectro stereo tele tomo tribo ultra
"""
ONSETS = "b c d f g h l m n p r s t v b c d f g h l m n p r s t v br cl ph pr qu sp st th tr"
NUCLEI = "a e i o u a e i o u a e i o ea io ou y"
CODAS = "l m n r s t l m n r s t x nt st ct nd"
NOUN_ENDINGS = "ion or ity ism er ment in on al ure a us e o um ar et y"
ADJ_ENDINGS = "al ic ive ous ar ed ian y ic al ent"
VOWEL_PAIRS = frozenset(a + b for a in "aeiouy" for b in "aeiouy")
ORDINALS = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth",
            "Tenth", "Eleventh", "Twelfth"]  # fmt: skip
SPELLED_NUMBERS = ["two", "three", "four", "five"]
ROMAN = ["I", "II", "III", "IV", "V"]
SIZES = [("Large", "Small"), ("Lower", "Upper"), ("Fast", "Slow"), ("Static", "Dynamic"),
         ("Finite", "Infinite"), ("Local", "Global")]  # fmt: skip

# --- Grammar ------------------------------------------------------------------------------------
# A sentence is one part from each column of SENTENCE; an empty part leaves its column out. Parts
# stand in order of frequency. A `~` glues a sign to its neighbour. Little words are drawn as well:
# runs of three fixed words are what real papers share, and they share few.

DETERMINERS = "the a the a the this our these its each any some two all such many one"
PREPOSITIONS = """
    of for in with on to from by under at between through via over within into using among
    beyond across without against around near during toward after before
"""
AUXILIARIES = """
    is|are|can be|is also|was|may be|has been|are often|have been|were|is then|could be|are not
    should be|is usually|will be|cannot be
"""
THINGS = r"""
    {det} {adj} {noun}|{adj} {nouns}|{det} {noun} {prep} {nouns}|{nouns}|{det} {noun} {noun}
    {det} {noun} ~, {adj} and {adj} ~,|{nouns} ~, {nouns} and {nouns}|{det} {noun}
    {noun} ~-~ {adj} {nouns}|{det} {noun} {prep} {det} {adj} {noun}|{noun} {nouns}
    {adj} {noun} {nouns}|{det} {adj} {noun} {prep} {nouns}|{nouns} {prep} {adj} {nouns}
    {adj} {noun} and {noun}|{det} {noun} of {noun} {nouns}|{det} {adj} and {adj} {noun}|{acro}
    {det} {name} {noun}|{nouns} and {nouns}|{acro} {nouns}|{det} {adj} ~-~ {noun} {noun}
    {adj} {noun}|{noun} {prep} {nouns} and {nouns}|{det} {noun} ~-based {noun}|{num} {adj} {nouns}
    {math}|{adj} {nouns} (~ {acro} ~)|{det} {noun} of {math}|{adj} {adj} {nouns}|{system}
    {doing} {nouns}|{det} {adj} {acro} {noun}|{noun} or {noun} {nouns}|{name} {nouns}
    {det} {adj} ~, {adj} {noun}|{det} {acro} {noun}|{math} and {math}|\emph{~ {noun} {noun} ~}
    {det} number of {nouns}|{det} {noun} of the {noun}|{det} class of {nouns}
"""
OPENINGS = """
    we {do}|this paper {does}|we {adv} {do}|in this paper ~, we {do}|here we {do}|this work {does}
    in this work ~, we {do}|we {do} and {do}|to {do} {det} {noun} ~, we {do}|in this paper we {do}
    the {noun} {prep} this paper {does}|the authors {do}|this article {does}|in {nouns} ~, we {do}
    in this {noun} we {do}|we {do} the problem of|{adv} ~, we {do}|the main {noun} {does}
    we then {do}|{doing} {nouns} ~, we {do}|for this {noun} we {do}|{prep} this {noun} ~, we {do}
    we first {do}|our {noun} {does}|our {adj} {nouns} {do}|this {noun} {does}
    motivated by {nouns} ~, we {do}|using {noun} {nouns} ~, we {do}|we {do} {prep}
    this thesis {does}|with {adj} {noun} we {do}
"""
CLAIMS = """
    we {do} that|we {adv} {do} that|it {aux} {done} that|our {nouns} {do} that|however ~,
    moreover ~,|the {nouns} {do} that|{adv} ~,|in particular ~,|we show that|finally ~,
    furthermore ~,|in addition ~,|{prep} {adj} {noun} ~,|as {det} {noun} ~,
    while {nouns} {do} {nouns} ~,|{prep} {nouns} ~,|if {det} {noun} {does} ~,|{nouns} {do} that
    this {does} that|when {nouns} {do} ~,|therefore ~,|{prep} {det} {noun} {prep} {nouns} ~,
    for {adj} {nouns} ~,|since {nouns} {aux} {done} ~,|thus|although {nouns} {do} {noun} ~,
    to {do} {det} {noun} ~,|{doing} {det} {noun} ~,|recently ~,|{noun} {nouns} {do} that
    given {nouns} ~,|on the other hand ~,|for example ~,|it is {adj} that
"""
ACTIONS = """
    {does} {det} {noun}|{aux} {done} {prep} {nouns}|{aux} {done}|{does} {adj} {nouns}|{aux} {adj}
    {aux} {adv} {done} {prep} {det} {noun}|{adv} {does} {nouns}|{aux} {done} to {do} {nouns}
    {does} {det} {adj} {noun}|{does} {nouns} and {does} {nouns}|{aux} {adj} and {adj}|{does} {noun}
    {aux} {done} {prep} {doing} {nouns}|{does} {prep} {nouns}|{does} {det} {noun} {prep} {nouns}
    {aux} {det} {adj} {noun}|{aux} {adv} {done}|{does} {noun} {nouns}|{aux} {done} as {nouns}
    {does} only {adj} {nouns}|{aux} more {adj} than {nouns}|{does} {noun} by {num} ~%|{aux} {math}
    {does} to {do} {nouns}|{aux} {done} and {done}|{does} both {nouns} and {nouns}|satisfies {math}
    {does} {acro} {nouns}|{aux} {done} at {num} {nouns}|{does} up to {num} {nouns}
    {aux} {noun} ~-~ {adj}|can be used to {do} {nouns}|plays {det} {adj} role
    {does} the {noun} ~-~ {noun} {noun}
"""
SETTINGS = """
    {prep} {det} {noun}|{prep} {adj} {nouns}|{prep} {nouns}|{prep} {det} {adj} {noun}|{prep} {noun}
    {prep} {noun} {nouns}|{prep} {noun} ~-~ {noun} {nouns}|{prep} {det} {noun} {prep} {nouns}
    to {do} {nouns}|{prep} {doing} {nouns}|{prep} {adj} {noun} {nouns}|as {nouns}
    {prep} {nouns} and {nouns}|{prep} {acro}|{adv}|{prep} {det} {noun} {prep} {det} {noun}
    to {do} {det} {noun}|{prep} {nouns} {prep} {adj} {nouns}|{prep} {num} {nouns}|{prep} {math}
    {prep} {noun} ~-~ {noun} {nouns}|{prep} {adj} ~-~ {noun} {nouns}|with respect to {nouns}
    in terms of {nouns}|due to {nouns}|as well as {nouns}|such as {nouns}|{prep} {name} {nouns}
    for all {math}|where {math} {aux} {noun}|{prep} {system}|{prep} {num}|(~ {acro} ~)
    in order to {do} {nouns}|based on {nouns}|than {adj} {nouns}|(~ {num} ~)
"""
LINKS = """
    ~, which {does}|and|that {does}|~, and|~, where|~, while|and {adv} {does}|~, {doing}|when|~, but
    so that|because|whose {noun} {does}|if|~, i.e. ~,|by {doing}|~; {adv} ~,|which {aux} {done} by
    for which|and {do}|{prep} which|or|~, {done} by|~: {det} {noun} {does}|as|including|~, whereas
"""
HEADS = """
    {adj} {nouns}|{noun} {nouns}|{adj} {noun} {nouns}|{noun} of {adj} {nouns}
    on {det} {noun} of {nouns}|{adj} {noun}|a {adj} {noun}|the {noun} of {noun} {nouns}
    {doing} {nouns}|{noun} ~-based {noun}|{system} ~: {adj} {nouns}|{noun} and {noun}
    a note on {nouns}|towards {adj} {nouns}|{name} {nouns}|{system} ~: a {adj} {noun}
    {doing} {adj} {nouns}|a {noun} approach to {nouns}|{adj} {adj} {nouns}|{nouns} and {nouns}
    {det} {noun} {prep} {noun} {nouns}|{noun} ~: {det} {noun}|{acro} {nouns}|{adj} and {adj} {nouns}
    how to {do} {nouns}|{name} {noun} {nouns}|{math} ~-~ {nouns}|{num} {nouns}
    {noun} ~-~ {noun} {nouns}|{adj} ~-~ {noun} {nouns}|{num} ~-~ {noun} {nouns}
    {acro} ~: {doing} {nouns}|{adj} {nouns} of {math}|{noun} {prep} {num} {nouns}
"""
TAILS = """
    for {adj} {nouns}|of {nouns}|in {nouns}|with {adj} {nouns}|in {adj} {nouns}|for {noun} {nouns}
    of {adj} {nouns}|and {nouns}|of {noun} {nouns}|via {noun} {nouns}|from {nouns}|using {nouns}
    under {noun} {nouns}|with application to {nouns}|and {det} {noun} of {nouns}|by {adj} {nouns}
    ~: a {noun} of {nouns}|based on {nouns}|on {adj} {nouns}|{prep} {det} {noun} of {nouns}
    over {math}|{prep} {name} {nouns}|{prep} {acro}|at {num} {nouns}
    {prep} {noun} ~-~ {noun} {nouns}
"""
STOCK_PHRASES = [
    "Extensive experiments on several data sets demonstrate the effectiveness of our approach.",
    "Numerical examples are given to illustrate the theory.",
    "The proofs rely on elementary arguments only.",
    "We conclude with a list of open problems and directions for future work.",
    "Our method compares favourably with the state of the art at a lower computational cost.",
    "The results are in good agreement with the experiments reported in the literature.",
    "This is the second version; several misprints were corrected.",
    "All data and scripts needed to repeat the experiments are public.",
    "Possible applications and limits of the method are discussed.",
    "To the best of our knowledge, no such result was known before.",
]
SMALL_WORDS = frozenset(
    {"a", "and", "by", "for", "from", "in", "of", "on", "over", "the", "to", "under", "via", "with"}
)
ARCHIVES = ["math", "hep-th", "cs", "physics", "quant-ph", "astro-ph", "cond-mat", "q-bio"]
CONNECTIVES = ["Moreover", "Notably", "Furthermore", "In addition"]

SENTENCE = (OPENINGS, CLAIMS, THINGS, ACTIONS, SETTINGS, LINKS, THINGS, ACTIONS, SETTINGS, SETTINGS)
# Which columns a form of sentence fills, and how often it is used.
FORMS = {
    (1, 0, 1, 0, 1, 0, 0, 0, 0, 0): 0.05,
    (1, 0, 1, 0, 1, 1, 1, 0, 1, 0): 0.10,
    (1, 0, 1, 0, 1, 1, 1, 1, 1, 1): 0.10,
    (0, 1, 1, 1, 1, 0, 0, 0, 0, 0): 0.06,
    (0, 1, 1, 1, 1, 1, 1, 1, 1, 0): 0.16,
    (0, 1, 1, 1, 1, 1, 1, 1, 1, 1): 0.09,
    (0, 0, 1, 1, 1, 0, 0, 0, 0, 1): 0.10,
    (0, 0, 1, 1, 1, 1, 1, 0, 1, 0): 0.12,
    (0, 0, 1, 1, 1, 1, 1, 1, 1, 1): 0.22,
}


class Parts(NamedTuple):
    """Parts of sentences, one after another: words by number, categories as -1, -2, ..."""

    codes: Ints
    starts: Ints
    lengths: Ints


@dataclass(frozen=True)
class Language:
    """Words, topics and grammar; the same for every corpus, whatever its seed.

    Attributes:
        words: All words, then all of them again with a capital.
        invented: The number of the first invented word of each category that has stems.
        shared: The number of the first common word of each category, and how many there are.
        topics: Stems of each topic, the frequent ones first; shape (TOPICS, TOPIC_STEMS).
        mathematical: Which topics write formulas.
        spelled: How many numbers, the first, are written as words.
        parts: All parts of sentences; part 0 is empty.
        columns: First part and number of parts of each of SENTENCE, then of HEADS and TAILS.
    """

    words: npt.NDArray[np.object_]
    invented: dict[str, int]
    shared: dict[str, tuple[int, int]]
    topics: Ints
    mathematical: npt.NDArray[np.bool_]
    spelled: int
    parts: Parts
    columns: list[tuple[int, int]]


@dataclass(frozen=True)
class Themes:
    """What each of m papers is about and how it is written.

    Attributes:
        topics: Its topic; shape (m).
        keys: Stems of the terms it dwells on; shape (m, KEYS).
        acronyms: An acronym of its own, -1 where it uses none; shape (m).
        systems: A name for what it presents; shape (m).
        counts: Whether it writes numbers in digits; shape (m).
    """

    topics: Ints
    keys: Ints
    acronyms: Ints
    systems: Ints
    counts: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Paper:
    """A paper as first written, and what else its authors might have said of the same matter."""

    title: str
    sentences: list[str]
    other_title: str = ""
    spare: list[str] = field(default_factory=list)

    @property
    def abstract(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Foreign:
    """Words and sentences of other papers, which edits bring in."""

    words: list[str]
    sentences: list[str]


def generate(records: int, seed: int) -> Iterator[pa.Table]:
    """Generates a corpus, batch by batch; the same for the same arguments.

    Records stand in random order over the whole corpus: copies and companions are made first and
    dealt to their places, then papers without kin fill the places between.

    Args:
        records: How many records the corpus has.
        seed: Of all that is random but the language.

    Yields:
        Tables of `SCHEMA` with `WINDOW` rows, the last with fewer; ids go from 0 up.
    """
    rng = np.random.default_rng(seed)
    writer = Writer(rng)
    sizes = _draw_sizes(records, rng)
    # Clusters are numbered at random, so that a number says nothing of what the cluster is.
    names = rng.permutation(len(sizes))
    triples = round(COMPANIONS * len(sizes)) // 8
    pairs = (round(COMPANIONS * len(sizes)) - 3 * triples) // 2
    alike = 2 * pairs + 3 * triples
    rest = np.arange(alike, len(sizes))
    held = (
        (np.arange(2 * pairs), 2),
        (np.arange(2 * pairs, alike), 3),
        (rest[sizes[rest] > 1], 1),
    )
    alone = rest[sizes[rest] == 1]

    starts = np.arange(0, records, WINDOW)
    dealt: list[list[pa.Table]] = [[] for _ in starts]
    places = rng.permutation(records)[: records - len(alone)]
    taken = np.zeros(records, np.bool_)
    taken[places] = True
    for clusters, together in held:
        for first in range(0, len(clusters), BLOCK):
            block = clusters[first : first + BLOCK]
            ids, places = np.split(places, [int(sizes[block].sum())])
            table = writer.write_clusters(ids, names[block], sizes[block], together)
            table = table.take(np.argsort(ids))
            cuts = np.searchsorted(table["id"].to_numpy(), np.append(starts, records))
            for window, cut in enumerate(cuts[:-1]):
                dealt[window].append(table.slice(cut, cuts[window + 1] - cut))
    for window, start in enumerate(starts):
        free = start + np.flatnonzero(~taken[start : start + WINDOW])
        clusters, alone = np.split(alone, [len(free)])
        for first in range(0, len(free), BLOCK):
            block = slice(first, first + BLOCK)
            ones = np.ones(len(clusters[block]), np.int64)
            dealt[window].append(writer.write_clusters(free[block], names[clusters[block]], ones))
        batch = pa.concat_tables(dealt[window])
        dealt[window] = []
        yield batch.take(np.argsort(batch["id"].to_numpy())).combine_chunks()


class Writer:
    """Writes papers, and copies of them, from one stream of random numbers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.language = build_language()

    def write_clusters(self, ids: Ints, names: Ints, sizes: Ints, together: int = 1) -> pa.Table:
        """Writes whole clusters: a base each, and copies up to its size.

        Args:
            ids: Ids of the records, as many as `sizes` add up to.
            names: Number of each cluster.
            sizes: Records of each cluster.
            together: How many clusters in a row are companions.
        """
        rng = self.rng
        has_spare = together > 1 or int(sizes.max(initial=0)) > 1
        papers = self.write_papers(len(names), has_spare)
        if together > 1:
            papers = [
                paper
                for first in range(0, len(papers), together)
                for paper in make_companions(papers[first : first + together], rng)
            ]
        foreign = _gather_foreign(papers[:500]) if has_spare else Foreign([], [])
        kinds = rng.choice(list(KIND_SHARES), len(ids), p=_normal(KIND_SHARES.values())).tolist()
        is_revised = ((rng.random(len(names)) < REVISED_PAIRS) & (sizes == 2)).tolist()
        is_old = (rng.random(len(names)) < OLD_STYLE_IDS).tolist()
        shown = rng.random(len(ids)).tolist()
        rows: list[tuple[int, str, str, str, str | None]] = []
        for paper, name, size, revised, old in zip(
            papers, names.tolist(), sizes.tolist(), is_revised, is_old, strict=True
        ):
            arxiv_id = _make_arxiv_id(name, old)
            for copy in range(size):
                kind = "base" if not copy else "rev" if revised else kinds[len(rows)]
                title, abstract = EDITS[kind](paper, foreign, rng)
                shows = shown[len(rows)] < ID_SHOWN.get(kind, ID_SHOWN["copy"])
                rows.append((name, kind, title, abstract, arxiv_id if shows else None))
        columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
        return pa.table([pa.array(ids), *columns], schema=SCHEMA)

    def write_papers(self, count: int, has_spare: bool) -> list[Paper]:
        """Writes papers on random topics, with as much again to spare where asked."""
        rng = self.rng
        themes = self.draw_themes(rng.integers(TOPICS, size=count))
        # Signs count as words in the grammar, not in the quantiles; hence a little more.
        wanted = 1.03 * np.interp(rng.random(count), QUANTILES, ABSTRACT_WORDS)
        rows = self.draw_sentences(count, 40 if has_spare else 20)
        lengths = self.language.parts.lengths[rows].sum(axis=2)
        before = lengths.cumsum(axis=1) - lengths
        # The sentence that reaches the wanted length overshoots it by half a sentence.
        used = (before < np.maximum(wanted - 10, ABSTRACT_WORDS[0])[:, None]).sum(axis=1)
        kept = (before < 2 * wanted[:, None]).sum(axis=1) if has_spare else used
        chosen = np.arange(rows.shape[1]) < kept[:, None]
        whose = np.nonzero(chosen)[0]
        sentences = [f"{text}." for text in self.spell(rows[chosen], whose, themes)]
        echoes = (rng.random(count) < ECHOES) & (not has_spare)
        is_stock = rng.random(len(whose)) < np.where(echoes[whose], 0.5, STOCK)
        for place in np.flatnonzero(is_stock):
            sentences[place] = self.draw_stock(int(themes.topics[whose[place]]))
        titles = self.write_titles(themes)
        others = self.write_titles(themes) if has_spare else titles
        papers: list[Paper] = []
        start = 0
        for title, other, own, all_ in zip(
            titles, others, used.tolist(), kept.tolist(), strict=True
        ):
            middle, stop = start + own, start + all_
            papers.append(Paper(title, sentences[start:middle], other, sentences[middle:stop]))
            start = stop
        return papers

    def draw_themes(self, topics: Ints) -> Themes:
        """Draws what papers on given topics are about."""
        rng, count = self.rng, len(topics)
        ranks = _ranks(rng, TOPIC_STEMS, (count, KEYS), shift=40)
        keys = self.language.topics[topics[:, None], ranks]
        acronyms = rng.integers(self.language.shared["acro"][1], size=count)
        acronyms[rng.random(count) > ABBREVIATING] = -1
        systems = rng.integers(self.language.shared["system"][1], size=count)
        return Themes(topics, keys, acronyms, systems, rng.random(count) < COUNTING)

    def draw_sentences(self, papers: int, sentences: int) -> Ints:
        """Draws parts of sentences; shape (papers, sentences, columns)."""
        forms = np.array(list(FORMS))
        drawn = self.rng.choice(len(forms), (papers, sentences), p=_normal(FORMS.values()))
        rows = np.zeros((papers, sentences, len(SENTENCE)), np.int64)
        for column, (start, count) in enumerate(self.language.columns[: len(SENTENCE)]):
            rows[:, :, column] = start + _ranks(self.rng, count, (papers, sentences), shift=4)
        return rows * forms[drawn]

    def write_titles(self, themes: Themes) -> list[str]:
        """Writes a title a paper: a head, then tails up to its length; half of them in capitals."""
        rng = self.rng
        count = len(themes.topics)
        heads, tails = self.language.columns[len(SENTENCE) :]
        rows = np.zeros((count, 6), np.int64)
        rows[:, 0] = heads[0] + _ranks(rng, heads[1], count, shift=12)
        rows[:, 1:] = tails[0] + _ranks(rng, tails[1], (count, 5), shift=12)
        lengths = self.language.parts.lengths[rows]
        ends = lengths.cumsum(axis=1) - lengths // 2
        wanted = 1.1 * np.interp(rng.random(count), QUANTILES, TITLE_WORDS)
        rows[:, 1:] *= ends[:, 1:] < wanted[:, None]
        titles = self.spell(rows, np.arange(count), themes)
        capitals = rng.random(count) < 0.5
        return [
            _capitalise(title) if capital else title
            for title, capital in zip(titles, capitals.tolist(), strict=True)
        ]

    def spell(self, rows: Ints, whose: Ints, themes: Themes) -> list[str]:
        """Turns rows of parts into text, each with words of the paper it belongs to.

        Args:
            rows: Numbers of parts; shape (texts, columns).
            whose: The paper each text belongs to, a row of `themes`; shape (texts).
            themes: What the papers are about.
        """
        language = self.language
        starts, lengths = language.parts.starts[rows].ravel(), language.parts.lengths[rows].ravel()
        before = lengths.cumsum() - lengths
        codes = language.parts.codes[np.repeat(starts - before, lengths) + np.arange(lengths.sum())]
        sizes = lengths.reshape(rows.shape).sum(axis=1)
        owners = np.repeat(whose, sizes)
        for code, category in enumerate(CATEGORIES, start=1):
            open_ = np.flatnonzero(codes == -code)
            codes[open_] = self.draw_words(category, owners[open_], themes)
        ends = sizes.cumsum()
        codes[ends - sizes] += len(language.words) // 2
        words = language.words[codes].tolist()
        bounds = pairwise([0, *ends.tolist()])
        texts = [" ".join(words[start:stop]) for start, stop in bounds]
        return "\n".join(texts).replace(" ~", "").replace("~ ", "").split("\n")

    def draw_words(self, category: str, owners: Ints, themes: Themes) -> Ints:
        """Draws a word for each open place, by what the place's paper is about."""
        rng, language = self.rng, self.language
        start, count = language.shared[category]
        topics = themes.topics[owners]
        match category:
            case "acro":
                own, any_ = themes.acronyms[owners], _ranks(rng, count, len(owners))
                drawn = start + np.where(rng.random(len(owners)) < 0.8, own, any_)
                return np.where(own < 0, self.draw_words("noun", owners, themes), drawn)
            case "system":
                return start + themes.systems[owners]
            case "name" | "math":
                # Each topic begins at another place of the list, so that it has its own favourites.
                drawn = start + (_ranks(rng, count, len(owners), shift=2) + 7 * topics) % count
                if category == "name":
                    return drawn
                other = self.draw_words("nouns", owners, themes)
                return np.where(language.mathematical[topics], drawn, other)
            case "num":
                drawn = _ranks(rng, count, len(owners), shift=3)
                return start + np.where(themes.counts[owners], drawn, drawn % language.spelled)
            case "det" | "prep" | "aux":
                return start + _ranks(rng, count, len(owners), shift=0.6)
        drawn = start + _ranks(rng, count, len(owners), shift=8)
        own = language.invented[category] + self.draw_stems(owners, themes)
        return np.where(rng.random(len(owners)) < INVENTED[category], own, drawn)

    def draw_stems(self, owners: Ints, themes: Themes) -> Ints:
        """Draws stems: mostly a paper's own terms, then its topic's, seldom any other."""
        rng, language = self.rng, self.language
        key = themes.keys[owners, _ranks(rng, KEYS, len(owners), shift=4)]
        rank = _ranks(rng, TOPIC_STEMS, len(owners), shift=20)
        topical = language.topics[themes.topics[owners], rank]
        rare = rng.integers(STEMS, size=len(owners))
        choice = rng.random(len(owners))
        return np.where(choice < 0.5, key, np.where(choice < 0.93, topical, rare))

    def draw_stock(self, topic: int) -> str:
        """Draws one of the stock sentences of a topic, or of all of them."""
        stock = build_stock()[topic]
        return stock[int(_ranks(self.rng, len(stock), 1, shift=4)[0])]


# --- Companions: distinct papers that look alike ------------------------------------------------


def make_companions(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """Makes papers alike without making them one: parts, reports, opposites, twins, ordinals."""
    return COMPANION_STYLES[int(rng.integers(len(COMPANION_STYLES)))](papers, rng)


def _make_parts(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """Parts of one work: a common title and some of the same sentences."""
    stem = papers[0].title
    form = _pick(["{stem}, Part {n}: {tail}", "{stem} {n}", "{stem}. {n}. {tail}"], rng)
    made = _share_sentences(papers, rng, 0.2, 0.5)
    return [
        replace(paper, title=form.format(stem=stem, n=ROMAN[part], tail=paper.other_title))
        for part, paper in enumerate(made)
    ]


def _make_reports(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """What appears every year: the text of last year's with another number and a few new words."""
    first = papers[0]
    number = int(rng.integers(len(ORDINALS) - len(papers)))
    year = int(rng.integers(1995, 2022))
    is_series = rng.random() < 0.5
    made: list[Paper] = []
    for later, paper in enumerate(papers):
        ordinal, now = ORDINALS[number + later], year + later
        title = (
            f"Proceedings of the {ordinal} Workshop on {first.title}"
            if is_series
            else f"{first.title}: Report {now}"
        )
        opening = f"This volume holds the papers of the {ordinal.lower()} meeting, held in {now}."
        fixed = first.sentences[: max(1, int(len(first.sentences) * rng.uniform(0.4, 0.9)))]
        fresh = paper.sentences[: len(first.sentences) - len(fixed)] if later else []
        own = fresh or first.sentences[len(fixed) :]
        made.append(replace(paper, title=title, sentences=[opening, *fixed, *own]))
    return made


def _make_opposites(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """One title with the contrary in front, and a few sentences in common."""
    contraries = _pick(SIZES, rng)
    stem = papers[0].title
    made = _share_sentences(papers, rng, 0.1, 0.4)
    fronts = [*contraries, f"{contraries[0]} and {contraries[1]}"]
    return [
        replace(paper, title=f"{front} {stem}")
        for front, paper in zip(fronts, made, strict=False)  # a pair leaves the third out
    ]


def _make_twins(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """Two reports of one project: titles of their own, whole sentences in common."""
    return _share_sentences(papers, rng, 0.3, 0.7)


def _make_ordinals(papers: list[Paper], rng: np.random.Generator) -> list[Paper]:
    """One title with another ordinal, and nothing else in common."""
    number = int(rng.integers(len(ORDINALS) - len(papers)))
    return [
        replace(paper, title=f"{ORDINALS[number + later]}-order {papers[0].title}")
        for later, paper in enumerate(papers)
    ]


def _share_sentences(
    papers: list[Paper], rng: np.random.Generator, low: float, high: float
) -> list[Paper]:
    """Replaces a share of the later papers' sentences with the first one's at the same place."""
    first = papers[0]
    made = [first]
    for paper in papers[1:]:
        share = rng.uniform(low, high)
        sentences = [
            first.sentences[place] if place < len(first.sentences) and rng.random() < share else own
            for place, own in enumerate(paper.sentences)
        ]
        made.append(replace(paper, sentences=sentences))
    return made


COMPANION_STYLES = (_make_parts, _make_reports, _make_opposites, _make_twins, _make_ordinals)


# --- Edits: how a copy differs from its base ----------------------------------------------------

Text = tuple[str, str]


def edit_nothing(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """A base, or an exact copy."""
    return paper.title, paper.abstract


def edit_words(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Words dropped, put in and exchanged: up to an eighth of all."""
    rate = rng.uniform(0.004, 0.125)
    title = paper.title
    if rng.random() < 0.5:
        title = _change_words(title, rate, foreign.words, rng)
    return title, _change_words(paper.abstract, rate, foreign.words, rng)


def edit_version(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Another version: one sentence gone, exchanged or added, and a few words changed."""
    sentences = list(paper.sentences)
    place = int(rng.integers(len(sentences)))
    match int(rng.integers(3)):
        case 0 if len(sentences) > 1:
            del sentences[place]
        case 1:
            sentences[place] = f"{_pick(CONNECTIVES, rng)}, {_pick(foreign.sentences, rng)}"
        case _:
            host = f"{_pick(foreign.words, rng)}/{_pick(foreign.words, rng)}"
            sentences.append(f"Code is available at https://github.com/{host} .")
    rate = rng.uniform(0, 0.045)
    return paper.title, _change_words(" ".join(sentences), rate, foreign.words, rng)


def edit_case(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Other capitals, signs and white space, as forms and scanners leave them."""
    title, abstract = paper.title.replace(":", " -"), paper.abstract
    match int(rng.integers(3)):
        case 0:
            title = title.upper()
        case 1:
            title, abstract = title.title(), abstract.lower()
        case _:
            for sign in ",.;:":
                abstract = abstract.replace(f"{sign} ", " ")
            abstract = abstract.replace('"', "”").replace("'", "’")
    return title, abstract + _pick(["", "", " ", "  ", "\n", " \n"], rng)


def edit_cut(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """The abstract cut off, as listings do."""
    words = paper.abstract.split(" ")
    kept = " ".join(words[: max(1, int(len(words) * rng.uniform(0.3, 0.85)))])
    return paper.title, kept + _pick(["", "…", "..."], rng)


def edit_title(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """The abstract under another title: its last words backwards, or a tail that is not its own."""
    words = paper.title.split(" ")
    if rng.random() < 0.5 and len(words) > 1:
        return " ".join(reversed(words[int(len(words) * 0.6) :])), paper.abstract
    tail = " ".join(_pick(foreign.words, rng) for _ in range(3))
    return f"{paper.title}: {tail}", paper.abstract


def edit_letters(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Letters lost, doubled and mistaken: one in 37 to one in 170."""
    rate = rng.uniform(0.006, 0.027)
    title = paper.title
    if rng.random() < 0.65:
        title = _change_letters(title, rate, rng)
    return title, _change_letters(paper.abstract, rate, rng)


def edit_latex(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Marked up as LaTeX: acronyms in small capitals, sometimes dashes and signs."""
    has_dashes, has_signs = rng.random() < 0.35, rng.random() < 0.15

    def mark(text: str) -> str:
        words = text.split(" ")
        marked = 0
        for place, word in enumerate(words):
            bare = word.strip("()[].,;:")
            if marked < 4 and len(bare) > 1 and bare.isalpha() and bare.isupper():
                words[place] = word.replace(bare, rf"\textsc{{{bare}}}")
                marked += 1
            elif has_dashes and "-" in bare.strip("-") and "$" not in word:
                words[place] = word.replace("-", " -- ")
            elif has_signs:
                words[place] = word.replace("alpha", r"$\alpha$").replace("%", r"$\%$")
        return " ".join(words)

    return mark(paper.title), mark(paper.abstract)


def edit_to_title(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """Only the title."""
    return paper.title, ""


def edit_revision(paper: Paper, foreign: Foreign, rng: np.random.Generator) -> Text:
    """A revision by the authors: from a few words to another abstract under another title."""
    changed = 1 - float(np.interp(rng.random(), KEPT_AT, KEPT))
    sentences, spare = list(paper.sentences), list(paper.spare) or ["Details are given."]
    budget = changed * sum(len(sentence.split(" ")) for sentence in sentences)
    # Small changes are changes of wording; a sentence is only touched as a whole where most of it
    # fits the budget.
    ways = [0.3, 0.65, 0.05, 0] if changed > 0.6 else [0.2, 0.4, 0.25, 0.15]
    for place in rng.permutation(len(sentences)).tolist():
        size = len(sentences[place].split(" "))
        if size > budget * 1.3:
            continue
        new = spare.pop() if len(spare) > 1 else spare[0]
        match int(rng.choice(4, p=ways)):
            case 0:
                sentences[place] = ""
            case 1:
                sentences[place] = new
            case 2:
                sentences[place] += f" {new}"
            case _:
                old, fresh = sentences[place].split(" "), new.split(" ")
                sentences[place] = " ".join([*old[: len(old) // 2], *fresh[len(fresh) // 2 :]])
                size //= 2
        budget -= size
    words = " ".join(filter(None, sentences)) or spare[0]
    if budget > 0:
        rate = min(0.25, max(1.5, budget / 3.5) / len(words.split(" ")))
        words = _change_words(words, rate, " ".join(paper.sentences).split(" "), rng)
    return _revise_title(paper, rng) if rng.random() < 0.4 else paper.title, words


def _revise_title(paper: Paper, rng: np.random.Generator) -> str:
    words = paper.title.split(" ")
    match int(rng.choice(4, p=[0.3, 0.3, 0.25, 0.15])):
        case 0:
            return paper.other_title
        case 1 if len(words) > 3:
            new = paper.other_title.split(" ")
            place = int(rng.integers(len(words) - 1))
            return " ".join([*words[:place], *new[:2], *words[place + 2 :]])
        case 2 if len(words) > 4:
            return " ".join(words[: int(len(words) * rng.uniform(0.6, 0.9))])
        case _:
            return f"On {paper.title}" if "-" not in paper.title else paper.title.replace("-", " ")


EDITS: dict[str, Callable[[Paper, Foreign, np.random.Generator], Text]] = {
    "base": edit_nothing,
    "exact": edit_nothing,
    "version": edit_version,
    "word": edit_words,
    "case": edit_case,
    "trunc": edit_cut,
    "rev": edit_revision,
    "title": edit_title,
    "typo": edit_letters,
    "latex": edit_latex,
    "titleonly": edit_to_title,
}


def _change_words(text: str, rate: float, others: Sequence[str], rng: np.random.Generator) -> str:
    words = text.split(" ")
    places = np.flatnonzero(rng.random(len(words)) < rate).tolist()
    for place, way in zip(places, rng.integers(3, size=len(places)).tolist(), strict=True):
        if way == 0:
            words[place] = ""
        elif way == 1:
            words[place] = _pick(others, rng)
        else:
            words[place] = f"{_pick(others, rng)} {words[place]}"
    return " ".join(filter(None, words)) or text


def _change_letters(text: str, rate: float, rng: np.random.Generator) -> str:
    letters = list(text)
    places = np.flatnonzero(rng.random(len(letters)) < rate).tolist()
    for place, way in zip(places, rng.integers(3, size=len(places)).tolist(), strict=True):
        if way == 0:
            letters[place] = ""
        elif way == 1:
            letters[place] *= 2
        else:
            letters[place] = chr(97 + int(rng.integers(26)))
    return "".join(letters) or text


# --- The language -------------------------------------------------------------------------------


@functools.cache
def build_language() -> Language:
    """Invents the words and topics and reads the grammar; a tenth of a second, once."""
    rng = np.random.default_rng(0)
    words: list[str] = []
    shared: dict[str, tuple[int, int]] = {}
    verbs = {form: [_inflect(verb, form) for verb in SHARED_VERBS.split()] for form in ENDINGS}
    stems = _form_stems(_invent_stems(STEMS, rng), rng)
    common = {
        "noun": [*SHARED_NOUNS.split(), *stems["noun"][:GENERAL]],
        "nouns": [*map(_pluralise, SHARED_NOUNS.split()), *stems["nouns"][:GENERAL]],
        "adj": [*SHARED_ADJECTIVES.split(), *stems["adj"][:GENERAL]],
        "adv": SHARED_ADVERBS.split(),
        **verbs,
        "det": DETERMINERS.split(),
        "prep": PREPOSITIONS.split(),
        "aux": _list_parts(AUXILIARIES),
        "acro": _invent_acronyms(3_000, rng),
        "system": [*_invent_acronyms(12_000, rng), *map(str.title, _invent_stems(8_000, rng))],
        "name": NAMES.split(),
        "math": MATH.split(),
        "num": _list_numbers(rng),
    }
    for category, list_ in common.items():
        shared[category] = (len(words), len(list_))
        words += list_
    invented: dict[str, int] = {}
    for category, list_ in stems.items():
        invented[category] = len(words)
        words += list_
    numbers: dict[str, int] = {}
    codes: list[int] = []
    starts, lengths = [0], [0]
    columns: list[tuple[int, int]] = []
    for column in (*SENTENCE, HEADS, TAILS):
        parts = _list_parts(column)
        columns.append((len(starts), len(parts)))
        for part in parts:
            tokens = part.split()
            starts.append(len(codes))
            lengths.append(len(tokens))
            for token in tokens:
                if token[0] == "{" and token[-1] == "}":
                    codes.append(-1 - CATEGORIES.index(token[1:-1]))
                else:
                    if token not in numbers:
                        numbers[token] = len(words)
                        words.append(token)
                    codes.append(numbers[token])
    return Language(
        words=np.array([*words, *(word[:1].upper() + word[1:] for word in words)], dtype=object),
        invented=invented,
        shared=shared,
        # Low stems are common to many topics, high ones are known to few.
        topics=_ranks(rng, STEMS, (TOPICS, TOPIC_STEMS), shift=1_500),
        mathematical=rng.random(TOPICS) < MATH_TOPICS,
        spelled=len(SPELLED_NUMBERS),
        parts=Parts(np.array(codes), np.array(starts), np.array(lengths)),
        columns=columns,
    )


@functools.cache
def build_stock() -> list[list[str]]:
    """The stock sentences of each topic: its own, then those that all topics use."""
    writer = Writer(np.random.default_rng(1))
    themes = writer.draw_themes(np.arange(TOPICS))
    rows = writer.draw_sentences(TOPICS, STOCK_SENTENCES).reshape(-1, len(SENTENCE))
    texts = writer.spell(rows, np.repeat(np.arange(TOPICS), STOCK_SENTENCES), themes)
    return [
        [*(f"{text}." for text in texts[first : first + STOCK_SENTENCES]), *STOCK_PHRASES]
        for first in range(0, len(texts), STOCK_SENTENCES)
    ]


def _list_parts(column: str) -> list[str]:
    return [part.strip() for part in column.strip().replace("\n", "|").split("|")]


def _invent_stems(count: int, rng: np.random.Generator) -> list[str]:
    prefixes, onsets, nuclei = PREFIXES.split(), ONSETS.split(), NUCLEI.split()
    codas = ["", "", "", "", *CODAS.split()]
    stems: dict[str, None] = {}
    while len(stems) < count:
        size = count - len(stems) + 100
        stem, second = (
            np.char.add(np.char.add(rng.choice(onsets, size), rng.choice(nuclei, size)), coda)
            for coda in (rng.choice(codas, size), rng.choice(codas, size))
        )
        stem = np.where(rng.random(size) < 0.40, np.char.add(stem, second), stem)
        has_prefix = rng.random(size) < 0.10
        stem = np.where(has_prefix, np.char.add(rng.choice(prefixes, size), stem), stem)
        stems |= dict.fromkeys(word for word in stem.tolist() if len(word) > 2)
    # As in any language, the frequent words are the short ones.
    lengths = np.array([len(stem) for stem in stems]) + rng.normal(0, 1.5, len(stems))
    return np.array(list(stems))[np.argsort(lengths, kind="stable")][:count].tolist()


def _form_stems(stems: list[str], rng: np.random.Generator) -> dict[str, list[str]]:
    """All forms of all stems, by category."""
    nouns = _end(stems, rng.choice(NOUN_ENDINGS.split(), len(stems)).tolist())
    adjectives = _end(stems, rng.choice(ADJ_ENDINGS.split(), len(stems)).tolist())
    verbs = _end(stems, ["ize"] * len(stems))
    return {
        "noun": nouns,
        "nouns": [_pluralise(noun) for noun in nouns],
        "adj": adjectives,
        **{form: [_inflect(verb, form) for verb in verbs] for form in ENDINGS},
        "adv": [f"{adjective}ly" for adjective in adjectives],
    }


def _end(stems: list[str], endings: list[str]) -> list[str]:
    """Puts an ending to each stem, with a consonant before it where two vowels would meet."""
    return [
        f"{stem}t{ending}" if stem[-1] + ending[0] in VOWEL_PAIRS else stem + ending
        for stem, ending in zip(stems, endings, strict=True)
    ]


def _invent_acronyms(count: int, rng: np.random.Generator) -> list[str]:
    letters = np.array(list("ABCDEFGHIKLMNOPRSTVW"))
    made: dict[str, None] = {}
    while len(made) < count:
        sizes = rng.choice([2, 3, 4, 5], count, p=[0.15, 0.5, 0.25, 0.1]).tolist()
        drawn = rng.choice(letters, (count, 5)).tolist()
        made |= {"".join(row[:size]): None for row, size in zip(drawn, sizes, strict=True)}
    return list(made)[:count]


def _list_numbers(rng: np.random.Generator) -> list[str]:
    small = ["2", "3", "10", "5", "100", "1", "4", "20", "1000", "50", "12", "6", "99", "8", "16"]
    years = [str(year) for year in range(1990, 2024)]
    decimals = [f"{number:.1f}" for number in rng.uniform(0, 100, 150)]
    counts = [str(number) for number in rng.integers(13, 5000, 150)]
    return [*SPELLED_NUMBERS, *small, *years, *decimals, *counts]


def _pluralise(noun: str) -> str:
    if noun.endswith("is"):
        return f"{noun[:-2]}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _inflect(verb: str, form: str) -> str:
    if form == "does":
        return _pluralise(verb)
    if form == "done" and verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    stem = verb[:-1] if verb.endswith("e") and ENDINGS[form] else verb
    return stem + ENDINGS[form]


# --- Small things -------------------------------------------------------------------------------


def _draw_sizes(records: int, rng: np.random.Generator) -> Ints:
    sizes = rng.choice(list(CLUSTER_SIZES), records, p=_normal(CLUSTER_SIZES.values()))
    ends = sizes.cumsum()
    count = int(np.searchsorted(ends, records)) + 1 if records else 0
    sizes = sizes[:count]
    if count:
        sizes[-1] -= ends[count - 1] - records
    return sizes


def _gather_foreign(papers: list[Paper]) -> Foreign:
    sentences = [sentence for paper in papers for sentence in paper.sentences]
    return Foreign([word for sentence in sentences for word in sentence.split(" ")], sentences)


def _make_arxiv_id(number: int, is_old: bool) -> str:
    """An id of its own for each number; months and archives as arXiv has them."""
    if is_old:
        number, archive = divmod(number, len(ARCHIVES))
        serial, month = divmod(number, 15 * 12)
        return (
            f"{ARCHIVES[archive]}/{(92 + month // 12) % 100:02}{month % 12 + 1:02}{serial + 1:03}"
        )
    serial, month = divmod(number, 16 * 12)
    year = 8 + month // 12
    return f"{year:02}{month % 12 + 1:02}.{serial + 1:0{4 if year < 15 else 5}}"


def _capitalise(title: str) -> str:
    return " ".join(
        word if word in SMALL_WORDS else word[:1].upper() + word[1:] for word in title.split(" ")
    )


def _ranks(
    rng: np.random.Generator, count: int, size: int | tuple[int, ...], shift: float = 1.0
) -> Ints:
    """Draws 0 to `count` - 1 by Zipf's law, rank r about as often as 1 / (r + shift)."""
    drawn = shift * ((count / shift + 1) ** rng.random(size) - 1)
    return np.minimum(drawn.astype(np.int64), count - 1)


def _normal(shares: Iterable[float]) -> Floats:
    weights = np.array(list(shares))
    return weights / weights.sum()


def _pick(choices: Sequence[Item], rng: np.random.Generator) -> Item:
    return choices[int(rng.random() * len(choices))]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    with pq.ParquetWriter(given.out, SCHEMA, compression="zstd") as file:
        for batch in generate(given.records, given.seed):
            file.write_table(batch)


if __name__ == "__main__":
    main()
