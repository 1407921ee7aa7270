"""What a binary network does from every state under every input: it is a finite automaton."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.checks import check_count
from neurosim.errors import DataError, OptionError, counted, shorten
from neurosim.physiology.simulate import simulate
from neurosim.physiology.stimulus import check_network

if TYPE_CHECKING:
    import networkx as nx

Bits = npt.NDArray[np.int8]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Automaton:
    """A network as a table: one tick from each state under each stimulus.

    Attributes
    ----------
    net : Network
    memory : list of str or int
        The neurons that are heard a tick later. What they do is all that the next tick knows of this one.
    states : int array, shape (states, neurons of the memory)
        Every combination of 0 and 1; in row i neuron k has the k-th binary digit of i.
    stimuli : int array, shape (stimuli, inputs)
        The same for ``net.inputs``.
    next_states : int array, shape (states, stimuli)
        The row in `states` that follows.
    answers : int array, shape (states, stimuli, outputs)
        What ``net.outputs`` say in that tick.
    """

    net: Network
    memory: list[Name]
    states: Bits
    stimuli: Bits
    next_states: npt.NDArray[np.int64]
    answers: Bits

    @property
    def cases(self) -> int:
        """How many pairs of a state and a stimulus there are."""
        return self.next_states.size

    def __repr__(self) -> str:
        return (
            f"Automaton: {counted(len(self.states), 'state')} of {counted(len(self.memory), 'neuron')}, "
            f"{counted(len(self.stimuli), 'stimulus', 'stimuli')}, {counted(len(self.net.outputs), 'output')}"
        )

    def graph(self, stimulus: npt.ArrayLike | None = None) -> nx.DiGraph[str]:
        """Which state follows which, while the stimulus stays the same.

        Parameters
        ----------
        stimulus : array_like, shape (inputs,), optional
            Of 0 and 1, in the order of ``net.inputs``; silence unless given.

        Returns
        -------
        networkx.DiGraph
            A node for each state, such as "010", and from each an edge to the next. So what goes on for ever are the
            cycles, ``networkx.attracting_components(graph)``.

        Raises
        ------
        DataError
            If the stimulus is not one of `stimuli`.

        Examples
        --------
        A ring of three neurons, one input: what goes round for ever is nothing, one impulse, two, or three.

        >>> import networkx as nx
        >>> import neurosim as ns
        >>> pre, post, delay = [0, 1, 2, 3], [1, 2, 3, 1], [0, 1, 1, 1]
        >>> ring = ns.Network.from_arrays(pre, post, 1.0, delay=delay, thresholds=[0, 1, 1, 1], outputs=[3])
        >>> [len(cycle) for cycle in nx.attracting_components(automaton(ring).graph())]
        [1, 3, 3, 1]
        """
        import networkx as nx

        wanted = np.zeros(len(self.net.inputs)) if stimulus is None else np.asarray(stimulus)
        columns = [i for i, shown in enumerate(self.stimuli) if np.array_equal(shown, wanted)]
        if not columns:
            raise DataError(
                f"A stimulus has a 0 or a 1 for each of the {counted(len(self.net.inputs), 'input')} "
                f"({shorten(self.net.inputs)}); got {stimulus!r}."
            )
        names = ["".join(map(str, state)) for state in self.states.tolist()]
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_edges_from((names[i], names[j]) for i, j in enumerate(self.next_states[:, columns[0]].tolist()))
        return graph


def automaton(net: Network, *, most: int = 2**18) -> Automaton:
    """Set a binary network to every state of its memory, under every stimulus, and run it for a tick.

    Networks of McCulloch and Pitts's neurons are finite automata, and every finite automaton is such a network
    (Kleene 1956). Where one tick is right from every state, so are all that follow, by induction: it is a way to prove
    that a network does what it should.

    Parameters
    ----------
    net : Network
        Of binary neurons whose somas have no past of their own, with delays of at most a tick.
    most : int
        How many cases it may have.

    Returns
    -------
    Automaton

    Raises
    ------
    OptionError
        If the network is not of that kind, or has more cases.

    Examples
    --------
    A latch has two states. Its inputs are set and reset; here is what it says, from 0 and from 1.

    >>> import networkx as nx
    >>> import neurosim as ns
    >>> G = nx.DiGraph()
    >>> G.add_node("latch", threshold=1, output=True)
    >>> G.add_weighted_edges_from([("set", "latch", 1), ("reset", "latch", -2)])
    >>> G.add_edge("latch", "latch", weight=1, delay=1)
    >>> machine = automaton(ns.Network.from_graph(G))
    >>> machine
    Automaton: 2 states of 1 neuron, 4 stimuli, 1 output
    >>> for stimulus, said in zip(machine.stimuli.tolist(), machine.next_states.T.tolist()):
    ...     print(stimulus, said)
    [0, 0] [0, 1]
    [1, 0] [1, 1]
    [0, 1] [0, 0]
    [1, 1] [0, 0]
    """
    check_network(net)
    check_count("most", most, least=1)
    _check_binary(net)
    structure = net.structure
    cells = np.unique(structure.pre[structure.present & (structure.delay > 0)])
    digits = len(cells) + len(net.inputs)
    if digits > 62 or 2**digits > most:
        raise OptionError(
            f"{counted(len(cells), 'neuron')} that remember and {counted(len(net.inputs), 'input')} make 2^{digits} "
            f"cases, and most={most:,}. Take a smaller network of the same kind, or raise most."
        )
    states, stimuli = _every(len(cells)), _every(len(net.inputs))
    shown = np.tile(stimuli, (len(states), 1))
    begun = np.zeros((len(shown), len(net)))
    begun[:, cells] = np.repeat(states, len(stimuli), axis=0)
    rec = simulate(net, shown[:, None, :].astype(float), 1, state=begun, progress=False)
    rates = rec.rates[:, 0].astype(np.int8).reshape(len(states), len(stimuli), len(net))
    following = rates[..., cells].astype(np.int64) @ (1 << np.arange(len(cells), dtype=np.int64))
    names = [structure.names[i] for i in cells.tolist()]
    return Automaton(net, names, states, stimuli, following, rates[..., structure.outputs])


def _every(digits: int) -> Bits:
    """All rows of so many zeros and ones, counting upward."""
    return (np.arange(2**digits)[:, None] >> np.arange(digits) & 1).astype(np.int8)


def _check_binary(net: Network) -> None:
    structure = net.structure
    modes = [structure.modes[i] for i in structure.mode_of.tolist()]
    graded = [name for name, mode in zip(net.names, modes, strict=True) if mode.name not in ("binary", "sensory")]
    if graded:
        raise OptionError(
            f"An automaton has binary neurons; these are graded: {shorten(graded)}. Harden a copy with "
            "net.with_mode('binary')."
        )
    past = [name for name, mode in zip(net.names, modes, strict=True) if mode.remembers or mode.random]
    if past:
        raise OptionError(
            f"Somas with a past (leak, refractory, reset) or with chance have more states than their rates tell: "
            f"{shorten(past)}. Take plain binary neurons."
        )
    if structure.delay.max(initial=0) > 1:
        raise OptionError(
            "Delays of more than a tick keep what is under way, which rates do not tell. Put a chain of neurons with "
            "delays of 1 in their place."
        )
