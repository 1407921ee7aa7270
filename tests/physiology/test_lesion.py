"""Lesions against deletion: what is silenced is as if it were not there, and all is as before when it is undone."""

import copy
import dataclasses
import gc
import pickle
import weakref

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.editing import subset
from neurosim.anatomy.network import Network
from tests.strategies import GRADED, SEEDS, acyclic_networks

BACKENDS = ("numpy", "numba")
ROUNDING = {"rtol": 1e-9, "atol": 1e-9}


def brain(mode="relu", *, rng=0, **settings):
    B = nx.DiGraph()
    B.add_node("retina", shape=(4, 4))
    B.add_node("V1", shape=(3, 5), mode=mode)
    B.add_node("V2", size=8, mode=mode)
    B.add_node("IT", size=3, mode="linear", output=True)
    for pre, post in (("retina", "V1"), ("retina", "V2"), ("V1", "V2"), ("V1", "IT"), ("V2", "IT")):
        B.add_edge(pre, post)
    return ns.Network.from_regions(B, rng=rng, **settings)


def marked(net):
    """The network with its outputs marked, so that they stay the outputs whatever is deleted."""
    structure = net.structure
    outputs = np.zeros(len(net), dtype=bool)
    outputs[structure.outputs] = True
    return Network(dataclasses.replace(structure, marked_outputs=outputs), net.weights, net.thresholds)


def damaged(net, rng, share=0.3):
    """Lesions of some neurons and some synapses that leave a network with inputs; None if that cannot be."""
    structure = net.structure
    able = np.ones(len(net), dtype=bool)
    able[structure.outputs] = False
    hit = np.flatnonzero(able & (rng.random(len(net)) < share))
    cut = np.flatnonzero(rng.random(structure.n_synapses) < share / 2)
    if structure.sensory.sum() == structure.sensory[hit].sum() or not (len(hit) or len(cut)):
        return None
    if able.sum() == len(hit):
        return None
    synapses = [net.synapses[s] for s in cut]  # on all branches, so some more may be hit
    return ns.lesion(net, neurons=[net.names[i] for i in hit] or None, synapses=synapses or None)


def pruned(net):
    """Only what still conducts."""
    structure = net.structure
    stay, kept = ~structure.silenced, structure.present
    return Network(subset(structure, stay, kept), net.weights[kept], net.thresholds[stay])


def columns(net):
    structure = net.structure
    arrays = [getattr(structure, f.name) for f in dataclasses.fields(structure)]
    return [*(each for each in arrays if isinstance(each, np.ndarray)), net.weights, net.thresholds]


def same_bits(one, other):
    return all(a.tobytes() == b.tobytes() for a, b in zip(columns(one), columns(other), strict=True))


# --- As if deleted -------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(max_neurons=25, loops=True, laws=True), seed=SEEDS)
def test_a_lesion_is_deletion(net, seed, backend):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    X = rng.normal(size=(7, len(net.inputs)))
    structure, rest = net.structure, pruned(net)
    Y, A = ns.respond(net, X, backend=backend), ns.activity(net, X, backend=backend)
    seen = X[:, ~structure.silenced[structure.inputs]]
    np.testing.assert_allclose(Y, ns.respond(rest, seen), **ROUNDING)
    np.testing.assert_allclose(A[:, ~structure.silenced], ns.activity(rest, seen), **ROUNDING)
    assert not A[:, structure.silenced].any()


@given(net=acyclic_networks(max_neurons=20, tenths=True, modes=("binary",)), seed=SEEDS)
def test_binary_decisions_inside_a_lesion_are_exact(net, seed):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    X, structure = rng.integers(0, 2, (9, len(net.inputs))).astype(float), net.structure
    seen = X[:, ~structure.silenced[structure.inputs]]
    expected = ns.respond(pruned(net), seen)
    for backend in BACKENDS:
        np.testing.assert_array_equal(ns.respond(net, X, backend=backend), expected)


@given(net=acyclic_networks(max_neurons=20), seed=SEEDS)
def test_lesioning_a_neuron_equals_removing_it(net, seed):
    net, rng = marked(net), np.random.default_rng(seed)
    able = [name for name in net.names if name not in net.outputs and (name not in net.inputs or len(net.inputs) > 1)]
    assume(len(able) > 1)
    name = able[rng.integers(len(able))]
    X = rng.normal(size=(5, len(net.inputs)))
    rest = net.copy()
    rest.remove_neuron(name)
    seen = X[:, [i for i, each in enumerate(net.inputs) if each != name]]
    with ns.lesion(net, neurons=[name]):
        np.testing.assert_allclose(ns.respond(net, X), ns.respond(rest, seen), **ROUNDING)


@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(max_neurons=15, loops=True), seed=SEEDS)
def test_a_lesion_is_deletion_in_time(net, seed, backend):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    X, structure = rng.normal(size=(6, len(net.inputs))), net.structure
    seen = X[:, ~structure.silenced[structure.inputs]]
    rec = ns.simulate(net, X, backend=backend)
    assert not rec.rates[:, structure.silenced].any()
    np.testing.assert_allclose(rec.rates[:, ~structure.silenced], ns.simulate(pruned(net), seen).rates, **ROUNDING)


@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(max_neurons=12), seed=SEEDS)
def test_updated_one_after_the_other_it_settles_where_the_lesion_puts_it(net, seed, backend):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    x = rng.normal(size=len(net.inputs))
    ticks = len(net) + 1  # by then every neuron was updated after all that it listens to
    rec = ns.simulate(net, np.tile(x, (ticks, 1)), updating="asynchronous", rng=0, backend=backend)
    np.testing.assert_allclose(rec.rates[-1], ns.activity(net, x), **ROUNDING)


@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(max_neurons=20, modes=GRADED, laws=True), seed=SEEDS)
def test_gradients_inside_a_lesion(net, seed, backend):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    structure, X = net.structure, rng.normal(size=(4, len(net.inputs)))
    T = rng.normal(size=(4, len(net.outputs)))
    seen = ~structure.silenced[structure.inputs]
    ours, theirs = ns.gradients(net, X, T, backend=backend), ns.gradients(pruned(net), X[:, seen], T)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-9)
    alone = structure.shared == -1
    kept = structure.present
    np.testing.assert_allclose(ours.weights[kept], theirs.weights, **ROUNDING)
    assert not ours.weights[~kept & alone].any()
    np.testing.assert_allclose(ours.inputs[:, seen], theirs.inputs, **ROUNDING)
    assert not ours.inputs[:, ~seen].any()


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "momentum", "nesterov", "lbfgs"])
@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(max_neurons=15, modes=("sigmoid", "tanh", "linear", "maxout"), laws=True), seed=SEEDS)
def test_training_inside_a_lesion_does_not_touch_what_is_gone(net, seed, backend, optimizer):
    net, rng = marked(net), np.random.default_rng(seed)
    assume(damaged(net, rng) is not None)
    structure = net.structure
    if optimizer == "adamw":
        optimizer = ns.AdamW(weight_decay=0.1)
    before, rest = net.copy(), pruned(net)
    X, T = rng.normal(size=(6, len(net.inputs))), rng.normal(size=(6, len(net.outputs)))
    settings = {"optimizer": optimizer, "epochs": 3, "batch_size": None, "rng": 0}
    try:
        ns.train(net, X, T, backend=backend, **settings)
    except ns.TrainingError:
        assume(False)
    gone, lost = ~structure.present & (structure.shared == -1), structure.silenced & (structure.shared_thresholds == -1)
    assert net.weights[gone].tobytes() == before.weights[gone].tobytes()
    assert net.thresholds[lost].tobytes() == before.thresholds[lost].tobytes()
    for groups, values in ((structure.shared, net.weights), (structure.shared_thresholds, net.thresholds)):
        for group in np.unique(groups[groups >= 0]):
            assert len(np.unique(values[groups == group])) == 1  # what is one weight stays one
    if optimizer != "lbfgs":
        ns.train(rest, X[:, ~structure.silenced[structure.inputs]], T, backend=backend, **settings)
        np.testing.assert_allclose(net.weights[structure.present], rest.weights, rtol=1e-6, atol=1e-6)


def test_what_asks_for_the_wiring_sees_it_without_the_lesion():
    net = ns.Network.from_arrays(
        [0, 1, 0, 2, 3], [2, 2, 3, 4, 4], [1.0, 2.0, 3.0, 4.0, 5.0], names=list("abhgy"), modes="linear", outputs=[4]
    )
    stroke = ns.lesion(net, neurons="h")
    x = [1.0, 10.0]
    assert ns.respond(net, x) == 15.0
    assert ns.explain(net, x)["y"].drive == 15.0
    assert float(ns.expand(net, x).outputs["y"].value) == 15.0
    assert ns.respond(ns.collapse(net), x) == 15.0
    assert ns.workload(net).synapses.sum() == 2
    with pytest.raises(ns.OptionError, match="silenced by a lesion"):
        ns.explain(net, x)["h"]
    stroke.restore()
    assert ns.respond(net, x) == 99.0


# --- And back again ------------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=25, loops=True, laws=True), seed=SEEDS)
def test_restore_leaves_every_array_bit_identical(net, seed):
    net, rng = marked(net), np.random.default_rng(seed)
    before, structure = net.copy(), net.structure
    made = damaged(net, rng)
    assume(made is not None)
    assert not same_bits(net, before)
    made.restore()
    assert same_bits(net, before)
    assert net.structure is structure  # programs and recordings fit again
    with made:  # the same once more
        assert made.active
    made.restore()
    assert same_bits(net, before)


@given(net=acyclic_networks(min_neurons=4, max_neurons=20), data=st.data(), seed=SEEDS)
def test_several_lesions_restored_in_any_order(net, data, seed):
    net, rng = marked(net), np.random.default_rng(seed)
    hidden = [name for name in net.names if name not in net.outputs and name not in net.inputs]
    assume(hidden and net.synapses)
    before, made = net.copy(), []
    for kind in data.draw(st.lists(st.sampled_from(["silence", "cut", "weaken", "noise"]), min_size=1, max_size=5)):
        some = [hidden[i] for i in np.unique(rng.integers(len(hidden), size=2))]
        ends = [net.synapses[i] for i in np.unique(rng.integers(len(net.synapses), size=3))]
        how = {
            "silence": {"neurons": some},
            "cut": {"synapses": ends},
            "weaken": {"synapses": ends, "weaken": 0.3},
            "noise": {"synapses": ends, "noise": 0.5, "rng": 1},
        }[kind]
        made.append((how, ns.lesion(net, **how)))
    order = data.draw(st.permutations(range(len(made))))
    for place, i in enumerate(order):
        made[i][1].restore()
        other = before.copy()
        for how in (made[j][0] for j in range(len(made)) if j not in order[: place + 1]):
            ns.lesion(other, **how)
        assert same_bits(net, other)
    assert same_bits(net, before)


def test_an_exception_inside_ends_the_lesion():
    net = brain()
    before = net.copy()
    with (
        pytest.raises(ZeroDivisionError),
        ns.lesion(net, regions="V1"),
        ns.lesion(net, regions=["V1", "V2"], noise=1, rng=0),
    ):
        1 / 0  # noqa: B018
    assert same_bits(net, before)


def test_nested_lesions_that_overlap():
    net = brain()
    before = net.copy()
    with ns.lesion(net, regions="V1"):
        inside = net.copy()
        with ns.lesion(net, neurons=["V1[0]", "V2[0]"]):
            assert net.structure.silenced.sum() == 16
        assert same_bits(net, inside)
    assert same_bits(net, before)


def test_what_is_learnt_inside_is_kept():
    net = brain("sigmoid")
    before = net.copy()
    X, T = np.random.default_rng(0).normal(size=(20, 16)), np.zeros((20, 3))
    with ns.lesion(net, regions="V1") as damage:
        ns.train(net, X, T, epochs=3, rng=0)
        gone = ~net.structure.present
        learnt = net.weights.copy()
    assert not damage.active
    np.testing.assert_array_equal(net.weights, learnt)
    np.testing.assert_array_equal(net.weights[gone], before.weights[gone])
    assert (net.weights[~gone] != before.weights[~gone]).all()


def test_training_on_top_of_weakened_synapses_is_kept_as_the_difference_it_made():
    net = brain("sigmoid")
    before = net.copy()
    hit = ns.lesion(net, projections=[("V1", "IT")], weaken=0.5)
    weak = net.weights.copy()
    net.weights[3] += 1.0
    net.weights[-1] += 0.25
    moved = net.weights - weak
    hit.restore()
    np.testing.assert_allclose(net.weights, before.weights + moved, rtol=1e-14)
    untouched = moved == 0
    np.testing.assert_array_equal(net.weights[untouched], before.weights[untouched])


def test_a_network_edited_inside_a_lesion_gets_back_what_is_left():
    net = brain()
    with ns.lesion(net, regions="V1"), ns.lesion(net, projections=[("retina", "V2")], weaken=0.5):
        net.remove_neuron("V1[3]")
        net.add_neuron("new", "relu", region="V2")
        net.add_synapse("V1[0]", "new", 1.0)
        assert net.structure.silenced.sum() == 14
        assert not net.structure.present[-1]
    assert not net.structure.lesioned
    kept = brain()
    kept.remove_neuron("V1[3]")
    np.testing.assert_array_equal(net.weights[:-1], kept.weights)


def test_a_synapse_that_grew_inside_a_lesion_gets_nothing_back():
    for how in ({"weaken": 0.5}, {"noise": 1.0, "rng": 0}):
        net = brain()
        net.weights[:] = 1.0
        hit = ns.lesion(net, projections=[("V1", "V2"), ("V1", "IT")], **how)
        lesioned = net.weights.copy()
        net.remove_synapse("V1[0]", "V2[0]")
        net.add_synapse("V1[0]", "V2[0]", 3.0)  # at the same place, and another one
        new = ns.rewire(net, fraction=0.5, projections=[("V1", "IT")], weight=0.0, rng=1)
        assert len(new)
        old = np.ones(len(net.weights), dtype=bool)
        old[[*new, -1]] = False
        hit.restore()
        assert net["V2[0]"].dendrites["V1[0]"] == 3.0
        assert not net.weights[new].any()
        assert (net.weights[old] == 1.0).all()
        assert (lesioned != 1.0).any()


def test_turnover_inside_a_lesion_and_its_end():
    net = brain("sigmoid")
    X, T = np.random.default_rng(0).normal(size=(30, 16)), np.zeros((30, 3))
    ages = ns.Plasticity(learning_rate=0.0, turnover={"IT": 0.3})
    before = net.copy()
    with ns.lesion(net, projections=[("V1", "IT")], weaken=0.5):
        ns.train(net, X, T, epochs=4, ages=ages, rng=0)
    was = dict(zip(before.synapses, before.weights.tolist(), strict=True))
    now = dict(zip(net.synapses, net.weights.tolist(), strict=True))
    newborn = {pair for pair, weight in now.items() if weight == 0.0}
    assert newborn
    assert all(weight == was[pair] for pair, weight in now.items() if pair not in newborn)


def test_a_lesion_in_a_callback_of_training_and_a_state_from_before():
    net = brain("sigmoid")
    X, T = np.random.default_rng(0).normal(size=(20, 16)), np.zeros((20, 3))
    losses = []

    def probe(epoch, measures):
        with ns.lesion(net, regions="V1"):
            losses.append(ns.gradients(net, X, T).loss)

    probed, plain = net, net.copy()
    ns.train(probed, X, T, epochs=4, rng=0, callback=probe)
    ns.train(plain, X, T, epochs=4, rng=0)
    assert len(losses) == 4
    assert same_bits(probed, plain)


def test_one_lesion_is_one_context():
    net = brain()
    damage = ns.lesion(net, regions="V1")
    with damage:
        with pytest.raises(ns.OptionError, match="already a context"), damage:
            pass
        assert damage.active
    assert not damage.active
    with damage:
        assert damage.active


def test_a_share_of_nothing_is_a_control_of_every_kind():
    net = brain()
    before = net.copy()
    for how in ({}, {"weaken": 0.5}, {"noise": 0.5, "rng": 0}):
        with ns.lesion(net, regions="V1", fraction=0, **how):
            assert same_bits(net, before)
        with ns.lesion(net, regions="V1", fraction=0.01, **how):
            assert same_bits(net, before)


def test_copies_and_files_keep_the_damage(tmp_path):
    net = brain()
    ns.lesion(net, regions="V1", fraction=0.5, rng=0)
    ns.lesion(net, projections=[("retina", "V2")])
    X = np.random.default_rng(1).normal(size=(4, 16))
    ns.save(net, tmp_path / "brain.neurosim")
    for other in (
        net.copy(),
        ns.load(tmp_path / "brain.neurosim"),
        ns.Network.from_graph(net.to_graph()),
        pickle.loads(pickle.dumps(net)),
        copy.deepcopy(net),
    ):
        assert same_bits(other, net)
        np.testing.assert_array_equal(ns.respond(other, X), ns.respond(net, X))
        ns.heal(other)
        np.testing.assert_array_equal(ns.respond(other, X), ns.respond(brain(), X))
    assert "lesioned  8 silent neurons" in repr(net)


def test_a_lesion_inside_a_loaded_one_gives_back_only_its_own():
    net = brain()
    ns.lesion(net, neurons=["V1[0]"])
    copied = net.copy()
    with ns.lesion(copied, regions="V1"):
        pass
    assert copied.structure.silenced.sum() == 1


def test_lesions_do_not_keep_a_network_alive():
    net = brain()
    ns.lesion(net, regions="V1")
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


# --- What is hit ---------------------------------------------------------------------------------


def test_regions_and_fractions():
    net = brain()
    made = ns.lesion(net, regions=["V1", "V2"], fraction=0.5, rng=3)
    assert len(made.neurons) == 12  # half of 23, rounded up
    assert all(name.startswith(("V1", "V2")) for name in made.neurons)
    made.restore()
    assert ns.lesion(net, regions=["V1", "V2"], fraction=0.5, rng=3).neurons == made.neurons
    ns.heal(net)
    assert ns.lesion(net, regions="V1", fraction=0).neurons == []
    everyone = ns.lesion(net, fraction=0.99, rng=0)
    assert len(everyone.neurons) == 23  # of those that are neither sensory nor outputs
    assert str(everyone) == "23 neurons silenced: V1 (15 of 15), V2 (8 of 8)"


def test_projections_and_synapses():
    net = brain()
    made = ns.lesion(net, projections=[("V1", "V2")], synapses=[("retina[0]", "V1[2]")])
    assert len(made.synapses) == 15 * 8 + 1
    assert made.neurons == []
    assert str(made) == "121 synapses cut"
    assert repr(made) == "Lesion: 121 synapses cut"
    assert sorted(made.synapses) == sorted(
        pair for pair, cut in zip(net.synapses, net.structure.cut, strict=True) if cut
    )


def test_places():
    net = brain()
    ring = ns.lesion(net, regions="V1", place=(1, 2), radius=1)
    assert ring.neurons == ["V1[2]", "V1[6]", "V1[7]", "V1[8]", "V1[12]"]  # a cross on the grid of 3 rows and 5 columns
    xy = ns.Network.from_arrays(
        [0, 1, 2], [3, 3, 3], [1.0] * 3, modes="linear", outputs=[3], positions=[(0, 0), (1, 0), (5, 5), (9, 9)]
    )
    assert ns.lesion(xy, place=(0.5, 0), radius=0.5).neurons == [0, 1]


def test_weakened_and_garbled():
    net = brain()
    before = net.weights.copy()
    makes = np.array([pre in net.regions["V1"] for pre, _ in net.synapses])
    with ns.lesion(net, regions="V1", weaken=0.25) as damage:
        np.testing.assert_allclose(net.weights, np.where(makes, 0.75 * before, before))
        assert str(damage) == f"{makes.sum()} synapses changed, those of 15 neurons: V1 (15 of 15)"
    with ns.lesion(net, regions="V1", noise=0.1, rng=0):
        factor = net.weights[makes] / before[makes]
        assert (net.weights[~makes] == before[~makes]).all()
        assert abs(factor.mean() - 1) < 5 * 0.1 / np.sqrt(makes.sum())
        assert 0.08 < factor.std() < 0.12
    np.testing.assert_array_equal(net.weights, before)


@given(net=acyclic_networks(max_neurons=20, laws=True), seed=SEEDS)
def test_garbled_weights_keep_receptors(net, seed):
    net = marked(net)
    structure, before = net.structure, net.weights.copy()
    own = np.flatnonzero(structure.shared == -1)
    assume(own.size)
    pairs = [net.synapses[i] for i in own if (structure.shared[structure.axon_of(structure.pre[i])] == -1).all()]
    assume(pairs)
    with ns.lesion(net, synapses=pairs, noise=3.0, rng=seed):
        assert (net.weights * structure.receptor >= 0).all()
        ns.respond(net, np.zeros(len(net.inputs)))
    np.testing.assert_array_equal(net.weights, before)


def test_a_shared_weight_changes_as_one():
    net = ns.Network.from_arrays([0, 1, 0], [2, 2, 3], [1.0, 1.0, 2.0], modes="linear", shared=[0, 0, -1])
    with ns.lesion(net, synapses=[(0, 2), (1, 2)], noise=0.5, rng=0):
        assert net.weights[0] == net.weights[1] != 1.0
    with pytest.raises(ns.DataError, match="shares its weight with others that are not hit"):
        ns.lesion(net, synapses=[(0, 2)], weaken=0.5)
    with ns.lesion(net, synapses=[(0, 2)]):
        assert ns.respond(net, [1.0, 1.0]).tolist() == [1.0, 2.0]


# --- Errors --------------------------------------------------------------------------------------

WRONG = [
    ({"regions": "retin"}, ns.UnknownNameError, "no region 'retin'. Did you mean 'retina'?"),
    ({"neurons": ["V1[99]"]}, ns.UnknownNameError, "no neuron"),
    ({"projections": [("V2", "V1")]}, ns.UnknownNameError, "no projection"),
    ({"synapses": [("V2[0]", "V1[0]")]}, ns.UnknownNameError, "no synapse onto"),
    ({"regions": "IT"}, ns.GraphError, "is an output"),
    ({"neurons": "IT[1]"}, ns.GraphError, "'IT\\[1\\]' is an output"),
    ({"regions": ["retina", "V1", "V2"]}, ns.GraphError, "Nothing but the outputs would be left"),
    ({}, ns.OptionError, "Say what is hit"),
    ({"neurons": []}, ns.DataError, "Nothing is hit"),
    ({"regions": "V1", "fraction": 1.5}, ns.OptionError, "fraction"),
    ({"regions": "V1", "fraction": -0.1}, ns.OptionError, "fraction"),
    ({"regions": "V1", "weaken": 2}, ns.OptionError, "weaken"),
    ({"regions": "V1", "noise": 0}, ns.OptionError, "noise"),
    ({"regions": "V1", "noise": 0.1, "weaken": 0.1}, ns.OptionError, "nest two"),
    ({"regions": "IT", "weaken": 0.5}, ns.DataError, "make no synapses"),
    ({"place": (0, 0)}, ns.OptionError, "needs its size"),
    ({"place": (0, 0), "radius": 1}, ns.DataError, "has a position"),
    ({"place": (0, 0), "radius": 1, "regions": "V2"}, ns.DataError, "not laid out on a grid"),
    (
        {"place": (9, 9), "radius": 1, "regions": "V1"},
        ns.DataError,
        "No neuron lies within 1 .*'V1': rows 0 to 2, columns 0 to 4",
    ),
    ({"place": (0, 0), "radius": 1, "regions": ["V1", "V2"]}, ns.OptionError, "one region"),
    ({"place": 0, "radius": 1, "regions": "V1"}, ns.DataError, "two finite numbers"),
    ({"regions": "V1", "noise": 1e308, "rng": 0}, ns.DataError, "too large"),
    ({"place": "middle", "radius": 1}, ns.DataError, "two finite numbers"),
    ({"projections": [("V1",)]}, ns.DataError, "Every projection needs its two ends"),
    ({"region": "V1"}, ns.UnknownNameError, "regions='V1'"),
    ({"regions": "V1", "rng": "x"}, ns.OptionError, "rng"),
]


@pytest.mark.parametrize(("how", "error", "words"), WRONG)
def test_errors_say_what_to_type_and_change_nothing(how, error, words):
    net = brain()
    before, structure = net.copy(), net.structure
    with pytest.raises(error, match=words):
        ns.lesion(net, **how)
    assert same_bits(net, before)
    assert net.structure is structure


def test_what_is_hit_is_said_by_name():
    with pytest.raises(ns.OptionError, match="regions='V1'"):
        ns.lesion(brain(), "V1")


def test_one_pair_may_be_given_as_it_is():
    net = brain()
    assert len(ns.lesion(net, projections=("V1", "IT")).synapses) == 45
    assert ns.lesion(net, synapses=("V2[0]", "IT[0]")).synapses == [("V2[0]", "IT[0]")]


def test_what_is_no_network_is_said_so():
    for verb in (ns.heal, lambda net: ns.lesion(net, regions="V1")):
        with pytest.raises(ns.OptionError, match="A Network is needed"):
            verb("brain")


def test_a_fraction_of_no_hidden_neurons():
    net = ns.Network.from_arrays([0], [1], [1.0])
    with pytest.raises(ns.DataError, match="every neuron of this network is sensory or an output"):
        ns.lesion(net, fraction=0.5)
