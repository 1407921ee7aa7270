"""A hundred steps: slow cells answer fast because they all work at once; depth against work, measured (L6).

A neuron needs some milliseconds from its input to its impulse, a million times longer than a transistor. Yet a person
tells within 150 ms whether a picture shows an animal (Thorpe, Fize and Marlot, Nature 381, 1996). So there is time
for less than a hundred neurons one after the other: the hundred-step rule (Feldman and Ballard, Cognitive Science 6,
1982). The lecture asks how 10^11 neurons and 10^15 synapses manage that. The answer is in two numbers that any
network has: its work, how many operations there are, and its depth, how many have to wait for one another.

What the model leaves out: a real answer does not come in steps, cells differ in speed, and axons take time too.
"""

import networkx as nx
import numpy as np

import neurosim as ns

BITS, STEP = 16, 0.005  # seconds from a neuron's input to its impulse


def in_a_row(bits: list[str]) -> str:
    """Take in one input after the other; the answer is whether the number of ones is odd."""
    return bits[0] if len(bits) == 1 else f"({in_a_row(bits[:-1])}) xor {bits[-1]}"


def in_pairs(bits: list[str]) -> str:
    """Pairs, then pairs of pairs, all pairs at the same time."""
    half = len(bits) // 2
    return f"({in_pairs(bits[:half])}) xor ({in_pairs(bits[half:])})" if half else bits[0]


def parity(way: str, bits: int) -> ns.Network:
    """A network that fires if an odd number of inputs do."""
    names = [f"x{i + 1}" for i in range(bits)]
    if way == "by counting":  # one neuron for "at least 2", one for "at least 4", ..., and one that listens to them
        return ns.logic.network(" xor ".join(names), shape="shallow")
    return ns.logic.network(in_a_row(names) if way == "in a row" else in_pairs(names))


def ticks_until_final(net: ns.Network, stimuli: np.ndarray) -> int:
    """Let every synapse take one tick, and watch after how many ticks no answer changes any more."""
    graph = net.to_graph()
    graph.add_edges_from(graph.edges, delay=1)
    ticks = len(graph)  # longer than any way through it
    shown = np.repeat(stimuli[:, None], ticks, axis=1)
    rates = ns.simulate(ns.Network.from_graph(graph), shown, ticks=ticks, record=net.outputs).rates
    return int(np.flatnonzero((rates != rates[:, -1:]).any(axis=(0, 2))).max(initial=-1)) + 1


def brain(scale: int, seed: int) -> ns.Network:
    """Four regions, of which the two in the middle grow; every neuron listens to 20 others."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", size=64)
    regions.add_nodes_from(["V1", "V2"], size=100 * scale, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    nx.add_path(regions, ["retina", "V1", "V2", "decision"], wiring=ns.wiring.fixed_indegree(20))
    return ns.Network.from_regions(regions, rng=seed)


@ns.scenario
def main(story: ns.Story) -> None:
    """Compute one function in three depths, let a brain grow, and reckon with the lecture's numbers."""
    story.title(f"One function, three depths: is the number of ones among {BITS} inputs odd?")
    story.say(
        "In a row: one input after the other is taken in. In pairs: two inputs each, then pairs of pairs, all at the "
        "same time. An 'xor' (one or the other, not both) takes two neurons, one behind the other. By counting: a "
        "neuron for 'at least 2 ones', one for 'at least 4', and so on, and one that listens to them and to the "
        "inputs. Depth is how many neurons lie one behind the other; each takes a step of 5 ms. Every synapse is two "
        "operations, a multiplication and an addition, and so is every cell: it compares its sum with its threshold, "
        "and fires."
    )
    X = np.random.default_rng(story.seed).integers(0, 2, size=(40 if story.quick else 400, BITS))
    X[0] = 1  # for this one the last answer has to wait for every neuron on the longest way
    rows, loads = [], {}
    for way in ("in a row", "in pairs", "by counting"):
        net = parity(way, BITS)
        loads[way] = load = ns.workload(net)
        rows.append(
            [way, len(load.fan_in), load.operations, int(load.fan_in.max()), load.depth, 1000 * load.seconds(STEP)]
        )
        right = (ns.respond(net, X)[:, 0] == X.sum(axis=1) % 2).mean()
        story.claim(f"{way}: share of {len(X)} random inputs answered rightly", right, equals=1)
        ticks = ticks_until_final(net, X)
        story.claim(f"{way}: ticks until no answer changes, a tick for each synapse", ticks, equals=load.depth)
    story.table(["", "neurons", "operations", "most synapses on one", "depth", "ms"], rows)
    story.claim("depth in a row over depth in pairs", loads["in a row"].depth / loads["in pairs"].depth, at_least=3)
    story.claim("depth by counting", loads["by counting"].depth, equals=2)
    story.say(
        "The answers are the same, but only the row takes many steps. Two steps cost synapses: every neuron listens to "
        "all inputs. Neurons of the cortex do have thousands of synapses."
    )
    story.picture(
        ns.plot(loads["in pairs"]),
        "pairs",
        "In pairs: 8 steps; half of the neurons work in the first two, one in each of the last.",
    )

    story.title("A brain that grows gets wider, not deeper")
    story.say(
        "Four regions, each of which listens to the one before: retina, V1, V2, decision. Each cell listens to 20 of "
        "the cells there. That is three steps, for the senses wait for nobody, however wide the regions are. Now V1 "
        "and V2 grow, and with them the work."
    )
    scales = [1, 4, 16] if story.quick else [1, 4, 16, 64]
    grown = [ns.workload(brain(scale, story.seed)) for scale in scales]
    more = grown[-1].operations / grown[0].operations
    story.claim(
        "depth of the brains, from the smallest to the largest", str({load.depth for load in grown}), equals="{3}"
    )
    story.claim(
        f"operations of the largest, {scales[-1]} times as wide, over the smallest", more, at_least=scales[-1] / 2
    )
    lines = {"operations": [load.operations for load in grown], "depth, in steps": [load.depth for load in grown]}
    sizes = [len(load.fan_in) for load in grown]
    ax = ns.charts.curves(sizes, lines, xlabel="neurons", ylabel="how many", log=True)
    ax.set_xscale("log")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
    ax.set_xticks([], minor=True)
    story.picture(ax, "growth", "The work grows with the brain; the number of steps stays as it is.", cover=True)

    story.title("The lecture's brain")
    operations = 2 * 10**15 + 2 * 10**11
    alone = operations / 1e9 / (24 * 3600)
    story.say(
        f"With 10^15 synapses and 10^11 neurons, to run through everything once takes {operations:.3g} operations. A "
        f"computer that does a billion of them in a second, one after the other, would need {alone:.0f} days. Neurons "
        f"are far slower, but all work at once: in 150 ms there is time for {0.15 / STEP:.0f} of them one behind the "
        "other, and so for a network as deep as that and as wide as you like. Few steps, and very much in each."
    )
    story.claim("days, one operation after the other", alone, at_least=20)


@main.question("How many steps do 64 inputs take in pairs?", hint="How often can 64 be halved? A pair takes two steps.")
def deep_pairs() -> int:
    """Build it."""
    return ns.workload(parity("in pairs", 64)).depth


@main.question("At 5 ms a step, how many milliseconds does a chain of 30 neurons take?", hint="One after the other.")
def chain() -> float:
    """Thirty neurons and a sense."""
    return 1000 * ns.workload(ns.Network.from_arrays(range(30), range(1, 31), 1.0)).seconds(STEP)


if __name__ == "__main__":
    main.run_as_script()
