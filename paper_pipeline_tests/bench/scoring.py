"""Scores a clustering against the true one, pair by pair, without listing the pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """Pairwise quality of a clustering; see `score_labels` for what each figure counts."""

    precision: float
    recall: float
    f1: float
    true_pairs: int
    labelled_pairs: int
    shared_pairs: int
    recall_by_kind: Mapping[str, float] = field(default_factory=dict)


def score_labels(truth: pa.Table, labels: pa.Table) -> Scores:
    """Compares labels with true clusters over all pairs of records that either puts together.

    With n records in a cluster, in a label, or in both at once (a cell of the contingency table),
    that group holds n (n - 1) / 2 pairs; the three sums give precision and recall. Labels that
    join nothing claim nothing false, so their precision is 1; likewise recall is 1 where there is
    nothing to find.

    The recall of a kind takes every record of that kind and its pairs with all other members of
    its true cluster, whatever their kinds, and says which share of these pairs the labels hold
    together. A pair of two records of one kind is thus counted from both ends.

    Args:
        truth: Columns `id` and `cluster`, and `kind` where known; one row a record.
        labels: Columns `id` and `label` of any type, for the same records in any order.

    Returns:
        The scores; `recall_by_kind` leaves out `base`, and is empty without a column `kind`.

    Raises:
        ValueError: Where the two tables do not hold the same ids, each once, or a value is null.
    """
    # Numbers and their names sort differently, so the type comes before the order.
    named = pa.table({"id": labels["id"].cast(truth["id"].type)})
    order, label_order = _by_id(truth, "truth"), _by_id(named, "labels")
    ids, label_ids = truth["id"].take(order), named["id"].take(label_order)
    if not ids.equals(label_ids):
        raise ValueError(
            f"labels are not for the records of the truth: {len(label_ids)} ids against {len(ids)};"
            " give every record of the truth one label, its own where it has no duplicate"
        )
    clusters = _codes(truth["cluster"].take(order))
    found = _codes(labels["label"].take(label_order))
    cells, cell_sizes = _count(clusters * (found.max(initial=0) + 1) + found)
    _, cluster_sizes = _count(clusters)
    _, label_sizes = _count(found)
    true, labelled, shared = map(_pairs, (cluster_sizes, label_sizes, cell_sizes))
    by_kind: dict[str, float] = {}
    if "kind" in truth.column_names:
        partners = cluster_sizes[clusters] - 1
        met = cell_sizes[cells] - 1
        kinds = np.asarray(truth["kind"].take(order).to_pylist(), dtype=object)
        for kind in sorted(set(kinds.tolist()) - {"base"}):
            here = kinds == kind
            by_kind[kind] = _share(int(met[here].sum()), int(partners[here].sum()))
    return score_pairs(true, labelled, shared, by_kind)


def score_pairs(
    true: int, labelled: int, shared: int, by_kind: Mapping[str, float] | None = None
) -> Scores:
    """Makes scores of how many pairs are true, labelled, and both."""
    return Scores(
        precision=_share(shared, labelled),
        recall=_share(shared, true),
        f1=2 * shared / (labelled + true) if labelled + true else 1.0,
        true_pairs=true,
        labelled_pairs=labelled,
        shared_pairs=shared,
        recall_by_kind=by_kind or {},
    )


def _by_id(table: pa.Table, name: str) -> pa.Array:
    ids = table["id"]
    if ids.null_count or len(pc.unique(ids)) != len(ids):
        raise ValueError(f"{name}: every row needs an id of its own")
    return pc.sort_indices(table.select(["id"]), sort_keys=[("id", "ascending")])


def _codes(values: pa.ChunkedArray) -> Codes:
    if values.null_count:
        raise ValueError(f"{values.null_count} records have no cluster or label")
    coded = values.combine_chunks().dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _count(codes: Codes) -> tuple[Codes, Codes]:
    """The group of each record, numbered, and the size of each group."""
    _, groups, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    return groups.astype(np.int64), sizes.astype(np.int64)


def _pairs(sizes: Codes) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
