"""What is left to parse, told from the tables alone.

Data flow: raw dumps, parsed_dumps, rows counted in the clean tables -> ids of dumps to parse.

How a dump is parsed belongs in formats/ and normalize.py.
"""

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

# What a dump does not say itself: how it was captured, what people decided of its entries, and
# whether it is damaged, held against the other dumps.
KNOWN_OUTSIDE = ("capture", "decisions", "damage")


def find_pending_dumps(
    dumps: pa.Table,
    parsed: pa.Table,
    current_version: Callable[[str], int],
    versions: Mapping[str, int],
    stored: Mapping[str, tuple[int, Callable[[], pa.Table]]],
) -> list[str]:
    """The dumps that are not parsed as they would be now.

    They were never parsed, or by an older parser or with older repairs or rules, or when less was
    known of them (the day asked for, the moment of capture) or other things were decided of their
    entries or found about the whole dump, or their rows are lost.

    Args:
        dumps: Columns dump_id, captured_at, and those of KNOWN_OUTSIDE.
        parsed: Columns dump_id, format, parser_version, record_count, quarantined_count, those of
            KNOWN_OUTSIDE and those named in `versions`.
        current_version: The version of a format's parser.
        versions: For repair_version and rules_version, the version in force.
        stored: For record_count and quarantined_count, how many such rows are stored, and how to
            read their dump_id column; a crash or a lost table shows as a difference.

    Returns:
        Ids in the order in which the dumps were captured.
    """
    known = parsed.to_pandas().set_index("dump_id")
    parsers = {name: current_version(name) for name in known["format"].unique()}
    is_done = known["parser_version"] == known["format"].map(parsers)
    for column, version in versions.items():
        is_done &= known[column] == version
    outside = dumps.to_pandas().set_index("dump_id").reindex(known.index)
    for column in KNOWN_OUTSIDE:
        is_done &= known[column] == outside[column]
    for count, (row_count, read_rows) in stored.items():
        if known[count].sum() != row_count:
            found = read_rows().to_pandas()["dump_id"].value_counts()
            is_done &= known[count] == found.reindex(known.index, fill_value=0)
    frame = dumps.to_pandas().sort_values(["captured_at", "dump_id"])
    return frame.loc[~frame["dump_id"].isin(known.index[is_done]), "dump_id"].tolist()


def batches(pending: list[str], sizes: dict[str, int], *, max_bytes: int) -> Iterator[list[str]]:
    """Parts dumps into batches of bounded size, so that memory is bounded and a crash costs one."""
    batch: list[str] = []
    size = 0
    for dump_id in pending:
        if batch and size + sizes[dump_id] > max_bytes:
            yield batch
            batch, size = [], 0
        batch.append(dump_id)
        size += sizes[dump_id]
    if batch:
        yield batch
