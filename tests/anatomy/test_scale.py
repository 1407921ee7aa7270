"""The numbers promised for large networks, measured in fresh processes."""

import subprocess
import sys
import textwrap

import pytest


def measure(code):
    """Run code in a fresh interpreter; it prints seconds, this adds the peak of memory in MB."""
    script = (
        textwrap.dedent(code) + "\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, run.stdout.split())
    return seconds, megabytes


RANDOM_ENDS = """
    import time
    import numpy as np
    import neurosim as ns
    rng = np.random.default_rng(0)
    n, m = 100_000, {synapses}
    ends = rng.integers(n, size=(m, 2))
    ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    ends = ends[np.sort(np.unique(ends @ [n, 1], return_index=True)[1])]
    number = rng.permutation(n)  # so that synapses do not point onwards in the order of names
    pre, post = number[ends].T
"""


@pytest.mark.parametrize("weight", ["rng.normal(size=len(pre))", "None"], ids=["given", "drawn"])
def test_a_million_synapses_from_arrays(weight):
    seconds, megabytes = measure(
        RANDOM_ENDS.format(synapses=1_000_000)
        + f"""
    weight = {weight}
    start = time.perf_counter()
    net = ns.Network.from_arrays(pre, post, weight, modes="relu", size=n, rng=0)
    print(time.perf_counter() - start)
    assert len(net) == n and len(net.weights) > 990_000 and net.inputs and net.outputs
    """
    )
    assert seconds < 3
    assert megabytes < 500


@pytest.mark.parametrize("weights", [True, False], ids=["given", "drawn"])
def test_a_graph_of_a_hundred_thousand_edges(weights):
    seconds, _ = measure(
        RANDOM_ENDS.format(synapses=100_000)
        + f"""
    import networkx as nx
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from((i, j, 0.5 if {weights} else None) for i, j in zip(pre.tolist(), post.tolist()))
    start = time.perf_counter()
    net = ns.Network.from_graph(graph, mode="relu", rng=0)
    print(time.perf_counter() - start)
    assert len(net.weights) == graph.number_of_edges() > 99_000
    """
    )
    assert seconds < 3
