"""A hundred steps: slow cells answer fast because they all work at once; depth against work, measured (L6).

A neuron needs some milliseconds from its input to its impulse, a million times longer than a transistor. Yet a person
tells within 150 ms whether a picture shows an animal (Thorpe, Fize and Marlot, Nature 381, 1996). So there is time
for less than a hundred neurons one after the other: the hundred-step rule (Feldman and Ballard, Cognitive Science 6,
1982). The lecture asks how 10^11 neurons and 10^15 synapses manage that. The answer is in two numbers that any
network has: its work, how many operations there are, and its depth, how many have to wait for one another.

What the model leaves out: a real answer does not come in steps, cells differ in speed, and axons take time too.
"""

from __future__ import annotations

import networkx as nx
import numpy as np

import neurosim as ns

BITS = 16
NEURONS, SYNAPSES = 10**11, 10**15  # of the lecture's brain
STEP = 0.005  # seconds from a neuron's input to its impulse
YEAR = 365.25 * 24 * 3600


def add_xor(graph: nx.DiGraph[str], left: str, right: str, name: str) -> str:
    """Either but not both, of two neurons: three more neurons, two steps."""
    for gate, threshold in ((f"{name} either", 1), (f"{name} both", 2), (name, 1)):
        graph.add_node(gate, threshold=threshold)
    graph.add_edges_from([(x, f"{name} {gate}") for x in (left, right) for gate in ("either", "both")], weight=1)
    graph.add_weighted_edges_from([(f"{name} either", name, 1), (f"{name} both", name, -1)])
    return name


def in_a_row(bits: int) -> nx.DiGraph[str]:
    """The parity of many inputs (is the number of ones odd), one after the other."""
    graph, so_far = senses(bits), "x0"
    for i in range(1, bits):
        so_far = add_xor(graph, so_far, f"x{i}", f"p{i}")
    return graph


def as_a_tree(bits: int) -> nx.DiGraph[str]:
    """The same in pairs, and pairs of pairs, all at the same time."""
    graph, level = senses(bits), [f"x{i}" for i in range(bits)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [add_xor(graph, left, right, f"({left}{right})") for left, right in pairs] + level[
            len(level) // 2 * 2 :
        ]
    return graph


def in_two_steps(bits: int) -> nx.DiGraph[str]:
    """The same by counting: neuron k fires if at least k inputs do, and the output listens with turning signs."""
    graph = senses(bits)
    for k in range(1, bits + 1):
        graph.add_node(f"at least {k}", threshold=k)
        graph.add_edges_from([(f"x{i}", f"at least {k}") for i in range(bits)], weight=1)
        graph.add_edge(f"at least {k}", "odd", weight=1 if k % 2 else -1)
    graph.add_node("odd", threshold=1)
    return graph


def senses(bits: int) -> nx.DiGraph[str]:
    """As many sensory neurons."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from([f"x{i}" for i in range(bits)], mode="sensory")
    return graph


WAYS = {"in a row": in_a_row, "as a tree": as_a_tree, "by counting": in_two_steps}


def ticks_until_final(graph: nx.DiGraph[str], stimuli: np.ndarray) -> int:
    """Let every synapse take one tick, and watch after how many ticks no answer changes any more."""
    slow = graph.copy()
    slow.add_edges_from(slow.edges, delay=1)
    net = ns.Network.from_graph(slow)
    ticks = len(graph)  # longer than any way through it
    rec = ns.simulate(net, np.repeat(stimuli[:, None], ticks, axis=1), ticks=ticks, record=net.outputs)
    changed = (rec.rates != rec.rates[:, -1:]).any(axis=(0, 2))
    return int(np.flatnonzero(changed).max(initial=-1)) + 1


def brain(scale: int, seed: int) -> ns.Network:
    """Four regions, of which the two in the middle grow; a neuron listens to 20 others at most."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", size=64, mode="sensory")
    for name in ("V1", "V2"):
        regions.add_node(name, size=100 * scale, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    for pre, post in (("retina", "V1"), ("V1", "V2"), ("V2", "decision")):
        regions.add_edge(pre, post, wiring=ns.wiring.fixed_indegree(20))
    return ns.Network.from_regions(regions, rng=seed)


@ns.scenario
def main(story: ns.Story) -> None:
    """Compute one function in three depths, let a brain grow, and reckon with the lecture's numbers."""
    rng = np.random.default_rng(story.seed)
    story.title(f"One function, three depths: is the number of ones among {BITS} inputs odd?")
    story.say(
        "In a row: one input after the other is taken in. As a tree: pairs, then pairs of pairs, all pairs at the same "
        "time. By counting: one neuron for 'at least 1', one for 'at least 2', and so on, and one that listens to them."
    )
    X = rng.integers(0, 2, size=(40 if story.quick else 400, BITS))
    loads = {}
    for name, build in WAYS.items():
        graph = build(BITS)
        net = ns.Network.from_graph(graph)
        loads[name] = ns.workload(net)
        right = (ns.respond(net, X)[:, 0] == X.sum(axis=1) % 2).mean()
        story.claim(f"{name}: share of {len(X)} random inputs answered rightly", right, equals=1)
        ticks = ticks_until_final(graph, X)
        story.claim(f"{name}: ticks until no answer changes, at one tick a synapse", ticks, equals=loads[name].depth)
    columns = ["parity", "neurons", "synapses", "operations", "depth", "largest fan-in", "ms at 5 ms a step"]
    story.table(columns, [[name, *numbers(load), 1000 * load.seconds()] for name, load in loads.items()])
    story.claim("the row is deeper than the tree, by", loads["in a row"].depth / loads["as a tree"].depth, at_least=3)
    story.claim("counting: steps", loads["by counting"].depth, equals=2)
    story.say(
        "The same answers, but the row needs many steps and the others few. The price of two steps is fan-in and "
        "operations: every neuron there listens to all inputs. Cortical neurons do have thousands of synapses."
    )
    caption = "The tree does its work in few steps, many neurons at once in each."
    story.picture(ns.plot(loads["as a tree"]), "tree", caption)

    story.title("A brain that grows gets wider, not deeper")
    scales = [1, 4, 16] if story.quick else [1, 4, 16, 64]
    grown = [ns.workload(brain(scale, story.seed)) for scale in scales]
    sizes = [int(load.somas.sum()) for load in grown]
    story.table(
        ["neurons", "operations", "depth"],
        [[size, g.operations, g.depth] for size, g in zip(sizes, grown, strict=True)],
    )
    story.claim("depths of all of them", ", ".join(str(g.depth) for g in grown), equals=", ".join(["3"] * len(grown)))
    ratio = grown[-1].operations / grown[0].operations
    story.claim(
        f"operations of the largest, over those of the smallest ({scales[-1]} times wider)",
        ratio,
        at_least=scales[-1] / 2,
    )
    lines = {"operations": [g.operations for g in grown], "steps, one after the other": [g.depth for g in grown]}
    ax = ns.charts.curves(sizes, lines, xlabel="neurons", ylabel="how many", log=True)
    ax.set_xscale("log")
    story.picture(ax, "growth", "The work grows with the brain; the number of steps stays as it is.", cover=True)

    story.title("The lecture's brain")
    operations = 2 * SYNAPSES + 2 * NEURONS
    alone = operations * STEP / YEAR
    story.say(
        f"With 10^11 neurons and 10^15 synapses, to run through everything once takes {operations:.3g} operations. A "
        f"single cell that did them one after the other, {1000 * STEP:g} ms each, would need {alone:,.0f} years. All "
        f"at once, a hundred steps take {100 * STEP:g} s. That is the answer to the lecture's question: few steps, and "
        "very much at the same time in each."
    )
    story.claim("years for a single cell", alone, at_least=100_000)


def numbers(load: ns.Workload) -> list[int]:
    """Neurons, synapses, operations, depth, largest fan-in."""
    return [int(load.somas.sum()), int(load.synapses.sum()), load.operations, load.depth, int(load.fan_in.max())]


@main.question(
    "How many steps does the tree take for 64 inputs?", hint="How often can 64 be halved? Each pair takes two steps."
)
def deep_tree() -> int:
    """Build it."""
    return ns.workload(ns.Network.from_graph(as_a_tree(64))).depth


@main.question("And how many for 64 inputs in a row?")
def deep_row() -> int:
    """Build it."""
    return ns.workload(ns.Network.from_graph(in_a_row(64))).depth


@main.question("At 5 ms a step, how many milliseconds does a chain of 30 neurons take?")
def chain() -> float:
    """Build it."""
    return 1000 * ns.workload(ns.Network.from_arrays(range(30), range(1, 31), 1.0)).seconds()


if __name__ == "__main__":
    main.run_as_script()
