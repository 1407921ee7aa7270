"""Reflex arc: the knee jerk, tick by tick, and how its antagonist is silenced by one inhibitory cell (L2, L3, L5).

A tap on the tendon below the kneecap stretches the quadriceps. Sense organs in the muscle, its spindles, feel it;
nerve fibres (Ia afferents) carry their impulses to the spinal cord and excite the motor neurons (MN) of the same
muscle, with no cell between: the leg kicks. The same fibres excite an inhibitory cell, the Ia interneuron, which
silences the motor neurons of the hamstrings, the antagonist, that would hold the leg back. Sherrington (Proceedings of
the Royal Society 60, London, 1897) called that reciprocal innervation; Eccles, Fatt and Landgren (Journal of
Neurophysiology 19, 1956) found the interneuron.

The cells here are McCulloch and Pitts's, 0 or 1; each stands for a pool, many of a kind. A tick is a millisecond. The
delays are round numbers of the right order for an adult, not anyone's measurements. Left out: everything else in the
cord, and how a muscle moves.
"""

import networkx as nx
import numpy as np

import neurosim as ns

SENSING, INWARD, SYNAPSE, OUTWARD = 1, 8, 1, 9  # ms: in the spindle; thigh to cord; one synapse more; cord to muscle
STRETCHED, BEFORE, AFTER = 4, 10, 30  # for how many ms a tap stretches the muscle; ticks before it and after
STANDING: dict[str | int, int] = {"cortex": 1, "descending": 1, "hamstrings MN": 1, "hamstrings": 1}  # without a tap
CELLS = {
    "thigh": ["spindle"],
    "brain": ["cortex"],
    "nerve": ["Ia afferent"],
    "tract": ["descending"],
    "interneurons": ["Ia interneuron"],
    "motor neurons": ["quadriceps MN", "hamstrings MN"],
    "muscles": ["quadriceps", "hamstrings"],
}


def build(inward: int = INWARD, outward: int = OUTWARD, inhibition: float = -2) -> ns.Network:
    """The arc: cells that excite, or inhibit, at all their synapses; each synapse with its weight and its delay."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for region, names in CELLS.items():
        kind = "inhibitory" if region == "interneurons" else "excitatory"
        graph.add_nodes_from(names, region=region, receptor=kind, output=region == "muscles")
    for pre, post, weight, delay in (
        ("spindle", "Ia afferent", 1, SENSING),
        ("cortex", "descending", 1, 1),
        ("Ia afferent", "Ia interneuron", 1, inward),
        ("Ia afferent", "quadriceps MN", 1, inward),
        ("Ia interneuron", "hamstrings MN", inhibition, SYNAPSE),
        ("descending", "hamstrings MN", 1, 12),  # of someone who stands: always the same
        ("quadriceps MN", "quadriceps", 1, outward),
        ("hamstrings MN", "hamstrings", 1, outward),
    ):
        graph.add_edge(pre, post, weight=weight, delay=delay)
        graph.nodes[post]["threshold"] = 1
    return ns.Network.from_graph(graph)


def tap(net: ns.Network, strength: float | np.ndarray = 1) -> ns.Recording:
    """Tap the tendon of someone who stands; several strengths are as many trials."""
    stretch = np.zeros((*np.shape(strength), BEFORE + AFTER))
    stretch[..., BEFORE : BEFORE + STRETCHED] = np.asarray(strength)[..., None]
    return ns.simulate(net, {"spindle": stretch, "cortex": 1}, BEFORE + AFTER, state=STANDING)


def begins(rec: ns.Recording, name: str, rate: int = 1) -> int:
    """When a cell first has this rate after the tap, in ms from it."""
    return int(np.argmax(rec[name][BEFORE:] == rate))


def pulling_together(rec: ns.Recording) -> int:
    """For how many ms both muscles pull."""
    return int((rec["quadriceps"] * rec["hamstrings"]).sum())


@ns.scenario
def main(story: ns.Story) -> None:
    """Tap a tendon, follow the impulses, take the interneuron away, and tap too lightly."""
    net = build()
    story.title("The arc")
    story.say(
        f"Nine cells, one for each pool. An impulse needs {SENSING} ms in the spindle, {INWARD} ms from the thigh to "
        f"the cord with the synapse there, {OUTWARD} ms out to the muscle, and {SYNAPSE} ms for a synapse more. The "
        "brain (cortex, and a descending fibre) drives the hamstrings all the time, as in someone who stands."
    )
    caption = "Sense organ and brain left, muscles right; blue inhibits. On each line are its weight and its delay."
    story.picture(ns.plot(net), "network", caption)

    story.title("Tick by tick")
    story.say(
        f"The tap comes in tick {BEFORE}, and stretches the muscle for {STRETCHED} ticks. Read what arrives at a cell "
        "when it begins to fire or ceases: +1 from an excitatory synapse, -2 from the inhibitory one. The interneuron "
        "is needed because no cell both excites and inhibits, and it costs a synapse's delay."
    )
    rec, graph = tap(net), net.to_graph()
    story.table(["ticks", "who fires", "what has changed, and what arrived"], ns.account(rec).rows)
    for muscle, synapses in (("quadriceps", 1), ("hamstrings", 2)):
        way = nx.shortest_path_length(graph, "Ia afferent", f"{muscle} MN")
        story.claim(f"synapses from the Ia afferent to the motor neuron of the {muscle}", way, equals=synapses)
    delays = nx.shortest_path_length(graph, "spindle", "quadriceps", weight="delay")
    story.claim(
        "ms from the tap to the kick: the sum of the delays on the way", begins(rec, "quadriceps"), equals=delays
    )
    pulled = int(rec["quadriceps"].sum())
    story.claim("ms for which the quadriceps pulls: as long as it was stretched", pulled, equals=STRETCHED)
    late = begins(rec, "hamstrings MN", rate=0) - begins(rec, "quadriceps MN")
    text = "ms by which the hamstrings' silence comes after the quadriceps' first impulse (both MN)"
    story.claim(text, late, equals=SYNAPSE)
    caption = "The knee jerk: the tap makes the quadriceps pull, and the inhibitory cell silences the hamstrings."
    story.picture(ns.plot(rec, kind="raster"), "impulses", caption, cover=True)

    story.title("Without the interneuron")
    net.remove_neuron("Ia interneuron")
    without = tap(net)
    story.say("The same arc, less one cell. Both muscles pull against each other: co-contraction.")
    story.claim("ms in which both muscles pull, with the interneuron", pulling_together(rec), equals=SYNAPSE)
    story.claim("ms in which both muscles pull, without it", pulling_together(without), equals=STRETCHED)

    story.title("All or none")
    strengths = np.append(np.random.default_rng(story.seed).uniform(0, 2, 50), [np.nextafter(1, 0), 1])
    many = tap(build(), strengths)
    story.say("52 taps of other strengths; the afferent's threshold is 1. There is all of an answer, or nothing.")
    wrong = int((many["quadriceps"].sum(axis=-1) != STRETCHED * (strengths >= 1)).sum())
    text = "of 52 taps, those below the threshold that are answered, and others not answered in full"
    story.claim(text, wrong, equals=0)


@main.question(
    "In a tall person the way in takes 12 ms and the way out 14 ms. How many ms after the tap does the leg kick?",
    hint="Add the delays on the way from the spindle to the muscle; the spindle itself takes 1 ms.",
)
def tall() -> int:
    """Measured."""
    return begins(tap(build(inward=12, outward=14)), "quadriceps")


@main.question(
    "If the interneuron inhibited with the weight -0.5 in place of -2, would the hamstrings' motor neuron fall silent?",
    hint="It hears +1 from the brain, and its threshold is 1.",
)
def weak_inhibition() -> bool:
    """Whether it ever does."""
    return bool((tap(build(inhibition=-0.5))["hamstrings MN"] == 0).any())


if __name__ == "__main__":
    main.run_as_script()
