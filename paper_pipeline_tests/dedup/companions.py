"""Hard pairs of papers for deduplication, written by hand and blind to any engine.

`NEGATIVES` are two different papers that look alike (companions, editions, versions, twins);
`POSITIVES` are one paper seen twice, and altered between. Each pair can be decided by a careful
librarian from the fields given and nothing else. Invented papers have invented authors and arXiv
ids whose serial numbers no month has reached; a few titles are of well-known papers, and then
the abstracts are not theirs.

To add a case: declare it in the group of its kind. `swap_text` refuses a change that changes
nothing, so that a case cannot go soft when a base text is edited.
"""

import re
import unicodedata
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Paper:
    """One record, as far as deduplication may look at it."""

    title: str
    abstract: str = ""
    arxiv_id: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None


@dataclass(frozen=True)
class Case:
    """Two records and the kind of difficulty; the tuple it stands in says what is true."""

    name: str
    kind: str
    one: Paper
    other: Paper


def make_group(kind: str, *pairs: tuple[str, Paper, Paper]) -> tuple[Case, ...]:
    """The cases of one kind, each named `kind/name`."""
    return tuple(Case(f"{kind}/{name}", kind, one, other) for name, one, other in pairs)


# How a text is altered. All are pure, and none depends on chance.


def join_lines(text: str) -> str:
    """A text written over several lines, as one line."""
    return " ".join(text.split())


def swap_text(text: str, *swaps: tuple[str, str]) -> str:
    """`text` with every old replaced by its new, in order.

    Raises:
        ValueError: an old text is not there, so the case would not be what it says.
    """
    for old, new in swaps:
        if old not in text:
            raise ValueError(f"nothing to swap: {old!r} is not in {text!r}")
        text = text.replace(old, new)
    return text


def cut_text(text: str, share: float, tail: str = "...") -> str:
    """The first `share` of the words of `text`, and `tail` where it was cut."""
    words = text.split()
    return " ".join(words[: round(len(words) * share)]) + tail


def cut_word(text: str, share: float) -> str:
    """The first `share` of the characters of `text`, ended inside a word."""
    end = round(len(text) * share)
    while not (text[end - 2 : end + 2].isalpha()):
        end += 1
    return text[:end]


def order_sentences(text: str, *order: int) -> str:
    """The sentences of `text` by number, from 0; those not named are left out."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    return " ".join(sentences[number] for number in order)


def fold_accents(text: str) -> str:
    """`text` without the marks above and below its letters."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def misspell(text: str, every: int) -> str:
    """Two inner letters exchanged in each `every`-th word of seven letters or more."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 7 and word.isalpha()]
    for place in long[::every]:
        word = words[place]
        words[place] = word[:3] + word[4] + word[3] + word[5:]
    return " ".join(words)


def break_words(text: str, every: int) -> str:
    """A line-break hyphen inside each `every`-th word of eight letters or more."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 8 and word.isalpha()]
    for place in long[::every]:
        half = len(words[place]) // 2
        words[place] = f"{words[place][:half]}- {words[place][half:]}"
    return " ".join(words)


def glue_words(text: str, every: int) -> str:
    """Each `every`-th space taken out."""
    words = text.split(" ")
    return "".join(
        word + ("" if number % every == 0 else " ") for number, word in enumerate(words, start=1)
    ).strip()


def mangle_latex(text: str) -> str:
    r"""LaTeX as the site leaves it: `rightarrow` for `$\rightarrow$`, `textbf{A}` likewise."""
    return text.replace("\\", "").replace("$", "")


def strip_facts(paper: Paper) -> Paper:
    """The paper without authors and year, as most pages give it."""
    return replace(paper, authors=(), year=None)


def truncate(paper: Paper, share: float, tail: str = "...") -> Paper:
    """The paper with only the first `share` of the words of its abstract."""
    return replace(paper, abstract=cut_text(paper.abstract, share, tail))


UNICODE_OF_LATEX = (
    (r"$\alpha$", "α"),
    (r"$\beta$", "β"),
    (r"$\epsilon$", "ε"),
    (r"$\lambda$", "λ"),
    (r"$\mathcal{O}(n^2)$", "O(n²)"),
    (r"$\mathcal{O}(n \log n)$", "O(n log n)"),
    (r"$\ell_2$", "ℓ₂"),
    (r"$10^{-3}$", "10⁻³"),
    (r"$\rightarrow$", "→"),
    (r"$\times$", "×"),
    (r"$\pm$", "±"),
    (r"$\leq$", "≤"),
    (r"\'e", "é"),
    (r"\"o", "ö"),
    (r"\^o", "ô"),
    (r"\H{o}", "ő"),
    (r"\%", "%"),
    ("``", "“"),
    ("''", "”"),
    ("---", "—"),
    ("--", "–"),
)


def render_latex(text: str) -> str:
    """LaTeX as a person would write it in Unicode."""
    text = re.sub(r"\\(?:emph|textbf|textit|texttt)\{([^{}]*)\}", r"\1", text)
    for latex, sign in UNICODE_OF_LATEX:
        text = text.replace(latex, sign)
    return text


BRITISH_OF_AMERICAN = {
    "behavior": "behaviour",
    "color": "colour",
    "center": "centre",
    "generaliz": "generalis",
    "optimiz": "optimis",
    "regulariz": "regularis",
    "tokeniz": "tokenis",
    "neighbor": "neighbour",
    "labeled": "labelled",
    "labeler": "labeller",
    "labeling": "labelling",
    "license": "licence",
    "penaliz": "penalis",
    "recogniz": "recognis",
    "synthesiz": "synthesis",
    "modeling": "modelling",
    "analyz": "analys",
    "summariz": "summaris",
    "personaliz": "personalis",
    "catalog ": "catalogue ",
    "favor": "favour",
    "harbor": "harbour",
    "artifact": "artefact",
    "Generaliz": "Generalis",
    "Optimiz": "Optimis",
    "Behavior": "Behaviour",
    "Color": "Colour",
    "Modeling": "Modelling",
    "Personaliz": "Personalis",
    "Labeled": "Labelled",
}


def spell_british(text: str) -> str:
    """American spelling made British."""
    for american, british in BRITISH_OF_AMERICAN.items():
        text = text.replace(american, british)
    return text


# The base papers. All are invented.

ROUTER = Paper(
    "Learning to Route: Token-Level Sparse Attention for Long-Context Language Models",
    join_lines("""
    Attention over long contexts is wasteful, since most tokens need only a handful of others. We
    propose LeaRo, a sparse attention layer in which a small router decides, token by token, which
    blocks of the past are worth reading. The router is trained together with the model by a
    straight-through estimator and a budget loss, so that the number of blocks read per token is
    fixed in expectation. On documents of up to 256 thousand tokens, a model of three billion
    parameters reads eleven times fewer keys than full attention and loses less than half a point
    on retrieval, summarization and code completion. We further show that routers learned on books
    carry over to source code without retraining, and that their decisions can be cached between
    the turns of a dialogue. An analysis of what the router ignores suggests that headings and
    repeated boilerplate are seldom read more than once.
    """),
    authors=("Ingrid Falkensen", "Tomas Okwuosa", "Mei-Ling Harada"),
    year=2024,
)
CORAL = Paper(
    "Counting Corals from Above: Weakly Supervised Segmentation of Reef Orthomosaics",
    join_lines("""
    Reef surveys by drone produce orthomosaics of several gigapixels, and a trained ecologist
    needs days to outline the colonies in one of them. We study how far point labels, which cost
    seconds, can replace outlines. Our method grows each point into a region with the help of a
    frozen foundation model, and then corrects the regions by a color prior that is estimated per
    survey. On a new benchmark of 41 reefs in three oceans, a network trained with points alone
    reaches 93 percent of the accuracy of one trained with full outlines, at one fortieth of the
    labeling time. Errors concentrate at the borders of branching species, where even experts
    disagree. We release the labeled mosaics, the annotation tool and the trained models for use
    by reef managers.
    """),
    authors=("Leilani Kahale", "Bruno Sartori", "Anneke de Wit"),
    year=2023,
)
DIVERGENCE = Paper(
    r"Variational Inference with the $\alpha$-Divergence: A Tempered View",
    join_lines(r"""
    Variational inference with the $\alpha$-divergence interpolates between mass-covering and
    mode-seeking behavior, yet the choice of $\alpha$ is usually left to folklore. We show that
    minimizing an $\alpha$-divergence is the same as minimizing an \emph{exclusive} divergence to a
    tempered posterior, where the temperature depends on the current fit. The view yields an
    estimator with bounded variance for $\alpha$ $\leq$ 1, a schedule that needs no tuning, and a
    proof that the schedule converges at rate $\mathcal{O}(n \log n)$ for log-concave targets. On
    Bayesian neural networks and on a model of river discharge, the tempered schedule improves
    held-out likelihood by 4\% over the best fixed value --- and is never worse than it. ``Which
    $\alpha$?'' thus turns out to be a question about temperature.
    """),
    authors=("Pavel Dvorsky", "Amara Nwosu"),
    year=2021,
)
KERNELS = Paper(
    r"Beyond $\mathcal{O}(n^2)$: Fast Summation for Dense Kernel Matrices on Graphs",
    join_lines(r"""
    Products with dense kernel matrices cost $\mathcal{O}(n^2)$ and are the bottleneck of spectral
    methods on graphs. We give an algorithm that computes them in $\mathcal{O}(n \log n)$ time up
    to an error of $\epsilon$ in the $\ell_2$ norm, for every kernel that is a smooth function of
    the shortest-path distance. The algorithm splits the graph by small separators, compresses the
    far field of each part, and reuses the compression across right-hand sides. Unlike the methods
    based on \textit{random features}, its error does not grow with the diameter. On road networks
    with 20 million nodes we observe errors below $10^{-3}$ and speedups of 40$\times$ $\pm$ 3 over
    a tuned baseline on the same hardware. As an application, we compute the first exact
    Erd\H{o}s--R\'enyi null models of a national power grid.
    """),
    authors=("Gustav Lindqvist", "Ruth Abiola"),
    year=2022,
)
POKEMON = Paper(
    r"Pok\'emon Battles as a Testbed for Opponent Modeling under Hidden Information",
    join_lines(r"""
    Competitive Pok\'emon is a two-player game of simultaneous moves, hidden teams and heavy
    chance, and it is played by millions. We turn a popular open-source simulator into a benchmark
    for opponent modeling, with 475 thousand human battles, a fast environment and a public ladder.
    Agents must infer the moves and items of the opposing team from a few turns and act on that
    belief. We compare search, reinforcement learning and language-model agents, and find that
    none reaches the top 10\% of human players; that belief errors, not search depth, explain most
    losses; and that language models know the rules of Pok\'emon far better than they apply them.
    A simple agent that samples full teams from human statistics is the strongest of our baselines.
    """),
    authors=("Clément Rivière", "Haruka Onodera"),
    year=2025,
)
GODEL = Paper(
    r"G\"odel Agents Revisited: Self-Modifying Programs with Verified Rewrites",
    join_lines(r"""
    A G\"odel machine rewrites itself once it can prove that the rewrite is useful. Such proofs
    have been out of reach, and recent self-modifying agents have replaced them by empirical tests
    that can be gamed. We take a middle way: an agent whose rewrites are accepted only if a proof
    assistant verifies that a small, human-written contract still holds, while usefulness remains
    an empirical matter. In four programming environments the verified agent improves as fast as
    an unverified one during the first hundred rewrites, and it never disables its own tests,
    which the unverified agent does in 31\% of the runs. We discuss what L\"ob's obstacle means
    for contracts that talk about the agent itself, and why H\"older-continuous rewards help.
    """),
    authors=("Sofia Bergström", "Kwame Mensah", "Li Qiuyan"),
    year=2025,
)
SPEECH = Paper(
    "Streaming Recognition of Code-Switched Speech with a Shared Subword Lattice",
    join_lines("""
    Speakers of two languages often change between them within a sentence, and streaming
    recognizers, which must commit early, suffer most from it. We describe a transducer whose two
    language-specific predictors share one subword lattice, so that a late change of language does
    not force a word already shown to be withdrawn. The lattice is pruned by a learned estimate of
    how likely a switch is in the next half second. On Hindi-English and Mandarin-English telephone
    calls, the word error rate falls by 14 and 11 percent relative to a multilingual baseline at
    equal latency, and the number of visible corrections is halved. Listening tests with 60
    bilingual captioners show that fewer corrections matter more to readers than lower error rates.
    """),
    authors=("Devika Raman", "Oliver Stanhope"),
    year=2024,
)
TACTILE = Paper(
    "Feel Before You Turn: Tactile Pretraining for In-Hand Reorientation",
    join_lines("""
    Robot hands that reorient objects mostly rely on cameras, which the fingers themselves block.
    We pretrain a tactile encoder on 300 hours of unlabeled play, in which a hand squeezes, rolls
    and drops household objects, by asking it to predict the next contact from the last ones and
    the commanded motion. Policies built on the encoder learn to reorient unseen objects after 20
    minutes of real practice, whereas policies without it need more than three hours. The gain is
    largest for soft and transparent objects, for which vision fails. Ablations show that the
    prediction of slip, rather than of shape, carries most of the benefit. Videos and the play
    data are public.
    """),
    authors=("Jonas Achterberg", "Noor Haddad"),
    year=2024,
)
NOWCAST = Paper(
    "RainDrift: Latent Diffusion for Ensemble Nowcasting of Convective Rain",
    join_lines("""
    Warnings of flash floods depend on forecasts of rain over the next two hours, where numerical
    models are too slow and extrapolation of radar echoes too rigid. We present RainDrift, a latent
    diffusion model which draws an ensemble of 50 radar sequences in nine seconds on one card. Two
    ingredients matter: an advection field that carries the noise along with the clouds, and a
    loss that weights cells by their contribution to catchment totals. Over three summers in
    central Europe and one in Kansas, the ensemble is better calibrated than both deterministic
    networks and the operational scheme, and hydrologists prefer its warnings in 71 percent of
    blind comparisons. Failures cluster in orographic rain, which the radar composite sees poorly.
    We argue that catchment totals, not pixels, should become the standard by which nowcasts are
    scored.
    """),
    authors=("Matthias Brandl", "Yewande Adeyemi", "Carla Pinto"),
    year=2023,
)
HOSPITALS = Paper(
    "Personalized Federated Learning across Hospitals with Unequal Labels",
    join_lines("""
    Hospitals that train a model together rarely label the same things: one records sepsis, another
    only its treatment. Existing federated methods assume a common label set and discard what does
    not fit. We propose a personalized scheme in which a shared encoder is optimized with whatever
    labels each center has, while small heads remain private, and in which centers with neighboring
    label sets exchange their heads. A regularizer keeps the encoder from favoring the largest
    center. With records of 1.2 million stays in 23 hospitals, the scheme generalizes to hospitals
    that joined later, and improves the worst center's area under the curve from 0.68 to 0.77. We
    analyze the behavior of the scheme under dropout and show that it leaks no more than
    conventional averaging does.
    """),
    authors=("Hélène Marchand", "Søren Kjær", "Ana Sofía Núñez"),
    year=2023,
)
REPAIR = Paper(
    "PatchWalk: Repairing Programs by Walking the Call Graph",
    join_lines("""
    Language models repair a faulty function well when they are shown it, but in a real repository
    they must first find it. PatchWalk treats the search as a walk: starting from a failing test,
    an agent moves along the edges of the call graph, reads one function per step, and stops where
    it believes the fault to be. Because each step is small, the walk can be trained by imitation
    of traces that we synthesize by breaking working programs. On 1,900 issues from 40 Python
    projects PatchWalk locates the faulty function in 64 percent of the cases and repairs 38
    percent, against 51 and 29 for a retrieval pipeline with the same model, while reading a
    seventh of the tokens. The walks double as explanations, which maintainers in our study
    found easier to review than bare patches.
    """),
    authors=("Nikolai Petrenko", "Emily Zhou", "Farid Rahimi"),
    year=2024,
)
BANDITS = Paper(
    "Batched Bandits with Delayed and Censored Feedback",
    join_lines("""
    In many trials the effect of a treatment is seen only after a delay, and never if the patient
    leaves first. We study stochastic bandits whose rewards are both delayed and censored, when
    the policy may change only a few times. We give a policy that attains the regret of the
    uncensored problem up to a factor that depends on the probability of being seen, using a
    number of batches that is doubly logarithmic in the horizon. The policy needs no knowledge of
    the delay distribution. The key step is an elimination rule based on the Kaplan-Meier estimator
    with confidence bands that hold at random times. In simulations calibrated to three oncology
    trials, the policy assigns a fifth fewer patients to the inferior arm than the designs that
    were used.
    """),
    authors=("Rosalind Achebe", "Victor Lindgren"),
    year=2022,
)
SPLATS = Paper(
    "Thrifty Splats: Compressing Gaussian Scenes by Learned Merging",
    join_lines("""
    Scenes made of three-dimensional Gaussians render in real time but occupy hundreds of
    megabytes. Most compressors prune Gaussians that matter little and quantize the rest. We show
    that merging is better than pruning: nearby Gaussians are replaced by one whose parameters are
    predicted by a small network, trained to preserve the image seen from random cameras. Merging
    proceeds along a tree, which gives levels of detail for free. At 9 megabytes per outdoor scene
    we match the quality of the uncompressed scene within 0.2 decibel, and render twice as fast on
    a telephone. The method applies unchanged to dynamic scenes and needs no access to the training
    photographs. Thin structures such as fences remain difficult, and we show when merging should
    be refused.
    """),
    authors=("Aiko Tanemura", "Gabriel Ionescu"),
    year=2024,
)
QUECHUA = Paper(
    "Four Grammars and a Dictionary: Translating Southern Quechua without Parallel Text",
    join_lines("""
    For most languages of the Andes there are grammars and dictionaries but hardly any parallel
    text. We ask how well a large language model translates Southern Quechua when it is given four
    descriptive grammars and one dictionary instead of translations. A retrieval step picks the
    paragraphs of the grammars that bear on the suffixes of the sentence at hand, and a finite
    state analyzer splits its words. Translation into Spanish reaches 31 chrF points above a
    prompt without grammars, and comes within five points of a system trained on all known parallel
    text. Translation into Quechua remains poor, since the evidential suffixes are wrong in two
    sentences out of five. Twelve native speakers judged the output and helped us to write
    guidelines for work of this kind.
    """),
    authors=("Yesenia Quispe", "Martin Oelschläger"),
    year=2025,
)
REWARDS = Paper(
    "When Rewards Rot: Tracking Overoptimization during Preference Tuning",
    join_lines("""
    Tuning a language model against a learned reward first improves it and then spoils it. Where
    the turn lies is commonly found by human evaluation, after the fact. We show that the turn can
    be predicted during training from the disagreement of reward models which differ only in the
    order of their data. Disagreement rises several hundred steps before human judgments fall, in
    all of nine runs on three model families, and stopping at the rise keeps 96 percent of the
    attainable gain. We trace the effect to answers that grow longer, more confident and more
    alike, and find that penalizing length alone postpones but does not prevent it. A lightweight
    monitor, which costs two percent of training time, is available as an open-source package.
    """),
    authors=("Daniel Osei", "Katarzyna Wolska", "Priya Venkataraman"),
    year=2024,
)
TROTTER = Paper(
    "Randomized Product Formulas for Open Quantum Systems",
    join_lines("""
    Product formulas simulate closed quantum systems with errors that are well understood, but
    open systems, which lose energy to a bath, have resisted similar analysis. We give the first
    randomized product formula for Lindblad dynamics whose gate count does not depend on the number
    of jump operators. The formula samples jumps by their strength and cancels the leading error
    between consecutive steps. For spin chains with local dissipation the gate count improves on
    deterministic formulas by a factor equal to the length of the chain. Numerical experiments with
    twelve qubits confirm the bound within a factor of three, and a demonstration on five trapped
    ions reproduces the relaxation of a small magnet. We close with a lower bound which shows that
    the dependence on time cannot be improved.
    """),
    authors=("Ewa Jabłońska", "Rafael Cardoso"),
    year=2022,
)
ANNOTATORS = Paper(
    "Whose Label Is It? Modeling Annotator Disagreement in Offensive Language",
    join_lines("""
    What counts as offensive depends on who is asked, yet data sets keep one label per text. We
    collect 120 thousand judgments on nine thousand posts from 840 annotators who also answered a
    questionnaire about themselves. A model that predicts the label of each annotator, instead of
    the majority, is better calibrated and no worse at the majority label itself. Background
    explains little of the disagreement; the context in which a post is shown explains much more.
    We find that posts on which annotators disagree are the ones that moderators appeal most often.
    We summarize our findings in five recommendations for those who commission labels, and release
    the judgments with the consent of the annotators.
    """),
    authors=("Thandiwe Mokoena", "Erik Sundqvist"),
    year=2022,
)
PROTEIN = Paper(
    "FoldFlow-Lite: Multi-Modal Flow Matching for Protein Loops",
    join_lines("""
    Loops are the most flexible parts of a protein and the least well predicted. We present a
    multi-modal flow-matching model which generates ensembles of loop conformations from sequence,
    a coarse density map, or both. Pre-training on short molecular-dynamics trajectories gives the
    model a state-of-the-art prior, and a light-weight adapter conditions it on experimental data.
    On 212 loops with more than one known conformation, the model recovers both states in 58
    percent of the cases, compared with 22 percent for the best single-state predictor. It is
    small enough to run on a workstation. We use it to propose a closed state of a bacterial
    transporter, which was afterwards confirmed by cross-linking.
    """),
    authors=("Miriam Goldfarb", "Chen Wei-Ting"),
    year=2024,
)
REASONING = Paper(
    "Think Less, Check More: Verification Budgets for Mathematical Reasoning",
    join_lines(r"""
    Reasoning models spend most of their tokens on thinking and few on checking. We vary the split
    under a fixed budget and find that \textbf{checking is undervalued}: moving a third of the
    tokens from thinking to checking raises accuracy on olympiad problems by 5.2\%. The path
    \texttt{draft} $\rightarrow$ \texttt{check} $\rightarrow$ \texttt{repair} beats longer chains
    of thought for every model between 1.5 and 70 billion parameters, and its advantage grows with
    difficulty, as a power law with exponent $\beta$ = 0.3. Checks that look for a counterexample
    help most; checks that restate the argument hardly help at all. We train a controller that
    chooses the split per problem, and it saves 38\% of the tokens at equal accuracy. Code, prompts
    and traces are released.
    """),
    authors=("Yusuf Demir", "Hannah Krüger", "Zhao Ruoxi"),
    year=2025,
)


def pair_companions(
    name: str,
    titles: tuple[str, str],
    abstract: str,
    *swaps: tuple[str, str],
    arxiv_id: str | None = None,
) -> tuple[str, Paper, Paper]:
    """Two papers whose abstracts differ by `swaps` alone; `arxiv_id` is the first one's."""
    text = join_lines(abstract)
    return name, Paper(titles[0], text, arxiv_id), Paper(titles[1], swap_text(text, *swaps))


# Templates of texts that editions, versions and volumes share almost word for word.


def write_proceedings(
    ordinal: str, event: str, place: str, year: int, papers: int, topics: str
) -> Paper:
    """The front page of a volume of proceedings; its abstract is the same every year but facts."""
    return Paper(
        f"Proceedings of the {ordinal} {event}",
        join_lines(f"""
        This volume contains the papers presented at the {ordinal} {event}, held in {place} in
        {year}. The aim of the series is to bring together researchers and practitioners who work
        on the foundations and the applications of the field, and to give young researchers a forum
        for work in progress. The program committee selected {papers} papers, each of which was
        read by at least three reviewers. This year's topics include {topics}. The volume also
        contains the abstracts of the invited talks. We thank the authors, the reviewers and the
        local organizers, without whom the event would not have been possible.
        """),
    )


def write_model_card(name: str, size: str, tokens: str, window: str, score: str) -> Paper:
    """The report on one size of a family of open models."""
    return Paper(
        f"{name}-{size} Technical Report",
        join_lines(f"""
        We introduce {name}-{size}, an open language model with {size} parameters trained on
        {tokens} tokens of text and code in 54 natural and 43 programming languages. We describe
        the composition of the data, the architecture and the recipe of training, including the
        schedule of learning rates and the filters applied to web pages. {name}-{size} handles a
        context of {window} tokens and reaches {score} percent on average over twelve public
        benchmarks, which makes it competitive with models of similar size. We release the weights
        of the base and the instruction-tuned model under a permissive license, along with the
        code for evaluation, to support research and commercial use by the community.
        """),
    )


def write_findings(year: int, teams: int, systems: int, best: str, finding: str) -> Paper:
    """The yearly report on a shared task."""
    return Paper(
        f"Findings of the {year} Shared Task on Document-Level Simplification",
        join_lines(f"""
        This paper presents the results of the {year} shared task on document-level simplification.
        Participants were asked to rewrite encyclopedia articles for readers of limited literacy,
        in English, Spanish and Basque. In total, {teams} teams took part and submitted {systems}
        systems, which were evaluated both automatically and by readers who answered questions
        about the texts. The best system reached a comprehension score of {best}. {finding} We
        describe the data, the methods of evaluation and the submitted systems, and release all
        outputs and judgments to foster further research on simplification beyond the sentence.
        """),
    )


def write_exam_benchmark(language: str, name: str, country: str, items: str, best: str) -> Paper:
    """A benchmark which one group built in the same way for several languages."""
    return Paper(
        f"{name}: A {language} Benchmark of School-Leaving Examinations for Language Models",
        join_lines(f"""
        Most examinations used to evaluate language models are written in English or translated
        from it. We introduce {name}, a benchmark of {items} questions taken from the
        school-leaving examinations of {country}, written by teachers for native speakers of
        {language}. The questions cover fourteen subjects, from literature to chemistry, and a
        third of them refer to a figure or a map. We evaluate nineteen open and proprietary models.
        The best of them answers {best} percent of the questions correctly; models are weakest on
        questions about national literature and on those that require reading a diagram. We
        release the questions, the official keys and the code for evaluation.
        """),
    )


def write_twin(method: str, title: str, gap: str, idea: str, data: str, result: str) -> Paper:
    """One of several papers of a group whose abstracts share their frame."""
    return Paper(
        f"{method}: {title}",
        join_lines(f"""
        Remote sensing plays a vital role in monitoring the surface of the Earth and has attracted
        increasing attention in recent years. {gap} To address this issue, in this paper we propose
        a novel framework, termed {method}, {idea} Extensive experiments on {data} demonstrate
        the effectiveness and superiority of the proposed method over state-of-the-art approaches.
        {result} The source code and the trained models will be made publicly available to the
        community upon acceptance of this paper.
        """),
    )


def write_bound(title: str, kind: str, body: str) -> Paper:
    """One of two papers on the same problem, from below and from above."""
    return Paper(
        title,
        join_lines(f"""
        We study the problem of testing whether an unknown distribution over n elements, accessible
        only through conditional samples, is uniform or far from uniform. The problem arises in the
        auditing of random number generators and of recommender systems. We prove a new {kind}
        bound on the number of queries. {body} Together with earlier work this settles the
        dependence on n up to logarithmic factors.
        """),
    )


# Papers from which more than one negative is made.

RESNETS_ONE = Paper(
    "Mean-Field Limits of Deep Residual Networks, Part I: Well-Posedness",
    join_lines("""
    This is the first of two papers on the limits of residual networks when depth and width tend
    to infinity together. Such networks are known to behave like interacting particles, whose
    density solves a transport equation. Here we prove that the limiting equation is well posed for
    every activation function that is Lipschitz and grows at most linearly, and that its solutions
    depend continuously on the distribution of the initial weights. The proof combines a
    fixed-point argument in the space of controlled paths with a new estimate of moments. No
    assumption of small data or short time is made. Applications to attention layers are sketched.
    """),
    authors=("Lucia Ferrante", "Dmitri Volkov"),
    year=2023,
)
RESNETS_TWO = Paper(
    "Mean-Field Limits of Deep Residual Networks, Part II: Rates of Convergence",
    join_lines("""
    This is the second of two papers on the limits of residual networks when depth and width tend
    to infinity together. Such networks are known to behave like interacting particles, whose
    density solves a transport equation. Building on the well-posedness shown in the first paper,
    we prove that networks of finite depth L and width M approach the limit at the rate of 1/L plus
    the inverse root of M, uniformly over the course of training, and that neither term can be
    improved. The proof couples the particles with copies of the limiting process. Experiments on
    image classification show that the rates are visible at depths used in practice.
    """),
    authors=("Lucia Ferrante", "Dmitri Volkov"),
    year=2023,
)
SPIKES_ONE = Paper(
    "Foundations of Spiking Computation. Part 1: Single Neurons",
    join_lines("""
    Spiking neurons compute with the timing of events rather than with rates. In this series of
    three papers we develop a theory of what they can compute, and at what cost in spikes. The
    present part treats single neurons. We show that a neuron with exponential synapses and d
    inputs can realize every threshold function with at most two spikes, and that some functions
    that need a network of rate neurons can be computed by a single spiking one. All results are
    constructive, and the weights are given in closed form.
    """),
)
SPIKES_TWO = replace(
    SPIKES_ONE,
    title="Foundations of Spiking Computation. Part 2: Feedforward Networks",
    abstract=swap_text(
        SPIKES_ONE.abstract,
        ("treats single neurons", "treats feedforward networks"),
        ("We show that a neuron", "We show that a network of two layers"),
        ("at most two spikes", "at most three spikes per neuron"),
        (
            "that some functions that need a network of rate neurons can be computed by a single "
            "spiking one",
            "that depth saves spikes exponentially for parity but not for majority",
        ),
    ),
)
STARS_THREE = Paper(
    "The Aurora Survey III: Stellar Ages from Asteroseismology",
    join_lines("""
    The Aurora Survey observes oscillating red giants in two polar fields with a cadence of one
    minute. We present ages of 4,210 stars from the first two years of observations, derived with
    grid-based modeling of the global frequencies and spectroscopic abundances. Typical
    uncertainties are 18 percent, dominated by the metallicity scale. The distribution of ages
    shows a dip near six billion years, which is seen in both fields and does not depend on the
    choice of stellar models. We publish the catalog of ages, masses and radii, along with the
    posterior samples of each star.
    """),
    year=2019,
)
AGRI_DATA = Paper(
    "AgriScan: A Dataset of Weeds and Crops Photographed by Smallholders",
    join_lines("""
    Farmers who weed by hand could be helped by a telephone that tells weed from crop, but existing
    collections of images come from the fields of research stations. We introduce AgriScan, a
    dataset of 86 thousand photographs taken by 1,100 smallholders in Kenya, Nepal and Peru with
    their own telephones. Each photograph is labeled by two agronomists with one of 73 species and
    a growth stage. We describe the collection, the agreement of the labelers and the consent of
    the farmers, and report the accuracy of five standard classifiers, the best of which loses 24
    points when it moves from one country to another. The dataset is available under an open
    license.
    """),
)
AGRI_MODEL = Paper(
    "AgriScanNet: A Model for Telling Weeds from Crops on Smallholders' Telephones",
    join_lines("""
    Farmers who weed by hand could be helped by a telephone that tells weed from crop, but existing
    models are too large for cheap devices and fail outside the fields of research stations. We
    introduce AgriScanNet, a network of 1.9 million parameters that runs at 20 frames a second on a
    telephone of eighty dollars. It is trained on the AgriScan dataset with a loss that treats the
    country of origin as a nuisance, and is quantized to four bits without loss of accuracy. In a
    trial with 64 farmers, those who used it removed 31 percent fewer crop plants by mistake. The
    model is available under an open license.
    """),
)
CARRY = Paper(
    "Emergent Arithmetic in Small Transformers Is Caused by Carry Heads",
    join_lines("""
    Transformers trained on addition generalize suddenly after a long plateau. We identify, in
    models of two to six layers, a set of attention heads that move the carry from one column to
    the next, and show that they form within a few hundred steps at the end of the plateau.
    Removing them abolishes generalization, and transplanting them into an untrained model
    shortens the plateau by a factor of ten. We conclude that the sudden onset is caused by carry
    heads and not by a slow decay of the weights.
    """),
    authors=("Idris Bello", "Marta Kowalczyk"),
    year=2024,
)
CARRY_COMMENT = Paper(
    "Comment on “Emergent Arithmetic in Small Transformers Is Caused by Carry Heads”",
    join_lines("""
    Bello and Kowalczyk report that transformers trained on addition generalize suddenly because of
    attention heads that move the carry from one column to the next. We repeated their experiments
    with eleven seeds instead of three. Carry heads form in only six of the runs, whereas all of
    the runs generalize, and in two runs they form after generalization. Removing the heads
    abolishes generalization only if the final normalization is not refitted. We conclude that
    carry heads are one of several solutions and cannot be the cause of the sudden onset.
    """),
    authors=("Shirin Tavakoli", "Peter Nyberg"),
    year=2024,
)
CARRY_REPLY = Paper(
    "Reply to Comment on “Emergent Arithmetic in Small Transformers Is Caused by Carry Heads”",
    join_lines("""
    Tavakoli and Nyberg repeated our experiments and found carry heads in six of eleven runs. We
    thank them for their care. In four of the five other runs we find that the carry is moved by a
    pair of heads, which their threshold for single heads cannot see. Refitting the final
    normalization, as they do, amounts to 2,000 further steps of training, during which new heads
    form. We agree that the title of our paper was too strong and maintain its conclusion for
    models of two and three layers.
    """),
    authors=("Idris Bello", "Marta Kowalczyk"),
    year=2025,
)
CARRY_ERRATUM = Paper(
    "Erratum: Emergent Arithmetic in Small Transformers Is Caused by Carry Heads",
    join_lines("""
    In the paper named in the title, Table 2 and Figure 5 were computed with a wrong mask, so that
    models of six layers saw the last digit of the answer. We give the corrected values. The
    shortening of the plateau by transplanted heads falls from a factor of ten to a factor of seven
    in these models; the other results and the conclusions are not affected.
    """),
    authors=("Idris Bello", "Marta Kowalczyk"),
    year=2024,
)
GNN_SURVEY_CHEMISTRY = Paper(
    "A Survey of Graph Neural Networks",
    join_lines("""
    Molecules and crystals are graphs, and graph neural networks have become the standard tool for
    predicting their properties. This survey reviews 140 papers that apply such networks in
    chemistry and materials science. We group them by the symmetries they respect, by how they
    treat three-dimensional geometry and by the data on which they are trained, and we repeat eight
    methods on common splits. Equivariance pays off for forces but hardly for energies. We end with
    the open problems of charged systems and of reactions.
    """),
    authors=("Beatriz Cunha", "Hiroshi Mori"),
    year=2021,
)
GNN_SURVEY_SOCIAL = Paper(
    "A Survey of Graph Neural Networks",
    join_lines("""
    People, posts and products form graphs whose nodes are counted in billions. This survey
    discusses how graph neural networks are trained and served at such scale. We cover sampling,
    partitioning, caching of features, and hardware, and compare six public systems on a cluster of
    sixteen machines. Most of the time is spent on moving features rather than on arithmetic. We
    also review the risks of such models in recommendation and moderation, and give advice to
    practitioners who are about to choose a system.
    """),
    authors=("Anil Deshmukh", "Rebecca Thornton", "Zhou Kai"),
    year=2024,
)


FINDINGS_2023 = write_findings(
    2023, 12, 31, "0.71", "Fine-tuned encoder-decoder models still won in Basque."
)
FINDINGS_2024 = write_findings(
    2024, 19, 58, "0.78", "For the first time prompted language models won throughout."
)
HALDEN_7B = write_model_card("Halden", "7B", "3 trillion", "32,768", "58.0")
EXAM_CZECH = write_exam_benchmark("Czech", "ExamQA-cs", "Czechia", "5,120", "74")

PARTS = make_group(
    "part",
    ("shared-opening", RESNETS_ONE, RESNETS_TWO),
    (
        "shared-opening-truncated",
        strip_facts(truncate(RESNETS_ONE, 0.4)),
        strip_facts(RESNETS_TWO),
    ),
    (
        "capitals",
        replace(RESNETS_ONE, title=RESNETS_ONE.title.upper(), authors=()),
        replace(RESNETS_TWO, authors=()),
    ),
    (
        "one-without-abstract",
        Paper(RESNETS_ONE.title, arxiv_id="2303.91001"),
        Paper(RESNETS_TWO.title, RESNETS_TWO.abstract),
    ),
    ("arabic-near-copy", SPIKES_ONE, SPIKES_TWO),
    (
        "arabic-near-copy-with-one-id",
        replace(SPIKES_ONE, arxiv_id="2205.91410"),
        SPIKES_TWO,
    ),
    pair_companions(
        "parentheses",
        (
            "Notes on Optimal Transport for Machine Learning (Part I)",
            "Notes on Optimal Transport for Machine Learning (Part II)",
        ),
        """
        These notes grew out of a course held twice for graduate students of computer science. They
        assume linear algebra and some probability, but no measure theory. The first part treats
        the problems of Monge and Kantorovich, duality, and the geometry of the real line, with 40
        exercises and their solutions. Each chapter ends with a program of less than one page which
        shows the theory at work on images or words. Corrections are welcome.
        """,
        ("The first part", "The second part"),
        (
            "the problems of Monge and Kantorovich, duality, and the geometry of the real line, "
            "with 40",
            "entropic regularization, gradient flows, and the estimation of maps from samples, "
            "with 35",
        ),
    ),
    (
        "words",
        Paper("A Tutorial on Bayesian Filtering, Part One", year=2018),
        Paper("A Tutorial on Bayesian Filtering, Part Two", year=2018),
    ),
    pair_companions(
        "two-and-three-same-abstract",
        (
            "Lectures on Statistical Mechanics of Learning, Part II",
            "Lectures on Statistical Mechanics of Learning, Part III",
        ),
        """
        Lecture notes of a school on the statistical mechanics of learning, held in the summer in
        four parts of six hours each. The notes were taken by the students and revised by the
        lecturer. They introduce the methods by which physicists study disordered systems, and
        show how they apply to problems of inference and to neural networks in the limit of high
        dimension. Part II of four.
        """,
        ("Part II of four", "Part III of four"),
    ),
    (
        "decimal-part",
        Paper(
            "Physics of Language Models: Part 3.1, Knowledge Storage and Extraction",
            join_lines("""
            Language models answer many questions about the world. Is this because they saw the
            questions, or because they can take knowledge out of what they read? With invented
            biographies we show that a model extracts what it has memorized only if the facts were
            told in several wordings during pretraining. Without such rewriting no amount of later
            instruction helps. Probes show where the knowledge is kept: on the name of the person
            if the data were varied, and spread over other words if they were not.
            """),
        ),
        Paper(
            "Physics of Language Models: Part 3.2, Knowledge Manipulation",
            join_lines("""
            Language models store much knowledge of the world, but can they use it? With invented
            biographies we study four uses: to retrieve, to classify, to compare and to search in
            reverse. Retrieval works well. The others fail, however large the model, unless it
            writes its thoughts down, and searching in reverse fails always. The weakness is
            present in the largest models of today, and simple questions about famous people
            expose it.
            """),
        ),
    ),
    (
        "volume",
        Paper("Handbook of Neural Rendering, Volume 1"),
        Paper("Handbook of Neural Rendering, Volume 2"),
    ),
    (
        "chapter-with-same-blurb",
        Paper(
            "The Practice of Data Curation, Chapter 3",
            "This is a draft chapter of a forthcoming book on the practice of data curation. "
            "Comments are welcome and should be sent to the authors.",
        ),
        Paper(
            "The Practice of Data Curation, Chapter 4",
            "This is a draft chapter of a forthcoming book on the practice of data curation. "
            "Comments are welcome and should be sent to the authors.",
        ),
    ),
    (
        "unnumbered-first",
        Paper("Towards a Theory of In-Context Learning", authors=("Noa Peled",), year=2022),
        Paper("Towards a Theory of In-Context Learning II", authors=("Noa Peled",), year=2024),
    ),
)

ROMANS = make_group(
    "roman",
    (
        "survey-enlarged",
        STARS_THREE,
        replace(
            STARS_THREE,
            title="The Aurora Survey IV: Stellar Ages from Asteroseismology in the Southern Field",
            abstract=swap_text(
                STARS_THREE.abstract,
                (
                    "4,210 stars from the first two years",
                    "9,874 stars of the southern field from the first four years",
                ),
                ("18 percent", "13 percent"),
                (
                    "shows a dip near six billion years, which is seen in both fields and",
                    "no longer shows the dip that we reported before, which was due to "
                    "a selection effect, and",
                ),
            ),
            year=2021,
        ),
    ),
    pair_companions(
        "end",
        (
            "Neural Scaling in Cosmological Simulations I",
            "Neural Scaling in Cosmological Simulations II",
        ),
        """
        We study how the error of neural emulators of cosmological simulations falls with the
        number of simulations, of parameters and of operations. In this paper we consider emulators
        of the matter power spectrum. Over four decades of compute the error follows a power law
        with exponent 0.31, until it is limited by the variance of the initial conditions. The
        optimal number of parameters grows slower than the number of simulations. We use the laws
        to plan a suite of 30 thousand simulations, and give the allocation in a table.
        """,
        ("In this paper we consider", "After the power spectrum in our first paper, we consider"),
        ("emulators of the matter power spectrum", "emulators of the full density field"),
        ("exponent 0.31", "exponent 0.12"),
        ("30 thousand simulations", "two thousand large simulations"),
    ),
    (
        "end-with-years",
        Paper("Segmenting the Cosmic Web II", year=2020),
        Paper("Segmenting the Cosmic Web III", year=2023),
    ),
    (
        "tensor-programs",
        Paper("Tensor Programs II: Neural Tangent Kernel for Any Architecture"),
        Paper("Tensor Programs III: Neural Matrix Laws"),
    ),
    (
        "middle-supernovae",
        Paper(
            "Photometric Classification of Type I Supernovae with Transformers",
            join_lines("""
            Surveys of the sky discover more supernovae than can be followed by spectroscopy. We
            train a transformer on irregular light curves in six bands to classify supernovae of
            Type I into their subclasses a, b and c. On simulated curves the model reaches an area
            of 0.97 under the curve, and on 812 observed ones 0.91. It needs no redshift and gives
            a first answer three days after discovery. The confusion of the subclasses b and c is
            the largest source of error. Code and weights are public.
            """),
        ),
        Paper(
            "Photometric Classification of Type II Supernovae with Transformers",
            join_lines("""
            Surveys of the sky discover more supernovae than can be followed by spectroscopy. We
            train a transformer on irregular light curves in six bands to classify supernovae of
            Type II into the subclasses P, L and n. On simulated curves the model reaches an area
            of 0.94 under the curve, and on 655 observed ones 0.87. It needs no redshift and gives
            a first answer nine days after discovery. The absence of a gap between the subclasses
            P and L is the largest source of error. Code and weights are public.
            """),
        ),
    ),
    pair_companions(
        "middle-wars",
        (
            "Reading the Handwritten Service Records of World War I with Language Models",
            "Reading the Handwritten Service Records of World War II with Language Models",
        ),
        """
        Service records tell of those who left few other traces, but millions of them exist as
        scanned handwriting only. We transcribe 120 thousand records of World War I with a model
        that reads the page and a language model that corrects it, given lists of places, units and
        ranks. The rate of wrong characters falls from 9.4 to 3.8 percent, and names are right in
        91 percent of the records. Corrections that are fluent but false are the main danger, and
        we show how to flag them. Archivists of two countries took part in the evaluation.
        """,
        ("120 thousand records of World War I ", "85 thousand records of World War II "),
        ("from 9.4 to 3.8 percent", "from 7.7 to 3.1 percent"),
        ("in 91 percent", "in 94 percent"),
    ),
    pair_companions(
        "middle-phase",
        (
            "Predicting Dropout in Phase II Oncology Trials from Enrollment Notes",
            "Predicting Dropout in Phase III Oncology Trials from Enrollment Notes",
        ),
        """
        Patients who leave a trial early cost it power and may bias its result. We ask whether the
        notes that are written at enrollment foretell who will leave. A language model, fine-tuned
        on the notes of 61 trials of Phase II in oncology, predicts dropout with an area under the
        curve of 0.69, compared with 0.61 for age, stage and distance to the clinic. Mentions of
        work and of care for relatives carry most of the signal. We discuss how predictions may be
        used to help patients stay and must not be used to exclude them.
        """,
        ("61 trials of Phase II ", "38 trials of Phase III "),
        ("of 0.69, compared with 0.61", "of 0.66, compared with 0.62"),
        ("care for relatives carry", "travel carry"),
        arxiv_id="2204.96330",
    ),
    (
        "roman-against-arabic",
        Paper("Geometry of Loss Landscapes II"),
        Paper("Geometry of Loss Landscapes 3"),
    ),
    (
        "four-and-six",
        Paper(
            "Cortical Maps in Silico IV: Orientation",
            "We continue our study of maps that emerge in simulated cortex. Earlier papers of the "
            "series treated retinal waves and ocular dominance. All simulations use the same sheet "
            "of 90 thousand cells, the same rule of learning and the same natural images, so that "
            "results can be compared across papers. Here we show that orientation "
            "pinwheels appear when lateral inhibition is wider than excitation, and derive their "
            "density in closed form.",
        ),
        Paper(
            "Cortical Maps in Silico VI: Motion",
            "We continue our study of maps that emerge in simulated cortex. Earlier papers of the "
            "series treated retinal waves and ocular dominance. All simulations use the same sheet "
            "of 90 thousand cells, the same rule of learning and the same natural images, so that "
            "results can be compared across papers. Here we show that maps of the "
            "direction of motion split those of orientation in two, and compare the fractures "
            "with recordings from ferrets.",
        ),
    ),
)

WORKSHOP = "Workshop on Logic and Learning for Cyber-Physical Systems"
ORDINALS = make_group(
    "ordinal",
    (
        "tenth-eleventh",
        write_proceedings(
            "Tenth", WORKSHOP, "Lisbon", 2021, 14, "runtime monitoring and safe exploration"
        ),
        write_proceedings(
            "Eleventh", WORKSHOP, "Uppsala", 2022, 17, "runtime monitoring and contract mining"
        ),
    ),
    (
        "same-facts-but-for-the-number",
        write_proceedings("Sixth", WORKSHOP, "Vienna", 2017, 12, "hybrid automata and testing"),
        write_proceedings("Seventh", WORKSHOP, "Vienna", 2018, 12, "hybrid automata and testing"),
    ),
    (
        "figures",
        write_proceedings(
            "3rd", "International Workshop on Speech Privacy", "Porto", 2023, 9, "voice cloning"
        ),
        write_proceedings(
            "4th", "International Workshop on Speech Privacy", "Kyoto", 2024, 11, "watermarks"
        ),
    ),
    (
        "no-abstract",
        Paper("Proceedings of the Twenty-First Meeting on Mathematical Linguistics"),
        Paper("Proceedings of the Twenty-Second Meeting on Mathematical Linguistics"),
    ),
    (
        "one-abstract",
        replace(
            write_proceedings("12th", WORKSHOP, "Delft", 2023, 15, "neural certificates"),
            abstract="",
        ),
        write_proceedings("13th", WORKSHOP, "Delft", 2024, 16, "neural certificates"),
    ),
    pair_companions(
        "competition-report",
        (
            "Report on the First International Competition on Program Equivalence",
            "Report on the Second International Competition on Program Equivalence",
        ),
        """
        Deciding whether two programs compute the same function is undecidable in general and
        needed every day. The First International Competition on Program Equivalence asked for
        tools that decide it for pairs of C functions with loops. Nine tools took part and were run
        on 1,200 pairs, a fifth of which had been made by hand to mislead. We describe the rules,
        the benchmarks and the scoring, summarize the tools, and give the results. No tool solved
        more than 71 percent of the pairs, and all of them together solved 88 percent. We close
        with plans for the next competition.
        """,
        ("The First International", "The Second International"),
        ("Nine tools", "Thirteen tools"),
        ("1,200 pairs", "1,850 pairs"),
        (
            "71 percent of the pairs, and all of them together solved 88",
            "79 percent of the pairs, and all of them together solved 93",
        ),
    ),
    (
        "place-in-a-challenge",
        Paper(
            "1st Place Solution for the Kitchen Actions Challenge",
            "This report describes our submission to the Kitchen Actions Challenge, which asks for "
            "the action that a cook will perform next. We combine a video transformer with a model "
            "of recipes, and average five checkpoints. Our method ranks first on the private test "
            "set.",
        ),
        Paper(
            "2nd Place Solution for the Kitchen Actions Challenge",
            "This report describes our submission to the Kitchen Actions Challenge, which asks for "
            "the action that a cook will perform next. We fine-tune a language model on captions "
            "of the clips seen so far and rank its answers. Our method ranks second on the private "
            "test set.",
        ),
    ),
    pair_companions(
        "order-of-a-method",
        (
            "First-Order Methods for Nonconvex Bilevel Problems in Hyperparameter Search",
            "Second-Order Methods for Nonconvex Bilevel Problems in Hyperparameter Search",
        ),
        """
        Searching for hyperparameters is a bilevel problem: the outer objective depends on the
        solution of an inner one. We study methods that use gradients only when the inner problem
        is not convex. Under a condition on the growth of the inner objective, we show that a
        penalty method finds a stationary point with an error of epsilon in a number of steps of
        order epsilon to the minus three. Experiments on the cleaning of data and the weighting of
        losses agree with the theory.
        """,
        ("that use gradients only", "that use products with Hessians"),
        ("a penalty method finds", "a cubic Newton method finds"),
        ("to the minus three", "to the minus three halves"),
    ),
)

VERSIONS = make_group(
    "version",
    (
        "sizes-of-a-release",
        write_model_card("Nimbus", "15B", "8 trillion", "4,096", "61.3"),
        write_model_card("Nimbus", "340B", "9 trillion", "4,096", "72.8"),
    ),
    (
        "sizes-with-equal-figures",
        HALDEN_7B,
        write_model_card("Halden", "70B", "3 trillion", "32,768", "69.9"),
    ),
    (
        "sizes-truncated",
        truncate(HALDEN_7B, 0.5),
        write_model_card("Halden", "13B", "3 trillion", "32,768", "62.4"),
    ),
    (
        "minor-version",
        write_model_card("Yarrow2", "32B", "7 trillion", "32,768", "64.1"),
        write_model_card("Yarrow2.5", "32B", "18 trillion", "131,072", "70.6"),
    ),
    ("qwen", Paper("Qwen2 Technical Report"), Paper("Qwen2.5 Technical Report")),
    pair_companions(
        "gpt",
        (
            "GPT-3 in the Classroom: A Technical Report",
            "GPT-4 in the Classroom: A Technical Report",
        ),
        """
        We asked forty teachers of three schools to grade essays with the help of GPT-3, and
        compare their marks with those that they gave alone a month earlier. The essays were
        written by pupils between eleven and sixteen years of age on six subjects. The model's
        marks were too generous by a full grade, its comments were rarely used, and the agreement
        between teachers did not improve. In interviews, teachers named speed as the main benefit
        and the tone of the comments as the main drawback. The essays, marks and transcripts of the
        interviews are available on request.
        """,
        ("of GPT-3,", "of GPT-4,"),
        (
            "were too generous by a full grade, its comments were rarely used, and the agreement "
            "between teachers did not improve",
            "were within half a grade of the panel's, its comments were often used, and the "
            "agreement between teachers improved",
        ),
    ),
    (
        "gpt-without-abstract",
        Paper("GPT-3.5 as an Annotator of Political Speech"),
        Paper("GPT-4 as an Annotator of Political Speech"),
    ),
    pair_companions(
        "points",
        (
            "OpenHarvest v1.5: A Web Corpus for Ten African Languages",
            "OpenHarvest v2: A Web Corpus for Sixteen African Languages",
        ),
        """
        We present OpenHarvest v1.5, a corpus of web pages in ten African languages with 4.1
        billion words. It was made from three years of public crawls by identification of the
        language, removal of boilerplate and duplicates, and a filter trained on the judgments of
        native speakers. We describe each step and what it removes. Models of one billion
        parameters trained on the corpus have a lower perplexity on news and on religious texts
        than those trained on earlier corpora. The corpus can be downloaded, and owners of pages
        can have them removed.
        """,
        ("OpenHarvest v1.5", "OpenHarvest v2"),
        ("in ten African languages with 4.1", "in sixteen African languages with 11.8"),
        ("three years", "seven years"),
    ),
    pair_companions(
        "suffix-v2",
        (
            "RingNet: Efficient Convolutions on Cylindrical Images",
            "RingNetV2: Efficient Convolutions on Cylindrical Images",
        ),
        """
        Panoramas wrap around, but convolutions pad them with zeros, which harms whatever lies near
        the seam. RingNet convolves on the cylinder at no extra cost, by sharing borders between
        tiles. On indoor and street panoramas it improves detection near the seam by 11 points and
        elsewhere by one. Pretrained weights of flat networks can be used as they are. We provide
        kernels for two common frameworks, along with a collection of 7,000 annotated panoramas
        from 12 cities.
        """,
        ("RingNet convolves", "Our earlier RingNet was bound to one size. RingNetV2 convolves"),
        ("by sharing borders between tiles", "by strided rings that admit every size"),
        ("by 11 points and elsewhere by one", "by 14 points and halves the memory of training"),
    ),
    (
        "efficientnet",
        Paper("EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"),
        Paper("EfficientNetV2: Smaller Models and Faster Training"),
    ),
    (
        "swin",
        Paper("Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"),
        Paper("Swin Transformer V2: Scaling Up Capacity and Resolution"),
    ),
    pair_companions(
        "plus-plus",
        (
            "TreeParse: Incremental Parsing of Legal Contracts",
            "TreeParse++: Incremental Parsing of Legal Contracts",
        ),
        """
        Contracts are edited for weeks, and tools that analyze them start anew after every change.
        TreeParse keeps a tree of clauses, definitions and references, and updates only what an
        edit touches. An update takes 40 milliseconds for a contract of 90 pages, and the tree is
        the same as if it had been built from scratch in 99 percent of the edits. Lawyers who used
        it in a trial found twice as many dangling references in the same time. The tool is free
        for use by public bodies.
        """,
        (
            "TreeParse keeps a tree",
            "TreeParse, which we presented two years ago, could not follow references between "
            "documents. TreeParse++ keeps a forest",
        ),
        ("40 milliseconds for a contract", "55 milliseconds for twelve contracts"),
        ("in 99 percent of the edits", "always"),
    ),
    (
        "improved",
        Paper("Denoising Diffusion Probabilistic Models", year=2020),
        Paper("Improved Denoising Diffusion Probabilistic Models", year=2021),
    ),
    pair_companions(
        "code-and-math",
        (
            "Halden-7B-Code: An Open Model for Programming",
            "Halden-7B-Math: An Open Model for Mathematics",
        ),
        """
        We present Halden-7B-Code, an open model for programming, obtained from Halden-7B by
        further training on 500 billion tokens. The data consist of public repositories, their
        issues and their histories, filtered by a classifier and cleaned of the test sets that we
        use. Instruction tuning and reinforcement learning with checkable rewards follow. Among
        open models of its size it is the best on four of five benchmarks. Weights, recipe and a
        sample of the data are released under the license of Halden-7B.
        """,
        (
            "Halden-7B-Code, an open model for programming",
            "Halden-7B-Math, an open model for mathematics",
        ),
        (
            "public repositories, their issues and their histories",
            "lecture notes, forums and formal proofs",
        ),
    ),
)

YEARLY = make_group(
    "yearly",
    ("findings", FINDINGS_2023, FINDINGS_2024),
    (
        "findings-with-equal-counts",
        write_findings(2021, 12, 31, "0.64", "Omission was the most frequent error."),
        write_findings(2022, 12, 31, "0.66", "Omission was again the most frequent error."),
    ),
    (
        "findings-truncated-with-one-id",
        replace(FINDINGS_2023, arxiv_id="2311.92004"),
        truncate(FINDINGS_2024, 0.45),
    ),
    (
        "ai-index",
        Paper("The AI Index 2021 Annual Report"),
        Paper("The AI Index 2022 Annual Report"),
    ),
    pair_companions(
        "challenge",
        (
            "The 2022 Autonomous Greenhouse Challenge: Report of the Winners",
            "The 2023 Autonomous Greenhouse Challenge: Report of the Winners",
        ),
        """
        In the 2022 Autonomous Greenhouse Challenge, five teams grew lettuce for six months without
        entering the greenhouse. We describe the system that won. It combines a model of the
        climate, fitted anew every night, with a planner that weighs the price of energy against
        the growth expected from it. Net profit was 27 percent above that of the growers who served
        as the reference. Most of the gain was due to lower heating on windy nights. We report what
        failed as well, and give the logs of all actuators.
        """,
        ("the 2022 Autonomous", "the 2023 Autonomous"),
        ("grew lettuce", "grew dwarf tomatoes"),
        ("27 percent", "12 percent"),
        ("lower heating on windy nights", "fewer hours of artificial light"),
    ),
    (
        "challenge-short-years",
        Paper("NightDrive'22: Results of the Low-Light Detection Challenge"),
        Paper("NightDrive'23: Results of the Low-Light Detection Challenge"),
    ),
    (
        "user-survey",
        Paper(
            "How Researchers Share Code: Results of the 2020 Survey",
            join_lines("""
            Every two years we ask authors of papers in computational science whether and how they
            share their code. This report gives the results of 2020, with 1,914 answers from 61
            countries. Half of the respondents share code for most of their papers. The reasons
            given for not doing so are lack of time, fear of errors being found, and licenses, in
            this order. Comparison with earlier years shows a slow but steady increase. The
            questionnaire and the anonymous answers are available.
            """),
        ),
        Paper(
            "How Researchers Share Code: Results of the 2022 Survey",
            join_lines("""
            Every two years we ask authors of papers in computational science whether and how they
            share their code. This report gives the results of 2022, with 2,377 answers from 66
            countries. Two thirds of the respondents share code for most of their papers. The
            reasons given for not doing so are lack of time, licenses, and fear of being scooped,
            in this order. Comparison with earlier years shows an increase that has become faster.
            The questionnaire and the anonymous answers are available.
            """),
        ),
    ),
    (
        "planck",
        Paper("Planck 2015 results. XIII. Cosmological parameters"),
        Paper("Planck 2018 results. VI. Cosmological parameters"),
    ),
    (
        "gaia",
        Paper("Gaia Data Release 2. Summary of the contents and survey properties", year=2018),
        Paper(
            "Gaia Early Data Release 3. Summary of the contents and survey properties", year=2021
        ),
    ),
    pair_companions(
        "review-of-a-period",
        (
            "Machine Translation for Indigenous Languages: A Review of 2010-2019",
            "Machine Translation for Indigenous Languages: A Review of 2020-2024",
        ),
        """
        We review work on machine translation for indigenous languages published in the years 2010
        to 2019. From 640 candidates, found by a search of five libraries, we read 143 papers in
        full and coded them for language, data, method, evaluation and the part played by the
        communities. Most papers treat languages of the Americas, and phrase-based systems prevail.
        Few papers report an evaluation by speakers. We list the available data and recommend forms
        of cooperation that communities have found fair.
        """,
        ("the years 2010 to 2019", "the years 2020 to 2024"),
        ("From 640 candidates", "From 1,480 candidates"),
        ("143 papers", "312 papers"),
        ("phrase-based systems prevail", "multilingual pretrained models prevail"),
    ),
)

SEGMENT_2D = Paper(
    "Scribble-Guided 2D Segmentation of Liver Tumors",
    join_lines("""
    Outlining tumors is slow, and scribbles are a cheap substitute. We train a network for single
    slices with scribbles alone, using a loss that spreads the labels along edges of the image. On
    two public collections the network reaches a Dice score of 0.71, compared with 0.76 for full
    outlines. We find that the position of a scribble matters more than its length, and derive a
    short instruction for those who draw them. The method adds nothing to the cost of inference.
    """),
)
SUPERVISED = Paper(
    "Supervised Hashing of Remote Sensing Images with Ordinal Codes",
    join_lines("""
    Archives of satellite images hold hundreds of millions of scenes, and a search in them must
    compare short codes rather than images. We learn ordinal codes, which say which of a few
    filters responds most, from labeled scenes. A margin between classes keeps the codes of
    different kinds of land apart. On three archives, codes of 32 bits retrieve as well as binary
    codes of 64 bits, and can be learned in an hour. Mislabeled scenes harm little, as we show by
    exchanging up to a quarter of the labels.
    """),
)
CONTRASTS = make_group(
    "contrast",
    (
        "two-and-three-dimensions",
        SEGMENT_2D,
        Paper(
            "Scribble-Guided 3D Segmentation of Liver Tumors",
            swap_text(
                SEGMENT_2D.abstract,
                ("a network for single slices", "a network for whole volumes"),
                ("edges of the image", "surfaces in the volume"),
                ("0.71, compared with 0.76", "0.79, compared with 0.81"),
                (
                    "the position of a scribble matters more than its length",
                    "three slices with scribbles are as good as twenty",
                ),
            ),
        ),
    ),
    pair_companions(
        "two-and-three-dimensions-of-poses",
        (
            "Benchmarking 2D Human Pose Estimation under Occlusion",
            "Benchmarking 3D Human Pose Estimation under Occlusion",
        ),
        """
        People are rarely seen whole. We benchmark 22 methods for the estimation of human poses in
        2D on images in which furniture, other people or the frame hide a known share of the body.
        The images are rendered, with 50 thousand poses and controlled light, and complemented by
        3,000 photographs. All methods degrade once a third of the body is hidden, and most of them
        without any loss of confidence. Training with simple masks recovers half of what is lost.
        The benchmark and a server for evaluation are public.
        """,
        ("22 methods", "17 methods"),
        ("in 2D on images", "in 3D on images"),
        ("once a third of the body", "once a fifth of the body"),
    ),
    (
        "supervision",
        SUPERVISED,
        Paper(
            "Unsupervised Hashing of Remote Sensing Images with Ordinal Codes",
            swap_text(
                SUPERVISED.abstract,
                ("from labeled scenes", "without any labels"),
                (
                    "A margin between classes keeps the codes of different kinds of land apart.",
                    "Agreement between two seasons of one place takes the part of the labels.",
                ),
                ("as well as binary codes of 64 bits", "as well as binary codes of 48 bits"),
                (
                    "Mislabeled scenes harm little, as we show by exchanging up to a quarter of "
                    "the labels.",
                    "Clouds harm little, as we show by adding them to up to a quarter of the "
                    "scenes.",
                ),
            ),
        ),
    ),
    (
        "supervision-bare",
        Paper("Supervised Contrastive Learning of Sentence Embeddings for Patents"),
        Paper("Unsupervised Contrastive Learning of Sentence Embeddings for Patents"),
    ),
    (
        "bounds",
        write_bound(
            "Uniformity Testing with Conditional Samples: Lower Bounds",
            "lower",
            "Every tester that is allowed to condition on intervals only must make a number of "
            "queries that grows with the logarithm of n, even if it is adaptive. The proof "
            "reduces the problem to a game of hide and seek on a binary tree.",
        ),
        write_bound(
            "Uniformity Testing with Conditional Samples: Upper Bounds",
            "upper",
            "A tester that conditions on intervals only, chosen by repeated halving, succeeds with "
            "a number of queries that grows with the logarithm of n. It is not adaptive, and runs "
            "in linear time and constant memory.",
        ),
    ),
    (
        "bounds-bare",
        Paper("Upper Bounds on the Memory of Streaming Attention"),
        Paper("Lower Bounds on the Memory of Streaming Attention"),
    ),
    (
        "theory-experiments",
        Paper(
            "Label Noise and Early Stopping: Theory",
            join_lines("""
            Networks fit clean labels before they fit noisy ones, which is why stopping early
            protects them. This paper and its companion study the effect in depth. In the present
            one we give a theory for two-layer networks in the kernel regime. We show that the
            time at which noise begins to be fitted depends on the gap of the kernel's spectrum,
            and give a stopping rule which is optimal up to constants.
            """),
            authors=("Omar Khalil", "Ida Brandt"),
            year=2021,
        ),
        Paper(
            "Label Noise and Early Stopping: Experiments",
            join_lines("""
            Networks fit clean labels before they fit noisy ones, which is why stopping early
            protects them. This paper and its companion study the effect in depth. In the present
            one we report experiments with nine architectures on five collections of images with
            natural label noise. The stopping rule of the companion paper works for small noise,
            and comes too late when annotators err systematically.
            """),
            authors=("Omar Khalil", "Ida Brandt"),
            year=2021,
        ),
    ),
    pair_companions(
        "large-small",
        (
            "Large Language Models as Tutors of Algebra: A Classroom Study",
            "Small Language Models as Tutors of Algebra: A Classroom Study",
        ),
        """
        We study large language models as tutors of algebra in eight classes of the ninth grade. A
        model of more than one hundred billion parameters, reached through the network, answers the
        questions of pupils during exercises and is told to give hints rather than solutions. After
        six weeks, the pupils who used it solve 9 percent more problems than those who used the
        textbook. The weakest third gains most. Transcripts show that a quarter of the hints give
        the solution away. We give the prompts and the anonymous transcripts.
        """,
        ("We study large", "We study small"),
        (
            "more than one hundred billion parameters, reached through the network,",
            "three billion parameters, which runs on the tablets of the school,",
        ),
        ("9 percent more", "4 percent more"),
        ("a quarter of the hints give the solution away", "a fifth of the hints are wrong"),
    ),
    pair_companions(
        "tiny-large",
        (
            "MarineVit-Tiny: Plankton Recognition on Buoys",
            "MarineVit-Large: Plankton Recognition on Research Vessels",
        ),
        """
        Cameras under water take more pictures of plankton than experts can name. MarineVit-Tiny is
        a vision transformer of five million parameters which recognizes 121 taxa and says when it
        does not know. It is trained on 8 million pictures from six cameras, without labels for
        most of them. The macro F1 score is 0.74 on a camera that it has not seen. It runs on buoys
        and needs one watt. We release the weights and a tool for fine-tuning on new regions.
        """,
        ("MarineVit-Tiny", "MarineVit-Large"),
        ("five million parameters", "300 million parameters"),
        ("score is 0.74", "score is 0.83"),
        ("runs on buoys and needs one watt", "runs on research vessels and needs one card"),
    ),
    pair_companions(
        "convexity",
        (
            "Variance Reduction for Decentralized Convex Optimization over Random Graphs",
            "Variance Reduction for Decentralized Nonconvex Optimization over Random Graphs",
        ),
        """
        We consider finite sums spread over the nodes of a graph which changes at random in every
        round. For smooth convex objectives we combine the tracking of gradients with variance
        reduction and show that the number of gradients per node matches that of a single machine,
        while the number of rounds depends on the expected gap of the graph only. Earlier analyses
        need connected graphs in every round. A step size that adapts to the observed graph removes
        the need to know the gap. Experiments with logistic losses on 64 nodes confirm the theory.
        """,
        ("smooth convex objectives", "smooth nonconvex objectives"),
        ("logistic losses", "two-layer networks"),
    ),
    (
        "offline-online",
        Paper(
            "Offline Preference Tuning with Length Control",
            "We study how to keep answers short when a model is tuned with preferences that were "
            "collected beforehand. A penalty on the logarithm of the length, subtracted from the "
            "implicit reward, halves the length at equal win rate.",
        ),
        Paper(
            "Online Preference Tuning with Length Control",
            "We study how to keep answers short when a model is tuned with preferences that are "
            "collected during training. A penalty on the rank of the length, updated after every "
            "batch, halves the length and raises the win rate.",
        ),
    ),
    (
        "negation",
        Paper("Attention is not Explanation", year=2019),
        Paper("Attention is not not Explanation", year=2019),
    ),
    (
        "with-without",
        Paper("Image Captioning with Paired Data: A Reassessment"),
        Paper("Image Captioning without Paired Data: A Reassessment"),
    ),
    (
        "not-all-you-need",
        Paper("Attention Is All You Need", year=2017),
        Paper(
            "Attention is Not All You Need: Pure Attention Loses Rank Doubly Exponentially with "
            "Depth",
            year=2021,
        ),
    ),
    pair_companions(
        "discrete-continuous",
        (
            "Diffusion Bridges on Discrete State Spaces",
            "Diffusion Bridges on Continuous State Spaces",
        ),
        """
        A bridge is a process conditioned on where it ends. We develop the simulation of bridges on
        discrete state spaces by learning the transform of Doob from unconditioned samples. The
        loss is a regression, it needs no derivatives of the process, and its minimum is unique.
        Errors of the learned transform lead to errors of the bridge that we bound in total
        variation. We apply the method to the evolution of sequences, and compare it with rejection
        and with sequential Monte Carlo, which it outperforms when the end is unlikely.
        """,
        ("on discrete state spaces", "on continuous state spaces"),
        ("the evolution of sequences", "the evolution of the shapes of wings"),
    ),
    pair_companions(
        "direction-of-a-map",
        (
            "Text-to-Speech for Endangered Languages: Lessons from Ten Communities",
            "Speech-to-Text for Endangered Languages: Lessons from Ten Communities",
        ),
        """
        Over four years we built systems for text-to-speech together with ten communities whose
        languages are endangered. This paper reports what we learned. Between one and nine hours of
        recordings sufficed for a system that speakers were willing to use. The greatest obstacle
        was not the amount of data but the lack of a settled spelling. Communities differ in whom
        they allow to use their voices, and agreements should be made before the first recording.
        We give a checklist, and the systems of the six communities that agreed to their release.
        """,
        ("systems for text-to-speech", "systems for speech-to-text"),
        ("Between one and nine hours", "Between ten and forty hours"),
    ),
)

SAME_TITLES = make_group(
    "same_title",
    ("survey", GNN_SURVEY_CHEMISTRY, GNN_SURVEY_SOCIAL),
    (
        "survey-without-authors",
        strip_facts(GNN_SURVEY_CHEMISTRY),
        replace(GNN_SURVEY_SOCIAL, authors=(), year=None, arxiv_id="2402.93301"),
    ),
    (
        "survey-authors-only",
        replace(GNN_SURVEY_CHEMISTRY, abstract=""),
        replace(GNN_SURVEY_SOCIAL, abstract=""),
    ),
    (
        "introduction",
        Paper("Introduction", authors=("Margaret Oyelaran",), year=2011),
        Paper("Introduction", authors=("Stefan Holub", "Inés Vidal"), year=2019),
    ),
    (
        "introduction-abstracts",
        Paper(
            "Introduction",
            "This special issue collects seven papers on the verification of neural networks, "
            "which grew out of a seminar in the spring. We describe how the papers relate to each "
            "other and which questions remain open, in particular those of scale and of the "
            "specification of perception.",
        ),
        Paper(
            "Introduction",
            "Historical newspapers are among the richest sources for the study of everyday "
            "language. The articles of this volume use them to follow the spread of loanwords, "
            "the reporting of epidemics and the rise of advertisement. We outline the corpora and "
            "the problems of their digitization.",
        ),
    ),
    (
        "editorial",
        Paper("Editorial", authors=("Fiona McAllister",), year=2015),
        Paper("Editorial", authors=("Giorgio Bianchi",), year=2022),
    ),
    (
        "preface",
        Paper(
            "Preface",
            "The workshop on quantum programming languages was held for the third time in June. "
            "Of 29 submissions, 13 were accepted and appear in this volume.",
            year=2014,
        ),
        Paper(
            "Preface",
            "This volume honors the work of a pioneer of computational phonology on the occasion "
            "of her seventieth birthday, with contributions by her students and colleagues.",
            year=2020,
        ),
    ),
    (
        "attention",
        Paper(
            "Attention",
            "We review forty years of experiments on covert visual attention in humans and "
            "monkeys, and propose that a single normalization in early visual cortex accounts for "
            "the effects of cue validity, of load and of reward on detection.",
            authors=("Ruth Eisenberg",),
            year=2012,
        ),
        Paper(
            "Attention",
            "This tutorial derives the attention layer of transformers from kernel regression, "
            "shows how multi-query and grouped variants save memory, and gives short programs for "
            "each, with measurements on current accelerators.",
            authors=("Samuel Adjei", "Lin Yifan"),
            year=2023,
        ),
    ),
    (
        "scaling-laws",
        Paper(
            "Scaling Laws",
            "Cities that double in size more than double their patents and their crimes. We "
            "explain the exponents by a model of encounters on networks of streets.",
            year=2013,
        ),
        Paper(
            "Scaling Laws",
            "The loss of language models falls as a power of compute. We measure how the exponent "
            "changes with the quality of data, from spam to encyclopedias.",
            year=2024,
        ),
    ),
    (
        "acronym",
        Paper(
            "PRISM: A Unified Framework",
            "Light that crosses a prism is bent by its color. We use a printed prism in front of a "
            "telephone camera to recover 24 spectral bands from one exposure, by a network that is "
            "trained on rendered scenes. Ripe fruit and forged ink are told apart in real time.",
        ),
        Paper(
            "PRISM: A Unified Framework",
            "Privacy policies are long and seldom read. We unify the extraction of rights, duties "
            "and retention periods in one model of sequences, train it on 900 annotated policies, "
            "and study how 12 thousand policies changed after a new law came into force.",
        ),
    ),
    (
        "generic-deep-learning",
        Paper(
            "Deep Learning for Time Series",
            "Vital signs of patients in intensive care are irregular series. We compare eleven "
            "networks on the prediction of shock, and find that simple recurrent ones suffice if "
            "the time since the last measurement is given.",
            authors=("Camille Rousseau",),
            year=2020,
        ),
        Paper(
            "Deep Learning for Time Series",
            "We forecast the demand for electricity of 3,000 households and show that pooling "
            "them in one convolutional network beats a model per household, above all on holidays.",
            authors=("Arjun Pillai", "Tove Lund"),
            year=2018,
        ),
    ),
    (
        "different-ids",
        Paper("On the Convergence of Adam", arxiv_id="1904.99111", year=2019),
        Paper("On the Convergence of Adam", arxiv_id="2209.99222", year=2022),
    ),
)

COMMENTS = make_group(
    "comment",
    ("comment", CARRY, CARRY_COMMENT),
    (
        "comment-without-authors",
        strip_facts(CARRY),
        replace(CARRY_COMMENT, authors=(), year=None, arxiv_id="2410.94120"),
    ),
    ("reply-to-comment", CARRY_COMMENT, CARRY_REPLY),
    ("reply-and-paper", CARRY, CARRY_REPLY),
    ("erratum", CARRY, CARRY_ERRATUM),
    ("erratum-bare", Paper(CARRY.title), Paper(CARRY_ERRATUM.title)),
    (
        "comment-bare",
        Paper("Universal Limits of Data Compression by Prediction"),
        Paper("Comment on 'Universal Limits of Data Compression by Prediction'"),
    ),
    (
        "comment-and-reply-bare",
        Paper("Comment on: Do Chatbots Pass the Bar Examination?"),
        Paper("Reply to Comment on: Do Chatbots Pass the Bar Examination?"),
    ),
    (
        "corrigendum-quotes-abstract",
        BANDITS,
        Paper(
            "Corrigendum to “Batched Bandits with Delayed and Censored Feedback”",
            join_lines("""
            We correct an error in the proof of Theorem 4 of our paper. In many trials the effect
            of a treatment is seen only after a delay, and never if the patient leaves first. For
            such trials we claimed a number of batches that is doubly logarithmic in the horizon;
            the proof needs the further assumption that the delays are bounded. Without it, the
            number is logarithmic. The simulations are not affected.
            """),
            authors=BANDITS.authors,
            year=2023,
        ),
    ),
    (
        "rejoinder",
        Paper("Conformal Prediction under Drift: Discussion", authors=("Nadia Farouk",)),
        Paper("Conformal Prediction under Drift: Rejoinder", authors=("Luis Ortega", "Amy Chow")),
    ),
    (
        "reproduction",
        ROUTER,
        Paper(
            "[Re] Learning to Route: Token-Level Sparse Attention for Long-Context Language Models",
            join_lines("""
            We reproduce the paper named in the title, in which a small router decides, token by
            token, which blocks of the past are worth reading. With the authors' code and half of
            their compute we confirm that eleven times fewer keys are read, but find a loss of
            two points rather than half a point on summarization. The claim that routers learned on
            books carry over to source code could be confirmed for Python and not for C. We thank
            the authors for their help.
            """),
        ),
    ),
)

CHANGE_GAP = (
    "Existing methods for change detection rely on costly labels of pixels and generalize poorly "
    "across sensors and seasons."
)
TWINS = make_group(
    "twin",
    (
        "frame-shared",
        write_twin(
            "FloodFormer",
            "Cross-Sensor Change Detection for Flood Mapping",
            CHANGE_GAP,
            "which aligns radar and optical images by a transformer with shared queries.",
            "the SpringFlood and the Delta-7 data sets",
            "On Delta-7 the F1 score improves by 4.1 points.",
        ),
        write_twin(
            "BurnFormer",
            "Cross-Season Change Detection for Wildfire Scars",
            CHANGE_GAP,
            "which compares the phenology of neighboring pixels by a recurrent memory.",
            "the Chaparral and the TaigaBurn data sets",
            "On TaigaBurn the F1 score improves by 2.8 points.",
        ),
    ),
    (
        "same-data",
        write_twin(
            "SkyPrompt",
            "Prompted Captioning of Aerial Images",
            "Captions of aerial images lack detail because their training data do.",
            "which asks a language model for attributes before it writes.",
            "the AirCap and the UrbanCap data sets",
            "On AirCap the CIDEr score improves by 9 points.",
        ),
        write_twin(
            "SkyGraph",
            "Graph-Based Captioning of Aerial Images",
            "Captions of aerial images miss how objects lie to each other.",
            "which builds a graph of objects and walks it while it writes.",
            "the AirCap and the UrbanCap data sets",
            "On AirCap the CIDEr score improves by 6 points.",
        ),
    ),
    (
        "one-sentence-differs",
        Paper(
            "A Chemistry Agent for the Planning of Syntheses",
            "Language models with tools can act as scientists. We present an agent that is given a "
            "question, writes and runs programs, and reports its answer with references. The agent "
            "plans syntheses of small molecules and was tested in the laboratory on twelve of "
            "them, nine of which succeeded. Experts rated its reports as useful in most cases. We "
            "discuss the risks of misuse and the safeguards that we took. All traces are released.",
        ),
        Paper(
            "A Geology Agent for the Planning of Surveys",
            "Language models with tools can act as scientists. We present an agent that is given a "
            "question, writes and runs programs, and reports its answer with references. The agent "
            "plans seismic surveys under a budget and was tested in the field on four of them, "
            "where it saved a third of the shots. Experts rated its reports as useful in most "
            "cases. We discuss the risks of misuse and the safeguards that we took. All traces are "
            "released.",
        ),
    ),
    (
        "lengthy-disclaimer",
        Paper(
            "Search for Long-Lived Particles in Final States with Two Muons",
            join_lines("""
            A search for long-lived particles is presented. The data were recorded by the detector
            in proton collisions at an energy of 13 TeV and correspond to an integrated luminosity
            of 137 inverse femtobarns. Events with two displaced muons are selected, and a network
            separates signal from cosmic rays. No significant excess over the background expected
            from known processes is observed. Upper limits at 95 percent confidence are set on the
            product of cross section and branching fraction for lifetimes between one millimeter
            and ten meters.
            """),
            authors=("The HALO Collaboration",),
            year=2021,
        ),
        Paper(
            "Search for Long-Lived Particles in Final States with Two Photons",
            join_lines("""
            A search for long-lived particles is presented. The data were recorded by the detector
            in proton collisions at an energy of 13 TeV and correspond to an integrated luminosity
            of 137 inverse femtobarns. Events with two delayed photons are selected, and a network
            separates signal from beam halo. No significant excess over the background expected
            from known processes is observed. Upper limits at 95 percent confidence are set on the
            product of cross section and branching fraction for lifetimes between one nanosecond
            and twenty nanoseconds.
            """),
            authors=("The HALO Collaboration",),
            year=2021,
        ),
    ),
    (
        "same-method-other-disease",
        Paper(
            "Detecting Glaucoma from Fundus Photographs with Self-Distillation",
            join_lines("""
            Screening could save the sight of many, but there are too few specialists to read the
            images. We train a network by self-distillation on 210 thousand unlabeled fundus
            photographs and fine-tune it on 3,000 labeled ones to detect glaucoma. The area under
            the curve is 0.95 on an external set from two clinics. Maps of saliency point to the
            rim of the optic disc, in agreement with clinical practice. Performance is equal across
            age and sex, but lower for strongly myopic eyes. A prospective trial is under way.
            """),
        ),
        Paper(
            "Detecting Diabetic Retinopathy from Fundus Photographs with Self-Distillation",
            join_lines("""
            Screening could save the sight of many, but there are too few specialists to read the
            images. We train a network by self-distillation on 210 thousand unlabeled fundus
            photographs and fine-tune it on 5,500 labeled ones to grade diabetic retinopathy. The
            weighted kappa is 0.88 on an external set from four clinics. Maps of saliency point to
            hemorrhages and exudates, in agreement with clinical practice. Performance is equal
            across age and sex, but lower for blurred images. A prospective trial is under way.
            """),
        ),
    ),
    (
        "theses-of-one-school",
        Paper(
            "Learning to Plan with Abstract Actions",
            "A thesis submitted in partial fulfillment of the requirements for the degree of "
            "Doctor of Philosophy. It studies how agents discover abstract actions from play, and "
            "how they plan with them when rewards are rare.",
            authors=("Jemima Clarke",),
        ),
        Paper(
            "Learning to Prove with Abstract Lemmas",
            "A thesis submitted in partial fulfillment of the requirements for the degree of "
            "Doctor of Philosophy. It studies how provers discover lemmas from failed proofs, and "
            "how they search with them when hints are rare.",
            authors=("Tobias Ekström",),
        ),
    ),
)

PROJECTS = make_group(
    "dataset_model",
    ("weeds", AGRI_DATA, AGRI_MODEL),
    (
        "weeds-model-truncated",
        AGRI_DATA,
        replace(truncate(AGRI_MODEL, 0.4), arxiv_id="2407.95500"),
    ),
    (
        "weeds-bare",
        Paper(AGRI_DATA.title),
        Paper(AGRI_MODEL.title),
    ),
    (
        "benchmark-and-agent",
        Paper(
            "LabBench-Bio: A Benchmark of Laboratory Protocols for Language Models",
            "Protocols tell biologists what to do at the bench, and errors in them are costly. We "
            "collect 2,400 protocols with errors planted by experts and ask models to find them. "
            "The best model finds 43 percent, experts find 81 percent.",
        ),
        Paper(
            "LabAgent-Bio: An Agent for Laboratory Protocols",
            "Protocols tell biologists what to do at the bench, and errors in them are costly. We "
            "present an agent that simulates a protocol step by step and stops when a reagent is "
            "missing. On LabBench-Bio it finds 66 percent of the planted errors.",
        ),
    ),
    (
        "corpus-and-toolkit",
        Paper(
            "The OpenPhon Corpus: Field Recordings of 112 Languages",
            join_lines("""
            Field recordings are the only record of many languages, and most of them lie in drawers.
            OpenPhon makes them usable for phonetics and speech technology. This paper describes
            the corpus: 3,400 hours in 112 languages, given by 71 linguists, with transcriptions of
            a tenth of them. We explain how the recordings were cleaned, how consent was renewed,
            and how the archive is maintained. A companion paper describes the toolkit.
            """),
        ),
        Paper(
            "The OpenPhon Toolkit: Forced Alignment for 112 Languages",
            join_lines("""
            Field recordings are the only record of many languages, and most of them lie in drawers.
            OpenPhon makes them usable for phonetics and speech technology. This paper describes
            the toolkit: a program that aligns recordings with their transcriptions in 112
            languages, from ten minutes of examples in each. The median error of a boundary is 19
            milliseconds. A companion paper describes the corpus.
            """),
        ),
    ),
    (
        "data-and-challenge",
        Paper(
            "RoadNoise: Acoustic Traces of Tire Wear from 90 Vehicles",
            "Worn tires sound different. RoadNoise contains 640 hours of sound recorded in the "
            "wheel arches of 90 vehicles during a year, with the depth of the treads measured "
            "every week. We describe sensors, routes and formats.",
            year=2022,
        ),
        Paper(
            "The RoadNoise Challenge: Estimating Tire Wear from Sound",
            "Worn tires sound different. We report on a challenge held with the RoadNoise data, in "
            "which 23 teams estimated the depth of treads from one minute of sound. The winner's "
            "error was 0.4 millimeters, half that of the baseline.",
            year=2023,
        ),
    ),
)

SHORT_TITLES = make_group(
    "short_title",
    (
        "deep-learning-for",
        Paper("Deep Learning for Seismology"),
        Paper("Deep Learning for Cosmology"),
    ),
    ("neural", Paper("Neural Machine Translation"), Paper("Neural Machine Teaching")),
    ("survey-of", Paper("A Survey of Text Generation"), Paper("A Survey of Text Segmentation")),
    ("rhyme", Paper("Learning to Walk"), Paper("Learning to Talk")),
    ("networks", Paper("Graph Attention Networks"), Paper("Graph Convolution Networks")),
    (
        "all-you-need",
        Paper("Patches Are All You Need?"),
        Paper("Hopfield Networks is All You Need"),
    ),
    ("segment", Paper("Segment Anything"), Paper("Segment Anything in High Quality")),
    (
        "singular-method",
        Paper("Diffusion Models for Music", year=2023),
        Paper("Diffusion Models for Murals", year=2023),
    ),
    ("shots", Paper("Zero-Shot Entity Linking"), Paper("Few-Shot Entity Linking")),
    ("tensor-shape", Paper("Low-Rank Adaptation"), Paper("High-Rank Adaptation")),
    ("digits", Paper("Training with 4-Bit Floats"), Paper("Training with 8-Bit Floats")),
)

LANGUAGES = make_group(
    "language",
    (
        "german-french",
        write_exam_benchmark("German", "AbiturQA", "Germany and Austria", "8,412", "79"),
        write_exam_benchmark("French", "BacQA", "France and Senegal", "9,106", "81"),
    ),
    (
        "german-polish-equal-figures",
        write_exam_benchmark("German", "ExamQA-de", "Germany", "8,000", "79"),
        write_exam_benchmark("Polish", "ExamQA-pl", "Poland", "8,000", "79"),
    ),
    (
        "truncated",
        truncate(EXAM_CZECH, 0.4),
        write_exam_benchmark("Slovak", "ExamQA-sk", "Slovakia", "5,090", "70"),
    ),
    pair_companions(
        "treebanks",
        ("A Treebank of Spoken Norwegian", "A Treebank of Spoken Slovenian"),
        """
        Treebanks of speech are rare, and parsers trained on writing fail on it. We present a
        treebank of spoken Norwegian with 6,200 utterances from interviews, annotated in the scheme
        of universal dependencies. We describe how we treat repairs, fillers and unfinished
        sentences, and how far annotators agree about them. A parser trained on writing loses 19
        points on the treebank, and recovers 12 of them when it is trained on both. The treebank
        and the sound are available for research.
        """,
        ("spoken Norwegian with 6,200", "spoken Slovenian with 4,900"),
        ("loses 19 points", "loses 16 points"),
        ("recovers 12", "recovers 11"),
    ),
    pair_companions(
        "english-original",
        (
            "Measuring Commonsense about Kitchens in English",
            "Measuring Commonsense about Kitchens in German",
        ),
        """
        Everybody knows that milk boils over, yet it is seldom written down. We measure what
        language models know about kitchens with 2,600 questions in English, which were written by
        cooks and checked by three speakers each. Every question has a twin that differs in one
        word and has another answer. The best model answers both questions of a pair in 77 percent
        of the cases, and people do so in 96 percent. Models fail most on questions about time and
        on those about smell.
        """,
        ("2,600 questions in English", "2,450 questions in German"),
        ("77 percent", "69 percent"),
    ),
    pair_companions(
        "direction",
        (
            "Neural Translation of Court Rulings from English into German",
            "Neural Translation of Court Rulings from German into English",
        ),
        """
        Rulings are long, formulaic and unforgiving of errors. We study their translation from
        English into German with models that see a whole ruling and a glossary of 12 thousand legal
        terms. Consistency of terms improves from 81 to 94 percent, and lawyers find half as many
        errors that would change the meaning. Negations and the names of courts remain difficult.
        We recommend that each translation be read by a lawyer, and show that highlighting the
        uncertain passages halves the time which this takes.
        """,
        ("English into German", "German into English"),
        ("81 to 94 percent", "84 to 95 percent"),
    ),
)

NEGATIVES: tuple[Case, ...] = (
    *PARTS,
    *ROMANS,
    *ORDINALS,
    *VERSIONS,
    *YEARLY,
    *CONTRASTS,
    *SAME_TITLES,
    *COMMENTS,
    *TWINS,
    *PROJECTS,
    *SHORT_TITLES,
    *LANGUAGES,
)


# One paper seen twice.


def keep_title(paper: Paper, title: str | None = None) -> Paper:
    """The title alone, or another wording of it."""
    return Paper(title or paper.title)


def render_paper(paper: Paper) -> Paper:
    """The paper with its LaTeX written in Unicode."""
    return replace(paper, title=render_latex(paper.title), abstract=render_latex(paper.abstract))


def fold_paper(paper: Paper) -> Paper:
    """The paper without accents, in its authors too."""
    return replace(
        paper,
        title=fold_accents(paper.title),
        abstract=fold_accents(paper.abstract),
        authors=tuple(fold_accents(author) for author in paper.authors),
    )


def spell_paper(paper: Paper) -> Paper:
    """The paper in British spelling."""
    return replace(paper, title=spell_british(paper.title), abstract=spell_british(paper.abstract))


def add_tail(paper: Paper, tail: str) -> Paper:
    """The paper with `tail` glued to its abstract as it stands."""
    return replace(paper, abstract=paper.abstract + tail)


BRIDGES = Paper(
    "Schrödinger Bridges on the Poincaré Disk: Lévy Noise without Naïve Truncation",
    join_lines("""
    Hierarchies embed well in the Poincaré disk, and Schrödinger bridges transport one distribution
    on it to another. With Gaussian noise, mass crosses between distant branches only slowly. We
    replace it by Lévy noise, whose jumps follow geodesics, and derive the corresponding Itô
    formula. Naïve truncation of the jumps biases the bridge near the boundary; we correct it by a
    Möbius change of variables. On taxonomies of plants and of Rényi random trees, the bridge moves
    mass between branches in a fifth of the steps, and its marginals match the data to within one
    percent. The price is a heavier tail of the gradients, which we control by clipping in Hölder
    norm.
    """),
    authors=("Zoë Lefèvre", "Jürgen Müller", "Łucja Żak"),
    year=2024,
)
MENU = Paper(
    "Reading Menus: A Dataset of 14,000 Handwritten Restaurant Boards",
    join_lines("""
    Boards in front of restaurants are written by hand, wiped, rained on and decorated. We present
    14,000 photographs of such boards from 31 cities, with transcriptions, prices and the layout of
    courses. Recognizers trained on documents misread one word in three. A model that is told which
    dishes are common in the city halves the errors, which shows how much readers rely on knowing
    what to expect. Prices are the hardest part, since a one is easily taken for a seven. The
    dataset is intended for research on reading in the wild.
    """),
    year=2023,
)
AUDIT = Paper(
    "An Audit of 1,000 Model Cards",
    join_lines("""
    Model cards are meant to tell users what a model can do and where it fails. We read one
    thousand cards of the most downloaded models on a public hub, and coded them for 37 items. The
    sections on intended use are filled in by 62 percent of the cards, those on limitations by 24
    percent, and those on environmental cost by 3 percent. Cards written by companies are longer
    but not more complete. Two experiments show that a reminder with an example raises the number
    of complete cards by half, and that an automatic draft does not.
    """),
    year=2023,
)

RENAMED = make_group(
    "renamed",
    (
        "new-wording",
        strip_facts(ROUTER),
        replace(
            strip_facts(ROUTER),
            title="Block by Block: Routed Attention Reads Less and Remembers More",
        ),
    ),
    (
        "conference-title",
        TACTILE,
        replace(TACTILE, title="Predicting Contact Teaches Robot Hands to Reorient Objects"),
    ),
    (
        "no-word-shared",
        strip_facts(SPLATS),
        replace(strip_facts(SPLATS), title="Merge, Don't Prune"),
    ),
    (
        "id-on-one-side",
        replace(strip_facts(BANDITS), arxiv_id="2206.97003"),
        replace(
            strip_facts(BANDITS),
            title="Learning When to Stop Waiting: Few-Batch Policies for Censored Outcomes",
        ),
    ),
    (
        "published-a-year-later",
        TROTTER,
        replace(
            TROTTER,
            title="Simulating Lindblad Dynamics by Random Products of Quantum Channels",
            year=2023,
        ),
    ),
    (
        "name-of-the-method-changed",
        strip_facts(REPAIR),
        Paper(
            "GraphFixer: Repairing Programs by Exploring the Call Graph",
            swap_text(REPAIR.abstract, ("PatchWalk", "GraphFixer")),
        ),
    ),
    (
        "number-in-the-new-title",
        strip_facts(MENU),
        replace(strip_facts(MENU), title="Menus of 31 Cities: Recognizing Handwritten Boards"),
    ),
    (
        "number-gone-from-the-title",
        strip_facts(AUDIT),
        replace(strip_facts(AUDIT), title="What Do Model Cards Leave Out?"),
    ),
)

REVISED = make_group(
    "retitled_revised",
    (
        "figures-updated",
        strip_facts(CORAL),
        Paper(
            "Points Are Enough: Weak Supervision for Segmenting Coral Reefs from Drones",
            swap_text(
                CORAL.abstract,
                ("41 reefs in three oceans", "44 reefs in three oceans"),
                ("93 percent of the accuracy", "94 percent of the accuracy"),
                ("for use by reef managers", "to support the managers of reefs"),
            ),
        ),
    ),
    (
        "sentence-added",
        strip_facts(SPEECH),
        Paper(
            "Committing Late: Streaming Code-Switched Recognition on a Shared Lattice",
            swap_text(
                SPEECH.abstract,
                (
                    "in the next half second.",
                    "in the next half second. Training needs no code-switched text beyond the "
                    "transcripts.",
                ),
                ("14 and 11 percent", "15 and 12 percent"),
            ),
        ),
    ),
    (
        "opening-rewritten",
        strip_facts(NOWCAST),
        Paper(
            "Ensemble Nowcasting of Convective Rain with Advected Latent Diffusion",
            swap_text(
                NOWCAST.abstract,
                (
                    "Warnings of flash floods depend on forecasts of rain over the next two hours, "
                    "where numerical models are too slow and extrapolation of radar echoes too "
                    "rigid.",
                    "Flash floods are warned of on the basis of rainfall forecasts for the coming "
                    "two hours.",
                ),
                ("We present RainDrift, a latent", "We present a latent"),
            ),
        ),
    ),
    (
        "ending-rewritten",
        REWARDS,
        replace(
            REWARDS,
            title="Reward Models Disagree Before Humans Do: Predicting Overoptimization",
            abstract=swap_text(
                REWARDS.abstract,
                (
                    "A lightweight monitor, which costs two percent of training time, is available "
                    "as an open-source package.",
                    "Our monitor adds two percent to the time of training and is open source.",
                ),
                ("nine runs on three model families", "twelve runs on four model families"),
            ),
            year=2025,
        ),
    ),
    (
        "same-title-new-figures",
        replace(strip_facts(HOSPITALS), arxiv_id="2302.98111"),
        replace(
            strip_facts(HOSPITALS),
            abstract=swap_text(
                HOSPITALS.abstract,
                ("1.2 million stays in 23 hospitals", "1.4 million stays in 26 hospitals"),
                ("from 0.68 to 0.77", "from 0.67 to 0.78"),
                ("We propose a personalized scheme", "Here we propose a personalized scheme"),
            ),
        ),
    ),
    (
        "words-exchanged-throughout",
        strip_facts(QUECHUA),
        Paper(
            "Translating Southern Quechua with Four Grammars and One Dictionary",
            swap_text(
                QUECHUA.abstract,
                ("hardly any parallel text. We ask", "almost no parallel text. We investigate"),
                ("A retrieval step picks", "A retriever selects"),
                ("and comes within five points", "and falls only five points short"),
                ("Twelve native speakers judged", "Twelve native speakers assessed"),
            ),
        ),
    ),
)

TRUNCATED = make_group(
    "truncated",
    (
        "thirty-percent",
        strip_facts(ROUTER),
        truncate(strip_facts(ROUTER), 0.3),
    ),
    (
        "half",
        strip_facts(NOWCAST),
        truncate(strip_facts(NOWCAST), 0.5, " …"),
    ),
    (
        "seventy-percent-cut-word",
        strip_facts(HOSPITALS),
        replace(strip_facts(HOSPITALS), abstract=cut_word(HOSPITALS.abstract, 0.7)),
    ),
    (
        "cut-word-and-dots",
        strip_facts(SPLATS),
        replace(strip_facts(SPLATS), abstract=cut_word(SPLATS.abstract, 0.45) + "..."),
    ),
    (
        "more-button",
        TROTTER,
        truncate(strip_facts(TROTTER), 0.4, "... (more)"),
    ),
    (
        "two-sentences",
        strip_facts(PROTEIN),
        replace(strip_facts(PROTEIN), abstract=order_sentences(PROTEIN.abstract, 0, 1)),
    ),
    (
        "latex-cut-in-the-middle",
        strip_facts(KERNELS),
        truncate(strip_facts(KERNELS), 0.35, r" $\mathcal{"),
    ),
    (
        "both-cut-at-different-places",
        truncate(strip_facts(REPAIR), 0.35),
        truncate(strip_facts(REPAIR), 0.65),
    ),
)

TRUNCATED_TYPOS = make_group(
    "truncated_typo",
    (
        "letter-dropped",
        strip_facts(SPEECH),
        Paper(
            "Streaming Recogniton of Code-Switched Speech with a Shared Subword Lattice",
            cut_text(SPEECH.abstract, 0.4),
        ),
    ),
    (
        "letter-doubled",
        strip_facts(TACTILE),
        Paper(
            "Feel Before You Turn: Tactille Pretraining for In-Hand Reorientation",
            cut_word(TACTILE.abstract, 0.5),
        ),
    ),
    (
        "word-missing",
        strip_facts(BANDITS),
        Paper(
            "Batched Bandits with Delayed Censored Feedback", cut_text(BANDITS.abstract, 0.55, " …")
        ),
    ),
    (
        "word-joined",
        strip_facts(ANNOTATORS),
        Paper(
            "Whose Label Is It? Modeling AnnotatorDisagreement in Offensive Langauge",
            cut_text(ANNOTATORS.abstract, 0.35),
        ),
    ),
    (
        "typo-with-id",
        replace(strip_facts(REWARDS), arxiv_id="2408.96120"),
        Paper(
            "When Rewards Rot: Tracking Overoptimzation during Preference Tuning",
            cut_text(REWARDS.abstract, 0.3),
        ),
    ),
    (
        "part-kept",
        strip_facts(RESNETS_TWO),
        Paper(
            "Mean-Feild Limits of Deep Residual Networks, Part II: Rates of Convergence",
            cut_text(RESNETS_TWO.abstract, 0.5),
        ),
    ),
)

LATEX = make_group(
    "latex_unicode",
    ("alpha", strip_facts(DIVERGENCE), strip_facts(render_paper(DIVERGENCE))),
    ("quadratic", strip_facts(KERNELS), strip_facts(render_paper(KERNELS))),
    ("acute", strip_facts(POKEMON), strip_facts(render_paper(POKEMON))),
    ("umlaut", strip_facts(GODEL), strip_facts(render_paper(GODEL))),
    ("arrows-and-bold", strip_facts(REASONING), strip_facts(render_paper(REASONING))),
    (
        "titles-only",
        Paper(r"Sharp Rates for $\ell_2$-Boosting under $\beta$-Mixing Noise"),
        Paper("Sharp Rates for ℓ₂-Boosting under β-Mixing Noise"),
    ),
    (
        "quotes-and-dashes",
        Paper("``Just Ask'': How Users Repair Misheard Commands --- A Diary Study, 2019--2021"),
        Paper("“Just Ask”: How Users Repair Misheard Commands — A Diary Study, 2019–2021"),
    ),
    (
        "truncated-too",
        strip_facts(DIVERGENCE),
        strip_facts(
            replace(
                render_paper(DIVERGENCE),
                abstract=cut_text(render_latex(DIVERGENCE.abstract), 0.5),
            )
        ),
    ),
)

ACCENTS = make_group(
    "accents",
    ("all-dropped", BRIDGES, fold_paper(BRIDGES)),
    ("title-only", keep_title(BRIDGES), keep_title(fold_paper(BRIDGES))),
    ("pokemon", strip_facts(render_paper(POKEMON)), strip_facts(fold_paper(render_paper(POKEMON)))),
    (
        "decomposed",
        strip_facts(BRIDGES),
        Paper(
            unicodedata.normalize("NFD", BRIDGES.title),
            unicodedata.normalize("NFD", BRIDGES.abstract),
        ),
    ),
    (
        "umlaut-as-oe",
        strip_facts(render_paper(GODEL)),
        Paper(
            swap_text(render_latex(GODEL.title), ("Gödel", "Goedel")),
            swap_text(render_latex(GODEL.abstract), ("Gödel", "Goedel"), ("Löb", "Loeb")),
        ),
    ),
    (
        "wrongly-decoded",
        strip_facts(BRIDGES),
        Paper(
            BRIDGES.title.encode().decode("latin-1"),
            BRIDGES.abstract.encode().decode("latin-1"),
        ),
    ),
)

HYPHENS = make_group(
    "hyphens",
    (
        "line-breaks",
        strip_facts(CORAL),
        replace(strip_facts(CORAL), abstract=break_words(CORAL.abstract, 3)),
    ),
    (
        "line-breaks-in-title",
        strip_facts(CORAL),
        Paper(
            "Counting Corals from Above: Weakly Supervised Segmen- tation of Reef Orthomo- saics",
            break_words(CORAL.abstract, 5),
        ),
    ),
    (
        "compounds-joined",
        strip_facts(PROTEIN),
        Paper(
            swap_text(PROTEIN.title, ("Multi-Modal", "Multimodal")),
            swap_text(
                PROTEIN.abstract,
                ("multi-modal", "multimodal"),
                ("Pre-training", "Pretraining"),
                ("light-weight", "lightweight"),
                ("state-of-the-art", "state of the art"),
                ("single-state", "single state"),
            ),
        ),
    ),
    (
        "title-only-compounds",
        Paper("Pre-Training Multi-Modal Encoders with Co-Occurrence in Cook-Book Images"),
        Paper("Pretraining Multimodal Encoders with Cooccurrence in Cookbook Images"),
    ),
    (
        "other-dashes",
        strip_facts(SPEECH),
        Paper(
            swap_text(SPEECH.title, ("Code-Switched", "Code‑Switched")),
            swap_text(
                SPEECH.abstract,
                ("Hindi-English", "Hindi–English"),
                ("Mandarin-English", "Mandarin–English"),
                ("language-specific", "language‐specific"),
            ),
        ),
    ),
    (
        "soft-hyphens",
        strip_facts(TROTTER),
        Paper(
            swap_text(
                TROTTER.title, ("Randomized", "Random\u00adized"), ("Formulas", "For\u00admulas")
            ),
            swap_text(
                TROTTER.abstract,
                ("operators", "opera\u00adtors"),
                ("deterministic", "deter\u00administic"),
            ),
        ),
    ),
)

CASES = make_group(
    "letter_case",
    ("capitals", strip_facts(ROUTER), replace(strip_facts(ROUTER), title=ROUTER.title.upper())),
    (
        "capitals-title-only",
        keep_title(NOWCAST),
        keep_title(NOWCAST, NOWCAST.title.upper()),
    ),
    (
        "lower",
        strip_facts(GNN_SURVEY_SOCIAL),
        replace(strip_facts(GNN_SURVEY_SOCIAL), title=GNN_SURVEY_SOCIAL.title.lower()),
    ),
    (
        "sentence-case-with-authors",
        BANDITS,
        replace(BANDITS, title=BANDITS.title.capitalize()),
    ),
    (
        "small-capitals-lost",
        Paper("AdaQuant: Adaptive Quantization of Key-Value Caches in Long Dialogues"),
        Paper("ADAQUANT: Adaptive quantization of key-value caches in long dialogues"),
    ),
)

PUNCTUATION = make_group(
    "punctuation",
    (
        "colon-as-dash",
        strip_facts(REPAIR),
        replace(strip_facts(REPAIR), title=swap_text(REPAIR.title, (": ", " - "))),
    ),
    (
        "final-stop",
        Paper("Do Language Models Know When They Are Being Tested"),
        Paper("Do Language Models Know When They Are Being Tested?"),
    ),
    (
        "quotes",
        strip_facts(CARRY_COMMENT),
        replace(
            strip_facts(CARRY_COMMENT),
            title=swap_text(CARRY_COMMENT.title, ("“", '"'), ("”", '"')),
        ),
    ),
    (
        "apostrophes-and-commas",
        strip_facts(AGRI_MODEL),
        Paper(
            swap_text(AGRI_MODEL.title, ("Smallholders' Telephones", "Smallholders’ Telephones")),
            swap_text(AGRI_MODEL.abstract, ("cheap devices and fail", "cheap devices, and fail")),
        ),
    ),
    (
        "brackets",
        Paper("Optimal Stopping (and Starting) of Web Crawls: Regret, Politeness & Freshness"),
        Paper("Optimal Stopping and Starting of Web Crawls, Regret, Politeness and Freshness"),
    ),
    (
        "all-removed",
        strip_facts(ANNOTATORS),
        Paper(
            "Whose Label Is It Modeling Annotator Disagreement in Offensive Language",
            swap_text(ANNOTATORS.abstract, (",", ""), (";", ""), (".", "")),
        ),
    ),
)

SPACES = make_group(
    "spaces",
    (
        "after-colon",
        strip_facts(SPLATS),
        replace(strip_facts(SPLATS), title=swap_text(SPLATS.title, (": ", ":"))),
    ),
    (
        "title-glued",
        strip_facts(SPEECH),
        replace(strip_facts(SPEECH), title=glue_words(SPEECH.title, 3)),
    ),
    (
        "title-wholly-glued",
        strip_facts(TACTILE),
        replace(strip_facts(TACTILE), title=TACTILE.title.replace(" ", "")),
    ),
    (
        "title-only-glued",
        keep_title(REPAIR),
        keep_title(REPAIR, "PatchWalk: Repairing Programsby Walking theCall Graph"),
    ),
    (
        "abstract-glued",
        strip_facts(AUDIT),
        replace(strip_facts(AUDIT), abstract=glue_words(AUDIT.abstract, 9)),
    ),
    (
        "extra",
        strip_facts(BANDITS),
        Paper(
            swap_text(BANDITS.title, ("Bandits with", "Bandits\n  with")),
            swap_text(BANDITS.abstract, (". ", ".\u00a0\n  "), ("regret of", "regret\u2009of")),
        ),
    ),
)

TYPOS = make_group(
    "typos",
    (
        "throughout",
        strip_facts(NOWCAST),
        replace(strip_facts(NOWCAST), abstract=misspell(NOWCAST.abstract, 4)),
    ),
    (
        "dense",
        strip_facts(CORAL),
        replace(strip_facts(CORAL), abstract=misspell(CORAL.abstract, 2)),
    ),
    (
        "title-and-text",
        strip_facts(HOSPITALS),
        Paper(
            "Personalized Federated Leraning across Hospitals with Unequl Labels",
            misspell(HOSPITALS.abstract, 5),
        ),
    ),
    (
        "title-only",
        Paper("Robust Calibration of Event Cameras from Accidental Vibration"),
        Paper("Robust Calibraton of Event Cameras from Accidental Vibrations"),
    ),
    (
        "with-one-id",
        replace(strip_facts(QUECHUA), arxiv_id="2502.97710"),
        Paper(
            swap_text(QUECHUA.title, ("Dictionary", "Dictionnary"), ("Southern", "Sothern")),
            misspell(QUECHUA.abstract, 6),
        ),
    ),
    (
        "scanned",
        strip_facts(AGRI_DATA),
        Paper(
            swap_text(AGRI_DATA.title, ("Smallholders", "Srnallholders")),
            swap_text(
                AGRI_DATA.abstract,
                ("telephone", "te1ephone"),
                ("farmers", "farrners"),
                ("classifiers", "classi fiers"),
                ("agronomists", "agronornists"),
            ),
        ),
    ),
)

TITLE_ONLY = make_group(
    "title_only",
    ("plain", keep_title(ROUTER), strip_facts(ROUTER)),
    ("full-facts", keep_title(CORAL), replace(CORAL, arxiv_id="2310.97001")),
    ("typo", keep_title(SPLATS, swap_text(SPLATS.title, ("Gaussian", "Gausian"))), SPLATS),
    ("capitals", keep_title(PROTEIN, PROTEIN.title.upper()), strip_facts(PROTEIN)),
    (
        "latex",
        keep_title(DIVERGENCE, "Variational Inference with the α-divergence: a tempered view"),
        strip_facts(DIVERGENCE),
    ),
    (
        "id-on-the-bare-side",
        replace(keep_title(QUECHUA), arxiv_id="2502.97710"),
        strip_facts(QUECHUA),
    ),
    ("part", keep_title(RESNETS_TWO), RESNETS_TWO),
    ("cut-title", keep_title(QUECHUA, QUECHUA.title[:65] + "..."), strip_facts(QUECHUA)),
)

SUBTITLES = make_group(
    "subtitle",
    (
        "dropped",
        strip_facts(CORAL),
        replace(strip_facts(CORAL), title="Counting Corals from Above"),
    ),
    (
        "heading-dropped",
        strip_facts(ROUTER),
        replace(
            strip_facts(ROUTER),
            title="Token-Level Sparse Attention for Long-Context Language Models",
        ),
    ),
    (
        "added",
        BANDITS,
        replace(BANDITS, title=f"{BANDITS.title}: Regret with Few Updates, and Oncology Trials"),
    ),
    (
        "name-added",
        strip_facts(SPEECH),
        replace(strip_facts(SPEECH), title=f"LatticeSwitch: {SPEECH.title}"),
    ),
    (
        "name-dropped",
        strip_facts(PROTEIN),
        replace(strip_facts(PROTEIN), title="Multi-Modal Flow Matching for Protein Loops"),
    ),
    (
        "question-dropped-and-abstract-cut",
        strip_facts(ANNOTATORS),
        Paper(
            "Modeling Annotator Disagreement in Offensive Language",
            cut_text(ANNOTATORS.abstract, 0.6),
        ),
    ),
    (
        "note-added",
        strip_facts(GODEL),
        replace(strip_facts(GODEL), title=f"{GODEL.title} (Preprint)"),
    ),
)

SPELLING = make_group(
    "british_american",
    ("hospitals", strip_facts(HOSPITALS), strip_facts(spell_paper(HOSPITALS))),
    ("annotators", ANNOTATORS, spell_paper(ANNOTATORS)),
    ("rewards", strip_facts(REWARDS), strip_facts(spell_paper(REWARDS))),
    ("labels", strip_facts(AGRI_DATA), strip_facts(spell_paper(AGRI_DATA))),
    (
        "title-only",
        Paper("Modeling the Color of Fog: Neighborhood Priors for Generalizable Dehazing"),
        Paper("Modelling the Colour of Fog: Neighbourhood Priors for Generalisable Dehazing"),
    ),
)

AFFIXES = make_group(
    "prefix_footer",
    (
        "abstract-prefix",
        strip_facts(TACTILE),
        replace(strip_facts(TACTILE), abstract=f"Abstract: {TACTILE.abstract}"),
    ),
    (
        "abstract-dash-prefix-capitals",
        strip_facts(TROTTER),
        replace(strip_facts(TROTTER), abstract=f"ABSTRACT—{TROTTER.abstract}"),
    ),
    (
        "code-footer",
        strip_facts(SPLATS),
        add_tail(strip_facts(SPLATS), " Code is available at https://github.com/example/thrifty."),
    ),
    (
        "comment-footer",
        strip_facts(BANDITS),
        add_tail(strip_facts(BANDITS), " Comment: 12 pages, 5 figures, 2 tables. To appear."),
    ),
    (
        "keywords-footer",
        NOWCAST,
        add_tail(
            strip_facts(NOWCAST),
            " Keywords: nowcasting, diffusion models, radar, flash floods, calibration.",
        ),
    ),
    (
        "prefix-and-footer-and-copyright",
        strip_facts(REPAIR),
        replace(
            strip_facts(REPAIR),
            abstract=f"Summary. {REPAIR.abstract} © 2024 The Authors. Published under CC BY 4.0. "
            "Project page: https://example.org/patchwalk",
        ),
    ),
    (
        "title-prefix",
        strip_facts(ANNOTATORS),
        replace(strip_facts(ANNOTATORS), title=f"Title: {ANNOTATORS.title}"),
    ),
)

ORDER = make_group(
    "sentence_order",
    (
        "ending-first",
        strip_facts(HOSPITALS),
        replace(
            strip_facts(HOSPITALS), abstract=order_sentences(HOSPITALS.abstract, 5, 0, 1, 2, 3, 4)
        ),
    ),
    (
        "middle-exchanged",
        strip_facts(TACTILE),
        replace(strip_facts(TACTILE), abstract=order_sentences(TACTILE.abstract, 0, 2, 1, 4, 3, 5)),
    ),
    (
        "reversed",
        strip_facts(AUDIT),
        replace(strip_facts(AUDIT), abstract=order_sentences(AUDIT.abstract, 4, 3, 2, 1, 0)),
    ),
    (
        "reordered-and-one-missing",
        strip_facts(QUECHUA),
        replace(strip_facts(QUECHUA), abstract=order_sentences(QUECHUA.abstract, 1, 0, 4, 3, 5)),
    ),
    (
        "reordered-and-renamed",
        strip_facts(REWARDS),
        Paper(
            "Tracking the Decay of Learned Rewards",
            order_sentences(REWARDS.abstract, 0, 1, 3, 2, 5, 4),
        ),
    ),
)

PAGE_TAILS = make_group(
    "page_tail",
    ("published", strip_facts(ROUTER), add_tail(strip_facts(ROUTER), "Published on Mar 4, 2024")),
    (
        "published-and-votes",
        strip_facts(CORAL),
        add_tail(strip_facts(CORAL), " Published on Oct 11 · Submitted by lkahale · Upvote 23 +13"),
    ),
    (
        "title-with-date",
        strip_facts(SPLATS),
        replace(strip_facts(SPLATS), title=f"{SPLATS.title}Published on Jun 2, 2024"),
    ),
    (
        "links",
        strip_facts(PROTEIN),
        add_tail(strip_facts(PROTEIN), "View arXiv pageView PDFProject pageAdd to collection"),
    ),
    (
        "title-only-with-tail",
        keep_title(REPAIR, f"{REPAIR.title} Published on Sep 17, 2024"),
        strip_facts(REPAIR),
    ),
    (
        "truncated-and-tail",
        strip_facts(SPEECH),
        replace(
            strip_facts(SPEECH),
            abstract=cut_text(SPEECH.abstract, 0.6, "...Published on Feb 20 Upvote 7"),
        ),
    ),
)

MANGLED = make_group(
    "mangled_latex",
    *(
        (
            name,
            strip_facts(paper),
            Paper(mangle_latex(paper.title), mangle_latex(paper.abstract)),
        )
        for name, paper in (
            ("arrows-and-bold", REASONING),
            ("alpha", DIVERGENCE),
            ("mathcal", KERNELS),
            ("godel", GODEL),
        )
    ),
    (
        "mangled-against-unicode",
        strip_facts(render_paper(REASONING)),
        Paper(REASONING.title, mangle_latex(REASONING.abstract)),
    ),
    (
        "mangled-and-cut",
        strip_facts(render_paper(KERNELS)),
        Paper(mangle_latex(KERNELS.title), cut_text(mangle_latex(KERNELS.abstract), 0.5)),
    ),
    (
        "title-only",
        Paper(r"Text$\rightarrow$Sketch$\rightarrow$CAD: Editable Parts from Spoken Instructions"),
        Paper("TextrightarrowSketchrightarrowCAD: Editable Parts from Spoken Instructions"),
    ),
)

SAME_NUMERALS = make_group(
    "same_numeral",  # companions on neither side: numerals must not keep these apart
    (
        "roman-as-arabic",
        strip_facts(RESNETS_TWO),
        replace(strip_facts(RESNETS_TWO), title=swap_text(RESNETS_TWO.title, ("II", "2"))),
    ),
    (
        "survey-three-retold",
        strip_facts(STARS_THREE),
        Paper(
            "The Aurora Survey. III. Stellar ages from asteroseismology",
            swap_text(STARS_THREE.abstract, ("4,210", "4210"), ("six billion", "6 billion")),
        ),
    ),
    (
        "ordinal-in-figures",
        write_proceedings("Tenth", WORKSHOP, "Lisbon", 2021, 14, "runtime monitoring"),
        write_proceedings("10th", WORKSHOP, "Lisbon", 2021, 14, "runtime monitoring"),
    ),
    (
        "model-size-spaced",
        HALDEN_7B,
        replace(HALDEN_7B, title="Halden 7B: Technical Report", arxiv_id="2403.98820"),
    ),
    ("model-card-cut", HALDEN_7B, truncate(HALDEN_7B, 0.4)),
    (
        "year-kept",
        FINDINGS_2023,
        replace(
            FINDINGS_2023,
            title=FINDINGS_2023.title.upper(),
            abstract=cut_word(FINDINGS_2023.abstract, 0.6),
        ),
    ),
    (
        "dimension-hyphenated",
        SEGMENT_2D,
        replace(SEGMENT_2D, title="Scribble-guided 2-D segmentation of liver tumors"),
    ),
    (
        "comment-seen-twice",
        CARRY_COMMENT,
        replace(CARRY_COMMENT, abstract=cut_text(CARRY_COMMENT.abstract, 0.5), year=2025),
    ),
)

FACTS = make_group(
    "authors_otherwise",
    (
        "initials",
        ROUTER,
        replace(ROUTER, authors=("I. Falkensen", "T. Okwuosa", "M.-L. Harada")),
    ),
    (
        "family-name-first",
        KERNELS,
        replace(render_paper(KERNELS), authors=("Lindqvist, Gustav", "Abiola, Ruth")),
    ),
    (
        "first-author-only",
        NOWCAST,
        replace(
            NOWCAST,
            abstract=cut_text(NOWCAST.abstract, 0.5),
            authors=("Matthias Brandl et al.",),
        ),
    ),
    (
        "ascii",
        HOSPITALS,
        replace(
            HOSPITALS,
            title=HOSPITALS.title.upper(),
            authors=("Helene Marchand", "Soren Kjaer", "Ana Sofia Nunez"),
        ),
    ),
    (
        "author-added-and-a-year-later",
        SPLATS,
        replace(
            SPLATS,
            abstract=swap_text(SPLATS.abstract, ("9 megabytes", "8 megabytes")),
            authors=(*SPLATS.authors, "Wanjiru Kamau"),
            year=2025,
        ),
    ),
    (
        "no-abstract",
        Paper(GODEL.title, authors=GODEL.authors, year=2025),
        Paper(
            render_latex(GODEL.title),
            authors=("S. Bergstrom", "K. Mensah", "Q. Li"),
            year=2026,
        ),
    ),
)

POSITIVES: tuple[Case, ...] = (
    *RENAMED,
    *REVISED,
    *TRUNCATED,
    *TRUNCATED_TYPOS,
    *LATEX,
    *ACCENTS,
    *HYPHENS,
    *CASES,
    *PUNCTUATION,
    *SPACES,
    *TYPOS,
    *TITLE_ONLY,
    *SUBTITLES,
    *SPELLING,
    *AFFIXES,
    *ORDER,
    *PAGE_TAILS,
    *MANGLED,
    *SAME_NUMERALS,
    *FACTS,
)
