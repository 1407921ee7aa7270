"""XOR is beyond one neuron: not a search that failed but a proof, drawn; and what else is beyond it (L13).

A neuron that fires or does not, by a weighted sum and a threshold, draws one straight line through the plane of its
two inputs: it fires on one side of it. Minsky and Papert (Perceptrons, MIT Press 1969) made famous what such a neuron
cannot do; the smallest example is "one or the other, but not both". Here nobody tries weights and gives up. Each row
of the truth table demands an inequality; added up in the right way they say 0 > 0, so there are no such weights. Such
a proof is called a certificate, and it is checked in exact arithmetic.

What the model leaves out: a real dendrite is more than a sum. Cells of the human cortex were found whose dendrites
alone compute XOR (Gidon et al., Science 367, 2020).
"""

import itertools

import numpy as np

import neurosim as ns

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
TABLES = {"XOR": [0, 1, 1, 0], "XNOR": [1, 0, 0, 1], "AND": [0, 0, 0, 1]}
PROOFS = {
    "XOR": "Add rows 2 and 3, subtract rows 1 and 4: 0 > 0.",
    "XNOR": "Add rows 1 and 4, subtract rows 2 and 3: 0 > 0.",
}
KNOWN = {2: 14, 3: 104, 4: 1_882}  # Muroga, Threshold Logic and its Applications (1971)


def rows_of(inputs: int) -> np.ndarray:
    """Every row of a truth table, such as 00, 01, 10, 11."""
    return np.array(list(itertools.product([0, 1], repeat=inputs)))


def separable(X: np.ndarray, fires: np.ndarray) -> bool:
    """Whether there is a neuron that fires for these rows and no others."""
    return ns.separability(X, fires).separable


def in_families(inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """All functions, one of each family, and how large its family is.

    A neuron that computes a function computes the others of its family too, with the inputs in another order, with
    the opposite of an input, or with the opposite answer: by exchanging weights or turning their signs.
    """
    X, bits = rows_of(inputs), 2 ** np.arange(2**inputs)
    functions = np.arange(2 ** len(X))
    answers = functions[:, None] // bits % 2  # a row for each function
    swaps = [np.r_[np.arange(i), i + 1, i, np.arange(i + 2, inputs)] for i in range(inputs - 1)]
    others = [X[:, swap] for swap in swaps] + [X ^ (np.arange(inputs) == i) for i in range(inputs)]
    places = [(rows @ 2 ** np.arange(inputs)[::-1]) for rows in others]
    relatives = [answers[:, place] @ bits for place in places] + [functions[::-1]]
    family, before = functions, functions[:0]
    while not np.array_equal(family, before):  # everyone takes the smallest number of a relative
        before = family
        for relative in relatives:
            family = np.minimum(family, family[relative])
    first, sizes = np.unique(family, return_counts=True)
    return answers[first], sizes


def count(inputs: int) -> int:
    """How many Boolean functions of so many inputs one neuron can compute."""
    X = rows_of(inputs)
    return sum(int(size) for answers, size in zip(*in_families(inputs), strict=True) if separable(X, answers == 1))


@ns.scenario
def main(story: ns.Story) -> None:
    """Prove it for XOR and XNOR, then count all functions of two, three and four inputs."""
    story.title("Two truth tables")
    story.say(
        "The slide's table says (1,1) -> 1, (0,0) -> 1, (1,0) -> 0, (0,1) -> 0: fire if both inputs are equal. That is "
        "XNOR; XOR is its opposite. Neither is within reach of one neuron, so here are both, and AND, which is."
    )
    story.table(["x1", "x2", *TABLES], np.column_stack([SQUARE, *TABLES.values()]).tolist())
    for name in ("XOR", "XNOR"):
        story.title(f"{name}: the four inequalities contradict each other")
        found = ns.separability(SQUARE, TABLES[name])
        story.say(
            "To fire, a neuron needs w1 x1 + w2 x2 >= threshold, and to stay silent the opposite. One line for each "
            "row of the table, then how to add them up:"
        )
        story.show(found)
        proof = found.certificate
        story.claim(f"a neuron for {name} exists", found.separable, equals=False)
        story.claim(f"why there is none for {name}", proof.words if proof else "", equals=PROOFS[name])
        story.claim("this holds in exact arithmetic", proof is not None and proof.holds(SQUARE, TABLES[name]))
        caption = f"{name}: the line between the rows that are to fire crosses the line between those that are not."
        story.picture(ns.plot(found), name.lower(), caption, cover=name == "XOR")

    story.title("AND: a neuron, for comparison")
    both = ns.separability(SQUARE, TABLES["AND"])
    story.show(both)
    answers = [0.0 if both.neuron is None else both.neuron.fire(row) for row in SQUARE.tolist()]
    story.claim("the neuron's answers to 00, 01, 10, 11", "".join(f"{y:.0f}" for y in answers), equals="0001")
    story.picture(ns.plot(both), "and", "AND: a straight line with the widest gap on both sides.")

    story.title("How many functions can one neuron compute?")
    story.say(
        "Of n inputs there are 2^n rows and 2^(2^n) truth tables. For two and three inputs all of them are tried, each "
        "with a neuron or a proof as the result. For four it is enough to try one of each family: exchange inputs, "
        "negate one, or negate the answer, and a neuron for one is a neuron for all."
    )
    counts = {inputs: count(inputs) for inputs in KNOWN}
    for inputs in (2, 3):
        able = sum(separable(rows_of(inputs), table == 1) for table in rows_of(2**inputs))
        story.claim(f"threshold functions of {inputs} inputs, of {2**2**inputs}", able, equals=KNOWN[inputs])
        story.claim(f"the same for {inputs} inputs, counted by families", counts[inputs], equals=able)
    families = len(in_families(4)[1])
    story.claim(f"threshold functions of 4 inputs, of 65,536 (in {families} families)", counts[4], equals=KNOWN[4])
    shares = {f"{n} inputs: {able:,} of {2**2**n:,}": able / 2**2**n for n, able in counts.items()}
    caption = "The share of all truth tables that one neuron can compute falls fast with the number of inputs."
    story.picture(ns.charts.bars(shares, xlabel="share within reach of one neuron", percent=True), "counts", caption)
    story.say(
        "XOR is no curiosity: the more inputs, the rarer the tables that one neuron can do. Hence hidden neurons."
    )


@main.question("How many of the four rows of XOR can one neuron get right?", hint="Leave out one row and look again.")
def most_rows() -> int:
    """Try all answers that a neuron can give."""
    tables = [table for table in rows_of(4) if separable(SQUARE, table == 1)]
    return max(int((table == TABLES["XOR"]).sum()) for table in tables)


@main.question("Can one neuron fire if at least two of its three inputs do?", hint="Equal weights, and a threshold.")
def majority() -> bool:
    """Ask for a neuron."""
    return separable(rows_of(3), rows_of(3).sum(axis=1) >= 2)


@main.question(
    "Fire if an odd number of three inputs do: how many rows does the shortest contradiction need?",
    hint="Hold the third input still, and look at what is left.",
)
def parity() -> int:
    """Ask for the proof."""
    proof = ns.separability(rows_of(3), rows_of(3).sum(axis=1) % 2).certificate
    return len(proof.rows) if proof else 0


if __name__ == "__main__":
    main.run_as_script()
