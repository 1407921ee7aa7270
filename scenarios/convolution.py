"""Shared weights: a convolutional brain and a locally wired one of the same fan-in learn digits (L25)."""

import time

import networkx as nx
import numpy as np

import neurosim as ns

MAPS, KERNEL, LEARNING_RATE = 8, 3, 3e-3


def build(wiring: ns.wiring.Wiring, seed: int) -> ns.Network:
    """A retina, maps of neurons that see 3 x 3 of it each, and a decision."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    regions.add_node("V1", shape=(MAPS, 6, 6), mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=wiring)
    regions.add_edge("V1", "decision")
    return ns.Network.from_regions(regions, rng=seed)


WIRINGS = {
    "convolutional": ns.wiring.convolution(KERNEL, channels=MAPS),
    "local": ns.wiring.local(KERNEL),
}


def kernels(brain: ns.Network) -> np.ndarray:
    """The pattern that each map looks for, read from the dendrites of its middle neuron: (maps, rows, columns)."""
    middle = [f"V1[{36 * m + 21}]" for m in range(MAPS)]
    return np.array([list(brain[name].dendrites.values()) for name in middle]).reshape(MAPS, KERNEL, KERNEL)


@ns.scenario
def main(story: ns.Story) -> None:
    """Build both, train over several seeds, compare, look at what the maps look for."""
    data = ns.datasets.digits()
    story.title("Two brains with the same synapses")
    story.say(
        f"In both, each of the {MAPS * 36} neurons of V1 sees {KERNEL} x {KERNEL} neurons of the retina. In the local "
        "brain every synapse has a weight of its own. In the convolutional one all neurons of a map share their "
        "weights and their threshold: they look for one pattern everywhere."
    )
    brains = {name: build(wiring, story.seed) for name, wiring in WIRINGS.items()}
    story.picture(ns.plot(brains["convolutional"]), "brain")

    story.title("Learning")
    seeds, epochs = range(story.seed, story.seed + (2 if story.quick else 5)), 8 if story.quick else 30
    rows, means = [], {}
    for name, wiring in WIRINGS.items():
        scores, started = [], time.perf_counter()
        for seed in seeds:
            brain = build(wiring, seed)
            ns.train(
                brain,
                *data.train,
                loss="cross_entropy",
                optimizer=ns.Adam(LEARNING_RATE),
                epochs=epochs,
                rng=seed,
            )
            scores.append(ns.confusion(brain, *data.test).accuracy)
            brains[name] = brain
        seconds, means[name] = (time.perf_counter() - started) / len(seeds), float(np.mean(scores))
        spread = f"{means[name]:.4f} +- {np.std(scores, ddof=1):.4f}"
        rows.append([name, len(brain.synapses), brain.n_parameters, spread, seconds])
    columns = ["V1", "synapses", "parameters", f"test accuracy, {len(seeds)} seeds", "seconds a seed"]
    story.table(columns, rows)
    story.say(verdict(means, {name: brain.n_parameters for name, brain in brains.items()}))

    convolutional, local = brains["convolutional"], brains["local"]
    fan_in = {name: {len(brain[n].dendrites) for n in brain.regions["V1"]} for name, brain in brains.items()}
    story.claim("dendrites of every V1 neuron, in both", fan_in["convolutional"] == fan_in["local"] == {KERNEL**2})
    into_v1 = convolutional.structure.shared >= 0
    story.claim("shared synapses have one weight still", one_weight_each(convolutional))
    story.claim("different weights onto V1, convolutional", len(np.unique(convolutional.weights[into_v1])), equals=72)
    share = convolutional.n_parameters / local.n_parameters
    story.claim("parameters, convolutional over local", share, at_most=0.6)
    for name, mean in means.items():
        story.claim(f"mean test accuracy, {name}", mean, at_least=0.9 if story.quick else 0.96)
    titles = [f"map {number}" for number in range(MAPS)]
    story.picture(ns.charts.images(kernels(convolutional), titles, label="weight"), "kernels")
    story.picture(ns.plot(ns.confusion(convolutional, *data.test)), "confusion")


def verdict(means: dict[str, float], parameters: dict[str, int]) -> str:
    """Who tests better, and with how many parameters."""
    better, worse = sorted(means, key=lambda name: -means[name])
    if means[better] == means[worse]:
        told = f"Both test equally well, {means[better]:.4f}"
    else:
        told = f"The {better} brain tests better in the mean, {means[better]:.4f} against {means[worse]:.4f}"
    counts = f"{parameters[better]:,} parameters ({better}) against {parameters[worse]:,} ({worse})"
    return f"{told}, with {counts}."


def one_weight_each(brain: ns.Network) -> bool:
    """Whether all synapses of every group have the same weight, to the last bit."""
    groups, weights = brain.shared, brain.weights
    return all(len(set(weights[groups == group])) == 1 for group in range(groups.max() + 1))


if __name__ == "__main__":
    main.run_as_script()
