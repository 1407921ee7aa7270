"""Pictures: what is on them, that their labels can be read, and that drawing changes nothing."""

import subprocess
import sys

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.colors import to_hex

import neurosim as ns
from neurosim.plotting.style import EXCITATORY, INHIBITORY, UNKNOWN_RATE, number, signed_scale
from tests.anatomy.helpers import complains
from tests.strategies import acyclic_networks, snapshot


def xor():
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("x1", "either", 1), ("x2", "either", 1), ("x1", "both", 1), ("x2", "both", 1)])
    graph.add_weighted_edges_from([("either", "xor", 1), ("both", "xor", -2)])
    return ns.Network.from_graph(graph)


def worked_example():
    regions = nx.DiGraph()
    for name, size, mode in (("x", 2, "sensory"), ("a", 3, "sigmoid"), ("b", 2, "linear")):
        regions.add_node(name, size=size, mode=mode)
    nx.add_path(regions, ["x", "a", "b"])
    return ns.Network.from_regions(regions, rng=0)


def brain(side=14):
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8))
    regions.add_node("V1", shape=(side, side), mode="relu")
    regions.add_node("association", size=128, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    nx.add_path(regions, ["retina", "V1", "association", "decision"])
    return ns.Network.from_regions(regions, rng=0)


def latch():
    graph = nx.DiGraph()
    graph.add_edge("set", "latch", weight=1.0)
    graph.add_edge("latch", "latch", weight=1.0, delay=1)
    graph.add_edge("latch", "out", weight=1.0)
    graph.add_edge("out", "latch", weight=-0.5, delay=2)
    graph.nodes["out"]["output"] = True
    return ns.Network.from_graph(graph, mode="sigmoid")


def branches():
    graph = nx.MultiDiGraph()
    graph.add_edge("x", "absolute", 0, weight=1.0)
    graph.add_edge("x", "absolute", 1, weight=-1.0)
    graph.nodes["absolute"]["mode"] = "maxout"
    return ns.Network.from_graph(graph)


def two():
    return ns.Network.from_arrays([0], [1], [0.0], modes="linear")


def random_graph():
    return ns.Network.from_graph(nx.gn_graph(40, seed=3), rng=0)


NETWORKS = [two, xor, worked_example, latch, branches, random_graph, brain]


def boxes(ax):
    """Every written text with the box it fills, in pixels; those of inset axes too."""
    figure = ax.get_figure()
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for axes in [ax, *ax.child_axes] for text in axes.texts if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def overlapping(ax):
    """Pairs of texts whose boxes share more than a hair's breadth."""
    found = boxes(ax)
    return [
        (a, b)
        for i, (a, box) in enumerate(found)
        for b, other in found[i + 1 :]
        if min(box.x1, other.x1) - max(box.x0, other.x0) > 1.5 and min(box.y1, other.y1) - max(box.y0, other.y0) > 1.5
    ]


# --- Networks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", NETWORKS, ids=lambda f: f.__name__)
def test_no_label_lies_on_another(make):
    assert overlapping(ns.plot(make())) == []


@pytest.mark.parametrize("make", NETWORKS, ids=lambda f: f.__name__)
def test_every_label_is_on_the_paper_and_large_enough(make):
    ax = ns.plot(make())
    paper = ax.get_figure().bbox
    for text, box in boxes(ax):
        assert box.x0 >= paper.x0 - 1, text
        assert box.x1 <= paper.x1 + 1, text
        assert box.y0 >= paper.y0 - 1, text
        assert box.y1 <= paper.y1 + 1, text
    assert all(text.get_fontsize() >= 8 for text in ax.texts)
    assert ax.get_figure().get_size_inches()[0] <= 8.01


def collection(ax, label):
    return next(c for c in ax.collections if c.get_label() == label)


@pytest.mark.parametrize("make", [xor, worked_example, random_graph, latch], ids=lambda f: f.__name__)
def test_a_small_network_is_drawn_whole(make):
    net = make()
    ax = ns.plot(net)
    assert len(collection(ax, "neurons").get_offsets()) == len(net)
    assert len(collection(ax, "synapses").get_paths()) == len(net.synapses)
    assert sorted(collection(ax, "synapses").get_array()) == sorted(net.weights)


@pytest.mark.parametrize("make", NETWORKS, ids=lambda f: f.__name__)
def test_colours_of_weights_are_centred_at_zero(make):
    norm = collection(ns.plot(make()), "synapses").norm
    assert norm.vmin == -norm.vmax < 0


def test_a_large_network_is_shortened_and_says_so():
    net = brain()
    ax = ns.plot(net, most=6, most_synapses=100)
    drawn = len(collection(ax, "synapses").get_paths())
    texts = [text.get_text() for text in ax.texts]
    assert drawn <= 100
    assert any(f"{drawn:,} of {len(net.synapses):,}" in text for text in texts)
    assert any("122 more" in text for text in texts)
    assert {"retina", "V1", "association", "decision"} <= set(texts)


def test_rates_are_shown_as_colours_with_a_bar():
    net = xor()
    ax = ns.plot(net, rates=ns.activity(net, [1, 0]))
    assert len({tuple(colour) for colour in collection(ax, "neurons").get_facecolors()}) == 2
    assert any(text.get_text() == "rate" for text in ax.texts)


def test_a_hundred_thousand_synapses_are_drawn_in_part():
    rng = np.random.default_rng(0)
    pre, post = np.divmod(rng.permutation(100_000), 200)
    net = ns.Network.from_arrays(pre, 500 + post, rng.normal(size=100_000), modes="relu")
    assert len(collection(ns.plot(net), "synapses").get_paths()) <= 300


@settings(max_examples=15)
@given(net=acyclic_networks(max_neurons=30, loops=True))
def test_any_network_can_be_drawn_and_stays_as_it_was(net):
    before = snapshot(net)
    ax = ns.plot(net)
    ax.get_figure().canvas.draw()
    plt.close(ax.get_figure())
    assert snapshot(net) == before


# --- Neurons -------------------------------------------------------------------------------------

NEURONS = [
    ns.Neuron({"left": 1, "right": 1}, threshold=2, name="both"),
    ns.Neuron({f"n{i}": (-1) ** i * i for i in range(40)}, mode="relu", axon={"a": 1, "b": -2}),
    ns.Neuron({("x", 0): 1, ("x", 1): -1}, mode="maxout", axon={"y": 0.0}),
    ns.Neuron(mode="sensory", name="eye", axon={"y": 1}),
    brain()["V1[30]"],
]


@pytest.mark.parametrize("neuron", NEURONS, ids=lambda n: str(n.name))
def test_a_neuron_shows_its_parts_without_overlap(neuron):
    ax = ns.plot(neuron)
    assert overlapping(ax) == []
    texts = [text.get_text() for text in ax.texts]
    assert any("soma" in text for text in texts)
    assert str(neuron.mode) in texts or neuron.mode.name == "sensory"


def test_the_axon_leaves_at_its_hillock_and_branches():
    """One trunk from the soma, one fork from which every branch starts; none where nothing is sent onwards."""
    from matplotlib.patches import FancyArrowPatch

    ax = ns.plot(ns.Neuron({"x": 1}, name="h", axon={"a": 1, "b": -2, "c": 0.5}))
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    trunk = ax.lines[0].get_xydata()
    starts = [arrow._path_original.vertices[0].tolist() for arrow in arrows[1:]]
    assert starts == [trunk[1].tolist()] * 3
    assert trunk[0][0] < trunk[1][0]
    assert "axon hillock" in [text.get_text() for text in ax.texts]
    assert not ns.plot(ns.Neuron({"x": 1})).lines


def test_of_many_dendrites_the_strongest_are_shown():
    ax = ns.plot(NEURONS[1], most=5)
    texts = [text.get_text() for text in ax.texts]
    assert {"n39", "n38", "n37", "n36", "n35", "and 35 weaker"} <= set(texts)
    assert "n1" not in texts


# --- Histories, confusion, activity --------------------------------------------------------------


def history(epochs=5, **settings):
    rng = np.random.default_rng(0)
    net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, -1.0], modes="linear")
    X, labels = rng.normal(size=(20, 1)), rng.integers(2, size=20)
    return ns.train(net, X, labels, loss="cross_entropy", epochs=epochs, rng=0, **settings)


def test_a_history_shows_every_epoch_of_every_column():
    course = history(validation=([[1.0], [2.0]], [0, 1]))
    panels = ns.plot(course)
    assert [ax.get_ylabel().split()[0] for ax in panels] == ["loss", "accuracy"]
    assert panels[-1].get_xlabel() == "epoch"
    for ax, name in zip(panels, ("loss", "accuracy"), strict=True):
        lines = {line.get_label(): line.get_ydata() for line in ax.lines}
        assert (lines["training"] == course[name]).all()
        assert (lines["validation"] == course[f"validation_{name}"]).all()


def test_a_history_on_given_axes_has_one_panel():
    _, ax = plt.subplots()
    assert ns.plot(history(), ax=ax) is ax
    assert ax.get_ylabel() == "loss"
    assert ns.plot(history(1), column="accuracy").get_ylabel().startswith("accuracy")


def test_a_confusion_matrix_writes_its_counts():
    matrix = ns.ConfusionMatrix(np.array([[5, 1], [0, 1200]]), ("decision[0]", "decision[1]"))
    ax = ns.plot(matrix)
    assert sorted(text.get_text() for text in ax.texts) == ["1", "1,200", "5"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read as", "true class")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "1"]
    assert "99.9%" in ax.get_title()


def test_activity_is_grouped_by_region_and_shows_every_rate():
    net = worked_example()
    rates = ns.activity(net, np.random.default_rng(0).normal(size=(4, 2)))
    ax = ns.plot(net, activity=rates)
    labels = [tick.get_text().split("\nscale ") for tick in ax.get_yticklabels()]
    assert [label[0] for label in labels] == ["x (2)", "a (3)", "b (2)"]
    mesh, scales = ax.collections[0], np.repeat([float(label[1]) for label in labels], [2, 3, 2])
    np.testing.assert_allclose(mesh.get_array() * scales[:, None], rates.T, rtol=5e-3)
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-1, 1)


def test_activity_of_a_few_neurons_without_regions_names_them_all():
    net = xor()
    ax = ns.plot(net, activity=ns.activity(net, [[0, 1], [1, 1]]))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == net.names
    np.testing.assert_array_equal(ax.collections[0].get_array(), ns.activity(net, [[0, 1], [1, 1]]).T)


# --- Explanations --------------------------------------------------------------------------------


def test_an_explanation_shows_rates_above_and_deltas_below():
    told = ns.explain(worked_example(), [1, 1], [0, 1])
    above, below = ns.plot(told)
    written = [{text.get_text() for text in ax.texts} for ax in (above, below)]
    assert {number(value) for value in [*told.rates, *told.net.weights]} <= written[0]
    dendritic = ~told.net.structure.sensory
    assert {number(value) for value in [*told.deltas[dendritic], *told.weight_gradients]} <= written[1]
    titles = [ax.figure.get_suptitle() for ax in (above, below)]
    assert number(told.loss) in titles[0]
    assert number(told.new_loss) in titles[1]


def test_an_explanation_without_a_target_is_one_picture():
    _, ax = plt.subplots()
    assert ns.plot(ns.explain(worked_example(), [1, 1]), ax=ax) is ax


def test_every_step_of_an_explanation_has_a_picture_of_its_own():
    told = ns.explain(worked_example(), [1, 1], [0, 1])
    net, dendritic = told.net, ~told.net.structure.sensory
    outputs = told.rates[net.structure.outputs], told.targets
    shown = {
        "parameters": [f"\u03b8 {number(value)}" for value in net.thresholds[dendritic]],
        "forward": [number(value) for value in told.rates],
        "backward": [number(value) for value in [*told.deltas[dendritic], *told.weight_gradients]],
        "loss": [
            f"rate {number(y)}, target {number(t)}: dL/drate {number(y - t)}" for y, t in zip(*outputs, strict=True)
        ],
        "update": [
            f"{a:.4g} \u2192 {b:.4g}".replace("-", "\u2212") for a, b in zip(net.weights, told.new_weights, strict=True)
        ],
    }
    for step, texts in shown.items():
        ax = ns.plot(told, step=step)
        assert set(texts) <= {text.get_text() for text in ax.texts}


def test_the_bars_of_an_update_are_the_changes():
    told = ns.explain(worked_example(), [1, 1], [0, 1], learning_rate=0.1)
    changes = np.concatenate([told.new_weights, told.new_thresholds[2:]])
    changes -= np.concatenate([told.net.weights, told.net.thresholds[2:]])
    ax = ns.plot(told, step="update")
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], changes)
    g = ns.gradients(told.net, [1, 1], [0, 1], loss="mse")
    np.testing.assert_allclose(changes, -0.1 * np.concatenate([g.weights, g.thresholds[2:]]))


def test_a_large_update_shows_its_largest_changes():
    net = ns.Network.from_arrays([*range(30)], [30] * 30, np.ones(30), modes="linear")
    ax = ns.plot(ns.explain(net, np.arange(30.0), [0.0]), step="update")
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert len(names) == 24
    assert names[-1] == "29 \u2192 30"
    assert "24 largest of 31" in ax.get_title(loc="left")


def test_steps_that_cannot_be_drawn():
    told = ns.explain(worked_example(), [1, 1])
    with complains(ns.OptionError, "'loss'", "target"):
        ns.plot(told, step="loss")
    with complains(ns.UnknownNameError, "backwards", "backward"):
        ns.plot(told, step="backwards")


def test_the_bars_of_a_neuron_lead_from_its_terms_to_its_drive():
    net = ns.Network.from_arrays([*range(30)], [30] * 30, np.linspace(-1, 1, 30), thresholds=[0] * 30 + [0.5])
    part = ns.explain(net, np.arange(30.0), neuron=30)
    ax = ns.plot(part)
    bars = ax.patches
    assert len(bars) == 12 + 1 + 2  # the largest terms, the others together, threshold and drive
    assert sum(bar.get_width() for bar in bars[:-1]) == pytest.approx(part.drive)
    assert bars[-1].get_width() == pytest.approx(part.drive)
    assert "running sum" in ax.get_xlabel()
    for bar in bars[:-1]:
        assert to_hex(bar.get_facecolor()) == (INHIBITORY if bar.get_width() < 0 else EXCITATORY)
    ax.get_figure().canvas.draw()
    frame = ax.get_window_extent()
    assert all(frame.x0 < text.get_window_extent().x0 < text.get_window_extent().x1 < frame.x1 for text in ax.texts)
    assert "18 others" in [tick.get_text() for tick in ax.get_yticklabels()]
    with pytest.raises(ns.OptionError, match="no dendrites"):
        ns.plot(
            ns.explain(ns.Network.from_arrays([0], [1], [1.0], size=3, modes=[None, None, "linear"]), [1.0], neuron=2)
        )


def test_the_bars_of_a_neuron_with_one_input_leave_a_margin():
    ax = ns.plot(ns.explain(ns.Network.from_arrays([0], [1], [2.0], modes="linear"), [1.0], neuron=1))
    left, right = ax.get_xlim()
    assert left < 0 < 2 < right


def layers(*sizes, mode="tanh", seed=0):
    """Fully wired layers of neurons that belong to no region."""
    starts = np.cumsum([0, *sizes])
    arcs = [
        (a, b)
        for k in range(len(sizes) - 1)
        for a in range(starts[k], starts[k + 1])
        for b in range(starts[k + 1], starts[k + 2])
    ]
    pre, post = np.array(arcs).T
    weights = np.random.default_rng(seed).normal(size=len(arcs))
    modes = ["sensory"] * sizes[0] + [mode] * sum(sizes[1:])
    return ns.Network.from_arrays(pre, post, weights, modes=modes)


def test_nineteen_weights_and_their_gradients_are_all_written():
    told = ns.explain(layers(3, 3, 2, 2), [1, 0.5, -1], [0, 1])
    for ax, values in zip(ns.plot(told), (told.net.weights, told.weight_gradients), strict=True):
        assert {number(value) for value in values} <= {text.get_text() for text in ax.texts}
        assert overlapping(ax) == []
        assert not any("no room" in text.get_text() for text in ax.texts)


def test_what_finds_no_room_is_said_to_be_missing():
    for ax, place in zip(
        ns.plot(ns.explain(layers(2, 20, 1), [1, 0.5], [1])), ("net.weights", "weight_gradients"), strict=True
    ):
        assert any("no room" in text.get_text() and place in text.get_text() for text in ax.texts)
    written = [text.get_text() for text in ns.plot(random_graph()).texts]
    weights = {number(weight) for weight in random_graph().weights}
    assert any("no room" in text for text in written) == (not weights <= set(written))


def test_inputs_have_no_delta_and_all_deltas_are_on_a_scale_around_zero():
    net = ns.Network.from_arrays([0, 1], [1, 2], [100.0, 0.5], names=["x", "h", "y"], modes="linear")
    told = ns.explain(net, [1.0], [0.0])
    assert (told.deltas[1:] > 0).all()
    below = ns.plot(told)[1]
    colours = [to_hex(colour) for colour in collection(below, "neurons").get_facecolors()]
    assert colours[0] == UNKNOWN_RATE
    assert number(told.passed_back[0]) not in {text.get_text() for text in below.texts}
    most = told.deltas[1:].max()
    signed, norm = signed_scale([-most, most])
    assert colours[1:] == [to_hex(signed(norm(delta))) for delta in told.deltas[1:]]


def test_the_perceptron_rule_shows_its_mistakes():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0])
    run = ns.local_rules.perceptron(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], rng=0)
    ax = ns.plot(run)
    assert ax.lines[0].get_ydata().tolist() == run.mistakes[:, 0].tolist()
    assert f"{run.epochs} epochs, the last without a mistake" in ax.get_title(loc="left")
    assert "Novikoff" in ax.get_legend().get_texts()[0].get_text()
    with pytest.raises(ns.DataError, match="no epochs"):
        ns.plot(ns.local_rules.PerceptronRun([2], np.empty((0, 1), dtype=int), np.array([1.0]), converged=False))


def test_every_history_of_a_local_rule_can_be_drawn():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.1, 0.2], modes="linear")
    history = ns.local_rules.oja(net, [[1.0, 2.0], [0.5, 1.0]], epochs=3)
    assert [ax.get_ylabel() for ax in ns.plot(history)] == ["change"]


# --- For all -------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [xor(), NEURONS[0], ns.ConfusionMatrix(np.eye(3, dtype=int), ("a", "b", "c"))])
def test_given_axes_are_used_and_nothing_is_shown(thing, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("show() was called"))
    _, ax = plt.subplots()
    assert ns.plot(thing, ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ns.plot([1, 2, 3]), ("list", "ns.plot(net, activity=")),
        (lambda: ns.plot(xor(), mots=3), ("'mots'", "Did you mean 'most'?")),
        (lambda: ns.plot(xor(), most=0), ("most", "0")),
        (lambda: ns.plot(xor(), rates=[1, 2]), ("5", "rates")),
        (lambda: ns.plot(xor(), activity=[[1, 2]]), ("(samples, 5)", "(1, 2)", "ns.activity(net, X)")),
        (lambda: ns.plot(xor(), activity=[[1, 2, 3, 4, np.nan]]), ("finite",)),
        (lambda: ns.plot(xor(), ax=3), ("ax", "int", "plt.subplots()")),
        (lambda: ns.plot(history(0)), ("no epochs",)),
    ],
)
def test_what_cannot_be_drawn(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert plt.get_fignums() == []


def test_nothing_draws_until_something_is_drawn():
    code = "import sys, neurosim, neurosim.plotting.plot; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
