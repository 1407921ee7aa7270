"""XOR: no single threshold neuron can do it, a hidden layer can: graded by learning, binary by hand (L13, L14).

"One or the other, but not both", exclusive or, is the smallest task that a threshold neuron cannot do: it weighs
its inputs, and a second input that counts in favour alone cannot count against in company. Minsky and Papert made it
famous (Perceptrons, MIT Press, 1969). The cure is a layer of neurons between input and output, the hidden layer, whose
answers are not linear: a cortex has such cells in any number.

A cell of flesh is not so poor: single dendrites of human cortical neurons compute XOR (Gidon et al., Science, 2020).
The point neuron of this model has one threshold and no such dendrites. Why no weights can work is proved, and drawn, in
`xor_impossible`; here is the short version, and what helps. How sure learning is to succeed: `xor_seeds`.
"""

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


def by_hand(inhibition: float = -1) -> ns.Network:
    """Either but not both: two binary neurons feed a third."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("either", mode="binary", threshold=1)
    graph.add_node("both", mode="binary", threshold=2)
    graph.add_node("xor", mode="binary", threshold=1)
    graph.add_weighted_edges_from([("x1", "either", 1), ("x2", "either", 1), ("x1", "both", 1), ("x2", "both", 1)])
    graph.add_weighted_edges_from([("either", "xor", 1), ("both", "xor", inhibition)])
    return ns.Network.from_graph(graph)


def side_by_side(mode: str, seed: int) -> ns.Network:
    """Many brains in one graph: all see the same two inputs, and each output listens to hidden neurons of its own."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    regions.add_node("hidden", size=STARTS * HIDDEN, mode=mode)
    regions.add_node("y", size=STARTS, mode="sigmoid")
    regions.add_edge("x", "hidden")
    own = [(i, i // HIDDEN) for i in range(STARTS * HIDDEN)]
    regions.add_edge("hidden", "y", wiring=ns.wiring.explicit(own))
    return ns.Network.from_regions(regions, rng=seed)


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
        f"A neuron fires if its drive, w1 x1 + w2 x2 - threshold, is 0 or more. Add up the drives of the two rows that "
        f"must fire: {firing} times [w1, w2, threshold]. Add up those that must not: {silent} times the same. The two "
        "sums are one number, which would have to be 0 or more for XOR's ones and less than 0 for its zeros. So there "
        "are no such weights; with the roles exchanged, none for XNOR. xor_impossible goes on from here."
    )
    story.claim("the rows that must fire and those that must not add up to the same drive", firing == silent)
    net = every_neuron_on_a_grid(9 if story.quick else 17)
    answers = ns.respond(net, X)
    for name, truth in (("XOR", XOR), ("XNOR", XNOR)):
        most = int((answers == truth[:, None]).sum(axis=0).max())
        neurons = f"{answers.shape[1]:,} threshold neurons on a grid"
        story.claim(f"of {neurons}, the best gets this many rows of {name}", most, equals=3)

    story.title("A hidden layer, by hand: binary")
    story.say(
        "'either' fires for one input or two, 'both' for two only; the first excites 'xor', the second inhibits it."
    )
    said = "".join(f"{y:.0f}" for y in ns.respond(by_hand(), X)[:, 0])
    story.claim("the hand-set binary network's answers to 00, 01, 10, 11", said, equals="0110")
    caption = "Three binary neurons that compute XOR: 'either' excites the last one and 'both' inhibits it."
    story.picture(ns.plot(by_hand()), "by_hand", caption, cover=True)

    story.title("A hidden layer, by learning: graded")
    story.say(
        f"One graph can hold many brains. Here are {STARTS} that start at random weights, each with {HIDDEN} hidden "
        "neurons and an output of its own; they share the two inputs and learn together, by gradient descent. The loss "
        "adds up over them, so each learns as if it were alone."
    )
    losses = {}
    for mode in ("linear", "sigmoid", "relu"):
        brains, wanted = side_by_side(mode, story.seed), np.tile(XOR[:, None], STARTS)
        history = ns.train(brains, X, wanted, loss="binary_cross_entropy", optimizer=ns.Adam(0.1), epochs=EPOCHS)
        losses[f"{mode} hidden neurons"] = history["loss"] / STARTS
        right = ((ns.respond(brains, X) >= 0.5) == XOR[:, None]).mean(axis=0)  # share of rows, of each brain
        if mode == "linear":
            story.say("A linear hidden layer collapses into one matrix: still a single neuron.")
            claimed = f"best of {STARTS} brains with a linear hidden layer: share of rows"
            story.claim(claimed, right.max(), at_most=0.75)
        else:
            claimed = f"share of {STARTS} starts from which {HIDDEN} {mode} hidden neurons learn XOR"
            story.claim(claimed, (right == 1).mean(), at_least=0.8)
    label = f"loss (binary cross-entropy), mean of {STARTS} brains"
    drawing = ns.charts.curves(np.arange(EPOCHS) + 1, losses, xlabel="epoch", ylabel=label, dots=())
    story.picture(drawing, "learning", "Linear hidden neurons never get below a guess's loss, ln 2; the others learn.")
    learnt = one_of(brains, int(right.argmax()))
    story.picture(ns.plot(learnt, most=HIDDEN), "learnt", "A brain that has learnt XOR with relu neurons; few matter.")


@main.question(
    "By hand: if the inhibition of 'xor' by 'both' were only -0.5 in place of -1, would the network still compute XOR?",
    hint="For the input 11 both hidden neurons fire. What is the drive of 'xor' then?",
)
def weaker() -> bool:
    """With half the inhibition."""
    return bool((ns.respond(by_hand(-0.5), X)[:, 0] == XOR).all())


@main.question(
    "How many neurons, the inputs not counted, remain if 'either' is left out and both inputs excite 'xor' directly?",
    hint="Give 'both' -> 'xor' the weight -2 and draw up the truth table.",
)
def with_skip_connections() -> int:
    """Two, if the answers are right still."""
    graph = by_hand(-2).to_graph()
    graph.remove_node("either")
    graph.add_weighted_edges_from([("x1", "xor", 1), ("x2", "xor", 1)])
    net = ns.Network.from_graph(graph)
    assert (ns.respond(net, X)[:, 0] == XOR).all()
    return len(net) - len(net.inputs)


if __name__ == "__main__":
    main.run_as_script()
