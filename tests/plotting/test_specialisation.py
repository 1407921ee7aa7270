"""Pictures of specialisation show what is in the results, each on axes that say what they mean."""

import numpy as np
import pytest

import neurosim as ns
from tests.analysis.test_modularity import two_modules
from tests.analysis.test_selectivity import asked, brain, known
from tests.analysis.test_selectivity_course import course_of
from tests.anatomy.helpers import complains

THREE = ("what", "where", "when")


def test_dots_stand_where_selectivity_is():
    found = ns.selectivity(brain(), known(brain()), rng=0)
    ax = ns.plot(found)
    there = ~np.isnan(found.index[:, 0])
    (dots,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(dots.get_xdata()) == pytest.approx(sorted(found.index[there, 0]))
    assert there.all()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["A", "B"]
    assert "accuracy" in ax.get_xlabel()
    ends = [tick.get_text() for tick in ax.get_xticklabels()]
    assert ends[0].endswith("where")
    assert ends[-1].endswith("what")


def test_what_no_task_needs_is_said():
    silent = brain()
    silent.weights[:] = 0
    ax = ns.plot(ns.selectivity(silent, asked(), by="loss", rng=0))
    assert [text.get_text() for text in ax.texts] == ["no task needs it"] * 2


def test_many_neurons_and_many_tasks():
    net, tasks = brain(sizes=(30, 30), tasks=THREE), asked(tasks=THREE)
    assert ns.plot(ns.selectivity(net, tasks, rng=0)).images[0].get_array().shape == (2, 3)
    assert ns.plot(ns.selectivity(net, tasks, neurons=["A", "B"], rng=0)).get_ylabel() == "neurons"
    assert ns.plot(ns.selectivity(net, tasks[:2], neurons=["A", "B"], rng=0)).get_ylabel() == "neurons"


def test_coding_of_two_tasks_is_a_plane_and_of_others_columns():
    net, tasks = brain(tasks=THREE), asked(tasks=THREE)
    plane = ns.coding(net, tasks[:2], neurons=["A", "B"], permutations=0)
    ax = ns.plot(plane)
    assert ax.get_xlabel().endswith("what")
    points = np.concatenate([line.get_xydata() for line in ax.lines if line.get_label() in "AB"])
    assert points == pytest.approx(plane.omega)
    for some in (tasks, tasks[:1]):
        ax = ns.plot(ns.coding(net, some, permutations=0))
        assert [tick.get_text() for tick in ax.get_xticklabels()] == [task.name for task in some]


def test_a_course_has_a_curve_for_each_region():
    course = course_of([0, 0.5, 0.7], [0, -0.1, -0.9], names=("A", "B"))
    ax = ns.plot(course)
    curves = {line.get_label(): line.get_ydata() for line in ax.lines if line.get_label() in "AB"}
    assert curves["A"] == pytest.approx([0, 0.5, 0.7])
    assert curves["B"] == pytest.approx([0, -0.1, -0.9])
    assert ns.plot(course, task="where").get_title(loc="left") == "where"
    with complains(ns.UnknownNameError, "wher", "'where'"):
        ns.plot(course, task="wher")


def test_a_course_of_three_tasks_has_three_panels():
    index = np.zeros((4, 2, 3))
    course = ns.SelectivityCourse(np.arange(4), ("A", "B"), THREE, index, "loss", index)
    assert [ax.get_title(loc="left") for ax in ns.plot(course)] == list(THREE)
    assert ns.plot(course, task="when").get_title(loc="left") == "when"


def test_commitment_is_a_staircase():
    courses = [course_of([0, s, s, s], [0, 0, -s, -s], names=("A", "B")) for s in (0.9, 0.1)]
    ax = ns.plot(ns.commitment(courses))
    stairs = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert stairs["A"] == pytest.approx([0, 0.5, 0.5, 0.5])
    assert stairs["B"] == pytest.approx([0, 0, 0.5, 0.5])
    assert "2 brains" in ax.get_ylabel()


def test_modularity_is_a_matrix_with_a_frame_around_each_community():
    net = two_modules()
    found = ns.modularity(net, shuffles=5, rng=0)
    ax = ns.plot(found)
    weights = ax.images[0].get_array()
    assert weights.sum() == pytest.approx(np.abs(net.weights).sum())
    assert len(ax.patches) == 2
    assert ax.get_title(loc="left").startswith(f"Q = {found.q:.2f}")
    assert "z =" not in ns.plot(ns.modularity(net, shuffles=0, rng=0)).get_title(loc="left")
    once = ns.plot(ns.modularity(net, shuffles=1, rng=0)).get_title(loc="left")
    assert "shuffled" in once
    assert "z" not in once
