"""XOR from a hundred random beginnings: sigmoid cells, hardened ones, binary ones with a surrogate slope (L19).

A nerve cell fires or it does not; there is no half an impulse. The binary neuron of McCulloch and Pitts (Bulletin of
Mathematical Biophysics 5, Chicago, 1943) keeps that, and so it cannot be taught by gradients: its answer is a step,
whose slope is 0 wherever there is one. Two ways out are compared. Train graded cells (sigmoid), and harden them
afterwards. Or keep the cells binary, and let a smooth curve, a surrogate, stand in for the step's slope on the way
back only (Neftci, Mostafa and Zenke, IEEE Signal Processing Magazine 36, 2019).

Learning is a walk downhill from a random place, and may end in a hollow that is no solution. So one success proves
little: here it is counted from many beginnings. Left out: impulses in time, and how a cell would know such a slope.
"""

import networkx as nx
import numpy as np

import neurosim as ns

X, XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
HIDDEN = 4  # cells between the two inputs and the output of each brain


def beginnings(hidden: str, count: int, seed: int, cells: int = HIDDEN) -> ns.Network:
    """Many brains in one graph: all see the same two inputs, each has hidden cells and an output of its own.

    The loss is a sum over all outputs, so the gradient of each brain is its own, and training them together is
    training each alone, in the time of one.
    """
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2)
    regions.add_node("hidden", size=cells * count, mode=hidden)
    regions.add_node("y", size=count, mode="sigmoid")
    regions.add_edge("x", "hidden")
    regions.add_edge("hidden", "y", wiring=ns.wiring.explicit([(cell, cell // cells) for cell in range(cells * count)]))
    return ns.Network.from_regions(regions, rng=seed)


def learn(brains: ns.Network, epochs: int, surrogate: str | None = None) -> None:
    """Train all of them."""
    wanted, adam = np.tile(XOR[:, None], len(brains.outputs)), ns.Adam(0.1)
    ns.train(brains, X, wanted, loss="binary_cross_entropy", optimizer=adam, epochs=epochs, surrogate=surrogate)


def share_solved(brains: ns.Network) -> float:
    """Of the brains that answer all four rows rightly: the output reaches one half where it should, and only there."""
    return float(((ns.respond(brains, X) >= 0.5) == XOR[:, None]).all(axis=0).mean())


@ns.scenario
def main(story: ns.Story) -> None:
    """Train every kind of cell from all beginnings, and count."""
    count, epochs = (40, 300) if story.quick else (100, 1000)
    story.title("Many beginnings")
    story.say(
        f"A brain of two inputs, {HIDDEN} hidden cells between them and one output begins with random weights. Will it "
        f"learn XOR, one or the other but not both? Here are {count} beginnings, side by side in one graph, trained "
        f"for {epochs} epochs (an epoch sees all four rows once). Sigmoid cells have a slope to learn by. Hardened are "
        "the same trained brains with every cell, the output too, made binary. Binary cells learn by a surrogate, a "
        f"curve in place of their missing slope; here are {len(ns.surrogates.SURROGATES)}. The oldest, "
        "straight-through, pretends that the step is a straight line."
    )
    graded = beginnings("sigmoid", count, story.seed)
    learn(graded, epochs)
    shares = {"sigmoid": share_solved(graded), "sigmoid, hardened to binary": share_solved(graded.with_mode("binary"))}
    for surrogate in ns.surrogates.SURROGATES:
        binary = beginnings("binary", count, story.seed)
        learn(binary, epochs, surrogate)
        shares[f"binary, {surrogate}"] = share_solved(binary)
    story.table(["hidden cells", "share of beginnings that end with XOR solved"], [[*row] for row in shares.items()])
    graded_least, binary_least = (0.7, 0.6) if story.quick else (0.95, 0.8)
    story.claim("sigmoid cells: share of beginnings that end with XOR solved", shares["sigmoid"], at_least=graded_least)
    text = "binary cells, arctan surrogate: share of beginnings that end with XOR solved"
    story.claim(text, shares["binary, arctan"], at_least=binary_least)
    better = min(shares["binary, arctan"], shares["binary, sigmoid"]) - shares["binary, straight_through"]
    text = "share solved by the worse of arctan and sigmoid surrogates, less that by straight-through"
    story.claim(text, better, at_least=0.2)
    hidden = ns.activity(binary, X)[:, 2 : 2 + HIDDEN * count]
    story.claim("rates of binary hidden cells are 0 or 1 exactly", bool(np.isin(hidden, (0, 1)).all()))
    caption = "How many of the beginnings end in a brain that computes XOR, by the kind of its hidden cells."
    drawing = ns.charts.bars(shares, xlabel="share of random beginnings that end with XOR solved", percent=True)
    story.picture(drawing, "success", caption, cover=True)


@main.question(
    "A binary neuron with drive 0.3: what is the slope of its step there, the one that a gradient would need?",
    hint="How much does the rate change if the drive changes a little?",
)
def slope_of_a_step() -> float:
    """Of the binary mode itself."""
    return float(ns.Binary().derivative(np.array([0.3]))[0])


@main.question(
    "What is the least number of hidden cells, 1, 2, 3 or 4, with which any of 20 sigmoid beginnings learns XOR?",
    hint="Each hidden cell draws one line in the plane of the two inputs. Change HIDDEN and run it.",
)
def fewest() -> int:
    """The least number that some beginning succeeds with."""
    for cells in range(1, HIDDEN + 1):
        brains = beginnings("sigmoid", 20, seed=0, cells=cells)
        learn(brains, 200)
        if share_solved(brains) > 0:
            break
    return cells


if __name__ == "__main__":
    main.run_as_script()
