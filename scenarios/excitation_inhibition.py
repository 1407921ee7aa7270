"""Excitation and inhibition: twenty layers of cells that obey Dale's law stay alive, and learn digits (L3)."""

import networkx as nx
import numpy as np

import neurosim as ns

LAYERS, SIZE, INHIBITORY = 20, 100, 0.2


def build(seed: int) -> ns.Network:
    """Twenty layers of relu cells, four in five excitatory, one in five inhibitory."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    names = [f"layer {i + 1}" for i in range(LAYERS)]
    regions.add_nodes_from(names, size=SIZE, mode="relu", inhibitory=INHIBITORY)
    regions.add_node("decision", size=10, mode="linear")
    nx.add_path(regions, ["retina", *names, "decision"])
    return ns.Network.from_regions(regions, rng=seed)


def without_balance(brain: ns.Network, seed: int) -> ns.Network:
    """The same cells with weights of the same mean size as usual, and no care for balance."""
    naive = brain.copy()
    rng = np.random.default_rng(seed)
    fan_in = np.bincount(naive.structure.post)[naive.structure.post]
    sizes = np.abs(rng.normal(size=len(naive.weights))) * np.sqrt(2 / fan_in)
    naive.weights = np.where(naive.structure.receptor == 0, brain.weights, naive.structure.receptor * sizes)
    return naive


def variances(brain: ns.Network, images: np.ndarray) -> np.ndarray:
    """The variance of the rates of each layer, over its cells and over images."""
    rates, place = ns.activity(brain, images), {name: i for i, name in enumerate(brain.names)}
    layers = [[place[cell] for cell in brain.regions[f"layer {i + 1}"]] for i in range(LAYERS)]
    return np.array([rates[:, cells].var() for cells in layers])


@ns.scenario
def main(story: ns.Story) -> None:
    """Look at activity at birth, train, look again, and check that no synapse has changed its kind."""
    data = ns.datasets.digits()
    story.title("At birth")
    brain = build(story.seed)
    story.say(
        f"{LAYERS} layers of {SIZE} relu cells, {SIZE * INHIBITORY:.0f} of them inhibitory: by Dale's law a cell makes "
        f"synapses of one kind only. There are {len(brain.synapses):,} synapses. First weights are drawn so that "
        "inhibition balances excitation in every layer."
    )
    at_birth = variances(brain, data.test[0])
    naive = variances(without_balance(brain, story.seed), data.test[0])
    ratio = at_birth / at_birth[0]
    what = "at birth (before training), rate variance over that of layer 1"
    story.claim(f"{what}: the least over layers", float(ratio.min()), at_least=0.1)
    story.claim(f"{what}: the largest over layers", float(ratio.max()), at_most=10)
    story.claim(f"{what}: the last layer, without balance", float(naive[-1] / naive[0]), at_least=1e3)

    story.title("Learning")
    epochs = 12 if story.quick else 30
    story.say(
        f"Now the balanced brain learns digits for {epochs} epochs, from {len(data.train[0]):,} images; "
        f"{len(data.test[0]):,} others test it. A weight may shrink to 0 but never change its sign. Learning may take "
        "the variances of layers apart: the bounds above are claimed at birth only."
    )
    history = ns.train(
        brain,
        *data.train,
        loss="cross_entropy",
        optimizer=ns.Adam(1e-3),
        schedule="cosine",
        clip_norm=1.0,
        epochs=epochs,
        rng=story.seed,
        validation=data.test,  # watched for the picture; nothing is chosen by it
    )
    accuracy = ns.confusion(brain, *data.test).accuracy
    story.claim(f"test accuracy after {epochs} epochs", accuracy, at_least=0.4 if story.quick else 0.9)
    signs = brain.weights * brain.structure.receptor
    story.claim("synapses that have changed their kind", int((signs < 0).sum()), equals=0)
    trained = variances(brain, data.test[0])
    curves = {"balanced, at birth": at_birth, "without balance, at birth": naive, "balanced, trained": trained}
    drawing = ns.charts.curves(
        np.arange(LAYERS) + 1,
        {name: values / values[0] for name, values in curves.items()},
        xlabel="layer",
        ylabel="variance of rates over that of layer 1",
        log=True,
        band=(0.1, 10),
        band_label="claimed at birth only:\nwithin a factor of 10",
    )
    story.picture(drawing, "variance")
    story.picture(ns.plot(history), "learning")


if __name__ == "__main__":
    main.run_as_script()
