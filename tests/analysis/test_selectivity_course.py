"""A probe records what selectivity finds, when it should; commitment is when it stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.analysis.test_selectivity import asked, brain
from tests.anatomy.helpers import complains


def test_a_probe_records_what_selectivity_finds_and_changes_nothing():
    tasks = asked(samples=60)
    watched, alone, again = (brain(1, mode="relu") for _ in range(3))
    probe = ns.SelectivityProbe(watched, tasks, every=3, by="loss", least=0.01)
    settings = {"loss": "cross_entropy", "epochs": 7, "rng": 0}
    ns.train(tasks[0].view(watched), tasks[0].X, tasks[0].targets, callback=probe, **settings)
    ns.train(tasks[0].view(alone), tasks[0].X, tasks[0].targets, **settings)
    assert watched.weights == pytest.approx(alone.weights, rel=1e-12)
    course = probe.course
    assert course.epochs.tolist() == [0, 3, 6]
    assert (course.names, course.tasks, course.unit) == (("A", "B"), ("what", "where"), "loss")
    before = ns.selectivity(again, tasks, by="loss", least=0.01, resamples=0)
    assert np.array_equal(course.index[0], before.index, equal_nan=True)
    settings["epochs"] = 6
    ns.train(tasks[0].view(again), tasks[0].X, tasks[0].targets, **settings)
    after = ns.selectivity(again, tasks, by="loss", least=0.01, resamples=0)
    assert course.need[-1] == pytest.approx(after.need)
    assert course.division[-1] == pytest.approx(after.division)
    assert course["B"]["what"] == pytest.approx(course.index[:, 1, 0], nan_ok=True)


@pytest.mark.parametrize("by", ["accuracy", "gradient", "weights"])
def test_every_measure_can_be_watched(by):
    probe = ns.SelectivityProbe(brain(), asked(), by=by, neurons=["A"])
    probe(0, {})
    assert probe.course.need.shape == (2, 4, 2)
    assert probe.course.need[0] == pytest.approx(probe.course.need[1])


def test_tables_name_what_is_in_them(tmp_path):
    probe = ns.SelectivityProbe(brain(), asked())
    for epoch in range(30):
        probe(epoch, {})
    course = probe.course
    text = repr(course)
    assert all(word in text for word in ("epoch", "A: what", "division", "accuracy"))
    assert text.count("\n") < 12
    assert "<table>" in course._repr_html_()
    course.to_csv(tmp_path / "course.csv")
    assert len((tmp_path / "course.csv").read_text().splitlines()) == 1 + 31 * 4
    with complains(ns.UnknownNameError, "'A'"):
        course["a"]


def test_bad_settings_teach():
    for settings, words in (
        ({"every": 0}, ["every"]),
        ({"evry": 2}, ["evry", "every"]),
        ({"regions": "what"}, ["read"]),
    ):
        with complains(ns.NeurosimError, *words):
            ns.SelectivityProbe(brain(), asked(), **settings)
    with complains(ns.OptionError, "two or more"):
        ns.SelectivityProbe(brain(), asked()[:1])


# --- Commitment ------------------------------------------------------------------------------------


def course_of(*values, epochs=None, names=("V1",), tasks=("what", "where")):
    """A course of two tasks from selectivity for the first, shape (names, records)."""
    index = np.array(values, dtype=float).T[:, :, None] * [1, -1]
    epochs = np.arange(len(index)) if epochs is None else np.array(epochs)
    return ns.SelectivityCourse(epochs, names, tasks, np.ones(index.shape), "loss", index)


@pytest.mark.parametrize(
    ("values", "epoch", "task"),
    [
        ([0, 0.6, 0.7, 0.8], 1, "what"),
        ([0, 0.6, 0.4, 0.5, 0.5], 3, "what"),
        ([0, 0.6, 0.4, 0.5], np.inf, None),
        ([0, 0, 0.9, -0.9], np.inf, None),
        ([0.9, 0.9, 0.9, 0.9], 0, "what"),
        ([0.9, -0.9, -0.9, -0.9], 1, "where"),
        ([0.9, 0.9, 0.9, 0.4], np.inf, None),
        ([0.9, np.nan, 0.9, 0.9], 2, "what"),
        ([0.9, 0.9, 0.9, np.nan], np.inf, None),
        ([np.nan] * 4, np.inf, None),
    ],
)
def test_a_region_commits_itself_when_it_stays(values, epoch, task):
    found = ns.commitment(course_of(values))
    assert (found.epochs[0, 0], found.to) == (epoch, ((task,),))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(0.1, 1))
def test_it_is_the_first_epoch_from_which_on_two_or_more_are_all_beyond(values, level):
    found = ns.commitment(course_of(values), level=level)
    beyond = [
        start
        for start in range(len(values) - 1)
        for sign in (1, -1)
        if all(sign * value >= level for value in values[start:])
    ]
    assert found.epochs[0, 0] == min(beyond, default=np.inf)


def test_what_never_commits_is_censored():
    courses = [
        course_of([0, s, s, s], [0, 0, -s, -s], epochs=(0, 5, 10, 15), names=("A", "B")) for s in (0.9, 0.8, 0.1)
    ]
    found = ns.commitment(courses)
    assert found["A"].values.tolist() == [5, 5, 15]
    assert found["A"].censored == 1
    assert found["B"].values.tolist() == [10, 10, 15]
    assert found["B"].censored == 1
    assert found.to == (("what", "where"), ("what", "where"), (None, None))
    assert found.committed == pytest.approx(np.array([[0, 0], [2 / 3, 0], [2 / 3, 2 / 3], [2 / 3, 2 / 3]]))
    assert "2 of 3" in repr(found)
    never = ns.commitment([course_of([0, 0, 0.9])])
    assert "> 2" in repr(never)
    assert "to 'what'" in repr(found)
    assert "<table>" in found._repr_html_()
    assert [row["epoch"] for row in found.rows] == [5, 10, 5, 10, None, None]


@given(st.lists(st.sampled_from([5.0, 10.0, 15.0, 20.0, np.inf]), min_size=1, max_size=14))
def test_the_median_is_kaplan_and_meiers_and_its_interval_that_of_the_signs(epochs):
    """Survival by its product over epochs; the epochs that a binomial test of signs does not exclude as the median."""
    from scipy.stats import binomtest

    recorded = np.arange(0, 21, 5)
    found = ns.commitment([course_of(np.where(recorded >= epoch, 0.9, 0), epochs=recorded) for epoch in epochs])
    held = [epoch if epoch < 20 else np.inf for epoch in epochs]  # at the last record alone it is not held
    survival, at_risk, median = 1.0, len(epochs), np.inf
    for epoch in (5, 10, 15):
        survival *= 1 - held.count(epoch) / at_risk if at_risk else 1
        at_risk -= held.count(epoch)
        if survival <= 0.5 + 1e-9:
            median = epoch
            break
    middle, low, high = found.median("V1")
    assert middle == median
    if len(epochs) < 6:
        assert np.isnan([low, high]).all()
        return
    far = [-1.0, 7.0, 12.0, 17.0, 25.0]  # medians between records, so that no brain ties with one
    p = [binomtest(sum(epoch < m for epoch in held), len(held)).pvalue for m in far]
    assert [low < m < high for m in far] == [value > 0.05 for value in p]


def test_levels_are_written_as_fractions():
    courses = [course_of([0, 0.9, 0.9])] * 6
    assert "is 1/3 or above" in repr(ns.commitment(courses, level=1 / 3))
    assert "is 0.5 or above" in repr(ns.commitment(courses, level=0.5))
    assert "1 (1 to 1)" in repr(ns.commitment(courses))


@pytest.mark.parametrize("by", ["accuracy", "loss", "gradient"])
def test_brains_that_have_learnt_nothing_are_not_committed(by):
    """Whatever silence does to answers that are no better than chance."""
    courses = []
    for seed in range(10):
        probe = ns.SelectivityProbe(brain(seed), asked(seed, 150), by=by)
        probe(0, {})
        probe(1, {})
        courses.append(probe.course)
    assert max(abs(course.need).max() for course in courses) > 0
    assert ns.commitment(courses).committed.mean() <= 0.1


def test_three_tasks():
    index = np.zeros((3, 1, 3))
    index[1:, 0, 2] = 0.7
    course = ns.SelectivityCourse(np.arange(3), ("V1",), ("a", "b", "c"), index, "loss", index)
    assert ns.commitment(course).to == (("c",),)


def test_a_table_of_commitment_can_be_written(tmp_path):
    ns.commitment(course_of([0, 1, 1])).to_csv(tmp_path / "found.csv")
    assert (tmp_path / "found.csv").read_text().splitlines() == ["brain,name,task,epoch", "0,V1,what,1"]


def test_courses_that_do_not_go_together_teach():
    with complains(ns.OptionError, "probe.course"):
        ns.commitment([])
    with complains(ns.OptionError, "probe.course"):
        ns.commitment(3)
    with complains(ns.DataError, "same epochs"):
        ns.commitment([course_of([0, 1]), course_of([0, 1, 1])])
    with complains(ns.DataError, "same regions"):
        ns.commitment([course_of([0, 1]), course_of([0, 1], names=("V2",))])
    with complains(ns.OptionError, "level"):
        ns.commitment(course_of([0, 1]), level=0)
    with complains(ns.UnknownNameError, "'V1'"):
        ns.commitment(course_of([0, 1]))["V2"]
