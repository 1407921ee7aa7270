"""The modes of a soma: how a drive becomes a rate, and the slope of that curve.

Every derivative of the library's neurons is on this page. A mode is a small frozen object with two
pure functions of the drive z (the soma's summed input minus its threshold):

=============  ==========================  ===========================================
mode           rate                        slope
=============  ==========================  ===========================================
binary         1 if z >= 0 else 0          0 (it has no slope at z = 0)
sigmoid        1 / (1 + e^-z)              rate(z) rate(-z)
relu           max(0, z)                   1 if z > 0 else 0
tanh           tanh z                      1 - tanh(z)^2
leaky_relu     z if z > 0 else slope z     1 if z > 0 else slope
elu            z if z > 0 else a(e^z - 1)  1 if z > 0 else a e^z
maxout         z of the strongest branch   1 (for that branch, 0 for the others)
linear         z                           1
sensory        the stimulus                (no drive)
=============  ==========================  ===========================================

A soma of any mode but ``sensory`` may have a past, which counts where a network is simulated over ticks:
it keeps a share of what it has summed (`leak`), falls back after an impulse (`reset`), rests for some
ticks after one (`refractory`), and hears noise (`noise`). See `Mode`.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, unknown

Drives = npt.NDArray[np.floating[Any]]
MOST_REFRACTORY = 2**31 - 1  # ticks

Rates = npt.NDArray[np.floating[Any]]
Impulses = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, eq=False)  # only a subclass can tell by which parameters its modes are equal
class Mode(ABC):
    """How a soma turns its drive into a rate, and what it keeps from tick to tick.

    With the potential v (what the soma has summed), in each tick: v(t) = leak v(t - 1) + sum of w x + noise,
    and the drive is z(t) = v(t) - threshold. An *impulse* is a tick whose drive reaches 0, in any mode.
    A single tick from silence (`respond`, training without time) knows no past and no noise.

    Parameters
    ----------
    leak : float, 0 <= leak < 1
        The share of the potential that is kept from one tick to the next; 0 for a soma without a past.
    refractory : int >= 0
        For how many ticks after an impulse the soma rests: its rate is 0, and its potential stays as it is.
    reset : None, "subtract" or float
        What an impulse leaves of the potential: all of it (None), the potential minus the threshold, or this
        value. True is 0.0, and False is None.
    noise : float >= 0
        The standard deviation of normal noise that is added to the potential in each tick.

    Attributes
    ----------
    name : str
        The word for this mode in graphs, messages and calls.
    differentiable : bool
        Whether the slope says anything about how the rate changes: false only for ``binary``.
    branched : bool
        Whether the soma looks at its dendritic branches one by one (``maxout``) or sums them all.
    """

    name: ClassVar[str]
    differentiable: ClassVar[bool] = True
    branched: ClassVar[bool] = False

    leak: float = dataclasses.field(default=0.0, kw_only=True)
    refractory: int = dataclasses.field(default=0, kw_only=True)
    reset: float | str | None = dataclasses.field(default=None, kw_only=True)
    noise: float = dataclasses.field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        kind = type(self).__name__
        check_number(f"{kind}.leak", self.leak, least=0, below=1)
        check_count(f"{kind}.refractory", self.refractory)
        check_number(f"{kind}.refractory", self.refractory, most=MOST_REFRACTORY)
        check_number(f"{kind}.noise", self.noise, least=0)
        if isinstance(self.reset, bool | np.bool_):
            object.__setattr__(self, "reset", 0.0 if self.reset else None)
        elif self.reset is not None and self.reset != "subtract":
            if isinstance(self.reset, str):
                raise OptionError(
                    f"The setting {kind}.reset must be None, 'subtract' or the potential after an impulse, such as 0.0 "
                    f"(got {self.reset!r})."
                )
            check_number(f"{kind}.reset", self.reset)

    def fires(self, drive: Drives, rng: np.random.Generator | None) -> tuple[Rates, Impulses]:
        """In time: the rates at these drives, and which of them are impulses."""
        return self.rate(drive), drive >= 0

    @property
    def remembers(self) -> bool:
        """Whether what the soma does in one tick depends on those before."""
        return bool(self.leak or self.refractory)

    @property
    def random(self) -> bool:
        """Whether two runs of the soma differ."""
        return bool(self.noise)

    @abstractmethod
    def rate(self, drive: Drives) -> Rates:
        """The rate of a soma at these drives; same shape and dtype."""

    @abstractmethod
    def derivative(self, drive: Drives) -> Drives:
        """The derivative of the rate by the drive, at these drives; same shape and dtype."""

    @property
    def label(self) -> str | Mode:
        """The shortest spelling: the name, or the object itself when its parameters are not the usual ones."""
        return self.name if self == MODES.get(self.name) else self

    def __str__(self) -> str:
        return str(self.label) if isinstance(self.label, str) else repr(self)

    def __repr__(self) -> str:
        """The settings that this mode is known for, and whichever others are not as usual."""
        settings = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in sorted(dataclasses.fields(self), key=lambda field: field.kw_only is True)
            if not field.kw_only or getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(settings)})"


@dataclasses.dataclass(frozen=True, repr=False)
class Binary(Mode):
    """All or none: 1 if the drive reaches 0, else 0; a tie fires (McCulloch and Pitts 1943).

    With a leak and a reset it is a leaky integrate-and-fire cell (Lapicque 1907).

    Parameters
    ----------
    temperature : float >= 0
        Above 0 the soma decides at random where a network is simulated: it fires with the probability
        1 / (1 + e^(-drive / temperature)) (Glauber 1963). What fires is an impulse.
    leak, refractory, reset, noise
        See `Mode`.

    Examples
    --------
    >>> Binary().rate(np.array([-0.1, 0.0, 3.0]))
    array([0., 1., 1.])
    >>> Binary(leak=0.9, reset=0.0, refractory=2)
    Binary(leak=0.9, refractory=2, reset=0.0)
    """

    name = "binary"
    differentiable = False
    temperature: float = dataclasses.field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("Binary.temperature", self.temperature, least=0)

    @property
    def random(self) -> bool:
        """Whether two runs of the soma differ."""
        return bool(self.noise or self.temperature)

    def fires(self, drive: Drives, rng: np.random.Generator | None) -> tuple[Rates, Impulses]:
        """In time: the rates at these drives, and which of them are impulses."""
        if self.temperature and rng is not None:
            impulses = draw_chances(rng, drive.shape, drive.dtype) < drive / drive.dtype.type(self.temperature)
        else:
            impulses = drive >= 0
        return impulses.astype(drive.dtype), impulses

    def rate(self, drive: Drives) -> Rates:
        return np.greater_equal(drive, 0).astype(drive.dtype)

    def derivative(self, drive: Drives) -> Drives:
        return np.zeros_like(drive)


@dataclasses.dataclass(frozen=True, repr=False)
class Sigmoid(Mode):
    """Graded between 0 and 1: 1 / (1 + e^-z).

    Examples
    --------
    >>> Sigmoid().rate(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    name = "sigmoid"

    def rate(self, drive: Drives) -> Rates:
        return _logistic(drive)

    def derivative(self, drive: Drives) -> Drives:
        # y (1 - y) would lose every digit where y is near 1; the product of the two tails loses none.
        return _logistic(drive) * _logistic(-drive)


@dataclasses.dataclass(frozen=True, repr=False)
class ReLU(Mode):
    """Activation or silence: max(0, z). Its slope at the kink, z = 0, is taken as 0.

    Examples
    --------
    >>> ReLU().rate(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """

    name = "relu"

    def rate(self, drive: Drives) -> Rates:
        return np.maximum(drive, 0)

    def derivative(self, drive: Drives) -> Drives:
        return np.greater(drive, 0).astype(drive.dtype)


@dataclasses.dataclass(frozen=True, repr=False)
class Tanh(Mode):
    """Graded between -1 and 1: tanh z.

    Examples
    --------
    >>> Tanh().rate(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    """

    name = "tanh"

    def rate(self, drive: Drives) -> Rates:
        return np.tanh(drive)

    def derivative(self, drive: Drives) -> Drives:
        doubled = 2 * np.clip(drive, -1000, 1000)  # far beyond where the slope is 0, near enough not to overflow
        return 4 * _logistic(doubled) * _logistic(-doubled)  # 1 - tanh^2, without its cancellation


@dataclasses.dataclass(frozen=True, repr=False)
class LeakyReLU(Mode):
    """A ReLU whose silence leaks: z where z > 0, else `slope` times z.

    Parameters
    ----------
    slope : float, default 0.1
        The slope below the kink, and at it; any finite number.

    Examples
    --------
    >>> LeakyReLU(slope=0.5).rate(np.array([-1.0, 0.0, 2.0]))
    array([-0.5,  0. ,  2. ])
    """

    name = "leaky_relu"
    slope: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LeakyReLU.slope", self.slope)

    def rate(self, drive: Drives) -> Rates:
        # minimum() keeps the product from overflowing on drives whose branch is not taken.
        return np.where(drive > 0, drive, np.minimum(drive, 0) * drive.dtype.type(self.slope))

    def derivative(self, drive: Drives) -> Drives:
        return np.where(drive > 0, 1, self.slope).astype(drive.dtype)


@dataclasses.dataclass(frozen=True, repr=False)
class ELU(Mode):
    """A ReLU with a soft floor: z where z > 0, else alpha (e^z - 1) (Clevert et al. 2015).

    Parameters
    ----------
    alpha : float, default 1.0
        The rate falls towards ``-alpha``; any finite number. The curve has a kink at 0 unless it is 1.

    Examples
    --------
    >>> ELU().rate(np.array([-1000.0, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """

    name = "elu"
    alpha: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("ELU.alpha", self.alpha)

    def rate(self, drive: Drives) -> Rates:
        # minimum() keeps exp from overflowing on drives whose branch is not taken.
        return np.where(drive > 0, drive, drive.dtype.type(self.alpha) * np.expm1(np.minimum(drive, 0)))

    def derivative(self, drive: Drives) -> Drives:
        return np.where(drive > 0, drive.dtype.type(1), drive.dtype.type(self.alpha) * np.exp(np.minimum(drive, 0)))


@dataclasses.dataclass(frozen=True, repr=False)
class Maxout(Mode):
    """The strongest dendritic branch decides: the largest of the branches' drives (Goodfellow et al. 2013).

    The soma takes the maximum; what is left to the mode is the identity. A branch is the set of
    synapses that carry the same ``branch`` number. For a different offset on each branch, as in
    max(w1 x + b1, w2 x + b2), let a tonic cell (no dendrites, ``mode="linear"``, ``bias=1``) make a
    synapse of weight b1 on branch 0 and one of weight b2 on branch 1.

    Examples
    --------
    >>> import neurosim as ns
    >>> absolute = ns.Neuron({("x", 0): 1, ("x", 1): -1}, mode="maxout")
    >>> absolute.fire(x=-3)
    3.0
    """

    name = "maxout"
    branched = True

    def rate(self, drive: Drives) -> Rates:
        return drive.copy()

    def derivative(self, drive: Drives) -> Drives:
        return np.ones_like(drive)


@dataclasses.dataclass(frozen=True, repr=False)
class Linear(Mode):
    """The drive itself. Layers of nothing else collapse into one matrix.

    Examples
    --------
    >>> Linear().rate(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """

    name = "linear"

    def rate(self, drive: Drives) -> Rates:
        return drive.copy()

    def derivative(self, drive: Drives) -> Drives:
        return np.ones_like(drive)


@dataclasses.dataclass(frozen=True, repr=False)
class Sensory(Mode):
    """A receptor: its rate is the stimulus. It has no dendrites, so its threshold is never used.

    Examples
    --------
    >>> Sensory().rate(np.array([0.25]))
    array([0.25])
    """

    name = "sensory"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.remembers or self.random or self.reset is not None:
            raise OptionError(
                "A sensory neuron shows the stimulus, so it has no leak, refractory ticks, reset or noise. Put noise "
                "into the stimulus, or give these to a linear neuron that listens to it."
            )

    def rate(self, drive: Drives) -> Rates:
        return drive.copy()

    def derivative(self, drive: Drives) -> Drives:
        return np.ones_like(drive)


def as_mode(mode: object) -> Mode:
    """Read a mode given by name, as an object, or as a class with its usual parameters.

    Parameters
    ----------
    mode : str, Mode or subclass of Mode

    Returns
    -------
    Mode

    Raises
    ------
    UnknownNameError
        If it is none of these; the nearest name is suggested.

    Examples
    --------
    >>> as_mode("relu")
    ReLU()
    >>> as_mode(LeakyReLU(slope=0.05))
    LeakyReLU(slope=0.05)
    """
    if isinstance(mode, Mode):
        return mode
    if isinstance(mode, type) and issubclass(mode, Mode) and mode is not Mode:
        return mode()
    if isinstance(mode, str) and mode in MODES:
        return MODES[mode]
    raise unknown("mode", mode, MODES)


def draw_chances(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Drives:
    """For somas with a temperature: each fires if its drive over temperature exceeds what is drawn here.

    It is drawn from the logistic distribution, so the probability of that is 1 / (1 + e^(-drive / temperature)).
    """
    from scipy.special import logit

    chances: Drives = logit(rng.random(shape, dtype=dtype))
    return chances


def _logistic(drive: Drives) -> Rates:
    # Not scipy's expit, which takes longer to load than all of neurosim.
    with np.errstate(over="ignore"):  # where e^-z is infinite, the rate is 0
        rates: Rates = 1 / (1 + np.exp(-drive))
    return rates


MODES: dict[str, Mode] = {
    mode.name: mode for mode in (Binary(), Sigmoid(), ReLU(), Tanh(), LeakyReLU(), ELU(), Maxout(), Linear(), Sensory())
}
"""Every mode by name, with its usual parameters: the one list that tests and comparisons walk."""
