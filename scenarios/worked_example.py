"""The lecture's worked example: two layers, five steps, every printed number from the network itself (L23)."""

import networkx as nx
import numpy as np

import neurosim as ns

X, TARGETS, LEARNING_RATE = [1, 1], [0, 1], 0.1
WA, BA = [[1, 0.5, 2], [-1, 0.5, 3]], [0, 2, -2]  # rows: from, columns: to
WB, BB = [[1, 2], [1, 3], [-1, -2]], [1, -1]


def build() -> ns.Network:
    """Two inputs, three sigmoid neurons (layer a), two linear neurons (layer b)."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(["x1", "x2"], mode="sensory", region="x")
    for j in range(3):
        graph.add_node(f"a{j + 1}", mode="sigmoid", bias=BA[j], region="a")
    for j in range(2):
        graph.add_node(f"b{j + 1}", mode="linear", bias=BB[j], region="b")
    graph.add_edges_from((f"x{i + 1}", f"a{j + 1}", {"weight": WA[i][j]}) for i in range(2) for j in range(3))
    graph.add_edges_from((f"a{i + 1}", f"b{j + 1}", {"weight": WB[i][j]}) for i in range(3) for j in range(2))
    return ns.Network.from_graph(graph)


def printed(values: object, places: int) -> str:
    """Numbers as the lecture prints them, row by row."""
    rows = np.atleast_2d(np.asarray(values, dtype=float))
    return "\n".join("  ".join(f"{value:.{places}f}" for value in row) for row in rows)


@ns.scenario
def main(story: ns.Story) -> None:
    """Tell the five steps."""
    net = build()

    def same(text: str, values: object, as_printed: object, places: int) -> None:
        story.claim(text, printed(values, places), equals=printed(as_printed, places))

    def layers(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Split one number per synapse into the matrices Wa and Wb."""
        return values[:6].reshape(2, 3), values[6:].reshape(3, 2)

    story.title("Step 1: initial parameters")
    story.show(net)
    wa, wb = layers(net.weights)
    same("Wa, from x to a", wa, WA, 1)
    same("Wb, from a to b", wb, WB, 0)
    story.picture(ns.plot(net), "network")

    story.title("Step 2: forward")
    story.say("Each neuron sums what its dendrites bring, adds its bias, and answers with its mode.")
    rates = dict(zip(net.names, ns.activity(net, X), strict=True))
    drive_a = [net[a].drive(x1=1, x2=1) for a in ("a1", "a2", "a3")]
    rate_a = {a: rates[a] for a in ("a1", "a2", "a3")}
    story.table(
        ["neuron", "drive", "rate"],
        [[a, net[a].drive(x1=1, x2=1), rates[a]] for a in rate_a]
        + [[b, net[b].drive(rate_a), rates[b]] for b in ("b1", "b2")],
    )
    same("drives of layer a, ya", drive_a, [0, 3, 3], 0)
    same("rates of layer a, za", list(rate_a.values()), [0.5, 0.953, 0.953], 3)
    same("outputs, yb", ns.respond(net, X), [1.5, 0.953], 3)

    story.title("Step 3: loss")
    g = ns.gradients(net, X, TARGETS, loss="mse")
    story.say(f"Half the squared distance from the targets (0, 1): {g.loss:.3f}.")
    same("loss", g.loss, 1.126, 3)

    story.title("Step 4: backward")
    story.say("Every gradient is a local slope times the gradient that was passed back.")
    dwa, dwb = layers(g.weights)
    same("dL/dWb", dwb, [[0.75, -0.0237], [1.4289, -0.0452], [1.4289, -0.0452]], 4)
    same("dL/dbb", g.biases[5:], [1.5, -0.0474], 4)
    slope = net["a1"].mode.derivative(np.array(drive_a[0]))
    by_output = g.biases[5:]  # a linear output passes its own gradient on
    by_rate = by_output @ [net["a1"].axon["b1"], net["a1"].axon["b2"]]
    story.say(f"On the way: dL/dz1 = dL/dy1 w11 + dL/dy2 w12 = {by_rate:.4f}, dz1/dy1 = z1^2 e^(-y1) = {slope:.2f}.")
    same("dz1/dy1 = z1^2 e^(-y1)", rates["a1"] ** 2 * np.exp(-drive_a[0]), 0.25, 2)
    same("the slope of a1 at its drive", slope, 0.25, 2)
    same("dL/dy1 of layer a: slope times passed back", slope * by_rate, 0.3513, 4)
    same("dL/dWa", dwa, [[0.3513, 0.0613, -0.0635], [0.3513, 0.0613, -0.0635]], 4)
    same("dL/dba (the slide cuts its last number off at -0.0634)", g.biases[2:5], [0.3513, 0.0613, -0.0635], 4)
    last = g.biases[4]
    story.claim("the last one lies between the slide's -0.0634 and -0.0635", last, at_least=-0.0635, at_most=-0.0634)

    story.title("Step 5: update")
    ns.train(net, X, TARGETS, loss="mse", optimizer=ns.SGD(LEARNING_RATE), epochs=1)
    wa, wb = layers(net.weights)
    same("Wa after one step at rate 0.1", wa, [[0.965, 0.494, 2.006], [-1.035, 0.494, 3.006]], 3)
    same("ba", net.biases[2:5], [-0.035, 1.994, -1.994], 3)
    same("Wb", wb, [[0.925, 2.002], [0.857, 3.005], [-1.143, -1.995]], 3)
    same("bb", net.biases[5:], [0.85, -0.995], 3)
    same("outputs now", ns.respond(net, X), [1.014, 0.910], 3)
    new_loss = ns.gradients(net, X, TARGETS, loss="mse").loss
    same("loss now", new_loss, 0.518, 3)
    story.say(f"The loss fell from {g.loss:.3f} to {new_loss:.3f}.")

    told = ns.explain(build(), X, TARGETS, loss="mse", learning_rate=LEARNING_RATE)
    story.title("The same five steps, as ns.explain tells them of any network")
    story.show(str(told))
    assert isinstance(told, ns.Explanation)
    assert told.new_loss is not None
    story.claim("the loss that it foretells is the loss after training", told.new_loss, equals=new_loss, places=12)
    story.picture(ns.plot(told), "explanation")


if __name__ == "__main__":
    main.run_as_script()
