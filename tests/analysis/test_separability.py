"""A neuron that separates is tried on every sample; a proof that none can is added up again, in fractions."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains

SQUARE = np.array([[0, 0], [1, 1], [1, 0], [0, 1]])


def cube(n):
    return np.array(list(itertools.product([0, 1], repeat=n)))


def proves(multipliers, X, fires):
    """Whether the multipliers contradict: all of the left sides cancel, and 0 > 0 remains."""
    signed = [m if up else -m for m, up in zip(multipliers, fires, strict=True)]
    rows = [[*map(Fraction, row.tolist()), 1] for row in np.asarray(X, dtype=float)]
    sums = [sum(m * row[i] for m, row in zip(signed, rows, strict=True)) for i in range(len(rows[0]))]
    return min(multipliers) >= 0 and any(multipliers) and not any(sums)


def check(X, labels):
    """Whatever is answered is right: it comes with what shows it."""
    X, fires = np.asarray(X, dtype=float), np.asarray(labels).astype(bool)
    found = ns.separability(X, labels)
    if found.separable:
        assert [bool(found.neuron.fire(row)) for row in X.tolist()] == fires.tolist()
        assert found.certificate is None
    else:
        assert found.neuron is None
        assert found.margin == 0.0
        assert proves(tuple(found.certificate), X, fires)
        assert found.certificate.holds(X, labels)
        assert len(found.certificate.rows) <= X.shape[1] + 2
    return found


# --- Right answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(("inputs", "count"), [(1, 4), (2, 14), (3, 104)])
def test_as_many_boolean_functions_are_threshold_functions_as_is_known(inputs, count):
    """Muroga, Threshold Logic and its Applications (1971)."""
    X = cube(inputs)
    tables = itertools.product([0, 1], repeat=2**inputs)
    assert sum(check(X, np.array(table) if any(table) else np.zeros(len(X))).separable for table in tables) == count


def test_xor_and_xnor_cannot_be_and_the_proof_is_in_words():
    for labels, words in (
        ([1, 1, 0, 0], "Add rows 1 and 2, subtract rows 3 and 4: 0 > 0."),
        ([0, 0, 1, 1], "Add rows 3 and 4, subtract rows 1 and 2: 0 > 0."),
    ):
        found = check(SQUARE, labels)
        assert tuple(found.certificate) == (1, 1, 1, 1)
        assert found.certificate.words == words
        assert words in repr(found)
        assert found.certificate.point.tolist() == [0.5, 0.5]
        assert found.certificate.smallest


@given(st.data())
def test_every_answer_is_right(data):
    n, count = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 9))
    numbers = data.draw(
        st.sampled_from(
            [
                st.integers(-2, 2),
                st.floats(-1e3, 1e3),
                st.sampled_from([0.1, 0.2, 0.3, 0.1 + 0.2, 1e-300, 1e300, -1e300]),
            ]
        )
    )
    X = data.draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=count, max_size=count))
    labels = data.draw(st.lists(st.sampled_from([0, 1]), min_size=count, max_size=count))
    try:
        check(X, labels)
    except ns.DataError as error:  # they can be parted, but by no floating-point neuron that was found
        if "so close" not in str(error):
            raise


def test_what_rounding_would_merge_is_told_apart():
    assert check([[0.3], [0.1 + 0.2]], [0, 1]).separable
    assert not check([[0.1 + 0.2], [0.3], [0.1 + 0.2]], [0, 1, 1]).separable


@pytest.mark.parametrize(
    ("tenths", "labels"),
    [
        ([[1, 0], [-3, 2], [-1, 1]], [0, 0, 1]),
        ([[-1, -3], [2, 3], [0, -1]], [1, 1, 0]),
        ([[3, -1], [2, 0], [1, 1], [2, 1], [-2, -3]], [1, 0, 1, 1, 0]),
    ],
)
def test_a_neuron_is_found_for_classes_that_only_the_rounding_of_tenths_keeps_apart(tenths, labels):
    assert not check(tenths, labels).separable
    assert check(np.array(tenths) * 0.1, labels).separable


@pytest.mark.parametrize("unit", [5e-324, 1e-310, 1e-200, 1e200, 0.8e308])
def test_numbers_of_any_size_are_told_apart_without_a_warning(unit):
    assert check(np.array([[0.0], [1.0], [2.0]]) * unit, [0, 1, 1]).separable
    assert not check(np.array([[0.0], [1.0], [2.0]]) * unit, [0, 1, 0]).separable
    assert not check(SQUARE * unit, [1, 1, 0, 0]).separable


def test_what_was_found_stays_as_it_is():
    X, labels = SQUARE.astype(float), np.array([1, 1, 0, 0])
    found = ns.separability(X, labels)
    X[:], labels[:] = 7, 0
    assert found.certificate.holds(SQUARE, [1, 1, 0, 0])
    with pytest.raises(ValueError, match="read-only"):
        found.X[0] = 1


def test_points_in_a_line_that_take_turns_need_three():
    found = check([[0.0], [1.0], [3.0], [7.0], [9.0]], [0, 1, 1, 0, 0])
    assert found.certificate.rows in ((0, 1, 3), (0, 1, 4), (0, 2, 3), (0, 2, 4))
    assert found.certificate.smallest


def test_the_same_sample_in_both_classes_is_the_shortest_proof():
    found = check([[0.5, 0.25], [1, 2], [0.5, 0.25], [3, 3], [2, 0]], [1, 1, 0, 0, 1])
    assert found.certificate.rows == (0, 2)
    assert found.certificate.point.tolist() == [0.5, 0.25]


def meets(X, fires, rows):
    """Whether the hulls of these samples meet, by another linear program: shares of both classes with one mean."""
    from scipy.optimize import linprog

    X, fires = X[list(rows)], fires[list(rows)]
    if fires.all() or not fires.any():
        return False
    sides = np.where(fires, 1.0, -1.0)
    equations = np.vstack([(sides[:, None] * X).T, fires, ~fires])
    return linprog(np.zeros(len(X)), A_eq=equations, b_eq=[*[0] * X.shape[1], 1, 1]).status == 0


@pytest.mark.parametrize("seed", range(12))
def test_no_proof_needs_fewer_samples(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(-3, 4, size=(10, 1 + seed % 3)).astype(float)
    labels = rng.integers(0, 2, size=10)
    found = check(X, labels)
    if not found.separable:
        needed = len(found.certificate.rows)
        assert found.certificate.smallest
        assert not any(meets(X, labels == 1, rows) for rows in itertools.combinations(range(10), needed - 1))


def hull_distance(A, B):
    """The distance of two polygons that do not meet: that of a corner of one and a side of the other."""
    least = np.inf
    for corners, others in ((A, B), (B, A)):
        for p in corners:
            for a, b in itertools.combinations_with_replacement(others, 2):
                along, to = b - a, p - a
                length = np.hypot(*along)
                inside = length and 0 <= along @ to <= length**2
                away = abs(along[0] * to[1] - along[1] * to[0]) / length if inside else np.hypot(*to)
                least = min(least, away)
    return least


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_the_margin_is_the_largest_where_one_input_has_much_larger_numbers(scale):
    rng = np.random.default_rng(0)
    for _ in range(20):
        X = rng.normal([3, -1], 1, size=(7, 2))
        labels = (X.sum(axis=1) > np.median(X.sum(axis=1))).astype(int)
        X[:, 1] *= scale
        found = check(X, labels)
        assert found.margin == pytest.approx(hull_distance(X[labels == 1], X[labels == 0]) / 2, rel=1e-6)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_margin_is_the_largest(n):
    svm = pytest.importorskip("sklearn.svm")
    rng = np.random.default_rng(n)
    X = rng.normal(size=(40, n))
    labels = (X @ rng.normal(size=n) >= 0.2).astype(int)
    found = check(X, labels)
    peer = svm.SVC(kernel="linear", C=1e9, tol=1e-8).fit(X, labels)
    assert found.margin == pytest.approx(1 / np.linalg.norm(peer.coef_), rel=1e-4)
    weights = np.array(list(found.neuron.dendrites.values()))
    assert weights == pytest.approx(peer.coef_[0], rel=1e-3)
    drives = X @ weights - found.neuron.threshold
    assert np.abs(drives).min() == pytest.approx(1)
    assert np.abs(drives[list(found.nearest)]) == pytest.approx(1)


def test_many_samples_of_many_inputs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 20))
    assert check(X, X @ rng.normal(size=20) > 0).separable
    assert not check(X, rng.integers(0, 2, size=300)).separable


@pytest.mark.parametrize("label", [0, 1, False, True])
def test_one_class_needs_no_weights(label):
    found = check(SQUARE, [label] * 4)
    assert found.neuron.fire([7, -7]) == label
    assert (found.margin, found.nearest) == (np.inf, ())
    assert "one class" in repr(found)


# --- Labels, names, forms ------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [[0, 1, 0, 0], [-1, 1, -1, -1], [False, True, False, False], [3, 7, 3, 3]])
def test_the_neuron_fires_for_the_larger_label(labels):
    found = ns.separability(SQUARE, labels, names=["left", "right"])
    assert [found.neuron.fire(left=a, right=b) for a, b in SQUARE] == [0, 1, 0, 0]
    assert "2 left + 2 right >= 3" in repr(found)


def test_a_certificate_is_a_sequence_and_an_array():
    certificate = ns.separability(SQUARE, [1, 1, 0, 0]).certificate
    assert (len(certificate), certificate[1], certificate[1:3], list(certificate)) == (4, 1, (1, 1), [1, 1, 1, 1])
    assert np.asarray(certificate).tolist() == [1, 1, 1, 1]
    assert certificate.shares == (Fraction(1, 2),) * 4


def test_a_certificate_does_not_hold_for_other_samples():
    certificate = ns.separability(SQUARE, [1, 1, 0, 0]).certificate
    assert certificate.holds(SQUARE * 3 - 1, [1, 1, 0, 0])
    assert not certificate.holds(SQUARE, [1, 0, 1, 0])
    assert not certificate.holds(SQUARE + 1e-15 * np.eye(4, 2), [1, 1, 0, 0])
    assert not certificate.holds(SQUARE[:3], [1, 1, 0])


def test_large_multipliers_are_told_as_shares():
    rng = np.random.default_rng(1)
    found = check(rng.normal(size=(30, 3)), rng.integers(0, 2, size=30))
    assert "(rounded)" in found.certificate.words
    assert sum(np.asarray(found.certificate)) == pytest.approx(2)


@pytest.mark.parametrize(
    ("X", "labels", "words"),
    [
        ([0, 1], [0, 1], ("(samples, inputs)", "shape (2,)", "[[0.5], [1.5]]")),
        ([["a"]], [0], ("table of numbers",)),
        (np.empty((0, 2)), [], ("shape (0, 2)",)),
        ([[0.0], [np.nan]], [0, 1], ("nan", "row 2, column 1")),
        (SQUARE, [0, 1, 1], ("4 samples", "shape (3,)")),
        (SQUARE, [0, 1, 2, 1], ("two numbers", "np.asarray(labels) == 2")),
        (SQUARE, ["a", "b", "a", "b"], ("two numbers",)),
    ],
)
def test_errors_say_what_to_type(X, labels, words):
    with complains(ns.DataError, *words):
        ns.separability(X, labels)


@pytest.mark.parametrize("names", ["ab", ["a"], ["a", "a"]])
def test_names_must_be_those_of_the_inputs(names):
    with complains(ns.DataError, "2 inputs", "different"):
        ns.separability(SQUARE, [0, 1, 0, 0], names=names)
