"""Nets with circles: latch, clock, shift register and counter, of threshold neurons, every state checked (L10).

A reflex forgets at once. But cells that excite each other may keep going when the stimulus is gone: Lorente de No
(Journal of Neurophysiology 1, 1938) found chains of cells in the brain stem that close upon themselves. McCulloch and
Pitts (Bulletin of Mathematical Biophysics 5, Chicago, 1943) saw what follows: a net with a loop, "a net with circles",
has a memory, and can count. Kleene (Automata Studies, Princeton, 1956) proved that such nets do just what finite
automata can: machines of finitely many states, whose next state follows from the last one and the input.

Here are four, of threshold neurons alone: each is checked from every state under every input. Synapses that carry over
to the next step take one tick, and all others act at once; in the paper each takes one, so that a step of the same net
would take several. Left out: learning, noise, and cells that tire. A carry of the counter excites some neurons and
inhibits others, as in the paper; real cells do one or the other (Dale's law; see `reflex_arc`).
"""

import itertools
from collections.abc import Callable

import networkx as nx
import numpy as np

import neurosim as ns


def latch(_: int = 1) -> ns.Network:
    """One bit, held by a neuron that excites itself: set, reset, or left as it is."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("latch", threshold=1, output=True)
    graph.add_weighted_edges_from([("set", "latch", 1), ("reset", "latch", -2)])
    graph.add_edge("latch", "latch", weight=1, delay=1)
    return ns.Network.from_graph(graph)


def row(size: int, ring: bool = False) -> ns.Network:
    """Neurons in a row, each of which excites the next a tick later; in a ring the last one excites the first."""
    stages = [f"stage {i + 1}" for i in range(size)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edge("in", stages[0], weight=1)
    graph.add_nodes_from(stages, threshold=1, output=True)
    nx.add_path(graph, [*stages, stages[0]] if ring else stages, weight=1, delay=1)
    return ns.Network.from_graph(graph)


def counter(bits: int) -> ns.Network:
    """A binary counter of impulses: a bit turns over when a carry reaches it, and hands it on if it was 1.

    A carry is the conjunction of the carry before and the bit as it was. The bit is what either says, but not both:
    one neuron cannot do XOR, so the new carry, which knows of both, inhibits it with the weight -2.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    carries = ["count", *(f"carry {i + 1}" for i in range(bits))]
    graph.add_node("count")
    graph.add_nodes_from([f"bit {i}" for i in range(bits)], threshold=1, output=True)
    graph.add_nodes_from(carries[1:], threshold=2)
    graph.nodes[carries[-1]]["output"] = True
    for i, (carry, carry_on) in enumerate(itertools.pairwise(carries)):
        graph.add_weighted_edges_from([(carry, carry_on, 1), (carry, f"bit {i}", 1), (carry_on, f"bit {i}", -2)])
        graph.add_edges_from([(f"bit {i}", carry_on), (f"bit {i}", f"bit {i}")], weight=1, delay=1)
    return ns.Network.from_graph(graph)


def added(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The binary digits of the number that was there, and the impulse; the last is what no longer fits."""
    places = np.arange(states.shape[1] + 1)
    return np.asarray((states @ 2 ** places[:-1] + inputs[:, 0])[:, None] >> places & 1)


Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
KINDS: dict[str, tuple[Callable[[int], ns.Network], Rule]] = {  # what each should do, without neurons
    "latch": (latch, lambda bit, told: np.where(told[:, 1:], 0, told[:, :1] | bit)),  # reset wins over set
    "clock": (lambda size: row(size, ring=True), lambda ring, told: np.hstack([ring[:, -1:] | told, ring[:, :-1]])),
    "shift register": (row, lambda stages, told: np.hstack([told, stages])),  # nobody hears the last stage
    "counter": (counter, added),
}


@ns.scenario
def main(story: ns.Story) -> None:
    """Watch four machines run, and check them over their whole state spaces."""
    bits = 5 if story.quick else 8
    story.title("To hold, to repeat, to delay")
    story.say(
        "A latch, a neuron that excites itself, holds what it was told last: 1 after 'set', 0 after 'reset'. In a "
        "ring, the clock, one impulse passes each of n neurons once in n ticks, for ever. In a chain, the shift "
        "register, every bit moves on by one neuron a tick: the last of n shows what came in n - 1 ticks ago."
    )
    held = ns.simulate(latch(), {"set": [0, 1, 0, 0, 0, 0, 0, 1], "reset": [0, 0, 0, 0, 1]}, 10)
    trace = "".join(f"{rate:.0f}" for rate in held["latch"])
    story.claim("latch, set in ticks 1 and 7, reset in tick 4: its rates in ticks 0 to 9", trace, equals="0111000111")
    runs = [ns.simulate(row(n, ring=True), {"in": [1]}, 10 * n) for n in range(1, bits + 1)]
    exact = sum(list(rec.intervals("stage 1")) == [n] * 9 for n, rec in enumerate(runs, start=1))
    story.claim(f"clocks of n = 1 to {bits} neurons whose impulse is back after just n ticks", exact, equals=bits)
    message = np.random.default_rng(story.seed).integers(2, size=100)
    late = ns.simulate(row(bits), {"in": message}, 100 + bits - 1)[f"stage {bits}"]
    whole = bool((late[bits - 1 :] == message).all())
    story.claim(f"a message of 100 bits comes out of a chain of {bits} neurons whole", whole)

    story.title("To count")
    story.say(
        "The bits of the counter show how many impulses have come, as a binary number. As in addition on paper, a bit "
        "turns over when a carry reaches it, and hands the carry on if it was 1. Within a tick the carry may run "
        "through all bits, as from 0111 to 1000: those synapses have no delay, only what a bit remembers of itself has."
    )
    cycles = [len(cycle) for cycle in nx.attracting_components(ns.automaton(counter(bits)).graph([1]))]
    story.claim(f"with an impulse a tick, a counter of {bits} bits has {2**bits} states in turn", cycles == [2**bits])
    caption = "A counter of three bits: carries run along, bits remember. Dashed: weight 1, heard 1 tick later."
    story.picture(ns.plot(counter(3)), "counter", caption)
    caption = "The counter at work, an impulse in every tick: bit 0 turns over each tick, bit 1 every second one."
    running = ns.simulate(counter(3), {"count": [1] * 20})
    story.picture(ns.plot(running), "counter_running", caption, cover=True)

    story.title("Every state, every input")
    story.say(
        f"Sizes go from 1 to {bits} here. What a net will do depends on its input and on those neurons that are heard "
        "a tick later, its memory. So each net is set to every state of its memory, under every input, runs one tick, "
        "and is held against a rule that knows no neurons: integer addition for the counter, moving a row along for "
        "the register. Where one tick is right from every state, so are all that follow."
    )
    for kind, (build, rule) in KINDS.items():
        wrong = cases = 0
        for size in range(1, 2 if kind == "latch" else bits + 1):
            machine = ns.automaton(build(size))
            states = np.repeat(machine.states, len(machine.stimuli), axis=0).astype(int)
            wanted = rule(states, np.tile(machine.stimuli, (len(machine.states), 1)).astype(int))
            wrong += int((machine.answers.reshape(wanted.shape) != wanted).any(axis=1).sum())
            cases += machine.cases
        sizes = "" if kind == "latch" else f"s of 1 to {bits} {'bits' if kind == 'counter' else 'neurons'}"
        text = f"{kind}{sizes}: of {cases:,} pairs of state and input, those where net and rule disagree"
        story.claim(text, wrong, equals=0)


@main.question(
    "A clock of 4 neurons goes on without input from any of its 16 states. How many different rhythms are there, if a "
    "rhythm that begins later is the same one?",
    hint="Draw four beads in a ring, lit or dark; turning changes nothing. None lit is one rhythm, one lit another.",
)
def rhythms() -> int:
    """Necklaces of four beads in two colours."""
    return sum(1 for _ in nx.attracting_components(ns.automaton(row(4, ring=True)).graph()))


@main.question(
    "Does the latch fire if set and reset come in the same tick?",
    hint="Its drive: 1 from set, -2 from reset, 1 from itself if it was set, less the threshold 1.",
)
def both_at_once() -> bool:
    """From either state."""
    return bool(ns.simulate(latch(), {"set": [1, 1], "reset": [0, 1]}, 2)["latch"][1])


if __name__ == "__main__":
    main.run_as_script()
