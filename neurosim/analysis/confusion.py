"""Which classes a network takes for which."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """How often each class was read as each.

    Attributes
    ----------
    counts : int array, shape (classes, classes)
        Rows are the true classes, columns what the network said.
    names : tuple of str
        One per class.
    """

    counts: npt.NDArray[np.integer[Any]]
    names: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """The share of samples on the diagonal."""
        return float(np.trace(self.counts) / self.counts.sum())
