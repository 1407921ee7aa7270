"""The perceptron rule: a line that turns at each mistake, and a bound on the number of mistakes (L4, L12).

A neuron that fires when its weighted sum reaches a threshold cuts the plane of its two inputs along a line. The
perceptron learns that line from its own mistakes. Silent where it should fire, it adds the sample to its weights and
lowers its threshold by 1; firing where it should be silent, it does the opposite; right, it does nothing. If some line
parts the two classes, it makes a finite number of mistakes, at most (R / margin)^2: R is the length of the longest
sample, the margin the distance that the best line keeps from all of them. (For both, the threshold counts as one more
weight, on an input that is always -1.) If no line parts the classes, it never ends.

Left out: what tells a synapse in the brain of a mistake; climbing fibres in the cerebellum may (Albus, Mathematical
Biosciences, 1971). Sources: Rosenblatt, Psychological Review, 1958; Novikoff, Symposium on the Mathematical Theory of
Automata, 1962.
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


def tell_turning(story: ns.Story) -> None:
    """A set that a line parts, and the same with one label changed."""
    X, labels = samples(np.random.default_rng(story.seed), 0.02)
    run = ns.local_rules.perceptron(neuron(), X, labels, epochs=10_000, rng=story.seed)
    story.title("A line that turns")
    story.say(
        f"{COUNT} samples in a disc, of classes 1 and 0, on two sides of a line. A neuron is to fire for class 1. It "
        "begins with weights of 0, sees the samples one by one, and after each mistake adds the sample to its weights, "
        "if it was silent, or takes it away if it fired; once through all samples is an epoch. It makes "
        f"{run.mistakes[0, 0]} mistakes in the first epoch, {run.mistakes.sum()} in {run.epochs} epochs, and then no "
        f"more. Novikoff proved that it can make no more than (R / margin)^2 in all, here {run.bounds[0]:,.0f}: R is "
        "the length of the longest sample, the margin the distance that the best line keeps from all samples."
    )
    lines = {}
    for epochs in np.unique(np.geomspace(1, run.epochs, 6).round().astype(int)).tolist():
        learning = neuron()  # as it was then: the same run, ended earlier
        ns.local_rules.perceptron(learning, X, labels, epochs=epochs, rng=story.seed)
        lines[f"after epoch {epochs}"] = learning["y"]
    wrong = int((ns.respond(learning, X)[:, 0] != labels).sum())
    story.claim("samples on the wrong side of the last line", wrong, equals=0)
    caption = (
        "The line of one neuron after some of its epochs, pale to black: mistakes turn it. The last parts the classes, "
        "and may all but touch samples: the rule stops once there are no mistakes, not at the best line."
    )
    story.picture(ns.charts.turning(lines, X, labels), "turning", caption, cover=True)
    ones = np.flatnonzero(labels)
    labels[ones[np.argmin(np.linalg.norm(X[ones] - X[ones].mean(axis=0), axis=1))]] = 0
    proof = ns.separability(X, labels).certificate
    restless = ns.local_rules.perceptron(neuron(), X, labels, epochs=100, rng=story.seed).mistakes
    story.say(
        "Now one sample of class 1, in the midst of the others, is called class 0. No line has it on one side and all "
        "others of class 1 on the other, as ns.separability proves: each sample asks for an inequality of the weights "
        "and the threshold, and some of these contradict each other. The rule cannot know, and never ends: it makes "
        f"{restless.min()} to {restless.max()} mistakes in each of {len(restless)} epochs."
    )
    story.claim(
        "one label changed: the proof that no line parts the classes holds", bool(proof and proof.holds(X, labels))
    )
    story.claim("one label changed: fewest mistakes in any of 100 epochs", int(restless.min()), at_least=1)


def tell_bound(story: ns.Story, sets: int) -> None:
    """Sets of many margins."""
    rng, rows = np.random.default_rng(story.seed), []
    for asked in np.geomspace(0.4, 0.01, sets):
        X, labels = samples(rng, asked)
        run = ns.local_rules.perceptron(neuron(), X, labels, epochs=10_000, rng=rng)
        best = ns.separability(X, labels).neuron  # its drive is 1 at the nearest samples
        assert best is not None
        rows.append((1 / ns.hyperplane(best).length, run.mistakes.sum(), run.bounds[0], run.converged))
    margins, mistakes, bounds, learnt = np.array(sorted(rows), dtype=float).T
    power, slower = (np.polyfit(np.log(margins), np.log(numbers), 1)[0] for numbers in (bounds, mistakes))
    story.title("How many mistakes, and how many at most")
    story.say(
        f"{sets} sets, with the margin that the best line keeps from {margins.max():.2g} down to {margins.min():.2g}. "
        "The smaller it is, the more precise must the line be, and the more mistakes that takes. If the margin is "
        f"half as wide, the bound is {2**-power:.1f} times as large, and the mistakes are about {2**-slower:.1f} times "
        "as many. The bound holds in whatever order the samples come, even the worst; a random order is far from that."
    )
    story.claim("data sets that were learnt to the end: an epoch without mistakes", int(learnt.sum()), equals=sets)
    story.claim("data sets with more mistakes than the bound allows", int((mistakes > bounds).sum()), equals=0)
    story.claim("the bound is as the margin to this power", float(power), equals=-2, places=0)
    story.claim(
        "the bound divided by the mistakes, median of the data sets", float(np.median(bounds / mistakes)), at_least=2
    )
    drawing = ns.charts.log_log(
        margins, {"mistakes": mistakes}, expected={"Novikoff's bound": bounds},
        xlabel="margin that the best line keeps", ylabel="mistakes until the last",
    )  # fmt: skip
    caption = "Mistakes on each of many data sets, and the bound on each: no dot is above the line."
    story.picture(drawing, "bound", caption)


@ns.scenario
def main(story: ns.Story) -> None:
    """Learn what can be learnt and what cannot, and count the mistakes over many margins."""
    tell_turning(story)
    tell_bound(story, 12 if story.quick else 40)


@main.question(
    "Weights and threshold begin at 0; the only sample, (3, 4), should not fire. How many mistakes until it is right?",
    hint="A tie fires. What are the weights after the first mistake?",
)
def one_sample() -> int:
    """Teach it."""
    return int(ns.local_rules.perceptron(neuron(), [[3, 4]], [0]).mistakes.sum())


@main.question(
    "From weights and threshold of 0, all changes are a quarter as large: does the number of mistakes change?",
    hint="Follow the first two mistakes both ways, and compare the weights. What decides whether the neuron fires?",
)
def rate_matters() -> bool:
    """Teach the same set at both rates."""
    X, labels = samples(np.random.default_rng(0), 0.1)
    slow, fast = (
        ns.local_rules.perceptron(neuron(), X, labels, learning_rate=rate, rng=0).mistakes.sum() for rate in (0.25, 1)
    )
    return bool(slow != fast)


if __name__ == "__main__":
    main.run_as_script()
