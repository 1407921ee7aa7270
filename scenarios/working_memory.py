"""Memory held by activity: a bit kept over a delay, and running parity, learnt through time (L2, L18, L25)."""

import networkx as nx
import numpy as np

import neurosim as ns

GAP = 20  # ticks between seeing and being asked
DIGITS = 10  # bits of a sequence whose parity is to be told
CHANCE = 0.58  # of 1000 coin tosses, more than this share comes up heads once in 5 million times


def build(senses: int, cells: int, mode: str, seed: int, *, circles: bool) -> ns.Network:
    """Senses, a cortex and an answer; with `circles`, every cortical cell also hears what the others did a tick ago."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("senses", size=senses, mode="sensory")
    regions.add_node("cortex", size=cells, mode=mode)
    regions.add_node("answer", size=1, mode="sigmoid")
    nx.add_path(regions, ["senses", "cortex", "answer"])
    if circles:
        regions.add_edge("cortex", "cortex", delay=1)
    return ns.Network.from_regions(regions, rng=seed)


def delayed_bits(trials: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A bit is shown in the first tick, as +1 or -1; noise follows; in the last tick a second sense asks for it."""
    bits = rng.integers(2, size=trials)
    X = np.zeros((trials, GAP + 2, 2))
    X[:, 0, 0] = 2 * bits - 1
    X[:, 1:-1, 0] = 0.2 * rng.normal(size=(trials, GAP))
    X[:, -1, 1] = 1
    return X, bits


def bit_sequences(trials: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A bit in every tick, as +1 or -1; wanted in every tick is whether the ones so far are odd in number."""
    bits = rng.integers(2, size=(trials, DIGITS))
    return (2.0 * bits - 1)[:, :, None], bits.cumsum(axis=1) % 2


def learn(
    net: ns.Network, task: object, trials: int, epochs: int, seed: int, surrogate: str | None = None
) -> tuple[float, ns.History]:
    """Train until all of a thousand other trials are right, or for so many epochs; the share that is right then."""
    rng = np.random.default_rng(seed)
    seen, unseen = task(trials, rng), task(1000, rng)  # type: ignore[operator]
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
        callback=lambda _, measures: measures["validation_accuracy"] == 1,
    )
    return float(history["validation_accuracy"][-1]), history


@ns.scenario
def main(story: ns.Story) -> None:
    """Train with and without circles, and look at what the cortex does in between."""
    seeds = range(story.seed, story.seed + (1 if story.quick else 3))
    hold_a_bit(story, seeds)
    tell_parity(story, seeds)


def hold_a_bit(story: ns.Story, seeds: range) -> None:
    """The delay task: a network with circles beside one without."""
    story.title(f"A bit, to be remembered over {GAP} ticks")
    story.say(
        "In the first tick a sense shows +1 or -1. Then it shows noise, and in the last tick another sense asks: which "
        "was it? No synapse is slow enough to wait so long. What remembers must be activity that goes round."
    )
    scores: dict[str, list[float]] = {"with circles": [], "without circles": []}
    brains: dict[str, ns.Network] = {}
    for seed in seeds:
        for name, circles in (("with circles", True), ("without circles", False)):
            brains[name] = build(2, 12, "tanh", seed, circles=circles)
            score, _ = learn(brains[name], delayed_bits, 256, 40 if circles else 10, seed)
            scores[name].append(score)
    story.table(
        ["network", "right answers to 1,000 new trials, by seed"],
        [[name, ", ".join(f"{score:.1%}" for score in each)] for name, each in scores.items()],
    )
    story.claim(
        "with circles, the least share of right answers over the seeds", min(scores["with circles"]), at_least=0.98
    )
    story.claim("without, the largest: no better than tossing a coin", max(scores["without circles"]), at_most=CHANCE)

    X, bits = delayed_bits(40, np.random.default_rng(story.seed + 1000))
    rec = ns.simulate(brains["with circles"], X, record=["cortex", "answer"])
    middle = rec["cortex"][:, GAP // 2]
    apart = np.linalg.norm(middle[bits == 1].mean(axis=0) - middle[bits == 0].mean(axis=0))
    spread = np.linalg.norm(middle[bits == 1].std(axis=0)) + np.linalg.norm(middle[bits == 0].std(axis=0))
    story.say(
        "Half way through, with nothing but noise to hear, the cortex of the network with circles still does one of "
        "two things, far apart beside how much each of them varies: it stays in one of two states, or swings between "
        "them in one of two steps. That is the memory."
    )
    story.claim("distance of the two, in units of their spread", float(apart / spread), at_least=1)
    cell = int(np.argmax(np.abs(middle[bits == 1].mean(axis=0) - middle[bits == 0].mean(axis=0))))
    lines = {f"bit {bit}": rec["cortex"][bits == bit, :, cell].mean(axis=0) for bit in (1, 0)}
    ylabel = f"rate of cortex[{cell}], mean over the trials with that bit"
    story.picture(ns.charts.curves(rec.ticks, lines, xlabel="tick", ylabel=ylabel), "held")


def tell_parity(story: ns.Story, seeds: range) -> None:
    """A sequence task, for graded cells and for binary ones."""
    story.title(f"Running parity of {DIGITS} bits")
    story.say(
        "In every tick a bit comes, and the answer is whether the ones so far are odd in number. Each tick asks for "
        "exclusive or: of the new bit, and of what the network said before. Binary cells learn it by a surrogate "
        "slope; their rates stay 0 or 1, in training as after it."
    )
    curves = {}
    for name, mode, surrogate in (("graded (tanh)", "tanh", None), ("binary, arctan surrogate", "binary", "arctan")):
        scores = []
        for seed in seeds:
            brain = build(1, 16, mode, seed, circles=True)
            score, history = learn(brain, bit_sequences, 512, 80, seed, surrogate)
            scores.append(score)
        curves[name] = history["validation_accuracy"]
        story.claim(f"{name}: the least share of right answers over {len(seeds)} seeds", min(scores), at_least=0.95)
    longest = max(map(len, curves.values()))
    lines = {name: np.pad(each, (0, longest - len(each)), mode="edge") for name, each in curves.items()}
    story.picture(
        ns.charts.curves(np.arange(1, longest + 1), lines, xlabel="epoch", ylabel="right answers to new sequences"),
        "parity",
    )
    X, _ = bit_sequences(1000, np.random.default_rng(story.seed + 2000))
    rates = ns.simulate(brain, X, record="cortex")["cortex"]
    story.claim("rates that the binary cells know", len(np.unique(rates)), equals=2)
    longer = np.random.default_rng(story.seed + 3000).integers(2, size=(200, 4 * DIGITS))
    told = ns.simulate(brain, (2.0 * longer - 1)[:, :, None], record="answer")["answer"][..., 0] >= 0.5
    right = float((told == longer.cumsum(axis=1) % 2).mean())
    story.say(
        f"Of sequences four times as long as it ever saw, the last of the binary brains tells {right:.1%} of the "
        "parities."
    )


if __name__ == "__main__":
    main.run_as_script()
