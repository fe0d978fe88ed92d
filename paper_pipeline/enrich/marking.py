"""Marking: shows a text with what was found in it.

Data flow: a text and its row of enriched_papers -> pieces of the text, each marked or not; rows
for people to read.

How the marks look is told by the command line.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def mark_text(text: str, field: str, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Cuts a text at its marks.

    Args:
        text: The title or the abstract of a paper.
        field: Which of them it is.
        found: The paper's row of enriched_papers.

    Yields:
        Pieces that make up the text, each with the kind of what it is: a kind of mention, `size`,
        `score`, `link`, or empty. Where marks overlap, the one that starts first counts, and of
        those the longest.
    """
    marks = [
        (one["start"], one["end"], kind or one["kind"])
        for column, kind in (
            ("mentions", ""),
            ("parameter_counts", "size"),
            ("links", "link"),
            ("reported_scores", "score"),
        )
        for one in found[column]
        if one["field"] == field and one["start"] is not None
    ]
    place = 0
    for start, end, kind in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
        if start < place:
            continue
        if start > place:
            yield text[place:start], ""
        yield text[start:end], kind
        place = end
    if place < len(text):
        yield text[place:], ""


def describe_finds(
    found: Mapping[str, Any], paper: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """What was found, as tables for people: title -> rows.

    Args:
        found: The paper's row of enriched_papers.
        paper: Its row of deduplicated_papers.
    """
    return {
        "Mentions": _count_mentions(found["mentions"]),
        "Model sizes": [
            {"parameters": f"{one['value']:,}", "as written": _written(one, paper)}
            for one in found["parameter_counts"]
        ],
        "Reported scores": [
            {
                "value": f"{one['value']:g} {one['unit']}".strip(),
                "metric": one["metric"] or "",
                "benchmark": one["benchmark"] or "",
                "is": "a change" if one["is_change"] else "a level",
                "as written": _written(one, paper),
            }
            for one in found["reported_scores"]
        ],
        "Links": [
            {
                "kind": one["kind"],
                "url": one["url"],
                "repository": one["repository"] or "",
                "from": one["field"],
            }
            for one in found["links"]
        ],
        "Keyphrases": [
            {"phrase": one["phrase"], "score": f"{one['score']:.2f}"} for one in found["keyphrases"]
        ],
    }


def _written(one: Mapping[str, Any], paper: Mapping[str, Any]) -> str:
    return str(paper[one["field"]])[one["start"] : one["end"]]


def _count_mentions(mentions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str, str], int] = {}
    for one in mentions:
        key = (one["kind"], one["name"], one["basis"])
        counts[key] = counts.get(key, 0) + 1
    return [
        {"kind": kind, "name": name, "told by": basis, "times": count}
        for (kind, name, basis), count in sorted(counts.items())
    ]
