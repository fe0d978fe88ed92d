"""Small corpora for tests of the engine, made so that their records collide a lot.

`CONTENTS` are what a record can say: few titles and few abstracts in several spellings, few arXiv
ids, DOIs and authors that contradict one another. A history of a corpus is written in places in
them, so that hypothesis shrinks it to a few small numbers.
"""

import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from paper_pipeline.dedup import index as index_module
from paper_pipeline.dedup.engine import Batch, Update, plan_update
from paper_pipeline.dedup.index import MatchIndex, State
from paper_pipeline.dedup.signatures import Signatures, sign_records
from paper_pipeline.rulings.corrections import NONE, Corrections, Link

SCHEMA = pa.schema(
    {
        "title": pa.string(),
        "abstract": pa.string(),
        "arxiv_id": pa.string(),
        "authors": pa.list_(pa.string()),
        "year": pa.int64(),
        "doi": pa.string(),
    }
)
ARXIV_IDS = ("2501.00001", "2501.00002", "2501.00003")
RECORD_IDS = tuple(f"{number:016x}:000000" for number in range(9))
# What records say from now on, as places in CONTENTS; None: they are gone.
Step = dict[str, int | None]
# Every kind of entry of the index, but its state.
KINDS = tuple(
    getattr(index_module, name)
    for name in ("ARXIV", "EDGES", "NODE_OF_KEY", "BLOCK", "MEMBERS", "NODE", "PAPER", "RECORD")
)


def make_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Records with what is given, and null for the rest."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)


def sign(*rows: Mapping[str, Any]) -> Signatures:
    return sign_records(make_table(rows))


def make_words(seed: int, count: int = 40) -> list[str]:
    """Words of letters alone, others for every seed."""
    choose = random.Random(seed)  # noqa: S311 -- not a secret
    return [
        choose.choice(("ba", "do", "ki", "lu", "mer", "nos", "pra", "que"))
        + choose.choice(("bi", "den", "fo", "gal", "hu", "jin", "ro", "vam", "zo"))
        + choose.choice(("len", "gar", "tion", "ment", "ing", "ost", "arp"))
        for _ in range(count)
    ]


def make_text(seed: int, count: int = 40) -> str:
    return " ".join(make_words(seed, count))


# Titles that are easily taken for one another.
THEMES = (
    (
        "Deep sparse attention for long rivers",
        "Deep sparse attention for long rivers: Part I",
        "Deep sparse attention for long rivers: Part II",
        "Sparse deep attention for long rivers",
        "Deep sparse atention for long rivers",
        "Comment on deep sparse attention for long rivers",
    ),
    (
        "RiverNet: deep sparse attention",
        "RiverNet deep sparse attention",  # folds to the same, but has no name before a colon
        "RiverNet deep sparseattention",  # folds to the same but for a space
        "RiverNet: bright kernels in noise",
        "Deep sparse attention",
        "A survey of deep sparse attention",
    ),
    (
        "Of long trees attention and",
        "Long of and trees attention and long",
        "Long trees attention",
        "Introduction",
        "Long trees of attention, online",
        "Long trees of attention, offline",
    ),
    (
        "深度稀疏注意力机制研究",
        "深度稀疏注意力机制研究 II",
        "稀疏深度注意力机制",
        "Глубокое внимание: обзор методов",
        "Обзор методов глубокого внимания",
        "Глубокое вниманье: обзор",
    ),
)
# What is said under those titles: one text whole, cut, retouched, joined to another; or none.
_WORDS, _OTHER = make_words(1), make_words(2)
PAIR, OTHERS = ["Ada Lovelace", "Alan Turing"], ["Lovelace, Ada", "Gödel, Kurt"]
BODIES: tuple[dict[str, Any], ...] = (
    {"authors": PAIR},
    {"authors": OTHERS, "year": 2020},
    {"arxiv_id": ARXIV_IDS[0]},
    {"abstract": " ".join(_WORDS), "authors": PAIR, "year": 2020},
    {"abstract": " ".join(_WORDS[20:]), "authors": OTHERS},
    {"abstract": " ".join([*_WORDS[:5], "changed", *_WORDS[6:]]), "arxiv_id": ARXIV_IDS[0]},
    {"abstract": " ".join(_WORDS[:20] + _OTHER[20:]), "arxiv_id": ARXIV_IDS[1], "year": 2021},
    {"abstract": " ".join(_OTHER), "doi": "10.1/a", "authors": PAIR},
    {"abstract": " ".join(_OTHER[:20]), "doi": "10.1/b", "year": 2025},
)
CONTENTS = [{"title": title, **body} for titles in THEMES for body in BODIES for title in titles]
CONTENTS_A_THEME = len(CONTENTS) // len(THEMES)


@cache
def signed_contents() -> Signatures:
    """CONTENTS, signed once."""
    return sign(*CONTENTS)


def name_node(place: int) -> str:
    """The subject of a correction that means the node of one of CONTENTS."""
    return f"paper:{signed_contents().rows['node_key'][place : place + 1].tobytes().hex()}"


def make_batch(records: Mapping[str, int]) -> Batch:
    """Records, given as places in CONTENTS."""
    return Batch(signed_contents().take(np.array([*records.values()], np.int64)), [*records])


def build(records: Mapping[str, int], corrections: Corrections = NONE) -> Update:
    """All records at once, into an empty index, in the order of their ids."""
    batch = make_batch(dict(sorted(records.items())))
    return plan_update(MatchIndex(), batch, corrections=corrections)


def list_papers(update: Update) -> dict[str, str]:
    """The paper_id of every record that an update touches."""
    return {
        record_id: paper_id
        for record_ids, paper_id in zip(update.members, update.paper_ids, strict=True)
        for record_id in record_ids
    }


def write_update(index: MatchIndex, update: Update) -> None:
    index.write(dict(update.entries()), update.state)


def clear_index(index: MatchIndex) -> None:
    """Forgets all that an index holds: quicker than a store of its own for every example."""
    entries = {kind + key: None for kind in KINDS for key, _ in index.items(kind)}
    index.write(entries, State())


def describe_index(index: MatchIndex, record_ids: Sequence[str]) -> dict[str, Any]:
    """What an index holds, with node keys in place of node numbers.

    Args:
        index: An index.
        record_ids: All that are in it.
    """
    nodes_of_records = index.find_nodes_of_records(record_ids)
    numbers = np.unique(nodes_of_records)
    assert (numbers >= 0).all()
    signatures = index.read_signatures(numbers)
    keys = [key.hex() for key in index_module.split(signatures.node_keys)]
    name = dict(zip(numbers.tolist(), keys, strict=True))
    assert index.find_nodes(signatures.node_keys).tolist() == numbers.tolist()
    blocks = np.unique(signatures.rows["keys"])
    blocks = blocks[blocks > 0]
    counts, places, holders = index.find_holders(blocks)
    held: dict[int, set[str]] = {block: set() for block in blocks.tolist()}
    for place, holder in zip(places.tolist(), holders.tolist(), strict=True):
        held[int(blocks[place])].add(name[holder])
    arxiv_ids = sorted(set(signatures.arxiv_ids.drop_null().to_pylist()))
    state = asdict(index.state)
    del state["next_node"]
    return {
        "state": state,
        "records": dict(zip(record_ids, map(name.get, nodes_of_records.tolist()), strict=True)),
        "members": dict(zip(keys, index.read_members(numbers), strict=True)),
        "signatures": {
            key: (row.tobytes(), title, arxiv_id)
            for key, row, title, arxiv_id in zip(
                keys,
                signatures.rows,
                signatures.titles.to_pylist(),
                signatures.arxiv_ids.to_pylist(),
                strict=True,
            )
        },
        "edges": {
            key: {name[node]: log_odds for node, log_odds in edges.tolist()}
            for key, edges in zip(keys, index.read_edges(numbers), strict=True)
        },
        "arxiv": {
            arxiv_id: {name[node] for node in nodes.tolist()}
            for arxiv_id, nodes in zip(arxiv_ids, index.find_arxiv_nodes(arxiv_ids), strict=True)
        },
        "holders": held,
        "holder_counts": dict(zip(blocks.tolist(), counts.tolist(), strict=True)),
        "entry_counts": {kind: sum(1 for _ in index.items(kind)) for kind in KINDS},
    }


SUBJECTS = (
    st.sampled_from(RECORD_IDS)
    | st.sampled_from([f"arxiv:{arxiv_id}" for arxiv_id in ARXIV_IDS])
    | st.integers(0, len(CONTENTS) - 1).map(name_node)
)
LINKS = st.builds(
    lambda kind, subjects: Link(kind, tuple(subjects), "reason", "author"),
    st.sampled_from(["must_link", "cannot_link"]),
    st.lists(SUBJECTS, min_size=2, max_size=3, unique=True),
)
CORRECTIONS = st.lists(LINKS, max_size=4).map(tuple).map(Corrections)


@st.composite
def draw_places(draw: st.DrawFn, most: int) -> list[int]:
    """Places in CONTENTS, of one theme."""
    first = draw(st.integers(0, len(THEMES) - 1)) * CONTENTS_A_THEME
    return draw(
        st.lists(st.integers(first, first + CONTENTS_A_THEME - 1), min_size=1, max_size=most)
    )


@st.composite
def draw_history(draw: st.DrawFn) -> list[Step]:
    """Steps of a corpus of one theme."""
    first = draw(st.integers(0, len(THEMES) - 1)) * CONTENTS_A_THEME
    places = st.integers(first, first + CONTENTS_A_THEME - 1)
    record_ids = st.sampled_from(RECORD_IDS)
    start: Step = dict(draw(st.dictionaries(record_ids, places, min_size=3, max_size=9)))
    steps = st.dictionaries(record_ids, st.none() | places, max_size=6)
    return [start, *draw(st.lists(steps, min_size=1, max_size=3))]


def number_records(places: Iterable[int]) -> dict[str, int]:
    """Records that say what stands at these places."""
    return {f"{number:016x}:000000": place for number, place in enumerate(places)}


def set_cap(monkeypatch: pytest.MonkeyPatch, cap: int) -> None:
    """Tells every module that asks when a key is too common."""
    asking = [
        module
        for name, module in sys.modules.items()
        if name.startswith("paper_pipeline.dedup") and hasattr(module, "MOST_NODES_A_KEY")
    ]
    assert len(asking) > 1
    for module in asking:
        monkeypatch.setattr(module, "MOST_NODES_A_KEY", cap)


def keep_store() -> Iterator[MatchIndex]:
    """One store for all examples of a module, each of which clears it first.

    In memory, where there is a place for that: every write waits for the disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 -- for a folder of our own within it
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    index = MatchIndex(folder / "index", create=True)
    yield index
    index.close()
    shutil.rmtree(folder)
