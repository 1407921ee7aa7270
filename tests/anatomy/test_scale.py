"""Large networks: what they hold, and the memory that making one takes."""

import subprocess
import sys
import textwrap

import networkx as nx
import numpy as np
import pytest

import neurosim as ns


def random_ends(n, synapses):
    """The ends of distinct random synapses without loops, which do not point onwards in the order of names."""
    rng = np.random.default_rng(0)
    ends = np.sort(rng.integers(n, size=(synapses, 2)), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return rng.permutation(n)[ends].T


@pytest.mark.parametrize("weight", ["rng.normal(size=len(pre))", "None"], ids=["given", "drawn"])
def test_a_million_synapses_from_arrays(weight):
    """In a fresh interpreter, whose peak of memory is this work's alone."""
    script = f"""
        import re, resource, pathlib
        import numpy as np
        import neurosim as ns
        rng = np.random.default_rng(0)
        n = 100_000
        ends = np.sort(rng.integers(n, size=(1_000_000, 2)), axis=1)
        keys = np.unique((ends @ [n, 1])[ends[:, 0] != ends[:, 1]])
        pre, post = rng.permutation(n)[np.array(divmod(keys, n))]
        weight = {weight}
        net = ns.Network.from_arrays(pre, post, weight, modes="relu", size=n, rng=0)
        assert len(net) == n and len(net.weights) > 990_000 and net.inputs and net.outputs
        status = pathlib.Path("/proc/self/status")  # elsewhere the peak may be that of the process that started this
        peak = re.search(r"VmHWM: *[^0-9]*([0-9]+)", status.read_text())[1] if status.exists() else None
        print(int(peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 500  # megabytes


def test_a_graph_of_a_hundred_thousand_edges():
    """Half of the weights are given, half are to be drawn."""
    n = 100_000
    pre, post = random_ends(n, n)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    given = np.arange(len(pre)) % 2 == 0
    graph.add_weighted_edges_from(
        (i, j, 0.5 if told else None) for i, j, told in zip(pre.tolist(), post.tolist(), given.tolist(), strict=True)
    )
    net = ns.Network.from_graph(graph, mode="relu", rng=0)
    assert len(net) == n
    assert len(net.weights) == graph.number_of_edges() > 99_000
    assert net.synapses[:3] == list(graph.edges)[:3]
    assert np.isfinite(net.weights).all()
    told = np.array([weight is not None for _, _, weight in graph.edges(data="weight")])
    assert (net.weights[told] == 0.5).all()
    assert (net.weights[~told] != 0.5).all()
