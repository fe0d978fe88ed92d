"""What the stage that writes `papers.db` and those who search it agree on: columns, words, sizes.

Data flow: none. How the database is written belongs in release/database.py, how it is searched in
reader/search.py. Needs nothing but the standard library, as searching does.
"""

DATABASE_FILE = "papers.db"
# Raise when a table or column that search.py or explore.py reads changes.
SCHEMA_VERSION = 2
# Columns of `papers` that are made for searching and browsing; all others are those of
# papers.parquet, days as texts and lists as JSON.
MADE_COLUMNS = {
    "dated_on": "published_on, or first_listed_on where that is not known",
    "has_code": "1 where code is linked",
    "parameter_counts": "model sizes mentioned",
    "size_class": "class of the largest of them",
    "code_url": "address of the code: as given beside the text, or the first in it",
    "authors": "names of the authors, in order",
    "names": "all names mentioned",
    "keyphrases": "phrases that say what it is about, the best first",
    "facets": "what searches filter by: with code, sizes of models",
}
# Columns of papers.parquet that have no place in `papers`, and why.
LEFT_OUT = {
    **dict.fromkeys(
        ("links", "mentions", "reported_scores"),
        "structs: code_url, the tables names and mentions, or the Parquet file have them",
    ),
    **dict.fromkeys(
        ("first_record_id", "dump_count", "field_record_ids", "corrected_fields"),
        "lineage, which is walked with the Parquet files",
    ),
    **dict.fromkeys(
        ("submitted_by", "discussion_id", "thumbnail_url", "media_urls", "is_author_participating"),
        "of the site's page, not of the paper",
    ),
    "code_repository_url": "in code_url",
    "withdrawn_on": "hardly a paper has it",
    **dict.fromkeys(
        ("word_count", "sentence_count", "character_count", "language_score"),
        "nobody browses by them",
    ),
}
# What a word in a column weighs; the columns of papers_fts in order. Of the words of 426 real
# titles 95 % stand in the abstract seven times or less: once in a title is to count for more.
# Names are canonical spellings of what mostly stands in the abstract too. Facets are no words.
WEIGHTS = {
    "title": 8.0,
    "abstract": 1.0,
    "authors": 4.0,
    "names": 2.0,
    "keywords": 2.0,
    "facets": 0.0,
}
TOKENIZER = "porter unicode61 remove_diacritics 2"
# What papers are filtered by stands among their words, so that FTS5 skips the others at once:
# opening each paper that has the words would take seconds. To FTS5 the sign is a letter, and no
# word that people type begins with it.
FACET_SIGN = "\u02d0"
CODE_FACET = f"{FACET_SIGN}code"
# Papers in the index of the newest: so many, and no more than this share of all.
MOST_NEWEST = 20_000
NEWEST_SHARE = 0.1
# Where so many of them match, twice MOST_RANKED would in all, if the others are like them.
ENOUGH_NEWEST = 1_000
UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
# Sizes of models to their first digit, from which size on each: 7B from 7 to 8 billion parameters.
# Smaller and greater ones go with the first and the last.
SIZE_STEPS = {
    f"{digit * ten}{unit}": digit * ten * UNITS[unit]
    for unit in "MB"
    for ten in (1, 10, 100)
    for digit in range(1, 10)
}
