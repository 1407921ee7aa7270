"""XOR: no single threshold neuron can do it, a hidden layer can: graded by learning, binary by hand (L13, L14).

"One or the other, but not both", exclusive or, is the smallest task that a threshold neuron cannot do: it weighs
its inputs, and an input that counts in favour alone cannot count against in company. Minsky and Papert made it
famous (Perceptrons, MIT Press, 1969). The cure is a layer of neurons between input and output, the hidden layer, whose
answers are not linear: a cortex has such cells in any number.

A cell of flesh is not so poor: single dendrites of human cortical neurons compute XOR (Gidon et al., Science, 2020).
The point neuron of this model has one threshold and no such dendrites. Why no weights can work is proved, and drawn, in
`xor_impossible`; here is the short version, and what helps. How sure learning is to succeed: `xor_seeds`.
"""

import networkx as nx
import numpy as np

import neurosim as ns

X, XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
STARTS, HIDDEN, EPOCHS = 5, 16, 100


def by_hand(inhibition: float = -1) -> ns.Network:
    """Either but not both: two binary neurons feed a third."""
    pre, post, weights = [0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], [1, 1, 1, 1, 1, inhibition]
    names, thresholds = ["x1", "x2", "either", "both", "xor"], [0, 0, 1, 2, 1]
    return ns.Network.from_arrays(pre, post, weights, names=names, thresholds=thresholds)


def newborn(mode: str, seed: int) -> ns.Network:
    """Two inputs, a hidden layer of neurons of this mode and a sigmoid output, with random weights."""
    layers: nx.DiGraph[str] = nx.DiGraph()
    layers.add_node("x", size=2)
    layers.add_node("hidden", size=HIDDEN, mode=mode)
    layers.add_node("y", size=1, mode="sigmoid")
    nx.add_path(layers, layers.nodes)
    return ns.Network.from_regions(layers, rng=seed)


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell why one neuron fails, and what a hidden layer changes."""
    story.title("One neuron")
    story.say(
        "The slide's truth table, (1,1) -> 1, (0,0) -> 1, (1,0) -> 0, (0,1) -> 0, is that of XNOR, the opposite of "
        "XOR. Here are both; one neuron can do neither."
    )
    story.table(["x1", "x2", "XOR", "XNOR"], np.column_stack([X, XOR, 1 - XOR]).tolist())
    rows = np.column_stack([X, -np.ones(4, dtype=int)])  # each row times (w1, w2, threshold) is a drive
    firing, silent = rows[XOR == 1].sum(axis=0).tolist(), rows[XOR == 0].sum(axis=0).tolist()
    story.say(
        "A neuron fires if its drive, w1 x1 + w2 x2 - threshold, is 0 or more. Add up the drives of the two rows that "
        f"must fire: {firing[0]} x w1 + {firing[1]} x w2 - {-firing[2]} x threshold. Add up those of the two that must "
        f"be silent: {silent[0]} x w1 + {silent[1]} x w2 - {-silent[2]} x threshold. The two sums are the same, but "
        "the first must be 0 or more and the second less than 0. So there are no such weights; with the roles "
        "exchanged, none for XNOR."
    )
    story.claim("XOR: the rows that must fire and those that must not add up to the same drive", firing == silent)

    story.title("A hidden layer, by hand: binary")
    story.say("'either' fires for one input or two, 'both' for two only; the one excites 'xor', the other inhibits it.")
    said = "".join(f"{y:.0f}" for y in ns.respond(by_hand(), X)[:, 0])
    story.claim("the hand-set binary network's answers to 00, 01, 10, 11", said, equals="0110")
    caption = "Three binary neurons (\u03b8: threshold) compute XOR: 'either' excites the last one, 'both' inhibits it."
    story.picture(ns.plot(by_hand()), "by_hand", caption, cover=True)

    story.title("A hidden layer, by learning: graded")
    story.say(
        f"Now {HIDDEN} hidden neurons learn from the four rows by gradient descent, from {STARTS} random beginnings; "
        "in an epoch all rows are seen once. The loss, binary cross-entropy, is large where an output is sure and "
        "wrong. A row is answered rightly if the output reaches one half where it should, and only there. Linear "
        "hidden neurons do no more than a single neuron (see linear_collapse), so they get three rows right at most. "
        "Often they get fewer: they are trained for the loss, and theirs is least with one half for every row, a guess."
    )
    losses = {}
    for mode in ("linear", "sigmoid", "relu"):
        right, loss = [], np.zeros(EPOCHS)
        for seed in range(story.seed, story.seed + STARTS):
            brain, adam = newborn(mode, seed), ns.Adam(0.1)
            loss += ns.train(brain, X, XOR, loss="binary_cross_entropy", optimizer=adam, epochs=EPOCHS)["loss"]
            right.append(int(((ns.respond(brain, X)[:, 0] >= 0.5) == XOR).sum()))
        losses[f"{mode} hidden neurons"] = loss / STARTS
        if mode == "linear":
            text = f"most of the 4 rows right in any of {STARTS} brains with linear hidden neurons"
            story.claim(text, max(right), at_most=3)
        else:
            learn = f"share of {STARTS} beginnings from which {HIDDEN} {mode} hidden neurons learn XOR"
            story.claim(learn, right.count(4) / STARTS, at_least=0.8)
    ylabel = f"loss (binary cross-entropy), mean of {STARTS} brains"
    drawing = ns.charts.curves(np.arange(EPOCHS) + 1, losses, xlabel="epoch", ylabel=ylabel, dots=())
    caption = "Linear hidden neurons never get below the loss of guessing one half, 0.69; sigmoid and relu ones learn."
    story.picture(drawing, "learning", caption)


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
    net = ns.Network.from_arrays([0, 1, 0, 1, 2], [2, 2, 3, 3, 3], [1, 1, 1, 1, -2], thresholds=[0, 0, 2, 1])
    assert (ns.respond(net, X)[:, 0] == XOR).all()
    return len(net) - len(net.inputs)


if __name__ == "__main__":
    main.run_as_script()
