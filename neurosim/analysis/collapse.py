"""What linear neurons add up to: the same network without them, each chain of weights multiplied out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Linear
from neurosim.anatomy.structure import Flags, Structure
from neurosim.errors import GraphError
from neurosim.physiology.stimulus import check_network

Array = npt.NDArray[Any]


def collapse(net: Network) -> Network:
    """The network without its linear hidden neurons: it answers as before, to rounding.

    A linear neuron hands on a weighted sum. So whatever listens to it may as well listen to what it listens to, with
    the products of the weights; weights of parallel paths add up, and thresholds are carried along. Of a network whose
    neurons are all linear, however deep, a single layer of weights is left, from the inputs to the outputs.

    Parameters
    ----------
    net : Network
        Without delays. Other modes may stand between the linear ones, and stay.

    Returns
    -------
    Network
        Of the inputs, the outputs, and the hidden neurons that are not linear, with their names, modes, regions and
        places. A linear neuron that a maxout neuron listens to stays as well: its threshold would shift one branch
        alone. A synapse stands for all paths that lead through linear neurons, so none has a receptor, is frozen or
        shared.

    Raises
    ------
    GraphError
        If there are delays: then a chain of synapses is more than the product of their weights.
    OptionError
        If it is no network.

    Notes
    -----
    With drives d, rates r of the neurons that stay as sources, thresholds t, and the weights B from those and A from
    the linear ones, d = B r + A d - t. So d = (1 + A + A^2 + ...) (B r - t), one power for each length of a path.

    Examples
    --------
    >>> import neurosim as ns
    >>> chain = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [3.0, 2.0, 1.0], modes="linear", thresholds=[0, 1, 0])
    >>> one = ns.collapse(chain)
    >>> one.synapses, one.weights, one[2].threshold
    ([(0, 2)], array([7.]), 2.0)
    """
    check_network(net)
    structure = net.structure
    if structure.delay.any():
        first = structure.synapse_label(int(np.flatnonzero(structure.delay)[0]))
        raise GraphError(
            f"The synapse {first} has a delay, and this network {int((structure.delay > 0).sum())} such; ns.collapse "
            "multiplies weights along paths within a tick. Leave delays out."
        )
    through = _passed_through(structure)
    stays = np.union1d(np.flatnonzero(~through), structure.outputs)
    pre, post, branch, weight, thresholds = _multiplied_out(net, through)
    here = np.full(structure.n_neurons, -1)
    here[stays] = np.arange(len(stays))
    kept = here[post] >= 0
    return Network.from_arrays(
        here[pre[kept]],
        here[post[kept]],
        weight[kept],
        names=[structure.names[i] for i in stays],
        modes=[structure.modes[structure.mode_of[i]] for i in stays],
        thresholds=thresholds[stays],
        regions=[None if (r := structure.region_of[i]) < 0 else structure.regions[r] for i in stays],
        outputs=here[structure.outputs].tolist(),
        branch=branch[kept],
        positions=structure.positions[stays],
        dtype=net.dtype,
    )


def _passed_through(structure: Structure) -> Flags:
    """The linear neurons whose every listener can listen past them."""
    linear = np.array([mode == Linear() for mode in structure.modes])[structure.mode_of]
    branched = np.array([mode.branched for mode in structure.modes])[structure.mode_of]
    linear[structure.pre[branched[structure.post]]] = False
    return np.asarray(linear)


def _multiplied_out(net: Network, through: Flags) -> tuple[Array, Array, Array, Array, Array]:
    """Columns of the synapses from neurons that stay, and all thresholds; what is heard through others is summed up."""
    structure = net.structure
    branched = np.array([mode.branched for mode in structure.modes])[structure.mode_of][structure.post]
    whole = structure.present & ~branched
    pre, post = structure.pre[whole], structure.post[whole]
    theta = net.thresholds.astype(np.float64)
    values = net.weights[whole].astype(np.float64)
    totals = _over_all_paths(pre, post, values, through, theta)
    n_paths = _over_all_paths(pre, post, np.ones(len(pre)), through, np.zeros_like(theta))
    place, _ = _entries(n_paths)  # of all paths, also those whose weights are 0 or add up to it
    some, sums = _entries(totals)
    weight = np.zeros(len(place))
    weight[np.searchsorted(place, some)] = sums
    listener, source = np.divmod(place, len(theta))
    branched &= structure.present
    as_before = [column[branched] for column in (structure.pre, structure.post, structure.branch, net.weights)]
    multiplied = [source, listener, np.zeros_like(source), weight]
    columns = [np.concatenate(pair) for pair in zip(multiplied, as_before, strict=True)]
    return columns[0], columns[1], columns[2], columns[3], totals[:, [-1]].toarray().ravel()


def _over_all_paths(pre: Array, post: Array, weight: Array, through: Flags, theta: Array) -> Any:
    """The sums, over all paths through linear neurons, of the products of weights, and of thresholds in a last column.

    Returns
    -------
    scipy.sparse array, shape (neurons, neurons + 1)
        Rows are postsynaptic.
    """
    from scipy.sparse import coo_array, hstack

    def matrix(chosen: Flags) -> Any:
        size = (len(theta), len(theta))
        return coo_array((weight[chosen], (post[chosen], pre[chosen])), shape=size).tocsr()

    onwards = matrix(through[pre])
    longer = totals = hstack([matrix(~through[pre]), coo_array(theta[:, None])]).tocsr()
    while longer.nnz:  # no path is endless: a loop within a tick cannot be
        longer = onwards @ longer
        totals = totals + longer
    return totals


def _entries(totals: Any) -> tuple[Array, Array]:
    """Where the entries of all columns but the last stand, row by row as one number each, in order; and the entries."""
    matrix = totals[:, :-1].tocsr()
    matrix.sum_duplicates()
    entries = matrix.tocoo()
    return entries.row.astype(np.int64) * entries.shape[1] + entries.col, entries.data
