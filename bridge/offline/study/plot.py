"""A run as a figure for print: the feeling, the most active shapes, and a map of them. Needs
matplotlib (the extra `plot`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.offline.study.activity import Curve, chosen, most_active
from bridge.rendering.reading import Mark
from bridge.rendering.rendered import Rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVES, ROWS = 6, 18
"""How many shapes are drawn as curves, and in the map."""
SUFFIXES = (".svg", ".png", ".pdf")
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000")
"""Told apart by people who do not see all colours (Okabe and Ito)."""
_DASHES = ("-", "--", ":", "-.", (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (1, 3)))
"""Told apart in grey print."""
_COLUMNS = 800
"""Of the map; more would be finer than print."""
_MOST_LABELS, _LONGEST_LABEL = 24, 22
_INK = "0.35"
_DPI = 200
_WIDTH = 7.0
"""Inches: a page without its margins."""


@dataclass(frozen=True)
class Drawing:
    """What is drawn."""

    run: Rendered
    marks: Sequence[Mark] = ()
    """Events, on the clock of the run."""
    shapes: list[str] = field(default_factory=list)
    """The shapes to draw; the most active ones if empty."""
    note: str = ""
    """A small line below: where the data come from."""


def draw(drawing: Drawing, path: Path) -> None:
    """Write the figure, as SVG, PNG or PDF by the end of its name.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: another end of a name, an unknown shape, or nothing moves.
        OSError: the file cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}")
    weights = drawing.run.weights
    if drawing.shapes:
        lines = mapped = chosen(weights, drawing.shapes)
    else:
        mapped = most_active(weights, ROWS)
        lines = mapped[:CURVES]
    if not mapped:
        raise ValueError("no blendshape moves; there is nothing to draw")
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        message = "a figure needs matplotlib; run: pip install 'affect-bridge[plot]'"
        raise ImportError(message) from error
    # Text stays text, the same run gives the same file, and a name with a $ is no formula.
    style: dict[Any, Any] = {
        **{"svg.fonttype": "none", "svg.hashsalt": "study", "pdf.fonttype": 42},
        **{"font.size": 8, "axes.linewidth": 0.6, "text.parse_math": False},
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(_WIDTH, 4.4 + 0.15 * len(mapped)), layout="constrained")
        _panels(figure, drawing, lines, mapped)
        fixed = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(path, dpi=_DPI, metadata=fixed.get(path.suffix.lower()))


def _panels(
    figure: "Figure", drawing: Drawing, lines: Sequence[Curve], mapped: Sequence[Curve]
) -> None:
    run = drawing.run
    heights = (1.5, 1.8, 0.3 + 0.15 * len(mapped))
    feeling, shapes, heat = figure.subplots(3, 1, sharex=True, height_ratios=heights)
    for axis, name in enumerate(("valence", "arousal", "dominance")):
        _line(feeling, run.times, run.feelings[:, axis], name, axis)
    feeling.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    feeling.set(ylabel="feeling", ylim=(-1.05, 1.05))
    for number, curve in enumerate(lines[: len(_COLOURS)]):
        _line(shapes, run.times, curve.values, curve.name, number)
    shapes.set(ylabel="weight", ylim=(0, None))
    for axes in (feeling, shapes):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, handlelength=2.6)
    _map(figure, heat, run.times, mapped)
    heat.set(xlabel="seconds", xlim=(run.times[0], max(run.times[-1], run.times[0] + 1e-3)))
    _mark((feeling, shapes, heat), drawing)
    if drawing.note:
        figure.supxlabel(drawing.note, fontsize=6, color=_INK, x=0.99, ha="right")


def _line(
    axes: "Axes", times: NDArray[np.float64], values: NDArray[np.float32], name: str, number: int
) -> None:
    axes.plot(
        *(times, values),
        label=name,
        color=_COLOURS[number % len(_COLOURS)],
        linestyle=_DASHES[number % len(_DASHES)],
        linewidth=1.1,
    )


def _map(
    figure: "Figure", axes: "Axes", times: NDArray[np.float64], mapped: Sequence[Curve]
) -> None:
    """A row for each shape, the darker the stronger. A column shows the strongest of its frames, so
    that no blink is lost."""
    firsts = np.unique(np.linspace(0, len(times), min(len(times), _COLUMNS), False).astype(int))
    rows = np.stack([np.maximum.reduceat(curve.values, firsts) for curve in mapped])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    edges = np.append(times[firsts], times[-1] + step)
    highest = max(float(rows.max()), 1e-3)
    shown = axes.pcolormesh(
        *(edges, np.arange(len(mapped) + 1), rows),
        cmap="BuPu",
        vmin=0,
        vmax=highest,
        rasterized=True,
    )
    axes.set_yticks(np.arange(len(mapped)) + 0.5, [curve.name for curve in mapped], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    figure.colorbar(shown, cax=axes.inset_axes((1.03, 0.0, 0.025, 1.0)), label="weight")


def _mark(panels: Sequence["Axes"], drawing: Drawing) -> None:
    """Events as lines through all panels, and above them what happened, where there is room."""
    times = drawing.run.times
    inside = [m for m in drawing.marks if times[0] - 1e-6 <= m.time <= times[-1] + 1e-6]
    free_from = -np.inf
    room = (times[-1] - times[0]) / _MOST_LABELS
    for mark in inside:
        for axes in panels:
            above = 3 if axes is panels[-1] else 0.5  # the map would cover it
            axes.axvline(mark.time, color=_INK, linewidth=0.5, alpha=0.6, zorder=above)
        if mark.time < free_from or not mark.label:
            continue
        free_from = mark.time + room
        label = mark.label
        if len(label) > _LONGEST_LABEL:
            label = label[: _LONGEST_LABEL - 1] + "…"
        panels[0].annotate(
            label,
            (mark.time, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            rotation=40,
            fontsize=7,
            color=_INK,
        )
