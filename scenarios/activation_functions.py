"""Activation functions: from drive to rate in eight ways, their slopes, and what is learnt with each (L15, L16, L17).

What reaches a neuron is summed up; the sum less the threshold is its drive, z. How strongly it answers, its rate, is a
function of the drive alone: the activation function, which neurosim calls the mode of its soma. McCulloch and Pitts's
(1943) neuron answers 0 or 1. Real ones fire faster the more they are driven, from silence to a largest rate; the
sigmoid curve resembles both. The rectified line, relu, keeps the silence and drops the largest rate (Nair and Hinton
2010, ICML); leaky relu (Maas et al. 2013, ICML) and elu (Clevert et al. 2016, ICLR) let something through below it;
maxout (Goodfellow et al. 2013, ICML) takes the larger of several sums.

The model leaves out that a real neuron adapts, needs rest, and answers with impulses in time, not with one number.
"""

from collections.abc import Callable

import networkx as nx
import numpy as np

import neurosim as ns

FORMULAS: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # as the lecture writes them, with weights for maxout
    "binary": lambda z: np.where(z >= 0, 1.0, 0.0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "relu": lambda z: np.maximum(0, z),
    "leaky_relu": lambda z: np.maximum(0.1 * z, z),
    "elu": lambda z: np.where(z >= 0, z, 1.0 * (np.exp(z) - 1)),
    "maxout": lambda z: np.maximum(0.5 * z + 0, -0.5 * z - 1),
    "linear": lambda z: z,
}


def cell(mode: str) -> ns.Network:
    """One neuron of this mode with one input, of weight 1; for maxout, two branches and a tonic cell for biases."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_node("cell", mode=mode)
    if mode != "maxout":
        graph.add_edge("z", "cell", weight=1)
        return ns.Network.from_graph(graph)
    graph.add_node("tonic", mode="linear", bias=1)  # no dendrites: its rate is always 1
    graph.add_edge("z", "cell", weight=0.5, branch=0)
    graph.add_edge("z", "cell", weight=-0.5, branch=1)
    graph.add_edge("tonic", "cell", weight=-1, branch=1)
    return ns.Network.from_graph(graph)


def rate(net: ns.Network, z: np.ndarray) -> np.ndarray:
    """What a neuron answers to each of these drives."""
    return ns.respond(net, z[:, None])[:, 0]


def slope(net: ns.Network, z: np.ndarray) -> np.ndarray:
    """By backpropagation: with a target 1 below the answer, the gradient of the loss by the input is the slope."""
    backward = ns.gradients(net, z[:, None], ns.respond(net, z[:, None]) - 1, loss="mse")
    return backward.inputs[:, 0] * len(z)  # the loss is a mean over inputs


def chain(mode: str, length: int) -> ns.Network:
    """Neurons in a row, each the only input of the next, with weight 1."""
    return ns.Network.from_arrays(range(length), range(1, length + 1), np.ones(length), modes=mode)


def learner(mode: str, seed: int) -> ns.Network:
    """Two inputs, twelve hidden neurons of one mode, one sigmoid output."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2)
    regions.add_node("hidden", size=12, mode=mode)
    regions.add_node("y", size=1, mode="sigmoid")
    nx.add_path(regions, ["x", "hidden", "y"])
    return ns.Network.from_regions(regions, rng=seed)


def show_curves(story: ns.Story, rng: np.random.Generator) -> None:
    """Every mode at work, against the lecture's formulas and against numerical derivatives."""
    story.title("From drive to rate")
    story.say(
        "What a neuron's inputs add up to, less its threshold, is its drive z; how strongly it answers is its rate. "
        "Here is one neuron for each activation function, with a single input of weight 1 and no threshold, so that "
        "the input is the drive. Each line of the table is one neuron; the picture adds its slope: by how much the "
        "rate grows if z grows a little. Learning by gradients needs that slope. Maxout answers with the larger of "
        "two sums, here max(0.5 z, -0.5 z - 1)."
    )
    z = rng.uniform(-4, 4, 40 if story.quick else 400)
    z, h = z[np.abs(z) > 0.01], 1e-5
    z = z[np.abs(z + 1) > 0.01]  # at the kinks, of relu and its kin and of maxout, there is no slope to compare
    shown, rows, off, wrong = np.linspace(-4, 4, 401), [], 0.0, 0.0
    panels: dict[str, dict[str, np.ndarray]] = {}
    for mode, formula in FORMULAS.items():
        net = cell(mode)
        off = max(off, np.abs(rate(net, z) - formula(z)).max())
        numerical = (rate(net, z + h) - rate(net, z - h)) / (2 * h)
        panels[mode] = {"rate": rate(net, shown)}
        if mode == "binary":
            story.claim("binary: largest numerical slope away from the threshold", np.abs(numerical).max(), equals=0)
        else:
            wrong = max(wrong, np.abs(slope(net, z) - numerical).max())
            panels[mode]["slope"] = slope(net, shown)
        rows.append([mode, *rate(net, np.array([-2.0, -0.5, 0.0, 0.5, 2.0]))])
    story.table(["mode", "z = -2", "z = -0.5", "z = 0", "z = 0.5", "z = 2"], rows)
    story.claim(f"all eight against the lecture's formulas at {len(z)} drives: largest difference", off, at_most=1e-12)
    story.claim("slopes by backpropagation against (f(z + h) - f(z - h)) / 2h", wrong, at_most=1e-8)
    drawing = ns.charts.panels(shown, panels, xlabel="drive z", ylabel="rate and slope")
    story.picture(
        drawing,
        "curves",
        "Eight activation functions and their slopes. The binary step has none to learn by.",
        cover=True,
    )


def show_sigmoid(story: ns.Story, rng: np.random.Generator) -> None:
    """Monotone, and binary in the limit of growing gain."""
    story.title("Sigmoid: graded, and all but binary if the gain is high")
    weights, threshold = rng.normal(size=3), float(rng.normal())
    points = rng.normal(size=(300, 3))
    drives = points @ weights - threshold
    points = points[np.abs(drives) >= 0.5]
    nearest = np.abs(drives[np.abs(drives) >= 0.5]).min()
    story.say(
        "Take a sigmoid neuron with three inputs, and multiply its weights and its threshold by a gain. The border on "
        "which its rate is 1/2 stays; the transition narrows. Its distance from the binary neuron, at inputs whose "
        f"drive is at least 0.5 away from 0, falls like e^(-gain |z|), where |z| = {nearest:.3f} is the least of them."
    )
    ordered = np.sort(rng.uniform(-8, 8, 200))
    story.claim(
        "sigmoid: drives, of 200, at which a larger one has no larger rate",
        int((np.diff(rate(cell("sigmoid"), ordered)) <= 0).sum()),
        equals=0,
    )
    curve = rate(cell("sigmoid"), ordered)
    bent = curve - np.polyval(np.polyfit(ordered, curve, 1), ordered)
    story.claim("sigmoid: how far its curve is from the best straight line", np.abs(bent).max(), at_least=0.05)
    gains = np.arange(1, 21)
    nets = [
        ns.Network.from_arrays([0, 1, 2], [3, 3, 3], g * weights, modes="sigmoid", thresholds=[0, 0, 0, g * threshold])
        for g in gains
    ]
    wanted = ns.respond(nets[0].with_mode("binary"), points)
    distance = np.array([np.abs(ns.respond(net, points) - wanted).max() for net in nets])
    decided = sum(int(((ns.respond(net, points) >= 0.5) != wanted).sum()) for net in nets)
    measured = float(np.log(distance[9] / distance[-1]) / (gains[-1] - gains[9]))
    story.claim(
        "rate at which the distance falls, for each unit of gain, over |z|",
        measured / nearest,
        at_least=0.99,
        at_most=1.01,
    )
    story.claim("inputs on the other side of 1/2 than the binary neuron, at any gain", decided, equals=0)
    drawing = ns.charts.curves(
        gains,
        {"measured": distance, "e^(-gain |z|)": np.exp(-gains * nearest)},
        xlabel="gain",
        ylabel="largest distance from binary",
        log=True,
        dots=["measured"],
    )
    story.picture(drawing, "gain", "A sigmoid neuron comes exponentially close to a binary one as its gain grows.")


def show_depth(story: ns.Story) -> None:
    """What is left of a gradient behind many layers."""
    story.title("Saturation")
    story.say(
        "The slope of the sigmoid is 1/4 at most, and far less where the neuron is saturated, near 0 or 1. What "
        "learning passes back is multiplied by a slope in every layer, so it vanishes over many. The slope of relu is "
        "1 wherever the neuron is active. Here neurons stand in a row, each listening to the one before with weight "
        "1. The gradient is by how much the last one's rate grows if the input grows a little."
    )
    lengths = range(1, 21)
    left = {
        mode: np.array([slope(chain(mode, length), np.array([1.0]))[0] for length in lengths])
        for mode in ("sigmoid", "tanh", "relu")
    }
    steepest = slope(cell("sigmoid"), np.linspace(-4, 4, 801))
    story.claim("largest slope of the sigmoid", steepest.max(), equals=0.25, places=9)
    story.claim("gradient behind 20 sigmoid neurons, over (1/4)^20", left["sigmoid"][-1] * 4.0**20, at_most=1)
    story.claim("gradient behind 20 relu neurons", left["relu"][-1], equals=1)
    drawing = ns.charts.curves(lengths, left, xlabel="neurons in a row", ylabel="gradient by the input", log=True)
    story.picture(
        drawing,
        "saturation",
        "Through sigmoid neurons a gradient vanishes; through active relu neurons it passes whole.",
    )


def show_learning(story: ns.Story, rng: np.random.Generator) -> None:
    """The same task for every mode."""
    story.title("All of them learn")
    angle, radius = rng.uniform(0, 2 * np.pi, 160), np.repeat([0.5, 1.5], 80) + rng.uniform(-0.3, 0.3, 160)
    X, labels = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), np.repeat([1, 0], 80)
    story.say(
        "The task: is a point in the plane inside a ring of others? No straight line tells, so the hidden neurons "
        "must bend it. The binary step has no slope, so training refuses it, unless a surrogate, a smooth stand-in "
        "for its slope on the way back, is named. Linear hidden neurons learn too, but one line is all that they can "
        "draw."
    )
    refused = False
    accuracy = {}
    for mode in FORMULAS:
        net = learner(mode, story.seed)
        if mode == "binary":
            try:
                ns.train(net, X, labels, loss="binary_cross_entropy", epochs=1)
            except ns.TrainingError:
                refused = True
        surrogate = "arctan" if mode == "binary" else None
        ns.train(
            net,
            X,
            labels,
            loss="binary_cross_entropy",
            optimizer=ns.Adam(0.05),
            epochs=40 if story.quick else 120,
            batch_size=40,
            rng=story.seed,
            surrogate=surrogate,
        )
        accuracy[mode] = float(((ns.respond(net, X)[:, 0] >= 0.5) == labels).mean())
    story.claim("training a binary neuron without a surrogate is refused", refused)
    story.claim(
        "the worst of the seven nonlinear ones: share of points told apart",
        min(v for m, v in accuracy.items() if m != "linear"),
        at_least=0.9,
    )
    story.claim("linear hidden neurons: share of points told apart", accuracy["linear"], at_most=0.75)
    story.picture(
        ns.charts.bars(accuracy, xlabel="share of points told apart", percent=True),
        "learning",
        "The same task, learnt with each activation function in the hidden layer.",
    )


@ns.scenario
def main(story: ns.Story) -> None:
    """Draw all curves and slopes, raise the gain, count what depth leaves of a gradient, and train with each mode."""
    rng = np.random.default_rng(story.seed)
    show_curves(story, rng)
    show_sigmoid(story, rng)
    show_depth(story)
    show_learning(story, rng)


@main.question("At which rate is the slope of a sigmoid neuron largest?", hint="Look at the picture of its curve.")
def steepest_rate() -> float:
    """The rate where the slope is largest."""
    z = np.linspace(-4, 4, 801)
    net = cell("sigmoid")
    return float(rate(net, z)[slope(net, z).argmax()])


@main.question("A leaky relu neuron answers -0.3. What is its drive?", hint="max(0.1 x, x).")
def leaky_drive() -> float:
    """Found on the curve."""
    z = np.linspace(-5, 5, 10_001)
    return float(z[np.abs(rate(cell("leaky_relu"), z) + 0.3).argmin()])


@main.question(
    "Six sigmoid neurons in a row, weights 1, input 1: is more than a thousandth of the gradient left?",
    hint="At most (1/4)^6.",
)
def left_of_it() -> bool:
    """Whether the gradient by the input is above 0.001."""
    return bool(slope(chain("sigmoid", 6), np.array([1.0]))[0] > 1e-3)


if __name__ == "__main__":
    main.run_as_script()
