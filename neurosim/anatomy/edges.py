"""The edges of a networkx graph in columns, read in bulk: per edge no more Python than one look-up an attribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.neuron import Name, as_number
from neurosim.anatomy.structure import INDEX, Floats, Indices
from neurosim.errors import OptionError

if TYPE_CHECKING:
    import networkx as nx

ORDER = "neurosim_order"  # on edges, where synapses stand in another order than networkx lists edges


class Edges:
    """Every edge of a graph, in the order of the network that the graph came from, if it came from one.

    Parameters
    ----------
    graph : networkx.DiGraph or MultiDiGraph
    names : sequence of str or int
        What its nodes are called in messages.

    Attributes
    ----------
    pre, post : int arrays, shape (edges,)
        Numbers of the nodes.
    data : list of mappings
        What the graph says of each edge.
    attributes : set
        What it says of any of them.
    """

    def __init__(self, graph: nx.DiGraph[Any], names: Sequence[Name]) -> None:
        number = {node: i for i, node in enumerate(graph)}
        # No tuple is made per edge: a million new containers would keep Python's garbage collector busy.
        neighbours = [targets for _, targets in graph.adjacency()]
        self._names = names
        self.pre: Indices = np.repeat(np.arange(len(neighbours), dtype=INDEX), list(map(len, neighbours)))
        self.post: Indices = np.fromiter(map(number.__getitem__, chain.from_iterable(neighbours)), dtype=INDEX)
        self.data: list[Mapping[str, Any]] = _values(neighbours)
        self._keys: list[int] | None = None
        if graph.is_multigraph():
            parallel, self.data = self.data, _values(self.data)
            count = list(map(len, parallel))
            self.pre, self.post = np.repeat(self.pre, count), np.repeat(self.post, count)
            self._keys = list(map(_branch_of_key, chain.from_iterable(parallel)))
        self.attributes: set[str] = set().union(*self.data)
        if ORDER in self.attributes:
            self._sort()

    def _sort(self) -> None:
        """Put the edges into the order that they say; those added since come last, in their own order."""
        places = self.numbers(ORDER, f"{ORDER} of {{}}, its place among the synapses,")
        order = np.argsort(np.where(np.isnan(places), np.inf, places), kind="stable")
        self.pre, self.post = self.pre[order], self.post[order]
        self.data = [self.data[i] for i in order.tolist()]
        self._keys = None if self._keys is None else [self._keys[i] for i in order.tolist()]

    def label(self, edge: int) -> str:
        """An edge in words, for messages."""
        return f"{self._names[self.pre[edge]]!r} -> {self._names[self.post[edge]]!r}"

    def said(self, attribute: str) -> list[Any] | None:
        """What each edge says of itself, None where it says nothing; None for all if none says anything."""
        return [data.get(attribute) for data in self.data] if attribute in self.attributes else None

    def numbers(self, attribute: str, what: str) -> Floats:
        """A column of finite numbers; NaN where an edge says nothing, or None."""
        given = self.said(attribute) or [None] * len(self.data)
        column = _as_floats(given)
        if column is not None and np.count_nonzero(~np.isfinite(column)) == given.count(None):
            return column
        return np.array(
            [
                np.nan if value is None else as_number(value, f"the {what.format(self.label(i))}")
                for i, value in enumerate(given)
            ]
        )

    def whole_numbers(self, attribute: str) -> list[int] | int:
        """A column of whole numbers, 0 where an edge says nothing (its key for the branch); 0 if none says anything."""
        if attribute == "branch" and self._keys is not None:
            values = [data.get(attribute, key) for data, key in zip(self.data, self._keys, strict=True)]
        elif attribute in self.attributes:
            values = [data.get(attribute, 0) for data in self.data]
        else:
            return 0
        if not _are_plain(values, int):
            for i, value in enumerate(values):
                if isinstance(value, float) and value.is_integer():  # as tables bring them
                    values[i] = int(value)
                elif type(value) is not int and not isinstance(value, np.integer):
                    raise OptionError(
                        f"The {attribute} of {self.label(i)} must be a whole number from 0 up; got {value!r}."
                    )
        return values


def _values(mappings: Iterable[Mapping[Any, Any]]) -> list[Any]:
    return list(chain.from_iterable(mapping.values() for mapping in mappings))


def _branch_of_key(key: Any) -> int:
    """The branch that the key of an edge in a MultiDiGraph stands for."""
    return int(key) if isinstance(key, int | np.integer) and key >= 0 else 0


def _are_plain(values: Iterable[Any], *kinds: type) -> bool:
    return all(kind in kinds for kind in set(map(type, values)))


def _as_floats(values: list[Any]) -> npt.NDArray[np.float64] | None:
    """Numbers as an array, NaN for None; None where some of them are not plain numbers, or too large."""
    if not _are_plain(values, float, int, type(None), np.float64, np.float32):
        return None
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return None
