"""The perceptron rule: a line that turns at each mistake, a bound on their number, and Hebb's rule beside it (L4, L12).

A neuron that fires when its weighted sum reaches a threshold cuts the plane of its two inputs along a line. The
perceptron learns that line from its own mistakes. Silent where it should fire, it adds the sample to its weights and
lowers its threshold; firing where it should be silent, it does the opposite; right, it does nothing. If some line parts
the two classes, it makes a finite number of mistakes, at most (R / margin)^2: R is the length of the longest sample,
the margin the distance that the best line keeps from all of them (the threshold counts as one more weight). If no line
does, it never ends. Hebb's rule, what fires together wires together, knows of no mistakes at all.

Left out: a synapse in the brain that is told of a mistake; climbing fibres in the cerebellum may do that (Albus,
Mathematical Biosciences, 1971). Sources: Rosenblatt, Psychological Review, 1958; Novikoff, Symposium on the
Mathematical Theory of Automata, 1962; Hebb, The Organization of Behavior, 1949; Oja, Journal of Mathematical Biology,
1982.
"""

import numpy as np

import neurosim as ns

COUNT = 100  # samples


def samples(rng: np.random.Generator, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a disc of radius 1, at least so far from a random line, and the side on which each is."""
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    points = rng.uniform(-1, 1, (40 * COUNT, 2))
    beyond = points @ [np.cos(angle), np.sin(angle)] - offset
    kept = np.flatnonzero((np.linalg.norm(points, axis=1) <= 1) & (np.abs(beyond) >= margin))[:COUNT]
    return points[kept], (beyond[kept] > 0).astype(int)


def neuron() -> ns.Network:
    """One binary neuron of two inputs that knows nothing: weights and threshold are 0."""
    return ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0], names=["x1", "x2", "y"])


def teach(X: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> tuple[dict[str, ns.Neuron], list[int]]:
    """The neuron as it was after each epoch, and the mistakes that it made in it; until there are none."""
    net, rng = neuron(), np.random.default_rng(seed)
    kept: dict[str, ns.Neuron] = {}
    mistakes: list[int] = []
    while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
        mistakes.append(int(ns.local_rules.perceptron(net, X, labels, epochs=1, rng=rng).mistakes.sum()))
        kept[f"after epoch {len(mistakes)}"] = ns.Neuron(dict(net["y"].dendrites), net["y"].threshold)
    return kept, mistakes


def tell_turning(story: ns.Story) -> None:
    """A set that a line parts."""
    story.title("A line that turns")
    X, labels = samples(np.random.default_rng(story.seed), 0.02)
    lines, mistakes = teach(X, labels, 10_000, story.seed)
    bound = ns.local_rules.perceptron(neuron(), X, labels, epochs=1).bounds[0]
    story.say(
        f"{COUNT} samples in a disc, on two sides of a line. The neuron begins with weights of 0. It makes "
        f"{mistakes[0]} mistakes in its first epoch, {sum(mistakes)} in {len(mistakes)} epochs, and then no more. "
        f"Novikoff's bound on all of them is {bound:,.0f}."
    )
    last = lines[f"after epoch {len(mistakes)}"]
    answers = np.array([last.fire(x) for x in X.tolist()])
    story.claim("samples on the wrong side of the last line", int((answers != labels).sum()), equals=0)
    story.claim("mistakes over Novikoff's bound", sum(mistakes) / bound, at_most=1)
    few = np.unique(np.geomspace(1, len(lines), 6).round().astype(int))
    drawing = ns.charts.turning({name: lines[name] for name in (f"after epoch {i}" for i in few)}, X, labels)
    caption = (
        "The line of one neuron as it learns, from pale to black: each mistake turns it; the last parts the classes."
    )
    story.picture(drawing, "turning", caption, cover=True)


def tell_restless(story: ns.Story, epochs: int) -> None:
    """The same set with one label changed."""
    story.title("One sample on the wrong side")
    X, labels = samples(np.random.default_rng(story.seed), 0.02)
    one = np.flatnonzero(labels)
    odd = one[np.argmin(np.linalg.norm(X[one] - X[one].mean(axis=0), axis=1))]
    labels[odd] = 0
    near = np.argsort(np.linalg.norm(X - X[odd], axis=1))[:25]
    proof = ns.separability(X[near], labels[near]).certificate
    lines, mistakes = teach(X, labels, epochs, story.seed)
    story.say(
        "Now one sample of class 1, in the midst of the others, is called class 0. No line leaves it out, and "
        "ns.separability proves so from a few of the samples about it: the inequalities that they ask for contradict "
        f"each other. The rule cannot know. It makes {min(mistakes)} to {max(mistakes)} mistakes in each of "
        f"{len(mistakes)} epochs, and would go on."
    )
    story.claim("the proof holds, in exact arithmetic", proof is not None and proof.holds(X[near], labels[near]))
    if proof is not None:
        story.claim("samples that the proof needs, at most inputs + 2", len(proof.rows), at_most=4)
    story.claim(f"the fewest mistakes in an epoch, of {len(mistakes)}", min(mistakes), at_least=1)
    drawing = ns.charts.turning(dict(list(lines.items())[-5:]), X, labels)
    story.picture(
        drawing, "restless", "One sample among the others, and the line never comes to rest: the last epochs."
    )


def tell_bound(story: ns.Story, sets: int) -> None:
    """Sets of many margins."""
    story.title("How many mistakes, and how many at most")
    rng = np.random.default_rng(story.seed)
    rows = []
    for asked in np.geomspace(0.4, 0.01, sets):
        X, labels = samples(rng, asked)
        best = ns.separability(X, labels).neuron  # its drive is 1 at the nearest samples
        assert best is not None
        run = ns.local_rules.perceptron(neuron(), X, labels, epochs=10_000, rng=rng)
        margin = 1 / np.linalg.norm(list(best.dendrites.values()))
        rows.append((margin, run.mistakes.sum(), run.bounds[0], run.converged))
    margins, mistakes, bounds, converged = np.array(rows, dtype=float).T
    order = np.argsort(margins)
    powers = [np.polyfit(np.log(margins), np.log(numbers), 1)[0] for numbers in (bounds, mistakes)]
    story.say(
        f"{sets} sets, with the margin that the best line keeps from {margins.max():.2g} down to {margins.min():.2g}. "
        "The smaller it is, the more precise must the line be, and the more mistakes does that take. The bound grows "
        f"as the margin to the power {powers[0]:.1f}, the mistakes as that to about {powers[1]:.1f}. It holds for any "
        "order of the samples, the worst too, and a random one is far from that."
    )
    story.claim("sets that were learnt to the end", int(converged.sum()), equals=sets)
    story.claim("sets with more mistakes than the bound", int((mistakes > bounds).sum()), equals=0)
    story.claim("the bound grows as the margin to this power", float(powers[0]), equals=-2, places=0)
    story.claim("the bound over the mistakes, median of the sets", float(np.median(bounds / mistakes)), at_least=2)
    drawing = ns.charts.log_log(
        margins[order],
        {"mistakes": mistakes[order]},
        xlabel="margin that the best line keeps",
        ylabel="mistakes until the last",
        expected={"Novikoff's bound": bounds[order]},
    )
    story.picture(
        drawing, "bound", "Mistakes on each of many data sets, and the bound on each: no dot is above the line."
    )


def tell_hebb(story: ns.Story, sets: int) -> None:
    """What learns without looking at mistakes."""
    story.title("Hebb, who knows of no mistakes")
    rng = np.random.default_rng(story.seed)
    right, grown, length, along = [], [], [], []
    for _ in range(sets):
        X, labels = samples(rng, 0.02)
        with_one = np.column_stack([X, np.ones(COUNT)])  # a constant input stands for the threshold
        hebb = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [0.0, 0.0, 0.0], modes="linear")
        ns.local_rules.hebb(hebb, with_one, np.where(labels, 1.0, -1.0))
        once = np.linalg.norm(hebb.weights)
        right.append(float(((ns.respond(hebb, with_one)[:, 0] >= 0) == labels).mean()))
        ns.local_rules.hebb(hebb, with_one, np.where(labels, 1.0, -1.0))
        grown.append(np.linalg.norm(hebb.weights) / once)
        oja, flat = ns.Network.from_arrays([0, 1], [2, 2], [0.1, 0.1], modes="linear"), X * [1, 0.5]
        ns.local_rules.oja(oja, flat, learning_rate=0.02, epochs=30, rng=rng)
        length.append(np.linalg.norm(oja.weights))
        along.append(abs(oja.weights @ np.linalg.svd(flat, full_matrices=False)[2][0]) / length[-1])
    story.say(
        f"The lecture says that weights adapt by themselves. Three ways: backpropagation passes an error back (see "
        "chain_rule); the perceptron rule asks only whether its own neuron was right; Hebb's rule asks nothing. If the "
        "teacher makes the neuron fire for class 1, and do the opposite for class 0, it adds up the samples: the "
        f"direction from one class to the other. On {sets} sets like the first that gets {np.mean(right):.0%} of the "
        "samples right, and it never stops: after twice as many epochs the weights are twice as long. Oja's rule, "
        "Hebb's with forgetting, holds their length at 1. Without a teacher it finds the direction in which the inputs "
        "vary most."
    )
    story.claim("Hebb: share of samples right, mean of the sets", float(np.mean(right)), at_least=0.6, at_most=0.98)
    story.claim(
        "Hebb: length of the weights after two epochs over that after one", float(np.mean(grown)), equals=2, places=6
    )
    story.claim("Oja: length of the weights", float(np.mean(length)), equals=1, places=1)
    story.claim("Oja: cosine with the first principal component, least of the sets", float(min(along)), at_least=0.98)


@ns.scenario
def main(story: ns.Story) -> None:
    """Learn what can be learnt and what cannot, count mistakes over many margins, and compare with Hebb's rule."""
    tell_turning(story)
    tell_restless(story, 30 if story.quick else 100)
    tell_bound(story, 12 if story.quick else 40)
    tell_hebb(story, 4 if story.quick else 10)


@main.question(
    "Weights and threshold begin at 0; the only sample, (3, 4), should not fire. How many mistakes until it is right?",
    hint="A tie fires. What are the weights after the first mistake?",
)
def one_sample() -> int:
    """Teach it."""
    return int(ns.local_rules.perceptron(neuron(), [[3, 4]], [0]).mistakes.sum())


@main.question(
    "From weights of 0, with a learning rate of 0.25 rather than 1: does the number of mistakes change?",
    hint="All weights would be a quarter of what they were. Whether the neuron fires is a matter of the sign.",
)
def rate_matters() -> bool:
    """Teach the same set at both rates."""
    X, labels = samples(np.random.default_rng(0), 0.1)
    runs = [ns.local_rules.perceptron(neuron(), X, labels, learning_rate=rate, rng=0) for rate in (0.25, 1)]
    return bool(runs[0].mistakes.sum() != runs[1].mistakes.sum())


@main.question("Can it learn XOR, if you let it run a thousand epochs?", hint="neurosim run xor")
def learns_xor() -> bool:
    """Whether it converges on the four rows."""
    return ns.local_rules.perceptron(neuron(), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=1000).converged


if __name__ == "__main__":
    main.run_as_script()
