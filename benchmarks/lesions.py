"""How much less a lesion atlas costs than answering once for each lesion: `make lesions`.

Every brain has 1,000 neurons and about 50,000 synapses and answers 500 samples. An atlas of all neurons that can go,
losses and accuracies included, takes turns with calls of ``ns.respond`` (with the backend that it chooses, and with
kernels), as many as there are lesions; of those a few are made and the rest reckoned. The ratio is the median over the
turns of the atlas's time over theirs. It must be at most a tenth in every line that says so; a line that misses it
ends the command with status 1. `by hand` is ``with ns.lesion(net, neurons=[...]): ns.respond(net, X)`` for each, which
is what an atlas does away with.

Measure on a quiet machine: the atlas works on all cores, and others there take more from it than from a single thread.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import networkx as nx
import numpy as np
from rich.console import Console
from rich.table import Table

import neurosim as ns
from benchmarks.machine import load, model

NEURONS, SYNAPSES, SAMPLES, CLASSES = 1_000, 50_000, 500, 10
CALLS = 20  # of ns.respond in a turn
LIMIT = 0.1
# Ten dense layers one behind the other are told without a limit: whatever is lost changes nearly all that comes after
# it, half of the network in the mean, and one answer is a product of dense matrices at the speed of the machine.
DEEP = "ten layers of 100"


def cortex(mode: str, dtype: str) -> ns.Network:
    """A retina, two streams of two regions each that hear a little of each other, and what reads both."""
    sizes = {"retina": 200, "V1": 250, "V2": 250, "IT": 145, "PP": 145, "what": CLASSES}
    pairs = ["retina V1", "retina V2", "V1 IT", "V2 PP", "V1 PP", "V2 IT", "IT what", "PP what"]
    return _regions(sizes, [pair.split() for pair in pairs], mode, dtype)


def layers(count: int, mode: str, dtype: str) -> ns.Network:
    """As many layers, each heard by the next alone; the first is sensory and the last is read."""
    inner = (NEURONS - 100 - CLASSES) // (count - 2)
    sizes = {f"L{i}": inner for i in range(count)} | {"L0": 100 + NEURONS - 100 - CLASSES - inner * (count - 2)}
    names = [*list(sizes)[:-1], "what"]
    sizes = {name: sizes.get(name, CLASSES) for name in names}
    return _regions(sizes, list(itertools.pairwise(names)), mode, dtype)


def _regions(sizes: dict[str, int], pairs: list, mode: str, dtype: str) -> ns.Network:
    """Regions of these sizes, in which projections are as dense as it takes for the synapses."""
    branches = 2 if mode == "maxout" else 1
    possible = sum(sizes[pre] * sizes[post] * (1 if post == "what" else branches) for pre, post in pairs)
    B = nx.DiGraph()
    for i, (name, size) in enumerate(sizes.items()):
        B.add_node(name, size=size, mode="sensory" if i == 0 else "linear" if name == "what" else mode)
    for pre, post in pairs:
        B.add_edge(pre, post, wiring=ns.wiring.random(min(1.0, SYNAPSES / possible)))
    return ns.Network.from_regions(B, rng=0, dtype=dtype)


def graph(mode: str, dtype: str) -> ns.Network:
    """A graph at random, in which every neuron may hear every earlier one: hundreds of neurons deep."""
    rng = np.random.default_rng(0)
    inner = NEURONS - CLASSES
    ends = np.argwhere(np.triu(np.ones((NEURONS, NEURONS), dtype=bool), 1))
    ends = ends[(ends[:, 0] < inner) & (ends[:, 1] >= 100)]
    pre, post = ends[np.sort(rng.permutation(len(ends))[:SYNAPSES])].T
    modes = ["sensory"] * 100 + [mode] * (inner - 100) + ["linear"] * CLASSES
    regions = ["rest"] * inner + ["what"] * CLASSES
    return ns.Network.from_arrays(
        pre, post, modes=modes, regions=regions, outputs=list(range(inner, NEURONS)), rng=0, dtype=dtype
    )


def brains(quick: bool) -> Iterator[tuple[str, str, str, Callable[[str, str], ns.Network]]]:
    """The name of each, mode, dtype, and what makes it."""
    if quick:
        yield "cortex", "relu", "float64", cortex
        return
    for mode in ("relu", "sigmoid", "tanh", "leaky_relu", "elu", "maxout", "linear", "binary"):
        yield "cortex", mode, "float64", cortex
    for mode in ("relu", "sigmoid", "binary", "maxout"):
        yield "graph at random", mode, "float64", graph
    for mode in ("relu", "sigmoid"):
        yield "four layers", mode, "float64", lambda m, d: layers(4, m, d)
    for mode in ("relu", "sigmoid"):
        yield DEEP, mode, "float64", lambda m, d: layers(11, m, d)
    for name, make in (("cortex", cortex), ("graph at random", graph), (DEEP, lambda m, d: layers(11, m, d))):
        for mode in ("relu", "sigmoid"):
            yield name, mode, "float32", make


class Contest:
    """An atlas and answers of one brain, in turn."""

    def __init__(self, net: ns.Network) -> None:
        rng = np.random.default_rng(1)
        self.net, self.X = net, rng.integers(0, 2, (SAMPLES, len(net.inputs))).astype(float)
        if not any(mode.name == "binary" for mode in net.modes):
            self.X = rng.random(self.X.shape)
        self.task = ns.Task("what", self.X, rng.integers(0, CLASSES, SAMPLES), "what")
        self.lesions = [name for name in net.names if name not in net.outputs]

    def atlas(self) -> float:
        """Seconds for each lesion."""
        return self._seconds(
            lambda: ns.lesion_atlas(self.net, self.task, regions=[], pairs=None, backend="numba"), len(self.lesions)
        )

    def answers(self, backend: str) -> float:
        """Seconds for each call."""
        return self._seconds(lambda: [ns.respond(self.net, self.X, backend=backend) for _ in range(CALLS)], CALLS)

    def by_hand(self) -> float:
        """Seconds for each lesion, made and undone."""

        def work() -> None:
            for name in self.lesions[:: len(self.lesions) // CALLS][:CALLS]:
                with ns.lesion(self.net, neurons=[name]):
                    ns.respond(self.net, self.X)

        return self._seconds(work, CALLS)

    @staticmethod
    def _seconds(work: Callable[[], object], times: int) -> float:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) / times

    def run(self, turns: int) -> dict[str, list[float]]:
        """The seconds of each, turn by turn, after a turn that does not count."""
        taken: dict[str, list[float]] = {}
        for turn in range(turns + 1):
            ways = {
                "atlas": self.atlas,
                "respond": lambda: self.answers("auto"),
                "kernels": lambda: self.answers("numba"),
                "hand": self.by_hand,
            }
            for name, way in ways.items():
                seconds = way()
                if turn:
                    taken.setdefault(name, []).append(seconds)
        return taken


def ratio(taken: dict[str, list[float]], against: str) -> float:
    """The median over the turns of the atlas's time over another's."""
    return statistics.median(a / b for a, b in zip(taken["atlas"], taken[against], strict=True))


def main() -> None:
    """Measure every brain, print the table, and end with status 1 if a line missed the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one brain, whether it works here")
    parser.add_argument("--only", default="", help="brains and modes with this in their name")
    options = parser.parse_args()
    columns = ("brain", "mode", "dtype", "synapses", "respond ms", "atlas ms", "ratio", "kernels", "by hand", "held")
    table = Table(*columns, title=f"{model()}, {load()}; milliseconds a lesion")
    missed = 0
    for name, mode, dtype, make in brains(options.quick):
        if options.only not in f"{name} {mode} {dtype}":
            continue
        net = make(mode, dtype)
        taken = Contest(net).run(options.turns)
        held = "" if name == DEEP else "yes" if ratio(taken, "respond") <= LIMIT else "NO"
        missed += held == "NO"
        times = (f"{1e3 * statistics.median(taken[way]):.2f}" for way in ("respond", "atlas"))
        shares = (f"{ratio(taken, way):.3f}" for way in ("respond", "kernels", "hand"))
        table.add_row(name, mode, dtype, f"{len(net.weights):,}", *times, *shares, held)
        print(name, mode, dtype, *(f"{ratio(taken, way):.3f}" for way in ("respond", "kernels", "hand")), load())
    Console(width=140).print(table)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
