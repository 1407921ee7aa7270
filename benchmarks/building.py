"""How long large networks take to build, and what memory beside their own: `python benchmarks/building.py`.

Every line of the first table is one network built in fresh interpreters, whose peak of memory is compared with what the
network holds in the end. The second table is about graphs: reading and making one, beside what networkx itself needs to
go over all edges once, and to add them. A limit that is missed ends the command with status 1. Measure on a quiet
machine: the seconds mean little on a busy one.
"""

import argparse
import statistics
import subprocess
import sys
import textwrap

from rich.console import Console
from rich.table import Table

SECONDS = 60e-8  # a synapse: a minute for 1e8
LONGER = {"fixed_indegree(k), a fifth inhibitory": 150e-8}  # noise is sent through it, to balance it
BYTES = 12  # a synapse

# m synapses, k of them a neuron, between two lines of n neurons or two grids with this side
SIZES = """
    import numpy as np
    import networkx as nx
    import neurosim as ns
    m = SYNAPSES
    k = min(1000, int(m**0.5))
    n = m // k
    side = int((m / 100) ** 0.5)
"""
REGIONS = """
    regions = nx.DiGraph()
    regions.add_node("eye", PRE)
    regions.add_node("V1", POST, mode="relu")
    regions.add_edge("eye", "V1", wiring=ns.wiring.RULE)
    build = lambda: ns.Network.from_regions(regions, rng=0, dtype="float32")
"""
ARRAYS = """
    pre = np.empty((n, k), dtype=np.int32)
    for post in range(n):
        pre[post] = number[(post + np.arange(k)) % n]
    pre, post = pre.ravel(), np.repeat(number[n:], k)
    build = lambda: ns.Network.from_arrays(pre, post, modes="relu", size=2 * n, rng=0, dtype="float32")
"""
MEASURE = """
    import resource, sys, time
    import scipy.sparse.csgraph  # loaded on first use, and no part of the work
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    net = build()
    seconds = time.perf_counter() - start
    beside = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
    structure = net.structure
    columns = [structure.pre, structure.post, structure.delay, structure.branch, structure.receptor, structure.plastic]
    for column in (*columns, structure.shared, net.weights):
        beside -= column.nbytes if column.strides != (0,) else 0  # one number for all synapses takes no memory
    print(len(net.weights), seconds, beside / len(net.weights))
"""
GRAPH = """
    import time
    n = max(100, m // 100)
    rng = np.random.default_rng(0)
    ends = np.sort(rng.integers(n, size=(m, 2)), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    pre, post = rng.permutation(n)[rng.permutation(ends)].T.tolist()
    weights = rng.normal(size=len(pre)).tolist()

    def add_edges_from():
        graph = nx.DiGraph()
        graph.add_nodes_from(range(n))
        graph.add_edges_from((i, j, {"weight": weight}) for i, j, weight in zip(pre, post, weights))
        return graph

    def iterate():
        return [data["weight"] for _, _, data in graph.edges(data=True)]

    def timed(work):
        start = time.perf_counter()
        return work(), time.perf_counter() - start

    graph, added = timed(add_edges_from)
    _, iterated = timed(iterate)
    net, read = timed(lambda: ns.Network.from_graph(graph, mode="relu"))
    _, written = timed(net.to_graph)
    print(len(weights), added, iterated, read, written)
"""


def regions(rule, pre, post):
    """Two regions, and this wiring between them."""
    return REGIONS.replace("RULE", rule).replace("PRE", pre).replace("POST", post)


LINE, GRID, SQUARE = "size=n", "shape=(side, side)", "size=int(m**0.5)"
NEAR = "shape=(round((m / 0.0147) ** 0.25),) * 2"  # a sigma of 0.05 connects about 1.5 percent of all pairs
WORKS = {
    "fixed_indegree(k)": regions("fixed_indegree(k)", LINE, LINE),
    "fixed_outdegree(k)": regions("fixed_outdegree(k)", LINE, LINE),
    "random(k / n)": regions("random(k / n)", LINE, LINE),
    "all_to_all()": regions("all_to_all()", SQUARE, SQUARE),
    "small_world(k, 0.1)": regions("small_world(k, 0.1)", LINE, LINE),
    "distance_dependent(0.05)": regions("distance_dependent(0.05)", NEAR, NEAR),
    "local(10)": regions("local(10)", GRID, GRID),
    "convolution(10)": regions("convolution(10)", GRID, "shape=(1, side - 9, side - 9)"),
    "fixed_indegree(k), a fifth inhibitory": regions(
        "fixed_indegree(k)", f"{LINE}, inhibitory=0.2", f"{LINE}, output=True"
    ),
    "from_arrays, in order": "    number = np.arange(2 * n, dtype=np.int32)\n" + ARRAYS,
    "from_arrays, mixed": "    number = np.random.default_rng(0).permutation(np.arange(2 * n, dtype=np.int32))\n"
    + ARRAYS,
}


def run(script, synapses):
    """The numbers that a script prints, from a fresh interpreter."""
    code = textwrap.dedent(SIZES.replace("SYNAPSES", str(synapses)) + script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(number) for number in done.stdout.split()]


def main():
    """Measure every line, print the tables, and end with status 1 if a limit was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--synapses", type=float, default=1e8, help="of every network that is built")
    parser.add_argument("--edges", type=float, default=1e6, help="of the graph that is read and made")
    parser.add_argument("--repeats", type=int, default=3, help="the seconds are the median of these")
    parser.add_argument("--only", default="", help="the lines whose name contains this")
    options = parser.parse_args()
    missed = 0
    table = Table("work", "synapses", "s", "limit s", "bytes a synapse beside the network", "limit", "held")
    for name, script in WORKS.items():
        if options.only not in name:
            continue
        found = [run(script + MEASURE, int(options.synapses)) for _ in range(options.repeats)]
        synapses, seconds = found[0][0], statistics.median(seconds for _, seconds, _ in found)
        beside = max(beside for *_, beside in found)
        most = LONGER.get(name, SECONDS) * synapses
        held = seconds < most and beside <= BYTES
        missed += not held
        numbers = f"{synapses:.3g}", f"{seconds:.1f}", f"{most:.0f}", f"{beside:.1f}", f"{BYTES}"
        table.add_row(name, *numbers, "yes" if held else "NO")
    Console(width=120).print(table)
    if options.only in "graphs":
        missed += graphs(int(options.edges), options.repeats)
    sys.exit(1 if missed else 0)


def graphs(edges, repeats):
    """Print the table of graphs, and say how many limits were missed."""
    table = Table("work", "edges", "s", "networkx", "s", "times", "limit", "held")
    counts, added, iterated, read, written = zip(*(run(GRAPH, edges) for _ in range(repeats)), strict=True)
    missed = 0
    for name, seconds, own_name, own, limit in (
        ("from_graph", read, "iterate over edges(data=True)", iterated, 5),
        ("from_graph", read, "add_edges_from", added, 2),
        ("to_graph", written, "add_edges_from", added, 2),
    ):
        ratio = statistics.median(mine / theirs for mine, theirs in zip(seconds, own, strict=True))
        missed += ratio > limit
        numbers = f"{counts[0]:.3g}", f"{statistics.median(seconds):.2f}", own_name, f"{statistics.median(own):.2f}"
        table.add_row(name, *numbers, f"{ratio:.1f}", f"{limit}", "yes" if ratio <= limit else "NO")
    Console(width=120).print(table)
    return missed


if __name__ == "__main__":
    main()
