"""Hyperplane: a threshold neuron cuts its inputs in two, along a line or a plane that can be drawn (L12).

A neuron of the kind that McCulloch and Pitts described in 1943 adds up what its inputs bring, each times a weight, and
fires if the sum reaches its threshold. Between the inputs for which it fires and those for which it is silent lies the
border where the sum, less the threshold, is exactly 0. That difference is called the drive, and the lecture writes it
as w.x + b: w are the weights, x the inputs, and b, the bias, is the threshold with the opposite sign. With two inputs
the border is a line, with three a plane, with more a hyperplane. Rosenblatt (1958, Psychological Review 65) built his
perceptron on it: whatever a flat border can separate, one neuron can learn.

A real cell does not sum so simply. Its dendrites amplify and shunt, so its border is not flat.
"""

from collections.abc import Callable

import numpy as np

import neurosim as ns

LINE = ns.Neuron({"x": 2, "y": -1}, bias=1, name="line")
PLANE = ns.Neuron({"x": 2, "y": -1, "z": 3}, bias=1, name="plane")
# The lecture's formulas, each with its neuron, with the formula worked out by hand, and with inputs for which it is 0.
CASES: dict[str, tuple[ns.Neuron, Callable[..., np.ndarray], list[list[int]]]] = {
    "2x - y + 1 < 0": (LINE, lambda x, y: 2 * x - y + 1, [[0, 1], [1, 3]]),
    "2x - y + 3z + 1 < 0": (PLANE, lambda x, y, z: 2 * x - y + 3 * z + 1, [[0, 1, 0], [1, 3, 0], [0, 4, 1]]),
}


def answers(neuron: ns.Neuron, points: np.ndarray) -> np.ndarray:
    """For which points it fires."""
    return np.array([neuron.fire(point) == 1 for point in points])


def border(neuron: ns.Neuron, rng: np.random.Generator, count: int = 8) -> np.ndarray:
    """Where it begins to fire: the way from a silent point to a firing one, halved sixty times."""
    found: list[np.ndarray] = []
    while len(found) < count:
        silent, firing = rng.uniform(-5, 5, (2, len(neuron.presynaptic)))
        if neuron.fire(silent) or not neuron.fire(firing):
            continue
        for _ in range(60):
            middle = (silent + firing) / 2
            silent, firing = (silent, middle) if neuron.fire(middle) else (middle, firing)
        found.append(firing)
    return np.array(found)


@ns.scenario
def main(story: ns.Story) -> None:
    """Draw a line and a plane, look for both without the weights, and let a neuron learn a border of its own."""
    rng = np.random.default_rng(story.seed)
    story.title("The lecture's two examples")
    story.say(
        "Each neuron fires where its drive is 0 or more. The lecture's formulas, with < 0, name the other side, where "
        "it is silent. With two inputs, x and y, the border is a line; with a third, z, a plane. The arrow in the "
        "pictures has the direction of the weights. It stands at a right angle on the border, and is called its "
        "normal. The border's distance from the origin is |threshold| / |w|, where |w| is the root of the sum of all "
        "squared weights. To check both, the border is looked for without the weights: the neuron is asked whether it "
        "fires, again and again, half way between an input for which it does and one for which it does not."
    )
    for text, (neuron, drive, ties) in CASES.items():
        plane, what = ns.hyperplane(neuron), neuron.name
        points = rng.uniform(-3, 3, (100 if story.quick else 1000, len(neuron.presynaptic)))
        caption = f"The border of {text}, 60 random inputs, and the arrow of the weights."
        story.picture(ns.plot(neuron, kind="hyperplane", points=points[:60]), str(what), caption, cover=neuron is PLANE)
        wrong = int((answers(neuron, points) != (drive(*points.T) >= 0)).sum())
        story.claim(f"{what}: inputs, of {len(points)}, that it puts on the wrong side of {text}", wrong, equals=0)
        silent = int((~answers(neuron, np.array(ties))).sum())
        story.claim(
            f"{what}: inputs, of {len(ties)} on the border, for which it is silent: a tie fires", silent, equals=0
        )
        found = border(neuron, rng)
        normal = np.linalg.svd(found - found.mean(axis=0))[2][-1]  # the direction in which the border does not extend
        angle = np.degrees(np.arccos(min(1.0, abs(normal @ plane.weights) / plane.length)))
        story.claim(f"{what}: angle between the weights and the measured normal, in degrees", angle, at_most=1e-4)
        far = abs(found[0] @ normal)
        story.claim(f"{what}: |threshold| / |w| against the measured distance", plane.distance, equals=far, places=6)

    story.title("Any neuron has one")
    story.say(
        "A sigmoid neuron, whose rate is graded, learns to tell two clouds of points apart. On its border, where the "
        "drive is 0, its rate is 1/2. ns.hyperplane gives the border of any neuron, with however many inputs."
    )
    clouds = np.concatenate([rng.normal([-1.5, 0], 0.5, (40, 2)), rng.normal([1.5, 1], 0.5, (40, 2))])
    labels = np.repeat([0, 1], 40)
    net = ns.Network.from_arrays([0, 1], [2, 2], names=["left", "right", "cell"], modes="sigmoid", rng=story.seed)
    ns.train(net, clouds, labels, loss="binary_cross_entropy", optimizer="lbfgs", epochs=20)
    story.show(ns.hyperplane(net["cell"]))
    right = ((ns.respond(net, clouds)[:, 0] >= 0.5) == labels).mean()
    needed = 1.0 if ns.separability(clouds, labels).separable else 0.95
    story.claim("share of samples on the right side", right, at_least=needed)
    rates = ns.respond(net, ns.hyperplane(net["cell"]).nearest(clouds))
    story.claim("its rate on the border, farthest from 1/2", float(abs(rates - 0.5).max()), at_most=1e-9)
    drawing = ns.plot(net["cell"], kind="hyperplane", points=clouds, labels=labels)
    story.picture(drawing, "learnt", "The border that a sigmoid neuron has learnt between two clouds of samples.")


@main.question("A neuron fires where 3x + 4y >= 10. How far from the origin is its border?", hint="|threshold| / |w|.")
def distance() -> float:
    """Of the border from the origin."""
    return ns.hyperplane(ns.Neuron({"x": 3, "y": 4}, threshold=10)).distance


@main.question(
    "All weights and the bias of 2x - y + 1 are multiplied by -1. Of the 121 inputs of whole numbers from -5 to 5, "
    "for how many does the neuron's answer stay as it was?",
    hint="Not for none: on which inputs do both fire?",
)
def unmoved() -> int:
    """How many inputs on a grid are answered alike by the neuron and by its opposite."""
    grid = np.array([[x, y] for x in range(-5, 6) for y in range(-5, 6)])
    return int((answers(LINE, grid) == answers(ns.Neuron({"x": -2, "y": 1}, bias=-1), grid)).sum())


if __name__ == "__main__":
    main.run_as_script()
