"""Faults of a wiring: what is wrong with it, and what to type against that, in the words of whoever gave it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from neurosim.errors import GraphError

Remedies = Mapping[str, str]
"""What to type against each kind of fault; the names in braces are those that the fault tells."""

ARRAYS: Remedies = {
    "empty": "Say how many there are with size=, or list their names=.",
    "loop": "Give one of its synapses a delay, in the column delay=: delay[{synapse}] = 1 for {pre!r} -> {post!r}.",
    "twice": "Add the weights together, or tell parallel synapses apart with a branch number, as in branch=1.",
    "inputs": "List mode='sensory' among the modes= for a neuron without dendrites, or make one more: size={one_more}.",
    "outputs": "Say which ones to read by their numbers, as in outputs=[{last_number}].",
}
GRAPH: Remedies = {
    **ARRAYS,
    "empty": "Add one with G.add_node('x').",
    "loop": "Give one of its synapses a delay: G.edges[{pre!r}, {post!r}]['delay'] = 1.",
    "inputs": "Add a neuron without dendrites, G.add_node('x', mode='sensory'), for the stimulus to drive.",
    "outputs": "Say which ones to read with output=True, as in G.nodes[{last!r}]['output'] = True.",
}
MULTIGRAPH: Remedies = {
    **GRAPH,
    "loop": "Give its synapses a delay: for data in G[{pre!r}][{post!r}].values(): data['delay'] = 1.",
}
REGIONS: Remedies = {
    "empty": "Add a region with B.add_node('V1', size=10).",
    "loop": "Give one of the projections a delay: B.add_edge({pre_region!r}, {post_region!r}, delay=1).",
    "twice": "The wiring of B.edges[{pre_region!r}, {post_region!r}] must name each pair of neurons once.",
    "inputs": "Add a region without incoming projections, B.add_node('stimulus', size=10), for the stimulus to drive.",
    "outputs": "Say which region to read with output=True, as in B.nodes[{last_region!r}]['output'] = True.",
}
NETWORK: Remedies = {
    "empty": "Keep at least one.",
    "loop": "Give the synapse that closes it a delay: net.add_synapse({pre!r}, {post!r}, delay=1).",
    "twice": ARRAYS["twice"],
    "inputs": "Add another one first, for the stimulus to drive: net.add_neuron('another', 'sensory').",
    "outputs": "Add one to read first: net.add_neuron('another', 'linear', output=True), and a synapse onto it.",
}


class WiringError(GraphError):
    """The neurons and synapses given cannot form a network. Its arguments: message, kind of fault, names, remedies."""

    def __str__(self) -> str:
        message, kind, names, remedies = self.args
        return f"{message} {remedies[kind].format(**names)}"


@contextlib.contextmanager
def told_in(remedies: Remedies) -> Iterator[None]:
    """A context in which faults of a wiring come with these remedies."""
    try:
        yield
    except WiringError as error:
        message, kind, names, _ = error.args
        raise WiringError(message, kind, names, remedies) from None
