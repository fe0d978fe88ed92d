"""Plots that say at a glance what a table holds.

Data flow: counts and columns -> PNG bytes -> markdown with the picture inlined.

What is counted is told by the caller's table; nothing here computes features.
"""

# Methods of matplotlib have parameters without a type; what they return has one.
# pyright: reportUnknownMemberType=false

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1f2937"
MUTED = "#6b7280"
GRID = "#e5e7eb"
# A single column as wide as the plot says nothing; leave room as if there were this many.
FEWEST_COLUMNS = 6
FEWEST_BARS = 3
# Inches: width of a plot, of a small letter, of the edge, and the height of the title.
WIDTH, LETTER, MARGIN, HEADROOM = 7.6, 0.075, 0.12, 0.45
SERIES = ("#2563eb", "#f59e0b", "#10b981", "#ef4444")


def as_markdown(png: bytes) -> str:
    """A picture as markdown that needs no other file."""
    return f"![plot](data:image/png;base64,{base64.b64encode(png).decode()})"


def bars(title: str, counts: Mapping[str, int], *, label: str, empty: str = "Nothing yet") -> bytes:
    """Horizontal bars, in the order given; for names and how many there are of each."""
    longest = max(map(len, counts), default=0)
    height = 1.1 + 0.34 * max(len(counts), FEWEST_BARS)
    figure, axes = _canvas(title, height=height, left=0.25 + LETTER * longest)
    if counts:
        names = list(counts)
        drawn = axes.barh(names, list(counts.values()), color=SERIES[0], height=0.62)
        axes.bar_label(drawn, fmt="{:,.0f}", padding=4, color=MUTED, fontsize=9)
        axes.set_ylim(max(len(counts), FEWEST_BARS) - 0.5, -0.5)
        axes.margins(x=0.12)
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel(label, color=MUTED)
        axes.grid(axis="y", visible=False)
    else:
        _say(axes, empty)
    return _png(figure)


def stacked_columns(
    title: str,
    names: Sequence[str],
    series: Mapping[str, Sequence[int]],
    *,
    label: str,
    empty: str = "Nothing yet",
) -> bytes:
    """Columns in the order given, parted by series; for amounts along time or along dumps."""
    ticks = list(range(0, len(names), max(1, len(names) // 12)))
    longest = max((len(names[i]) for i in ticks), default=0)
    turn: dict[str, Any] = {"rotation": 35, "ha": "right"} if longest > 6 and len(ticks) > 6 else {}
    slope = LETTER * longest if turn else 0.0
    figure, axes = _canvas(
        title,
        height=3.0 + 0.6 * slope,
        left=max(0.65, 0.95 * slope),
        right=0.55 + LETTER * max(map(len, series)) if len(series) > 1 else 0.0,
        bottom=0.35 + 0.6 * slope,
    )
    if names:
        bottom = [0] * len(names)
        for color, (name, values) in zip(_colors(len(series)), series.items(), strict=True):
            drawn = [place for place, value in enumerate(values) if value] or [0]
            axes.bar(
                drawn,
                [values[place] for place in drawn],
                bottom=[bottom[place] for place in drawn],
                color=color,
                label=name,
                width=0.7,
            )
            bottom = [low + value for low, value in zip(bottom, values, strict=True)]
        axes.set_xticks(ticks, [names[i] for i in ticks], **turn)
        axes.set_xlim(-0.6, max(len(names), FEWEST_COLUMNS) - 0.4)
        axes.locator_params(axis="y", integer=True)
        axes.set_ylabel(label, color=MUTED)
        axes.grid(axis="x", visible=False)
        if len(series) > 1:
            axes.legend(
                frameon=False,
                fontsize=9,
                loc="upper left",
                bbox_to_anchor=(1.0, 1.0),
                reverse=True,  # in the order in which they are stacked
            )
    else:
        _say(axes, empty)
    return _png(figure)


def _colors(count: int) -> Sequence[str]:
    """A colour a series: distinct ones for a few, shades from dark to light for many."""
    if count <= len(SERIES):
        return SERIES[:count]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(shade) for shade in colormaps["viridis"].resampled(count).colors]  # type: ignore[attr-defined]


def _canvas(
    title: str,
    *,
    height: float,
    left: float = 0.65,
    right: float = 0.0,
    bottom: float = 0.55,
) -> tuple["Figure", "Axes"]:
    """An empty plot; lengths in inches, margins around the axes.

    The margins are told from the lengths of names: matplotlib's own layouts draw everything twice.
    """
    # Figure, not pyplot: no figure is global, so several runs may draw in one process.
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    # A `$` in a file's name is a `$`. Labels of ticks are made as late as in savefig and know no
    # such argument, so it is set for good, always to the same.
    rcParams["text.parse_math"] = False
    figure = Figure(figsize=(WIDTH, height), dpi=110)
    left, right = min(left, 0.6 * WIDTH), min(right, 0.3 * WIDTH)
    axes = figure.add_axes(
        (
            left / WIDTH,
            bottom / height,
            (WIDTH - left - right - MARGIN) / WIDTH,
            (height - bottom - HEADROOM) / height,
        )
    )
    axes.set_title(title, loc="left", color=INK, fontsize=11, fontweight="bold", pad=10)
    axes.set_axisbelow(True)
    axes.grid(color=GRID, linewidth=0.8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    return figure, axes


def _say(axes: "Axes", words: str) -> None:
    axes.text(0.5, 0.5, words, ha="center", va="center", color=MUTED, transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
