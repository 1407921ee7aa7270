"""Which loss suits: read what the targets are and what the outputs can do, and choose."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count
from neurosim.errors import DataError, OptionError, counted
from neurosim.physiology.stimulus import read_finite
from neurosim.plasticity.losses import (
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    Suggestion,
    output_modes,
    reach,
)
from neurosim.plasticity.target_kinds import ENOUGH, Spread, spread_of, target_kind
from neurosim.plasticity.targets import read_targets

TUNING = 1.345  # Huber's delta in standard deviations: of normal values it uses 95 % of what MSE does (Huber 1981)


def advise(targets: npt.ArrayLike, outputs: object) -> Suggestion:
    """See `neurosim.losses.suggest`."""
    given = _Outputs(outputs)
    values = _read(targets, given)
    kind = target_kind(values)
    if kind in ("classes", "probabilities"):
        return _for_classes(kind, values, given)
    if kind == "yes or no":
        return _for_yes_or_no(values, given)
    if kind == "signs":
        return _for_signs(given)
    if kind == "shares" and (given.unknown or given.all_are("sigmoid")):
        return Suggestion(
            BinaryCrossEntropy(),
            "The targets lie between 0 and 1, as the rates of sigmoid outputs do, and can be read as probabilities.",
            given.make("sigmoid") if given.unknown else "",
        )
    return _for_values(values, given)


class _Outputs:
    """What is known of the outputs: how many there are, and their modes; None where it is not known."""

    def __init__(self, outputs: object) -> None:
        self.net = outputs if isinstance(outputs, Network) else None
        self.modes: list[Mode] = []
        self.count: int | None = None
        if isinstance(outputs, int | float | np.number):
            check_count("outputs", outputs, least=1)
            self.count = int(outputs)
        elif self.net is not None:
            self.modes = output_modes(self.net)
            self.count = len(self.modes)
        elif isinstance(outputs, Iterable) and not isinstance(outputs, str):
            self.modes = [as_mode(mode) for mode in outputs]
            self.count = len(self.modes)
            if not self.modes:
                raise OptionError("outputs must be one mode or more; got an empty sequence.")
        else:
            self.modes = [as_mode(outputs)]

    @property
    def unknown(self) -> bool:
        """Whether nothing is said of their modes."""
        return not self.modes

    @property
    def words(self) -> str:
        """Their modes, for a sentence: "linear outputs"."""
        return " and ".join(dict.fromkeys(str(mode) for mode in self.modes)) + " outputs"

    def all_are(self, name: str) -> bool:
        return bool(self.modes) and all(mode.name == name for mode in self.modes)

    def come_to(self, low: float, high: float) -> bool:
        """Whether every output can be as low and as high as this."""
        ends = [reach(mode) for mode in self.modes]
        return bool(ends) and max(end[0] for end in ends) <= low and min(end[1] for end in ends) >= high

    def make(self, mode: str) -> str:
        """The sentence that tells to change their mode."""
        how = f": net = net.with_mode({mode!r}, neurons=net.outputs)" if self.net is not None else ""
        first = "" if self.unknown else " first"
        return f"Give the outputs mode={mode!r}{first}{how}."


# --- Reading -------------------------------------------------------------------------------------


def _read(targets: npt.ArrayLike, outputs: _Outputs) -> Floats:
    """Targets as values, shape (samples, outputs)."""
    array = np.atleast_1d(read_finite(targets, "targets", np.float64))
    if not array.size:
        raise DataError(f"targets holds nothing to go by (shape {array.shape}); give one sample or more.")
    if array.ndim > 2:  # trials and ticks
        array = array.reshape(-1, array.shape[-1])
        targets = array
    if outputs.net is not None:
        return read_targets(outputs.net, np.atleast_1d(targets), len(array), one_sample=False).values
    if not np.isfinite(array).all():
        raise DataError("targets must be finite. Replace the values that are not, or leave those samples out.")
    whole = np.asarray(targets).dtype.kind in "biu"
    if array.ndim == 1 and whole and outputs.count != 1:
        array = _from_class_numbers(array.astype(np.int64), outputs.count)
    if array.ndim == 1 and outputs.count in (None, 1):
        array = array[:, None]
    if array.ndim == 1 or outputs.count not in (None, array.shape[1]):
        raise DataError(
            f"targets for {counted(outputs.count or 0, 'output')} must be values of shape (samples, "
            f"{outputs.count}), or class numbers, whole, of shape (samples,); got shape {array.shape}."
        )
    return array


def _from_class_numbers(numbers: npt.NDArray[np.int64], count: int | None) -> Floats:
    """One column for each class; the numbers themselves where the count is open and they do not look like classes."""
    if count is None:
        count = _classes_named(numbers)
        return np.eye(count)[numbers] if count else numbers.astype(np.float64)
    if numbers.min() < 0 or numbers.max() >= count:
        raise DataError(
            f"targets name classes from {numbers.min()} to {numbers.max()}, but for "
            f"{counted(count, 'output')} classes are 0 to {count - 1}. Renumber them, or say how many outputs "
            "there are."
        )
    return np.eye(count)[numbers]


def _classes_named(numbers: npt.NDArray[np.generic]) -> int:
    """How many classes these seem to number, if they are 0, 1, 2, ... without a gap and three at least; else 0."""
    found = np.unique(numbers)
    return len(found) if len(found) > 2 and (found == np.arange(len(found))).all() else 0


# --- Choosing ------------------------------------------------------------------------------------


def _for_classes(kind: str, values: Floats, outputs: _Outputs) -> Suggestion:
    what = f"The targets are classes, {values.shape[1]} in all"
    if kind == "probabilities":
        what = f"The targets of each sample are the probabilities of {values.shape[1]} classes"
    if outputs.all_are("sigmoid"):
        return Suggestion(
            BinaryCrossEntropy(),
            f"{what}, and each sigmoid output can answer yes or no for its own.",
            "For answers that sum to 1 over the classes, give the outputs mode='linear' and use loss='cross_entropy'.",
        )
    if outputs.unknown:
        return Suggestion(CrossEntropy(), f"{what}, and it compares them with each other.", outputs.make("linear"))
    if outputs.come_to(-np.inf, np.inf):
        return Suggestion(CrossEntropy(), f"{what}, and {outputs.words} serve as their log-probabilities.")
    return Suggestion(
        CrossEntropy(),
        f"{what}, but {outputs.words} do not take every value, as log-probabilities have to.",
        outputs.make("linear"),
    )


def _for_yes_or_no(values: Floats, outputs: _Outputs) -> Suggestion:
    what = "The targets are a yes or no" + (" for each output" if values.shape[1] > 1 else "")
    if outputs.unknown:
        return Suggestion(
            BinaryCrossEntropy(), f"{what}, and a sigmoid output answers with a probability.", outputs.make("sigmoid")
        )
    if outputs.all_are("sigmoid"):
        return Suggestion(BinaryCrossEntropy(), f"{what}, and sigmoid outputs answer with probabilities.")
    if outputs.all_are("binary"):
        return Suggestion(
            MSE(),
            f"{what}, as the rates of binary outputs are, and twice this loss is the number of wrong answers a sample.",
            "To train them takes a slope: give the outputs mode='sigmoid' and use loss='binary_cross_entropy'.",
        )
    if outputs.come_to(-1, 1):
        return Suggestion(
            Hinge(),
            f"{what}, and the sign of {outputs.words} can give it.",
            "For probabilities give the outputs mode='sigmoid' and use loss='binary_cross_entropy'.",
        )
    return Suggestion(
        BinaryCrossEntropy(), f"{what}, but {outputs.words} give no probabilities.", outputs.make("sigmoid")
    )


def _for_signs(outputs: _Outputs) -> Suggestion:
    what = "The targets are -1 and 1"
    if outputs.come_to(-1, 1):
        return Suggestion(Hinge(), f"{what}, and {outputs.words} can answer with their sign and a margin.")
    if outputs.unknown:
        return Suggestion(Hinge(), f"{what}, and the answer is a sign with a margin.", outputs.make("linear"))
    return Suggestion(
        Hinge(), f"{what}, but {outputs.words} cannot take both signs with a margin.", outputs.make("linear")
    )


def _for_values(values: Floats, outputs: _Outputs) -> Suggestion:
    spread, low, high = spread_of(values), float(values.min()), float(values.max())
    loss = Huber(_two_digits(TUNING * spread.typical)) if spread.far_out else MSE()
    reached = outputs.unknown or outputs.come_to(low, high)
    beyond = "" if reached else f", which {outputs.words} do not all reach"
    changes = [outputs.make("linear")] if outputs.unknown or not reached else []
    n_classes = _classes_named(values) if values.shape[1] == 1 else 0
    if n_classes:
        changes.append(
            f"If they number {n_classes} classes, the network needs {n_classes} outputs, with mode='linear', and "
            "loss='cross_entropy'."
        )
    reason = f"The targets are values from {low:.4g} to {high:.4g}{beyond}. {_about_outliers(spread, len(values))}"
    return Suggestion(loss, reason, " ".join(changes))


def _about_outliers(spread: Spread, samples: int) -> str:
    if not spread.told:
        return (
            f"{counted(samples, 'sample is', 'samples are')} too few to tell whether some lie far out (it takes "
            f"{ENOUGH}). If some do, as by a fault of measurement, loss='huber' keeps them from drowning the others; "
            "else half the squared distance suits."
        )
    if not spread.far_out:
        return "None lies far out, so half the squared distance suits."
    lies = "1 lies" if spread.far_out == 1 else f"{spread.far_out} lie"
    return (
        f"{lies} far out, up to {spread.farthest:.3g} times the typical distance from the median; squared, "
        "such a distance would drown the others."
    )


def _two_digits(number: float) -> float:
    return float(f"{number:.2g}")
