"""Neuron anatomy: dendrites, synapses, soma and axon of a cortical neuron, and what its receptors hold (L1, L2, L3).

A cortical neuron receives impulses from many others at synapses on its dendrites. In each, a transmitter meets a
receptor, which lets the neuron's potential rise (it excites) or fall (it inhibits). The soma sums up, and at the axon
hillock, where the axon leaves it, it is decided whether an impulse arises. The axon carries it outward and branches, to
synapses on other neurons (Kandel et al., Principles of Neural Science, 6th edition, 2021, chapters 3 and 13). By Dale's
law (Eccles 1957, The Physiology of Nerve Cells) a neuron makes the same transmitter at all its synapses.

The model leaves out much. Real impulses last a thousandth of a second; here a neuron fires or not, tick by tick. Real
dendrites compute, here they sum. Real synapses fail at random, tire, grow and vanish; here each is one number.
"""

import itertools

import networkx as nx
import numpy as np

import neurosim as ns

PATTERNS = np.array(list(itertools.product((0, 1), repeat=3)))  # every way in which three neurons can fire or not
NAMES = np.array(["E1", "E2", "E3", "E4", "I1", "I2", "I3", "I4"])
SIGNS = np.repeat([1, -1], 4)
TAUGHT = [0.6, 0.8, -0.5, 0.3, -0.4, 0.5, -0.7, -0.3]  # two of them have another sign


def pyramidal() -> ns.Network:
    """One cortical neuron, three that it listens to, and three that it talks to."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("basket", receptor="inhibitory")
    graph.add_node("pyramidal", mode="binary", threshold=1.5, receptor="excitatory")
    graph.add_nodes_from(["motor", "memory", "neighbour"], mode="binary", threshold=1)
    heard, told = {"touch": 1.25, "sound": 0.75, "basket": -0.5}, {"motor": 1.5, "memory": 0.5, "neighbour": 1}
    graph.add_weighted_edges_from((name, "pyramidal", weight) for name, weight in heard.items())
    graph.add_weighted_edges_from(("pyramidal", name, weight) for name, weight in told.items())
    return ns.Network.from_graph(graph)


def cortex(seed: int) -> ns.Network:
    """A few sensory neurons and many others: each makes two synapses on cells at random, of one tick each."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("senses", size=4)
    regions.add_node("cortex", size=60, threshold=1)
    for pre in ("senses", "cortex"):
        regions.add_edge(pre, "cortex", wiring=ns.wiring.fixed_outdegree(2), weight=1, delay=1)
    return ns.Network.from_regions(regions, rng=seed)


def learn(X: np.ndarray, seed: int, *, receptors: bool) -> np.ndarray:
    """The weights of a linear cell, from epoch to epoch of its learning: its synapses with receptors, or without."""
    start = SIGNS * np.random.default_rng(seed).uniform(0.2, 1, 8)
    held = np.where(SIGNS > 0, "excitatory", "inhibitory").tolist() if receptors else None
    net = ns.Network.from_arrays(range(8), [8] * 8, start, modes="linear", receptor=held)
    path = [net.weights.copy()]

    def keep(epoch: int, measures: dict[str, float]) -> None:
        path.append(net.weights.copy())

    ns.train(net, X, (X @ TAUGHT)[:, None], optimizer=ns.Adam(0.02), epochs=300, batch_size=None, callback=keep)
    return np.array(path)


def firing(net: ns.Network) -> str:
    """How many patterns make the pyramidal neuron fire, and how many the motor neuron."""
    counts = dict(zip(net.names, ns.activity(net, PATTERNS).sum(axis=0), strict=True))
    return f"{counts['pyramidal']:g}, {counts['motor']:g}"


@ns.scenario
def main(story: ns.Story) -> None:
    """Look at one neuron, let activity spread from four senses through sixty, and train one whose receptors hold."""
    story.title("The parts of a neuron")
    story.say(
        "The weight of a synapse says how much an impulse that arrives there counts: above 0 it excites, below 0 it "
        "inhibits. If the soma's sum reaches the threshold, the neuron fires. The sum less the threshold is called "
        "the drive. Here is one neuron, the name of each part, and its answer to all that it may hear."
    )
    net = pyramidal()
    cell = net["pyramidal"]
    parts = {"dendrites": cell.dendrites, "soma": f"{cell.mode}, threshold {cell.threshold:g}", "axon": cell.axon}
    story.table(['part of net["pyramidal"]', "what is there"], [[name, str(part)] for name, part in parts.items()])
    caption = "Dendrites left, soma and axon hillock in the middle, branching axon right. Red excites, blue inhibits."
    story.picture(ns.plot(cell), "neuron", caption, cover=True)
    drives = PATTERNS @ [cell.dendrites[name] for name in net.inputs] - cell.threshold
    fires = ns.activity(net, PATTERNS)[:, net.names.index("pyramidal")]
    story.table([*map(str, net.inputs), "drive", "fires"], np.column_stack([PATTERNS, drives, fires]).tolist())
    wrong = int((fires != (drives >= 0)).sum())
    story.claim("patterns, of 8, where it fires below drive 0, or is silent from 0 up", wrong, equals=0)
    story.say("Each part can be changed: the soma's threshold, a synapse on a dendrite, a synapse of the axon.")
    story.claim("of 8 patterns: how many make it fire, and the motor neuron", firing(net), equals="2, 2")
    cell.threshold = 2.0
    story.claim("the same, with threshold 2", firing(net), equals="1, 1")
    cell.dendrites["touch"] = 2.0
    story.claim("the same, with a weight of 2 from touch", firing(net), equals="3, 3")
    cell.axon["motor"] = 0.5
    story.claim("the same, with a weight of 0.5 on the motor neuron", firing(net), equals="3, 0")

    story.title("From the senses onwards")
    net, ticks = cortex(story.seed), 14
    story.say(
        f"Few neurons hear the world: here {len(net.inputs)} of {len(net)} are sensory. Each neuron makes two "
        "excitatory synapses on cells of the cortex at random, and an impulse is under way for one tick. The senses "
        "are stimulated in tick 0 alone, and yet activity spreads: the picture has a mark for every impulse."
    )
    rec = ns.simulate(net, {name: [1] for name in net.inputs}, ticks=ticks)
    away = nx.multi_source_dijkstra_path_length(net.to_graph(), set(net.inputs), weight="delay")
    first = {name: int(rec[name].argmax()) for name in net.names if rec[name].any()}
    wrong = len(first.items() ^ away.items())
    story.claim("neurons whose first impulse does not come when the shortest way from a sense says", wrong, equals=0)
    story.claim(f"neurons that are reached, of {len(net)}", len(first), at_least=len(net) // 2)
    quiet = int(ns.simulate(net, dict.fromkeys(net.inputs, 0), ticks=ticks).rates.sum())
    story.claim("impulses without a stimulus", quiet, equals=0)
    caption = "The senses fire once, then the cells that they reach, then theirs, round and round."
    story.picture(ns.plot(rec, kind="raster"), "spread", caption)

    story.title("Receptors hold their sign")
    story.say(
        "Learning changes weights, but not transmitters: an excitatory synapse can become weaker, down to 0, and no "
        "weaker. A cell hears four excitatory neurons, E1 to E4, and four inhibitory ones, I1 to I4. It is taught a "
        "sum in which E3 would have to inhibit and I2 to excite; so is a cell whose synapses have no receptors."
    )
    X, lines = np.random.default_rng(story.seed).uniform(0, 1, (200, 8)), {}
    for kind, wanted in {"with receptors": "none", "without receptors": "E3, I2"}.items():
        path = learn(X, story.seed, receptors=kind == "with receptors")
        crossed = ", ".join(NAMES[(path * SIGNS < 0).any(axis=0)]) or "none"
        story.claim(f"{kind}: synapses that ever had another sign", crossed, equals=wanted)
        lines[kind] = {"E3": path[:, 2], "I2": path[:, 5]}
    left = sum(abs(weights[-1]) for weights in lines["with receptors"].values())
    story.claim("with receptors: what is left of E3 and I2 in the end", left, equals=0)
    caption = "Two synapses are taught the other sign: with receptors they stop at 0, without they cross it."
    story.picture(ns.charts.panels(range(301), lines, xlabel="epoch", ylabel="weight"), "signs", caption)


@main.question("With a threshold of 1, for how many of the 8 patterns would it fire?", hint="Which drives rise to 0?")
def with_a_lower_threshold() -> int:
    """Lower it and count."""
    net = pyramidal()
    net["pyramidal"].threshold = 1
    return int(firing(net).split(",")[0])


@main.question("An inhibitory synapse has the weight -0.2 and is taught 0.3. Where does it end?", hint="See above.")
def where_it_stops() -> float:
    """Its weight after training."""
    net = ns.Network.from_arrays([0], [1], [-0.2], modes="linear", receptor="inhibitory")
    ns.train(net, [[1.0], [-1.0]], [[0.3], [-0.3]], optimizer=ns.SGD(0.5), epochs=50)
    return float(net.weights[0])


if __name__ == "__main__":
    main.run_as_script()
