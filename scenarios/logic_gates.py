"""Logic gates: a neuron says whether a proposition is true, and neurons joined together add numbers (L10, L11).

Warren McCulloch and Walter Pitts (1943, Bulletin of Mathematical Biophysics 5, Chicago) saw that a neuron which fires
or does not is like a proposition which is true or false. Their neuron adds up its inputs, each times a weight, and
fires if the sum reaches a threshold, theta. What one such neuron says of its inputs is a small judgement, "both",
"either", "not"; joined together they can say whatever a logical formula says, and so compute.

The model leaves out time, that real neurons fire seldom or often, that their thresholds vary, and that most of them
either excite or inhibit: here a cell does as its weights have it.
"""

import itertools

import networkx as nx
import numpy as np

import neurosim as ns

GATES = {  # each a single neuron: the weights of a and b, the threshold, and what it is to say
    "and": (1, 1, 2, "a and b"),
    "or": (1, 1, 1, "a or b"),
    "a, not b": (1, -1, 1, "a and not b"),
    "implies": (-1, 1, 0, "a implies b"),
    "nor": (-1, -1, 0, "not (a or b)"),
    "nand": (-1, -1, -1, "not (a and b)"),
}
CASES = np.array(list(itertools.product((0, 1), repeat=2)))
EXAMPLE = "(a and b) or not c"


def gates(form: str) -> ns.Network:
    """All gates side by side, in one of the two forms: with a threshold, or with a bias, which is its opposite."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, (a, b, theta, _) in GATES.items():
        graph.add_weighted_edges_from([("a", name, a), ("b", name, b)])
        graph.add_node(name, mode="binary", **{form: theta if form == "threshold" else -theta})
    return ns.Network.from_graph(graph)


def digits(bits: int) -> dict[str, str]:
    """Adding two binary numbers, as at school: in each column a digit of the sum, and a carry to the next column."""
    formulas = {"s0": "a0 xor b0", "c1": "a0 and b0"}
    for i in range(1, bits):
        formulas[f"s{i}"] = f"a{i} xor b{i} xor c{i}"
        formulas[f"c{i + 1}"] = f"(a{i} and b{i}) or (c{i} and (a{i} or b{i}))"
    return formulas


def stimulus(net: ns.Network, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The binary digits of two numbers, in the order of the network's inputs a0, b0, a1, ..."""
    numbers = {"a": a, "b": b}
    return np.column_stack([numbers[str(name)[0]] >> int(str(name)[1:]) & 1 for name in net.inputs])


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell of single gates, of the tie, of a formula and of the adder."""
    story.title("One neuron, one judgement")
    story.say(
        "Two inputs, a and b, are each 1 if a proposition is true and 0 if not. A neuron adds up input times weight. "
        "If the sum reaches theta, it fires: its output is y = 1 if sum >= theta, else 0. Six neurons, and what they "
        "answer to a, b = 00, 01, 10 and 11:"
    )
    net, second = gates("threshold"), gates("bias")
    answers = ns.respond(net, CASES)
    rows = [[k, *gate, "".join(f"{y:g}" for y in ys)] for (k, gate), ys in zip(GATES.items(), answers.T, strict=True)]
    story.table(["neuron", "weight of a", "weight of b", "theta", "it is to say", "answers"], rows)
    meant = np.column_stack([ns.logic.truth_table(says).Y for *_, says in GATES.values()])
    story.say("The second form puts the threshold on the other side, as a bias b = -theta: y = 1 if b + sum >= 0.")
    story.claim("biases that are not -theta", int((second.biases != -net.thresholds).sum()), equals=0)
    for form, one in {"threshold": net, "bias": second}.items():
        unlike = int((ns.respond(one, CASES) != meant).sum())
        story.claim(f"with a {form}: answers that differ from what the formula says", unlike, equals=0)
    story.picture(ns.plot(net), "gates", "Six gates, a neuron each: red excites, blue inhibits, theta below.")

    story.title("A tie fires")
    tie = CASES @ np.array([gate[:2] for gate in GATES.values()]).T == [gate[2] for gate in GATES.values()]
    graded = ns.respond(net.with_mode("sigmoid"), CASES)
    story.say(
        f"In {tie.sum()} of these {tie.size} cases the sum is exactly theta: a tie. By the rule, >= and not >, a tie "
        "fires. Every one of these gates is right only because of that. A graded neuron (a sigmoid: the further the "
        f"sum is above theta, the nearer its rate is to 1) answers {graded[0, 0]:.2f} to 'and' if both inputs are 0, "
        f"{graded[1, 0]:.2f} for one, {graded[3, 0]:.2f} at the tie. All or none makes a decision of a degree."
    )
    story.claim("ties in which the neuron is silent", int((answers[tie] == 0).sum()), equals=0)
    story.claim("gates that have a tie", int(tie.any(axis=0).sum()), equals=len(GATES))

    story.title("Several neurons, one formula")
    written, small = (ns.logic.network(EXAMPLE, shape=shape) for shape in ("literal", "small"))
    table = ns.logic.truth_table(EXAMPLE)
    story.say(
        f"ns.logic.network({EXAMPLE!r}) makes a network of any formula: a neuron for each connective, or as few as "
        "are found. Here one can do it all: a and b excite it, c inhibits it twice as much."
    )
    story.show(f"{table}\n\n{small[EXAMPLE]}")
    for how, net, neurons in (("as it is written", written, 3), ("as few as are found", small, 1)):
        unlike = int((ns.respond(net, table.X) != table.Y).sum())
        story.claim(f"{how}: rows of the table that the network gets wrong", unlike, equals=0)
        story.claim(f"{how}: neurons", len(net) - len(net.inputs), equals=neurons)
    story.picture(ns.plot(written), "formula", "A formula as it is written: a neuron for each connective.")

    bits = 3 if story.quick else 4
    story.title(f"An adder of {bits} binary digits")
    story.say(
        f"a{bits - 1} ... a1 a0 are the digits of one number, a0 the last, and b{bits - 1} ... b0 those of another. In "
        "each column the sum's digit s is 1 if an odd number of a, b and the carry c is ('xor': one or the other, not "
        "both); a carry goes on to the next column if at least two are. As formulas; later ones name earlier ones:"
    )
    story.show("\n".join(f"{name} = {text}" for name, text in digits(bits).items()))
    story.say(
        "Three networks say this. 'literal' has a neuron for each connective (xor takes two), 'shallow' at most two "
        "neurons one after the other: each carry looks at all columns to its right at once. 'small' has one neuron for "
        "each digit of the sum, the fewest that there can be: it finds the first digit first, and whoever fires takes "
        "its worth away from all that come after. A step is the time of one neuron."
    )
    a, b = np.divmod(np.arange(4**bits), 2**bits)
    shown = np.random.default_rng(story.seed).integers(2 ** (bits - 1), 2**bits, size=2) @ [2**bits, 1]
    found = {}
    for shape in ("literal", "small", "shallow"):
        net = ns.logic.network(digits(bits), shape=shape, outputs=[*(f"s{i}" for i in range(bits)), f"c{bits}"])
        sums = ns.respond(net, stimulus(net, a, b)) @ 2 ** np.arange(bits + 1)
        story.claim(f"{shape}: wrong sums, of all {4**bits}", int((sums != a + b).sum()), equals=0)
        neurons, steps = len(net) - len(net.inputs), ns.workload(net).depth
        found[shape] = {"neurons": neurons, "synapses": len(net.synapses), "steps": steps}
    caption = f"{a[shown]} + {b[shown]} = {a[shown] + b[shown]} in the adder 'shallow': what is yellow fires."
    story.picture(ns.plot(net, rates=ns.activity(net, stimulus(net, a, b)[shown])), "adder", caption, cover=True)
    story.table(["shape", *found["small"]], [[shape, *counts.values()] for shape, counts in found.items()])
    story.claim("shallow: steps", found["shallow"]["steps"], at_most=2)
    story.claim("small: neurons, one for each digit of the sum", found["small"]["neurons"], equals=bits + 1)


@main.question("Five inputs with weight 1 each: with which threshold does a neuron fire if most of them do?")
def most_of_five() -> int:
    """The whole number with which it never differs from the count."""
    cases = list(itertools.product((0, 1), repeat=5))
    neurons = {theta: ns.Neuron(dict.fromkeys("abcde", 1), theta) for theta in range(7)}
    return next(theta for theta, it in neurons.items() if all(it.fire(case) == (sum(case) > 2) for case in cases))


@main.question(
    "If a tie did not fire, how many of the eight rows would the single neuron for '(a and b) or not c' get wrong?",
    hint="Its weights are 1, 1 and -2, its theta 0. In which rows is the sum exactly 0?",
)
def wrong_without_ties() -> int:
    """The same neuron with a threshold just above theta answers as if a tie did not fire."""
    neuron = ns.Neuron({"a": 1, "b": 1, "c": -2}, threshold=0.5)
    return sum(int(neuron.fire(row[:3]) != row[3]) for row in ns.logic.truth_table(EXAMPLE))


if __name__ == "__main__":
    main.run_as_script()
