"""Networks in files: nothing is lost, nothing is believed that does not fit together."""

import copy
import dataclasses
import pickle

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.network_record import COLUMNS, LESIONS, network_record
from neurosim.storage import write_record
from tests.plasticity.helpers import law_is_kept, under_law
from tests.strategies import SEEDS, acyclic_networks, graphs, region_graphs, snapshot


def everything(net):
    """The network in plain values, with every column of its structure."""
    columns = {name: getattr(net.structure, name).tolist() for name in COLUMNS if name != "positions"}
    kept = ("receptor", "plastic", "shared", "transmitter", "plastic_thresholds", "shared_thresholds")
    return snapshot(net) | {name: columns[name] for name in kept}


def there_and_back(net, folder):
    path = folder / "brain.neurosim"
    ns.save(net, path)
    return ns.load(path)


@settings(max_examples=100)
@given(
    net=st.one_of(
        acyclic_networks(loops=True),
        acyclic_networks(loops=True, dtype="float32"),
        graphs().map(lambda graph: ns.Network.from_graph(graph, rng=0)),
        region_graphs().map(lambda graph: ns.Network.from_regions(graph, rng=0)),
    ),
    seed=SEEDS,
    lawful=st.booleans(),
)
def test_a_network_comes_back_as_it_was(net, seed, lawful, tmp_path_factory):
    net = under_law(net, seed) if lawful else net
    folder = tmp_path_factory.mktemp("files")
    back = there_and_back(net, folder)
    assert everything(back) == everything(net)
    X = np.random.default_rng(seed).normal(size=(3, len(net.inputs)))
    with np.errstate(all="ignore"):
        assert ns.activity(back, X).tobytes() == ns.activity(net, X).tobytes()
    # The same network makes the same bytes, and so does the one that came back.
    ns.save(net.copy(), folder / "again")
    ns.save(back, folder / "back")
    assert (folder / "again").read_bytes() == (folder / "brain.neurosim").read_bytes()
    assert (folder / "back").read_bytes() == (folder / "brain.neurosim").read_bytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_come_back_bit_for_bit(dtype, tmp_path):
    tiny, huge = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    weights = np.array([0.1, -0.0, tiny, huge], dtype=dtype)
    net = ns.Network.from_arrays([0, 1, 2, 3], [4] * 4, weights, modes="tanh", dtype=dtype)
    back = there_and_back(net, tmp_path)
    assert back.dtype == dtype
    assert back.weights.tobytes() == net.weights.tobytes()


def test_convolutions_receptors_and_notes_come_back(tmp_path):
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(5, 5))
    regions.add_node("V1", shape=(2, 3, 3), mode="relu", inhibitory=0.5)
    regions.add_node("IT", size=2, mode=ns.LeakyReLU(slope=0.3))
    regions.add_edge("retina", "V1", wiring=ns.wiring.convolution(3, channels=2))
    regions.add_edge("V1", "IT")
    net = ns.Network.from_regions(regions, rng=0)
    net.freeze(regions="IT")
    back = there_and_back(net, tmp_path)
    assert everything(back) == everything(net)
    assert back.n_parameters == net.n_parameters
    assert law_is_kept(back)

    graph = nx.DiGraph(title="an atlas")
    graph.add_node("x", colour="red", layers=[1, 2.5, None])
    graph.add_edge("x", "y", weight=1.0, source={"paper": ("a", 1943)})
    back = there_and_back(ns.Network.from_graph(graph), tmp_path)
    assert back.to_graph().nodes["x"]["layers"] == [1, 2.5, None]
    assert back.to_graph().edges["x", "y"]["source"] == {"paper": ("a", 1943)}
    assert back.to_graph().graph["title"] == "an atlas"


def test_what_was_loaded_can_be_edited_and_trained(tmp_path):
    net = there_and_back(ns.Network.from_arrays([0, 1], [1, 2], [0.5, 0.5], modes="linear"), tmp_path)
    net.add_neuron("new", mode="relu")
    net.add_synapse(0, "new", 1.0)
    net.weights[0] = 2.0
    net[1].threshold = 0.25
    ns.train(net, [[1.0]], [[1.0, 1.0]], epochs=2)


def test_a_mode_of_ones_own_is_refused_and_no_file_is_left(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Swish(ns.Sigmoid):
        name = "swish"

    net = ns.Network.from_arrays([0], [1], [1.0], modes=Swish())
    with pytest.raises(ns.DataError, match=r"of your own.*Swish"):
        ns.save(net, tmp_path / "own")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("thing", [None, 5, {"weights": [1]}, nx.DiGraph(), ns.Neuron({"a": 1}), "brain"])
def test_only_networks_are_saved(thing, tmp_path):
    with pytest.raises(ns.OptionError, match=f"networks; got {type(thing).__name__}"):
        ns.save(thing, tmp_path / "thing")
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_loads_as_the_network_that_it_holds(tmp_path):
    net, path = ns.Network.from_arrays([0], [1], [0.0], modes="linear"), tmp_path / "run"
    ns.train(net, [[0.0], [1.0]], [1.0, 3.0], epochs=3, checkpoint=path)
    assert everything(ns.load(path)) == everything(net)


def test_a_record_of_another_kind_is_no_network(tmp_path):
    write_record(tmp_path / "r", "recording", {"rates": np.zeros(3)})
    with pytest.raises(ns.ModelFileError, match="holds a recording, not a network"):
        ns.load(tmp_path / "r")


# --- Records that do not fit together ------------------------------------------------------------


def small():
    """Two inputs, two hidden neurons, an output; 0 and 1 share a weight."""
    return ns.Network.from_arrays(
        [0, 1, 2, 3, 0],
        [2, 3, 4, 4, 4],
        [0.5, 0.5, 1.0, -1.0, 2.0],
        modes=[None, None, "relu", "maxout", "linear"],
        regions=["x", "x", "h", "h", None],
        shared=["w", "w", None, None, None],
        receptor=["excitatory", "excitatory", None, "inhibitory", None],
    )


def changed(name, index, value):
    def change(record):
        record[name] = record[name].copy()
        record[name][index] = value

    return change


def replaced(name, value):
    return lambda record: record.update({name: value})


def retyped(name, dtype):
    return lambda record: record.update({name: record[name].astype(dtype)})


def without(name):
    return lambda record: record.pop(name)


def cut(name):
    return lambda record: record.update({name: record[name][:-1]})


def lengthened(name):
    return lambda record: record.update({name: np.append(record[name], record[name][-1:], axis=0)})


PER_SYNAPSE = ("pre", "post", "delay", "branch", "receptor", "plastic", "shared", "weights")
PER_NEURON = (*(name for name in COLUMNS if name not in PER_SYNAPSE), "thresholds")
TAMPERED = {
    "pre too large": changed("pre", 0, 5),
    "pre below 0": changed("pre", 0, -1),
    "post too large": changed("post", 4, 2**31 - 1),
    "post below 0": changed("post", 4, -2),
    "mode unknown": changed("mode_of", 2, 17),
    "mode below 0": changed("mode_of", 2, -1),
    "region unknown": changed("region_of", 0, 9),
    "region below none": changed("region_of", 0, -2),
    "delay below 0": changed("delay", 0, -1),
    "branch below 0": changed("branch", 0, -1),
    "receptor 5": changed("receptor", 4, 5),
    "receptor of the other sign": changed("receptor", 4, -1),
    "transmitter 5": changed("transmitter", 0, 5),
    "transmitter against receptors": changed("transmitter", 3, 1),
    "weight NaN": changed("weights", 0, np.nan),
    "weight infinite": changed("weights", 0, np.inf),
    "shared weights differ": changed("weights", 0, 0.25),
    "shared frozen in part": changed("plastic", 0, False),
    "threshold NaN": changed("thresholds", 4, np.nan),
    "position infinite": changed("positions", 0, [np.inf, 0]),
    "position half": changed("positions", 0, [np.nan, 0]),
    "a loop": changed("pre", 0, 4),
    "onto itself": changed("pre", 0, 2),
    "onto a sensory neuron": changed("post", 0, 1),
    "twice the same synapse": lambda record: record.update(
        pre=np.array([0, 1, 2, 3, 2]), weights=np.array([0.5, 0.5, 1, -1, 2])
    ),
    "weights of whole numbers": retyped("weights", np.int64),
    "weights of half precision": retyped("weights", np.float16),
    "weights of flags": retyped("weights", bool),
    "pre of fractions": lambda record: record.update(pre=record["pre"] + 0.5),
    "plastic of numbers": retyped("plastic", np.int8),
    "plastic thresholds of numbers": retyped("plastic_thresholds", np.float64),
    "receptor of fractions": lambda record: record.update(receptor=record["receptor"] + 0.5),
    "weights a list": lambda record: record.update(weights=record["weights"].tolist()),
    "weights of text": replaced("weights", "heavy"),
    "names twice the same": replaced("names", [0, 1, 2, 3, 3]),
    "a name too few": replaced("names", [0, 1, 2, 3]),
    "a name of fractions": replaced("names", [0, 1, 2, 3, 4.5]),
    "names None": replaced("names", None),
    "a mode that is unknown": replaced("modes", [{"name": "swish"}] * 4),
    "a mode without a name": replaced("modes", [{}] * 4),
    "a mode with too much": replaced("modes", [{"name": "relu", "slope": 3}] * 4),
    "modes as text": replaced("modes", ["relu"] * 4),
    "no modes": replaced("modes", []),
    "a grid of an unknown region": replaced("region_shapes", {"V1": (1, 2)}),
    "a grid of another size": replaced("region_shapes", {"h": (3, 2)}),
    "grids as a list": replaced("region_shapes", [1, 2]),
    "regions None": replaced("regions", None),
    "notes None": replaced("neuron_notes", None),
    "notes of a neuron that is not there": replaced("neuron_notes", {5: {"colour": "red"}}),
    "notes of a synapse that is not there": replaced("synapse_notes", {-1: {"colour": "red"}}),
    "notes that are no dictionary": replaced("neuron_notes", {0: "red"}),
    "notes by name": replaced("synapse_notes", {"x": {}}),
    "one weight for all": lambda record: record.update(weights=record["weights"].mean()),
    "one threshold for all": lambda record: record.update(thresholds=np.array(0.0)),
    "one flag for all": lambda record: record.update(plastic=np.array(True)),
    "one delay for all": lambda record: record.update(delay=np.array(0)),
    **{f"no {name}": without(name) for name in network_record(small()) if name not in LESIONS},
    **{f"too few {name}": cut(name) for name in (*PER_SYNAPSE, *PER_NEURON)},
    **{f"too many {name}": lengthened(name) for name in (*PER_SYNAPSE, *PER_NEURON)},
    **{f"{name} None": replaced(name, None) for name in ("weights", "thresholds", "pre", "mode_of", "region_of")},
}


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.parametrize("kind", ["network", "checkpoint"])
def test_a_record_that_does_not_fit_together_is_no_network(how, kind, tmp_path):
    record, path = network_record(small()), tmp_path / "brain.neurosim"
    TAMPERED[how](record)
    write_record(path, kind, record if kind == "network" else {"network": record})
    with pytest.raises(ns.ModelFileError, match=r"brain\.neurosim.*describes no network"):
        ns.load(path)


def test_a_file_from_before_there_were_lesions_is_a_network_without_any(tmp_path):
    record = {name: column for name, column in network_record(small()).items() if name not in LESIONS}
    write_record(tmp_path / "old.neurosim", "network", record)
    old = ns.load(tmp_path / "old.neurosim")
    assert not old.structure.lesioned
    assert (old.weights == small().weights).all()


@pytest.mark.parametrize("record", [{}, {"network": None}, {"network": 5}, {"network": [1]}])
def test_a_checkpoint_without_a_network_is_no_network(record, tmp_path):
    write_record(tmp_path / "run", "checkpoint", record)
    with pytest.raises(ns.ModelFileError, match="describes no network"):
        ns.load(tmp_path / "run")


def test_the_untouched_record_is_read(tmp_path):
    write_record(tmp_path / "brain", "network", network_record(small()))
    assert everything(ns.load(tmp_path / "brain")) == everything(small())


def test_somas_keep_their_past_in_files_graphs_and_copies(tmp_path):
    graph = nx.DiGraph()
    cell = ns.Binary(leak=0.5, refractory=2, reset="subtract", noise=0.1, temperature=0.3)
    graph.add_node("a", mode=cell)
    graph.add_node("b", mode=ns.LeakyReLU(0.3, leak=0.25, reset=-1.5), output=True)
    graph.add_edges_from([("x", "a"), ("a", "b", {"delay": 2}), ("b", "a", {"delay": 1})])
    net = ns.Network.from_graph(graph, rng=0)
    ns.save(net, tmp_path / "brain.neurosim")
    rates = ns.simulate(net, {"x": 1}, 20, rng=1).rates
    for other in (
        ns.load(tmp_path / "brain.neurosim"),
        ns.Network.from_graph(net.to_graph()),
        copy.deepcopy(net),
        pickle.loads(pickle.dumps(net)),
    ):
        assert other.modes == net.modes
        assert (ns.simulate(other, {"x": 1}, 20, rng=1).rates == rates).all()


@pytest.mark.parametrize("shape", [(-2, -4), (3, 6148914691236517208), (0, 8), (8, -1, -1)])
def test_grids_that_cannot_be_are_refused(tmp_path, shape):
    regions = nx.DiGraph()
    regions.add_node("eye", shape=(2, 4))
    regions.add_node("V1", size=1)
    regions.add_edge("eye", "V1")
    record = network_record(ns.Network.from_regions(regions, rng=0))
    record["region_shapes"]["eye"] = list(shape)
    write_record(tmp_path / "odd", "network", record)
    with pytest.raises(ns.ModelFileError):
        ns.load(tmp_path / "odd")


@pytest.mark.parametrize(("column", "kind"), [("marked_outputs", float), ("pre", np.float16), ("branch", float)])
def test_columns_of_another_kind_are_refused(tmp_path, column, kind):
    record = network_record(ns.Network.from_arrays([0], [1], [1.0]))
    record[column] = record[column].astype(kind)
    write_record(tmp_path / "odd", "network", record)
    with pytest.raises(ns.ModelFileError):
        ns.load(tmp_path / "odd")
