"""Memory held by activity: a bit kept over a delay, and running parity, learnt through time (L18, L25).

A monkey sees where food is hidden, a screen falls, and seconds later it reaches for the right place. In between, with
nothing to see, cells of its prefrontal cortex go on firing (Fuster and Alexander, Science 173, 1971; Goldman-Rakic,
Neuron 14, 1995): what is remembered is kept as activity that goes round.

Here cortical cells may hear what the others did one step of time, a tick, before: loops, a recurrent network (Elman,
Cognitive Science 14, 1990). It learns by backpropagation through time: the ticks are laid out one after the other, as
if they were layers, and the gradient walks back through all of them. Beside it stands one without loops. Left out:
impulses, and any wiring of the prefrontal cortex but all-to-all; a tick is no particular time.
"""

from typing import TypeAlias

import networkx as nx
import numpy as np

import neurosim as ns

Trials: TypeAlias = tuple[np.ndarray, np.ndarray]
GAP = 20  # ticks between seeing and being asked
CHANCE = 0.58  # of 1000 coin tosses, more than this share comes up heads once in 5 million times


def build(senses: int, cells: int, mode: str, seed: int, *, loops: bool = True) -> ns.Network:
    """Senses, a cortex and an answer; with `loops`, every cortical cell also hears what the others did a tick ago."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("senses", size=senses)
    regions.add_node("cortex", size=cells, mode=mode)
    regions.add_node("answer", size=1, mode="sigmoid")
    nx.add_path(regions, ["senses", "cortex", "answer"])
    if loops:
        regions.add_edge("cortex", "cortex", delay=1)
    return ns.Network.from_regions(regions, rng=seed)


def delayed_bits(trials: int, rng: np.random.Generator) -> Trials:
    """A bit is shown in the first tick, as +1 or -1; noise follows; in the last tick a second sense asks for it."""
    bits, X = rng.integers(2, size=trials), np.zeros((trials, GAP + 2, 2))
    X[:, 0, 0] = 2 * bits - 1
    X[:, 1:-1, 0] = 0.2 * rng.normal(size=(trials, GAP))
    X[:, -1, 1] = 1
    return X, bits


def bit_sequences(trials: int, rng: np.random.Generator, length: int) -> Trials:
    """A bit in every tick, as +1 or -1; wanted in every tick is whether the ones so far are odd in number."""
    bits = rng.integers(2, size=(trials, length))
    return (2.0 * bits - 1)[:, :, None], bits.cumsum(axis=1) % 2


def learn(net: ns.Network, seen: Trials, unseen: Trials, epochs: int, seed: int) -> float:
    """Train until 99 % of the unseen trials are right, or for so many epochs; the share right at the end."""
    history = ns.train(
        net,
        *seen,
        loss="binary_cross_entropy",
        optimizer=ns.Adam(0.01),
        epochs=epochs,
        rng=seed,
        clip_norm=1.0,
        surrogate="arctan",  # in place of the slope that binary cells do not have
        validation=unseen,
        callback=lambda _, measures: measures["validation_accuracy"] >= 0.99,
    )
    return float(history["validation_accuracy"][-1])


@ns.scenario
def main(story: ns.Story) -> None:
    """Train with and without loops, look at what the cortex does in between, and go on to parity."""
    seeds = range(story.seed, story.seed + (1 if story.quick else 3))
    story.title(f"A bit, to be remembered over {GAP} ticks")
    story.say(
        "In the first tick a sense shows +1 or -1. Then it shows noise, and in the last tick another sense asks: which "
        "was it? No synapse is slow enough to wait so long. What remembers must be activity that goes round. A network "
        "with loops and one without learn it from 256 such trials, and are asked in 1,000 others. Seeds are beginnings "
        "with other random weights and trials."
    )
    right: dict[bool, list[float]] = {True: [], False: []}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        seen, unseen = delayed_bits(256, rng), delayed_bits(1000, rng)
        for loops, epochs in ((False, 10), (True, 40)):
            brain = build(2, 12, "tanh", seed, loops=loops)
            right[loops].append(learn(brain, seen, unseen, epochs, seed))
    story.claim("bit, with loops: share of right answers, least of all seeds", min(right[True]), at_least=0.98)
    text = "bit, without loops: share of right answers, largest of all seeds (a coin: 0.5)"
    story.claim(text, max(right[False]), at_most=CHANCE)

    X, bits = delayed_bits(40, np.random.default_rng(story.seed + 1000))
    cortex = ns.simulate(brain, X, record="cortex")["cortex"]
    ones, zeros = cortex[bits == 1], cortex[bits == 0]
    half = GAP // 2
    apart, spreads = (ones.mean(axis=0) - zeros.mean(axis=0))[half], (ones.std(axis=0)[half], zeros.std(axis=0)[half])
    story.say(
        "Half way through, with nothing but noise to hear, the cortex of the network with loops still does one of two "
        "things, far apart beside how much each of them varies: it stays in one of two states, or swings between them "
        "in one of two steps. That is the memory."
    )
    distance = float(np.linalg.norm(apart) / sum(map(np.linalg.norm, spreads)))
    story.claim("half way: mean rates for bits 1 and 0, distance divided by spread", distance, at_least=1)
    cell = int(np.argmax(np.abs(apart)))
    lines = {"bit 1": ones[:, :, cell].mean(axis=0), "bit 0": zeros[:, :, cell].mean(axis=0)}
    ylabel = f"rate of cortex[{cell}], mean over the trials with that bit"
    caption = "One cell keeps the bit: shown in tick 0, still told apart in tick 21, with only noise in between."
    story.picture(
        ns.charts.curves(np.arange(GAP + 2), lines, xlabel="tick", ylabel=ylabel), "held", caption, cover=True
    )

    length = 6 if story.quick else 10
    story.title(f"Running parity of {length} bits")
    story.say(
        "In every tick a bit comes, and the answer is whether the ones so far are odd in number. Each tick asks for "
        "exclusive or: of the new bit, and of what the network said before. Graded cells (tanh) learn it, and binary "
        "ones by a surrogate, a curve in place of the slope that a step lacks (see xor_seeds); their rates stay 0 or 1."
    )
    for mode in ("tanh", "binary"):
        right_by_seed = []
        for seed in seeds:
            rng, brain = np.random.default_rng(seed), build(1, 16, mode, seed)
            seen, unseen = bit_sequences(512, rng, length), bit_sequences(1000, rng, length)
            right_by_seed.append(learn(brain, seen, unseen, 80, seed))
        text = f"parity, {mode} cells: share of right answers, least of all seeds"
        story.claim(text, min(right_by_seed), at_least=0.95)
    rates = ns.simulate(brain, unseen[0], record="cortex")["cortex"]
    story.claim("different rates that binary cells have in all trials and ticks", len(np.unique(rates)), equals=2)


@main.question(
    "In running parity the bits 1, 0, 1, 1 have come. Is the right answer yes (odd) now?",
    hint="Count the ones that have come.",
)
def odd() -> bool:
    """Three ones."""
    return bool(np.cumsum([1, 0, 1, 1])[-1] % 2)


@main.question(
    "A single linear cell hears itself with weight 0.9 and a delay of 1 tick. It is set to 1 once. What is its rate "
    "after 20 ticks more?",
    hint="Each tick keeps 0.9 of what was there.",
)
def fading() -> float:
    """A loop that is too weak forgets."""
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 0.9], delay=[0, 1], modes=["sensory", "linear"])
    return float(ns.simulate(net, {0: [1]}, ticks=GAP + 1)[1][-1])


if __name__ == "__main__":
    main.run_as_script()
