import importlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from paper_pipeline_tests.bench import comparison, dblp_acm, peers
from paper_pipeline_tests.bench.__main__ import print_comparison
from paper_pipeline_tests.bench.generator import KINDS, SCHEMA, generate, main
from paper_pipeline_tests.bench.scoring import score_labels

RECORDS = 3_000


@pytest.fixture(scope="module")
def corpus() -> pa.Table:
    return pa.concat_tables(generate(RECORDS, seed=7))


def labels(*values: int) -> pa.Table:
    return pa.table({"id": list(range(len(values))), "label": list(values)})


def truth(*clusters: int, kinds: list[str] | None = None) -> pa.Table:
    columns: dict[str, list[int] | list[str]] = {
        "id": list(range(len(clusters))),
        "cluster": list(clusters),
    }
    return pa.table(columns | ({"kind": kinds} if kinds else {}))


def test_a_corpus_is_the_same_for_the_same_seed_and_another_for_another(corpus: pa.Table) -> None:
    assert pa.concat_tables(generate(RECORDS, seed=7)).equals(corpus)
    assert not pa.concat_tables(generate(RECORDS, seed=8)).equals(corpus)


def test_columns_and_kinds_are_as_declared(corpus: pa.Table) -> None:
    assert corpus.schema == SCHEMA
    assert corpus["id"].to_pylist() == list(range(RECORDS))
    assert set(corpus["kind"].to_pylist()) == set(KINDS)
    assert all(corpus["title"].to_pylist())
    for kind, abstract in zip(
        corpus["kind"].to_pylist(), corpus["abstract"].to_pylist(), strict=True
    ):
        assert bool(abstract) == (kind != "titleonly")


@pytest.mark.parametrize("records", [0, 1, 2, 17])
def test_a_corpus_has_as_many_records_as_asked(records: int) -> None:
    assert sum(len(batch) for batch in generate(records, seed=1)) == records


def test_a_cluster_has_one_base_and_at_most_one_arxiv_id_that_no_other_has(
    corpus: pa.Table,
) -> None:
    bases: dict[int, int] = {}
    owners: dict[str, set[int]] = {}
    for row in corpus.to_pylist():
        bases[row["cluster"]] = bases.get(row["cluster"], 0) + (row["kind"] == "base")
        if row["arxiv_id"]:
            owners.setdefault(row["arxiv_id"], set()).add(row["cluster"])
    assert set(bases.values()) == {1}
    assert all(len(clusters) == 1 for clusters in owners.values())
    clusters_with_id = [cluster for clusters in owners.values() for cluster in clusters]
    assert len(clusters_with_id) == len(set(clusters_with_id))


def test_copies_do_not_stand_beside_their_base(corpus: pa.Table) -> None:
    clusters = corpus["cluster"].to_numpy()
    assert np.mean(clusters[1:] == clusters[:-1]) < 0.002


def test_the_command_writes_the_corpus(tmp_path: Path, corpus: pa.Table) -> None:
    target = tmp_path / "corpus.parquet"
    main(["--records", str(RECORDS), "--out", str(target)])
    assert pq.read_table(target).equals(corpus)


def test_scores_by_hand() -> None:
    # True pairs 01 02 12 34; labelled pairs 01 23 24 34; both 01 34.
    scores = score_labels(truth(5, 5, 5, 6, 6), labels(1, 1, 2, 2, 2))
    assert (scores.true_pairs, scores.labelled_pairs, scores.shared_pairs) == (4, 4, 2)
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)
    assert scores.recall_by_kind == {}


def test_recall_by_kind_counts_the_pairs_of_each_record_of_a_kind() -> None:
    kinds = ["base", "word", "word", "base", "rev"]
    scores = score_labels(truth(5, 5, 5, 6, 6, kinds=kinds), labels(1, 1, 2, 3, 3))
    # The first word copy has met its base but not the other copy, which has met nobody.
    assert scores.recall_by_kind == {"word": 0.25, "rev": 1.0}


def test_labels_that_join_nothing_claim_nothing_false() -> None:
    scores = score_labels(truth(5, 5, 6), labels(1, 2, 3))
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 0.0, 0.0)


def test_labels_that_join_everything_find_everything() -> None:
    scores = score_labels(truth(5, 5, 6, 6), labels(1, 1, 1, 1))
    assert (scores.precision, scores.recall, scores.f1) == (2 / 6, 1.0, 0.5)


def test_labels_may_come_in_any_order_and_of_any_type() -> None:
    shuffled = pa.table({"id": [3, 0, 2, 1], "label": ["b", "a", "b", "a"]})
    assert score_labels(truth(5, 5, 6, 6), shuffled).f1 == 1.0


def test_ids_that_are_numbers_may_come_as_text() -> None:
    named = pa.table({"id": [str(number) for number in range(12)], "label": [*range(10), 10, 10]})
    assert score_labels(truth(*range(10), 10, 10), named).f1 == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        labels(1, 1, 1),
        pa.table({"id": [0, 1, 1, 2], "label": [1, 1, 1, 1]}),
        pa.table({"id": [0, 1, 2, 9], "label": [1, 1, 1, 1]}),
        pa.table({"id": [0, 1, 2, 3], "label": [1, 1, None, 1]}),
    ],
)
def test_labels_for_other_records_are_refused(wrong: pa.Table) -> None:
    with pytest.raises(ValueError, match=r"id|label"):
        score_labels(truth(5, 5, 6, 6), wrong)


def test_a_missing_peer_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    for label in peers.PEERS.values():
        with pytest.raises(SystemExit, match=r"not installed .*\[bench\]"):
            label(tmp_path / "none.parquet")


def test_equal_text_is_what_pandas_finds(tmp_path: Path, corpus: pa.Table) -> None:
    source = tmp_path / "corpus.parquet"
    pq.write_table(corpus, source)
    scores = score_labels(corpus, peers.label_pandas(source))
    assert scores.precision > 0.99
    assert scores.recall_by_kind["exact"] > 5 * scores.recall_by_kind["version"]


DBLP = """id%title%authors%venue%year
0%Joins & Views%Ann Lee, Bo Li%VLDB%1999
1%Joins & Views%Ann Lee, Bo Li%VLDB%1999
2%Book Reviews%Cy Day%SIGMOD Record%2003
"""
ACM = """id%title%authors%venue%year
0%The &#961; operator%Bertram Lud&#228;scher, Ann Lee%Very Large Data Bases%2002
1%Joins and views%Ann Lee, Bo Li%Very Large Data Bases%1999
2%Book reviews%"ACM SIGMOD Record%2003%%Book reviews ACM SIGMOD Record 2003"%%
"""
PAIRS = "D1%D2\n1%1\n2%2\n"


@pytest.fixture
def libraries(tmp_path: Path) -> pa.Table:
    for name, text in {"dblp": DBLP, "acm": ACM, "gt": PAIRS}.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return dblp_acm.read_benchmark(tmp_path)


def test_two_libraries_are_read_as_one_table(libraries: pa.Table) -> None:
    assert libraries.schema == dblp_acm.SCHEMA
    rows = {row["id"]: row for row in libraries.to_pylist()}
    assert list(rows) == ["dblp:0", "dblp:1", "dblp:2", "acm:0", "acm:1", "acm:2"]
    assert rows["acm:0"] == {
        "id": "acm:0",
        "source": "acm",
        "title": "The ρ operator",
        "abstract": None,
        "authors": ["Bertram Ludäscher", "Ann Lee"],
        "year": 2002,
        "cluster": rows["acm:0"]["cluster"],
    }
    assert (rows["acm:2"]["authors"], rows["acm:2"]["year"]) == ([], 2003)
    clusters = [row["cluster"] for row in rows.values()]
    assert [clusters.index(cluster) for cluster in clusters] == [0, 1, 2, 3, 1, 2]


def test_across_the_libraries_no_pair_within_one_counts(libraries: pa.Table) -> None:
    # Joined are dblp:0, dblp:1 and acm:1: one pair is true, one false, one within a library.
    found = pa.table({"id": libraries["id"], "label": [1, 1, 2, 3, 1, 4]}).take([5, 4, 3, 2, 1, 0])
    across = dblp_acm.score_across(libraries, found)
    assert (across.true_pairs, across.labelled_pairs, across.shared_pairs) == (2, 2, 1)
    assert (across.precision, across.recall, across.f1) == (0.5, 0.5, 0.5)
    assert score_labels(libraries, found).labelled_pairs == 3


@pytest.mark.skipif(not dblp_acm.FOLDER.is_dir(), reason=dblp_acm.NO_BENCHMARK)
def test_the_real_benchmark_has_the_records_and_pairs_it_is_known_for() -> None:
    table = dblp_acm.read_benchmark(dblp_acm.FOLDER)
    assert table["source"].value_counts().to_pylist() == [
        {"values": "dblp", "counts": 2616},
        {"values": "acm", "counts": 2294},
    ]
    assert table["title"].null_count == table["year"].null_count == 0
    truth = pa.table({"id": table["id"], "label": table["cluster"]})
    assert dblp_acm.score_across(table, truth).shared_pairs == 2224


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small increments; and what only keeps this process small is not worth seconds here."""
    monkeypatch.setattr(comparison, "INCREMENT", 20)
    monkeypatch.setattr(comparison, "INCREMENTS", 2)
    monkeypatch.setattr(comparison, "_in_a_process", lambda function, *args: function(*args))
    monkeypatch.setattr(comparison, "_warm_up", comparison._warm_up.__wrapped__)


@pytest.mark.usefixtures("quick")
def test_generated_records_hide_the_truth_and_are_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = comparison.make_records(tmp_path, 500)
    shown, known = pq.read_table(records.shown), pq.read_table(records.truth)
    assert shown.column_names == ["id", "title", "abstract", "arxiv_id"]
    assert known.column_names == ["id", "cluster", "kind"]
    assert shown["id"].to_pylist() == known["id"].to_pylist() == list(range(500))
    ids = [id_ for path in records.increments for id_ in pq.read_table(path)["id"].to_pylist()]
    assert ids == list(range(500, 540))

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(comparison.generator, "generate", refuse)
    assert comparison.make_records(tmp_path, 500) == records
    records.truth.write_bytes(b"half a file")
    with pytest.raises(AssertionError):
        comparison.make_records(tmp_path, 500)


def test_the_settings_of_the_bench_are_kept_from_what_it_runs(tmp_path: Path) -> None:
    given = {
        "PAPER_PIPELINE_BENCH_SMALL": "1",
        "PAPER_PIPELINE_BENCH_DIR": str(tmp_path / "kept"),
        "PAPER_PIPELINE_BENCH_PEERS": "/their/python",
        "HOME": "/home",
    }
    with comparison.open_bench(given) as bench:
        assert bench == comparison.Bench(tmp_path / "kept", "/their/python", is_small=True)
    assert given == {"HOME": "/home"}
    assert bench.folder.is_dir()
    with comparison.open_bench({}) as bench:
        assert bench.folder.is_dir()
    assert not bench.folder.exists()


@pytest.mark.usefixtures("quick")
def test_tools_are_compared_by_processes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every increment is timed after a warm-up; here it would only take longer.
    monkeypatch.setattr(comparison, "_warm_up", lambda python, tool: True)
    rows = comparison.compare_generated(comparison.Bench(tmp_path), 500, ["pandas"])
    assert [row.tool for row in rows] == ["pandas", comparison.OURS]
    theirs, ours = (row.scores.f1 if row.scores else 0 for row in rows)
    assert ours > 0.9 > theirs > 0
    assert all(row.cost and row.cost.cpu_seconds > 0 for row in rows)


@pytest.mark.usefixtures("quick")
def test_every_increment_is_timed(tmp_path: Path) -> None:
    (step,) = comparison.measure_increments(comparison.Bench(tmp_path), [500])
    assert (step.records, len(step.milliseconds)) == (500, 2)
    assert min(*step.milliseconds, step.bytes_per_record) > 0


@pytest.mark.usefixtures("quick")
def test_a_tool_that_is_missing_has_a_row_that_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"rensa is {peers.NOT_INSTALLED}")

    monkeypatch.setattr(comparison, "run_once", fail)
    rows = comparison.compare_generated(comparison.Bench(tmp_path), 500, ["rensa"])
    assert rows[0] == comparison.Row("rensa")
    out = io.StringIO()
    print_comparison(Console(file=out, width=200), "title", rows[:1])
    assert "rensa: not installed (pip install .[bench])" in " ".join(out.getvalue().split())
