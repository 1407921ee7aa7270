"""How deep in a network each neuron or region lies, loops or not, and in which order to stack those of one depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.anatomy.structure import Flags, Floats, Indices


def depths(count: int, pre: Indices, post: Indices, instant: Flags, sources: Indices) -> Indices:
    """The longest way to each node along the arcs that lead onwards.

    Every arc that lies on no loop leads onwards. Of those on loops, the instant ones do before the delayed
    ones; after that, what counts is whether an arc leads away from the sources.

    Parameters
    ----------
    count : int
        How many nodes there are.
    pre, post : int arrays, shape (arcs,)
    instant : bool array, shape (arcs,)
        Whether it has no delay.
    sources : int array
        Where stimuli come in.

    Returns
    -------
    int array, shape (count,)

    Examples
    --------
    A hidden neuron (1) that listens to an input (0) and, a tick later, to itself by way of a context neuron (3):

    >>> pre, post = np.array([0, 1, 1, 3]), np.array([1, 2, 3, 1])
    >>> depths(4, pre, post, np.array([True, True, False, True]), np.array([0])).tolist()
    [0, 1, 2, 0]
    """
    ways, waiting = _peeled(count, pre, post)
    if not waiting.any():
        return ways  # there is no loop
    loop = _loops(count, pre, post)
    inner = instant & (loop[pre] == loop[post])
    within = _loops(count, pre[inner], post[inner])
    ranks = np.column_stack(
        [
            _between(loop, pre, post),
            _between(within, pre[inner], post[inner]),
            _steps_from(sources, count, pre, post),
        ]
    )
    rank = np.unique(ranks, axis=0, return_inverse=True)[1].ravel()
    onwards = rank[pre] < rank[post]
    return _longest_ways(count, pre[onwards], post[onwards])


def _loops(count: int, pre: Indices, post: Indices) -> Indices:
    """The same number for all nodes that lie on a common loop, and another for every other node."""
    from scipy.sparse.csgraph import connected_components

    numbers: Indices = connected_components(_matrix(count, pre, post), directed=True, connection="strong")[1]
    return numbers


def _between(loop: Indices, pre: Indices, post: Indices) -> Indices:
    """The longest way to each node, where all that lie on a common loop count as one."""
    source, target = loop[pre], loop[post]
    apart = source != target
    ways: Indices = _longest_ways(int(loop.max(initial=-1)) + 1, source[apart], target[apart])[loop]
    return ways


def _steps_from(sources: Indices, count: int, pre: Indices, post: Indices) -> Floats:
    """The shortest way to each node from any of the sources; infinite where there is none."""
    from scipy.sparse.csgraph import dijkstra

    if not sources.size:
        return np.zeros(count)
    return np.asarray(dijkstra(_matrix(count, pre, post), indices=sources, min_only=True, unweighted=True))


def _matrix(count: int, pre: Indices, post: Indices):  # type: ignore[no-untyped-def]
    from scipy.sparse import coo_array

    return coo_array((np.ones(len(pre)), (pre, post)), shape=(count, count)).tocsr()


def _longest_ways(count: int, pre: Indices, post: Indices) -> Indices:
    """The number of arcs on the longest way to each node of a graph without loops."""
    return _peeled(count, pre, post)[0]


def _peeled(count: int, pre: Indices, post: Indices) -> tuple[Indices, Indices]:
    """Peel a graph from its sources: the longest way to each node, and how many arcs each on or after a loop awaits."""
    order = np.argsort(pre, kind="stable")
    first = np.searchsorted(pre[order], np.arange(count + 1))
    waiting = np.bincount(post, minlength=count)
    way = np.zeros(count, dtype=np.int64)
    peel, step = np.flatnonzero(waiting == 0), 0
    while peel.size:
        way[peel] = step
        reached = post[np.concatenate([order[first[i] : first[i + 1]] for i in peel])]
        np.subtract.at(waiting, reached, 1)
        peel, step = np.unique(reached[waiting[reached] == 0]), step + 1
    return way, waiting


def untangled(columns: Sequence[Indices], count: int, pre: Indices, post: Indices, sweeps: int = 4) -> list[Indices]:
    """The columns with their nodes reordered so that fewer arcs cross, by the barycentre rule of Sugiyama et al. 1981.

    Parameters
    ----------
    columns : sequence of int arrays
        The nodes at each depth, from top to bottom.
    count : int
        How many nodes there are.
    pre, post : int arrays, shape (arcs,)
    sweeps : int
        Times that each column is ordered by those before it and then by those after it.

    Returns
    -------
    list of int arrays

    Examples
    --------
    >>> [column.tolist() for column in untangled([np.array([0, 1]), np.array([2, 3])], 4, [0, 1], [3, 2])]
    [[0, 1], [3, 2]]
    """
    columns = list(columns)
    column_of, place = np.full(count, -1), np.zeros(count)
    for number, column in enumerate(columns):
        column_of[column] = number
        place[column] = _centred(len(column))
    drawn = (column_of[pre] >= 0) & (column_of[post] >= 0)
    pre, post = np.asarray(pre)[drawn], np.asarray(post)[drawn]
    for _ in range(sweeps):
        for here, there, way in ((post, pre, 1), (pre, post, -1)):
            from_before = (column_of[there] - column_of[here]) * way < 0
            for number in range(len(columns))[::way]:
                _reorder(columns, number, here[from_before], there[from_before], place)
    return columns


def _reorder(columns: list[Indices], number: int, here: Indices, there: Indices, place: Floats) -> None:
    """Order one column by the mean place of the nodes that its arcs lead to; those without arcs stay near theirs."""
    column = columns[number]
    arcs = np.bincount(here, minlength=len(place))[column]
    sums = np.bincount(here, weights=place[there], minlength=len(place))[column]
    wanted = np.where(arcs > 0, sums / np.maximum(arcs, 1), place[column])
    columns[number] = column[np.argsort(wanted.round(9), kind="stable")]
    place[columns[number]] = _centred(len(column))


def _centred(length: int) -> Floats:
    return np.arange(length) - (length - 1) / 2
