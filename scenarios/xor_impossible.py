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

XOR, XNOR, AND = [0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1]  # for the rows 00, 01, 10, 11
PROOFS = {
    "XOR": (XOR, "Add rows 2 and 3, subtract rows 1 and 4: 0 > 0."),
    "XNOR": (XNOR, "Add rows 1 and 4, subtract rows 2 and 3: 0 > 0."),
}
KNOWN = {2: 14, 3: 104, 4: 1_882}  # Muroga, Threshold Logic and its Applications (1971)


def rows_of(inputs: int) -> np.ndarray:
    """Every row of a truth table, such as 00, 01, 10, 11."""
    return np.array(list(itertools.product([0, 1], repeat=inputs)))


def able(inputs: int, answers: np.ndarray) -> bool:
    """Whether there is a neuron that gives these answers to the rows."""
    return ns.separability(rows_of(inputs), answers == 1).separable


def families(inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """One truth table of each family, and how many belong to it.

    Exchange two inputs, negate one, or negate the answer: with weights exchanged or turned round a neuron does so too.
    """
    X, numbers = rows_of(inputs), np.arange(2**2**inputs)
    tables = numbers[:, None] >> np.arange(len(X)) & 1  # a row for each table, a column for each row of it
    exchanged = [X[:, np.roll(range(inputs), 1)], X[:, [1, 0, *range(2, inputs)]]]
    moved = [rows @ 2 ** np.arange(inputs)[::-1] for rows in (*exchanged, X ^ (np.arange(inputs) == 0))]
    relatives = [tables[:, places] @ 2 ** np.arange(len(X)) for places in moved] + [numbers[::-1]]
    family, before = numbers, numbers[:0]
    while not np.array_equal(family, before):  # everyone takes the smallest number of a relative
        before = family
        for relative in relatives:
            family = np.minimum(family, family[relative])
    first, sizes = np.unique(family, return_counts=True)
    return tables[first], sizes


@ns.scenario
def main(story: ns.Story) -> None:
    """Prove it for XOR and XNOR, then count all functions of two, three and four inputs."""
    X = rows_of(2)
    story.title("Two truth tables")
    story.say(
        "The slide's table says (1,1) -> 1, (0,0) -> 1, (1,0) -> 0, (0,1) -> 0: fire if both inputs are equal. That is "
        "XNOR; XOR is its opposite. Neither is within reach of one neuron, so here are both, and AND, which is."
    )
    story.table(["x1", "x2", "XOR", "XNOR", "AND"], np.column_stack([X, XOR, XNOR, AND]).tolist())
    story.say(
        "To fire, a neuron needs w1 x1 + w2 x2 >= threshold, where w1 and w2 are its weights; to stay silent it needs "
        "the opposite. So each row of the table is an inequality. Below they are written out, with the way to add "
        "them; to subtract a row is to add it turned round. A class is the rows that are to fire, or those that are "
        "not; its hull is all that lies between its rows: of two rows, the line from one to the other."
    )
    for name, (answers, words) in PROOFS.items():
        story.title(f"{name}: the four inequalities contradict each other")
        found = ns.separability(X, answers)
        story.show(found)
        proof = found.certificate
        story.claim(f"a neuron for {name} exists", found.separable, equals=False)
        story.claim(f"why there is none for {name}", proof.words if proof else "", equals=words)
        story.claim(f"the proof for {name} holds in exact arithmetic", proof is not None and proof.holds(X, answers))
        caption = f"{name}: the line between the rows that are to fire crosses the line between those that are not."
        ax = ns.plot(found)
        ax.set_title(f"{name} is {ax.get_title(loc='left')}", fontsize=9.5, loc="left")
        story.picture(ax, name.lower(), caption, cover=name == "XOR")

    story.title("AND: a neuron, for comparison")
    both = ns.separability(X, AND)
    story.show(both)
    story.say("Its margin is how far the nearest rows are from its line; no neuron keeps farther away from all.")
    said = "".join("-" if both.neuron is None else f"{both.neuron.fire(row):.0f}" for row in X.tolist())
    story.claim("the AND neuron's answers to 00, 01, 10, 11", said, equals="0001")

    story.title("How many functions can one neuron compute?")
    story.say(
        "Of n inputs there are 2^n rows and 2^(2^n) truth tables. For two and three inputs all of them are tried, each "
        "with a neuron or a proof as the result. For four it is enough to try one of each family: exchange inputs, "
        "turn one round (0 for 1), or turn the answer round, and the neuron needs no more than other signs."
    )
    shares = {}
    for n, known in KNOWN.items():
        tables, sizes = families(n)
        count = int(sum(size for table, size in zip(tables, sizes, strict=True) if able(n, table)))
        story.claim(f"threshold functions of {n} inputs, in {len(tables)} families", count, equals=known)
        if n < 4:
            story.claim("the same, all tried", sum(able(n, table) for table in rows_of(2**n)), equals=known)
        shares[f"{n} inputs: {count:,} of {2**2**n:,}"] = count / 2**2**n
    caption = "The share of all truth tables that one neuron can compute falls fast with the number of inputs."
    story.picture(ns.charts.bars(shares, xlabel="share within reach of one neuron", percent=True), "counts", caption)
    story.say(
        "XOR is no curiosity: the more inputs, the rarer the tables that one neuron can do. Hence hidden neurons."
    )


@main.question("How many of the four rows of XOR can one neuron get right?", hint="Leave out one row and look again.")
def most_rows() -> int:
    """Try all answers that a neuron can give."""
    return max(int((table == XOR).sum()) for table in rows_of(4) if able(2, table))


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
