"""XOR from a hundred random beginnings: sigmoid cells, hardened ones, binary ones with a surrogate slope (L19)."""

import networkx as nx
import numpy as np

import neurosim as ns

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([0, 1, 1, 0])


def build(hidden: str, seed: int) -> ns.Network:
    """Two inputs, four hidden cells, one sigmoid output."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    regions.add_node("hidden", size=4, mode=hidden)
    regions.add_node("y", size=1, mode="sigmoid")
    nx.add_path(regions, ["x", "hidden", "y"])
    return ns.Network.from_regions(regions, rng=seed)


def side_by_side(brains: list[ns.Network]) -> ns.Network:
    """Many brains in one graph, with no synapse between them.

    The loss is a sum over all outputs, so the gradient of each brain is its own, and training them together is
    training each alone, in the time of one.
    """
    union: nx.DiGraph[str] = nx.DiGraph()
    for number, brain in enumerate(brains):
        graph = nx.relabel_nodes(brain.to_graph(), {name: f"{number}: {name}" for name in brain.names})
        graph.nodes[f"{number}: y[0]"]["output"] = True
        union.update(graph)
    return ns.Network.from_graph(union)


def solved(brains: ns.Network) -> np.ndarray:
    """Which of the brains answer all four rows rightly: the output reaches one half where it should, and only there."""
    rates = ns.respond(brains, np.tile(X, len(brains.outputs)))
    right: np.ndarray = ((rates >= 0.5) == XOR[:, None]).all(axis=0)
    return right


def learn(hidden: str, seeds: range, epochs: int, surrogate: str | None) -> tuple[ns.Network, ns.History]:
    """Train one brain for each seed."""
    brains = side_by_side([build(hidden, seed) for seed in seeds])
    stimulus = np.tile(X, len(seeds))
    targets = np.repeat(XOR[:, None], len(seeds), axis=1).astype(float)
    history = ns.train(
        brains,
        stimulus,
        targets,
        loss="binary_cross_entropy",
        optimizer=ns.Adam(0.1),
        epochs=epochs,
        batch_size=None,
        surrogate=surrogate,
    )
    return brains, history


@ns.scenario
def main(story: ns.Story) -> None:
    """Train every kind of cell from all beginnings, and count."""
    count, epochs = (40, 500) if story.quick else (100, 1000)
    seeds = range(story.seed, story.seed + count)
    story.say(
        f"A brain of two inputs, four hidden cells and one output begins with random weights. Will it learn XOR? "
        f"Here are {count} beginnings, side by side in one graph, trained for {epochs} epochs by Adam."
    )
    rates, losses = {}, {}
    graded, history = learn("sigmoid", seeds, epochs, None)
    losses["sigmoid"] = history["loss"] / count  # the brains' losses add up, for all are in one graph
    rates["sigmoid"] = float(solved(graded).mean())
    rates["sigmoid, hardened to binary"] = float(solved(graded.with_mode("binary")).mean())
    for surrogate in ns.surrogates.SURROGATES:
        binary, history = learn("binary", seeds, epochs, surrogate)
        losses[f"binary, {surrogate}"] = history["loss"] / count
        rates[f"binary, {surrogate}"] = float(solved(binary).mean())
    story.table(["hidden cells", "share that solve XOR"], [[name, rate] for name, rate in rates.items()])
    story.say(
        "Hardened: the trained sigmoid brains with every cell, the output too, made binary, without further training."
    )
    least = {"sigmoid": 0.7, "binary": 0.6} if story.quick else {"sigmoid": 0.95, "binary": 0.8}
    story.claim("sigmoid cells", rates["sigmoid"], at_least=least["sigmoid"])
    story.claim("binary cells, arctan surrogate", rates["binary, arctan"], at_least=least["binary"])
    all_or_none = bool(np.isin(hidden_rates(binary), (0, 1)).all())
    story.claim("rates of binary hidden cells are 0 or 1 exactly", all_or_none)
    label = "share of random beginnings that end with XOR solved"
    story.picture(ns.charts.bars(rates, xlabel=label, percent=True), "success")
    drawing = ns.charts.curves(
        np.arange(epochs) + 1,
        losses,
        xlabel="epoch",
        ylabel=f"loss (binary cross-entropy), mean of {count} brains",
        dots=(),
    )
    drawing.set_title("training, by the kind of hidden cells", fontsize=9.5, loc="left")
    story.picture(drawing, "learning")


def hidden_rates(brains: ns.Network) -> np.ndarray:
    """The rates of all hidden cells for all rows."""
    rates = ns.activity(brains, np.tile(X, len(brains.outputs)))
    return rates[:, [i for i, name in enumerate(brains.names) if "hidden" in str(name)]]


if __name__ == "__main__":
    main.run_as_script()
