"""Exploring: a release in the browser, with Datasette.

Data flow: data/releases/<version>/papers.db, its manifest, explore_site/ -> a Datasette that serves
them on this machine.

Datasette is the extra `explore`. It is started with the database as immutable and without any
plugin, so that what it shows does not depend on what else is installed. Datasette's own templates
show a row as a table of 40 columns; those for papers are in explore_site/. What the tables hold
belongs in release/database.py.
"""

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from paper_pipeline.net import LOOPBACK
from paper_pipeline.published.database import DATABASE_FILE, MADE_COLUMNS, WEIGHTS
from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.vocabulary import MENTION_KINDS, NAME_KINDS

# Datasette names a database after its file, and pages, templates and metadata after the database.
DATABASE = Path(DATABASE_FILE).stem
SITE = Path(__file__).with_name("explore_site")
# Facets over lists open every paper: at 100,000 papers they take about half a second each.
SETTINGS = {
    "default_page_size": 20,
    "sql_time_limit_ms": 10_000,
    "facet_time_limit_ms": 3_000,
    "suggest_facets": "off",
    "max_csv_mb": 0,
    "truncate_cells_html": 600,
}
FACETS = (
    "has_code",
    "size_class",
    *({"array": kind.column} for kind in NAME_KINDS if kind.is_facet),
    "month",
)
FACET_VALUES = 8
# Where each paper's page is, as Datasette writes it; Datasette links what looks like an address.
_PAGE = (
    "'{address}/" + DATABASE + "/papers/' || replace(replace(replace("
    "papers.paper_id, ':', '~3A'), '.', '~2E'), '/', '~2F') AS page"
)


class ExploreError(RuntimeError):
    """A release cannot be shown; the message says why, and what to do."""


def explore(
    database: Path, manifest: Mapping[str, Any], port: int, *, opens_browser: bool = False
) -> NoReturn:
    """Shows a release: this process becomes Datasette, and ends with it.

    Args:
        database: The release's papers.db.
        manifest: The release's manifest.
        port: Port on 127.0.0.1.
        opens_browser: Whether to open the page.

    Raises:
        ExploreError: Datasette is not installed.
    """
    command = datasette_command(database, port) + ["--open"] * opens_browser
    sys.stdout.flush()  # what is not written yet would be lost
    # Without a name there is nothing to clean up, however this ends.
    with tempfile.TemporaryFile("w+") as metadata:
        json.dump(make_metadata(manifest, f"http://{LOOPBACK}:{port}"), metadata)
        metadata.seek(0)
        os.dup2(metadata.fileno(), 0)
        os.execve(command[0], command, datasette_environment(os.environ))  # noqa: S606 -- our own


def datasette_command(database: Path, port: int) -> list[str]:
    """What starts Datasette on a release, with the metadata as its standard input.

    Args:
        database: The release's papers.db.
        port: Port on 127.0.0.1.

    Raises:
        ExploreError: Datasette is not installed.
    """
    if importlib.util.find_spec("datasette") is None:
        raise ExploreError(
            "expected Datasette to be installed, found it missing; "
            "install the extra: pip install 'paper-pipeline[explore]'"
        )
    settings = (("--setting", name, str(value)) for name, value in SETTINGS.items())
    return [
        *(sys.executable, "-m", "datasette", "serve"),
        *("--immutable", str(database)),
        *("--host", LOOPBACK, "--port", str(port)),
        *("--metadata", "-"),
        *("--template-dir", str(SITE / "templates")),
        *("--static", f"look:{SITE / 'look'}"),
        *(part for setting in settings for part in setting),
    ]


def datasette_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Datasette loads no plugin that happens to be installed.

    Nor does Python take modules from the folder that this was started in.
    """
    return {**environment, "DATASETTE_LOAD_PLUGINS": "", "PYTHONSAFEPATH": "1"}


def make_metadata(manifest: Mapping[str, Any], address: str) -> dict[str, Any]:
    """What Datasette shows beside the tables: titles, facets, queries.

    Args:
        manifest: The release's manifest; may be empty.
        address: Where Datasette will answer.
    """
    version = manifest.get("version", "")
    return {
        "title": f"Corpus of Daily Papers {version}".strip(),
        "description_html": _describe(manifest),
        "license": "titles and abstracts belong to their authors; see each paper",
        "source": "Hugging Face Daily Papers",
        "source_url": "https://huggingface.co/papers",
        "extra_css_urls": ["/look/papers.css"],
        "databases": {
            DATABASE: {
                "description_html": _describe(manifest),
                "queries": _fill_queries(address),
                "tables": _TABLES,
            }
        },
    }


def _fill_queries(address: str) -> dict[str, dict[str, Any]]:
    """The queries; nothing of strangers is put into them: an address and numbers of our own."""
    filled = {
        "page": _PAGE.format(address=address),
        "weights": ", ".join(map(str, WEIGHTS.values())),
    }
    return {
        name: {**query, "sql": query["sql"].format_map(filled), "hide_sql": True}
        for name, query in _QUERIES.items()
    }


def _describe(manifest: Mapping[str, Any]) -> str:
    """A release and where to start in it, as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    counts = manifest.get("counts", {})
    templates = Environment(
        loader=PackageLoader("paper_pipeline.reader"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("description.html").render(
        database=DATABASE,
        manifest=manifest,
        counts={name: counts[name] for name in ("papers", "records", "dumps") if name in counts},
    )


_TABLES: dict[str, Any] = {
    "papers": {
        "title": "Papers",
        "description": "Every paper of the release: what was listed, and what was found in it.",
        "label_column": "title",
        "sort_desc": "dated_on",
        "facets": list(FACETS),
        "facet_size": FACET_VALUES,
        "size": SETTINGS["default_page_size"],
        # For the page of a paper: columns that list names with their headings, and what each
        # column means, so that a new one is shown as soon as the database has it.
        "meanings": TABLE_FILES[0].descriptions | MADE_COLUMNS,
        "lists": [(kind.column, kind.heading) for kind in MENTION_KINDS]
        + [("code_repositories", "Repositories"), ("keywords", "Keywords")],
    },
    "names": {
        "title": "Names",
        "description": "Models, benchmarks, data sets, methods ... and how many papers name them.",
        "label_column": "name",
        "sort_desc": "paper_count",
        "facets": ["kind"],
        "size": 50,
    },
    "mentions": {"title": "Mentions", "description": "Which paper names what.", "size": 50},
    "name_months": {
        "title": "Names by month",
        "description": "How many papers of each month have a name.",
        "sort_desc": "month",
        "size": 50,
    },
    "records": {
        "title": "Records",
        "description": "Every observation of a paper: the dump it was read from, the place in it, "
        "and why it was taken for this paper.",
        "label_column": "record_id",
        "facets": ["decision"],
        "size": 50,
    },
}


# `page` is where Datasette shows a paper, `weights` are those of BM25.
_QUERIES = {
    "search_by_relevance": {
        "title": "Search by relevance",
        "description": "Papers that have all the words, the best first (BM25).",
        "sql": """
SELECT papers.title, snippet(papers_fts, 1, '[', ']', '…', 24) AS found, papers.dated_on, {page}
FROM papers_fts JOIN papers ON papers.rowid = papers_fts.rowid
WHERE papers_fts MATCH escape_fts(:words)
ORDER BY bm25(papers_fts, {weights}) LIMIT 50""",
    },
    "newest_papers": {
        "title": "Newest papers",
        "description": "The last hundred, with the names that they mention.",
        "sql": """
SELECT dated_on, title, names, code_url, {page}
FROM papers ORDER BY dated_on DESC, papers.rowid DESC LIMIT 100""",
    },
    "papers_with_code_and_benchmark": {
        "title": "Papers with code and a benchmark",
        "description": "The newest first; leave the benchmark empty for any.",
        "sql": """
SELECT dated_on, title, benchmarks, code_url, {page}
FROM papers
WHERE has_code AND benchmarks != '[]' AND (
  :benchmark = '' OR EXISTS (
    SELECT 1 FROM json_each(benchmarks) WHERE value = :benchmark COLLATE NOCASE
  )
)
ORDER BY dated_on DESC, papers.rowid DESC LIMIT 100""",
    },
    "benchmarks_by_month": {
        "title": "Most used benchmarks by month",
        "description": "The ten that most papers of each month name.",
        "sql": """
SELECT month, place, name AS benchmark, papers FROM (
  SELECT month, name, name_months.paper_count AS papers,
         row_number() OVER (PARTITION BY month ORDER BY name_months.paper_count DESC, name) AS place
  FROM name_months JOIN names USING (name_id) WHERE kind = 'benchmark'
) WHERE place <= 10 ORDER BY month = 'unknown', month DESC, place""",
    },
    "name_over_time": {
        "title": "A name over time",
        "description": "How many papers of each month name a model, benchmark, method ...",
        "sql": """
SELECT month, kind, name, name_months.paper_count AS papers
FROM name_months JOIN names USING (name_id)
WHERE name = :name COLLATE NOCASE ORDER BY kind, month""",
    },
    "models_by_size": {
        "title": "Models by size class",
        "description": "Papers by the largest model size that they state.",
        "sql": """
SELECT size_class, count(*) AS papers, sum(has_code) AS with_code,
       min(parameter_count_max) AS smallest, max(parameter_count_max) AS largest
FROM papers WHERE size_class IS NOT NULL GROUP BY size_class ORDER BY smallest""",
    },
    "most_used_names": {
        "title": "Most used names of a kind",
        "description": f"kind: one of {', '.join(kind.name for kind in NAME_KINDS)}; "
        "empty for benchmark.",
        "sql": """
SELECT name, paper_count FROM names
WHERE kind = coalesce(nullif(:kind, ''), 'benchmark')
ORDER BY paper_count DESC, name LIMIT 100""",
    },
}
