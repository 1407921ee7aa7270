"""A modular brain of single neurons learns to read handwritten digits: retina, V1, association, decision (L5, L24).

What the eye sees goes from the retina to the primary visual cortex, V1, whose cells see a small patch each (Hubel and
Wiesel, Journal of Physiology 160, 1962); areas further on hear many of them and answer to whole things. No cell is told
what to do. Their synapses change, and a child that could not read a digit can.

This brain has the same order of areas and 398 neurons: 64 in the retina, 196 in V1, 128 in an association area, 10 that
decide, one for each digit. Most pairs of neurons are not connected. Learning is gradient descent by backpropagation
from labelled images. Left out: impulses (rates stand for them), ways back, the thalamus on the way, a world that moves.

Data: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
"""

import time
import warnings

import networkx as nx
import numpy as np

import neurosim as ns

LEARNING_RATE, BATCH = 3e-3, 32


def build(seed: int, patch: int = 4, heard: float = 0.25) -> ns.Network:
    """Four regions; V1 sees small patches of the retina, the association region hears a quarter of V1 at random."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    regions.add_node("V1", shape=(14, 14), mode="relu")
    regions.add_node("association", size=128, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.local(patch))
    regions.add_edge("V1", "association", wiring=ns.wiring.random(heard))
    regions.add_edge("association", "decision")
    return ns.Network.from_regions(regions, rng=seed)


def share_left_out(brain: ns.Network) -> float:
    """How many of the synapses are missing that all-to-all projections would have."""
    summary = brain.region_graph()
    possible: int = sum(summary.nodes[a]["size"] * summary.nodes[b]["size"] for a, b in summary.edges)
    return 1 - len(brain.synapses) / possible


def all_to_all_peer(data: ns.datasets.Digits, seeds: range, epochs: int) -> list[object] | None:
    """The table's row for scikit-learn's MLPClassifier of the same sizes, if scikit-learn is installed."""
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return None
    scores, started = [], time.perf_counter()
    for seed in seeds:
        peer = MLPClassifier(
            hidden_layer_sizes=(196, 128),
            learning_rate_init=LEARNING_RATE,
            batch_size=BATCH,
            max_iter=epochs,
            alpha=0.0,
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # as many epochs as the brain has, on purpose
            peer.fit(*data.train)
        scores.append(float(peer.score(*data.test)))
    seconds = (time.perf_counter() - started) / len(seeds)
    synapses = sum(matrix.size for matrix in peer.coefs_)
    return ["scikit-learn MLPClassifier, all-to-all", synapses, 0.0, mean_and_spread(scores), seconds]


def mean_and_spread(values: list[float]) -> str:
    """Mean and standard deviation over seeds."""
    return f"{np.mean(values):.4f} +- {np.std(values, ddof=1):.4f}"


@ns.scenario
def main(story: ns.Story) -> None:
    """Build, train over several seeds, compare, draw."""
    data = ns.datasets.digits()
    story.title("The data")
    story.say(
        f"1,797 handwritten digits of 8 x 8 pixels ({data.source}; {data.licence}). The split is fixed: of every ten "
        f"images the 1st, 4th and 7th are for testing ({len(data.test[0])}), the others to learn from "
        f"({len(data.train[0])})."
    )

    story.title("The brain")
    newborn = build(story.seed)
    guess, left_out = ns.confusion(newborn, *data.test).accuracy, share_left_out(newborn)
    story.show(newborn)
    story.say(
        "Each neuron of V1 sees 4 x 4 of the retina; each association neuron hears about a quarter of V1; both are "
        f"relu neurons, silent below their threshold. {left_out:.0%} of the synapses that there could be are left out. "
        "The most active of the ten decision neurons is the answer. With random weights that is little better than "
        f"guessing: {guess:.0%} right."
    )

    story.title("Learning")
    seeds, epochs = range(story.seed, story.seed + (2 if story.quick else 3)), 8 if story.quick else 20
    scores, brains, histories, started = [], [], [], time.perf_counter()
    for seed in seeds:
        brain = build(seed)
        history = ns.train(
            brain,
            *data.train,
            loss="cross_entropy",
            optimizer=ns.Adam(LEARNING_RATE),
            epochs=epochs,
            batch_size=BATCH,
            rng=seed,
            validation=data.test,  # watched for the picture; nothing is chosen by it
        )
        scores.append(ns.confusion(brain, *data.test).accuracy)
        brains.append(brain)
        histories.append(history)
        story.say(f"seed {seed}: {scores[-1]:.4f} of the test images read correctly after {epochs} epochs")
    seconds, brain = (time.perf_counter() - started) / len(seeds), brains[0]
    rows = [["this brain", len(brain.synapses), left_out, mean_and_spread(scores), seconds]]
    peer = None if story.quick else all_to_all_peer(data, seeds, epochs)
    rows += [] if peer is None else [peer]
    columns = ["network", "synapses", "left out", f"test accuracy, {len(seeds)} seeds", "seconds a seed"]
    story.table(columns, rows)
    if peer is None:
        story.say("In full, and with scikit-learn installed, its MLPClassifier of the same sizes is there to compare.")
    story.claim("accuracy before learning, near the 0.1 of a guess", guess, at_most=0.35)
    mean, least = float(np.mean(scores)), 0.93 if story.quick else 0.965
    story.claim(f"mean test accuracy over {len(seeds)} seeds", mean, at_least=least)
    story.claim("share of all-to-all synapses left out", left_out, at_least=0.6)
    caption = (
        "The trained brain: four regions from left to right, the strongest synapses, red excites and blue inhibits."
    )
    story.picture(ns.plot(brain), "brain_trained", caption, cover=True)
    caption = "Loss falls and accuracy rises over the epochs, on images that it learns from and on others."
    story.picture(ns.plot(histories[0]), "learning", caption)
    caption = "Which digit was read as which: on the diagonal what was right."
    story.picture(ns.plot(ns.confusion(brain, *data.test)), "confusion", caption)
    images, labels = data.test
    one_of_each = np.array([np.flatnonzero(labels == digit)[0] for digit in range(10)])
    caption = (
        "Every neuron's rate, a row each, for one image of each digit: below, one decision neuron stands out each time."
    )
    story.picture(ns.plot(brain, activity=ns.activity(brain, images[one_of_each])), "activity", caption)


@main.question(
    "How many synapses would the brain have if every association neuron heard all of V1?",
    hint="196 x 16 from the retina to V1, 196 x 128 from V1, and 128 x 10 to the decision.",
)
def all_of_v1() -> int:
    """Counted, not calculated."""
    return len(build(0, heard=1.0).synapses)


@main.question(
    "And by how many synapses would that number fall if V1 saw patches of 3 x 3 in place of 4 x 4?",
    hint="Every one of the 196 neurons of V1 would lose as many.",
)
def smaller_patches() -> int:
    """The difference of two brains."""
    return len(build(0, heard=1.0).synapses) - len(build(0, patch=3, heard=1.0).synapses)


if __name__ == "__main__":
    main.run_as_script()
