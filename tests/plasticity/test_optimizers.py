"""Optimizers against closed forms and another library's implementation."""

import dataclasses

import numpy as np
import pytest
from autograd.misc.optimizers import adam as adam_of_autograd
from autograd.misc.optimizers import rmsprop as rmsprop_of_autograd
from scipy.optimize import rosen, rosen_der

import neurosim as ns

OPTIMIZERS = [optimizer for optimizer in ns.optimizers.OPTIMIZERS.values() if not optimizer.full_batch]


def descend(optimizer, gradient, start, steps, schedule=None):
    """The path of an optimizer: every point that it visits."""
    x, state, path = np.array(start), optimizer.init(np.array(start)), []
    for step in range(steps):
        slower = optimizer if schedule is None else optimizer.at_rate(schedule(step, steps))
        change, state = slower.update(gradient(x), state, x)
        x = x + change
        path.append(x)
    return np.array(path)


def cubic(x):
    """A gradient that is not linear, so that where it is taken counts."""
    return x**3 + np.sin(x)


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


def test_nesterov_takes_its_gradient_where_momentum_will_carry_it():
    # Sutskever et al. (2013): v <- m v - a g(theta + m v), theta <- theta + v; ours stands at theta + m v.
    rate, m = 0.02, 0.8
    theta, v = np.array([1.0, -0.5]), np.zeros(2)
    expected = []
    for _ in range(30):
        v = m * v - rate * cubic(theta + m * v)
        theta = theta + v
        expected.append(theta + m * v)
    np.testing.assert_allclose(descend(ns.Nesterov(rate, momentum=m), cubic, [1.0, -0.5], 30), expected, rtol=1e-12)


def test_rmsprop_equals_another_implementation():
    rng = np.random.default_rng(0)
    start = rng.normal(size=7)
    theirs = rmsprop_of_autograd(lambda x, _: cubic(x), start, num_iters=50, step_size=0.02, gamma=0.8, eps=1e-6)
    ours, x, state = ns.RMSProp(0.02, decay=0.8, epsilon=1e-6), start, {"square": np.ones(7)}  # theirs starts from ones
    for _ in range(50):
        change, state = ours.update(cubic(x), state)
        x = x + change
    np.testing.assert_allclose(x, theirs, rtol=1e-12)
    assert (ours.init(start)["square"] == 0).all()


def test_adamw_is_adam_and_a_decay_beside_it():
    # Without a gradient nothing but the decay is left: a geometric series.
    path = descend(ns.AdamW(0.1, weight_decay=0.5), lambda x: 0 * x, [2.0], 10)
    np.testing.assert_allclose(path[:, 0], 2 * 0.95 ** np.arange(1, 11), rtol=1e-14)
    # Its moments are those of the gradient alone (Loshchilov and Hutter 2019, algorithm 2, line by line).
    rate, decay, b1, b2, eps = 0.02, 0.3, 0.8, 0.95, 1e-6
    x, m, v, expected = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2), []
    for t in range(1, 31):
        g = cubic(x)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        x = x - rate * (m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps) + decay * x)
        expected.append(x)
    adamw = ns.AdamW(rate, weight_decay=decay, beta1=b1, beta2=b2, epsilon=eps)
    np.testing.assert_allclose(descend(adamw, cubic, [1.0, -2.0], 30), expected, rtol=1e-12)
    without = descend(ns.AdamW(0.01, weight_decay=0), cubic, [1.0], 30)
    assert (without == descend(ns.Adam(0.01), cubic, [1.0], 30)).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_update_writes_to_nothing_and_keeps_the_dtype(optimizer, dtype):
    gradient = np.array([1.0, -2.0], dtype=dtype)
    gradient.flags.writeable = False
    state = optimizer.init(np.zeros(2, dtype=dtype))
    parameters = np.zeros(2, dtype=dtype)
    for array in (*state.values(), parameters):
        array.flags.writeable = False
    for _ in range(3):
        change, state = optimizer.update(gradient, state, parameters)
        assert change.dtype == dtype
        assert (np.sign(change) == -np.sign(gradient)).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_every_optimizer_finds_the_bottom_of_a_bowl(optimizer):
    # Steps of one size circle around the bottom, so they have to become smaller.
    scale = np.array([1.0, 3.0])
    path = descend(optimizer, lambda x: scale * x, [1.0, -1.0], 2000, ns.schedules.cosine())
    assert np.abs(path[-1]).max() < 1e-4


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_at_rate_is_the_same_optimizer_with_another_rate(optimizer):
    slower = optimizer.at_rate(0.5)
    assert slower == dataclasses.replace(optimizer, learning_rate=optimizer.learning_rate / 2)
    start, gradient = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    state = optimizer.init(start)
    np.testing.assert_allclose(
        slower.update(gradient, state, start)[0], optimizer.update(gradient, state, start)[0] / 2, rtol=1e-14
    )
    assert (optimizer.at_rate(0).update(gradient, state, start)[0] == 0).all()
    with pytest.raises(ns.OptionError, match=r"factor.*from 0.*-1"):
        optimizer.at_rate(-1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.SGD(0), ("SGD.learning_rate", "greater than 0", "got 0")),
        (lambda: ns.SGD("fast"), ("SGD.learning_rate", "'fast'")),
        (lambda: ns.Adam(float("nan")), ("Adam.learning_rate", "nan")),
        (lambda: ns.Adam(beta2=1.0), ("Adam.beta2", "below 1")),
        (lambda: ns.Momentum(momentum=-0.1), ("Momentum.momentum", "from 0")),
        (lambda: ns.Nesterov(momentum=1), ("Nesterov.momentum", "below 1")),
        (lambda: ns.RMSProp(decay=1), ("RMSProp.decay", "below 1")),
        (lambda: ns.RMSProp(epsilon=0), ("RMSProp.epsilon", "greater than 0")),
        (lambda: ns.AdamW(beta1=-1), ("AdamW.beta1", "from 0")),
        (lambda: ns.AdamW(weight_decay=-1), ("AdamW.weight_decay", "from 0")),
        (lambda: ns.AdamW().update(np.ones(2), ns.AdamW().init(np.ones(2))), ("parameters", "zeros", "ns.Adam")),
        (lambda: ns.LBFGS(iterations=0), ("LBFGS.iterations", "from 1")),
        (lambda: ns.LBFGS(memory=2.5), ("LBFGS.memory", "2.5")),
        (lambda: ns.optimizers.as_optimizer("adamm"), ("'adamm'", "Did you mean 'adam'?")),
        (lambda: ns.optimizers.as_optimizer(0.1), ("0.1", "ns.Adam(1e-3)")),
    ],
)
def test_settings_that_cannot_be(make, words):
    with pytest.raises(ns.NeurosimError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


# --- L-BFGS --------------------------------------------------------------------------------------


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def test_lbfgs_reaches_the_bottom_of_rosenbrocks_valley():
    found = ns.LBFGS(iterations=100).minimize(rosenbrock, np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found, [1, 1], rtol=1e-10)


def test_lbfgs_solves_least_squares_like_a_solver():
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(30, 6)), rng.normal(size=30)

    def squares(x):
        missed = A @ x.ravel() - b
        return 0.5 * missed @ missed, (A.T @ missed).reshape(2, 3)

    found = ns.LBFGS(iterations=60).minimize(squares, np.zeros((2, 3)))
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found.ravel(), np.linalg.lstsq(A, b)[0], rtol=1e-7)


def test_lbfgs_keeps_within_bounds_in_every_look():
    looked = []

    def watch(x):
        looked.append(x)
        return rosenbrock(x)

    found = ns.LBFGS(iterations=50).minimize(watch, np.array([-1.2, 1.0]), (-np.inf, np.array([0.5, np.inf])))
    np.testing.assert_allclose(found, [0.5, 0.25], rtol=1e-6)  # the bottom of the valley where x = 1/2
    assert max(x[0] for x in looked) <= 0.5
    assert ns.LBFGS().minimize(rosenbrock, np.array([5.0, 5.0]), (0, 2)).max() <= 2


def test_lbfgs_in_float32_looks_at_float32_only():
    def watch(x):
        assert x.dtype == np.float32
        return rosen(x.astype(float)), rosen_der(x.astype(float)).astype(np.float32)

    start = np.array([-1.2, 1.0], dtype=np.float32)
    start.flags.writeable = False
    found = ns.LBFGS(iterations=100).minimize(watch, start)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [1, 1], rtol=1e-3)


@pytest.mark.parametrize("start", [1e-3, 0.5, 5.0, 100.0])
def test_lbfgs_turns_back_where_the_loss_is_no_number(start):
    def barrier(x):
        with np.errstate(all="ignore"):
            return float((x - np.log(x)).sum()), 1 - 1 / x  # NaN or infinite unless x > 0, least at 1

    found = ns.LBFGS(iterations=60).minimize(barrier, np.array([start, 2 * start]))
    np.testing.assert_allclose(found, [1, 1], rtol=1e-4)


def test_lbfgs_never_ends_worse_than_it_began():
    rng = np.random.default_rng(0)
    for _ in range(50):
        A, start = rng.normal(size=(3, 3)) * 3, rng.uniform(-2, 2, size=3)

        def rough(x, A=A):
            if np.abs(x).max() > 3:
                return np.nan, np.full(3, np.inf)
            return float(np.sin(A @ x).sum()), A.T @ np.cos(A @ x)

        found = ns.LBFGS(iterations=3).minimize(rough, start)
        assert rough(found)[0] <= rough(start)[0]
        wrong = ns.LBFGS(iterations=3).minimize(lambda x: (rough(x)[0], -rough(x)[1]), start)  # a gradient that lies
        assert rough(wrong)[0] <= rough(start)[0]


def test_lbfgs_stays_where_there_is_nothing_to_go_by():
    start = np.array([1.0, 2.0])
    assert (ns.LBFGS().minimize(lambda x: (np.nan, x), start) == start).all()
    assert (ns.LBFGS().minimize(lambda x: (0.0, x * np.inf), start) == start).all()
    assert (ns.LBFGS().minimize(lambda x: (0.0, 0 * x), start) == start).all()


def test_lbfgs_starts_afresh_so_the_same_call_gives_the_same():
    start = np.array([-1.2, 1.0])
    once = ns.LBFGS(iterations=5).minimize(rosenbrock, start)
    assert (once == ns.LBFGS(iterations=5).minimize(rosenbrock, start)).all()
    assert start.tolist() == [-1.2, 1.0]
