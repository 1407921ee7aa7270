"""The course of several tasks: a curve for each, as long as the training."""

import networkx as nx
import numpy as np

import neurosim as ns
from tests.anatomy.helpers import complains


def learnt(epochs=4):
    regions = nx.DiGraph([("eye", "left"), ("eye", "right")])
    for region in regions:
        regions.nodes[region]["size"] = 2
    net = ns.Network.from_regions(regions, mode="linear", rng=0)
    X, labels = ns.datasets.moons(40, rng=0)
    tasks = [ns.Task("moon", X, labels, "left"), ns.Task("reach", X, X, "right", loss="mse")]
    return ns.train_tasks(net, tasks, epochs=epochs, rng=0)


def test_each_panel_has_a_curve_for_every_task_that_has_such_a_measure():
    history = learnt()
    axes = ns.plot(history)
    assert [ax.get_ylabel() for ax in axes] == ["loss", "accuracy (share right)", "error (root mean square)"]
    drawn = [{line.get_label(): line.get_ydata() for line in ax.lines} for ax in axes]
    assert [list(curves) for curves in drawn] == [["moon", "reach"], ["moon"], ["reach"]]
    for curves, measure in zip(drawn, ("loss", "accuracy", "error"), strict=True):
        for task, values in curves.items():
            np.testing.assert_array_equal(values, history[task][measure])
    assert axes[-1].get_xlabel() == "epoch"


def test_a_single_measure_on_axes_of_ones_own():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert ns.plot(learnt(), ax=ax) is ax
    assert ax.get_ylabel() == "loss"
    assert ns.plot(learnt(1), column="accuracy").get_ylabel() == "accuracy (share right)"


def test_what_cannot_be_drawn_is_said():
    with complains(ns.DataError, "no epochs", "epochs=20"):
        ns.plot(learnt(0))
    with complains(ns.UnknownNameError, "acuracy", "Did you mean 'accuracy'"):
        ns.plot(learnt(), column="acuracy")
