"""An HTML page in one file: tables, bars and plots that need no network and no script.

Data flow: values -> markup, every text escaped by markupsafe as it enters -> the text of a page.

The same file serves wide and narrow screens, light and dark ones, paper and screen readers. Its
Content-Security-Policy forbids scripts and requests, whatever a title may hold. What a page says
belongs in report.py.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from paper_pipeline.release.content import show_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that plots are drawn in, and the variables of the style sheet that take their places.
SERIES, SOFT, MUTED, GRID = "#a10001", "#a10002", "#a10003", "#a10004"
_VARIABLES = {SERIES: "accent", SOFT: "soft", MUTED: "muted", GRID: "line"}
# Every plot is drawn twice, so that its letters keep their size: width and height in inches, the
# most labels below it, and the class that shows it where there is room.
_DRAWINGS = (("wide", 9.4, 3.1, 12), ("narrow", 3.8, 2.7, 4))
_POINTS_PER_INCH = 72

Draw = Callable[["Axes", int], None]
Cell = str | int | float | Markup
_CLASS_OF_NUMBERS = Markup(' class="number"')
_FONT = re.compile(r" ?font(?:-family)?: (?:[\d.]+px )?'[^;\"]*;?")
_GLOBAL_STYLE = re.compile(r" *<defs>\s*<style.*?</style>\s*</defs>\n", re.DOTALL)
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}: {kind}</title>
<style>
{style}</style>
</head>
<body>
<header>
<p class="kind">{kind}</p>
<h1>{title}</h1>
{words}
</header>
<nav aria-label="Sections"><ul>{links}</ul></nav>
<main>
{parts}</main>
</body>
</html>
"""
_STYLE = """\
:root {
  --page: #fbfbfa; --panel: #ffffff; --ink: #1b1f24; --muted: #59616c; --line: #e2e4e8;
  --accent: #2f5fc4; --soft: #b9ccf2; --track: #eceef2;
  --good: #17713f; --doubt: #855600; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1b1f25; --ink: #e7e9ec; --muted: #a3abb6; --line: #30353d;
    --accent: #86a9f7; --soft: #3d5286; --track: #282d35;
    --good: #6dd49a; --doubt: #e6b84f; --bad: #ff938a;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; max-width: 64rem; padding: 0 1.25rem 4rem;
  background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans",
    sans-serif;
}
h1, h2, figcaption, caption { line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(1.7rem, 5vw, 2.5rem); letter-spacing: -0.02em; margin: 0; }
h2 { font-size: 1.35rem; letter-spacing: -0.01em; margin: 0 0 0.6rem; }
p { margin: 0 0 1rem; max-width: 44rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code {
  font: 0.86em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere;
}
header { padding: 2.75rem 0 1.5rem; }
.kind {
  color: var(--muted); font-size: 0.8rem; letter-spacing: 0.09em; margin: 0 0 0.35rem;
  text-transform: uppercase;
}
.lead { font-size: 1.1rem; margin-top: 0.9rem; }
dl, dd { margin: 0; }
dt { color: var(--muted); font-size: 0.85rem; }
.tiles {
  display: grid; gap: 0.75rem;
  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); margin: 1.5rem 0;
}
.tiles div {
  background: var(--panel); border: 1px solid var(--line); border-radius: 0.6rem;
  display: flex; flex-direction: column-reverse; padding: 0.8rem 1rem;
}
.tiles dd {
  font-size: 1.75rem; font-variant-numeric: tabular-nums; font-weight: 650;
  letter-spacing: -0.02em; line-height: 1.2;
}
.facts {
  display: grid; gap: 0.4rem 2.5rem;
  grid-template-columns: repeat(auto-fit, minmax(9rem, max-content));
}
.facts div:last-child { grid-column: 1 / -1; }
nav {
  background: var(--page); border-bottom: 1px solid var(--line); margin: 0 -1.25rem;
  padding: 0 1.25rem; position: sticky; top: 0; z-index: 1;
}
nav ul {
  display: flex; gap: 0.25rem 1.1rem; list-style: none; margin: 0; overflow-x: auto;
  padding: 0.1rem 0; scrollbar-width: none;
}
nav a {
  color: var(--muted); display: block; font-size: 0.9rem; padding: 0.6rem 0;
  text-decoration: none; white-space: nowrap;
}
nav a:hover { color: var(--ink); text-decoration: underline; }
section { padding-top: 2.5rem; scroll-margin-top: 1.5rem; }
figure {
  background: var(--panel); border: 1px solid var(--line); border-radius: 0.6rem;
  margin: 0 0 1rem; padding: 0.9rem 1rem 0.6rem;
}
figcaption, caption {
  color: var(--ink); font-size: 0.95rem; font-weight: 600; text-align: left;
}
figcaption { margin-bottom: 0.5rem; }
svg { display: block; height: auto; width: 100%; }
svg text { font-family: inherit; font-variant-numeric: tabular-nums; }
.narrow { display: none; }
.columns {
  display: grid; gap: 0 2.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
}
.columns > div { min-width: 0; }
.scroll { margin: 0 0 1.25rem; overflow-x: auto; }
.ranking { max-width: 34rem; }
.sentence { min-width: 11rem; }
table { border-collapse: collapse; font-size: 0.93rem; width: 100%; }
caption { padding: 0 0 0.35rem; }
th, td {
  border-bottom: 1px solid var(--line); padding: 0.42rem 1.1rem 0.42rem 0;
  text-align: left; vertical-align: top;
}
th:last-child, td:last-child { padding-right: 0.1rem; }
th { color: var(--muted); font-size: 0.82rem; font-weight: 500; vertical-align: bottom; }
td { overflow-wrap: break-word; }
td code { overflow-wrap: normal; }
@media (min-width: 40.01rem) { wbr { display: none; } }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; width: 1%; }
.bar {
  background: var(--track); border-radius: 2px; display: block; height: 4px;
  margin-top: 4px;
}
.bar span {
  background: var(--accent); border-radius: 2px; display: block; height: 100%;
  min-width: 1px;
}
.id { color: var(--muted); display: block; }
.verdict { display: block; font-weight: 600; white-space: nowrap; }
.passed { color: var(--good); } .warned { color: var(--doubt); } .failed { color: var(--bad); }
.not-run, .nothing { color: var(--muted); }
details { margin-bottom: 0.5rem; }
summary { color: var(--accent); cursor: pointer; font-size: 0.93rem; padding: 0.35rem 0; }
@media (max-width: 40rem) {
  body { padding: 0 1rem 3rem; }
  header { padding-top: 1.75rem; }
  nav { margin: 0 -1rem; padding: 0 1rem; }
  figure { margin: 0 -0.25rem 1rem; padding: 0.75rem 0.6rem 0.4rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .wide { display: none; }
  .narrow { display: block; }
}
@media print {
  nav { display: none; }
  body { max-width: none; }
  section { break-inside: avoid-page; }
}
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: the name in its address, its heading, and what it shows."""

    name: str
    title: str
    body: Markup


def render_page(title: str, kind: str, words: Markup, sections: Sequence[Section]) -> str:
    """The text of a whole page.

    Args:
        title: What it is about.
        kind: What it is, above the title.
        words: What stands before the sections.
        sections: The rest, in order.
    """
    links = join(*(html('<li><a href="#{}">{}</a></li>', s.name, s.title) for s in sections))
    parts = join(
        *(
            html(
                '<section id="{0}" aria-labelledby="{0}-title"><h2 id="{0}-title">{1}</h2>{2}'
                "</section>\n",
                section.name,
                section.title,
                section.body,
            )
            for section in sections
        )
    )
    return str(
        html(
            _PAGE,
            title=title,
            kind=kind,
            words=words,
            links=links,
            parts=parts,
            style=Markup(_STYLE),  # noqa: S704 -- ours
        )
    )


def html(template: str, *values: object, **named: object) -> Markup:
    """Markup from a template of this package; every value that is no markup is escaped."""
    return Markup(template).format(*values, **named)  # noqa: S704 -- the template is ours


def join(*parts: Markup) -> Markup:
    """Markup, one piece after the other."""
    return Markup("").join(parts)


def tiles(counts: Mapping[str, int]) -> Markup:
    """Large numbers with their names."""
    ones = (
        html("<div><dt>{}</dt><dd>{}</dd></div>", name, f"{count:,}")
        for name, count in counts.items()
    )
    return html('<dl class="tiles">{}</dl>', join(*ones))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """A table, which scrolls by itself where it is too wide.

    Args:
        caption: What it shows.
        heads: The columns' names.
        rows: Their cells; an int is a count, a float a share from 0 to 1.
    """
    rows = list(rows)
    if not rows:
        return html('<p class="nothing">{}: none.</p>', caption)
    are_numbers = [
        all(isinstance(row[place], int | float) for row in rows) for place in range(len(heads))
    ]
    top = join(
        *(
            html('<th scope="col"{}>{}</th>', _CLASS_OF_NUMBERS if is_number else "", head)
            for head, is_number in zip(heads, are_numbers, strict=True)
        )
    )
    body = join(*(html("<tr>{}</tr>\n", join(*map(_cell, row))) for row in rows))
    return html(
        '<div class="scroll" role="region" aria-label="{0}" tabindex="0"><table>'
        "<caption>{0}</caption><thead><tr>{1}</tr></thead><tbody>\n{2}</tbody></table></div>\n",
        caption,
        top,
        body,
    )


def _cell(value: Cell) -> Markup:
    if isinstance(value, int):
        return html('<td class="number">{}</td>', f"{value:,}")
    if isinstance(value, float):
        return html('<td class="number">{}</td>', show_share(value))
    return html("<td>{}</td>", value)


def ranking(caption: str, heads: tuple[str, str], counts: Mapping[str, int]) -> Markup:
    """Names and how many there are of each, with bars."""
    most = max(counts.values(), default=0)
    rows = [(barred(name, count, most), count) for name, count in counts.items()]
    return html('<div class="ranking">{}</div>', table(caption, heads, rows))


def barred(name: str | Markup, value: float, most: float) -> Markup:
    """A name above a bar; `most` is the value of a bar over the whole width."""
    bar = html('<span style="width:{}%"></span>', f"{100 * value / most:.1f}") if value else ""
    return html('{}<span class="bar" aria-hidden="true">{}</span>', name, bar)


def code(name: str) -> Markup:
    """A name of the code; a narrow column may break it after an underscore."""
    return html("<code>{}</code>", join(*_breakable(name)))


def _breakable(name: str) -> Iterator[Markup]:
    for part in re.findall(r"[^_]*_|[^_]+", name):
        yield html("{}<wbr>", part) if part.endswith("_") else html("{}", part)


def columns(*parts: Markup) -> Markup:
    """Parts beside each other, below each other on narrow screens."""
    return html('<div class="columns">{}</div>', join(*(html("<div>{}</div>", p) for p in parts)))


def details(summary: str, body: Markup, *, is_open: bool = False) -> Markup:
    """What is shown when it is asked for."""
    state = Markup(" open") if is_open else ""
    return html("<details{}><summary>{}</summary>{}</details>", state, summary, body)


def figure(name: str, caption: str, description: str, draw: Draw) -> Markup:
    """A plot.

    Args:
        name: Unique on the page; the ids in the drawing begin with it.
        caption: What stands above it.
        description: What it shows, for those who do not see it.
        draw: Draws onto axes; its second argument is how many labels have room below them. It uses
            the colours of this module only.
    """
    drawings = (
        html(
            '<div class="{}" role="img" aria-label="{}">{}</div>',
            kind,
            description,
            Markup(_draw_svg(f"{name}-{kind}", width, height, most_ticks, draw)),  # noqa: S704 -- made here
        )
        for kind, width, height, most_ticks in _DRAWINGS
    )
    return html("<figure><figcaption>{}</figcaption>{}</figure>", caption, join(*drawings))


def _draw_svg(name: str, width: float, height: float, most_ticks: int, draw: Draw) -> str:
    """A drawing as an element of HTML: ids of its own, colours from the style sheet."""
    import matplotlib
    from matplotlib.figure import Figure

    # For the whole process and not for this drawing alone, because runs share it. Nothing else here
    # makes SVG.
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "paper_pipeline"
    canvas = Figure(figsize=(width, height), dpi=_POINTS_PER_INCH)
    canvas.patch.set_visible(False)
    left, right, bottom, top = 0.5, 0.25, 0.36, 0.1  # room for labels, in inches
    axes = canvas.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    axes.patch.set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    draw(axes, most_ticks)
    axes.tick_params(which="both", colors=MUTED, labelsize=10, length=0, pad=6)
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    canvas.savefig(buffer, format="svg", metadata=nothing)
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    for color, variable in _VARIABLES.items():
        drawing = drawing.replace(color, f"var(--{variable})")
    drawing = re.sub(r"\b(width|height)=\"[\d.]+pt\" ?", "", drawing, count=2)
    drawing = _FONT.sub("", _GLOBAL_STYLE.sub("", drawing))
    # Ids are unique in a drawing only; a page holds several.
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", drawing)
