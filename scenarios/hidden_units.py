"""Hidden units: what one more of them can model, what too many learn by heart, and what a second layer adds (L18, L19).

Hidden units are all neurons but those of input and output. No one tells them what to do: their targets come out of
training. Each neuron of a first hidden layer cuts the plane of two inputs along a line, and the output puts the pieces
together. So one can separate along a line, two along a bend, and from three on the lines can close around an island.
With more, any border can be drawn (Cybenko, Mathematics of Control, Signals and Systems, 1989), also one around each
single sample: then the network has learnt by heart, and new samples tell.

Neurons of a second layer cut what the first has already folded. Here a network of two relu neurons a layer folds the
interval from 0 to 1 in two, again and again, and gets twice as many pieces with each layer; a single layer gets one
more with each neuron (Telgarsky, Proceedings of Machine Learning Research 49, 2016). Left out: whatever brains may use
layers for; networks here learn by backpropagation, which is not known to happen there.
"""

from collections.abc import Callable, Mapping, Sequence

import networkx as nx
import numpy as np

import neurosim as ns

Samples = tuple[np.ndarray, np.ndarray]
SIZES = (1, 2, 3, 4, 8, 16)


# --- Data ----------------------------------------------------------------------------------------


def island(rng: np.random.Generator, count: int) -> Samples:
    """An island of class 1 with a ring of class 0 around it."""
    labels, angle = rng.integers(0, 2, count), rng.uniform(0, 2 * np.pi, count)
    radius = np.where(labels, np.abs(rng.normal(0, 0.3, count)), rng.normal(1, 0.15, count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def spirals(rng: np.random.Generator, count: int) -> Samples:
    """Two arms that wind twice around each other."""
    labels, along = rng.integers(0, 2, count), np.sqrt(rng.uniform(0.05, 1, count))
    angle = np.pi * (4 * along + labels)
    arms = 2 * along * np.array([np.cos(angle), np.sin(angle)])
    return arms.T + rng.normal(0, 0.06, (count, 2)), labels


# --- Networks side by side -----------------------------------------------------------------------


def in_blocks(brains: int) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """A connection rule of our own: all to all, but within each brain only."""

    def rule(
        pre: ns.wiring.Population, post: ns.wiring.Population, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        brain_of = [np.arange(side.size) * brains // side.size for side in (pre, post)]
        sources, targets = np.nonzero(brain_of[0][:, None] == brain_of[1])
        return sources, targets

    return rule


def side_by_side(shapes: Mapping[str, Sequence[int]], brains: int, seed: int, skip: str = "") -> ns.Network:
    """For each shape, the sizes of its hidden layers, so many brains in one graph; they share two inputs.

    In the shape called `skip` every layer listens to all earlier ones, not to the last alone.
    """
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    for shape, layers in shapes.items():
        earlier = ["x"]
        for number, size in enumerate([*layers, 1]):
            name, last = f"{shape} {number}", number == len(layers)
            regions.add_node(name, size=size * brains, mode="sigmoid" if last else "relu", output=last)
            for source in earlier if shape == skip else earlier[-1:]:
                regions.add_edge(source, name, wiring=None if source == "x" else in_blocks(brains))
            earlier.append(name)
    return ns.Network.from_regions(regions, rng=seed)


def learn(net: ns.Network, samples: Samples, epochs: int, seed: int) -> None:
    """Teach all brains the same samples; the loss adds up over them, so each learns as if it were alone."""
    X, labels = samples
    targets = np.repeat(labels[:, None], len(net.outputs), axis=1)
    ns.train(
        net, X, targets, loss="binary_cross_entropy", optimizer=ns.Adam(0.02), epochs=epochs, batch_size=25, rng=seed
    )


def judge(net: ns.Network, samples: Samples, brains: int) -> tuple[np.ndarray, np.ndarray]:
    """The accuracy and the loss (binary cross-entropy) of every brain, shape (shapes, brains)."""
    X, labels = samples
    rates = np.clip(ns.respond(net, X), 1e-9, 1 - 1e-9)
    right = (rates >= 0.5) == labels[:, None]
    losses = -np.log(np.where(labels[:, None], rates, 1 - rates))
    return right.mean(axis=0).reshape(-1, brains), losses.mean(axis=0).reshape(-1, brains)


def decide(net: ns.Network, column: int) -> Callable[[np.ndarray], np.ndarray]:
    """What one of the brains answers at points."""

    def answers(points: np.ndarray) -> np.ndarray:
        return ns.respond(net, points)[:, column]

    return answers


def tell_island(story: ns.Story, brains: int, epochs: int) -> None:
    """More lines."""
    story.title("One, two, three lines")
    rng = np.random.default_rng(story.seed)
    known, new = island(rng, 200), island(rng, 1000)
    net = side_by_side({str(size): [size] for size in SIZES}, brains, story.seed)
    learn(net, known, epochs, story.seed)
    accuracy = judge(net, new, brains)[0]
    story.say(
        f"An island, and a ring of the other class around it. Networks with {', '.join(map(str, SIZES[:-1]))} and "
        f"{SIZES[-1]} hidden relu neurons learn 200 samples, {brains} of each, from random weights of their own; 1,000 "
        "new samples test them."
    )
    columns = ["hidden neurons", "accuracy, mean", "best", "worst"]
    rows = [[size, row.mean(), row.max(), row.min()] for size, row in zip(SIZES, accuracy, strict=True)]
    story.table(columns, rows)
    best = dict(zip(SIZES, accuracy.max(axis=1).tolist(), strict=True))
    story.claim("accuracy on new samples: the best network with 1 hidden neuron", best[1], at_most=0.75)
    story.claim("the best with 2, whose border stays open somewhere", best[2], at_most=0.9)
    story.claim("the best with 3, whose border can close", best[3], at_least=0.94)
    story.claim("the mean of those with 16", float(accuracy[-1].mean()), at_least=0.95)
    shown = [int(row.argmax()) + number * brains for number, row in enumerate(accuracy)]
    titles = [f"{size} hidden: {best[size]:.0%}" for size in SIZES]
    maps = {title: decide(net, column) for title, column in zip(titles, shown, strict=True)}
    drawing = ns.charts.decision_maps(maps, *known, columns=3)
    caption = "What the best network of each size answers in the plane: a line, a bend, an island from three on."
    story.picture(drawing, "maps", caption, cover=True)


def tell_by_heart(story: ns.Story, brains: int, epochs: int) -> None:
    """Training against new samples."""
    story.title("By heart")
    rng, sizes = np.random.default_rng(story.seed), (1, 2, 4, 8, 16, 32)
    known, new = (ns.datasets.moons(count, noise=0.35, rng=rng) for count in (30, 2000))
    net = side_by_side({str(size): [size] for size in sizes}, brains, story.seed)
    learn(net, known, epochs, story.seed)
    loss = {name: judge(net, samples, brains)[1] for name, samples in (("30 samples learnt", known), ("new ones", new))}
    trained, tested = (values.mean(axis=1) for values in loss.values())
    right = judge(net, new, brains)[0].mean(axis=1)
    story.say(
        "Two noisy half moons that overlap, and only 30 samples to learn. The more hidden neurons, the better are "
        f"those known: from 1 neuron to {sizes[-1]} their loss falls from {trained[0]:.2f} to {trained[-1]:.2f}. On "
        f"new samples it is lowest with {sizes[int(tested.argmin())]} of them, {tested.min():.2f}, and for {sizes[-1]} "
        f"it is {tested[-1]:.2f}. The share of right answers goes from {right[0]:.0%} to {right[-1]:.0%}; what makes "
        "the loss grow is to be sure where one is wrong."
    )
    ratio = float(trained[-1] / trained[0])
    story.claim("loss on what was learnt, with 32 hidden neurons over that with 1", ratio, at_most=0.6)
    story.claim("loss on new samples over that, with 32", float(tested[-1] / trained[-1]), at_least=2)
    story.claim("loss on new samples, with 32 over the lowest", float(tested[-1] / tested.min()), at_least=1.05)
    drawing = ns.charts.repeated(
        sizes, loss, xlabel="hidden neurons", ylabel="loss (binary cross-entropy)", doubling=True
    )
    caption = f"Mean of {brains} networks, with 95 % intervals: what was learnt gets ever better, what is new does not."
    story.picture(drawing, "by_heart", caption)


def folding(layers: int) -> ns.Network:
    """Two relu neurons a layer, by hand: each layer folds the interval from 0 to 1 in two, 2 a - 4 b."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    before: list[tuple[str, float]] = [("x", 1.0)]
    for layer in range(layers):
        for name, threshold in (("a", 0.0), ("b", 0.5)):
            graph.add_node(f"{name}{layer}", mode="relu", threshold=threshold)
            graph.add_weighted_edges_from([(source, f"{name}{layer}", weight) for source, weight in before])
        before = [(f"a{layer}", 2.0), (f"b{layer}", -4.0)]
    graph.add_node("y", mode="linear")
    graph.add_weighted_edges_from([(source, "y", weight) for source, weight in before])
    return ns.Network.from_graph(graph)


def pieces(net: ns.Network) -> int:
    """How many straight pieces its answer has from 0 to 1; exact, for its corners lie on the grid."""
    slopes = np.diff(ns.respond(net, np.linspace(0, 1, 2**12 + 1)[:, None])[:, 0])
    return 1 + int((np.diff(slopes) != 0).sum())


def tell_folds(story: ns.Story) -> None:
    """What depth can do, exactly."""
    story.title("Folding")
    depths = range(1, 7)
    counts = [pieces(folding(depth)) for depth in depths]
    story.say(
        "Each relu neuron of a single hidden layer has one corner, so n of them make a curve of at most n + 1 straight "
        "pieces. Layers multiply: here are two neurons a layer, set by hand."
    )
    rows = [[depth, 2 * depth, count, 2 * depth + 1, count - 1] for depth, count in zip(depths, counts, strict=True)]
    columns = ["layers", "neurons", "pieces", "as many in one layer: at most", "one layer would need"]
    story.table(columns, rows)
    wrong = sum(count != 2**depth for depth, count in zip(depths, counts, strict=True))
    story.claim("depths of which the curve has not just 2^depth pieces", wrong, equals=0)
    x = np.linspace(0, 1, 513)
    lines = {
        f"{depth} layers" if depth > 1 else "1 layer": ns.respond(folding(depth), x[:, None])[:, 0]
        for depth in (1, 2, 4)
    }
    drawing = ns.charts.curves(x, lines, xlabel="input", ylabel="output", dots=())
    story.picture(
        drawing, "folds", "Two neurons a layer: each layer folds the interval once more, and doubles the pieces."
    )


def tell_layers(story: ns.Story, brains: int, epochs: int) -> None:
    """What depth does when it has to be learnt."""
    story.title("One more layer, or one wider")
    rng = np.random.default_rng(story.seed)
    known, new = spirals(rng, 300), spirals(rng, 1000)
    shapes = {"26": [26], "8 + 8": [8, 8], "7 + 7, skipping": [7, 7]}
    skip = list(shapes)[-1]
    net = side_by_side(shapes, brains, story.seed, skip)
    learn(net, known, epochs, story.seed)
    accuracy = judge(net, new, brains)[0]
    sizes = [side_by_side({shape: layers}, 1, 0, skip).n_parameters for shape, layers in shapes.items()]
    story.say(
        "Two spirals, and nearly as many weights and thresholds put to use in three ways: one hidden layer; two; and "
        "two where each layer, the output too, also listens to all earlier ones (skip connections). There are "
        f"{brains} networks of each."
    )
    columns = ["hidden neurons", "parameters", "accuracy on new samples, mean", "worst", "best"]
    rows = [
        [shape, size, row.mean(), row.min(), row.max()]
        for shape, size, row in zip(shapes, sizes, accuracy, strict=True)
    ]
    story.table(columns, rows)
    wide, deep, skipping = accuracy
    story.claim("parameters: the largest over the smallest", max(sizes) / min(sizes), at_most=1.03)
    story.claim("two layers over one: accuracy gained, mean", float(deep.mean() - wide.mean()), at_least=0.005)
    gain = skipping.mean() - deep.mean()
    sure = 1.96 * np.sqrt((skipping.var(ddof=1) + deep.var(ddof=1)) / brains)
    beyond = "that is beyond chance" if abs(gain) > sure else "with so few networks that may be chance"
    story.say(
        f"Skip connections change the mean by {gain:+.3f}, with a 95 % interval of {sure:.3f} either way: {beyond}."
    )


@ns.scenario
def main(story: ns.Story) -> None:
    """More neurons, too many neurons, more layers."""
    brains = 8
    tell_island(story, brains, 60 if story.quick else 100)
    tell_by_heart(story, brains, 300)
    tell_folds(story)
    tell_layers(story, brains, 60 if story.quick else 100)


@main.question(
    "How many straight pieces has the curve with 5 layers of two neurons each?", hint="Each layer doubles them."
)
def folded() -> int:
    """Count them."""
    return pieces(folding(5))


@main.question(
    "How many weights and thresholds has a network of 2 inputs, hidden layers of 5 and 4, and 1 output?",
    hint="Every neuron but the inputs has a threshold, and a weight from each neuron of the layer before.",
)
def parameters() -> int:
    """Build it."""
    return side_by_side({"deep": [5, 4]}, 1, 0).n_parameters


@main.question("Can a hidden layer of linear neurons close lines around the island?", hint="neurosim run xor")
def linear_island() -> bool:
    """Whether 16 of them learn it, from eight beginnings."""
    net = side_by_side({"16": [16]}, 8, 0)
    flat = net.with_mode("linear", regions=["16 0"])
    samples = island(np.random.default_rng(0), 200)
    learn(flat, samples, 20, 0)
    return bool((judge(flat, samples, 8)[0] > 0.9).any())


if __name__ == "__main__":
    main.run_as_script()
