"""Truth tables: what a formula or a network of binary neurons says in every case."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.depth import depths
from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.formulas import Flags, Formula
from neurosim.anatomy.network import Network
from neurosim.checks import all_finite
from neurosim.errors import DataError, GraphError, OptionError, counted, shorten, unknown

Ints: TypeAlias = npt.NDArray[np.int64]

MOST_INPUTS = 16  # of a table, which then has 65,536 rows
MOST_ROWS = 64  # that are printed; of longer tables the first and the last
ENDS = 8  # rows that are printed of either end of a longer table


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class TruthTable:
    """What a formula, or a network, says in every case.

    ``print`` shows it; in a notebook it is a table. It is a sequence of rows, ``np.asarray(table)`` the whole as an
    array, and ``table["sum"]`` a column by its name. Two tables are equal if all names and numbers are.

    Attributes
    ----------
    inputs, outputs : tuple of str
        The names of the columns.
    X : int array, shape (rows, inputs)
        All combinations of 0 and 1, as numbers are counted: the first input changes last.
    Y : int array, shape (rows, outputs)
        What the outputs are in each of these cases.

    Examples
    --------
    >>> import neurosim as ns
    >>> table = ns.logic.truth_table("a -> b")
    >>> table
    a  b | a implies b
    0  0 | 1
    0  1 | 1
    1  0 | 0
    1  1 | 1
    >>> table.Y.ravel(), table[2], len(table)
    (array([1, 1, 0, 1]), (1, 0, 0), 4)
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    X: Ints
    Y: Ints

    def __len__(self) -> int:
        return len(self.X)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return map(tuple, np.asarray(self).tolist())

    @overload
    def __getitem__(self, key: int) -> tuple[int, ...]: ...
    @overload
    def __getitem__(self, key: str) -> Ints: ...
    def __getitem__(self, key: int | str) -> tuple[int, ...] | Ints:
        """A row by its number, or a column by its name; of an input and an output of one name, the output."""
        if not isinstance(key, str):
            return tuple(np.asarray(self)[key].tolist())
        if key in self.outputs:
            return self.Y[:, self.outputs.index(key)]
        if key in self.inputs:
            return self.X[:, self.inputs.index(key)]
        raise unknown("column of the table called", key, [*self.inputs, *self.outputs])

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.hstack([self.X, self.Y]).astype(dtype or np.int64)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TruthTable):
            return NotImplemented
        return (self.inputs, self.outputs) == (other.inputs, other.outputs) and bool((self.Y == other.Y).all())

    __hash__ = None  # type: ignore[assignment]

    def _shown(self) -> list[tuple[int, ...] | None]:
        """The rows that are printed; None stands for those that are not."""
        if len(self) <= MOST_ROWS:
            return list(self)
        return [*map(self.__getitem__, range(ENDS)), None, *map(self.__getitem__, range(-ENDS, 0))]

    def __repr__(self) -> str:
        n, names = len(self.inputs), [*self.inputs, *self.outputs]
        lines = [names, *([str(value) for value in row] if row else ["."] * len(names) for row in self._shown())]
        padded = [[text.ljust(len(name)) for text, name in zip(line, names, strict=True)] for line in lines]
        text = "\n".join(f"{'  '.join(line[:n])} | {'  '.join(line[n:])}".strip() for line in padded)
        return text if len(self) <= MOST_ROWS else f"{text}\n{len(self):,} rows"

    def _repr_html_(self) -> str:
        import html

        side = f"style='text-align:center;border-left:{{}}px solid;padding-left:{1}em'"
        sides = [side.format(int(0 < i == len(self.inputs))) for i in range(len(self.inputs) + len(self.outputs))]
        lines: list[tuple[str, list[str]]] = [("th", [*self.inputs, *self.outputs])]
        lines += [("td", [str(value) for value in row] if row else ["…"] * len(sides)) for row in self._shown()]
        rows = (
            "".join(f"<{tag} {side}>{html.escape(text)}</{tag}>" for side, text in zip(sides, line, strict=True))
            for tag, line in lines
        )
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def every_case(n_inputs: int) -> Flags:
    """All combinations of so many truth values, a row for each; the first column changes last.

    Examples
    --------
    >>> every_case(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    cases: Flags = (np.arange(2**n_inputs)[:, None] >> np.arange(n_inputs)[::-1] & 1).astype(bool)
    return cases


def check_number_of_inputs(n_inputs: int, most: int = MOST_INPUTS) -> None:
    """Raise an OptionError if there are too many cases to look at each."""
    if n_inputs > most:
        raise OptionError(
            f"With {n_inputs} inputs there are {2**n_inputs:,} cases; each is looked at, so there may be up to {most} "
            "inputs. Ask about a part: formulas or a network of fewer inputs."
        )


# --- Of formulas ---------------------------------------------------------------------------------


def inputs_of(formulas: Mapping[str, Formula]) -> tuple[str, ...]:
    """The variables of formulas that are not themselves names of formulas, in order of first appearance."""
    return tuple(
        dict.fromkeys(name for formula in formulas.values() for name in formula.variables if name not in formulas)
    )


def truths_of(formulas: Mapping[str, Formula], inputs: tuple[str, ...]) -> dict[str, Flags]:
    """What each formula says in every case; formulas may name earlier ones."""
    cases = every_case(len(inputs))
    columns = dict(zip(inputs, cases.T, strict=True))
    for name, formula in formulas.items():
        columns[name] = np.broadcast_to(formula.truth(columns), (len(cases),))
    return {name: columns[name] for name in formulas}


def table_of_formulas(formulas: Mapping[str, Formula]) -> TruthTable:
    """The truth table of named formulas, of which later ones may name earlier ones."""
    inputs = inputs_of(formulas)
    check_number_of_inputs(len(inputs))
    truths = truths_of(formulas, inputs)
    return TruthTable(
        inputs, tuple(truths), every_case(len(inputs)).astype(np.int64), np.column_stack(list(truths.values())) * 1
    )


# --- Of networks ---------------------------------------------------------------------------------


def table_of_network(net: Network) -> TruthTable:
    """The truth table of a network of binary neurons, in exact arithmetic."""
    _check_logical(net)
    inputs, outputs = (tuple(map(str, names)) for names in (net.inputs, net.outputs))
    if len(set(inputs)) < len(inputs) or len(set(outputs)) < len(outputs):
        raise GraphError("In a formula all names are text, and here two would be alike, such as 1 and '1'. Rename one.")
    check_number_of_inputs(len(inputs))
    cases = every_case(len(inputs)).astype(np.int64)
    return TruthTable(inputs, outputs, cases, _rates(net, cases)[:, net.structure.outputs].astype(np.int64))


def _check_logical(net: Network) -> None:
    """Raise unless a network says either yes or no, and says so at once."""
    structure = net.structure
    if not (all_finite(net.weights) and all_finite(net.thresholds)):
        raise DataError("A weight or threshold of the network is not a finite number. Assign net.weights again.")
    odd = [net.names[i] for i in np.flatnonzero(~structure.sensory & ~structure.has_mode("binary"))]
    if odd:
        raise GraphError(
            f"Only binary neurons are true or false, and {shorten(odd, 3)} are not. "
            "Write net.with_mode('binary') for a network of binary neurons with the same weights."
        )
    if net.delays.any():
        late = structure.synapse_label(int(np.flatnonzero(net.delays)[0]))
        raise GraphError(
            f"A formula knows no time, and {counted(int((net.delays > 0).sum()), 'synapse')} of this network have a "
            f"delay, such as {late}: what it answers depends on what was before. ns.simulate shows that."
        )
    unsteady = [name for name, mode in zip(net.names, net.modes, strict=True) if mode.remembers or mode.random]
    if unsteady:
        raise GraphError(
            "A formula knows neither past nor chance, and a soma with a leak, refractory ticks, noise or a temperature "
            f"does: {shorten(unsteady, 3)}. Write net.with_mode('binary') for plain ones."
        )


def _rates(net: Network, cases: Ints) -> npt.NDArray[np.float64]:
    """Every neuron's rate in every case: 0.0 or 1.0."""
    structure = net.structure
    rates = np.zeros((len(cases), len(net)))
    rates[:, structure.inputs] = cases
    for neuron in np.argsort(depths(structure), kind="stable").tolist():
        if not structure.sensory[neuron]:
            synapses = structure.live_dendrites_of(neuron)
            weights = net.weights[synapses].astype(np.float64)
            rates[:, neuron] = _fires(rates[:, structure.pre[synapses]], weights, float(net.thresholds[neuron]))
    return rates


def _fires(rates: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], threshold: float) -> Flags:
    """Whether the drive reaches 0; summed again exactly where rounding could decide (Higham 2002, section 3.1)."""
    kind = np.finfo(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        drives = rates @ weights - threshold
        bound = 2 * (len(weights) + 4) * (kind.eps * (rates @ np.abs(weights) + abs(threshold)) + kind.tiny)
        size = np.abs(weights).sum() + abs(threshold)
    fires: Flags = drives >= 0
    close = np.flatnonzero(~(np.abs(drives) > bound))
    whole = bool((weights == np.rint(weights)).all()) and threshold == round(threshold)
    if not (whole and size < 2**53):  # sums of whole numbers are exact
        for case in close.tolist():
            fires[case] = exact_drive(weights.tolist(), rates[case].tolist(), threshold) >= 0
    return fires
