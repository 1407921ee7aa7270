"""Pictures of recordings show the recorded numbers, and say what they leave out."""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.plotting import raster as raster_room

RNG = np.random.default_rng(0)


def network(sizes, mode="binary"):
    graph = nx.DiGraph()
    graph.add_node("retina", size=5, mode="sensory")
    for name, size in sizes.items():
        graph.add_node(name, size=size, mode=mode)
        graph.add_edge("retina", name)
        graph.add_edge(name, name, delay=1)
    return ns.Network.from_regions(graph, rng=0)


def impulses(*shape):
    return (RNG.random(shape) < 0.4).astype(float)


@pytest.fixture(scope="module")
def spiking():
    return ns.simulate(network({"V1": 4, "V2": 3}), impulses(30, 5), drives=True)


@pytest.fixture(scope="module")
def trials():
    return ns.simulate(network({"V1": 4, "V2": 30}, "sigmoid"), RNG.random((3, 25, 5)))


@pytest.fixture(scope="module")
def reflex():
    net = ns.Network.from_arrays([0], [1], [1.5], delay=2, thresholds=[0, 1], names=["skin", "cell"])
    return ns.simulate(net, {"skin": [1, 0, 1]}, ticks=6, drives=True)


def title(drawing):
    return np.ravel(drawing)[0].get_title(loc="left")


def marks(raster):
    """Of each row, named on the axis: the ticks with a mark."""
    rows = dict(zip(raster.get_yticks(), (label.get_text() for label in raster.get_yticklabels()), strict=True))
    found = {place: [] for place in rows}
    for lines in raster.collections:
        for (x, bottom), (other, top) in lines.get_segments():
            if x == other:
                found[(bottom + top) / 2].append(x)
    return list(rows.values()), list(found.values())


# --- Raster --------------------------------------------------------------------------------------


def test_marks_are_impulses(spiking):
    raster, _ = ns.plot(spiking, kind="raster")
    labels, times = marks(raster)
    assert labels == [f"[{i}]" for size in (5, 4, 3) for i in range(size)]
    for name, ticks in zip(spiking.names[5:], times[5:], strict=True):
        assert ticks == spiking.spike_times(name).tolist()
    assert [sorted(ticks) for ticks in times[:5]] == [
        np.flatnonzero(spiking[f"retina[{i}]"]).tolist() for i in range(5)
    ]
    assert title(raster) == "Impulses of 12 neurons"


def test_regions_are_named_in_their_colours_and_their_rates_are_below(spiking):
    raster, population = ns.plot(spiking, kind="raster")
    assert [text.get_text() for text in raster.texts] == ["retina (5)", "V1 (4)", "V2 (3)"]
    assert [text.get_color() for text in raster.texts] == [line.get_color() for line in population.lines]
    for line, region in zip(population.lines, spiking.regions, strict=True):
        assert line.get_label() == region
        np.testing.assert_allclose(line.get_ydata()[:-1], spiking.population_rate(region))
        np.testing.assert_allclose(line.get_xdata(), np.arange(31) - 0.5)
    assert population.get_xlabel() == "tick"
    assert raster.get_xlim() == population.get_xlim() == (-0.5, 29.5)


def test_a_raster_of_one_trial_says_which():
    rec = ns.simulate(network({"V1": 2}), impulses(3, 12, 5), record="V1")
    raster, population = ns.plot(rec, trial=1)
    assert title(raster) == "Impulses of 2 neurons; trial 1 of 3"
    assert marks(raster)[1] == [times.tolist() for times in (rec.spike_times("V1[0]")[1], rec.spike_times("V1[1]")[1])]
    np.testing.assert_allclose(population.lines[0].get_ydata()[:-1], rec.population_rate("V1")[1])
    assert title(ns.plot(rec)).endswith("trial 0 of 3")


def test_missing_ticks_are_told():
    rec = ns.simulate(network({"V1": 2}), impulses(100, 5), record="V1", every=5, last=4)
    raster, _ = ns.plot(rec)
    assert title(raster) == "Impulses of 2 neurons; 1 tick in 5 was recorded; only the last 4 rows"
    assert raster.get_xlim() == (77.5, 97.5)
    assert {tick for ticks in marks(raster)[1] for tick in ticks} <= {80, 85, 90, 95}


def test_graded_neurons_are_left_out_of_a_raster_unless_a_line_is_drawn():
    net = ns.Network.from_arrays(
        [0, 0], [1, 2], [1.0, 1.0], modes=["sensory", "binary", "relu"], thresholds=[0, 1, 0], names=["in", "b", "r"]
    )
    rec = ns.simulate(net, {"in": [0.5, 1, 2]})
    raster, _ = ns.plot(rec, kind="raster")
    assert title(raster) == "Impulses of 1 neuron\n2 graded neurons left out (above=0.5 shows rates over 0.5)"
    assert marks(raster) == (["b"], [[1, 2]])
    raster, _ = ns.plot(rec, above=1.5)
    assert marks(raster) == (["in", "b", "r"], [[2], [], [2]])
    assert title(raster) == "Impulses (rates above 1.5) of 3 neurons"


def test_many_impulses_are_counted_in_cells(monkeypatch):
    rec = ns.simulate(network({"V1": 90, "V2": 6}), impulses(40, 5), record=["V1", "V2"])
    monkeypatch.setattr(raster_room, "MOST_MARKS", 100)
    monkeypatch.setattr(raster_room, "COLUMNS", 10)
    monkeypatch.setattr(raster_room, "ROWS", 20)
    raster, _ = ns.plot(rec)
    for mesh, region in zip(raster.collections, ["V1", "V2"], strict=True):
        counted = mesh.get_array()
        size = rec[region].shape[1]
        down = np.add.reduceat(rec[region], np.arange(0, size, -(-size // counted.shape[0])), axis=1)
        assert counted.shape[1] == 10
        assert counted.sum() > 0
        if size % counted.shape[0] == 0:
            np.testing.assert_allclose(counted, down.reshape(10, 4, -1).sum(axis=1).T / (4 * size / counted.shape[0]))
    assert "neurons \N{MULTIPLICATION SIGN} 4 ticks; white is silence, the full colour a rate of" in title(raster)


def test_ten_million_cells_are_one_picture():
    """10,000 neurons x 1,000 ticks; how long it takes is not held by tests."""
    net = ns.Network.from_arrays([0], [1], [1.0], modes=["sensory"] + ["binary"] * 9_999, names=range(10_000))
    rec = ns.simulate(net, ticks=1000)
    raster, _ = ns.plot(rec)
    (mesh,) = raster.collections
    assert mesh.get_array().size <= 500 * 300
    raster.figure.canvas.draw()


def test_silence_is_at_the_foot_of_the_picture():
    raster, population = ns.plot(ns.simulate(network({"V1": 3}), ticks=5, record="retina"), kind="raster")
    assert sum(map(len, marks(raster)[1])) == 0
    low, high = population.get_ylim()
    assert -0.01 < low < 0 < high


def test_more_regions_than_colours_share_ink():
    rec = ns.simulate(network({f"V{i}": 2 for i in range(7)}), impulses(10, 5))
    raster, population = ns.plot(rec)
    assert len({text.get_color() for text in raster.texts}) == 1
    assert [line.get_label() for line in population.lines] == ["all"]
    np.testing.assert_allclose(population.lines[0].get_ydata()[:-1], rec.population_rate())


# --- Regions -------------------------------------------------------------------------------------


def test_regions_are_means_over_trials_in_a_band(trials):
    ax = ns.plot(trials)
    assert title(ax) == "Mean rate by region; mean of 3 trials, in a band of one standard deviation"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["retina (5)", "V1 (4)", "V2 (30)"]
    for line, band, region in zip(ax.lines, ax.collections, trials.regions, strict=True):
        rate = trials.population_rate(region)
        np.testing.assert_allclose(line.get_ydata()[:-1], rate.mean(axis=0))
        edges = band.get_paths()[0].vertices
        low, high = rate.mean(axis=0) - rate.std(axis=0), rate.mean(axis=0) + rate.std(axis=0)
        assert edges[:, 1].min() == pytest.approx(low.min())
        assert edges[:, 1].max() == pytest.approx(high.max())


def test_chosen_regions_of_a_chosen_trial(trials):
    ax = ns.plot(trials, regions=["V2"], trial=2)
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_ydata()[:-1], trials.population_rate("V2")[2])
    assert title(ax) == "Mean rate by region; trial 2 of 3"
    assert not ax.collections


def test_many_regions_are_strips():
    rec = ns.simulate(network({f"V{i}": 2 for i in range(7)}, "sigmoid"), RNG.random((10, 5)))
    ax = ns.plot(rec)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["retina (5)", *(f"V{i} (2)" for i in range(7))]
    np.testing.assert_allclose(ax.collections[0].get_array(), [rec.population_rate(name) for name in rec.regions])


def test_names_are_written_letter_by_letter():
    rec = ns.simulate(network({"_x$_1$": 12}, "sigmoid"), RNG.random((4, 5)))
    ax = ns.plot(rec)
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["retina (5)", " _x$_1$ (12)"]


# --- Traces --------------------------------------------------------------------------------------


def test_traces_show_input_threshold_and_rate(reflex):
    skin, summed, rate = ns.plot(reflex)
    assert skin.lines[0].get_ydata().tolist() == [1, 0, 1, 0, 0, 0, 0]
    inputs, threshold = summed.lines
    assert inputs.get_ydata().tolist() == [0, 0, 1.5, 0, 1.5, 0]
    assert threshold.get_ydata() == [1, 1]
    assert rate.lines[0].get_ydata()[:-1].tolist() == reflex["cell"].tolist()
    assert ((inputs.get_ydata() >= 1) == (reflex["cell"] == 1)).all()
    assert [text.get_text() for text in summed.get_legend().get_texts()] == ["summed input", "threshold"]
    assert skin.texts[0].get_text() == "Input, threshold and rate of 2 neurons"
    assert title(summed) == "cell, threshold 1"
    assert rate.get_xlabel() == "tick"


def test_without_drives_there_are_rates_and_a_hint():
    rec = ns.simulate(network({"V1": 8}), impulses(10, 5))
    panels = ns.plot(rec, kind="traces")
    assert [title(panel) for panel in panels] == [f"V1[{i}]" for i in range(5)]
    assert panels[0].texts[0].get_text() == (
        "Rates of 5 of 13 neurons; simulate with drives=True to see inputs and thresholds"
    )


def test_the_threshold_is_that_of_the_run(reflex):
    net = ns.Network.from_arrays([0], [1], [1.0], thresholds=[0, 1], names=["in", "cell"])
    rec = ns.simulate(net, [[1.0]], drives=True)
    net["cell"].threshold = 5
    summed, _ = ns.plot(rec, neurons="cell")
    assert summed.lines[1].get_ydata() == [1, 1]


# --- Phase ---------------------------------------------------------------------------------------


def test_phase_is_one_rate_against_another(trials):
    ax = ns.plot(trials, x="V1[0]", y="V2", trial=1)
    points = ax.collections[1].get_offsets()
    np.testing.assert_allclose(points[:, 0], trials["V1[0]"][1])
    np.testing.assert_allclose(points[:, 1], trials.population_rate("V2")[1])
    start, end = ax.lines
    assert (start.get_xdata()[0], end.get_xdata()[0]) == (trials["V1[0]"][1, 0], trials["V1[0]"][1, -1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["start, tick 0", "end, tick 24"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate of V1[0]", "mean rate of V2 (30 neurons)")
    assert title(ax) == "V2 against V1[0]; trial 1 of 3"
    assert [axes.get_ylabel() for axes in ax.figure.axes[1:]] == ["tick"]


def test_two_neurons_need_not_be_named(reflex):
    assert ns.plot(reflex, kind="phase").get_ylabel() == "rate of cell"


# --- Which, where, and what goes wrong -----------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "size", "drives", "kind"),
    [
        ("binary", 1, False, "Impulses"),
        ("binary", 1, True, "Input"),
        ("binary", 30, True, "Impulses"),
        ("sigmoid", 5, False, "Rates"),
        ("sigmoid", 6, True, "Mean rate"),
    ],
)
def test_what_is_drawn_unless_said(mode, size, drives, kind):
    rec = ns.simulate(network({"V1": size}, mode), impulses(8, 5), record="V1", drives=drives)
    first = np.ravel(ns.plot(rec))[0]
    assert (first.texts[0].get_text() if kind in ("Input", "Rates") else title(first)).startswith(kind)


@pytest.mark.parametrize("kind", ["raster", "regions", "traces", "phase"])
def test_it_draws_within_given_axes_and_changes_nothing(kind, reflex):
    figure, (ax, other) = plt.subplots(1, 2, layout="constrained")
    before = reflex.rates.copy()
    for drawn in np.ravel(ns.plot(reflex, ax, kind=kind)):
        assert drawn.figure is figure
    figure.canvas.draw()
    assert not other.has_data()
    assert plt.get_fignums() == [figure.number]
    assert (reflex.rates == before).all()


ERRORS = [
    (
        {"kind": "rastr"},
        "There is no kind of picture of a Recording called 'rastr'. Did you mean 'raster'? "
        "There are: 'raster', 'regions', 'traces', 'phase'.",
    ),
    (
        {"kind": "raster", "trail": 1},
        "There is no option of ns.plot for a Recording with kind='raster' called 'trail'. Did you mean 'trial'? "
        "There are: 'kind', 'trial', 'above'.",
    ),
    ({"trial": 3}, "There is no trial 3: this recording has 3 trials. Choose from 0 to 2."),
    ({"trial": -1}, "The setting trial must be a whole number from 0 up (got -1)."),
    ({"above": "half"}, "The setting above must be a finite number (got 'half')."),
    ({"neurons": ["V1"]}, "'V1' is a region; name its neurons, as in neurons=['V1[0]']."),
    ({"neurons": []}, "neurons must name from 1 to 12 neurons; got 0. For more take kind='raster' or 'regions'."),
    ({"regions": ["V3"]}, "There is no region 'V3'. There are: 'retina', 'V1', 'V2'."),
    ({"regions": []}, "regions=[] leaves nothing to draw. Name some of: 'retina', 'V1', 'V2'."),
    (
        {"kind": "raster"},
        "A raster shows impulses, and the recorded neurons ('retina[0]', 'retina[1]', 'retina[2]', ... (39 in all)) "
        "are graded. Say which rates count as one, as in above=0.5, or take kind='regions' or 'traces'.",
    ),
    (
        {"x": "V1"},
        "A phase picture shows one rate against another: say y, as in x='a', y='b'. Each is one of these neurons or "
        "regions: 'retina', 'V1', 'V2', 'retina[0]', 'retina[1]', 'retina[2]', 'retina[3]', 'retina[4]', 'V1[0]', "
        "'V1[1]', ... (42 in all).",
    ),
]


@pytest.mark.parametrize(("options", "message"), ERRORS, ids=lambda x: " ".join(x) if isinstance(x, dict) else "")
def test_errors(options, message, trials):
    with pytest.raises(ns.NeurosimError) as caught:
        ns.plot(trials, **options)
    assert str(caught.value) == message
    assert plt.get_fignums() == []


def test_nothing_to_draw(reflex):
    empty = ns.simulate(reflex.net, ticks=3, record=None)
    for options in ({}, {"kind": "raster"}, {"kind": "phase"}, {"regions": ["V1"]}, {"neurons": ["cell"]}):
        with pytest.raises(ns.DataError, match="Nothing was recorded, so there is nothing to draw"):
            ns.plot(empty, **options)


def test_no_trials_and_not_recorded(reflex):
    with pytest.raises(ns.OptionError, match="This recording has no trials, so there is none to choose"):
        ns.plot(reflex, trial=0)
    rec = ns.simulate(network({"V1": 2}), impulses(4, 5), record="V1")
    with pytest.raises(ns.DataError, match="Region 'retina' was not recorded; these were: 'V1'"):
        ns.plot(rec, regions=["retina"])
    with pytest.raises(ns.NotRecordedError, match=r"Neuron 'retina\[0\]' exists but was not recorded"):
        ns.plot(rec, neurons=["retina[0]"])
