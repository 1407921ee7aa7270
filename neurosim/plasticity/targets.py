"""Reading targets: values for every output, or the number of the class that each sample belongs to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.errors import DataError, counted, shorten
from neurosim.physiology.stimulus import read_finite, read_stimulus
from neurosim.physiology.timed_stimulus import read_timed_stimulus
from neurosim.plasticity.losses import Loss


@dataclasses.dataclass(frozen=True, eq=False)
class Targets:
    """What the outputs should do.

    Attributes
    ----------
    values : float array, shape (samples, outputs); or (samples, ticks, outputs), if something is wanted in every tick
        Class numbers become 1 for their output and 0 for the others.
    classes : int array, shape (samples,) or (samples, ticks), or None
        The class of each sample, where targets are classes: given by number, one-hot, or 0 and 1 for a
        single output.
    boundary : float
        The rate from which a single output names class 1.
    distances : bool
        Whether the distance from the targets is a measure besides the share of right classes.
    """

    values: Floats
    classes: Indices | None
    boundary: float = 0.5
    distances: bool = False

    def __len__(self) -> int:
        return len(self.values)

    @property
    def rows(self) -> Floats:
        """The values with a row for each sample, or for each sample and tick."""
        return self.values.reshape(-1, self.values.shape[-1])

    def __getitem__(self, samples: Any) -> Targets:
        classes = None if self.classes is None else self.classes[samples]
        return dataclasses.replace(self, values=self.values[samples], classes=classes)

    def tally(self, rates: Floats) -> dict[str, float]:
        """How these rates answer, summed over the samples (and ticks): right classes, and squared errors."""
        sums = {}
        if self.distances or self.classes is None:
            sums["error"] = float(np.square(rates - self.values).mean(axis=-1).sum())
        if self.classes is not None:
            sums["accuracy"] = float((read_classes(rates, self.boundary) == self.classes).sum())
        return sums

    def score(self, tally: dict[str, float]) -> dict[str, float]:
        """The measures that a tally over all these samples amounts to.

        They are ``error``, the root mean square, and ``accuracy``, the share of right classes.
        """
        means = {name: total / len(self.rows) for name, total in tally.items()}
        return means | {name: float(np.sqrt(mean)) for name, mean in means.items() if name == "error"}


def read_classes(rates: Floats, boundary: float = 0.5) -> Indices:
    """The class that a network's answer names: its strongest output, or whether a single one reaches a boundary.

    Parameters
    ----------
    rates : float array, shape (..., outputs)
    boundary : float
        0 for an answer by sign, as `Hinge` teaches it.

    Returns
    -------
    int array, shape (...)
    """
    if rates.shape[-1] == 1:
        return (rates[..., 0] >= boundary).astype(np.int64)
    strongest: Indices = rates.argmax(axis=-1)
    return strongest


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """Stimuli and what is wanted of them, laid out for the engine.

    Attributes
    ----------
    stimulus : float array, shape (inputs, samples); or (ticks, inputs, samples) in time
    targets : Targets
    """

    stimulus: Floats
    targets: Targets

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, samples: Indices | slice) -> Samples:
        return Samples(np.ascontiguousarray(self.stimulus[..., samples]), self.targets[samples])

    def score(self, tally: dict[str, float]) -> dict[str, float]:
        """As `Targets.score`."""
        return self.targets.score(tally)

    @property
    def in_time(self) -> bool:
        """Whether the stimulus has ticks."""
        return self.stimulus.ndim == 3

    @property
    def ticks(self) -> int:
        """How many ticks there are."""
        return len(self.stimulus) if self.in_time else 1

    @property
    def every_tick(self) -> bool:
        """Whether something is wanted in every tick, and not in the last alone."""
        return self.targets.values.ndim == 3


def read_samples(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike,
    loss: Loss | None = None,
    *,
    prefix: str = "",
    times: bool = True,
) -> Samples:
    """Check a stimulus and its targets together; there must be one sample at least.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,); or (trials, ticks, inputs), if `times`
    targets : array_like
        See `read_targets`. In time the same for the last tick; or, for every tick, of shape (trials, ticks,
        outputs), or (trials, ticks) for class numbers and for values of a single output.
    loss : Loss, optional
        What they are for: it says how classes are told from a single output.
    prefix : str
        What stands before their names in messages, such as "validation ".
    times : bool
        Whether ticks are allowed.

    Returns
    -------
    Samples
    """
    if times and _is_timed(X):
        samples = _read_timed_samples(net, X, targets, loss, prefix)
    else:
        stimulus = read_stimulus(net, X, f"{prefix}X")
        if not len(stimulus):
            raise DataError(f"{prefix}X holds no samples; give one row or more.")
        boundary = Loss.boundary if loss is None else loss.boundary
        wanted = read_targets(
            net, targets, len(stimulus), one_sample=np.ndim(X) == 1, what=f"{prefix}targets", boundary=boundary
        )
        samples = Samples(np.ascontiguousarray(stimulus.T), wanted)
    if loss is not None:
        told = dataclasses.replace(samples.targets, distances=loss.is_distance)
        samples = dataclasses.replace(samples, targets=told)
    return samples


def _is_timed(X: npt.ArrayLike) -> bool:
    """Whether a stimulus has an axis of ticks; what is no array is left to `read_stimulus` to tell."""
    try:
        return np.ndim(X) == 3
    except ValueError:
        return False


def _read_timed_samples(
    net: Network, X: npt.ArrayLike, targets: npt.ArrayLike, loss: Loss | None, prefix: str
) -> Samples:
    timed = read_timed_stimulus(net, X, what=f"{prefix}X")
    trials, ticks, n_outputs = timed.trials or 0, timed.ticks, len(net.structure.outputs)
    stimulus = np.stack([timed.at(tick, trials) for tick in range(ticks)])
    array = read_finite(targets, f"{prefix}targets", np.float64)
    boundary = Loss.boundary if loss is None else loss.boundary
    what = f"{prefix}targets"
    in_every_tick = array.shape == (trials, ticks, n_outputs) or (
        array.shape == (trials, ticks) and (n_outputs == 1 or np.asarray(targets).dtype.kind in "biu")
    )
    at_the_end = array.shape in ((trials,), (trials, n_outputs))
    if in_every_tick and at_the_end and array.ndim == 2 and ticks > 1:
        raise DataError(
            f"{what} of shape {array.shape} could be class numbers for each of the {ticks} ticks, or values of the "
            f"{n_outputs} outputs in the last one. Write them in full: np.eye({n_outputs})[{what}] for class numbers, "
            f"or {what}.astype(float) for values."
        )
    if not in_every_tick and not at_the_end:
        other = array.ndim and len(array) != trials
        raise DataError(
            f"{what} for {counted(trials, 'trial')} of {counted(ticks, 'tick')} must be values of shape "
            f"({trials}, {ticks}, {n_outputs}), one column for each output ({shorten(net.outputs)}), or class numbers "
            f"of shape ({trials}, {ticks}); or, where only the last tick counts, ({trials}, {n_outputs}) or "
            f"({trials},). Got shape {array.shape}."
            + (f" X has {counted(trials, 'trial')}, {what} {len(array)}." if other else "")
        )
    if not in_every_tick:
        return Samples(stimulus, read_targets(net, targets, trials, one_sample=False, what=what, boundary=boundary))
    rows = np.asarray(targets).reshape(trials * ticks, *array.shape[2:])
    wanted = read_targets(
        net,
        rows,
        trials * ticks,
        one_sample=False,
        what=what,
        boundary=boundary,
        place=lambda row: f"tick {row % ticks} of trial {row // ticks}",
    )
    classes = None if wanted.classes is None else wanted.classes.reshape(trials, ticks)
    values = wanted.values.reshape(trials, ticks, n_outputs)
    return Samples(stimulus, dataclasses.replace(wanted, values=values, classes=classes))


def read_targets(
    net: Network,
    targets: npt.ArrayLike,
    n_samples: int,
    *,
    one_sample: bool,
    what: str = "targets",
    boundary: float = 0.5,
    place: Callable[[int], str] = "sample {}".format,
) -> Targets:
    """Check targets and bring them into one form.

    Parameters
    ----------
    net : Network
    targets : array_like
        Values, shape (samples, outputs); or class numbers, shape (samples,), whole, from 0 up. For a
        single output also values of shape (samples,). For one sample the first axis may be missing.
    n_samples : int
    one_sample : bool
        Whether the stimulus came without an axis for samples.
    what : str
        Their name in messages.
    boundary : float
        The rate from which a single output names class 1, ``loss.boundary``. If it is 0, then -1 and +1 are
        classes as 0 and 1 are.
    place : callable
        A sample in words, by its number: for messages.

    Returns
    -------
    Targets

    Raises
    ------
    DataError
        If they are not finite numbers, have the wrong shape, or name a class that has no output.
    """
    array = read_finite(targets, what, np.float64)
    whole = np.asarray(targets).dtype.kind in "biu"
    n_outputs = len(net.structure.outputs)
    given = array.shape
    if one_sample and given in ((), (n_outputs,)):
        array = array.reshape(1, *given)
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        sample, *column = wrong[0].tolist()
        whose = f" for output {net.outputs[column[0]]!r}" if column and column[0] < n_outputs else ""
        raise DataError(
            f"{what} must be finite; got {array[tuple(wrong[0])]}{whose} in {place(sample)} ({len(wrong)} such in all)."
            " Replace these values, or leave those samples out."
        )
    if array.shape == (n_samples,) and n_outputs == 1:
        array = array[:, None]
    if array.shape == (n_samples, n_outputs):
        return Targets(array.astype(net.dtype), _classes_of(array, boundary), boundary)
    if array.shape == (n_samples,) and whole:
        return _from_class_numbers(net, array.astype(np.int64), what, boundary, place)
    raise _one_sample_error(net, given, what) if one_sample else _shape_error(net, array, n_samples, what)


def _from_class_numbers(
    net: Network, classes: Indices, what: str, boundary: float, place: Callable[[int], str]
) -> Targets:
    n_outputs = len(net.structure.outputs)
    wrong = np.flatnonzero((classes < 0) | (classes >= n_outputs))
    if wrong.size:
        verb = "name" if what.endswith("s") else "names"
        raise DataError(
            f"{what} {verb} class {classes[wrong[0]]} in {place(int(wrong[0]))} ({wrong.size} such in all), but the "
            f"network has {counted(n_outputs, 'output')}, so classes are 0 to {n_outputs - 1}. Renumber them, or add "
            "outputs."
        )
    return Targets(np.eye(n_outputs, dtype=net.dtype)[classes], classes, boundary)


def _classes_of(values: Floats, boundary: float) -> Indices | None:
    if boundary == 0 and (np.abs(values) == 1).all():
        values = (values + 1) / 2
    return _one_hot_classes(values)


def _one_hot_classes(values: Floats) -> Indices | None:
    if not np.isin(values, (0, 1)).all():
        return None
    if values.shape[1] == 1:
        return values[:, 0].astype(np.int64)
    return values.argmax(axis=1) if (values.sum(axis=1) == 1).all() else None


def _shape_error(net: Network, array: Floats, n_samples: int, what: str) -> DataError:
    n_outputs = len(net.structure.outputs)
    hint = ""
    if array.shape == (n_samples,):
        hint = f" Class numbers must be whole: {what}.astype(int)."
    elif array.shape == (n_samples, 1):
        hint = f" For class numbers drop the second axis: {what}.ravel()."
    elif array.ndim and len(array) != n_samples:
        hint = f" X has {counted(n_samples, 'sample')}, {what} {len(array)}."
    return DataError(
        f"{what} must be values of shape ({n_samples}, {n_outputs}), one column for each output "
        f"({shorten(net.outputs)}), or class numbers of shape ({n_samples},); got shape {array.shape}.{hint}"
    )


def _one_sample_error(net: Network, given: tuple[int, ...], what: str) -> DataError:
    n_outputs = len(net.structure.outputs)
    values = f"values of shape ({n_outputs},), one for each output ({shorten(net.outputs)})"
    numbers = f"a class number, whole, from 0 to {n_outputs - 1}"
    wanted = f"{values}, or {numbers}" if n_outputs > 1 else values
    hint = ""
    if np.prod(given) == 1 and n_outputs > 1:
        hint = f" For a class number write int(np.squeeze({what}))."
    elif np.prod(given) == n_outputs:
        hint = f" Write np.ravel({what})."
    return DataError(f"{what} for one sample must be {wanted}; got shape {given}.{hint}")
