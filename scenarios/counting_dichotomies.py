"""How much fits into one neuron: two patterns for each of its free parameters, by Cover's count (L12, L13).

Give a neuron P samples and label them at random: can it learn any labelling by heart? Cover (IEEE Transactions on
Electronic Computers 14, 1965) counted them: of the 2^P labellings of P points in N dimensions, a hyperplane can make
C(P, N + 1) = 2 [binomial(P - 1, 0) + ... + binomial(P - 1, N)], wherever the points are, as long as they are in general
position (no N + 1 of them in one hyperplane). A neuron with a threshold has N + 1 free parameters, its weights and
its threshold. Below P = 2 (N + 1) it can learn nearly every labelling, above it nearly none, and there exactly half.

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


def separable_labellings(X: np.ndarray) -> int:
    """Try all labellings; turning all labels round changes nothing, so half of them are enough."""
    labellings = itertools.product([0, 1], repeat=len(X) - 1)
    return 2 * sum(ns.separability(X, (0, *labels)).separable for labels in labellings if any(labels)) + 2


def measured(samples: int, inputs: int, trials: int, rng: np.random.Generator) -> float:
    """The share of random labellings of random points that one neuron can make."""
    answers = [
        ns.separability(points(samples, inputs, rng), rng.integers(0, 2, size=samples)).separable for _ in range(trials)
    ]
    return float(np.mean(answers))


def chance(count: float, trials: int, share: float) -> float:
    """How probable a count is, or one still farther off on its side, where each trial succeeds with this share."""
    ways = [math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(trials + 1)]
    return min(1.0, 2 * min(sum(ways[: round(count) + 1]), sum(ways[round(count) :])))


@ns.scenario
def main(story: ns.Story) -> None:
    """Count all labellings of a few points, then sample those of many."""
    rng = np.random.default_rng(story.seed)
    story.title("Every labelling of a few points")
    story.say(
        "Scatter P points at random in N dimensions and go through all 2^P ways to label them. For each, either a "
        "neuron that makes it or a proof that none does. Cover's formula says how many there must be."
    )
    few = [(1, 8), (2, 6), (3, 8)]
    rows = [[n, p, 2**p, separable_labellings(points(p, n, rng)), cover(p, n + 1)] for n, p in few]
    story.table(["inputs N", "points P", "labellings", "one neuron can", "Cover"], rows)
    for n, p, _, able, formula in rows:
        story.claim(
            f"labellings of {p} points with {n} {'input' if n == 1 else 'inputs'} that one neuron can make",
            able,
            equals=formula,
        )
    for n, p, total, able, _ in rows[1:]:
        story.claim(f"at twice as many points as parameters, {p} = 2 x {n + 1}, the share", able / total, equals=0.5)
    cube = separable_labellings(np.array(list(itertools.product([0, 1], repeat=3))))
    story.say(
        f"The 8 corners of a cube are not in general position, for many lie in one plane. Of their labellings one "
        f"neuron can make {cube}, fewer than the {cover(8, 4)} that Cover's formula has for 8 points of 3 inputs."
    )
    story.claim("labellings of the corners of a cube, against Cover's count", cube, at_most=cover(8, 4) - 1)

    trials = 12 if story.quick else 50
    story.title("Random labellings of many points")
    story.say(
        f"For more points, {trials} random labellings at each load, which is the number of samples for each of the "
        "N + 1 parameters. The dots are what was found, the lines Cover's formula."
    )
    shares = {n: np.array([measured(p, n, trials, rng) for p in samples_at(n)]) for n in INPUTS}
    formulas = {n: np.array([cover(p, n + 1) / 2**p for p in samples_at(n)]) for n in INPUTS}
    chances = [
        chance(share * trials, trials, formula)
        for n in INPUTS
        for share, formula in zip(shares[n].tolist(), formulas[n].tolist(), strict=True)
    ]
    story.claim(
        f"if Cover is right: the chance of the least likely of the {len(chances)} counts, times {len(chances)}",
        min(chances) * len(chances),
        at_least=0.001,
    )
    found, expected = (sum(float(some[n].sum()) for n in INPUTS) * trials for some in (shares, formulas))
    spread = math.sqrt(sum(float((formulas[n] * (1 - formulas[n])).sum()) for n in INPUTS) * trials)
    story.claim(
        "labellings found over all, minus Cover's, in standard errors",
        (found - expected) / spread,
        at_least=-4,
        at_most=4,
    )
    lines = {f"{n} inputs": formulas[n] for n in INPUTS}
    ax = ns.charts.curves(LOADS, lines, xlabel="samples for each parameter", ylabel="share of labellings", dots=())
    for i, (line, n) in enumerate(zip(ax.lines, INPUTS, strict=False)):
        errors = 2 * np.sqrt(formulas[n] * (1 - formulas[n]) / trials)
        beside = LOADS + 0.03 * (i - 1)  # so that they do not hide one another
        ax.errorbar(beside, shares[n], errors, fmt="o", color=line.get_color(), markersize=4, linewidth=1)
    ax.axvline(2, color="#767676", linewidth=0.8, linestyle="--")
    ax.set_ylim(-0.03, 1.03)
    caption = (
        "Lines: Cover's formula. Dots: measured, with two standard errors. The more inputs, the sharper the "
        "fall at two samples for each parameter."
    )
    story.picture(ax, "shares", caption, cover=True)
    steep = [float(formulas[n][LOADS == 1.5][0] - formulas[n][LOADS == 2.5][0]) for n in INPUTS]
    story.claim("the fall between loads 1.5 and 2.5 is steeper the more inputs there are", steep == sorted(steep))


def samples_at(inputs: int) -> list[int]:
    """How many samples each load means."""
    return (LOADS * (inputs + 1)).astype(int).tolist()


@main.question("A neuron has 9 inputs and a threshold. Of how many samples can it make half of all labellings?")
def half() -> int:
    """Go up until at most half are possible."""
    return next(p for p in range(1, 100) if cover(p, 10) / 2**p <= 0.5)


@main.question("How many of the 16 labellings of four points in a line can one neuron make?", hint="One cut, anywhere.")
def in_a_line() -> int:
    """Try them all."""
    return separable_labellings(np.arange(4)[:, None])


if __name__ == "__main__":
    main.run_as_script()
