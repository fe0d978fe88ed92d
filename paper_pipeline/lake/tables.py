"""Every table of the lake, declared once.

Data flow: the declarations below -> pyarrow schemas (store), expectations (quality), Dagster column
schemas and column lineage (resources), the data dictionary data/README.md (`data_dictionary`).

A column is described here and nowhere else. What checks a table against its contract is quality.py;
what no single table can promise (conservation, every paper explained) is in checks/.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import pyarrow as pa

TEXT = pa.string()
COUNT = pa.int64()
DAY = pa.date32()
MOMENT = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(TEXT)
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
REPAIRS = pa.list_(pa.struct([pa.field("name", TEXT), pa.field("count", COUNT)]))

READINGS = pa.list_(
    pa.struct(
        [
            pa.field("name", TEXT),
            pa.field("value", pa.float64()),
            pa.field("count", COUNT),
            pa.field("error", pa.float64()),
        ]
    )
)

# The first listing on Daily Papers is of 2023-05-04, but listings show papers of any age, and the
# earliest preprints with an arXiv date are of 1991.
FIRST_DAY = date(1991, 1, 1)
# The longest titles of real listings are under 250 characters and the longest abstracts under
# 3,000 (arXiv takes 1,920); what is far beyond is two entries in one, or no entry.
MOST_TITLE_CHARACTERS = 1_000
MOST_ABSTRACT_CHARACTERS = 50_000
# Collaborations of physicists list some 5,000 names.
FEWEST_AUTHORS, MOST_AUTHORS = 1, 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """What a column promises.

    Attributes:
        name: As in the glossary; the same quantity has the same name in every table.
        type: The Arrow type.
        description: One sentence for people; shown in the UI and in the data dictionary.
        nullable: Whether a value may be missing.
        unique: Whether no value may stand twice.
        minimum, maximum: Inclusive limits of numbers and dates.
        min_length, max_length: Inclusive limits of a text's length in characters.
        pattern: A regular expression that every value must match.
        allowed: The only values there may be.
        severity: What a broken promise means: critical keeps the next stage from running.
        sources: What it is made from, as table.column, where `Table.made_from` does not tell.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False
    unique: bool = False
    minimum: int | float | date | None = None
    maximum: int | float | date | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    severity: Literal["critical", "warning"] = "critical"
    sources: tuple[str, ...] = ()

    @property
    def constraints(self) -> list[str]:
        """The promises in words, for the UI and the data dictionary."""
        words: list[str] = []
        if not self.nullable:
            words.append("not null")
        if self.unique:
            words.append("unique")
        if self.minimum is not None:
            words.append(f">= {self.minimum}")
        if self.maximum is not None:
            words.append(f"<= {self.maximum}")
        if self.min_length is not None:
            words.append(f"at least {self.min_length} characters")
        if self.max_length is not None:
            words.append(f"at most {self.max_length} characters")
        if self.pattern:
            words.append(f"matches {self.pattern}")
        if self.allowed:
            words.append("one of " + ", ".join(self.allowed))
        return words


@dataclass(frozen=True, slots=True)
class Reference:
    """Every value of `column` must stand in the key column of `table`."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of a table.

    Attributes:
        name: Name of the table, and of its asset when it has one.
        stage: The stage that writes it.
        row: What one row is.
        key: Name of the key column.
        columns: All columns in order.
        references: Values that must stand in other tables.
        asset: The asset that a working table belongs to; empty when the table is its own asset.
        indexed: Columns beside the key that are looked up by value.
        derived: Whether the table can be made again from the raw dumps.
        made_from: Assets that its columns are made from: a column comes from the column of its name
            there, or, where none has it, from the whole row, which its key stands for.
    """

    name: str
    stage: str
    row: str
    key: str
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    asset: str = ""
    indexed: tuple[str, ...] = ()
    derived: bool = True
    made_from: tuple[str, ...] = ()

    @property
    def asset_name(self) -> str:
        """Name of the asset whose materialisation writes this table."""
        return self.asset or self.name

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, nullability included."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")


SHA256 = r"^[0-9a-f]{64}$"
RECORD_ID = r"^[0-9a-f]{16}:[0-9]{6,}$"
ENTRY_ID = r"^[0-9a-f]{16}:(?:[0-9]{6,}|page)$"
PAPER_ID = r"^(?:arxiv:[a-z0-9./-]+|paper:[0-9a-f]{20})$"
ARXIV_ID = r"^(?:[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}|[0-9]{4}\.[0-9]{4,5})$"
HASH = r"^[0-9a-f]{32}$"
NODE_KEY = r"^[0-9a-f]{20}$"
ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
PAGE_DATE_BASES = (
    "stated",
    "submitted_on_daily",
    "listing_moment",
    "asked_day",
    "entry_years",
    "newest_entry",
    "capture_time",
    "unknown",
)
VERSION = r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}(?:\.[0-9]+)?$"


def _dump_id(*, unique: bool = False) -> Column:
    return Column(
        "dump_id", TEXT, "SHA-256 of the dump's bytes, in hex", pattern=SHA256, unique=unique
    )


def _record_id(*, unique: bool = False) -> Column:
    return Column(
        "record_id",
        TEXT,
        "first 16 hex digits of the dump's id, and the entry's place on the page",
        pattern=RECORD_ID,
        unique=unique,
    )


def _paper_id(*, unique: bool = False) -> Column:
    return Column(
        "paper_id",
        TEXT,
        "arxiv:<id> where a record carries an arXiv id, otherwise paper:<hash of its content>",
        pattern=PAPER_ID,
        unique=unique,
    )


def _entry_place() -> tuple[Column, ...]:
    return (
        Column("entry_index", COUNT, "place of the entry on its page, from 0", minimum=0),
        Column("byte_start", COUNT, "offset of its first byte in the dump", minimum=0),
        Column("byte_end", COUNT, "offset just past its last byte in the dump", minimum=0),
    )


def _url(name: str, description: str) -> Column:
    # The site's users enter these: what is no address misleads nobody but who follows it.
    return Column(
        name, TEXT, description, nullable=True, pattern=r"^https?://\S+$", severity="warning"
    )


MATCH_SCORE = Column(
    "match_score", pa.float64(), "probability that the match is right", minimum=0, maximum=1
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
MENTION_KINDS = (
    "model",
    "benchmark",
    "dataset",
    "method",
    "task",
    "language",
    "hardware",
    "licence",
)
COUNTED_BESIDE_MENTIONS = ("model_family", "size_class", "text_language", "link")
# Where a paper has no date at all.
# Rows that are held in memory at a time where a table may be larger; whole papers take some 4 kB
# each, so 40 MB.
ROWS_PER_BATCH = 10_000
UNKNOWN_MONTH = "unknown"
# Classes of model sizes, with their upper edges in parameters.
SIZE_CLASSES = {
    "under 100M": 1e8,
    "100M-1B": 1e9,
    "1B-3B": 3e9,
    "3B-8B": 8.5e9,
    "8B-15B": 1.5e10,
    "15B-40B": 4e10,
    "40B-100B": 1e11,
    "over 100B": float("inf"),
}
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
    _url("thumbnail_url", "picture shown with the paper"),
    Column("media_urls", TEXTS, "pictures and films shown with the paper"),
    _url("project_page_url", "project page given beside the text"),
    _url("code_repository_url", "repository given beside the text"),
    Column("github_star_count", COUNT, "stars of that repository", nullable=True, minimum=0),
    Column("keywords", TEXTS, "keywords by the site's own model"),
    Column("ai_summary", TEXT, "summary by the site's own model", nullable=True),
    Column("is_author_participating", pa.bool_(), "whether an author joins in", nullable=True),
    Column("withdrawn_on", DAY, "day of withdrawal", nullable=True, minimum=FIRST_DAY),
)

RAW_ASSETS = ("raw_daily_pages", "raw_inbox_dumps")
PAPER_TEXT = ("deduplicated_papers.title", "deduplicated_papers.abstract")
GIVEN_LINKS = ("deduplicated_papers.project_page_url", "deduplicated_papers.code_repository_url")
CHECKED_ASSETS = (
    *("cleaned_records", "quarantined_entries", "paper_records"),
    *("deduplicated_papers", "enriched_papers"),
)

TABLES: tuple[Table, ...] = (
    Table(
        "inbox_files",
        "acquire",
        "a file seen in the inbox, and what became of it",
        "path",
        (
            Column("path", TEXT, "absolute path of the file", unique=True),
            Column("file_size", COUNT, "bytes on disk, compressed or not", minimum=0),
            Column("modified_ns", COUNT, "modification time, nanoseconds since 1970"),
            Column("checked_at", MOMENT, "when the file was read"),
            Column(
                "verdict",
                TEXT,
                "what became of the file",
                allowed=(
                    "stored",
                    "same_bytes",
                    "empty",
                    "too_large",
                    "outside_inbox",
                    "not_a_file",
                    "broken_compression",
                    "unreadable",
                ),
            ),
            Column("reason", TEXT, "the verdict in words, with the remedy where there is one"),
            Column("dump_id", TEXT, "the dump it holds", nullable=True, pattern=SHA256),
        ),
        asset="raw_inbox_dumps",
    ),
    Table(
        "daily_fetches",
        "acquire",
        "a day that was asked for, and what the last answers were",
        "day",
        (
            Column("day", TEXT, "the day, as in 2025-10-06", unique=True, pattern=ISO_DAY),
            Column("checked_at", MOMENT, "when it was asked for last"),
            Column(
                "verdict",
                TEXT,
                "what the last answer was",
                allowed=(
                    "listed",
                    "empty",
                    "weekend",
                    "future",
                    "snapped_back",
                    "shrunk",
                    "not_a_list",
                    "failed",
                ),
            ),
            Column("reason", TEXT, "the verdict in words"),
            Column("entry_count", COUNT, "entries of the last answer", minimum=0),
            Column("listed_count", COUNT, "entries of the last good answer", minimum=0),
            Column("dump_ids", TEXTS, "the dumps of the last good answer, page by page"),
            Column("etag", TEXT, "validator of the last good answer's first page, else empty"),
            Column("last_modified", TEXT, "the same, as a date of HTTP, else empty"),
        ),
        asset="raw_daily_pages",
        derived=False,
    ),
    Table(
        "raw_daily_pages",
        "acquire",
        "a dump that was fetched: one page of the answer for a day",
        "dump_id",
        (
            _dump_id(unique=True),
            Column("source", TEXT, "where it came from", allowed=("api",)),
            Column("url", TEXT, "the address that was asked"),
            Column("page_on", DAY, "the day that was asked for", minimum=FIRST_DAY),
            Column("page_number", COUNT, "which page of the answer, from 0", minimum=0),
            Column("captured_at", MOMENT, "when it was fetched"),
            Column("byte_count", COUNT, "size of the dump in bytes, decompressed", minimum=1),
            Column("entry_count", COUNT, "entries it lists", minimum=0),
            Column(
                "verdict",
                TEXT,
                "what it is; only listed and not_a_list go on to be parsed",
                allowed=("listed", "empty", "snapped_back", "shrunk", "not_a_list"),
            ),
        ),
        derived=False,
    ),
    Table(
        "raw_inbox_dumps",
        "acquire",
        "a dump that came through the inbox",
        "dump_id",
        (
            _dump_id(unique=True),
            Column("source", TEXT, "where it came from", allowed=("inbox",)),
            Column("file_name", TEXT, "name of the file that brought it first"),
            Column("page_on", DAY, "first date in that name", nullable=True, minimum=FIRST_DAY),
            Column(
                "captured_at", MOMENT, "modification time of that file: the best guess there is"
            ),
            Column("byte_count", COUNT, "size of the dump in bytes, decompressed", minimum=1),
            Column("verdict", TEXT, "what became of it", allowed=("stored",)),
        ),
        derived=False,
    ),
    Table(
        "arxiv_metadata",
        "acquire",
        "an arXiv id of a paper, and what arXiv said of it last",
        "arxiv_id",
        (
            Column("arxiv_id", TEXT, "arXiv id without version", unique=True, pattern=ARXIV_ID),
            Column("checked_at", MOMENT, "when arXiv was asked for it last"),
            Column(
                "verdict",
                TEXT,
                "what the last answer was; vanished and refused keep what was known before",
                allowed=("found", "not_found", "vanished", "refused"),
            ),
            Column("reason", TEXT, "the verdict in words"),
            Column("arxiv_version", COUNT, "newest version", nullable=True, minimum=1),
            Column(
                "title",
                TEXT,
                "title, white space folded, LaTeX as it was entered",
                nullable=True,
                min_length=1,
                max_length=MOST_TITLE_CHARACTERS,
            ),
            Column("authors", TEXTS, "names of the authors, in order"),
            Column(
                "primary_category",
                TEXT,
                "category it was submitted to",
                nullable=True,
                pattern=r"^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z-]+)?$",
            ),
            Column("categories", TEXTS, "all its categories, as arXiv lists them"),
            Column("submitted_at", MOMENT, "when its first version was submitted", nullable=True),
            Column("updated_at", MOMENT, "when its newest version was submitted", nullable=True),
            Column(
                "doi",
                TEXT,
                "DOI of the published article, in lower case",
                nullable=True,
                pattern=r"^10\.[0-9.]+/[!-~]+$",
            ),
            Column("journal_reference", TEXT, "where it was published", nullable=True),
            Column(
                "comment",
                TEXT,
                "the authors' comment: pages, venue, or that it is withdrawn",
                nullable=True,
            ),
        ),
        derived=False,
    ),
    Table(
        "parsed_dumps",
        "clean",
        "a dump as it was parsed",
        "dump_id",
        (
            _dump_id(unique=True),
            Column("format", TEXT, "page format, told from the content"),
            Column("layout", TEXT, "variant of the format"),
            Column("parser_version", COUNT, "version of the parser that read it", minimum=0),
            Column("repair_version", COUNT, "version of the repairs of texts", minimum=1),
            Column("rules_version", COUNT, "version of the rules entries must meet", minimum=1),
            Column("profile_version", COUNT, "version of what is measured of dumps", minimum=1),
            Column("capture", TEXT, "what was known of the dump from outside when it was parsed"),
            Column(
                "decisions",
                TEXT,
                "hash of what people had decided of its entries, empty where they had not",
                pattern=r"^(?:[0-9a-f]{32})?$",
            ),
            Column(
                "damage", TEXT, "damage of the dump that keeps its entries out, empty without any"
            ),
            Column("encoding", TEXT, "character encoding of the bytes"),
            Column("encoding_note", TEXT, "a mark where decoding was not clean, else empty"),
            Column("page_on", DAY, "date of the page", nullable=True, minimum=FIRST_DAY),
            Column(
                "page_on_basis",
                TEXT,
                "how that date was told",
                allowed=PAGE_DATE_BASES,
            ),
            Column("entry_count", COUNT, "entries found", minimum=0),
            Column("record_count", COUNT, "entries that became records", minimum=0),
            Column("quarantined_count", COUNT, "entries quarantined, or 1 for a dump", minimum=0),
        ),
        made_from=RAW_ASSETS,
    ),
    Table(
        "cleaned_records",
        "clean",
        "a record: one cleaned entry, one observation of a paper",
        "record_id",
        (
            _record_id(unique=True),
            _dump_id(),
            *_entry_place(),
            TITLE,
            Column("title_raw", TEXT, "title as found on the page", min_length=1),
            ABSTRACT,
            Column("abstract_raw", TEXT, "abstract as found on the page", nullable=True),
            *BIBLIOGRAPHY,
            Column(
                "listed_on",
                DAY,
                "date of the page it stood on, where the page itself proves the year",
                nullable=True,
                minimum=FIRST_DAY,
            ),
            Column("listed_on_basis", TEXT, "how that day was told", allowed=PAGE_DATE_BASES),
            Column(
                "published_on_basis",
                TEXT,
                "how published_on was told",
                nullable=True,
                allowed=("paper", "footer"),
            ),
            Column(
                "observed_at",
                MOMENT,
                "when the page was captured, where that can be trusted",
                nullable=True,
            ),
            UPVOTES,
            COMMENT_COUNT,
            *SITE_FIELDS,
            Column(
                "repairs",
                REPAIRS,
                "repairs made to title, abstract and identifiers; values changed on release",
            ),
            Column("content_hash", TEXT, "hash of the cleaned fields", pattern=HASH),
        ),
        references=(Reference("dump_id", "parsed_dumps"),),
        indexed=("dump_id",),
        made_from=RAW_ASSETS,
    ),
    Table(
        "quarantined_entries",
        "clean",
        "an entry, or a whole dump, that broke a rule",
        "entry_id",
        (
            Column(
                "entry_id",
                TEXT,
                "like a record_id; with :page in place of a number for a whole dump",
                unique=True,
                pattern=ENTRY_ID,
            ),
            _dump_id(),
            Column("byte_start", COUNT, "offset of its first byte in the dump", minimum=0),
            Column("byte_end", COUNT, "offset just past its last byte in the dump", minimum=0),
            Column("rule", TEXT, "name of the rule it broke", pattern=r"^[a-z_]+$"),
            Column("other_rules", TEXTS, "rules that it broke as well"),
            Column("reason", TEXT, "what was expected and what was found", min_length=1),
            Column("excerpt", TEXT, "the beginning of the text as found", max_length=2000),
        ),
        references=(Reference("dump_id", "parsed_dumps"),),
        indexed=("dump_id",),
        made_from=RAW_ASSETS,
    ),
    Table(
        "quarantine_decisions",
        "clean",
        "a person's decision to release an entry, in data/quarantine.jsonl",
        "decision_id",
        (
            Column("decision_id", TEXT, "hash of the decision", unique=True, pattern=HASH),
            Column(
                "entry_id",
                TEXT,
                "the entry released, once a record its record_id",
                pattern=ENTRY_ID,
            ),
            Column("byte_start", COUNT, "offset of the entry's first byte in its dump", minimum=0),
            Column("rules", TEXTS, "rules that it may break"),
            Column("reason", TEXT, "why", min_length=1),
            Column("author", TEXT, "who says so", min_length=1),
            Column("added_on", DAY, "since when"),
        ),
        asset="quarantined_entries",
    ),
    Table(
        "field_drift",
        "clean",
        "a field of a dump's answer that is not as its format knows it",
        "drift_id",
        (
            Column("drift_id", TEXT, "dump, kind and field", unique=True),
            _dump_id(),
            Column("page_on", DAY, "date of the page", nullable=True, minimum=FIRST_DAY),
            Column("field", TEXT, "path of the field"),
            Column("kind", TEXT, "what differs", allowed=("new", "vanished", "retyped")),
            Column("found", TEXT, "the JSON type found, empty where the field is gone"),
            Column("entry_count", COUNT, "entries that show it", minimum=0),
        ),
        references=(Reference("dump_id", "parsed_dumps"),),
        asset="parsed_dumps",
        indexed=("dump_id",),
    ),
    Table(
        "dump_profiles",
        "clean",
        "a dump in numbers, to compare later dumps with",
        "dump_id",
        (
            _dump_id(unique=True),
            Column("inputs", TEXT, "hash of all that it says", pattern=HASH),
            Column("format", TEXT, "page format, told from the content"),
            Column("layout", TEXT, "variant of the format"),
            Column(
                "page_on",
                DAY,
                "first date of the page that its records rely on",
                nullable=True,
                minimum=FIRST_DAY,
            ),
            Column("captured_at", MOMENT, "when the dump was captured"),
            Column("entry_count", COUNT, "its records", minimum=0),
            Column("readings", READINGS, "what each measure of drift/ shows"),
            Column("title_keys", pa.list_(COUNT), "hashes of the folded titles, page order"),
            Column("arxiv_ids", TEXTS, "arXiv ids in the same order, empty where there is none"),
        ),
        references=(Reference("dump_id", "parsed_dumps"),),
        asset="cleaned_records",
        made_from=RAW_ASSETS,
    ),
    Table(
        "dump_findings",
        "clean",
        "something about a dump that is not as it should be",
        "finding_id",
        (
            Column("finding_id", TEXT, "dump and measure", unique=True),
            _dump_id(),
            Column("measure", TEXT, "measure of drift/ that is unusual"),
            Column(
                "severity",
                TEXT,
                "an error keeps the dump's entries out of the corpus",
                allowed=("error", "warn"),
            ),
            Column("measured", pa.float64(), "what the measure shows"),
            Column("expected_least", pa.float64(), "the least that would have been ordinary"),
            Column("expected_most", pa.float64(), "the most that would have been ordinary"),
            Column("window", pa.list_(pa.float64()), "what the dumps before it show"),
            Column("reason", TEXT, "what was expected, what was found, what to do", min_length=1),
        ),
        references=(Reference("dump_id", "dump_profiles"),),
        asset="cleaned_records",
        made_from=RAW_ASSETS,
    ),
    Table(
        "paper_records",
        "dedup",
        "which paper a record belongs to, and why",
        "record_id",
        (
            _record_id(unique=True),
            _paper_id(),
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
            _record_id(),
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
            _paper_id(unique=True),
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
        derived=False,
        made_from=("cleaned_records",),
    ),
    Table(
        "enriched_papers",
        "enrich",
        "the features of a paper",
        "paper_id",
        (
            _paper_id(unique=True),
            Column(
                "inputs",
                TEXT,
                "what the features are of: hash of the text, month, links given",
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
            Column("models", TEXTS, "models mentioned, each once", sources=PAPER_TEXT),
            Column("model_families", TEXTS, "families of these models", sources=PAPER_TEXT),
            Column("benchmarks", TEXTS, "benchmarks mentioned", sources=PAPER_TEXT),
            Column("datasets", TEXTS, "data sets mentioned", sources=PAPER_TEXT),
            Column("methods", TEXTS, "methods mentioned", sources=PAPER_TEXT),
            Column("tasks", TEXTS, "tasks mentioned", sources=PAPER_TEXT),
            Column("studied_languages", TEXTS, "human languages mentioned", sources=PAPER_TEXT),
            Column("hardware", TEXTS, "hardware mentioned", sources=PAPER_TEXT),
            Column("licences", TEXTS, "licences mentioned", sources=PAPER_TEXT),
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
            Column("kind", TEXT, "what it names", allowed=MENTION_KINDS),
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
                allowed=("paper", *COUNTED_BESIDE_MENTIONS, *MENTION_KINDS),
            ),
            Column("name", TEXT, "which one; `all` for papers", min_length=1),
            Column("paper_count", COUNT, "papers of the month that have it", minimum=1),
        ),
        indexed=("month",),
        made_from=("enriched_papers",),
    ),
    Table(
        "quality_scorecard",
        "assess",
        "a check, and what it found last",
        "check_id",
        (
            Column("check_id", TEXT, "asset and name of the check", unique=True),
            Column("asset", TEXT, "asset it is about"),
            Column("name", TEXT, "its name"),
            Column("promise", TEXT, "what it promises"),
            Column("is_blocking", pa.bool_(), "whether the next stage waits for it"),
            Column("verdict", TEXT, "what it found", allowed=("passed", "warned", "failed")),
            Column("words", TEXT, "what was expected and what was found"),
            Column(
                "depends_on_day", pa.bool_(), "whether the verdict may change with the day alone"
            ),
        ),
        made_from=CHECKED_ASSETS,
    ),
    Table(
        "column_coverage",
        "assess",
        "a column of a table, and how much of it is filled",
        "column_id",
        (
            Column("column_id", TEXT, "table and column", unique=True),
            Column("table", TEXT, "name of the table"),
            Column("column", TEXT, "name of the column"),
            Column("row_count", COUNT, "rows of the table", minimum=0),
            Column(
                "filled_count",
                COUNT,
                "rows that have a value, of lists at least one element",
                minimum=0,
            ),
        ),
        asset="quality_scorecard",
        made_from=CHECKED_ASSETS,
    ),
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
            _paper_id(unique=True),
            Column("first_release", TEXT, "the release it first stood in", pattern=VERSION),
        ),
        asset="corpus_release",
        derived=False,
        made_from=("deduplicated_papers",),
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def trace_column(table: Table, column: Column) -> tuple[tuple[str, str], ...]:
    """What a column is made from, as pairs of table and column, one step back."""
    if column.sources:
        pairs = (source.partition(".") for source in column.sources)
        return tuple((name, of) for name, _, of in pairs)
    sources = [BY_NAME[name] for name in table.made_from]
    same = tuple((t.name, column.name) for t in sources if column.name in t.schema.names)
    return same or tuple((t.name, t.key) for t in sources)


def data_dictionary() -> str:
    """The data dictionary as markdown: every table, every column, every promise."""
    return "\n".join(_dictionary_lines()) + "\n"


def _dictionary_lines() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Generated from `paper_pipeline/tables.py` by `paper-pipeline dictionary`; do not edit."
    yield ""
    yield "Working tables are Lance datasets, `lake/<table>.lance`; raw dumps are zstd files in"
    yield "`lake/raw/`, named by their SHA-256. `sample/` holds pages written for this project."
    for table in TABLES:
        yield ""
        yield f"## `{table.name}`"
        yield ""
        owner = f", kept by the asset `{table.asset}`" if table.asset else ""
        yield f"One row is {table.row}. Key: `{table.key}`. Stage: {table.stage}{owner}."
        for reference in table.references:
            yield f"Every `{reference.column}` stands in `{reference.table}`."
        yield ""
        yield "| column | type | meaning | promises |"
        yield "|---|---|---|---|"
        for column in table.columns:
            promises = "; ".join(column.constraints).replace("|", "\\|")
            yield f"| `{column.name}` | {column.type} | {column.description} | {promises} |"
