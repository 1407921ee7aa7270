"""Recordings in files: nothing is lost but the way back into the run, nothing is believed that does not fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.physiology.recording_record import recording_record
from neurosim.storage import write_record
from tests.anatomy.helpers import complains
from tests.strategies import SEEDS, acyclic_networks, snapshot

BOUNDED = ("sensory", "binary", "sigmoid", "tanh")


def there_and_back(rec, folder):
    ns.save(rec, folder / "run.neurosim")
    return ns.load_recording(folder / "run.neurosim")


@given(
    net=acyclic_networks(max_neurons=15, modes=BOUNDED, loops=True, laws=True),
    seed=SEEDS,
    trials=st.sampled_from([None, 1, 3]),
    every=st.integers(1, 3),
    last=st.sampled_from([None, 1, 4]),
    drives=st.booleans(),
)
def test_a_recording_comes_back_as_it_was(net, seed, trials, every, last, drives, tmp_path_factory):
    rng, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("files")
    shape = (9, len(net.inputs)) if trials is None else (trials, 9, len(net.inputs))
    chosen = [name for name in net.names if rng.random() < 0.7]
    before = ns.simulate(net, np.ones((4, len(net.inputs))), rng=1).state
    settings = {"record": chosen, "every": every, "last": last, "drives": drives, "state": before, "rng": 2}
    rec = ns.simulate(net, rng.normal(size=shape), **settings)
    back = there_and_back(rec, folder)
    assert snapshot(back.net) == snapshot(net)
    assert (back.names, back.trials, back.ticks.tolist()) == (rec.names, rec.trials, rec.ticks.tolist())
    assert back.rates.tobytes() == rec.rates.tobytes()
    assert repr(back) == repr(rec)
    if drives:
        assert back.drives.tobytes() == rec.drives.tobytes()
    more = rng.normal(size=(3, len(net.inputs)))
    for one, other in ((rec, back), (rec.rewind(4), back.rewind(4))):
        go_on, and_there = (
            ns.simulate(each_net, more, state=getattr(state, "state", state))
            for each_net, state in ((net, one), (back.net, other))
        )
        assert go_on.rates.tobytes() == and_there.rates.tobytes()
        assert go_on.ticks.tolist() == and_there.ticks.tolist()
    ns.save(back, folder / "again")
    assert (folder / "again").read_bytes() == (folder / "run.neurosim").read_bytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937, np.random.Philox])
def test_noise_goes_on_where_it_stopped(dtype, bits, tmp_path):
    net = ns.Network.from_arrays([0], [1], [1.0], modes=ns.Sigmoid(noise=0.5, leak=0.3), dtype=dtype)
    rec = ns.simulate(net, {0: np.ones(5)}, rng=np.random.Generator(bits(1)))
    back = there_and_back(rec, tmp_path)
    runs = [ns.simulate(each.net, {0: np.ones(4)}, state=each.state).rates for each in (rec, back)]
    assert runs[0].dtype == dtype
    assert runs[0].tobytes() == runs[1].tobytes()


def test_the_way_back_into_the_run_is_lost(tmp_path):
    net = ns.Network.from_arrays([0], [1], [1.0])
    back = there_and_back(ns.simulate(net, {0: [1, 0, 1]}), tmp_path)
    assert back.rewind(0).tick == 0
    assert back.rewind(3).tick == 3
    with complains(ns.NotRecordedError, "out of a file", "state=rec.start"):
        back.rewind(2)


def test_a_network_that_was_edited_since_is_refused(tmp_path):
    net = ns.Network.from_arrays([0], [1], [1.0])
    rec = ns.simulate(net, {0: [1, 0, 1]})
    net.add_neuron("new")
    with complains(ns.DataError, "edited after the run", "simulate again"):
        ns.save(rec, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_recordings_and_networks_are_told_apart(tmp_path):
    net = ns.Network.from_arrays([0], [1], [1.0])
    ns.save(net, tmp_path / "net")
    ns.save(ns.simulate(net, {0: [1, 0, 1]}), tmp_path / "rec")
    with complains(ns.ModelFileError, "holds a recording", "ns.load_recording"):
        ns.load(tmp_path / "rec")
    with complains(ns.ModelFileError, "holds a network", "ns.load(path)"):
        ns.load_recording(tmp_path / "net")


# --- Records that do not fit together ------------------------------------------------------------


def small():
    modes = [None, "sigmoid", "binary"]
    net = ns.Network.from_arrays([0, 1, 2], [1, 2, 1], modes=modes, delay=[0, 0, 2], outputs=[2], rng=0)
    stimulus = np.ones((2, 6, 1))
    return recording_record(ns.simulate(net, stimulus, record=[1, 2], every=2, drives=True, rng=0))


def put(name, value):
    return lambda record: record.update({name: value})


def cut(name):
    return lambda record: record.update({name: record[name][:-1]})


def state_with(name, value):
    return lambda record: record["state"].update({name: value})


TAMPERED = {
    "no neurons": put("neurons", None),
    "neurons out of order": put("neurons", np.array([2, 1])),
    "neurons twice": put("neurons", np.array([1, 1])),
    "a neuron that is not there": put("neurons", np.array([1, 3])),
    "a neuron below 0": put("neurons", np.array([-1, 2])),
    "a fraction of a neuron": put("neurons", np.array([1.0, 2.0])),
    "every 0": put("every", 0),
    "every half": put("every", 0.5),
    "another every": put("every", 4),
    "last 0": put("last", 0),
    "rows below 0": put("rows", -1),
    "too many rows": put("rows", 4),
    "endless rows": put("rows", 2**70),
    "a first tick before time": put("first_tick", -2),
    "a first tick between": put("first_tick", 1),
    "no trials": put("trials", 0),
    "other trials": put("trials", 1),
    "trials of text": put("trials", "2"),
    "drives perhaps": put("drives", 1),
    "no drives": put("drive_numbers", None),
    "drives without being asked": put("drives", False),
    "stopped perhaps": put("stopped_early", None),
    "a network that is none": put("network", {}),
    "another network": put(
        "network", recording_record(ns.simulate(ns.Network.from_arrays([0], [1]), {0: 1}, 1))["network"]
    ),
    "bits of numbers": lambda record: record.update(bits=record["bits"].astype(float)),
    "rates of another kind": lambda record: record.update(numbers=record["numbers"].astype(np.float32)),
    "rates that are none": lambda record: record.update(numbers=record["numbers"] * np.nan),
    "thresholds that are none": lambda record: record.update(thresholds=record["thresholds"] + np.inf),
    "a state of another time": state_with("tick", -1),
    "a state of other trials": lambda record: record["state"].update(
        {name: record["state"][name][:1] for name in ("rates", "potentials", "resting")}
    ),
    "a state that is not finite": lambda record: record["state"].update(rates=record["state"]["rates"] * np.nan),
    "a state of fractions": lambda record: record["state"].update(resting=record["state"]["resting"] + 0.5),
    "a state of another kind": lambda record: record["state"].update(rates=record["state"]["rates"].astype(np.float32)),
    "an unknown generator": lambda record: record["state"]["random"].update(bit_generator="system"),
    "a generator without a state": lambda record: record["state"]["random"].pop("state"),
    "a state that is none": put("state", 5),
    **{f"no {name}": (lambda record, name=name: record.pop(name)) for name in small()},
    **{f"too little in {name}": cut(name) for name in ("neurons", "thresholds", "bits", "numbers", "drive_numbers")},
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_record_that_does_not_fit_together_is_no_recording(how, tmp_path):
    record = small()
    TAMPERED[how](record)
    write_record(tmp_path / "run.neurosim", "recording", record)
    with complains(ns.ModelFileError, "run.neurosim", "describes no recording"):
        ns.load_recording(tmp_path / "run.neurosim")


def test_the_untouched_record_is_read(tmp_path):
    write_record(tmp_path / "run", "recording", small())
    assert ns.load_recording(tmp_path / "run").rates.shape == (2, 3, 2)
