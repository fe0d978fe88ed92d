"""Tables of the stage release: releases, and the ids they have ever held."""

from paper_pipeline.lake.tables.columns import (
    COUNT,
    MOMENT,
    SHA256,
    TEXT,
    VERSION,
    paper_id,
)
from paper_pipeline.lake.tables.contract import Column, Table

TABLES = (
    Table(
        "corpus_release",
        "release",
        "a release of the corpus",
        "version",
        (
            Column("version", TEXT, "calendar version", unique=True, pattern=VERSION),
            Column("fingerprint", TEXT, "hash over the content", pattern=SHA256),
            Column("released_at", MOMENT, "when it was published"),
            Column("dump_count", COUNT, "dumps it was made from", minimum=0),
            Column("record_count", COUNT, "records in it", minimum=0),
            Column("quarantined_count", COUNT, "quarantined entries left out of it", minimum=0),
            Column("paper_count", COUNT, "papers in it", minimum=0),
        ),
        derived=False,
        made_from=("deduplicated_papers", "enriched_papers"),
    ),
    Table(
        "released_papers",
        "release",
        "a paper_id that has been released, ever",
        "paper_id",
        (
            paper_id(unique=True),
            Column("first_release", TEXT, "the release it first stood in", pattern=VERSION),
        ),
        asset="corpus_release",
        derived=False,
        made_from=("deduplicated_papers",),
    ),
)
