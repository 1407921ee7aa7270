"""The derivative as a limit: the error of a step h, and why the smallest step is not the best (L20).

How does the loss of a network change with one of its weights? Turn the weight by a little, h, look at the loss f
again, and divide by h: (f(w + h) - f(w)) / h. The derivative is the limit of that quotient as h goes to 0; a
step that is not 0 cuts it short, and on paper that is the only error. In a computer there is a second one, rounding:
numbers have some 16 digits, and for a tiny h the two losses agree in nearly all of them, so that little is left of
their difference. As h gets smaller the error first falls, and then rises again.

With f'' and f''' for the second and third derivative, and eps (2.2e-16) for the gap between 1 and the next number that
the computer has, the two errors are about:

    forward  (f(w + h) - f(w)) / h           cut short: h |f''| / 2     rounding: eps |f| / h
    central  (f(w + h) - f(w - h)) / (2 h)   cut short: h^2 |f'''| / 6  rounding: eps |f| / (2 h)

Their sum is least at h = (2 eps |f / f''|)^(1/2) forward, and at h = (3/2 eps |f / f'''|)^(1/3) central. Source: Press,
Teukolsky, Vetterling and Flannery, Numerical Recipes, 3rd edition 2007, section 5.7. No nerve cell is known to compute
a quotient; it is how one checks a program that claims to know the derivative, such as backpropagation.
"""

import networkx as nx
import numpy as np

import neurosim as ns

FORWARD, CENTRAL, FEW = "forward", "central", "forward, 7 digits"


def network(sizes: tuple[int, int, int], seed: int, dtype: str = "float64") -> ns.Network:
    """Inputs, sigmoid neurons and linear outputs, each layer joined to all of the next."""
    layers: nx.DiGraph[str] = nx.DiGraph()
    for name, size, mode in zip("xhy", sizes, ("sensory", "sigmoid", "linear"), strict=True):
        layers.add_node(name, size=size, mode=mode)
    nx.add_path(layers, "xhy")
    return ns.Network.from_regions(layers, rng=seed, dtype=dtype)


def task(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twenty points of a plane, and the sine of the sum of both coordinates."""
    X = np.random.default_rng(seed).uniform(-2, 2, (20, 2))
    return X, np.sin(X.sum(axis=1, keepdims=True))


def losses(seed: int, change: float, dtype: str = "float64") -> np.ndarray:
    """The loss when one weight after the other, and then one threshold, is changed by so much, all others held."""
    net, (X, Y), found = network((2, 4, 1), seed, dtype), task(seed), []
    for values in (net.weights, net.thresholds):
        for place, before in enumerate(values.tolist()):
            values[place] += change
            found.append(float(((ns.respond(net, X) - Y) ** 2).mean()) / 2)
            values[place] = before
    return np.array(found)


def power_of(steps: np.ndarray, errors: np.ndarray, low: float, high: float) -> float:
    """The power of h with which the error grows between two steps: the slope of a line through the logarithms."""
    used = (steps > low) & (steps < high) & (errors > 0)
    return float(np.polyfit(np.log(steps[used]), np.log(errors[used]), 1)[0])


def quotients_at_zero(mode: str, steps: np.ndarray) -> np.ndarray:
    """Forward quotients of a neuron's rate by its weight, where its drive is 0."""
    rates = np.array([ns.Neuron({"x": 1 + h}, threshold=1, mode=mode).fire(x=1) for h in [0, *steps]])
    return np.asarray((rates[1:] - rates[0]) / steps)


def tell_errors(story: ns.Story, steps: np.ndarray) -> None:
    """Both quotients in 16 digits, and one in 7, beside their formulas."""
    net, seed, h = network((2, 4, 1), story.seed), story.seed, steps[:, None]
    found = ns.gradients(net, *task(seed))
    gradient = np.append(found.weights, found.thresholds)
    now, above, below = losses(seed, 0), *(np.array([losses(seed, sign * step) for step in steps]) for sign in (1, -1))
    few = np.array([losses(seed, step, "float32") for step in [0, *steps]])
    quotients = {FORWARD: (above - now) / h, CENTRAL: (above - below) / (2 * h), FEW: (few[1:] - few[0]) / h}
    errors = {name: np.linalg.norm(quotient - gradient, axis=1) for name, quotient in quotients.items()}
    far = {turns: losses(seed, turns * 0.01) for turns in (-2, -1, 1, 2)}
    second = np.linalg.norm(far[1] - 2 * now + far[-1]) / 0.01**2
    third = np.linalg.norm(far[2] - 2 * far[1] + 2 * far[-1] - far[-2]) / (2 * 0.01**3)
    story.title("Two errors, one step")
    story.say(
        f"A network of two inputs, four sigmoid neurons and a linear output has {net.n_parameters} weights and "
        "thresholds. Each in turn is changed by a step h, all others held, and gives a quotient: the forward one from "
        "w to w + h, the central one from w - h to w + h. All quotients together are held against the gradient, the "
        "derivatives that backpropagation gets in one walk forward and one back; the error is the distance of the two. "
        "As h gets smaller the error falls, as h and as h squared, until rounding takes over: then it grows as 1 / h. "
        "With numbers of 7 digits (float32) in place of 16 that happens at a much larger h, and the smallest steps "
        "change no weight at all."
    )
    formula, best = {}, {}
    cases = {FORWARD: (1, second / 2, "float64"), CENTRAL: (2, third / 6, "float64"), FEW: (1, second / 2, "float32")}
    for name, (power, bend, dtype) in cases.items():
        eps = float(np.finfo(dtype).eps)
        rounding = eps * now[0] * np.sqrt(net.n_parameters) / power  # the length of an error for each parameter
        best[name] = float(rounding / power / bend) ** (1 / (power + 1))
        if name != FEW:
            formula[name] = bend * steps**power + rounding / steps
            large = power_of(steps, errors[name], 8 * best[name], 0.03 * power)
            story.claim(f"{name}: for large h the error is as h to this power", large, equals=power, places=1)
            small = power_of(steps, errors[name], 4 * eps, best[name] / 10)
            story.claim(f"{name}: for small h the error is as h to this power", small, at_least=-1.25, at_most=-0.75)
        least = float(steps[errors[name].argmin()])
        text = f"{name}: best h found, {least:.1e}, divided by that of the formula above"
        story.claim(text, least / best[name], at_least=0.05, at_most=20)
    places = "; ".join(f"{name}, {steps[error.argmin()]:.1e}" for name, error in errors.items())
    story.say(f"So the smallest step is not the best. The error is least at these h: {places}.")
    there = np.abs(np.log(steps / best[CENTRAL])).argmin()
    for kind, part in (("weights", slice(len(net.weights))), ("thresholds", slice(len(net.weights), None))):
        off = float(np.linalg.norm((quotients[CENTRAL][there] - gradient)[part]) / np.linalg.norm(gradient[part]))
        story.claim(f"{kind}: gradient by differences and by backpropagation, relative difference", off, at_most=1e-7)
    marks = {f"best for\n{name}": best[name] for name in formula}
    ylabel = "distance from the gradient"
    drawing = ns.charts.log_log(steps, errors, expected=formula, marks=marks, xlabel="step h", ylabel=ylabel)
    caption = (
        "Right: cut short, the error is as h and h^2. Left: rounding, as 1 / h. Solid lines are the formulas, dashed "
        "ones the best h that they foretell; squares: with numbers of 7 digits."
    )
    story.picture(drawing, "errors", caption, cover=True)


def tell_kink(story: ns.Story) -> None:
    """What has no derivative."""
    steps = 2.0 ** -np.arange(1, 21)  # powers of two, of which no digit is lost
    modes = "sigmoid", "relu", "binary"
    sides = {mode: [quotients_at_zero(mode, sign * steps) for sign in (1, -1)] for mode in modes}
    story.title("A kink and a step")
    story.say(
        "Now a neuron with one weight of 1, an input of 1 and a threshold of 1: its drive, the sum less the threshold, "
        "is 0. There the rate of a relu neuron has a kink, and that of a binary one a step. Let h go to 0 from above "
        "and from below: the quotients of a sigmoid meet, those of a relu never do, and those of a step grow without "
        "end on one side. Where the two do not meet there is no derivative."
    )
    off = max(abs(float(side[-1]) - 0.25) for side in sides["sigmoid"])
    story.claim(
        "sigmoid: largest difference from 1/4 of the quotients at h = 2^-20, from either side", off, at_most=1e-6
    )
    wanted = {"relu": ("1 and 0", 1, 0), "binary": ("0 (at 0 it fires already) and 1 / |h|", 0, 1 / steps)}
    for mode, (name, *values) in wanted.items():
        right = all((side == value).all() for side, value in zip(sides[mode], values, strict=True))
        story.claim(f"{mode}: for every h the quotients from above and below are {name}", right)


@ns.scenario
def main(story: ns.Story) -> None:
    """Measure both regimes; then look where there is no derivative."""
    tell_errors(story, np.logspace(-15, 0, 46 if story.quick else 91))
    tell_kink(story)


@main.question(
    "Halve h from 0.02 to 0.01: how many times smaller is the error of the central quotient (2 means: half as large)?",
    hint="Rounding is no matter yet. To which power of h is the other error of the central quotient?",
)
def halved() -> float:
    """Measured on the first weight."""
    slope = ns.gradients(network((2, 4, 1), 0), *task(0)).weights[0]
    errors = [abs((losses(0, h)[0] - losses(0, -h)[0]) / (2 * h) - slope) for h in (0.02, 0.01)]
    return float(errors[0] / errors[1])


@main.question(
    "64 inputs, 100 sigmoid and 10 linear neurons, fully joined: how many losses do all central quotients need?",
    hint="Two losses for each weight and each threshold. Inputs have no threshold; how many weights join two layers?",
)
def walks() -> int:
    """Two for each parameter of such a network."""
    return 2 * network((64, 100, 10), 0).n_parameters


if __name__ == "__main__":
    main.run_as_script()
