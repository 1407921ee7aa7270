"""Real digits shown somewhere on a larger retina, to be asked which digit it is, and where."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.checks import check_count, check_number
from neurosim.datasets.digits import Digits, digits
from neurosim.errors import OptionError

SIDE = 8  # pixels of a digit, on either side


class Shown(NamedTuple):
    """Stimuli, and both things that can be asked about each.

    Attributes
    ----------
    X : float array, shape (samples, inputs)
        Ink, row by row of the retina.
    what : int array, shape (samples,)
        Which digit, 0 to 9.
    where : int array, shape (samples,)
        At which place, from 0, row by row of the grid.
    """

    X: npt.NDArray[np.float64]
    what: npt.NDArray[np.int64]
    where: npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class PlacedDigits:
    """Digits at several places of a retina, to learn from and to test on; no image is in both parts.

    Attributes
    ----------
    train, test : Shown
        Each is ``X, what, where``.
    retina : (int, int)
        Rows and columns of the retina.
    corners : int array, shape (places, 2)
        The row and column of each place's upper left pixel.
    """

    train: Shown
    test: Shown
    retina: tuple[int, int]
    corners: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        rows, columns = self.retina
        return (
            f"PlacedDigits: {len(self.train.X):,} to learn from and {len(self.test.X):,} to test on, each a digit of "
            f"{SIDE} x {SIDE} at one of {len(self.corners)} places of a retina of {rows} x {columns}"
        )

    def image(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """One stimulus as the retina sees it, shape (rows, columns)."""
        return np.asarray(x, dtype=np.float64).reshape(self.retina)


def digits_somewhere(
    places: tuple[int, int] = (3, 3),
    *,
    retina: tuple[int, int] = (16, 16),
    training: int = 1257,
    test: int = 540,
    noise: float = 0.0,
    rng: RandomState = None,
) -> PlacedDigits:
    """Show handwritten digits at several places of a retina that is larger than they are.

    The task of Rueckl, Cave and Kosslyn (Journal of Cognitive Neuroscience 1, 1989), who showed nine shapes of 3 x 3
    at nine places of a retina of 5 x 5, with real digits: those of `digits`. Which digit is shown says nothing about
    where.

    Parameters
    ----------
    places : (int, int)
        Rows and columns of the grid of places. They are spread evenly from the first to the last pixel of the retina;
        where there are many, they overlap.
    retina : (int, int)
        Its rows and columns, 8 or more each.
    training, test : int >= 1
        How many samples. Images are drawn from the 1,257 to learn from and the 540 to test on, each of them once
        before any comes again; every place is used as often as any other.
    noise : float >= 0
        The standard deviation of normal noise on every pixel of the retina.
    rng : int or numpy.random.Generator, optional
        For the images, their places and the noise.

    Returns
    -------
    PlacedDigits

    Raises
    ------
    OptionError
        If a setting cannot be used.

    Examples
    --------
    >>> import neurosim as ns
    >>> data = ns.datasets.digits_somewhere((2, 2), training=400, test=100, rng=0)
    >>> data
    PlacedDigits: 400 to learn from and 100 to test on, each a digit of 8 x 8 at one of 4 places of a retina of 16 x 16
    >>> X, what, where = data.train
    >>> X.shape, data.corners.tolist()
    ((400, 256), [[0, 0], [0, 8], [8, 0], [8, 8]])
    """
    size, grid = _pair("retina", retina, least=SIDE), _pair("places", places, least=1)
    check_count("training", training, least=1)
    check_count("test", test, least=1)
    check_number("noise", noise, least=0)
    corners, generator, images = _corners(grid, size), read_rng(rng), digits()
    train, tested = (
        _show(images, np.flatnonzero(images.is_test == is_test), count, corners, size, noise, generator)
        for is_test, count in ((False, training), (True, test))
    )
    return PlacedDigits(train, tested, size, corners)


def _corners(grid: tuple[int, int], retina: tuple[int, int]) -> npt.NDArray[np.int64]:
    """The row and column of each place's upper left pixel, evenly spread."""
    for word, count, size in zip(("rows", "columns"), grid, retina, strict=True):
        if count > size - SIDE + 1:
            room = tuple(max(have, SIDE + want - 1) for have, want in zip(retina, grid, strict=True))
            raise OptionError(
                f"There is no room for {count} {word} of places on a retina of {size} {word}: a digit has {SIDE}. Take "
                f"fewer places, or retina={room}."
            )
    rows, columns = (np.rint(np.linspace(0, size - SIDE, n)) for n, size in zip(grid, retina, strict=True))
    return np.array([(row, column) for row in rows for column in columns], dtype=np.int64)


def _pair(name: str, value: Sequence[int], least: int) -> tuple[int, int]:
    if not isinstance(value, Sequence) or len(value) != 2:
        raise OptionError(f"{name} must be two numbers, of rows and of columns, as in {name}=(16, 16); got {value!r}.")
    for count in value:
        check_count(f"{name} (rows, columns)", count, least=least)
    return int(value[0]), int(value[1])


def _show(
    images: Digits,
    numbers: npt.NDArray[np.int64],
    count: int,
    corners: npt.NDArray[np.int64],
    retina: tuple[int, int],
    noise: float,
    rng: np.random.Generator,
) -> Shown:
    """So many of these images, each at a place."""
    chosen = _dealt(numbers, count, rng)
    where = _dealt(np.arange(len(corners)), count, rng)
    X = np.zeros((count, *retina))
    within = np.arange(SIDE)
    at_rows = corners[where, 0][:, None, None] + within[:, None]
    at_columns = corners[where, 1][:, None, None] + within
    X[np.arange(count)[:, None, None], at_rows, at_columns] = images.X[chosen].reshape(count, SIDE, SIDE)
    if noise:
        X += noise * rng.standard_normal(X.shape)
    return Shown(X.reshape(count, -1), images.labels[chosen], where)


def _dealt(things: npt.NDArray[np.int64], count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """So many of them in a random order; none comes again before all others have come as often."""
    rounds = [rng.permutation(things) for _ in range(-(-count // len(things)))]
    return np.concatenate(rounds)[:count]
