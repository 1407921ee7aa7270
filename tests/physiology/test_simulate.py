"""Time: against plain Python cell by cell, against a single tick, and against itself."""

import copy
import dataclasses
import re
import signal
import tracemalloc

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.depth import depths
from tests.physiology.cells import delayed, run_cell_by_cell
from tests.strategies import GRADED, acyclic_networks

SOMAS = (
    ns.ReLU(leak=0.7),
    ns.Tanh(leak=0.3, refractory=2),
    ns.Sigmoid(leak=0.9, reset=0.25),
    ns.Linear(leak=0.5, reset="subtract", refractory=1),
    ns.Maxout(leak=0.4),
    "elu",
)
CELLS = (ns.Binary(leak=0.5, reset=0.0), ns.Binary(refractory=2), ns.Binary(leak=0.75, reset="subtract"), "binary")


def shown(net, seed, ticks=12, trials=None):
    shape = (ticks, len(net.inputs)) if trials is None else (trials, ticks, len(net.inputs))
    return np.random.default_rng(seed).integers(-2, 3, shape) / 2


# --- Against cells, and against a single tick ----------------------------------------------------


@given(net=acyclic_networks(max_neurons=20, modes=GRADED + SOMAS, loops=True), seed=st.integers(0, 99))
def test_graded_networks_run_as_their_cells_do(net, seed):
    net.weights[:] /= 2  # so that loops do not grow without end
    stimulus = shown(net, seed)
    rec = ns.simulate(net, stimulus, drives=True)
    rates, drives = run_cell_by_cell(net, stimulus)
    # An impulse is a step of the drive: where rounding alone decides it, both are right.
    gates = [mode.remembers and (mode.refractory or mode.reset is not None) for mode in net.structure.modes]
    gated = np.array(gates)[net.structure.mode_of] & ~net.structure.sensory
    if not gated.any() or np.abs(drives[:, gated]).min() > 1e-6:
        np.testing.assert_allclose(rec.rates, rates, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(rec.drives, drives, rtol=1e-9, atol=1e-9)


@given(net=acyclic_networks(max_neurons=20, modes=CELLS, loops=True, tenths=True), seed=st.integers(0, 99))
def test_binary_networks_decide_as_their_cells_do(net, seed):
    net.weights[:] = np.rint(net.weights * 8) / 8  # on a grid of powers of two, sums are exact in any order
    net.thresholds[:] = np.rint(net.thresholds * 8) / 8
    stimulus = shown(net, seed)
    assert (ns.simulate(net, stimulus).rates == run_cell_by_cell(net, stimulus)[0]).all()


@pytest.mark.parametrize("mode", [name for name in ns.MODES if name != "sensory"])
@given(data=st.data())
def test_delay_1_everywhere_reaches_the_response_of_delay_0_after_as_many_ticks_as_it_is_deep(mode, data):
    net = data.draw(acyclic_networks(max_neurons=25, modes=(mode,)))
    depth = int(depths(net.structure).max())
    x = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=len(net.inputs))
    rec = ns.simulate(delayed(net), x, ticks=depth + 3)
    reached = ns.activity(net, x)
    for row in rec.rates[depth:]:
        np.testing.assert_allclose(row, reached, rtol=1e-9, atol=1e-12)
    if mode == "binary":
        assert (rec.rates[depth:] == reached).all()


@given(net=acyclic_networks(max_neurons=20), seed=st.integers(0, 99))
def test_without_delays_every_tick_is_a_response(net, seed):
    stimulus = shown(net, seed, ticks=3)
    np.testing.assert_allclose(ns.simulate(net, stimulus).rates, ns.activity(net, stimulus), rtol=1e-12, atol=1e-12)


@given(net=acyclic_networks(max_neurons=20, modes=("binary", "tanh", *CELLS), loops=True, tenths=True))
def test_trials_side_by_side_are_the_trials_one_by_one(net):
    stimulus = shown(net, 0, trials=4)
    together = ns.simulate(net, stimulus)
    alone = np.stack([ns.simulate(net, trial).rates for trial in stimulus])
    binary = net.structure.has_mode("binary")
    assert (together.rates[..., binary] == alone[..., binary]).all()
    np.testing.assert_allclose(together.rates, alone, rtol=1e-12, atol=1e-12)


@given(net=acyclic_networks(max_neurons=15, modes=("binary", "relu"), loops=True))
def test_a_tick_from_silence_is_a_response(net):
    stimulus = shown(net, 1, ticks=1)
    assert (ns.simulate(net, stimulus).rates == ns.activity(net, stimulus)).all()


# --- Stopping, going on, going back --------------------------------------------------------------


@pytest.mark.parametrize("updating", ["synchronous", "asynchronous"])
@given(
    net=acyclic_networks(max_neurons=15, modes=(*SOMAS, *CELLS, ns.Binary(temperature=0.5), ns.ReLU(noise=0.1))),
    cut=st.integers(1, 19),
    trials=st.sampled_from([None, 3]),
)
def test_a_run_that_stops_and_goes_on_is_the_run_that_never_stopped(updating, net, cut, trials):
    net.weights[:] /= 2
    stimulus = shown(net, 2, ticks=20, trials=trials)
    whole = ns.simulate(net, stimulus, updating=updating, rng=5, drives=True)
    first = ns.simulate(net, stimulus[..., :cut, :], updating=updating, rng=5, drives=True)
    second = ns.simulate(net, stimulus[..., cut:, :], updating=updating, state=first.state, drives=True)
    assert (np.concatenate([first.rates, second.rates], axis=-2) == whole.rates).all()
    assert (np.concatenate([first.drives, second.drives], axis=-2) == whole.drives).all()
    assert second.ticks.tolist() == list(range(cut, 20))
    for column in ("rates", "potentials", "resting"):
        assert (getattr(second.state, column) == getattr(whole.state, column)).all()
    again = ns.simulate(net, stimulus[..., cut:, :], updating=updating, state=whole.rewind(cut))
    assert (again.rates == second.rates).all()
    assert (whole.rewind(20).rates == whole.state.rates).all()
    assert whole.rewind(0) is whole.start


def test_delays_go_on_too():
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], delay=[4, 3], modes=["sensory", "linear"], outputs=[1])
    stimulus = np.arange(1.0, 31.0)[:, None]
    whole = ns.simulate(net, stimulus).rates
    state, parts = None, []
    for start in range(0, 30, 2):
        rec = ns.simulate(net, stimulus[start : start + 2], state=state)
        state = rec.state
        parts.append(rec.rates)
    assert (np.concatenate(parts) == whole).all()


def test_every_kth_tick_goes_on_in_step():
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", "relu"])
    stimulus = np.arange(20.0)[:, None]
    first = ns.simulate(net, stimulus[:7], every=3)
    second = ns.simulate(net, stimulus[7:], every=3, state=first.state)
    assert first.ticks.tolist() + second.ticks.tolist() == list(range(0, 20, 3))
    assert first[1].tolist() + second[1].tolist() == list(range(0, 20, 3))


def test_there_is_no_way_back_in_a_network_that_changed():
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", "relu"])
    rec = ns.simulate(net, {0: 1}, 5)
    net.weights[0] = 2
    with pytest.raises(ns.DataError, match=r"was changed.*copy.deepcopy"):
        rec.rewind(3)
    with pytest.raises(ns.OptionError, match="from tick 0 to 5"):
        rec.rewind(6)


def test_a_state_can_be_taken_up_any_number_of_times():
    net = ns.Network.from_arrays([0], [1], [0.0], modes=["sensory", ns.Linear(noise=1.0)])
    state = ns.simulate(net, {0: 0}, 3, rng=0).state
    one, other = ns.simulate(net, {0: 0}, 3, state=state), ns.simulate(net, {0: 0}, 3, state=state)
    assert (one.rates == other.rates).all()
    assert (ns.simulate(net, {0: 0}, 3, state=state, rng=1).rates != one.rates).any()


# --- States --------------------------------------------------------------------------------------


def ring(n, delay=1):
    graph = nx.DiGraph()
    for i in range(n):
        graph.add_node(i, mode="binary", threshold=1, region="ring", output=i == 0)
        graph.add_edge(i, (i + 1) % n, weight=1.0, delay=delay)
    graph.add_edge("start", 0, weight=1.0)
    return ns.Network.from_graph(graph)


def test_a_chosen_state_sets_an_impulse_going():
    rec = ns.simulate(ring(3), None, 6, state={1: 1})
    assert rec["ring"].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]] * 2
    by_array = ns.simulate(ring(3), None, 6, state=[0, 1, 0, 0])
    assert (by_array.rates == rec.rates).all()


def test_what_a_state_says_was_so_in_every_tick_before():
    rec = ns.simulate(ring(2, delay=3), None, 8, state={"ring": 1})
    assert rec["ring"].min() == 1  # with a delay of 3, each impulse of the three ticks before goes round


def test_impulses_may_be_under_way():
    history = np.zeros(
        (2, 3, 3)
    )  # in the first trial neuron 1 fired two ticks before the last, in the second one before
    history[0, 0, 1] = history[1, 1, 1] = 1
    rec = ns.simulate(ring(2, delay=3), None, 4, state=history)
    assert rec[0].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]


def test_binary_neurons_have_no_state_in_between():
    with pytest.raises(ns.DataError, match=r"Neuron 0 is binary, so its rate in a state is 0 or 1; got 0.5"):
        ns.simulate(ring(3), None, 4, state={0: 0.5})


def test_what_does_not_remember_keeps_nothing():
    net = ns.Network.from_arrays([0] * 5, range(1, 6), 1.0, modes=["sensory", ns.Linear(leak=0.5), *["linear"] * 4])
    state = ns.simulate(net, np.ones((2, 1))).state
    assert state.potentials.tolist() == [0, 1.5, 0, 0, 0, 0]
    assert not state.resting.any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rates": np.zeros(4)}, "do not fit together"),
        ({"potentials": np.zeros(3)}, "do not fit together"),
        ({"potentials": np.full(4, np.nan)}, "must be finite"),
        ({"resting": np.full(4, -1)}, "rests for fewer than 0"),
        ({"rates": np.full((1, 4), 0.5)}, "is binary, so its rate in a state is 0 or 1"),
    ],
)
def test_states_that_were_changed_by_hand_are_read_again(change, words):
    net = ring(3)
    state = dataclasses.replace(ns.simulate(net, None, 2).state, **change)
    with pytest.raises(ns.DataError, match=words):
        ns.simulate(net, None, 2, state=state)
    assert next(iter(change.values())).flags.writeable  # what was given stays as it was


def test_trials_may_come_from_the_state():
    rec = ns.simulate(ring(3), None, 4, state={0: [1, 0], 1: [0, 1]})
    assert rec.trials == 2
    assert rec["ring"][0].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert rec.state[0].tolist() == [0, 0]
    assert rec.state[1].tolist() == [1, 0]


# --- Somas with a past ---------------------------------------------------------------------------


@given(
    leak=st.floats(0.0, 0.99),
    threshold=st.floats(0.1, 5),
    factor=st.floats(0.5, 20),
    refractory=st.integers(0, 5),
)
def test_the_rate_of_integrate_and_fire_has_a_closed_form(leak, threshold, factor, refractory):
    """v(n) = I (1 - leak^n) / (1 - leak) is the threshold at n = log(1 - threshold (1 - leak) / I) / log(leak)."""
    current = factor * threshold * (1 - leak)  # the cell fires if factor > 1
    mode = ns.Binary(leak=leak, reset=0.0, refractory=refractory)
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", mode], thresholds=[0, threshold])
    rec = ns.simulate(net, {0: current}, 400)
    if factor < 1 - 1e-9:
        assert not rec[1].any()
    elif factor > 1 + 1e-9:
        exact = np.log(1 - 1 / factor) / np.log(leak) if leak > 0 else 1.0
        intervals = rec.intervals(1)
        if 2 * (exact + refractory + 1) < 400:
            assert len(set(intervals.tolist())) == 1
            rounding = 1e-6 * exact  # of the closed form itself, near a whole number of ticks
            assert exact - rounding <= intervals[0] - refractory <= exact + 1 + rounding


def test_the_reset_that_subtracts_keeps_what_is_over():
    """The mean rate is the current over the threshold, where a reset to 0 loses the rest of each ramp."""
    rates = {}
    for reset in ("subtract", 0.0):
        mode = ns.Binary(leak=0.999999999, reset=reset)
        net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", mode], thresholds=[0, 1.0])
        rates[reset] = ns.simulate(net, {0: 0.3}, 1000)[1].mean()
    assert rates["subtract"] == pytest.approx(0.3, abs=0.002)
    assert rates[0.0] == pytest.approx(0.25, abs=0.002)


def test_refractory_ticks_are_silent_whatever_comes():
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", ns.Binary(refractory=3)], thresholds=[0, 1])
    assert ns.simulate(net, {0: 5}, 9)[1].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]


def test_noise_is_normal_and_a_leak_gathers_it():
    leak, sigma, trials = 0.8, 0.5, 4000
    modes = ["sensory", ns.Linear(noise=sigma), ns.Linear(noise=sigma, leak=leak)]
    net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, 0.0], modes=modes)
    rec = ns.simulate(net, {0: np.full((trials, 40), 3.0)}, rng=0)
    now, gathered = rec[1][:, -1], rec[2][:, -1]
    assert now.mean() == pytest.approx(3, abs=5 * sigma / np.sqrt(trials))
    assert now.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * trials))
    assert gathered.std() == pytest.approx(sigma / np.sqrt(1 - leak**2), rel=5 / np.sqrt(2 * trials))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_stochastic_neuron_fires_with_the_probability_of_its_drive(dtype):
    modes = ["sensory", ns.Binary(temperature=0.7)]
    net = ns.Network.from_arrays([0], [1], [1.0], modes=modes, thresholds=[0, 0.5], dtype=dtype)
    trials, ticks = 400, 100
    for x in (-1.0, 0.5, 1.5):
        chance = 1 / (1 + np.exp(-(x - 0.5) / 0.7))
        fired = ns.simulate(net, {0: np.full((trials, ticks), x)}, rng=1)[1].mean()
        assert fired == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / trials / ticks))


def test_one_tick_from_silence_knows_no_past_and_no_noise():
    mode = ns.Binary(leak=0.5, refractory=4, reset=0.0, noise=3.0, temperature=2.0)
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory", mode], thresholds=[0, 1])
    assert ns.respond(net, [[0.5], [1.0]] * 20).ravel().tolist() == [0, 1] * 20


# --- One after the other -------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=12, modes=("binary", "tanh", "maxout")), seed=st.integers(0, 99))
def test_asynchronous_updating_is_one_neuron_after_the_other(net, seed):
    net = delayed(net)
    x = shown(net, seed, ticks=1)[0]
    rec = ns.simulate(net, x, 4, updating="asynchronous", rng=seed)
    rng, rates, structure = np.random.default_rng(seed), np.zeros(len(net)), net.structure
    rates[structure.inputs] = x
    rows = ns.simulate(net, x, 1).plan  # the clock draws an order of the program's rows
    assert rows.net is net
    from neurosim.engine.compiler import program_of

    neurons = [i for i in program_of(structure, in_time=True).neurons.tolist() if not structure.sensory[i]]
    for tick in range(4):
        for place in rng.permutation(len(neurons)).tolist():
            i = neurons[place]
            view = net[net.names[i]]
            rates[i] = view.fire({name: rates[structure.number[name]] for name in view.presynaptic})
        np.testing.assert_allclose(rec.rates[tick], rates, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_short_cuts_of_dense_binary_networks_change_no_decision(unit):
    """Weights of 0.1 make ties that are rounded; the sense shows a rate that is no impulse."""
    rng, size = np.random.default_rng(5), 30
    weights = rng.integers(-3, 4, (size, size)) * unit
    pre, post = np.nonzero(~np.eye(size, dtype=bool))
    net = ns.Network.from_arrays(
        np.append(pre, size),
        np.append(post, 0),
        np.append(weights[pre, post], 0.3),
        delay=1,
        modes=["binary"] * size + ["sensory"],
        thresholds=unit * rng.integers(-2, 3, size + 1),
        outputs=range(size),
    )
    rates = 1.0 * rng.integers(0, 2, size + 1)
    rec = ns.simulate(net, [0.7], 6, state=rates, updating="asynchronous", rng=8)
    order, rates[size] = np.random.default_rng(8), 0.7
    from neurosim.engine.compiler import program_of

    neurons = [i for i in program_of(net.structure, in_time=True).neurons.tolist() if i != size]
    for tick in range(6):
        for place in order.permutation(size).tolist():
            i = neurons[place]
            rates[i] = net[i].fire({name: rates[name] for name in net[i].presynaptic})
        assert rec.rates[tick].tolist() == rates.tolist()


def test_glauber_dynamics_reaches_the_boltzmann_distribution():
    """Two neurons that excite each other: e^(-E/T) / Z with E = -w s1 s2 + threshold (s1 + s2)."""
    w, threshold, T = 1.0, 0.4, 0.6
    net = ns.Network.from_arrays(
        [1, 2, 0],
        [2, 1, 1],
        [w, w, 0.0],
        delay=[1, 1, 0],
        modes=["sensory"] + [ns.Binary(temperature=T)] * 2,
        thresholds=[0, threshold, threshold],
        outputs=[1, 2],
    )
    rec = ns.simulate(net, np.zeros((200, 400, 1)), updating="asynchronous", rng=0)
    states = rec.rates[:, 50:, 1] + 2 * rec.rates[:, 50:, 2]
    energy = np.array([0.0, threshold, threshold, 2 * threshold - w])
    expected = np.exp(-energy / T) / np.exp(-energy / T).sum()
    measured = np.bincount(states.astype(int).ravel(), minlength=4) / states.size
    np.testing.assert_allclose(measured, expected, atol=0.01)


def test_delays_have_no_meaning_one_after_the_other():
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], delay=[0, 2], outputs=[1])
    with pytest.raises(ns.OptionError, match=r"a delay of 2 ticks has no meaning \(synapse 1 -> 1.*delays to 1"):
        ns.simulate(net, {0: 1}, 3, updating="asynchronous")


# --- Stimuli -------------------------------------------------------------------------------------


def eye():
    graph = nx.DiGraph()
    graph.add_node("retina", size=3, mode="sensory")
    graph.add_node("light", size=1, mode="sensory")
    graph.add_node("V1", size=4, mode="tanh")
    graph.add_edges_from([("retina", "V1"), ("light", "V1")])
    return ns.Network.from_regions(graph, rng=0)


def test_a_stimulus_may_be_said_in_many_ways():
    net, rng = eye(), np.random.default_rng(0)
    array = rng.normal(size=(5, 7, 4))
    ways = [
        array,
        {"retina": array[..., :3], "light": array[..., 3:]},
        {f"retina[{i}]": array[..., i] for i in range(3)} | {"light[0]": array[..., 3]},
        lambda tick: array[:, tick],
        lambda tick: {"retina": array[:, tick, :3], "light[0]": array[:, tick, 3]},
    ]
    rates = [ns.simulate(net, way, 7).rates for way in ways]
    for other in rates[1:]:
        assert (other == rates[0]).all()


def test_what_is_short_or_unsaid_is_silent_and_what_is_one_number_lasts():
    net = eye()
    rec = ns.simulate(net, {"retina[1]": [1, 2], "light": 0.5}, 4)
    assert rec["retina"].tolist() == [[0, 1, 0], [0, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert rec["light[0]"].tolist() == [0.5] * 4
    assert not ns.simulate(net, None, 3)["retina"].any()
    assert (ns.simulate(net, [1, 2, 3, 4], 3)["retina"] == [1, 2, 3]).all()


def test_a_function_is_told_the_tick_as_counted_from_the_start_of_time():
    told = []

    def show(tick):
        told.append(tick)
        return np.zeros(4)

    net = eye()
    first = ns.simulate(net, show, 3)
    ns.simulate(net, show, 2, state=first.state)
    assert told == [0, 1, 2, 3, 4]


ERRORS = {
    "too wide": ({"stimulus": np.zeros((5, 7))}, ns.DataError, r"\(ticks, 4\).*Got shape \(5, 7\)"),
    "turned": ({"stimulus": np.zeros((4, 7))}, ns.DataError, r"Inputs are the last axis.*swapaxes\(stimulus, 0, 1\)"),
    "empty": ({"stimulus": np.zeros((0, 4))}, ns.DataError, r"Got shape \(0, 4\)"),
    "infinite": ({"stimulus": np.full((2, 4), np.inf)}, ns.DataError, r"'retina\[0\]' is inf in tick 0"),
    "nan by name": (
        {"stimulus": {"light": [0, np.nan]}, "ticks": 2},
        ns.DataError,
        r"'light' must be finite.*nan in "
        "tick 1",
    ),
    "text": ({"stimulus": {"light": "on"}, "ticks": 2}, ns.DataError, r"'light' must be an array of numbers; got 'on'"),
    "too long": ({"stimulus": np.zeros((5, 4)), "ticks": 3}, ns.DataError, "goes on for 5 ticks, but ticks=3"),
    "too short": ({"stimulus": np.zeros((5, 4)), "ticks": 9}, ns.DataError, "ends after 5 ticks, but ticks=9.*silence"),
    "no ticks": ({"stimulus": {"light": 1}}, ns.OptionError, "does not say for how long: write ticks="),
    "zero ticks": ({"stimulus": {"light": 1}, "ticks": 0}, ns.OptionError, "ticks must be a whole number from 1 up"),
    "half a tick": ({"stimulus": {"light": 1}, "ticks": 2.5}, ns.OptionError, r"ticks must be.*\(got 2.5\)"),
    "unknown": ({"stimulus": {"ligth": 1}, "ticks": 2}, ns.UnknownNameError, "Did you mean 'light'"),
    "not sensory": ({"stimulus": {"V1[0]": 1}, "ticks": 2}, ns.DataError, r"'V1\[0\]' is not sensory"),
    "region not sensory": ({"stimulus": {"V1": 1}, "ticks": 2}, ns.DataError, "region 'V1' is not sensory"),
    "twice": ({"stimulus": {"light": 1, "light[0]": 1}, "ticks": 2}, ns.DataError, r"'light\[0\]' more than once"),
    "wrong region width": ({"stimulus": {"retina": np.zeros((5, 2))}}, ns.DataError, r"\(ticks, 3\).*shape \(5, 2\)"),
    "two numbers of trials": (
        {"stimulus": {"retina[0]": np.zeros((2, 5)), "light[0]": np.zeros((3, 5))}},
        ns.DataError,
        "different numbers of trials: 2, 3",
    ),
    "function": (
        {"stimulus": lambda tick: np.zeros(3), "ticks": 2},
        ns.DataError,
        r"tick 0 must have the shape \(4,\)",
    ),
    "function that names twice": (
        {"stimulus": lambda tick: {"light": 1, "light[0]": 1}, "ticks": 2},
        ns.DataError,
        r"'light\[0\]' more than once",
    ),
    "function without ticks": ({"stimulus": lambda tick: np.zeros(4)}, ns.OptionError, "function does not say"),
    "function of other trials": (
        {"stimulus": lambda tick: np.zeros((tick + 1, 4)), "ticks": 2},
        ns.DataError,
        "tick 1 is for 2 trials, but that of tick 0 was for 1",
    ),
    "state too short": ({"stimulus": {}, "ticks": 2, "state": [1, 2]}, ns.DataError, r"shape \(8,\) or \(trials, 8\)"),
    "state of nobody": ({"stimulus": {}, "ticks": 2, "state": {"V2": 1}}, ns.UnknownNameError, "'V2'"),
    "state nan": ({"stimulus": {}, "ticks": 2, "state": {"V1[1]": np.nan}}, ns.DataError, r"'V1\[1\]' is nan"),
    "state and stimulus disagree": (
        {"stimulus": np.zeros((3, 5, 4)), "state": {"V1": [1, 0]}},
        ns.DataError,
        "stimulus has 3 trials and the state 2",
    ),
    "updating": ({"stimulus": {}, "ticks": 2, "updating": "async"}, ns.UnknownNameError, "'asynchronous'"),
    "record": ({"stimulus": {}, "ticks": 2, "record": "V2"}, ns.UnknownNameError, "There is no neuron or region 'V2'"),
    "every": ({"stimulus": {}, "ticks": 2, "every": 0}, ns.OptionError, "every must be a whole number from 1 up"),
    "rng": ({"stimulus": {}, "ticks": 2, "rng": "seed"}, ns.OptionError, "rng must be"),
    "budget": ({"stimulus": {}, "ticks": 10**9}, ns.RecordingTooLargeError, "64 GB; the budget is 2.15 GB.*every="),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_simulated_is_told(case):
    options, kind, words = ERRORS[case]
    net = eye()
    before = copy.deepcopy(net)
    with pytest.raises(kind) as caught:
        ns.simulate(net, **options)
    assert isinstance(caught.value, ns.NeurosimError)
    assert re.search(words, str(caught.value)), str(caught.value)
    assert (net.weights == before.weights).all()


@pytest.mark.parametrize("net", [None, nx.DiGraph()])
def test_only_networks_are_simulated(net):
    with pytest.raises(ns.OptionError, match="A Network is needed"):
        ns.simulate(net, None, 3)


def test_a_state_of_another_network():
    state = ns.simulate(ring(3), None, 2).state
    with pytest.raises(ns.DataError, match=r"of another network.*'start'|0, 1, 2"):
        ns.simulate(eye(), None, 2, state=state)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"leak": 1.0}, "leak must be a finite number from 0 and below 1"),
        ({"leak": -0.1}, "leak must be"),
        ({"leak": np.nan}, "leak must be"),
        ({"refractory": -1}, "refractory must be a whole number"),
        ({"refractory": 1.5}, "refractory must be a whole number"),
        ({"refractory": 2**32}, "refractory must be a finite number up to"),
        ({"noise": -1}, "noise must be"),
        ({"reset": "zero"}, "reset must be None, 'subtract' or the potential"),
        ({"reset": np.inf}, "reset must be"),
        ({"temperature": -2}, "temperature must be"),
    ],
)
def test_somas_that_cannot_be(settings, words):
    with pytest.raises(ns.OptionError, match=words):
        ns.Binary(**settings)
    if "temperature" not in settings:
        with pytest.raises(ns.OptionError, match=words):
            ns.LeakyReLU(0.2, **settings)


def test_sensory_neurons_have_no_past():
    with pytest.raises(ns.OptionError, match="sensory neuron shows the stimulus"):
        ns.Sensory(leak=0.5)


@pytest.mark.parametrize("delay", [-1, 1.5])
def test_delays_are_whole_numbers_of_ticks(delay):
    with pytest.raises(ns.NeurosimError, match="whole number"):
        ns.Network.from_arrays([0], [1], [1.0], delay=[delay])
    with pytest.raises(ns.NeurosimError, match="whole number"):
        ns.Network.from_graph(nx.DiGraph([("a", "b", {"delay": delay})]))


def test_whole_delays_may_come_as_floats_from_a_table():
    graph = nx.DiGraph([("a", "b", {"delay": 2.0, "weight": 1.0})])
    assert ns.Network.from_graph(graph).delays.tolist() == [2]


def test_growth_without_end_stops_with_the_neuron_and_the_tick():
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1e100], delay=[0, 1], modes=["sensory", "linear"], outputs=[1])
    with pytest.raises(ns.SimulationError, match=r"In tick 4 the rate of neuron 1 became inf.*tanh"):
        ns.simulate(net, {0: 1.0}, 50)


# --- Long runs -----------------------------------------------------------------------------------


@pytest.fixture
def usual_ctrl_c():
    """Python's own way with Ctrl-C: a shell that runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual_ctrl_c")
def test_ctrl_c_keeps_what_was_done():
    net = eye()
    stimulus = np.random.default_rng(0).normal(size=(20, 4))

    def show(tick):
        if tick == 6:
            signal.raise_signal(signal.SIGINT)
        return stimulus[tick]

    with pytest.warns(UserWarning, match="Interrupted"):
        rec = ns.simulate(net, show, 20)
    assert rec.stopped_early
    assert rec.ticks.tolist() == list(range(7))
    assert (rec.rates == ns.simulate(net, stimulus[:7]).rates).all()
    rest = ns.simulate(net, stimulus[7:], state=rec.state)
    assert (rest.rates == ns.simulate(net, stimulus).rates[7:]).all()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("usual_ctrl_c")
def test_ctrl_c_twice_is_an_interrupt():
    def show(tick):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ns.simulate(eye(), show, 20)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_memory_does_not_grow_with_the_ticks_when_nothing_is_recorded():
    rng = np.random.default_rng(0)
    pre, post = np.repeat(np.arange(1, 2001), 10), rng.integers(1, 2001, 20_000)
    keep = np.unique(pre * 3000 + post)
    pre, post = np.append(keep // 3000, 0), np.append(keep % 3000, 1)
    net = ns.Network.from_arrays(
        pre, post, 0.1, delay=np.append(np.ones(len(keep), int), 0), modes=["sensory"] + ["tanh"] * 2000, outputs=[1]
    )
    ns.simulate(net, {0: 1.0}, 2, record=None)

    def peak(ticks):
        tracemalloc.start()
        ns.simulate(net, {0: 1.0}, ticks, record=None)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(500) < peak(20) + 20_000  # a row of rates is 16,000 bytes
    full = ns.recording_size(net, 500)
    assert peak(20) < full / 10


def test_progress_is_shown_where_it_was_asked_for(capsys, monkeypatch):
    monkeypatch.setattr("neurosim.progress.PATIENCE", 0.0)
    ns.simulate(eye(), None, 30, progress=True)
    assert "simulating" in capsys.readouterr().err


def test_a_recording_in_place_of_its_state_or_a_stimulus():
    net = ring(3)
    rec = ns.simulate(net, None, 2)
    with pytest.raises(ns.DataError, match=r"write state=rec.state"):
        ns.simulate(net, None, 2, state=rec)
    with pytest.raises(ns.DataError, match="must be an array of numbers; got Recording"):
        ns.simulate(net, rec, 2)
