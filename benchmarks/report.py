"""What a reader gets: one table in Markdown, and one picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, ours
from benchmarks.contest import Result
from benchmarks.rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PACKAGES = (
    "neurosim", "numpy", "scipy", "numba", "torch", "jax", "nest-simulator", "brian2", "micrograd", "neat-python",
    "connex", "scikit-learn",
)  # fmt: skip
HELD, MISSED, TOLD = "#009e73", "#d55e00", "#8c8c8c"  # Okabe and Ito's, which all eyes tell apart
SMALL, LARGE = 8.0, 9.5  # points, in a picture 8 inches wide


def markdown(rows: Sequence[Row], results: Sequence[Result], repeats: int, load: str) -> str:
    """The table, with what it was measured on above it."""
    lines = [
        f"Medians of {repeats} turns each, {machine.threads()} threads, float32; {_machine(results, load)}.",
        f"neurosim's backend: {ours.backend()}. Installed: {_versions()}.",
        "",
        "| work | against | neurosim | the other | result | must be | held | note |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [_line(row) for row in rows]) + "\n"


def _line(row: Row) -> str:
    held = {True: "yes", False: "**no**", None: ""}[row.reached]
    floor = "" if row.floor is None else f"{'at most' if row.at_most else 'at least'} {_number(row.floor, row.unit)}"
    value = "" if row.value is None else _number(row.value, row.unit)
    return f"| {' | '.join((row.work, row.against, row.ours, row.theirs, value, floor, held, row.note))} |"


def _number(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.3g}x" if value < 100 else f"{value:,.0f}x"
    return f"{value:.2g}" if unit == "share" else f"{value:.2f}{' s' if unit == 's' else ''}"


def _machine(results: Sequence[Result], load: str) -> str:
    rates = []
    for limit, unit in (("sgemm", "GFLOP/s"), ("triad", "GB/s")):
        measured = [result.limits[limit] / 1e9 for result in results]
        rates.append(f"{limit} {min(measured):.3g} to {max(measured):.3g} {unit}")
    return f"{machine.model()}, {os.cpu_count()} processors, {load} before the run, {' and '.join(rates)} during it"


def _versions() -> str:
    told = []
    for package in PACKAGES:
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            told.append(f"{package} not installed")
    return ", ".join(told)


def picture(rows: Sequence[Row], growth: Sequence[tuple[int, float]], path: Path) -> None:
    """Speedups, shares of the machine, and growth, each with what must be reached."""
    from matplotlib.figure import Figure

    speedups = [row for row in rows if row.unit == "x" and row.value is not None]
    shares = [row for row in rows if row.unit == "share"]
    works = len({row.work for row in speedups})
    heights = [len(speedups) + works + 2, len(shares) + 3, 12]
    figure = Figure(figsize=(8, 0.6 + 0.17 * sum(heights)), layout="constrained")
    figure.suptitle("black: what must be reached. Green: held, orange: not, grey: nothing asked", fontsize=SMALL)
    top, middle, bottom = figure.subplots(3, 1, height_ratios=heights)
    _speedups(top, speedups)
    _shares(middle, shares)
    exponents = [f", exponent {row.value:.2f}" for row in rows if row.unit == "exponent"]
    _growth(bottom, growth, "".join(exponents))
    figure.savefig(path, dpi=150)


def _speedups(axes: Axes, rows: Sequence[Row]) -> None:
    """A bar for each peer, below the work that it did."""
    places: list[int] = []
    for number, row in enumerate(rows):
        new = number == 0 or row.work != rows[number - 1].work
        places.append((places[-1] if places else -1) + 1 + new)
        if new:
            where = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": SMALL}
            axes.text(0.01, places[-1] - 1, row.work, **where)
    _bars(axes, rows, places, [row.against for row in rows])
    axes.set_title("how many times faster than others", fontsize=LARGE, loc="left")
    axes.set_xscale("log")
    axes.set_xlabel("seconds of the other / seconds of neurosim", fontsize=SMALL)
    axes.axvline(1, color=TOLD, linewidth=0.8, zorder=0)


def _shares(axes: Axes, rows: Sequence[Row]) -> None:
    labels = [f"{row.work}: {row.against.partition(' ')[0]}" for row in rows]
    _bars(axes, rows, range(len(rows)), labels)
    axes.set_title("share of what the machine can do", fontsize=LARGE, loc="left")
    axes.set_xlabel("rate / rate of a matrix product (sgemm), or of memory (triad)", fontsize=SMALL)
    axes.margins(y=0.02)
    axes.set_xlim(0, max([1.0, *(row.value or 0 for row in rows)]))  # beyond 1 where a cache brings it


def _bars(axes: Axes, rows: Sequence[Row], places: Sequence[int], labels: Sequence[str]) -> None:
    colours = [{True: HELD, False: MISSED, None: TOLD}[row.reached] for row in rows]
    axes.barh(places, [row.value or 0 for row in rows], color=colours, height=0.7)
    for place, row in zip(places, rows, strict=True):
        if row.floor is not None:
            axes.plot([row.floor] * 2, [place - 0.45, place + 0.45], color="black", linewidth=1.5)
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    _plain(axes)


def _growth(axes: Axes, points: Sequence[tuple[int, float]], told: str) -> None:
    if points:
        synapses, seconds = zip(*points, strict=True)
        axes.loglog(synapses, seconds, "o-", color="#0072b2", markersize=4)
        axes.loglog(synapses, [seconds[-1] * each / synapses[-1] for each in synapses], color=TOLD, linewidth=0.8)
    axes.set_title(f"growth of a training step{told}", fontsize=LARGE, loc="left")
    axes.set_xlabel("synapses", fontsize=SMALL)
    axes.set_ylabel("seconds of a step", fontsize=SMALL)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.tick_params(which="both", labelsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
