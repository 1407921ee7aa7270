"""How much a network has to do, and how much of it one thing after the other: work and depth."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.depth import depths
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Structure
from neurosim.checks import check_count, check_number
from neurosim.errors import counted
from neurosim.physiology.stimulus import check_network

Counts = npt.NDArray[np.integer[Any]]

STEP = 0.005  # seconds from a neuron's input to its output, of the order that Feldman and Ballard (1982) reckon with
PER_SYNAPSE = 2  # a multiplication and an addition
PER_SOMA = 2  # the threshold is subtracted, the mode applied


@dataclasses.dataclass(frozen=True, eq=False)
class Workload:
    """What a network computes for one answer; ``print`` it.

    A step is what one neuron does: it sums what its dendrites bring and fires. Neurons that do not wait for one
    another do so at the same time. What comes round a loop is there when a tick begins, as a stimulus is.

    Attributes
    ----------
    depth : int
        Serial depth: how many neurons lie one behind the other on the longest way from a stimulus to an output. In
        so many steps the answer is there, however many neurons and synapses there are.
    somas : int array, shape (steps,)
        How many neurons work in each step; sensory ones do not.
    synapses : int array, shape (steps,)
        How many synapses bring them something.
    fan_in : int array, shape (neurons that are not sensory,)
        How many synapses each of them has.
    recurrent : bool
        Whether there are loops. Then all of this is about one tick: what comes round a loop belongs to the next.
    """

    depth: int
    somas: Counts
    synapses: Counts
    fan_in: Counts
    recurrent: bool

    @property
    def operations(self) -> int:
        """Total work: two operations a synapse (multiply, add) and two a soma (subtract the threshold, fire)."""
        return int(self.operations_by_step.sum())

    @property
    def operations_by_step(self) -> Counts:
        """The same for each step, shape (steps,)."""
        return PER_SYNAPSE * self.synapses + PER_SOMA * self.somas

    @property
    def parallelism(self) -> float:
        """Work over depth: how many operations are done at once in the mean, if every neuron works for itself."""
        return self.operations / self.depth if self.depth else 0.0

    def seconds(self, step: float = STEP, ticks: int = 1) -> float:
        """How long neurons need for an answer, all working at once.

        Parameters
        ----------
        step : float
            Seconds that one neuron takes.
        ticks : int
            How many times the whole network is run through, where it has loops.

        Examples
        --------
        A hundred steps are half a second (the hundred-step rule; Feldman and Ballard 1982, Cognitive Science 6).

        >>> import neurosim as ns
        >>> chain = ns.Network.from_arrays(range(100), range(1, 101), 1.0)
        >>> ns.workload(chain).seconds()
        0.5
        """
        check_number("step", step, above=0)
        check_count("ticks", ticks, least=1)
        return self.depth * step * ticks

    def serial_seconds(self, step: float = STEP) -> float:
        """How long a single unit would need that does one operation after the other, each in the time of a neuron."""
        check_number("step", step, above=0)
        return self.operations * step

    def __repr__(self) -> str:
        somas, synapses = int(self.somas.sum()), int(self.synapses.sum())
        mean, most = (self.fan_in.mean(), self.fan_in.max()) if self.fan_in.size else (0.0, 0)
        return "\n".join(
            [
                "Workload" + (" of one tick; loops go on in the next" if self.recurrent else ""),
                f"  depth        {counted(self.depth, 'step')}, one after the other",
                f"  operations   {self.operations:,}: {PER_SYNAPSE} for each of {counted(synapses, 'synapse')}, "
                f"{PER_SOMA} for each of {counted(somas, 'neuron')} that are not sensory",
                f"  at once      {self.parallelism:,.4g} operations a step in the mean",
                f"  fan-in       {mean:,.4g} synapses a neuron in the mean, at most {most:,}",
                f"  time         {self.seconds():,.4g} s at {1000 * STEP:g} ms a step; one after the other, "
                f"{self.serial_seconds():,.4g} s",
            ]
        )


def workload(net: Network) -> Workload:
    """How much a network has to do for one answer, and how much of that one thing after the other.

    Parameters
    ----------
    net : Network
        Any. A synapse with a delay counts as a step on the way like any other, unless it lies on a loop.

    Returns
    -------
    Workload
        Serial depth, operations, fan-in, and the time that neurons need.

    Notes
    -----
    Work and depth (or span) are the two measures of a parallel computation: on any number of processors it takes
    at least as many steps as it is deep (Brent 1974, Journal of the ACM 21). A network whose synapses all have a
    delay of one tick, McCulloch and Pitts's own, has its final answer after `depth` ticks.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], 1.0)
    >>> ns.workload(net)
    Workload
      depth        2 steps, one after the other
      operations   18: 2 for each of 6 synapses, 2 for each of 3 neurons that are not sensory
      at once      9 operations a step in the mean
      fan-in       2 synapses a neuron in the mean, at most 2
      time         0.01 s at 5 ms a step; one after the other, 0.09 s
    """
    check_network(net)
    structure = net.structure
    onwards = _onwards(structure)
    somas = ~(structure.sensory | structure.silenced)
    # What comes round a loop is waited for no longer, nor what a lesion has cut.
    pre = np.where(onwards & structure.present, structure.pre, structure.inputs[0])
    way = depths(dataclasses.replace(structure, pre=pre, delay=np.zeros_like(structure.delay))) - somas
    live = structure.post[structure.present]
    depth = np.where(somas, np.maximum(way, 1), 0)  # nobody waits for a cell without dendrites, but it does work
    steps = int(depth.max(initial=0))
    return Workload(
        depth=int(depth[structure.outputs].max(initial=0)),
        somas=np.bincount(depth[somas], minlength=steps + 1)[1:],
        synapses=np.bincount(depth[live], minlength=steps + 1)[1:],
        fan_in=np.bincount(live, minlength=structure.n_neurons)[somas],
        recurrent=not onwards.all(),
    )


def _onwards(structure: Structure) -> Flags:
    """The synapses that lead onwards within a tick or from one tick to the next, and not round a loop."""
    late = structure.delay > 0
    if not late.any():
        return ~late
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    wiring = coo_array((np.ones(len(late)), (structure.pre, structure.post)), shape=(structure.n_neurons,) * 2)
    loop = connected_components(wiring, directed=True, connection="strong")[1]
    onwards: Flags = ~late | (loop[structure.pre] != loop[structure.post])
    return onwards
