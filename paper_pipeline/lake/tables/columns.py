"""Types, patterns, limits and columns that several tables share."""

from datetime import date

import pyarrow as pa

from paper_pipeline.lake.tables.contract import Column

TEXT = pa.string()
COUNT = pa.int64()
DAY = pa.date32()
MOMENT = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(TEXT)

# The first listing on Daily Papers is of 2023-05-04, but listings show papers of any age, and the
# earliest preprints with an arXiv date are of 1991.
FIRST_DAY = date(1991, 1, 1)
# The longest titles of real listings are under 250 characters and the longest abstracts under
# 3,000 (arXiv takes 1,920); what is far beyond is two entries in one, or no entry.
MOST_TITLE_CHARACTERS = 1_000
MOST_ABSTRACT_CHARACTERS = 50_000
# Collaborations of physicists list some 5,000 names.
FEWEST_AUTHORS, MOST_AUTHORS = 1, 10_000

SHA256 = r"^[0-9a-f]{64}$"
RECORD_ID = r"^[0-9a-f]{16}:[0-9]{6,}$"
ENTRY_ID = r"^[0-9a-f]{16}:(?:[0-9]{6,}|page)$"
PAPER_ID = r"^(?:arxiv:[a-z0-9./-]+|paper:[0-9a-f]{20})$"
ARXIV_ID = r"^(?:[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}|[0-9]{4}\.[0-9]{4,5})$"
HASH = r"^[0-9a-f]{32}$"
NODE_KEY = r"^[0-9a-f]{20}$"
ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
VERSION = r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}(?:\.[0-9]+)?$"


def dump_id(*, unique: bool = False) -> Column:
    """The dump a row is about."""
    return Column(
        "dump_id", TEXT, "SHA-256 of the dump's bytes, in hex", pattern=SHA256, unique=unique
    )


def record_id(*, unique: bool = False) -> Column:
    """The record a row is about."""
    return Column(
        "record_id",
        TEXT,
        "first 16 hex digits of the dump's id, and the entry's place on the page",
        pattern=RECORD_ID,
        unique=unique,
    )


def paper_id(*, unique: bool = False) -> Column:
    """The paper a row is about."""
    return Column(
        "paper_id",
        TEXT,
        "arxiv:<id> where a record carries an arXiv id, otherwise paper:<hash of its content>",
        pattern=PAPER_ID,
        unique=unique,
    )


def entry_place() -> tuple[Column, ...]:
    """Where an entry stands on its page and in its dump."""
    return (
        Column("entry_index", COUNT, "place of the entry on its page, from 0", minimum=0),
        Column("byte_start", COUNT, "offset of its first byte in the dump", minimum=0),
        Column("byte_end", COUNT, "offset just past its last byte in the dump", minimum=0),
    )


def url(name: str, description: str) -> Column:
    """An address that a person entered on the site."""
    # The site's users enter these: what is no address misleads nobody but who follows it.
    return Column(
        name, TEXT, description, nullable=True, pattern=r"^https?://\S+$", severity="warning"
    )


TITLE = Column("title", TEXT, "title, repaired", min_length=1, max_length=MOST_TITLE_CHARACTERS)
ABSTRACT = Column(
    "abstract",
    TEXT,
    "abstract, repaired",
    nullable=True,
    min_length=1,
    max_length=MOST_ABSTRACT_CHARACTERS,
)
BIBLIOGRAPHY = (
    Column("arxiv_id", TEXT, "arXiv id without version", nullable=True, pattern=ARXIV_ID),
    Column("authors", TEXTS, "names of the authors, where the page gives them"),
    Column(
        "author_count",
        COUNT,
        "number of authors",
        nullable=True,
        minimum=FEWEST_AUTHORS,
        maximum=MOST_AUTHORS,
    ),
    Column("organisation", TEXT, "organisation named by the page", nullable=True),
    Column("published_on", DAY, "day of publication", nullable=True, minimum=FIRST_DAY),
)

MONTH = Column(
    "month",
    TEXT,
    "month of publication, or of the first listing where that is not known",
    pattern=r"^(?:[0-9]{4}-[0-9]{2}|unknown)$",
    sources=("deduplicated_papers.published_on", "deduplicated_papers.first_listed_on"),
)
UPVOTES = Column("upvotes", COUNT, "upvotes shown", nullable=True, minimum=0)
COMMENT_COUNT = Column("comment_count", COUNT, "comments shown", nullable=True, minimum=0)
# What only the site's own data says of a paper.
SITE_FIELDS = (
    Column("submitted_by", TEXT, "user who put the paper on the list", nullable=True),
    Column("discussion_id", TEXT, "id of the paper's discussion", nullable=True),
    url("thumbnail_url", "picture shown with the paper"),
    Column("media_urls", TEXTS, "pictures and films shown with the paper"),
    url("project_page_url", "project page given beside the text"),
    url("code_repository_url", "repository given beside the text"),
    Column("github_star_count", COUNT, "stars of that repository", nullable=True, minimum=0),
    Column("keywords", TEXTS, "keywords by the site's own model"),
    Column("ai_summary", TEXT, "summary by the site's own model", nullable=True),
    Column("is_author_participating", pa.bool_(), "whether an author joins in", nullable=True),
    Column("withdrawn_on", DAY, "day of withdrawal", nullable=True, minimum=FIRST_DAY),
)

RAW_ASSETS = ("raw_daily_pages", "raw_inbox_dumps")
PAPER_TEXT = ("deduplicated_papers.title", "deduplicated_papers.abstract")
GIVEN_LINKS = ("deduplicated_papers.project_page_url", "deduplicated_papers.code_repository_url")
