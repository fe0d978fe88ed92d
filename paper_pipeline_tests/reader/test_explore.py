"""What Datasette is started with: the right command, sound metadata, queries that run."""

import html
import importlib.util
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from paper_pipeline.reader import explore
from paper_pipeline.reader.explore import (
    DATABASE,
    SITE,
    ExploreError,
    datasette_command,
    datasette_environment,
    make_metadata,
)
from paper_pipeline.release.database import PAPER_COLUMNS
from paper_pipeline.release.source import released_schema
from paper_pipeline_tests.corpus import ROOT
from paper_pipeline_tests.reader.test_search import PAPERS, make_row
from paper_pipeline_tests.release.small_release import fill, records_schema, write_sorted

MANIFEST = {
    "version": "2026.01.09",
    "fingerprint": "<b>" + "f0" * 30,
    "counts": {"papers": 1234, "records": 2345, "dumps": 3},
}
NEEDS_DATASETTE = pytest.mark.skipif(
    importlib.util.find_spec("datasette") is None,
    reason="datasette is not installed: the extra `explore`",
)
# Words that a query asks for, each with a value that finds something.
ASKED = {"words": "tidal attention", "benchmark": "mmlu", "name": "riverbench", "kind": "model"}


# Path, what is shown, what is not.
PAGES: list[tuple[str, list[str], list[str]]] = [
    ("/", ["Corpus of Daily Papers 2026.01.09", "1,234 papers"], ["<b>f0"]),
    ("/papers/papers", ["Tidal Attention for Long Rivers", "size_class"], ["<script>document"]),
    ("/papers/papers?_search=tidal", ["Ferries: Crossing"], ["The Lodge Reads"]),
    ("/papers/papers?benchmarks__arraycontains=MMLU", ["Tidal Attention"], ["Ferries:"]),
    ("/papers/papers?_search=nowhere", ["No paper matches"], ["Ferries:"]),
    (
        "/papers/papers/arxiv~3Adams",
        [
            "Dams &amp; &lt;script&gt;",
            "Beaver &#34;350M&#34; \\ &lt;b&gt;",
            ">350M<",
            "1 in records",
        ],
        ["<script>document", "javascript:alert"],
    ),
    ("/papers/papers/arxiv~3Amoss", ["No abstract was listed", "bryophyte growth"], ["None"]),
    ("/papers/search_by_relevance?words=tidal+%22NEAR(", ["0 results"], ["syntax error"]),
    ("/papers/benchmarks_by_month", ["MMLU"], []),
    ("/papers/records", ["ef" * 8], []),
]


def make_database(folder: Path) -> Path:
    """A small release: its database."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [make_row(name, said) for name, said in PAPERS.items()]
    rows[2]["title"] = "Dams & <script>document.title = 'broken in'</script>"
    rows[2]["models"] = ['Beaver "350M" \\ <b>', "Beaver-350M"]
    rows[2]["links"] = [{"kind": "code", "url": "javascript:alert(1)"}]
    records = [
        {
            "record_id": f"{'ef' * 8}:{place:06d}",
            "paper_id": row["paper_id"],
            "dump_id": "ef" * 32,
            "title": row["title"],
            "decision": "first",
        }
        for place, row in enumerate(rows)
    ]
    write_sorted(
        fill(released_schema(), rows), fill(records_schema(), records), folder / "papers.db"
    )
    return folder / "papers.db"


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return make_database(tmp_path / "2026.01.09")


@NEEDS_DATASETTE
def test_the_command_binds_to_this_machine_and_changes_nothing() -> None:
    command = datasette_command(Path("papers.db"), 8123)
    words = " ".join(command)
    assert command[:4] == [sys.executable, "-m", "datasette", "serve"]
    assert "--immutable papers.db" in words
    assert "--host 127.0.0.1 --port 8123" in words
    assert "plugins" not in words
    environment = {"DATASETTE_LOAD_PLUGINS": "", "PYTHONSAFEPATH": "1"}
    assert datasette_environment({"A": "b"}) == {"A": "b"} | environment


def test_without_datasette_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ExploreError, match=r"pip install 'paper-pipeline\[explore\]'"):
        explore.explore(Path("papers.db"), MANIFEST, 8123)


def test_the_templates_are_those_of_the_table() -> None:
    found = {str(path.relative_to(SITE)) for path in SITE.rglob("*") if path.is_file()}
    assert found == {
        "look/papers.css",
        "templates/_papers.html",
        f"templates/_table-table-{DATABASE}-papers.html",
        f"templates/row-{DATABASE}-papers.html",
    }


def test_whatever_ends_it_leaves_nothing(database_file: Path, tmp_path: Path) -> None:
    """The process itself becomes Datasette: no child to outlive it, no files to remove."""
    (tmp_path / "tmp").mkdir()
    stand_in = tmp_path / "datasette" / "__main__.py"
    stand_in.parent.mkdir()
    (stand_in.parent / "__init__.py").touch()
    stand_in.write_text("import json, os, sys; print(os.getpid(), json.load(sys.stdin)['title'])")
    script = (
        "import os, pathlib, sys; from paper_pipeline.reader.explore import explore\n"
        "print(os.getpid(), 'begins')\n"
        f"explore(pathlib.Path(sys.argv[1]), {MANIFEST!r}, 8123)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(database_file)],
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
            "TMPDIR": str(tmp_path / "tmp"),
        },
        check=True,
        capture_output=True,
        text=True,
    )
    begun, title = (line.split(" ", 1) for line in done.stdout.splitlines())
    assert begun[0] == title[0]
    assert (begun[1], title[1]) == ("begins", "Corpus of Daily Papers 2026.01.09")
    assert not list((tmp_path / "tmp").iterdir())


def test_metadata_tell_the_release() -> None:
    metadata = make_metadata(MANIFEST, "http://127.0.0.1:1")
    assert metadata["title"] == "Corpus of Daily Papers 2026.01.09"
    assert "1,234 papers, 2,345 records, 3 dumps" in metadata["description_html"]
    assert "<b>f0" not in metadata["description_html"]
    assert "authors" in metadata["license"]
    assert make_metadata({}, "http://127.0.0.1:1")["title"] == "Corpus of Daily Papers"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img onerror=x>', "{{ 7*7 }}", "</style>", "&lt;"]
)
def test_hostile_manifests_are_shown_and_not_run(text: str) -> None:
    manifest = {**MANIFEST, "version": text, "fingerprint": text}
    metadata = json.loads(json.dumps(make_metadata(manifest, "http://127.0.0.1:1")))
    shown, escaped = metadata["description_html"], html.escape(text, quote=False)
    assert f"Release <b>{escaped}</b>: 1,234 papers" in shown.replace("&#34;", '"')
    assert f">{html.escape(text[:16], quote=False)}</code>" in shown.replace("&#34;", '"')
    assert re.findall(r"<(?!/?(?:p|b|code|a)\b)", shown) == []
    assert html.unescape(re.findall('title="([^"]*)"', shown)[0]) == text


def test_facets_and_orders_are_columns(database_file: Path) -> None:
    tables = make_metadata({}, "")["databases"][DATABASE]["tables"]
    with closing(sqlite3.connect(database_file)) as database:
        for table, said in tables.items():
            columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            named = {*said.get("facets", [])} if table != "papers" else set()
            assert columns > named | {
                said[key] for key in ("sort_desc", "label_column") if key in said
            }
    for facet in tables["papers"]["facets"]:
        assert (facet["array"] if isinstance(facet, dict) else facet) in PAPER_COLUMNS


@pytest.mark.parametrize("query", make_metadata({}, "")["databases"][DATABASE]["queries"])
@pytest.mark.parametrize("asked", [ASKED, dict.fromkeys(ASKED, "")], ids=["asked", "blank"])
def test_every_query_runs(database_file: Path, query: str, asked: dict[str, str]) -> None:
    said = make_metadata({}, "http://127.0.0.1:1")["databases"][DATABASE]["queries"][query]
    assert said["title"]
    assert said["description"]
    with closing(sqlite3.connect(database_file)) as database:
        # Datasette's own, in its simplest form.
        database.create_function("escape_fts", 1, lambda text: f'"{text}"')
        rows = database.execute(said["sql"], asked).fetchall()
    assert rows or not any(asked.values())


@NEEDS_DATASETTE
@pytest.mark.parametrize(("path", "shown", "not_shown"), PAGES, ids=[page[0] for page in PAGES])
def test_pages(pages: dict[str, Any], path: str, shown: list[str], not_shown: list[str]) -> None:
    page = pages[path]
    assert all(text in page for text in shown), page
    assert not [text for text in not_shown if text in page]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Pages by path, as Datasette makes them without a server."""
    command = datasette_command(make_database(tmp_path_factory.mktemp("explore")), 8123)
    script = _ASK.format(paths=[path for path, *_ in PAGES])
    done = subprocess.run(
        [sys.executable, "-c", script, *command[4:]],
        input=json.dumps(make_metadata(MANIFEST, "http://127.0.0.1:8123")),
        env=datasette_environment(os.environ),
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


# The command line, asked for several pages in one process: `--get` takes one path.
_ASK = """
import contextlib, io, json, sys
from datasette.cli import cli
pages, metadata = {{}}, sys.stdin.read()
for path in {paths!r}:
    out, sys.stdin = io.StringIO(), io.StringIO(metadata)
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        cli.main(["serve", *sys.argv[1:], "--get", path], standalone_mode=False)
    pages[path] = out.getvalue()
print(json.dumps(pages))
"""
