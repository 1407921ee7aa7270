"""Integrate and fire: rate against current beside the closed form, and firing that is regular or driven by noise (L2).

The soma of a nerve cell gathers what its dendrites bring. Its membrane leaks, as a bucket with a hole: what came in a
while ago has mostly gone. If the potential reaches a threshold at the axon hillock, an impulse runs off along the
axon, and for a few milliseconds the cell cannot fire again. Lapicque (Journal de Physiologie et de Pathologie Generale
9, Paris, 1907) wrote that down as a circuit, half a century before anyone saw how a membrane does it.

In cortex cells fire irregularly, nearly as chance would have it (Softky and Koch, Journal of Neuroscience 13, 1993).
Noise around a current that alone would be too weak does so; a strong current makes a clock. Here both are measured,
and held against what mathematics says without a simulation. Left out: the shape of the impulse, which is always the
same, and everything of the membrane but its leak.
"""

import math
from typing import Any

import numpy as np

import neurosim as ns

THRESHOLD, LEAK = 1.0, 0.95  # a tick is a millisecond, so the membrane's time constant is 19.5 ms
CELL = ns.Binary(leak=LEAK, reset=0.0, refractory=2)
RHEOBASE = THRESHOLD * (1 - LEAK)  # the current whose potential comes to rest at the threshold


def noisy(noise: float) -> ns.Binary:
    """The cell with noise on its potential."""
    return ns.Binary(leak=LEAK, reset=0.0, refractory=2, noise=noise)


def run(
    currents: np.ndarray,
    ticks: int,
    cell: ns.Binary = CELL,
    rng: np.random.Generator | None = None,
    threshold: float = THRESHOLD,
    drives: bool = False,
) -> ns.Recording:
    """Cells beside each other, each with its own weight from one electrode, neuron 0, that brings 1 in every tick."""
    count = len(currents)
    net = ns.Network.from_arrays(
        np.zeros(count, dtype=int),
        np.arange(count) + 1,
        currents,
        modes=["sensory", *[cell] * count],
        thresholds=np.append(0, np.full(count, threshold)),
        regions=["electrode", *["cells"] * count],
    )
    return ns.simulate(net, [1.0], ticks, record="cells", drives=drives, rng=rng)


def whole_intervals(rec: ns.Recording) -> np.ndarray:
    """Those of all cells that begin in the first half, so that even long ones are not cut off at the end."""
    times = [np.asarray(rec.spike_times(name)) for name in rec.names]
    return np.concatenate([np.diff(each)[each[:-1] < len(rec) // 2] for each in times]).astype(float)


@ns.scenario
def main(story: ns.Story) -> None:
    """The f-I curve without noise, the membrane with noise, both kinds of firing, the f-I curve with noise."""
    rng = np.random.default_rng(story.seed)
    tell_curve(story)
    tell_membrane(story, rng)
    tell_firing(story, rng)
    tell_noisy_curve(story, rng)


def tell_curve(story: ns.Story) -> None:
    """Rate against current, cell by cell, beside the closed form."""
    story.title("Rate against current")
    currents = np.linspace(0.8 * RHEOBASE, 8 * RHEOBASE, 100 if story.quick else 250)
    story.say(
        f"A cell keeps {LEAK:.0%} of its potential from one tick (a millisecond) to the next and adds its current I; "
        f"at the threshold, {THRESHOLD:g}, it fires, falls back to 0 and rests for 2 ticks. Here are {len(currents)} "
        "cells, each with its own current. From rest the potential is I (1 - leak^n) / (1 - leak) after n ticks, so "
        "the interval between impulses is the first n at which this reaches the threshold, and the rest. Below a "
        "certain current, the rheobase, it never does."
    )
    rec = run(currents, 500)
    found = [np.asarray(rec.intervals(name)) for name in rec.names]
    expected = np.array([ns.expected_intervals(CELL, current, threshold=THRESHOLD).mean for current in currents])
    fires = np.array([len(each) > 0 for each in found])
    wrong = int((fires != np.isfinite(expected)).sum())
    story.claim("cells that fire though the closed form says never, or the reverse", wrong, equals=0)
    pairs = [(each, n) for each, n in zip(found, expected, strict=True) if len(each)]
    furthest, equal = max(float(np.abs(each - n).max()) for each, n in pairs), [(each == n).all() for each, n in pairs]
    story.claim("largest distance of an interval from the closed form, in ticks", furthest, at_most=1)
    story.claim("share of cells whose every interval equals it exactly", float(np.mean(equal)), at_least=0.99)
    silent, firing = float(currents[~fires].max() / RHEOBASE), float(currents[fires].min() / RHEOBASE)
    story.claim("largest current without an impulse, over the rheobase", silent, at_least=0.9, at_most=1)
    story.claim("smallest current with impulses, over the rheobase", firing, at_least=1, at_most=1.1)
    measured = np.array([1000 / each.mean() if len(each) else 0.0 for each in found])
    drawing = draw_rates(currents, {"closed form": 1000 / expected, "simulated": measured}, "simulated")
    caption = "No impulse below the rheobase, then a steep rise in steps: intervals are whole milliseconds."
    story.picture(drawing, "rate", caption)


def draw_rates(currents: np.ndarray, lines: dict[str, np.ndarray], dots: str) -> Any:
    """Impulses a second against current."""
    return ns.charts.curves(
        currents / RHEOBASE,
        lines,
        xlabel="current, as a multiple of threshold (1 \N{MINUS SIGN} leak)",
        ylabel="impulses a second",
        dots=[dots],
        marks={"rheobase": 1.0},
    )


def tell_membrane(story: ns.Story, rng: np.random.Generator) -> None:
    """A cell that never fires: its potential spreads as the formula says."""
    story.title("The membrane under noise")
    noise, current, ticks, far = 0.05, 0.8 * RHEOBASE, 1000 if story.quick else 2000, 1000.0
    rec = run(np.full(100, current), ticks, noisy(noise), rng, threshold=far, drives=True)
    potentials = rec.drives[200:] + far
    story.say("A threshold out of reach shows the free membrane: its potential wanders around I / (1 - leak).")
    mean, spread = potentials.mean() * (1 - LEAK) / current, potentials.std() * math.sqrt(1 - LEAK**2) / noise
    story.claim("mean of the free potential over I / (1 - leak)", float(mean), at_least=0.97, at_most=1.03)
    text = "its standard deviation over noise / sqrt(1 - leak^2)"
    story.claim(text, float(spread), at_least=0.97, at_most=1.03)


def tell_firing(story: ns.Story, rng: np.random.Generator) -> None:
    """Regular and irregular firing: traces, intervals, coefficients of variation."""
    story.title("Regular and irregular firing")
    story.say(
        "Driven by a current above the rheobase with little noise, a cell fires like a clock. Driven by noise around a "
        "current below it, a cell fires when chance takes it there. How irregular that is, is told by the intervals' "
        "standard deviation over their mean, the coefficient of variation (CV): 0 for a clock, 1 for impulses that "
        "come like raindrops, a Poisson process. The expected values come from an integral equation for the first "
        "passage through the threshold."
    )
    cases = {"regular": (2 * RHEOBASE, 0.01, 0.0, 0.1), "irregular": (0.2 * RHEOBASE, 0.15, 0.85, 1.0)}
    relative, rows = {}, []
    for kind, (current, noise, least, most) in cases.items():
        cells = np.full(400 if story.quick else 1000, current)
        pooled = whole_intervals(run(cells, 2_000 if story.quick else 5_000, noisy(noise), rng))
        mean, cv = ns.expected_intervals(noisy(noise), current, threshold=THRESHOLD)
        measured = float(pooled.std() / pooled.mean())
        rows.append([kind, current, noise, len(pooled), float(pooled.mean()), mean, measured, cv])
        story.claim(f"{kind}: CV of the intervals", measured, at_least=least, at_most=most)
        ratio = float(pooled.mean() / mean)
        story.claim(f"{kind}: mean interval over the expected", ratio, at_least=0.95, at_most=1.05)
        story.claim(f"{kind}: CV over the expected", measured / cv, at_least=0.95, at_most=1.05)
        relative[f"{kind}, CV {measured:.2f}"] = pooled / pooled.mean()
        shown = run(cells[:20], 200 if kind == "regular" else 600, noisy(noise), rng, drives=True)
        caption = f"{kind.capitalize()} firing: the potential of one cell over time, and its impulses."
        story.picture(draw_trace(shown, f"{kind} firing"), kind, caption, cover=kind == "irregular")
    columns = ["firing", "current", "noise", "count", "mean", "theory", "CV", "theory"]
    story.table(columns, rows)
    xlabel, bins = "interval between impulses over its mean", np.arange(0, 5.05, 0.1).tolist()
    drawing = ns.charts.histogram(relative, xlabel=xlabel, bins=bins, log=True)
    story.picture(
        drawing,
        "intervals",
        "Intervals of the clock are all alike; those of the other fall off like a Poisson process's.",
    )


def draw_trace(rec: ns.Recording, title: str) -> Any:
    """The potential, the threshold and the impulses of the cell that has a middling number of them."""
    cell = rec.names[int(np.argsort(rec["cells"].sum(axis=0))[len(rec.names) // 2])]
    impulses = np.where(rec[cell] > 0, 1.5 * THRESHOLD, np.nan)
    lines = {"potential": rec.drive(cell) + THRESHOLD, "impulse": impulses, "threshold": np.full(len(rec), THRESHOLD)}
    drawing = ns.charts.curves(rec.ticks, lines, xlabel="time in ms", ylabel="potential", dots=["impulse"])
    drawing.set_title(title, fontsize=9.5, color="#333333")
    return drawing


def tell_noisy_curve(story: ns.Story, rng: np.random.Generator) -> None:
    """Noise makes the foot of the curve smooth."""
    story.title("Rate against current, with noise")
    cell, ticks, copies = noisy(0.06), 2_000 if story.quick else 5_000, 20
    currents = np.linspace(0.2, 2.0, 10 if story.quick else 19) * RHEOBASE
    rec = run(np.repeat(currents, copies), ticks, cell, rng)
    measured = 1000 * rec["cells"].mean(axis=0).reshape(-1, copies).mean(axis=1)
    sharp, smooth = (
        np.array([1000 * ns.expected_intervals(mode, current, threshold=THRESHOLD).rate for current in currents])
        for mode in (CELL, cell)
    )
    story.say(
        "Without noise the rate jumps up at the rheobase. With noise a cell fires below it too, and the curve bends "
        "smoothly through it, much as a sigmoid does."
    )
    at = int(np.argmin(np.abs(currents - 0.8 * RHEOBASE)))
    story.claim("impulses a second at 0.8 of the rheobase, without noise", float(sharp[at]), equals=0)
    story.claim("with noise", float(measured[at]), at_least=5)
    gap = float(np.abs(measured - smooth).max())
    story.claim("largest distance to the integral equation, in impulses a second", gap, at_most=3 if story.quick else 1)
    names = ("without noise, closed form", "with noise, integral equation", "with noise, simulated")
    drawing = draw_rates(currents, dict(zip(names, (sharp, smooth, measured), strict=True)), names[2])
    story.picture(drawing, "noise", "With noise the corner of the curve at the rheobase is gone.")


@main.question(
    "By the closed form, how many impulses a second does the cell fire at twice the rheobase?",
    hint="The potential is 2 (1 - 0.95^n) after n ticks. When is that 1? Then it rests for 2 ticks more.",
)
def at_twice_the_rheobase() -> float:
    """One tick is a millisecond."""
    return 1000 * ns.expected_intervals(CELL, 2 * RHEOBASE, threshold=THRESHOLD).rate


@main.question(
    "However strong the current: how many impulses a second can this cell fire at most?",
    hint="One tick to fire, two to rest.",
)
def at_most() -> float:
    """A current that reaches the threshold at once."""
    return 1000 * ns.expected_intervals(CELL, 100 * THRESHOLD, threshold=THRESHOLD).rate


@main.question(
    "At a current of 0.8 of the rheobase, does more noise (0.12 in place of 0.06) make intervals longer, yes or no?",
    hint="There it is noise alone that lifts the potential to the threshold.",
)
def longer_with_more_noise() -> bool:
    """By the integral equation."""
    little, much = (ns.expected_intervals(noisy(n), 0.8 * RHEOBASE, threshold=THRESHOLD).mean for n in (0.06, 0.12))
    return much > little


if __name__ == "__main__":
    main.run_as_script()
