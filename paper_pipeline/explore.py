"""Exploring: a release in the browser, with Datasette.

Data flow: data/releases/<version>/papers.db, manifest.json -> metadata, templates and style in a
folder -> a Datasette that serves them on this machine.

Datasette is the extra `explore`. It is started with the database as immutable and without any
plugin, so that what it shows does not depend on what else is installed. What the tables hold
belongs in release/database.py.
"""

import html
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_pipeline.search import DATABASE_FILE, WEIGHTS

HOST = "127.0.0.1"
# Datasette names a database after its file, and pages, templates and metadata after the database.
DATABASE = Path(DATABASE_FILE).stem
METADATA_FILE = "metadata.json"
MANIFEST_FILE = "manifest.json"
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
    {"array": "benchmarks"},
    {"array": "models"},
    {"array": "methods"},
    {"array": "tasks"},
    {"array": "datasets"},
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


def explore(release_folder: Path, port: int, *, opens_browser: bool = False) -> int:
    """Shows a release in Datasette until it is stopped.

    Args:
        release_folder: Folder of the release.
        port: Port on 127.0.0.1.
        opens_browser: Whether to open the page.

    Returns:
        The exit code of Datasette; 0 where a person stopped it.

    Raises:
        ExploreError: Datasette is not installed, or the release has no database.
    """
    with tempfile.TemporaryDirectory(prefix="paper-pipeline-explore-") as site:
        command = datasette_command(release_folder, port, Path(site))
        write_site(release_folder, port, Path(site))
        try:
            return subprocess.run(  # noqa: S603 -- our own command
                [*command, *(["--open"] if opens_browser else [])],
                env=datasette_environment(os.environ),
                check=False,
            ).returncode
        except KeyboardInterrupt:  # Datasette heard it too, and has ended
            return 0


def datasette_command(release_folder: Path, port: int, site: Path) -> list[str]:
    """What starts Datasette on a release.

    Args:
        release_folder: Folder of the release.
        port: Port on 127.0.0.1.
        site: Folder that write_site has filled, or will have.

    Raises:
        ExploreError: Datasette is not installed, or the release has no database.
    """
    if importlib.util.find_spec("datasette") is None:
        raise ExploreError(
            "expected Datasette to be installed, found it missing; "
            "install the extra: pip install 'paper-pipeline[explore]'"
        )
    database = release_folder / DATABASE_FILE
    if not database.is_file():
        raise ExploreError(
            f"expected the database of a release at {database}, found none; publish a release again"
        )
    settings = (("--setting", name, str(value)) for name, value in SETTINGS.items())
    return [
        *(sys.executable, "-m", "datasette", "serve"),
        *("--immutable", str(database)),
        *("--host", HOST, "--port", str(port)),
        *("--metadata", str(site / METADATA_FILE)),
        *("--template-dir", str(site / "templates")),
        *("--static", f"look:{site / 'look'}"),
        *(part for setting in settings for part in setting),
    ]


def datasette_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Datasette loads no plugin that happens to be installed."""
    return {**environment, "DATASETTE_LOAD_PLUGINS": ""}


def write_site(release_folder: Path, port: int, site: Path) -> None:
    """Writes what Datasette is started with: metadata, templates and style.

    Args:
        release_folder: Folder of the release; its manifest gives version and counts.
        port: Port on 127.0.0.1, for links in the results of queries.
        site: An empty folder.
    """
    manifest = release_folder / MANIFEST_FILE
    content = json.loads(manifest.read_text("utf-8")) if manifest.is_file() else {}
    metadata = make_metadata(content, f"http://{HOST}:{port}")
    (site / METADATA_FILE).write_text(json.dumps(metadata, indent=2) + "\n", "utf-8")
    for folder, files in (("templates", _TEMPLATES), ("look", {"papers.css": _STYLE})):
        (site / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (site / folder / name).write_text(text, "utf-8")


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
                "queries": {
                    name: {"hide_sql": True, **query} for name, query in _queries(address).items()
                },
                "tables": _TABLES,
            }
        },
    }


def _describe(manifest: Mapping[str, Any]) -> str:
    starts = {
        "newest papers": "papers?_sort_desc=dated_on",
        "most upvoted": "papers?_sort_desc=upvotes",
        "with code": "papers?has_code=1",
        "search by relevance": "search_by_relevance",
        "benchmarks by month": "benchmarks_by_month",
        "models by size": "models_by_size",
        "names": "names?_sort_desc=paper_count",
    }
    links = " · ".join(
        f'<a href="/{DATABASE}/{html.escape(place)}">{name}</a>' for name, place in starts.items()
    )
    counts = manifest.get("counts", {})
    said = ", ".join(
        f"{counts[name]:,} {name.replace('_', ' ')}"
        for name in ("papers", "records", "dumps")
        if name in counts
    )
    if "version" in manifest:
        said = f"Release <b>{html.escape(str(manifest['version']))}</b>: {said}."
    if "fingerprint" in manifest:
        shown = html.escape(str(manifest["fingerprint"]))
        said += f' Fingerprint <code title="{shown}">{shown[:16]}</code>.'
    return f'<p>{said}</p><p class="starts">{links}</p>'


_TABLES: dict[str, Any] = {
    "papers": {
        "title": "Papers",
        "description": "Every paper of the release: what was listed, and what was found in it.",
        "label_column": "title",
        "sort_desc": "dated_on",
        "facets": list(FACETS),
        "facet_size": FACET_VALUES,
        "size": SETTINGS["default_page_size"],
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


def _queries(address: str) -> dict[str, dict[str, str]]:
    page = _PAGE.format(address=address)
    weights = ", ".join(map(str, WEIGHTS.values()))
    # Nothing of strangers is put into these: an address and numbers of our own.
    return {
        "search_by_relevance": {
            "title": "Search by relevance",
            "description": "Papers that have all the words, the best first (BM25).",
            "sql": f"""
SELECT papers.title, snippet(papers_fts, 1, '[', ']', '…', 24) AS found, papers.dated_on, {page}
FROM papers_fts JOIN papers ON papers.rowid = papers_fts.rowid
WHERE papers_fts MATCH escape_fts(:words)
ORDER BY bm25(papers_fts, {weights}) LIMIT 50""",  # noqa: S608
        },
        "newest_papers": {
            "title": "Newest papers",
            "description": "The last hundred, with the names that they mention.",
            "sql": f"""
SELECT dated_on, title, names, code_url, {page}
FROM papers ORDER BY dated_on DESC, papers.rowid DESC LIMIT 100""",  # noqa: S608
        },
        "papers_with_code_and_benchmark": {
            "title": "Papers with code and a benchmark",
            "description": "The newest first; leave the benchmark empty for any.",
            "sql": f"""
SELECT dated_on, title, benchmarks, code_url, {page}
FROM papers
WHERE has_code AND benchmarks != '[]' AND (
  :benchmark = '' OR EXISTS (
    SELECT 1 FROM json_each(benchmarks) WHERE value = :benchmark COLLATE NOCASE
  )
)
ORDER BY dated_on DESC, papers.rowid DESC LIMIT 100""",  # noqa: S608
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
            "description": "kind: model, model_family, benchmark, dataset, method, task, language, "
            "hardware or licence; empty for benchmark.",
            "sql": """
SELECT name, paper_count FROM names
WHERE kind = coalesce(nullif(:kind, ''), 'benchmark')
ORDER BY paper_count DESC, name LIMIT 100""",
        },
    }


# --- Templates and style ------------------------------------------------------------------------
# Datasette's own templates show a row as a table of 40 columns. Addresses come from the texts of
# strangers, so only those of the web are made links.

_MACROS = r"""{%- macro chips(row, column, label) -%}
{%- set text = row[column] -%}
{%- if text and text != "[]" -%}
<span class="chips">{% if label %}<b>{{ label }}</b> {% endif %}
{%- for quoted in text[2:-2].split('", "') -%}
{%- set name = quoted|replace('\\"', '"')|replace('\\\\', '\\') -%}
<a class="chip {{ column }}"
 href="{{ urls.table(database, "papers") }}?{{ column }}__arraycontains={{ name|urlencode }}">
{{- name -}}
</a>
{%- endfor -%}
</span>
{%- endif -%}
{%- endmacro -%}
{%- macro link(address, label) -%}
{%- if address and (address.startswith("https://") or address.startswith("http://")) -%}
<a href="{{ address }}" rel="noreferrer">{{ label }}</a>
{%- endif -%}
{%- endmacro -%}
{%- macro page(paper_id) -%}
{%- set path = paper_id|replace(":", "~3A")|replace(".", "~2E")|replace("/", "~2F") -%}
{{ urls.row(database, table, path) }}
{%- endmacro -%}
{%- macro size(count) -%}
{%- if count >= 10**9 -%}{{ "%.4g"|format(count / 10**9) }}B
{%- elif count >= 10**6 -%}{{ "%.4g"|format(count / 10**6) }}M
{%- else -%}{{ "{:,}".format(count) }}{%- endif -%}
{%- endmacro -%}
{%- macro count(number, unit) -%}
{%- if number is not none and number != "" -%}
<span>{{ "{:,}".format(number) }}&nbsp;{{ unit }}</span>
{%- endif -%}
{%- endmacro -%}
"""

_LIST = """\
{%- import "_papers.html" as show with context -%}
{% if display_rows %}
<p class="order">Sort:
{% for column, label in (
    ("dated_on", "newest"),
    ("upvotes", "most upvoted"),
    ("parameter_count_max", "largest model"),
    ("github_star_count", "most starred"),
) %}
{% set wanted = {"_sort_desc": column, "_sort": None, "_next": None} %}
<a href="{{ fix_path(path_with_replaced_args(request, wanted)) }}"
{%- if sort_desc == column %} class="chosen"{% endif %}>{{ label }}</a>
{% endfor %}
</p>
<ol class="papers">
{% for row in display_rows %}
<li class="paper">
<h2><a href="{{ show.page(row["paper_id"]) }}">{{ row["title"] }}</a></h2>
<p class="facts">
{% if row["dated_on"] %}<span>{{ row["dated_on"] }}</span>{% endif %}
{{ show.count(row["upvotes"], "upvotes") }}
{% if row["size_class"] %}<span>largest model {{ row["size_class"] }}</span>{% endif %}
{{ show.link(row["code_url"], "code") }}
{{ show.link(row["project_page_url"], "project page") }}
{% if row["authors"] %}<span class="authors">{{ row["authors"]|truncate(120) }}</span>{% endif %}
</p>
<p class="abstract">{{ (row["abstract"] or "")|truncate(340) }}</p>
<p>
{%- for column in ("benchmarks", "models", "methods") -%}
{{ show.chips(row, column, "") }}
{%- endfor -%}
</p>
</li>
{% endfor %}
</ol>
{% else %}
<p class="zero-results">No paper matches.</p>
{% endif %}
"""

_PAPER = """\
{% extends "row.html" %}
{%- import "_papers.html" as show with context -%}
{% set row = display_rows[0] %}
{% block title %}{{ row["title"] }}{% endblock %}
{% block content %}
<article class="paper whole">
<h1>{{ row["title"] }}</h1>
{% if row["authors"] %}<p class="authors">{{ row["authors"] }}</p>{% endif %}
<p class="facts">
{% if row["organisation"] %}<span>{{ row["organisation"] }}</span>{% endif %}
{% if row["published_on"] %}<span>published {{ row["published_on"] }}</span>{% endif %}
{% if row["first_listed_on"] %}<span>listed {{ row["first_listed_on"] }}
{%- if row["last_listed_on"] and row["last_listed_on"] != row["first_listed_on"] %}
 to {{ row["last_listed_on"] }}{% endif %}</span>{% endif %}
{{ show.count(row["upvotes"], "upvotes") }}
{{ show.count(row["comment_count"], "comments") }}
{{ show.count(row["github_star_count"], "stars") }}
</p>
<p class="places">
{% if row["arxiv_id"] %}
{{ show.link("https://arxiv.org/abs/" ~ row["arxiv_id"], "arXiv") }}
{{ show.link("https://huggingface.co/papers/" ~ row["arxiv_id"], "Hugging Face") }}
{% endif %}
{{ show.link(row["code_url"], "code") }}
{{ show.link(row["project_page_url"], "project page") }}
</p>
<p class="abstract">{{ row["abstract"] or "No abstract was listed." }}</p>
{% if row["ai_summary"] %}
<h2>Summary by the site's model</h2>
<p>{{ row["ai_summary"] }}</p>
{% endif %}
<div class="found">
{% for column, label in (
    ("benchmarks", "Benchmarks"),
    ("datasets", "Data sets"),
    ("models", "Models"),
    ("methods", "Methods"),
    ("tasks", "Tasks"),
    ("studied_languages", "Languages"),
    ("hardware", "Hardware"),
    ("licences", "Licences"),
    ("code_repositories", "Repositories"),
    ("keywords", "Keywords"),
) %}
{% if row[column] and row[column] != "[]" %}<p>{{ show.chips(row, column, label) }}</p>{% endif %}
{% endfor %}
{% if row["parameter_counts"] and row["parameter_counts"] != "[]" %}
<p><span class="chips"><b>Model sizes</b>
{% for count in row["parameter_counts"][1:-1].split(", ") %}
<span class="chip">{{ show.size(count|int) }}</span>
{%- endfor %}
</span></p>
{% endif %}
{% if row["keyphrases"] %}
<p><span class="chips"><b>Keyphrases</b>
{% for phrase in row["keyphrases"].split(", ") %}
<a class="chip" href="{{ urls.table(database, "papers") }}?_search={{ phrase|urlencode }}">
{{- phrase -}}
</a>
{%- endfor %}
</span></p>
{% endif %}
</div>
<h2>Where it comes from</h2>
<p>{{ row["paper_id"] }}, seen {{ "once" if row["record_count"] == 1 else
"{:,} times".format(row["record_count"]) }}.
{% for other in foreign_key_tables %}
<a href="{{ other.link }}">{{ "{:,}".format(other.count) }} in {{ other.other_table }}</a>
{{- "" if loop.last else "," }}
{% endfor %}
</p>
<p class="order">This row as
{% for name, url in renderers.items() %}
<a href="{{ url }}">{{ name }}</a>{{ "" if loop.last else "," }}
{% endfor %}
</p>
</article>
{% endblock %}
"""

_TEMPLATES = {
    "_papers.html": _MACROS,
    f"_table-table-{DATABASE}-papers.html": _LIST,
    f"row-{DATABASE}-papers.html": _PAPER,
}

_STYLE = """\
section.content { max-width: 80rem; }
p.starts { font-size: 1.05rem; }
ol.papers { list-style: none; padding: 0; margin: 0; }
li.paper { border-top: 1px solid #dde3ea; padding: 0.9rem 0 0.7rem; }
.paper h2 { font-size: 1.12rem; margin: 0 0 0.25rem; line-height: 1.35; }
.paper h2 a:link, .paper h2 a:visited { text-decoration: none; }
.paper h2 a:hover { text-decoration: underline; }
.paper p { margin: 0.3rem 0; }
.paper .facts, .order { color: #5a6572; font-size: 0.88rem; }
.paper .facts > *:not(:last-child)::after {
  content: "·"; display: inline-block; margin: 0 0.4rem; color: #a7b0ba;
}
.paper .abstract { line-height: 1.55; color: #2b323a; }
.order a { margin-right: 0.6rem; }
.order a.chosen { font-weight: bold; text-decoration: none; color: #2b323a; }
.chips { display: inline; line-height: 1.9; }
.chips b { display: inline-block; min-width: 7.5rem; font-size: 0.85rem; color: #5a6572; }
.chip {
  display: inline-block; line-height: 1.3; padding: 0.1rem 0.5rem; margin: 0 0.3rem 0.25rem 0;
  border-radius: 0.7rem; background: #eef1f5; color: #2b323a; font-size: 0.82rem;
}
a.chip:link, a.chip:visited { color: #2b323a; text-decoration: none; }
a.chip:hover { background: #dbe3ec; }
.chip.benchmarks { background: #dff3e4; }
.chip.models { background: #dfeafc; }
.chip.methods { background: #f3e6f8; }
.chip.datasets { background: #fdf1d8; }
.rows-and-columns td.col-title, .rows-and-columns td.col-found { min-width: 20rem; }
.rows-and-columns td.col-names, .rows-and-columns td.col-reason { min-width: 16rem; }
.whole { max-width: 50rem; }
.whole h1 { font-size: 1.7rem; line-height: 1.25; margin: 1.2rem 0 0.6rem; }
.whole h2 { font-size: 1.05rem; margin: 1.4rem 0 0.3rem; }
.whole .authors { color: #2b323a; }
.whole .places a {
  display: inline-block; padding: 0.25rem 0.8rem; margin: 0.3rem 0.4rem 0.3rem 0;
  border: 1px solid #c3ccd6; border-radius: 0.4rem; text-decoration: none;
}
.whole .abstract { font-size: 1.02rem; line-height: 1.65; white-space: pre-line; }
.whole .found { margin-top: 1.2rem; }
@media (min-width: 62rem) {
  .table-papers.table .facet-results {
    float: right; width: 16rem; margin-left: 2rem; padding-left: 1.2rem;
    border-left: 1px solid #dde3ea; font-size: 0.88rem;
  }
  .table-papers.table .facet-info { width: auto; display: block; }
  .table-papers.table ol.papers, .table-papers.table p.order { margin-right: 19.5rem; }
  .table-papers.table #export, .table-papers.table pre.wrapped-sql { clear: both; }
}
"""
