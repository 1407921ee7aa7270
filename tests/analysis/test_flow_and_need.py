"""Flow beside need: every pair of verdicts in words, figures over networks by the formulas, and lesions one by one."""

import csv
import doctest

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import neurosim as ns
from neurosim.analysis.flow_and_need import _rank
from tests.anatomy.helpers import complains

DESIGN = [(20, 40, "left"), (60, 80, "right"), (100, 120, "left"), (140, 160, "right")]


def found(flow=(0.0,), need=((0.0, 0.0),), wide=0.1, least=0.0, p=None):
    """A comparison with these figures, whose intervals are so wide on either side."""
    flow, need = np.array(flow, dtype=float), np.array(need, dtype=float)
    difference = need[:, 0] - need[:, 1]
    return ns.FlowAndNeed(
        tasks=("A", "B"),
        regions=tuple(f"r{i}" for i in range(len(flow))),
        flow=flow,
        flow_low=flow - wide,
        flow_high=flow + wide,
        corrected=np.where(np.abs(flow) > wide, 0.001, 0.9) if p is None else np.array(p),
        need=need,
        need_low=need - wide,
        need_high=need + wide,
        difference_low=difference - wide,
        difference_high=difference + wide,
        unit="accuracy",
        alpha=0.05,
        least=least,
        flows=flow[None],
        needs=need[None],
        correlations=np.array([0.5]),
    )


@pytest.mark.parametrize(
    ("flow", "need", "agree", "words"),
    [
        (1, (1, 0), True, "more active in A and needed for it"),
        (-1, (0, 1), True, "more active in B and needed for it"),
        (0, (1, 1), True, "no more active in either, and needed for A and B"),
        (0, (0, 0), True, "no more active in either, and needed for neither"),
        (0, (1, 0), False, "needed for A, but no more active in it"),
        (0, (0, 1), False, "needed for B, but no more active in it"),
        (1, (0, 0), False, "more active in A, but needed for neither"),
        (1, (0, 1), False, "more active in A, but needed for B"),
        (-1, (1, 0), False, "more active in B, but needed for A"),
        (1, (1, 1), False, "more active in A, but needed for A and B"),
    ],
)
def test_every_pair_of_verdicts(flow, need, agree, words):
    verdict = found([flow], [need])["r0"]
    assert (verdict.agree, verdict.words) == (agree, words)
    assert verdict.flow == {1: "A", -1: "B", 0: None}[flow]
    assert verdict.needed == tuple(task for task, lost in zip("AB", need, strict=True) if lost)
    assert str(verdict) == f"r0: {words}"


def test_what_is_not_clearly_lost_is_not_needed():
    assert found([0], [(0.05, 0.5)])["r0"].needed == ("B",)  # from -0.05 to 0.15
    assert found([0], [(0.2, 0.5)], least=0.3)["r0"].needed == ("B",)
    assert found([0], [(-1.0, 0.5)])["r0"].needed == ("B",)  # better without it


def test_a_region_that_was_not_tested_is_no_more_active():
    assert found([0], [(0, 0)], p=[np.nan])["r0"].flow is None


def test_tables_and_csv(tmp_path):
    both = found([0.6, 0.0], [(1, 0), (1, 0)])
    text = repr(both)
    assert "r1: needed for A, but no more active in it" in text
    assert "+0.60 \N{PLUS-MINUS SIGN} 0.10 *" in text
    assert [line.split()[-1] for line in text.splitlines()[2:4]] == ["agree", "disagree"]
    assert max(map(len, text.splitlines())) <= 100
    assert both._repr_html_().count("<tr>") == 3
    both.to_csv(tmp_path / "both.csv")
    with open(tmp_path / "both.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["agree"] for row in rows] == ["True", "False"]
    assert float(rows[0]["flow"]) == 0.6
    assert float(rows[0]["need_A_high"]) == 1.1
    assert [verdict.region for verdict in both.disagreements] == ["r1"]


def test_names_are_checked():
    both = found()
    for ask in (lambda: both["x"], lambda: both.flow_in("x"), lambda: both.need_of("x", "A")):
        with complains(ns.UnknownNameError, "'x'", "'r0'"):
            ask()
    with complains(ns.UnknownNameError, "'C'", "'A'"):
        both.need_of("r0", "C")


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=9))
def test_rank_correlation_is_that_of_scipy(pairs):
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(_rank(x, y))
    else:
        assert _rank(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


# --- On brains -----------------------------------------------------------------------------------


def brain(seed):
    """Two cues, a region for each and its answer; a third region echoes the first; weights differ a little."""
    B = nx.DiGraph([("cues", "IT"), ("cues", "PPC"), ("IT", "what"), ("PPC", "where"), ("IT", "echo")])
    nx.set_node_attributes(B, 1, "size")
    B.nodes["cues"]["size"] = 2
    for post, pre in (("IT", 0), ("PPC", 1)):
        B.edges["cues", post]["wiring"] = ns.wiring.explicit([(pre, 0)])
    B.nodes["what"]["output"] = B.nodes["where"]["output"] = True
    net = ns.Network.from_regions(B, mode="relu", rng=seed)
    net.weights[:] = np.random.default_rng(seed).uniform(0.8, 1.2, len(net.weights))
    net.thresholds[:] = 0
    return net


def asked(seed):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.5, 1.5, (40, 2)) * np.tile(np.eye(2), (20, 1))
    return [ns.Task(name, X, X[:, k], name, loss="mse") for k, name in enumerate(("what", "where"))]


def scanned(net, seed, noise=0.1):
    shown = np.zeros((180, 2))
    for start, stop, task in DESIGN:
        shown[start:stop, ["left", "right"].index(task)] = 1
    design = [(start, stop, {"left": "what", "right": "where"}[task]) for start, stop, task in DESIGN]
    flow = ns.blood_flow(ns.simulate(net, shown), noise=noise, rng=seed)
    return flow.contrast(design, "what", "where")


def lost(net, task, region):
    """The rise of each sample's loss without a region, by a lesion of its own."""
    before = task.losses(net)
    with ns.lesion(net, regions=region):
        return task.losses(net) - before


def test_of_one_brain_figures_are_those_of_its_scan_and_its_samples():
    net, tasks = brain(0), asked(0)
    contrast, atlas = scanned(net, 0), ns.lesion_atlas(net, tasks)
    both, raw = ns.flow_and_need(contrast, atlas), ns.flow_and_need(contrast, atlas, by="loss")
    assert both.regions == ("cues", "IT", "PPC", "echo")
    for place, region in enumerate(both.regions):
        at = contrast.regions.index(region)
        assert both.flow[place] == contrast.difference[at]
        assert (both.flow_low[place], both.flow_high[place]) == (contrast.low[at], contrast.high[at])
        assert both.corrected[place] == contrast.corrected[at]
        for k, task in enumerate(tasks):
            rises, way = lost(net, task, region), task.chance(net) - task.loss_of(net)
            low, high = stats.t.interval(0.95, len(rises) - 1, rises.mean(), max(stats.sem(rises), 1e-300))
            assert raw.need[place, k] == pytest.approx(rises.mean(), abs=1e-12)
            assert (raw.need_low[place, k], raw.need_high[place, k]) == pytest.approx((low, high), abs=1e-12)
            assert both.need[place, k] == pytest.approx(rises.mean() / way, abs=1e-12)
            assert both.need_high[place, k] == pytest.approx(high / way, abs=1e-12)
    assert [verdict.agree for verdict in both.verdicts] == [True, True, True, False]
    assert both["cues"].needed == ("what", "where")
    wanted = stats.spearmanr(both.flow, both.difference_in_need).statistic
    assert both.correlation == pytest.approx(wanted)


def test_of_several_brains_figures_are_those_over_brains():
    brains = [brain(seed) for seed in range(6)]
    contrasts = [scanned(net, seed) for seed, net in enumerate(brains)]
    atlases = [ns.lesion_atlas(net, asked(seed)) for seed, net in enumerate(brains)]
    both = ns.flow_and_need(contrasts, atlases, alpha=0.01)
    flows = np.array([[c.difference[c.regions.index(r)] for r in both.regions] for c in contrasts])
    np.testing.assert_allclose(both.flow, flows.mean(axis=0))
    p = stats.ttest_1samp(flows, 0).pvalue
    steps = np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1))
    np.testing.assert_allclose(np.sort(both.corrected), np.minimum(steps, 1))
    low, high = stats.t.interval(0.95, 5, flows.mean(axis=0), stats.sem(flows))
    np.testing.assert_allclose([both.flow_low, both.flow_high], [low, high])
    needs = np.array([[[a.deficit[a.regions.index(r), k] for k in (0, 1)] for r in both.regions] for a in atlases])
    np.testing.assert_allclose(both.need, needs.mean(axis=0))
    np.testing.assert_allclose(both.difference_in_need, (needs[..., 0] - needs[..., 1]).mean(axis=0))
    assert both.need_of("IT", "what").half_width == pytest.approx(both.need_high[1, 0] - both.need[1, 0])
    assert both.flow_in("echo").mean == pytest.approx(both.flow[both.regions.index("echo")])
    assert (both.networks, len(both.correlations)) == (6, 6)
    assert "means over 6 networks" in repr(both)


def test_brains_that_all_do_the_same_leave_nothing_to_chance():
    net = brain(0)
    both = ns.flow_and_need([scanned(net, 0)] * 3, [ns.lesion_atlas(net, asked(0))] * 3)
    assert both.corrected.tolist() == [0.0] * 4


def test_what_does_not_go_together_is_an_error():
    net, tasks = brain(0), asked(0)
    contrast, atlas = scanned(net, 0), ns.lesion_atlas(net, tasks)
    with complains(ns.OptionError, "A Contrast", "ns.blood_flow"):
        ns.flow_and_need(atlas, atlas)
    with complains(ns.OptionError, "A LesionAtlas", "ns.lesion_atlas"):
        ns.flow_and_need(contrast, tasks)
    with complains(ns.DataError, "1 contrasts and 2 atlases"):
        ns.flow_and_need(contrast, [atlas, atlas])
    with complains(ns.UnknownNameError, "task in this atlas", "'where'"):
        ns.flow_and_need(contrast, ns.lesion_atlas(net, tasks[:1]))
    with complains(ns.DataError, "none in common", "'echo'"):
        ns.flow_and_need(contrast, ns.lesion_atlas(net, tasks, regions=[], pairs=None))
    with complains(ns.DataError, "two tasks", "rest"):
        rest = ns.blood_flow(ns.simulate(net, np.eye(2)[[0, 1] * 40])).contrast([(20, 40, "what")], "what")
        ns.flow_and_need(rest, atlas)
    with complains(ns.UnknownNameError, "'accurcy'", "'accuracy'"):
        ns.flow_and_need(contrast, atlas, by="accurcy")
    with complains(ns.DataError, "'what'", "values", "by='loss'"):
        ns.flow_and_need([contrast] * 2, [atlas] * 2, by="accuracy")
    with complains(ns.OptionError, "no interval of accuracy", "by='deficit'"):
        ns.flow_and_need(contrast, atlas, by="accuracy")
    with complains(ns.UnknownNameError, "'bonferroni'"):
        ns.flow_and_need(contrast, atlas, correction="bonferroni")
    net.weights[:] = 0
    with complains(ns.DataError, "'what' is no better than chance", "by='loss'"):
        ns.flow_and_need(contrast, ns.lesion_atlas(net, tasks))


def test_what_is_left_out_is_told():
    """Outputs have flow and no lesion; of the others, some may be known to one of the two only."""
    net = brain(0)
    contrast, atlas = scanned(net, 0), ns.lesion_atlas(net, asked(0))
    both = ns.flow_and_need(contrast, atlas)
    assert both.left_out == dict.fromkeys(("what", "where"), "as outputs cannot be silenced")
    assert "left out, as outputs cannot be silenced: 'what', 'where'" in repr(both)
    assert "left out, as outputs" in both._repr_html_()
    few = ns.lesion_atlas(net, asked(0), regions=["IT", "PPC"])
    assert ns.flow_and_need(contrast, few).left_out["echo"] == "as the atlas has no lesion of them"
    flow = ns.blood_flow(ns.simulate(net, np.eye(2)[[0, 1] * 40]), regions=["PPC"], noise=0.1, rng=0)
    some = flow.contrast([(20, 40, "what"), (50, 60, "where")], "what", "where")
    assert ns.flow_and_need(some, few).left_out == {"IT": "as their flow was not measured"}
    assert "left out" not in repr(found())


def test_there_is_one_zero():
    text = repr(found([-0.001, 0.001], [(-0.002, 0.0), (0.003, -0.004)]))
    assert "-0.00" not in text
    assert text.count("+0.00 \N{PLUS-MINUS SIGN}") == 6


@pytest.mark.parametrize("named", [ns.flow_and_need, ns.blood_flow])
def test_examples_can_be_pasted(named):
    """They run where nothing has been imported."""
    (example,) = doctest.DocTestFinder(recurse=False).find(named, named.__name__, globs={})
    assert example.examples
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
