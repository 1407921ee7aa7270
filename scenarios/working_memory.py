"""Memory held by activity: a bit kept over a delay, and running parity, learnt through time (L18, L25).

A monkey sees where food is hidden, a screen falls, and seconds later it reaches for the right place. In between, with
nothing to see, cells of its prefrontal cortex go on firing (Fuster and Alexander, Science 173, 1971; Goldman-Rakic,
Neuron 14, 1995): what is remembered is kept as activity that goes round.

Here cortical cells may hear what the others did a tick ago: loops, a recurrent network (Elman, Cognitive Science 14,
1990). It learns by backpropagation through time: the ticks are laid out one after the other, as if they were layers,
and the gradient walks back through all of them. Beside it stands one without loops. Left out: impulses, and
any wiring of the prefrontal cortex but all-to-all; a tick is no particular time.
"""

from collections.abc import Callable
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
    regions.add_node("senses", size=senses, mode="sensory")
    regions.add_node("cortex", size=cells, mode=mode)
    regions.add_node("answer", size=1, mode="sigmoid")
    nx.add_path(regions, ["senses", "cortex", "answer"])
    if loops:
        regions.add_edge("cortex", "cortex", delay=1)
    return ns.Network.from_regions(regions, rng=seed)


def delayed_bits(trials: int, rng: np.random.Generator) -> Trials:
    """A bit is shown in the first tick, as +1 or -1; noise follows; in the last tick a second sense asks for it."""
    bits = rng.integers(2, size=trials)
    X = np.zeros((trials, GAP + 2, 2))
    X[:, 0, 0] = 2 * bits - 1
    X[:, 1:-1, 0] = 0.2 * rng.normal(size=(trials, GAP))
    X[:, -1, 1] = 1
    return X, bits


def bit_sequences(trials: int, rng: np.random.Generator, length: int = 10) -> Trials:
    """A bit in every tick, as +1 or -1; wanted in every tick is whether the ones so far are odd in number."""
    bits = rng.integers(2, size=(trials, length))
    return (2.0 * bits - 1)[:, :, None], bits.cumsum(axis=1) % 2


def learn(
    net: ns.Network,
    task: Callable[[int, np.random.Generator], Trials],
    trials: int,
    epochs: int,
    seed: int,
    surrogate: str | None = None,
) -> np.ndarray:
    """Train until 99 % of a thousand other trials are right, or for so many epochs; the share right after each."""
    rng = np.random.default_rng(seed)
    seen, unseen = task(trials, rng), task(1000, rng)
    history = ns.train(
        net,
        *seen,
        loss="binary_cross_entropy",
        optimizer=ns.Adam(0.01),
        epochs=epochs,
        rng=seed,
        clip_norm=1.0,
        surrogate=surrogate,
        validation=unseen,
        callback=lambda _, measures: measures["validation_accuracy"] >= 0.99,
    )
    return np.asarray(history["validation_accuracy"])


@ns.scenario
def main(story: ns.Story) -> None:
    """Train with and without loops, look at what the cortex does in between, and go on to parity."""
    seeds = range(story.seed, story.seed + (1 if story.quick else 3))
    hold_a_bit(story, seeds)
    tell_parity(story, seeds)


def hold_a_bit(story: ns.Story, seeds: range) -> None:
    """The delay task: a network with loops beside one without."""
    story.title(f"A bit, to be remembered over {GAP} ticks")
    story.say(
        "In the first tick a sense shows +1 or -1. Then it shows noise, and in the last tick another sense asks: which "
        "was it? No synapse is slow enough to wait so long. What remembers must be activity that goes round."
    )
    scores: dict[str, list[float]] = {"with loops": [], "without loops": []}
    for seed in seeds:
        plain, brain = build(2, 12, "tanh", seed, loops=False), build(2, 12, "tanh", seed)
        scores["without loops"].append(float(learn(plain, delayed_bits, 256, 10, seed)[-1]))
        scores["with loops"].append(float(learn(brain, delayed_bits, 256, 40, seed)[-1]))
    rows = [[name, ", ".join(f"{score:.1%}" for score in each)] for name, each in scores.items()]
    story.table(["network", "right answers to 1,000 new trials, by seed"], rows)
    story.claim("with loops, the least share of right answers over the seeds", min(scores["with loops"]), at_least=0.98)
    story.claim("without, the largest: no better than tossing a coin", max(scores["without loops"]), at_most=CHANCE)

    X, bits = delayed_bits(40, np.random.default_rng(story.seed + 1000))
    rec = ns.simulate(brain, X, record=["cortex", "answer"])
    middle = rec["cortex"][:, GAP // 2]
    apart = middle[bits == 1].mean(axis=0) - middle[bits == 0].mean(axis=0)
    spread = np.linalg.norm(middle[bits == 1].std(axis=0)) + np.linalg.norm(middle[bits == 0].std(axis=0))
    story.say(
        "Half way through, with nothing but noise to hear, the cortex of the network with loops still does one of "
        "two things, far apart beside how much each of them varies: it stays in one of two states, or swings between "
        "them in one of two steps. That is the memory."
    )
    distance = float(np.linalg.norm(apart) / spread)
    story.claim("distance of the two, in units of their spread", distance, at_least=1)
    cell = int(np.argmax(np.abs(apart)))
    lines = {f"bit {bit}": rec["cortex"][bits == bit, :, cell].mean(axis=0) for bit in (1, 0)}
    ylabel = f"rate of cortex[{cell}], mean over the trials with that bit"
    caption = "One cell keeps the bit: shown in tick 0, still told apart in tick 21, with only noise in between."
    drawing = ns.charts.curves(rec.ticks, lines, xlabel="tick", ylabel=ylabel)
    story.picture(drawing, "held", caption, cover=True)


def tell_parity(story: ns.Story, seeds: range) -> None:
    """A sequence task, for graded cells and for binary ones."""
    length = 6 if story.quick else 10
    story.title(f"Running parity of {length} bits")
    story.say(
        "In every tick a bit comes, and the answer is whether the ones so far are odd in number. Each tick asks for "
        "exclusive or: of the new bit, and of what the network said before. Binary cells learn it by a surrogate "
        "slope (see xor_seeds); their rates stay 0 or 1, in training as after it."
    )
    curves = {}
    for name, mode, surrogate in (("graded (tanh)", "tanh", None), ("binary, arctan surrogate", "binary", "arctan")):
        scores = []
        for seed in seeds:
            brain = build(1, 16, mode, seed)
            curves[name] = learn(brain, lambda n, rng: bit_sequences(n, rng, length), 512, 80, seed, surrogate)
            scores.append(float(curves[name][-1]))
        story.claim(f"{name}: the least share of right answers over {len(seeds)} seeds", min(scores), at_least=0.95)
    longest = max(map(len, curves.values()))
    lines = {name: np.append(each, [np.nan] * (longest - len(each))) for name, each in curves.items()}
    ylabel = "right answers to new sequences"
    drawing = ns.charts.curves(np.arange(1, longest + 1), lines, xlabel="epoch", ylabel=ylabel)
    story.picture(
        drawing, "parity", "Graded and binary cells learn parity; each stops when 99 % of the answers are right."
    )
    rng = np.random.default_rng(story.seed + 2000)
    rates = ns.simulate(brain, bit_sequences(1000, rng, length)[0], record="cortex")["cortex"]
    story.claim("rates that the binary cells know", len(np.unique(rates)), equals=2)
    X, wanted = bit_sequences(200, rng, 4 * length)
    right = (ns.simulate(brain, X, record="answer")["answer"][..., 0] >= 0.5) == wanted
    story.say(
        f"Of sequences four times as long as it ever saw, the last of the binary brains tells {right.mean():.1%} of "
        "the parities."
    )


@main.question(
    "In running parity the bits 1, 0, 1, 1 have come. Is the right answer yes (odd) now?", hint="Count the ones."
)
def odd() -> bool:
    """Three ones."""
    return bool(np.cumsum([1, 0, 1, 1])[-1] % 2)


@main.question(
    "A single linear cell hears itself with weight 0.9 and a delay of 1 tick. It is set to 1 once. What is its rate "
    "after 20 "
    "ticks more?",
    hint="Each tick keeps 0.9 of what was there.",
)
def fading() -> float:
    """A loop that is too weak forgets."""
    net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 0.9], delay=[0, 1], modes=["sensory", "linear"])
    return float(ns.simulate(net, {0: [1]}, ticks=GAP + 1)[1][-1])


if __name__ == "__main__":
    main.run_as_script()
