"""The chain rule, number by number: two composite functions, both numbers on every wire (L21, L22).

To know what a change deep inside a machine does to its output, multiply along the way: if y moves twice as fast
as q, and q three times as fast as x, then y moves six times as fast as x. That is the chain rule. Backpropagation
is no more than that, done from the output backward, so that one walk serves all inputs at once.

The lecture takes two functions apart into single operations: (x + y) w, and a sigmoid neuron, the smooth version of a
cell that fires when its summed input passes a threshold. Forward, each operation computes a value. Backward, each wire
carries [local gradient] x [gradient passed back]. Left out: time, noise, and any claim that nerve cells send gradients
back along their axons; none is known to.

Source: J. Liu, Introduction to Artificial Intelligence, Peking University, "Artificial neural networks: an overview";
the backward walk is Linnainmaa's, master's thesis, University of Helsinki, 1970.
"""

import math

import neurosim as ns
from neurosim import composite


def product(x: float = -2, y: float = 5, w: float = -4) -> composite.Expression:
    """f(x, y, w) = (x + y) w, with q = x + y."""
    left, right = composite.variable("x", x), composite.variable("y", y)
    return ((left + right).named("q") * composite.variable("w", w)).named("f")


def sigmoid_neuron(b: float = 1) -> composite.Expression:
    """A sigmoid neuron of one input, 1 / (1 + e^-(wx + b)) at x = 1, w = 2, operation by operation."""
    x, w = composite.variable("x", 1), composite.variable("w", 2)
    return composite.reciprocal(composite.exp(-(w * x + composite.variable("b", b))) + 1).named("y")


def tell(story: ns.Story, expression: composite.Expression) -> None:
    """Every wire with its numbers."""
    wires = expression.graph().edges(data=True)
    value = {tail: node["value"] for tail, node in expression.graph().nodes(data=True)}
    rows = [[a, b, value[a], wire["local"], wire["passed_back"], wire["gradient"]] for a, b, wire in wires]
    story.table(["from", "to", "value", "local gradient", "passed back", "gradient = local x passed back"], rows)


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell both functions forward and backward; check the second by its quotient; then a whole network."""
    story.title("f(x, y, w) = (x + y) w at x = -2, y = 5, w = -4")
    story.say(
        "Forward: call the sum q = x + y = 3, then f = q w = -12. Backward: df/dq is how fast f changes with q, its "
        "gradient; the local gradient is the slope of one operation alone. Begin with df/df = 1. A product passes each "
        "factor the other one, so df/dq = w = -4 and df/dw = q = 3. A sum passes on what it gets, so df/dx = -4 x 1."
    )
    f = product()
    tell(story, f)
    nodes, wires, gradients = f.graph().nodes, f.graph().edges, f.gradients()
    story.claim("q = x + y", nodes["q"]["value"], equals=3)
    story.claim("f = q w", f.value, equals=-12)
    story.claim("df/df, where the way back begins", nodes["f"]["gradient"], equals=1)
    for text, wire, local in (("df/dq = w", "qf", -4), ("df/dw = q", "wf", 3), ("dq/dx", "xq", 1), ("dq/dy", "yq", 1)):
        story.claim(text, wires[wire[0], wire[1]]["local"], equals=local)
    for text, name, wanted in (("df/dx = df/dq dq/dx", "x", -4), ("df/dy = df/dq dq/dy", "y", -4), ("df/dw", "w", 3)):
        story.claim(text, gradients[name], equals=wanted)
    story.picture(ns.plot(f), "product", "(x + y) w as a circuit: values above the wires, gradients below.")

    story.title("A sigmoid neuron taken apart: 1 / (1 + e^-(wx + b)) at x = 1, w = 2, b = 1")
    story.say(
        "Six operations in a row: multiply, add, negate, exponential, add 1, reciprocal. The last derivative is 1. "
        "Each operation multiplies what is passed back by its own slope: for 1/u that is -1/u^2, for e^u it is e^u "
        "itself."
    )
    y = sigmoid_neuron()
    tell(story, y)
    nodes, small, rate = y.graph().nodes, math.exp(-3), 1 / (1 + math.exp(-3))
    slope = rate * (1 - rate)
    walk = {  # by hand: what it is, its value going forward, its gradient going backward
        "multiply 1": ("wx", 2, slope),
        "add 1": ("wx + b", 3, slope),
        "negate 1": ("-(wx + b)", -3, -(rate**2) * small),
        "exp 1": ("e^-(wx + b)", small, -(rate**2)),
        "add 2": ("1 + e^-(wx + b)", 1 + small, -(rate**2)),
        "y": ("1 / (1 + e^-(wx + b))", rate, 1),
    }
    for node, (text, value, _) in walk.items():
        story.claim(f"forward: value of {text}", nodes[node]["value"], equals=value, places=6)
    for node, (text, _, gradient) in reversed(walk.items()):
        story.claim(f"backward: gradient at {text}", nodes[node]["gradient"], equals=gradient, places=6)
    found, numerical = y.gradients(), y.numerical_gradients(h=1e-5)
    for text, name, by_hand in (("x", "w", slope), ("w", "x", 2 * slope), ("1", "b", slope)):
        story.claim(f"dy/d{name} = y (1 - y) {text}", found[name], equals=by_hand, places=6)
    story.say("Is it true? Move each variable by a very small h, and divide the change of y by h: the same numbers.")
    furthest = max(abs(numerical[name] - found[name]) for name in found)
    story.claim("largest distance of a gradient of y from the quotient (change of y) / h", furthest, at_most=1e-8)
    caption = "A sigmoid neuron as a circuit of six operations: values above the wires, gradients below."
    story.picture(ns.plot(y), "sigmoid", caption, cover=True)

    story.title("A network is a composite function")
    story.say(
        "Let another neuron, y, read the first one, now h, which reads x, and say that its answer should be 0. Half "
        "the square of its error, the loss, is one more function, and the same walk finds how it changes with every "
        "weight: backpropagation."
    )
    modes, thresholds = ["sensory", "sigmoid", "linear"], [0, -1, 0]
    net = ns.Network.from_arrays([0, 1], [1, 2], [2, -1], names=[*"xhy"], modes=modes, thresholds=thresholds)
    found, expected = ns.expand(net, [1], target=[0]).gradients(), ns.gradients(net, [1], [0]).weights
    for (pre, post), gradient in zip(net.synapses, expected.tolist(), strict=True):
        text = f"dL/dw of {pre} -> {post}, on the graph and by backpropagation"
        story.claim(text, found[f"w[{pre} -> {post}]"], equals=gradient, places=6)


@main.question("For f = (x + y) w, what is df/dw at x = 10, y = 5?", hint="df/dw = q, and q = x + y.")
def other_x() -> float:
    """By the chain rule."""
    return product(x=10).gradients()["w"]


@main.question(
    "Which bias b makes the sigmoid neuron (x = 1, w = 2) change most with w: 1, 0, -2 or -5?",
    hint="dy/dw = y (1 - y) x. Which y between 0 and 1 makes y (1 - y) largest?",
)
def steepest() -> int:
    """The bias with the largest gradient."""
    return max((1, 0, -2, -5), key=lambda b: sigmoid_neuron(b).gradients()["w"])


if __name__ == "__main__":
    main.run_as_script()
