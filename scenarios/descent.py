"""Gradient descent with all samples or one at random: paths on a loss surface, and who leaves a poor valley (L19, L20).

A network with two free parameters has a loss over every point of a plane: a landscape. The gradient points uphill, so
learning steps against it. Gradient descent (GD) takes the mean gradient of all samples for each step. Stochastic
gradient descent (SGD) takes that of one sample at a time, in random order: each step is cheap, and noisy. The lecture
says that SGD is less prone to local optima, valleys that are not the deepest. Whether that is so is measured here, on
a landscape with two valleys and on many that are drawn at random.

Steps can be too large. In a bowl of curvature L (how fast the slope grows) they overshoot, and from a learning rate of
2 / L on each ends higher than it began. Left out: real networks have thousands of parameters, and no neuron is known to
follow a gradient. Sources: Robbins and Monro, Annals of Mathematical Statistics, 1951 (SGD); Bottou, Neuro-Nimes, 1991
(what its noise is good for); Nesterov, Introductory Lectures on Convex Optimization, 2004, section 2.1 (2 / L).
"""

import dataclasses

import numpy as np

import neurosim as ns

START = np.array([-1.5, -2.5])  # weight and threshold
SAMPLES = np.array([-1.8, -0.3, 0.5, 0.9, 1.9, 2.4])  # of the landscape with three valleys
DEEPEST = np.array([[2.7, -3.9]])  # the weights that have made its targets
SPREAD = 5.0  # beginnings are drawn between minus and plus this


# --- A bowl: weight and threshold of a linear neuron ---------------------------------------------


def line(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """200 samples of y = 2 x - 1, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(1.0, 1.0, (200, 1))
    return x, 2 * x - 1 + rng.normal(0, 0.5, (200, 1))


def linear(places: np.ndarray) -> ns.Network:
    """Linear neurons side by side on one input; each row of `places` is the weight and the threshold of one."""
    n = np.arange(len(places))
    return ns.Network.from_arrays(0 * n, n + 1, places[:, 0], thresholds=np.append(0, places[:, 1]), modes="linear")


def losses(net: ns.Network, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """The loss of each output by itself: half the mean squared error."""
    found: np.ndarray = ((ns.respond(net, X) - Y) ** 2).mean(axis=0) / 2
    return found


def walk(X: np.ndarray, Y: np.ndarray, optimizer: ns.optimizers.Optimizer, steps: int) -> np.ndarray:
    """Where weight and threshold go when every step sees all samples."""
    net, path = linear(START[None]), [START]

    def record(epoch: int, measures: object) -> None:
        path.append(np.append(net.weights, net.thresholds[1]))

    ns.train(net, X, Y, optimizer=optimizer, epochs=steps, batch_size=None, callback=record)
    return np.array(path)


def random_walk(X: np.ndarray, Y: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """The same when every step sees one sample, each of them once."""
    net, path = linear(START[None]), [START]
    for i in rng.permutation(len(X)):
        ns.train(net, X[[i]], Y[[i]], optimizer=ns.SGD(rate), epochs=1)
        path.append(np.append(net.weights, net.thresholds[1]))
    return np.array(path)


def uphill(place: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """The gradient by weight and threshold."""
    found = ns.gradients(linear(place[None]), X, Y)
    return np.append(found.weights, found.thresholds[1])


def curvatures(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """The least and the largest curvature of the bowl: eigenvalues of its second derivatives, from losses alone."""
    height = {place: float(losses(linear(np.array([place])), X, Y)[0]) for place in np.ndindex(3, 3)}
    across, along = (height[two] - 2 * height[one] + height[0, 0] for two, one in (((2, 0), (1, 0)), ((0, 2), (0, 1))))
    mixed = height[1, 1] - height[1, 0] - height[0, 1] + height[0, 0]
    return np.linalg.eigvalsh([[across, mixed], [mixed, along]])


def largest_rate(X: np.ndarray, Y: np.ndarray) -> float:
    """The learning rate from which on the loss still rises in the second half of 60 steps, by halving an interval."""
    low, high = 0.0, 2.0
    while high - low > 2e-3:
        middle = (low + high) / 2
        before, after = losses(linear(walk(X, Y, ns.SGD(middle), 60)[[30, 60]]), X, Y)
        low, high = (low, middle) if after > before * (1 + 1e-9) else (middle, high)
    return low


def draw_bowl(
    story: ns.Story, X: np.ndarray, Y: np.ndarray, paths: dict[str, np.ndarray], name: str, caption: str
) -> None:
    """Paths on the bowl, whose height is computed by 6,400 neurons side by side."""
    w, threshold = np.linspace(-3, 6, 80), np.linspace(-4, 5, 80)
    heights = losses(linear(np.stack(np.meshgrid(w, threshold), axis=-1).reshape(-1, 2)), X, Y).reshape(80, 80)
    drawing = ns.charts.surface(w, threshold, heights, xlabel="weight", ylabel="threshold", paths=paths, log=True)
    story.picture(drawing, name, caption)


def tell_bowl(story: ns.Story) -> None:
    """Too small, good and too large learning rates, and where too large begins."""
    story.title("A bowl, and how large a step may be")
    X, Y = line(story.seed)
    least, most = curvatures(X, Y)
    story.say(
        "A linear neuron with one input has a weight and a threshold, and its mean squared error over 200 samples is a "
        f"bowl over the two. Its curvature is {most:.2f} across and {least:.2f} along. By theory GD reaches the bottom "
        f"if the learning rate is below 2 / L, here 2 / {most:.2f} = {2 / most:.3f}."
    )
    story.claim(
        "the learning rate from which on GD diverges, over 2 / L", largest_rate(X, Y) * most / 2, equals=1, places=2
    )
    paths = {f"{factor:g} x 2/L": walk(X, Y, ns.SGD(factor * 2 / most), 30) for factor in (0.1, 0.9, 1.03)}
    begun = losses(linear(START[None]), X, Y)[0]
    ended = [losses(linear(path[[-1]]), X, Y)[0] for path in paths.values()]
    story.table(
        ["learning rate", "loss before", "after 30 steps"], [[r, begun, e] for r, e in zip(paths, ended, strict=True)]
    )
    caption = "Three learning rates: slowly down; back and forth across the valley, but down; and ever farther away."
    draw_bowl(story, X, Y, paths, "bowl", caption)


def tell_cost(story: ns.Story) -> None:
    """How many gradients of single samples it takes."""
    story.title("One sample at a time")
    X, Y = line(story.seed)
    least, most = curvatures(X, Y)
    gd = walk(X, Y, ns.SGD(2 / (least + most)), 60)  # the rate at which both directions shrink alike
    sgd = random_walk(X, Y, 0.1, np.random.default_rng(story.seed))
    down, staggering = losses(linear(gd), X, Y), losses(linear(sgd), X, Y)
    near = 1.1 * down[-1]
    dear, cheap = int(np.argmax(down <= near)) * len(X), int(np.argmax(staggering <= near))
    story.say(
        f"A step of GD needs the gradients of all {len(X)} samples. At its best rate it first comes within 10 % of the "
        f"lowest loss in {dear // len(X)} steps, {dear:,} gradients. SGD needs {cheap} steps, and {cheap} gradients. "
        "It does not come to rest, for each sample pulls its own way: in the last 100 steps of its first epoch the "
        f"loss is {staggering[-100:].mean() / down[-1] - 1:.0%} above the lowest on average. GD goes on to the bottom."
    )
    stepped = START - 0.1 * uphill(START, X[:1], Y[:1])
    taken = random_walk(X[:1], Y[:1], 0.1, np.random.default_rng(0))[-1]
    story.claim(
        "a step of SGD is minus the rate times its sample's gradient: off by",
        float(np.abs(taken - stepped).max()),
        at_most=1e-12,
    )
    story.claim(
        "gradients that GD needs to a loss 10 % above the lowest, for each of SGD", dear / max(cheap, 1), at_least=10
    )
    paths = {f"GD: {len(X)} gradients a step": gd, "SGD: 1 gradient a step": sgd}
    draw_bowl(
        story,
        X,
        Y,
        paths,
        "cost",
        "GD walks in long, dear steps; SGD staggers to the bottom in cheap ones, and about it.",
    )


# --- Landscapes: two weights of two tanh neurons learn, all else is frozen -----------------------


def brains(weights: np.ndarray, frozen: np.ndarray) -> ns.Network:
    """Networks side by side: an input, two tanh neurons, a linear output.

    A row of `weights` is what learns: the weights of the two neurons. A row of `frozen` holds their thresholds, their
    weights onto the output, and its threshold.
    """
    n = np.arange(len(weights))
    x, one, other, y = (n + i * len(n) for i in range(4))
    return ns.Network.from_arrays(
        pre=np.concatenate([x, x, one, other]),
        post=np.concatenate([one, other, y, y]),
        weight=np.concatenate([*weights.T, *frozen.T[2:4]]),
        plastic=np.repeat([True, True, False, False], len(n)),
        thresholds=np.concatenate([0 * n, *frozen.T[:2], frozen.T[4]]),
        plastic_thresholds=False,
        modes=np.repeat(["sensory", "tanh", "tanh", "linear"], len(n)).tolist(),
    )


@dataclasses.dataclass(frozen=True)
class Landscapes:
    """Samples, and the weights that have made their targets; a landscape for each brain."""

    frozen: np.ndarray
    X: np.ndarray  # (samples, brains), as all that follows
    Y: np.ndarray

    @classmethod
    def of(cls, right: np.ndarray, frozen: np.ndarray, x: np.ndarray) -> "Landscapes":
        """Where the loss is 0 at the weights `right`."""
        return cls(frozen, x, ns.respond(brains(right, frozen), x))

    def heights(self, weights: np.ndarray) -> np.ndarray:
        """The loss of each brain at weights of its own."""
        return losses(brains(weights, self.frozen), self.X, self.Y)

    def learn(self, start: np.ndarray, rate: float, epochs: int, size: int | None, seed: int) -> np.ndarray:
        """Train all brains, each with its samples in an order of its own; where they were, epoch by epoch."""
        rng = np.random.default_rng(seed)
        order = rng.permuted(np.broadcast_to(np.arange(len(self.X))[:, None], self.X.shape), axis=0)
        X, Y = (np.take_along_axis(values, order, axis=0) for values in (self.X, self.Y))
        net, path = brains(start, self.frozen), [start]

        def record(epoch: int, measures: object) -> None:
            path.append(net.weights[: start.size].reshape(2, -1).T.copy())

        ns.train(net, X, Y, optimizer=ns.SGD(rate), epochs=epochs, batch_size=size, rng=rng, callback=record)
        return np.array(path)


def three_valleys(count: int) -> Landscapes:
    """The same landscape for so many brains."""
    frozen = np.tile([-1.4, -1.2, 3.0, 0.9, 0.1], (count, 1))
    return Landscapes.of(np.tile(DEEPEST, (count, 1)), frozen, np.tile(SAMPLES[:, None], count))


def at_random(count: int, starts: int, rng: np.random.Generator) -> Landscapes:
    """Landscapes of random networks and samples, each for so many brains."""
    frozen = rng.normal(size=(count, 5)) * [1.5, 1.5, 1.5, 1.5, 0.3]
    right, x = rng.normal(0, 2, (count, 2)), rng.uniform(-2.5, 2.5, (6, count))
    right, frozen = np.repeat(right, starts, axis=0), np.repeat(frozen, starts, axis=0)
    return Landscapes.of(right, frozen, np.repeat(x, starts, axis=1))


def tell_valleys(story: ns.Story) -> None:
    """One landscape with two poor valleys, from many beginnings."""
    story.title("Three valleys")
    starts, epochs, rates = (24, 100, (0.05, 0.3)) if story.quick else (48, 200, (0.05, 0.1, 0.2))
    story.say(
        "An input, two tanh neurons and a linear output; only the two weights from the input learn. Six samples have "
        "targets that one pair of weights gets exactly: the deepest valley, of loss 0. Two others end at losses of "
        f"0.94 and 1.60. {starts} brains begin at random places. Both methods take {6 * epochs:,} steps at the same "
        "learning rate, so GD computes six times as many gradients. Every brain of SGD has an order of its own."
    )
    land = three_valleys(starts)
    begun = np.random.default_rng(story.seed).uniform(-SPREAD, SPREAD, (starts, 2))
    arrived: dict[str, list[np.ndarray]] = {"GD": [], "SGD": []}
    for rate in rates:
        paths = {
            "GD": land.learn(begun, rate, 6 * epochs, None, story.seed),
            "SGD": land.learn(begun, rate, epochs, 1, story.seed),
        }
        for name, path in paths.items():
            arrived[name].append(land.heights(path[-1]) < 0.5)
    shares = {name: np.array(found, dtype=float) for name, found in arrived.items()}
    draw_valleys(story, rates[-1], paths, shares["SGD"][-1] > shares["GD"][-1])
    columns = ["learning rate", *(f"{name}: share that reaches the deepest" for name in shares)]
    story.table(columns, [[rate, *(share[i].mean() for share in shares.values())] for i, rate in enumerate(rates)])
    gain = shares["SGD"] - shares["GD"]
    sure = 1.96 * gain[-1].std() / np.sqrt(starts)  # the same beginnings for both, so their differences are paired
    what = "share of beginnings from which"
    story.claim(f"{what} GD reaches the deepest valley, rate {rates[-1]:g}", shares["GD"][-1].mean(), at_most=0.75)
    story.claim(f"{what} SGD does", shares["SGD"][-1].mean(), at_least=0.6 if story.quick else 0.85)
    story.claim("how much more often SGD does: lower end of the 95 % interval", gain[-1].mean() - sure, at_least=0.02)
    story.claim("at a rate of 0.05, the difference between them", abs(gain[0].mean()), at_most=0.1)
    story.say(
        "In the deepest valley every sample is answered rightly, so no sample pulls and the noise dies away. In the "
        "others the samples pull against each other: only their mean is 0. SGD is thrown about there, and if its steps "
        "are large enough, out."
    )


def draw_valleys(story: ns.Story, rate: float, paths: dict[str, np.ndarray], parted: np.ndarray) -> None:
    """A brain that SGD took out of a poor valley late; the landscape is computed by 10,000 brains side by side."""
    left = np.argmax(np.linalg.norm(paths["SGD"] - DEEPEST, axis=2) < 1, axis=0)  # the first epoch near the deepest
    far = np.linalg.norm(paths["GD"][-1] - paths["GD"][0], axis=1)
    brain = int(np.argmax(np.where(parted & (left >= np.median(left[parted])), far, -1)))
    w = np.linspace(-6, 6, 100)
    grid = np.stack(np.meshgrid(w, w), axis=-1).reshape(-1, 2)
    drawing = ns.charts.surface(
        w,
        w,
        three_valleys(len(grid)).heights(grid).reshape(100, 100),
        xlabel="weight of the first tanh neuron",
        ylabel="weight of the second",
        label="loss (below 0.05: drawn as 0.05)",
        paths={f"{name}, rate {rate:g}": path[:, brain] for name, path in paths.items()},
        places={"deepest": (DEEPEST[0, 0], DEEPEST[0, 1])},
        log=True,
        floor=0.05,
    )
    caption = "From one beginning: GD comes to rest in a poor valley; SGD, a point each epoch, finds the deepest."
    story.picture(drawing, "valleys", caption, cover=True)


def tell_many(story: ns.Story) -> None:
    """The same on random landscapes, where no one has looked for an example."""
    story.title("Many landscapes")
    count, starts, epochs = (12, 4, 100) if story.quick else (40, 6, 200)
    rng = np.random.default_rng(story.seed)
    land = at_random(count, starts, rng)
    begun = rng.uniform(-SPREAD, SPREAD, (count * starts, 2))
    paths = land.learn(begun, 0.2, 6 * epochs, None, story.seed), land.learn(begun, 0.2, epochs, 1, story.seed)
    gd, sgd = ((land.heights(path[-1]) < 0.01).reshape(count, starts).mean(axis=1) for path in paths)
    better, worse = int((sgd > gd).sum()), int((sgd < gd).sum())
    story.say(
        "Was that landscape chosen because it shows what it should? It was, out of many. So here are "
        f"{count} random landscapes of the same kind, with {starts} beginnings each. GD finds the deepest valley from "
        f"{gd.mean():.0%} of the beginnings and SGD from {sgd.mean():.0%}. SGD does better on {better} landscapes, "
        f"worse on {worse}, the same on {count - better - worse}. What the lecture says is true of some landscapes, "
        "then, and not of most of this kind."
    )
    same = (np.abs(sgd - gd) * starts < 1.5).mean()
    story.claim("share of random landscapes on which GD and SGD differ in one beginning at most", same, at_least=0.6)


@ns.scenario
def main(story: ns.Story) -> None:
    """A bowl for the learning rate and the cost; valleys for what the noise does."""
    tell_bowl(story)
    tell_cost(story)
    tell_valleys(story)
    tell_many(story)


@main.question(
    "A linear neuron with a weight and a threshold learns from one sample, x = 2. From which rate on does GD diverge?",
    hint="A threshold is a weight on a constant input of -1, so L = x^2 + 1.",
)
def diverges() -> float:
    """2 / L, with L from gradients."""
    return 2 / float(curvatures(np.array([[2.0]]), np.zeros((1, 1)))[1])


@main.question(
    "On the bowl, after 40 steps at the same rate of 0.1: is GD with momentum lower than without?",
    hint="Momentum gathers speed along the valley, where the slope is small but always the same.",
)
def momentum() -> bool:
    """Both losses after 40 steps."""
    X, Y = line(0)
    plain, heavy = (losses(linear(walk(X, Y, how, 40)[[-1]]), X, Y)[0] for how in (ns.SGD(0.1), ns.Momentum(0.1)))
    return bool(heavy < plain)


@main.question(
    "A neuron learns from 200 samples for 3 epochs in batches of 8. How many steps are that?",
    hint="200 / 8 steps make an epoch.",
)
def steps() -> int:
    """Count them: each step moves the weight by the rate, if the gradient is always -1."""
    net = ns.Network.from_arrays([0], [1], [0.0], modes="linear", plastic_thresholds=False)
    far = np.full((200, 1), 1e9)  # so far that the error stays the same
    ns.train(net, np.ones((200, 1)), far, optimizer=ns.SGD(1e-9), epochs=3, batch_size=8)
    return round(float(net.weights[0]))


if __name__ == "__main__":
    main.run_as_script()
