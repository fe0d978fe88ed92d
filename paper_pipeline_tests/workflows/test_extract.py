"""Extraction for anybody's texts: line by line, the same as in the pipeline, wrong lines named."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paper_pipeline.enrich.lexicon import Entry, Lexicon
from paper_pipeline.workflows import extract
from paper_pipeline.workflows.extract import BadLine, extract_lines

LEXICON = Lexicon([Entry("model", "Tern-2"), Entry("benchmark", "MarshBench")])
PAPER = {
    "id": 7,
    "title": "Tern-2 at sim7B parameters",
    "abstract": r"It is \textbf{good} on MarshBench: https://github.com/reed/a{https://github.com/reed/a}",
}


def run(*lines: Any) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(extract_lines(io.StringIO(text), LEXICON))


def test_a_line_comes_back_repaired_and_searched() -> None:
    (found,) = run(PAPER)
    assert found["id"] == 7
    assert found["title"] == "Tern-2 at ~7B parameters"
    assert found["abstract"] == "It is good on MarshBench: https://github.com/reed/a"
    assert found["repairs"]["math_command"] == 1
    assert [(m["kind"], m["text"]) for m in found["mentions"]] == [
        ("model", "Tern-2"), ("benchmark", "MarshBench"),
    ]  # fmt: skip
    assert [size["value"] for size in found["parameter_counts"]] == [7_000_000_000]
    assert [link["repository"] for link in found["links"]] == ["reed/a"]
    for name in ("mentions", "links", "parameter_counts", "reported_scores", "keyphrases"):
        for find in found[name]:
            assert found[find["field"]][find["start"] : find["end"]] == find["text"]


@pytest.mark.parametrize(
    "paper",
    [{"title": "Only a title"}, {"abstract": "Only an abstract."}, {}, {"title": None, "x": [1]}],
)
def test_what_is_missing_is_left_out(paper: dict[str, Any]) -> None:
    (found,) = run(paper)
    assert {key: found[key] for key in paper} == paper
    assert found["mentions"] == []


def test_empty_lines_are_passed_over_and_batches_do_not_matter(monkeypatch) -> None:
    lines = [PAPER, "", {"title": "Another"}, "  ", PAPER]
    whole = run(*lines)
    monkeypatch.setattr(extract, "BATCH_LINES", 1)
    assert run(*lines) == whole
    assert len(whole) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: expected a JSON object"),
        ("[1]", "line 2: expected an object with the texts title and abstract"),
        ('"text"', "line 2: expected an object"),
        ('{"title": 3}', "line 2: expected an object"),
        ('{"abstract": ["a"]}', "line 2: expected an object"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str) -> None:
    with pytest.raises(BadLine, match=said):
        run(PAPER, line)


def test_a_line_without_end_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(extract, "MOST_LINE_CHARACTERS", 100)
    with pytest.raises(BadLine, match="at most 100 characters"):
        run("x" * 1000)


def test_the_command(
    tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    source, target = texts / "in.jsonl", texts / "out.jsonl"
    source.write_text(json.dumps(PAPER) + "\n" + json.dumps({"title": "Ümlaut"}) + "\n", "utf-8")
    done = command("extract", str(source), str(target))
    assert done.returncode == 0
    assert "2 texts" in done.stderr
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [row["title"] for row in rows] == ["Tern-2 at ~7B parameters", "Ümlaut"]
    main = "from paper_pipeline.cli.app import main; main()"
    process = [sys.executable, "-c", main, "extract", str(source), "-"]
    shown = subprocess.run(process, capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in shown.stdout.splitlines()] == rows
    source.write_text('{"title": "good"}\n{', "utf-8")
    target.unlink()
    failed = command("extract", str(source), str(target))
    assert failed.returncode == 2
    assert "line 2" in failed.stderr
    assert list(texts.iterdir()) == [source]
