"""Gradient descent with all samples or one at random: paths on a loss surface, and who leaves a poor valley (L19, L20).

A network with two weights to learn has a loss above every point of a plane: a landscape. The gradient points where it
rises most steeply, so learning steps the other way: by minus the gradient, times a number called the learning rate.
Gradient descent (GD) takes the mean gradient of all samples for each step. Stochastic gradient descent (SGD) takes that
of one sample at a time, in random order: each step is cheap, and noisy. The lecture says that SGD is less prone to
local optima, valleys that are not the deepest. That is measured on a landscape chosen to show it, and on random ones.

Left out: real networks have thousands of weights, and no neuron is known to follow a gradient. Sources: Robbins and
Monro, Annals of Mathematical Statistics, 1951 (SGD); Bottou, Neuro-Nimes, 1991 (what its noise is good for); Nesterov,
Introductory Lectures on Convex Optimization, 2004, section 2.1 (how large a step may be).
"""

import numpy as np

import neurosim as ns

Array = np.ndarray
START = np.array([[-1.5, 2.5]])  # on the bowl


def linear(places: Array) -> ns.Network:
    """Linear neurons side by side, w x + b; each row of `places` is one's w and b, the weight of an input of 1."""
    n = np.arange(len(places))
    pre, post = np.repeat([0, 1], len(n)), np.tile(n + 2, 2)
    return ns.Network.from_arrays(pre, post, places.T.ravel(), modes="linear", plastic_thresholds=False)


def brains(places: Array, frozen: Array) -> ns.Network:
    """Brains side by side: an input, two tanh neurons, a linear output. The weights of the two, `places`, learn.

    A row of `frozen` is what does not: thresholds of the two, weights onto the output, and its threshold.
    """
    x, one, other, y = np.arange(4 * len(places)).reshape(4, -1)
    pre, post, weights = [x, x, one, other], [one, other, y, y], [*places.T, *frozen.T[2:4]]
    return ns.Network.from_arrays(
        *map(np.ravel, (pre, post, weights)), thresholds=np.ravel([0 * x, *frozen.T[:2], frozen.T[4]]),
        modes=np.repeat(["sensory", "tanh", "tanh", "linear"], len(x)).tolist(),
        plastic=np.repeat([True, True, False, False], len(x)), plastic_thresholds=False,
    )  # fmt: skip


def three_valleys(count: int) -> tuple[Array, Array, Array]:
    """The same landscape for so many brains: the weights that make its targets, what is frozen, the samples."""
    right, frozen, x = [2.7, -3.9], [-1.4, -1.2, 3.0, 0.9, 0.1], [[-1.8], [-0.3], [0.5], [0.9], [1.9], [2.4]]
    return np.tile(right, (count, 1)), np.tile(frozen, (count, 1)), np.tile(x, count)


def losses(net: ns.Network, X: Array, Y: Array) -> Array:
    """Half the mean squared error of each output."""
    return np.asarray(((ns.respond(net, X) - Y) ** 2).mean(axis=0) / 2)


def learn(net: ns.Network, X: Array, Y: Array, rate: float, epochs: int, size: int | None = None) -> Array:
    """Train; where the two weights of every output were after each epoch, shape (epochs + 1, outputs, 2)."""
    path = [net.weights[: 2 * len(net.outputs)].copy()]

    def record(*_: object) -> None:
        path.append(net.weights[: path[0].size].copy())

    ns.train(net, X, Y, optimizer=ns.SGD(rate), epochs=epochs, batch_size=size, rng=0, callback=record)
    return np.array(path).reshape(len(path), 2, -1).swapaxes(1, 2)


def height(places: Array, right: Array, frozen: Array, x: Array) -> Array:
    """The loss of each brain where it is, if at the weights `right` it were 0."""
    return losses(brains(places, frozen), x, ns.respond(brains(right, frozen), x))


def race(start: Array, rate: float, epochs: int, right: Array, frozen: Array, x: Array) -> tuple[list[Array], Array]:
    """GD and SGD from the same beginnings, as many steps of both: their paths, and the losses at their ends."""
    x = np.random.default_rng(0).permuted(x, axis=0)  # so that each brain of SGD has an order of its own
    y, ways = ns.respond(brains(right, frozen), x), ((len(x) * epochs, None), (epochs, 1))
    paths = [learn(brains(start, frozen), x, y, rate, *way) for way in ways]
    return paths, np.array([height(path[-1], right, frozen, x) for path in paths])


def tell_bowl(story: ns.Story, rng: np.random.Generator) -> None:
    """One surface, two ways down."""
    x = rng.normal(1, 1, (200, 1))
    X, Y = np.column_stack([x, np.ones(200)]), 2 * x + 1 + rng.normal(0, 0.5, (200, 1))
    flat, steep = np.linalg.eigvalsh(X.T @ X / 200)  # least and largest curvature of the loss, by its formula
    rate, net = 2 / (flat + steep), linear(START)  # the rate at which both directions shrink alike
    gd, far = (learn(linear(START), X, Y, step, 60)[:, 0] for step in (rate, 1.05 * 2 / steep))
    sgd = np.concatenate([START, *(learn(net, X[[i]], Y[[i]], 0.1, 1)[1] for i in rng.permutation(200))])
    down, staggering, away = (losses(linear(path), X, Y) for path in (gd, sgd, far))
    dear, cheap = (int(np.argmax(heights <= 1.1 * down[-1])) for heights in (down, staggering))
    story.title("A bowl, and two ways down")
    story.say(
        "A linear neuron with one input x answers w x + b: w is its weight, and b its bias, minus the threshold. It "
        "learns 200 noisy samples of a line. Its loss, half the mean of (answer - target)^2, is a bowl over w and b. "
        "Gradient descent (GD) steps down against the mean slope of all samples, stochastic gradient descent (SGD) "
        f"against that of one. At a learning rate of {rate:.2f} GD comes within 10 % of the lowest loss in {dear} "
        f"steps, for which it needs {200 * dear:,} gradients of single samples. SGD, at a rate of 0.1, takes {cheap} "
        f"steps and {cheap} gradients; then it goes to and fro, for each sample pulls its own way. A step can be too "
        f"large: the curvature is how fast the slope grows along a direction, here at most {steep:.2f}. Above a rate "
        f"of 2 / curvature, here {2 / steep:.2f}, GD overshoots the bottom along that direction by more with each step."
    )
    around = losses(linear(START + 1e-3 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])), X, Y)
    off = np.abs((gd[1] - gd[0]) / rate + (around[::2] - around[1::2]) / 2e-3).max()
    story.claim("GD's first step divided by the rate, and minus the slopes of the bowl: difference", off, at_most=1e-6)
    dearer = 200 * dear / max(cheap, 1)
    story.claim("gradients until within 10 % of the lowest loss: GD's number divided by SGD's", dearer, at_least=10)
    after = "loss after 60 steps, divided by that at the start"
    story.claim(f"GD below the rate of 2 / curvature: {after}", down[-1] / down[0], at_most=0.5)
    story.claim(f"GD at 1.05 times 2 / curvature: {after}", away[-1] / away[0], at_least=2)
    drawing = ns.charts.surface(
        np.linspace(-3, 6, 80), np.linspace(-3, 5, 80), lambda places: losses(linear(places), X, Y), log=True,
        xlabel="weight w", ylabel="bias b", paths={"GD": gd, "SGD": sgd, "GD, rate too large": far[:7]},
    )  # fmt: skip
    caption = "From circle to square: GD takes few costly steps, SGD many cheap ones; too long ones lead away."
    story.picture(drawing, "bowl", caption)


def tell_valleys(story: ns.Story, rng: np.random.Generator) -> None:
    """Who leaves a poor valley, on a landscape that was chosen and on random ones."""
    count, many, epochs, rate = (24, 80, 100, 0.3) if story.quick else (48, 160, 200, 0.2)
    start, anywhere = rng.uniform(-5, 5, (count, 2)), rng.uniform(-5, 5, (many, 2))
    frozen = rng.normal(0, [1.5, 1.5, 1.5, 1.5, 0.3], (many, 5))
    others = rng.normal(0, 2, (many, 2)), frozen, rng.uniform(-2.5, 2.5, (6, many))
    (gd, sgd), ends = race(start, rate, epochs, *three_valleys(count))
    slow, random = race(start, 0.05, epochs, *three_valleys(count))[1], race(anywhere, rate, epochs, *others)[1]
    deep = ends < 0.5
    by_gd, by_sgd = np.transpose([deep.mean(axis=1), (slow < 0.5).mean(axis=1), (random < 0.01).mean(axis=1)])
    story.title("Three valleys")
    story.say(
        "An input, two tanh neurons and a linear output; only the two weights from the input learn. Six samples have "
        f"targets that one pair of weights gets exactly: the deepest valley, of loss 0. {count} brains begin at random "
        f"places. Both methods take {6 * epochs:,} steps, so GD computes six times as many gradients. At a rate of "
        f"{rate} GD reaches the deepest valley from {by_gd[0]:.0%} of the beginnings, SGD from {by_sgd[0]:.0%}; at a "
        f"rate of 0.05 GD from {by_gd[1]:.0%}, SGD from {by_sgd[1]:.0%}. In the deepest one each sample is answered "
        "rightly, so that none pulls at the weights, and SGD comes to rest. In the others the samples pull against "
        "each other, and only the mean of their pulls is 0. SGD is thrown about there, and if its steps are large "
        f"enough, out. But this landscape was chosen to show that. On {many} random landscapes, with one beginning on "
        f"each, GD finds the deepest valley in {by_gd[2]:.0%}, SGD in {by_sgd[2]:.0%}: the noise hardly helps there."
    )
    reach = "share of beginnings that reach the deepest valley"
    story.claim(f"GD at a rate of {rate}: {reach}", by_gd[0], at_most=0.75)
    story.claim(f"SGD at a rate of {rate}: {reach}", by_sgd[0], at_least=0.8)
    story.claim(f"rate 0.05: {reach}, SGD's minus GD's", by_sgd[1] - by_gd[1], at_least=-0.1, at_most=0.1)
    story.claim(f"random landscapes: {reach}, SGD's minus GD's", by_sgd[2] - by_gd[2], at_most=0.1)
    moved = np.linalg.norm(gd[-1] - start, axis=1)
    brain = int(np.argmax(np.where(deep[1] & ~deep[0], moved, -1)))  # one that only SGD took to the deepest valley
    lowest = [int(np.argmin(np.where(ends[0] > least, ends[0], np.inf))) for least in (-1, 0.5, 1.3)]  # in each valley
    valleys = {f"valley, loss {ends[0, i]:.1f}": tuple(gd[-1, i]) for i in lowest}
    w = np.linspace(-6, 6, 100)
    drawing = ns.charts.surface(
        w, w, lambda places: height(places, *three_valleys(len(places))), log=True, floor=0.05,
        xlabel="weight of the first tanh neuron", ylabel="weight of the second", label="loss (0.05: or less)",
        paths={"GD": gd[::6, brain], "SGD": sgd[:, brain]}, places=valleys,
    )  # fmt: skip
    caption = "From one circle to two squares: GD stays in a poor valley, SGD finds the deepest."
    story.picture(drawing, "valleys", caption, cover=True)


@ns.scenario
def main(story: ns.Story) -> None:
    """A bowl for the cost and the size of a step; valleys for what the noise does."""
    rng = np.random.default_rng(story.seed)
    tell_bowl(story, rng)
    tell_valleys(story, rng)


@main.question(
    "A neuron w x + b, one sample at x = 2, the loss half its squared error: above which rate does GD diverge?",
    hint="If only w learnt, the curvature would be x^2. What does b, the weight of an input of 1, add to it?",
)
def diverges() -> float:
    """2 / curvature."""
    return 2 / float(np.linalg.eigvalsh([[4, 2], [2, 1]])[1])


@main.question("SGD begins at the deepest point: how far does it move?", hint="How wrong is any sample there?")
def rest() -> float:
    """In an epoch of six steps."""
    right, frozen, x = three_valleys(1)
    path = learn(brains(right, frozen), x, ns.respond(brains(right, frozen), x), 0.3, 1, 1)
    return round(float(np.abs(path[1] - path[0]).max()), 9)


if __name__ == "__main__":
    main.run_as_script()
