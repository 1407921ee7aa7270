"""The 1,797 handwritten digits of the UCI "Optical Recognition of Handwritten Digits" test set."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True, eq=False)
class Digits:
    """Images and their classes, with a fixed split into 1,257 to learn from (70 %) and 540 to test on (30 %).

    Of every ten images in the order of the file, the 1st, 4th and 7th are for testing; the writers come
    one after the other in the file, so each of them is in both parts.

    Attributes
    ----------
    X : float array, shape (1797, 64)
        Ink from 0 to 1, row by row of the 8 x 8 image.
    labels : int array, shape (1797,)
        0 to 9.
    source, licence : str
    """

    X: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    source: str = (
        'E. Alpaydin and C. Kaynak (1998), "Optical Recognition of Handwritten Digits", '
        "UCI Machine Learning Repository, doi:10.24432/C50P49"
    )
    licence: str = "CC BY 4.0"

    @property
    def is_test(self) -> npt.NDArray[np.bool_]:
        """Which images are for testing."""
        flags: npt.NDArray[np.bool_] = np.isin(np.arange(len(self.X)) % 10, (0, 3, 6))
        return flags

    @property
    def train(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Images and labels to learn from."""
        return self.X[~self.is_test], self.labels[~self.is_test]

    @property
    def test(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Images and labels to test on."""
        return self.X[self.is_test], self.labels[self.is_test]

    def __repr__(self) -> str:
        return f"Digits: {len(self.X):,} images of 8 x 8 ({self.source}; {self.licence})"

    def image(self, number: int) -> npt.NDArray[np.float64]:
        """One image, shape (8, 8)."""
        image: npt.NDArray[np.float64] = self.X[number].reshape(8, 8)
        return image


def digits() -> Digits:
    """Load the handwritten digits that come with neurosim; nothing is downloaded.

    Returns
    -------
    Digits

    Examples
    --------
    >>> import neurosim as ns
    >>> data = ns.datasets.digits()
    >>> X, labels = data.train
    >>> X.shape, data.test[0].shape, data.labels[:10]
    ((1257, 64), (540, 64), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    """
    table = _table()
    return Digits(table[:, :64] / 16, table[:, 64].copy())


@lru_cache(maxsize=1)  # to read the text takes a hundred times longer than to copy it
def _table() -> npt.NDArray[np.int64]:
    import gzip
    from importlib.resources import files

    with (files("neurosim.datasets") / "digits.csv.gz").open("rb") as packed, gzip.open(packed, "rt") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.int64)
