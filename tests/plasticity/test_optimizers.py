"""Optimizers against closed forms and another library's implementation."""

import numpy as np
import pytest
from autograd.misc.optimizers import adam as adam_of_autograd

import neurosim as ns

OPTIMIZERS = list(ns.optimizers.OPTIMIZERS.values())


def descend(optimizer, gradient, start, steps):
    """The path of an optimizer: every point that it visits."""
    x, state, path = np.array(start), optimizer.init(np.array(start)), []
    for _ in range(steps):
        change, state = optimizer.update(gradient(x), state)
        x = x + change
        path.append(x)
    return np.array(path)


def test_sgd_on_a_parabola_is_a_geometric_series():
    path = descend(ns.SGD(0.1), lambda x: 2 * x, [1.0], 5)
    np.testing.assert_allclose(path[:, 0], 0.8 ** np.arange(1, 6), rtol=1e-14)


def test_momentum_on_a_parabola_follows_its_recurrence():
    # x[t+1] = (1 + m - a c) x[t] - m x[t-1] for the gradient c x (Polyak 1964).
    rate, m, c = 0.1, 0.5, 2.0
    path = [1.0, 1.0 - rate * c]
    while len(path) < 10:
        path.append((1 + m - rate * c) * path[-1] - m * path[-2])
    found = descend(ns.Momentum(rate, momentum=m), lambda x: c * x, [1.0], 9)
    np.testing.assert_allclose(found[:, 0], path[1:], rtol=1e-13)


def test_adam_equals_another_implementation():
    rng = np.random.default_rng(0)
    scale = np.exp(rng.normal(size=7))
    start = rng.normal(size=7)
    theirs = adam_of_autograd(lambda x, _: scale * x**3, start, num_iters=50, step_size=0.02, b1=0.8, b2=0.95, eps=1e-6)
    ours = descend(ns.Adam(0.02, beta1=0.8, beta2=0.95, epsilon=1e-6), lambda x: scale * x**3, start, 50)[-1]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_update_writes_to_nothing_and_keeps_the_dtype(optimizer, dtype):
    gradient = np.array([1.0, -2.0], dtype=dtype)
    gradient.flags.writeable = False
    state = optimizer.init(np.zeros(2, dtype=dtype))
    for array in state.values():
        array.flags.writeable = False
    for _ in range(3):
        change, state = optimizer.update(gradient, state)
        assert change.dtype == dtype
        assert (np.sign(change) == -np.sign(gradient)).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_every_optimizer_finds_the_bottom_of_a_bowl(optimizer):
    scale = np.array([1.0, 3.0])
    assert np.abs(descend(optimizer, lambda x: scale * x, [1.0, -1.0], 2000)[-1]).max() < 1e-3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.SGD(0), ("SGD.learning_rate", "greater than 0", "got 0")),
        (lambda: ns.SGD("fast"), ("SGD.learning_rate", "'fast'")),
        (lambda: ns.Adam(float("nan")), ("Adam.learning_rate", "nan")),
        (lambda: ns.Adam(beta2=1.0), ("Adam.beta2", "below 1")),
        (lambda: ns.Momentum(momentum=-0.1), ("Momentum.momentum", "from 0")),
        (lambda: ns.optimizers.as_optimizer("adamm"), ("'adamm'", "Did you mean 'adam'?")),
        (lambda: ns.optimizers.as_optimizer(0.1), ("0.1", "ns.Adam(1e-3)")),
    ],
)
def test_settings_that_cannot_be(make, words):
    with pytest.raises(ns.NeurosimError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
