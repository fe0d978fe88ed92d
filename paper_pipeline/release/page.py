"""An HTML page in one file: tables, bars and plots that need no network and no script.

Data flow: values -> templates/, where every text is escaped -> the text of a page; a drawing on
axes -> SVG that takes its colours from templates/page.css.

The same file serves wide and narrow screens, light and dark ones, paper and screen readers. Its
Content-Security-Policy forbids scripts and requests, whatever a title may hold. What a page says
belongs in report.py, how it looks in the templates.
"""

# Methods of matplotlib have parameters without a type; what they return has one.
# pyright: reportUnknownMemberType=false

import io
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from paper_pipeline.release.content import show_share
from paper_pipeline.text import escape_surrogates, format_traceback

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

# Colours that plots are drawn in, and the variables of the style sheet that take their places.
SERIES, SOFT, MUTED, GRID = "#a10001", "#a10002", "#a10003", "#a10004"
_VARIABLES = {SERIES: "accent", SOFT: "soft", MUTED: "muted", GRID: "line"}
# Every plot is drawn twice, so that its letters keep their size: width and height in inches, the
# most labels below it, and the class that shows it where there is room.
_DRAWINGS = (("wide", 9.4, 3.1, 12), ("narrow", 3.8, 2.7, 4))
_POINTS_PER_INCH = 72

Draw = Callable[["Axes", int], None]
_FONT = re.compile(r" ?font(?:-family)?: (?:[\d.]+px )?'[^;\"]*;?")
_GLOBAL_STYLE = re.compile(r" *<defs>\s*<style.*?</style>\s*</defs>\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of a page.

    Attributes:
        drawings: SVG, by the class of the style sheet that shows it where there is room.
        error: Why there are none; None where there are.
    """

    drawings: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str | None = None


def render_page(template: str, values: Mapping[str, object]) -> str:
    """The text of a whole page.

    Args:
        template: Its name in the folder templates.
        values: What the template shows.
    """
    return templates().get_template(template).render(values)


@cache
def templates() -> "Environment":
    """The templates of pages: every value is escaped, and one that is missing is an error.

    The filter `thousands` shows a count, `share` a share from 0 to 1.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("paper_pipeline.release"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"thousands": "{:,}".format, "share": show_share}
    return found


def draw_plot(name: str, draw: Draw) -> Plot:
    """A plot, or why there is none: a page is worth having without it.

    Args:
        name: Unique on the page; the ids in the drawings begin with it.
        draw: Draws onto axes; its second argument is how many labels have room below them. It uses
            the colours of this module only.
    """
    try:
        drawings = {
            size: _draw_svg(f"{name}-{size}", width, height, most_ticks, draw)
            for size, width, height, most_ticks in _DRAWINGS
        }
    except Exception as error:  # noqa: BLE001 -- whatever Matplotlib may raise
        told = format_traceback(error)
        log.warning("%s could not be drawn; the page says so in its place\n%s", name, told)
        return Plot(error=escape_surrogates(f"{type(error).__name__}: {error}"))
    return Plot(drawings)


def _draw_svg(name: str, width: float, height: float, most_ticks: int, draw: Draw) -> str:
    """A drawing as an element of HTML: ids of its own, colours from the style sheet."""
    import matplotlib
    from matplotlib.figure import Figure

    # For the whole process and not for this drawing alone, because runs share it. Nothing else here
    # makes SVG.
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "paper_pipeline"
    matplotlib.rcParams["text.parse_math"] = False  # a `$` in a name is a `$`
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
