"""Compile the kernels that most tests use, once and on all cores: workers that run tests would each do it again."""

from multiprocessing import get_context

import networkx as nx
import numpy as np

import neurosim as ns


def run(dtype):
    """Let a network of one dtype answer and learn."""
    regions = nx.DiGraph()
    regions.add_node("in", size=6)
    regions.add_node("hidden", size=5, mode="tanh")
    regions.add_node("out", size=4, mode="linear")
    regions.add_edge("in", "hidden", wiring=ns.wiring.all_to_all())
    regions.add_edge("hidden", "out", wiring=ns.wiring.random(0.5))
    regions.add_edge("in", "out", wiring=ns.wiring.random(0.5))
    net = ns.Network.from_regions(regions, rng=0, dtype=dtype)
    rng = np.random.default_rng(0)
    X, targets = rng.random((20, 6)), rng.random((20, 4))
    ns.respond(net, X, backend="numba")
    ns.gradients(net, X, targets, loss="mse", backend="numba")
    ns.train(net, X, targets, loss="mse", epochs=1, batch_size=5, rng=0, backend="numba")
    ns.lesion_atlas(net, ns.Task("values", X, targets, "out", loss="mse"), backend="numba")


if __name__ == "__main__":
    with get_context("spawn").Pool(2) as pool:
        pool.map(run, ["float32", "float64"])
