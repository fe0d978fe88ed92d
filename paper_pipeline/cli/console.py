"""The console: everything that a command shows goes through here.

Data flow: text, rows, progress -> the terminal.

Titles, file names and reasons were written by strangers. Here they lose whatever would steer a
terminal, and Rich reads no markup in them. What a command says belongs in the command.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task
from rich.table import Table
from rich.text import Text

out = Console()
err = Console(stderr=True)
# For tables that must not be cut to the width of the terminal: a number without its end is wrong.
wide = Console(width=1_000)


def safe(text: object, style: str = "") -> Text:
    """Makes one line that a terminal shows as text, whoever wrote it.

    White space becomes spaces. Control characters, bidirectional overrides and whatever else has
    no glyph become U+FFFD, so that they are seen.
    """
    signs = (
        sign if sign.isprintable() else " " if sign.isspace() else "\ufffd" for sign in str(text)
    )
    return Text("".join(signs), style)


def say(*pieces: object, to: Console = out, wraps: bool = False) -> None:
    """Prints one line, made of rich Texts as they are and of anything else made safe.

    The terminal breaks it where it must, and a file gets it whole; `wraps` breaks it between words.
    """
    texts = (piece if isinstance(piece, Text) else safe(piece) for piece in pieces)
    to.print(Text().join(texts), soft_wrap=not wraps)


def print_table(
    headings: Iterable[str],
    rows: Iterable[Iterable[object]],
    *,
    title: str | None = None,
    to: Console = out,
) -> None:
    """Prints a table, if it has rows; headings and title are our own words.

    Numbers are aligned to the right, and None, shown as a dot, with them. The console is `wide` for
    a table that must not be cut.
    """
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    columns = list(zip(*rows, strict=True))
    for heading, cells in zip(headings, columns, strict=bool(columns)):
        has_numbers = any(isinstance(cell, int | float | None) for cell in cells)
        justify = "right" if has_numbers else "left"
        table.add_column(heading, justify=justify, no_wrap=not table.columns)
    for cells in zip(*columns, strict=True):
        table.add_row(*map(_show_cell, cells))
    if columns:
        to.print(table)


def _show_cell(cell: object) -> Text:
    if cell is None:
        return Text("·")
    return safe(f"{cell:,}" if isinstance(cell, int | float) else cell)


class _Doing(ProgressColumn):
    """What is being done; it may name files."""

    def render(self, task: Task) -> Text:
        """Shows the description of a task."""
        return safe(task.description)


def show_progress(count: ProgressColumn, *, quiet: bool = False) -> Progress:
    """Shows on stderr what is being done, a bar and a count, until it is done.

    Where stderr is no terminal, or with `quiet`, it shows nothing.
    """
    columns = (SpinnerColumn(), _Doing(), BarColumn(bar_width=30), count)
    is_shown = err.is_terminal and not quiet
    return Progress(*columns, console=err, transient=True, disable=not is_shown)
