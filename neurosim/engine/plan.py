"""A network laid out for compiled kernels: one synapse after the other, in flat arrays.

Neurons are rows, as in a `Program`, and dendritic branches are *compartments*, counted through the whole
network. A projection in which most neurons meet is a dense block, and a matrix product; every other
synapse stands in two lists. Read forwards, it stands with those that feed the same compartment; read
backwards, with those of the same presynaptic neuron. Both passes gather, and each writes a row once.

The order of the parameters is that of reading backwards, because gradients arise there.
"""

from __future__ import annotations

import dataclasses
import weakref
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.depth import depths
from neurosim.anatomy.soma import MODES, Mode
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.anatomy.surrogates import SURROGATES, Surrogate
from neurosim.engine.outputs import same_but_for_outputs
from neurosim.engine.rows import Rows, changes, compartments_of, sorted_by

MODE_CODES = {name: code for code, name in enumerate(MODES)}
SURROGATE_CODES = {name: len(MODES) + code for code, name in enumerate(SURROGATES)}
CONSTANTS = {"leaky_relu": "slope", "elu": "alpha"}
SURROGATE_CONSTANTS = {"sigmoid": "beta", "triangle": "width", "arctan": "alpha"}

PRODUCT_FROM = 0.3  # the share of all possible synapses from which a matrix product is the faster way
CACHE_LINE = 64  # bytes
DENSE_SIDE = 16  # neurons on either side below which it is not


class Stages(NamedTuple):
    """Neurons of one depth and one mode; an entry for each stage.

    Attributes
    ----------
    first, last : int arrays
        Their rows; `last` is one beyond.
    code : int array
        Of the mode.
    constant : float array
        The one number that the mode has, or 0.
    first_block, last_block : int arrays
        The dense blocks that feed them.
    """

    first: Indices
    last: Indices
    code: Indices
    constant: npt.NDArray[np.float64]
    first_block: Indices
    last_block: Indices


class Blocks(NamedTuple):
    """Dense projections; an entry for each, in the order of stages.

    Attributes
    ----------
    target, n_targets : int arrays
        The compartments that it feeds.
    source, n_sources : int arrays
        The rows that it reads.
    start : int array
        Where its matrix begins, among those of all.
    from_inputs : bool array
        Whether these rows are inputs.
    """

    target: Indices
    n_targets: Indices
    source: Indices
    n_sources: Indices
    start: Indices
    from_inputs: Flags


class Wires(NamedTuple):
    """Everything that a kernel has to know about the wiring.

    Attributes
    ----------
    stages : Stages
    blocks : Blocks
    compartment : int array, one more than there are rows
        Where the compartments of each row begin.
    in_start : int array, one more than there are compartments
    in_source : int array, one per sparse synapse
        Read forwards: for each compartment, the rows that feed it.
    in_place : int array, one per sparse synapse
        And the place of each of these synapses among the parameters.
    out_start : int array, one more than there are rows
    out_target : int array, one per sparse synapse
        Read backwards: for each row, the compartments that it feeds. This is the order of the parameters.
    inputs, outputs : int arrays
        Rows.
    output_of : int array, one per row
        Which output it is, or -1.
    """

    stages: Stages
    blocks: Blocks
    compartment: Indices
    in_start: Indices
    in_source: Indices
    in_place: Indices
    out_start: Indices
    out_target: Indices
    inputs: Indices
    outputs: Indices
    output_of: Indices


class Values(NamedTuple):
    """Weights and thresholds as kernels read them.

    Attributes
    ----------
    forwards, backwards : float arrays, one per sparse synapse
        The same weights in both orders.
    matrices : float array
        Of all dense blocks, row by row.
    thresholds : float array, one per row
    """

    forwards: Floats
    backwards: Floats
    matrices: Floats
    thresholds: Floats


class Slopes(NamedTuple):
    """What stands for the slope of each stage's mode.

    Attributes
    ----------
    code : int array
    constant : float array
    """

    code: Indices
    constant: npt.NDArray[np.float64]


class Tile(NamedTuple):
    """Room for a few samples on their way through the network and back: flat arrays, row by row.

    Attributes
    ----------
    rates : float array, rows times width
    drives : float array, compartments times width
        On the way back the gradient by each drive takes its place; for inputs, that by their rates.
    by_rate, by_drive : float arrays, outputs times width
        The gradient of the loss by the rates of the outputs, and a further one by their drives.
    passed_back : float array, rows times width, or empty
        What dense blocks pass back; empty where there are none.
    one_row : float array, width
        For the losses of a row.
    """

    rates: Floats
    drives: Floats
    by_rate: Floats
    by_drive: Floats
    passed_back: Floats
    one_row: Floats


class Gradient(NamedTuple):
    """The gradient by every parameter, each sum of samples in arrays of its own.

    Attributes
    ----------
    sparse : float array, one per sparse synapse
        Read backwards.
    matrices : float array
    thresholds : float array, one per row
    """

    sparse: Floats
    matrices: Floats
    thresholds: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """What a compiled network consists of, but for its weights and thresholds.

    Attributes
    ----------
    neurons : int array, one per row
        The neuron's number in the network.
    synapses : int array
        The synapses in the order of the parameters, by their numbers in the network: the sparse ones, then
        those of dense blocks, matrix by matrix and row by row.
    n_sparse : int
        How many of them are sparse.
    in_matrix : int array, or None
        For dense blocks with gaps: the place of each dense synapse among the matrices.
    matrices : int
        How many numbers all matrices hold.
    wires : Wires
    modes : tuple of Mode
        Of the stages.
    """

    neurons: Indices
    synapses: Indices
    n_sparse: int
    in_matrix: Indices | None
    matrices: int
    wires: Wires
    modes: tuple[Mode, ...]

    @cached_property
    def row_of(self) -> Indices:
        """For each neuron its row."""
        row_of = np.empty(len(self.neurons), dtype=np.int64)
        row_of[self.neurons] = np.arange(len(self.neurons))
        return row_of

    @cached_property
    def decides(self) -> bool:
        """Whether there is a binary neuron."""
        return bool((self.wires.stages.code == MODE_CODES["binary"]).any())

    @cached_property
    def tonic(self) -> Indices:
        """The linear neurons that listen to nobody: their rates are their thresholds' opposites."""
        wires, listening = self.wires, np.zeros(self.n_compartments, dtype=bool)
        listening[np.diff(wires.in_start) > 0] = True
        for target, count in zip(wires.blocks.target, wires.blocks.n_targets, strict=True):
            listening[target : target + count] = True
        stages, linear = wires.stages, np.zeros(len(self.neurons), dtype=bool)
        for stage in np.flatnonzero(stages.code == MODE_CODES["linear"]):
            linear[stages.first[stage] : stages.last[stage]] = True
        return np.flatnonzero(linear & ~listening[wires.compartment[:-1]])

    @property
    def has_blocks(self) -> bool:
        """Whether there are dense blocks."""
        return len(self.wires.blocks.start) > 0

    @cached_property
    def largest_block(self) -> int:
        """The synapses of the largest dense block."""
        blocks = self.wires.blocks
        return int((blocks.n_targets * blocks.n_sources).max(initial=0))

    @property
    def n_compartments(self) -> int:
        """How many compartments there are."""
        return int(self.wires.compartment[-1])

    def tile(self, width: int, dtype: np.dtype[Any]) -> Tile:
        """Room for so many samples; everything begins where a line of the cache does."""
        size = dtype.itemsize
        if (width, size) not in self._layouts:
            self._layouts[width, size] = self._layout(width, CACHE_LINE // size)
        places, length = self._layouts[width, size]
        room = np.zeros(length, dtype)
        start = -room.__array_interface__["data"][0] % CACHE_LINE // size
        return Tile(*(room[start + first : start + last] for first, last in places))

    @cached_property
    def _layouts(self) -> dict[tuple[int, int], tuple[list[tuple[int, int]], int]]:
        return {}

    def _layout(self, width: int, line: int) -> tuple[list[tuple[int, int]], int]:
        """Where the parts of a tile begin and end, in numbers, and how many all of it takes."""
        rows, outputs = len(self.neurons), len(self.wires.outputs)
        places, start = [], 0
        for count in (rows, self.n_compartments, outputs, outputs, rows if self.has_blocks else 0, 1):
            places.append((start, start + count * width))
            start += -(-count * width // line) * line
        return places, start + line

    def slopes(self, surrogate: Surrogate | None = None) -> Slopes:
        """What stands for the slope of each stage."""
        codes, constants = self.wires.stages.code.copy(), self.wires.stages.constant.copy()
        if surrogate is not None:
            binary = codes == MODE_CODES["binary"]
            codes[binary] = SURROGATE_CODES[surrogate.name]
            constants[binary] = getattr(surrogate, SURROGATE_CONSTANTS.get(surrogate.name, ""), 0.0)
        return Slopes(codes, constants)


_plans: weakref.WeakKeyDictionary[Structure, Plan] = weakref.WeakKeyDictionary()


def planned(structure: Structure) -> Plan:
    """The plan of a structure for a single tick, made on first use and kept for as long as the structure is in use."""
    if structure not in _plans:
        other = same_but_for_outputs(structure)
        _plans[structure] = make_plan(structure) if other is None else _read_from(planned(other), structure.outputs)
    return _plans[structure]


def _read_from(plan: Plan, neurons: Indices) -> Plan:
    """The same plan with other outputs."""
    outputs, output_of = _outputs(plan.row_of, neurons)
    return dataclasses.replace(plan, wires=plan.wires._replace(outputs=outputs, output_of=output_of))


def _outputs(row_of: Indices, neurons: Indices) -> tuple[Indices, Indices]:
    """The rows of the outputs, and for each row which output it is."""
    outputs, output_of = row_of[neurons], np.full(len(row_of), -1)
    output_of[outputs] = np.arange(len(outputs))
    return outputs, output_of


def make_plan(structure: Structure) -> Plan:
    """Lay a network out; synapses with a delay bring nothing in a single tick, and are left out."""
    rows = Rows.of(structure, depths(structure))
    synapses, sources, targets, compartment = _wires(structure, rows)
    n_rows, n_compartments = structure.n_neurons, int(compartment[-1])
    dense = _dense(structure, rows, compartment, sources, targets)
    sparse = _numbers(len(synapses)) if dense is None else np.flatnonzero(~dense).astype(_small(len(synapses)))
    sparse = _sorted(sources, n_rows, _sorted(targets, n_compartments, sparse))
    out_target, out_start = targets[sparse].astype(np.uint32), _starts(sources[sparse], n_rows)
    in_place, in_start = _sorted(out_target, n_compartments, _numbers(len(sparse))), _starts(out_target, n_compartments)
    in_source = sources[sparse[in_place]].astype(np.uint32)
    blocks, filled, in_matrix = _blocks(rows, compartment, structure.sensory, sources, targets, dense)
    del sources, targets
    modes = tuple(structure.modes[i] for i in structure.mode_of[rows.neurons[rows.stage_starts[:-1]]].tolist())
    outputs, output_of = _outputs(rows.row_of, structure.outputs)
    return Plan(
        neurons=rows.neurons,
        synapses=synapses[sparse] if dense is None else synapses[np.concatenate([sparse, filled])],
        n_sparse=len(sparse),
        in_matrix=None if (in_matrix == np.arange(len(in_matrix))).all() else in_matrix,
        matrices=int((blocks.n_targets * blocks.n_sources).sum()),
        wires=Wires(
            stages=_stages(rows, modes, compartment, blocks),
            blocks=blocks,
            compartment=compartment,
            in_start=in_start,
            in_source=in_source,
            in_place=in_place,
            out_start=out_start,
            out_target=out_target,
            inputs=rows.row_of[structure.inputs],
            outputs=outputs,
            output_of=output_of,
        ),
        modes=modes,
    )


def _wires(structure: Structure, rows: Rows) -> tuple[Indices, Indices, Indices, Indices]:
    """The synapses that bring something, their sources and targets, and where the compartments of each row begin."""
    row_of = rows.row_of.astype(_small(structure.n_neurons))
    some = structure.lesioned or structure.delay.any()
    synapses = np.flatnonzero(structure.acting) if some else _numbers(structure.n_synapses)
    sources = row_of[structure.pre[synapses] if some else structure.pre]
    targets = row_of[structure.post[synapses] if some else structure.post]
    if not any(mode.branched for mode in structure.modes):
        return synapses, sources, targets, np.arange(structure.n_neurons + 1)
    in_stage, owners = compartments_of(structure, rows, synapses, targets)
    compartment = _first_compartments(rows, owners)
    return synapses, sources, compartment[rows.stage_starts[rows.stage_of[targets]]] + in_stage, compartment


def _small(count: int) -> type[np.integer[Any]]:
    """A type for so many numbers from 0 up."""
    return np.uint32 if count < 2**32 else np.int64


def _numbers(count: int) -> Indices:
    return np.arange(count, dtype=_small(count))


def _sorted(keys: Indices, count: int, order: Indices) -> Indices:
    """Places sorted by their keys, which are below `count`; stable."""
    from neurosim.engine.sort_kernels import sort_stably

    mine = keys if len(order) == len(keys) else keys[order]
    found = np.empty_like(order)
    sort_stably(keys, _starts(mine, count)[:-1], order, found)
    return found


def _first_compartments(rows: Rows, owners: dict[int, Indices]) -> Indices:
    """Where the compartments of each row begin, and where the last one ends."""
    count = np.ones(len(rows.neurons), dtype=np.int64)
    for stage, owner in owners.items():
        start, end = rows.stage_starts[stage], rows.stage_starts[stage + 1]
        count[start:end] = np.bincount(owner, minlength=end - start)
    return np.concatenate([[0], np.cumsum(count)])


def _starts(places: Indices, count: int) -> Indices:
    return np.concatenate([[0], np.cumsum(np.bincount(places, minlength=count))])


# --- Dense blocks --------------------------------------------------------------------------------


def _dense(structure: Structure, rows: Rows, compartment: Indices, sources: Indices, targets: Indices) -> Flags | None:
    """Which synapses belong to dense blocks; None if there are no such."""
    from neurosim.engine.sort_kernels import count_pairs, mark_pairs

    # Only a group that is large enough on either side can be part of one, and there are few of those.
    sizes = np.bincount(rows.group_of)
    large = np.flatnonzero(sizes >= DENSE_SIDE)
    number = np.full(len(sizes), len(large))
    number[large] = np.arange(len(large))
    of_source = number[rows.group_of]
    of_target = np.repeat(of_source, np.diff(compartment))
    counts = np.zeros((len(large) + 1, len(large) + 1), dtype=np.int64)
    count_pairs(sources, targets, of_source, of_target, counts)
    n_targets = np.bincount(of_target, minlength=len(large) + 1)
    n_sources = np.bincount(of_source, minlength=len(large) + 1)
    wanted = counts >= PRODUCT_FROM * n_targets[:, None] * n_sources
    # A binary decision wants the size of its terms as well as their sum, which a matrix product does not tell.
    binary = structure.has_mode("binary")[rows.neurons]
    wanted &= np.bincount(of_source, weights=binary, minlength=len(large) + 1)[:, None] == 0
    wanted[len(large)] = wanted[:, len(large)] = False
    wanted &= counts > 0
    if not wanted.any():
        return None
    dense: Flags = np.empty(len(sources), dtype=bool)
    mark_pairs(sources, targets, of_source, of_target, wanted, dense)
    mine = np.flatnonzero(dense)
    order = mine[sorted_by(targets[mine], sources[mine])]
    twice = order[1:][(targets[order[1:]] == targets[order[:-1]]) & (sources[order[1:]] == sources[order[:-1]])]
    if twice.size:  # parallel synapses have no place in a matrix
        wanted[of_target[targets[twice]], of_source[sources[twice]]] = False
        mark_pairs(sources, targets, of_source, of_target, wanted, dense)
    return dense if wanted.any() else None


def _blocks(
    rows: Rows, compartment: Indices, sensory: Flags, sources: Indices, targets: Indices, dense: Flags | None
) -> tuple[Blocks, Indices, Indices]:
    """The dense blocks, their synapses in order, and the place of each among the matrices."""
    mine = np.flatnonzero(dense) if dense is not None else np.zeros(0, dtype=np.int64)
    source, target = sources[mine].astype(np.int64), targets[mine].astype(np.int64)
    group_of_target = np.repeat(rows.group_of, np.diff(compartment))[target]
    group_of_source = rows.group_of[source]
    order = sorted_by(group_of_target, group_of_source, target, source)
    mine, source, target = mine[order], source[order], target[order]
    new = np.flatnonzero(changes(group_of_target[order], group_of_source[order])) if len(mine) else order
    first_row = np.append(np.flatnonzero(changes(rows.group_of)), len(rows.group_of))
    target_group, source_group = group_of_target[order[new]], group_of_source[order[new]]
    first_target, first_source = compartment[first_row[target_group]], first_row[source_group]
    n_targets = compartment[first_row[target_group + 1]] - first_target
    n_sources = first_row[source_group + 1] - first_source
    starts = np.concatenate([[0], np.cumsum(n_targets * n_sources)])[:-1]
    block = np.repeat(np.arange(len(new)), np.diff(np.append(new, len(mine))))
    place = starts[block] + (target - first_target[block]) * n_sources[block] + source - first_source[block]
    from_inputs = sensory[rows.neurons[first_source]]
    return Blocks(first_target, n_targets, first_source, n_sources, starts, from_inputs), mine, place


def _stages(rows: Rows, modes: tuple[Mode, ...], compartment: Indices, blocks: Blocks) -> Stages:
    row = np.searchsorted(compartment, blocks.target, side="right") - 1
    ends = np.searchsorted(rows.stage_of[row], np.arange(len(modes) + 1))
    return Stages(
        first=rows.stage_starts[:-1],
        last=rows.stage_starts[1:],
        code=np.array([MODE_CODES[mode.name] for mode in modes], dtype=np.int64),
        constant=np.array([getattr(mode, CONSTANTS.get(mode.name, ""), 0.0) for mode in modes], dtype=np.float64),
        first_block=ends[:-1],
        last_block=ends[1:],
    )
