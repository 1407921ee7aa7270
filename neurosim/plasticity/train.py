"""Training: forward, loss, backward, update, again."""

from __future__ import annotations

import dataclasses
import os
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.surrogates import Surrogate, as_surrogate
from neurosim.checks import check_call, check_count, check_two_arguments
from neurosim.engine.backends import choose
from neurosim.engine.threads import one_thread
from neurosim.errors import DataError, OptionError
from neurosim.physiology.respond import check_parameters
from neurosim.plasticity.ages import Plasticity, as_plasticity
from neurosim.plasticity.checkpoint import Checkpoint
from neurosim.plasticity.gradients import check_differentiable, obstacle
from neurosim.plasticity.history import History
from neurosim.plasticity.learning import Learning, ReferenceLearning
from neurosim.plasticity.losses import Loss, LossLike, as_loss
from neurosim.plasticity.optimizers import Optimizer, as_optimizer
from neurosim.plasticity.run import Callback, Recipe, Run
from neurosim.plasticity.schedules import Factor, Schedule, as_schedule
from neurosim.plasticity.targets import Samples, read_samples
from neurosim.progress import Watched

INSTEAD = {
    **dict.fromkeys(
        ("lr", "learning_rate", "rate", "eta"), "The learning rate is the optimizer's: optimizer=ns.Adam(1e-2)."
    ),
    **dict.fromkeys(("momentum", "betas"), "That is the optimizer's: optimizer=ns.Momentum(1e-2)."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
    **dict.fromkeys(("n_epochs", "num_epochs", "iterations", "steps"), "Write epochs=100."),
    **dict.fromkeys(("validation_data", "val"), "Write validation=(X, targets)."),
}
"""What others call settings, and what to type here."""


@check_call("its name before it, as in ns.train(net, X, targets, epochs={!r})", INSTEAD)
def train(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    loss: LossLike = "mse",
    optimizer: str | Optimizer | type[Optimizer] = "adam",
    epochs: int = 100,
    batch_size: int | Literal["auto"] | None = "auto",
    rng: RandomState = None,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    patience: int | None = None,
    surrogate: str | Surrogate | type[Surrogate] | None = None,
    schedule: str | Schedule | type[Schedule] | Factor | None = None,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    ages: Plasticity | None = None,
    truncation: int | None = None,
    callback: Callback | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: int = 1,
    resume: bool = False,
    backend: str = "auto",
    progress: bool | None = None,
) -> History:
    """Change the plastic weights and thresholds of a network, in place, so that the loss falls.

    Parameters
    ----------
    net : Network
        What is frozen in it stays as it is, what is shared is changed as one, and receptors keep the sign
        of their weights. Synapses with a delay have no part in a single tick and are not changed by it.
    X : array_like, shape (samples, inputs) or (inputs,); or (trials, ticks, inputs)
        With ticks, the network runs through time from silence, without noise, and errors are passed back
        through all ticks (backpropagation through time).
    targets : array_like
        Values, shape (samples, outputs), or class numbers, shape (samples,). In time the same is wanted in
        the last tick alone; or in every tick, with shape (trials, ticks, outputs) or (trials, ticks).
    loss : str, Loss or subclass of Loss, default "mse"
        A name in `neurosim.losses.LOSSES`, or an object such as ``ns.Huber(delta=0.5)``; which one suits
        says ``ns.losses.suggest(targets, net)``.
    optimizer : str, Optimizer or subclass of Optimizer, default "adam"
        A name in `neurosim.optimizers.OPTIMIZERS`, or an object such as ``ns.Adam(1e-2)``.
    epochs : int
        How often to go through the samples.
    batch_size : int, None or "auto"
        Samples per update, drawn in a new order each epoch; None for all at once; "auto" is 32, or all for
        an optimizer that needs them all ("lbfgs").
    rng : int or numpy.random.Generator, optional
        For that order. The same seed gives the same weights, on any number of threads.
    validation : (X, targets), optional
        Watched, never learnt from.
    patience : int, optional
        End when the validation loss (without validation: the loss on X after the epoch) has not fallen for
        so many epochs, and go back to the best weights.
    surrogate : str or Surrogate, optional
        What stands in for the slope of binary neurons: a name in `neurosim.surrogates.SURROGATES`, or an
        object. Their rates stay 0 or 1.
    schedule : str, Schedule or callable, optional
        How the learning rate changes: a name in `neurosim.schedules.SCHEDULES`, an object, or a function of
        the epoch (from 0) and the number of epochs that gives a factor.
    weight_decay : float >= 0
        Strength of a penalty 1/2 weight_decay sum w^2 on the plastic weights (not on thresholds), which is
        not counted in the loss that is reported.
    clip_norm : float > 0, optional
        A gradient of the loss that is longer than this (Euclidean norm over all parameters) is shortened to it,
        before weight decay is added.
    ages : Plasticity, optional
        How readily each region changes at which age: factors on its steps, and the share of its synapses that is
        replaced before each epoch. See `Plasticity`.
    truncation : int, optional
        In time: errors are passed back within stretches of so many ticks, not from one to the one before.
    callback : callable, optional
        ``callback(epoch, measures)`` after each epoch; True ends the training. It may change weights and
        thresholds, not the wiring.
    checkpoint : path, optional
        A file that the whole state of the run is written to, for `resume`. An older checkpoint there is
        overwritten, any other file is not.
    every : int
        After how many epochs the checkpoint is written; always after the last.
    resume : bool
        Go on from the checkpoint, if the file exists, as if the run had never been interrupted. Network,
        samples and settings must be those of the first call.
    backend : "auto", "numpy" or "numba"
        What computes: the readable reference; or compiled kernels on all cores, which are several times
        faster, and take a few seconds to load (when they are first used on a machine, half a minute to
        compile). "auto" takes them where the work is large enough. Binary decisions are the same on both,
        other numbers to rounding. In time, for modes, losses or surrogates of your own, and where graded neurons
        come before binary ones, it is numpy.
    progress : bool, optional
        Whether to show a bar; by default on long runs, on a terminal or in a notebook.

    Returns
    -------
    History
        The measures of an epoch are those met on the way, before each update.

    Raises
    ------
    DataError, OptionError
        If an argument cannot be used; nothing has changed then.
    ModelFileError
        If the checkpoint cannot be used, or would overwrite a file that is none; nothing has changed then.
    TrainingError
        If a binary neuron has no slope to learn by; if nothing is plastic; or if a rate or the loss becomes
        infinite or NaN: the weights are then those of the last good epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.0], modes="linear")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], optimizer=ns.SGD(0.5), epochs=200, rng=0)
    >>> net.weights.round(3), net.biases.round(3)
    (array([2.]), array([0., 1.]))
    """
    measure = as_loss(loss)
    recipe = Recipe(
        loss=measure,
        optimizer=as_optimizer(optimizer),
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        surrogate=None if surrogate is None else as_surrogate(surrogate),
        schedule=as_schedule(schedule),
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        truncation=truncation,
        ages=as_plasticity(ages, net),
    )
    if checkpoint is not None and recipe.ages is not None and recipe.ages.rewires:
        raise OptionError(
            "A checkpoint is of one wiring, and with a turnover synapses come and go. Save the network after each "
            "stretch, ns.save(net, 'brain.neurosim'), and go on from there with ages=ages.aged(epochs)."
        )
    check_count("every", every, least=1)
    check_callback(callback)
    data = read_samples(net, X, targets, measure)
    watched = None if validation is None else read_samples(net, *_pair(validation), measure, prefix="validation ")
    for each in (data, watched):
        if each is not None:
            measure.check(net, each.targets.rows)
    if watched is not None and watched.in_time != data.in_time:
        raise DataError(
            "X and the validation X must both have ticks, shape (trials, ticks, inputs), or both have none, shape "
            f"(samples, inputs); got {np.ndim(X)} and {np.ndim(_pair(validation)[0])} dimensions."
        )
    if recipe.surrogate is None:
        check_differentiable(net, learning=True, in_time=data.in_time)
    generator = read_rng(rng)
    batches = epochs * -(-len(data) // recipe.samples_per_batch(len(data)))
    what_stops_it = partial(obstacle, net.structure, measure, recipe.surrogate, in_time=data.in_time)
    chosen = choose(backend, net.structure, 3 * len(data) * epochs * data.ticks, batches, obstacle=what_stops_it)
    recipe = dataclasses.replace(recipe, backend=chosen)
    run = Run(net, recipe, partial(_learning, loss=measure, recipe=recipe, in_time=data.in_time), in_time=data.in_time)
    saved = None if checkpoint is None else Checkpoint.at(checkpoint, run, data, watched, generator)
    if resume:
        if saved is None:
            raise OptionError("To resume, say from which file: checkpoint='run.neurosim', resume=True.")
        saved.load()
    elif saved is not None:
        saved.check_place()
    at_once = len(data) if recipe.patience is not None else min(len(data), recipe.samples_per_batch(len(data)))
    product = run.largest_product(max(at_once, 0 if watched is None else len(watched)))
    with (
        Watched("training", epochs - run.epochs, progress) as work,
        np.errstate(over="ignore", invalid="ignore"),
        one_thread(product),
    ):
        try:
            while run.epochs < epochs and not run.stopped_early:
                before, most = run.epochs, 1 if callback is not None else epochs - run.epochs
                if saved is not None:
                    most = min(most, every - before % every)
                measures = run.go_on(data, watched, generator, most)
                work.advance(f"loss {measures['loss']:.4g}", run.epochs - before)
                if callback is not None:
                    run.show(callback, measures)
                if saved is not None and (run.is_over or run.epochs % every == 0):
                    run.commit()
                    saved.save()
        finally:
            run.commit()
    return run.finish()


def check_callback(callback: object) -> None:
    """Raise an OptionError unless it is None, or a function of an epoch and its measures."""
    if callback is None:
        return
    if not callable(callback):
        raise OptionError(f"callback must be a function of the epoch and its measures; got {callback!r}.")
    told = "A callback is called with the number of the epoch and its measures"
    check_two_arguments(told, callback, "lambda epoch, measures: print(epoch, measures)")


def _learning(net: Network, loss: Loss, recipe: Recipe, in_time: bool) -> Learning[Samples]:
    """The parameters of a network on the backend that the recipe says."""
    if recipe.backend == "numba":
        from neurosim.plasticity.compiled_learning import CompiledLearning

        check_parameters(net)
        return CompiledLearning(net, loss, recipe.surrogate)
    return ReferenceLearning(net, loss, recipe.surrogate, in_time=in_time, truncation=recipe.truncation)


def _pair(validation: Any) -> tuple[npt.ArrayLike, npt.ArrayLike]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise OptionError(f"validation must be a pair (X, targets); got {type(validation).__name__}.")
    return validation[0], validation[1]
