"""The picture of an explanation: the network forward with its rates, and backward with its deltas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.explain import Explanation, NeuronExplanation
from neurosim.anatomy.network import Network
from neurosim.errors import OptionError
from neurosim.plotting.network import draw_network
from neurosim.plotting.style import FAINT, FIRST, INK, LARGE, RULE, SECOND, SMALL, chart_axes, fitted, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12  # terms of one neuron that have a bar of their own


def draw_explanation(explanation: Explanation, ax: Axes | None = None) -> Any:
    """Draw the forward step above and, if there is a target, the backward step below.

    Above, neurons are coloured by rate and lines by weight; below, neurons by delta (the gradient by their
    drive) and lines by the gradient of their weight.

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
    if ax is not None or explanation.targets is None:
        return draw_network(explanation.net, ax, rates=explanation.rates)
    from matplotlib import pyplot as plt

    net = explanation.net
    slopes = Network(net.structure, explanation.weight_gradients, net.thresholds)
    figure = plt.figure(figsize=(8, 9))
    panels: Any = figure.subfigures(2, 1)
    told = (
        f"forward: loss {number(explanation.loss or 0.0)} ({explanation.loss_function.name})",
        f"backward: after one step at rate {number(explanation.learning_rate)} the loss is "
        f"{number(explanation.new_loss or 0.0)}",
    )
    axes = []
    for panel, title in zip(panels, told, strict=True):
        panel.suptitle(title, fontsize=LARGE, color=INK, x=0.02, ha="left")
        axes.append(panel.add_axes((0.0, 0.0, 1.0, 0.93)))
    draw_network(net, axes[0], rates=explanation.rates)
    # A sensory neuron has no drive; what arrives there is the gradient by the stimulus itself.
    arrived = np.where(net.structure.sensory, explanation.passed_back, explanation.deltas)
    draw_network(slopes, axes[1], rates=arrived, weight_label="dL/dweight", rate_label="delta")
    return np.array(axes)


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
    at = 0.0
    for i, (label, value, colour) in enumerate(rows):
        start = 0.0 if label == "drive" else at
        ax.barh(i, value, left=start, color=colour, height=0.7)
        at = start + value
        if i < len(rows) - 1:
            ax.plot([at, at], [i - 0.35, i + 1.35], color=FAINT, linewidth=0.8)
        ends = (start, at)
        ax.annotate(
            number(value),
            (max(ends), i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [fitted(label, 150.0) for label, _, _ in rows])
    ax.invert_yaxis()
    ax.margins(x=0.14)
    ax.grid(axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.set_xlabel("what it adds to the drive", fontsize=SMALL, color=INK)
    ax.set_title(
        f"Neuron {part.name}: rate = {part.mode.name}({number(part.drive)}) = {number(part.rate)}",
        fontsize=LARGE,
        color=INK,
        loc="left",
    )
    return ax


def _rows(part: NeuronExplanation) -> list[tuple[str, float, str]]:
    """The terms that the neuron hears, the largest if they are many; the threshold; the drive."""
    terms = [(term, term.product) for term in part.heard]
    if not terms and not part.terms:
        raise OptionError(f"Neuron {part.name!r} has no dendrites, so that there is nothing to draw; print it instead.")
    order = sorted(range(len(terms)), key=lambda i: -abs(terms[i][1]))
    kept, rest = sorted(order[:MOST]), order[MOST:]
    rows = [
        (f"{terms[i][0].source}: {number(terms[i][0].weight)} × {number(terms[i][0].rate)}", terms[i][1], FIRST)
        for i in kept
    ]
    if rest:
        rows.append((f"{len(rest)} others", sum(terms[i][1] for i in rest), FIRST))
    return [*rows, ("minus threshold", -part.threshold, SECOND), ("drive", part.drive, "#009e73")]
