"""The picture of an explanation: the network forward with its rates, and backward with its deltas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.explain import Explanation, NeuronExplanation
from neurosim.anatomy.network import Network
from neurosim.errors import OptionError
from neurosim.plotting.network import Shades, sketch_network
from neurosim.plotting.style import (
    EXCITATORY,
    FAINT,
    INHIBITORY,
    INK,
    LARGE,
    RULE,
    SMALL,
    chart_axes,
    fitted,
    number,
    signed_scale,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12  # terms of one neuron that have a bar of their own


def draw_explanation(explanation: Explanation, ax: Axes | None = None) -> Any:
    """Draw the forward step above and, if there is a target, the backward step below.

    Above, neurons are coloured by rate and lines by weight; below, neurons by delta (the gradient by their
    drive; sensory ones have none) and lines by the gradient of their weight. What `print` shortens to the `most`
    important neurons is drawn as any network is; where names or numbers find no room, a line says so.

    Parameters
    ----------
    explanation : Explanation
    ax : matplotlib Axes, optional
        For the forward step alone.

    Returns
    -------
    Axes, or array of Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], names=["x", "h", "y"], modes="linear")
    >>> axes = ns.plot(ns.explain(net, [1.0], [5.0]))
    """
    rates = Shades.of(explanation.rates)
    if ax is not None or explanation.targets is None:
        return _sketch(explanation.net, ax, rates, "weight", "rate", "explanation.net.weights")
    from matplotlib import pyplot as plt

    net = explanation.net
    slopes = Network(net.structure, explanation.weight_gradients, net.thresholds)
    figure = plt.figure(figsize=(8, 9))
    panels: Any = figure.subfigures(2, 1)
    told = (
        f"forward: loss {number(explanation.loss or 0.0)} ({explanation.loss_function.name})",
        f"backward: after one step at learning rate {number(explanation.learning_rate)} the loss is "
        f"{number(explanation.new_loss or 0.0)}",
    )
    axes = []
    for panel, title in zip(panels, told, strict=True):
        panel.suptitle(title, fontsize=LARGE, color=INK, x=0.02, ha="left")
        axes.append(panel.add_axes((0.0, 0.0, 1.0, 0.93)))
    _sketch(net, axes[0], rates, "weight", "rate", "explanation.net.weights")
    # A sensory neuron has no drive, and so no delta; colours are those of signed numbers, whatever their signs.
    deltas = np.where(net.structure.sensory, np.nan, explanation.deltas)
    known = Shades(deltas, signed_scale(deltas[~net.structure.sensory]), "input: no drive, no delta")
    _sketch(slopes, axes[1], known, "dL/dweight", "delta", "explanation.weight_gradients")
    return np.array(axes)


def _sketch(net: Network, ax: Axes | None, shades: Shades, weight_label: str, rate_label: str, weights_at: str) -> Axes:
    return sketch_network(
        net,
        ax,
        shades,
        most=12,
        most_synapses=300,
        weight_label=weight_label,
        rate_label=rate_label,
        elsewhere=f"no room for all names and numbers: see {weights_at} or print(explanation[name])",
    ).ax


def draw_neuron_explanation(part: NeuronExplanation, ax: Axes | None = None) -> Axes:
    """Draw how one neuron's drive comes about: a bar for each term, one on the other's end, down to the drive.

    Parameters
    ----------
    part : NeuronExplanation
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -2.0], thresholds=[0, 0, 0.5], modes="sigmoid")
    >>> ax = ns.plot(ns.explain(net, [1.0, 1.0], neuron=2))
    """
    rows = _rows(part)
    ax = chart_axes(ax, 460, 70 + 20 * len(rows))
    ax.axvline(0, color=INK, linewidth=0.8)
    at = 0.0
    for i, (label, value) in enumerate(rows):
        last = label == "drive"
        start = 0.0 if last else at
        at = start + value
        ax.barh(i, value, left=start, color=FAINT if last else _sign_colour(value), height=0.6)
        if not last:
            ax.plot([at, at], [i - 0.3, i + 1.3], color=INK, linewidth=0.8)
        _write_at_end(ax, at, i, value, f"{'+' if value > 0 and not last else ''}{number(value)}")
    ax.set_yticks(range(len(rows)), [fitted(label, 150.0) for label, _ in rows])
    ax.invert_yaxis()
    ax.use_sticky_edges = False  # bars hold the frame to their ends, where their numbers stand
    ax.margins(x=0.2, y=0.05)
    ax.grid(axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel("running sum, from 0 to the drive (red adds, blue takes away)", fontsize=SMALL, color=INK)
    ax.set_title(
        f"Neuron {part.name}: rate = {part.mode.name}({number(part.drive)}) = {number(part.rate)}",
        fontsize=LARGE,
        color=INK,
        loc="left",
    )
    return ax


def _sign_colour(value: float) -> str:
    return INHIBITORY if value < 0 else EXCITATORY


def _write_at_end(ax: Axes, x: float, row: int, value: float, text: str) -> None:
    """A number beyond the end of a bar, on the side to which the bar leads."""
    ax.annotate(
        text,
        (x, row),
        xytext=(-4 if value < 0 else 4, 0),
        textcoords="offset points",
        ha="right" if value < 0 else "left",
        va="center",
        fontsize=SMALL,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )


def _rows(part: NeuronExplanation) -> list[tuple[str, float]]:
    """The terms that the neuron hears, the largest if they are many; the threshold; the drive."""
    terms = [(term, term.product) for term in part.heard]
    if not terms and not part.terms:
        raise OptionError(f"Neuron {part.name!r} has no dendrites, so that there is nothing to draw; print it instead.")
    order = sorted(range(len(terms)), key=lambda i: -abs(terms[i][1]))
    kept, rest = sorted(order[:MOST]), order[MOST:]
    rows = [
        (f"{terms[i][0].source}: {number(terms[i][0].weight)} × {number(terms[i][0].rate)}", terms[i][1]) for i in kept
    ]
    if rest:
        rows.append((f"{len(rest)} others", sum(terms[i][1] for i in rest)))
    return [*rows, ("minus threshold", -part.threshold), ("drive", part.drive)]
