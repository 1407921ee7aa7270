"""The derivative as a limit: the error of a step h, and why the smallest step is not the best (L20).

How does the loss of a network change with one of its weights? Turn the weight by a little, h, look at the loss f
again, and divide by h: (f(w + h) - f(w)) / h. The derivative is the limit of that quotient as h goes to 0. On paper
the quotient comes ever closer. In a computer numbers have some 16 digits, and the two losses come to agree in nearly
all of them: what is left of their difference is rounding. So the error first falls with h, and then rises again.

With f', f'' and f''' for the derivatives and eps for the spacing of numbers at 1 (2.2e-16):

    forward  (f(w + h) - f(w)) / h           is off by about  h |f''| / 2     and, by rounding,  eps |f| / h
    central  (f(w + h) - f(w - h)) / (2 h)   is off by about  h^2 |f'''| / 6  and, by rounding,  eps |f| / (2 h)

The sums are least at h = (2 eps |f / f''|)^(1/2) and at h = (3/2 eps |f / f'''|)^(1/3). Source: Press, Teukolsky,
Vetterling and Flannery, Numerical Recipes, 3rd edition 2007, section 5.7. No nerve cell is known to compute a
quotient; it is how one checks a program that claims to know the derivative, such as backpropagation.
"""

import networkx as nx
import numpy as np

import neurosim as ns

FORWARD, CENTRAL = "forward", "central"
PLACES = {"weight": range(8), "threshold": range(2, 6)}  # of the hidden neurons' parameters


def network(seed: int, dtype: str = "float64") -> ns.Network:
    """Two inputs, four sigmoid neurons, a linear output."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("x", size=2, mode="sensory")
    regions.add_node("hidden", size=4, mode="sigmoid")
    regions.add_node("y", size=1, mode="linear")
    nx.add_path(regions, ["x", "hidden", "y"])
    return ns.Network.from_regions(regions, rng=seed, dtype=dtype)


def turned(net: ns.Network, seed: int, kind: str, place: int, change: float) -> tuple[float, float]:
    """The loss when one weight or threshold is changed, and its derivative there by backpropagation."""
    X = np.random.default_rng(seed).uniform(-2, 2, size=(20, 2))
    parameters = getattr(net, f"{kind}s")
    before = parameters[place]
    parameters[place] += change
    found = ns.gradients(net, X, np.sin(X.sum(axis=1, keepdims=True)))
    parameters[place] = before
    return found.loss, float(getattr(found, f"{kind}s")[place])


def bends(seed: int, kind: str, place: int, step: float = 0.01) -> tuple[float, float]:
    """The second and the third derivative, from differences of the first."""
    low, middle, high = (turned(network(seed), seed, kind, place, change)[1] for change in (-step, 0, step))
    return (high - low) / (2 * step), (high - 2 * middle + low) / step**2


def most_bent(seed: int, kind: str) -> int:
    """The parameter with the largest f'': where a step is felt most."""
    return max(PLACES[kind], key=lambda place: abs(bends(seed, kind, place)[0]))


def measured(seed: int, kind: str, place: int, steps: np.ndarray, dtype: str = "float64") -> dict[str, np.ndarray]:
    """The distance of both quotients from the derivative that backpropagation gives."""
    net = network(seed, dtype)
    loss, _ = turned(net, seed, kind, place, 0)
    _, derivative = turned(network(seed), seed, kind, place, 0)
    above, below = (np.array([turned(net, seed, kind, place, sign * h)[0] for h in steps]) for sign in (1, -1))
    return {
        FORWARD: np.abs((above - loss) / steps - derivative),
        CENTRAL: np.abs((above - below) / (2 * steps) - derivative),
    }


def expected(
    seed: int, kind: str, place: int, steps: np.ndarray, eps: float
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """The same by the formulas above, and the steps at which they are least."""
    loss = turned(network(seed), seed, kind, place, 0)[0]
    second, third = map(abs, bends(seed, kind, place))
    errors = {
        FORWARD: steps * second / 2 + eps * loss / steps,
        CENTRAL: steps**2 * third / 6 + eps * loss / (2 * steps),
    }
    return errors, {FORWARD: (2 * eps * loss / second) ** (1 / 2), CENTRAL: (1.5 * eps * loss / third) ** (1 / 3)}


def slope(steps: np.ndarray, errors: np.ndarray, low: float, high: float) -> float:
    """The power of h with which the error grows between two steps: the slope of a line through the logarithms."""
    used = (steps > low) & (steps < high) & (errors > 0)
    return float(np.polyfit(np.log(steps[used]), np.log(errors[used]), 1)[0])


def best(steps: np.ndarray, errors: np.ndarray, a_decade: int) -> float:
    """The step with the least error, where the logarithms are averaged over a decade: rounding is erratic."""
    window = np.ones(a_decade) / a_decade
    logs, places = (np.convolve(np.log(np.maximum(x, 1e-30)), window, "valid") for x in (errors, steps))
    return float(np.exp(places[logs.argmin()]))


def tell_errors(story: ns.Story, kind: str, a_decade: int) -> None:
    """A weight or a threshold in 16 digits: both regimes."""
    steps, eps = np.logspace(-16, 0, 16 * a_decade), float(np.finfo("float64").eps)
    place = most_bent(story.seed, kind)
    errors = measured(story.seed, kind, place, steps)
    formula, optima = expected(story.seed, kind, place, steps, eps)
    for name, power, widest in ((FORWARD, 1, 0.03), (CENTRAL, 2, 0.1)):
        right = slope(steps, errors[name], 8 * optima[name], widest)
        left = slope(steps, errors[name], 4 * eps, optima[name] / 10)
        least, where = best(steps, errors[name], a_decade), f"{kind}, {name} difference"
        story.claim(f"{where}: for large h the error grows as h to this power", right, equals=power, places=1)
        story.claim(f"{where}: for small h it does so as h to this power", left, at_least=-1.25, at_most=-0.75)
        text = f"{where}: the best h, {least:.1e}, over that of the formula"
        story.claim(text, least / optima[name], at_least=0.1, at_most=10)
    drawing = ns.charts.log_log(
        steps, errors, xlabel=f"step h of a {kind}", ylabel="distance from the derivative", expected=formula,
        marks={f"best for\n{name}": optimum for name, optimum in optima.items()},
    )  # fmt: skip
    caption = (
        f"Distance of two quotients from the derivative by a {kind}. Right: the larger h, the farther, with slopes 1 "
        "and 2. Left: rounding, with slope -1. Lines: the formulas."
    )
    story.picture(drawing, kind, caption, cover=kind == "weight")


@ns.scenario
def main(story: ns.Story) -> None:
    """Measure both regimes for a weight and a threshold; then with fewer digits; then at a kink and a step."""
    a_decade = 8 if story.quick else 16
    story.title("Two errors, one step")
    story.say(
        "The loss of a network of four sigmoid neurons, as a function of one weight and of one threshold, all others "
        "held. The derivative is that of backpropagation. Two quotients are held against it, for steps h from 1 down "
        "to 1e-16: the forward difference, from w to w + h, and the central one, from w - h to w + h."
    )
    for kind in PLACES:
        tell_errors(story, kind, a_decade)
    tell_digits(story, a_decade)
    tell_whole(story)
    tell_kink(story)


def tell_digits(story: ns.Story, a_decade: int) -> None:
    """The same weight in half as many digits."""
    story.title("Fewer digits")
    steps, place, seed = np.logspace(-8, 0, 8 * a_decade), most_bent(story.seed, "weight"), story.seed
    optima = expected(seed, "weight", place, steps, float(np.finfo("float32").eps))[1]
    least = best(steps, measured(seed, "weight", place, steps, "float32")[FORWARD], a_decade)
    story.say(f"In float32, with some 7 digits, eps is 1.2e-7, and the best step is far larger: about {least:.1e}.")
    text = "float32, weight, forward difference: the best h over that of the formula"
    story.claim(text, least / optima[FORWARD], at_least=0.1, at_most=10)


def tell_whole(story: ns.Story) -> None:
    """Every parameter, both ways."""
    story.title("All parameters at once")
    net, h, seed = network(story.seed), 1e-5, story.seed
    pairs = []
    for kind, places in (("weight", range(len(net.weights))), ("threshold", range(2, len(net)))):
        for place in places:
            above, below = (turned(net, seed, kind, place, change)[0] for change in (h, -h))
            pairs.append(((above - below) / (2 * h), turned(net, seed, kind, place, 0)[1]))
    story.say(
        f"The whole gradient by central differences takes two losses for each of the {len(pairs)} parameters, each a "
        "walk through the network. Backpropagation gets it in one walk forward and one back, whatever their number."
    )
    quotients, derivatives = np.array(pairs).T
    distance = float(np.linalg.norm(quotients - derivatives) / np.linalg.norm(derivatives))
    story.claim("gradient by differences and by backpropagation: distance over length", distance, at_most=1e-7)


def quotients(mode: str, steps: np.ndarray, drive: float = 0.0) -> dict[str, np.ndarray]:
    """Both quotients of the rate of a neuron by its weight, where its input is 1 and it has this drive."""

    def rates(sign: int) -> np.ndarray:
        return np.array([ns.Neuron({"x": 1 + sign * h}, 1 - drive, mode=mode).fire(x=1) for h in steps])

    return {FORWARD: (rates(1) - rates(0)) / steps, CENTRAL: (rates(1) - rates(-1)) / (2 * steps)}


def tell_kink(story: ns.Story) -> None:
    """What has no derivative, and what the quotient says about it all the same."""
    story.title("A kink and a step")
    steps = 2.0 ** -np.arange(1, 21)  # powers of two, of which no digit is lost
    story.say(
        "Where a relu neuron begins to respond its rate has a kink, and where a binary one fires it has a step. With "
        "the drive just at 0 the quotient of a relu depends on the side from which it is taken, however small h is, "
        "and that of a step grows without end. There is no limit, so there is no derivative."
    )
    found = {mode: quotients(mode, steps) for mode in ("sigmoid", "relu", "binary")}
    story.claim("sigmoid, drive 0: where the quotient goes", found["sigmoid"][CENTRAL][-1], equals=0.25, places=6)
    for name, value in ((FORWARD, 1), (CENTRAL, 0.5)):
        story.claim(f"relu at its kink, {name}: {value} for every h", bool((found["relu"][name] == value).all()))
    story.claim(
        "binary at its step, forward: 0 for every h, as a tie fires", bool((found["binary"][FORWARD] == 0).all())
    )
    growth = slope(steps, found["binary"][CENTRAL], 0, 1)
    story.claim("binary at its step, central: the quotient grows as h to this power", growth, equals=-1, places=6)
    right = quotients("relu", steps, drive=2.0**-10)[CENTRAL] == 1
    story.say("A kink is felt from afar: a relu neuron 2^-10 away from it is judged rightly only by shorter steps.")
    story.claim("relu, drive 2^-10: the largest h that finds the derivative, 1", steps[right].max(), equals=2.0**-10)
    lines = {mode: quotient[CENTRAL] for mode, quotient in found.items()}
    drawing = ns.charts.log_log(steps, lines, xlabel="step h of the weight", ylabel="central difference at drive 0")
    caption = (
        "A sigmoid's quotient rests at 1/4, a relu's at 1/2, between the slopes of its sides; a step's never rests."
    )
    story.picture(drawing, "kink", caption)


@main.question(
    "Halve h from 0.02 to 0.01: by which factor does the error of the central difference shrink?", hint="h^2."
)
def halved() -> float:
    """Measured on the threshold."""
    errors = measured(0, "threshold", most_bent(0, "threshold"), np.array([0.02, 0.01]))[CENTRAL]
    return float(errors[0] / errors[1])


@main.question(
    "64 inputs, 100 relu and 10 linear neurons, fully joined: how many losses do central differences need for the "
    "whole gradient?",
    hint="Two for every weight and every threshold.",
)
def losses() -> int:
    """Two for each parameter of such a network."""
    layers: nx.DiGraph[str] = nx.DiGraph()
    for name, size, mode in (("x", 64, "sensory"), ("hidden", 100, "relu"), ("y", 10, "linear")):
        layers.add_node(name, size=size, mode=mode)
    nx.add_path(layers, ["x", "hidden", "y"])
    return 2 * ns.Network.from_regions(layers, rng=0).n_parameters


@main.question("A binary neuron whose drive is just 0: what is its central difference for h = 0.001?")
def step() -> float:
    """It fires at h and is silent at -h."""
    return float(quotients("binary", np.array([0.001]))[CENTRAL][0])


if __name__ == "__main__":
    main.run_as_script()
