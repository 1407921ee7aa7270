"""Training steps on random sparse graphs with skip connections."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.contest import Amount, Case, Result
from benchmarks.graphs import Layer, sparse
from benchmarks.machine import cache_bytes, threads
from benchmarks.rows import Row, geometric_mean_row, share_row, speedup_rows
from benchmarks.training import CHECKED, RATE, OurTraining, Problem, flops

TILE = 64  # samples: how many of the batch the fastest kernel that we know works on at a time
CSR, BY_HAND, SEGMENTS, CONNEX = "PyTorch CSR", "PyTorch CSR, by hand", "JAX segment_sum", "connex"
AT_ONCE = 64  # samples, for JAX
ON_AVERAGE = {CSR: 4.0, SEGMENTS: 10.0}


def shapes(quick: bool) -> list[tuple[int, int, int]]:
    """Layers, neurons in each, synapses of each neuron."""
    if quick:
        return [(3, 20, 5), (6, 12, 4)]
    return [(5, 200, 20), (5, 2_000, 50), (50, 200, 20), (3, 1_000, 100), (5, 20_000, 50)]


def problem(layers: int, width: int, fan_in: int, batch: int) -> Problem:
    """A random graph, and noise to learn."""
    return Problem.random(sparse(layers, width, fan_in), batch)


def cases(quick: bool) -> list[Case]:
    """One for each shape; connex, whose matrices are dense, only for the first."""
    batch = 16 if quick else 512
    peers = {CSR: TorchCSR, BY_HAND: TorchByHand, SEGMENTS: JaxSegments}
    return [
        Case(
            f"training step, {layers} layers x {width:,}, fan-in {fan_in}, batch {batch}",
            partial(problem, layers, width, fan_in, batch),
            OurTraining,
            peers=peers if number else peers | {CONNEX: Connex},
            floors={CSR: 2.0},
            amount=Amount(flops(layers * width * fan_in, batch), "FLOP"),
        )
        for number, (layers, width, fan_in) in enumerate(shapes(quick))
    ]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """How many times faster, case by case and on average, and how near to the machine's own rate."""
    measured = [(shape, case) for shape, case in zip(shapes(quick), cases(quick), strict=True) if case.name in results]
    table = [row for _, case in measured for row in speedup_rows(case, results[case.name])]
    all_of_them = [results[case.name] for _, case in measured]
    for peer, floor in ON_AVERAGE.items():
        table += geometric_mean_row("training steps on sparse graphs, geometric mean", peer, all_of_them, floor)
    for (layers, width, _), case in measured:
        state, cache = (layers + 1) * width * TILE * 4, cache_bytes(2) or 0
        fits = state <= cache
        note = f"rates of a tile {state >> 10:,} KiB, a core's L2 {cache >> 10:,} KiB"
        table.append(share_row(case, results[case.name], "sgemm", floor=0.25 if fits else None, note=note))
    return table


class TorchCSR:
    """As the documentation of torch.sparse has it: a CSR matrix a layer, times all earlier rates, and autograd."""

    def __init__(self, problem: Problem) -> None:
        import torch

        torch.set_num_threads(threads())
        warnings.filterwarnings("ignore", message="Sparse")  # "CSR is in beta", "checks are disabled"
        self._graph = problem.graph
        self._X, self._targets = (torch.tensor(each.T.copy()) for each in (problem.X, problem.targets))
        self._layers = [(self._matrix(layer), self._bias(layer)) for layer in problem.graph.layers]
        for parameter in self._parameters():
            parameter.requires_grad_()

    def _matrix(self, layer: Layer) -> Any:
        import torch

        # 32 bits: what the documentation recommends where MKL does the work
        starts = torch.arange(0, layer.size * layer.fan_in + 1, layer.fan_in, dtype=torch.int32)
        columns, values = (torch.tensor(each[layer.synapses]) for each in (self._graph.pre, self._graph.weight))
        return torch.sparse_csr_tensor(starts, columns, values, (layer.size, layer.start))

    def _bias(self, layer: Layer) -> Any:
        import torch

        return torch.tensor(self._graph.bias[layer.neurons, None])

    def _parameters(self) -> list[Any]:
        return [parameter for layer in self._layers for parameter in layer]

    def run(self, times: int) -> None:
        """So many steps."""
        for _ in range(times):
            self._step()

    def _step(self) -> None:
        import torch

        rates = [self._X]
        for weight, bias in self._layers:
            drive = torch.sparse.mm(weight, torch.cat(rates)) + bias
            rates.append(drive if len(rates) == len(self._layers) else torch.relu(drive))
        loss = 0.5 * (rates[-1] - self._targets).square().sum(0).mean()
        loss.backward()
        with torch.no_grad():
            for weight, bias in self._layers:
                weight.values().sub_(weight.grad.values(), alpha=RATE)
                bias.sub_(bias.grad, alpha=RATE)
                weight.grad = bias.grad = None

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        weights = [weight.detach().values().numpy() for weight, _ in self._layers]
        biases = [bias.detach().numpy().ravel() for _, bias in self._layers]
        return np.concatenate(weights + biases) - self._graph.initial


class TorchByHand(TorchCSR):
    """The same products without autograd: rates stay where they are, and no layer is copied behind another."""

    def __init__(self, problem: Problem) -> None:
        import torch

        super().__init__(problem)
        for parameter in self._parameters():
            parameter.requires_grad_(False)
        neurons, batch = len(problem.graph.bias), len(problem.X)
        self._rates, self._deltas = torch.zeros(neurons, batch), torch.zeros(neurons, batch)
        self._rates[: problem.graph.n_inputs] = self._X

    def _step(self) -> None:
        import torch

        rates, deltas, layers = self._rates, self._deltas, self._graph.layers
        for layer, (weight, bias) in zip(layers, self._layers, strict=True):
            mine = rates[layer.neurons]
            torch.addmm(bias.expand_as(mine), weight, rates[: layer.start], out=mine)
            if layer is not layers[-1]:
                mine.relu_()
        deltas.zero_()
        deltas[layer.neurons] = (rates[layer.neurons] - self._targets) / self._targets.shape[1]
        for layer, (weight, bias) in reversed(list(zip(layers, self._layers, strict=True))):
            mine = deltas[layer.neurons]
            if layer is not layers[-1]:
                mine *= rates[layer.neurons] > 0
            change = torch.sparse.sampled_addmm(weight, mine, rates[: layer.start].t(), beta=0.0)
            if layer is not layers[0]:
                deltas[: layer.start] += weight.t() @ mine
            weight.values().sub_(change.values(), alpha=RATE)
            bias.sub_(mine.sum(1, keepdim=True), alpha=RATE)


class JaxSegments:
    """Gather, multiply, `jax.ops.segment_sum`, all of it in one jitted step that may reuse its arguments' memory.

    The batch is worked on in parts, whose gradients are averaged: what all synapses bring to the whole batch has no
    room in any cache, and with much smaller or larger parts JAX takes several times as long.
    """

    def __init__(self, problem: Problem) -> None:
        import jax
        import jax.numpy as jnp

        self._graph = graph = problem.graph
        parts = max(1, len(problem.X) // AT_ONCE)
        self._batch = [jnp.stack(jnp.split(jnp.array(each.T), parts, axis=1)) for each in (problem.X, problem.targets)]
        # Arguments, like the batch: what a jitted function closes over is a constant, which is compiled into it.
        self._wiring = [
            (jnp.array(graph.pre[layer.synapses]), jnp.array(graph.post[layer.synapses] - layer.start))
            for layer in graph.layers
        ]
        self._parameters = [
            (jnp.array(graph.weight[layer.synapses]), jnp.array(graph.bias[layer.neurons, None]))
            for layer in graph.layers
        ]

        def loss(parameters: Any, wiring: Any, X: Any, targets: Any) -> Any:
            rates = [X]
            for (weight, bias), (pre, post) in zip(parameters, wiring, strict=True):
                impulses = weight[:, None] * jnp.concatenate(rates)[pre]
                sums = jax.ops.segment_sum(impulses, post, num_segments=len(bias), indices_are_sorted=True)
                rates.append(sums + bias if len(rates) == len(parameters) else jax.nn.relu(sums + bias))
            return 0.5 * jnp.square(rates[-1] - targets).sum(0).mean()

        def step(parameters: Any, wiring: Any, batch: Any) -> Any:
            slopes = jax.lax.map(lambda part: jax.grad(loss)(parameters, wiring, *part), batch)
            return jax.tree.map(lambda now, slope: now - RATE * slope.mean(0), parameters, slopes)

        self._step = jax.jit(step, donate_argnums=0)

    def run(self, times: int) -> None:
        """So many steps."""
        import jax

        for _ in range(times):
            self._parameters = self._step(self._parameters, self._wiring, self._batch)
        jax.block_until_ready(self._parameters)

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        weights, biases = zip(*self._parameters, strict=True)
        return np.concatenate([np.ravel(each) for each in weights + biases]) - self._graph.initial


class Connex:
    """connex, made for any graph: JAX below, and a masked dense matrix for all neurons that can fire together."""

    def __init__(self, problem: Problem) -> None:
        warnings.filterwarnings("ignore", module="connex")
        warnings.filterwarnings("ignore", message="A JAX array is being set as static")
        import connex
        import equinox as eqx
        import jax
        import jax.numpy as jnp
        import networkx as nx

        self._graph = graph = problem.graph
        neurons = range(len(graph.bias))
        wiring = nx.DiGraph()
        wiring.add_nodes_from(neurons)
        wiring.add_edges_from(zip(graph.pre.tolist(), graph.post.tolist(), strict=True))
        inputs, outputs = neurons[: graph.n_inputs], neurons[graph.layers[-1].neurons]
        network = connex.NeuralNetwork(wiring, inputs, outputs, jax.nn.relu)
        # There is no public way to set weights. Rows are neurons that fire together, columns a range of all neurons.
        number = np.array(network._topo_sort)
        self._blocks = [
            (number[np.asarray(batch)], number[low : high + 1])
            for batch, low, high in zip(network._topo_batches, network._min_index, network._max_index, strict=True)
        ]
        weight = np.zeros((len(graph.bias),) * 2, np.float32)
        weight[graph.post, graph.pre] = graph.weight
        blocks = [
            jnp.array(np.column_stack([weight[np.ix_(post, pre)], graph.bias[post]])) for post, pre in self._blocks
        ]
        self._network = eqx.tree_at(lambda network: network._weights_and_biases, network, blocks)
        X, targets, key = jnp.array(problem.X), jnp.array(problem.targets), jax.random.key(0)

        def loss(network: Any) -> Any:
            answers = jax.vmap(lambda x: network(x, key=key))(X)
            return 0.5 * jnp.square(answers - targets).sum(1).mean()

        @eqx.filter_jit(donate="all")
        def step(network: Any) -> Any:
            slopes = eqx.filter_grad(loss)(network)
            return eqx.apply_updates(network, jax.tree.map(lambda slope: -RATE * slope, slopes))

        self._step = step

    def run(self, times: int) -> None:
        """So many steps."""
        import jax

        for _ in range(times):
            self._network = self._step(self._network)
        jax.block_until_ready(self._network._weights_and_biases)

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        graph = self._graph
        weight, bias = np.zeros((len(graph.bias),) * 2, np.float32), np.zeros_like(graph.bias)
        for (post, pre), block in zip(self._blocks, self._network._weights_and_biases, strict=True):
            weight[np.ix_(post, pre)], bias[post] = np.asarray(block[:, :-1]), np.asarray(block[:, -1])
        return np.append(weight[graph.post, graph.pre], bias[graph.n_inputs :]) - graph.initial
