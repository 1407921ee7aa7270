"""Logic gates: a neuron says whether a proposition is true, and neurons joined together add numbers (L10, L11).

Warren McCulloch and Walter Pitts (1943, Bulletin of Mathematical Biophysics 5, Chicago) saw that a neuron which fires
or does not is like a proposition which is true or false. Their neuron adds up its inputs, each times a weight, and
fires if the sum reaches a threshold. What one such neuron says of its inputs is a small judgement, "both", "either",
"not"; joined together they can say whatever a logical formula says, and so compute.

The model leaves out much. A real neuron's answer is graded: it fires seldom or often, and its threshold varies. Each
cell here either excites or inhibits as its weights have it; real cells mostly do one of the two. And no time passes.
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


def gates(form: str, shift: float = 0.0) -> ns.Network:
    """All gates side by side, in one of the two forms: with a threshold, or with a bias, which is its opposite."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(["a", "b"], mode="sensory")
    for name, (a, b, threshold, _) in GATES.items():
        number = threshold + shift
        graph.add_node(name, mode="binary", output=True, **{form: number if form == "threshold" else -number})
        graph.add_weighted_edges_from([("a", name, a), ("b", name, b)])
    return ns.Network.from_graph(graph)


def digits(bits: int) -> dict[str, str]:
    """Adding two binary numbers, as at school: in each column a digit of the sum, and a carry to the next column."""
    formulas = {"s0": "a0 xor b0", "c1": "a0 and b0"}
    for i in range(1, bits):
        formulas[f"s{i}"] = f"a{i} xor b{i} xor c{i}"
        formulas[f"c{i + 1}"] = f"(a{i} and b{i}) or (c{i} and (a{i} or b{i}))"
    return formulas


def adder(bits: int, shape: str) -> ns.Network:
    """The network of these formulas; its outputs are the digits of the sum, the last of them a carry."""
    return ns.logic.network(digits(bits), shape=shape, outputs=[*(f"s{i}" for i in range(bits)), f"c{bits}"])


def stimulus(net: ns.Network, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The binary digits of two numbers, in the order of the network's inputs a0, b0, a1, ..."""
    numbers = {"a": a, "b": b}
    return np.column_stack([numbers[str(name)[0]] >> int(str(name)[1:]) & 1 for name in net.inputs])


def wrong_sums(net: ns.Network, bits: int) -> int:
    """How many of all sums of two numbers the network gets wrong."""
    a, b = np.divmod(np.arange(4**bits), 2**bits)
    return int((ns.respond(net, stimulus(net, a, b)) @ 2 ** np.arange(bits + 1) != a + b).sum())


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell of single gates, of the tie, of a formula and of the adder."""
    story.title("One neuron, one judgement")
    story.say(
        "Two inputs, a and b, are each 1 if a proposition is true and 0 if not. A neuron adds up input times weight. "
        "If the sum reaches its threshold, theta, it fires: its output is y = 1 if sum >= theta, else 0. Six neurons:"
    )
    story.table(["neuron", "weight of a", "weight of b", "theta", "it says"], [[k, *v] for k, v in GATES.items()])
    with_theta, with_bias = gates("threshold"), gates("bias")
    answers = ns.respond(with_theta, CASES)
    story.say("Their truth tables, as the neurons answer:")
    story.table(["a", "b", *GATES], np.column_stack([CASES, answers]).astype(int).tolist())
    meant = np.column_stack([ns.logic.truth_table(says).Y for *_, says in GATES.values()])
    story.claim("answers that differ from what the formula says", int((answers != meant).sum()), equals=0)
    story.say("The second form puts the threshold on the other side, as a bias b = -theta: y = 1 if b + sum >= 0.")
    story.claim("biases that are not -theta", int((with_bias.biases != -with_theta.thresholds).sum()), equals=0)
    unlike = int((ns.respond(with_bias, CASES) != meant).sum())
    story.claim("answers of the second form that differ from what the formula says", unlike, equals=0)
    story.picture(ns.plot(with_theta), "gates", "Six gates, a neuron each: red excites, blue inhibits, theta below.")

    story.title("A tie fires")
    weights, theta = (np.array([gate[:2] for gate in GATES.values()]).T, with_theta.thresholds[2:])
    tie = CASES @ weights == theta
    story.say(
        f"In {tie.sum()} of these {tie.size} cases the sum is exactly theta: a tie. By the rule, >= and not >, a tie "
        "fires. Every one of these gates is right only because of that."
    )
    story.claim("ties in which the neuron is silent", int((answers[tie] == 0).sum()), equals=0)
    story.claim("gates that have a tie", int(tie.any(axis=0).sum()), equals=len(GATES))
    clear = ns.respond(gates("threshold", shift=-0.5), CASES)
    story.say("Thresholds that are lower by one half leave no ties, and change no answer.")
    story.claim("answers that change when thresholds are lowered by 1/2", int((clear != answers).sum()), equals=0)
    graded = ns.respond(with_theta.with_mode("sigmoid"), CASES)
    story.say(
        "A graded neuron on the same weights (a sigmoid: the further the sum is above theta, the nearer its rate is to "
        f"1) answers {graded[0, 0]:.2f} to 'and' if both inputs are 0, {graded[1, 0]:.2f} for one, {graded[3, 0]:.2f} "
        "at the tie. All or none is a simplification: it makes a decision of a degree."
    )
    story.claim(
        "a graded neuron's answer at every tie", float(np.ptp(graded[tie]) + graded[tie][0]), equals=0.5, places=9
    )

    story.title("Several neurons, one formula")
    written, small = (ns.logic.network(EXAMPLE, shape=shape) for shape in ("literal", "small"))
    table = ns.logic.truth_table(EXAMPLE)
    story.say(f"ns.logic.network({EXAMPLE!r}) makes a neuron of each connective. The table of the formula:")
    story.show(str(table))
    for net, how in ((written, "as it is written"), (small, "as small as possible")):
        unlike = int((ns.respond(net, table.X) != table.Y).sum())
        story.claim(f"{how}: rows of the table that the network gets wrong", unlike, equals=0)
    story.claim("as small as possible: neurons", len(small) - len(small.inputs), equals=1)
    story.picture(ns.plot(written), "formula", "A formula as it is written: a neuron for each connective.")
    story.say("One neuron can do it all: a and b excite it, c inhibits it twice as much.")
    story.show(small[EXAMPLE])
    story.say(f"And back: ns.logic.formula(net) reads off a network what it says: {ns.logic.formula(small)}.")
    story.claim("the formula that is read off says the same", ns.logic.equivalent(small, EXAMPLE))
    try:
        ns.logic.parse("(a adn b) or not c")
    except ns.FormulaError as error:
        story.say("A formula that cannot be read is answered with the place:")
        story.show(str(error))

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
        "neurons one after the other, 'small' as few neurons as were found. A step is the time of one neuron."
    )
    nets = {shape: adder(bits, shape) for shape in ("literal", "shallow", "small")}
    neurons = {shape: len(net) - len(net.inputs) for shape, net in nets.items()}
    steps = {shape: ns.workload(net).depth for shape, net in nets.items()}
    wrong = {shape: wrong_sums(net, bits) for shape, net in nets.items()}
    story.table(
        ["shape", "neurons", "synapses", "steps", "largest weight", "wrong sums"],
        [
            [shape, neurons[shape], len(net.synapses), steps[shape], int(np.abs(net.weights).max()), wrong[shape]]
            for shape, net in nets.items()
        ],
    )
    for shape in nets:
        story.claim(f"{shape}: wrong sums, of all {4**bits}", wrong[shape], equals=0)
    story.say(
        "'shallow' has all carries at once: each looks at all columns to its right, with weights 1, 2, 4, ... as the "
        "columns count. 'small' finds the first digit first; whoever fires takes its worth away from all that come "
        "after, and leaves them the rest. It has one neuron for each digit of the answer; no adder can have fewer."
    )
    story.claim("shallow: steps", steps["shallow"], at_most=2)
    story.claim("small: neurons, one for each digit of the sum", neurons["small"], equals=len(nets["small"].outputs))
    story.claim("small: steps, for its digits wait for each other", steps["small"], equals=bits + 1)
    a, b = np.random.default_rng(story.seed).integers(2 ** (bits - 1), 2**bits, size=(2, 1))
    for shape in ("small", "shallow"):
        net = nets[shape]
        shown = ns.plot(net, rates=ns.activity(net, stimulus(net, a, b)[0]))
        said = f"{a[0]} + {b[0]} = {a[0] + b[0]} in the adder '{shape}': what is yellow fires."
        story.picture(shown, f"adder_{shape}", said, cover=shape == "shallow")


@main.question("Five inputs with weight 1 each: with which threshold does a neuron fire if most of them do?")
def most_of_five() -> int:
    """The whole number with which it never differs from the count."""
    cases = list(itertools.product((0, 1), repeat=5))
    right = [
        theta
        for theta in range(7)
        if all(ns.Neuron(dict.fromkeys("abcde", 1), theta).fire(case) == (sum(case) > 2) for case in cases)
    ]
    return right[0]


@main.question(
    "If a tie did not fire, how many of the eight rows would the single neuron for '(a and b) or not c' get wrong?",
    hint="Its weights are 1, 1 and -2, its theta 0. In which rows is the sum exactly 0?",
)
def wrong_without_ties() -> int:
    """The same neuron with a threshold just above theta answers as if a tie did not fire."""
    table = ns.logic.truth_table(EXAMPLE)
    neuron = ns.Neuron({"a": 1, "b": 1, "c": -2}, threshold=0.5)
    return sum(int(neuron.fire(row[:3]) != row[3]) for row in table)


@main.question(
    "Two inputs have 16 possible truth tables. How many of them can a single neuron have?",
    hint="All but two. Which two neither excitation nor inhibition can do is the story of 'xor_impossible'.",
)
def tables_of_one_neuron() -> int:
    """Tried with weights -1, 0 and 1 and every threshold that makes a difference."""
    sums = [CASES @ weights for weights in itertools.product((-1, 0, 1), repeat=2)]
    return len({tuple(total >= theta) for total in sums for theta in range(-2, 4)})


if __name__ == "__main__":
    main.run_as_script()
