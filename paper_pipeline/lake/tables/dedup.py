"""Tables of the stage dedup: papers, their records and the decisions behind them."""

import pyarrow as pa

from paper_pipeline.lake.tables.columns import (
    ABSTRACT,
    BIBLIOGRAPHY,
    COMMENT_COUNT,
    COUNT,
    DAY,
    FIRST_DAY,
    HASH,
    NODE_KEY,
    PAPER_ID,
    RECORD_ID,
    SITE_FIELDS,
    TEXT,
    TEXTS,
    TITLE,
    UPVOTES,
    paper_id,
    record_id,
)
from paper_pipeline.lake.tables.contract import Column, Reference, Table

MATCH_SCORE = Column(
    "match_score", pa.float64(), "probability that the match is right", minimum=0, maximum=1
)

TABLES = (
    Table(
        "paper_records",
        "dedup",
        "which paper a record belongs to, and why",
        "record_id",
        (
            record_id(unique=True),
            paper_id(),
            Column(
                "node_key",
                TEXT,
                "hash of what was compared of it: records that share it are copies",
                pattern=NODE_KEY,
            ),
            Column(
                "matched_record_id",
                TEXT,
                "the record of the same paper it was matched with; null for the first",
                nullable=True,
                pattern=RECORD_ID,
            ),
            Column(
                "decision",
                TEXT,
                "what its place rests on",
                allowed=("first", "copy", "arxiv_id", "match", "correction"),
            ),
            MATCH_SCORE,
            Column("reason", TEXT, "the decision in words"),
            Column("signature_version", COUNT, "version of signatures and decisions", minimum=1),
        ),
        references=(
            Reference("record_id", "cleaned_records"),
            Reference("paper_id", "deduplicated_papers"),
        ),
        indexed=("paper_id", "node_key"),
        made_from=("cleaned_records",),
    ),
    Table(
        "match_edges",
        "dedup",
        "a pair of records that were found to be one paper; copies stand for one another",
        "edge_id",
        (
            Column("edge_id", TEXT, "the two node keys", unique=True),
            Column("left_node_key", TEXT, "node key of the one record", pattern=NODE_KEY),
            Column("right_node_key", TEXT, "node key of the other", pattern=NODE_KEY),
            record_id(),
            Column("matched_record_id", TEXT, "the other record", pattern=RECORD_ID),
            MATCH_SCORE,
            Column(
                "text_score",
                pa.float64(),
                "share of the word triples that both abstracts hold",
                minimum=0,
                maximum=1,
            ),
            Column("title_score", pa.float64(), "likeness of the titles", minimum=0, maximum=1),
            Column("reason", TEXT, "what speaks for and against, in log-odds"),
        ),
        references=(
            Reference("record_id", "cleaned_records"),
            Reference("matched_record_id", "cleaned_records"),
        ),
        asset="paper_records",
        indexed=("left_node_key", "record_id"),
        made_from=("cleaned_records",),
    ),
    Table(
        "corrections",
        "dedup",
        "what a person says of papers, in data/corrections.yaml",
        "correction_id",
        (
            Column("correction_id", TEXT, "hash of the entry", unique=True, pattern=HASH),
            Column("kind", TEXT, "what it does", allowed=("must_link", "cannot_link", "override")),
            Column("subjects", TEXTS, "records and papers it is about"),
            Column("field", TEXT, "field of the paper it sets", nullable=True),
            Column("value", TEXT, "value it sets, as JSON", nullable=True),
            Column("reason", TEXT, "why", min_length=1),
            Column("author", TEXT, "who says so", min_length=1),
            Column("added_on", DAY, "since when", nullable=True),
            Column("is_met", pa.bool_(), "whether the papers are as it says"),
            Column("note", TEXT, "what keeps it from being met, else empty"),
        ),
        asset="paper_records",
    ),
    Table(
        "deduplicated_papers",
        "dedup",
        "a paper: the golden record of all its records",
        "paper_id",
        (
            paper_id(unique=True),
            TITLE,
            ABSTRACT,
            *BIBLIOGRAPHY,
            Column(
                "first_listed_on",
                DAY,
                "first page date it stood on",
                nullable=True,
                minimum=FIRST_DAY,
                sources=("cleaned_records.listed_on",),
            ),
            Column(
                "last_listed_on",
                DAY,
                "last page date it stood on",
                nullable=True,
                minimum=FIRST_DAY,
                sources=("cleaned_records.listed_on",),
            ),
            UPVOTES,
            COMMENT_COUNT,
            *SITE_FIELDS,
            Column(
                "text_hash",
                TEXT,
                "hash of title and abstract",
                pattern=HASH,
                is_working=True,
                sources=("cleaned_records.title", "cleaned_records.abstract"),
            ),
            Column("first_record_id", TEXT, "the first of its records", pattern=RECORD_ID),
            Column("record_count", COUNT, "records of the paper", minimum=1),
            Column(
                "dump_count",
                COUNT,
                "dumps it stood in",
                minimum=1,
                sources=("cleaned_records.dump_id",),
            ),
            Column(
                "field_record_ids",
                pa.struct(
                    [
                        pa.field(name, TEXT)
                        for name in (
                            "title",
                            "abstract",
                            *(c.name for c in BIBLIOGRAPHY),
                            "first_listed_on",
                            "last_listed_on",
                            "upvotes",
                            "comment_count",
                            *(c.name for c in SITE_FIELDS),
                        )
                    ]
                ),
                "for each field, the record its value was taken from",
            ),
            Column("corrected_fields", TEXTS, "fields whose value a person has set"),
        ),
        references=(Reference("first_record_id", "cleaned_records"),),
        indexed=("arxiv_id",),
        made_from=("cleaned_records",),
    ),
    Table(
        "paper_redirects",
        "dedup",
        "a paper_id that was released and is no longer in use",
        "old_paper_id",
        (
            Column("old_paper_id", TEXT, "the id as released", unique=True, pattern=PAPER_ID),
            Column("paper_ids", TEXTS, "where its records are now"),
            Column("kind", TEXT, "what happened", allowed=("merged", "split", "removed")),
        ),
        made_from=("cleaned_records",),
    ),
)
