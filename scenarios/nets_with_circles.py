"""Nets with circles: latch, clock, shift register and counter, of threshold neurons, every state checked (L18)."""

import dataclasses
import itertools
import math
from collections.abc import Callable

import networkx as nx
import numpy as np

import neurosim as ns

BITS = 8


@dataclasses.dataclass(frozen=True)
class Machine:
    """A net, and what it should be: a finite automaton, written down without neurons.

    ``rule(states, inputs)`` says what `cells`, the neurons that remember, do next, and then `answers`, those that only
    tell; for many cases at once, a row for each.
    """

    name: str
    net: ns.Network
    cells: list[str]
    rule: Callable[[np.ndarray, np.ndarray], np.ndarray]
    answers: tuple[str, ...] = ()


# --- The nets: what comes from outside acts at once, what is remembered takes a tick --------


def latch() -> Machine:
    """One bit, held by a neuron that excites itself: set, reset, or left as it is."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(["set", "reset"], mode="sensory")
    graph.add_node("latch", threshold=1, output=True)
    graph.add_edge("set", "latch", weight=1)
    graph.add_edge("reset", "latch", weight=-2)
    graph.add_edge("latch", "latch", weight=1, delay=1)

    def rule(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        set_it, reset = inputs.T
        return np.where(reset, 0, np.where(set_it, 1, states[:, 0]))[:, None]

    return Machine("latch", ns.Network.from_graph(graph), ["latch"], rule)


def clock(period: int) -> Machine:
    """A ring of neurons, each of which excites the next one: an impulse is back after so many ticks."""
    ring = [f"ring {i}" for i in range(period)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("start", mode="sensory", pos=(-1.2, 1.6))
    for i, name in enumerate(ring):
        angle = 2 * math.pi * i / period
        graph.add_node(name, threshold=1, output=True, pos=(math.sin(angle), math.cos(angle)))
    nx.add_cycle(graph, ring, weight=1, delay=1)
    graph.add_edge("start", ring[0], weight=1)

    def rule(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        turned = np.roll(states, 1, axis=1)
        turned[:, 0] |= inputs[:, 0]
        return turned

    return Machine(f"clock of period {period}", ns.Network.from_graph(graph), ring, rule)


def shift_register(stages: int) -> Machine:
    """A chain: in each tick every bit moves on by one stage, and a new one comes in."""
    chain = [f"stage {i + 1}" for i in range(stages)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("data", mode="sensory")
    graph.add_nodes_from(chain, threshold=1, output=True)
    graph.add_edge("data", chain[0], weight=1)
    nx.add_path(graph, chain, weight=1, delay=1)

    def rule(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return np.hstack([inputs, states])[:, :stages]

    return Machine(f"shift register of {stages} stages", ns.Network.from_graph(graph), chain, rule)


def counter(bits: int) -> Machine:
    """A binary counter of impulses: a bit turns over when a carry reaches it, and hands it on if it was 1.

    A carry is the conjunction of the carry before and the bit as it was. The bit is what either says, but not both:
    one neuron cannot do XOR, so the new carry, which knows of both, inhibits it with the weight -2.
    (A carry so excites some neurons and inhibits others, as in the paper and against Dale's law; see `reflex_arc`.)
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("count", mode="sensory")
    carries = ["count", *(f"carry {i + 1}" for i in range(bits))]
    for i, (carry, carry_on) in enumerate(itertools.pairwise(carries)):
        bit = f"bit {i}"
        graph.add_node(bit, threshold=1, output=True)
        graph.add_node(carry_on, threshold=2, output=i == bits - 1)
        graph.add_edge(carry, carry_on, weight=1)
        graph.add_edge(bit, carry_on, weight=1, delay=1)
        graph.add_edge(carry, bit, weight=1)
        graph.add_edge(carry_on, bit, weight=-2)
        graph.add_edge(bit, bit, weight=1, delay=1)

    def rule(states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        total = states @ 2 ** np.arange(bits) + inputs[:, 0]
        digits: np.ndarray = total[:, None] >> np.arange(bits + 1) & 1  # the last column is what no longer fits
        return digits

    cells = [f"bit {i}" for i in range(bits)]
    return Machine(f"counter of {bits} bits", ns.Network.from_graph(graph), cells, rule, answers=(carries[-1],))


def delay_line(delay: int) -> ns.Network:
    """A single synapse that takes so long: from the data to one neuron."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("late", threshold=1)
    graph.add_edge("data", "late", weight=1, delay=delay)
    return ns.Network.from_graph(graph)


# --- The check -----------------------------------------------------------------------------------


def every(count: int) -> np.ndarray:
    """All rows of so many zeros and ones."""
    return np.arange(2**count)[:, None] >> np.arange(count) & 1


def remembered(net: ns.Network) -> set[object]:
    """The neurons that are heard a tick later: what they do is all that the next tick knows of this one."""
    return {pre for (pre, _), delay in zip(net.synapses, net.delays, strict=True) if delay}


def disagreements(machine: Machine) -> tuple[int, int]:
    """One tick from every state under every input, all at once: how many cases, and in how many the net is wrong."""
    cases = every(len(machine.cells) + len(machine.net.inputs))
    states, inputs = np.split(cases, [len(machine.cells)], axis=1)
    rec = ns.simulate(machine.net, inputs[:, None, :], 1, state=dict(zip(machine.cells, states.T, strict=True)))
    answers = np.column_stack([rec[name] for name in (*machine.cells, *machine.answers)])
    return len(cases), int((answers != machine.rule(states, inputs)).any(axis=1).sum())


def as_numbers(rec: ns.Recording, bits: int) -> list[int]:
    """What a counter shows, tick by tick."""
    return [int(number) for number in sum(2**i * rec[f"bit {i}"] for i in range(bits))]


@ns.scenario
def main(story: ns.Story) -> None:
    """Build four machines, check each over its whole state space, and watch them run."""
    bits = 5 if story.quick else BITS
    sizes = range(1, bits + 1)
    story.say(
        "McCulloch and Pitts (1943) called a net with a loop a net with circles: its activity may go round for ever, "
        "so it can remember. Here are four, of threshold neurons alone. Synapses that carry over to the next step "
        "take one tick; all others act at once; in the paper each takes one, so that a step of the same net "
        "would take several."
    )

    story.title("Every state, every input")
    story.say(
        "What a net will do depends on its input and on those neurons that are heard a tick later, its memory. So "
        "each net is set to every state of its memory, under every input, runs one tick, and is held against a rule "
        "that knows no neurons: integer addition for the counter, moving a row along for the register."
    )
    machines = [latch(), *map(clock, sizes), *map(shift_register, sizes), *map(counter, sizes)]
    rows: list[tuple[str, int, int, int, int]] = []
    for machine in machines:
        cases, wrong = disagreements(machine)
        rows.append((machine.name, len(machine.net), 2 ** len(machine.cells), cases, wrong))
    largest = [
        row for row, machine in zip(rows, machines, strict=True) if machine is machines[0] or len(machine.cells) == bits
    ]
    story.table(["machine", "neurons", "states", "states x inputs", "wrong"], largest)
    story.say(
        f"The same was done for every smaller size: {len(machines)} machines, {sum(row[3] for row in rows):,} cases."
    )
    others = sum(len(remembered(machine.net) - set(machine.cells)) for machine in machines)
    story.claim("neurons that are heard a tick later and do not belong to the state", others, equals=0)
    n_states = 2 + 3 * sum(2**n for n in sizes)
    story.claim("states checked, over all machines", sum(row[2] for row in rows), equals=n_states)
    story.claim(
        "cases checked: the latch has two inputs, the others one", sum(row[3] for row in rows), equals=2 * n_states + 4
    )
    for kind in ("latch", "clock", "shift register", "counter"):
        wrong = sum(row[4] for row in rows if row[0].startswith(kind))
        story.claim(f"{kind}: cases in which the net and the rule disagree", wrong, equals=0)
    story.say("Where one tick is right from every state, so are all that follow, by induction.")

    story.title("Latch")
    story.say("A neuron that excites itself holds what it was told last: 1 after 'set', 0 after 'reset'.")
    held = ns.simulate(latch().net, {"set": [0, 1, 0, 0, 0, 0, 0, 1], "reset": [0, 0, 0, 0, 1]}, 10)
    trace = "".join(f"{rate:.0f}" for rate in held["latch"])
    story.claim("set in ticks 1 and 7, reset in tick 4: the latch in ticks 0 to 9", trace, equals="0111000111")
    story.picture(ns.plot(latch().net), "latch")

    story.title("Clock")
    story.say("One impulse in a ring of n neurons passes each of them once in n ticks, for ever.")
    exact = 0
    for period in sizes:
        rec = ns.simulate(clock(period).net, {"start": [1]}, 10 * period, record="ring 0")
        exact += list(rec.intervals("ring 0")) == [period] * 9
    story.claim(f"of the clocks with 1 to {bits} neurons, those with just that period", exact, equals=bits)
    story.picture(ns.plot(clock(6).net), "clock")
    story.picture(ns.plot(ns.simulate(clock(6).net, {"start": [1]}, 24)), "clock_running")

    story.title("Shift register")
    story.say(
        "In a chain every bit moves on by one neuron a tick: the last of n shows what came in n - 1 ticks ago. A "
        "synapse with a delay of n - 1 does the same with one neuron."
    )
    sequences = every(bits + 2)
    data = np.hstack([sequences, np.zeros_like(sequences)])[:, :, None]  # the only input
    chain = ns.simulate(shift_register(bits).net, data)[f"stage {bits}"]
    line = ns.simulate(delay_line(bits - 1), data)["late"]
    story.claim(
        f"of {len(sequences):,} messages of {bits + 2} bits, those that come out of the chain whole",
        int((chain[:, bits - 1 : 2 * bits + 1] == sequences).all(axis=1).sum()),
        equals=len(sequences),
    )
    story.claim("the chain and the slow synapse say the same in every tick", bool((chain == line).all()))
    story.picture(ns.plot(ns.simulate(shift_register(6).net, {"data": [1, 1, 0, 1]}, 14)), "register_running")

    story.title("Counter")
    story.say(
        "A bit turns over when a carry reaches it, and hands the carry on if it was 1. Within a tick the carry may run "
        "through all bits, as from 0111 to 1000: those synapses have no delay, only what a bit remembers of itself has."
    )
    small = counter(3)
    counted = ns.simulate(small.net, {"count": [1] * 20})
    story.say(f"Three bits, an impulse in every tick: {', '.join(map(str, as_numbers(counted, 3)))}.")
    wanted = [i % 8 for i in range(1, 21)]
    story.claim(
        "three bits, 20 impulses: ticks in which it shows their number modulo 8",
        sum(shown == number for shown, number in zip(as_numbers(counted, 3), wanted, strict=True)),
        equals=20,
    )
    ticks = 200 if story.quick else 600
    impulses = np.random.default_rng(story.seed).integers(2, size=ticks)
    shown = as_numbers(ns.simulate(counter(bits).net, {"count": impulses}), bits)
    story.claim(
        f"{bits} bits, {ticks:,} ticks, impulses at random: ticks in which it shows their number modulo 2^{bits}",
        int((shown == impulses.cumsum() % 2**bits).sum()),
        equals=ticks,
    )
    story.picture(ns.plot(small.net), "counter")
    story.picture(ns.plot(counted), "counter_running")


if __name__ == "__main__":
    main.run_as_script()
