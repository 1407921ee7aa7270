"""Where a neuron's drive is 0: a point, a line, a plane, a hyperplane, with the weights as its normal vector."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.neuron import Cell, Name
from neurosim.errors import DataError, OptionError

Array = npt.NDArray[Any]

UNREADABLE: Array = np.empty(0)
"""What stands for data that are not numbers, or rows of different lengths."""


@dataclasses.dataclass(frozen=True, eq=False)
class Hyperplane:
    """The inputs at which a neuron's drive is 0: all x with ``weights @ x == threshold``.

    Attributes
    ----------
    neuron : Neuron
        As it was given; of a network or on its own.
    names : tuple of str or int
        Of the presynaptic neurons: the axes of the space.
    weights : float array, shape (inputs,)
        One for each of them; the normal vector, which points to where the drive is positive.
    threshold : float

    Examples
    --------
    >>> import neurosim as ns
    >>> plane = ns.hyperplane(ns.Neuron({"x": 3, "y": 4}, threshold=10))
    >>> plane.distance, plane.foot, plane.distances([[0, 0], [2, 1], [3, 4]])
    (2.0, array([1.2, 1.6]), array([-2.,  0.,  3.]))
    """

    neuron: Cell
    names: tuple[Name, ...]
    weights: Array
    threshold: float

    @property
    def length(self) -> float:
        """The length of the weight vector, |w|."""
        return math.hypot(*self.weights.tolist())

    @property
    def distance(self) -> float:
        """How far the origin is from it, |threshold| / |w|."""
        return abs(self.threshold) / self.length

    @property
    def foot(self) -> Array:
        """Its point that is nearest to the origin, shape (inputs,)."""
        return np.asarray(self.weights * (self.threshold / self.length / self.length))

    @property
    def equation(self) -> str:
        """It as an equation, such as ``2 x - y = -1``."""
        return f"{linear_form(self.weights.tolist(), self.names)} = {self.threshold:.4g}"

    def distances(self, X: npt.ArrayLike) -> Array:
        """How far points are from it: positive where the drive is, shape (points,)."""
        heights: Array = (self.read(X) @ self.weights - self.threshold) / self.length
        return heights

    def nearest(self, X: npt.ArrayLike) -> Array:
        """The points of the hyperplane that are nearest to points, shape (points, inputs)."""
        points = self.read(X)
        feet: Array = points - self.distances(points)[:, None] * (self.weights / self.length)
        return feet

    def read(self, X: npt.ArrayLike) -> Array:
        """Points as floats, or an error if they are not a table with a number for every presynaptic neuron."""
        try:
            points = np.array(X, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            points = UNREADABLE
        if points.ndim != 2 or points.shape[1] != len(self.names) or not np.isfinite(points).all():
            raise DataError(
                f"Points must be a table of finite numbers, of shape (points, {len(self.names)}), with a column for "
                f"each of {', '.join(map(str, self.names))}; got "
                f"{'something else' if points is UNREADABLE else f'shape {points.shape}'}."
            )
        return points

    def __repr__(self) -> str:
        return f"Hyperplane {self.equation}, {self.distance:.4g} from the origin"


def hyperplane(neuron: Cell) -> Hyperplane:
    """Where a neuron's drive is 0; draw it with ``ns.plot(neuron, kind="hyperplane", points=X, labels=y)``.

    A binary neuron fires on it and on the side to which the weights point; a sigmoid neuron's rate is 1/2 on it; a
    relu neuron begins there to be active.

    Parameters
    ----------
    neuron : Neuron
        On its own, or one of a network's, ``net["h"]``. Weights of parallel synapses add up.

    Returns
    -------
    Hyperplane

    Raises
    ------
    OptionError
        If the neuron has none: it is sensory, all its weights are 0, or it is a maxout neuron, which has one for
        each of its branches.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.hyperplane(ns.Neuron({"x": 2, "y": -1}, bias=1))
    Hyperplane 2 x - y = -1, 0.4472 from the origin
    """
    if not isinstance(neuron, Cell):
        raise OptionError(
            f"A hyperplane is that of a neuron; got {type(neuron).__name__}. Write ns.hyperplane(net['h']) for the "
            "neuron h of a network."
        )
    name = "A nameless neuron" if neuron.name is None else f"Neuron {neuron.name!r}"
    if neuron.mode.name == "sensory":
        raise OptionError(f"{name} is sensory: the stimulus drives it, so it parts no inputs. Ask one with dendrites.")
    if neuron.mode.branched:
        raise OptionError(
            f"{name} is a {neuron.mode} neuron: its strongest branch decides, and each branch has a hyperplane of its "
            "own. Ask for that of a linear neuron with the weights of one branch."
        )
    weights = dict.fromkeys(neuron.presynaptic, 0.0)
    for dendrite, weight in neuron.dendrites.items():
        weights[dendrite[0] if isinstance(dendrite, tuple) else dendrite] += weight
    if not any(weights.values()):
        several = f"its {len(weights)} weights are all 0" if weights else "it has no dendrites"
        lack = "its 1 weight is 0" if len(weights) == 1 else several
        raise OptionError(
            f"{name} has no hyperplane: {lack}, so its drive is {neuron.bias:g} whatever comes in. Give it a weight, "
            "as in neuron.dendrites['x'] = 1."
        )
    return Hyperplane(neuron, tuple(weights), np.array(list(weights.values())), neuron.threshold)


def linear_form(factors: Sequence[float], names: Sequence[object]) -> str:
    """A sum of products as one writes it; names that are numbers stand in brackets.

    Examples
    --------
    >>> linear_form([2, -1, 0, 0.5], ["x", "y", "z", "u"]), linear_form([2, -1], [0, 1])
    ('2 x - y + 0.5 u', '2 [0] - [1]')
    """
    text = ""
    for factor, name in zip(factors, names, strict=True):
        if factor:
            size = f"{abs(factor):.4g}"
            sign = ("- " if factor < 0 else "+ ") if text else "-" if factor < 0 else ""
            word = name if isinstance(name, str) else f"[{name}]"
            text += f" {sign}{'' if size == '1' else f'{size} '}{word}"
    return text.strip() or "0"
