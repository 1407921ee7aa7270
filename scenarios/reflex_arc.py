"""Reflex arc: the knee jerk, tick by tick, and how its antagonist is silenced by one inhibitory cell (L2, L3, L5).

A tap on the tendon below the kneecap stretches the quadriceps. Sense organs in the muscle, its spindles, feel it;
nerve fibres (Ia afferents) carry their impulses to the spinal cord and excite the motor neurons (MN) of the same
muscle, with no cell between: the leg kicks. The same fibres excite an inhibitory cell, the Ia interneuron, which
silences the motor neurons of the hamstrings, the antagonist, that would hold the leg back. Sherrington (Proceedings of
the Royal Society 60, London, 1897) called that reciprocal innervation; Eccles, Fatt and Landgren (Journal of
Neurophysiology 19, 1956) found the interneuron.

The cells here are McCulloch and Pitts's, 0 or 1; each stands for a pool of its kind. A tick is a millisecond. The
delays are round numbers of the right order for an adult, not anyone's measurements. Left out: everything else in the
cord, and how a muscle moves.
"""

import networkx as nx
import numpy as np

import neurosim as ns

SENSING, INWARD, SYNAPSE, OUTWARD = 1, 8, 1, 9  # ms: in the spindle; thigh to cord; one synapse more; cord to muscle
THRESHOLD, STRETCHED = 1.0, 4  # the least tap that the afferent answers; for how many ms a tap stretches the muscle
BEFORE, AFTER = 10, 30  # ticks on either side of the tap
STANDING: dict[str | int, int] = {"cortex": 1, "descending": 1, "hamstrings MN": 1, "hamstrings": 1}  # without a tap


def build(*, interneuron: bool = True, inward: int = INWARD, outward: int = OUTWARD) -> ns.Network:
    """The arc; every cell that makes synapses is excitatory or inhibitory, by its receptor."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, region in (("spindle", "thigh"), ("cortex", "brain")):
        graph.add_node(name, mode="sensory", region=region, receptor="excitatory")
    for name, region in (("Ia afferent", "nerve"), ("descending", "tract")):
        graph.add_node(name, threshold=THRESHOLD, region=region, receptor="excitatory")
    if interneuron:
        graph.add_node("Ia interneuron", threshold=1, region="interneurons", receptor="inhibitory")
        graph.add_edge("Ia afferent", "Ia interneuron", weight=1, delay=inward)
    for muscle in ("quadriceps", "hamstrings"):
        graph.add_node(f"{muscle} MN", threshold=1, region="motor neurons", receptor="excitatory")
        graph.add_node(muscle, threshold=1, region="muscles", output=True)
        graph.add_edge(f"{muscle} MN", muscle, weight=1, delay=outward)
    graph.add_edge("spindle", "Ia afferent", weight=1, delay=SENSING)
    graph.add_edge("Ia afferent", "quadriceps MN", weight=1, delay=inward)
    graph.add_edge("cortex", "descending", weight=1, delay=1)
    graph.add_edge("descending", "hamstrings MN", weight=1, delay=12)  # of someone who stands: always the same
    if interneuron:
        graph.add_edge("Ia interneuron", "hamstrings MN", weight=-2, delay=SYNAPSE)
    return ns.Network.from_graph(graph)


def tap(net: ns.Network, strength: float | np.ndarray = THRESHOLD) -> ns.Recording:
    """Tap the tendon of someone who stands; several strengths are as many trials."""
    stretch = np.zeros((*np.shape(strength), BEFORE + AFTER))
    stretch[..., BEFORE : BEFORE + STRETCHED] = np.asarray(strength)[..., None]
    return ns.simulate(net, {"spindle": stretch, "cortex": 1}, BEFORE + AFTER, state=STANDING, drives=True)


def begins(rec: ns.Recording, name: str, rate: int = 1) -> int:
    """When a cell first has this rate after the tap, in ms from it."""
    return int(np.argmax(rec[name][BEFORE:] == rate))


def pulling_together(rec: ns.Recording) -> int:
    """For how many ms both muscles pull."""
    return int((rec["quadriceps"] * rec["hamstrings"]).sum())


@ns.scenario
def main(story: ns.Story) -> None:
    """Tap a tendon, follow the impulses, take the interneuron away, tap too lightly, and measure other people."""
    net, rng = build(), np.random.default_rng(story.seed)
    story.title("The arc")
    story.say(
        f"Nine cells, one for each pool. An impulse needs {SENSING} ms in the spindle, {INWARD} ms from the thigh to "
        f"the cord with the synapse there, {OUTWARD} ms out to the muscle, and {SYNAPSE} ms for a synapse more. The "
        "brain drives the hamstrings all the time, as in someone who stands."
    )
    caption = "Sense organ and brain on the left, muscles on the right; blue inhibits; dashed lines take time."
    story.picture(ns.plot(net), "network", caption)
    tell_ticks(story, net)
    tell_lesion(story, net)
    tell_all_or_none(story, net, rng)

    story.title("Other people")
    people, wrong = 10 if story.quick else 20, 0
    for inward, outward in rng.integers([4, 5], [12, 14], size=(people, 2)).tolist():
        one = tap(build(inward=inward, outward=outward))
        wrong += begins(one, "quadriceps") != SENSING + inward + outward
        wrong += begins(one, "hamstrings MN", rate=0) - begins(one, "quadriceps MN") != SYNAPSE
    story.say(f"{people} people with nerves of other lengths: 4 to 11 ms in, 5 to 13 ms out.")
    story.claim("latencies that are not the sum of their delays, or silences not a synapse late", wrong, equals=0)


def tell_ticks(story: ns.Story, net: ns.Network) -> None:
    """Who fires when, and why."""
    story.title("Tick by tick")
    story.say(
        f"The tap comes in tick {BEFORE}, and stretches the muscle for {STRETCHED} ticks. Read what arrives at a cell "
        "when it begins to fire or ceases: +1 from an excitatory synapse, -2 from the inhibitory one."
    )
    rec, graph = tap(net), net.to_graph()
    story.table(["ticks", "who fires", "what has changed, and what arrived"], ns.account(rec).rows)
    wrong = sum(
        sum(ns.arriving(rec, name, tick).values()) - net[name].threshold != rec.drive(name)[tick]
        for name in net.names
        if net[name].dendrites
        for tick in rec.ticks.tolist()
    )
    story.claim("cells and ticks whose drive is not the sum of what arrived", wrong, equals=0)
    for muscle, synapses in (("quadriceps", 1), ("hamstrings", 2)):
        text = f"synapses from the afferent to the motor neuron of the {muscle}"
        story.claim(text, nx.shortest_path_length(graph, "Ia afferent", f"{muscle} MN"), equals=synapses)
    on_the_way = nx.shortest_path_length(graph, "spindle", "quadriceps", weight="delay")
    text = "ms from the tap to the kick: the sum of the delays on the way"
    story.claim(text, begins(rec, "quadriceps"), equals=on_the_way)
    pulled = int(rec["quadriceps"].sum())
    story.claim("ms for which the quadriceps pulls: as long as it was stretched", pulled, equals=STRETCHED)
    late = begins(rec, "hamstrings MN", rate=0) - begins(rec, "quadriceps MN")
    story.claim("ms from the agonist's first impulse to the antagonist's silence: a synapse", late, equals=SYNAPSE)
    caption = "The knee jerk: the tap makes the quadriceps pull, and the inhibitory cell silences the hamstrings."
    story.picture(ns.plot(rec, kind="raster"), "impulses", caption, cover=True)
    caption = "Drives in the cord: the interneuron pushes the hamstrings' motor neuron below its threshold."
    story.picture(ns.plot(rec, neurons=["quadriceps MN", "Ia interneuron", "hamstrings MN"]), "drives", caption)


def tell_lesion(story: ns.Story, net: ns.Network) -> None:
    """What the interneuron is for, and why it must be a cell of its own."""
    story.title("Without the interneuron")
    story.say("The same arc, less one cell. Both muscles pull against each other: co-contraction.")
    rec, without = tap(net), tap(build(interneuron=False))
    columns = ["", "ms with an impulse: quadriceps", "hamstrings", "both"]
    runs = (("with it", rec), ("without", without))
    pulls = ("quadriceps", "hamstrings")
    story.table(columns, [[name, *(int(r[m].sum()) for m in pulls), pulling_together(r)] for name, r in runs])
    story.claim("ms in which both muscles pull, with the interneuron", pulling_together(rec), equals=SYNAPSE)
    story.claim("ms in which both muscles pull, without it", pulling_together(without), equals=STRETCHED)
    story.claim("without it: ms in which the hamstrings are silent", int((without["hamstrings"] == 0).sum()), equals=0)
    others = [str(name) for name in without.names if (rec[name] != without[name]).any()]
    story.claim("cells that do other things without it", ", ".join(others), equals="hamstrings MN, hamstrings")

    story.title("Dale's law")
    story.say(
        "The interneuron's receptor is inhibitory, so all its synapses are: a weight above 0 is refused. To inhibit, "
        "the excitatory afferent needs the interneuron, and that costs the synapse's delay."
    )
    try:
        net["Ia interneuron"].axon["hamstrings MN"] = 1
        refusal = ""
    except ns.DataError as error:
        refusal = str(error)
    story.say(f"neurosim says: {refusal}")
    story.claim("an interneuron that excites is refused", bool(refusal))


def tell_all_or_none(story: ns.Story, net: ns.Network, rng: np.random.Generator) -> None:
    """Taps of many strengths: all of an answer, or nothing."""
    story.title("All or none")
    count = 50 if story.quick else 500
    strengths = np.append(rng.uniform(0, 2 * THRESHOLD, count), [0, np.nextafter(THRESHOLD, 0), THRESHOLD])
    many = tap(net, strengths)
    kicks, cells = many["quadriceps"].any(axis=-1), [name for name in net.names if name != "spindle"]
    story.say(f"{count} taps of random strength, one of none, one just below the threshold and one at it.")
    wrong = int((kicks != (strengths >= THRESHOLD)).sum())
    story.claim("taps below the threshold that are answered, or others that are not", wrong, equals=0)
    for which, like, text in (
        (~kicks, int(np.argmin(strengths)), "cells in which a tap below the threshold leaves a trace"),
        (kicks, len(strengths) - 1, "cells whose answer to a strong tap differs from that to a weak one"),
    ):
        unlike = sum(bool((many[name][which] != many[name][like]).any()) for name in cells)
        story.claim(text, unlike, equals=0)


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
    net = build()
    net["Ia interneuron"].axon["hamstrings MN"] = -0.5
    return bool((tap(net)["hamstrings MN"] == 0).any())


@main.question(
    "Which delay of the synapse from the afferent to the quadriceps MN, in place of 8 ms, would leave not a single ms "
    "in "
    "which both muscles pull?",
    hint="The antagonist falls silent one synapse later than the agonist begins.",
)
def no_overlap() -> int:
    """The least that does."""
    for delay in range(INWARD, 2 * INWARD):
        graph = build().to_graph()
        graph.edges["Ia afferent", "quadriceps MN"]["delay"] = delay
        if pulling_together(tap(ns.Network.from_graph(graph))) == 0:
            break
    return delay


if __name__ == "__main__":
    main.run_as_script()
