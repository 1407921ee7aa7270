"""Receptive fields: shared weights against private ones, and what a cell sees, measured with noise (L25).

Hubel and Wiesel (Journal of Physiology 160, London, 1962) moved bars of light before a cat's eyes and found that a cell
of V1, the primary visual cortex, answers to one pattern in one small place: its receptive field. Neighbours look
for the same pattern in the next place; cells further on see more of the scene. Fukushima's neocognitron (1980) and
LeCun's network (1989) took the plan over: a map is a sheet of neurons with one set of weights, the kernel, laid
over every place. That is convolution.

Two brains of the same size and fan-in learn to read digits, one with shared weights and one without. Then cells are
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

MAPS, KERNEL = 8, 3
CELLS = {"V1": [36 * m + 14 for m in range(MAPS)], "V2": [16 * m + 5 for m in range(MAPS)]}  # in the middle of each map
SAMPLES = 20_000
WIRINGS = {
    "convolutional": ns.wiring.convolution(KERNEL, channels=MAPS),
    "local": ns.wiring.local(KERNEL),
}


def build(wiring: ns.wiring.Wiring, seed: int) -> ns.Network:
    """A retina, two sheets of maps whose neurons see 3 x 3 places of the sheet before, and a decision."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    regions.add_node("V1", shape=(MAPS, 6, 6), mode="relu")
    regions.add_node("V2", shape=(MAPS, 4, 4), mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=wiring)
    regions.add_edge("V1", "V2", wiring=wiring)
    regions.add_edge("V2", "decision")
    return ns.Network.from_regions(regions, rng=seed)


def wired(brain: ns.Network, neuron: str) -> np.ndarray:
    """Which neurons of the retina reach a neuron, over however many synapses: a square of True and False."""
    sources, side = nx.ancestors(brain.to_graph(), neuron), math.isqrt(len(brain.inputs))
    return np.array([name in sources for name in brain.inputs]).reshape(side, side)


def size_of(field: np.ndarray) -> str:
    """How many rows and columns it spans."""
    return f"{field.any(axis=1).sum()} x {field.any(axis=0).sum()}"


def maps_of(brain: ns.Network, images: np.ndarray, region: str) -> np.ndarray:
    """The rates of a sheet of maps, (images, maps, rows, columns)."""
    first, count = brain.names.index(f"{region}[0]"), len(brain.regions[region])
    rates = ns.activity(brain, images.reshape(len(images), -1), backend="numpy")[:, first : first + count]
    side = math.isqrt(count // MAPS)
    return rates.reshape(-1, MAPS, side, side)


def least_correlation(fields: np.ndarray, others: np.ndarray) -> float:
    """Of each field with the other one of the same cell."""
    pairs = zip(fields, others, strict=True)
    return float(min(np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs))


def to_one_scale(pictures: np.ndarray) -> np.ndarray:
    """Each picture divided by its largest number."""
    largest = np.abs(pictures).max(axis=(-2, -1), keepdims=True)
    scaled: np.ndarray = pictures / np.where(largest > 0, largest, 1)
    return scaled


@ns.scenario
def main(story: ns.Story) -> None:
    """Teach both brains, measure fields, compare them with wiring and weights, and move the picture."""
    brains = tell_learning(story)
    tell_fields(story, brains["convolutional"])
    tell_translation(story, brains)


def tell_learning(story: ns.Story) -> dict[str, ns.Network]:
    """The same synapses with shared weights and with private ones; the brains of the first seed."""
    data, epochs = ns.datasets.digits(), 6 if story.quick else 15
    seeds = range(story.seed, story.seed + (2 if story.quick else 3))
    story.title("Two brains with the same synapses")
    story.say(
        f"In both, a neuron of V1 sees {KERNEL} x {KERNEL} of the retina, and a neuron of V2 {KERNEL} x {KERNEL} "
        f"places of all {MAPS} maps of V1. In the local brain every synapse has a weight of its own. In the "
        "convolutional one all neurons of a map share their weights and their threshold: they look for one pattern "
        "everywhere."
    )
    brains: dict[str, ns.Network] = {}
    rows, means = [], {}
    for name, wiring in WIRINGS.items():
        scores = []
        for seed in seeds:
            brain = build(wiring, seed)
            ns.train(brain, *data.train, loss="cross_entropy", optimizer=ns.Adam(3e-3), epochs=epochs, rng=seed)
            scores.append(ns.confusion(brain, *data.test).accuracy)
            brains.setdefault(name, brain)
        means[name] = float(np.mean(scores))
        spread = f"{means[name]:.4f} +- {np.std(scores, ddof=1):.4f}"
        rows.append([name, len(brain.synapses), brain.n_parameters, spread])
    story.table(["brain", "synapses", "parameters", f"test accuracy, {len(seeds)} seeds"], rows)
    shared, private = brains["convolutional"], brains["local"]
    for region, dendrites in (("V1", KERNEL**2), ("V2", MAPS * KERNEL**2)):
        fan_in = {len(brain[neuron].dendrites) for brain in brains.values() for neuron in brain.regions[region]}
        story.claim(f"dendrites of every {region} neuron, in both", fan_in == {dendrites})
    groups, weights = shared.shared, shared.weights
    kernels = MAPS * KERNEL**2 * (1 + MAPS)
    story.claim("different weights onto V1 and V2, convolutional", len(np.unique(weights[groups >= 0])), equals=kernels)
    one_weight = all(len(set(weights[groups == group])) == 1 for group in range(groups.max() + 1))
    story.claim("after learning, shared synapses still have one weight, to the last bit", one_weight)
    story.claim("parameters, convolutional over local", shared.n_parameters / private.n_parameters, at_most=0.2)
    for name, mean in means.items():
        story.claim(f"mean test accuracy, {name}", mean, at_least=0.9 if story.quick else 0.96)
    story.say(
        f"With {shared.n_parameters:,} parameters against {private.n_parameters:,} the convolutional brain reads "
        f"nearly as well: {means['convolutional']:.1%} against {means['local']:.1%}."
    )
    return brains


def tell_fields(story: ns.Story, brain: ns.Network) -> None:
    """What cells see: by wiring, by noise, by weights."""
    story.title("What does a cell see?")
    story.say(
        f"Suppose we did not know the wiring. Show {SAMPLES:,} pictures of pure noise, and average them, each weighted "
        "by how much more than usual the cell answered. Pixels that do not matter average out; those that excite or "
        "inhibit it stay. Then look at the wiring: which neurons of the retina reach the cell at all?"
    )
    cells = [f"{region}[{i}]" for region, places in CELLS.items() for i in places]
    first, again = (
        ns.receptive_field(brain, cells, samples=SAMPLES, rng=seed).reshape(2, MAPS, 8, 8)
        for seed in (story.seed, story.seed + 1000)
    )
    rows, reached = [], {}
    for region, field, other in zip(CELLS, first, again, strict=True):
        seen = reached[region] = wired(brain, f"{region}[{CELLS[region][0]}]")
        answers = np.abs(field).max(axis=(1, 2)) > 0.05  # a cell may have fallen silent in learning
        inside, outside = np.abs(field[answers][:, seen]).max(axis=1), np.abs(field[answers][:, ~seen]).max(axis=1)
        noise = float((outside / inside).max())
        alike = least_correlation(field[answers], other[answers])
        rows.append([region, size_of(seen), int(answers.sum()), noise, alike])
        side = {"V1": KERNEL, "V2": 2 * KERNEL - 1}[region]
        text = f"retina neurons that reach a cell of {region}, by its wiring"
        story.claim(text, size_of(seen), equals=f"{side} x {side}")
        story.claim(f"{region}: largest average outside that field, over the largest inside", noise, at_most=0.2)
        story.claim(f"{region}: cells, one of each map, that answer to noise", int(answers.sum()), at_least=MAPS // 2)
        story.claim(f"{region}: least correlation of a field with the same from other noise", alike, at_least=0.9)
    columns = ["region", "field by wiring", "cells that answer", "outside / inside", "measured twice: correlation"]
    story.table(columns, rows)
    story.claim("a decision neuron sees", size_of(wired(brain, "decision[0]")), equals="8 x 8")
    kernels = np.array([list(brain[f"V1[{i}]"].dendrites.values()) for i in CELLS["V1"]])
    story.say(
        "For a neuron with a threshold the average is its kernel times one number, however the threshold bends its "
        "answer (Bussgang 1952): noise has found the weights. A cell of V2 has no such single kernel; its field is "
        "larger, for 3 x 3 places of 3 x 3 make 5 x 5."
    )
    alike = least_correlation(first[0][:, reached["V1"]], kernels)
    story.claim("V1: least correlation of a measured field with the weights", alike, at_least=0.98)
    weights = np.zeros((MAPS, 8, 8))
    weights[:, reached["V1"]] = kernels
    rows_of_images = to_one_scale(np.concatenate([weights, *first]))
    titles = [f"{what} {m}" for what in ("weights,", "V1, map", "V2, map") for m in range(MAPS)]
    drawing = ns.charts.images(rows_of_images, titles, label="over the largest of each")
    caption = (
        "On the 8 x 8 retina: the weights of a V1 cell of each map, its field as noise shows it, and a V2 cell's. Red "
        "excites, blue inhibits."
    )
    story.picture(drawing, "fields", caption, cover=True)


def tell_translation(story: ns.Story, brains: dict[str, ns.Network]) -> None:
    """Move the picture, and the maps move along."""
    story.title("Move the picture")
    story.say(
        "A cell with the same weights at every place answers the same when its pattern is there. So if a digit moves "
        "one column to the right, every map of the convolutional brain moves one column to the right, to the last bit: "
        "it is equivariant. In the local brain each place has learnt something else."
    )
    images = ns.datasets.digits().test[0][:100].reshape(-1, 8, 8)
    moved = np.roll(images, 1, axis=2)
    moved[:, :, 0] = 0
    for name, brain in brains.items():
        for region in ("V1", "V2"):
            before, after = maps_of(brain, images, region), maps_of(brain, moved, region)
            change = float(np.abs(after[..., 1:] - before[..., :-1]).max())
            text = f"{name}, {region}: largest difference between maps that moved and maps of what moved"
            story.claim(text, change, **({"equals": 0} if name == "convolutional" else {"at_least": 0.1}))
    brain = brains["convolutional"]
    best = int(maps_of(brain, images[:1], "V1")[0].max(axis=(1, 2)).argmax())
    rows = []
    for shown in (images[:1], moved[:1]):
        maps = maps_of(brain, shown, "V1")[0, best], maps_of(brain, shown, "V2")[0].max(axis=0)
        rows += [shown[0], *(np.pad(each, (8 - len(each)) // 2) for each in maps)]
    titles = ["digit", f"V1, map {best}", "V2, all maps", "moved", f"V1, map {best}", "V2, all maps"]
    drawing = ns.charts.images(to_one_scale(np.array(rows)), titles, label="over the largest of each")
    story.picture(
        drawing, "moved", "A digit, a map of V1 and the largest of the maps of V2; then the digit one column on."
    )


@main.question(
    "A third sheet, V3, sees 3 x 3 places of V2. How many rows of the retina does one of its cells see?",
    hint="V1 sees 3 rows, V2 sees 5. How many does each sheet add?",
)
def rows_of_v3() -> int:
    """From the wiring of such a brain, with a retina of 10 x 10."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    for side, name in ((10, "retina"), (8, "V1"), (6, "V2"), (4, "V3")):
        regions.add_node(name, shape=(side, side), mode="relu" if name != "retina" else "sensory")
    for pre, post in itertools.pairwise(regions):
        regions.add_edge(pre, post, wiring=ns.wiring.convolution(KERNEL))
    return int(wired(ns.Network.from_regions(regions, rng=0), "V3[5]").any(axis=1).sum())


@main.question(
    "The retina grows to 16 x 16 and V1 with it, to 8 maps of 14 x 14. How many weights and thresholds does V1 have "
    "now, if "
    "each map shares its own?",
    hint="A kernel has 3 x 3 weights, whatever the size of the picture; a map has one threshold.",
)
def parameters_of_a_larger_v1() -> int:
    """Counted by the network."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(16, 16), mode="sensory")
    regions.add_node("V1", shape=(MAPS, 14, 14), mode="relu")
    regions.add_edge("retina", "V1", wiring=WIRINGS["convolutional"])
    return ns.Network.from_regions(regions, rng=0).n_parameters


if __name__ == "__main__":
    main.run_as_script()
