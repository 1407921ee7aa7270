"""Childhood lesion: a region is lost early or late in life, and its function moves to others, or does not (L8).

After damage to one half of the brain a young child's language moves to the other half; an adult's mostly does not come
back. Basser (1962, Sydney) saw it in children who had lost a hemisphere, Lenneberg (1967, Harvard) let the time for it
end with puberty, and Kennard (1936, Yale) had found that infant monkeys recover better from lesions than grown ones. It
is not a law: what is lost early can also stay lost (Vargha-Khadem, London, since 1985), and what moves may crowd out
what was there before (Teuber 1974).

Here a brain of single neurons learns which digit it is shown, and where. Three regions, A, B and C, have the same cells
and see the same retina. What is put in by hand: A has all synapses onto the region that says "what" and one in ten of
those onto "where"; B the other way round; C one in ten onto either. And plasticity declines with age, by a schedule. A
second kind of brain, the control, keeps the plasticity of its first day. Left out: everything else that grows up.
"""

from typing import NamedTuple

import networkx as nx
import numpy as np

import neurosim as ns

BRAINS, GUESS = 10, 0.1
CROSSING = ns.wiring.random(0.1)
NEAR = {"A": "what", "B": "where", "C": None}
KINDS = {
    "declining": ns.Plasticity(
        learning_rate=ns.ages.exponential(half_life=10),
        turnover={"what": ns.ages.exponential(half_life=10, start=0.1)},
    ),
    "ageless": ns.Plasticity(learning_rate=1.0, turnover={"what": 0.1}),
}


class Plan(NamedTuple):
    """How much is learnt: samples, ages at the lesion, epochs after it."""

    samples: int
    ages: tuple[int, ...]
    after: int


class Life(NamedTuple):
    """What is measured of one brain at each age: accuracies of "what", and what each region carries of it."""

    whole: np.ndarray
    lost: np.ndarray
    regained: np.ndarray
    before: np.ndarray  # carried by A, B and C
    after: np.ndarray  # carried by B and C, long after A was lost
    where: np.ndarray  # accuracy of "where", without A and with it


def born(seed: int) -> ns.Network:
    """A brain with three regions of equal cells that see the same; they differ in where most of their axons go."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(12, 12))
    regions.add_node("what", size=10, mode="linear")
    regions.add_node("where", size=4, mode="linear")
    for region, near in NEAR.items():
        regions.add_node(region, size=32, mode="relu")
        regions.add_edge("retina", region, wiring=ns.wiring.random(0.5))
        for output in ("what", "where"):
            regions.add_edge(region, output, wiring=ns.wiring.all_to_all() if output == near else CROSSING)
    return ns.Network.from_regions(regions, rng=seed)


def tasks(seed: int, samples: int) -> tuple[list[ns.Task], list[ns.Task]]:
    """Which digit it is and at which of four places, to learn from and to test on."""
    data = ns.datasets.digits_somewhere((2, 2), retina=(12, 12), training=samples, rng=seed)
    return tuple(
        [ns.Task("what", part.X, part.what, "what"), ns.Task("where", part.X, part.where, "where")]
        for part in (data.train, data.test)
    )


def grow_up(
    brain: ns.Network, learnt: list[ns.Task], ages: ns.Plasticity, epochs: int, rng: np.random.Generator
) -> None:
    """Learn both tasks for some epochs, from this age on."""
    ns.train_tasks(brain, learnt, optimizer=ns.Nesterov(0.1), batch_size=64, epochs=epochs, ages=ages, rng=rng)


def carried(brain: ns.Network, task: ns.Task, regions: str) -> list[float]:
    """How much of the accuracy is lost with each region."""
    found, whole = [], task.accuracy(brain)
    for region in regions:
        with ns.lesion(brain, regions=region):
            found.append(whole - task.accuracy(brain))
    return found


def life(seed: int, plasticity: ns.Plasticity, plan: Plan) -> Life:
    """One brain grows up whole; at each age a copy loses A, and both go on."""
    (learnt, asked), brain, rng = tasks(seed, plan.samples), born(seed), np.random.default_rng(seed)
    what, where = asked
    rows, age, hurt, moments = {}, 0, {}, {at for early in plan.ages for at in (early, early + plan.after)}
    for moment in sorted(moments):
        grow_up(brain, learnt, plasticity.aged(age), moment - age, rng)
        age = moment
        if age in plan.ages:
            hurt[age] = brain.copy()
        if age - plan.after in hurt:
            patient = hurt[age - plan.after]
            before = carried(patient, what, "ABC")
            ns.lesion(patient, regions="A")
            lost = what.accuracy(patient)
            grow_up(patient, learnt, plasticity.aged(age - plan.after), plan.after, np.random.default_rng(seed))
            rows[age] = (
                what.accuracy(brain),
                lost,
                what.accuracy(patient),
                before,
                carried(patient, what, "BC"),
                [where.accuracy(patient), where.accuracy(brain)],
            )
    return Life(*(np.array(column) for column in zip(*(rows[at] for at in sorted(rows)), strict=True)))
