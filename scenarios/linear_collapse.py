"""Linear collapse: many linear layers are one layer in disguise; a nonlinearity makes depth count (L14).

A linear neuron hands on a weighted sum of what it hears. A weighted sum of weighted sums is a weighted sum again, so a
neuron behind any number of linear layers might as well listen to the inputs directly: the matrices of weights of all
layers multiply to a single one. Depth adds nothing. The cure, says the lecture, is a nonlinear activation function and
a hidden layer; Cybenko (1989, Mathematics of Control, Signals and Systems 2) proved that one such layer, if it is large
enough, comes as close to any continuous function as one likes.

Real neurons are far from linear: silent below their threshold, saturated above. The model leaves out time: what takes
a cortex several milliseconds for each layer happens at once here.
"""

import itertools

import networkx as nx
import numpy as np

import neurosim as ns

SIZES = {"x": 4, "a": 6, "b": 2, "c": 5, "y": 3}  # neurons of each region; b is a bottleneck


def stack(sizes: dict[str, int], mode: str, seed: int) -> ns.Network:
    """Regions in a row, each wired to the next; the last is linear, those between are of one mode."""
    rng = np.random.default_rng(seed)
    regions: nx.DiGraph[str] = nx.DiGraph(itertools.pairwise(sizes))
    for name, size in sizes.items():
        regions.add_node(name, size=size, mode={"x": "sensory", "y": "linear"}.get(name, mode))
    net = ns.Network.from_regions(regions, rng=rng)
    net.thresholds = [0 if name in net.inputs else rng.normal() for name in net.names]
    return net


def matrix(net: ns.Network, pre: str, post: str) -> np.ndarray:
    """The weights from one region to another; rows are from, columns are to."""
    weights = dict(zip(net.synapses, net.weights, strict=True))
    return np.array([[weights[a, b] for b in net.regions[post]] for a in net.regions[pre]])


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference between two arrays, as a share of the largest number."""
    return float(abs(a - b).max() / abs(b).max())


@ns.scenario
def main(story: ns.Story) -> None:
    """Multiply a stack of layers out, then let stacks of one to four layers learn a wave."""
    rng = np.random.default_rng(story.seed)
    story.title("Four layers are one")
    story.say(
        f"Here are four layers of linear neurons, one behind the other: {' -> '.join(SIZES)}. All weights and "
        "thresholds are random. The weights of a layer form a matrix: a row for each neuron that they come from, a "
        "column for each that they go to. The four matrices multiply to a single one, and a single layer with these "
        "weights answers like all four, to rounding. Its rank, the number of independent ways in which the outputs "
        "can vary, is that of the narrowest layer."
    )
    net = stack(SIZES, "linear", story.seed)
    one = ns.collapse(net)
    inputs, found = rng.normal(size=(200, SIZES["x"])), matrix(one, "x", "y")
    product = np.linalg.multi_dot([matrix(net, pre, post) for pre, post in itertools.pairwise(SIZES)])
    story.claim("layers that are left: the longest path", ns.workload(one).depth, equals=1)
    story.claim("its weights against the product of the four matrices", gap(found, product), at_most=1e-12)
    difference = gap(ns.respond(one, inputs), ns.respond(net, inputs))
    story.claim("its answers to 200 inputs against those of the stack", difference, at_most=1e-12)
    story.claim("rank of its matrix, where region b has 2 neurons", int(np.linalg.matrix_rank(found)), equals=2)
    story.picture(ns.plot(net), "stack", "Linear neurons in four layers.")
    story.picture(ns.plot(one), "collapsed", "The same network, its hidden neurons multiplied out: one layer.")

    story.title("So depth adds nothing, unless a hidden layer bends")
    story.say(
        "The task: one number in, one number out, along a wave. The best that a single layer can do is the straight "
        "line with the least loss (half the mean squared error), and it can be computed. Networks of one to four "
        "layers learn the wave; each hidden layer has 16 neurons. Linear ones come down to that line and no "
        "further. Relu neurons are silent below their threshold, tanh neurons level off: their layers bend."
    )
    x = np.linspace(-1, 1, 41)
    wave = np.sin(np.pi * x + rng.uniform(-1, 1))
    line = np.polyval(np.polyfit(x, wave, 1), x)
    answers = {}
    for mode, layers in [("linear", 1), ("linear", 4), ("relu", 2), ("tanh", 4)]:
        sizes = {"x": 1, **{f"layer {i}": 16 for i in range(1, layers)}, "y": 1}
        learner, name = stack(sizes, mode, story.seed), f"{layers} layer{'s' * (layers > 1)}, {mode}"
        ns.train(learner, x[:, None], wave[:, None], optimizer="lbfgs", epochs=4 if story.quick else 10)
        answers[name] = {"answer": ns.respond(learner, x[:, None])[:, 0], "wanted": wave}
        share = float(((answers[name]["answer"] - wave) ** 2).mean() / ((line - wave) ** 2).mean())
        low, high = (1 - 1e-9, 1.01) if mode == "linear" else (None, 0.2)
        story.claim(f"{name}: loss, over that of the best straight line", share, at_least=low, at_most=high)
    drawing = ns.charts.panels(x, answers, xlabel="input", ylabel="output")
    caption = "Linear layers learn the same line, however many; with relu or tanh neurons in between they bend."
    story.picture(drawing, "wave", caption, cover=True)


@main.question(
    "Input -> h -> y, linear, with weights 2 and -3, and h has the threshold 5. If y listened to the input directly, "
    "which threshold would it need?",
    hint="What does y hear at input 0?",
)
def one_threshold() -> float:
    """What becomes of the threshold on the way."""
    chain = ns.Network.from_arrays([0, 1], [1, 2], [2, -3], modes="linear", thresholds=[0, 5, 0])
    return ns.collapse(chain)[2].threshold


@main.question(
    "Linear regions of 8, 50, 3 and 6 neurons, each wired to all of the next. How many independent ways can the six "
    "outputs vary?",
    hint="Through which region must everything pass?",
)
def rank() -> int:
    """The rank of the single matrix."""
    net = ns.collapse(stack({"x": 8, "a": 50, "b": 3, "y": 6}, "linear", 0))
    return int(np.linalg.matrix_rank(matrix(net, "x", "y")))


if __name__ == "__main__":
    main.run_as_script()
