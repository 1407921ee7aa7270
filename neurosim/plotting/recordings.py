"""What the pictures of recordings share: which neurons of which trial, region by region, and the axis of ticks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.checks import check_count
from neurosim.errors import DataError, OptionError
from neurosim.physiology.recording import Recording
from neurosim.plotting.style import (
    COLOURS,
    FAINT,
    INK,
    LARGE,
    RULE,
    SMALL,
    chart_axes,
    check_axes,
    fitted,
    plural,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LINES = len(COLOURS)  # regions that have a colour of their own
MOST_STEPS = 150  # ticks that can be told apart
MOST_AT_ONCE = 10_000_000  # numbers that are unpacked together
LONGEST = 110.0  # points that the name of a region or a neuron may take
WIDTH = 500.0  # of a new figure, in points


# --- What is there -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Section:
    """The recorded neurons of one region, or those of none.

    Attributes
    ----------
    name : str
        Of the region; empty where the network has none.
    columns : int array
        Their places in ``rec.names``.
    colour : str
        Their own where regions are few; ink where there are more than can be told apart.
    """

    name: str
    columns: Indices
    colour: str

    @property
    def label(self) -> str:
        """The name, as long as there is room for, and how many neurons."""
        return f"{fitted(self.name, LONGEST)} ({len(self.columns):,})" if self.name else ""


def check_some(rec: Recording) -> None:
    """Raise unless there is something to draw."""
    if not rec.names or not len(rec):
        raise DataError(
            "Nothing was recorded, so there is nothing to draw. Simulate again with record='all', or a list of names."
        )


def sections(rec: Recording) -> list[Section]:
    """The recorded neurons region by region, in the network's order; those of no region last."""
    structure = rec.net.structure
    region_of = structure.region_of[rec.plan.neurons]
    named = [int(region) for region in np.unique(region_of) if region >= 0]
    many = len(named) > MOST_LINES
    found = [
        Section(structure.regions[region], np.flatnonzero(region_of == region), INK if many else COLOURS[place])
        for place, region in enumerate(named)
    ]
    rest = np.flatnonzero(region_of < 0)
    if rest.size:
        found.append(Section("no region" if named else "", rest, INK if many or not named else FAINT))
    return found


def read_trial(rec: Recording, trial: object) -> int:
    """The trial that is drawn: the first, unless said."""
    if trial is None:
        return 0
    if rec.trials is None:
        raise OptionError(f"This recording has no trials, so there is none to choose. Leave out trial={trial!r}.")
    check_count("trial", trial)
    assert isinstance(trial, int | np.integer)
    if trial >= rec.trials:
        raise OptionError(
            f"There is no trial {trial}: this recording has {plural(rec.trials, 'trial')}. "
            f"Choose from 0 to {rec.trials - 1}."
        )
    return int(trial)


def blocks(rec: Recording, columns: Indices) -> Iterator[tuple[slice, Floats]]:
    """The rates of some of the recorded neurons, part by part: (rows, columns of the part, trials).

    All at once might not fit: binary rates are kept as bits, and here each takes 64.
    """
    size = max(1, MOST_AT_ONCE // (len(rec) * (rec.trials or 1)))
    for start in range(0, len(columns), size):
        part = slice(start, min(start + size, len(columns)))
        yield part, rec.traces.read(columns[part]).transpose(1, 2, 0)


def mean_rates(rec: Recording, columns: Indices) -> Floats:
    """The mean rate over these neurons: shape (trials, rows), one trial where there is no axis for them."""
    return rec.traces.mean(columns)


# --- What is written -----------------------------------------------------------------------------


def remarks(rec: Recording, trial: int | None) -> str:
    """What a title has to say of any recording: which trial, and which ticks are missing."""
    step = tick_step(rec)
    parts = []
    if rec.trials is not None and trial is not None:
        parts.append(f"trial {trial} of {rec.trials}")
    if step > 1:
        parts.append(f"1 tick in {step} was recorded")
    if rec.plan.last is not None and rec.start is not None and rec.ticks[0] - rec.start.tick >= step:
        parts.append(f"only the last {plural(len(rec), 'tick' if step == 1 else 'row')}")
    if rec.stopped_early:
        parts.append("stopped early")
    return "".join(f"; {part}" for part in parts)


def title(ax: Axes, text: str, caption: str = "") -> None:
    """Write above a panel what it shows."""
    shown = "\n".join([title_lines(text), *filter(None, [caption])])
    ax.set_title(shown, fontsize=SMALL + 0.5 if caption else LARGE, color=INK, loc="left", parse_math=False)


def title_lines(text: str) -> str:
    """Break a title after a semicolon where it is too long for a line."""
    first, *rest = text.split("; ")
    lines = [first]
    for part in rest:
        longer = f"{lines[-1]}; {part}"
        lines = [*lines[:-1], longer] if text_width(longer, LARGE) <= WIDTH - 20 else [*lines, part]
    return "\n".join(fitted(line, WIDTH - 20, LARGE) for line in lines)


def axis_labels(ax: Axes, x: str = "", y: str = "") -> None:
    """Name the axes."""
    ax.set_xlabel(x, fontsize=SMALL, color=INK, parse_math=False)
    ax.set_ylabel(y, fontsize=SMALL, color=INK, parse_math=False)


def legend(ax: Axes, handles: list[Any], labels: list[str]) -> None:
    """Explain lines at the right of a panel, where they cannot run through the words."""
    shown = [f" {label}" if label.startswith("_") else label for label in labels]  # matplotlib hides _names
    drawn = ax.legend(
        handles, shown, fontsize=SMALL, frameon=False, labelcolor=INK, loc="upper left", bbox_to_anchor=(1.0, 1.03)
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


# --- Panels --------------------------------------------------------------------------------------


def tick_step(rec: Recording) -> int:
    """From one recorded tick to the next."""
    return int(rec.ticks[1] - rec.ticks[0]) if len(rec) > 1 else 1


def tick_edges(rec: Recording) -> Floats:
    """Where each tick's cell begins, and the last one ends."""
    step = tick_step(rec)
    edges: Floats = np.append(rec.ticks, rec.ticks[-1] + step) - step / 2
    return edges


def set_tick_axis(ax: Axes, rec: Recording) -> None:
    """The axis of time: whole ticks, from the first to the last."""
    from matplotlib.ticker import MaxNLocator

    edges = tick_edges(rec)
    ax.set_xlim(edges[0], edges[-1])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def panels(ax: Axes | None, heights: list[float], *, shared: bool = True) -> Any:
    """Axes one below the other, of these heights in points; within the axes given, if there are any."""
    check_axes(ax)
    if ax is None:
        import matplotlib.pyplot as plt

        size = (WIDTH / 72, (sum(heights) + 60) / 72)
        ratios = {"height_ratios": heights}
        _, grid = plt.subplots(
            len(heights), sharex=shared, figsize=size, layout="constrained", squeeze=False, gridspec_kw=ratios
        )
        made = grid[:, 0]
    else:
        ax.set_axis_off()
        share, gap = np.array(heights) / sum(heights), 0.04 if len(heights) < 3 else 0.07
        made, top = np.empty(len(heights), dtype=object), 1.0
        for place, part in enumerate(share):
            height = part * (1 - gap * (len(share) - 1))
            made[place] = ax.inset_axes((0.0, top - height, 1.0, height), sharex=made[0] if place and shared else None)
            top -= height + gap
        for panel in made[:-1] if shared else []:
            panel.tick_params(labelbottom=False)
    for panel in made:
        chart_axes(panel, 0, 0).spines[["top", "right"]].set_visible(False)
    return made


def finish_rates(ax: Axes) -> None:
    """Heights from 0 up, unless there are negative rates, and faint lines to read them by."""
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    low, high = ax.get_ylim()
    if values.min() >= 0:
        high = max(high, 0.05)
        low = -0.02 * high  # so that silence, a line along the edge, is not cut in half
    ax.set_ylim(low, high)
    grid(ax)


def grid(ax: Axes) -> None:
    """Faint lines to read heights by."""
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)


def course(rec: Recording, values: Floats) -> tuple[Floats, Floats, Any]:
    """A curve over the ticks, and its drawstyle: steps where each tick can be seen, since between two there is nothing.

    Steps need the edges of the ticks; the last value stands twice, at both edges of its tick.
    """
    if len(rec) > MOST_STEPS:
        return rec.ticks.astype(float), values, "default"
    return tick_edges(rec), np.append(values, values[-1]), "steps-post"


def band_step(style: str) -> Any:
    """How an area ends that goes with a curve of this drawstyle."""
    return "post" if style == "steps-post" else None
