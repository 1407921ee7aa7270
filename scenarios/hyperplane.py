"""Hyperplane: a threshold neuron cuts its inputs in two, along a line or a plane that can be drawn (L12).

A neuron of the kind that McCulloch and Pitts described in 1943 adds up what its inputs bring, each times a weight, and
fires if the sum reaches its threshold. So it fires for some inputs and is silent for others. Between the two lies the
border where the sum, less the threshold, is exactly 0. That difference is called the drive, and the lecture writes it
as w.x + b: w are the weights, x the inputs, and b, the bias, is the threshold with the opposite sign. With two inputs
the border is a line, with three a plane, with more a hyperplane. Rosenblatt (1958, Psychological Review 65) built his
perceptron on it: whatever a flat border can separate, one neuron can learn.

A real cell does not sum so simply. Its dendrites amplify and shunt, so its border is not flat.

Here the lecture's two examples are drawn, and each border is measured without a look at the weights: the neuron is
only asked, again and again, whether it fires.
"""

import numpy as np

import neurosim as ns

LINE = ns.Neuron({"x": 2, "y": -1}, bias=1, name="line")
PLANE = ns.Neuron({"x": 2, "y": -1, "z": 3}, bias=1, name="plane")
CORNERS = {"line": [[0, 1], [1, 3]], "plane": [[0, 1, 0], [1, 3, 0], [0, 4, 1]]}  # solve 2x - y + 1 = 0, with 3z or not


def times(neuron: ns.Neuron, factor: float) -> ns.Neuron:
    """The same neuron with its weights and its bias multiplied by a number."""
    return ns.Neuron({name: factor * w for name, w in neuron.dendrites.items()}, bias=factor * neuron.bias)


def answers(neuron: ns.Neuron, points: np.ndarray) -> np.ndarray:
    """For which points it fires."""
    return np.array([neuron.fire(point) == 1 for point in points])


def beside(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points lie on the origin's side of corners: the area, or volume, that they span has the same sign."""
    spanned = [np.linalg.det(np.vstack([corners[1:], point]) - corners[0]) for point in [0 * corners[0], *points]]
    same: np.ndarray = np.sign(spanned[1:]) == np.sign(spanned[0])
    return same


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


def across(neuron: ns.Neuron, points: np.ndarray) -> np.ndarray:
    """The direction, of length 1, in which points of its border do not extend, towards where it fires."""
    direction: np.ndarray = np.linalg.svd(points - points.mean(axis=0))[2][-1]
    return direction if neuron.fire(points.mean(axis=0) + direction) else -direction


def measure(story: ns.Story, neuron: ns.Neuron, rng: np.random.Generator) -> None:
    """Draw a neuron's border, and check by geometry what is said of it."""
    plane, what = ns.hyperplane(neuron), str(neuron.name)
    points = rng.uniform(-3, 3, (100 if story.quick else 1000, len(neuron.presynaptic)))
    fires = answers(neuron, points)
    corners = np.array(CORNERS[what], dtype=float)
    story.say(
        f"This neuron fires where {plane.equation.replace('=', '>=')}. The lecture's formula, with < 0, names the "
        "other side, where it is silent. The arrow in the picture has the direction of the weights; it stands at a "
        "right angle on the border, and is called its normal. To check that, the border is looked for without the "
        "weights: the neuron is asked whether it fires, again and again, half way between an input for which it does "
        "and one for which it does not."
    )
    caption = f"The border of {plane.equation}, {len(points[:60])} random inputs, and the arrow of the weights."
    drawing = ns.plot(neuron, kind="hyperplane", points=points[:60])
    story.picture(drawing, what, caption, cover=what == "plane")
    wrong = int((fires != beside(corners, points)).sum())
    story.claim(
        f"{what}: of {len(points)} inputs, those on the origin's side but silent, or the reverse", wrong, equals=0
    )
    on_it = plane.nearest(points)
    story.claim(f"{what}: the largest drive on the border", max(abs(neuron.drive(x)) for x in on_it), at_most=1e-12)
    story.claim(
        f"{what}: points of the border, of {len(corners)}, for which it fires",
        int(answers(neuron, corners).sum()),
        equals=len(corners),
    )
    found = border(neuron, rng)
    direction = across(neuron, found)
    angle = np.degrees(np.arccos(min(1.0, direction @ plane.weights / np.linalg.norm(plane.weights))))
    story.claim(f"{what}: angle between the weights and the normal that was measured, in degrees", angle, at_most=1e-4)
    from_origin = abs(found[0] @ direction)
    story.claim(
        f"{what}: |threshold| / |w|, against the measured distance", plane.distance, equals=from_origin, places=6
    )


@ns.scenario
def main(story: ns.Story) -> None:
    """Draw a line and a plane, measure both, scale the weights, and let a neuron learn a border of its own."""
    rng = np.random.default_rng(story.seed)
    story.title("A line in the plane: 2x - y + 1 < 0")
    story.say(
        "A threshold neuron multiplies each input by a weight, adds up, and fires if the sum reaches its threshold. "
        "The sum less the threshold is called the drive: the neuron fires where its drive is 0 or more. Where it is "
        "exactly 0 lies the border between the inputs for which it fires and those for which it is silent: a line if "
        "there are two inputs, x and y. The bias, here + 1, is the threshold with the opposite sign."
    )
    measure(story, LINE, rng)
    story.title("A plane in space: 2x - y + 3z + 1 < 0")
    story.say("With a third input, z, the border is a plane; with more inputs, which nobody can draw, a hyperplane.")
    measure(story, PLANE, rng)

    story.title("The same border, other numbers")
    points = rng.uniform(-3, 3, (200, 2))
    factor = float(rng.uniform(0.1, 10))
    fires, scaled, turned = (answers(times(LINE, by), points) for by in (1, factor, -factor))
    story.say(
        f"Only the direction of the weights counts, and their proportion to the bias. Multiplied by {factor:.2f}, they "
        f"have the same border; multiplied by {-factor:.2f}, the same border with the sides exchanged."
    )
    story.claim(
        "inputs, of 200, that change sides: multiplied by a positive number", int((scaled != fires).sum()), equals=0
    )
    story.claim("inputs, of 200, that change sides: by a negative number", int((turned != fires).sum()), equals=200)
    ties = answers(times(LINE, -1), np.array(CORNERS["line"]))
    story.claim("points on the border fire on either side: a tie fires", bool(ties.all()))

    story.title("Any neuron has one")
    clouds = np.concatenate([rng.normal([-1.5, 0], 0.5, (40, 2)), rng.normal([1.5, 1], 0.5, (40, 2))])
    labels = np.repeat([0, 1], 40)
    net = ns.Network.from_arrays([0, 1], [2, 2], names=["left", "right", "cell"], modes="sigmoid", rng=story.seed)
    ns.train(net, clouds, labels, loss="binary_cross_entropy", optimizer="lbfgs", epochs=20)
    story.say(
        "A sigmoid neuron in a network, after it has learnt to tell two clouds apart. On its border its rate is 1/2."
    )
    right = ((ns.respond(net, clouds)[:, 0] >= 0.5) == labels).mean()
    separable = ns.separability(clouds, labels).separable
    story.claim("share of samples on the right side", right, at_least=1.0 if separable else 0.95)
    rates = ns.respond(net, ns.hyperplane(net["cell"]).nearest(clouds))
    story.claim("its rate on the border, farthest from 1/2", float(np.abs(rates - 0.5).max()), at_most=1e-9)
    drawing = ns.plot(net["cell"], kind="hyperplane", points=clouds, labels=labels)
    story.picture(drawing, "learnt", "The border that a sigmoid neuron has learnt between two clouds of samples.")


def grid() -> np.ndarray:
    """All points of whole numbers from -5 to 5."""
    return np.array([[x, y] for x in range(-5, 6) for y in range(-5, 6)])


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
    return int((answers(LINE, grid()) == answers(times(LINE, -1), grid())).sum())


@main.question("And if only the bias changes, from 1 to 3: how far from the origin is the line then?", hint="Draw it.")
def moved() -> float:
    """The distance of the border with another bias."""
    return ns.hyperplane(ns.Neuron(LINE.dendrites, bias=3)).distance


if __name__ == "__main__":
    main.run_as_script()
