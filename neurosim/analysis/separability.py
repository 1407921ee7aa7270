"""Whether one threshold neuron can tell two classes apart: the neuron that does, or the proof that none can."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from neurosim.analysis.hyperplane import UNREADABLE, linear_form
from neurosim.anatomy.neuron import Neuron
from neurosim.errors import DataError, counted, shorten

if TYPE_CHECKING:
    from fractions import Fraction

    from neurosim.anatomy.hyperplanes import Meeting, Plane

WORDED = 12  # rows whose inequalities are written out at most
SPELT = 6  # inputs that an inequality may have for that
LARGE = 1000  # multipliers from here on are written as rounded shares

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Certificate(Sequence[int]):
    """A proof that no threshold neuron tells two classes apart: a whole number of 0 or more for each sample.

    Each sample asks for an inequality: ``w @ x - threshold >= 0`` if the neuron is to fire, ``< 0`` if not. Add
    those of the first kind, each as many times as its multiplier says, and subtract those of the second kind: on
    the left everything cancels, and 0 > 0 remains. In other words the convex hulls of the classes meet.

    Attributes
    ----------
    multipliers : tuple of int, one per sample
        In smallest whole numbers. A certificate is also a sequence of these.
    rows : tuple of int
        The samples whose multiplier is not 0, from 0 up. None of them can be left out.
    point : float array, shape (inputs,)
        Where the hulls meet.
    smallest : bool
        Whether it is known that no proof needs fewer samples.
    """

    multipliers: tuple[int, ...]
    rows: tuple[int, ...]
    point: Array
    smallest: bool
    _fires: Array = dataclasses.field(repr=False)

    def __len__(self) -> int:
        return len(self.multipliers)

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[int, ...]: ...
    def __getitem__(self, row: int | slice) -> int | tuple[int, ...]:
        return self.multipliers[row]

    def __iter__(self) -> Iterator[int]:
        return iter(self.multipliers)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        """The multipliers as floats; as shares of their class where they are too large for whole numbers."""
        largest = max(self.multipliers)
        values = self.multipliers if largest <= 2**53 else self.shares
        return np.array([float(value) for value in values], dtype=dtype)

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """How much of each sample there is in the point where the hulls meet: 1 in all for each class."""
        from fractions import Fraction

        whole = sum(self.multipliers) // 2  # both classes have as much
        return tuple(Fraction(multiplier, whole) for multiplier in self.multipliers)

    def holds(self, X: npt.ArrayLike, labels: npt.ArrayLike) -> bool:
        """Whether it proves what it says about these samples, in exact arithmetic.

        Parameters
        ----------
        X, labels
            As for `separability`.
        """
        from fractions import Fraction

        points, fires = _read(X, labels)
        if len(points) != len(self) or min(self) < 0 or not any(self):
            return False
        sides = [m if up else -m for m, up in zip(self, fires.tolist(), strict=True)]
        columns = [*points.T.tolist(), [1] * len(self)]
        return all(sum(m * Fraction(x) for m, x in zip(sides, column, strict=True)) == 0 for column in columns)

    @property
    def words(self) -> str:
        """The proof in a sentence; rows are counted from 1."""
        added, subtracted = (
            _sum_in_words(
                [(self.multipliers[row], self.shares[row], row) for row in self.rows if self._fires[row] == up]
            )
            for up in (True, False)
        )
        return f"Add {added}, subtract {subtracted}: 0 > 0."


class Separability:
    """What `separability` found; ``print`` it.

    Attributes
    ----------
    X : float array, shape (samples, inputs)
    fires : bool array, shape (samples,)
        For which samples the neuron is to fire.
    names : tuple of str
        Of the inputs.
    separable : bool
    neuron : Neuron or None
        Binary, with the largest margin: it fires for all samples of one class and for none of the other. It is so
        scaled that its drive for the samples nearest to its threshold is 1 or -1.
    certificate : Certificate or None
        If there is no such neuron, the proof.
    """

    def __init__(self, X: Array, fires: Array, names: tuple[str, ...]) -> None:
        from neurosim.anatomy.hyperplanes import Meeting, Plane, part  # loaded when first needed

        self.X, self.fires, self.names = X, fires, names
        X.flags.writeable = fires.flags.writeable = False  # what is asked for later is worked out from them
        self._plane: Plane | None = None
        self._meeting: Meeting | None = None
        if self._of_one_class:
            self._plane = Plane((0.0,) * X.shape[1], 0.0 if fires.any() else 1.0)
            return
        try:
            found = part(X, fires)
        except OverflowError:
            raise DataError(
                "A hyperplane separates these samples, but they are so close that none was found whose weights "
                "are floating-point numbers. Round the samples, or leave the closest out."
            ) from None
        if isinstance(found, Meeting):
            self._meeting = found
        else:
            self._plane = found

    @property
    def _of_one_class(self) -> bool:
        return bool(self.fires.all() or not self.fires.any())

    @property
    def separable(self) -> bool:
        return self._plane is not None

    @cached_property
    def _widest(self) -> Plane | None:
        if self._plane is None or self._of_one_class:
            return self._plane
        from neurosim.anatomy.hyperplanes import widest

        return widest(self.X, self.fires, self._plane)

    @property
    def neuron(self) -> Neuron | None:
        plane = self._widest
        return (
            None
            if plane is None
            else Neuron(dict(zip(self.names, plane.weights, strict=True)), threshold=plane.threshold)
        )

    @property
    def margin(self) -> float:
        """How far the nearest samples are from the hyperplane; 0 if there is none, infinite if none is needed."""
        plane = self._widest
        if plane is None:
            return 0.0
        size = math.hypot(*plane.weights)
        return float(np.abs(self._drives(plane)).min()) / size if size else math.inf

    @property
    def nearest(self) -> tuple[int, ...]:
        """The samples that are as near as the margin, which hold the hyperplane where it is; from 0 up."""
        plane = self._widest
        if plane is None or not any(plane.weights):
            return ()
        distances = np.abs(self._drives(plane))
        return tuple(np.flatnonzero(distances <= distances.min() * (1 + 1e-9)).tolist())

    def _drives(self, plane: Plane) -> Array:
        return np.asarray(self.X @ np.array(plane.weights) - plane.threshold)

    @cached_property
    def certificate(self) -> Certificate | None:
        if self._meeting is None:
            return None
        from fractions import Fraction

        from neurosim.anatomy.hyperplanes import fewest

        meeting, proven = fewest(self.X, self.fires, self._meeting)
        shares = meeting.shares
        whole = math.lcm(*(share.denominator for share in shares.values()))
        multipliers = [0] * len(self.X)
        for row, share in shares.items():
            multipliers[row] = int(share * whole)
        common = math.gcd(*multipliers)
        point = [
            float(sum(share * Fraction(self.X[row, i]) for row, share in shares.items() if self.fires[row]))
            for i in range(self.X.shape[1])
        ]
        return Certificate(tuple(m // common for m in multipliers), tuple(shares), np.array(point), proven, self.fires)

    # --- In words --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        fires = int(self.fires.sum())
        about = (
            f"{counted(len(self.X), 'sample')} of {counted(len(self.names), 'input')}, {fires} for which a neuron "
            f"should fire and {len(self.X) - fires} for which not"
        )
        if self.separable:
            return f"Separable: {about}\n{self._told_neuron()}"
        certificate = self.certificate
        assert certificate is not None
        lines = [f"Not separable: {about}"]
        if len(certificate.rows) <= WORDED and len(self.names) <= SPELT:
            lines += self._inequalities(certificate.rows)
        least = " (no proof needs fewer samples)" if certificate.smallest else ""
        where = ", ".join(f"{x:.4g}" for x in certificate.point[:SPELT]) + (", ..." if len(self.names) > SPELT else "")
        return "\n".join([*lines, certificate.words + least, f"The hulls of the two classes meet at ({where})."])

    def _told_neuron(self) -> str:
        plane = self._widest
        assert plane is not None
        if not any(plane.weights):
            return "All samples are of one class: a neuron needs no weights for that."
        terms = linear_form(plane.weights, self.names) if len(self.names) <= SPELT else "w @ x"
        return f"the neuron with the largest margin, {self.margin:.4g}, fires if {terms} >= {plane.threshold:.4g}"

    def _inequalities(self, rows: tuple[int, ...]) -> list[str]:
        weights = [f"w{i + 1}" for i in range(len(self.names))]
        sides = [linear_form(self.X[row], weights) for row in rows]
        width, number = max(map(len, sides)), len(str(max(rows) + 1))
        return [
            f"  row {row + 1:>{number}}: {side:<{width}} {'>=' if self.fires[row] else '< '} threshold"
            for row, side in zip(rows, sides, strict=True)
        ]


def separability(X: npt.ArrayLike, labels: npt.ArrayLike, *, names: Sequence[str] | None = None) -> Separability:
    """Whether one threshold neuron can tell two classes apart: the neuron that does, or a proof that none can.

    Parameters
    ----------
    X : array_like, shape (samples, inputs)
    labels : array_like, shape (samples,)
        Two values, such as 0 and 1, -1 and 1, or False and True: for the larger the neuron is to fire.
    names : sequence of str, optional
        Of the inputs; x1, x2, ... unless given.

    Returns
    -------
    Separability
        ``separable``; and ``neuron``, the one with the largest margin, or ``certificate``, multipliers that
        contradict each other. Either is checked in exact arithmetic on the numbers as they are stored.

    Raises
    ------
    DataError
        If X is not a table of finite numbers with a label for each row, or there are more than two classes. Also if
        the classes are so close that a hyperplane separates them, but none was found whose weights are floating-point
        numbers.

    Notes
    -----
    A linear program looks for weights and a threshold; if there are none, its dual tells why (a theorem of the
    alternative, Farkas 1902). No proof needs more than inputs + 2 samples (Kirchberger 1903); the fewest are found
    by mixed-integer programming.

    Examples
    --------
    >>> import neurosim as ns
    >>> X = [[0, 0], [1, 1], [1, 0], [0, 1]]
    >>> ns.separability(X, [0, 1, 0, 0])
    Separable: 4 samples of 2 inputs, 1 for which a neuron should fire and 3 for which not
    the neuron with the largest margin, 0.3536, fires if 2 x1 + 2 x2 >= 3
    >>> ns.separability(X, [1, 1, 0, 0])
    Not separable: 4 samples of 2 inputs, 2 for which a neuron should fire and 2 for which not
      row 1: 0       >= threshold
      row 2: w1 + w2 >= threshold
      row 3: w1      <  threshold
      row 4: w2      <  threshold
    Add rows 1 and 2, subtract rows 3 and 4: 0 > 0. (no proof needs fewer samples)
    The hulls of the two classes meet at (0.5, 0.5).
    """
    points, fires = _read(X, labels)
    n = points.shape[1]
    if names is None:
        names = [f"x{i + 1}" for i in range(n)]
    elif isinstance(names, str) or len(names) != n or len(set(names)) != n:
        raise DataError(f"names must be one for each of the {counted(n, 'input')}, all different; got {names!r}.")
    return Separability(points, fires, tuple(names))


def _read(X: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Array, Array]:
    """The samples, and for which of them the neuron is to fire."""
    try:
        points = np.array(X, dtype=np.float64) if np.isrealobj(X) else UNREADABLE
    except (TypeError, ValueError, OverflowError):
        points = UNREADABLE
    if points.ndim != 2 or 0 in points.shape:
        raise DataError(
            f"X must be a table of numbers with a row for each sample, of shape (samples, inputs); got "
            f"{'something else' if points is UNREADABLE else f'shape {points.shape}'}. For a single input write "
            "[[0.5], [1.5]]."
        )
    if not np.isfinite(points).all():
        row, column = np.argwhere(~np.isfinite(points))[0].tolist()
        raise DataError(f"X holds {points[row, column]} in row {row + 1}, column {column + 1}; it must be finite.")
    classes = np.asarray(labels)
    if classes.shape != (len(points),):
        raise DataError(
            f"labels must be one for each of the {counted(len(points), 'sample')}, of shape ({len(points)},); got "
            f"shape {classes.shape}."
        )
    values = np.unique(classes)
    one = next((value for value in values[::-1].tolist() if value == value), 1)  # NaN is no class
    if len(values) > 2 or classes.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise DataError(
            f"labels must be two numbers, such as 0 and 1; got {shorten(values.tolist(), 4)}. To tell one class from "
            f"all others, write np.asarray(labels) == {one!r}."
        )
    return points, classes == 1 if len(values) == 1 else classes == values[-1]


# --- Words ---------------------------------------------------------------------------------------


def _sum_in_words(terms: list[tuple[int, Fraction, int]]) -> str:
    """Multipliers, shares and rows: such as "rows 1 and 2", or "row 1 and 3 times row 5"."""
    if all(multiplier == 1 for multiplier, _, _ in terms):
        numbers = [str(row + 1) for _, _, row in terms]
        return ("row " if len(numbers) == 1 else "rows ") + _listed(numbers)
    if max(multiplier for multiplier, _, _ in terms) < LARGE:
        return _listed(
            [f"{f'{multiplier} times ' if multiplier > 1 else ''}row {row + 1}" for multiplier, _, row in terms]
        )
    return _listed([f"{float(share):.3g} times row {row + 1}" for _, share, row in terms]) + " (rounded)"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
