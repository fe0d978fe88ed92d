"""How many abstracts a second are repaired and searched, and how spaCy's EntityRuler compares.

All in one process and in turns, so that what else the machine does hits all alike. spaCy comes
with the `bench` extra.
"""

import gc
import importlib.util
import time
from collections.abc import Callable, Sequence
from statistics import median

import pyarrow as pa

from paper_pipeline.clean import formats
from paper_pipeline.clean.normalize import clean_text, fold_whitespace
from paper_pipeline.clean.page import Capture
from paper_pipeline.enrich.features import extract_features
from paper_pipeline.enrich.lexicon import Lexicon, load_lexicon
from paper_pipeline.enrich.text_statistics import compute_text_statistics
from paper_pipeline_tests.corpus import SAMPLE, SEEDS

ROUNDS = 5
SPACY = "spaCy EntityRuler, same names"
LEXICON = "lexicons alone"
ALL = "all but language and keyphrases"


def measure(rounds: int = ROUNDS) -> list[tuple[str, float]]:
    """Works on the abstracts of the seeds, or of the sample where there are none.

    Returns:
        Rows of what was done and abstracts a second of CPU time, the median of the rounds; without
        spaCy's where it is not installed.
    """
    papers = read_papers()
    lexicon = load_lexicon()
    cleaned = [{field: clean_text(text).text for field, text in p.items()} for p in papers]
    abstracts = [paper["abstract"] for paper in cleaned]
    tasks: dict[str, Callable[[], object]] = {
        "repair": lambda: [[clean_text(text) for text in p.values()] for p in papers],
        "links, sizes, names, scores": lambda: extract_features(cleaned, lexicon, keyphrases=False),
        "text statistics": lambda: compute_text_statistics(pa.array(abstracts)),
        LEXICON: lambda: lexicon.find(abstracts),
    }
    if importlib.util.find_spec("spacy"):
        tasks[SPACY] = _make_ruler(lexicon, abstracts)
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    # Else what spaCy holds in memory would be looked through on the time of the others.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, task in tasks.items():
            started = time.process_time()
            task()
            seconds[name].append(time.process_time() - started)
    medians = {name: median(times) for name, times in seconds.items()}
    parts = ("repair", "links, sizes, names, scores", "text statistics")
    medians = {ALL: sum(medians[part] for part in parts), **medians}
    return [(name, len(papers) / taken) for name, taken in medians.items()]


def read_papers() -> list[dict[str, str]]:
    """Titles and abstracts as found on the pages, white space folded."""
    pages = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else sorted(SAMPLE.glob("search_*.txt"))
    entries = [
        entry
        for page in pages
        for entry in formats.parse_dump(page.read_bytes(), Capture()).entries
    ]
    return [
        {"title": fold_whitespace(e.title), "abstract": fold_whitespace(e.abstract or "")}
        for e in entries
    ]


def _make_ruler(lexicon: Lexicon, texts: Sequence[str]) -> Callable[[], object]:
    """As spaCy's documentation has it: a blank pipeline, phrase patterns, any capitals."""
    import spacy  # type: ignore[import-not-found]

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(
        [
            {"label": entry.kind, "pattern": spelling}
            for entry in lexicon.entries
            for spelling in entry.spellings
        ]
    )
    return lambda: list(nlp.pipe(texts))
