"""Binary against graded: one brain with all-or-none, sigmoid or ReLU cells, and what each is good for (L10, L15, L16).

A cortical cell sends impulses, all of one size, and yet what it tells seems to lie in how many there are: its rate.
McCulloch and Pitts (1943, Chicago) kept the impulse and dropped the rate: a cell says 1 or 0. The sigmoid, and later
the ReLU (Nair and Hinton 2010, Toronto), kept the rate and dropped the impulse. Here one wiring runs in all three ways.

Only the hidden cells change. The output cells stay graded, so that all brains learn by one loss. Each brain is
trained from several seeds; for one seed all kinds have the same weights at birth (scaled to suit each), the same
samples and the same noise. A *hardened* brain is a trained graded one whose hidden cells are then made binary,
without further training. The model leaves out time: an impulse needs none, and neither does counting a rate.
"""

import functools

import networkx as nx
import numpy as np

import neurosim as ns

COLUMNS = {"accuracy": ("right", 2), "steps": ("steps", 0), "information": ("bits a cell", 2), "rate": ("rate", 1)}


def brain(inputs: int, hidden: int, outputs: int) -> ns.Network:
    """One hidden layer; a single output answers yes or no, several are scores of classes."""
    regions: nx.DiGraph[str] = nx.DiGraph([("x", "hidden"), ("hidden", "y")])
    regions.add_node("x", size=inputs)
    regions.add_node("hidden", size=hidden, mode="relu")
    regions.add_node("y", size=outputs, mode="sigmoid" if outputs == 1 else "linear")
    return ns.Network.from_regions(regions, rng=0)


def tell(story: ns.Story, found: ns.Comparison) -> None:
    """The figures, a line for each brain."""
    rows = [[name, *(found[it][name].written(places) for it, (_, places) in COLUMNS.items())] for name in found.brains]
    story.table(["hidden cells", *(text for text, _ in COLUMNS.values())], rows)


def lost(found: ns.Comparison, mode: str) -> float:
    """How much accuracy a brain loses when it is hardened."""
    return found.difference("accuracy", mode, f"{mode}, hardened").mean


@ns.scenario
def main(story: ns.Story) -> None:
    """Compare on XOR, on two moons and on digits."""
    quick = story.quick
    modes = ("binary", "sigmoid", "relu")
    compare = functools.partial(ns.compare, modes=modes, repeats=2 if quick else 4, rng=story.seed)

    story.title("XOR: can all-or-none cells learn at all?")
    story.say(
        "Eight hidden cells, four rows to learn. Learning follows the slope of each cell's curve: how much its rate "
        "changes when its drive (what its dendrites bring, minus its threshold) changes a little. A step has no slope. "
        "So binary cells are taught by a stand-in, a surrogate: while errors are passed back, each step is taken for a "
        "smooth curve; forward, it stays a step."
    )
    count, adam = 4 if quick else 10, ns.Adam(0.1)
    xor = compare(
        brain(2, 8, 1), *ns.datasets.xor(), held_out=0, seeds=count, epochs=60 if quick else 100, optimizer=adam
    )
    story.say(
        f"Means over {count} seeds, and half of the interval that holds the true mean in 95 of 100 cases. Right: the "
        "share of samples answered rightly. Steps: changes of the weights until 95 % were right (≥: some brains never "
        "got there, and count with all their steps). Bits a cell: what the rate of one hidden cell tells about the "
        "class; 1 bit would settle a yes or no. Rate: of all hidden cells together in one decision; for binary cells "
        "that is the number of impulses."
    )
    tell(story, xor)
    own, taught = xor["binary"]["no_gradient"].mean, xor["binary"]["no_gradient_surrogate"].mean
    story.say(
        f"Of the ReLU cells {xor['relu']['no_gradient'].mean:.0%} are silent for all four rows; no error reaches them. "
        f"Hardening costs the sigmoid brains {lost(xor, 'sigmoid'):.0%} of the rows and the ReLU brains "
        f"{lost(xor, 'relu'):.0%}."
    )
    story.claim("XOR: share of binary cells without a slope of their own", own, equals=1)
    story.claim("XOR: share of them without one, with the surrogate", taught, equals=0)
    story.claim("XOR: share of rows that binary brains answer rightly", xor["binary"]["accuracy"].mean, at_least=0.9)
    story.claim("XOR: what ReLU brains lose when hardened", lost(xor, "relu"), at_least=0.1)

    story.title("Two moons: where the border runs")
    story.say(
        "Two classes that reach into each other; twelve hidden cells. A quarter of the samples is not learnt but "
        "measured on. A binary cell cuts the plane in two along a line, and says on which side a point lies; so binary "
        "brains answer in patches, between the lines of their cells, and graded ones smoothly."
    )
    X, labels = ns.datasets.moons(200 if quick else 300, noise=0.15, rng=story.seed)
    seeds, epochs = (3, 40) if quick else (5, 60)
    moons = compare(brain(2, 12, 1), X, labels, seeds=seeds, epochs=epochs, optimizer=ns.Adam(0.2))
    tell(story, moons)
    story.claim("moons: accuracy of the worst mode", min(moons["accuracy"][m].mean for m in modes), at_least=0.85)
    grid = np.stack(np.meshgrid(np.linspace(-1, 2, 40), np.linspace(-1, 1.5, 40)), axis=-1).reshape(-1, 2)
    levels = {name: len(np.unique(ns.respond(moons.networks[name][0], grid).round(9))) for name in modes}
    story.say(f"Different answers at {len(grid):,} points: binary {levels['binary']}, ReLU {levels['relu']:,}.")
    story.claim("moons: different answers, ReLU over binary", levels["relu"] / levels["binary"], at_least=5)
    drawing = ns.plot(moons, measures=[] if quick else ["accuracy", "steps", "information"])
    caption = "In patches where cells are binary, smoothly where they are graded. Hardened brains keep the weights."
    story.picture(drawing, "moons", caption, cover=True)

    story.title("Digits: what a cell tells, and what damage does")
    data, part = ns.datasets.digits(), slice(None, None, 3 if quick else 1)
    seeds, epochs = (2, 8) if quick else (3, 6)
    digits = compare(
        brain(64, 48, 10), data.X[part], data.labels[part], seeds=seeds, epochs=epochs, optimizer=ns.Adam(0.012)
    )
    tell(story, digits)
    more, safer = digits.difference("information", "sigmoid"), digits.difference("lesions", "binary", "relu")
    cost, extra = digits.difference("accuracy", "relu"), lost(digits, "relu") - lost(digits, "sigmoid")
    story.say(
        f"Kept: with 48 hidden cells the binary brain reads {digits['accuracy']['binary'].mean:.1%} of new digits, the "
        f"ReLU brain {digits['accuracy']['relu'].mean:.1%}. Lost: a binary cell tells {more.mean:.2f} bits less than a "
        f"sigmoid cell. Hardening changes the sigmoid brain's share by {-lost(digits, 'sigmoid'):+.1%} and the ReLU "
        f"brain's by {-lost(digits, 'relu'):+.1%}: a sigmoid cell says mostly on which side of its threshold it is, a "
        "ReLU cell how far. Gained: with a tenth to a half of the hidden cells silenced, the binary brain reads "
        f"{digits['lesions']['binary'].mean:.1%}, the ReLU brain {digits['lesions']['relu'].mean:.1%}."
    )
    story.claim("digits: accuracy that binary cells cost, against ReLU", cost.mean, at_most=0.05)
    story.claim("digits: bits that a sigmoid cell tells beyond a binary one", more.mean, at_least=0.1)
    story.claim("digits: accuracy that hardening costs ReLU beyond sigmoid", extra, at_least=0.1)
    story.claim("digits: accuracy under lesions, binary beyond ReLU", safer.mean, at_least=0.02)
    panels = ["lesions", "accuracy", "information"]
    drawing = ns.plot(digits, measures=panels if quick else ["input_noise", "weight_noise", *panels, "rate"])
    caption = "How reading falls with noise and damage, and what cells tell and spend. Hollow: hardened."
    story.picture(drawing, "digits", caption)


@main.question("How many binary cells does it take to say as much as one cell with 16 rates?", hint="Count bits.")
def cells_for_sixteen_rates() -> int:
    """Each binary cell doubles the number of patterns."""
    return next(n for n in range(16) if 2**n >= 16)


@main.question(
    "A ReLU cell has the threshold 0 and answers drives of -1, 0.5 and 3. By how much do its rates for the last two "
    "differ once it is hardened?",
    hint="Hardened, it fires or does not.",
)
def difference_when_hardened() -> float:
    """Both drives are above the threshold."""
    cell = ns.Neuron({"x": 1}, threshold=0, mode="binary")
    return cell.fire(x=3) - cell.fire(x=0.5)


if __name__ == "__main__":
    main.run_as_script()
