"""Extraction for anybody's texts: what the pipeline does to a paper, line by line.

Data flow: JSON lines with title and abstract -> JSON lines with repaired text and features.

The same functions as in the stages clean and enrich, without a lake. A line is read, worked on and
written before the next batch is read, so that memory does not grow with the file.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any, cast

from paper_pipeline.clean.normalize import clean_text
from paper_pipeline.enrich.features import TEXT_FIELDS, extract_features
from paper_pipeline.enrich.language import detect_languages
from paper_pipeline.enrich.lexicon import Lexicon, load_lexicon

# Lines worked on together: one look through the lexicons serves them all.
BATCH_LINES = 200
# A line this long holds no paper; the longest abstracts are of some 50,000 characters.
MOST_LINE_CHARACTERS = 4_000_000


class BadLine(ValueError):
    """A line of the input is not what it must be."""


def extract_lines(source: IO[str], lexicon: Lexicon | None = None) -> Iterator[dict[str, Any]]:
    """Repairs and extracts, one result a line.

    Args:
        source: Text of JSON lines: objects with `title` and `abstract`, of which one may be
            missing; other keys are handed on.
        lexicon: The names that are known; those of this package when None.

    Yields:
        For each line its object with title and abstract repaired, and with repairs (by name),
        links, parameter_counts, mentions, reported_scores, keyphrases, language. Spans fit the
        repaired text, `text` is what stands there.

    Raises:
        BadLine: A line is no such object; lines before its batch have been yielded.
    """
    lexicon = lexicon or load_lexicon()
    papers = _read(source)
    while batch := list(islice(papers, BATCH_LINES)):
        yield from _extract(batch, lexicon)


def _read(source: IO[str]) -> Iterator[dict[str, Any]]:
    number = 0
    while line := source.readline(MOST_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MOST_LINE_CHARACTERS:
            raise BadLine(
                f"line {number}: expected at most {MOST_LINE_CHARACTERS:,} characters; "
                "part the file into one object a line"
            )
        if not line.strip():
            continue
        try:
            paper = json.loads(line)
        except ValueError as error:
            raise BadLine(f"line {number}: expected a JSON object, found {error}") from error
        if not isinstance(paper, dict) or not _has_texts(cast("dict[str, object]", paper)):
            raise BadLine(
                f"line {number}: expected an object with the texts title and abstract, "
                f"found {line[:80].strip()}"
            )
        yield cast("dict[str, Any]", paper)


def _has_texts(paper: dict[str, object]) -> bool:
    """Whether those of TEXT_FIELDS that are there are texts."""
    return all(isinstance(paper.get(field) or "", str) for field in TEXT_FIELDS)


def _extract(papers: list[dict[str, Any]], lexicon: Lexicon) -> Iterator[dict[str, Any]]:
    cleaned = [
        {field: clean_text(paper[field]) for field in TEXT_FIELDS if paper.get(field)}
        for paper in papers
    ]
    texts = [{field: found.text for field, found in paper.items()} for paper in cleaned]
    languages = detect_languages(["\n".join(text.values()) for text in texts])
    rows = zip(papers, cleaned, texts, extract_features(texts, lexicon), languages, strict=True)
    for paper, repaired, text, features, (language, _) in rows:
        repairs: dict[str, int] = {}
        for found in repaired.values():
            for name, count in found.repairs.items():
                repairs[name] = repairs.get(name, 0) + count
        proven = {
            name: [_with_proof(one, text) for one in found] for name, found in features.items()
        }
        yield {**paper, **text, "repairs": repairs, **proven, "language": language}


def _with_proof(found: dict[str, Any], text: dict[str, str]) -> dict[str, Any]:
    """A find with the text it stands on."""
    return found | {"text": text[found["field"]][found["start"] : found["end"]]}


def write_lines(results: Iterable[dict[str, Any]], target: IO[str]) -> int:
    """Writes results as JSON lines, and tells how many there were."""
    count = 0
    for result in results:
        target.write(json.dumps(result, ensure_ascii=False) + "\n")
        count += 1
    return count
