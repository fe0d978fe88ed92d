"""The printer: whoever wrote a text, a terminal shows it as text."""

from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import TimeElapsedColumn
from rich.text import Text

from paper_pipeline.cli.console import print_table, safe, say, show_progress

UNKIND = [
    ("A plain title", "A plain title"),
    ("[bold]Loud[/] and [link=http://a.b]linked[/link]",) * 2,
    ("[/nothing] is opened",) * 2,
    ("ends with a backslash\\",) * 2,
    ("\\[bold]escaped already",) * 2,
    (":warning: is no picture",) * 2,
    ("clears\x1b[2J the screen", "clears\ufffd[2J the screen"),
    ("\x1b]0;renames the window\x07", "\ufffd]0;renames the window\ufffd"),
    ("\x1b]8;;http://evil.example\x1b\\a link", "\ufffd]8;;http://evil.example\ufffd\\a link"),
    ("moves up by a C1 control \x9b1A", "moves up by a C1 control \ufffd1A"),
    ("hides\x08\x08\x7f", "hides\ufffd\ufffd\ufffd"),
    ("invoice_\u202efdp.exe", "invoice_\ufffdfdp.exe"),
    ("isolates \u2066right\u2069", "isolates \ufffdright\ufffd"),
    ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
    ("two\nlines\r\nand\ttabs\u2028or\x85others", "two lines  and tabs or others"),
    ("bytes that are no UTF-8: \udcff", "bytes that are no UTF-8: \ufffd"),
    ("café, 論文, שלום",) * 2,
    (None, "None"),
]


def _say(text: object, to: Console) -> None:
    say(text, to=to)


def _put_into_a_table(text: object, to: Console) -> None:
    print_table(("title", "is"), [(str(text), "so")], to=to)


def _show_as_progress(text: object, to: Console) -> None:
    bar = show_progress(TimeElapsedColumn())
    bar.add_task(str(text))
    to.print(bar.get_renderable())


@pytest.mark.parametrize("show", [_say, _put_into_a_table, _show_as_progress])
@pytest.mark.parametrize(("text", "shown"), UNKIND)
def test_texts_of_strangers(show: Callable[..., None], text: object, shown: str) -> None:
    file = StringIO()
    show(text, Console(file=file, width=200, color_system=None, force_terminal=True))
    said = file.getvalue()
    assert shown in said
    assert [sign for sign in said if not (sign.isprintable() or sign == "\n")] == []
    assert said.count("\n") == (2 if show is _put_into_a_table else 1)


@given(st.text(st.characters()))
def test_a_safe_text_is_one_line_of_the_same_length(text: str) -> None:
    shown = safe(text).plain
    assert shown.isprintable()
    assert len(shown) == len(text)


def _printed(print_it: Callable[[Console], None], width: int = 40) -> list[str]:
    file = StringIO()
    print_it(Console(file=file, width=width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_line_is_broken_between_words_or_not_at_all() -> None:
    words = "word " * 20
    assert _printed(lambda to: say(words, to=to)) == [words.rstrip()]
    assert _printed(lambda to: say(words, to=to, wraps=True)) == [("word " * 8).rstrip()] * 2 + [
        ("word " * 4).rstrip()
    ]


def test_a_style_is_kept_beside_text_of_strangers() -> None:
    file = StringIO()
    to = Console(file=file, color_system="standard", force_terminal=True)
    say(Text("ours", "bold"), " [red]theirs\x1b[31m", to=to)
    assert file.getvalue() == "\x1b[1mours\x1b[0m [red]theirs\ufffd[31m\n"


def test_numbers_of_a_table_are_aligned() -> None:
    rows = [("papers", 1_234_567, 0.5, "3"), ("dumps", None, 12, "4")]
    assert _printed(lambda to: print_table(("table", "rows", "MB", "version"), rows, to=to)) == [
        " table        rows   MB  version",
        " papers  1,234,567  0.5  3",
        " dumps           ·   12  4",
    ]


def test_what_names_a_row_is_not_broken() -> None:
    name = "abababababababab:000000"
    rows = [(name, "a reason that takes more than the rest of the line")]
    assert _printed(lambda to: print_table(("entry", "reason"), rows, to=to))[1].startswith(
        f" {name}  a reason"
    )


def test_a_table_without_rows_is_not_shown() -> None:
    assert _printed(lambda to: print_table(("table", "rows"), [], to=to)) == []
