"""Data that comes with the package or is made by a rule, against another library's; and samples out of files."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons

import neurosim as ns
from tests.anatomy.helpers import complains


def test_digits_are_those_of_the_uci_set():
    data, theirs = ns.datasets.digits(), load_digits()
    assert (data.X * 16 == theirs.data).all()
    assert (data.labels == theirs.target).all()
    assert data.image(0).shape == (8, 8)
    assert "UCI" in repr(data)
    assert "CC BY 4.0" in repr(data)


def test_the_split_is_fixed_complete_and_without_overlap():
    data = ns.datasets.digits()
    (X, labels), (X_test, labels_test) = data.train, data.test
    assert (len(X), len(X_test)) == (1257, 540)
    assert len(X_test) / len(data.X) == np.float64(540 / 1797)
    assert (data.is_test == ns.datasets.digits().is_test).all()
    assert (np.sort(np.bincount(labels) + np.bincount(labels_test)) == np.sort(np.bincount(data.labels))).all()
    assert np.bincount(labels_test).min() > 40


# --- Somewhere on a retina -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "retina", "rows", "columns"),
    [
        ((3, 3), (16, 16), [0, 4, 8], [0, 4, 8]),
        ((2, 2), (16, 16), [0, 8], [0, 8]),
        ((1, 4), (8, 20), [0], [0, 4, 8, 12]),
        ((2, 3), (9, 10), [0, 1], [0, 1, 2]),
    ],
)
def test_each_stimulus_is_a_digit_at_its_place_and_nothing_elsewhere(places, retina, rows, columns):
    digits = ns.datasets.digits()
    data = ns.datasets.digits_somewhere(places, retina=retina, training=150, test=40, rng=0)
    assert data.corners.tolist() == [[row, column] for row in rows for column in columns]
    for part, (images, labels) in ((data.train, digits.train), (data.test, digits.test)):
        for x, what, where in zip(*part, strict=True):
            row, column = data.corners[where]
            seen = data.image(x)
            inside = seen[row : row + 8, column : column + 8]
            found = np.flatnonzero((images == inside.ravel()).all(axis=1))
            assert labels[found[0]] == what
            assert seen.sum() == pytest.approx(inside.sum())
            assert seen.shape == retina


def test_images_and_places_are_dealt_out_evenly_and_what_says_nothing_about_where():
    data = ns.datasets.digits_somewhere(training=2 * 1257, test=540, rng=1)
    whole = ns.datasets.digits()
    assert (np.bincount(data.train.what) == 2 * np.bincount(whole.train[1])).all()
    assert (np.bincount(data.test.what) == np.bincount(whole.test[1])).all()
    for part in (data.train, data.test):
        assert np.ptp(np.bincount(part.where)) <= 1
        joint = np.histogram2d(part.what, part.where, bins=(10, 9))[0]
        expected = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / joint.sum()
        assert ((joint - expected) ** 2 / expected).sum() < 110  # chi-squared with 72 degrees of freedom: p > 0.002


def test_the_seed_says_everything_and_noise_is_as_large_as_asked_for():
    def make(**settings):
        return ns.datasets.digits_somewhere(training=60, test=20, **settings)

    one, same, other, noisy = make(rng=0), make(rng=0), make(rng=1), make(rng=0, noise=0.2)
    assert all((a == b).all() for a, b in zip(one.train + one.test, same.train + same.test, strict=True))
    assert (one.train.X != other.train.X).any()
    assert (noisy.train.what == one.train.what).all()
    assert (noisy.train.X - one.train.X).std() == pytest.approx(0.2, rel=0.05)
    assert repr(one).startswith("PlacedDigits: 60 to learn from and 20 to test on, each a digit of 8 x 8 at one of 9 ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"places": 9}, ["places must be two numbers", "got 9"]),
        ({"places": (0, 3)}, ["places", "from 1 up", "got 0"]),
        ({"retina": (7, 16)}, ["retina", "from 8 up", "got 7"]),
        ({"places": (3, 3), "retina": (9, 16)}, ["no room for 3 rows of places", "retina=(10, 16)"]),
        ({"training": 0}, ["training", "from 1 up"]),
        ({"test": 2.5}, ["test", "2.5"]),
        ({"noise": -1}, ["noise", "from 0"]),
    ],
)
def test_a_retina_that_cannot_be_is_told(settings, words):
    with complains(ns.OptionError, *words):
        ns.datasets.digits_somewhere(**settings)


# --- Made by a rule ------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [2, 3, 100, 101])
def test_moons_are_another_librarys(samples):
    X, labels = ns.datasets.moons(samples, noise=0.0, rng=0)
    theirs, classes = make_moons(samples, noise=None, shuffle=False)
    ours = sorted(zip(labels.tolist(), X.round(9).tolist(), strict=True))
    assert ours == sorted(zip(classes.tolist(), theirs.round(9).tolist(), strict=True))


def test_noise_moves_both_coordinates_as_far_as_it_says_and_the_seed_says_where():
    still, labels = ns.datasets.moons(4000, noise=0.0, rng=5)
    X, same = ns.datasets.moons(4000, noise=0.3, rng=5)
    assert (labels == same).all()
    assert (X - still).std(axis=0) == pytest.approx([0.3, 0.3], rel=0.05)
    assert (ns.datasets.moons(50, rng=1)[0] == ns.datasets.moons(50, rng=np.random.default_rng(1))[0]).all()
    assert (ns.datasets.moons(50, rng=1)[0] != ns.datasets.moons(50, rng=2)[0]).any()
    assert len(set(labels[:20].tolist())) == 2, "the classes are mixed"


def test_xor_is_its_truth_table():
    X, labels = ns.datasets.xor()
    assert labels.tolist() == [int(bool(a) != bool(b)) for a, b in X]
    cloud, classes = ns.datasets.xor(500, noise=0.2, rng=0)
    assert (classes == np.tile(labels, 500)).all()
    assert (cloud - np.tile(X, (500, 1))).std() == pytest.approx(0.2, rel=0.05)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.datasets.moons(1), ("samples", "from 2 up", "1")),
        (lambda: ns.datasets.moons(2.5), ("samples", "2.5")),
        (lambda: ns.datasets.moons(noise=-0.1), ("noise", "-0.1")),
        (lambda: ns.datasets.moons(noise=float("nan")), ("noise", "nan")),
        (lambda: ns.datasets.moons(rng="0"), ("rng", "rng=0")),
        (lambda: ns.datasets.xor(0), ("copies", "from 1 up")),
        (lambda: ns.datasets.xor(noise="much"), ("noise", "much")),
    ],
)
def test_mistakes_in_making_are_told(make, words):
    with complains(ns.OptionError, *words):
        make()


# --- Out of files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "label", "inputs", "classes", "numbers"),
    [
        ("a,b,label\n1,2,0\n3,4,1\n", None, ("a", "b"), ("0", "1"), [0, 1]),
        ("label,a,b\n0,1,2\n1,3,4\n", None, ("a", "b"), ("0", "1"), [0, 1]),
        ("1,2,0\n3,4,1\n", None, ("column 1", "column 2"), ("0", "1"), [0, 1]),
        ("1,2,cat\n3,4,bird\n", None, ("column 1", "column 2"), ("bird", "cat"), [1, 0]),
        ("a,b,kind\n1,2,cat\n3,4,bird\n", "kind", ("a", "b"), ("bird", "cat"), [1, 0]),
        ("a,kind,b\n1,1.0,2\n\n3,0.0,4\n", "kind", ("a", "b"), ("0", "1"), [1, 0]),
        ("1,2,-1\n3,4,1\n", None, ("column 1", "column 2"), ("-1", "1"), [0, 1]),
        ("1,2,-1\n3,4,-5\n", None, ("column 1", "column 2"), ("-5", "-1"), [1, 0]),
        ("1,2,2026\n3,4,1e9\n", None, ("column 1", "column 2"), ("2026", "1000000000"), [0, 1]),
        ("1999,2000,kind\n1,2,1\n3,4,0\n", None, ("1999", "2000"), ("0", "1"), [1, 0]),
        ("1999,2000,Class\n1,2,1\n3,4,0\n", None, ("1999", "2000"), ("0", "1"), [1, 0]),
        ("\ufeffa,b,y\n1,2,3\n3,4,0\n", None, ("a", "b"), ("0", "1", "2", "3"), [3, 0]),
    ],
)
def test_tables_are_read(text, label, inputs, classes, numbers, tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text(text, encoding="utf-8")
    found = ns.datasets.read(path, label=label)
    assert found.X.tolist() == [[1, 2], [3, 4]]
    assert (found.inputs, found.classes, found.labels.tolist()) == (inputs, classes, numbers)


def test_arrays_are_read(tmp_path):
    np.savez(tmp_path / "samples.npz", X=[[1, 2], [3, 4]], labels=[1, 0])
    assert ns.datasets.read(tmp_path / "samples.npz").labels.tolist() == [1, 0]
    np.savez(tmp_path / "samples.npz", X=[[1, 2], [3, 4]], kind=["cat", "bird"])
    assert ns.datasets.read(tmp_path / "samples.npz", label="kind").classes == ("bird", "cat")


@pytest.mark.parametrize(
    ("name", "content", "label", "words"),
    [
        ("none.csv", None, None, ("none.csv", "No such file")),
        ("empty.csv", "", None, ("no samples",)),
        ("names.csv", "a,label\n", None, ("row for each sample",)),
        ("one.csv", "label\n1\n", None, ("one input or more",)),
        ("short.csv", "a,b,label\n1,2,0\n1,2\n", None, ("Line 3", "2 values", "3")),
        ("word.csv", "a,b,label\n1,two,0\n", None, ("Line 2", "'two'", "'b'")),
        ("nan.csv", "a,b,label\n1,nan,0\n", None, ("Line 2", "'nan'", "finite")),
        ("half.csv", "a,b,label\n1,2,0\n1,2,\n", None, ("Line 3", "no label")),
        ("semicolons.csv", "a;b;label\n1;2;0\n", None, ("commas between them",)),
        ("other.csv", "a,b,label\n1,2,0\n", "lable", ("lable", "Did you mean 'label'?")),
        ("bytes.csv", b"\xff\xfe\x00", None, ("bytes.csv", "comma-separated")),
        ("no.npz", b"no zip at all", None, ("no.npz", "npz")),
    ],
)
def test_what_cannot_be_read_is_told(name, content, label, words, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with complains(ns.NeurosimError, *words):
        ns.datasets.read(path, label=label)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.zeros((2, 2))}, ("arrays X and labels", "'X'")),
        ({"X": np.zeros((2, 2)), "labels": np.zeros(3)}, ("(2, 2)", "(3,)")),
        ({"X": np.zeros((0, 2)), "labels": []}, ("(samples, inputs)", "(0, 2)")),
        ({"X": np.full((2, 2), np.nan), "labels": np.zeros(2)}, ("finite",)),
    ],
)
def test_arrays_that_do_not_fit_are_told(arrays, words, tmp_path):
    np.savez(tmp_path / "samples.npz", **arrays)
    with complains(ns.DataError, *words):
        ns.datasets.read(tmp_path / "samples.npz")
