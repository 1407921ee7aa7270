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


def stack(sizes: dict[str, int], mode: str, seed: int, skips: tuple[tuple[str, str], ...] = ()) -> ns.Network:
    """Regions in a row, each wired to the next; the last is linear, those between are of one mode."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    for name, size in sizes.items():
        regions.add_node(name, size=size, mode={"x": "sensory", "y": "linear"}.get(name, mode))
    nx.add_path(regions, sizes)
    regions.add_edges_from(skips)
    net = ns.Network.from_regions(regions, rng=seed)
    random = np.random.default_rng(seed).normal(size=len(net))
    net.thresholds = [0 if name in net.inputs else value for name, value in zip(net.names, random, strict=True)]
    return net


def tower(mode: str, layers: int, seed: int) -> ns.Network:
    """One input, one output, and hidden layers of eight neurons between them."""
    return stack({"x": 1, **{f"layer {i}": 8 for i in range(1, layers)}, "y": 1}, mode, seed)


def matrix(net: ns.Network, pre: str, post: str) -> np.ndarray:
    """The weights from one region to another; rows are from, columns are to."""
    weights = dict(zip(net.synapses, net.weights, strict=True))
    return np.array([[weights[a, b] for b in net.regions[post]] for a in net.regions[pre]])


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference between two arrays, as a share of the largest number."""
    return float(np.abs(a - b).max() / np.abs(b).max())


def bend(net: ns.Network, inputs: np.ndarray) -> float:
    """How far the answer half way between two inputs is from the mean of their answers: 0 for a flat function."""
    first, second = np.split(inputs, 2)
    return gap(ns.respond(net, (first + second) / 2), (ns.respond(net, first) + ns.respond(net, second)) / 2)


def least_loss_of_a_line(x: np.ndarray, wanted: np.ndarray) -> float:
    """What the straight line of least squares leaves: no single layer can do better."""
    table = np.column_stack([x, np.ones_like(x)])
    line = np.linalg.lstsq(table, wanted, rcond=None)[0]
    return float(((table @ line - wanted) ** 2).mean() / 2)


@ns.scenario
def main(story: ns.Story) -> None:
    """Multiply a stack of layers out, measure rank and bend, and train towers of one to four layers on a wave."""
    rng = np.random.default_rng(story.seed)
    inputs = rng.normal(size=(200 if story.quick else 2000, SIZES["x"]))
    story.title("Four layers are one")
    story.say(
        "A linear neuron answers with the weighted sum of what it hears, less its threshold. Here are four layers of "
        f"them, one behind the other: {' -> '.join(f'{size} {name}' for name, size in SIZES.items())}. All weights and "
        "thresholds are random. The weights of each layer form a matrix, with a row for each neuron that they come "
        "from and a column for each that they go to. The four matrices multiply to a single one, and that is the "
        "matrix of a single layer with the same answers. Its rank, the number of independent ways in which the "
        "outputs can vary, is that of the narrowest layer."
    )
    net = stack(SIZES, "linear", story.seed)
    one = ns.collapse(net)
    product = np.linalg.multi_dot([matrix(net, a, b) for a, b in itertools.pairwise(SIZES)])
    found = matrix(one, "x", "y")
    story.claim(
        "layers of synapses that are left: the longest path",
        nx.dag_longest_path_length(one.to_graph(), weight=None),
        equals=1,
    )
    story.claim(
        "its weights against the product of the matrices: largest difference", gap(found, product), at_most=1e-12
    )
    difference = gap(ns.respond(one, inputs), ns.respond(net, inputs))
    story.claim(f"its answers to {len(inputs)} inputs against those of the stack", difference, at_most=1e-12)
    story.claim("rank of its matrix, where region b has 2 neurons", int(np.linalg.matrix_rank(found)), equals=2)

    story.title("Skip connections do not help, a nonlinearity does")
    story.say(
        "Now x also reaches b directly, and a reaches y. Every path from x to y adds the product of its weights, and "
        "still one layer does the same. A function of that kind is flat: half way between two inputs its answer is "
        "half way between their answers. With relu neurons in the hidden regions, which are silent below their "
        "threshold, the same wiring bends."
    )
    skips = (("x", "b"), ("a", "y"))
    net, curved = stack(SIZES, "linear", story.seed, skips), stack(SIZES, "relu", story.seed, skips)
    one = ns.collapse(net)
    story.picture(ns.plot(net), "stack", "Linear neurons in four layers, with skip connections.")
    story.picture(ns.plot(one), "collapsed", "The same network, its linear hidden neurons multiplied out: one layer.")
    difference = gap(ns.respond(one, inputs), ns.respond(net, inputs))
    story.claim("with skips: answers of one layer against those of the stack", difference, at_most=1e-12)
    story.claim("bend of the linear stack, as a share of its largest answer", bend(net, inputs), at_most=1e-12)
    story.claim("bend of the same wiring with relu", bend(curved, inputs), at_least=0.01)

    story.title("So depth adds nothing to linear neurons")
    x = np.linspace(-1, 1, 41)[:, None]
    wanted = np.sin(np.pi * x + rng.uniform(-1, 1))
    least = least_loss_of_a_line(x, wanted)
    story.say(
        "The task: one number in, one number out, along a wave. The best that a single layer can do is the straight "
        "line of least squares, which can be computed. Towers of one, two and four layers learn the wave; their "
        "hidden layers have eight neurons each. The loss is half the mean squared error."
    )
    rows, answers = [], {}
    for mode, layers in [("linear", 1), ("linear", 2), ("linear", 4), ("relu", 2), ("relu", 4), ("tanh", 4)]:
        learner = tower(mode, layers, story.seed)
        loss = ns.train(learner, x, wanted, optimizer="lbfgs", epochs=4 if story.quick else 10)["loss"][-1]
        rows.append([mode if layers > 1 else "none", layers, len(learner.weights), loss, loss / least])
        name = f"{layers} layer{'s' * (layers > 1)}, {mode}"
        low, high = (1 - 1e-9, 1.01) if mode == "linear" else (None, 0.2)
        story.claim(f"{name}: loss, over that of the best straight line", loss / least, at_least=low, at_most=high)
        answers[name] = {"answer": ns.respond(learner, x)[:, 0], "wanted": wanted[:, 0]}
    story.table(["hidden neurons", "layers", "synapses", "loss", "over the best line's"], rows)
    drawing = ns.charts.panels(x[:, 0], answers, xlabel="input", ylabel="output", columns=3)
    caption = "Linear layers learn the same line, however many; with relu or tanh neurons the same wiring bends."
    story.picture(drawing, "wave", caption, cover=True)


def chain() -> ns.Network:
    """Two linear neurons in a row, weights 2 and -3; the first has the threshold 5."""
    return ns.Network.from_arrays([0, 1], [1, 2], [2, -3], modes="linear", thresholds=[0, 5, 0])


@main.question("Input -> h -> y, linear, with weights 2 and -3: which weight does the same in one step?")
def one_weight() -> float:
    """The product of two weights."""
    return float(ns.collapse(chain()).weights[0])


@main.question("And if h has the threshold 5, which threshold must y have then?", hint="What does y hear at input 0?")
def one_threshold() -> float:
    """What becomes of the threshold on the way."""
    return ns.collapse(chain())[2].threshold


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
