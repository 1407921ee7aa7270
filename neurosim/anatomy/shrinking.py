"""Shrinking: what wires cost is taken off their weights, down to nothing.

Repeated while a network learns, it is a price on wires: the descent on the loss plus price times length (the proximal
gradient method). What is not worth its price comes to 0, and stays as a synapse of weight 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.selection import synapses_of
from neurosim.anatomy.structure import NOT_SHARED, Floats, Indices
from neurosim.checks import check_number
from neurosim.errors import OptionError


def shrink(net: Network, amounts: Mapping[tuple[str, str], float], *, together: bool = False) -> None:
    """Bring the weights of some projections nearer to 0, in place.

    Each weight loses an amount of its size, and is 0 if it was no larger: soft thresholding, the step that belongs to
    a penalty on absolute weights (Tibshirani 1996). Or all weights of a projection are shortened by one factor, so that
    the square root of the sum of their squares loses the amount (Yuan and Lin 2006): small projections wither as a
    whole, and single weights are not told apart.

    Frozen synapses stay as they are, and so do those that share their weight with others, and whatever a lesion has
    taken out.

    Parameters
    ----------
    net : Network
    amounts : mapping of (region, region) to float >= 0
        For each projection what each of its weights loses; or with `together`, what all of them do.
    together : bool

    Raises
    ------
    OptionError, UnknownNameError
        If a region is not there or an amount cannot be used; nothing has changed then.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [3.0, -0.1], regions=["eye", "eye", "hand"])
    >>> ns.shrink(net, {("eye", "hand"): 0.5})
    >>> net.weights
    array([2.5, 0. ])
    """
    for numbers, amount in _read(net, amounts):
        weights = net.weights[numbers]
        net.weights[numbers] = _shorter(weights, amount) if together else _nearer(weights, amount)


def _nearer(weights: Floats, amount: float) -> Floats:
    """Each weight nearer to 0 by an amount."""
    sizes = np.abs(weights)
    return np.where(sizes > amount, np.sign(weights) * (sizes - amount), 0).astype(weights.dtype)


def _shorter(weights: Floats, amount: float) -> Floats:
    """All of them nearer to 0 by one factor."""
    length = float(np.sqrt(np.square(weights).sum()))
    return weights * weights.dtype.type(1 - amount / length if length > amount else 0)


def _read(net: Network, amounts: object) -> list[tuple[Indices, float]]:
    """For each projection the synapses that may shrink, and by how much; all checked before any does."""
    if not isinstance(amounts, Mapping):
        raise OptionError(
            "What shrinks is said by projection and amount, as in ns.shrink(net, {('V1', 'IT'): 0.01}); got "
            f"{amounts!r}."
        )
    structure = net.structure
    read: list[tuple[Indices, float]] = []
    free = structure.plastic & (structure.shared == NOT_SHARED) & structure.present
    for projection, amount in amounts.items():
        check_number(f"amount of {projection!r}", amount, least=0)
        read.append((np.flatnonzero(synapses_of(structure, None, [projection]) & free), float(amount)))
    return read
