"""The wiring of a network in columns: everything about it but its weights and thresholds.

A `Structure` never changes. Editing a network makes a new one, so whatever was worked out for a
structure (an index by name, a compiled program) stays true for as long as that structure is in use,
and a change that turns out to be impossible leaves nothing behind.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.faults import ARRAYS, WiringError
from neurosim.anatomy.neuron import Name, check_region
from neurosim.anatomy.pieces import first_of_each, pieces, stable_order, starts, targets_of
from neurosim.anatomy.soma import Mode
from neurosim.errors import GraphError, OptionError, shorten, unknown

Indices = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]

INDEX = np.int32  # a neuron's number; two of them a synapse
NO_REGION = -1
NOT_SHARED = -1
FEW = 2**16  # synapses, which are looked through in less time than a library takes to load

EXCITATORY, EITHER, INHIBITORY = 1, 0, -1
RECEPTORS = {"excitatory": EXCITATORY, "inhibitory": INHIBITORY}
"""What a receptor makes of an impulse, by name: the sign that the weights of its synapses keep."""


@dataclasses.dataclass(frozen=True, eq=False)
class Structure:
    """Neurons and synapses in columns.

    Attributes
    ----------
    names : tuple of str or int, one per neuron
    modes : tuple of Mode
        The different modes in use.
    mode_of : int array, shape (neurons,)
        For each neuron the position of its mode in `modes`.
    regions : tuple of str
        The names of the regions, in the order in which they first appear.
    region_of : int array, shape (neurons,)
        For each neuron the position of its region in `regions`, or -1.
    region_shapes : mapping
        Region name to its grid, such as (8, 8), for the regions that are laid out on one.
    marked_outputs : bool array, shape (neurons,)
        The neurons that were declared outputs.
    positions : float array, shape (neurons, 2)
        Where to draw each neuron, NaN where that is left to the plot.
    pre, post : int arrays, shape (synapses,)
        Numbers of the presynaptic and postsynaptic neurons.
    delay : int array, shape (synapses,)
        Ticks that an impulse is under way.
    branch : int array, shape (synapses,)
        The dendritic branch on which the synapse sits.
    receptor : int array, shape (synapses,)
        EXCITATORY (its weight is never negative), INHIBITORY (never positive), or EITHER.
    plastic : bool array, shape (synapses,)
        Whether learning may change the weight.
    shared : int array, shape (synapses,)
        Synapses with the same number from 0 up have one weight in common; NOT_SHARED for one of its own.
    transmitter : int array, shape (neurons,)
        The receptor of every synapse that the neuron makes (Dale's law); EITHER for a neuron without a law.
    plastic_thresholds : bool array, shape (neurons,)
        Whether learning may change the threshold.
    shared_thresholds : int array, shape (neurons,)
        As `shared`, for thresholds.
    silenced : bool array, shape (neurons,)
        The neurons that a lesion has taken out: their rate is 0, and no synapse onto or from them conducts.
    cut : bool array, shape (synapses,)
        The synapses that a lesion has taken out one by one.
    neuron_notes, synapse_notes : mapping
        Attributes of a user's graph that neurosim carries along without reading, by number.
    graph_notes : mapping
        The same for the graph as a whole.
    """

    names: tuple[Name, ...]
    modes: tuple[Mode, ...]
    mode_of: Indices
    regions: tuple[str, ...]
    region_of: Indices
    region_shapes: Mapping[str, tuple[int, ...]]
    marked_outputs: Flags
    positions: Floats
    pre: Indices
    post: Indices
    delay: Indices
    branch: Indices
    receptor: Indices
    plastic: Flags
    shared: Indices
    transmitter: Indices
    plastic_thresholds: Flags
    shared_thresholds: Indices
    silenced: Flags
    cut: Flags
    neuron_notes: Mapping[int, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    synapse_notes: Mapping[int, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    graph_notes: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in dataclasses.fields(self):
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, column.name, view)

    def __getstate__(self) -> dict[str, Any]:
        """The columns alone; what was worked out from them is worked out again where it is needed."""
        return {column.name: getattr(self, column.name) for column in dataclasses.fields(self)}

    def __setstate__(self, columns: dict[str, Any]) -> None:
        for name, value in columns.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def __deepcopy__(self, memo: object) -> Structure:
        """Itself, since it never changes."""
        return self

    @property
    def n_neurons(self) -> int:
        """How many neurons there are."""
        return len(self.names)

    @property
    def n_synapses(self) -> int:
        """How many synapses there are."""
        return len(self.pre)

    @cached_property
    def number(self) -> dict[Name, int]:
        """Each neuron's number by its name."""
        return {name: i for i, name in enumerate(self.names)}

    def find(self, name: object) -> int:
        """The number of the neuron with this name, or an error that suggests the nearest."""
        try:
            return self.number[name]  # type: ignore[index]
        except (KeyError, TypeError):
            is_region = isinstance(name, str) and name in self.regions
            advice = f"{name!r} is a region: see net.regions[{name!r}]." if is_region else ""
            raise unknown("neuron", name, self.names, advice) from None

    def find_region(self, name: object) -> int:
        """The position of the region with this name, or an error that suggests the nearest."""
        if isinstance(name, str) and name in self.regions:
            return self.regions.index(name)
        raise unknown("region", name, self.regions)

    def members(self, region: object) -> Indices:
        """The numbers of a region's neurons, in order."""
        return np.flatnonzero(self.region_of == self.find_region(region))

    def projection(self, pre: object, post: object) -> Flags:
        """Which synapses lead from one region to another, by their names."""
        source, target = self.find_region(pre), self.find_region(post)
        return np.asarray((self.region_of[self.pre] == source) & (self.region_of[self.post] == target))

    @cached_property
    def sensory(self) -> Flags:
        """Which neurons are driven by the stimulus."""
        return self.has_mode("sensory")

    def has_mode(self, name: str) -> Flags:
        """Which neurons run in a mode of this name, whatever its parameters."""
        return np.array([mode.name == name for mode in self.modes], dtype=bool)[self.mode_of]

    @cached_property
    def inputs(self) -> Indices:
        """Numbers of the sensory neurons."""
        return np.flatnonzero(self.sensory)

    @cached_property
    def outputs(self) -> Indices:
        """Numbers of the marked outputs; if there are none, of the neurons without outgoing synapses.

        Where every neuron has outgoing synapses, those that send only to themselves are taken.
        """
        if self.marked_outputs.any():
            return np.flatnonzero(self.marked_outputs)
        silent = np.ones(self.n_neurons, dtype=bool)
        silent[self.pre] = False
        if not silent.any():
            silent[:] = True
            silent[self.pre[self.pre != self.post]] = False
        return np.flatnonzero(silent)

    @cached_property
    def lesioned(self) -> bool:
        """Whether a lesion has taken anything out."""
        return bool(self.silenced.any() or self.cut.any())

    @cached_property
    def present(self) -> Flags:
        """Which synapses conduct: those that no lesion has cut, between neurons that none has silenced."""
        if not self.lesioned:
            return flags(True, self.n_synapses)
        return np.asarray(~(self.cut | self.silenced[self.pre] | self.silenced[self.post]))

    @cached_property
    def acting(self) -> Flags:
        """Which synapses bring something within a single tick from silence: those that conduct, without delay."""
        return self.present & (self.delay == 0) if self.delay.any() else self.present

    @property
    def instant_ends(self) -> tuple[Indices, Indices]:
        """Both ends of the synapses without delay."""
        if not self.delay.any():
            return self.pre, self.post
        instant = self.delay == 0
        return self.pre[instant], self.post[instant]

    @cached_property
    def held(self) -> bool:
        """Whether anything limits what weights can be: a receptor, or that some are one."""
        return bool(self.receptor.any() or (self.shared != NOT_SHARED).any())

    @cached_property
    def shares_thresholds(self) -> bool:
        """Whether some thresholds are one."""
        return bool((self.shared_thresholds != NOT_SHARED).any())

    @cached_property
    def incoming(self) -> tuple[Indices, Indices]:
        """Numbers of all synapses ordered by postsynaptic neuron, and where each neuron's begin."""
        return stable_order(self.post), starts(self.post, self.n_neurons)

    @cached_property
    def outgoing(self) -> tuple[Indices, Indices]:
        """Numbers of all synapses ordered by presynaptic neuron, and where each neuron's begin."""
        return stable_order(self.pre), starts(self.pre, self.n_neurons)

    def dendrites_of(self, neuron: int) -> Indices:
        """Numbers of the synapses onto a neuron, in the order they were added."""
        order, start = self.incoming
        return order[start[neuron] : start[neuron + 1]]

    def live_dendrites_of(self, neuron: int) -> Indices:
        """Numbers of the synapses onto a neuron that conduct, in the order they were added."""
        synapses = self.dendrites_of(neuron)
        return synapses[self.present[synapses]] if self.lesioned else synapses

    def axon_of(self, neuron: int) -> Indices:
        """Numbers of the synapses that a neuron makes, in the order they were added."""
        order, start = self.outgoing
        return order[start[neuron] : start[neuron + 1]]

    def live_axon_of(self, neuron: int) -> Indices:
        """Numbers of the synapses that a neuron makes and that conduct, in the order they were added."""
        synapses = self.axon_of(neuron)
        return synapses[self.present[synapses]] if self.lesioned else synapses

    def one_with(self, synapse: int) -> Indices:
        """Numbers of the synapses that share this one's weight, itself included."""
        group = self.shared[synapse]
        return np.array([synapse]) if group == NOT_SHARED else np.flatnonzero(self.shared == group)

    def threshold_one_with(self, neuron: int) -> Indices:
        """Numbers of the neurons that share this one's threshold, itself included."""
        group = self.shared_thresholds[neuron]
        return np.array([neuron]) if group == NOT_SHARED else np.flatnonzero(self.shared_thresholds == group)

    def synapse_label(self, synapse: int) -> str:
        """A synapse in words, for messages: ``'x' -> 'h'``, with the branch where it is not 0."""
        branch = f" (branch {self.branch[synapse]})" if self.branch[synapse] else ""
        return f"{self.names[self.pre[synapse]]!r} -> {self.names[self.post[synapse]]!r}{branch}"


def distinct(numbers: Indices) -> Indices:
    """The different numbers, ascending; of small numbers from 0 up, many times as fast as `numpy.unique`."""
    used = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=bool)
    used[numbers] = True
    return np.flatnonzero(used)


def constant(value: int, length: int) -> Indices:
    """A column that holds one number throughout and takes no memory."""
    return np.broadcast_to(INDEX(value), (length,))


def flags(value: bool, length: int) -> Flags:
    """A column that holds one truth throughout and takes no memory."""
    return np.broadcast_to(np.bool_(value), (length,))


def receptor_name(receptor: int) -> str | None:
    """The word for a receptor; None for EITHER."""
    return {EXCITATORY: "excitatory", INHIBITORY: "inhibitory"}.get(int(receptor))


def palette(values: Sequence[Any]) -> tuple[tuple[Any, ...], Indices]:
    """The different values, in order of appearance, and for each entry the position of its own."""
    position: dict[Any, int] = {}
    of = np.fromiter((position.setdefault(value, len(position)) for value in values), dtype=INDEX, count=len(values))
    return tuple(position), of


def in_use(values: Sequence[Any], of: Indices) -> tuple[tuple[Any, ...], Indices]:
    """Those values that some entry has, in order of appearance, and for each entry the position of its own (or -1)."""
    used, first = np.unique(of[of >= 0], return_index=True)
    return tuple(values[i] for i in used[np.argsort(first)].tolist()), renumbered(of)


def renumbered(groups: npt.NDArray[np.integer[Any]], *, copy: bool = True) -> Indices:
    """The same groups, numbered from 0 in the order in which they first appear; what is negative is NOT_SHARED.

    Without `copy`, groups that are numbered so already may come back as they are.
    """
    if not groups.size or groups.max() < 0:
        return constant(NOT_SHARED, len(groups))
    if groups.dtype.kind == "u" or groups.max() > 2 * len(groups):  # too large to be counted by
        labels, group = np.unique(groups, return_inverse=True)
        groups = np.where(labels < 0, NOT_SHARED, np.arange(len(labels)))[group]
    first = first_of_each(groups)
    if (np.diff(first) > 0).all() and first[-1] < len(groups) and groups.min() >= NOT_SHARED:
        return groups.astype(INDEX, copy=copy)
    used = np.flatnonzero(first < len(groups))
    rank = np.full(len(first) + 1, NOT_SHARED, dtype=INDEX)  # its last entry is for what is negative
    rank[used[np.argsort(first[used])]] = np.arange(len(used))
    column = np.empty(len(groups), dtype=INDEX)
    for piece in pieces(len(groups)):
        column[piece] = rank[np.maximum(groups[piece], -1)]
    return column


# --- What makes a wiring a network ---------------------------------------------------------------


def check_structure(structure: Structure) -> Structure:
    """Return the structure as it is, or raise a GraphError that names what is wrong with it and what to do."""
    if not structure.n_neurons:
        raise WiringError("A network needs at least one neuron, and there is none.", "empty", {}, ARRAYS)
    _check_names(structure)
    _check_regions(structure)
    _check_counts("delay", structure.delay, structure)
    _check_counts("branch", structure.branch, structure)
    _check_parallel(structure)
    _check_receptors(structure)
    _check_shared(structure)
    _check_sensory(structure)
    _check_loops(structure)
    _check_ends(structure)
    check_lesions(structure)
    return structure


def _check_names(structure: Structure) -> None:
    if len(set(structure.names)) == structure.n_neurons:
        return
    seen: set[Name] = set()
    twice = [name for name in structure.names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
    raise GraphError(f"Every neuron needs a name of its own; given more than once: {shorten(dict.fromkeys(twice))}.")


def _check_regions(structure: Structure) -> None:
    for region in structure.regions:
        check_region(region)


def _check_counts(what: str, column: Indices, structure: Structure) -> None:
    if column.size and column.min() < 0:
        synapse = int(np.argmin(column))
        raise OptionError(
            f"The {what} of synapse {structure.synapse_label(synapse)} must be a whole number from 0 up; "
            f"got {column[synapse]}."
        )


def _check_parallel(structure: Structure) -> None:
    key = _place(structure)
    if (key[1:] > key[:-1]).all():
        return
    key.sort()
    if (key[1:] > key[:-1]).all():
        return
    order = np.lexsort((structure.branch, structure.post, structure.pre))
    same = np.ones(max(0, len(order) - 1), dtype=bool)
    for column in (structure.pre, structure.post, structure.branch):
        same &= np.diff(column[order]) == 0
    if same.any():
        synapse = int(order[np.flatnonzero(same)[0] + 1])
        raise WiringError(
            f"The synapse {structure.synapse_label(synapse)} is given more than once ({int(same.sum())} such in all).",
            "twice",
            _ends_of(structure, synapse),
            ARRAYS,
        )


def _place(structure: Structure) -> npt.NDArray[np.int64]:
    """One number for each pair of neurons, and each branch between them unless that would be too large a number."""
    key = structure.post.astype(np.int64)
    key *= structure.n_neurons
    key += structure.pre
    branches = int(structure.branch.max(initial=0)) + 1
    if 1 < branches < 2**62 // structure.n_neurons**2:
        key *= branches
        key += structure.branch
    return key


def _ends_of(structure: Structure, synapse: int) -> dict[str, Any]:
    """What a synapse and its ends are called, for remedies."""
    pre, post = int(structure.pre[synapse]), int(structure.post[synapse])
    names = {"synapse": synapse, "pre": structure.names[pre], "post": structure.names[post]}
    return {**names, "pre_region": _region_of(structure, pre), "post_region": _region_of(structure, post)}


def _region_of(structure: Structure, neuron: int) -> str | None:
    number = structure.region_of[neuron]
    return None if number == NO_REGION else structure.regions[number]


def _check_receptors(structure: Structure) -> None:
    if not structure.transmitter.any():
        return
    law = structure.transmitter[structure.pre]
    wrong = np.flatnonzero((law != EITHER) & (structure.receptor != law))
    if wrong.size:
        synapse = int(wrong[0])
        pre = structure.names[structure.pre[synapse]]
        raise GraphError(
            f"Neuron {pre!r} is {receptor_name(law[synapse])}, but its synapse {structure.synapse_label(synapse)} is "
            f"{receptor_name(structure.receptor[synapse]) or 'said to be neither'}. By Dale's law all synapses of a "
            "neuron have one receptor: give it to the neuron, or to single synapses."
        )


def _check_shared(structure: Structure) -> None:
    """Synapses that are one parameter must be under one law."""
    for what, column in (("receptor", structure.receptor), ("plastic", structure.plastic)):
        synapse = first_unlike(structure.shared, column)
        if synapse is not None:
            raise GraphError(
                f"The synapse {structure.synapse_label(synapse)} shares its weight with others but not their setting "
                f"{what!r}. What is one weight must be {'of one receptor' if what == 'receptor' else 'plastic or not'} "
                "everywhere."
            )
    neuron = first_unlike(structure.shared_thresholds, structure.plastic_thresholds)
    if neuron is not None:
        raise GraphError(
            f"Neuron {structure.names[neuron]!r} shares its threshold with others, of which some are plastic and some "
            "are not. What is one threshold must be plastic everywhere or nowhere."
        )


def first_unlike(groups: Indices, values: npt.NDArray[Any]) -> int | None:
    """The first entry whose value differs from that of the first entry of its group; None if all groups agree."""
    first = first_of_each(groups)
    for piece in pieces(len(groups)) if len(first) else ():
        members = np.flatnonzero(groups[piece] >= 0)
        unlike = members[values[piece][members] != values[first[groups[piece][members]]]]
        if unlike.size:
            return int(piece.start + unlike[0])
    return None


def _check_sensory(structure: Structure) -> None:
    wrong = np.flatnonzero(structure.sensory[structure.post])
    if wrong.size:
        name = structure.names[structure.post[wrong[0]]]
        raise GraphError(
            f"Neuron {name!r} is sensory and yet has a dendrite ({structure.synapse_label(int(wrong[0]))}); a sensory "
            f"neuron is driven by the stimulus alone. Remove the synapse, or give {name!r} another mode, "
            "such as mode='linear'."
        )


def _check_loops(structure: Structure) -> None:
    pre, post = structure.instant_ends
    if (pre < post).all():
        return  # every synapse points onwards in the order of names, so none can close a loop
    loop = _find_loop(pre, post, structure.n_neurons)
    if loop is None:
        return
    synapses = [_instant_synapse(structure, i, j) for i, j in zip(loop, [*loop[1:], loop[0]], strict=True)]
    last = int(np.argmax(synapses))  # the synapse that was added last closed the loop
    loop = [*loop[last + 1 :], *loop[: last + 1]]
    names = [structure.names[i] for i in loop]
    around = [*names, names[0]] if len(names) <= 12 else [*names[:6], "...", *names[-5:], names[0]]
    message = (
        f"Neuron {names[0]!r} makes a synapse onto itself without delay, so its rate would depend on itself within one "
        "tick."
        if len(names) == 1
        else f"There is a loop without delay, {' -> '.join(map(str, around))}: within one tick each rate would depend "
        "on itself."
    )
    raise WiringError(message, "loop", _ends_of(structure, max(synapses)), ARRAYS)


def _instant_synapse(structure: Structure, pre: int, post: int) -> int:
    """The first synapse without delay from one neuron to another."""
    synapses = structure.axon_of(pre)
    return int(synapses[(structure.post[synapses] == post) & (structure.delay[synapses] == 0)][0])


def _find_loop(pre: Indices, post: Indices, n_neurons: int) -> list[int] | None:
    """The neurons of a shortest loop through some synapse that lies on one, or None."""
    onto_itself = np.flatnonzero(pre == post)
    if onto_itself.size:
        return [int(pre[onto_itself[0]])]
    pre, post = _peeled(pre, post, n_neurons)
    if not pre.size:
        return None
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    indices, indptr = targets_of(pre, post, n_neurons)
    ones = np.broadcast_to(np.float64(1), indices.shape)  # of the type that scipy does not convert to another
    graph: Any = csr_array((ones, indices, indptr), shape=(n_neurons, n_neurons))
    count, component = connected_components(graph, directed=True, connection="strong")
    if count == n_neurons:
        return None
    import networkx as nx

    inside = component[pre] == component[post]
    first = int(np.flatnonzero(inside)[0])
    loops = nx.DiGraph(zip(pre[inside].tolist(), post[inside].tolist(), strict=True))
    path: list[int] = nx.shortest_path(loops, int(post[first]), int(pre[first]))
    return path


def _peeled(pre: Indices, post: Indices, n_neurons: int) -> tuple[Indices, Indices]:
    """The synapses without those that lead away from neurons which listen to none, layer by layer while that is quick.

    None of them lies on a loop. Of most small networks nothing is left, and nothing more need be loaded.
    """
    while 0 < pre.size < FEW:
        listens = np.zeros(n_neurons, dtype=bool)
        listens[post] = True
        kept = listens[pre]
        if kept.all():
            break
        pre, post = pre[kept], post[kept]
    return pre, post


def _check_ends(structure: Structure) -> None:
    last = structure.n_neurons - 1
    names: dict[str, Any] = {"last": structure.names[-1], "last_number": last, "one_more": last + 2}
    names["last_region"] = _region_of(structure, last)
    if not structure.inputs.size:
        message = "The network has no inputs: every neuron has dendrites or a mode other than 'sensory'."
        raise WiringError(message, "inputs", names, ARRAYS)
    if not structure.outputs.size:
        message = "The network has no outputs: every neuron sends to another."
        raise WiringError(message, "outputs", names, ARRAYS)


def check_lesions(structure: Structure) -> None:
    """Raise a GraphError if an output is silenced."""
    lost = structure.outputs[structure.silenced[structure.outputs]]
    if lost.size:
        raise GraphError(
            f"Neuron {structure.names[lost[0]]!r} is an output, and what is read cannot be silenced as well. Silence "
            "other neurons, cut synapses onto it, or mark other outputs."
        )
