"""Blood flow and its model: brute force over neurons and synapses, planted betas, and what must be complained about."""

import csv
import dataclasses
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import neurosim as ns
from neurosim.physiology.task_blocks import Block, read_design
from tests.anatomy.helpers import complains
from tests.strategies import SEEDS, acyclic_networks

DESIGN = [(20, 40, "faces"), (60, 80, "houses"), (100, 120, "faces"), (140, 160, "houses")]
TICKS = 180


def brain():
    """An eye that tells faces and houses apart, a region for each, and one that never hears of anything."""
    return ns.Network.from_arrays(
        [0, 1, 0],
        [2, 3, 4],
        [2.0, 0.5, 0.0],
        thresholds=[0, 0, -0.1, 0, 0],
        modes="relu",
        regions=["eye", "eye", "FFA", "PPA", "mute"],
        outputs=[4],
    )


def shown(design=DESIGN, ticks=TICKS):
    values = np.zeros((ticks, 2))
    for start, stop, task in design:
        values[start:stop, ["faces", "houses"].index(task)] = 1
    return values


def flow_of(net=None, stimulus=None, **settings):
    return ns.blood_flow(ns.simulate(net or brain(), shown() if stimulus is None else stimulus), **settings)


# --- Activity ------------------------------------------------------------------------------------


def placed(net, seed):
    """The network with its neurons in three regions or none."""
    regions = np.random.default_rng(seed).choice(["A", "B", "C", None], len(net), p=[0.3, 0.3, 0.3, 0.1]).tolist()
    regions[0] = "A"
    structure = net.structure
    return ns.Network.from_arrays(
        structure.pre,
        structure.post,
        net.weights,
        delay=structure.delay,
        branch=structure.branch,
        thresholds=net.thresholds,
        modes=[structure.modes[i] for i in structure.mode_of],
        regions=regions,
        outputs=structure.outputs,
        size=len(net),
    )


@given(acyclic_networks(max_neurons=12, modes=("tanh", "binary", "relu"), loops=True), SEEDS, st.booleans())
def test_activity_is_the_sum_over_neurons_and_synapses(net, seed, trials):
    net = placed(net, seed)
    net.weights *= 0.3
    rng = np.random.default_rng(seed)
    stimulus = rng.normal(size=(*([2] if trials else []), 9, len(net.inputs)))
    first = ns.simulate(net, stimulus[..., :4, :])
    rec = ns.simulate(net, stimulus[..., 4:, :], state=first.state)
    rates = np.concatenate([first.rates, rec.rates], axis=-2)
    sent, reached = ns.blood_flow(rec), ns.blood_flow(rec, of="input")
    for region, members in rec.regions.items():
        here, place = [net.structure.number[name] for name in members], sent.regions.index(region)
        np.testing.assert_allclose(
            sent.activity[..., place, :], np.mean([abs(rates[..., 4:, i]) for i in here], axis=0), atol=1e-12
        )
        for tick in range(4, 9):
            total = sum(abs(rates[..., tick, i]) for i in here if net.structure.sensory[i])
            for synapse in range(len(net.weights)):
                pre, post, delay = (
                    int(column[synapse]) for column in (net.structure.pre, net.structure.post, net.delays)
                )
                if post in here:
                    total = total + abs(net.weights[synapse] * rates[..., tick - delay, pre])
            np.testing.assert_allclose(reached.activity[..., place, tick - 4], total / len(here), atol=1e-12)


def test_a_lesion_takes_activity_and_input_away():
    """FFA hears the eye by one synapse of weight 2; cut, or with FFA silent, nothing reaches it."""
    for damage, sends in (({"synapses": [(0, 2)]}, 0.1), ({"regions": "FFA"}, 0.0)):
        net = brain()
        with ns.lesion(net, **damage):
            rec = ns.simulate(net, shown())
        assert ns.blood_flow(rec, of="input", regions="FFA").activity.max() == 0.0
        assert ns.blood_flow(rec, regions="FFA").activity.max() == sends
    assert flow_of(of="input", regions="FFA").activity.max() == 2.0


def test_flow_is_the_convolution_of_activity():
    flow = flow_of(seconds_per_tick=0.7, repetition_time=1.9)
    assert len(flow) == int(180 * 0.7 / 1.9)
    np.testing.assert_allclose(flow.times, 1.9 * np.arange(1, len(flow) + 1))
    np.testing.assert_array_equal(flow.values, flow.response.flow(flow.activity, 0.7, flow.times))
    np.testing.assert_array_equal(flow["FFA"], flow.values[1])
    assert flow.regions == ("eye", "FFA", "PPA", "mute")


def test_samples_end_with_the_recording():
    assert flow_of(seconds_per_tick=0.1, repetition_time=0.3).times[-1] == pytest.approx(
        18.0
    )  # 0.3 x 60 > 18 in floats


def test_trials_are_each_their_own():
    stimulus = np.stack([shown(), shown()[:, ::-1]])
    both, one = flow_of(stimulus=stimulus), flow_of(stimulus=stimulus[1])
    assert (both.values.shape, both.trials, one.trials) == ((2, 4, 90), 2, None)
    np.testing.assert_array_equal(both.values[1], one.values)


def test_noise_has_the_size_and_the_memory_that_it_was_given():
    net = ns.Network.from_arrays([0], [1], [0.0], modes="relu", regions=["eye", "V1"])
    flow = flow_of(net, np.zeros((5_000, 1)), noise=0.2, noise_memory=0.6, rng=0, repetition_time=1.0)
    for values in flow.values:
        assert values.std() == pytest.approx(0.2, rel=0.06)
        assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.6, abs=0.05)
    again = flow_of(net, np.zeros((5_000, 1)), noise=0.2, noise_memory=0.6, rng=0, repetition_time=1.0)
    np.testing.assert_array_equal(flow.values, again.values)


def test_some_regions_may_be_asked_for():
    assert flow_of(regions=["PPA", "eye"]).regions == ("PPA", "eye")
    assert flow_of(regions="PPA").regions == ("PPA",)
    recorded = ns.simulate(brain(), shown(), record=["FFA", "PPA"])
    assert ns.blood_flow(recorded).regions == ("FFA", "PPA")


def test_it_says_what_it_is():
    assert repr(flow_of(noise=0.1, noise_memory=0.5, rng=0)) == (
        "BloodFlow of 4 regions: 90 samples, one every 2 s (180 ticks of 1 s); follows rates; noise of sd 0.1, of "
        "which 0.5 is left a sample later"
    )
    assert repr(flow_of(stimulus=np.stack([shown()] * 2), of="input")).endswith("synaptic input; no noise")


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"TR": 2}, ns.UnknownNameError, ["TR", "repetition_time=2.0"]),
        ({"noise": -1}, ns.OptionError, ["noise", "from 0"]),
        ({"noise_memory": 1.0}, ns.OptionError, ["noise_memory", "below 1"]),
        ({"seconds_per_tick": 0}, ns.OptionError, ["seconds_per_tick", "greater than 0"]),
        ({"of": "inputs"}, ns.UnknownNameError, ["inputs", "Did you mean 'input'"]),
        ({"response": 6.0}, ns.OptionError, ["HaemodynamicResponse", "float"]),
        ({"regions": ["FFB"]}, ns.UnknownNameError, ["FFB", "Did you mean 'FFA'"]),
        ({"regions": ["FFA", "FFA"]}, ns.OptionError, ["more than once"]),
        ({"regions": []}, ns.OptionError, ["region"]),
        ({"repetition_time": 200}, ns.DataError, ["lasts 180 s", "after 200 s"]),
        ({"rng": "a"}, ns.OptionError, ["rng=0"]),
    ],
)
def test_settings_are_checked(settings, kind, words):
    with complains(kind, *words):
        flow_of(**settings)


def test_recordings_are_checked():
    net = brain()
    with complains(ns.OptionError, "ns.simulate"):
        ns.blood_flow(net)
    with complains(ns.OptionError, "by name", "noise=0.1"):
        ns.blood_flow(ns.simulate(net, shown()), 0.1)
    with complains(ns.NotRecordedError, "every=1"):
        ns.blood_flow(ns.simulate(net, shown(), every=2))
    with complains(ns.NotRecordedError, "No tick"):
        ns.blood_flow(dataclasses.replace(ns.simulate(net, shown()), rows=range(0)))
    with complains(ns.NotRecordedError, "'eye'", "record='all'"):
        ns.blood_flow(ns.simulate(net, shown(), record="FFA"), regions=["eye"])
    with complains(ns.NotRecordedError, "2 neurons were not recorded", "of='rates'"):
        ns.blood_flow(ns.simulate(net, shown(), record=["FFA", "PPA"]), of="input")
    with complains(ns.NotRecordedError, "last="):
        ns.blood_flow(ns.simulate(net, shown(), last=50), of="input")
    with complains(ns.OptionError, "no", "region"):
        ns.blood_flow(ns.simulate(ns.Network.from_arrays([0], [1], [1.0]), [[1.0]] * 9))
    with complains(ns.UnknownNameError, "FFB"):
        flow_of()["FFB"]


# --- Designs -------------------------------------------------------------------------------------


def test_a_design_by_tick_is_one_by_blocks():
    by_tick = [None] * TICKS
    for start, stop, task in DESIGN:
        by_tick[start:stop] = [task] * (stop - start)
    one, other = read_design(DESIGN, range(TICKS)), read_design(by_tick, range(TICKS))
    assert one == other == read_design(one, range(TICKS)) == read_design(np.array(by_tick), range(TICKS))
    assert one.tasks == ("faces", "houses")
    for task, boxcar in zip(one.tasks, one.boxcars(), strict=True):
        assert [entry == task for entry in by_tick] == boxcar.astype(bool).tolist()


def test_blocks_count_ticks_as_the_recording_does():
    later = read_design([(105, 110, "A")], range(100, 120))
    assert np.flatnonzero(later.boxcars()[0]).tolist() == [5, 6, 7, 8, 9]
    assert read_design([None, "A"], range(100, 102)).blocks == (Block(101, 102, "A"),)


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ("faces", ["which task runs when", "faces"]),
        (5, ["which task runs when"]),
        ([], ["No task"]),
        ([None] * TICKS, ["No task"]),
        (["faces"] * 3, ["3 ticks", "180 ticks were recorded"]),
        ([(0, 5)], ["(0, 5)", "no block"]),
        ([(0, 5, 3)], ["(0, 5, 3)", "no block"]),
        ([(0.5, 5, "A")], ["no block"]),
        ([(0, 181, "A")], ["(0, 181, 'A')", "0 up to 180"]),
        ([(5, 5, "A")], ["no tick"]),
        ([(0, 9, "A"), (5, 20, "A")], ["'A'", "overlap", "(0, 9) and (5, 20)"]),
        ([(0, 9, "A"), (0, 9, "B")], ["'A' and 'B' always ran together"]),
        ([(0, 90, "A"), (90, 180, "B")], ["no rest", "'B'"]),
        ([(0, 20, "A"), (20, 40, "B"), (0, 40, "C")], ["one follows from the others"]),
        ([(178, 180, "A"), (20, 50, "B")], []),
        ([(179, 180, "A"), (20, 50, "B")], []),
    ],
)
def test_designs_are_checked(design, words):
    flow = flow_of()
    if not words:
        assert np.isfinite(flow.fit(design).betas).all()
        return
    with complains(ns.DataError, *words):
        flow.fit(design)


def test_a_task_that_never_ran_is_named():
    flow = flow_of()
    with complains(ns.UnknownNameError, "'house'", "Did you mean 'houses'", "never ran"):
        flow.contrast(DESIGN, "faces", "house")
    with complains(ns.OptionError, "given twice"):
        flow.contrast(DESIGN, "faces", "faces")
    with complains(ns.UnknownNameError, "bonferroni", "holm"):
        flow.contrast(DESIGN, "faces", correction="bonferroni")
    with complains(ns.OptionError, "alpha"):
        flow.contrast(DESIGN, "faces", alpha=5)
    with complains(ns.UnknownNameError, "ar1", "'autoregression'"):
        flow.fit(DESIGN, noise_model="ar1")


def test_too_few_samples_and_regressors_that_samples_cannot_tell_apart_are_errors():
    with complains(ns.DataError, "3 samples", "too few"):
        flow_of(repetition_time=50.0).fit(DESIGN)
    with complains(ns.DataError, "3 samples", "too few"):
        flow_of(repetition_time=50.0).fit(DESIGN, noise_model="white")
    with complains(ns.DataError, "'A'", "before flow rises"):
        flow_of(seconds_per_tick=0.01, repetition_time=0.01).fit([(179, 180, "A"), (0, 10, "B")])
    with complains(ns.DataError, "cannot be told from"):
        beat = [(20 * k + start, 20 * k + start + 5, task) for k in range(9) for start, task in ((0, "A"), (5, "B"))]
        flow_of(repetition_time=20.0).fit(beat)


# --- Fitting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"seconds_per_tick": 0.5, "repetition_time": 0.8}, {"of": "input"}])
def test_without_noise_betas_are_the_activity_that_was_planted(settings):
    """FFA is at 0.1 in rest, for its threshold is -0.1, and 2 more with faces; PPA adds 0.5 with houses."""
    net = brain()
    flow = flow_of(net, **settings)
    model = flow.fit(DESIGN)
    np.testing.assert_allclose(model.betas, [[0.5, 2.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]], atol=1e-9)
    rest = [0, 0, 0, 0] if settings.get("of") == "input" else [0, 0.1, 0, 0]
    np.testing.assert_allclose(model.fitted.coefficients[2], rest, atol=1e-9)
    assert model.names == ("faces", "houses", "rest")


def test_a_task_may_begin_with_the_recording():
    """Flow starts from nothing, and so does the model: no sample has to be thrown away."""
    design = [(0, 30, "faces"), (60, 90, "houses"), (90, 120, "faces")]
    model = flow_of(stimulus=shown(design)).fit(design)
    np.testing.assert_allclose(model.betas[:, 1], [2.0, 0.0], atol=1e-9)


def test_tasks_may_overlap():
    design = [(20, 60, "faces"), (40, 80, "houses"), (120, 140, "houses")]
    np.testing.assert_allclose(
        flow_of(stimulus=shown(design)).fit(design).betas[:, :3].T, [[0.5, 0.5], [2, 0], [0, 0.5]], atol=1e-9
    )


def test_trials_share_betas_and_not_their_level():
    """The second trial has drifted upwards as a whole; the tasks' shares are the same."""
    flow = flow_of(stimulus=np.stack([shown(), shown()]))
    lifted = dataclasses.replace(
        flow,
        values=flow.values + np.array([0.0, 3.0])[:, None, None] * flow.response.flow(np.ones(TICKS), 1.0, flow.times),
    )
    model = lifted.fit(DESIGN)
    assert model.names == ("faces", "houses", "rest, trial 0", "rest, trial 1")
    np.testing.assert_allclose(model.betas[:, 1], [2.0, 0.0], atol=1e-9)
    assert model.fitted.coefficients[2:, 1] == pytest.approx([0.1, 3.1])


def test_drift_is_taken_up():
    flow = flow_of(noise=0.05, rng=0)
    wave = 5 * np.cos(np.pi * (2 * np.arange(90) + 1) / 180)  # half a period over the run: one of the cosines
    drifting = dataclasses.replace(flow, values=flow.values + wave)
    one, other = flow.fit(DESIGN, drift=128, noise_model="white"), drifting.fit(DESIGN, drift=128, noise_model="white")
    assert one.names[2:] == ("rest", "drift 1", "drift 2")
    np.testing.assert_allclose(other.betas, one.betas, atol=1e-12)
    np.testing.assert_allclose(other.errors, one.errors, atol=1e-12)
    assert drifting.fit(DESIGN).errors.min() > 5 * one.errors.max()


def test_a_contrast_is_the_difference_of_betas_with_its_error():
    flow = flow_of(noise=0.3, noise_memory=0.3, rng=1)
    model = flow.fit(DESIGN)
    found = model.contrast("faces", "houses", alpha=0.01)
    weights = np.array([1.0, -1.0, 0.0])
    np.testing.assert_allclose(found.difference, model.betas[0] - model.betas[1])
    np.testing.assert_allclose(found.error**2, model.fitted.variance * (model.fitted.unscaled @ weights @ weights))
    np.testing.assert_allclose(found.t, found.difference / found.error)
    np.testing.assert_allclose(found.p, 2 * stats.t.sf(np.abs(found.t), 90 - 3))
    half = stats.t.ppf(0.995, 87) * found.error
    np.testing.assert_allclose([found.low, found.high], [found.difference - half, found.difference + half])
    opposite = flow.contrast(DESIGN, "houses", "faces", alpha=0.01)
    np.testing.assert_allclose(opposite.t, -found.t)
    np.testing.assert_allclose(model.half_widths, stats.t.ppf(0.975, 87) * model.errors)
    np.testing.assert_allclose(flow.contrast(DESIGN, "faces").difference, model.betas[0])


def test_rest_may_be_one_of_the_tasks():
    """Two tasks and no rest: the one that is left out of the design is what the other is compared with."""
    halves = [(0, 45, "faces"), (45, 90, "houses"), (90, 135, "faces"), (135, 180, "houses")]
    flow = flow_of(stimulus=shown(halves))
    with complains(ns.DataError, "no rest"):
        flow.fit(halves)
    found = flow.contrast([block for block in halves if block[2] == "faces"], "faces")
    np.testing.assert_allclose(found.difference, [0.0, 2.0, -0.5, 0.0], atol=1e-9)


# --- Chance --------------------------------------------------------------------------------------


def varying(n, blocks=2, **settings):
    """One task shown as if it were two, to n eyes with a region each; images differ, so activity does in blocks."""
    rng = np.random.default_rng(0)
    design = [(80 * k + start, 80 * k + start + 20, task) for k in range(blocks) for start, _, task in DESIGN[:2]]
    regions = ["eye"] * n + [f"r{i}" for i in range(n)]
    net = ns.Network.from_arrays(range(n), range(n, 2 * n), 1.0, modes="relu", regions=regions)
    on = shown(design, 80 * blocks + 20).sum(axis=1)[:, None]
    rec = ns.simulate(net, on * rng.random((len(on), n)))
    return ns.blood_flow(rec, regions=regions[n:], rng=rng, **settings), design


@pytest.mark.parametrize(
    "settings", [{"noise": 1.0}, {"noise": 0.1}, {"noise": 0.05}, {"noise": 0.2, "noise_memory": 0.5}]
)
def test_where_there_is_no_difference_alarms_are_rare(settings):
    flow, design = varying(240, **settings)
    model = flow.fit(design)
    found = model.contrast("faces", "houses")
    assert stats.binom.ppf(5e-4, 240, 0.05) <= (found.p < 0.05).sum() <= stats.binom.isf(5e-4, 240, 0.05)
    assert len(found.significant) <= 2
    if settings["noise"] < 0.5:
        assert (model.contrast("faces").p < 0.05).mean() > 0.9  # and what is there is found


@pytest.mark.parametrize("noise_model", ["white", "autoregression"])
def test_activity_that_varies_deceives_the_other_models(noise_model):
    flow, design = varying(240, noise=0.05)
    found = flow.contrast(design, "faces", "houses", noise_model=noise_model)
    assert (found.p < 0.05).sum() > stats.binom.isf(5e-4, 240, 0.05)


def test_a_difference_is_found_as_often_as_it_should_be():
    """Power, from the noncentral t distribution: white noise and a design whose error is known beforehand."""
    net = ns.Network.from_arrays(
        [0] * 300, range(1, 301), 0.1, modes="relu", regions=["eye"] + [f"r{i}" for i in range(300)]
    )
    rec = ns.simulate(net, shown()[:, :1])
    flow = ns.blood_flow(rec, regions=[f"r{i}" for i in range(300)], noise=0.2, rng=0)
    model = flow.fit(DESIGN, noise_model="white")
    error = 0.2 * np.sqrt(np.linalg.inv(model.regressors.T @ model.regressors)[0, 0])
    limit = stats.t.ppf(0.975, 87)
    power = stats.nct.sf(limit, 87, 0.1 / error)
    assert 0.2 < power < 0.95
    hits = int((model.contrast("faces").p < 0.05).sum())
    assert stats.binom.ppf(5e-4, 300, power) <= hits <= stats.binom.isf(5e-4, 300, power)


# --- Regions that cannot be tested ---------------------------------------------------------------


def test_silent_regions_and_exact_fits_are_told_in_words():
    found = flow_of().contrast(DESIGN, "faces", "houses")
    assert found.notes == (*["no noise to test against: the fit is exact"] * 3, "flow never changes: not tested")
    assert found.t.tolist()[:3] == [0.0, np.inf, -np.inf]
    assert found.p.tolist()[:3] == [1.0, 0.0, 0.0]
    assert np.isnan(found.t[3])
    assert np.isnan(found.corrected[3])
    assert found.significant == ("FFA", "PPA")
    assert "nan" not in repr(found)
    assert "mute             0" in repr(found)
    assert "over 3 regions" in repr(found)
    assert [found.verdict(region) for region in found.regions] == [
        "no difference",
        "more in faces",
        "more in houses",
        "no difference",
    ]
    with complains(ns.UnknownNameError, "FFB", "FFA"):
        found.verdict("FFB")


def test_silent_regions_do_not_count_among_the_tests():
    flow = flow_of(noise=0.3, rng=2)
    values = flow.values.copy()
    values[3] = 0.0
    found = dataclasses.replace(flow, values=values).contrast(DESIGN, "faces", "houses")
    three = dataclasses.replace(flow, values=values[:3], regions=flow.regions[:3]).contrast(DESIGN, "faces", "houses")
    np.testing.assert_array_equal(found.corrected[:3], three.corrected)


# --- Tables --------------------------------------------------------------------------------------


def test_tables():
    flow = flow_of(noise=0.3, rng=0)
    model = flow.fit(DESIGN)
    found = model.contrast("faces", "houses", correction="benjamini-hochberg")
    assert repr(found).splitlines()[0] == "Blood flow, faces \N{MINUS SIGN} houses"
    assert "Benjamini and Hochberg, over 4 regions" in repr(found)
    assert f"{model.betas[0, 1]:+.4g}" in repr(model)
    html = found._repr_html_()
    assert html.count("<tr>") == 5
    assert "FFA" in html
    assert model.contrast("faces").name == "faces \N{MINUS SIGN} rest"


def test_csv(tmp_path):
    found = flow_of(noise=0.3, rng=0).contrast(DESIGN, "faces", "houses")
    found.to_csv(tmp_path / "contrast.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "contrast.csv").read_text())))
    assert [row["region"] for row in rows] == list(found.regions)
    np.testing.assert_allclose([float(row["t"]) for row in rows], found.t)
    assert rows[1]["verdict"] == "more in faces"
    with complains(ns.ModelFileError, "nowhere"):
        found.to_csv(tmp_path / "nowhere" / "contrast.csv")
