"""Pruning, growing and rewiring against their rules, spelt out synapse by synapse; all others stay bit for bit."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import neurosim as ns
from neurosim.anatomy.pruning import may_change
from tests.anatomy.helpers import complains, unchanged
from tests.strategies import SEEDS, acyclic_networks, region_graphs, snapshot


def triples(net):
    """The place of each synapse: its ends and its branch."""
    return [(*pair, branch) for pair, branch in zip(net.synapses, net.branches.tolist(), strict=True)]


def everything(net):
    """What each synapse is, by its place; weights as bits."""
    structure, bits = net.structure, net.weights.view(np.int64).tolist()
    columns = (net.delays, net.plastic, structure.receptor, structure.cut)
    return dict(zip(triples(net), zip(bits, *(column.tolist() for column in columns), strict=True), strict=True))


def without_synapses(net):
    """All of a snapshot that has nothing to do with synapses."""
    names = ("synapses", "delays", "branches", "weights", "receptors", "plastic", "shared", "notes")
    return {name: value for name, value in snapshot(net).items() if name not in names}


def damaged(net, rng):
    """The same network with some neurons silenced and some synapses cut."""
    graph = net.to_graph()
    for name in net.names:
        if name not in net.outputs and rng.random() < 0.15:
            graph.nodes[name]["silenced"] = True
    for *_, data in graph.edges(data=True):
        if rng.random() < 0.1:
            data["cut"] = True
    return ns.Network.from_graph(graph)


NETWORKS = acyclic_networks(max_neurons=20, loops=True, laws=True)


# --- Pruning -------------------------------------------------------------------------------------


def pruned_one_by_one(net, count, among):
    """The weakest that may go, again and again; a neuron's last dendrite stays, and its last synapse if need be."""
    structure, size, left = net.structure, np.abs(net.weights), list(range(len(net.synapses)))
    for _ in range(count):
        live = [s for s in left if structure.present[s]]
        last = []
        for of, counts in ((structure.post, True), (structure.pre, not structure.marked_outputs.any())):
            for neuron in range(len(net)) if counts else ():
                mine = [s for s in live if of[s] == neuron]
                free = [s for s in mine if among[s]]
                if len(free) == len(mine) and mine:  # nothing else keeps this neuron connected
                    last.append(max(free, key=lambda s: (size[s], s)))
        able = [s for s in left if among[s] and s not in last]
        if not able:
            return None
        left.remove(min(able, key=lambda s: (size[s], s)))
    return left


@settings(max_examples=60)
@given(net=NETWORKS, seed=SEEDS, share=st.floats(0, 1))
def test_the_weakest_go_one_after_the_other_and_all_others_stay(net, seed, share):
    net = damaged(net, np.random.default_rng(seed))
    among = may_change(net.structure)
    assert (among == (net.plastic & (net.shared < 0) & net.structure.present)).all()
    before, rest, places = everything(net), without_synapses(net), triples(net)
    left = pruned_one_by_one(net, round(share * np.count_nonzero(among)), among)
    if left is None:
        with unchanged(net), complains(ns.OptionError, "cannot be pruned", "stays", "Ask for fewer"):
            ns.prune(net, fraction=share)
        return
    gone = ns.prune(net, fraction=share)
    assert gone.tolist() == sorted(set(range(len(places))) - set(left))
    assert triples(net) == [places[s] for s in left]
    assert everything(net) == {place: before[place] for place in triples(net)}
    assert without_synapses(net) == rest


def two_eyes():
    """Two eyes, each with a hand of three; both project to one mouth."""
    regions = nx.DiGraph()
    for eye in ("left eye", "right eye"):
        regions.add_node(eye, size=4)
    for hand in ("left hand", "right hand"):
        regions.add_node(hand, size=3, mode="relu")
    regions.add_node("mouth", size=2, mode="linear")
    for side in ("left", "right"):
        regions.add_edge(f"{side} eye", f"{side} hand", wiring=ns.wiring.random(0.7))
        regions.add_edge(f"{side} hand", "mouth")
    return ns.Network.from_regions(regions, rng=5)


def region_pairs(net):
    return [(net[pre].region, net[post].region) for pre, post in net.synapses]


@pytest.mark.parametrize("edit", [ns.prune, ns.rewire])
@pytest.mark.parametrize(
    ("where", "meant"),
    [
        ({"regions": "left hand"}, {("left eye", "left hand")}),
        ({"regions": ["mouth"]}, {("left hand", "mouth"), ("right hand", "mouth")}),
        ({"projections": [("right hand", "mouth")]}, {("right hand", "mouth")}),
        (
            {"projections": [("right hand", "mouth")], "regions": "left hand"},
            {("right hand", "mouth"), ("left eye", "left hand")},
        ),
    ],
)
def test_only_what_is_named_is_pruned_or_rewired(edit, where, meant):
    net = two_eyes()
    pairs, weights, named = (
        region_pairs(net),
        net.weights.copy(),
        np.array([pair in meant for pair in region_pairs(net)]),
    )
    how = {} if edit is ns.prune else {"rng": 0}
    gone = edit(net, fraction=0.25, **where, **how)
    assert len(gone) == round(0.25 * named.sum())
    assert {pairs[s] for s in gone} <= meant
    assert np.abs(weights[gone]).max() <= np.abs(np.delete(weights, gone)[np.delete(named, gone)]).max()


def test_a_neuron_may_lose_its_last_dendrite_where_that_is_said():
    net = two_eyes()
    with unchanged(net), complains(ns.OptionError, "only", "last_ones=True"):
        ns.prune(net, fraction=1.0)
    ns.prune(net, fraction=1.0, last_ones=True)
    assert not net.synapses


@pytest.mark.parametrize(
    ("edit", "kind", "words"),
    [
        (lambda n: ns.prune(n), ns.OptionError, ["ns.prune(net, count=10)", "fraction=0.1"]),
        (lambda n: ns.prune(n, count=1, fraction=0.1), ns.OptionError, ["how many or which share"]),
        (lambda n: ns.prune(n, 5), ns.OptionError, ["ns.prune(net, count=5)"]),
        (lambda n: ns.prune(n, count=-1), ns.OptionError, ["count", "-1"]),
        (lambda n: ns.prune(n, fraction=1.5), ns.OptionError, ["fraction", "1.5"]),
        (lambda n: ns.prune(n, count=1, regions="left hnad"), ns.UnknownNameError, ["'left hnad'", "'left hand'"]),
        (lambda n: ns.prune(n, count=1, region="mouth"), ns.UnknownNameError, ["'region'", "'regions'"]),
        (lambda n: ns.prune(n, count=1, projections=["mouth"]), ns.DataError, ["two ends", "'mouth'"]),
        (lambda n: ns.prune(n, count=1, projections=["left eye", "mouth"]), ns.DataError, ["two ends", "'left eye'"]),
        (lambda n: ns.rewire(n), ns.OptionError, ["ns.rewire(net, count=10)"]),
        (lambda n: ns.rewire(n, count=1000), ns.OptionError, ["cannot be pruned"]),
        (lambda n: ns.rewire(n, count=1, weight="a"), ns.OptionError, ["weight", "'a'"]),
        (lambda n: ns.grow(n, 1000), ns.OptionError, ["There is room for", "not for 1,000", "net.add_synapse"]),
        (lambda n: ns.grow(n, 1, regions="left eye"), ns.OptionError, ["room for 0", "connect more regions"]),
        (lambda n: ns.grow(n, 0.5), ns.OptionError, ["count", "0.5"]),
        (lambda n: ns.grow(n, 1, weight=np.inf), ns.OptionError, ["weight", "inf"]),
        (lambda n: ns.grow(n, 1, rng="a"), ns.OptionError, ["rng", "'a'"]),
        (lambda n: ns.grow(n, 1, "mouth"), ns.OptionError, ["regions='mouth'"]),
    ],
)
def test_bad_edits_say_what_to_do_and_change_nothing(edit, kind, words):
    net = two_eyes()
    with unchanged(net), complains(kind, *words):
        edit(net)


# --- Growing -------------------------------------------------------------------------------------


def room_by_hand(net):
    """Every place where a synapse may grow, found by trying them all: places without delay, and those with."""
    structure = net.structure
    live = [s for s in range(len(net.synapses)) if structure.present[s]]
    of, pre, post = structure.region_of, structure.pre, structure.post
    ways, delayed = {}, {}
    for s in live:
        ways.setdefault((of[pre[s]], of[post[s]]), set()).add(int(structure.delay[s]))
    onto_themselves = {(of[i], of[j]) for i, j in zip(pre, post, strict=True) if i == j}
    silent_outputs = set() if structure.marked_outputs.any() else set(structure.outputs.tolist())
    taken = {
        (i, j, b if structure.modes[structure.mode_of[j]].branched else 0)
        for i, j, b in zip(pre.tolist(), post.tolist(), structure.branch.tolist(), strict=True)
    }
    learning = structure.plastic_thresholds | np.isin(np.arange(len(net)), post[structure.plastic])
    for i in range(len(net)):
        for j in range(len(net)):
            way = (of[i], of[j])
            dead = structure.silenced[i] or structure.silenced[j] or i in silent_outputs
            if (
                dead
                or structure.sensory[j]
                or not learning[j]
                or way not in ways
                or (i == j and way not in onto_themselves)
            ):
                continue
            mine = structure.branch[post == j]
            branched = structure.modes[structure.mode_of[j]].branched
            for branch in range(int(mine.max(initial=0)) + 1 if branched else 1):
                if (i, j, branch) not in taken:
                    delayed[i, j, branch] = ways[way]
    return delayed


@settings(max_examples=80, deadline=None)
@given(net=NETWORKS, seed=SEEDS, drawn=st.booleans())
def test_synapses_grow_where_the_anatomy_has_room_and_all_others_stay(net, seed, drawn):
    net = damaged(net, np.random.default_rng(seed))
    before, rest, old = everything(net), without_synapses(net), net.copy()
    allowed = room_by_hand(net)
    most = 0
    for count in range(len(allowed), -1, -1):  # what loops forbid is not counted above
        try:
            new = ns.grow(net, count, weight=None if drawn else 0.0, rng=seed)
        except ns.OptionError:
            continue
        most = count
        break
    assert new.tolist() == list(range(len(before), len(before) + most))
    assert list(everything(net).items())[: len(before)] == list(before.items()), "bit for bit, and in their order"
    assert without_synapses(net) == rest, "inputs and outputs among it"
    structure, index = net.structure, old.structure.number
    for s in new.tolist():
        pre, post = net.synapses[s]
        ways = allowed[index[pre], index[post], int(net.branches[s])]
        assert net.delays[s] in ways
        assert net.plastic[s]
        assert not structure.cut[s]
        law = structure.transmitter[structure.pre[s]]
        assert law in (0, structure.receptor[s])
        assert structure.receptor[s] * net.weights[s] >= 0
        assert drawn or net.weights[s] == 0
    for place, ways in allowed.items():  # what is free still could only have closed a loop
        if (net.names[place[0]], net.names[place[1]], place[2]) not in everything(net):
            assert ways == {0}
    again = old.copy()
    ns.grow(again, most, weight=None if drawn else 0.0, rng=seed)
    assert snapshot(again) == snapshot(net), "the same seed, the same synapses"


def test_every_free_place_has_the_same_chance():
    regions = nx.DiGraph()
    regions.add_node("eye", size=3)
    regions.add_node("hand", size=2, mode="relu")
    regions.add_edge("eye", "hand", wiring=ns.wiring.explicit([(0, 0), (2, 1)]))
    regions.add_node("mouth", size=2, mode="maxout", branches=2)
    regions.add_edge("hand", "mouth", wiring=ns.wiring.explicit([(0, 0), (0, 1)]))
    born = ns.Network.from_regions(regions, rng=0)
    born.remove_synapse("hand[0]", "mouth[1]", branch=1)
    free = [("eye[1]", "hand[0]", 0), ("eye[2]", "hand[0]", 0), ("eye[0]", "hand[1]", 0), ("eye[1]", "hand[1]", 0)]
    free += [("hand[1]", "mouth[0]", 0), ("hand[1]", "mouth[0]", 1), ("hand[1]", "mouth[1]", 0)]
    tally, rng = dict.fromkeys(free, 0), np.random.default_rng(0)
    for _ in range(1400):
        net = born.copy()
        for s in ns.grow(net, 2, rng=rng):
            tally[triples(net)[s]] += 1
    assert len(tally) == len(free)
    assert stats.chisquare(list(tally.values())).pvalue > 0.001


def test_where_regions_form_no_loop_every_place_between_them_is_room():
    regions = nx.DiGraph()
    regions.add_node("eye", size=6)
    regions.add_node("V1", size=7, mode="relu")
    regions.add_node("IT", size=5, mode="linear")
    for way in (("eye", "V1"), ("V1", "IT"), ("eye", "IT")):
        regions.add_edge(*way, wiring=ns.wiring.random(0.3))
    net = ns.Network.from_regions(regions, rng=1)
    full = 6 * 7 + 7 * 5 + 6 * 5
    ns.grow(net, full - len(net.synapses), rng=0)
    assert len(set(net.synapses)) == len(net.synapses) == full


def test_grown_weights_suit_mode_and_fan_in_as_those_of_a_newborn_brain_do():
    regions = nx.DiGraph()
    regions.add_node("eye", size=60)
    regions.add_node("V1", size=60, mode="relu")
    regions.add_edge("eye", "V1", wiring=ns.wiring.random(0.3))
    net = ns.Network.from_regions(regions, rng=1)
    new = ns.grow(net, 3600 - len(net.synapses), rng=0)
    assert np.std(net.weights[new]) == pytest.approx(np.sqrt(2 / 60), rel=0.05)


def test_receptors_without_a_law_of_the_neuron_are_those_of_the_way():
    regions = nx.DiGraph()
    regions.add_node("eye", size=3)
    regions.add_node("hand", size=3, mode="relu")
    regions.add_node("mouth", size=3, mode="linear")
    regions.add_edge("eye", "hand", wiring=ns.wiring.random(0.4), receptor="inhibitory")
    regions.add_edge("hand", "mouth", wiring=ns.wiring.random(0.4))
    net = ns.Network.from_regions(regions, rng=3)
    new = ns.grow(net, 6, rng=0)
    wanted = ["inhibitory" if net[net.synapses[s][1]].region == "hand" else None for s in new]
    assert [net.receptors[s] for s in new] == wanted
    assert set(wanted) == {"inhibitory", None}


# --- Rewiring ------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(net=NETWORKS, seed=SEEDS, share=st.floats(0, 0.6), drawn=st.booleans())
def test_rewired_ways_keep_their_number_and_all_others_their_bits(net, seed, share, drawn):
    net = damaged(net, np.random.default_rng(seed))
    before, rest, old = list(everything(net).items()), without_synapses(net), net.copy()
    twin = net.copy()
    try:
        gone = ns.prune(twin, fraction=share)
    except ns.OptionError:
        gone = None
    try:
        new = ns.rewire(net, fraction=share, weight=None if drawn else 0.0, rng=seed)
    except ns.OptionError:
        assert snapshot(net) == snapshot(old)
        return
    assert new.tolist() == gone.tolist(), "those that pruning takes"
    after = list(everything(net).items())
    stay = sorted(set(range(len(before))) - set(new.tolist()))
    assert [after[s] for s in stay] == [before[s] for s in stay]
    assert without_synapses(net) == rest
    assert sorted(map(repr, region_pairs(net))) == sorted(map(repr, region_pairs(old)))
    assert [region_pairs(net)[s] for s in new] == [region_pairs(old)[s] for s in new]
    assert (net.delays == old.delays).all()
    assert (net.plastic == old.plastic).all()
    assert net.n_parameters == old.n_parameters
    assert (net.structure.present == old.structure.present).all()
    assert drawn or not net.weights[new].any()


def test_a_new_synapse_may_grow_where_the_old_one_was_when_there_is_no_other_room():
    net = ns.Network.from_arrays([0, 1, 0, 1], [2, 2, 3, 3], [3.0, 1.0, 2.0, 4.0], modes="relu")
    new = ns.rewire(net, count=2, weight=None, rng=0)
    assert new.tolist() == [1, 2]
    assert sorted(net.synapses) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert net.weights[[0, 3]].tolist() == [3.0, 4.0]


@settings(max_examples=25, deadline=None)
@given(regions=region_graphs(), seed=SEEDS)
def test_brains_made_of_regions_can_be_rewired_for_ever(regions, seed):
    net, rng = ns.Network.from_regions(regions, rng=seed), np.random.default_rng(seed)
    able, count = may_change(net.structure), len(net.synapses)
    pairs = sorted(region_pairs(net))
    for _ in range(4):
        try:
            ns.rewire(net, count=min(3, int(able.sum())), rng=rng)
        except ns.OptionError:
            break
        assert sorted(region_pairs(net)) == pairs
        assert len(net.synapses) == count
    ns.activity(net, np.ones(len(net.inputs)))


def test_notes_go_with_the_synapse_that_they_are_about():
    graph = nx.DiGraph()
    graph.add_edge("x", "h", weight=1.0, colour="red")
    graph.add_edge("y", "h", weight=0.5, colour="blue")
    graph.add_edge("h", "z", weight=2.0, colour="green")
    graph.nodes["z"]["output"] = True
    net = ns.Network.from_graph(graph, mode="relu")
    for edit in (ns.prune, ns.rewire):
        edited = net.copy()
        edit(edited, count=1)
        red, green = edited.synapses.index(("x", "h")), edited.synapses.index(("h", "z"))
        assert dict(edited.structure.synapse_notes) == {red: {"colour": "red"}, green: {"colour": "green"}}


def test_a_way_without_room_cannot_be_rewired():
    net = ns.Network.from_arrays(
        [0, 1, 0, 1], [2, 2, 2, 2], [4.0, 3.0, 2.0, 1.0], branch=[0, 0, 1, 1], modes="relu", outputs=[2]
    )  # parallel synapses onto a neuron without branches leave no place for another one
    with unchanged(net), complains(ns.OptionError, "room", "0 of the 1"):
        ns.rewire(net, count=1, rng=0)
