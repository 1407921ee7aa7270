"""Pictures of specialisation: who is for which task, since when, and what activity tells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.coding import Coding
from neurosim.analysis.commitment import Commitment
from neurosim.analysis.modularity import Modularity
from neurosim.analysis.selectivity import Selectivity
from neurosim.analysis.selectivity_course import SelectivityCourse
from neurosim.plotting.style import (
    FAINT,
    INK,
    LARGE,
    RULE,
    SMALL,
    chart_axes,
    colour,
    dash,
    fitted,
    key_beside,
    marker,
    name_axes,
    plural,
    signed_scale,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMED = 40  # rows with a name beside them; more would leave no room


def draw_selectivity(found: Selectivity, ax: Axes | None = None) -> Axes:
    """Draw how selective regions or neurons are: dots with intervals between two tasks, or a table of colours for more.

    Parameters
    ----------
    found : Selectivity
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> table = np.zeros((2, 2))
    >>> found = ns.Selectivity(("V1", "V2"), ("what", "where"), table, "loss", table, table, table, False)
    >>> ns.plot(found).get_xlabel()
    'selectivity (by loss)'
    """
    if len(found.tasks) > 2:
        return _draw_map(found, ax)
    rows = len(found.names)
    ax = chart_axes(ax, 400, 70 + 20 * min(rows, MOST_NAMED))
    order = np.arange(rows)
    index, low, high = (values[:, 0] for values in (found.index, found.low, found.high))
    known = ~np.isnan(index)
    with_interval = known & ~np.isnan(low)
    reach = np.maximum([index - low, high - index], 0)[:, with_interval]
    ax.errorbar(
        index[with_interval],
        order[with_interval],
        xerr=reach,
        fmt="none",
        ecolor=colour(0),
        elinewidth=1.2,
        capsize=2.5,
    )
    ax.plot(index[known], order[known], "o", color=colour(0), markersize=5, clip_on=False)
    for place in order[~known].tolist() if rows <= MOST_NAMED else ():
        write(ax, 0, place, "no task needs it", color=FAINT)
    _between_tasks(ax.set_xlim, ax.xaxis, found.tasks)
    ax.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    ax.set_ylim(rows - 0.4, -0.6)
    if rows <= MOST_NAMED:
        ax.set_yticks(order, [fitted(str(name), 120) for name in found.names])
    else:
        ax.set_ylabel("neurons" if found.of_neurons else "regions", fontsize=SMALL, color=INK)
    ax.set_xlabel(f"selectivity (by {found.unit})", fontsize=SMALL, color=INK)
    ax.grid(axis="x", color=RULE, linewidth=0.5)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _between_tasks(set_limits: Any, axis: Any, tasks: Sequence[str]) -> None:
    """An axis from one task to the other."""
    set_limits(-1.06, 1.06)
    one, other = (fitted(task, 90) for task in tasks)
    minus = "\N{MINUS SIGN}"
    axis.set_ticks([-1, -0.5, 0, 0.5, 1], labels=[f"{minus}1\n{other}", f"{minus}0.5", "0\nboth", "0.5", f"1\n{one}"])


def _draw_map(found: Selectivity, ax: Axes | None) -> Axes:
    rows, columns = found.index.shape
    ax = chart_axes(ax, 170 + 46 * columns, 80 + 18 * min(rows, MOST_NAMED))
    colours, scale = signed_scale([-1.0, 1.0])
    image = ax.imshow(np.ma.masked_invalid(found.index), cmap=colours, norm=scale, aspect="auto")
    ax.set_facecolor("#dddddd")  # where no task needs it
    ax.set_xticks(range(columns), [fitted(task, 44) for task in found.tasks])
    if rows <= MOST_NAMED:
        ax.set_yticks(range(rows), [fitted(str(name), 120) for name in found.names])
    else:
        ax.set_ylabel("neurons" if found.of_neurons else "regions", fontsize=SMALL, color=INK)
    _colour_bar(ax, image, f"selectivity (by {found.unit};\ngrey: no task needs it)")
    ax.set_xlabel("task", fontsize=SMALL, color=INK)
    return ax


def _colour_bar(ax: Axes, image: Any, label: str) -> None:
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, shrink=0.8)
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)


def draw_coding(found: Coding, ax: Axes | None = None) -> Axes:
    """Draw what each neuron's activity tells: a dot for each in the plane of two tasks, or in columns for one or more.

    Parameters
    ----------
    found : Coding
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> table = np.array([[0.8, 0.1], [0.0, 0.5]])
    >>> places = {"V1": np.array([0, 1])}
    >>> found = ns.Coding(("a", "b"), places, ("what", "where"), table, table, table, table, 0)
    >>> ns.plot(found).get_ylabel()
    'omega² for where'
    """
    groups = dict(found.regions) or {"neurons": np.arange(len(found.names))}
    if len(found.tasks) != 2:
        return _draw_coding_rows(found, groups, ax)
    ax = chart_axes(ax, 380, 290)
    for place, (region, members) in enumerate(groups.items()):
        x, y = found.omega[members].T
        ax.plot(x, y, marker(place), color=colour(place), label=region, markersize=4.5, alpha=0.8, linestyle="none")
    name_axes(ax, *(f"omega² for {task}" for task in found.tasks))
    most = max(0.1, 1.08 * float(np.nanmax(found.omega, initial=0.0)))
    ax.set(xlim=(-0.06 * most, most), ylim=(-0.06 * most, most), aspect="equal")
    ax.axline((0, 0), slope=1, color=RULE, linewidth=0.8, zorder=0)
    ax.grid(color=RULE, linewidth=0.4)
    ax.spines[["top", "right"]].set_visible(False)
    key_beside(ax)
    return ax


def _draw_coding_rows(found: Coding, groups: dict[str, Any], ax: Axes | None) -> Axes:
    """A column of dots for each task, its neurons side by side by region."""
    ax = chart_axes(ax, 400, 250)
    width = 0.8 / len(groups)
    for place, (region, members) in enumerate(groups.items()):
        spread = np.linspace(-0.35, 0.35, len(members)) * width if len(members) > 1 else np.zeros(1)
        for column in range(len(found.tasks)):
            x = column - 0.4 + width * (place + 0.5) + spread
            label = region if column == 0 else None
            y = found.omega[members, column]
            ax.plot(x, y, marker(place), label=label, color=colour(place), markersize=3.5, linestyle="none")
    ax.set_xticks(range(len(found.tasks)), [fitted(task, 300 / len(found.tasks)) for task in found.tasks])
    ax.set_xlim(-0.6, len(found.tasks) - 0.4)
    name_axes(ax, "task", "omega² of each neuron")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    key_beside(ax)
    return ax


def draw_course(course: SelectivityCourse, ax: Axes | None = None, *, task: str | None = None) -> Any:
    """Draw selectivity over training, a curve for each region: a panel for two tasks, a panel for each of more.

    Parameters
    ----------
    course : SelectivityCourse
    ax : matplotlib Axes, optional
        For a single panel.
    task : str, optional
        The one to draw the selectivity for, where there are more than two.

    Returns
    -------
    Axes, or array of Axes

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> index = np.array([0.1, 0.7])[:, None, None] * [[1, -1]]
    >>> course = ns.SelectivityCourse(np.arange(2), ("V1",), ("what", "where"), index, "loss", index)
    >>> ns.plot(course).get_ylabel()
    'selectivity (by loss)'
    """
    from neurosim.errors import unknown

    if task is not None and task not in course.tasks:
        raise unknown("task in this course called", task, course.tasks)
    if len(course.tasks) == 2 or task is not None or ax is not None:
        place = course.tasks.index(task) if task is not None else 0
        ax = chart_axes(ax, 440, 240)
        _draw_curves(ax, course, place)
        if len(course.tasks) == 2 and place == 0:
            _between_tasks(ax.set_ylim, ax.yaxis, course.tasks)
        else:
            ax.set_title(course.tasks[place], fontsize=LARGE, color=INK, loc="left")
        key_beside(ax)
        return ax
    import matplotlib.pyplot as plt

    tasks = len(course.tasks)
    _, panels = plt.subplots(tasks, figsize=(6, 0.4 + 1.7 * tasks), sharex=True, sharey=True, layout="constrained")
    for place, panel in enumerate(panels):
        _draw_curves(chart_axes(panel, 0, 0), course, place)
        panel.set_title(course.tasks[place], fontsize=LARGE, color=INK, loc="left")
        panel.set_xlabel("epoch" if place == tasks - 1 else "", fontsize=SMALL, color=INK)
    key_beside(panels[0])
    return panels


def _draw_curves(ax: Axes, course: SelectivityCourse, task: int) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, name in enumerate(course.names):
        values = course.index[:, place, task]
        style = f"{marker(place)}{dash(place)}"
        ax.plot(course.epochs, values, style, color=colour(place), label=name, markersize=3.5, linewidth=1.3)
    ax.axhline(0, color=RULE, linewidth=0.8, zorder=0)
    margin = 0.02 * float(course.epochs[-1] - course.epochs[0]) or 0.5
    ax.set(xlim=(course.epochs[0] - margin, course.epochs[-1] + margin), ylim=(-1.06, 1.06))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    name_axes(ax, "epoch", f"selectivity (by {course.unit})")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.spines[["top", "right"]].set_visible(False)


def draw_commitment(found: Commitment, ax: Axes | None = None) -> Axes:
    """Draw in how many brains each region has committed itself, epoch by epoch.

    Parameters
    ----------
    found : Commitment
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> epochs, to = np.array([[3.0], [np.inf]]), (("what",), (None,))
    >>> ns.plot(ns.Commitment(("V1",), ("what", "where"), epochs, to, 0.5, np.arange(9))).get_ylabel()
    'committed to a task (share of 2 brains)'
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    ax = chart_axes(ax, 420, 230)
    for place, (name, share) in enumerate(zip(found.names, found.committed.T, strict=True)):
        ax.step(found.recorded, share, dash(6 * place), where="post", color=colour(place), label=name, linewidth=1.6)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    name_axes(ax, "epoch", f"committed to a task (share of {plural(len(found.epochs), 'brain')})")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.spines[["top", "right"]].set_visible(False)
    key_beside(ax)
    return ax


def draw_modularity(found: Modularity, ax: Axes | None = None) -> Axes:
    """Draw the weights between neurons, sorted by community and then by region, with a frame around each community.

    Parameters
    ----------
    found : Modularity
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 3], [1.0, 1.0], regions=["a", "b", "a", "b"])
    >>> ns.plot(ns.modularity(net, rng=0)).get_xlabel()
    'postsynaptic neuron'
    """
    import networkx as nx
    from matplotlib.patches import Rectangle

    ax = chart_axes(ax, 400, 330)
    order = [name for members in found.communities for name in sorted(members, key=lambda n: found.regions.get(n, ""))]
    weights = nx.to_numpy_array(found.graph, nodelist=order, weight="weight")
    image = ax.imshow(weights, cmap="Greys", vmin=0, vmax=float(weights.max()), interpolation="nearest")
    start = 0
    for place, members in enumerate(found.communities):
        size = len(members)
        if size > 1:
            frame = Rectangle(
                (start - 0.5, start - 0.5), size, size, fill=False, edgecolor=colour(place), linewidth=1.6
            )
            ax.add_patch(frame)
        start += size
    _name_regions(ax, [found.regions.get(name, "") for name in order])
    name_axes(ax, "postsynaptic neuron", "presynaptic neuron")
    told = f", shuffled {found.null.mean():.2f}" if len(found.null) else ""
    told += f", z = {found.z:.1f}" if np.isfinite(found.z) else ""
    ax.set_title(f"Q = {found.q:.2f}{told}", fontsize=LARGE, color=INK, loc="left")
    _colour_bar(ax, image, "|weight|")
    return ax


def _name_regions(ax: Axes, regions: Sequence[str]) -> None:
    """A tick in the middle of every stretch of neurons of one region, as far as there is room."""
    edges = [0, *(i for i in range(1, len(regions)) if regions[i] != regions[i - 1]), len(regions)]
    least = len(regions) / 24  # rows that a line of text takes
    stretches = [(a, b) for a, b in pairwise(edges) if b - a >= least and regions[a]]
    middles, names = [(a + b - 1) / 2 for a, b in stretches], [fitted(regions[a], 80) for a, _ in stretches]
    ax.set_yticks(middles, names)
    ax.set_xticks(middles, names, rotation=90)
