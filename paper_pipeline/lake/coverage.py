"""How much of a column says something.

Data flow: a column -> the number of rows that are filled.
"""

import pyarrow as pa
import pyarrow.compute as pc


def count_filled(column: pa.Array | pa.ChunkedArray) -> int:
    """Rows that say something: null, the empty text and the empty list do not."""
    if pa.types.is_string(column.type):
        says = pc.greater(pc.binary_length(column), 0)
    elif pa.types.is_list(column.type):
        says = pc.greater(pc.list_value_length(column), 0)
    else:
        says = pc.is_valid(column)
    return pc.sum(says).as_py() or 0
