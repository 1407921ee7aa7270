"""Integrate and fire: rate against current beside the closed form, and firing that is regular or driven by noise."""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

import neurosim as ns

Array: TypeAlias = npt.NDArray[np.float64]

THRESHOLD, LEAK, REFRACTORY = 1.0, 0.95, 2  # a tick is a millisecond, so the membrane's time constant is 19.5 ms
RHEOBASE = THRESHOLD * (1 - LEAK)  # the current whose potential comes to rest at the threshold


def cells(currents: Array, noise: float = 0.0, threshold: float = THRESHOLD) -> ns.Network:
    """Leaky integrate-and-fire cells beside each other, each with its own weight from one electrode, neuron 0.

    In each tick a cell keeps the share LEAK of its potential and adds its current (and noise); at the threshold it
    fires, falls back to 0 and rests for REFRACTORY ticks.
    """
    count = len(currents)
    cell = ns.Binary(leak=LEAK, reset=0.0, refractory=REFRACTORY, noise=noise)
    return ns.Network.from_arrays(
        np.zeros(count, dtype=int),
        np.arange(1, count + 1),
        currents,
        modes=["sensory", *[cell] * count],
        thresholds=np.append(0, np.full(count, threshold)),
        regions=["electrode", *["cells"] * count],
    )


def run(
    net: ns.Network, ticks: int, rng: np.random.Generator | int | None = None, drives: bool = False
) -> ns.Recording:
    """A constant current of 1 through the electrode."""
    return ns.simulate(net, [1.0], ticks, record="cells", drives=drives, rng=rng)


def intervals(rec: ns.Recording) -> list[npt.NDArray[np.int64]]:
    """The inter-spike intervals of every cell, in ticks."""
    return [np.asarray(rec.intervals(name)) for name in rec.names]


def closed_form(current: float) -> float:
    """The interval between impulses, in ticks; infinite up to the rheobase.

    From rest the potential after n ticks is I (1 - leak^n) / (1 - leak), so the threshold is reached in the first
    tick n >= log(1 - threshold (1 - leak) / I) / log(leak); then the cell rests.
    """
    if current <= RHEOBASE:
        return math.inf
    if current >= THRESHOLD:
        return 1 + REFRACTORY
    return math.ceil(math.log(1 - RHEOBASE / current) / math.log(LEAK)) + REFRACTORY


def first_passage(current: float, noise: float, points: int = 400) -> tuple[float, float]:
    """Mean interval and its coefficient of variation with noise, from an integral equation, without a simulation.

    From potential u the next is normal around leak u + current. The expected number n of ticks to the threshold obeys
    T(u) = 1 + integral over v below the threshold of p(v | u) T(v) dv, and that of n^2 likewise; both are solved on
    Gauss and Legendre's points.
    """
    spread = noise / math.sqrt(1 - LEAK**2)
    lowest = min(0.0, current / (1 - LEAK)) - 7 * spread
    nodes, weights = np.polynomial.legendre.leggauss(points)
    v = lowest + (nodes + 1) / 2 * (THRESHOLD - lowest)
    weights = weights / 2 * (THRESHOLD - lowest) / (noise * math.sqrt(2 * math.pi))
    step = weights * np.exp(-((v - LEAK * v[:, None] - current) ** 2) / (2 * noise**2))
    mean = np.linalg.solve(np.eye(points) - step, np.ones(points))
    square = np.linalg.solve(np.eye(points) - step, 2 * mean - 1)
    after_reset = weights * np.exp(-((v - current) ** 2) / (2 * noise**2))
    n, n_squared = 1 + after_reset @ mean, 1 + 2 * after_reset @ mean + after_reset @ square
    return float(n) + REFRACTORY, math.sqrt(n_squared - n**2) / (float(n) + REFRACTORY)


@ns.scenario
def main(story: ns.Story) -> None:
    """The f-I curve without noise, the membrane with noise, both kinds of firing, the f-I curve with noise."""
    story.say(
        f"A binary neuron with a leak of {LEAK}, a reset to 0 and {REFRACTORY} refractory ticks is a leaky "
        "integrate-and-fire cell (Lapicque 1907). One tick is a millisecond here."
    )
    rng = np.random.default_rng(story.seed)
    tell_curve(story)
    tell_membrane(story, rng)
    tell_firing(story, rng)
    tell_noisy_curve(story, rng)


def tell_curve(story: ns.Story) -> None:
    """Rate against current, cell by cell, beside the closed form."""
    story.title("Rate against current")
    currents = np.linspace(0.8 * RHEOBASE, 8 * RHEOBASE, 100 if story.quick else 250)
    found = intervals(run(cells(currents), 500))
    expected = np.array([closed_form(current) for current in currents])
    fires = np.array([len(its) > 0 for its in found])
    story.say(
        f"{len(currents)} cells, each with its own current, side by side. From rest the potential is I (1 - leak^n) / "
        "(1 - leak) after n ticks, so the interval between impulses is the first n at which this reaches the "
        "threshold, and the refractory ticks."
    )
    story.claim(
        "cells that fire though the closed form says never, or the reverse",
        int((fires != np.isfinite(expected)).sum()),
        equals=0,
    )
    furthest = max(float(np.abs(its - n).max()) for its, n in zip(found, expected, strict=True) if len(its))
    equal = [bool((its == n).all()) for its, n in zip(found, expected, strict=True) if len(its)]
    story.claim("largest distance of an interval from the closed form, in ticks", furthest, at_most=1)
    story.claim("share of cells whose every interval equals it exactly", float(np.mean(equal)), at_least=0.99)
    story.claim(
        "largest current without an impulse, over the rheobase threshold (1 - leak)",
        float(currents[~fires].max() / RHEOBASE),
        at_least=0.9,
        at_most=1,
    )
    story.claim(
        "smallest current with impulses, over the rheobase",
        float(currents[fires].min() / RHEOBASE),
        at_least=1,
        at_most=1.1,
    )
    measured = np.array([1000 / its.mean() if len(its) else 0.0 for its in found])
    drawing = ns.charts.curves(
        currents / RHEOBASE,
        {"closed form": 1000 / expected, "simulated": measured},
        xlabel="current, as a multiple of threshold (1 \N{MINUS SIGN} leak)",
        ylabel="impulses a second",
        dots=["simulated"],
        marks={"rheobase": 1.0},
    )
    story.picture(drawing, "rate")


def tell_membrane(story: ns.Story, rng: np.random.Generator) -> None:
    """A cell that never fires: its potential spreads as the formula says."""
    story.title("The membrane under noise")
    noise, current, ticks = 0.05, 0.8 * RHEOBASE, 1000 if story.quick else 4000
    rec = run(cells(np.full(100, current), noise, threshold=1000.0), ticks, rng, drives=True)
    potentials = rec.drives[200:] + 1000.0
    story.say("A threshold out of reach shows the free membrane: its potential wanders around I / (1 - leak).")
    spread = noise / math.sqrt(1 - LEAK**2)
    story.claim(
        "mean of the free potential over I / (1 - leak)",
        float(potentials.mean() * (1 - LEAK) / current),
        at_least=0.97,
        at_most=1.03,
    )
    story.claim(
        "its standard deviation over noise / sqrt(1 - leak^2)",
        float(potentials.std() / spread),
        at_least=0.97,
        at_most=1.03,
    )


def tell_firing(story: ns.Story, rng: np.random.Generator) -> None:
    """Regular and irregular firing: traces, intervals, coefficients of variation."""
    story.title("Regular and irregular firing")
    story.say(
        "Driven by a current above the rheobase with little noise, a cell fires like a clock. Driven by noise around a "
        "current below it, a cell fires when chance takes it there: the intervals vary nearly as much as those of a "
        "Poisson process, whose coefficient of variation (CV) is 1. The expected values come from an integral equation "
        "for the first passage through the threshold."
    )
    ticks = 10_000  # few enough intervals are cut off at the end
    cases = {"regular": (2 * RHEOBASE, 0.01), "irregular": (0.2 * RHEOBASE, 0.15)}
    bounds, relative, rows = {"regular": (0.0, 0.1), "irregular": (0.85, 1.0)}, {}, []
    for kind, (current, noise) in cases.items():
        net = cells(np.full(200, current), noise)
        pooled = np.concatenate(intervals(run(net, ticks, rng)))
        mean, cv = first_passage(current, noise)
        measured = float(pooled.std() / pooled.mean())
        rows.append([kind, current, noise, len(pooled), float(pooled.mean()), mean, measured, cv])
        story.claim(f"{kind}: CV of the intervals", measured, at_least=bounds[kind][0], at_most=bounds[kind][1])
        story.claim(
            f"{kind}: mean interval over the expected", float(pooled.mean() / mean), at_least=0.95, at_most=1.05
        )
        story.claim(f"{kind}: CV over the expected", measured / cv, at_least=0.95, at_most=1.05)
        relative[f"{kind}, CV {measured:.2f}"] = pooled / pooled.mean()
        draw_trace(story, kind, run(net, 600, rng, drives=True))
    columns = ["firing", "current", "noise", "count", "mean interval", "expected", "CV", "expected"]
    story.table(columns, rows)
    drawing = ns.charts.histogram(
        relative, xlabel="interval between impulses over its mean", bins=np.arange(0, 5.05, 0.1).tolist(), log=True
    )
    story.picture(drawing, "intervals")


def draw_trace(story: ns.Story, kind: str, rec: ns.Recording) -> None:
    """The first cell's potential, its threshold and its impulses."""
    cell = rec.names[0]
    impulses = np.where(rec[cell] > 0, 1.5 * THRESHOLD, np.nan)
    lines = {"potential": rec.drive(cell) + THRESHOLD, "impulse": impulses, "threshold": np.full(len(rec), THRESHOLD)}
    drawing = ns.charts.curves(rec.ticks, lines, xlabel="time in ms", ylabel="potential", dots=["impulse"])
    drawing.set_title(f"{kind} firing", fontsize=9.5)
    story.picture(drawing, kind)


def tell_noisy_curve(story: ns.Story, rng: np.random.Generator) -> None:
    """Noise makes the foot of the curve smooth."""
    story.title("Rate against current, with noise")
    noise, ticks, copies = 0.06, 2_000 if story.quick else 10_000, 10
    currents = np.linspace(0.2, 2.0, 10 if story.quick else 19) * RHEOBASE
    rec = run(cells(np.repeat(currents, copies), noise), ticks, rng)
    measured = 1000 * rec["cells"].mean(axis=0).reshape(-1, copies).mean(axis=1)
    expected = np.array([1000 / first_passage(current, noise)[0] for current in currents])
    story.say(
        "Without noise the rate jumps up at the rheobase. With noise a cell fires below it too, and the curve bends "
        "smoothly through it."
    )
    at = int(np.argmin(np.abs(currents - 0.8 * RHEOBASE)))
    story.claim("impulses a second at 0.8 of the rheobase, without noise", 1000 / closed_form(currents[at]), equals=0)
    story.claim("with noise", float(measured[at]), at_least=5)
    gap = float(np.abs(measured - expected).max())
    story.claim("largest distance to the integral equation, in impulses a second", gap, at_most=3 if story.quick else 1)
    sharp = [1000 / closed_form(current) for current in currents]
    drawing = ns.charts.curves(
        currents / RHEOBASE,
        {
            "without noise, closed form": sharp,
            "with noise, integral equation": expected,
            "with noise, simulated": measured,
        },
        xlabel="current, as a multiple of threshold (1 \N{MINUS SIGN} leak)",
        ylabel="impulses a second",
        dots=["with noise, simulated"],
        marks={"rheobase": 1.0},
    )
    story.picture(drawing, "noise")


if __name__ == "__main__":
    main.run_as_script()
