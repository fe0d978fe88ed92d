"""Compares our keyphrases with YAKE's, both against the keywords of real API days.

`python -m paper_pipeline_tests.bench.keyphrases --days FOLDER` reads answers of the Daily Papers
API (one JSON list a day) and takes each paper's `ai_keywords` for the truth. YAKE (Campos et al.
2020) comes with the `bench` extra; without it ours is measured alone.

A phrase counts as found when it equals a keyword in everything but case, punctuation, hyphens and
plurals. Recall and precision are means over papers. Our weights were fitted on the days of even
position in the sorted list of days, so the rows of the odd ones are the ones to compare.
"""

import argparse
import importlib
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from paper_pipeline.clean.normalize import fold_whitespace
from paper_pipeline.enrich.keyphrases import extract_keyphrases
from paper_pipeline.enrich.lexicon import load_lexicon

NO_YAKE = "YAKE is not installed: pip install .[bench]"
TERM_KINDS = frozenset({"model", "benchmark", "dataset", "method", "task"})
# Ours takes too little time to be measured in one go.
REPEATS = 3

_PART = re.compile(r"[^\W_]+")

Extractor = Callable[["Paper"], Sequence[str]]


@dataclass(frozen=True)
class Paper:
    """A paper of the API with keywords; `is_fitted`: the weights have seen it."""

    title: str
    abstract: str
    keywords: frozenset[str]
    is_fitted: bool


@dataclass(frozen=True)
class Row:
    """What one tool found in one part of the papers; milliseconds of CPU a paper."""

    tool: str
    part: str
    papers: int
    recall_at_10: float
    recall_at_20: float
    precision_at_10: float
    milliseconds: float


def read_papers(folder: Path) -> list[Paper]:
    """The papers that have keywords, each once, from one JSON file a day.

    Raises:
        SystemExit: The folder is missing or holds no such paper.
    """
    days = sorted(folder.glob("*.json"))
    papers: dict[str, Paper] = {}
    for position, day in enumerate(days):
        for item in json.loads(day.read_text("utf-8")):
            paper = item["paper"]
            keywords = frozenset(map(normalise, paper.get("ai_keywords") or ())) - {""}
            title = fold_whitespace(paper["title"])
            if keywords:
                abstract = fold_whitespace(paper["summary"])
                read = Paper(title, abstract, keywords, position % 2 == 0)
                papers.setdefault(title.casefold(), read)
    if not papers:
        raise SystemExit(
            f"no day with ai_keywords in {folder}: give the folder of the API's answers, one JSON"
            " list a day, with --days"
        )
    return list(papers.values())


def normalise(phrase: str) -> str:
    """Folds case, punctuation, hyphens and plurals."""
    return " ".join(map(_singular, _PART.findall(phrase.casefold())))


def _singular(word: str) -> str:
    if len(word) < 4 or word[-1] != "s" or word[-2] in "siu":
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]


def measure_ceiling(papers: Sequence[Paper]) -> float:
    """The share of a paper's keywords that its text holds at all, on average."""
    shares: list[float] = []
    for paper in papers:
        text = f" {normalise(f'{paper.title} . {paper.abstract}')} "
        held = sum(f" {keyword} " in text for keyword in paper.keywords)
        shares.append(held / len(paper.keywords))
    return sum(shares) / len(shares)


def measure(tool: str, extract: Extractor, papers: Sequence[Paper], repeats: int = 1) -> list[Row]:
    """Runs a tool over the papers; a row for all of them and one for each half."""
    seconds: list[float] = []
    found: list[list[str]] = []
    for _ in range(repeats):
        started = time.process_time()
        results = [extract(paper) for paper in papers]
        seconds.append(time.process_time() - started)
        found = [list(dict.fromkeys(map(normalise, result))) for result in results]
    milliseconds = 1000 * min(seconds) / len(papers)
    parts = {
        "odd days": [not paper.is_fitted for paper in papers],
        "even days (fitted)": [paper.is_fitted for paper in papers],
        "all": [True] * len(papers),
    }
    rows: list[Row] = []
    for part, chosen in parts.items():
        scores = [
            _score(paper.keywords, phrases)
            for paper, phrases, is_chosen in zip(papers, found, chosen, strict=True)
            if is_chosen
        ]
        if scores:
            at_10, at_20, precise = (
                sum(score) / len(scores) for score in zip(*scores, strict=True)
            )
            rows.append(Row(tool, part, len(scores), at_10, at_20, precise, milliseconds))
    return rows


def _score(keywords: frozenset[str], phrases: Sequence[str]) -> tuple[float, float, float]:
    at_10 = len(keywords.intersection(phrases[:10]))
    at_20 = len(keywords.intersection(phrases[:20]))
    return at_10 / len(keywords), at_20 / len(keywords), at_10 / 10


def extract_ours(paper: Paper) -> list[str]:
    return [found.phrase for found in extract_keyphrases(paper.title, paper.abstract)]


def make_extractor_with_terms(papers: Sequence[Paper]) -> Extractor:
    """Ours, with the spans that the lexicons find; finding them is not timed."""
    found = load_lexicon().find([paper.abstract for paper in papers])
    terms = {
        paper: [(match.start, match.end) for match in matches if match.entry.kind in TERM_KINDS]
        for paper, matches in zip(papers, found, strict=True)
    }

    def extract(paper: Paper) -> list[str]:
        phrases = extract_keyphrases(paper.title, paper.abstract, terms[paper])
        return [phrase.phrase for phrase in phrases]

    return extract


def make_yake(limit: float) -> Extractor | None:
    """YAKE with phrases of up to three words; None where it is not installed."""
    try:
        yake: Any = importlib.import_module("yake")
    except ModuleNotFoundError:
        return None
    return partial(_extract_yake, yake.KeywordExtractor(lan="en", n=3, dedup_lim=limit, top=20))


def _extract_yake(extractor: Any, paper: Paper) -> list[str]:
    text = f"{paper.title}. {paper.abstract}"
    return [phrase for phrase, _ in extractor.extract_keywords(text)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--days", type=Path, required=True, help="folder of the API's answers")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    given = parser.parse_args(arguments)
    rows, ceiling = compare(Console(), given.days)
    if given.json:
        figures = {"ceiling": ceiling, "rows": [asdict(row) for row in rows]}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def compare(out: Console, days: Path) -> tuple[list[Row], float]:
    """Measures ours and YAKE on a folder of days and prints the table.

    Returns:
        The rows, and the share of the keywords that stand in the texts at all.
    """
    papers = read_papers(days)
    ceiling = measure_ceiling(papers)
    rows = measure("ours", extract_ours, papers, REPEATS)
    rows += measure("ours with terms", make_extractor_with_terms(papers), papers, REPEATS)
    for limit in (0.7, 0.9):
        extract = make_yake(limit)
        if extract is None:
            out.print(NO_YAKE, markup=False)  # [bench] would be a style
            break
        rows += measure(f"YAKE, dedup {limit}", extract, papers)
    _print_rows(out, rows, ceiling)
    return rows, ceiling


def _print_rows(out: Console, rows: Sequence[Row], ceiling: float) -> None:
    table = Table(box=SIMPLE_HEAD, title="Keyphrases against the site's keywords")
    table.caption = f"{ceiling:.3f} of the keywords stand in the texts; ms: CPU time a paper"
    for name in ("tool", "papers of"):
        table.add_column(name)
    for name in ("count", "recall@10", "recall@20", "precision@10", "ms", "x ours"):
        table.add_column(name, justify="right")
    ours = rows[0].milliseconds
    for row in rows:
        scores = (row.recall_at_10, row.recall_at_20, row.precision_at_10)
        cells = [f"{score:.3f}" for score in scores]
        cells += [f"{row.milliseconds:.2f}", f"{row.milliseconds / ours:.1f}"]
        table.add_row(row.tool, row.part, str(row.papers), *cells)
    out.print(table)


if __name__ == "__main__":
    main()
