"""The lesion atlas against lesions made one by one."""

import csv
import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given

import neurosim as ns
from neurosim.analysis import lesion_atlas as module
from tests.strategies import SEEDS, acyclic_networks

ROUNDING = {"rtol": 1e-9, "atol": 1e-10}
BACKENDS = ["numpy", pytest.param("numba", marks=pytest.mark.xdist_group("kernels"))]


def brain(mode="relu", rng=0):
    """A retina, two regions side by side, one that hears both, and three that are read."""
    B = nx.DiGraph()
    B.add_node("retina", size=8)
    for name, size in (("A", 6), ("B", 5), ("C", 4)):
        B.add_node(name, size=size, mode=mode)
    B.add_node("what", size=3, mode="linear", output=True)
    B.add_node("where", size=1, mode="sigmoid", output=True)
    B.add_node("much", size=2, mode="linear", output=True)
    edges = ("retina A", "retina B", "A C", "B C", "A what", "C what", "B where", "C where", "C much")
    B.add_edges_from(edge.split() for edge in edges)
    return ns.Network.from_regions(B, rng=rng)


def tasks_for(samples=40, rng=0):
    """Two on the same stimuli, one on others."""
    rng = np.random.default_rng(rng)
    X, other = rng.normal(size=(2, samples, 8))
    return [
        ns.Task("what", X, rng.integers(0, 3, samples), "what"),
        ns.Task("where", X, rng.integers(0, 2, samples), "where", loss="binary_cross_entropy"),
        ns.Task("much", other, rng.normal(size=(samples, 2)), "much", loss="huber"),
    ]


def lesioned(net, name):
    """A context in which a region, a neuron, or two of them are silent."""
    names = name if isinstance(name, tuple) else (name,)
    regions = [each for each in names if each in net.regions]
    return ns.lesion(net, regions=regions or None, neurons=[each for each in names if each not in regions] or None)


# --- One by one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mode", [name for name in ns.MODES if name != "sensory"])
def test_equals_lesions_made_one_by_one(mode, backend):
    net, tasks = brain(mode), tasks_for()
    pairs = [("A", "B"), ("C", "retina"), ("A[0]", "C[1]"), ("retina[0]", "B")]
    atlas = ns.lesion_atlas(net, tasks, pairs=pairs, backend=backend)
    assert atlas.regions == ("retina", "A", "B", "C")
    assert atlas.neurons == tuple(net.names[:23])
    assert atlas.pairs == tuple(pairs)
    for j, task in enumerate(tasks):
        intact = task.losses(net)
        assert atlas.intact[j] == pytest.approx(intact.mean())
        assert atlas.chance[j] == pytest.approx(task.chance(net))
        for i, name in enumerate(atlas.lesions):
            with lesioned(net, name):
                losses = task.losses(net)
                np.testing.assert_allclose(atlas.loss[i, j], losses.mean(), **ROUNDING)
                np.testing.assert_allclose(atlas.rises(name, task.name), losses - intact, **ROUNDING)
                assert atlas[name][task.name] == pytest.approx(losses.mean() - intact.mean(), abs=1e-10)
                if task.name != "much":
                    assert atlas.accuracy[i, j] == pytest.approx(task.accuracy(net))
        if task.name == "much":
            assert np.isnan(atlas.accuracy[:, j]).all()
            assert np.isnan([atlas.intact_accuracy[j], atlas.chance_accuracy[j]]).all()
        else:
            assert atlas.intact_accuracy[j] == pytest.approx(task.accuracy(net))
            assert atlas.chance_accuracy[j] == pytest.approx(task.chance_accuracy(net))
            np.testing.assert_allclose(atlas.drop[:, j], atlas.intact_accuracy[j] - atlas.accuracy[:, j])


@pytest.mark.parametrize("backend", BACKENDS)
@given(net=acyclic_networks(min_neurons=4, max_neurons=20), seed=SEEDS)
def test_any_network(net, seed, backend):
    rng, region = np.random.default_rng(seed), "read"
    outputs = [name for name in net.outputs if name not in net.inputs]
    assume(outputs)
    for name in outputs:
        net[name].region = region
    X = rng.normal(size=(6, len(net.inputs)))
    task = ns.Task("any", X, rng.normal(size=(6, len(outputs))), region, loss="mae")
    able = [name for name in net.names if name not in net.outputs]
    assume(len(able) > 2)  # a lesion must leave something besides what is read
    atlas = ns.lesion_atlas(net, task, regions=[], pairs=[tuple(able[:2])], backend=backend)
    for i, name in enumerate(atlas.lesions):
        with ns.lesion(net, neurons=list(name) if isinstance(name, tuple) else [name]):
            np.testing.assert_allclose(atlas.loss[i], task.loss_of(net), **ROUNDING)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_pairs_and_their_interaction(backend):
    net, tasks = brain(), tasks_for()
    atlas = ns.lesion_atlas(net, tasks, neurons=[], backend=backend)
    assert atlas.pairs == tuple(itertools.combinations(("retina", "A", "B", "C"), 2))
    for i, (one, other) in enumerate(atlas.pairs):
        for j, task in enumerate(atlas.tasks):
            both = atlas[one, other][task]
            assert atlas.interaction[i, j] == pytest.approx(both - atlas[one][task] - atlas[other][task], abs=1e-12)
            assert atlas[other, one][task] == both
    among = ns.lesion_atlas(net, tasks, regions=[], neurons=["A[0]", "B[0]", "C[0]"], pairs="neurons", backend=backend)
    assert among.pairs == tuple(itertools.combinations(("A[0]", "B[0]", "C[0]"), 2))


def test_what_an_interaction_says():
    """Two cells that can stand in for each other are missed more together; of a chain, nothing is lost twice."""
    net = ns.Network.from_arrays(
        [0, 0, 1, 2, 3],
        [1, 2, 3, 3, 4],
        [1.0, 1.0, 1.0, 1.0, 1.0],
        modes=[None, "relu", "relu", "binary", "linear"],
        thresholds=[0, 0, 0, 1, 0],
        regions=[None, None, None, None, "hand"],
    )
    task = ns.Task("lift", np.ones((5, 1)), np.ones(5), "hand", loss="mse")
    atlas = ns.lesion_atlas(net, task, pairs=[(1, 2), (1, 3), (0, 3)])
    np.testing.assert_allclose(atlas.loss.ravel(), [0.5, 0, 0, 0.5, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(atlas.interaction.ravel(), [0.5, 0, -0.5])


def test_tasks_on_the_same_stimuli_share_a_run_and_lose_nothing_by_it():
    net, tasks = brain("tanh"), tasks_for()
    together = ns.lesion_atlas(net, tasks)
    for j, task in enumerate(tasks):
        alone = ns.lesion_atlas(net, task)
        for shared, own in ((together.loss, alone.loss), (together.accuracy, alone.accuracy)):
            np.testing.assert_array_equal(shared[:, j], own[:, 0])


def test_the_network_is_left_as_it_is():
    net, tasks = brain(), tasks_for()
    structure, weights, thresholds = net.structure, net.weights.tobytes(), net.thresholds.tobytes()
    ns.lesion_atlas(net, tasks)
    assert net.structure is structure
    assert (net.weights.tobytes(), net.thresholds.tobytes()) == (weights, thresholds)


def test_of_what_is_lost_already_nothing_more_is_lost():
    net, tasks = brain(), tasks_for()
    with ns.lesion(net, regions="A"):
        atlas = ns.lesion_atlas(net, tasks)
        with ns.lesion(net, regions="B"):
            expected = [task.loss_of(net) for task in tasks]
    assert not any(atlas["A"].values())
    assert not any(atlas["A[2]"].values())
    np.testing.assert_allclose(list(atlas["B"].values()) + atlas.intact, expected, **ROUNDING)
    assert atlas["A", "B"] == atlas["B"]


# --- Units ---------------------------------------------------------------------------------------


def test_a_deficit_is_a_share_of_the_way_to_chance():
    """A region that sees nothing answers by its thresholds, which here are the mean target: that is chance."""
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0], modes=[None, "linear", "linear"], regions=["a", "b", "c"])
    net[2].bias = 1.0
    X = np.array([[-1.0], [0.0], [1.0]])
    task = ns.Task("double", X, 2 * X + 1, "c", loss="mse")
    atlas = ns.lesion_atlas(net, task)
    np.testing.assert_allclose(atlas.deficit, 1.0)
    np.testing.assert_allclose(atlas.chance, 4 / 3)


def test_no_deficit_where_nothing_can_be_lost():
    net = brain()
    task = ns.Task("shuffled", np.zeros((4, 8)), [0, 1, 2, 0], "what")
    atlas = ns.lesion_atlas(net, task, neurons=[])
    assert np.isnan(atlas.deficit).all()
    assert "no deficit in what is done no better than by chance: shuffled" in repr(atlas)


# --- Choosing, and errors that teach -------------------------------------------------------------


def test_what_is_chosen():
    net, tasks = brain(), tasks_for()
    atlas = ns.lesion_atlas(net, tasks[0], regions="A", neurons=["B[1]"], pairs=None)
    assert (atlas.regions, atlas.neurons, atlas.pairs, len(atlas)) == (("A",), ("B[1]",), (), 2)
    assert atlas.sizes.tolist() == [6, 1]
    named = ns.lesion_atlas(net, tasks[0], regions=[], neurons=[], pairs=[("A", "B[1]")])
    assert (named.regions, named.neurons, list(named)) == (("A",), ("B[1]",), ["A", "B[1]", ("A", "B[1]")])
    assert named.sizes.tolist() == [6, 1, 7]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"regions": ["V1"]}, "no region 'V1'"),
        ({"neurons": ["A[9]"]}, r"no neuron 'A\[9\]'. Did you mean 'A\["),
        ({"regions": ["what"]}, "is read, so it cannot be lesioned"),
        ({"neurons": ["where[0]"]}, "is read, so it cannot be lesioned"),
        ({"pairs": "areas"}, "no kind of pairs called 'areas'"),
        ({"pairs": [("A", "A")]}, "two different names"),
        ({"pairs": [("A", "Q")]}, "no neuron 'Q'"),
        ({"pairs": [("A", "much[0]")]}, "is read, so it cannot be lesioned"),
        ({"regions": [], "neurons": []}, "nothing to lesion"),
        ({"areas": ["A"]}, "Write regions="),
        ({"backend": "cuda"}, "no backend 'cuda'"),
    ],
)
def test_errors_teach(settings, message):
    with pytest.raises(ns.NeurosimError, match=message):
        ns.lesion_atlas(brain(), tasks_for(), **settings)


def test_tasks_that_do_not_suit():
    net, tasks = brain(), tasks_for()
    with pytest.raises(ns.OptionError, match="There are no tasks"):
        ns.lesion_atlas(net, [])
    with pytest.raises(ns.OptionError, match="'what'"):
        ns.lesion_atlas(net, [tasks[0], tasks[0]])
    with pytest.raises(ns.NeurosimError, match="not there"):
        ns.lesion_atlas(net, ns.Task("t", tasks[0].X, tasks[0].targets, "IT"))
    net.weights[0] = np.nan
    with pytest.raises(ns.DataError, match="must be finite"):
        ns.lesion_atlas(net, tasks)


def test_names_that_the_atlas_does_not_know():
    atlas = ns.lesion_atlas(brain(), tasks_for(), neurons=[])
    with pytest.raises(ns.UnknownNameError, match="Did you mean 'retina'"):
        atlas["retna"]
    with pytest.raises(ns.UnknownNameError, match="task in this atlas"):
        atlas.rises("A", "wat")


def test_of_too_many_lesions_single_samples_are_kept_of_regions_alone(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 100)
    net, tasks = brain(), tasks_for()
    atlas = ns.lesion_atlas(net, tasks, pairs=[("A", "B"), ("A[0]", "B[0]")])
    whole = ns.lesion_atlas(net, tasks[0], neurons=[])
    for name in ("A", ("A", "B")):
        np.testing.assert_array_equal(atlas.rises(name, "what"), whole.rises(name, "what"))
    for name in ("A[0]", ("A[0]", "B[0]")):
        with pytest.raises(ns.DataError, match="Make an atlas of fewer"):
            atlas.rises(name, "what")


# --- As a table ----------------------------------------------------------------------------------


def test_rows_and_files(tmp_path):
    atlas = ns.lesion_atlas(brain(), tasks_for())
    assert len(atlas.rows) == len(atlas) * 3
    row = next(each for each in atlas.rows if each["lesion"] == "A + B" and each["task"] == "what")
    assert (row["kind"], row["neurons"], row["rise"]) == ("pair", 11, atlas["A", "B"]["what"])
    assert row["interaction"] == atlas.interaction[atlas.pairs.index(("A", "B")), 0]
    atlas.to_csv(tmp_path / "atlas.csv")
    with open(tmp_path / "atlas.csv", newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [float(each["loss"]) for each in read] == [each["loss"] for each in atlas.rows]


def test_it_prints_itself():
    atlas = ns.lesion_atlas(brain(), tasks_for())
    text = str(atlas)
    assert text.splitlines()[0] == "Lesion atlas"
    assert all(name in text for name in ("nothing", "retina", "A + B", "what: deficit", "11 more"))
    assert max(map(len, text.splitlines())) < 150
    assert "<td>A + B</td>" in atlas._repr_html_()
