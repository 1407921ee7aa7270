"""Hidden units: what one more of them can model, from many beginnings, and what more layers of them add (L18, L19).

Hidden units are all neurons but those of input and output. No one tells them what to do: their targets come out of
training. Each neuron of a first hidden layer cuts the plane of two inputs along a line, and the output puts the pieces
together. So one can separate along a line, two along a bend or a strip, and from three on the border can close around
an island. A relu neuron is silent on one side of its line: where the border crosses that line it has a corner, so three
lines, each crossed twice, make up to six. With enough neurons any border can be drawn (Cybenko, Mathematics of Control,
Signals and Systems, 1989); whether training finds it depends on the random weights with which it begins.

Neurons of a second layer cut what the first has already folded. Two relu neurons a layer can fold the interval from 0
to 1 in two, again and again, and get twice as many pieces with each layer; a single layer gets one more with each
neuron (Telgarsky, Proceedings of Machine Learning Research 49, 2016). Left out: whatever brains may use layers for;
networks here learn by backpropagation, which is not known to happen there.
"""

from itertools import pairwise

import networkx as nx
import numpy as np

import neurosim as ns

Samples = tuple[np.ndarray, np.ndarray]
BRAINS = 8  # networks of each size, with random weights of their own


def island(rng: np.random.Generator, count: int) -> Samples:
    """An island of class 1 with a ring of class 0 around it."""
    labels, angle = rng.integers(0, 2, count), rng.uniform(0, 2 * np.pi, count)
    radius = np.where(labels, np.abs(rng.normal(0, 0.3, count)), rng.normal(1, 0.15, count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def side_by_side(sizes: tuple[int, ...], seed: int, mode: str = "relu") -> ns.Network:
    """For each size of the hidden layer, many brains in one graph; they share two inputs, each has its own output."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    for size in sizes:
        regions.add_node(f"{size} hidden", size=size * BRAINS, mode=mode)
        regions.add_node(f"{size} out", size=BRAINS, mode="sigmoid")
        regions.add_edge("x", f"{size} hidden")
        own = ns.wiring.explicit([(cell, cell // size) for cell in range(size * BRAINS)])
        regions.add_edge(f"{size} hidden", f"{size} out", wiring=own)
    return ns.Network.from_regions(regions, rng=seed)


def learn(net: ns.Network, samples: Samples, epochs: int) -> None:
    """Teach all brains the same samples; the loss adds up over them, so each learns as if it were alone."""
    X, labels = samples
    targets, loss, adam = np.repeat(labels[:, None], len(net.outputs), axis=1), "binary_cross_entropy", ns.Adam(0.02)
    ns.train(net, X, targets, loss=loss, optimizer=adam, epochs=epochs, batch_size=25, rng=0)


def accuracy(net: ns.Network, samples: Samples) -> np.ndarray:
    """The share of samples that every brain answers rightly, shape (sizes, brains)."""
    X, labels = samples
    return np.asarray(((ns.respond(net, X) >= 0.5) == labels[:, None]).mean(axis=0).reshape(-1, BRAINS))


def tell_island(story: ns.Story) -> None:
    """More lines."""
    sizes, rng = (1, 2, 3, 4, 8, 16), np.random.default_rng(story.seed)
    known, new = island(rng, 200), island(rng, 1000)
    net = side_by_side(sizes, story.seed)
    learn(net, known, 60 if story.quick else 100)
    right = {"200 samples learnt": accuracy(net, known), "1,000 new ones": accuracy(net, new)}
    tested = right["1,000 new ones"]
    one, two, three, *_ = tested.max(axis=1).tolist()
    story.title("One, two, three lines")
    story.say(
        "An island of one class, and a ring of the other around it. Networks of two inputs, some hidden relu neurons "
        f"and an output learn 200 samples, {BRAINS} networks of each size, from random weights of their own; 1,000 new "
        "samples test them. Each hidden neuron can cut the plane along one line, and from three lines on a border can "
        f"close: the best networks with 1, 2 and 3 hidden neurons get {one:.0%}, {two:.0%} and {three:.0%} of the new "
        f"samples right. But the border must be found. On average those with 3 get {tested[2].mean():.0%}, those with "
        f"16 get {tested[-1].mean():.0%}: with neurons to spare every beginning will do."
    )
    share = "share of new samples answered rightly"
    story.claim(f"best network with 1 hidden neuron: {share}", one, at_most=0.75)
    story.claim(f"best with 2, whose border stays open somewhere: {share}", two, at_most=0.9)
    story.claim(f"best with 3, whose border can close: {share}", three, at_least=0.94)
    story.claim(f"all {BRAINS} networks with 3 hidden neurons: {share}, mean", float(tested[2].mean()), at_most=0.96)
    story.claim(f"worst network with 16 hidden neurons: {share}", float(tested[-1].min()), at_least=0.94)
    shown = dict(zip(sizes, (tested.argmax(axis=1) + BRAINS * np.arange(len(sizes))).tolist(), strict=True))
    maps = {f"{size} hidden": lambda points, i=i: ns.respond(net, points)[:, i] for size, i in shown.items()}
    caption = "The best network of each size, and the samples it learnt; darker is surer. From 3 on, an island."
    drawing = ns.charts.decision_maps(maps, *known, columns=3, steps=61 if story.quick else 121)
    story.picture(drawing, "maps", caption, cover=True)
    ax = ns.charts.repeated(sizes, right, xlabel="hidden neurons", ylabel="accuracy", percent=True, doubling=True)
    caption = f"Mean of {BRAINS} networks of each size. Bands: where the mean of very many would be, 95 % sure."
    story.picture(ax, "beginnings", caption)


def folding(layers: int) -> ns.Network:
    """Two relu neurons a layer, by hand: each layer folds the interval from 0 to 1 in two, 2 a - 4 b."""
    weights, thresholds = {"x": 1.0, "a": 2.0, "b": -4.0}, {"b": 0.5}
    graph: nx.DiGraph[str] = nx.DiGraph()
    rows = [["x"], *([f"a{layer}", f"b{layer}"] for layer in range(layers)), ["y"]]
    for before, after in pairwise(rows):
        for name in after:
            graph.add_node(name, mode="linear" if name == "y" else "relu", threshold=thresholds.get(name[0], 0.0))
            graph.add_weighted_edges_from((earlier, name, weights[earlier[0]]) for earlier in before)
    return ns.Network.from_graph(graph)


def pieces(net: ns.Network) -> int:
    """How many straight pieces its answer has from 0 to 1; exact, for its corners lie on the grid."""
    slopes = np.diff(ns.respond(net, np.linspace(0, 1, 2**12 + 1)[:, None])[:, 0])
    return 1 + int((np.diff(slopes) != 0).sum())


def tell_folds(story: ns.Story) -> None:
    """What depth can do, exactly."""
    counts = [pieces(folding(layers)) for layers in range(1, 7)]
    story.title("Folding")
    story.say(
        "Now one input, and the curve of the output over it. That of one relu neuron has one corner, so n of them in "
        "a single hidden layer make at most n + 1 straight pieces. Layers multiply. Here are two neurons a layer, set "
        "by hand: while a layer's input goes from 0 to 1, its output goes up to 1 and back to 0, so that the next "
        f"layer goes through all it does twice. Six layers, 12 neurons, make {counts[-1]} pieces; a single layer would "
        f"need {counts[-1] - 1} neurons."
    )
    told = " ".join(map(str, counts))
    story.claim("straight pieces of the curve with 1 to 6 layers of two neurons", told, equals="2 4 8 16 32 64")
    x = np.linspace(0, 1, 513)
    lines = {f"layers: {depth}": ns.respond(folding(depth), x[:, None])[:, 0] for depth in (1, 2, 4)}
    drawing = ns.charts.curves(x, lines, xlabel="input", ylabel="output", dots=())
    caption = "Output of networks of 1, 2 and 4 layers, two neurons a layer: each layer doubles the pieces."
    story.picture(drawing, "folds", caption)


@ns.scenario
def main(story: ns.Story) -> None:
    """More neurons, then more layers."""
    tell_island(story)
    tell_folds(story)


@main.question("How many straight pieces do 10 such layers make?", hint="What does one more layer do to their number?")
def folded() -> int:
    """Count them."""
    return pieces(folding(10))


@main.question(
    "Can a network with 16 hidden neurons that are linear close a border around the island?",
    hint="The output adds up 16 linear functions of x1 and x2. What kind of function is the sum?",
)
def linear_island() -> bool:
    """Whether any of eight learns it."""
    net, samples = side_by_side((16,), 0, "linear"), island(np.random.default_rng(0), 200)
    learn(net, samples, 20)
    return bool((accuracy(net, samples) > 0.9).any())


if __name__ == "__main__":
    main.run_as_script()
