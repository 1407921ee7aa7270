"""XOR: no single threshold neuron can do it, a hidden layer can: graded by learning, binary by hand (L13, L14)."""

import networkx as nx
import numpy as np

import neurosim as ns

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([0, 1, 1, 0])
XNOR = 1 - XOR  # the table that the lecture prints under the name of XOR
STARTS = 10  # brains that begin with weights of their own
HIDDEN = 16  # neurons of each
EPOCHS = 100


def every_neuron_on_a_grid(steps: int) -> ns.Network:
    """One network of many binary neurons on the same two inputs: all weights and thresholds from -2 to 2."""
    values = np.linspace(-2, 2, steps)
    w1, w2, threshold = (grid.ravel() for grid in np.meshgrid(values, values, values))
    neurons = np.arange(len(w1)) + 2
    return ns.Network.from_arrays(
        pre=np.repeat([0, 1], len(neurons)),
        post=np.tile(neurons, 2),
        weight=np.concatenate([w1, w2]),
        thresholds=np.concatenate([[0, 0], threshold]),
        names=["x1", "x2", *(f"n{i}" for i in range(len(neurons)))],
    )


def by_hand() -> ns.Network:
    """Either but not both: two binary neurons feed a third."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("either", mode="binary", threshold=1)
    graph.add_node("both", mode="binary", threshold=2)
    graph.add_node("xor", mode="binary", threshold=1)
    graph.add_weighted_edges_from([("x1", "either", 1), ("x2", "either", 1), ("x1", "both", 1), ("x2", "both", 1)])
    graph.add_weighted_edges_from([("either", "xor", 1), ("both", "xor", -1)])
    return ns.Network.from_graph(graph)


def side_by_side(mode: str, seed: int) -> ns.Network:
    """Many brains in one graph: all see the same two inputs, and each output listens to hidden neurons of its own."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    regions.add_node("hidden", size=STARTS * HIDDEN, mode=mode)
    regions.add_node("y", size=STARTS, mode="sigmoid")
    regions.add_edge("x", "hidden")
    regions.add_edge("hidden", "y", wiring=in_groups)
    return ns.Network.from_regions(regions, rng=seed)


def in_groups(
    pre: ns.wiring.Population, post: ns.wiring.Population, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A connection rule of our own: the first neurons of one region to the first of the other, and so on."""
    sources = np.arange(pre.size)
    return sources, sources * post.size // pre.size


def learn(brains: ns.Network) -> ns.History:
    """Teach XOR to every brain; the loss adds up over them, so each learns as if it were alone."""
    wanted = np.tile(XOR[:, None], STARTS)
    return ns.train(brains, X, wanted, loss="binary_cross_entropy", optimizer=ns.Adam(0.1), epochs=EPOCHS)


def right_rows(brains: ns.Network) -> np.ndarray:
    """The share of rows that each brain answers rightly."""
    right: np.ndarray = ((ns.respond(brains, X) >= 0.5) == XOR[:, None]).mean(axis=0)
    return right


def one_of(brains: ns.Network, number: int) -> ns.Network:
    """One brain out of the graph: the inputs, an output and its hidden neurons."""
    output = brains.outputs[number]
    graph = brains.to_graph()
    graph.remove_nodes_from(graph.nodes - {*brains.inputs, *brains[output].dendrites, output})
    return ns.Network.from_graph(graph)


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell why one neuron fails, and what a hidden layer changes."""
    story.title("One neuron")
    story.say(
        "The slide's truth table, (1,1) -> 1, (0,0) -> 1, (1,0) -> 0, (0,1) -> 0, is that of XNOR, the opposite of "
        "XOR. Here are both; one neuron can do neither."
    )
    story.table(["x1", "x2", "XOR", "XNOR"], np.column_stack([X, XOR, XNOR]).tolist())
    rows = np.column_stack([X, -np.ones(4)])  # each row times (w1, w2, threshold) is a drive
    firing, silent = (rows[wanted == XOR].sum(axis=0).astype(int).tolist() for wanted in (1, 0))
    story.say(
        f"Add up the drives of the two rows that must fire: {firing} times [w1, w2, threshold]. Add up those that must "
        f"not: {silent} times the same. The two sums are one number, which would have to be 0 or more for XOR's ones "
        "and less than 0 for its zeros. So there are no such weights; with the roles exchanged, none for XNOR."
    )
    story.claim("the rows that must fire and those that must not add up to the same drive", firing == silent)

    net = every_neuron_on_a_grid(9 if story.quick else 17)
    answers = ns.respond(net, X)
    for name, truth in (("XOR", XOR), ("XNOR", XNOR)):
        most = int((answers == truth[:, None]).sum(axis=0).max())
        neurons = f"{answers.shape[1]:,} threshold neurons on a grid"
        story.claim(f"of {neurons}, the best gets this many rows of {name}", most, equals=3)

    story.title("A hidden layer, by hand: binary")
    hand = by_hand()
    story.say(
        "'either' fires for one input or two, 'both' for two only; the first excites 'xor', the second inhibits it."
    )
    said = "".join(f"{y:.0f}" for y in ns.respond(hand, X)[:, 0])
    story.claim("the hand-set binary network's answers to 00, 01, 10, 11", said, equals="0110")
    story.picture(ns.plot(hand), "by_hand")

    story.title("A hidden layer, by learning: graded")
    story.say(
        f"One graph can hold many brains. Here are {STARTS} that start at random weights, each with {HIDDEN} hidden "
        "neurons and an output of its own; they share the two inputs and learn together."
    )
    losses = {}
    for mode in ("linear", "sigmoid", "relu"):
        brains = side_by_side(mode, story.seed)
        losses[f"{mode} hidden neurons"] = learn(brains)["loss"] / STARTS
        right = right_rows(brains)
        if mode == "linear":
            story.say("A linear hidden layer collapses into one matrix: still a single neuron.")
            claimed = f"best of {STARTS} brains with a linear hidden layer: share of rows"
            story.claim(claimed, right.max(), at_most=0.75)
        else:
            claimed = f"share of {STARTS} starts from which {HIDDEN} {mode} hidden neurons learn XOR"
            story.claim(claimed, (right == 1).mean(), at_least=0.8)
    label = f"loss (binary cross-entropy), mean of {STARTS} brains"
    story.picture(ns.charts.curves(np.arange(EPOCHS) + 1, losses, xlabel="epoch", ylabel=label, dots=()), "learning")
    learnt = one_of(brains, int(right.argmax()))
    story.picture(ns.plot(learnt, most=HIDDEN), "learnt")


if __name__ == "__main__":
    main.run_as_script()
