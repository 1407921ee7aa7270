"""Receptive fields: shared weights against private ones, and what a cell sees, measured with noise (L25).

Hubel and Wiesel (Journal of Physiology 160, London, 1962) moved bars of light before a cat's eyes and found that a cell
of V1, the primary visual cortex, answers to one pattern in one small place: its receptive field. Neighbours look
for the same pattern in the next place; cells further on, as in V2, see more of the scene. Fukushima's neocognitron
(1980) and LeCun's network (1989) took the plan over: a map is a sheet of neurons with one set of weights, the kernel,
laid over every place. That is convolution.

Two brains with the same dendrites learn to read digits, one with shared weights and one without. Then cells are
measured as in an animal whose wiring nobody knows, by reverse correlation (de Boer and Kuyper, IEEE Transactions on
Biomedical Engineering 15, 1968): show noise, and average what was shown, weighted by the answer. Here the wiring is
known, so the method can be checked. Left out: real cortex has no weight sharing (cells learn alike because they see
alike), and its fields are oriented bars on a far finer grid.
"""

import itertools
import math

import networkx as nx
import numpy as np

import neurosim as ns

MAPS, KERNEL, SAMPLES = 8, 3, 20_000
WIRINGS = {"convolutional": ns.wiring.convolution(KERNEL, channels=MAPS), "local": ns.wiring.local(KERNEL)}


def build(wiring: ns.wiring.Wiring, seed: int) -> ns.Network:
    """A retina, two sheets of maps whose neurons see 3 x 3 places of the sheet before, and a decision."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8))
    regions.add_node("V1", shape=(MAPS, 6, 6), mode="relu")
    regions.add_node("V2", shape=(MAPS, 4, 4), mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    nx.add_path(regions, ["retina", "V1", "V2"], wiring=wiring)
    regions.add_edge("V2", "decision")
    return ns.Network.from_regions(regions, rng=seed)


def wired(brain: ns.Network, neuron: str) -> np.ndarray:
    """Which neurons of the retina reach a neuron, over however many synapses: a square of True and False."""
    sources, side = nx.ancestors(brain.to_graph(), neuron), math.isqrt(len(brain.inputs))
    return np.array([name in sources for name in brain.inputs]).reshape(side, side)


def maps_of(brain: ns.Network, images: np.ndarray, region: str) -> np.ndarray:
    """The rates of a sheet of maps, (images, maps, rows, columns)."""
    first, count = brain.names.index(f"{region}[0]"), len(brain.regions[region])
    rates = ns.activity(brain, images.reshape(len(images), -1), backend="numpy")[:, first : first + count]
    return rates.reshape(len(images), MAPS, math.isqrt(count // MAPS), -1)


@ns.scenario
def main(story: ns.Story) -> None:
    """Teach both brains, measure fields, compare them with wiring and weights, and move the picture."""
    data, epochs = ns.datasets.digits(), 6 if story.quick else 15
    seeds = range(story.seed, story.seed + (2 if story.quick else 3))
    story.title("Two brains with the same synapses")
    story.say(
        f"In both, a neuron of V1 sees {KERNEL} x {KERNEL} of the retina, and a neuron of V2 {KERNEL} x {KERNEL} "
        f"places of all {MAPS} maps of V1. In the local brain every synapse has a weight of its own. In the "
        "convolutional one all neurons of a map share their weights and their threshold: they look for one pattern "
        f"everywhere. Does it read digits as well with so few parameters (weights and thresholds)? {len(seeds)} brains "
        "of each kind try, each with random first weights of its own."
    )
    brains, rows = {}, []
    for name, wiring in WIRINGS.items():
        scores = []
        for seed in seeds:
            brain = build(wiring, seed)
            ns.train(brain, *data.train, loss="cross_entropy", optimizer=ns.Adam(3e-3), epochs=epochs, rng=seed)
            scores.append(ns.confusion(brain, *data.test).accuracy)
        brains[name] = brain
        mean = float(np.mean(scores))
        rows.append([name, len(brain.synapses), brain.n_parameters, mean, np.std(scores, ddof=1)])
        story.claim(f"mean test accuracy of the {name} brains", mean, at_least=0.9 if story.quick else 0.96)
    story.table(["brain", "synapses", "parameters", "mean test accuracy", "standard deviation"], rows)
    shared, private = brains["convolutional"], brains["local"]
    same = all(len(shared[name].dendrites) == len(private[name].dendrites) for name in shared.names[64:])
    story.claim("every neuron has as many dendrites in one brain as in the other", same)
    ratio = shared.n_parameters / private.n_parameters
    story.claim("parameters of the convolutional brain, divided by those of the local one", ratio, at_most=0.2)
    different, kernels = len(np.unique(shared.weights[shared.shared >= 0])), MAPS * KERNEL**2 * (1 + MAPS)
    story.claim("convolutional: different weights onto V1 and V2, those of its kernels", different, equals=kernels)

    story.title("What does a cell see?")
    story.say(
        f"Suppose we did not know the wiring. Show {SAMPLES:,} pictures of pure noise, and average them, each weighted "
        "by how much more than usual the cell answered. Pixels that do not matter average out; those that excite or "
        "inhibit it stay. Then look at the wiring: which neurons of the retina reach the cell at all? For a V1 cell "
        "the average must be its kernel times one number, however its threshold bends its answer (Bussgang 1952). A V2 "
        "cell has no single kernel; its field is larger, for 3 x 3 places of 3 x 3 make 5 x 5."
    )
    cells = {"V1": [f"V1[{36 * m + 14}]" for m in range(MAPS)], "V2": [f"V2[{16 * m + 5}]" for m in range(MAPS)]}
    pictures: dict[str, np.ndarray] = {"weights": np.zeros((MAPS, 8, 8))}
    for region, names in cells.items():
        field = pictures[region] = ns.receptive_field(shared, names, samples=SAMPLES, rng=story.seed).reshape(-1, 8, 8)
        seen = wired(shared, names[0])
        size, side = f"{seen.any(axis=1).sum()} x {seen.any(axis=0).sum()}", {"V1": "3 x 3", "V2": "5 x 5"}[region]
        story.claim(f"retina neurons that reach a cell of {region}, by its wiring", size, equals=side)
        answers = np.abs(field).max(axis=(1, 2)) > 0.05  # a cell may have fallen silent in learning
        text = f"{region}: of {MAPS} cells, one of each map, those that answer to noise"
        story.claim(text, int(answers.sum()), at_least=MAPS // 2)
        outside, inside = (np.abs(field[answers][:, where]).max(axis=1) for where in (~seen, seen))
        text = f"{region}: largest average of a pixel outside the wired field, divided by that inside"
        story.claim(text, float((outside / inside).max()), at_most=0.2)
        if region == "V1":
            weights = np.array([list(shared[name].dendrites.values()) for name in names])
            pictures["weights"][:, seen] = weights
            alike = [np.corrcoef(*pair)[0, 1] for pair in zip(field[answers][:, seen], weights[answers], strict=True)]
            text = "V1: least correlation of a measured field with the cell's weights (1: alike)"
            story.claim(text, min(alike), at_least=0.98)
    shown = np.concatenate(list(pictures.values()))
    shown /= np.maximum(np.abs(shown).max(axis=(1, 2), keepdims=True), 1e-9)
    titles = [f"{what} {m}" for what in ("weights,", "V1, map", "V2, map") for m in range(MAPS)]
    caption = "On the retina: a V1 cell's weights, its field by noise, a V2 cell's field. Red excites, blue inhibits."
    drawing = ns.charts.images(shown, titles, label="divided by the largest of each")
    story.picture(drawing, "fields", caption, cover=True)

    story.title("Move the picture")
    story.say(
        "A cell with the same weights at every place answers the same when its pattern is there. So if a digit moves "
        "one column to the right, every map of the convolutional brain moves one column to the right, to the last bit: "
        "it is equivariant. In the local brain each place has learnt something else."
    )
    images = data.test[0][:100].reshape(-1, 8, 8)
    moved = np.pad(images, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    for (name, brain), region in itertools.product(brains.items(), ("V1", "V2")):
        before, after = maps_of(brain, images, region), maps_of(brain, moved, region)
        change = float(np.abs(after[..., 1:] - before[..., :-1]).max())
        text = f"{name}, {region}: largest difference between its maps, moved, and those of the moved digit"
        story.claim(text, change, **({"equals": 0} if name == "convolutional" else {"at_least": 0.1}))


@main.question(
    "A third sheet, V3, sees 3 x 3 places of V2. How many rows of the retina does one of its cells see?",
    hint="V1 sees 3 rows, V2 sees 5. How many does each sheet add?",
)
def rows_of_v3() -> int:
    """From the wiring of such a brain, with a retina of 10 x 10."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    sides = {"retina": 10, "V1": 8, "V2": 6, "V3": 4}
    regions.add_nodes_from((name, {"shape": (side, side)}) for name, side in sides.items())
    nx.add_path(regions, sides, wiring=ns.wiring.convolution(KERNEL))
    return int(wired(ns.Network.from_regions(regions, rng=0), "V3[5]").any(axis=1).sum())


@main.question(
    "In the convolutional brain one weight is changed, that from retina[0] to V1[0]. How many synapses change?",
    hint="A map of V1 has 6 x 6 neurons.",
)
def changed_together() -> int:
    """The synapses that share it."""
    brain = build(WIRINGS["convolutional"], 0)
    before = brain.weights.copy()
    brain["V1[0]"].dendrites["retina[0]"] = 0.5
    return int((brain.weights != before).sum())


if __name__ == "__main__":
    main.run_as_script()
