"""The picture of a comparison: one network in several modes, measure by measure, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.comparison import CURVES, HARDENED, MEASURES, Comparison
from neurosim.analysis.estimate import Estimate
from neurosim.anatomy.network import Network
from neurosim.errors import OptionError, unknown
from neurosim.physiology.respond import respond
from neurosim.plotting.decision_map import decision_map
from neurosim.plotting.style import INK, LARGE, MODE_COLOURS, OTHER_MODE, RULE, SMALL, chart_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = ("accuracy", *CURVES, "no_gradient", "no_gradient_surrogate")
TITLES = {
    "accuracy": "accuracy",
    "input_noise": "noisy inputs",
    "weight_noise": "noisy weights",
    "lesions": "lesions",
    "steps": "time to train",
    "no_gradient": "neurons with no gradient",
    "no_gradient_surrogate": "the same, with surrogate",
    "information": "information per neuron",
    "entropy": "entropy per neuron",
    "rate": "what a decision takes",
}
SPARE = ("#0072b2", "#d55e00", "#cc79a7", "#f0e442")  # for a second mode of the same name
PANELS = ("accuracy", "steps", "no_gradient", *CURVES, "information", "entropy", "rate")
ACROSS = 3  # panels in a row
MOST_SAMPLES = 300  # that are drawn on a map


def draw_comparison(
    comparison: Comparison,
    ax: Axes | None = None,
    *,
    measures: str | Sequence[str] | None = None,
    maps: bool | None = None,
) -> Any:
    r"""Draw a comparison: dots with intervals, curves over levels, and for two inputs maps of the decisions.

    Filled dots and whole lines are brains in the mode in which they were trained; hollow dots and dashed lines are
    the same brains hardened. Maps show the brains of the first seed.

    Parameters
    ----------
    comparison : Comparison
    ax : matplotlib Axes, optional
        For a single measure, accuracy unless another is named.
    measures : str or sequence of str, optional
        Which ones to draw, in this order: one of them alone, or three in a row; those of `PANELS` unless given.
    maps : bool, optional
        Whether there are maps; where there are two inputs and several measures, unless said.

    Returns
    -------
    Axes, or array of Axes

    Raises
    ------
    UnknownNameError
        If nothing of this name was measured.
    OptionError
        If maps are asked for and there are not two inputs, or if there is nothing to draw.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 0, 1, 2], [1, 2, 3, 3], modes=[None, "relu", "relu", "sigmoid"], rng=0)
    >>> found = ns.compare(net, [[0.0], [1.0]], [1, 0], held_out=0, seeds=2, epochs=2, repeats=1, rng=0)
    >>> ns.plot(found, measures="rate").get_xlabel()
    'total rate of hidden neurons\nin a decision'
    """
    alone = isinstance(measures, str) or ax is not None
    names = [measures] if isinstance(measures, str) else list(measures or []) if alone else measures
    chosen = list(PANELS if names is None else names)
    for measure in chosen:
        if measure not in MEASURES:
            raise unknown("measure in this comparison called", measure, MEASURES)
    if alone:
        axes = chart_axes(ax, 330, 230)
        _draw_panel(axes, comparison, (chosen or ["accuracy"])[0])
        if chosen and chosen[0] in CURVES:
            beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if ax is None else {}
            axes.legend(fontsize=SMALL, frameon=ax is not None, framealpha=0.7, labelcolor=INK, **beside)
        return axes
    plane = comparison.X.shape[1] == 2
    if maps and not plane:
        raise OptionError(f"Maps are drawn in the plane of two inputs, and there are {comparison.X.shape[1]} here.")
    if not chosen and not (plane and maps is not False):
        raise OptionError(f"There is nothing to draw: name some measures, such as {PANELS[:3]!r}.")
    return _draw_whole(comparison, chosen, plane and maps is not False)


def _draw_whole(comparison: Comparison, measures: list[str], maps: bool) -> Any:
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = [measures[start : start + ACROSS] for start in range(0, len(measures), ACROSS)]
    dots = 0.6 + 0.21 * len(comparison.brains)
    heights = [max(1.9 if measure in CURVES else dots for measure in row) for row in rows]
    parts = [0.35 + sum(heights)] * bool(rows) + [0.3 + 1.9 * -(-len(comparison.brains) // ACROSS)] * maps
    whole = plt.figure(figsize=(8, sum(parts)), layout=ConstrainedLayoutEngine(w_pad=6 / 72))
    figures = np.ravel(np.array(whole.subfigures(len(parts), height_ratios=parts), dtype=object))
    panels = _draw_measures(figures[0], comparison, rows, heights) if rows else []
    return np.array(panels + (_draw_maps(figures[-1], comparison) if maps else []), dtype=object)


def _draw_measures(figure: Any, comparison: Comparison, rows: list[list[str]], heights: list[float]) -> list[Axes]:
    grid = figure.subplots(len(rows), min(ACROSS, len(rows[0])), height_ratios=heights, squeeze=False)
    panels = []
    for row, measures in zip(grid, rows, strict=True):
        for ax in row[len(measures) :]:
            ax.set_axis_off()
        for place, (ax, measure) in enumerate(zip(row, measures, strict=False)):
            _draw_panel(chart_axes(ax, 0, 0), comparison, measure)
            panels.append(ax)
            if place and (measure in CURVES) == (measures[place - 1] in CURVES):  # the axis says what that one said
                ax.set_ylabel("")
                if measure in CURVES:
                    _share_scale(row[: place + 1], measures)
                else:
                    ax.set_yticklabels([])
    handles = [_handle(style) for style in _styles(comparison)]
    where, columns = "outside upper center", min(len(handles), 5)
    figure.legend(handles, comparison.brains, loc=where, ncols=columns, fontsize=SMALL, frameon=False, labelcolor=INK)
    return panels


def _share_scale(panels: Sequence[Axes], measures: list[str]) -> None:
    """Give the curves in a row one scale, so that they can be compared."""
    curves = [ax for ax, measure in zip(panels, measures, strict=False) if measure in CURVES]
    low = min(ax.get_ylim()[0] for ax in curves)
    for ax in curves:
        ax.set_ylim(bottom=low)


def _handle(style: dict[str, Any]) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], linewidth=1.4, **style)


def _draw_panel(ax: Axes, comparison: Comparison, measure: str) -> None:
    if measure in CURVES:
        _draw_curves(ax, comparison, measure)
    else:
        _draw_dots(ax, comparison, measure)
    ax.set_title(TITLES[measure], fontsize=LARGE, color=INK, loc="left")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_dots(ax: Axes, comparison: Comparison, measure: str) -> None:
    """One dot for each brain, the first on top, with its interval."""
    column = comparison[measure]
    for place, (brain, style) in enumerate(zip(comparison.brains, _styles(comparison), strict=True)):
        estimate = column[brain]
        low, high = bounds(estimate, measure)
        reach = None if len(estimate.values) < 2 else [[estimate.mean - low], [high - estimate.mean]]
        ax.errorbar([estimate.mean], [place], xerr=reach, capsize=2.5, elinewidth=1.2, **style)
        if estimate.censored:
            never = f"{estimate.censored} never"
            write(ax, 1.02, place, never, transform=ax.get_yaxis_transform(), ha="left")
    ax.set_ylim(len(comparison.brains) - 0.4, -0.6)
    ax.set_yticks(range(len(comparison.brains)), comparison.brains)
    low, high = ax.get_xlim()
    if measure == "accuracy":
        ax.set_xlim(low, max(high, 1 + 0.03 * (1 - low)))
    elif measure in SHARES:
        ax.set_xlim(-0.04, 1.04)
    else:
        ax.set_xlim(left=min(low, 0.0))
    ax.set_xlabel(MEASURES[measure].axis, fontsize=SMALL, color=INK)
    ax.grid(axis="x", color=RULE, linewidth=0.5)


def _draw_curves(ax: Axes, comparison: Comparison, measure: str) -> None:
    """Accuracy over the levels, a line for each brain, with its interval as a band."""
    levels = comparison.levels[measure]
    for brain, style in zip(comparison.brains, _styles(comparison), strict=True):
        curve = comparison.curves[measure][brain]
        ax.plot(levels, [each.mean for each in curve], label=brain, linewidth=1.4, **style)
        if comparison.seeds > 1:
            low, high = zip(*(bounds(each, measure) for each in curve), strict=True)
            ax.fill_between(levels, low, high, color=style["color"], alpha=0.13, linewidth=0)
    ax.set_ylim(top=1.03)
    ax.set_xlabel(CURVES[measure], fontsize=SMALL, color=INK)
    ax.set_ylabel(MEASURES[measure].axis, fontsize=SMALL, color=INK)
    ax.grid(axis="y", color=RULE, linewidth=0.5)


def _draw_maps(figure: Any, comparison: Comparison) -> list[Axes]:
    """What the brains of the first seed answer everywhere in the plane of the inputs."""
    grid = np.ravel(figure.subplots(-(-len(comparison.brains) // ACROSS), ACROSS, squeeze=False))
    few = np.random.default_rng(0).permutation(len(comparison.X))[:MOST_SAMPLES]
    inputs = [str(name) for name in comparison.networks[comparison.brains[0]][0].inputs]
    for ax, brain in zip(grid, comparison.brains, strict=False):
        decision_map(
            _decider(comparison.networks[brain][0], comparison.boundary),
            comparison.X[few],
            comparison.classes[few],
            ax=chart_axes(ax, 0, 0),
            names=inputs,
            title=brain,
            steps=121,
            key=False,
        )
    for ax in grid[len(comparison.brains) :]:
        ax.set_axis_off()
    figure.suptitle("decisions of the first seed's brains", fontsize=LARGE, color=INK)
    return list(grid[: len(comparison.brains)])


def _decider(net: Network, boundary: float) -> Any:
    """The network's answers, with what a single output is read by at one half, where a map draws its border."""
    return lambda points: respond(net, points) + ((0.5 - boundary) if len(net.outputs) == 1 else 0.0)


def bounds(estimate: Estimate, measure: str) -> tuple[float, float]:
    """The ends of an interval, as far as the measure can go: shares from 0 to 1, what is counted from 0 up."""
    least = -np.inf if measure in ("information", "entropy") else 0.0
    return max(estimate.low, least), min(estimate.high, 1.0 if measure in SHARES else np.inf)


def _styles(comparison: Comparison) -> list[dict[str, Any]]:
    """Colour, marker and line of each brain: the colour is its mode's, hollow and dashed is hardened."""
    colours = _colours(list(comparison.modes.values()))
    return [
        {
            "color": colours[comparison.modes[brain]],
            "marker": "o",
            "markersize": 5,
            "linestyle": "--" if brain.endswith(HARDENED) else "-",
            "markerfacecolor": "white" if brain.endswith(HARDENED) else colours[comparison.modes[brain]],
        }
        for brain in comparison.brains
    ]


def _colours(modes: Sequence[Any]) -> dict[Any, str]:
    """A colour for each mode: that of its name; white, which paper is, becomes grey, and none is used twice."""
    colours: dict[Any, str] = {}
    for mode in dict.fromkeys(modes):
        own = OTHER_MODE if mode.name == "linear" else MODE_COLOURS.get(mode.name, OTHER_MODE)
        free = [colour for colour in (own, *SPARE, OTHER_MODE) if colour not in colours.values()]
        colours[mode] = (free or [OTHER_MODE])[0]
    return colours
