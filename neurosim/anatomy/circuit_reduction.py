"""Doing with fewer threshold neurons: whatever one says, others may be able to say without it."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.circuits import Cell, Circuit, cell_on, kind_of, opposite
from neurosim.anatomy.threshold_functions import gate_for, separate
from neurosim.anatomy.truth_tables import every_case

MOST_LEAVES = 8  # neurons that two neurons may listen to, if they are to become one


def merge(circuit: Circuit) -> None:
    """Let hidden cells that are alike, or each other's opposite, be one."""
    kept: dict[object, int] = {}
    for number in circuit.hidden:  # from the inputs on, so that what a cell listens to is settled when its turn comes
        known = {**kept, **{kind_of(circuit.cells[output]): output for output in circuit.outputs.values()}}
        cell = circuit.cells[number]
        if kind_of(cell) in known:
            circuit.replace(number, known[kind_of(cell)])
        elif kind_of(opposite(cell)) in known:
            circuit.flip(number)
            circuit.replace(number, known[kind_of(opposite(cell))])
        else:
            kept[kind_of(cell)] = number


def fuse(circuit: Circuit) -> None:
    """Let every hidden cell go whose work all that listen to it can do, each with that cell's dendrites and its own."""
    for number in circuit.hidden:
        changed = {user: _together(circuit, user, number) for user in circuit.users(number)}
        cells = {user: cell for user, cell in changed.items() if cell is not None}
        if len(cells) == len(changed):
            circuit.cells.update(cells)
            del circuit.cells[number]
    circuit.prune()


def _together(circuit: Circuit, user: int, number: int) -> Cell | None:
    """The one cell that does what a cell does with another that it listens to; None if none can."""
    leaves = list(dict.fromkeys([*circuit.cells[user][0], *circuit.cells[number][0]]))
    leaves.remove(number)
    if len(leaves) > MOST_LEAVES:
        return None
    columns = dict(zip(leaves, every_case(len(leaves)).T, strict=True))
    gate = gate_for(circuit.rates(columns, [user])[user])
    return None if gate is None else cell_on(leaves, *gate)


def eliminate(circuit: Circuit, layers: int | None = None) -> Circuit:
    """Let hidden cells go as long as those that listen to one can do with whatever else there is.

    Parameters
    ----------
    circuit : Circuit
    layers : int, optional
        How many cells may lie one behind the other at most.

    Returns
    -------
    Circuit
        Another one, of as many cells or fewer, which answers the same.
    """
    going = True
    while going:
        going = False
        for number in reversed(circuit.hidden):
            smaller = _without(circuit, number, layers) if number in circuit.cells else None
            if smaller is not None:
                circuit, going = smaller, True
    return circuit


def _without(circuit: Circuit, number: int, layers: int | None) -> Circuit | None:
    """The circuit without a cell; None if that cannot be."""
    smaller, inputs = circuit.copy(), range(len(circuit.inputs))
    rates = circuit.rates(dict(enumerate(every_case(len(inputs)).T)), [*inputs, *circuit.cells])
    for user in circuit.users(number):
        later, depths = smaller.downstream(user), smaller.depths()
        sources = [
            source
            for source in rates
            if source != number and source not in later and (layers is None or depths[source] < layers)
        ]
        if len(sources) == len(inputs):  # a question with a quicker answer, which may be known already
            gate = gate_for(rates[user])
        else:
            gate = separate(np.column_stack([rates[source] for source in sources]), rates[user])
        if gate is None:
            return None
        smaller.cells[user] = cell_on(sources, *gate)
    smaller.prune()
    return None if layers is not None and max(smaller.depths().values()) > layers else smaller
