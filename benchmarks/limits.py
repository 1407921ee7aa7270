"""What a user waits for, in seconds and megabytes, beside the limits that this project sets itself: `make limits`.

Each line is done in fresh interpreters, several times over; the table shows the median and the slowest. A limit that is
missed ends the command with status 1. Measure on a quiet machine: a limit in seconds means little on a busy one, which
is why no test holds it.
"""

import argparse
import statistics
import subprocess
import sys
import textwrap
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

LARGE = """
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

GRAPH = (
    LARGE.format(synapses=100_000)
    + """
    import networkx as nx
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from(({edge}) for i, j in zip(pre.tolist(), post.tolist()))
"""
)


@dataclass(frozen=True)
class Limit:
    """Some work, what must be there before it, and how long and how much memory it may take."""

    name: str
    before: str
    work: str
    seconds: float
    megabytes: float | None = None

    def measure(self):
        """Seconds for the work and the process's peak memory in MB, from one fresh interpreter."""
        script = "\n".join(
            [
                "import time, resource",
                textwrap.dedent(self.before),
                "start = time.perf_counter()",
                textwrap.dedent(self.work),
                "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)",
            ]
        )
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        seconds, megabytes = map(float, run.stdout.split())
        return seconds, megabytes


LIMITS = [
    Limit("import neurosim", "", "import neurosim", seconds=0.3),
    *(
        Limit(
            f"from_arrays: 1e5 neurons, 1e6 synapses, weights {told}",
            LARGE.format(synapses=1_000_000) + f"    weight = {weight}",
            'ns.Network.from_arrays(pre, post, weight, modes="relu", size=n, rng=0)',
            seconds=3,
            megabytes=500,
        )
        for told, weight in (("given", "rng.normal(size=len(pre))"), ("drawn", "None"))
    ),
    *(
        Limit(
            f"from_graph: 1e5 neurons, 1e5 edges, weights {told}",
            GRAPH.format(edge=edge),
            'ns.Network.from_graph(graph, mode="relu", rng=0)',
            seconds=3,
        )
        for told, edge in (("given", "i, j, 0.5"), ("drawn", "i, j, None"))
    ),
    Limit(
        "simulate: 1e5 neurons x 100 synapses, 200 ticks, one region recorded",
        """
        import numpy as np
        import neurosim as ns
        n, fan_in = 100_000, 100
        rng = np.random.default_rng(0)
        apart = np.arange(fan_in) * (n // fan_in)  # so that no synapse is drawn twice
        start = rng.integers(n, size=n)
        pre = ((start[:, None] + apart + rng.integers(n // fan_in, size=(n, fan_in))) % n).astype("int32").ravel()
        post = np.repeat(np.arange(n, dtype="int32"), fan_in)
        weight = rng.normal(size=n * fan_in).astype("float32")
        net = ns.Network.from_arrays(
            np.append(pre, n), np.append(post, 0), np.append(weight, 1), delay=np.append(np.ones(len(pre), "int32"), 0),
            modes=["binary"] * n + ["sensory"], regions=["V1"] * 1000 + ["rest"] * (n - 1000) + ["eye"], outputs=[0],
            thresholds=0.1, dtype="float32",
        )
        """,
        'rec = ns.simulate(net, {n: 1}, 200, state={0: 1}, record="V1"); assert 0 < rec["V1"].mean() < 1',
        seconds=60,
        megabytes=2000,
    ),
    Limit(
        "small_world(10, 0.5) within 20,000 neurons",
        """
        import networkx as nx
        import neurosim as ns
        regions = nx.DiGraph()
        regions.add_node("eye", size=20_000, mode="sensory")
        regions.add_node("cortex", size=20_000, mode="relu")
        regions.add_edge("eye", "cortex", wiring=ns.wiring.small_world(10, 0.5))
        """,
        "ns.Network.from_regions(regions, rng=0)",
        seconds=2,
    ),
    Limit(
        "a neuron with 20,000 dendrites: shown, fired twice, read",
        """
        import numpy as np
        import neurosim as ns
        n = 20_000
        net = ns.Network.from_arrays(np.arange(n), np.full(n, n), 1.0, thresholds=np.append(np.zeros(n), n))
        """,
        """
        cell = net[n]
        repr(cell), cell.fire(np.ones(n)), cell.fire(dict.fromkeys(range(n), 0)), dict(cell.dendrites.items())
        """,
        seconds=2,
    ),
]


def main():
    """Measure every line, print the table, and end with status 1 if a limit was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    table = Table("work", "median s", "slowest s", "limit s", "MB", "limit MB", "held")
    missed = 0
    for limit in LIMITS:
        seconds, megabytes = zip(*(limit.measure() for _ in range(repeats)), strict=True)
        median, memory = statistics.median(seconds), max(megabytes)
        held = median < limit.seconds and (limit.megabytes is None or memory < limit.megabytes)
        missed += not held
        most = "" if limit.megabytes is None else f"{limit.megabytes:.0f}"
        numbers = f"{median:.2f}", f"{max(seconds):.2f}", f"{limit.seconds:g}", f"{memory:.0f}", most
        table.add_row(limit.name, *numbers, "yes" if held else "NO")
    Console(width=120).print(table)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
