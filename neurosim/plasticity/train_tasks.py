"""Training one brain on several tasks at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.surrogates import Surrogate, as_surrogate
from neurosim.checks import check_call
from neurosim.engine.backends import choose
from neurosim.engine.threads import one_thread
from neurosim.plasticity.ages import Plasticity, as_plasticity
from neurosim.plasticity.gradients import check_differentiable, obstacle
from neurosim.plasticity.history import History, TaskHistory
from neurosim.plasticity.joint_learning import CompiledJointLearning, JointLearning
from neurosim.plasticity.joint_samples import Dealer, JointSamples, ask, by_task, union_of
from neurosim.plasticity.learning import Learning
from neurosim.plasticity.optimizers import Optimizer, as_optimizer
from neurosim.plasticity.run import Recipe, Run
from neurosim.plasticity.schedules import Factor, Schedule, as_schedule
from neurosim.plasticity.tasks import Task
from neurosim.plasticity.train import INSTEAD, check_callback
from neurosim.progress import Watched

TaskCallback: TypeAlias = Callable[[int, dict[str, dict[str, float]]], bool | None]
"""Called after each epoch with its number (from 0) and the measures of every task; True ends the training."""


@check_call("its name before it, as in ns.train_tasks(net, tasks, epochs={!r})", INSTEAD)
def train_tasks(
    net: Network,
    tasks: Sequence[Task] | Task,
    *,
    optimizer: str | Optimizer | type[Optimizer] = "adam",
    epochs: int = 100,
    batch_size: int | Literal["auto"] | None = "auto",
    rng: RandomState = None,
    ages: Plasticity | None = None,
    callback: TaskCallback | None = None,
    surrogate: str | Surrogate | type[Surrogate] | None = None,
    schedule: str | Schedule | type[Schedule] | Factor | None = None,
    clip_norm: float | None = None,
    weight_decay: float = 0.0,
    backend: str = "auto",
    progress: bool | None = None,
) -> TaskHistory:
    """Change the plastic weights and thresholds of a network, in place, so that the losses of all tasks fall.

    Every step takes a batch of every task, adds the gradients of their losses, each times the weight of its task, and
    changes all parameters once.

    Parameters
    ----------
    net : Network
        As in `train`. Its own outputs do not matter: each task is read from its region.
    tasks : sequence of Task
        An epoch is over when the longest has been gone through; shorter ones begin again meanwhile, in a new order,
        so that in the long run all samples of a task are seen equally often. Tasks with the same X see the same
        samples in a step, so that these go through the network once.
    optimizer, batch_size, surrogate, schedule, clip_norm, weight_decay, backend, progress
        As in `train`. A batch has so many samples of every task; None is all samples of each.
    epochs : int
        How often to go through the samples.
    rng : int or numpy.random.Generator, optional
        For the order of samples.
    ages : Plasticity, optional
        How readily each region changes at which age, and the share of its synapses that is replaced before each epoch.
    callback : callable, optional
        ``callback(epoch, measures)`` after each epoch, where ``measures["digit"]["loss"]`` is a number; True ends
        the training. It may change weights and thresholds, not the wiring.

    Returns
    -------
    TaskHistory
        ``history["digit"]["loss"]``; the measures of an epoch are those met on the way, before each update.

    Raises
    ------
    DataError, OptionError, UnknownNameError
        If an argument cannot be used, or a task does not suit the network; nothing has changed then.
    TrainingError
        As from `train`: the weights are then those of the last good epoch.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("eye", size=2); B.add_node("hidden", size=8, mode="tanh")
    >>> B.add_node("or", size=1, mode="sigmoid"); B.add_node("xor", size=1, mode="sigmoid")
    >>> B.add_edges_from([("eye", "hidden"), ("hidden", "or"), ("hidden", "xor")])
    >>> net = ns.Network.from_regions(B, rng=1)
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> tasks = [ns.Task("or", X, [0, 1, 1, 1], "or", "mse"), ns.Task("xor", X, [0, 1, 1, 0], "xor", "mse")]
    >>> history = ns.train_tasks(net, tasks, optimizer=ns.Adam(0.05), epochs=200, rng=0)
    >>> history["xor"]["loss"][-1] < 0.1 * history["xor"]["loss"][0], [task.accuracy(net) for task in tasks]
    (np.True_, [1.0, 1.0])
    """
    slope = None if surrogate is None else as_surrogate(surrogate)
    recipe = Recipe(
        loss=None,
        optimizer=as_optimizer(optimizer),
        epochs=epochs,
        batch_size=batch_size,
        patience=None,
        surrogate=slope,
        schedule=as_schedule(schedule),
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        truncation=None,
        ages=as_plasticity(ages, net),
    )
    check_callback(callback)
    data = ask(net, tasks)
    if slope is None:
        check_differentiable(Network(union_of(net.structure, data.asked), net.weights, net.thresholds), learning=True)
    generator = read_rng(rng)
    chosen = _backend(backend, net, data, recipe)
    run = Run(net, recipe, partial(_learning, data=data, surrogate=slope, backend=chosen))
    batch = recipe.samples_per_batch(len(data))
    dealer = Dealer(data, generator) if batch < len(data) else None  # without batches, each task's samples count once
    at_once = min(len(data), batch) * len(data.held)
    with (
        Watched("training", epochs, progress) as work,
        np.errstate(over="ignore", invalid="ignore"),
        one_thread(run.largest_product(at_once)),
    ):
        try:
            while not run.is_over:
                measures = run.go_on(dealer.epoch() if dealer else data, None, generator, 1)
                work.advance(f"loss {measures['loss']:.4g}", 1)
                if callback is not None:
                    run.show(partial(_tell, callback), measures)
        finally:
            run.commit()
    return _history(run.finish(), data)


def _backend(backend: str, net: Network, data: JointSamples, recipe: Recipe) -> str:
    """What computes, by the work that all tasks are together."""
    batches = -(-len(data) // recipe.samples_per_batch(len(data)))

    def what_stops_it() -> str:
        found = (obstacle(net.structure, each.loss, recipe.surrogate, in_time=False) for each in data.asked)
        return next((reason for reason in found if reason), "")

    samples = 3 * len(data) * len(data.held) * recipe.epochs
    return choose(backend, net.structure, samples, batches * recipe.epochs, obstacle=what_stops_it)


def _learning(net: Network, data: JointSamples, surrogate: Surrogate | None, backend: str) -> Learning[JointSamples]:
    if backend == "numba":
        return CompiledJointLearning(net, data.asked, surrogate)
    return JointLearning(net, data.asked, surrogate)


def _tell(callback: TaskCallback, epoch: int, measures: dict[str, float]) -> bool | None:
    return callback(epoch, by_task(measures))


def _history(history: History, data: JointSamples) -> TaskHistory:
    columns = by_task(history.columns)
    nothing = {"loss": np.array([])}
    tasks = {
        each.task.name: History(columns.get(each.task.name, nothing), history.best_epoch, history.stopped_early)
        for each in data.asked
    }
    seconds = history.columns.get("seconds", nothing["loss"])
    return TaskHistory(tasks, history["loss"], seconds, history.stopped_early)
