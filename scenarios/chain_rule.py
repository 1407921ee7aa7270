"""The chain rule, number by number: two composite functions, and the derivative as a limit (L20 to L22)."""

import math

import neurosim as ns
from neurosim import composite


def product() -> composite.Expression:
    """f(x, y, w) = (x + y) w at x = -2, y = 5, w = -4."""
    x, y, w = composite.variable("x", -2), composite.variable("y", 5), composite.variable("w", -4)
    q = (x + y).named("q")
    return (q * w).named("f")


def sigmoid_neuron() -> composite.Expression:
    """A sigmoid neuron of one input, 1 / (1 + e^-(wx + b)) at x = 1, w = 2, b = 1, operation by operation."""
    x, w, b = composite.variable("x", 1), composite.variable("w", 2), composite.variable("b", 1)
    return composite.reciprocal(composite.exp(-(w * x + b)) + 1).named("y")


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell both functions forward and backward, then compare with the numerical derivative."""
    f, y = product(), sigmoid_neuron()
    tell_product(story, f)
    tell_neuron(story, y)
    tell_limit(story, y)
    tell_network(story)


def tell_product(story: ns.Story, f: composite.Expression) -> None:
    """The first function of the lecture (L21)."""
    story.title("f(x, y, w) = (x + y) w at x = -2, y = 5, w = -4, with q = x + y")
    graph = f.graph()
    story.say("Forward, every operation computes its value from those of its operands.")
    story.claim("q = x + y", graph.nodes["q"]["value"], equals=3)
    story.claim("f = q w", f.value, equals=-12)
    story.say("Backward, every wire carries a local gradient times the gradient that was passed back.")
    show_wires(story, f)
    story.claim("df/df, where it begins", graph.nodes["f"]["gradient"], equals=1)
    story.claim("df/dq = w", graph.edges["q", "f"]["local"], equals=-4)
    story.claim("df/dw = q", graph.edges["w", "f"]["local"], equals=3)
    story.claim("dq/dx", graph.edges["x", "q"]["local"], equals=1)
    story.claim("dq/dy", graph.edges["y", "q"]["local"], equals=1)
    gradients = f.gradients()
    story.claim("df/dx = df/dq dq/dx", gradients["x"], equals=-4)
    story.claim("df/dy = df/dq dq/dy", gradients["y"], equals=-4)
    story.claim("df/dw", gradients["w"], equals=3)
    story.picture(ns.plot(f), "product")


def tell_neuron(story: ns.Story, y: composite.Expression) -> None:
    """A sigmoid neuron taken apart (L22)."""
    story.title("A sigmoid neuron taken apart: 1 / (1 + e^-(wx + b)) at x = 1, w = 2, b = 1")
    nodes = y.graph().nodes
    forward = {
        "wx": ("multiply 1", 2),
        "wx + b": ("add 1", 3),
        "-(wx + b)": ("negate 1", -3),
        "e^-(wx + b)": ("exp 1", math.exp(-3)),
        "1 + e^-(wx + b)": ("add 2", 1 + math.exp(-3)),
        "1 / (1 + e^-(wx + b))": ("y", 1 / (1 + math.exp(-3))),
    }
    for text, (node, expected) in forward.items():
        story.claim(f"forward: {text}", nodes[node]["value"], equals=expected, places=6)
    show_wires(story, y)
    rate = y.value
    backward = {
        "y": 1,
        "add 2": -(rate**2),
        "exp 1": -(rate**2),
        "negate 1": -(rate**2) * math.exp(-3),
        "add 1": rate * (1 - rate),
        "multiply 1": rate * (1 - rate),
    }
    for node, expected in backward.items():
        story.claim(f"backward: gradient at {node}", nodes[node]["gradient"], equals=expected, places=6)
    gradients = y.gradients()
    story.claim("dy/dw = y (1 - y) x", gradients["w"], equals=rate * (1 - rate), places=6)
    story.claim("dy/dx = y (1 - y) w", gradients["x"], equals=2 * rate * (1 - rate), places=6)
    story.claim("dy/db = y (1 - y)", gradients["b"], equals=rate * (1 - rate), places=6)
    story.picture(ns.plot(y), "sigmoid")


def tell_limit(story: ns.Story, y: composite.Expression) -> None:
    """The numerical derivative beside the analytic one (L20)."""
    story.title("The derivative as a limit")
    story.say("The quotient (f(w + h) - f(w)) / h comes the closer to the derivative, the smaller h is.")
    exact, w = y.gradients()["w"], y.variables["w"]
    steps = [1.0, 0.1, 0.01, 0.001]
    quotients = [(y.at(w=w + h).value - y.value) / h for h in steps]
    story.table(
        ["h", "(f(w + h) - f(w)) / h", "dy/dw", "distance"],
        [[h, quotient, exact, abs(quotient - exact)] for h, quotient in zip(steps, quotients, strict=True)],
    )
    errors = [abs(quotient - exact) for quotient in quotients]
    story.claim("the error at h = 0.001 is about a tenth of that at 0.01", errors[3] / errors[2], equals=0.1, places=2)
    for function, name in ((product(), "f"), (y, "y")):
        numerical, analytic = function.numerical_gradients(h=1e-5), function.gradients()
        for variable in analytic:
            distance = abs(numerical[variable] - analytic[variable])
            story.claim(
                f"d{name}/d{variable}: numerical and analytic are at most this far apart", distance, at_most=1e-8
            )


def tell_network(story: ns.Story) -> None:
    """A network is a composite function too."""
    story.title("A network is a composite function")
    net = ns.Network.from_arrays(
        [0, 1],
        [1, 2],
        [2.0, -1.0],
        names=["x", "h", "y"],
        thresholds=[0, -1, 0],
        modes=["sensory", "sigmoid", "linear"],
    )
    whole = ns.expand(net, [1.0], target=[0.0])
    story.say("The same neuron, read by another one whose answer should be 0: the loss as operations.")
    found, expected = whole.gradients(), ns.gradients(net, [1.0], [0.0])
    for (pre, post), gradient in zip(net.synapses, expected.weights.tolist(), strict=True):
        text = f"dL/dw of {pre} -> {post}, on the graph and by backpropagation"
        story.claim(text, found[f"w[{pre} -> {post}]"], equals=gradient, places=6)
    story.picture(ns.plot(whole), "network")


def show_wires(story: ns.Story, expression: composite.Expression) -> None:
    """Every edge with both numbers on it."""
    graph = expression.graph()
    story.table(
        ["from", "to", "value", "local gradient", "passed back", "gradient"],
        [
            [tail, head, graph.nodes[tail]["value"], edge["local"], edge["passed_back"], edge["gradient"]]
            for tail, head, edge in graph.edges(data=True)
        ],
    )


if __name__ == "__main__":
    main.run_as_script()
