"""Reflex arc: the knee jerk, tick by tick, and how its antagonist is silenced by one inhibitory cell (L2, L3)."""

import itertools

import networkx as nx
import numpy as np

import neurosim as ns

# One tick is 1 ms. The delays are round numbers of the right order for an adult, not anyone's measurements.
SENSING, INWARD, SYNAPSE, OUTWARD = 1, 8, 1, 9  # in the spindle; thigh to cord; one synapse more; cord to muscle
DESCENDING = 12  # from the brain to the cord; what it brings is always the same here
THRESHOLD, STRETCHED = 1.0, 4  # the least tap that the afferent answers; for how many ms a tap stretches the muscle
BEFORE, AFTER = 10, 30  # ticks on either side of the tap
STANDING: dict[str | int, int] = {
    "cortex": 1,
    "descending": 1,
    "hamstrings MN": 1,
    "hamstrings": 1,
}  # what fires without a tap


def build(*, interneuron: bool = True, inward: int = INWARD, outward: int = OUTWARD) -> ns.Network:
    """The arc, of binary cells; each stands for a pool of its kind, some of which may fire in any millisecond."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("spindle", mode="sensory", region="thigh", receptor="excitatory")
    graph.add_node("cortex", mode="sensory", region="brain", receptor="excitatory")
    graph.add_node("Ia afferent", threshold=THRESHOLD, region="nerve", receptor="excitatory")
    graph.add_node("descending", threshold=1, region="tract", receptor="excitatory")
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
    graph.add_edge("descending", "hamstrings MN", weight=1, delay=DESCENDING)
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


def arriving(rec: ns.Recording, name: str, tick: int) -> dict[str, float]:
    """What each synapse brings to a cell in this tick: its weight times the rate of `delay` ticks ago."""
    brought = {}
    for (pre, post), weight, delay in zip(rec.net.synapses, rec.net.weights, rec.net.delays, strict=True):
        if post == name:
            rate = rec[pre][tick - delay] if tick >= delay else STANDING.get(pre, 0)
            brought[str(pre)] = float(weight * rate)
    return brought


def account(rec: ns.Recording) -> list[list[object]]:
    """Tick by tick, as long as nothing changes in one row: who fires, and what made cells begin or cease."""
    cells = [str(name) for name in rec.names]
    firing = [[name for name in cells if rec[name][tick] > 0] for tick in range(len(rec))]
    changes = [0, *(tick for tick in range(1, len(rec)) if firing[tick] != firing[tick - 1]), len(rec)]
    rows: list[list[object]] = []
    for start, end in itertools.pairwise(changes):
        told = []
        for name in [name for name in cells if start and rec[name][start] != rec[name][start - 1]]:
            reasons = [f"{value:+g} from {pre}" for pre, value in arriving(rec, name, start).items() if value]
            why = "the stimulus" if name in rec.net.inputs else ", ".join(reasons) or "nothing arrives"
            told.append(f"{name} {'begins' if rec[name][start] else 'ceases'}: {why}")
        when = f"{start}" if end == start + 1 else f"{start} to {end - 1}"
        rows.append([when, ", ".join(firing[start]), "; ".join(told)])
    return rows


def sums_that_differ(rec: ns.Recording) -> int:
    """In how many ticks of how many cells the sum of what arrives, less the threshold, is not the recorded drive."""
    cells = [str(name) for name in rec.names if rec.net[name].dendrites]
    return sum(
        sum(arriving(rec, name, tick).values()) - rec.net[name].threshold != rec.drive(name)[tick]
        for name in cells
        for tick in range(len(rec))
    )


def pulling_together(rec: ns.Recording) -> int:
    """For how many ms both muscles pull."""
    return int((rec["quadriceps"] * rec["hamstrings"]).sum())


def told_apart(normal: ns.Recording, other: ns.Recording) -> list[str]:
    """The cells of two networks that do not do the same."""
    return [str(name) for name in other.names if (normal[name] != other[name]).any()]


@ns.scenario
def main(story: ns.Story) -> None:
    """Tap a tendon, follow the impulses, take the interneuron away, tap too lightly, and measure other people."""
    net = build()
    story.say(
        "A tap on the tendon below the kneecap stretches the quadriceps. Its spindles feel it, and their Ia afferents "
        "excite the quadriceps' motor neurons (MN) in the spinal cord with no cell between: the leg kicks. The same "
        "afferents excite an inhibitory interneuron, which silences the motor neurons of the hamstrings, the "
        "antagonist: reciprocal inhibition (Sherrington)."
    )
    story.say(
        f"The cells are McCulloch and Pitts's: 0 or 1. Each stands for a pool of its kind. One tick is 1 ms. The "
        f"delays are approximate: {SENSING} ms in the spindle, {INWARD} ms from thigh to cord with the synapse there, "
        f"{OUTWARD} ms out to the muscle, {SYNAPSE} ms for a synapse more; together of the order of the 20 ms that one "
        "finds at the knee. The brain drives the hamstrings all the time, as in someone who stands."
    )
    story.show(net)
    story.picture(ns.plot(net), "network")

    story.title("Tick by tick")
    story.say(f"The tap comes in tick {BEFORE}, and stretches the muscle for {STRETCHED} ticks.")
    rec = tap(net)
    story.table(["ticks", "who fires", "what has changed, and what arrived"], account(rec))
    story.claim("cells and ticks whose drive is not the sum of what arrived", sums_that_differ(rec), equals=0)
    graph = net.to_graph()
    synapses = nx.shortest_path_length(graph, "Ia afferent", "quadriceps MN")
    story.claim("synapses from the afferent to the quadriceps' motor neuron: monosynaptic", synapses, equals=1)
    synapses = nx.shortest_path_length(graph, "Ia afferent", "hamstrings MN")
    story.claim("synapses from the afferent to the hamstrings' motor neuron", synapses, equals=2)
    latency = begins(rec, "quadriceps")
    on_the_way = nx.shortest_path_length(graph, "spindle", "quadriceps", weight="delay")
    story.claim("ms from the tap to the kick: the sum of the delays on the way", latency, equals=on_the_way)
    story.claim(
        "ms for which the quadriceps pulls: as long as it was stretched", int(rec["quadriceps"].sum()), equals=STRETCHED
    )
    late = begins(rec, "hamstrings MN", rate=0) - begins(rec, "quadriceps MN")
    story.claim("ms from the agonist's first impulse to the antagonist's silence: a synapse", late, equals=SYNAPSE)
    story.picture(ns.plot(rec, kind="raster"), "impulses")
    story.picture(ns.plot(rec, neurons=["quadriceps MN", "Ia interneuron", "hamstrings MN"]), "drives")

    story.title("Without the interneuron")
    story.say("The same arc, less one cell. Both muscles pull against each other: co-contraction.")
    without = tap(build(interneuron=False))
    story.table(
        ["", "ms with an impulse: quadriceps", "hamstrings", "both"],
        [
            [name, *(int(r[muscle].sum()) for muscle in ("quadriceps", "hamstrings")), pulling_together(r)]
            for name, r in (("with it", rec), ("without", without))
        ],
    )
    story.claim("ms in which both muscles pull, with the interneuron", pulling_together(rec), equals=SYNAPSE)
    story.claim("ms in which both muscles pull, without it", pulling_together(without), equals=STRETCHED)
    story.claim("without it: ms in which the hamstrings are silent", int((without["hamstrings"] == 0).sum()), equals=0)
    others = told_apart(rec, without)
    story.claim(f"cells that do other things without it ({', '.join(others)})", len(others), equals=2)
    story.picture(ns.plot(without, kind="raster"), "without_interneuron")

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

    story.title("All or none")
    count = 50 if story.quick else 500
    rng = np.random.default_rng(story.seed)
    strengths = np.append(rng.uniform(0, 2 * THRESHOLD, count), [0, np.nextafter(THRESHOLD, 0), THRESHOLD])
    many = tap(net, strengths)
    kicks = many["quadriceps"].any(axis=-1)
    story.say(f"{count} taps of random strength, one of none, one just below the threshold and one at it.")
    story.claim(
        "taps below the threshold that are answered, or others that are not",
        int((kicks != (strengths >= THRESHOLD)).sum()),
        equals=0,
    )
    cells = [name for name in net.names if name != "spindle"]
    unlike = sum(bool((many[name][~kicks] != many[name][strengths == 0]).any()) for name in cells)
    story.claim("cells in which a tap below the threshold leaves a trace", unlike, equals=0)
    unlike = sum(bool((many[name][kicks] != rec[name]).any()) for name in cells)
    story.claim("cells whose answer to a strong tap differs from that to a weak one", unlike, equals=0)

    story.title("Other people")
    people = 10 if story.quick else 20
    wrong = 0
    for inward, outward in rng.integers([4, 5], [12, 14], size=(people, 2)).tolist():
        one = tap(build(inward=inward, outward=outward))
        wrong += begins(one, "quadriceps") != SENSING + inward + outward
        wrong += begins(one, "hamstrings MN", rate=0) - begins(one, "quadriceps MN") != SYNAPSE
    story.say(f"{people} people with nerves of other lengths: 4 to 11 ms in, 5 to 13 ms out.")
    story.claim("latencies that are not the sum of their delays, or silences not a synapse late", wrong, equals=0)


if __name__ == "__main__":
    main.run_as_script()
