"""The picture of single neurons over time: what reaches each, its threshold, and its rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats
from neurosim.errors import OptionError, unknown
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.style import FAINT, FIRST, INK, LARGE, SECOND, SMALL, fitted, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 5  # neurons drawn unless said which
MOST = 12


def draw_traces(
    rec: Recording,
    ax: Axes | None = None,
    *,
    neurons: Sequence[Name] | Name | None = None,
    trial: int | None = None,
) -> Any:
    """Draw single neurons over time: the summed input, the threshold that it has to reach, and the rate.

    The summed input is the drive with the threshold added again; it includes what the soma kept from the tick
    before, and noise. Without ``simulate(..., drives=True)`` there is only the rate, and the title says so.

    Parameters
    ----------
    rec : Recording
    ax : matplotlib Axes, optional
        Within which to draw; a new figure unless given.
    neurons : sequence of str or int, optional
        Their names, up to 12; the first five that have dendrites unless said.
    trial : int, optional
        Which trial; the first unless said.

    Returns
    -------
    array of Axes
        From top to bottom; for each neuron its input, where drives were recorded and it is not sensory, and its rate.

    Raises
    ------
    DataError
        If nothing was recorded, or not of such a neuron.
    OptionError
        If there are too many neurons, or one of the names is that of a region.
    UnknownNameError
        If there is no such neuron.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], thresholds=[0, 1], modes="relu", names=["in", "cell"])
    >>> rec = ns.simulate(net, [[1.0], [3.0]], drives=True)
    >>> summed, rate = ns.plot(rec, neurons=["cell"])
    >>> [line.get_ydata() for line in summed.lines]
    [array([0.5, 1.5]), [1.0, 1.0]]
    """
    shared.check_some(rec)
    chosen = shared.read_trial(rec, trial)
    names = _read_neurons(rec, neurons)
    with_drives = rec.plan.drives
    sensory = rec.net.structure.sensory[[rec.net.structure.number[name] for name in names]]
    heights = [height for each in sensory for height in ([70.0, 45.0] if with_drives and not each else [55.0])]
    made = shared.panels(ax, heights)
    rest = iter(made)
    for name, is_sensory in zip(names, sensory, strict=True):
        if with_drives and not is_sensory:
            _draw_input(next(rest), rec, name, chosen)
        _draw_rate(next(rest), rec, name, chosen, headed=not with_drives or bool(is_sensory))
    shared.set_tick_axis(made[-1], rec)
    made[-1].set_xlabel("tick", fontsize=SMALL, color=INK)
    _explain(rec, made, names, chosen, sensory)
    return made


def _read_neurons(rec: Recording, neurons: Sequence[Name] | Name | None) -> list[Name]:
    structure = rec.net.structure
    if neurons is None:
        sensory = structure.sensory[rec.plan.neurons]
        rest = [name for name, is_sensory in zip(rec.names, sensory, strict=True) if not is_sensory]
        return rec.names if len(rec.names) <= FEW else (rest or rec.names)[:FEW]
    names = [neurons] if isinstance(neurons, str | int) else list(neurons)
    for name in names:
        if name in structure.regions and name not in structure.number:
            first = structure.names[int(structure.members(str(name))[0])]
            raise OptionError(f"{name!r} is a region; name its neurons, as in neurons=[{first!r}].")
        if name not in structure.number:
            raise unknown("neuron", name, structure.names)
    if not 1 <= len(names) <= MOST:
        raise OptionError(
            f"neurons must name from 1 to {MOST} neurons; got {len(names)}. For more take kind='raster' or 'regions'."
        )
    return names


def _of(rec: Recording, values: Floats, trial: int) -> Floats:
    """One trial's."""
    return values if rec.trials is None else values[trial]


def _marks(rec: Recording) -> dict[str, Any]:
    """Points where single ticks can be told apart."""
    return {"marker": "o", "markersize": 3.2} if len(rec) <= 60 else {}


def _draw_input(ax: Axes, rec: Recording, name: Name, trial: int) -> None:
    threshold = float(rec.thresholds[rec.names.index(name)])
    summed = _of(rec, rec.drive(name), trial) + threshold
    ax.plot(rec.ticks, summed, color=FIRST, linewidth=1.2, label="summed input", **_marks(rec))
    ax.axhline(threshold, color=SECOND, linewidth=1.2, linestyle="--", label="threshold")
    ax.set_ylim(*_room(np.append(summed, threshold)))
    shared.grid(ax)
    shared.axis_labels(ax, y="input")
    _head(ax, f"{name}, threshold {number(threshold)}")


def _draw_rate(ax: Axes, rec: Recording, name: Name, trial: int, *, headed: bool) -> None:
    rates = _of(rec, rec[name], trial)
    x, y, steps = shared.course(rec, rates)
    ax.plot(x, y, color="black", linewidth=1.1, drawstyle=steps, label="rate")
    ax.fill_between(x, 0, y, step=shared.band_step(steps), color=FAINT, alpha=0.25, linewidth=0)
    ax.set_ylim(*_room(np.append(rates, [0.0, 1.0] if rates.max() > 0.5 or not rates.any() else 0.0)))
    shared.grid(ax)
    shared.axis_labels(ax, y="rate")
    if headed:
        _head(ax, str(name))


def _room(values: Floats) -> tuple[float, float]:
    """From the lowest to the highest, with some room."""
    low, high = float(values.min()), float(values.max())
    edge = 0.1 * (high - low) or 0.1 * abs(high) or 0.5
    return low - edge, high + edge


def _head(ax: Axes, text: str) -> None:
    """A neuron's name above its panels."""
    shown = fitted(text, shared.WIDTH - 120, weight="bold")
    ax.set_title(shown, fontsize=SMALL, color=INK, loc="left", parse_math=False, pad=3, weight="bold")


def _explain(rec: Recording, made: Any, names: Sequence[Name], trial: int, sensory: Any) -> None:
    """The title, above all panels, and the legend."""
    count = f"{len(names)} of {len(rec.names):,}" if len(names) < len(rec.names) else f"{len(names)}"
    word = "neuron" if count == "1" else "neurons"
    what = "Input, threshold and rate" if rec.plan.drives else "Rates"
    advice = "" if rec.plan.drives else "; simulate with drives=True to see inputs and thresholds"
    first = made[0]
    title = f"{what} of {count} {word}{shared.remarks(rec, trial)}{advice}"
    head = first.get_title(loc="left")
    first.annotate(
        shared.title_lines(title),
        (0, 1),
        xytext=(0, 18 if head else 4),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=LARGE,
        color=INK,
        parse_math=False,
    )
    for panel in made:
        handles, labels = panel.get_legend_handles_labels()
        if "threshold" in labels:
            shared.legend(panel, handles, labels)
            break
