"""Pictures of a lesion atlas: what each region costs each task, each neuron, and two of them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.analysis.dissociation import Dissociation, DoubleDissociations
from neurosim.analysis.lesion_atlas import LesionAtlas, Numbers
from neurosim.anatomy.structure import NO_REGION
from neurosim.errors import DataError, unknown
from neurosim.plotting.style import (
    FAINT,
    INK,
    LARGE,
    RULE,
    SMALL,
    chart_axes,
    colour,
    fitted,
    key_beside,
    marker,
    readable_on,
    signed_scale,
    text_width,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("regions", "interactions", "neurons")
MOST_ROWS = 24  # of a map
ROW, COLUMN = 17.0, 62.0  # points
NAME = 120.0  # points that the name of a row may take
FULL = 1.0  # of the way to chance: the ends of the scale of colours, in all maps the same
SPREAD = 0.8  # of a row, over which the dots of its neurons are spread
GOLDEN = (5**0.5 - 1) / 2  # its multiples fill a row evenly, however many they are
MOST_PANELS = 6
NOWHERE = "(no region)"


def draw_lesion_atlas(atlas: LesionAtlas, ax: Axes | None = None, *, kind: str | None = None) -> Any:
    """Draw a lesion atlas: regions and tasks as a map with numbers, pairs and their interaction, and every neuron.

    All of it in shares of the way from the intact loss to that of chance; or, where a task is no better than chance,
    in the units of the loss.

    Parameters
    ----------
    atlas : LesionAtlas
    ax : matplotlib Axes, optional
        For one kind of picture, the first that there is unless another is named.
    kind : "regions", "interactions" or "neurons", optional
        That alone; unless given, all that there is.

    Returns
    -------
    Axes, or array of Axes

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    DataError
        If the atlas has nothing of this kind.

    Examples
    --------
    >>> import numpy as np, networkx as nx, neurosim as ns
    >>> B = nx.DiGraph([("eye", "V1"), ("V1", "hand")])
    >>> for region in B: B.nodes[region]["size"] = 3
    >>> net = ns.Network.from_regions(B, mode="linear", rng=0)
    >>> task = ns.Task("copy", np.eye(3), np.eye(3), "hand", loss="mse")
    >>> ns.plot(ns.lesion_atlas(net, task), kind="neurons").get_xlabel()
    'rise of the loss without the neuron'
    """
    there = [name for name, things in zip(KINDS, (atlas.regions, atlas.pairs, atlas.neurons), strict=True) if things]
    if kind is not None and kind not in KINDS:
        raise unknown("kind of picture of a lesion atlas called", kind, KINDS)
    if kind is not None and kind not in there:
        raise DataError(f"This atlas has no {kind.replace('interactions', 'pairs')} to draw; there are: {there}.")
    if kind is not None or ax is not None or len(there) == 1:
        return _draw(atlas, kind or there[0], ax)
    return _draw_all(atlas, there)


def _draw(atlas: LesionAtlas, kind: str, ax: Axes | None) -> Axes:
    if kind == "neurons":
        return _draw_neurons(atlas, ax)
    names, values, title = _region_map(atlas) if kind == "regions" else _interaction_map(atlas)
    return _draw_map(names, atlas.tasks, values, _in_shares(atlas), title, ax)


def _draw_all(atlas: LesionAtlas, kinds: Sequence[str]) -> Any:
    """Maps beside each other, the neurons below."""
    import matplotlib.pyplot as plt

    maps = [kind for kind in kinds if kind != "neurons"]
    rows = max([len(atlas.regions), min(len(atlas.pairs), MOST_ROWS)][: len(maps)])
    heights = [0.75 + rows * ROW / 72] * bool(maps) + [0.75 + 0.3 * len(_groups(atlas))] * ("neurons" in kinds)
    whole = plt.figure(figsize=(8, sum(heights)), layout="constrained")
    figures = np.ravel(np.array(whole.subfigures(len(heights), height_ratios=heights), dtype=object))
    panels: list[Axes] = []
    if maps:
        panels += np.ravel(figures[0].subplots(1, len(maps))).tolist()
    if "neurons" in kinds:
        panels.append(figures[-1].subplots())
    return np.array([_draw(atlas, kind, ax) for kind, ax in zip(kinds, panels, strict=True)], dtype=object)


# --- Units ---------------------------------------------------------------------------------------


def _in_shares(atlas: LesionAtlas) -> bool:
    return bool((atlas.chance > atlas.intact).all())


def _scaled(atlas: LesionAtlas, rises: Numbers) -> Numbers:
    """Rises of losses as shares of the way to chance, if there is one for every task."""
    return np.asarray(rises / (atlas.chance - atlas.intact) if _in_shares(atlas) else rises)


def _unit(atlas: LesionAtlas) -> str:
    return "deficit (share of the way to chance)" if _in_shares(atlas) else "rise of the loss"


# --- Maps ----------------------------------------------------------------------------------------


def _region_map(atlas: LesionAtlas) -> tuple[list[str], Numbers, str]:
    values = _scaled(atlas, atlas.rise[: len(atlas.regions)])
    return [f"without {region}" for region in atlas.regions], values, f"Regions: {_unit(atlas)}"


def _interaction_map(atlas: LesionAtlas) -> tuple[list[str], Numbers, str]:
    """Of the pairs, those whose interaction is largest, in their order."""
    values = _scaled(atlas, atlas.interaction)
    shown = np.sort(np.argsort(-np.abs(values).max(axis=1), kind="stable")[:MOST_ROWS])
    names = [" + ".join(map(str, atlas.pairs[i])) for i in shown]
    left = f"; the {len(shown)} largest of {len(values):,}" if len(shown) < len(values) else ""
    unit = "share of the way to chance" if _in_shares(atlas) else "loss"
    return names, values[shown], f"Pairs: interaction ({unit}{left})"


def _draw_map(
    names: Sequence[str], tasks: Sequence[str], values: Numbers, shares: bool, title: str, ax: Axes | None
) -> Axes:
    """A cell for each lesion and task, with its number."""
    from matplotlib.colors import Normalize

    column = max(COLUMN, *(text_width(task) + 8 for task in tasks))
    ax = chart_axes(ax, 20 + NAME + column * len(tasks), 60 + ROW * len(names))
    colours, scale = signed_scale(values)
    if shares:
        scale = Normalize(-FULL, FULL, clip=True)
    ax.imshow(values, cmap=colours, norm=scale, aspect="auto")
    for (row, place), value in np.ndenumerate(values):
        text = f"{100 * value + 0.0:.0f} %" if shares else f"{value + 0.0:.3g}"
        write(ax, place, row, text.replace("-", "\N{MINUS SIGN}"), color=readable_on(colours(scale(value))))
    ax.set_xticks(range(len(tasks)), tasks)
    ax.set_yticks(range(len(names)), [fitted(name, NAME) for name in names])
    ax.set_xlabel("task", fontsize=SMALL, color=INK)
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(tasks) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title, fontsize=LARGE, color=INK, loc="left")
    return ax


# --- Neurons -------------------------------------------------------------------------------------


def _groups(atlas: LesionAtlas) -> dict[str, list[int]]:
    """The places of the neurons among those of the atlas, by region."""
    structure, groups = atlas.net.structure, dict[str, list[int]]()
    for place, name in enumerate(atlas.neurons):
        number = structure.region_of[structure.find(name)]
        region = NOWHERE if number == NO_REGION else structure.regions[number]
        groups.setdefault(region, []).append(place)
    return groups


def _draw_neurons(atlas: LesionAtlas, ax: Axes | None) -> Axes:
    """A dot for each neuron and task, in the row of its region."""
    groups, first = _groups(atlas), len(atlas.regions)
    values = _scaled(atlas, atlas.rise[first : first + len(atlas.neurons)])
    ax = chart_axes(ax, 400 + NAME, 60 + 30 * len(groups))
    ax.axvline(0, color=FAINT, linewidth=0.8)
    width = SPREAD / len(atlas.tasks)
    for j, task in enumerate(atlas.tasks):
        up = np.concatenate([np.arange(len(places)) * GOLDEN % 1 for places in groups.values()])
        row = np.repeat(np.arange(len(groups)), [len(places) for places in groups.values()])
        heights = row - SPREAD / 2 + (j + 0.15 + 0.7 * up) * width
        across = values[np.concatenate([*groups.values()]), j]
        ax.scatter(across, heights, s=10, marker=marker(j), color=colour(j), alpha=0.6, linewidths=0, label=task)
    for edge in np.arange(len(groups) - 1) + 0.5:
        ax.axhline(edge, color=RULE, linewidth=0.5)
    ax.set_yticks(range(len(groups)), [fitted(name, NAME) for name in groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    if _in_shares(atlas):
        from matplotlib.ticker import PercentFormatter

        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel(f"{_unit(atlas)} without the neuron", fontsize=SMALL, color=INK)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_title("Neurons, one by one", fontsize=LARGE, color=INK, loc="left")
    key_beside(ax, title="task", title_fontsize=SMALL)
    return ax


# --- Double dissociations ------------------------------------------------------------------------


def draw_double_dissociations(found: DoubleDissociations, ax: Axes | None = None, *, most: int = MOST_PANELS) -> Any:
    """Draw double dissociations: two tasks across, a line for each of two lesions; where they cross, they dissociate.

    Bars are bootstrap intervals of 95 %.

    Parameters
    ----------
    found : DoubleDissociations
    ax : matplotlib Axes, optional
        For the surest one alone.
    most : int
        How many are drawn, the surest first.

    Returns
    -------
    Axes, or array of Axes

    Raises
    ------
    DataError
        If there are none.
    """
    import matplotlib.pyplot as plt

    if not len(found):
        raise DataError(f"Of {found.tried:,} combinations none crosses, so there is no double dissociation to draw.")
    shown = found[: 1 if ax is not None else most]
    if len(shown) == 1:
        return _draw_crossing(shown[0], chart_axes(ax, 240, 190))
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    _, axes = plt.subplots(rows, columns, figsize=(8, 2.5 * rows), layout="constrained", squeeze=False, sharey=True)
    for empty in axes.ravel()[len(shown) :]:
        empty.set_axis_off()
    panels = [_draw_crossing(each, chart_axes(a, 0, 0)) for each, a in zip(shown, axes.ravel(), strict=False)]
    for panel in panels[1:]:
        if panel not in axes[:, 0]:
            panel.set_ylabel("")
    return np.array(panels, dtype=object)


def _draw_crossing(each: Dissociation, ax: Axes) -> Axes:
    from matplotlib.ticker import PercentFormatter

    ax.axhline(0, color=FAINT, linewidth=0.8)
    for i, lesion in enumerate(each.lesions):
        name = " + ".join(map(str, lesion)) if isinstance(lesion, tuple) else str(lesion)
        reach = np.maximum([each.deficit[i] - each.low[i], each.high[i] - each.deficit[i]], 0)
        across = np.arange(2) + (i - 0.5) * 0.06
        style: dict[str, Any] = {"color": colour(i), "marker": marker(i), "markersize": 5, "linewidth": 1.4}
        ax.errorbar(across, each.deficit[i], yerr=reach, capsize=2.5, label=f"without {name}", **style)
    ax.set_xticks([0, 1], each.tasks)
    ax.set_xlim(-0.35, 1.35)
    ax.margins(y=0.15)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("task", fontsize=SMALL, color=INK)
    ax.set_ylabel("deficit (share of the way to chance)", fontsize=SMALL, color=INK)
    ax.set_title(f"corrected p {each.corrected:.2g}", fontsize=SMALL, color=INK, loc="left")
    ax.legend(fontsize=SMALL, frameon=False, labelcolor=INK, loc="best")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
