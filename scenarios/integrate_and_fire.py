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

import numpy as np

import neurosim as ns

LEAK = 0.95  # a tick is a millisecond, so the membrane's time constant is 19.5 ms
RHEOBASE = 1 - LEAK  # the current whose potential comes to rest at the threshold, 1


def cell(noise: float = 0) -> ns.Binary:
    """A soma that leaks, falls back to 0 after an impulse and then rests for two ticks; noise adds to its potential."""
    return ns.Binary(leak=LEAK, reset=0.0, refractory=2, noise=noise)


def run(currents: np.ndarray, ticks: int, noise: float = 0, rng: np.random.Generator | None = None) -> ns.Recording:
    """Cells beside each other, each with its own weight from one electrode, neuron 0, that brings 1 in every tick."""
    count = len(currents)
    pre, post, thresholds = np.zeros(count, dtype=int), np.arange(count) + 1, np.append(0, np.ones(count))
    net = ns.Network.from_arrays(pre, post, currents, modes=cell(noise), thresholds=thresholds)
    return ns.simulate(net, [1.0], ticks, record=list(range(1, count + 1)), drives=True, rng=rng)


@ns.scenario
def main(story: ns.Story) -> None:
    """The rate against the current without noise; then both kinds of firing."""
    story.title("Rate against current")
    currents = np.linspace(0.8 * RHEOBASE, 8 * RHEOBASE, 100 if story.quick else 250)
    story.say(
        f"A cell keeps {LEAK:.0%} of its potential from one tick (a millisecond) to the next and adds its current I; "
        f"at the threshold, 1, it fires, falls back to 0 and rests for 2 ticks. Here are {len(currents)} cells, each "
        "with its own current. From rest the potential is I (1 - leak^n) / (1 - leak) after n ticks, so the interval "
        "between impulses is the first n at which this reaches the threshold, and the rest: a closed form, which needs "
        "no simulation. Below a certain current, the rheobase, it never does."
    )
    rec = run(currents, 500)
    found = [np.asarray(rec.intervals(name)) for name in rec.names]
    expected = np.array([ns.expected_intervals(cell(), current, threshold=1).mean for current in currents])
    fires = np.array([len(each) > 0 for each in found])
    wrong = int((fires != np.isfinite(expected)).sum())
    story.claim("cells that fire though the closed form says never, or never do though it says so", wrong, equals=0)
    distances = [float(np.abs(each - n).max(initial=0)) for each, n in zip(found, expected, strict=True)]
    story.claim("most ticks by which an interval differs from the closed form", max(distances), at_most=1)
    equal = float(np.mean(np.array(distances)[fires] == 0))
    story.claim("share of firing cells whose every interval equals the closed form exactly", equal, at_least=0.99)
    silent, firing = currents[~fires].max() / RHEOBASE, currents[fires].min() / RHEOBASE
    story.claim("largest current without an impulse, in rheobases", float(silent), at_least=0.9, at_most=1)
    story.claim("smallest current with impulses, in rheobases", float(firing), at_least=1, at_most=1.1)
    measured = np.array([1000 / each.mean() if len(each) else 0.0 for each in found])
    drawing = ns.charts.curves(
        currents / RHEOBASE,
        {"closed form": 1000 / expected, "simulated": measured},
        xlabel="current, as a multiple of the rheobase",
        ylabel="impulses a second",
        dots=["simulated"],
        marks={"rheobase": 1.0},
    )
    caption = "No impulse below the rheobase, then a steep rise in steps: intervals are whole milliseconds."
    story.picture(drawing, "rate", caption)

    story.title("Regular and irregular firing")
    story.say(
        "Driven by a current above the rheobase with little noise, a cell fires like a clock. Driven by noise around a "
        "current below it, a cell fires when chance takes it there. How irregular that is, is told by the intervals' "
        "standard deviation over their mean, the coefficient of variation (CV): 0 for a clock, 1 for impulses that "
        "come like raindrops, a Poisson process. Noise is a random number, added to the potential in every tick. The "
        "expected values come from an equation for the time until the potential first reaches the threshold."
    )
    rng, relative = np.random.default_rng(story.seed), {}
    cells, ticks = (400, 2_000) if story.quick else (1000, 5_000)
    cases = {"regular": (2 * RHEOBASE, 0.01, 0.0, 0.1), "irregular": (0.2 * RHEOBASE, 0.15, 0.85, 1.0)}
    for kind, (current, noise, least, most) in cases.items():
        rec = run(np.full(cells, current), ticks, noise, rng)
        times = [np.asarray(rec.spike_times(name)) for name in rec.names]
        # Those that begin in the first half, so that even long ones are not cut off at the end.
        intervals = np.concatenate([np.diff(each)[each[:-1] < ticks // 2] for each in times])
        cv, theory = intervals.std() / intervals.mean(), ns.expected_intervals(cell(noise), current, threshold=1)
        story.claim(f"{kind}: CV of {len(intervals):,} intervals", float(cv), at_least=least, at_most=most)
        against = {"mean interval": intervals.mean() / theory.mean, "CV": float(cv / theory.cv)}
        for what, ratio in against.items():
            story.claim(f"{kind}: {what}, divided by the expected one", ratio, at_least=0.95, at_most=1.05)
        relative[f"{kind}, CV {cv:.2f}"] = intervals / intervals.mean()
    caption = "Intervals of the clock are all alike; those of the other fall off like a Poisson process's."
    xlabel, bins = "interval between impulses, divided by the mean", np.arange(0, 5.05, 0.1).tolist()
    story.picture(ns.charts.histogram(relative, xlabel=xlabel, bins=bins, log=True), "intervals", caption)
    middling = rec.names[int(np.argsort(rec.rates[:600].sum(axis=0))[cells // 2])]
    potential, impulses = rec.drive(middling)[:600] + 1, np.where(rec[middling][:600] > 0, 1.5, np.nan)
    lines = {"potential": potential, "impulse": impulses, "threshold": np.ones(600)}
    drawing = ns.charts.curves(rec.ticks[:600], lines, xlabel="time in ms", ylabel="potential", dots=["impulse"])
    caption = "Irregular firing: the potential of one cell over time, and its impulses."
    story.picture(drawing, "irregular", caption, cover=True)


@main.question(
    "By the closed form, how many impulses a second does the cell fire at twice the rheobase?",
    hint="The potential is 2 (1 - 0.95^n) after n ticks of 1 ms. When is that 1? Then it rests for 2 ticks more.",
)
def at_twice_the_rheobase() -> float:
    """One tick is a millisecond."""
    return 1000 * ns.expected_intervals(cell(), 2 * RHEOBASE, threshold=1).rate


@main.question(
    "At a current of 0.8 of the rheobase, does more noise (0.12 in place of 0.06) make intervals longer?",
    hint="There it is noise alone that lifts the potential to the threshold.",
)
def longer_with_more_noise() -> bool:
    """By the integral equation."""
    little, much = (ns.expected_intervals(cell(noise), 0.8 * RHEOBASE, threshold=1).mean for noise in (0.06, 0.12))
    return much > little


if __name__ == "__main__":
    main.run_as_script()
