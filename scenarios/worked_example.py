"""The lecture's worked example: two layers, five steps, every printed number from the network itself (L23).

A brain that errs changes its synapses, and does better the next time. How a synapse deep inside could know in which
direction to change is an open question. For a network on paper there is an answer: follow every effect back to its
cause, multiply the slopes on the way, and change each weight a little against its slope.

The lecture does so once by hand, on five slides. Here each slide is a chapter with a picture, and every number that the
slide prints is computed from the network and compared with the print, to its last digit. Left out: more than one sample
and more than one step; and no biological synapse is known to hear a gradient.

Source: J. Liu, "Artificial neural networks: an overview", a lecture at Peking University; Rumelhart, Hinton and
Williams, Nature 323, 1986.
"""

import numpy as np

import neurosim as ns

X, TARGETS, LEARNING_RATE = [1, 1], [0, 1], 0.1
WA, BA = [[1, 0.5, 2], [-1, 0.5, 3]], [0, 2, -2]  # rows: from, columns: to
WB, BB = [[1, 2], [1, 3], [-1, -2]], [1, -1]


def build() -> ns.Network:
    """Two inputs, three sigmoid neurons (layer a), two linear neurons (layer b)."""
    pre, post = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4], [2, 3, 4, 2, 3, 4, 5, 6, 5, 6, 5, 6]
    return ns.Network.from_arrays(
        pre,
        post,
        np.append(WA, WB),
        names=["x1", "x2", "a1", "a2", "a3", "b1", "b2"],
        modes=[*["sensory"] * 2, *["sigmoid"] * 3, *["linear"] * 2],
        thresholds=-np.array([0, 0, *BA, *BB]),
        regions=list("xxaaabb"),
    )


def layers(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split one number per synapse into the matrices Wa and Wb."""
    return values[:6].reshape(2, 3), values[6:].reshape(3, 2)


def printed(values: object, places: int) -> str:
    """Numbers as the lecture prints them, row by row."""
    rows = np.atleast_2d(np.asarray(values, dtype=float))
    return "\n".join("  ".join(f"{value:.{places}f}" for value in row) for row in rows)


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell the five steps."""
    net, told = build(), ns.explain(build(), X, TARGETS, loss="mse", learning_rate=LEARNING_RATE)
    assert isinstance(told, ns.Explanation)

    def same(text: str, values: object, as_printed: object, places: int) -> None:
        story.claim(text, printed(values, places), equals=printed(as_printed, places))

    story.title("Step 1: initial parameters")
    story.say(
        "Two inputs, x1 and x2, reach three sigmoid neurons, a1 to a3; these reach two linear neurons, b1 and b2. "
        "Every synapse has a weight, every neuron a bias, the opposite of its threshold: a bias of 2 is a threshold "
        "\u03b8 of -2. They usually begin at random; the lecture chose round ones. The matrix Wa holds the weights "
        "from x to a, a row for each neuron that they come from; Wb those from a to b."
    )
    wa, wb = layers(net.weights)
    same("Wa, the weights from x to a", wa, WA, 1)
    same("Wb, the weights from a to b", wb, WB, 0)
    same("ba, the biases of layer a", net.biases[2:5], BA, 0)
    same("bb, the biases of layer b", net.biases[5:], BB, 0)
    caption = "Step 1. Weights on the lines, and below each neuron its threshold \u03b8, the opposite of its bias."
    story.picture(ns.plot(told, step="parameters"), "network", caption)

    story.title("Step 2: forward")
    story.say(
        "Both inputs are 1. Each neuron sums weight times rate over its dendrites and adds its bias: its drive (the "
        "lecture's y). A sigmoid neuron answers with the rate z = 1 / (1 + e^-y), a linear one with the drive itself."
    )
    drive, rate = told.drives, told.rates
    same("drives of layer a, ya", drive[2:5], [0, 3, 3], 0)
    same("rates of layer a, za", rate[2:5], [0.5, 0.953, 0.953], 3)
    same("outputs, yb", ns.respond(net, X), [1.5, 0.953], 3)
    caption = "Step 2. The network coloured by rate: a1 answers 0.5, a2 and a3 0.953, and the outputs 1.5 and 0.953."
    story.picture(ns.plot(told, step="forward"), "forward", caption)

    story.title("Step 3: loss")
    g = ns.gradients(net, X, TARGETS, loss="mse")
    story.say(
        "The outputs should be 0 and 1, the targets. How wrong they are is one number, the loss L: half the sum of the "
        f"squared distances (named mse), {g.loss:.3f}. Nearly all of it is b1's, which is 1.5 too high."
    )
    same("loss L", g.loss, 1.126, 3)
    caption = "Step 3. What the outputs say, what they should say, dL/drate of each. Pictures round the loss to 1.13."
    story.picture(ns.plot(told, step="loss"), "loss", caption)

    story.title("Step 4: backward")
    by_output, slope = g.biases[5:], net["a1"].mode.derivative(np.array(drive[2]))
    by_rate = by_output @ list(net["a1"].axon.values())
    story.say(
        "How fast would L change with each weight? That is its gradient, dL/dw. Start at the loss and go back. Every "
        "gradient is a local slope times the gradient that was passed back; where ways meet, they add up. The way to "
        "a1, for instance: its rate z reaches b1 and b2, with drives yb1 and yb2, over its weights w11 and w12, so "
        f"dL/dz = dL/dyb1 w11 + dL/dyb2 w12 = {by_rate:.4f}. The slope of its own sigmoid is dz/dy = z^2 e^(-y) = "
        f"{slope:.2f}, y its drive. So dL/dy = {slope:.2f} x {by_rate:.4f} = {slope * by_rate:.4f}: a1's delta."
    )
    dwa, dwb = layers(g.weights)
    same("dL/dWb, by weights from a to b", dwb, [[0.75, -0.0237], [1.4289, -0.0452], [1.4289, -0.0452]], 4)
    same("dL/dbb, by biases of b", by_output, [1.5, -0.0474], 4)
    same("dz/dy = z^2 e^(-y), the slope of a1", slope, rate[2] ** 2 * np.exp(-drive[2]), 2)
    same("dL/dWa, by weights from x to a", dwa, [[0.3513, 0.0613, -0.0635], [0.3513, 0.0613, -0.0635]], 4)
    same("dL/dba, by biases of a (the slide cuts off: -0.0634)", g.biases[2:5], [0.3513, 0.0613, -0.0635], 4)
    caption = "Step 4. On each line dL/dweight, below each neuron delta, dL/ddrive: strong ones lead to b1, which errs."
    story.picture(ns.plot(told, step="backward"), "backward", caption)

    story.title("Step 5: update")
    ns.train(net, X, TARGETS, loss="mse", optimizer=ns.SGD(LEARNING_RATE), epochs=1)
    wa, wb = layers(net.weights)
    outputs, new_loss = ns.respond(net, X), ns.gradients(net, X, TARGETS, loss="mse").loss
    story.say(
        f"Each weight and bias takes a small step against its gradient: new = old - {LEARNING_RATE} x gradient; "
        f"{LEARNING_RATE} is the learning rate. Thresholds, opposite to biases, move the other way. The same inputs "
        f"now give {printed(outputs, 3).replace('  ', ' and ')}; the loss fell from {g.loss:.3f} to {new_loss:.3f}."
    )
    same("Wa after the step", wa, [[0.965, 0.494, 2.006], [-1.035, 0.494, 3.006]], 3)
    same("ba after the step", net.biases[2:5], [-0.035, 1.994, -1.994], 3)
    same("Wb after the step", wb, [[0.925, 2.002], [0.857, 3.005], [-1.143, -1.995]], 3)
    same("bb after the step", net.biases[5:], [0.85, -0.995], 3)
    same("outputs now, after the step", outputs, [1.014, 0.910], 3)
    same("loss now, after the step", new_loss, 0.518, 3)
    caption = "Step 5. By how much each weight and threshold changes, and its number before and after."
    story.picture(ns.plot(told, step="update"), "update", caption)
    story.say("ns.explain(net, x, target) tells these steps of any network, with every sum written out.")
    caption = "The five steps at a glance: rates and weights above, going forward; gradients below, going backward."
    story.picture(ns.plot(told), "explanation", caption, cover=True)


@main.question(
    "What is the loss after a second step, at the same learning rate?",
    hint="Train with epochs=2, or do the five steps again from the new weights.",
)
def after_two_steps() -> float:
    """Two steps."""
    net = build()
    ns.train(net, X, TARGETS, loss="mse", optimizer=ns.SGD(LEARNING_RATE), epochs=2)
    return ns.gradients(net, X, TARGETS, loss="mse").loss


@main.question(
    "With the input x2 = 0 in place of 1, how many of the twelve weights have a gradient of 0?",
    hint="A weight's gradient is the delta of the neuron that it leads to, times the rate that comes in.",
)
def a_silent_input() -> int:
    """Weights that learn nothing from this sample."""
    return int((ns.gradients(build(), [1, 0], TARGETS, loss="mse").weights == 0).sum())


if __name__ == "__main__":
    main.run_as_script()
