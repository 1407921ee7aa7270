"""Pictures of blood flow show the numbers that they are given."""

import dataclasses

import networkx as nx
import numpy as np
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import neurosim as ns
from neurosim.plotting.style import INK, SMALL, UNKNOWN_RATE
from tests.anatomy.helpers import complains

DESIGN = [(20, 40, "faces"), (60, 80, "houses"), (100, 120, "faces"), (140, 160, "houses")]


def brain():
    return ns.Network.from_arrays(
        [0, 1, 0, 0],
        [2, 3, 4, 4],
        [2.0, 0.5, 0.0, 0.0],
        branch=[0, 0, 0, 1],
        modes="relu",
        regions=["eye", "eye", "FFA", "PPA", "mute"],
    )


def flow_of(noise=0.2, trials=False):
    shown = np.zeros((180, 2))
    for start, stop, task in DESIGN:
        shown[start:stop, ["faces", "houses"].index(task)] = 1
    return ns.blood_flow(ns.simulate(brain(), np.stack([shown, 2 * shown]) if trials else shown), noise=noise, rng=0)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def dense(line):
    """Many points along a broken line."""
    at = np.linspace(0, len(line) - 1, 40 * len(line))
    return np.column_stack([np.interp(at, range(len(line)), values) for values in line.T])


def smallest(figure):
    figure.canvas.draw()
    import matplotlib.text

    found = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip() and text.get_visible()]
    return min(text.get_fontsize() for text in found)


def test_the_response_is_drawn_as_it_is():
    response = ns.HaemodynamicResponse(delay=4.0, length=20.0)
    line = ns.plot(response).lines[-1]
    np.testing.assert_allclose(line.get_ydata(), response(line.get_xdata()))
    assert line.get_xdata()[-1] == 20.0


def test_flow_over_time_with_blocks_shaded():
    flow = flow_of()
    panels = ns.plot(flow, design=DESIGN)
    assert [panel.get_title(loc="left") for panel in panels] == list(flow.regions)
    for panel, values in zip(panels, flow.values, strict=True):
        np.testing.assert_array_equal(panel.lines[0].get_ydata(), values)
        np.testing.assert_array_equal(panel.lines[0].get_xdata(), flow.times)
        spans = [(patch.get_x(), patch.get_x() + patch.get_width(), patch.get_label()) for patch in panel.patches]
        assert spans == DESIGN
    key = [text.get_text() for text in panels[0].get_legend().get_texts()]
    assert key == ["faces", "houses"]
    assert smallest(panels[0].figure) >= SMALL


def test_ticks_are_seconds_when_they_last_longer():
    flow = ns.blood_flow(ns.simulate(brain(), np.ones((60, 2))), seconds_per_tick=0.5, regions=["FFA"])
    panel = ns.plot(flow, design=[(10, 20, "look")])[0]
    assert panel.get_xlim() == (0, 30)
    assert (panel.patches[0].get_x(), panel.patches[0].get_width()) == (5, 5)


def test_trials():
    flow = flow_of(trials=True)
    mean, second = ns.plot(flow, regions=["PPA"]), ns.plot(flow, regions="PPA", trial=1)
    np.testing.assert_array_equal(mean[0].lines[0].get_ydata(), flow["PPA"].mean(axis=0))
    np.testing.assert_array_equal(second[0].lines[0].get_ydata(), flow["PPA"][1])
    assert "mean of 2 trials" in mean[0].get_title(loc="left")


def test_what_tasks_add_is_drawn_with_intervals():
    model = flow_of().fit(DESIGN)
    ax = ns.plot(model)
    for place, container in enumerate(ax.containers):
        dots, _, (bars,) = container.lines
        np.testing.assert_array_equal(dots.get_xdata(), model.betas[place])
        widths = [segment[1, 0] - segment[0, 0] for segment in bars.get_segments()]
        np.testing.assert_allclose(widths, 2 * model.half_widths[place])
    assert [label.get_text() for label in ax.get_yticklabels()] == list(model.flow.regions)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["faces", "houses"]


def test_bars_of_a_contrast():
    found = flow_of().contrast(DESIGN, "faces", "houses")
    ax = ns.plot(found, kind="bars")
    for place, container in enumerate(ax.containers):
        dot, _, (bar,) = container.lines
        assert dot.get_xdata()[0] == found.difference[place]
        np.testing.assert_allclose(bar.get_segments()[0][:, 0], [found.low[place], found.high[place]])
        hollow = to_hex(dot.get_markerfacecolor()) == "#ffffff"
        assert hollow == (found.regions[place] not in found.significant)


def test_the_map_colours_regions_by_t_and_frames_the_significant():
    found = flow_of().contrast(DESIGN, "faces", "houses")
    ax = ns.plot(found)
    neurons = next(each for each in ax.collections if each.get_label() == "neurons")
    eye, _, ffa, ppa, _ = neurons.get_facecolors()
    assert ffa[0] > ffa[2]  # red: more with faces
    assert ppa[2] > ppa[0]  # blue: more with houses
    assert abs(eye[0] - eye[2]) < 0.3
    frames = {
        patch.get_linewidth()
        for patch in ax.patches
        if to_hex(patch.get_edgecolor()) == INK and patch.get_linewidth() > 1
    }
    assert frames == {2.4}
    thick = [patch for patch in ax.patches if patch.get_linewidth() == 2.4]
    assert len(thick) == len(found.significant) == 2
    assert any("faces \N{MINUS SIGN} houses" in text for text in texts(ax))
    assert any("corrected p < 0.05" in text for text in texts(ax))
    assert smallest(ax.figure) >= SMALL
    assert ax.figure.get_size_inches()[0] <= 8


def test_the_map_points_from_region_to_region():
    ax = ns.plot(flow_of().contrast(DESIGN, "faces"))
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == 3


def test_arrows_lead_around_other_regions_and_their_captions():
    """Some lead past a column of boxes, onwards or back, and one from box to box within a column."""
    edges = [("eye", "V1"), ("V1", "V4"), ("V1", "PPC"), ("V4", "IT"), ("eye", "IT"), ("eye", "PPC"), ("PPC", "IT")]
    regions = nx.DiGraph(edges)
    regions.add_edges_from([("IT", "PPC"), ("PPC", "V4"), ("IT", "V1")], delay=1)
    nx.set_node_attributes(regions, 8, "size")
    regions.nodes["IT"]["output"] = True
    net = ns.Network.from_regions(regions, mode="relu", rng=0)
    flow = ns.blood_flow(ns.simulate(net, np.random.default_rng(0).random((90, 8))), noise=0.1, rng=0)
    ax = ns.plot(flow.contrast([(20, 50, "look")], "look"))
    ax.figure.canvas.draw()
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    captions = [text for text in ax.texts if text.get_text() in net.regions or "neurons" in text.get_text()]
    assert (len(frames), len(captions)) == (5, 10)
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == len(edges) + 3
    for arrow in arrows:
        (line,) = arrow.get_transform().transform_path(arrow.get_path()).to_polygons(closed_only=False)[:1]
        for each in frames + captions:
            box = each.get_window_extent().padded(-1)
            assert not any(box.contains(x, y) for x, y in dense(line))


def test_a_region_that_was_not_tested_is_grey_and_an_exact_fit_has_the_end_of_the_scale():
    found = flow_of(noise=0.0).contrast(DESIGN, "faces", "houses")
    ax = ns.plot(found)
    neurons = next(each for each in ax.collections if each.get_label() == "neurons")
    assert to_hex(neurons.get_facecolors()[-1]) == UNKNOWN_RATE
    assert "not tested" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_options_are_checked():
    flow = flow_of()
    with complains(ns.UnknownNameError, "FFB", "FFA"):
        ns.plot(flow, regions=["FFB"])
    with complains(ns.OptionError, "no trials"):
        ns.plot(flow, trial=0)
    with complains(ns.OptionError, "no trial 2", "0 to 1"):
        ns.plot(flow_of(trials=True), trial=2)
    with complains(ns.OptionError, "from 1 to 12"):
        ns.plot(flow, regions=[])
    with complains(ns.UnknownNameError, "pie", "bars"):
        ns.plot(flow.contrast(DESIGN, "faces"), kind="pie")
    many = dataclasses.replace(flow, regions=tuple(f"r{i}" for i in range(20)), values=np.zeros((20, 90)))
    assert len(ns.plot(many)) == 12
