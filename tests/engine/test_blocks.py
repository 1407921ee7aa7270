"""Blocks of every kind follow the weights that they are made of."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.engine.compiler import program_of


def chain_of_regions(densities, size=150, seed=0):
    """Regions one after the other; each projection leaves out so much that its block is of a kind of its own."""
    rng = np.random.default_rng(seed)
    pre, post = [], []
    for number, density in enumerate(densities):
        target, source = np.nonzero(rng.random((size, size)) < density)
        pre.append(source + number * size)
        post.append(target + (number + 1) * size)
    regions = [f"r{i}" for i in range(len(densities) + 1) for _ in range(size)]
    modes = ["sensory"] * size + ["tanh"] * size * len(densities)
    return ns.Network.from_arrays(
        np.concatenate(pre), np.concatenate(post), modes=modes, regions=regions, size=len(regions), rng=seed
    )


def kinds(net):
    blocks = [block for stage in program_of(net.structure).stages for block in stage.blocks]
    return ["sparse" if b.columns is not None else "full" if b.at is None else "gapped" for b in blocks]


@pytest.mark.parametrize(
    ("densities", "expected"),
    [
        ((0.02, 0.02, 0.02, 0.02), ["sparse"] * 4),
        ((0.02, 0.3, 1.0, 0.02), ["sparse", "gapped", "full", "sparse"]),
        ((1.0, 1.0, 0.02), ["full", "full", "sparse"]),
    ],
)
def test_matrices_change_with_the_weights(densities, expected):
    net = chain_of_regions(densities)
    assert set(expected) <= set(kinds(net))
    program = program_of(net.structure)
    parameters = program.parameters(net.weights, net.thresholds)
    X = np.random.default_rng(1).normal(size=(len(net.inputs), 5))
    parameters.weights[:] = np.random.default_rng(2).normal(size=len(parameters.weights))
    parameters.refresh()
    anew = np.empty_like(net.weights)
    anew[program.synapses] = parameters.weights
    expected_rates = program.forward(program.parameters(anew, net.thresholds), X).rates
    assert (program.forward(parameters, X).rates == expected_rates).all()


@pytest.mark.parametrize("densities", [(0.02, 0.02, 0.02, 0.02), (1.0, 1.0, 0.02), (0.02, 0.3, 1.0, 0.02)])
def test_two_epochs_are_twice_one(densities):
    nets = [chain_of_regions(densities) for _ in range(2)]
    rng = np.random.default_rng(3)
    X, T = rng.normal(size=(20, 150)), rng.normal(size=(20, len(nets[0].outputs)))
    ns.train(nets[0], X, T, optimizer=ns.SGD(0.05), epochs=4, batch_size=None)
    for _ in range(4):
        ns.train(nets[1], X, T, optimizer=ns.SGD(0.05), epochs=1, batch_size=None)
    assert (nets[0].weights == nets[1].weights).all()
