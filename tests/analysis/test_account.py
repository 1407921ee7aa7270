"""Accounts of runs: sums of what arrives against recorded drives, and episodes against rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


def random_network(seed, modes=("binary", "binary", "relu")):
    """Three inputs and four neurons that all hear each other, with delays from 0 (only forward) to 3."""
    rng = np.random.default_rng(seed)
    pre, post = np.divmod(np.arange(7 * 4), 4)
    post += 3
    forward = pre < post
    delay = np.where(forward, rng.integers(0, 4, 28), rng.integers(1, 4, 28))
    return ns.Network.from_arrays(
        pre,
        post,
        rng.integers(-2, 3, 28),
        delay=delay,
        thresholds=rng.integers(-1, 3, 7),
        modes=["sensory"] * 3 + [*modes, "binary"],
        outputs=[6],
    )


@given(seed=st.integers(0, 10**6), modes=st.sampled_from([("binary", "tanh", "binary"), ("binary",) * 3]))
@settings(max_examples=25, deadline=None)
def test_what_arrives_adds_up_to_the_drive(seed, modes):
    net, rng = random_network(seed, modes), np.random.default_rng(seed)
    first = ns.simulate(net, rng.integers(2, size=(2, 5, 3)).astype(float), rng=0, drives=True)
    then = ns.simulate(net, rng.integers(2, size=(2, 4, 3)).astype(float), state=first.state, drives=True)
    for rec in (first, then):
        for trial in range(2):
            for tick in rec.ticks.tolist():
                for name in (3, 4, 5, 6):
                    drive = sum(ns.arriving(rec, name, tick, trial=trial).values()) - net[name].threshold
                    assert drive == pytest.approx(rec.drive(name)[trial, tick - rec.ticks[0]], abs=1e-12)


def test_what_was_before_the_start_arrives_too():
    net = ns.Network.from_arrays([0], [1], [2.0], delay=3, modes=["sensory", "linear"])
    rec = ns.simulate(net, [[0.5]] * 5, state={0: 4}, drives=True)
    assert [ns.arriving(rec, 1, tick)[0] for tick in range(5)] == [8, 8, 8, 1, 1] == rec.drive(1).tolist()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_episodes_tell_the_rates(seed):
    net = random_network(seed, ("binary",) * 3)
    rec = ns.simulate(net, np.random.default_rng(seed).integers(2, size=(12, 3)).astype(float))
    told = ns.account(rec)
    assert (told[0].first, told[-1].last) == (0, 11)
    firing = set()
    for before, episode in zip([None, *told], told, strict=False):
        assert before is None or episode.first == before.last + 1
        for change in episode.changes:
            assert (change.name not in firing) == change.begins
        firing = set(episode.firing)
        assert (before is None) == (not episode.changes)
        for tick in range(episode.first, episode.last + 1):
            assert firing == {name for name in net.names if rec[name][tick] > 0}


def test_an_account_in_words():
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], names=["set", "latch"], delay=[0, 1], outputs=[1])
    net["latch"].threshold = 1
    told = ns.account(ns.simulate(net, {"set": [[0, 1], [0, 0]]}, ticks=3), trial=0)
    assert told.rows == [
        ["0", "", ""],
        ["1", "set, latch", "set begins: the stimulus; latch begins: +1 from set"],
        ["2", "latch", "set ceases: the stimulus"],
    ]
    assert "    latch begins: +1 from set" in str(told)
    assert str(told).startswith("tick 0: nobody fires")


def test_a_recording_that_lacks_something_is_refused():
    net = random_network(0)
    stimulus = np.zeros((2, 4, 3))
    with complains(ns.OptionError, "2 trials", "trial=0"):
        ns.account(ns.simulate(net, stimulus))
    with complains(ns.NotRecordedError, "record everything".capitalize(), "lacks"):
        ns.account(ns.simulate(net, stimulus, record=[3]), trial=0)
    for less in ({"every": 2}, {"last": 2}):
        with complains(ns.NotRecordedError, "some of the ticks"):
            ns.account(ns.simulate(net, stimulus, **less), trial=0)
    with complains(ns.OptionError, "0 to 3", "tick=4"):
        ns.arriving(ns.simulate(net, stimulus), 3, 4, trial=0)
    with complains(ns.UnknownNameError, "7"):
        ns.arriving(ns.simulate(net, stimulus), 7, 1, trial=0)


def test_what_is_no_recording_or_no_longer_that_of_its_network_is_refused():
    net = random_network(0)
    rec = ns.simulate(net, np.zeros((4, 3)))
    for ask in (lambda: ns.account(net), lambda: ns.arriving(net, 3, 0)):
        with complains(ns.OptionError, "Recording", "ns.simulate"):
            ask()
    net.remove_synapse(*net.synapses[0])
    for ask in (lambda: ns.account(rec), lambda: ns.arriving(rec, 3, 0)):
        with complains(ns.OptionError, "edited after the run"):
            ask()
