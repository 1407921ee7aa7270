"""Excitation and inhibition: twenty layers of cells that obey Dale's law stay alive, and learn digits (L3).

A synapse excites or inhibits, as the receptor for its transmitter has it. And a nerve cell releases the same
transmitter at all its endings: it is an excitatory cell or an inhibitory one (Dale, Proceedings of the Royal Society of
Medicine 28, London, 1935; Eccles stated the rule). In cortex about four cells in five excite, and one in five inhibits,
the more strongly: the two nearly cancel, and cells live on the small difference (van Vreeswijk and Sompolinsky, Science
274, 1996).

Here are twenty layers of such cells, one after the other. Without balance each layer multiplies what it gets, and after
twenty nothing is left but one huge common shout. With balance the layers stay in range from birth, and can learn. No
weight may change its sign, in learning too. Left out: impulses, loops, and every kind of inhibitory cell but one.
"""

import networkx as nx
import numpy as np

import neurosim as ns

LAYERS, SIZE, INHIBITORY = 20, 80, 0.2


def build(seed: int) -> ns.Network:
    """Twenty layers of relu cells, four in five excitatory, one in five inhibitory."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8))
    regions.add_nodes_from((f"layer {i + 1}" for i in range(LAYERS)), size=SIZE, mode="relu", inhibitory=INHIBITORY)
    regions.add_node("decision", size=10, mode="linear")
    nx.add_path(regions, list(regions))
    return ns.Network.from_regions(regions, rng=seed)


def without_balance(brain: ns.Network, seed: int) -> ns.Network:
    """The same cells with weights of the mean size that is usual for relu, and no care for balance."""
    naive, sign = brain.copy(), brain.structure.receptor
    fan_in = np.bincount(brain.structure.post)[brain.structure.post]
    sizes = np.abs(np.random.default_rng(seed).normal(size=len(sign))) * np.sqrt(2 / fan_in)
    naive.weights = np.where(sign == 0, brain.weights, sign * sizes)
    return naive


def variances(brain: ns.Network, images: np.ndarray) -> np.ndarray:
    """The variance of the rates of each layer, over its cells and over images, as a multiple of the first one's."""
    rates = ns.activity(brain, images)[:, 64 : 64 + LAYERS * SIZE]
    variance = rates.reshape(len(images), LAYERS, SIZE).var(axis=(0, 2))
    return np.asarray(variance / variance[0])


@ns.scenario
def main(story: ns.Story) -> None:
    """Look at activity at birth, train, look again, and check that no synapse has changed its kind."""
    data, brain = ns.datasets.digits(), build(story.seed)
    story.title("At birth")
    story.say(
        f"{LAYERS} layers of {SIZE} relu cells, {SIZE * INHIBITORY:.0f} of them inhibitory: by Dale's law a cell makes "
        f"synapses of one kind only. There are {len(brain.synapses):,} synapses. First weights are drawn so that "
        "inhibition balances excitation in every layer. How alive a layer is, is told by how much the rates of its "
        "cells vary, from cell to cell and image to image: their variance. If it is 0, or the same shout from all, "
        "nothing about the image gets through."
    )
    at_birth = variances(brain, data.test[0])
    naive = variances(without_balance(brain, story.seed), data.test[0])
    what = "variance at birth (before training), divided by layer 1's"
    story.claim(f"{what}: least of the balanced layers", float(at_birth.min()), at_least=0.1)
    story.claim(f"{what}: largest of the balanced layers", float(at_birth.max()), at_most=10)
    story.claim(f"{what}: last layer without balance", float(naive[-1]), at_least=1e3)

    story.title("Learning")
    epochs = 10 if story.quick else 32
    story.say(
        f"Now the balanced brain learns digits, {epochs} times (epochs) through {len(data.train[0]):,} images; "
        f"{len(data.test[0]):,} others test it. A weight may shrink to 0 but never change its sign. Learning may take "
        "the variances of layers apart: the bounds above are claimed at birth only."
    )
    ns.train(
        brain,
        *data.train,
        loss="cross_entropy",
        optimizer=ns.Adam(7e-4),
        schedule=ns.schedules.warmup(2, then="cosine"),  # large first steps can silence a layer for good
        clip_norm=1.0,
        epochs=epochs,
        rng=story.seed,
        backend="numpy",
    )
    accuracy = ns.confusion(brain, *data.test).accuracy
    story.claim(f"test accuracy after {epochs} epochs", accuracy, at_least=0.3 if story.quick else 0.85)
    turned = int((brain.weights * brain.structure.receptor < 0).sum())
    story.claim("synapses that have turned from exciting to inhibiting, or back", turned, equals=0)
    trained = variances(brain, data.test[0])
    curves = {"balanced, at birth": at_birth, "without balance, at birth": naive, "balanced, trained": trained}
    ylabel, claimed = "variance of rates, divided by layer 1's", "claimed at birth only:\nwithin a factor of 10"
    drawing = ns.charts.curves(
        np.arange(LAYERS) + 1, curves, xlabel="layer", ylabel=ylabel, log=True, band=(0.1, 10), band_label=claimed
    )
    caption = "At birth: without balance activity explodes from layer to layer; with it all twenty stay in range."
    story.picture(drawing, "variance", caption, cover=True)


@main.question(
    "A cell hears 64 excitatory synapses of weight 1 and 16 inhibitory ones, all from cells that fire at the same rate."
    " Which weight must the inhibitory ones have for its drive to be 0?",
    hint="Four in five excite, so each inhibitory synapse must make up for four.",
)
def balancing_weight() -> float:
    """Solve 64 + 16 w = 0 by asking two neurons: the drive is a straight line in w."""
    drives = [ns.Neuron({i: 1 if i < 64 else w for i in range(80)}).drive([1] * 80) for w in (0, 1)]
    return drives[0] / (drives[0] - drives[1])


@main.question(
    "Does neurosim let you write a weight of 0.5 on a synapse of an inhibitory cell?",
    hint="Take an inhibitory cell of build(0) and try. What would Dale say?",
)
def may_change_its_kind() -> bool:
    """Whether it is let."""
    cell = ns.Network.from_arrays([0, 1], [1, 2], [1.0, -1.0], receptors=[None, "inhibitory", None], modes="relu")
    try:
        cell[1].axon[2] = 0.5
    except ns.DataError:
        return False
    return True


if __name__ == "__main__":
    main.run_as_script()
