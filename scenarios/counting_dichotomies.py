"""How much fits into one neuron: two samples for each of its free parameters, by Cover's count (L12, L13).

Give a neuron P samples and label them at random: can it learn any labelling by heart? Cover (IEEE Transactions on
Electronic Computers 14, 1965) counted them: of the 2^P labellings of P points in N dimensions, a hyperplane can make
2 [binomial(P - 1, 0) + ... + binomial(P - 1, N)], wherever the points are, as long as they are in general position (no
N + 1 of them in one hyperplane; binomial(n, k) is the number of ways to choose k of n). A neuron with a threshold has
N + 1 free parameters, its weights and its threshold. At P = 2 (N + 1) it can learn exactly half of all labellings; with
many inputs nearly all below, and nearly none above.

Purkinje cells of the cerebellum, with their 150,000 synapses, were studied with this theory: how much a cell can
learn, and why many synapses end up silent (Brunel et al., Neuron 43, 2004). The model leaves out that real synapses
keep their sign and that their weights are noisy; both lower the count.
"""

import itertools
import math

import numpy as np

import neurosim as ns

INPUTS = (3, 7, 15)
LOADS = np.arange(1, 3.01, 0.25)  # samples for each free parameter


def cover(samples: int, parameters: int) -> int:
    """How many labellings of points in general position one neuron can make."""
    return 2 * sum(math.comb(samples - 1, k) for k in range(parameters))


def points(samples: int, inputs: int, rng: np.random.Generator) -> np.ndarray:
    """Points in general position, all but certainly; whole numbers keep the exact proofs short."""
    return rng.integers(-10_000, 10_000, size=(samples, inputs))


def count(X: np.ndarray) -> int:
    """How many of all labellings one neuron can make; those that are each other's opposite are one case."""
    cases = itertools.product([0, 1], repeat=len(X) - 1)
    return 2 * sum(ns.separability(X, (0, *labels)).separable for labels in cases)


def tail(found: int, trials: int, share: float) -> float:
    """How probable so extreme a count is, if each trial succeeds with this share (two-sided, binomial)."""
    ways = [math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(trials + 1)]
    return min(1.0, 2 * min(sum(ways[: found + 1]), sum(ways[found:])))


@ns.scenario
def main(story: ns.Story) -> None:
    """Count all labellings of a few points, then sample those of many."""
    rng = np.random.default_rng(story.seed)
    story.title("Every labelling of a few points")
    story.say(
        "Scatter P points at random in N dimensions, one for each input, and go through all 2^P ways to label them 0 "
        "or 1. For each there is either a neuron that makes it, or a proof that none does. Cover's formula says how "
        "many a neuron can make: 2 [binomial(P - 1, 0) + ... + binomial(P - 1, N)]. A neuron has N + 1 parameters, its "
        "weights and its threshold; at twice as many points it can make half. Last come the corners of a cube: many of "
        "them lie in one plane, and of their labellings it can make fewer."
    )
    rows = [[n, p, 2**p, count(points(p, n, rng)), cover(p, n + 1)] for n, p in ((1, 8), (2, 6), (3, 8))]
    cube = count(np.array(list(itertools.product([0, 1], repeat=3))))
    columns = ["inputs N", "points P", "labellings", "one neuron can", "Cover's formula"]
    story.table(columns, [*rows, [3, "the 8 corners of a cube", 256, cube, cover(8, 4)]])
    for n, p, _, able, formula in rows:
        story.claim(f"N = {n}: labellings of {p} points that a neuron can make", able, equals=formula)
    story.claim(
        "share of them at P = 2 (N + 1), for N = 2 and for N = 3",
        str([rows[1][3] / 64, rows[2][3] / 256]),
        equals="[0.5, 0.5]",
    )
    story.claim("labellings of the corners of a cube", cube, at_most=cover(8, 4) - 1)

    trials = 12 if story.quick else 50
    story.title("Random labellings of many points")
    story.say(
        f"With more points, not all labellings can be tried, but {trials} random ones. The load is how many samples "
        "there are for each of the N + 1 parameters. In the picture the lines are the formula and the dots what was "
        "found; chance moves them up and down, within their bars in 19 of 20 cases."
    )
    samples = {n: (LOADS * (n + 1)).astype(int).tolist() for n in INPUTS}
    formula = {n: np.array([cover(p, n + 1) / 2**p for p in samples[n]]) for n in INPUTS}
    found = {
        n: [
            sum(ns.separability(points(p, n, rng), rng.integers(0, 2, p)).separable for _ in range(trials))
            for p in samples[n]
        ]
        for n in INPUTS
    }
    tails = [tail(k, trials, share) for n in INPUTS for k, share in zip(found[n], formula[n].tolist(), strict=True)]
    odd = min(1.0, min(tails) * len(tails))  # of so many counts, one is bound to look odd (Bonferroni)
    story.claim(f"chance of a count as odd as the oddest of the {len(tails)}, if Cover is right", odd, at_least=0.001)
    off = sum(sum(found[n]) - trials * formula[n].sum() for n in INPUTS)
    spread = math.sqrt(sum(trials * (formula[n] * (1 - formula[n])).sum() for n in INPUTS))
    text = "all counts together, less what the formula expects, in standard errors (chance makes 1 or 2)"
    story.claim(text, off / spread, at_least=-4, at_most=4)
    steep = [float(formula[n][2] - formula[n][6]) for n in INPUTS]
    story.claim("the fall from load 1.5 to 2.5 is steeper the more inputs there are", steep == sorted(steep))
    lines = {f"{n} inputs": formula[n] for n in INPUTS}
    ax = ns.charts.curves(
        LOADS, lines, xlabel="load: samples for each parameter", ylabel="share of labellings that it can make", dots=()
    )
    for i, (line, n) in enumerate(zip(ax.lines, INPUTS, strict=False)):
        bars = 2 * np.sqrt(formula[n] * (1 - formula[n]) / trials)
        beside = LOADS + 0.03 * (i - 1)  # so that they do not hide one another
        ax.errorbar(
            beside, np.array(found[n]) / trials, bars, fmt="o", color=line.get_color(), markersize=4, linewidth=1
        )
    ax.axvline(2, color="#767676", linewidth=0.8, linestyle="--")
    ax.set_ylim(-0.03, 1.03)
    caption = (
        "Lines: Cover's formula. Dots: measured (side by side, so that they can be told apart), with two standard "
        "errors. The more inputs, the sharper the fall at two samples for each parameter."
    )
    story.picture(ax, "shares", caption, cover=True)
    story.say("So a neuron can learn about two samples for each of its parameters by heart, and hardly more.")


@main.question(
    "A neuron has 9 inputs and a threshold. Of how many samples can it make half of all labellings?",
    hint="Twice as many samples as parameters.",
)
def half() -> int:
    """Go up until at most half are possible."""
    return next(p for p in range(1, 100) if cover(p, 10) / 2**p <= 0.5)


@main.question(
    "A neuron has one input. How many of the 16 labellings of four points can it make?", hint="One cut, anywhere."
)
def in_a_line() -> int:
    """Try them all."""
    return count(np.arange(4)[:, None])


if __name__ == "__main__":
    main.run_as_script()
