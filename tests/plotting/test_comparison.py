"""The picture of a comparison shows the figures in its table."""

import networkx as nx
import numpy as np
import pytest
from matplotlib.colors import to_hex

import neurosim as ns
from neurosim.plotting.style import MODE_COLOURS, SMALL
from tests.anatomy.helpers import complains


def brain(inputs=2):
    regions = nx.DiGraph()
    regions.add_node("x", size=inputs)
    regions.add_node("hidden", size=5, mode="relu")
    regions.add_node("y", size=1, mode="sigmoid")
    nx.add_path(regions, ["x", "hidden", "y"])
    return ns.Network.from_regions(regions, rng=0)


def compared(modes=("binary", "relu"), inputs=2, **settings):
    X, labels = ns.datasets.xor(5, noise=0.1, rng=0)
    X = np.hstack([X, X])[:, :inputs]
    settings = {"epochs": 3, "seeds": 3, "repeats": 2, "rng": 0} | settings
    return ns.compare(brain(inputs), X, labels, modes, **settings)


@pytest.fixture(scope="module")
def found():
    return compared()


@pytest.mark.parametrize("measure", ["accuracy", "steps", "no_gradient", "information", "entropy", "rate"])
def test_dots_stand_at_the_means_and_bars_at_the_intervals(found, measure):
    ax = ns.plot(found, measures=measure)
    for place, (name, container) in enumerate(zip(found.brains, ax.containers, strict=True)):
        dot, _, (bar,) = container.lines
        estimate = found[measure][name]
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (estimate.mean, place)
        low, high = bar.get_segments()[0][:, 0]
        least = -np.inf if measure in ("information", "entropy") else 0
        most = 1 if measure in ("accuracy", "no_gradient") else np.inf
        assert (low, high) == pytest.approx((max(estimate.low, least), min(estimate.high, most)))
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found.brains)


@pytest.mark.parametrize("measure", ["input_noise", "weight_noise", "lesions"])
def test_curves_go_through_the_means_at_the_levels(found, measure):
    ax = ns.plot(found, measures=measure)
    for line, name in zip(ax.lines, found.brains, strict=True):
        assert line.get_label() == name
        assert line.get_xdata().tolist() == list(found.levels[measure])
        assert line.get_ydata().tolist() == [each.mean for each in found.curves[measure][name]]
        assert (line.get_linestyle() == "--") == name.endswith("hardened")
    for band in ax.collections:
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() >= 0
        assert heights.max() <= 1


def test_modes_have_their_colours_and_hardened_ones_are_hollow(found):
    lines = ns.plot(found, measures="lesions").lines
    wanted = [MODE_COLOURS["binary"], MODE_COLOURS["relu"], MODE_COLOURS["relu"]]
    assert [to_hex(line.get_color()) for line in lines] == wanted
    assert [line.get_markerfacecolor() == "white" for line in lines] == [False, False, True]


def test_two_modes_of_one_name_and_white_ones_can_be_told_apart():
    modes = (ns.LeakyReLU(slope=0.1), ns.LeakyReLU(slope=0.5), "linear")
    lines = ns.plot(compared(modes, seeds=1), measures="lesions").lines[::2]
    colours = [to_hex(line.get_color()) for line in lines]
    assert len(set(colours)) == 3
    assert "#ffffff" not in colours


def test_the_whole_is_eight_inches_wide_with_every_axis_labelled(found):
    panels = ns.plot(found)
    figure = panels[0].figure.canvas.figure
    assert figure.get_figwidth() == 8
    assert len(panels) == 9 + 3
    assert all(ax.get_xlabel() for ax in panels)
    figure.draw_without_rendering()
    assert min(text.get_fontsize() for text in figure.findobj(lambda it: hasattr(it, "get_fontsize"))) >= SMALL


def test_maps_are_drawn_for_two_inputs_only(found):
    maps = ns.plot(found, measures=[])
    assert [ax.get_title() for ax in maps] == list(found.brains)
    net = found.networks["relu, hardened"][0]
    drawn = np.asarray(maps[2].images[0].get_array())
    x0, x1, y0, y1 = maps[2].images[0].get_extent()
    assert drawn[0, 0] == pytest.approx(ns.respond(net, [x0, y0])[0])
    assert drawn[-1, -1] == pytest.approx(ns.respond(net, [x1, y1])[0])
    assert len(ns.plot(found, measures=["rate"], maps=False)) == 1
    three = compared(inputs=3)
    assert len(ns.plot(three)) == 9
    with complains(ns.OptionError, "two inputs", "3"):
        ns.plot(three, maps=True)
    with complains(ns.OptionError, "nothing to draw"):
        ns.plot(three, measures=[])


def test_brains_that_never_got_there_are_counted():
    found = compared(("relu",), criterion=1.0, optimizer=ns.SGD(1e-9))
    said = [text.get_text() for text in ns.plot(found, measures="steps").texts]
    assert said == ["3 never"] * 2


def test_it_draws_where_it_is_told(found):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert ns.plot(found, ax) is ax
    assert ax.get_title(loc="left") == "accuracy"
    assert ns.plot(found, ax, measures="lesions") is ax


def test_one_seed_is_drawn_without_intervals():
    found = compared(("relu",), seeds=1)
    dots = ns.plot(found, measures="accuracy").containers
    assert all(not container.has_xerr for container in dots)
    assert not ns.plot(found, measures="lesions").collections


def test_unknown_measures_are_told(found):
    with complains(ns.UnknownNameError, "lesion'", "Did you mean 'lesions'?"):
        ns.plot(found, measures="lesion")
    with complains(ns.UnknownNameError, "stepps", "Did you mean 'steps'?"):
        ns.plot(found, measures=["accuracy", "stepps"])
    with complains(ns.UnknownNameError, "measure", "measures"):
        ns.plot(found, measure="steps")
