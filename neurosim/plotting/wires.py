"""The weights between regions as colours: a row for each neuron that listens, a column for each that sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Structure
from neurosim.errors import DataError, OptionError
from neurosim.plotting.style import FAINT, INK, LARGE, SMALL, chart_axes, signed_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE = 5.0  # points of a weight, on either side, where there is room


def wires(networks: Mapping[str, Network], pre: Sequence[str], post: Sequence[str]) -> Figure:
    """Draw the weights from some regions to others, for several networks side by side, with one scale for all.

    Parameters
    ----------
    networks : mapping of str to Network
        By the title of each.
    pre, post : sequence of str
        The regions that send, from left to right, and those that listen, from top to bottom.

    Returns
    -------
    matplotlib Figure
        Blue is inhibitory and red excitatory; where there is no synapse, or none that conducts, there is no colour.

    Raises
    ------
    DataError
        If there is no network to draw.
    OptionError, UnknownNameError
        If a region is not there, or none is named.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -2.0], regions=["left", "right", "hand"])
    >>> figure = wires({"newborn": net}, pre=["left", "right"], post=["hand"])
    """
    import matplotlib.pyplot as plt

    if not networks:
        raise DataError("There is nothing to draw: give networks by their titles, as wires({'newborn': net}, ...).")
    for name, regions in (("pre", pre), ("post", post)):
        if isinstance(regions, str) or not regions:
            raise OptionError(f"{name} must be a list of regions, as in {name}=['V1']; got {regions!r}.")
    tables = {title: _weights(net, pre, post) for title, net in networks.items()}
    _, scale = signed_scale(np.concatenate([np.nan_to_num(table).ravel() for table in tables.values()]))
    rows, columns = next(iter(tables.values())).shape
    across = min(8.0, len(tables) * (SIDE * columns / 72 + 0.35) + 1.2)
    down = max(1.6, (across - 1.2) / len(tables) * rows / columns + 0.7)
    figure, axes = plt.subplots(1, len(tables), figsize=(across, down), layout="constrained", squeeze=False)
    drawn: Any = None
    for place, (ax, (title, table)) in enumerate(zip(axes[0], tables.items(), strict=True)):
        structure = networks[title].structure
        chart_axes(ax, 0, 0)
        drawn = ax.imshow(table, cmap="RdBu_r", norm=scale, aspect="auto", interpolation="nearest")
        ax.set_title(title, fontsize=LARGE, color=INK)
        _mark(ax, "x", structure, pre)
        _mark(ax, "y", structure, post if place == 0 else ())
        _divide(ax, structure, pre, post)
    axes[0, 0].set_ylabel("to", fontsize=SMALL, color=INK)
    for ax in axes[0]:
        ax.set_xlabel("from", fontsize=SMALL, color=INK)
    bar = figure.colorbar(drawn, ax=axes)
    bar.set_label("weight", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    return figure


def _weights(net: Network, pre: Sequence[str], post: Sequence[str]) -> Floats:
    """The weights, shape (neurons that listen, neurons that send); NaN where no synapse conducts."""
    structure = net.structure
    senders, listeners = (np.concatenate([structure.members(region) for region in each]) for each in (pre, post))
    row, column = (np.full(len(net), -1) for _ in range(2))
    row[listeners], column[senders] = np.arange(len(listeners)), np.arange(len(senders))
    mine = structure.present & (row[structure.post] >= 0) & (column[structure.pre] >= 0)
    table = np.full((len(listeners), len(senders)), np.nan)
    table[row[structure.post[mine]], column[structure.pre[mine]]] = net.weights[mine]
    return table


def _mark(ax: Axes, axis: str, structure: Structure, regions: Sequence[str]) -> None:
    """Name regions, each at its middle."""
    sizes = np.array([len(structure.members(region)) for region in regions], dtype=float)
    middles = np.cumsum(sizes) - sizes / 2 - 0.5
    (ax.set_xticks if axis == "x" else ax.set_yticks)(middles, labels=list(regions))
    ax.tick_params(axis=axis, length=0, labelsize=SMALL, labelcolor=INK)  # type: ignore[arg-type]


def _divide(ax: Axes, structure: Structure, pre: Sequence[str], post: Sequence[str]) -> None:
    """Draw lines between regions."""
    for draw, regions in ((ax.axvline, pre), (ax.axhline, post)):
        for end in np.cumsum([len(structure.members(region)) for region in regions])[:-1]:
            draw(end - 0.5, color=FAINT, linewidth=0.8)
