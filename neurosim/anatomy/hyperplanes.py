"""Whether a hyperplane parts two sets of points: decided exactly, with a proof either way.

Floating-point numbers are whole multiples of powers of two, so a question about them has an exact answer.
A linear program in floating point proposes one; exact arithmetic checks it, and decides where it is too
close to call.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.exact import exact_drive

Points = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SOME = 1e-9  # the share of the largest multiplier from which another one counts, in a proposal
DIGITS = 12  # to which weights are rounded, where that parts the points as well: 2 rather than 1.9999999999999998
CLOSE = 1e-12  # the share of the squared distance of two hulls to which it is found
SECONDS = 10.0  # for the search for the smallest proof


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
        found = _decide(points[some], inside[some])
        if isinstance(found, Meeting):
            return Meeting({int(some[i]): share for i, share in found.shares.items()})
    found = _decide(points, inside)
    if isinstance(found, Meeting):
        return found
    plane = plane_across(points, inside, found)
    if plane is None:
        raise OverflowError("no hyperplane with weights of 53 bits was found")
    return plane


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
    return found.x[:n] / scale, -found.ineqlin.marginals


def _frame(points: Points) -> tuple[Points, Points]:
    """The middle of the points and half of their extent, by dimension; halves first, so that nothing overflows."""
    top, bottom = points.max(axis=0) / 2, points.min(axis=0) / 2
    return top + bottom, np.where(top > bottom, top - bottom, 1.0)


# --- The decision, in exact arithmetic -----------------------------------------------------------


def _decide(points: Points, inside: Flags) -> Points | Meeting:
    """The same question by the simplex method in fractions; the weights of a hyperplane come rounded.

    Its first phase looks for shares, none of them negative, with as much of every dimension in one set as in the
    other, and 1 in all in each; entering and leaving variables are the first that can be (Bland 1977), so that it ends.
    """
    columns = [_column(point, up) for point, up in zip(points.tolist(), inside.tolist(), strict=True)]
    n_points, n_rows = len(columns), points.shape[1] + 2
    rows = [[column[i] for column in columns] for i in range(n_rows)]
    for i, row in enumerate(rows):  # a further unknown for each, to start with, and what it must come to
        row += [Fraction(int(i == j)) for j in range(n_rows)] + [Fraction(int(i >= n_rows - 2))]
    costs = [sum((row[j] for row in rows), Fraction(0)) for j in range(n_points)] + [Fraction(0)] * n_rows
    costs.append(Fraction(2))
    basis = list(range(n_points, n_points + n_rows))
    while costs[-1]:
        entering = next((j for j in range(n_points) if costs[j] > 0), None)
        if entering is None:  # what stands for the rows now is a direction that no share can make up for
            return _as_floats([-1 - cost for cost in costs[n_points : n_points + n_rows - 2]])
        candidates = [i for i in range(n_rows) if rows[i][entering] > 0]
        leaving = min(candidates, key=lambda i: (rows[i][-1] / rows[i][entering], basis[i]))
        pivot = rows[leaving][entering]
        rows[leaving] = [value / pivot for value in rows[leaving]]
        for line in (*(row for i, row in enumerate(rows) if i != leaving), costs):
            factor = line[entering]
            if factor:
                line[:] = [a - factor * b if b else a for a, b in zip(line, rows[leaving], strict=True)]
        basis[leaving] = entering
    shares = {j: row[-1] for j, row in zip(basis, rows, strict=True) if j < n_points and row[-1]}
    return Meeting(dict(sorted(shares.items())))


def _column(point: list[float], up: bool) -> list[Fraction]:
    """What a share of this point contributes: to each dimension, and to the whole of its set."""
    sign = 1 if up else -1
    return [*(sign * Fraction(x) for x in point), Fraction(int(up)), Fraction(int(not up))]


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
    from scipy.optimize import nnls

    middle, extent = _frame(points)
    scaled = (points - middle) / extent.max()
    heights = scaled @ np.array(plane.weights)
    differences: list[Points] = []
    shortest = np.empty(0)
    for _ in range(10 * sum(points.shape)):
        above = int(np.argmin(np.where(inside, heights, np.inf)))
        below = int(np.argmax(np.where(inside, -np.inf, heights)))
        if shortest.size and heights[above] - heights[below] >= (1 - CLOSE) * (shortest @ shortest):
            break
        difference = scaled[above] - scaled[below]
        if any((difference == known).all() for known in differences):
            break  # as near as numbers can tell
        differences.append(difference)
        system = np.vstack([np.column_stack(differences), np.ones(len(differences))])
        try:
            parts, _ = nnls(system, np.append(np.zeros(points.shape[1]), 1.0))
        except RuntimeError:  # it turned in circles
            return plane
        shortest = system[:-1] @ parts / parts.sum()
        differences = [each for each, share in zip(differences, parts, strict=True) if share > 0]
        heights = scaled @ shortest
    gap = heights[inside].min() - heights[~inside].max()
    if not gap > 0:
        return plane
    weights = shortest * (2 / gap / extent.max())
    for candidate in (_rounded(weights), weights):
        found = plane_across(points, inside, candidate)
        if found is not None:
            return found
    return plane


def _rounded(weights: Points) -> Points:
    """Weights to so many digits of the largest."""
    largest = float(np.abs(weights).max())
    return np.round(weights, DIGITS - 1 - int(np.floor(np.log10(largest))))


def fewest(points: Points, inside: Flags, meeting: Meeting) -> tuple[Meeting, bool]:
    """A meeting of as few points as possible, by mixed-integer programming.

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
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    if len(meeting.shares) == 2:  # the same point, twice
        return meeting, True
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
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        return meeting, False
    some = np.flatnonzero(found.x[n:] > 0.5)
    smaller = _decide(points[some], inside[some]) if 1 < len(some) < len(meeting.shares) else None
    least = found.mip_dual_bound
    if isinstance(smaller, Meeting):
        meeting = Meeting({int(some[i]): share for i, share in smaller.shares.items()})
    return meeting, bool(least is not None and len(meeting.shares) < least + 1 - 1e-6)
