"""`paper-pipeline check`: looks whether what is kept is what was written, and mends nothing."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from paper_pipeline.lake import guard
from paper_pipeline_tests.corpus import Corpus, abstract, page

Command = Callable[..., CompletedProcess[str]]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    guard._sound.clear()


def newest_data(corpus: Corpus, table: str) -> Path:
    data = corpus.lake.folder / f"{table}.lance" / "data"
    return max(data.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def stored_dump(corpus: Corpus) -> Path:
    (path,) = (corpus.lake.folder / "raw").glob("*/*.zst")
    return path


def lose(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("find", "harm", "is_full", "says"),
    [
        (None, None, False, "Nothing was touched"),
        (None, None, True, "All is as it was written"),
        (lambda c: newest_data(c, "paper_records"), flip, False, "makes this table again"),
        (lambda c: newest_data(c, "raw_inbox_dumps"), flip, False, "cannot be made again"),
        (stored_dump, flip, False, "Nothing was touched"),
        (stored_dump, flip, True, "put the page into the inbox again"),
        (stored_dump, lose, False, "put the page into the inbox again"),
        (lambda c: c.folder / "releases/2026.01.09/papers.db", flip, True, "papers.db"),
        (lambda c: c.folder / "releases/2026.01.09/manifest.json", lose, True, "manifest.json"),
    ],
)
def test_check(
    corpus: Corpus,
    command: Command,
    find: Callable[[Corpus], Path] | None,
    harm: Callable[[Path], None] | None,
    is_full: bool,
    says: str,
) -> None:
    corpus.write("a.txt", page(("One", abstract(1)), ("Two", abstract(2))))
    corpus.update()
    if find and harm:
        harm(find(corpus))
    for _ in range(2):
        done = command("check", *["--full"] * is_full)
        assert says in (done.stdout + done.stderr).replace("\n", " ")
        assert done.returncode == (says[:3] not in ("Not", "All"))


def test_a_damaged_dump_is_mended_by_the_page_itself(corpus: Corpus, command: Command) -> None:
    corpus.write("a.txt", page(("One", abstract(1))))
    corpus.update()
    flip(stored_dump(corpus))
    assert command("check", "--full").returncode == 1
    corpus.write("again.txt", page(("One", abstract(1))))
    corpus.update()
    assert command("check", "--full").returncode == 0
