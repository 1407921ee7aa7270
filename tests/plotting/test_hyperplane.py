"""Pictures of hyperplanes: the line, the plane, the arrow and the samples are where they should be."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from matplotlib.colors import to_rgba
from matplotlib.patches import Polygon

import neurosim as ns
from neurosim.plotting.hyperplane import plane_in_box
from tests.anatomy.helpers import complains
from tests.strategies import SEEDS

LINE = ns.Neuron({"x": 2, "y": -1}, bias=1, name="h")
PLANE = ns.Neuron({"x": 2, "y": -1, "z": 3}, bias=1)


def labelled(ax, start):
    return next(line for line in ax.lines if str(line.get_label()).startswith(start))


def told(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_line_lies_where_the_drive_is_zero_and_the_shade_where_it_fires():
    ax = ns.plot(LINE, kind="hyperplane")
    for x, y in labelled(ax, "drive 0").get_xydata():
        assert LINE.drive(x=x, y=y) == pytest.approx(0, abs=1e-9)
    shades = {patch.get_label(): patch for patch in ax.patches if isinstance(patch, Polygon)}
    assert set(shades) == {"fires", "silent"}
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(*ax.get_xlim(), (40, 2)):
        where = "fires" if LINE.fire(x=x, y=y) else "silent"
        assert shades[where].get_path().contains_point((x, y))
    arrow = ax.collections[0]
    assert arrow.U * -1 == pytest.approx(arrow.V * 2)
    assert arrow.U > 0
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("h: 2 x \N{MINUS SIGN} y = \N{MINUS SIGN}1", "x", "y")
    assert any("0.447" in text for text in told(ax))


def test_samples_are_coloured_by_class_or_by_side():
    X, labels = [[0, 0], [0, 3], [1, 0]], [1, 0, 1]
    for options, names in (({"labels": labels}, ["class 0", "class 1"]), ({}, ["sample: silent", "sample: fires"])):
        ax = ns.plot(LINE, kind="hyperplane", points=X, **options)
        dots = {group.get_label(): np.asarray(group.get_offsets()).tolist() for group in ax.collections[1:]}
        assert dots == {names[0]: [[0, 3]], names[1]: [[0, 0], [1, 0]]}
        assert len({tuple(to_rgba(group.get_facecolor()[0])) for group in ax.collections[1:]}) == 2


@pytest.mark.parametrize("mode", ["sigmoid", "relu", "tanh", "linear"])
def test_graded_neurons_have_one_too(mode):
    ax = ns.plot(ns.Neuron({"a": 1, "b": 1}, threshold=0, mode=mode), kind="hyperplane")
    assert {"sigmoid": "rate from 0.5 up", "relu": "active"}.get(mode, "drive from 0 up") in told(ax)


@given(seed=SEEDS)
def test_a_plane_is_cut_out_of_a_box(seed):
    """Corners on the plane and on edges of the box, as many as a plane can have, in order around a convex polygon."""
    rng = np.random.default_rng(seed)
    neuron = ns.Neuron(dict(zip("xyz", rng.normal(size=3).tolist(), strict=True)), threshold=0.3 * float(rng.normal()))
    plane, low, high = ns.hyperplane(neuron), -np.ones(3), np.ones(3)
    corners = plane_in_box(plane, low, high)
    assert 3 <= len(corners) <= 6 or plane.distance > 1
    np.testing.assert_allclose(plane.distances(corners), 0, atol=1e-9)
    on_faces = np.isclose(np.abs(corners), 1).sum(axis=1)
    assert (on_faces >= 2).all()
    assert (np.abs(corners) <= 1 + 1e-12).all()
    sides = np.roll(corners, -1, axis=0) - corners
    turns = np.cross(sides, np.roll(sides, -1, axis=0)) @ plane.weights
    assert (turns >= -1e-9).all() or (turns <= 1e-9).all()


def test_a_plane_in_space_is_drawn_with_its_samples():
    X = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    ax = ns.plot(PLANE, kind="hyperplane", points=X)
    assert (ax.name, ax.get_zlabel()) == ("3d", "z")
    assert {"drive 0", "sample: silent", "sample: fires"} <= set(told(ax))
    ax.figure.canvas.draw()
    assert all(text.get_fontsize() >= 8 for text in ax.get_legend().get_texts())
    _, given_axes = plt.subplots(subplot_kw={"projection": "3d"})
    assert ns.plot(ns.hyperplane(PLANE), ax=given_axes) is given_axes


def test_far_samples_are_not_squeezed_by_the_origin():
    ax = ns.plot(LINE, kind="hyperplane", points=[[1000, 2001], [1001, 2004]])
    assert ax.get_xlim()[0] > 0
    assert not any("origin" in text for text in told(ax))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ns.plot(ns.Neuron({"x": 2}, 3), kind="hyperplane"), ("one input", "x = 1.5")),
        (lambda: ns.plot(ns.Neuron(dict.fromkeys("abcd", 1)), kind="hyperplane"), ("4", "ns.hyperplane(neuron)")),
        (lambda: ns.plot(LINE, kind="hyperplan"), ("'hyperplan'", "Did you mean 'hyperplane'?")),
        (lambda: ns.plot(LINE, kind="hyperplane", point=[]), ("'point'", "Did you mean 'points'?")),
        (lambda: ns.plot(LINE, kind="hyperplane", points=[[1, 2, 3]]), ("(points, 2)",)),
        (lambda: ns.plot(LINE, kind="hyperplane", points=[[1, 2]], labels=[0, 1]), ("labels", "1 point")),
        (lambda: ns.plot(LINE, kind="hyperplane", points=np.eye(3, 2), labels=[0, 1, 2]), ("two", "0, 1, 2")),
        (lambda: ns.plot(LINE, kind="hyperplane", ax=plt.figure().add_subplot(projection="3d")), ("2 inputs", "ax")),
        (lambda: ns.plot(PLANE, kind="hyperplane", ax=plt.figure().add_subplot()), ("3 inputs", "'3d'")),
    ],
)
def test_what_cannot_be_drawn(call, words):
    with complains(ns.NeurosimError, *words):
        call()
