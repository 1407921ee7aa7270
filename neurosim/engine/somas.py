"""Somas with a past: what is kept from tick to tick, and the chain rule back through it.

In each tick a soma that is awake takes up v = leak kept + sums (+ noise), and its drive is v - threshold.
An impulse leaves of v what `reset` says, and the soma rests for `refractory` ticks, in which its rate is
0 and v stays as it is. Whether there is an impulse is a step of the drive, so it has slope 0 wherever it
has one: for the chain rule the impulses are constants. (This is the exact derivative in graded modes, and
for binary ones what the literature calls a detached reset.)
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.engine.events import Events

if TYPE_CHECKING:  # numpy loads its generators on first use
    from numpy.random import Generator


@dataclasses.dataclass(frozen=True, eq=False)
class Past:
    """What a tick finds of those before it.

    Attributes
    ----------
    echoes : float array, shape (echoes, samples)
        What the presynaptic neurons of synapses with a delay did, as many ticks ago as each delay says.
    potentials : float array, shape (rows, samples)
        What each soma has kept of its potential. No rows where no soma of the network remembers.
    resting : int array, of the same shape
        For how many more ticks each soma rests.
    rng : Generator or None
        For noise and random decisions; None for a tick without them.
    events : Events or None
        The blocks that run by events.
    """

    echoes: Floats
    potentials: Floats
    resting: Indices
    rng: Generator | None = None
    events: Events | None = None

    def concerns(self, mode: Mode) -> bool:
        """Whether somas of this mode do anything but answer to the tick itself."""
        return mode.remembers or (mode.random and self.rng is not None)


@dataclasses.dataclass(frozen=True, eq=False)
class Aftermath:
    """What a tick leaves to the next, and how it came about.

    Attributes
    ----------
    potentials, resting : arrays, shape (rows, samples)
        As in `Past`.
    awake, impulses : dict of bool arrays, shape (rows of the stage, samples)
        By the number of the stage.
    """

    potentials: Floats
    resting: Indices
    awake: dict[int, Flags]
    impulses: dict[int, Flags]

    @staticmethod
    def of(past: Past) -> Aftermath:
        """For one tick to fill in; what does not remember keeps nothing."""
        return Aftermath(np.zeros_like(past.potentials), np.zeros_like(past.resting), {}, {})


def fire(
    mode: Mode, rows: slice, number: int, drives: Floats, thresholds: Floats, past: Past, after: Aftermath
) -> Floats:
    """One tick of a stage whose somas remember or are noisy.

    Parameters
    ----------
    mode : Mode
    rows : slice
        Where the stage lies.
    number : int
        Its number.
    drives : float array, shape (rows, samples)
        What the dendrites bring; in place, the drives.
    thresholds : float array, shape (rows, 1)
    past : Past
    after : Aftermath
        Filled in for these rows.

    Returns
    -------
    float array, shape (rows, samples)
        The rates.
    """
    rng = past.rng
    if mode.noise and rng is not None:
        drives += drives.dtype.type(mode.noise) * rng.standard_normal(drives.shape, dtype=drives.dtype)
    if not mode.remembers:
        drives -= thresholds
        return mode.fires(drives, rng)[0]
    kept, resting = past.potentials[rows], past.resting[rows]
    awake = resting == 0
    potentials = np.where(awake, drives.dtype.type(mode.leak) * kept + drives, kept)
    drives[:] = potentials - thresholds
    rates, impulses = mode.fires(drives, rng)
    rates[~awake] = 0
    impulses &= awake
    if mode.reset == "subtract":
        potentials = np.where(impulses, drives, potentials)  # the potential less the threshold
    elif mode.reset is not None:
        potentials[impulses] = mode.reset
    after.potentials[rows] = potentials
    after.resting[rows] = np.where(impulses, mode.refractory, np.maximum(resting - 1, 0))
    after.awake[number], after.impulses[number] = awake, impulses
    return rates


def back_through(
    mode: Mode, number: int, deltas: Floats, kept_gradients: Floats, after: Aftermath
) -> tuple[Floats, Floats, Floats]:
    """The chain rule through one tick of a stage whose somas remember.

    Parameters
    ----------
    mode : Mode
    number : int
        The number of the stage.
    deltas : float array, shape (rows of the stage, samples)
        The gradient by the drives, as far as it comes from this tick's rates.
    kept_gradients : float array, of the same shape
        The gradient by what the somas left to the next tick.
    after : Aftermath
        From this tick's `fire`.

    Returns
    -------
    sums, thresholds, kept : float arrays, of the same shape
        The gradients by what the dendrites brought, by minus the threshold, and by what was kept of the
        tick before.
    """
    awake, impulses = after.awake[number], after.impulses[number]
    at_drives = np.where(awake, deltas, 0)
    lost = mode.reset is not None and mode.reset != "subtract"
    at_potentials = at_drives + (np.where(impulses, 0, kept_gradients) if lost else kept_gradients)
    thresholds = at_drives + np.where(impulses, kept_gradients, 0) if mode.reset == "subtract" else at_drives
    leak: Any = deltas.dtype.type(mode.leak)
    return np.where(awake, at_potentials, 0), thresholds, np.where(awake, leak * at_potentials, at_potentials)
