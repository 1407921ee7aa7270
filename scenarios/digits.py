"""A modular brain of single neurons learns to read handwritten digits: retina, V1, association, decision."""

import time
import warnings

import networkx as nx
import numpy as np

import neurosim as ns

LEARNING_RATE, BATCH = 3e-3, 32


def build(seed: int) -> ns.Network:
    """Four regions; V1 sees small patches of the retina, the association region hears a quarter of V1 at random."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    regions.add_node("V1", shape=(14, 14), mode="relu")
    regions.add_node("association", size=128, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.local(4))
    regions.add_edge("V1", "association", wiring=ns.wiring.random(0.25))
    regions.add_edge("association", "decision")
    return ns.Network.from_regions(regions, rng=seed)


def share_left_out(brain: ns.Network) -> float:
    """How many of the synapses are missing that all-to-all projections would have."""
    summary = brain.region_graph()
    possible: int = sum(summary.nodes[a]["size"] * summary.nodes[b]["size"] for a, b in summary.edges)
    return 1 - len(brain.synapses) / possible


def mean_and_spread(values: list[float]) -> str:
    """Mean and standard deviation over seeds."""
    return f"{np.mean(values):.4f} +- {np.std(values, ddof=1):.4f}"


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
    brain = build(story.seed)
    story.show(brain)
    left_out = share_left_out(brain)
    story.picture(ns.plot(brain), "brain_newborn")

    story.title("Learning")
    seeds, epochs = range(story.seed, story.seed + (2 if story.quick else 5)), 10 if story.quick else 30
    scores, started, first = [], time.perf_counter(), None
    for seed in seeds:
        candidate = build(seed)
        history = ns.train(
            candidate,
            *data.train,
            loss="cross_entropy",
            optimizer=ns.Adam(LEARNING_RATE),
            epochs=epochs,
            batch_size=BATCH,
            rng=seed,
            validation=data.test,  # watched for the picture; nothing is chosen by it
        )
        scores.append(ns.confusion(candidate, *data.test).accuracy)
        first = first or (candidate, history)
        story.say(f"seed {seed}: {scores[-1]:.4f} of the test images read correctly after {epochs} epochs")
    assert first is not None
    brain, history = first
    seconds = (time.perf_counter() - started) / len(seeds)

    rows = [["this brain", len(brain.synapses), left_out, mean_and_spread(scores), seconds]]
    peer = all_to_all_peer(data, seeds, epochs)
    if peer is not None:
        rows.append(peer)
    columns = ["network", "synapses", "left out", f"test accuracy, {len(seeds)} seeds", "seconds a seed"]
    story.table(columns, rows)
    if peer is None:
        story.say("With scikit-learn installed, its MLPClassifier of the same sizes is trained for comparison.")

    story.claim(
        f"mean test accuracy over {len(seeds)} seeds", float(np.mean(scores)), at_least=0.93 if story.quick else 0.965
    )
    story.claim("share of all-to-all synapses left out", left_out, at_least=0.6)

    story.picture(ns.plot(brain), "brain_trained")
    story.picture(ns.plot(history), "learning")
    story.picture(ns.plot(ns.confusion(brain, *data.test)), "confusion")
    images, labels = data.test
    one_of_each = np.array([np.flatnonzero(labels == digit)[0] for digit in range(10)])
    story.picture(ns.plot(brain, activity=ns.activity(brain, images[one_of_each])), "activity")


if __name__ == "__main__":
    main.run_as_script()
