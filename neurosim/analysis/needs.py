"""What tasks need of groups of neurons: by silencing them, by gradients, or by the weights that they send."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.errors import OptionError, shorten, unknown
from neurosim.physiology.state import find_neurons
from neurosim.plasticity.gradients import gradients
from neurosim.plasticity.tasks import Task
from neurosim.plasticity.tasks import read_tasks as read_tasks

if TYPE_CHECKING:
    from neurosim.analysis.lesion_atlas import LesionAtlas


@dataclasses.dataclass(frozen=True, eq=False)
class Needs:
    """What some tasks need of some groups of neurons.

    Attributes
    ----------
    total : float array, shape (groups, tasks)
    by_sample : list of float arrays, one for each task, shape (groups, samples); or None
        What it is the mean of, where it is measured sample by sample.
    unit : str
        What it is measured in.
    """

    total: Floats
    by_sample: list[Floats] | None
    unit: str


Measure = Callable[[Network, Sequence[Task], Sequence[Indices]], Needs]


SOME = 8  # neurons that are silenced one by one before an atlas, all at once, is quicker
MOST_KEPT = 2**24  # losses of single samples that an atlas keeps for resampling
FEW = 200  # neurons whose every answer is looked at; of more, an atlas counts the right ones


def lost_accuracy(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """The share of right answers that is lost when a group is silent."""
    if len(groups) > FEW and all(len(group) == 1 for group in groups):
        return Needs(_atlas(net, tasks, groups).drop, None, "accuracy")
    return _lesioned(net, tasks, groups, lambda task, brain: -task.correct(brain).astype(np.float64), "accuracy")


def added_loss(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """How much the loss rises when a group is silent."""
    if len(groups) <= SOME or any(len(group) != 1 for group in groups):
        return _lesioned(net, tasks, groups, lambda task, brain: task.losses(brain), "loss")
    atlas = _atlas(net, tasks, groups)
    by_sample = None
    if len(groups) * sum(map(len, tasks)) <= MOST_KEPT:
        by_sample = [np.array([atlas.rises(name, task.name) for name in atlas.neurons]) for task in tasks]
    return Needs(atlas.rise, by_sample, "loss")


def _atlas(net: Network, tasks: Sequence[Task], neurons: Sequence[Indices]) -> LesionAtlas:
    from neurosim.analysis.lesion_atlas import lesion_atlas

    return lesion_atlas(net, tasks, regions=[], neurons=[net.structure.names[i] for (i,) in neurons], pairs=None)


def _lesioned(
    net: Network,
    tasks: Sequence[Task],
    groups: Sequence[Indices],
    measured: Callable[[Task, Network], Floats],
    unit: str,
) -> Needs:
    whole = [measured(task, net) for task in tasks]
    brains = [silent(net, group) for group in groups]
    each = [np.array([measured(task, brain) for brain in brains]) - w for task, w in zip(tasks, whole, strict=True)]
    return Needs(np.column_stack([rows.mean(axis=1) for rows in each]), each, unit)


def silent(net: Network, neurons: Indices) -> Network:
    """The network with some neurons that nobody hears: the same wiring, and their outgoing weights 0."""
    quiet = np.zeros(len(net), dtype=bool)
    quiet[neurons] = True
    return Network(net.structure, np.where(quiet[net.structure.pre], 0, net.weights), net.thresholds)


def by_gradient(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """How fast the loss rises as what a group sends is turned down: - sum w dL/dw over its outgoing synapses.

    The first-order estimate of what silencing it would cost, for all neurons at once (Mozer and Smolensky 1989,
    "Skeletonization", NeurIPS 1).
    """
    total = np.empty((len(groups), len(tasks)))
    for column, task in enumerate(tasks):
        found = gradients(task.view(net), task.X, task.targets, loss=task.measure)
        sent = -_sent(net.structure, net.weights * found.weights, len(net))
        total[:, column] = [sent[group].sum() for group in groups]
    return Needs(total, None, "loss")


def by_weights(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """The absolute weights that a group sends straight to each task's output region, added up."""
    structure, present = net.structure, net.structure.present
    total = np.empty((len(groups), len(tasks)))
    for column, task in enumerate(tasks):
        heard = np.zeros(len(net), dtype=bool)
        heard[structure.members(task.output)] = True
        sent = _sent(structure, np.abs(net.weights) * (heard[structure.post] & present), len(net))
        total[:, column] = [sent[group].sum() for group in groups]
    return Needs(total, None, "sum of |weights|")


def _sent(structure: Structure, values: Floats, count: int) -> Floats:
    """The sum of a value over the synapses that each neuron makes."""
    sent: Floats = np.bincount(structure.pre, weights=values, minlength=count).astype(np.float64)
    return sent


MEASURES: dict[str, Measure] = {
    "accuracy": lost_accuracy,
    "loss": added_loss,
    "gradient": by_gradient,
    "weights": by_weights,
}
"""Every way to measure what a task needs."""


# --- Reading what is given -------------------------------------------------------------------------


def read_measure(by: Any, tasks: Sequence[Task]) -> str:
    """The name of a measure: accuracy, unless said, if all tasks have right answers; otherwise loss."""
    if by is None:
        return "accuracy" if all(_has_classes(task) for task in tasks) else "loss"
    if by not in MEASURES:
        raise unknown("measure of need called", by, MEASURES)
    return str(by)


def _has_classes(task: Task) -> bool:
    return task.targets.ndim == 1 and task.measure.name in ("cross_entropy", "binary_cross_entropy", "hinge")


def read_groups(net: Network, tasks: Sequence[Task], regions: Any, neurons: Any) -> tuple[dict[str, Indices], bool]:
    """The groups by name, and whether each is a single neuron."""
    structure = net.structure
    if regions is not None and neurons is not None:
        raise OptionError("Give regions= for a row for each region, or neurons= for a row for each neuron; not both.")
    if neurons is not None:
        numbers = np.concatenate([find_neurons(structure, name) for name in _listed(neurons, "neurons")])
        groups = {str(structure.names[i]): np.array([i]) for i in numbers.tolist()}
    else:
        named = _listed(regions, "regions") if regions is not None else _between(net, tasks)
        groups = {region: structure.members(region) for region in named}
    for name, members in groups.items():
        _check_read(structure, tasks, name, members)
    return groups, neurons is not None


def _listed(names: Any, what: str) -> list[Any]:
    listed = [names] if isinstance(names, str | int | np.integer) else list(names)
    if not listed:
        raise OptionError(f"There is nothing to measure: {what} is empty. Name one or more.")
    return listed


def _between(net: Network, tasks: Sequence[Task]) -> list[str]:
    """The regions that are neither driven by the stimulus nor read."""
    structure = net.structure
    read = np.zeros(len(net), dtype=bool)
    read[structure.outputs] = True
    for task in tasks:
        read[structure.members(task.output)] = True
    taken = read | structure.sensory
    found = [name for i, name in enumerate(structure.regions) if not taken[structure.region_of == i].any()]
    if not found:
        raise OptionError(
            "Every region of this network is sensory or is read, so there is none whose part in a task could be "
            f"measured; there are: {shorten(structure.regions)}. Name neurons= to look at, or a region with regions=."
        )
    return found


def _check_read(structure: Structure, tasks: Sequence[Task], name: str, members: Indices) -> None:
    for task in tasks:
        if np.isin(members, structure.members(task.output)).any():
            raise OptionError(
                f"{name!r} is read by task {task.name!r}, so it cannot be silenced to see what the task needs it for. "
                "Name regions or neurons that no task is read from."
            )
