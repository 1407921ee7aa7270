"""The picture of a training run: how loss and accuracy went, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError, unknown
from neurosim.plasticity.history import History, TaskHistory
from neurosim.plasticity.local_rules import PerceptronRun
from neurosim.plotting.style import (
    FAINT,
    FIRST,
    INK,
    LARGE,
    RULE,
    SECOND,
    SMALL,
    chart_axes,
    colour,
    dash,
    fitted,
    key_beside,
    marker,
    number,
    plural,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_LABEL = 260.0  # points
LABELS = {"loss": "loss", "accuracy": "accuracy (share right)", "error": "error (root mean square)"}


def draw_history(history: History, ax: Axes | None = None, *, column: str | None = None) -> Any:
    """Draw the course of a training run.

    Parameters
    ----------
    history : History
    ax : matplotlib Axes, optional
        For a single panel; without it there is one for the loss and one for accuracy or error, below it.
    column : str, optional
        "loss", "accuracy" or "error", for a single panel; the loss when `ax` is given.

    Returns
    -------
    Axes, or array of Axes
        What it drew on.

    Raises
    ------
    DataError
        If there was no epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.0], modes="linear")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], epochs=20, rng=0)
    >>> [ax.get_ylabel() for ax in ns.plot(history)]
    ['loss', 'error (root mean square)']
    """
    if not history.epochs:
        raise DataError("This history has no epochs, so there is nothing to draw. Train for one or more: epochs=20.")
    if ax is not None or column is not None:
        axes = chart_axes(ax, 400, 240)
        _draw_column(axes, history, column or next(name for name in [*LABELS, *history] if name in history))
        axes.set_xlabel("epoch", fontsize=SMALL, color=INK)
        return axes
    others = [name for name in history if not name.startswith("validation_") and name not in (*LABELS, "seconds")]
    names = [name for name in LABELS if name in history] + others
    import matplotlib.pyplot as plt

    size = (6, 2.2 * len(names))
    _, grid = plt.subplots(len(names), figsize=size, sharex=True, layout="constrained", squeeze=False)
    panels = grid[:, 0]
    for axes, name in zip(panels, names, strict=True):
        _draw_column(chart_axes(axes, 0, 0), history, name)
    panels[-1].set_xlabel("epoch", fontsize=SMALL, color=INK)
    return panels


def draw_task_history(history: TaskHistory, ax: Axes | None = None, *, column: str | None = None) -> Any:
    """Draw the course of a training run on several tasks: a curve for each.

    Parameters
    ----------
    history : TaskHistory
    ax : matplotlib Axes, optional
        For a single panel; without it there is one for every measure, one below the other.
    column : str, optional
        "loss", "accuracy" or "error", for a single panel; the loss when `ax` is given.

    Returns
    -------
    Axes, or array of Axes
        What it drew on.

    Raises
    ------
    DataError
        If there was no epoch.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph([("eye", "left"), ("eye", "right")])
    >>> for region in B:
    ...     B.nodes[region]["size"] = 2
    >>> net = ns.Network.from_regions(B, mode="linear", rng=0)
    >>> X, labels = ns.datasets.moons(40, rng=0)
    >>> tasks = [ns.Task("moon", X, labels, "left"), ns.Task("other moon", X, 1 - labels, "right")]
    >>> [ax.get_ylabel() for ax in ns.plot(ns.train_tasks(net, tasks, epochs=3, rng=0))]
    ['loss', 'accuracy (share right)']
    """
    if not history.epochs:
        raise DataError("This history has no epochs, so there is nothing to draw. Train for one or more: epochs=20.")
    known = [name for name in LABELS if any(name in each for each in history.values())]
    if column is not None and column not in known:
        raise unknown("column in this history called", column, known)
    if ax is not None or column is not None:
        axes = chart_axes(ax, 400, 240)
        _draw_tasks(axes, history, column or "loss")
        axes.set_xlabel("epoch", fontsize=SMALL, color=INK)
        return axes
    import matplotlib.pyplot as plt

    size = (7, 2.2 * len(known))
    _, grid = plt.subplots(len(known), figsize=size, sharex=True, layout="constrained", squeeze=False)
    for axes, name in zip(grid[:, 0], known, strict=True):
        _draw_tasks(chart_axes(axes, 0, 0), history, name)
    grid[-1, 0].set_xlabel("epoch", fontsize=SMALL, color=INK)
    return grid[:, 0]


def _draw_tasks(ax: Axes, history: TaskHistory, name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = np.arange(1, history.epochs + 1)
    for place, (task, each) in enumerate(history.items()):
        if name in each:
            style = f"{dash(place)}{marker(place) if history.epochs < 3 else ''}"
            ax.plot(epochs, each[name], style, color=colour(place), linewidth=1.6, markersize=4, label=task)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if name == "accuracy":
        ax.set_ylim(-0.02, 1.05)
    else:
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    ax.set_ylabel(LABELS[name], fontsize=SMALL, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    key_beside(ax)


def draw_perceptron_run(run: PerceptronRun, ax: Axes | None = None) -> Axes:
    """Draw how many mistakes each output made in every epoch of the perceptron rule.

    Parameters
    ----------
    run : PerceptronRun
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If there was no epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0])
    >>> ax = ns.plot(ns.local_rules.perceptron(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], rng=0))
    """
    from matplotlib.ticker import MaxNLocator

    if not run.epochs:
        raise DataError("This run has no epochs, so there is nothing to draw. Teach for one or more: epochs=20.")
    ax = chart_axes(ax, 400, 240)
    epochs = np.arange(1, run.epochs + 1)
    for name, mistakes, bound in zip(run.outputs, run.mistakes.T, run.bounds, strict=True):
        told = f", at most {number(np.floor(bound))} by Novikoff's bound" if np.isfinite(bound) else ""
        label = fitted(f"{name}: {plural(int(mistakes.sum()), 'mistake')}{told}", LONGEST_LABEL)
        ax.plot(epochs, mistakes, "o-", label=label, linewidth=1.6, markersize=4, clip_on=False)
    end = "the last without a mistake" if run.converged else "mistakes to the last"
    ax.set_title(f"perceptron rule: {plural(run.epochs, 'epoch')}, {end}", fontsize=LARGE, color=INK, loc="left")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_ylim(0, 1.35 * max(1, int(run.mistakes.max())))
    ax.set_xlabel("epoch", fontsize=SMALL, color=INK)
    ax.set_ylabel("mistakes in the epoch", fontsize=SMALL, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.legend(fontsize=SMALL, frameon=False, labelcolor=INK, loc="upper right")
    return ax


def _draw_column(ax: Axes, history: History, name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = np.arange(1, history.epochs + 1)
    dot = "o" if history.epochs < 3 else None
    curves = [("training", history[name], FIRST, "-")]
    if f"validation_{name}" in history:
        curves.append(("validation", history[f"validation_{name}"], SECOND, "--"))
    for label, values, paint, line in curves:
        ax.plot(epochs, values, line, color=paint, label=label, linewidth=1.6, marker=dot, markersize=4)
    _write_ends(ax, epochs, curves)
    if history.stopped_early:
        ax.axvline(history.best_epoch + 1, color=FAINT, linewidth=1, linestyle=":", label="weights kept")
    values = np.concatenate([values for _, values, _, _ in curves])
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    high = 1.0 if name == "accuracy" else high or 1.0
    # Room for the width of a line that runs along an edge.
    ax.set_ylim(low * 1.05 - 0.02 * (high - low) * (name == "accuracy"), high + 0.05 * (high - low))
    margin = 0.5 if history.epochs < 3 else 0.02 * (history.epochs - 1)
    ax.set_xlim(1 - margin, history.epochs + margin)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_ylabel(LABELS.get(name, name), fontsize=SMALL, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.legend(fontsize=SMALL, frameon=False, labelcolor=INK)


def _write_ends(ax: Axes, epochs: npt.NDArray[np.integer[Any]], curves: list[tuple[str, Any, str, str]]) -> None:
    """The last value of each curve, in the title: where lines end close together, labels beside them would collide."""
    ends = ", ".join(f"{label} {values[-1]:.3g}" for label, values, _, _ in curves)
    ax.set_title(f"after epoch {epochs[-1]}: {ends}", fontsize=LARGE, color=INK, loc="left")
