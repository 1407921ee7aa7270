"""Threshold neurons with whole weights, on their way to becoming a network: added, shared, left out, named."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from neurosim.anatomy.formulas import Flags, written_name
from neurosim.anatomy.minimal_formulas import minimal_formula
from neurosim.anatomy.network import Network
from neurosim.anatomy.truth_tables import every_case

Signal: TypeAlias = "bool | tuple[int, bool]"
"""A constant, or a neuron by its number and whether its firing, or its silence, is meant."""

Cell: TypeAlias = tuple[dict[int, int], int]
"""The weights of a neuron's dendrites, by the number of the neuron that each listens to, and its threshold."""

MOST_SPELT = 6  # neurons that a name may speak of as a formula
LONGEST_NAME = 48  # characters of a formula as a name; a sum with its threshold says more than a longer one
NO_INPUT = "any input"  # the name of the one that a constant formula does not listen to


class Circuit:
    """Threshold neurons, by number: first the inputs, then the cells, each listening to others that were there before.

    Parameters
    ----------
    inputs : sequence of str

    Attributes
    ----------
    cells : dict of int to Cell
        By number, from the number of inputs on.
    outputs : dict of str to int
        The cell that stands for each output, a cell of its own.
    labels : dict of int to str
        What cells are called by those who asked for them.
    """

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = tuple(inputs)
        self.cells: dict[int, Cell] = {}
        self.outputs: dict[str, int] = {}
        self.labels: dict[int, str] = {}
        self._known: dict[object, int] = {}
        self._flipped: set[int] = set()  # cells that fire now where they were silent when they were asked for
        self._next = len(self.inputs)

    def copy(self) -> Circuit:
        """An independent copy."""
        return copy.deepcopy(self)

    # --- Adding ----------------------------------------------------------------------------------

    def cell(self, weights: Mapping[int, int], threshold: int, label: str = "") -> int:
        """A cell with these weights, which may be there already."""
        weights = {source: weight for source, weight in weights.items() if weight}
        key = kind_of((weights, threshold))
        if key not in self._known:
            self._known[key] = self._next
            self.cells[self._next] = (weights, threshold)
            self._next += 1
        number = self._known[key]
        if label:
            self.labels.setdefault(number, label)
        return number

    def find(self, cell: Cell) -> int | None:
        """The cell that is like this one, if it was asked for before."""
        return self._known.get(kind_of(cell))

    def signal(self, weights: Mapping[int, int], threshold: int) -> tuple[int, bool]:
        """That such a cell fires; of a cell and its opposite only one is made, the one that is excited more."""
        if sum(weights.values()) < 0 or (sum(weights.values()) == 0 and weights[min(weights)] < 0):
            return self.cell(*opposite((dict(weights), threshold))), False
        return self.cell(weights, threshold), True

    def claim(self, name: str, signal: Signal) -> None:
        """Give an output a cell of its own, that fires where the signal says so."""
        if isinstance(signal, bool):
            self._claim_new(name, ({}, int(not signal)))
            return
        number, positive = signal[0], signal[1] != (signal[0] in self._flipped)
        if number < len(self.inputs):
            self._claim_new(name, ({number: 1}, 1) if positive else ({number: -1}, 0))
        elif number in self.outputs.values():
            self._claim_new(name, self.cells[number] if positive else opposite(self.cells[number]))
        else:
            if not positive:
                self.flip(number)
            self.outputs[name] = number

    def _claim_new(self, name: str, cell: Cell) -> None:
        self.cells[self._next] = (dict(cell[0]), cell[1])
        self.outputs[name] = self._next
        self._next += 1

    def flip(self, number: int) -> None:
        """Let a cell fire where it was silent, and all who listen understand it so."""
        self.cells[number] = opposite(self.cells[number])
        self._flipped ^= {number}
        for user in self.users(number):
            weights, threshold = self.cells[user]
            self.cells[user] = ({**weights, number: -weights[number]}, threshold - weights[number])
        if number in self.labels:
            self.labels[number] = f"not {self.labels[number]}"

    def replace(self, number: int, by: int) -> None:
        """Let those who listen to one cell listen to another one instead."""
        for user in self.users(number):
            weights, threshold = self.cells[user]
            merged = {source: weight for source, weight in weights.items() if source != number}
            merged[by] = merged.get(by, 0) + weights[number]
            self.cells[user] = ({source: weight for source, weight in merged.items() if weight}, threshold)
        del self.cells[number]

    def prune(self) -> None:
        """Leave out cells that nobody needs."""
        mine = set(self.outputs.values())
        for number in reversed(self.order()):
            if number not in mine and not self.users(number):
                del self.cells[number]

    # --- What there is ---------------------------------------------------------------------------

    def users(self, number: int) -> list[int]:
        """The cells that listen to a neuron."""
        return [user for user, (weights, _) in self.cells.items() if number in weights]

    @property
    def hidden(self) -> list[int]:
        """The cells that are no outputs, from the inputs on."""
        mine = set(self.outputs.values())
        return [number for number in self.order() if number not in mine]

    def order(self) -> list[int]:
        """All cells, each after those that it listens to."""
        depths = self.depths()
        return sorted(self.cells, key=lambda number: (depths[number], number))

    def depths(self) -> dict[int, int]:
        """How many cells lie on the longest way to each, itself included; 0 for the inputs."""
        depths = dict.fromkeys(range(len(self.inputs)), 0)
        waiting = list(self.cells)
        while waiting:
            later = []
            for number in waiting:
                sources = self.cells[number][0]
                if all(source in depths for source in sources):
                    depths[number] = 1 + max((depths[source] for source in sources), default=0)
                else:
                    later.append(number)
            waiting = later
        return depths

    @property
    def cost(self) -> tuple[int, int, int]:
        """How many cells and synapses there are, and how many cells lie one behind the other."""
        synapses = sum(len(weights) for weights, _ in self.cells.values())
        return len(self.cells), synapses, max(self.depths().values(), default=0)

    def downstream(self, number: int) -> set[int]:
        """A cell, and all that hear of it."""
        reached = {number}
        for other in self.order():
            if reached & self.cells[other][0].keys():
                reached.add(other)
        return reached

    def rates(self, columns: Mapping[int, Flags], wanted: Sequence[int]) -> dict[int, Flags]:
        """What cells do in many cases, from what those do that they listen to."""
        rates = dict(columns)
        shape = next((column.shape for column in columns.values()), (1,))  # without inputs there is one case

        def of(number: int) -> Flags:
            if number not in rates:
                weights, threshold = self.cells[number]
                total = sum((weight * of(source).astype(np.int64) for source, weight in weights.items()), np.int64(0))
                rates[number] = np.broadcast_to(np.greater_equal(total, threshold), shape)
            return rates[number]

        return {number: of(number) for number in wanted}

    # --- Becoming a network ----------------------------------------------------------------------

    def network(self) -> Network:
        """The network: inputs, hidden cells by depth, outputs as they were asked for."""
        names = _Names(self).all()
        numbers = [*range(len(self.inputs)), *self.hidden, *self.outputs.values()]
        place = {number: i for i, number in enumerate(numbers)}
        synapses = [
            (place[source], place[number], weight)
            for number in numbers[len(self.inputs) :]
            for source, weight in sorted(self.cells[number][0].items(), key=lambda item: place[item[0]])
        ]
        columns = np.array(synapses, dtype=np.int64).reshape(-1, 3).T
        idle = [] if self.inputs else [NO_INPUT]
        shift = len(idle)
        cells = numbers[len(self.inputs) :]
        return Network.from_arrays(
            columns[0] + shift,
            columns[1] + shift,
            columns[2].astype(float),
            names=[*idle, *(names[number] for number in numbers)],
            modes=["sensory"] * (len(self.inputs) + shift) + ["binary"] * len(cells),
            thresholds=[0.0] * (len(self.inputs) + shift) + [float(self.cells[number][1]) for number in cells],
            outputs=[place[number] + shift for number in self.outputs.values()],
        )


def opposite(cell: Cell) -> Cell:
    """The cell that fires where another one is silent."""
    weights, threshold = cell
    return {source: -weight for source, weight in weights.items()}, 1 - threshold


def kind_of(cell: Cell) -> object:
    """What two cells have in common if they are alike."""
    return frozenset(cell[0].items()), cell[1]


def cell_on(sources: Sequence[int], weights: Sequence[int], threshold: int) -> Cell:
    """The cell with these weights; it does not listen where a weight is 0."""
    return {source: weight for source, weight in zip(sources, weights, strict=True) if weight}, threshold


# --- Names ---------------------------------------------------------------------------------------


class _Names:
    """What each neuron is called: an output by its name, a hidden cell by what it says."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.names = dict(enumerate(circuit.inputs))
        self.names |= {number: name for name, number in circuit.outputs.items()}

    def all(self) -> dict[int, str]:
        taken = set(self.names.values())
        for number in self.circuit.hidden:
            name = self.circuit.labels.get(number) or self._says(number)
            while name in taken:
                name += "\N{PRIME}"
            taken.add(name)
            self.names[number] = name
        return self.names

    def _says(self, number: int) -> str:
        """A hidden cell in words: as a count of what it listens to, a formula, or a sum and its threshold."""
        weights, threshold = self.circuit.cells[number]
        leaves = list(dict.fromkeys(self._leaves(number)))
        counts = all(abs(weight) == 1 for weight in weights.values())
        if counts and set(weights) <= set(leaves):
            return self._count(weights, threshold)
        if len(leaves) <= MOST_SPELT:
            columns = dict(zip(leaves, every_case(len(leaves)).T, strict=True))
            formula = minimal_formula(self.circuit.rates(columns, [number])[number], [self.names[i] for i in leaves])
            if len(str(formula)) <= LONGEST_NAME:
                return str(formula)
        return self._count(weights, threshold) if counts else self._sum(weights, threshold)

    def _leaves(self, number: int) -> Iterator[int]:
        """The inputs and outputs that a cell depends on, through hidden cells."""
        ends = {*range(len(self.circuit.inputs)), *self.circuit.outputs.values()}
        for source in self.circuit.cells[number][0]:
            yield from [source] if source in ends else self._leaves(source)

    def _word(self, source: int) -> str:
        ends = {*range(len(self.circuit.inputs)), *self.circuit.outputs.values()}
        name = self.names[source]
        return written_name(name) if source in ends else f"({name})" if " " in name else name

    def _count(self, weights: Mapping[int, int], threshold: int) -> str:
        words = [f"{'not ' if weight < 0 else ''}{self._word(source)}" for source, weight in sorted(weights.items())]
        return counted_in_words(words, threshold + sum(weight < 0 for weight in weights.values()))

    def _sum(self, weights: Mapping[int, int], threshold: int) -> str:
        text = ""
        for source, weight in sorted(weights.items()):
            sign = ("- " if weight < 0 else "+ ") if text else "-" if weight < 0 else ""
            text += f" {sign}{'' if abs(weight) == 1 else f'{abs(weight)} '}{self._word(source)}"
        return f"{text.strip()} \N{GREATER-THAN OR EQUAL TO} {threshold}"


def counted_in_words(words: Sequence[str], least: int) -> str:
    """That at least so many of several things are the case.

    Examples
    --------
    >>> counted_in_words(["a", "b"], 2), counted_in_words(["a", "b"], 1), counted_in_words(["a", "b", "c"], 2)
    ('a and b', 'a or b', 'at least 2 of a, b, c')
    """
    if least == len(words):
        return " and ".join(words)
    return " or ".join(words) if least == 1 else f"at least {least} of {', '.join(words)}"
