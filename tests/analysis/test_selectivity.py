"""Selectivity against lesions made one by one, against closed forms, and against what would refute it."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.analysis import needs, selectivity
from neurosim.analysis.needs import MEASURES
from tests.anatomy.helpers import complains


def brain(seed=0, sizes=(4, 4), mode="tanh", tasks=("what", "where")):
    """An eye, regions A and B, and a region to answer for each task."""
    B = nx.DiGraph()
    B.add_node("eye", size=6)
    for region, size in zip("AB", sizes, strict=True):
        B.add_node(region, size=size, mode=mode)
        B.add_edge("eye", region)
    for task in tasks:
        B.add_node(task, size=3, mode="linear", output=True)
        for region in "AB":
            B.add_edge(region, task)
    net = ns.Network.from_regions(B, rng=seed)
    net.thresholds = np.random.default_rng(seed).normal(size=len(net))
    return net


def asked(seed=0, samples=40, tasks=("what", "where")):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(samples, 6))
    return [ns.Task(name, X, rng.integers(0, 3, samples), name) for name in tasks]


def known(net, seed=0, samples=40, tasks=("what", "where"), wrong=0.2):
    """Tasks that the network does, but for a share of labels dealt out at random."""
    rng = np.random.default_rng(seed)
    found = []
    X = rng.normal(size=(samples, 6))
    for task in asked(tasks=tasks):
        answers = ns.activity(task.view(net), X)[:, net.structure.members(task.output)].argmax(axis=1)
        labels = np.where(rng.random(samples) < wrong, rng.integers(0, 3, samples), answers)
        found.append(ns.Task(task.name, X, labels, task.output))
    return found


@given(st.integers(0, 10**6), st.sampled_from(["accuracy", "loss"]), st.booleans())
@settings(max_examples=20)
def test_needs_are_what_lesions_cost_one_by_one(seed, by, each_neuron):
    net, tasks = brain(seed), asked(seed)
    rows = {"neurons": ["A", "B"]} if each_neuron else {"regions": ["A", "B"]}
    found = ns.selectivity(net, tasks, **rows, by=by, resamples=0)
    measured = (lambda t: -t.accuracy(net)) if by == "accuracy" else (lambda t: t.loss_of(net))
    before = [measured(task) for task in tasks]
    for i, name in enumerate(found.names):
        with ns.lesion(net, **{next(iter(rows)): [name]}):
            lost = [measured(task) - whole for task, whole in zip(tasks, before, strict=True)]
        assert found.need[i] == pytest.approx(lost, abs=1e-12)
    assert (found.unit, found.of_neurons) == (by, each_neuron)


@pytest.mark.parametrize("by", ["accuracy", "loss"])
def test_where_samples_are_too_many_to_keep_needs_and_bounds_are_the_same(by, monkeypatch):
    net, tasks = brain(), known(brain())
    groups = [np.array([i]) for i in net.structure.members("A")]
    kept = MEASURES[by](net, tasks, groups)
    for column, values in enumerate(kept.by_sample):
        for row, (total, low) in zip(values, zip(kept.total[:, column], kept.low[:, column], strict=True), strict=True):
            assert (total, low) == pytest.approx((row.mean(), ns.Estimate(row).low), abs=1e-12)
    monkeypatch.setattr(needs, "MOST_KEPT", 8)
    summed = MEASURES[by](net, tasks, groups)
    assert summed.by_sample is None
    assert summed.total == pytest.approx(kept.total, abs=1e-12)
    assert summed.low == pytest.approx(kept.low, abs=1e-12)
    found = ns.selectivity(net, tasks, neurons="A", by=by, rng=0)
    assert np.isnan(found.low).all()
    assert not np.isnan(found.index).all()


def test_intervals_are_the_same_however_many_neurons_are_taken_at_once(monkeypatch):
    net = brain()
    one = ns.selectivity(net, known(net), neurons=["A", "B"], by="loss", rng=0)
    monkeypatch.setattr(selectivity, "AT_ONCE", 1)
    other = ns.selectivity(net, known(net), neurons=["A", "B"], by="loss", rng=0)
    assert not np.isnan(one.low).all()
    assert one.low == pytest.approx(other.low, nan_ok=True)
    assert one.high == pytest.approx(other.high, nan_ok=True)


def test_lesions_are_those_of_the_atlas_where_a_branch_loses_all_its_synapses():
    """A maxout neuron fires at its strongest branch; one without synapses is gone, and does not count as 0."""
    pre, post = [0, 1, 2, 3, 2, 3, 4, 5, 4, 5], [2, 3, 4, 4, 5, 5, 6, 7, 8, 9]
    branch = [0, 0, 0, 1, 0, 1, 0, 0, 0, 0]
    rng = np.random.default_rng(0)
    regions = ["eye", "eye", "A", "B", "M", "M", "what", "what", "where", "where"]
    modes = ["sensory"] * 2 + ["linear"] * 2 + ["maxout"] * 2 + ["linear"] * 4
    net = ns.Network.from_arrays(pre, post, rng.normal(size=10), branch=branch, regions=regions, modes=modes)
    X = rng.normal(size=(60, 2))
    tasks = [ns.Task(name, X, rng.integers(0, 2, 60), name) for name in ("what", "where")]
    atlas = ns.lesion_atlas(net, tasks, regions=["A", "B"], neurons=[], pairs=None)
    for by, lost in (("loss", atlas.rise), ("accuracy", atlas.drop)):
        assert ns.selectivity(net, tasks, regions=["A", "B"], by=by).need == pytest.approx(lost, abs=1e-12)
    muted = net.copy()
    muted.weights[[2, 4]] = 0
    with ns.lesion(net, regions="A"):
        lost = [task.loss_of(net) for task in tasks]
    assert lost != pytest.approx([task.loss_of(muted) for task in tasks], rel=1e-3)
    assert atlas.loss[0] == pytest.approx(lost)


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_gradient_is_how_the_loss_begins_to_rise(seed):
    net, tasks = brain(seed), asked(seed)
    found = ns.selectivity(net, tasks, neurons=["A", "B"], by="gradient")
    step = 1e-5
    for i, name in enumerate(found.names):
        mine = np.array([pre == name for pre, _ in net.synapses])
        turned = [net.copy() for _ in range(2)]
        for sign, other in zip((-1, 1), turned, strict=True):
            other.weights[mine] *= 1 + sign * step
        down, up = turned
        slope = [(task.loss_of(down) - task.loss_of(up)) / (2 * step) for task in tasks]
        assert found.need[i] == pytest.approx(slope, abs=1e-6)
    regions = ns.selectivity(net, tasks, by="gradient")
    assert regions.need[0] == pytest.approx(found.need[:4].sum(axis=0))


def test_weights_are_those_sent_straight_to_each_task():
    net, tasks = brain(), asked()
    found = ns.selectivity(net, tasks, by="weights")
    graph = net.to_graph()
    for i, region in enumerate("AB"):
        for j, task in enumerate(("what", "where")):
            sent = [abs(d["weight"]) for u, v, d in graph.edges(data=True) if u[0] == region and v.startswith(task)]
            assert found.need[i, j] == pytest.approx(sum(sent))
    with ns.lesion(net, projections=[("A", "what")]):
        cut = ns.selectivity(net, tasks, by="weights")
    assert cut["A"] == {"what": -1.0, "where": 1.0}


def test_the_network_is_left_as_it_is():
    net = brain()
    weights, structure = net.weights.copy(), net.structure
    for by in MEASURES:
        ns.selectivity(net, asked(), by=by)
    assert net.structure is structure
    assert (net.weights == weights).all()


def test_what_is_cut_off_from_a_task_is_for_the_other():
    net = brain(1)
    ns.lesion(net, projections=[("A", "where"), ("B", "what")])
    found = ns.selectivity(net, known(net, wrong=0), rng=0)
    assert found.index == pytest.approx(np.array([[1, -1], [-1, 1]]))
    assert found.low == pytest.approx(found.index)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_the_index_of_two_tasks(needs):
    for (a, b), index in zip(needs, ns.selectivity_index(needs), strict=True):
        if a + b == 0:
            assert np.isnan(index).all()
        else:
            assert index == pytest.approx([(a - b) / (a + b), (b - a) / (a + b)])


def test_the_index_of_three_tasks_is_against_the_mean_of_the_others():
    assert ns.selectivity_index([2.0, 1.0, 0.0]) == pytest.approx([(2 - 0.5) / 2.5, 0.0, -1.0])
    assert np.isnan(ns.selectivity_index([0.01, 0.02, 0.0], least=0.03)).all()


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=4))
def test_division_is_half_the_largest_difference(values):
    index = np.array(values)[:, None] * [1, -1]
    assert ns.division_of_labour(index) == pytest.approx((max(values) - min(values)) / 2)
    idle = np.vstack([index, [[np.nan, np.nan]]])
    assert ns.division_of_labour(idle) == pytest.approx((max(values) - min(values)) / 2)
    assert ns.division_of_labour(np.vstack([index[:1], np.full((2, 2), np.nan)])) == 0
    assert ns.division_of_labour(np.full((2, 2), np.nan)) == 0


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Of a fixed network, whose need in all that could be shown is known from many samples."""
    net = brain(3)
    tasks = known(net, samples=20_000)
    truth = ns.selectivity(net, tasks, resamples=0).index[:, 0]
    held = []
    for k in range(60):
        part = slice(300 * k, 300 * (k + 1))
        found = ns.selectivity(net, [task[part] for task in tasks], resamples=300, rng=k)
        held.append((found.low[:, 0] <= truth) & (truth <= found.high[:, 0]))
    assert 0.87 <= np.mean(held) <= 1.0
    assert np.mean(held) < 1.0


def test_tasks_with_the_same_stimuli_are_resampled_together():
    """Two tasks that are one and the same have the same need in every resample, and selectivity 0 without doubt."""
    net = brain()
    task = known(net)[0]
    again = ns.Task("again", task.X, task.targets, "what")
    found = ns.selectivity(net, [task, again], regions=["A"], rng=0)
    assert found.index == pytest.approx(0)
    assert found.low == pytest.approx(0)
    assert found.high == pytest.approx(0)


def test_the_same_seed_gives_the_same_interval():
    one, other = (ns.selectivity(brain(), known(brain()), rng=4) for _ in range(2))
    assert not np.isnan(one.low).any()
    assert np.array_equal(one.low, other.low, equal_nan=True)


def test_tables_name_what_is_in_them(tmp_path):
    found = ns.selectivity(brain(), known(brain()), rng=0)
    assert set(found) == {"A", "B"}
    assert found["A"]["what"] == -found["A"]["where"] == found.index[0, 0]
    text = repr(found)
    assert "chance" not in text
    assert all(word in text for word in ("need: what", "need: where", "accuracy", "A", "95 %"))
    assert "<table>" in found._repr_html_()
    found.to_csv(tmp_path / "found.csv")
    lines = (tmp_path / "found.csv").read_text().splitlines()
    assert lines[0] == "name,task,need,unit,selectivity,low,high"
    assert len(lines) == 5
    with complains(ns.ModelFileError, "folder"):
        found.to_csv(tmp_path / "nowhere" / "found.csv")
    with complains(ns.UnknownNameError, "region", "'A'"):
        found["a"]
    silent = brain()
    silent.weights[:] = 0
    nothing = ns.selectivity(silent, asked(), by="loss", rng=0)
    assert np.isnan(nothing.index).all()
    assert np.isnan(nothing.low).all()
    assert nothing.division == 0
    assert "-" in repr(nothing)


@pytest.mark.parametrize("by", ["accuracy", "loss"])
@pytest.mark.parametrize("neurons", [None, "A"])
@pytest.mark.parametrize("even_by_chance", [False, True])
def test_untrained_brains_are_rarely_said_to_be_for_something(by, neurons, even_by_chance, monkeypatch):
    """Labels are dealt out at random, so that nothing is needed for them, and intervals that say so are mistakes.

    Also where chance is not looked at and needs are counts of answers: their own intervals must be fair.
    """
    if even_by_chance:
        if by == "loss":
            return  # a silent region can make wrong answers less sure of themselves, or more: a need in earnest
        monkeypatch.setattr(selectivity, "better_than_chance", lambda net, tasks, by: np.ones(len(tasks), bool))
    sure = []
    for seed in range(60):
        found = ns.selectivity(brain(seed), asked(seed, 150), by=by, neurons=neurons, resamples=200, rng=0)
        with np.errstate(invalid="ignore"):
            sure.append((found.low[:, 0] > 0) | (found.high[:, 0] < 0))
        assert (np.isnan(found.low) == np.isnan(found.index)).all()
    assert np.mean(sure) <= (0.08 if even_by_chance else 0.04)


def test_what_is_done_no_better_than_chance_needs_nothing_and_the_table_says_so():
    net = brain()
    guessed, done = asked(samples=100)[0], known(net, samples=100)[1]
    found = ns.selectivity(net, [guessed, done], rng=0)
    assert found.at_chance == ("what",)
    assert "'what' no better than chance" in repr(found)
    nothing = ns.selectivity(net, asked(samples=100), by="loss", rng=0)
    assert nothing.at_chance == ("what", "where")
    assert np.isnan(nothing.index).all()
    assert "'what' and 'where' no better than chance" in repr(nothing)
    assert ns.selectivity(net, asked(), by="weights").at_chance == ()


def test_resamples_without_need_leave_everything_open():
    """Of 300 samples 6 need the neuron, all for one task: in few resamples none is left, and the interval is a point.

    With `least` above what many resamples have, these count as anything from -1 to 1.
    """
    rises = np.zeros((1, 300))
    rises[0, :6] = 1
    found = needs.Needs(np.array([[0.02, 0.0]]), np.array([[0.004, 0.0]]), [rises, 0 * rises], "accuracy")
    tasks = asked(samples=300)
    for least, ends in ((0.0, (1, 1)), (0.015, (-1, 1))):
        low, high = selectivity._interval(found, np.array([True]), tasks, least, 1000, np.random.default_rng(0))
        assert (low[0, 0], high[0, 0]) == ends


def test_regression_has_no_right_answers_so_loss_counts():
    net = brain()
    X = np.random.default_rng(0).normal(size=(20, 6))
    tasks = [ns.Task(name, X, X[:, :3], name, loss="mse") for name in ("what", "where")]
    assert ns.selectivity(net, tasks, rng=0).unit == "loss"
    with complains(ns.DataError, "what", "accuracy"):
        ns.selectivity(net, tasks, by="accuracy")


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"regions": "C"}, ns.UnknownNameError, ["C", "'A'"]),
        ({"regions": "what"}, ns.OptionError, ["what", "read"]),
        ({"neurons": "what[0]"}, ns.OptionError, ["what[0]", "read"]),
        ({"neurons": "A[9]"}, ns.UnknownNameError, ["A[9]"]),
        ({"regions": "A", "neurons": "A"}, ns.OptionError, ["not both"]),
        ({"regions": []}, ns.OptionError, ["empty"]),
        ({"by": "acuracy"}, ns.UnknownNameError, ["acuracy", "'accuracy'"]),
        ({"least": -1}, ns.OptionError, ["least"]),
        ({"resamples": -1}, ns.OptionError, ["resamples"]),
        ({"metric": "loss"}, ns.UnknownNameError, ["metric", "by="]),
    ],
)
def test_bad_settings_teach(settings, kind, words):
    with complains(kind, *words):
        ns.selectivity(brain(), asked(), **settings)


def test_it_takes_two_tasks_with_names_of_their_own():
    net, (what, where) = brain(), asked()
    with complains(ns.OptionError, "what", "two or more"):
        ns.selectivity(net, what)
    with complains(ns.OptionError, "none"):
        ns.selectivity(net, [])
    with complains(ns.OptionError, "'what'", "own"):
        ns.selectivity(net, [what, what])
    with complains(ns.OptionError, "list of tasks"):
        ns.selectivity(net, ["what", "where"])
    with complains(ns.OptionError, "Network"):
        ns.selectivity("net", [what, where])
    elsewhere = ns.Task("elsewhere", where.X, where.targets, "wher")
    with complains(ns.UnknownNameError, "elsewhere", "'where'"):
        ns.selectivity(net, [what, elsewhere])


def test_a_network_without_anything_between_says_so():
    B = nx.DiGraph([("eye", "what"), ("eye", "where")])
    nx.set_node_attributes(B, 3, "size")
    X = np.eye(3)
    tasks = [ns.Task(name, X, [0, 1, 2], name) for name in ("what", "where")]
    with complains(ns.OptionError, "sensory or is read", "'eye'"):
        ns.selectivity(ns.Network.from_regions(B, mode="linear", rng=0), tasks)
