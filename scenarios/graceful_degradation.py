"""Graceful degradation: how a reader of digits fails as its cells are lost, by code and by kind of cell (L7).

Brains lose cells all the time, and mostly nobody notices; a stroke takes a region, and one faculty is gone (Broca 1861,
Paris). Lashley (1929, Chicago) cut ever more of rats' cortex and found that it mattered how much he took, hardly where.
Whether small damage does small harm is a question of the code. In a *localised* code a thing is known by cells of its
own, in the extreme by one "grandmother cell" (Lettvin 1969); in a *distributed* one it is a pattern over many cells,
each in many things. McClelland, Rumelhart and Hinton (1986) held that distributed codes fail gracefully.

Three brains read digits with 40 hidden cells. They differ in one thing: which of them an output cell hears. All 40
(distributed); four that it shares with no other output (localised); or, as a control, four drawn at random. What the
model assumes: the code is put in by hand, as wiring; what follows from it is not. Cells are lost at random and at
once, and nothing is learnt afterwards. Left out: repair, slow decline, and damage that spreads.
"""

import functools

import networkx as nx
import numpy as np

import neurosim as ns

HIDDEN, OWN, DIGITS = 40, 4, 10
CODES = {
    "distributed": ns.wiring.all_to_all(),
    "localised": ns.wiring.explicit([(cell, cell // OWN) for cell in range(HIDDEN)]),
    "random four": ns.wiring.fixed_indegree(OWN),
}
MODES = ("relu", "sigmoid", "tanh", "binary")


def reader(code: str, mode: str, seed: int) -> ns.Network:
    """A retina, hidden cells in one mode, and a cell for each digit."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", size=64)
    regions.add_node("hidden", size=HIDDEN, mode=mode)
    regions.add_node("digit", size=DIGITS, mode="linear", output=True)
    regions.add_edge("retina", "hidden")
    regions.add_edge("hidden", "digit", wiring=CODES[code])
    return ns.Network.from_regions(regions, rng=seed)


def taught(code: str, mode: str, seed: int, story: ns.Story) -> tuple[ns.Network, ns.Task]:
    """A trained brain, and the digits that it has not seen."""
    data = ns.datasets.digits()
    part = slice(None, None, 2 if story.quick else 1)
    brain = reader(code, mode, seed)
    train = functools.partial(ns.train, brain, data.train[0][part], data.train[1][part], loss="cross_entropy")
    surrogate = "sigmoid" if mode == "binary" else None
    epochs = 12 if story.quick else 20
    train(optimizer=ns.Adam(0.02), batch_size=100, epochs=epochs, surrogate=surrogate, rng=seed)
    return brain, ns.Task("digits", data.test[0][part], data.test[1][part], "digit")


def accuracy(brain: ns.Network, task: ns.Task, share: float, *, filled_in: bool = False) -> float:
    """The share of digits read rightly with this share of the hidden cells lost: the mean of three draws.

    With `filled_in`, what each lost cell sent in the mean is added to the biases of the outputs that heard it.
    """
    found, biases = [], brain.biases.copy()
    sent = mean_sent(brain, task) if filled_in else {}
    for draw in range(3 if 0 < share < 1 else 1):
        with ns.lesion(brain, regions="hidden", fraction=share, rng=draw) as damage:
            if filled_in:
                brain.biases = biases + sum(sent[cell] for cell in damage.neurons)
            found.append(task.accuracy(brain))
            brain.biases = biases
    return float(np.mean(found))


def mean_sent(brain: ns.Network, task: ns.Task) -> dict[object, np.ndarray]:
    """What each hidden cell sends in the mean, weight times rate: an array over all cells of the brain."""
    place = {name: i for i, name in enumerate(brain.names)}
    rates = ns.activity(brain, task.X).mean(axis=0)
    sent: dict[object, np.ndarray] = {cell: np.zeros(len(brain)) for cell in brain.names}
    for (pre, post), weight in zip(brain.synapses, brain.weights, strict=True):
        sent[pre][place[post]] += weight * rates[place[pre]]
    return sent


def dearest_cell(brain: ns.Network, task: ns.Task) -> float:
    """What the loss of one hidden cell costs at most, in accuracy."""
    atlas = ns.lesion_atlas(brain, task, regions=[], neurons=brain.regions["hidden"], pairs=None)
    return float(atlas.drop.max())


def percent(found: ns.Estimate) -> str:
    """A share with half of its interval."""
    return f"{found.mean:.0%} ± {found.half_width:.0%}"


@ns.scenario
def main(story: ns.Story) -> None:
    """Teach brains of three codes and four kinds of cell, and take their cells away."""
    shares = [0, 0.1, 0.25, 0.5, 0.75]
    count = 10 if story.quick else 12
    seeds = range(count * story.seed, count * story.seed + count)
    right: dict[tuple[str, str], np.ndarray] = {}
    filled: dict[str, np.ndarray] = {}
    dearest: dict[tuple[str, str], ns.Estimate] = {}
    sham: list[float] = []
    for mode in MODES:
        for code in CODES:
            brains = [taught(code, mode, seed, story) for seed in seeds]
            right[code, mode] = np.array([[accuracy(*each, share) for share in shares] for each in brains])
            dearest[code, mode] = ns.Estimate([dearest_cell(*each) for each in brains])
            sham.extend([task.accuracy(brain) for brain, task in brains] - right[code, mode][:, 0])
            if code == "distributed":
                filled[mode] = np.array([accuracy(*each, 0.5, filled_in=True) for each in brains])

    def at(share: float, code: str, mode: str) -> ns.Estimate:
        return ns.Estimate(right[code, mode][:, shares.index(share)])

    story.title("One cell, a quarter of the cells, half of them")
    story.say(
        f"Each kind of brain is trained {len(seeds)} times, from other first weights. Then hidden cells fall silent: a "
        "share of them, drawn three times, or each cell alone. The table says how many digits never seen before are "
        "read rightly (the mean over the brains, and half of the interval that holds the true mean in 95 of 100 "
        "cases), and what the dearest single cell costs. By guessing, a brain is right in a tenth."
    )
    rows = [
        [mode, code, *map(percent, [*(at(share, code, mode) for share in (0, 0.25, 0.5)), dearest[code, mode]])]
        for mode in MODES
        for code in CODES
    ]
    story.table(["cells", "code", "none lost", "a quarter", "half", "dearest"], rows)
    story.claim("control, lesions of no cell: largest change of accuracy", float(np.abs(sham).max()), equals=0)
    worst = min((at(0, *kind) for kind in right), key=lambda found: found.mean)
    text = "accuracy of the worst kind of brain with all its cells"
    story.claim(text, worst, at_least=0.85 if story.quick else 0.9)

    story.title("Is it the code?")
    one, four, control = (at(0.25, code, "relu") for code in CODES)
    story.say(
        f"With ReLU cells, yes. A quarter of the cells gone leaves the distributed brains {one.mean:.0%}, the "
        f"localised ones {four.mean:.0%}; the dearest cell of a localised brain costs "
        f"{dearest['localised', 'relu'].mean:.0%} in the mean, a digit or more. But look at the control. Four cells "
        f"drawn at random, which outputs share, are no safer ({control.mean:.0%}). As far as these three tell, what "
        "protects is not that a cell takes part in many things, but that an output hears many cells: put in by hand, "
        f"as wiring. With tanh cells, which answer from -1 to 1, even that matters little "
        f"({at(0.25, 'distributed', 'tanh').mean:.0%} and {at(0.25, 'localised', 'tanh').mean:.0%})."
    )
    text = "ReLU, a quarter lost: accuracy, distributed beyond localised"
    story.claim(text, one.minus(four), at_least=0)
    text = "ReLU: what the dearest cell costs, localised beyond distributed"
    story.claim(text, dearest["localised", "relu"].minus(dearest["distributed", "relu"]), at_least=0)
    text = "control, ReLU, a quarter lost: accuracy, distributed beyond four at random"
    story.claim(text, one.minus(control), at_least=0)
    curves = {code: right[code, "relu"].T for code in CODES}
    draw = functools.partial(
        ns.charts.repeated, shares, xlabel="share of hidden cells lost", ylabel="accuracy", percent=True
    )
    caption = "ReLU cells: a distributed code fails little by little; where an output hears four cells, at once."
    story.picture(draw(curves), "codes", caption, cover=True)

    story.title("Is it graded or binary?")
    half = {mode: at(0.5, "distributed", mode) for mode in MODES}
    story.say(
        f"With half of their cells, distributed brains of binary cells still read {half['binary'].mean:.0%}, of "
        f"sigmoid cells {half['sigmoid'].mean:.0%}, of ReLU cells {half['relu'].mean:.0%}, and of tanh cells "
        f"{half['tanh'].mean:.0%}. So graded cells are found at both ends: that is not what makes safe."
    )
    story.claim("half lost: accuracy, distributed, binary beyond ReLU", half["binary"].minus(half["relu"]), at_least=0)
    story.claim("half lost: accuracy, distributed, tanh beyond binary", half["tanh"].minus(half["binary"]), at_least=0)
    curves = {mode: right["distributed", mode].T for mode in MODES}
    caption = "Distributed codes: how little a cell is missed is not a matter of graded or binary."
    story.picture(draw(curves), "cells", caption)

    story.title("What is missed")
    gain = {mode: ns.Estimate(filled[mode]).minus(half[mode]) for mode in MODES}
    story.say(
        "A cell that falls silent takes two things with it: what it would have said of this digit, and what it says of "
        "all digits alike, its mean, which the outputs have learnt to count on. Give them back the means alone, by a "
        f"change of their biases. With half of the cells lost that gains ReLU brains {gain['relu'].mean:.0%}, sigmoid "
        f"{gain['sigmoid'].mean:.0%}, binary {gain['binary'].mean:.0%}; then they read {filled['relu'].mean():.0%}, "
        f"{filled['sigmoid'].mean():.0%} and {filled['binary'].mean():.0%}. Tanh cells are the control: their mean is "
        f"near silence already, and they gain nothing ({gain['tanh'].mean:+.0%}). So a part of what lesions cost is a "
        "missing constant, not missing knowledge, and it differs between kinds of cell."
    )
    for mode in ("relu", "sigmoid", "binary"):
        story.claim(f"half lost: accuracy gained by filling in the means, {mode}", gain[mode], at_least=0)
    story.claim("control: the same, tanh", gain["tanh"], at_most=0.03)


@main.question(
    "A localised code gives each of ten things one cell. Three of the ten cells die. How many things in ten are still "
    "known?",
    hint="Each cell takes its thing with it.",
)
def things_known() -> int:
    """Ten cells, each onto one output of its own; an output that hears nothing stays silent."""
    brain = ns.Network.from_arrays(range(10), range(10, 20), [1.0] * 10, thresholds=[0] * 10 + [1] * 10)
    with ns.lesion(brain, neurons=[0, 4, 7]):
        return int(ns.respond(brain, np.eye(10)).diagonal().sum())


@main.question(
    "A cell votes if at least 3 of the 5 cells that it hears fire, and all 5 do. How many of them may die before it "
    "falls silent?",
    hint="Its threshold is 3, each dendrite has the weight 1.",
)
def cells_to_spare() -> int:
    """Take them away one by one."""
    brain = ns.Network.from_arrays(range(5), [5] * 5, [1.0] * 5, thresholds=[0] * 5 + [3])
    for lost in range(5):
        with ns.lesion(brain, synapses=[(cell, 5) for cell in range(lost + 1)]):
            if not ns.respond(brain, np.ones(5))[0]:
                return lost
    return 5


if __name__ == "__main__":
    main.run_as_script()
