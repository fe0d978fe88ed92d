"""Tables of the stage enrich: features of papers, the lexicon, counts by month."""

from dataclasses import replace

import pyarrow as pa

from paper_pipeline.lake.tables.columns import (
    COUNT,
    GIVEN_LINKS,
    HASH,
    MONTH,
    PAPER_TEXT,
    TEXT,
    TEXTS,
    paper_id,
)
from paper_pipeline.lake.tables.contract import Column, Reference, Table
from paper_pipeline.vocabulary import MENTION_KINDS, NAME_KINDS

# What proves a feature: a column of deduplicated_papers, and the place in it, in characters. Where
# there is no place, the whole value does.
SPAN = [pa.field("field", TEXT), pa.field("start", COUNT), pa.field("end", COUNT)]
LINKS = pa.list_(
    pa.struct([pa.field("url", TEXT), pa.field("kind", TEXT), pa.field("repository", TEXT), *SPAN])
)
PARAMETER_COUNTS = pa.list_(pa.struct([pa.field("value", COUNT), *SPAN]))
MENTIONS = pa.list_(
    pa.struct(
        [*(pa.field(n, TEXT) for n in ("kind", "name", "family")), *SPAN, pa.field("basis", TEXT)]
    )
)
SCORES = pa.list_(
    pa.struct(
        [
            pa.field("value", pa.float64()),
            *(pa.field(n, TEXT) for n in ("unit", "metric", "benchmark")),
            pa.field("is_change", pa.bool_()),
            *SPAN,
        ]
    )
)
KEYPHRASES = pa.list_(pa.struct([pa.field("phrase", TEXT), pa.field("score", pa.float64()), *SPAN]))

# Features that are counted by month, beside kinds of names.
COUNTED_BESIDE_NAMES = ("size_class", "text_language", "link")

TABLES = (
    Table(
        "enriched_papers",
        "enrich",
        "the features of a paper",
        "paper_id",
        (
            paper_id(unique=True),
            Column(
                "inputs",
                TEXT,
                "what the features are of: hash of the text, month, links given",
                is_working=True,
                sources=(
                    "deduplicated_papers.text_hash",
                    "deduplicated_papers.published_on",
                    "deduplicated_papers.first_listed_on",
                    *GIVEN_LINKS,
                ),
            ),
            Column(
                "extractor_version",
                COUNT,
                "version of the extractors",
                minimum=1,
                is_working=True,
                sources=PAPER_TEXT,
            ),
            MONTH,
            Column(
                "links",
                LINKS,
                "links in the text or given beside it, with what proves each",
                sources=(*PAPER_TEXT, *GIVEN_LINKS),
            ),
            Column(
                "code_repositories",
                TEXTS,
                "code repositories linked, as owner/name",
                sources=(*PAPER_TEXT, *GIVEN_LINKS),
            ),
            Column(
                "parameter_counts",
                PARAMETER_COUNTS,
                "model sizes mentioned, with their spans",
                sources=PAPER_TEXT,
            ),
            Column(
                "parameter_count_min",
                COUNT,
                "smallest of them",
                nullable=True,
                minimum=1,
                sources=PAPER_TEXT,
            ),
            Column(
                "parameter_count_max",
                COUNT,
                "largest of them",
                nullable=True,
                minimum=1,
                sources=PAPER_TEXT,
            ),
            Column(
                "mentions",
                MENTIONS,
                "names mentioned, by kind, with the span of each",
                sources=PAPER_TEXT,
            ),
            *(
                Column(kind.column, TEXTS, kind.description, sources=PAPER_TEXT)
                for kind in NAME_KINDS
            ),
            Column(
                "reported_scores",
                SCORES,
                "results stated, with benchmark where one is named",
                sources=PAPER_TEXT,
            ),
            Column(
                "keyphrases",
                KEYPHRASES,
                "phrases that say what it is about, the best first",
                sources=PAPER_TEXT,
            ),
            Column(
                "word_count",
                COUNT,
                "words of the abstract",
                minimum=0,
                sources=("deduplicated_papers.abstract",),
            ),
            Column(
                "sentence_count",
                COUNT,
                "sentences of the abstract",
                minimum=0,
                sources=("deduplicated_papers.abstract",),
            ),
            Column(
                "character_count",
                COUNT,
                "characters of the abstract",
                minimum=0,
                sources=("deduplicated_papers.abstract",),
            ),
            Column(
                "language",
                TEXT,
                "language of title and abstract, ISO 639-1",
                nullable=True,
                pattern=r"^[a-z]{2,3}$",
                sources=PAPER_TEXT,
            ),
            Column(
                "language_score",
                pa.float64(),
                "certainty of the language",
                nullable=True,
                minimum=0,
                maximum=1,
                sources=PAPER_TEXT,
            ),
        ),
        references=(Reference("paper_id", "deduplicated_papers"),),
        indexed=("month",),
        made_from=("deduplicated_papers",),
    ),
    Table(
        "lexicon_entries",
        "enrich",
        "a name that texts are searched for",
        "entry_id",
        (
            Column("entry_id", TEXT, "kind and name", unique=True),
            Column(
                "kind", TEXT, "what it names", allowed=tuple(kind.name for kind in MENTION_KINDS)
            ),
            Column("name", TEXT, "canonical name", min_length=1),
            Column("aliases", TEXTS, "other spellings"),
            Column("family", TEXT, "family of a model, else empty"),
            Column("is_exact", pa.bool_(), "whether capitals count"),
            Column("note", TEXT, "what it is"),
            Column("fingerprint", TEXT, "hash of all that decides what it matches", pattern=HASH),
        ),
        asset="enriched_papers",
    ),
    Table(
        "feature_counts",
        "enrich",
        "a feature in a month, and how many papers have it",
        "feature_id",
        (
            Column("feature_id", TEXT, "month, feature and name", unique=True),
            replace(MONTH, sources=()),
            Column(
                "feature",
                TEXT,
                "what is counted",
                allowed=("paper", *COUNTED_BESIDE_NAMES, *(kind.name for kind in NAME_KINDS)),
            ),
            Column("name", TEXT, "which one; `all` for papers", min_length=1),
            Column("paper_count", COUNT, "papers of the month that have it", minimum=1),
        ),
        indexed=("month",),
        made_from=("enriched_papers",),
    ),
)
