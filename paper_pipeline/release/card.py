"""The card of a release: its README.md, as Hugging Face reads dataset cards.

Data flow: ReleaseContent -> a YAML header for the hub, and markdown for people.

The same release gives the same text. What a column means belongs in published/files.py; the
description for machines in croissant.py, the plots in report.py.
"""

from collections.abc import Iterator, Mapping

import pyarrow.compute as pc
import pyarrow.dataset as ds
import yaml

from paper_pipeline.published.files import TABLE_FILES, TableFile
from paper_pipeline.release.content import ReleaseContent, count_languages, name_type, show_share

SUMMARY = (
    "Research papers listed on Hugging Face Daily Papers: each paper once however often it was "
    "listed, with what its title and abstract say of models, sizes, benchmarks and results."
)
LICENCE = (
    "Titles, names, dates and numbers are facts. Abstracts belong to the authors of the papers; "
    "what may be done with them follows from the licence that each paper carries on arXiv or with "
    "its publisher. This release grants no rights in them and claims none of its own."
)
LICENCE_URL = "https://info.arxiv.org/help/license/index.html"
TAGS = ("arxiv", "scientific-papers", "bibliography", "deduplication", "information-extraction")
TASKS = ("text-retrieval", "summarization", "token-classification")
# The hub's classes of size by their upper edges.
SIZES = {
    "n<1K": 10**3,
    "1K<n<10K": 10**4,
    "10K<n<100K": 10**5,
    "100K<n<1M": 10**6,
    "1M<n<10M": 10**7,
}
# A language in fewer of the papers is more often a mistake than a language of the corpus.
LEAST_SHARE = 0.01
OTHER_FILES = {
    "papers.db": "the same as a SQLite database with full-text search; Datasette opens it",
    "report.html": "the release in plots and tables; opens in any browser, asks for no network",
    "croissant.json": "this description for machines, in the Croissant format",
    "manifest.json": "hashes of the files, counts, the dumps behind it, versions of the code",
}

_DATES = ("published_on", "first_listed_on")
_USAGE = """\
## Read it

With pandas:

```python
import pandas as pd

papers = pd.read_parquet("papers.parquet")
papers.explode("benchmarks")["benchmarks"].value_counts().head(10)
```

With DuckDB, here the words with which papers name models:

```sql
SELECT m.name, p.title, substr(p.abstract, m.start + 1, m."end" - m.start) AS words
FROM 'mentions.parquet' AS m JOIN 'papers.parquet' AS p USING (paper_id)
WHERE m.kind = 'model' AND m.field = 'abstract'
LIMIT 10;
```

With `datasets`, from beside the folder of the release, or with its address on the hub in place of
the folder (a file without rows has no configuration):

```python
from datasets import load_dataset

papers = load_dataset("{version}", "papers", split="train")
```
"""
# The figures are those of the hand labels in paper_pipeline_tests/enrich (see README.md).
_LIMITS = """\
## What it is not

- **Not all of research.** What people put on Daily Papers: a choice that favours machine learning,
  English, and well-known groups. The first list is of 2023-05-04; older papers are here only where
  a list or a search showed them. Days that nobody captured are missing.
- **Abstracts as listed.** Listings cut, fold and mangle texts. LaTeX and encodings are repaired
  where context proves what was meant; `records.parquet` keeps what was found (`title_raw`,
  `abstract_raw`). {abstract} of the papers have an abstract. Full texts are not here.
- **Features are found by rules and lexicons**, in title and abstract only. An empty list means that
  nothing was found, not that nothing is there. On 45 abstracts labelled by hand, precision and
  recall were .98 and .94 for models, 1.0 and .96 for benchmarks and data sets; for names that no
  lexicon has, expect less. A mention says that a name stands in the text, not that the paper uses
  what it names.
- **Scores and sizes are statements of the papers**, checked by nobody here.
- **Language** is told by a model from title and abstract. Languages of at least 1 % of the papers:
  {languages}.
- **Dates are uncertain.** Pages often state dates without a year; a date is given only where the
  page proves it. {published_on} of the papers have a `published_on`, {first_listed_on} a
  `first_listed_on`. Upvotes, comments and stars are those of the last page captured.
- **Two papers may still be one here, and one two.** `records.parquet` says where each record was
  put and why; where a later release merges or splits papers, its `redirects.parquet` says so.
- **People are named:** authors, and the users who listed a paper.
"""
_CITATION = """\
## Cite

Name the version. The fingerprint is a hash over the content of `papers.parquet`: two copies that
share it hold the same.

```bibtex
{citation}
```
"""
_LICENCE_AND_REMOVAL = """\
## Licence and removal

{licence} The licences of arXiv are explained at <{url}>. The columns `keywords` and `ai_summary`
were written by a model of the site that lists the papers.

Are you an author, and want a paper out of this corpus or a fact about it put right? Open an issue
where you found this release, and name the `paper_id`; no reason is needed. The next release leaves
the paper out. Ask in the same issue for the deletion of earlier releases.
"""


def write_card(content: ReleaseContent, changes: str) -> str:
    """The text of README.md.

    Args:
        content: The release.
        changes: What differs from the previous release, in a sentence or a few lines of markdown;
            not read for a first release.

    Raises:
        KeyError: A column is described nowhere.
    """
    header = yaml.safe_dump(_header(content), sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{header}---\n\n" + "\n".join(_lines(content, changes)) + "\n"


def list_languages(papers: ds.Dataset) -> list[str]:
    """The languages of the corpus, ISO 639-1, the most common first."""
    counts = count_languages(papers)
    return [name for name, count in counts.items() if count >= LEAST_SHARE * papers.count_rows()]


def cite_release(content: ReleaseContent) -> str:
    """How to cite a release, as BibTeX."""
    key = content.version.replace(".", "_")
    return "\n".join(
        (
            f"@misc{{paper_pipeline_{key},",
            f"  title   = {{{content.name}}},",
            f"  year    = {{{content.released_on[:4]}}},",
            f"  version = {{{content.version}}},",
            f"  note    = {{Fingerprint {content.fingerprint}}}",
            "}",
        )
    )


def _header(content: ReleaseContent) -> dict[str, object]:
    count = content.counts["papers"]
    size = next((name for name, edge in SIZES.items() if count < edge), "10M<n<100M")
    header: dict[str, object] = {"pretty_name": f"{content.name} {content.version}"}
    if languages := list_languages(content.papers):
        header["language"] = languages
    header |= {
        "license": "other",
        "license_name": "rights-stay-with-the-authors",
        "license_link": LICENCE_URL,
        "size_categories": [size],
        "task_categories": list(TASKS),
        "tags": list(TAGS),
        # `datasets` cannot load a Parquet file without rows.
        "configs": [_config(file) for file in TABLE_FILES if content.table(file).count_rows()],
    }
    return header


def _config(file: TableFile) -> dict[str, object]:
    config: dict[str, object] = {"config_name": file.name}
    if file is TABLE_FILES[0]:
        config["default"] = True
    return config | {"data_files": [{"split": "train", "path": file.file_name}]}


def _lines(content: ReleaseContent, changes: str) -> Iterator[str]:
    shares = content.coverage
    yield f"# {content.name}, release {content.version}"
    yield ""
    yield SUMMARY
    yield ""
    yield from _counts(content)
    yield from _files(content)
    yield _USAGE.format(version=content.version)
    yield from _schema(content, shares)
    yield _LIMITS.format(
        languages=", ".join(list_languages(content.papers)) or "none",
        **{name: show_share(shares[name]) for name in ("abstract", *_DATES)},
    )
    yield _CITATION.format(citation=cite_release(content))
    yield _LICENCE_AND_REMOVAL.format(licence=LICENCE, url=LICENCE_URL)
    yield "## Changes"
    yield ""
    if content.previous is None:
        yield "This is the first release."
    else:
        yield f"Since {content.previous}: {changes.strip()}"
        yield ""
        yield "Row by row in `changes.parquet`: applied to the papers of that release it gives the"
        yield "papers of this one."


def _counts(content: ReleaseContent) -> Iterator[str]:
    counts = content.counts
    days = content.papers.to_table(columns=["first_listed_on"])["first_listed_on"]
    yield "| | |"
    yield "|---|---|"
    yield f"| papers | {counts['papers']:,} |"
    yield f"| records they were made from | {counts['records']:,} |"
    yield f"| captured pages (dumps) | {counts['dumps']:,} |"
    yield f"| entries left out, in quarantine | {counts['quarantined_entries']:,} |"
    yield f"| mentions of names in titles and abstracts | {content.mentions.count_rows():,} |"
    listed = pc.min_max(days).as_py()
    if listed["min"]:
        known = len(days) - days.null_count
        span = f"{listed['min']} to {listed['max']}"
        yield f"| first listed, where that is known ({known:,} papers) | {span} |"
    yield f"| fingerprint | `{content.fingerprint}` |"
    yield ""


def _files(content: ReleaseContent) -> Iterator[str]:
    yield "## Files"
    yield ""
    yield "| file | rows | one row is |"
    yield "|---|---:|---|"
    for file in TABLE_FILES:
        rows = content.table(file).count_rows()
        yield f"| `{file.file_name}` | {rows:,} | {_escape(file.row)} |"
    for name, words in OTHER_FILES.items():
        yield f"| `{name}` | | {words} |"
    yield ""


def _schema(content: ReleaseContent, shares: Mapping[str, float]) -> Iterator[str]:
    papers, *others = TABLE_FILES
    yield f"## Columns of {papers.file_name}"
    yield ""
    yield "*Filled* is the share of papers of which a column is neither null nor empty. `start` and"
    yield "`end` count characters (Unicode code points) from 0."
    yield ""
    yield "| column | type | filled | meaning |"
    yield "|---|---|---:|---|"
    for column in content.papers.schema:
        share = show_share(shares[column.name])
        words = _escape(papers.describe(column.name))
        yield f"| `{column.name}` | {name_type(column.type)} | {share} | {words} |"
    yield ""
    yield "## Columns of the other files"
    for file in others:
        yield ""
        yield "<details>"
        yield f"<summary><code>{file.file_name}</code></summary>"
        yield ""
        yield "| column | type | meaning |"
        yield "|---|---|---|"
        for column in content.table(file).schema:
            if not file.is_papers_too or column.name in {*file.key, *file.columns}:
                words = _escape(file.describe(column.name))
                yield f"| `{column.name}` | {name_type(column.type)} | {words} |"
        if file.is_papers_too:
            yield ""
            yield f"Then the columns of `{papers.file_name}`, null where there is no paper now."
        yield ""
        yield "</details>"
    yield ""


def _escape(words: str) -> str:
    """Words for a cell of a markdown table: no mark-up, no end of the cell."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
