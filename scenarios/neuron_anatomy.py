"""Neuron anatomy: dendrites, synapses, soma and axon of a cortical neuron, and what its receptors hold (L1, L2, L3).

A cortical neuron receives impulses from many others at the synapses on its dendrites. At each, a transmitter meets a
receptor, which lets the potential of the neuron rise (it excites) or fall (it inhibits). The soma sums, and at the axon
hillock, where the axon leaves it, it is decided whether an impulse arises; the axon carries it outward and branches, to
synapses on other neurons (Kandel et al., Principles of Neural Science, 6th edition, 2021, chapters 3 and 13). By Dale's
law (Eccles 1957, The Physiology of Nerve Cells) a neuron makes the same transmitter at all its synapses.

The model leaves out much. Dendrites compute by themselves here only in maxout neurons; elsewhere they only sum. There
are no shapes of impulses, no vesicles and no chance in a synapse, no neuromodulators, no glia, no growth.
"""

import itertools

import networkx as nx
import numpy as np

import neurosim as ns


def pyramidal() -> ns.Network:
    """One cortical neuron, three that it listens to, and three that it talks to."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("pyramidal", mode="binary", threshold=1.5, receptor="excitatory")
    graph.add_node("basket", mode="sensory", receptor="inhibitory")
    for name, weight in (("touch", 1.25), ("sound", 0.75), ("basket", -0.5)):
        graph.add_edge(name, "pyramidal", weight=weight)
    for name, weight in (("motor", 1.5), ("memory", 0.5), ("neighbour", 1.0)):
        graph.add_node(name, mode="binary", threshold=1)
        graph.add_edge("pyramidal", name, weight=weight)
    return ns.Network.from_graph(graph)


def sheet(seed: int, *, senses: int = 4, cells: int = 60) -> ns.Network:
    """A few sensory neurons and many others: each makes two synapses on cells at random, of one tick each."""
    rng = np.random.default_rng(seed)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from([f"sense {i + 1}" for i in range(senses)], mode="sensory")
    graph.add_nodes_from([f"cell {i + 1}" for i in range(cells)], mode="binary", threshold=1, output=True)
    for pre in list(graph):
        others = [f"cell {i + 1}" for i in range(cells) if f"cell {i + 1}" != pre]
        graph.add_edges_from(((pre, str(post)) for post in rng.choice(others, 2, replace=False)), weight=1, delay=1)
    return ns.Network.from_graph(graph)


def learner(seed: int, *, law: bool) -> ns.Network:
    """A linear cell that hears four excitatory neurons and four inhibitory ones; with receptors, or without."""
    sizes = np.random.default_rng(seed).uniform(0.2, 1, 8)
    return ns.Network.from_arrays(
        range(8),
        [8] * 8,
        [*sizes[:4], *-sizes[4:]],
        names=["E1", "E2", "E3", "E4", "I1", "I2", "I3", "I4", "cell"],
        modes="linear",
        receptors=[*["excitatory"] * 4, *["inhibitory"] * 4, None] if law else None,
    )


def meet_the_neuron(story: ns.Story) -> None:
    """Name, read, draw and change each part."""
    story.title("The parts of a neuron")
    story.say(
        "A neuron listens with its dendrites. On each sits a synapse, whose weight says how much an impulse that "
        "arrives there counts: above 0 it excites, below 0 it inhibits. The soma adds up. At the axon hillock the sum "
        "is held against the threshold; if it reaches it, an impulse leaves along the axon, which branches to other "
        "neurons. The sum less the threshold is called the drive. Here is one neuron, and how each part is called."
    )
    net = pyramidal()
    cell = net["pyramidal"]
    soma = f"{cell.soma.mode}, threshold {cell.soma.threshold:g}"
    parts = [("dendrites", dict(cell.dendrites)), ("soma", soma), ("axon", dict(cell.axon))]
    story.table(["part", "what is there"], [[f'net["pyramidal"].{part}', str(there)] for part, there in parts])
    caption = (
        "A cortical neuron: dendrites left, soma and axon hillock, branching axon right. Red excites, blue inhibits."
    )
    story.picture(ns.plot(cell), "neuron", caption, cover=True)

    patterns = np.array(list(itertools.product((0, 1), repeat=3)))
    column = net.names.index("pyramidal")
    fires = ns.activity(net, patterns)[:, column]
    weights = [cell.dendrites[name] for name in net.inputs]
    drives = [float(sum(w * x for w, x in zip(weights, row, strict=True)) - cell.threshold) for row in patterns]
    rows = [[*map(int, row), drive, int(rate)] for row, drive, rate in zip(patterns, drives, fires, strict=True)]
    story.table([*map(str, net.inputs), "drive", "fires"], rows)
    wrong = sum(bool(rate) != (drive >= 0) for rate, drive in zip(fires, drives, strict=True))
    story.claim("of 8 patterns, those in which it fires with a drive below 0, or else is silent", wrong, equals=0)
    ties = [int(rate) for rate, drive in zip(fires, drives, strict=True) if drive == 0]
    story.claim("its answer to the pattern whose drive is exactly 0: a tie fires", str(ties), equals="[1]")
    cell.threshold = 2.0
    after = int(ns.activity(net, patterns)[:, column].sum())
    story.say(
        f"To change a part changes the network. With threshold 2, not 1.5, it fires for {after} of the 8 patterns."
    )
    story.claim("patterns for which it fires with threshold 2: both senses, uninhibited", after, equals=1)
    moved = []
    for weight in (1.5, 0.5):
        cell.axon["motor"] = weight
        moved.append(int(ns.respond(net, patterns)[:, net.outputs.index("motor")].sum()))
    text = "patterns that make the motor neuron fire, with the synapse on it at 1.5 and at 0.5"
    story.claim(text, str(moved), equals="[1, 0]")


def follow_the_impulse(story: ns.Story) -> None:
    """From a few senses, tick by tick, through many cells."""
    story.title("From the senses onwards")
    net, ticks = sheet(story.seed), 14
    story.say(
        f"Few neurons hear the world: here {len(net.inputs)} of {len(net)} are sensory. All others hear each other. "
        "Each makes two excitatory synapses at random, and an impulse is under way for one tick. The senses are "
        "stimulated in the first tick alone. Nothing else is, and yet activity spreads: the picture has a mark for "
        "every impulse."
    )
    rec = ns.simulate(net, {name: [1] for name in net.inputs}, ticks=ticks)
    first = {name: int(rec.spike_times(name)[0]) for name in net.outputs if len(rec.spike_times(name))}
    away = nx.multi_source_dijkstra_path_length(net.to_graph(), set(net.inputs), weight="delay")
    wanted = {name: away[name] for name in net.outputs if away.get(name, ticks) < ticks}
    wrong = len(first.items() ^ wanted.items())
    story.claim("cells whose first impulse does not come when the shortest way from a sense says", wrong, equals=0)
    story.claim(f"cells that are reached, of {len(net.outputs)}", len(first), at_least=len(net.outputs) // 2)
    quiet = int(ns.simulate(net, dict.fromkeys(net.inputs, 0), ticks=ticks).rates.sum())
    story.claim("impulses without a stimulus", quiet, equals=0)
    caption = (
        "Impulses tick by tick: the senses fire once, then the cells that they reach, then theirs, round and round."
    )
    story.picture(ns.plot(rec, kind="raster"), "spread", caption)


def hold_the_sign(story: ns.Story) -> None:
    """Train one cell with receptors that hold, and one without."""
    story.title("Receptors hold their sign")
    story.say(
        "Learning changes weights, but not transmitters: an excitatory synapse can become weaker, down to 0, and no "
        "weaker. A cell hears four excitatory neurons, E1 to E4, and four inhibitory ones, I1 to I4. It is taught a "
        "sum in which E3 would have to inhibit and I2 to excite. Beside it learns a cell whose synapses have no "
        "receptors."
    )
    rng = np.random.default_rng(story.seed)
    X = rng.uniform(0, 1, (200, 8))
    targets = X @ [[0.6], [0.8], [-0.5], [0.3], [-0.4], [0.5], [-0.7], [-0.3]] + rng.normal(0, 0.02, (200, 1))
    signs = np.repeat([1, -1], 4)
    epochs = 200 if story.quick else 500
    paths: dict[str, dict[str, np.ndarray]] = {}
    loss, changed = {}, {}
    for law, kind in ((True, "with receptors"), (False, "without receptors")):
        net = learner(story.seed, law=law)
        kept = [net.weights.copy()]
        history = ns.train(
            net,
            X,
            targets,
            optimizer=ns.Adam(0.02),
            epochs=epochs,
            batch_size=None,
            callback=lambda *_, net=net, kept=kept: kept.append(net.weights.copy()),
        )
        loss[kind] = history["loss"][-1]
        changed[kind] = [net.names[i] for i in np.flatnonzero((np.array(kept) * signs < 0).any(axis=0))]
        paths[kind] = {str(net.names[i]): np.array(kept)[:, i] for i in (2, 5)}
        if law:
            at_zero = net.weights == 0
            push = -ns.gradients(net, X, targets).weights * signs
            story.claim(
                "synapses that end at 0", ", ".join(map(str, np.array(net.names[:8])[at_zero])), equals="E3, I2"
            )
            story.claim(
                "there the gradient still pulls to the other sign: the weaker pull",
                float(-push[at_zero].max()),
                at_least=0.001,
            )
            story.claim(
                "on all others it no longer pulls: the strongest pull",
                float(np.abs(push[~at_zero]).max()),
                at_most=0.001,
            )
    story.claim("with receptors: synapses that had another sign in any epoch", len(changed["with receptors"]), equals=0)
    story.claim(
        "without: those that changed their sign", ", ".join(map(str, changed["without receptors"])), equals="E3, I2"
    )
    story.claim(
        "what the law costs: loss with receptors, over that without",
        loss["with receptors"] / loss["without receptors"],
        at_least=10,
    )
    refusal = ""
    try:
        learner(story.seed, law=True)["cell"].dendrites["E1"] = -1
    except ns.DataError as error:
        refusal = str(error)
    story.say(f"Nor can it be done by hand: {refusal}")
    story.claim("a weight with the wrong sign is refused", bool(refusal))
    drawing = ns.charts.panels(range(epochs + 1), paths, xlabel="epoch", ylabel="weight")
    caption = "Two synapses are taught the other sign: with receptors they stop at 0, without they cross it."
    story.picture(drawing, "signs", caption)


@ns.scenario
def main(story: ns.Story) -> None:
    """Look at one neuron, let activity spread from four senses through sixty, and train one whose receptors hold."""
    meet_the_neuron(story)
    follow_the_impulse(story)
    hold_the_sign(story)
    story.title("What this leaves out")
    story.say(
        "Real impulses last a thousandth of a second and come in trains; here a neuron fires or not, tick by tick. "
        "Real dendrites compute, here they sum. Real synapses fail at random, tire, grow and vanish, and substances "
        "such as dopamine tune them; here each is one number."
    )


@main.question(
    "Touch, sound and the inhibitory basket cell fire together. Does the neuron of the picture fire?",
    hint="1.25 + 0.75 - 0.5 against 1.5.",
)
def all_at_once() -> bool:
    """Its answer to all three."""
    return pyramidal()["pyramidal"].fire(touch=1, sound=1, basket=1) == 1


@main.question(
    "Five neurons in a row, the first a sensory one, and each synapse takes 3 ticks. The first fires in tick 0; in "
    "which tick does the last?",
    hint="How many synapses are there?",
)
def arrives() -> int:
    """The tick of its first impulse."""
    row = ns.Network.from_arrays(range(4), range(1, 5), np.ones(4), thresholds=[0, 1, 1, 1, 1], delay=3)
    return int(ns.simulate(row, {0: [1]}, ticks=30).spike_times(4)[0])


@main.question(
    "An inhibitory synapse has the weight -0.2. Training would like it to be 0.3. Which weight will it have?",
    hint="Look at the last picture.",
)
def where_it_stops() -> float:
    """Its weight after training."""
    net = ns.Network.from_arrays([0], [1], [-0.2], modes="linear", receptor="inhibitory")
    ns.train(net, [[1.0], [-1.0]], [[0.3], [-0.3]], optimizer=ns.SGD(0.5), epochs=50)
    return float(net.weights[0])


if __name__ == "__main__":
    main.run_as_script()
