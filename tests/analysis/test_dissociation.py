"""Double dissociations: against scipy's permutation test and bootstrap, and against what chance alone finds."""

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
    """Lesions of two samples of one population of cells differ by chance; the level is kept over such brains."""
    called, draw = 0, np.random.default_rng(5)
    for _ in range(60):
        rises = draw.normal(size=(2, 2, 30))  # tasks, lesions, samples: no difference but noise
        names = ("A", "B")
        atlas = _made(rises, names)
        called += bool(atlas.double_dissociations(names, resamples=999, rng=draw).holding)
    assert called <= stats.binom.ppf(0.999, 60, 0.05)


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
    )


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


def test_errors():
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
