"""Who chooses between backends, and what is said about it."""

import importlib.util
import logging

import numpy as np
import pytest

import neurosim as ns
from neurosim.engine import backends

pytestmark = pytest.mark.xdist_group("kernels")


@pytest.fixture
def large():
    """A network, and samples that are much work for it."""
    return ns.Network.from_arrays(np.arange(1000), np.arange(1000) + 1, modes="linear").structure, 10**8


def test_the_work_decides_and_says_so(large, caplog):
    structure, samples = large
    with caplog.at_level(logging.INFO, logger="neurosim"):
        assert backends.choose("auto", structure, 10) == "numpy"
        assert backends.choose("auto", structure, samples) == "numba"
        assert backends.choose("numpy", structure, samples) == "numpy"
        assert backends.choose("numba", structure, 10) == "numba"
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 4
    assert "compiled kernels pay from" in told[0]
    assert told[1].startswith("backend numba: about")
    assert told[2:] == ["backend numpy: as asked for", "backend numba: as asked for"]


def test_what_kernels_cannot_do_numpy_does(large, caplog):
    backends.say_once.cache_clear()
    structure, samples = large
    with caplog.at_level(logging.INFO, logger="neurosim"):
        assert backends.choose("numba", structure, samples, obstacle=lambda: "it is too beautiful") == "numpy"
    assert "it is too beautiful" in caplog.text
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["backend numba, as asked for, cannot do this, so it runs on numpy: it is too beautiful."]


def test_graded_neurons_before_binary_ones_and_modes_of_ones_own_stay_with_the_reference():
    class Cubic(ns.Mode):
        name = "cubic"

        def rate(self, drive):
            return drive**3

        def derivative(self, drive):
            return 3 * drive**2

    def obstacle(*modes):
        net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], modes=["sensory", *modes])
        return backends.obstacle_in_tiles(net.structure)

    assert "graded neurons come before binary ones" in obstacle("tanh", "binary")
    assert "do not know the mode" in obstacle(Cubic(), "linear")
    assert not obstacle("binary", "tanh")


def test_the_environment_decides_where_the_call_does_not(large, monkeypatch, caplog):
    structure, _ = large
    monkeypatch.setenv("NEUROSIM_BACKEND", "numba")
    with caplog.at_level(logging.INFO, logger="neurosim"):
        assert backends.choose("auto", structure, 1) == "numba"
    assert caplog.records[-1].getMessage() == "backend numba: as NEUROSIM_BACKEND says"
    assert backends.choose("numpy", structure, 1) == "numpy"
    monkeypatch.setenv("NEUROSIM_BACKEND", "")
    assert backends.choose("auto", structure, 1) == "numpy"
    monkeypatch.setenv("NEUROSIM_BACKEND", "nunba")
    with pytest.raises(ns.UnknownNameError, match=r"NEUROSIM_BACKEND.*numba"):
        backends.choose("auto", structure, 1)


def test_an_unknown_backend_is_an_error():
    net = ns.Network.from_arrays([0], [1], [1.0])
    for call in (
        lambda: ns.respond(net, [[1.0]], backend="jax"),
        lambda: ns.activity(net, [[1.0]], backend="jax"),
        lambda: ns.simulate(net, [[1.0]], backend="jax"),
        lambda: ns.train(net, [[1.0]], [[1.0]], surrogate="sigmoid", backend="jax"),
        lambda: ns.gradients(net, [[1.0]], [[1.0]], surrogate="sigmoid", backend="jax"),
    ):
        with pytest.raises(ns.UnknownNameError, match="no backend 'jax'"):
            call()


def test_without_numba_all_works_and_one_line_says_so(large, monkeypatch, caplog):
    structure, samples = large
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba" else find(name))
    backends._numba_is_there.cache_clear()
    backends.say_once.cache_clear()
    try:
        for _ in range(3):
            assert backends.choose("auto", structure, samples) == "numpy"
        with pytest.raises(ns.errors.MissingPackageError, match="pip install numba"):
            backends.choose("numba", structure, samples)
    finally:
        backends._numba_is_there.cache_clear()
    assert [record.getMessage() for record in caplog.records] == [
        "numba is not installed, so this runs on numpy, several times slower: pip install numba."
    ]
