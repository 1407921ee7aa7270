"""How many synapses deep each neuron lies."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.pieces import pieces, tally, targets_of
from neurosim.anatomy.structure import Indices, Structure

THIN = 32  # a front of fewer neurons is followed one by one: that is what a long chain consists of


def depths(structure: Structure) -> Indices:
    """The depth of every neuron: 0 for the sensory ones, else more than that of all it listens to without delay.

    Kahn's algorithm, front by front; no recursion, so a chain may be as long as memory allows.
    """
    pre, post = structure.instant_ends
    targets, starts = targets_of(pre, post, structure.n_neurons)
    waiting_for = tally(targets, structure.n_neurons)
    depth = np.zeros(structure.n_neurons, dtype=np.int32)
    front: Indices = np.flatnonzero(waiting_for == 0)
    reached = 0
    while len(front):
        depth[front] = reached
        reached += 1
        front = _next_front(front, targets, starts, waiting_for)
    return depth + ~structure.sensory  # a cell without dendrites that is not sensory is computed after the senses


def _next_front(front: Indices, targets: Indices, starts: Indices, waiting_for: Indices) -> Indices:
    if len(front) <= THIN:
        ready = []
        for neuron in front:
            for target in targets[starts[neuron] : starts[neuron + 1]].tolist():
                waiting_for[target] -= 1
                if not waiting_for[target]:
                    ready.append(target)
        return np.array(ready, dtype=np.int64)
    counts = starts[front + 1] - starts[front]
    end = np.cumsum(counts)
    skip = starts[front + 1] - end  # from a place among the synapses of this front to that among all synapses
    ready_now = [np.empty(0, dtype=targets.dtype)]
    for piece in pieces(int(end[-1])):
        place = np.arange(piece.start, piece.stop)
        reached = targets[place + skip[np.searchsorted(end, place, side="right")]]
        np.subtract.at(waiting_for, reached, 1)
        ready_now.append(reached[waiting_for[reached] == 0])
    return np.unique(np.concatenate(ready_now))
