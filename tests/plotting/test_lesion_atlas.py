"""The pictures of a lesion atlas show its figures."""

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.plotting.lesion_atlas import MOST_ROWS
from neurosim.plotting.style import SMALL, readable_on, signed_scale


def brain(regions=("A", "B")):
    """Each region is heard by an output of its own; the first, a little, by that of the second."""
    B = nx.DiGraph()
    B.add_node("eye", size=4)
    for i, region in enumerate(regions):
        hand = f"hand {region}"
        B.add_node(region, size=4, mode="linear")
        B.add_node(hand, size=4, mode="linear", output=True)
        B.add_edge("eye", region, wiring=ns.wiring.one_to_one(), weight=1.0)
        for heard in regions[: i + 1]:
            weight = 1.0 if heard == region else 0.25
            B.add_edge(heard, hand, wiring=ns.wiring.one_to_one(), weight=weight)
    return ns.Network.from_regions(B, rng=0)


def atlas_of(net, names=("A", "B"), **settings):
    X = np.random.default_rng(0).normal(size=(30, 4))
    tasks = [
        ns.Task(name, X, ns.respond(net, X)[:, 4 * i : 4 * i + 4], f"hand {name}", loss="mse")
        for i, name in enumerate(names)
    ]
    return ns.lesion_atlas(net, tasks, **settings)


@pytest.fixture(scope="module")
def atlas():
    return atlas_of(brain())


def numbers(ax):
    """What stands in the cells, row by row."""
    return [text.get_text() for text in ax.texts]


def test_a_map_has_the_deficit_in_every_cell(atlas):
    ax = ns.plot(atlas, kind="regions")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["without eye", "without A", "without B"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A", "B"]
    np.testing.assert_array_equal(ax.images[0].get_array(), atlas.deficit[:3])
    assert numbers(ax) == [f"{100 * each:.0f} %" for each in atlas.deficit[:3].ravel()]


def test_a_map_of_pairs_has_their_interactions(atlas):
    ax = ns.plot(atlas, kind="interactions")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["eye + A", "eye + B", "A + B"]
    np.testing.assert_allclose(ax.images[0].get_array(), atlas.interaction / (atlas.chance - atlas.intact))
    assert "-" not in "".join(numbers(ax))  # a true minus sign


def test_of_many_pairs_the_largest_interactions_are_drawn():
    names = tuple("ABCDEFG")
    atlas = atlas_of(brain(names), names, neurons=[])
    shares = atlas.interaction / (atlas.chance - atlas.intact)
    ax = ns.plot(atlas, kind="interactions")
    drawn = np.asarray(ax.images[0].get_array())
    assert len(drawn) == MOST_ROWS < len(shares)
    assert np.abs(drawn).max(axis=1).min() == np.sort(np.abs(shares).max(axis=1))[-MOST_ROWS]
    assert f"the {MOST_ROWS} largest of {len(shares)}" in ax.get_title(loc="left")


def test_every_neuron_is_a_dot_in_the_row_of_its_region(atlas):
    ax = ns.plot(atlas, kind="neurons")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["eye", "A", "B"]
    regions = ["eye", "A", "B"]
    for j, dots in enumerate(ax.collections):
        across, heights = np.asarray(dots.get_offsets()).T
        np.testing.assert_allclose(across, atlas.deficit[3:15, j])
        rows = [regions.index(name.partition("[")[0]) for name in atlas.neurons]
        assert (np.round(heights) == rows).all()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A", "B"]


def test_without_a_way_to_chance_losses_are_drawn():
    net = brain()
    X = np.zeros((5, 4))
    atlas = ns.lesion_atlas(net, ns.Task("rest", X, np.zeros((5, 4)), "hand A", loss="mse"))
    assert "rise of the loss" in ns.plot(atlas, kind="regions").get_title(loc="left")
    assert ns.plot(atlas, kind="neurons").get_xlabel() == "rise of the loss without the neuron"
    assert numbers(ns.plot(atlas, kind="regions")) == ["0"] * 3


def test_neurons_without_a_region_have_a_row():
    net = ns.Network.from_arrays([0, 1], [1, 2], 1.0, modes=[None, "linear", "linear"], regions=[None, None, "hand"])
    atlas = ns.lesion_atlas(net, ns.Task("copy", [[1.0], [2.0]], [1.0, 2.0], "hand", loss="mse"))
    ax = ns.plot(atlas)  # there is nothing else to draw
    assert [label.get_text() for label in ax.get_yticklabels()] == ["(no region)"]


def test_the_whole_is_eight_inches_wide_and_no_text_is_small(atlas):
    panels = ns.plot(atlas)
    figure = panels[0].figure.canvas.figure
    assert figure.get_figwidth() == 8
    assert len(panels) == 3
    figure.canvas.draw()
    for ax in panels:
        assert ax.get_xlabel()
        texts = [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label]
        assert min(text.get_fontsize() for text in texts) >= SMALL


def test_numbers_can_be_read_on_their_colours(atlas):
    ax = ns.plot(atlas, kind="regions")
    colours, _ = signed_scale([1.0])
    for text, value in zip(ax.texts, atlas.deficit[:3].ravel(), strict=True):
        assert text.get_color() == readable_on(colours((np.clip(value, -1, 1) + 1) / 2))


def test_axes_that_are_given_get_the_first_kind(atlas):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert ns.plot(atlas, ax=ax) is ax
    assert ax.images


def test_errors_teach(atlas):
    with pytest.raises(ns.UnknownNameError, match="'neurons'"):
        ns.plot(atlas, kind="neuron")
    with pytest.raises(ns.DataError, match="no pairs to draw"):
        ns.plot(atlas_of(brain(), pairs=None), kind="interactions")
    found = atlas.double_dissociations(["eye", "A"], resamples=99, rng=0)
    assert len(found) == 0
    with pytest.raises(ns.DataError, match="none crosses"):
        ns.plot(found)


def test_a_double_dissociation_is_a_crossing(atlas):
    found = atlas.double_dissociations(["A", "B"], resamples=199, rng=0)
    ax = ns.plot(found)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A", "B"]
    for i, container in enumerate(ax.containers):
        line, _, (bars,) = container.lines
        np.testing.assert_allclose(line.get_ydata(), found[0].deficit[i])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        np.testing.assert_allclose(ends, np.column_stack([found[0].low[i], found[0].high[i]]))


def test_several_double_dissociations_have_a_panel_each():
    names = ("A", "B", "C")
    found = atlas_of(brain(names), names, neurons=[]).double_dissociations(spare=1, resamples=999, rng=0)
    assert len(found) > 2
    assert len(ns.plot(found)) == min(len(found), 6)
    assert len(ns.plot(found, most=2)) == 2
