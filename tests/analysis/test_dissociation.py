"""Double dissociations: against scipy's permutation test and bootstrap, and against what chance alone finds."""

import dataclasses

import networkx as nx
import numpy as np
import pytest
from scipy import stats

import neurosim as ns
from neurosim.analysis.dissociation import _bootstrap, _sign_flips


def brain(crossed=0.0, own=1.0):
    """Two regions and two outputs; each region is heard by its own output, and by the other's with a weight."""
    B = nx.DiGraph()
    B.add_node("eye", size=4)
    for region in ("A", "B"):
        B.add_node(region, size=4, mode="linear")
        B.add_edge("eye", region, wiring=ns.wiring.one_to_one(), weight=1.0)
    for hand, mine in (("left", "A"), ("right", "B")):
        B.add_node(hand, size=4, mode="linear", output=True)
        for region in ("A", "B"):
            weight = own if region == mine else crossed
            B.add_edge(region, hand, wiring=ns.wiring.one_to_one(), weight=weight)
    return ns.Network.from_regions(B, rng=0)


def copying(samples=60, *, rng=0):
    X = np.random.default_rng(rng).normal(size=(samples, 4))
    return [ns.Task(name, X, X + 0.1, name, loss="mse") for name in ("left", "right")]


def test_a_dissociation_that_was_built_is_found():
    atlas = ns.lesion_atlas(brain(), copying(), neurons=[])
    found = atlas.double_dissociations(["A", "B"], rng=0)
    assert len(found) == 1
    (each,) = found.holding
    assert (each.lesions, each.tasks) == (("A", "B"), ("left", "right"))
    assert each.spares(0)
    np.testing.assert_allclose(each.deficit, [[atlas.deficit[1, 0], 0], [0, atlas.deficit[2, 1]]])
    np.testing.assert_allclose(each.contrast, [each.deficit[0, 0], each.deficit[1, 1]])
    assert each.low[0, 0] < each.deficit[0, 0] < each.high[0, 0]
    assert each.high[0, 1] == 0
    assert each.p == pytest.approx(1 / 10_001)
    assert each.corrected == pytest.approx(2 / 10_001)  # of two lesions and two tasks, either way round
    assert "without A, left loses" in str(each)


def test_regions_that_both_serve_both_tasks_alike_do_not_dissociate():
    atlas = ns.lesion_atlas(brain(crossed=0.5, own=0.5), copying(), neurons=[])
    assert len(atlas.double_dissociations(["A", "B"], rng=0)) == 0


def test_one_region_that_both_tasks_need_is_no_double_dissociation():
    net = brain(crossed=0.1)
    for i in range(4):
        net[f"right[{i}]"].dendrites[f"A[{i}]"], net[f"right[{i}]"].dendrites[f"B[{i}]"] = 0.8, 0.2
    atlas = ns.lesion_atlas(net, copying(), neurons=[])
    assert atlas["B"]["right"] > atlas["B"]["left"]  # a little more
    assert atlas["A"]["left"] > 0 < atlas["A"]["right"]
    assert len(atlas.double_dissociations(["A", "B"], rng=0)) == 0


def test_lesions_that_take_everything_spare_nothing():
    """Without V1 or without the eye both tasks are at chance; that one errs with more confidence is no dissociation."""
    rises = np.random.default_rng(1).normal(size=(2, 2, 60)) * 0.1
    rises[0] += [[2.3], [1.2]]  # the first task, in shares of the way to chance: more than all is lost either way
    rises[1] += [[1.6], [1.9]]
    atlas = _made(rises, ("A", "B"))
    assert len(atlas.double_dissociations(rng=0)) == 0
    rises[0] += [[-1.3], [-0.8]]  # 1.0 and 0.4
    rises[1] += [[-1.2], [-0.9]]  # 0.4 and 1.0
    assert len(_made(rises, ("A", "B")).double_dissociations(rng=0)) == 1
    assert len(_made(rises, ("A", "B")).double_dissociations(spare=0.3, rng=0)) == 0


def test_what_every_task_needs_to_see_is_not_searched():
    atlas = ns.lesion_atlas(brain(), copying(), neurons=[])
    assert "eye" in atlas.regions
    assert atlas.double_dissociations(rng=0).tried == 2
    assert atlas.double_dissociations(atlas.regions, rng=0).tried == 6


def test_p_is_that_of_scipys_permutation_test():
    gaps = np.random.default_rng(3).normal(0.3, 1, size=(2, 9))
    above, below = _sign_flips(gaps, 200_000, np.random.default_rng(0))
    for row, p, other in zip(gaps, above, below, strict=True):
        exact = stats.permutation_test((row,), np.mean, permutation_type="samples", alternative="greater").pvalue
        assert p == pytest.approx(exact, abs=0.005)  # all 512 signs against draws
        assert other == pytest.approx(1 - exact + 1 / 512, abs=0.005)


def test_intervals_are_those_of_scipys_bootstrap():
    values = np.random.default_rng(4).exponential(size=40)
    draws = _bootstrap(values[None], 20_000, np.random.default_rng(0))[:, 0]
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=1).confidence_interval
    assert np.quantile(draws, [0.025, 0.975]) == pytest.approx([theirs.low, theirs.high], abs=0.04)


def test_effect_sizes_are_means_over_standard_deviations():
    atlas = ns.lesion_atlas(brain(crossed=0.2), copying(), neurons=[])
    (each,) = atlas.double_dissociations(["A", "B"], rng=0)
    for place, (task, own, other) in enumerate((("left", "A", "B"), ("right", "B", "A"))):
        gap = atlas.rises(own, task) - atlas.rises(other, task)
        assert each.effect_size[place] == pytest.approx(gap.mean() / gap.std(ddof=1))


def test_chance_alone_is_seldom_called_a_dissociation():
    """The worst case: one task truly loses more with A, the other one with neither more; that is single, not double."""
    called, draw, brains = 0, np.random.default_rng(5), 400
    for _ in range(brains):
        rises = draw.normal(size=(2, 2, 30))  # tasks, lesions, samples
        rises[0, 0] += 3
        rises[1] += 1.5  # both hurt the second task alike, so that the deficits may well cross
        called += bool(_made(rises, ("A", "B")).double_dissociations(spare=1, resamples=199, rng=draw).holding)
    assert called <= stats.binom.ppf(0.999, brains, 0.05)


def test_of_many_lesions_chance_finds_no_more():
    """Six lesions that differ in nothing but noise: thirty combinations, and still one in twenty brains at most."""
    called, draw, brains, names = 0, np.random.default_rng(6), 100, tuple("ABCDEF")
    for _ in range(brains):
        rises = draw.normal(1, 1, size=(2, 6, 12))
        called += bool(_made(rises, names).double_dissociations(names, spare=1, resamples=999, rng=draw).holding)
    assert called <= stats.binom.ppf(0.999, brains, 0.05)


def test_what_is_tested_is_both_tasks_at_once():
    rises = np.random.default_rng(7).normal(size=(2, 2, 40))
    rises[0, 0] += 2.0
    rises[1, 1] += 0.3
    (each,) = _made(rises, ("A", "B")).double_dissociations(spare=1, rng=0)
    first, second = (
        stats.permutation_test(
            (gap,), np.mean, permutation_type="samples", alternative="greater", n_resamples=20_000, rng=0
        ).pvalue
        for gap in (rises[0, 0] - rises[0, 1], rises[1, 1] - rises[1, 0])
    )
    assert first < 0.001 < second
    assert each.p == pytest.approx(max(first, second), abs=0.01)
    assert each.corrected == pytest.approx(min(1, 2 * each.p), abs=1e-9)


def test_a_deficits_interval_knows_that_its_unit_is_measured_too():
    """Over draws of samples, most intervals hold the deficit that all samples there could be would give."""
    draw, held, draws = np.random.default_rng(8), 0, 300
    true = 0.5 / (np.log(2) - 0.5)
    for _ in range(draws):
        intact = draw.exponential(0.5, 60)
        rise = intact * draw.choice([0, 2], 60)
        way = np.log(2) - intact
        if way.mean() < 0.02:  # a task that is hardly above chance: refused, or without bound
            held += 1
            continue
        atlas = dataclasses.replace(
            _made(np.array([[rise, 0 * rise], [0 * rise, rise]]), ("A", "B")),
            intact=np.full(2, intact.mean()),
            chance=np.full(2, np.log(2)),
            _ways=(way, way),
        )
        (each,) = atlas.double_dissociations(resamples=500, rng=draw)
        held += each.low[0, 0] <= true <= each.high[0, 0]
    assert held / draws > 0.85  # a percentile interval of a ratio; with the unit held fixed it is near one half


def test_more_lesions_than_resamples_can_tell_apart():
    rises = np.random.default_rng(9).normal(size=(2, 30, 20))
    atlas = _made(rises, tuple(f"R{i}" for i in range(30)))
    with pytest.raises(ns.OptionError, match=r"870 combinations.* resamples=34800, or name fewer"):
        atlas.double_dissociations(atlas.regions)
    atlas.double_dissociations(atlas.regions[:5])


def _made(rises, names):
    """An atlas of given rises; everything else is what it has to be."""
    net, count = brain(), len(names)
    return ns.LesionAtlas(
        net=net,
        tasks=("left", "right"),
        regions=names,
        neurons=(),
        pairs=(),
        intact=np.zeros(2),
        chance=np.ones(2),
        loss=rises.mean(axis=2).T,
        intact_accuracy=np.full(2, np.nan),
        chance_accuracy=np.full(2, np.nan),
        accuracy=np.full((count, 2), np.nan),
        sizes=np.ones(count, dtype=int),
        _rises=tuple(dict(enumerate(rows)) for rows in rises),
        _ways=tuple(np.ones(rises.shape[2]) for _ in rises),
    )


def test_names_may_be_given_twice_and_pairs_either_way_round():
    atlas = ns.lesion_atlas(brain(), copying(), regions=["A", "A", "B"], neurons=[], pairs=[("A", "B"), ("B", "A")])
    assert (atlas.regions, atlas.pairs) == (("A", "B"), (("A", "B"),))
    assert atlas["B", "A"] == atlas["A", "B"]
    assert atlas.double_dissociations(["A", "B", "A"], rng=0).tried == 2
    assert atlas.double_dissociations(["A", "B", ("B", "A")], rng=0).tried == 6
    with pytest.raises(ValueError, match="read-only"):
        atlas.rises("A", "left")[:] = 0


def test_the_same_difference_in_all_samples_has_no_bound_as_an_effect():
    rises = np.zeros((2, 2, 10))
    rises[0, 0], rises[1, 1] = 0.1 + 0.2, 0.3
    (each,) = _made(rises, ("A", "B")).double_dissociations(rng=0)
    assert np.isposinf(each.effect_size).all()


def test_the_same_seed_gives_the_same_p():
    atlas = ns.lesion_atlas(brain(crossed=0.5), copying(), neurons=[])
    one, other = (atlas.double_dissociations(["A", "B"], rng=7).rows for _ in range(2))
    assert repr(one) == repr(other)


def test_tables(tmp_path):
    found = ns.lesion_atlas(brain(), copying(), neurons=[]).double_dissociations(rng=0)
    assert "A: left" in repr(found)
    assert "<table>" in found._repr_html_()
    found.to_csv(tmp_path / "found.csv")
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 1 + 4 * len(found)
    assert found[0] is next(iter(found))


def test_none_is_said_in_words():
    nothing = ns.lesion_atlas(brain(crossed=0.5, own=0.5), copying(), neurons=[]).double_dissociations()
    assert "none" in repr(nothing)
    assert "none" in nothing._repr_html_()


def test_errors():
    with pytest.raises(ns.UnknownNameError, match=r"no task in this atlas called 'lefft'\. Did you mean 'left'"):
        ns.lesion_atlas(brain(), copying(), neurons=[])["A"]["lefft"]
    atlas = ns.lesion_atlas(brain(), copying(), neurons=[])
    with pytest.raises(ns.DataError, match="two tasks and two lesions"):
        atlas.double_dissociations(["A"])
    with pytest.raises(ns.DataError, match="two tasks and two lesions"):
        ns.lesion_atlas(brain(), copying()[0], neurons=[]).double_dissociations()
    with pytest.raises(ns.UnknownNameError, match="no lesion in this atlas called 'C'"):
        atlas.double_dissociations(["A", "C"])
    with pytest.raises(ns.OptionError, match="resamples"):
        atlas.double_dissociations(resamples=3)
    with pytest.raises(ns.OptionError, match="alpha"):
        atlas.double_dissociations(alpha=1)
    X = np.random.default_rng(0).normal(size=(20, 4))
    hopeless = ns.Task("wrong", X, -5 * X, "left", loss="mse")
    with pytest.raises(ns.DataError, match="no better than chance"):
        ns.lesion_atlas(brain(), [copying()[1], hopeless], neurons=[]).double_dissociations()
