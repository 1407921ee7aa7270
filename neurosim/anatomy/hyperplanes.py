"""Whether a hyperplane parts two sets of points: decided exactly, with a proof either way.

Floating-point numbers are whole multiples of powers of two, so a question about them has an exact answer.
A linear program in floating point proposes one; exact arithmetic checks it, and decides where it is too
close to call.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.exact import exact_drive

Points = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.integer[Any]]

SOME = 1e-9  # the share of the largest multiplier from which another one counts, in a proposal
DIGITS = 12  # to which weights are rounded, where that parts the points as well: 2 rather than 1.9999999999999998
MOST_DIGITS = 300  # before or after the point; of others the power of ten, by which one rounds, is no double
CLOSE = 1e-12  # the share of the squared distance of two hulls to which it is found
MANY = 1000  # numbers in equations up to which the smallest proof is searched for by a program
NODES = 500  # of its search tree
STEPS = 32  # lengths of the weights that are tried where rounding decides
ROUNDED = 1e-9  # the share of the gap that rounding weights may cost
MOST_PAIRS = 12  # of nearest points, up to which the widest gap between them is worked out exactly
THREES = 2e7  # numbers to look at, up to which all threes are tried
NEARLY = 1e-9  # how far from a line a point may be, over the line's length, to be tried in exact arithmetic


@dataclasses.dataclass(frozen=True)
class Plane:
    """A hyperplane between two sets: weights @ point >= threshold for the points of one, and for no other."""

    weights: tuple[float, ...]
    threshold: float


@dataclasses.dataclass(frozen=True)
class Meeting:
    """A point that both convex hulls hold, so that no hyperplane parts the sets.

    Attributes
    ----------
    shares : dict of int to Fraction
        How much of each point there is in it, by its row: positive, and 1 in all for each of the sets.
    """

    shares: dict[int, Fraction]


def part(points: Points, inside: Flags) -> Plane | Meeting:
    """A hyperplane between two sets of points, or a point where their convex hulls meet: there is always one of them.

    Parameters
    ----------
    points : float array, shape (points, dimensions)
        Finite.
    inside : bool array, shape (points,)
        Which of them are to lie on the hyperplane or above it; the others below. There are some of each.

    Returns
    -------
    Plane or Meeting
        The meeting point consists of points of which none can be left out.

    Raises
    ------
    OverflowError
        If there is a hyperplane, but none was found whose weights are doubles: the sets are too close.
    """
    weights, multipliers = _proposal(points, inside)
    plane = plane_across(points, inside, weights)
    if plane is not None:
        return plane
    some = np.flatnonzero(multipliers > SOME * multipliers.max(initial=0.0))
    if inside[some].any() and not inside[some].all():
        found = _balance(points[some], inside[some]) or _decide(points[some], inside[some])
        if isinstance(found, Meeting):
            return Meeting({int(some[i]): share for i, share in found.shares.items()})
    found = _decide(points, inside)
    if isinstance(found, Meeting):
        return found
    plane = plane_across(points, inside, found) or _narrow_plane(points, inside, found)
    if plane is None:
        raise OverflowError("no hyperplane with weights of 53 bits was found")
    return plane


def _narrow_plane(points: Points, inside: Flags, weights: Points) -> Plane | None:
    """A hyperplane across a direction whose gap is so narrow that rounding may close it.

    Weights of another length are rounded otherwise, and for some of them a double lies in the gap; heights are exact.
    """
    rows = [[Fraction(x) for x in row] for row in points.tolist()]
    least = 0.5 ** (points.shape[1] + 1).bit_length()  # with which no height is too large for a double
    for length in least * (1 + np.arange(STEPS) / STEPS):
        scaled = (length * weights).tolist()
        exact = [Fraction(w) for w in scaled]
        heights = [sum((w * x for w, x in zip(exact, row, strict=True)), Fraction()) for row in rows]
        low = min(height for height, up in zip(heights, inside, strict=True) if up)
        high = max(height for height, up in zip(heights, inside, strict=True) if not up)
        threshold = _double_at_most(low)
        if high < threshold:
            return Plane(tuple(scaled), threshold)
    return None


def _double_at_most(number: Fraction) -> float:
    """The largest double that does not exceed a number."""
    nearest = float(number)
    return nearest + 0.0 if Fraction(nearest) <= number else math.nextafter(nearest, -math.inf)


def plane_across(points: Points, inside: Flags, weights: Points) -> Plane | None:
    """The hyperplane across a direction, half way between the sets; None if it does not part them."""
    with np.errstate(over="ignore", invalid="ignore"):
        heights = points @ weights
        low, high = heights[inside].min(), heights[~inside].max()
        for threshold in (low / 2 + high / 2, low):
            if np.isfinite(threshold) and _parts(points, inside, weights, float(threshold)):
                return Plane(tuple(weights.tolist()), float(threshold) + 0.0)
    return None


def _parts(points: Points, inside: Flags, weights: Points, threshold: float) -> bool:
    """Whether a hyperplane parts the points, in exact arithmetic."""
    drives = points @ weights - threshold
    kind = np.finfo(np.float64)  # the bound of a sum's rounding, generously: see Higham 2002, section 3.1
    size = np.abs(points) @ np.abs(weights) + abs(threshold)
    close = ~(np.abs(drives) > 2 * (len(weights) + 4) * (kind.eps * size + kind.tiny))
    if ((drives >= 0) != inside)[~close].any():
        return False
    exact = (exact_drive(weights.tolist(), points[i].tolist(), threshold) for i in np.flatnonzero(close))
    return all((drive >= 0) == inside[i] for drive, i in zip(exact, np.flatnonzero(close), strict=True))


# --- A proposal, by linear programming -----------------------------------------------------------


def _proposal(points: Points, inside: Flags) -> tuple[Points, Points]:
    """The weights, of -1 to 1, that part the points most widely, and the multipliers that prove that none do better.

    It maximizes t, where side (w x - threshold) >= t for every point x. Where no hyperplane parts them, t is 0 and
    the multipliers of these inequalities, of which the dual program consists, contradict each other.
    """
    from scipy.optimize import linprog

    middle, scale = _frame(points)
    sides, scaled = np.where(inside, 1.0, -1.0), (points - middle) / scale
    n = points.shape[1]
    inequalities = np.column_stack([-sides[:, None] * scaled, sides, np.ones(len(points))])
    bounds = [(-1, 1)] * n + [(None, None)] * 2
    found = linprog([0.0] * (n + 1) + [-1.0], inequalities, np.zeros(len(points)), bounds=bounds, method="highs")
    if found.status != 0 or found.x is None:  # it could not: then exact arithmetic does without
        return np.zeros(n), np.zeros(len(points))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # then it parts nothing
        return found.x[:n] / scale, -found.ineqlin.marginals


def _frame(points: Points) -> tuple[Points, Points]:
    """The middle of the points and half of their extent, by dimension; halves first, so that nothing overflows."""
    top, bottom = points.max(axis=0) / 2, points.min(axis=0) / 2
    return top + bottom, np.where(top > bottom, top - bottom, 1.0)


# --- The decision, in exact arithmetic -----------------------------------------------------------


def _decide(points: Points, inside: Flags) -> Points | Meeting:
    """The same question by the simplex method in whole numbers; the weights of a hyperplane come rounded.

    Its first phase looks for shares, none of them negative, with as much of every dimension in one set as in the
    other, and 1 in all in each; entering and leaving variables are the first that can be (Bland 1977), so that it
    ends. All numbers of the tableau have one denominator, the last pivot, so no fraction is ever reduced
    (Edmonds 1967).
    """
    equations, scales = _equations(points, inside)
    n_points, n_rows = len(points), len(equations)
    rows = [
        row + [int(i == j) for j in range(n_rows)] + [int(i >= n_rows - 2)]  # what each begins with, and must come to
        for i, row in enumerate(equations)
    ]
    costs = [sum(column) for column in zip(*equations, strict=True)] + [0] * n_rows + [2]
    basis, whole = list(range(n_points, n_points + n_rows)), 1
    while costs[-1]:
        entering = next((j for j in range(n_points) if costs[j] > 0), None)
        if entering is None:  # what stands for the rows now is a direction that no share can make up for
            direction = costs[n_points : n_points + n_rows - 2]
            return _as_floats(
                [Fraction(-(whole + cost) * scale) for cost, scale in zip(direction, scales, strict=True)]
            )
        candidates = [i for i in range(n_rows) if rows[i][entering] > 0]
        leaving = min(candidates, key=lambda i: (Fraction(rows[i][-1], rows[i][entering]), basis[i]))
        pivot, source = rows[leaving][entering], rows[leaving]
        for line in (*(row for i, row in enumerate(rows) if i != leaving), costs):
            _clear(line, source, entering, pivot, whole)
        basis[leaving], whole = entering, pivot
    shares = {j: Fraction(row[-1], whole) for j, row in zip(basis, rows, strict=True) if j < n_points and row[-1]}
    return Meeting(dict(sorted(shares.items())))


def _balance(points: Points, inside: Flags) -> Meeting | None:
    """The only shares of these points that balance, by elimination; None if there are none, or others besides."""
    equations, _ = _equations(points, inside)
    n_points, n_rows = len(points), len(equations)
    rows = [[*row, int(i >= n_rows - 2)] for i, row in enumerate(equations)]
    whole = 1
    for j in range(n_points):
        pivotal = next((i for i in range(j, n_rows) if rows[i][j]), None)
        if pivotal is None:
            return None
        rows[j], rows[pivotal] = rows[pivotal], rows[j]
        pivot = rows[j][j]
        for i, line in enumerate(rows):
            if i != j:
                _clear(line, rows[j], j, pivot, whole)
        whole = pivot
    shares = [Fraction(row[-1], whole) for row in rows[:n_points]]
    if any(row[-1] for row in rows[n_points:]) or min(shares) < 0:
        return None
    return Meeting({j: share for j, share in enumerate(shares) if share})


def _clear(line: list[int], source: list[int], column: int, pivot: int, whole: int) -> None:
    """Take so much of one row from another that its entry in a column becomes 0; the division leaves no rest."""
    factor = line[column]
    if factor:
        line[:] = [(a * pivot - factor * b) // whole for a, b in zip(line, source, strict=True)]
    elif pivot != whole:
        line[:] = [a * pivot // whole for a in line]


def _equations(points: Points, inside: Flags) -> tuple[list[list[int]], list[int]]:
    """What each point's share contributes: to every dimension in whole numbers, and to the whole of its set.

    Returns
    -------
    rows : list of list of int
        One for each dimension, and two for the sets.
    scales : list of int
        By what the numbers of each dimension were multiplied.
    """
    rows, scales = [], []
    for values in points.T.tolist():
        exact = [Fraction(x) for x in values]
        scale = max(x.denominator for x in exact)  # they are powers of two
        rows.append([int(x * scale) * (1 if up else -1) for x, up in zip(exact, inside.tolist(), strict=True)])
        scales.append(scale)
    return [*rows, [int(up) for up in inside], [int(not up) for up in inside]], scales


def _as_floats(weights: list[Fraction]) -> Points:
    """Weights as doubles, of which the largest is near 1."""
    largest = max(map(abs, weights))
    return np.array([float(weight / largest) for weight in weights])


# --- The widest gap, and the smallest proof ------------------------------------------------------


def widest(points: Points, inside: Flags, plane: Plane) -> Plane:
    """The hyperplane half way between the nearest points of two hulls, so scaled that the drives there are 1 and -1.

    Parameters
    ----------
    points, inside
        As in `part`.
    plane : Plane
        Any that parts them.

    Returns
    -------
    Plane
        The one with the largest margin; `plane` itself where the sets are too close to find a wider one.

    Notes
    -----
    The nearest points are the shortest difference between points of the hulls. It is a mean of some differences
    of points, which are found one after the other: whichever reaches back farthest joins them, and their shortest
    mean is a least-squares problem with non-negative unknowns (Lawson and Hanson 1974, chapter 23).
    """
    middle, extent = _frame(points)
    scaled = (points - middle) / extent.max()
    found = _shortest(scaled, inside, np.array(plane.weights))
    if found is None:
        return plane
    pairs, shortest = found
    heights = scaled @ shortest
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        weights = shortest * (2 / (heights[inside].min() - heights[~inside].max()) / extent.max())
    if not np.isfinite(weights).all() or not weights.any():
        return plane
    exact = _across(points, pairs) if len(pairs) <= MOST_PAIRS else None
    if exact is not None and _width(points, inside, exact) >= _width(points, inside, weights):
        weights = exact
    rounded = _rounded(weights)
    as_wide = _width(points, inside, rounded) >= (1 - ROUNDED) * _width(points, inside, weights)
    candidates = (rounded, weights) if as_wide else (weights,)
    return next(filter(None, (plane_across(points, inside, each) for each in candidates)), plane)


def _shortest(points: Points, inside: Flags, weights: Points) -> tuple[list[tuple[int, int]], Points] | None:
    """The pairs of points of which the shortest difference of two hulls is a mean, and that; None if it is not found.

    Parameters
    ----------
    points : float array
        Of an extent of about 1.
    inside
        As in `part`.
    weights : float array
        Of any hyperplane that parts them.
    """
    from scipy.optimize import nnls

    heights, pairs, shortest = points @ weights, list[tuple[int, int]](), np.empty(0)
    for _ in range(10 * sum(points.shape)):
        above = int(np.argmin(np.where(inside, heights, np.inf)))
        below = int(np.argmax(np.where(inside, -np.inf, heights)))
        if shortest.size and heights[above] - heights[below] >= (1 - CLOSE) * (shortest @ shortest):
            break
        if (above, below) in pairs:
            break  # as near as numbers can tell
        pairs.append((above, below))
        columns = np.column_stack([points[i] - points[j] for i, j in pairs])
        unit = np.linalg.norm(shortest if shortest.size else columns)  # or else a narrow gap is lost beside the 1
        if not unit > 0:  # too narrow for numbers of the size of the points
            return None
        with np.errstate(over="ignore"):
            system = np.vstack([columns / unit, np.ones(len(pairs))])
        try:
            parts, _ = nnls(system, np.append(np.zeros(points.shape[1]), 1.0))
        except (RuntimeError, ValueError):  # it turned in circles, or the numbers are too far apart
            return None
        if not parts.any():
            return None
        shortest = columns @ parts / parts.sum()
        pairs = [pair for pair, share in zip(pairs, parts, strict=True) if share > 0]
        heights = points @ shortest
    return (pairs, shortest) if heights[inside].min() > heights[~inside].max() else None


@np.errstate(over="ignore", divide="ignore", invalid="ignore")
def _width(points: Points, inside: Flags, weights: Points) -> float:
    """How wide the gap across a direction is; NaN if numbers cannot tell."""
    heights = (points / 2) @ (weights / np.abs(weights).max())
    return float((heights[inside].min() - heights[~inside].max()) / np.linalg.norm(weights / np.abs(weights).max()))


def _across(points: Points, pairs: list[tuple[int, int]]) -> Points | None:
    """The weights with which the drives of all pairs of points differ by 2, the shortest, by elimination of fractions.

    None if one pair depends on the others. What is lost to rounding, in a gap that is narrow beside the extent of the
    points, is as much as the square of their ratio; here nothing is.
    """
    differences = [
        [Fraction(x) - Fraction(y) for x, y in zip(points[i].tolist(), points[j].tolist(), strict=True)]
        for i, j in pairs
    ]
    rows = [[_dot(one, other) for other in differences] + [Fraction(2)] for one in differences]
    for column in range(len(rows)):
        if not rows[column][column]:  # of a matrix of products it is 0 only if the row is
            return None
        for row in rows:
            if row is not rows[column] and row[column]:
                factor = row[column] / rows[column][column]
                row[:] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
    shares = [row[-1] / row[column] for column, row in enumerate(rows)]
    weights = [_dot(shares, column) for column in zip(*differences, strict=True)]
    try:
        found = np.array([float(weight) for weight in weights])
    except OverflowError:
        return None
    return found if found.any() else None


def _dot(one: Iterable[Fraction], other: Iterable[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction())


def _rounded(weights: Points) -> Points:
    """Weights to so many digits of the largest."""
    digits = DIGITS - 1 - int(np.floor(np.log10(np.abs(weights).max())))
    return np.round(weights, digits) if abs(digits) <= MOST_DIGITS else weights


def fewest(points: Points, inside: Flags, meeting: Meeting) -> tuple[Meeting, bool]:
    """A meeting of as few points as possible: of two or three by looking at all, of more by mixed-integer programming.

    Parameters
    ----------
    points, inside
        As in `part`.
    meeting : Meeting
        Any.

    Returns
    -------
    meeting : Meeting
        The smallest that was found.
    proven : bool
        Whether it is known that there is none with fewer points.

    Notes
    -----
    Fewer than dimensions + 2 points meet by coincidence only. Where each number occurs once, as in measurements,
    more than three are not looked for.
    """
    least = 2
    for some in (_twins(points, inside), _betweens(points, inside)):
        if some is None:  # too many to look at
            break
        for rows in some:
            found = _balance(points[rows], inside[rows])
            if found is not None:
                return Meeting({int(rows[i]): share for i, share in found.shares.items()}), True
        least += 1
    if len(meeting.shares) > least and len(points) * (points.shape[1] + 2) <= MANY and _repeats(points):
        return _fewest_by_program(points, inside, meeting)
    return meeting, len(meeting.shares) <= least


def _twins(points: Points, inside: Flags) -> Iterable[Indices]:
    """Pairs of points, one of each set, that are one point."""
    first: dict[bytes, int] = {}
    for row in np.flatnonzero(inside).tolist():
        first.setdefault((points[row] + 0.0).tobytes(), row)  # -0.0 is 0.0
    for row in np.flatnonzero(~inside).tolist():
        if (twin := first.get((points[row] + 0.0).tobytes())) is not None:
            yield np.sort([twin, row])
            return


def _betweens(points: Points, inside: Flags) -> Iterable[Indices] | None:
    """Threes of points that may lie in one line, that of one set between those of the other; None if too many to see.

    All that do are among them; whether one does is for exact arithmetic to say.
    """
    ups, downs = np.flatnonzero(inside), np.flatnonzero(~inside)
    if len(ups) * len(downs) * len(points) * points.shape[1] > THREES:
        return None
    return (
        np.sort([*pair, row])
        for outer, inner in ((ups, downs), (downs, ups))
        for pair, row in _near(points, outer, inner)
    )


def _near(points: Points, outer: Indices, inner: Indices) -> Iterable[tuple[tuple[int, int], int]]:
    for number, one in enumerate(outer[:-1].tolist()):
        others = outer[number + 1 :]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ways = points[others] / 2 - points[one] / 2  # halves, so that nothing overflows
            steps = points[inner] / 2 - points[one] / 2
            size = np.abs(ways).max(axis=1)
            ways /= size[:, None]
            along = steps[None] / size[:, None, None]
            shares = (along * ways[:, None]).sum(axis=2) / np.square(ways).sum(axis=1)[:, None]
            off = np.abs(along - shares[..., None] * ways[:, None]).max(axis=2)
            doubtful = ~(off > NEARLY) & ~(shares < -NEARLY) & ~(shares > 1 + NEARLY)
        for i, j in np.argwhere(doubtful).tolist():
            yield (one, int(others[i])), int(inner[j])


def _repeats(points: Points) -> bool:
    """Whether there is a dimension in which a number occurs twice."""
    return any(len(np.unique(column)) < len(column) for column in points.T)


def _fewest_by_program(points: Points, inside: Flags, meeting: Meeting) -> tuple[Meeting, bool]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    middle, scale = _frame(points)
    n, dimensions = points.shape
    sides = np.where(inside, 1.0, -1.0)
    balance = np.vstack([(sides[:, None] * (points - middle) / scale).T, inside, ~inside])
    nothing = np.zeros_like(balance)
    found = milp(
        np.append(np.zeros(n), np.ones(n)),  # how many points have a share
        integrality=np.append(np.zeros(n), np.ones(n)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(np.hstack([balance, nothing]), *[np.append(np.zeros(dimensions), [1.0, 1.0])] * 2),
            LinearConstraint(np.hstack([np.eye(n), -np.eye(n)]), -np.inf, 0),
        ],
        options={"node_limit": NODES},  # not a time limit: the same question has the same answer on every machine
    )
    if found.x is None:
        return meeting, False
    some = np.flatnonzero(found.x[n:] > 0.5)
    smaller = _decide(points[some], inside[some]) if 1 < len(some) < len(meeting.shares) else None
    bound = found.mip_dual_bound
    if isinstance(smaller, Meeting):
        meeting = Meeting({int(some[i]): share for i, share in smaller.shares.items()})
    return meeting, bool(bound is not None and len(meeting.shares) < bound + 1 - 1e-6)
