"""Activation functions: from drive to rate in eight ways, their slopes, and what is learnt with each (L15, L16, L17).

A neuron sums up what reaches it; the sum less its threshold is its drive, z. How strongly it answers, its rate, is a
function of the drive: the activation function, which neurosim calls its mode. McCulloch and Pitts's neuron (1943)
answers 0 or 1. Real ones fire faster the more they are driven, from silence to a largest rate; the sigmoid resembles
both. Relu keeps the silence and drops the largest rate (Nair and Hinton 2010, ICML); leaky relu (Maas et al. 2013,
ICML) and elu (Clevert et al. 2016, ICLR) let something through below 0; maxout (Goodfellow et al. 2013, ICML) takes the
larger of several sums. Left out: a real neuron tires, and answers with impulses in time, not with one number.
"""

import functools
from collections.abc import Callable

import networkx as nx
import numpy as np

import neurosim as ns

FORMULAS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {  # as the lecture writes them
    "binary": ("1 if z >= 0, else 0", lambda z: np.where(z >= 0, 1.0, 0.0)),
    "sigmoid": ("1 / (1 + e^-z)", lambda z: 1 / (1 + np.exp(-z))),
    "tanh": ("(e^z - e^-z) / (e^z + e^-z)", lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))),
    "relu": ("max(0, z)", lambda z: np.maximum(0, z)),
    "leaky_relu": ("max(0.1 z, z)", lambda z: np.maximum(0.1 * z, z)),
    "elu": ("z if z >= 0, else e^z - 1", lambda z: np.where(z >= 0, z, np.exp(z) - 1)),
    "maxout": ("max(0.5 z, -0.5 z - 1)", lambda z: np.maximum(0.5 * z, -0.5 * z - 1)),
    "linear": ("z", lambda z: z),
}


def cell(mode: str, gain: float = 1) -> ns.Network:
    """One neuron with one input; a maxout neuron has two branches, with a tonic cell, always at rate 1, on one."""
    if mode != "maxout":
        return ns.Network.from_arrays([0], [1], [gain], modes=mode)
    modes, tonic = ["sensory", "linear", "maxout"], [0, -1, 0]
    return ns.Network.from_arrays([0, 0, 1], [2] * 3, [0.5, -0.5, -1], branch=[0, 1, 1], modes=modes, thresholds=tonic)


def rate(net: ns.Network, z: np.ndarray) -> np.ndarray:
    """What a neuron answers to each of these drives."""
    return ns.respond(net, z[:, None])[:, 0]


def slope(net: ns.Network, z: np.ndarray) -> np.ndarray:
    """By backpropagation: with a target 1 below the answer, the gradient of the loss by the input is the slope."""
    targets = ns.respond(net, z[:, None]) - 1
    return ns.gradients(net, z[:, None], targets, loss="mse").inputs[:, 0] * len(z)  # the loss is a mean over inputs


def learner(mode: str, seed: int) -> ns.Network:
    """Two inputs, twelve hidden neurons of one mode, one sigmoid output."""
    regions: nx.DiGraph[str] = nx.DiGraph([("x", "hidden"), ("hidden", "y")])
    regions.add_node("x", size=2)
    regions.add_node("hidden", size=12, mode=mode)
    regions.add_node("y", size=1, mode="sigmoid")
    return ns.Network.from_regions(regions, rng=seed)


@ns.scenario
def main(story: ns.Story) -> None:
    """Draw all curves and slopes, raise the gain, and train with each mode."""
    rng = np.random.default_rng(story.seed)
    story.title("From drive to rate")
    story.say(
        "Here is a neuron for each of the lecture's activation functions, with one input of weight 1 and no threshold, "
        "so that the input is the drive z; maxout takes the larger of two sums. The picture adds the slope: by how "
        "much the rate grows if z grows a little. Learning by gradients needs that slope."
    )
    z = rng.uniform(-4, 4, 400)
    z, h = z[(abs(z) > 0.01) & (abs(z + 1) > 0.01)], 1e-5  # there is no slope to compare where the curves have kinks
    shown, five = np.linspace(-4, 4, 401), np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    off, wrong, rows, drawn = [], {}, [], {}
    for mode, (text, formula) in FORMULAS.items():
        net = cell(mode)
        off.append(abs(rate(net, z) - formula(z)).max())
        rows.append([mode, text, *rate(net, five)])
        drawn[mode] = {"rate": rate(net, shown)}
        measured = (rate(net, z + h) - rate(net, z - h)) / (2 * h)
        if mode == "binary":
            story.claim("binary: largest measured slope away from the threshold", abs(measured).max(), equals=0)
        else:
            drawn[mode]["slope"] = slope(net, shown)
            wrong[mode] = abs(slope(net, z) - measured).max()
    story.table(["mode", "rate", *(f"z = {drive:g}" for drive in five)], rows)
    story.claim(f"all eight against the lecture's formulas at {len(z)} drives", max(off), at_most=1e-12)
    story.claim("slopes by backpropagation against (f(z + h) - f(z - h)) / 2h", max(wrong.values()), at_most=1e-8)
    steps = np.diff(rate(cell("sigmoid"), np.sort(z)))
    story.claim("sigmoid, so graded: the least that a larger drive adds to the rate", steps.min(), at_least=1e-12)
    eight = ns.charts.panels(shown, drawn, xlabel="drive z", ylabel="rate and slope")
    story.picture(eight, "curves", "The lecture's curves and their slopes. The binary step has none.", cover=True)

    story.title("The sigmoid, with more and more gain, is the binary step")
    story.say(
        "Multiply all weights and the threshold of a sigmoid neuron by a number, the gain. Its rate is 1/2 where it "
        "was before, but near there it changes faster. Where the drive was half a unit or more from 0, it differs "
        "from the binary neuron by no more than 1 / (1 + e^(gain/2)), soon next to nothing."
    )
    away, gains = shown[abs(shown) > 0.499], np.arange(1, 21)
    far = np.array([abs(rate(cell("sigmoid", int(gain)), away) - rate(cell("binary"), away)).max() for gain in gains])
    error = abs(far * (1 + np.exp(gains / 2)) - 1).max()
    story.claim("gains 1 to 20: distance from binary against 1 / (1 + e^(gain/2)), relative", error, at_most=1e-9)
    lines = {f"gain {gain}": rate(cell("sigmoid", gain), shown) for gain in (1, 3, 10)}
    lines["binary"] = rate(cell("binary"), shown)
    chart = ns.charts.curves(shown, lines, xlabel="drive at gain 1", ylabel="rate", dots=())
    story.picture(chart, "gain", "A sigmoid neuron's curve closes in on the binary step as its gain grows.")

    story.title("All of them learn")
    story.say(
        "The task: is a point in the plane inside a ring of others? No straight line tells, so the twelve hidden "
        "neurons must bend it. The binary step has no slope, so training refuses it, unless a surrogate is named: a "
        "smooth curve that stands in for the step when errors are passed back. Linear hidden neurons learn too, but "
        "all that they can draw together is one line."
    )
    angle, radius = rng.uniform(0, 2 * np.pi, 160), np.repeat([0.5, 1.5], 80) + rng.uniform(-0.3, 0.3, 160)
    X, labels = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), np.repeat([1, 0], 80)
    learnt, right, refusal = {mode: learner(mode, story.seed) for mode in FORMULAS}, {}, ""
    train = functools.partial(ns.train, loss="binary_cross_entropy", batch_size=40, rng=story.seed)
    try:
        train(learnt["binary"], X, labels)
    except ns.TrainingError as error:
        refusal = str(error)
    story.claim("training binary neurons without a surrogate is refused", "surrogate" in refusal)
    for mode, net in learnt.items():
        smooth = "arctan" if mode == "binary" else None
        train(net, X, labels, optimizer=ns.Adam(0.05), epochs=40 if story.quick else 120, surrogate=smooth)
        right[mode] = float(((ns.respond(net, X)[:, 0] >= 0.5) == labels).mean())
    worst = min(right[mode] for mode in FORMULAS if mode != "linear")
    story.claim("the worst of the seven nonlinear ones: share of points told apart", worst, at_least=0.9)
    story.claim("linear hidden neurons: share of points told apart", right["linear"], at_most=0.75)
    maps = {mode: learnt[mode] for mode in ("binary", "sigmoid", "relu", "linear")}
    caption = "What is learnt with four of them. Blue: outside, orange: inside, black: the border between the answers."
    story.picture(ns.charts.decision_maps(maps, X, labels, names=["x1", "x2"]), "learning", caption)


@main.question("At which rate is the slope of a sigmoid neuron largest?", hint="Look at the picture of its curve.")
def steepest_rate() -> float:
    """The rate where the slope is largest."""
    z, net = np.linspace(-4, 4, 801), cell("sigmoid")
    return float(rate(net, z)[slope(net, z).argmax()])


@main.question("A leaky relu neuron answers -0.3. What is its drive?", hint="max(0.1 z, z).")
def leaky_drive() -> float:
    """Found on the curve."""
    z = np.linspace(-5, 5, 10_001)
    return float(z[abs(rate(cell("leaky_relu"), z) + 0.3).argmin()])


if __name__ == "__main__":
    main.run_as_script()
