"""The number of threads changes no digit of what is learnt."""

import os
import subprocess
import sys

import pytest

TRAINING = """
import sys
import networkx as nx
import numpy as np
import neurosim as ns
regions = nx.DiGraph()
for name, size, mode in (("x", 200, "sensory"), ("a", 400, "relu"), ("b", 400, "tanh"), ("y", 10, "linear")):
    regions.add_node(name, size=size, mode=mode)
wiring = ns.wiring.all_to_all() if sys.argv[2] == "dense" else ns.wiring.fixed_indegree(20)
regions.add_edge("x", "a", wiring=wiring)
regions.add_edge("a", "b", wiring=wiring)
regions.add_edge("b", "y")
net = ns.Network.from_regions(regions, rng=0)
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(500, 200)), rng.integers(10, size=500)
ns.gradients(net, X, labels, loss="cross_entropy")  # a first use of threads, before others are loaded
settings = eval(sys.argv[3])
ns.train(net, X, labels, loss="cross_entropy", epochs=2, rng=0, validation=(X[:100], labels[:100]), **settings)
ns.save(net, sys.argv[1])
"""


@pytest.mark.xdist_group("kernels")
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("wiring", ["dense", "sparse"])
@pytest.mark.parametrize(
    "settings",
    [
        "dict(batch_size=250)",
        "dict(batch_size=250, clip_norm=0.1)",
        "dict(patience=1)",
        "dict(optimizer=ns.LBFGS(iterations=2))",
    ],
)
def test_one_thread_and_two_give_the_same_weights(wiring, settings, backend, tmp_path):
    def train(threads):
        path = tmp_path / str(threads)
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NEUROSIM_THREADS")
        env = {**os.environ, **dict.fromkeys(names, str(threads)), "PYTHONPATH": os.pathsep.join(sys.path)}
        env["NEUROSIM_BACKEND"] = backend
        subprocess.run([sys.executable, "-c", TRAINING, str(path), wiring, settings], env=env, check=True)
        return path.read_bytes()

    assert train(1) == train(2)
