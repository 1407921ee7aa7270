"""What tasks need of groups of neurons: by lesions, by gradients, or by the weights that they send."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.engine.lesion_sweep import lesion_sweep
from neurosim.engine.workers import share_out
from neurosim.errors import OptionError, shorten, unknown
from neurosim.physiology.respond import check_parameters
from neurosim.physiology.state import find_neurons
from neurosim.plasticity.gradients import gradients
from neurosim.plasticity.targets import Samples, read_classes
from neurosim.plasticity.tasks import Task
from neurosim.plasticity.tasks import read_tasks as read_tasks


@dataclasses.dataclass(frozen=True, eq=False)
class Needs:
    """What some tasks need of some groups of neurons.

    Attributes
    ----------
    total : float array, shape (groups, tasks)
    low : float array, shape (groups, tasks)
        The lower end of Student's 95 % interval of that over samples; what is found itself, where it is not a mean
        over samples.
    by_sample : list of float arrays, one for each task, shape (groups, samples); or None
        What it is the mean of, where it is measured sample by sample and they are not too many to keep.
    unit : str
        What it is measured in.
    """

    total: Floats
    low: Floats
    by_sample: list[Floats] | None
    unit: str


Measure = Callable[[Network, Sequence[Task], Sequence[Indices]], Needs]
Marks = Callable[[Task, Samples, Indices, Floats, Floats], Floats]
"""What each answer is worth: of a task, its samples, the numbers of those answered, rates and drives."""


CONFIDENCE = 0.95
MOST_KEPT = 2**24  # changes of single samples, of all groups, that are kept for resampling


def lost_accuracy(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """The share of right answers that is lost when a group is silent."""
    for task in tasks:
        task.chance_accuracy(net)  # complains where nothing is right or wrong
    return _lesioned(net, tasks, groups, _mistakes, "accuracy")


def added_loss(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """How much the loss rises when a group is silent."""
    return _lesioned(net, tasks, groups, _losses, "loss")


def _mistakes(task: Task, samples: Samples, numbers: Indices, rates: Floats, drives: Floats) -> Floats:
    assert samples.targets.classes is not None
    wrong: Floats = (read_classes(rates, samples.targets.boundary) != samples.targets.classes[numbers]).astype(float)
    return wrong


def _losses(task: Task, samples: Samples, numbers: Indices, rates: Floats, drives: Floats) -> Floats:
    return task.measure.of_each(rates, drives, samples.targets.values[numbers]).astype(np.float64)


def _lesioned(net: Network, tasks: Sequence[Task], groups: Sequence[Indices], marks: Marks, unit: str) -> Needs:
    check_parameters(net)
    keep = len(groups) * sum(map(len, tasks)) <= MOST_KEPT
    total, low = np.empty((2, len(groups), len(tasks)))
    each = []
    for column, task in enumerate(tasks):
        mean, spread, changes = _changes(net, task, groups, marks, keep)
        total[:, column], low[:, column] = mean, mean - _student(len(task)) * spread / np.sqrt(len(task))
        each.append(changes)
    return Needs(total, low, each if keep else None, unit)


def _changes(
    net: Network, task: Task, groups: Sequence[Indices], marks: Marks, keep: bool
) -> tuple[Floats, Floats, Floats]:
    """What lesions of groups change: the mean over samples, the standard deviation, and of each sample if kept."""
    samples, outputs = task.samples(net), net.structure.members(task.output)
    sweep = lesion_sweep(net, groups, np.ascontiguousarray(samples.stimulus.T), outputs)
    sums, squares = np.zeros((2, len(sweep.chunks), len(groups)))
    kept = np.zeros((len(groups), len(samples) if keep else 0))

    def work(number: int, count: int) -> None:
        for k in range(number, len(sweep.chunks), count):
            chunk = sweep.chunks[k]
            rates, drives, answers = sweep.run(chunk, number)
            whole = marks(task, samples, np.arange(chunk.start, chunk.stop), rates, drives)
            changes = np.zeros((len(groups), len(whole)))
            for part in answers:
                found = marks(task, samples, chunk.start + part.samples, part.rates, part.drives)
                changes[part.lesions, part.samples] = found - whole[part.samples]
            sums[k], squares[k] = changes.sum(axis=1), np.square(changes).sum(axis=1)
            if keep:
                kept[:, chunk] = changes

    share_out(work, sweep.threads)
    n = len(samples)
    mean = sums.sum(axis=0) / n
    variance = np.maximum(squares.sum(axis=0) - n * mean**2, 0) / max(n - 1, 1)
    return mean, np.sqrt(variance), kept


def _student(samples: int) -> float:
    """How many standard errors Student's interval reaches to either side: without end for a single sample."""
    from scipy.special import stdtrit

    return float(stdtrit(samples - 1, (1 + CONFIDENCE) / 2)) if samples > 1 else np.inf


def better_than_chance(net: Network, tasks: Sequence[Task], measure: str) -> Flags:
    """Which tasks a network does better than the best answer that is the same for all samples, doubt excluded.

    By accuracy or by loss, whichever tells it; all, where needs are measured by weights, whatever they do.
    """
    return np.array([measure == "weights" or _is_done(net, task) for task in tasks])


def _is_done(net: Network, task: Task) -> bool:
    gains = [task.chance(net) - task.losses(net)]
    classes = task.samples(net).targets.classes
    if classes is not None:
        gains.append(task.correct(net) - (classes == np.bincount(classes).argmax()).astype(float))
    return any(
        float(gain.mean()) > _student(len(gain)) * float(gain.std()) / np.sqrt(max(len(gain) - 1, 1)) for gain in gains
    )


def needed(needs: Needs, done: Flags) -> Flags:
    """Which groups some task needs: one that is done better than chance, by more than samples leave in doubt."""
    return np.asarray(((needs.low > 0) & done).any(axis=1))


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
    return Needs(total, total, None, "loss")


def by_weights(net: Network, tasks: Sequence[Task], groups: Sequence[Indices]) -> Needs:
    """The absolute weights that a group sends straight to each task's output region, added up."""
    structure, present = net.structure, net.structure.present
    total = np.empty((len(groups), len(tasks)))
    for column, task in enumerate(tasks):
        heard = np.zeros(len(net), dtype=bool)
        heard[structure.members(task.output)] = True
        sent = _sent(structure, np.abs(net.weights) * (heard[structure.post] & present), len(net))
        total[:, column] = [sent[group].sum() for group in groups]
    return Needs(total, total, None, "sum of |weights|")


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
