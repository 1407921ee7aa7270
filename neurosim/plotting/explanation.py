"""The pictures of an explanation: the network forward with its rates and backward with its deltas, or step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.explain import Explanation, NeuronExplanation
from neurosim.anatomy.network import Network
from neurosim.errors import OptionError, unknown
from neurosim.plotting.network import Shades, draw_network, sketch_network
from neurosim.plotting.style import (
    EXCITATORY,
    FAINT,
    FIRST,
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


def draw_explanation(explanation: Explanation, ax: Axes | None = None, *, step: str | None = None) -> Any:
    """Draw the forward step above and, if there is a target, the backward step below; or one of the five steps.

    Above, neurons are coloured by rate and lines by weight; below, neurons by delta (the gradient by their
    drive; sensory ones have none) and lines by the gradient of their weight. What `print` shortens to the `most`
    important neurons is drawn as any network is; where names or numbers find no room, a line says so.

    Parameters
    ----------
    explanation : Explanation
    ax : matplotlib Axes, optional
        For one step alone: the forward step, unless another is said.
    step : "parameters", "forward", "loss", "backward" or "update", optional
        One step in place of two: the network with its weights and thresholds, with its rates, the outputs beside
        their targets, the network with its gradients, or by how much each weight and threshold changes.

    Returns
    -------
    Axes, or array of Axes

    Raises
    ------
    UnknownNameError
        If there is no such step.
    OptionError
        If the step needs a target, and the explanation was made without.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], names=["x", "h", "y"], modes="linear")
    >>> told = ns.explain(net, [1.0], [5.0])
    >>> axes = ns.plot(told)
    >>> ax = ns.plot(told, step="update")
    """
    if step is not None:
        return _drawn_step(explanation, ax, step)
    if ax is not None or explanation.targets is None:
        return _draw_forward(explanation, ax)
    from matplotlib import pyplot as plt

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
    _draw_forward(explanation, axes[0])
    _draw_backward(explanation, axes[1])
    return np.array(axes)


# --- Step by step --------------------------------------------------------------------------------


def _drawn_step(explanation: Explanation, ax: Axes | None, step: str) -> Axes:
    if step not in STEPS:
        raise unknown("step of an explanation", step, STEPS)
    if explanation.targets is None and step not in ("parameters", "forward"):
        raise OptionError(
            f"The step {step!r} needs a target, and this explanation has none. Give one, as in "
            "ns.explain(net, x, target), or draw the step 'parameters' or 'forward'."
        )
    return STEPS[step](explanation, ax)


def _draw_parameters(explanation: Explanation, ax: Axes | None) -> Axes:
    return draw_network(explanation.net, ax)


def _draw_forward(explanation: Explanation, ax: Axes | None) -> Axes:
    rates = Shades.of(explanation.rates)
    return _sketch(explanation.net, ax, rates, "weight", "rate", "explanation.net.weights")


def _draw_loss(explanation: Explanation, ax: Axes | None) -> Axes:
    """Each output's rate, what it should be, and the gradient of the loss by it: those with the largest, if many."""
    net, targets = explanation.net, explanation.targets
    assert targets is not None
    outputs = net.structure.outputs
    slopes = explanation.from_loss[outputs]
    most = sorted(np.argsort(-np.abs(slopes), kind="stable")[:MOST].tolist())
    ax = chart_axes(ax, 460, 90 + 26 * len(most))
    for row, i in enumerate(most):
        rate, target, slope = float(explanation.rates[outputs[i]]), float(targets[i]), float(slopes[i])
        ax.plot([rate, target], [row, row], color=RULE, linewidth=2, zorder=1)
        ax.plot(target, row, "o", markersize=9, color=INK, fillstyle="none", label="target" if row == 0 else None)
        ax.plot(rate, row, "o", markersize=6, color=FIRST, label="rate" if row == 0 else None)
        told = f"rate {number(rate)}, target {number(target)}: dL/drate {number(slope)}"
        ax.annotate(
            told,
            (max(rate, target), row),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
    ax.set_yticks(range(len(most)), [fitted(str(net.outputs[i]), 150.0) for i in most])
    ax.set_ylim(len(most) - 0.4, -0.6)
    ax.margins(x=0.1)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.75 * (high - low))  # room for what is written beside the points
    ax.set_xlabel("rate of the output, and its target", fontsize=SMALL, color=INK)
    ax.legend(fontsize=SMALL, frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)
    of_all = "" if len(most) == len(slopes) else f"; {len(most)} of {len(slopes)} outputs"
    title = f"loss {number(explanation.loss or 0.0)} ({explanation.loss_function.name}{of_all})"
    ax.set_title(title, fontsize=LARGE, color=INK, loc="left")
    return ax


def _draw_backward(explanation: Explanation, ax: Axes | None) -> Axes:
    net = explanation.net
    slopes = Network(net.structure, explanation.weight_gradients, net.thresholds)
    # A sensory neuron has no drive, and so no delta; colours are those of signed numbers, whatever their signs.
    deltas = np.where(net.structure.sensory, np.nan, explanation.deltas)
    known = Shades(deltas, signed_scale(deltas[~net.structure.sensory]), "input: no drive, no delta")
    return _sketch(slopes, ax, known, "dL/dweight", "delta", "explanation.weight_gradients")


def _draw_update(explanation: Explanation, ax: Axes | None) -> Axes:
    """By how much each weight and threshold changes, with its number before and after: the largest, if many."""
    net = explanation.net
    dendritic = np.flatnonzero(~net.structure.sensory)
    names = [f"{pre} \N{RIGHTWARDS ARROW} {post}" for pre, post in net.synapses]
    names += [f"threshold of {net.names[i]}" for i in dendritic.tolist()]
    before = np.concatenate([net.weights, net.thresholds[dendritic]])
    after = np.concatenate([explanation.new_weights, explanation.new_thresholds[dendritic]])
    shown = sorted(np.argsort(-np.abs(after - before), kind="stable")[: 2 * MOST].tolist())
    ax = chart_axes(ax, 460, 80 + 16 * len(shown))
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, i in enumerate(shown):
        change = float(after[i] - before[i])
        ax.barh(row, change, color=_sign_colour(change), height=0.6)
        told = f"{_precise(before[i])} \N{RIGHTWARDS ARROW} {_precise(after[i])}"
        _write_at_end(ax, change, row, change, told)
    ax.set_yticks(range(len(shown)), [fitted(names[i], 150.0) for i in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.use_sticky_edges = False
    ax.margins(x=0.35)
    ax.set_xlabel(
        f"change: \N{MINUS SIGN}{number(explanation.learning_rate)} times the gradient (red up, blue down)",
        fontsize=SMALL,
        color=INK,
    )
    of_all = "" if len(shown) == len(before) else f"; the {len(shown)} largest of {len(before):,} changes"
    title = f"loss {number(explanation.loss or 0.0)} before, {number(explanation.new_loss or 0.0)} after{of_all}"
    ax.set_title(title, fontsize=LARGE, color=INK, loc="left")
    return ax


STEPS: dict[str, Callable[[Explanation, Any], Axes]] = {
    "parameters": _draw_parameters,
    "forward": _draw_forward,
    "loss": _draw_loss,
    "backward": _draw_backward,
    "update": _draw_update,
}
"""The lecture's five steps, and what draws each."""


def _precise(value: float) -> str:
    """A number with a digit more than labels have: a step changes little."""
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}")


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


# --- One neuron ----------------------------------------------------------------------------------


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
