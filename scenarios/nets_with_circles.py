"""Nets with circles: latch, clock, shift register and counter, of threshold neurons, every state checked (L10).

A reflex forgets at once. But cells that excite each other may keep going when the stimulus is gone: Lorente de No
(Journal of Neurophysiology 1, 1938) found chains of cells in the brain stem that close upon themselves. McCulloch and
Pitts (Bulletin of Mathematical Biophysics 5, Chicago, 1943) saw what follows: a net with a loop, "a net with circles",
has a memory, and can count. Kleene (Automata Studies, Princeton, 1956) proved that such nets are just the finite
automata.

Here are four, of threshold neurons alone: each is checked from every state under every input. Synapses that carry over
to the next step take one tick, and all others act at once; in the paper each takes one, so that a step of the same net
would take several. Left out: learning, noise, and cells that tire.
"""

import itertools
import math
from collections.abc import Callable

import networkx as nx
import numpy as np

import neurosim as ns


def latch() -> ns.Network:
    """One bit, held by a neuron that excites itself: set, reset, or left as it is."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("latch", threshold=1, output=True)
    graph.add_weighted_edges_from([("set", "latch", 1), ("reset", "latch", -2)])
    graph.add_edge("latch", "latch", weight=1, delay=1)
    return ns.Network.from_graph(graph)


def clock(period: int) -> ns.Network:
    """A ring of neurons, each of which excites the next one: an impulse is back after so many ticks."""
    ring, turn = [f"ring {i}" for i in range(period)], 2 * math.pi / period
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("start", pos=(-1.2, 1.6))
    for i, name in enumerate(ring):
        graph.add_node(name, threshold=1, output=True, pos=(math.sin(i * turn), math.cos(i * turn)))
    nx.add_cycle(graph, ring, weight=1, delay=1)
    graph.add_edge("start", ring[0], weight=1)
    return ns.Network.from_graph(graph)


def register(stages: int) -> ns.Network:
    """A chain: in each tick every bit moves on by one stage, and a new one comes in."""
    chain = [f"stage {i + 1}" for i in range(stages)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("data")
    graph.add_nodes_from(chain, threshold=1, output=True)
    graph.add_edge("data", chain[0], weight=1)
    nx.add_path(graph, chain, weight=1, delay=1)
    return ns.Network.from_graph(graph)


def counter(bits: int) -> ns.Network:
    """A binary counter of impulses: a bit turns over when a carry reaches it, and hands it on if it was 1.

    A carry is the conjunction of the carry before and the bit as it was. The bit is what either says, but not both:
    one neuron cannot do XOR, so the new carry, which knows of both, inhibits it with the weight -2.
    (A carry so excites some neurons and inhibits others, as in the paper and against Dale's law; see `reflex_arc`.)
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    carries = ["count", *(f"carry {i + 1}" for i in range(bits))]
    graph.add_node("count")
    graph.add_nodes_from([f"bit {i}" for i in range(bits)], threshold=1, output=True)
    graph.add_nodes_from(carries[1:], threshold=2)
    graph.nodes[carries[-1]]["output"] = True
    for i, (carry, carry_on) in enumerate(itertools.pairwise(carries)):
        bit = f"bit {i}"
        graph.add_weighted_edges_from([(carry, carry_on, 1), (carry, bit, 1), (carry_on, bit, -2)])
        graph.add_edges_from([(bit, carry_on), (bit, bit)], weight=1, delay=1)
    return ns.Network.from_graph(graph)


# --- What each should do, written down without neurons: states and inputs, a row for each case, to outputs -------


def latched(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Reset wins over set, and set over what was there."""
    return np.where(inputs[:, 1:], 0, np.where(inputs[:, :1], 1, states))


def turned(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """All bits move on by one place around the ring, and an impulse may come in at the first."""
    moved = np.roll(states, 1, axis=1)
    moved[:, :1] |= inputs
    return moved


def shifted(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The new bit in front of those that were there; nobody hears the last stage, so it is no part of the state."""
    return np.hstack([inputs, states])


def added(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The binary digits of the number that was there, and the impulse; the last is what no longer fits."""
    bits = states.shape[1]
    total = states.astype(int) @ 2 ** np.arange(bits) + inputs[:, 0]
    digits: np.ndarray = total[:, None] >> np.arange(bits + 1) & 1
    return digits


Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
KINDS: dict[str, tuple[Callable[[int], ns.Network], Rule]] = {
    "latch": (lambda _: latch(), latched),
    "clock": (clock, turned),
    "shift register": (register, shifted),
    "counter": (counter, added),
}


def disagreements(machine: ns.Automaton, rule: Rule) -> int:
    """In how many cases a net does something else than the rule says."""
    states = np.repeat(machine.states, len(machine.stimuli), axis=0)
    wanted = rule(states, np.tile(machine.stimuli, (len(machine.states), 1)))
    return int((machine.answers.reshape(wanted.shape) != wanted).any(axis=1).sum())


@ns.scenario
def main(story: ns.Story) -> None:
    """Check four machines over their whole state spaces, and watch them run."""
    bits = 5 if story.quick else 8
    story.title("Every state, every input")
    story.say(
        "What a net will do depends on its input and on those neurons that are heard a tick later, its memory. So "
        "each net is set to every state of its memory, under every input, runs one tick, and is held against a rule "
        "that knows no neurons: integer addition for the counter, moving a row along for the register."
    )
    rows, n_states, n_cases = [], 0, 0
    for kind, (build, rule) in KINDS.items():
        wrong = 0
        for size in range(1, 2 if kind == "latch" else bits + 1):
            machine = ns.automaton(build(size))
            wrong += disagreements(machine, rule)
            n_states, n_cases = n_states + len(machine.states), n_cases + machine.cases
        largest = [len(machine.net), len(machine.states), machine.cases]
        rows.append([f"{kind} of {size}" if kind != "latch" else kind, *largest, disagreements(machine, rule)])
        story.claim(f"{kind}, of every size: cases in which the net and the rule disagree", wrong, equals=0)
    story.table(["machine", "neurons", "states", "states x inputs", "wrong"], rows)
    story.claim("states checked, over all sizes", n_states, equals=2 + sum(5 * 2**n // 2 for n in range(1, bits + 1)))
    story.claim("cases checked: the latch has two inputs, the others one", n_cases, equals=2 * n_states + 4)
    story.say("Where one tick is right from every state, so are all that follow, by induction.")

    story.title("Latch")
    story.say("A neuron that excites itself holds what it was told last: 1 after 'set', 0 after 'reset'.")
    held = ns.simulate(latch(), {"set": [0, 1, 0, 0, 0, 0, 0, 1], "reset": [0, 0, 0, 0, 1]}, 10)
    trace = "".join(f"{rate:.0f}" for rate in held["latch"])
    story.claim("set in ticks 1 and 7, reset in tick 4: the latch in ticks 0 to 9", trace, equals="0111000111")
    story.picture(ns.plot(latch()), "latch", "A latch: one neuron that excites itself a tick later (dashed).")

    story.title("Clock")
    story.say("One impulse in a ring of n neurons passes each of them once in n ticks, for ever.")
    runs = [ns.simulate(clock(n), {"start": [1]}, 10 * n, record="ring 0") for n in range(1, bits + 1)]
    exact = sum(list(rec.intervals("ring 0")) == [n] * 9 for n, rec in enumerate(runs, start=1))
    story.claim(f"of the clocks with 1 to {bits} neurons, those with just that period", exact, equals=bits)
    story.picture(ns.plot(clock(6)), "clock", "A clock of period six: a ring whose synapses take one tick each.")

    story.title("Shift register")
    story.say(
        "In a chain every bit moves on by one neuron a tick: the last of n shows what came in n - 1 ticks ago. A "
        "synapse with a delay of n - 1 does the same with one neuron."
    )
    line = ns.Network.from_arrays([0], [1], [1.0], delay=bits - 1, thresholds=[0, 1])
    messages = np.arange(2 ** (bits + 2))[:, None] >> np.arange(bits + 2) & 1
    data = np.hstack([messages, np.zeros_like(messages)])[:, :, None]
    chain, late = ns.simulate(register(bits), data)[f"stage {bits}"], ns.simulate(line, data)[1]
    whole = int((chain[:, bits - 1 : 2 * bits + 1] == messages).all(axis=1).sum())
    text = f"of {len(messages):,} messages of {bits + 2} bits, those that come out of the chain whole"
    story.claim(text, whole, equals=len(messages))
    story.claim("the chain and the slow synapse say the same in every tick", bool((chain == late).all()))

    story.title("Counter")
    story.say(
        "A bit turns over when a carry reaches it, and hands the carry on if it was 1. Within a tick the carry may run "
        "through all bits, as from 0111 to 1000: those synapses have no delay, only what a bit remembers of itself has."
    )
    impulses = np.random.default_rng(story.seed).integers(2, size=200 if story.quick else 600)
    counted = ns.simulate(counter(bits), {"count": impulses})
    shown = sum(2**i * counted[f"bit {i}"] for i in range(bits))
    right = int((shown == impulses.cumsum() % 2**bits).sum())
    text = f"{bits} bits, impulses at random: ticks in which it shows their number modulo 2^{bits}"
    story.claim(text, right, equals=len(impulses))
    cycles = [len(cycle) for cycle in nx.attracting_components(ns.automaton(counter(bits)).graph([1]))]
    story.claim("with an impulse in every tick, the counter goes through all its states", cycles == [2**bits])
    story.picture(
        ns.plot(counter(3)), "counter", "A counter of three bits: carries run along, bits remember themselves."
    )
    running = ns.simulate(counter(3), {"count": [1] * 20})
    caption = "The counter at work, an impulse in every tick: bit 0 turns over each tick, bit 1 every second one."
    story.picture(ns.plot(running), "counter_running", caption, cover=True)


@main.question(
    "A clock of 4 neurons goes on without input from any of its 16 states. How many different rhythms are there, if a "
    "rhythm that begins later is the same one?",
    hint="Look for the cycles of ns.automaton(clock(4)).graph(). Silence is one; so is all four at once.",
)
def rhythms() -> int:
    """Necklaces of four beads in two colours."""
    return sum(1 for _ in nx.attracting_components(ns.automaton(clock(4)).graph()))


@main.question(
    "What does the latch do if set and reset come in the same tick: does it fire, yes or no?",
    hint="Its drive: 1 from set, -2 from reset, 1 from itself if it was set, less the threshold 1.",
)
def both_at_once() -> bool:
    """From either state."""
    return bool(ns.simulate(latch(), {"set": [1, 1], "reset": [0, 1]}, 2)["latch"][1])


@main.question(
    "How many ticks with an impulse does a counter of 5 bits need from 0 until it shows 0 again?",
    hint="It counts modulo 2^5.",
)
def round_trip() -> int:
    """The length of its cycle."""
    return max(len(cycle) for cycle in nx.attracting_components(ns.automaton(counter(5)).graph([1])))


if __name__ == "__main__":
    main.run_as_script()
