"""Recording, against a recorder that keeps a list of everything; questions to it, against plain numpy."""

import importlib
import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.errors import MissingPackageError, NotRecordedError, OptionError, RecordingTooLargeError
from neurosim.physiology.correlation import correlated
from neurosim.physiology.recorder import Recorder
from neurosim.physiology.recording_plan import RecordingPlan, in_bytes, recording_size
from tests.strategies import SEEDS

REGIONS = ("eye", "V1", "IT")


# --- A run without a network ---------------------------------------------------------------------


def brain(modes, dtype="float64"):
    """Neurons named n0, n1, ... in these modes, in turn eye, V1, IT and no region."""
    regions = [(*REGIONS, None)[i % 4] for i in range(len(modes))]
    return ns.Network.from_arrays(
        [], [], modes=modes, names=[f"n{i}" for i in range(len(modes))], regions=regions, dtype=dtype
    )


def run(net, rates, drives=None, *, record="all", every=1, last=None, first=0, stop=None, shuffle=0):
    """Record rates of shape (trials, ticks, neurons), or (ticks, neurons), in an engine's own order."""
    trials = len(rates) if rates.ndim == 3 else None
    rates, drives = (x[None] if x is not None and x.ndim == 2 else x for x in (rates, drives))
    ticks = rates.shape[1]
    plan = RecordingPlan.of(net, record, drives=drives is not None, every=every, last=last)
    row_of = np.random.default_rng(shuffle).permutation(len(net))
    recorder = Recorder(plan, row_of[plan.neurons], first, ticks, trials)
    for i in range(ticks if stop is None else stop):
        recorder.take(first + i, laid_out(rates, i, row_of), None if drives is None else laid_out(drives, i, row_of))
    return recorder.finish(state="after", start="before", stopped_early=stop is not None)


def laid_out(values, tick, row_of):
    rows = np.empty((values.shape[2], values.shape[0]), dtype=values.dtype)
    rows[row_of] = values[:, tick].T
    return rows


def activity(net, trials, ticks, seed=0):
    """Random rates, 0 or 1 where a neuron is binary."""
    rng = np.random.default_rng(seed)
    shape = (*(() if trials is None else (trials,)), ticks, len(net))
    binary = net.structure.has_mode("binary")
    return np.where(binary, rng.random(shape) < 0.4, rng.normal(size=shape)).astype(net.dtype)


@st.composite
def runs(draw):
    """A network, its rates and drives, and how they are to be recorded."""
    modes = ["sensory", *draw(st.lists(st.sampled_from(["binary", "binary", "relu", "sigmoid"]), max_size=25))]
    net = brain(modes, draw(st.sampled_from(["float64", "float32"])))
    ticks = draw(st.integers(1, 25))
    trials, seed = draw(st.sampled_from([None, 1, 3])), draw(SEEDS)
    record = draw(
        st.one_of(st.sampled_from(["all", None, []]), st.lists(st.sampled_from([*net.names, *net.regions]), max_size=6))
    )
    settings = {
        "record": record,
        "every": draw(st.integers(1, 4)),
        "last": draw(st.none() | st.integers(1, 12)),
        "first": draw(st.integers(0, 9)),
        "stop": draw(st.none() | st.integers(0, ticks)),
        "shuffle": seed,
    }
    drives = activity(net, trials, ticks, seed + 1) if draw(st.booleans()) else None
    return net, activity(net, trials, ticks, seed), drives, settings


@given(runs())
def test_it_is_what_a_list_of_everything_would_be(given_run):
    net, rates, drives, how = given_run
    rec = run(net, rates, drives, **how)

    ran = range(rates.shape[-2] if how["stop"] is None else how["stop"])
    ticks = [i for i in ran if (how["first"] + i) % how["every"] == 0]
    if how["last"] is not None:
        ticks = ticks[-how["last"] :]
    asked = net.names if how["record"] == "all" else how["record"] or []
    asked = {name for item in asked for name in net.regions.get(item, [item])}
    columns = [i for i, name in enumerate(net.names) if name in asked]

    assert rec.names == [net.names[i] for i in columns]
    assert rec.ticks.tolist() == [how["first"] + i for i in ticks]
    assert len(rec) == len(ticks)
    assert rec.trials == (len(rates) if rates.ndim == 3 else None)
    assert rec.stopped_early == (how["stop"] is not None)
    assert (rec.start, rec.state) == ("before", "after")
    for values, whole, one in ((rates, lambda: rec.rates, rec.__getitem__), (drives, lambda: rec.drives, rec.drive)):
        if values is None:
            continue
        expected = values[..., ticks, :]
        assert whole().dtype == net.dtype
        np.testing.assert_array_equal(whole(), expected[..., columns])
        for i in columns:
            np.testing.assert_array_equal(one(net.names[i]), expected[..., i])
        for region, names in rec.regions.items():
            assert names == [net.names[i] for i in columns if net.names[i] in net.regions[region]]
            np.testing.assert_array_equal(one(region), expected[..., [net.names.index(name) for name in names]])
    if columns:
        np.testing.assert_allclose(
            rec.population_rate(), rates[..., ticks, :][..., columns].mean(axis=-1), rtol=1e-5, atol=1e-6
        )


@given(runs())
def test_the_estimate_is_what_the_arrays_take(given_run):
    net, rates, drives, how = given_run
    rec = run(net, rates, drives, **{**how, "stop": None})
    stored = [rec.traces.bits, rec.traces.numbers]
    if drives is not None:
        stored += [rec.drive_traces.bits, rec.drive_traces.numbers]
    estimate = rec.plan.n_bytes(how["first"], rates.shape[-2], rec.trials)
    assert estimate == sum(array.nbytes for array in stored) == rec.n_bytes
    if how["first"] == 0:
        settings = {key: how[key] for key in ("record", "every", "last")}
        size = recording_size(net, rates.shape[-2], trials=rec.trials or 1, drives=drives is not None, **settings)
        assert size == estimate


@given(runs(), st.integers(0, 25))
def test_two_runs_one_after_the_other_record_what_one_does(given_run, cut):
    net, rates, _, how = given_run
    how = {**how, "stop": None, "last": None}
    cut = min(cut, rates.shape[-2])
    parts = [
        run(net, rates[..., :cut, :], **how),
        run(net, rates[..., cut:, :], **{**how, "first": how["first"] + cut}),
    ]
    whole = run(net, rates, **how)
    np.testing.assert_array_equal(np.concatenate([part.ticks for part in parts]), whole.ticks)
    np.testing.assert_array_equal(np.concatenate([part.rates for part in parts], axis=-2), whole.rates)


def test_every_kth_tick_is_the_whole_recording_sliced():
    net = brain(["sensory", "binary", "relu"])
    rates = activity(net, None, 50)
    np.testing.assert_array_equal(run(net, rates, every=7).rates, run(net, rates).rates[::7])


# --- Memory --------------------------------------------------------------------------------------


def test_binary_rates_are_bits():
    net = brain(["sensory"] + ["binary"] * 800)
    names = net.names[1:]
    rec = run(net, activity(net, 3, 50), record=names)
    assert rec.traces.bits.nbytes == rec.n_bytes == 50 * 100 * 3
    assert rec.traces.numbers.nbytes == 0
    assert rec.rates.dtype == np.float64


def test_a_ring_takes_no_more_for_a_longer_run():
    net = brain(["sensory", "binary", "relu"])
    assert recording_size(net, 10**9, last=10) == recording_size(net, 10, last=10) == 10 * (8 + 1 + 8)


def test_nothing_takes_nothing():
    net = brain(["sensory", "binary"])
    assert recording_size(net, 10**9, record=None, drives=True) == 0
    rec = run(net, activity(net, None, 5), record=None)
    assert rec.n_bytes == 0
    assert rec.rates.shape == (5, 0)
    assert rec.ticks.tolist() == [0, 1, 2, 3, 4]
    assert repr(rec) == "Recording of 0 neurons over 5 ticks (1 trial): rates, 0 bytes"


def test_an_early_stop_lets_go_of_the_rest():
    net = brain(["sensory", "binary", "relu"])
    rec = run(net, activity(net, None, 50), stop=10)
    assert rec.n_bytes == rec.traces.bits.nbytes + rec.traces.numbers.nbytes == 10 * 17
    assert repr(rec) == "Recording of 3 neurons over 10 ticks (1 trial): rates, 170 bytes, stopped early"


class Interrupted:
    """Rates whose reading is cut off by Ctrl-C."""

    def __array__(self, *_, **__):
        raise KeyboardInterrupt

    def __getitem__(self, _):
        raise KeyboardInterrupt


@pytest.mark.parametrize(("last", "kept"), [(None, [0, 1, 2, 3, 4]), (3, [3, 4])])
def test_a_row_that_was_cut_off_by_an_interrupt_is_not_shown(last, kept):
    net = brain(["sensory", "binary", "relu"])
    rates = activity(net, None, 6)
    recorder = Recorder(RecordingPlan.of(net, drives=True, last=last), np.arange(3), 0, 6, None)
    for tick in range(5):
        recorder.take(tick, rates[tick][:, None], rates[tick][:, None])
    with pytest.raises(KeyboardInterrupt):  # after the rates have been written
        recorder.take(5, rates[5][:, None], Interrupted())
    rec = recorder.finish(stopped_early=True)
    assert rec.ticks.tolist() == kept
    np.testing.assert_array_equal(rec.rates, rates[kept])
    np.testing.assert_array_equal(rec.drives, rates[kept])


def test_ticks_that_are_not_recorded_are_not_looked_at():
    recorder = Recorder(RecordingPlan.of(brain(["sensory"]), every=2), np.arange(1), 1, 1, None)
    recorder.take(1, Interrupted())
    assert len(recorder.finish()) == 0


# --- A budget ------------------------------------------------------------------------------------


def test_a_recording_over_budget_says_what_would_fit():
    net = brain(["sensory"] + ["relu"] * 99)
    plan = RecordingPlan.of(net, drives=True)
    plan.check_budget(0, 1000, 10, 16_000_000)
    with pytest.raises(RecordingTooLargeError) as error:
        plan.check_budget(0, 1000, 10, 10_000_000)
    assert str(error.value) == (
        "Recording 100 neurons with drives on 1,000 ticks of 10 trials would take 16 MB; the budget is 10 MB. "
        "Type record='eye' (4 MB), every=2, last=625, or budget=16000000 to allow it."
    )
    assert isinstance(error.value, MemoryError)
    assert isinstance(error.value, ns.NeurosimError)


def test_sizes_that_read_the_same_are_said_in_bytes():
    with pytest.raises(RecordingTooLargeError, match=r"would take 8,000 bytes; the budget is 7,999 bytes\."):
        RecordingPlan.of(brain(["sensory"])).check_budget(0, 1000, None, 7999.5)


def test_without_regions_the_outputs_are_offered():
    net = ns.Network.from_arrays([0, 1], [1, 2], modes="linear", rng=0)
    with pytest.raises(RecordingTooLargeError, match=r"Type record=net.outputs \(8 kB\), every=4, last=333"):
        RecordingPlan.of(net).check_budget(0, 1000, None, 8000)


def test_a_budget_below_one_row_offers_no_fewer_ticks():
    plan = RecordingPlan.of(brain(["sensory", "relu", "relu", "relu", "relu"]))
    with pytest.raises(RecordingTooLargeError, match=r"Type record='V1' \(80 bytes\), or budget=400 to allow it\.$"):
        plan.check_budget(0, 10, None, 3)


def test_what_was_asked_for_is_not_offered():
    plan = RecordingPlan.of(brain(["sensory"]), "eye")
    with pytest.raises(RecordingTooLargeError, match=r"Type budget=80 to allow it\.$"):
        plan.check_budget(0, 10, None, 3)


@given(runs(), st.floats(0, 1))
def test_what_the_error_offers_fits(given_run, share):
    net, rates, drives, how = given_run
    ticks, trials = rates.shape[-2], len(rates) if rates.ndim == 3 else None
    asked = {"drives": drives is not None, "every": how["every"], "last": how["last"]}
    plan = RecordingPlan.of(net, how["record"], **asked)
    size = plan.n_bytes(how["first"], ticks, trials)
    budget = math.floor(share * size)
    if budget == size:
        plan.check_budget(how["first"], ticks, trials, budget)
        return
    with pytest.raises(RecordingTooLargeError) as error:
        plan.check_budget(how["first"], ticks, trials, budget)
    offers = str(error.value).split(" Type ")[1].removesuffix(" to allow it.").replace("or ", "").split(", ")
    for offer in offers:
        word, number = offer.split("=")
        if word == "record":
            smaller = RecordingPlan.of(net, number.split("'")[1], **asked)
            assert smaller.n_bytes(how["first"], ticks, trials) < size
        elif word == "budget":
            plan.check_budget(how["first"], ticks, trials, int(number))
        else:
            smaller = RecordingPlan.of(net, how["record"], **{**asked, word: int(number)})
            smaller.check_budget(how["first"], ticks, trials, budget)


def test_more_than_the_machine_has_is_an_error_that_teaches():
    plan = RecordingPlan.of(brain(["sensory"]))
    with pytest.raises(RecordingTooLargeError, match=r"takes more memory than this machine has free\. Type "):
        Recorder(plan, np.arange(1), 0, 2**57, None)


def test_sizes_in_words():
    sizes = [0, 1, 999, 1000, 2_140, 99_950_000, 999_600_000, 12_345_678_901_234]
    words = ["0 bytes", "1 byte", "999 bytes", "1 kB", "2.14 kB", "100 MB", "1 GB", "12,346 GB"]
    assert [in_bytes(size) for size in sizes] == words


# --- What is asked for ---------------------------------------------------------------------------


def test_names_come_once_and_in_the_order_of_the_network():
    net = brain(["sensory"] + ["relu"] * 7)
    plan = RecordingPlan.of(net, ["n5", "IT", "n0", "n5", "n2"])
    assert [net.names[i] for i in plan.neurons] == ["n0", "n2", "n5", "n6"]


def test_where_a_neuron_and_a_region_have_one_name_the_neuron_is_meant():
    net = ns.Network.from_arrays([0], [1], [1.0], names=["x", "V1"], regions=["V1", "V1"])
    assert RecordingPlan.of(net, "V1").neurons.tolist() == [1]
    rec = run(net, activity(net, None, 4))
    assert rec["V1"].shape == (4,)
    assert rec.correlation("V1").values.shape == (1, 1)


def test_all_is_everything_and_in_a_list_a_name():
    net = ns.Network.from_arrays([0], [1], [1.0], names=["x", "all"])
    assert RecordingPlan.of(net, "all").neurons.tolist() == [0, 1]
    assert RecordingPlan.of(net, ["all"]).neurons.tolist() == [1]


RECORD = (
    "The setting record must be 'all', the name of a neuron or a region, a list of such names, or None for nothing "
    "(got {}). For a mask write [name for name, on in zip(net.names, mask) if on]."
)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"record": "n11"},
            "There is no neuron or region 'n11'. Did you mean 'n1'? There are: 'eye', 'V1', 'n0', 'n1'.",
        ),
        (
            {"record": ["v1"]},
            "There is no neuron or region 'v1'. Did you mean 'V1'? There are: 'eye', 'V1', 'n0', 'n1'.",
        ),
        ({"record": [["n0"]]}, "There is no neuron or region ['n0']. There are: 'eye', 'V1', 'n0', 'n1'."),
        ({"record": 2.5}, RECORD.format("2.5")),
        ({"record": True}, RECORD.format("True")),
        ({"record": [True, False]}, RECORD.format("True")),
        ({"every": 0}, "The setting every must be a whole number from 1 up (got 0)."),
        ({"last": 0}, "The setting last must be a whole number from 1 up, or None (got 0)."),
        (
            {"drives": "n0"},
            "The setting drives must be True or False (got 'n0'). Which neurons are recorded is said by record.",
        ),
        ({"ticks": 0}, "The setting ticks must be a whole number from 1 up (got 0)."),
        ({"trials": 1.5}, "The setting trials must be a whole number from 1 up (got 1.5)."),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ns.NeurosimError) as error:
        recording_size(brain(["sensory", "relu"]), **{"ticks": 10, **settings})
    assert str(error.value) == message


def test_what_is_there_but_was_not_recorded():
    net = brain(["sensory"] + ["relu"] * 7)
    rec = run(net, activity(net, None, 4), record=["V1", "n3"])
    for key in (slice(0, 5), (..., 0), ...):
        with pytest.raises(OptionError, match=r"asked by name.*write rec\.rates\[\.\.\., 0:5, :\], with axes"):
            rec[key]
    with pytest.raises(ns.UnknownNameError, match=r"There is no neuron or region \['n3'\]"):
        rec[["n3"]]
    with pytest.raises(NotRecordedError) as error:
        rec["n0"]
    assert str(error.value) == (
        "Neuron 'n0' exists but was not recorded; recorded were: 'n1', 'n3', 'n5'. In ns.simulate say record='n0', or "
        "record='all', or put 'n0' into the list that record is given."
    )
    with pytest.raises(NotRecordedError, match="Region 'IT' exists but was not recorded"):
        rec["IT"]
    with pytest.raises(NotRecordedError, match="Region 'IT' exists but was not recorded"):
        rec.correlation(["V1", "IT"])
    with pytest.raises(NotRecordedError, match=r"Only rates were recorded.*simulate\(net, stimulus, drives=True\)"):
        _ = rec.drives
    with pytest.raises(NotRecordedError, match="Only rates were recorded"):
        rec.drive("n3")
    with pytest.raises(KeyError, match=r"There is no neuron or region 'V2'\. There are: 'eye', 'V1'"):
        rec["V2"]
    assert "V1" in rec
    assert "n3" in rec
    assert not [name for name in ("IT", "n0", "V2", 3, 2.5, ["n3"]) if name in rec]


def test_nothing_recorded_has_no_population_rate():
    net = brain(["sensory"])
    rec = run(net, activity(net, None, 4), record=None)
    with pytest.raises(NotRecordedError, match="No neuron was recorded, so there is no population rate"):
        rec.population_rate()
    with pytest.raises(NotRecordedError, match="recorded were: none"):
        rec["n0"]


# --- The result ----------------------------------------------------------------------------------


def test_a_recording_stays_as_it_was():
    net = brain(["sensory", "binary", "relu"])
    net.thresholds = [0, 1, 2]
    rec = run(net, activity(net, 3, 20, seed=1), activity(net, 3, 20, seed=2), every=2, record=["n1", "n2"])
    before = rec.rates
    rec.rates[:] = 9
    rec["n1"][:] = 9
    net.thresholds[:] = 7
    net.add_neuron("n3")
    net.remove_neuron("n1")
    np.testing.assert_array_equal(rec.rates, before)
    assert rec.names == ["n1", "n2"]
    assert rec.thresholds.tolist() == [1, 2]
    assert rec.net is net
    assert repr(rec) == "Recording of 2 neurons over 10 ticks in steps of 2 (3 trials): rates and drives, 750 bytes"
    with pytest.raises(AttributeError):
        rec.trials = 2
    with pytest.raises(TypeError):
        rec.regions["V1"] = []
    assert rec.regions == {"V1": ["n1"], "IT": ["n2"]}
    assert repr(rec.regions) == "{'V1': 1, 'IT': 1} neurons"
    assert len(rec.regions) == 2
    with pytest.raises(ns.UnknownNameError, match=r"There is no recorded region 'eye'\. There are: 'V1', 'IT'\."):
        rec.regions["eye"]
    with pytest.raises(TypeError, match="not iterable"):
        iter(rec)
    with pytest.raises(ValueError, match="read-only"):
        rec.thresholds[0] = 1
    again = pickle.loads(pickle.dumps(rec))
    np.testing.assert_array_equal(again.rates, before)


def test_population_rate():
    net = brain(["sensory"] + ["binary"] * 9, "float32")
    rates = activity(net, 3, 20)
    rec = run(net, rates)
    assert rec.population_rate().dtype == np.float32
    np.testing.assert_allclose(rec.population_rate("V1"), rates[..., [1, 5, 9]].mean(axis=-1), rtol=1e-6)
    np.testing.assert_array_equal(rec.population_rate("n2"), rates[..., 2])


def test_means_of_much_are_taken_in_parts(monkeypatch):
    net = brain(["sensory"] + ["binary"] * 9)
    rates = activity(net, 3, 20)
    rec = run(net, rates, last=13)
    monkeypatch.setattr("neurosim.physiology.traces.READ_BYTES", 3 * 10 * 8 * 4)
    np.testing.assert_allclose(rec.population_rate(), rates[:, 7:].mean(axis=-1), rtol=1e-14)


@pytest.mark.parametrize("trials", [None, 1, 3])
def test_spike_times_and_intervals(trials):
    net = brain(["sensory", "binary", "sigmoid"])
    rates = activity(net, trials, 40)
    rec = run(net, rates, first=100, last=25)
    for name, above in (("n1", None), ("n1", 0.5), ("n2", 0.2), ("n2", 99)):
        threshold = 0.5 if above is None else above
        traces = rates.reshape(-1, 40, 3)[:, 15:, net.names.index(name)]
        expected = [[115 + t for t, rate in enumerate(trace) if rate > threshold] for trace in traces]
        times, gaps = rec.spike_times(name, above=above), rec.intervals(name, above=above)
        if trials is None:
            times, gaps = [times], [gaps]
        assert [x.tolist() for x in times] == expected
        assert [x.tolist() for x in gaps] == [[b - a for a, b in itertools.pairwise(x)] for x in expected]


def test_spikes_of_what_does_not_fire():
    net = brain(["sensory"] + ["sigmoid"] * 4 + ["binary"])
    rec = run(net, activity(net, None, 10), every=2)
    with pytest.raises(OptionError) as error:
        rec.spike_times("n1")
    assert str(error.value) == (
        "Neuron 'n1' is sigmoid, so its rate is a number and it is for you to say what a spike is: write above=, as in "
        "rec.spike_times('n1', above=0.5) for the ticks in which its rate is greater than 0.5."
    )
    with pytest.raises(OptionError) as error:
        rec.spike_times("V1")
    assert str(error.value) == (
        "'V1' is a region of 2 recorded neurons, and spikes are those of one neuron. For each: "
        "{name: rec.spike_times(name) for name in rec.regions['V1']}."
    )
    with pytest.raises(OptionError, match=r"above must be a finite number \(got 'x'\)"):
        rec.spike_times("n1", above="x")
    with pytest.raises(OptionError) as error:
        rec.intervals("n5")
    assert str(error.value) == (
        "Only ticks whose number is a multiple of 2 were recorded, so spikes between them are missing and intervals "
        "would come out too long. Record every tick: ns.simulate(net, stimulus, record='n5', every=1)."
    )


# --- Correlation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [None, 1, 4])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_correlation_is_numpys_on_trials_without_their_means(trials, dtype):
    net = brain(["sensory"] + ["relu", "binary"] * 6, dtype)
    rates = activity(net, trials, 30) + (0 if trials is None else 10 * np.arange(trials)[:, None, None])
    rates = np.where(net.structure.has_mode("binary"), rates % 2, rates).astype(dtype)
    table = run(net, rates).correlation()
    assert table.regions == REGIONS
    by_region = rates.astype(float).reshape(-1, 30, len(net))
    means = [by_region[:, :, i : len(net) : 4].mean(axis=2) for i in range(3)]
    centred = [(m - m.mean(axis=1, keepdims=True)).ravel() for m in means]
    np.testing.assert_allclose(table.values, np.corrcoef(centred), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(np.diag(table.values), 1)
    two = run(net, rates).correlation(["IT", "eye"])
    assert two.regions == ("IT", "eye")
    assert two.values[0, 1] == pytest.approx(table.values[0, 2], rel=1e-12)


def test_a_region_whose_rate_is_constant_has_no_correlation():
    net = brain(["sensory"] + ["linear"] * 7)
    rates = activity(net, 2, 3)
    rates[..., [1, 5]] = [0.1, 0.3]  # V1 is constant, up to the order of summation
    rates[0, 1, [1, 5]] = [0.3, 0.1]
    table = run(net, rates).correlation()
    wanted = np.isnan(table.values)
    assert wanted[1].all()
    assert wanted[:, 1].all()
    assert not np.isnan(table.values[np.ix_([0, 2], [0, 2])]).any()
    assert repr(table).splitlines()[0].split() == ["eye", "V1", "IT"]
    assert repr(table).splitlines()[2].split() == ["V1", "nan", "nan", "nan"]


def test_rates_without_bounds_are_told_without_warnings():
    net = brain(["sensory"] + ["linear"] * 10)
    rates = activity(net, None, 5)
    rates[3:, [1, 5]] = [np.inf, -np.inf]
    rates[4, [2, 6]] = 1.7e308
    rec = run(net, rates)
    assert np.isnan(rec.population_rate("V1")[3:]).all()
    assert np.isnan(rec.correlation().values[1:]).all()
    assert rec.correlation("eye").values.tolist() == [[1.0]]


@given(SEEDS, st.integers(-300, 300))
def test_correlation_stays_in_range_at_every_scale(seed, power):
    rates = np.random.default_rng(seed).normal(size=(3, 2, 5)) * 10.0**-power
    rates[2] = -3 * rates[0]
    values = correlated(rates)
    assert np.abs(values).max() <= 1
    assert values[0, 2] == pytest.approx(-1, rel=1e-12)


@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 3, 0)])
def test_too_few_ticks_have_no_correlation(shape):
    assert np.isnan(correlated(np.zeros(shape))).all()


def test_correlation_needs_regions():
    net = ns.Network.from_arrays([0], [1], [1.0])
    with pytest.raises(OptionError, match="There is no region to correlate: none of the recorded neurons belongs to"):
        run(net, activity(net, None, 4)).correlation()
    net = brain(["sensory", "relu"])
    with pytest.raises(ns.UnknownNameError, match=r"There is no region 'v1'\. Did you mean 'V1'"):
        run(net, activity(net, None, 4)).correlation(["v1"])


# --- Other libraries -----------------------------------------------------------------------------


def mixed():
    """A network whose names are numbers and text."""
    return ns.Network.from_arrays(
        [0, 1], [1, 2], [1.0, 1.0], names=["x", 7, "y"], modes="relu", regions=["eye", None, "V1"]
    )


@pytest.mark.parametrize("net", [mixed(), brain(["sensory", "binary", "relu"])], ids=["mixed names", "text"])
def test_to_pandas(net):
    rates, drives = activity(net, None, 6), activity(net, None, 6, seed=1)
    rec = run(net, rates, drives, every=2)
    frame = rec.to_pandas()
    assert frame.columns.tolist() == net.names
    assert (frame.columns.name, frame.index.name) == ("neuron", "tick")
    assert frame.index.tolist() == [0, 2, 4]
    for i, name in enumerate(net.names):
        assert frame[name].tolist() == rates[::2, i].tolist()
    np.testing.assert_array_equal(rec.to_pandas(drives=True).to_numpy(), drives[::2])
    rates = activity(net, 3, 6)
    frame = run(net, rates).to_pandas()
    assert frame.index.names == ["trial", "tick"]
    np.testing.assert_array_equal(frame.loc[2].to_numpy(), rates[2])
    assert frame.loc[(1, 4), net.names[2]] == rates[1, 4, 2]


@pytest.mark.parametrize("trials", [None, 3])
@pytest.mark.parametrize("net", [mixed(), brain(["sensory", "binary", "relu"])], ids=["mixed names", "text"])
def test_to_xarray(net, trials):
    rates, drives = activity(net, trials, 6), activity(net, trials, 6, seed=1)
    rec = run(net, rates, drives, every=2)
    data = rec.to_xarray()
    assert data.rate.dims == data.drive.dims == (() if trials is None else ("trial",)) + ("tick", "neuron")
    assert data.neuron.values.tolist() == net.names
    assert data.tick.values.tolist() == [0, 2, 4]
    for i, name in enumerate(net.names):
        np.testing.assert_array_equal(data.rate.sel(neuron=name).values, rates[..., ::2, i])
        np.testing.assert_array_equal(data.drive.sel(neuron=name).values, drives[..., ::2, i])
    eye = data.rate.isel(neuron=(data.region == "eye").values)
    np.testing.assert_array_equal(eye.values, rec["eye"])
    np.testing.assert_array_equal(data.threshold.values, rec.thresholds)
    assert "drive" not in run(net, rates).to_xarray()


def test_tables_of_nothing():
    rec = run(brain(["sensory"]), np.zeros((4, 1)), record=None)
    assert rec.to_pandas().shape == (4, 0)
    assert rec.to_xarray().rate.shape == (4, 0)


@pytest.mark.parametrize("package", ["pandas", "xarray"])
def test_without_the_package_the_error_says_how_to_get_it(package, monkeypatch):
    rec = run(brain(["sensory"]), np.zeros((4, 1)))

    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingPackageError, match=f"This needs {package}, which is not .*: pip install {package}"):
        getattr(rec, f"to_{package}")()
    assert issubclass(MissingPackageError, ImportError)


def test_a_package_that_is_broken_says_so_itself(monkeypatch):
    rec = run(brain(["sensory"]), np.zeros((4, 1)))

    def broken(name):
        raise ModuleNotFoundError("No module named 'tzdata'", name="tzdata")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="tzdata"):
        rec.to_pandas()
