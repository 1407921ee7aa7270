"""Training that is interrupted and resumed ends, bit for bit, where it would have ended."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import neurosim as ns
from neurosim.storage import read_record, write_record
from tests.strategies import snapshot

OPTIMIZERS = list(ns.optimizers.OPTIMIZERS.values())
EPOCHS = 6


class Interrupted(Exception):
    """Someone pulled the plug."""


def task(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 4)), rng.integers(3, size=n)


def brain(dtype=None, **columns):
    pre = np.concatenate([np.repeat(np.arange(4), 6), np.repeat(np.arange(4, 10), 3)])
    post = np.concatenate([np.tile(np.arange(4, 10), 4), np.tile(np.arange(10, 13), 6)])
    modes = ["sensory"] * 4 + ["tanh"] * 6 + ["linear"] * 3
    return ns.Network.from_arrays(pre, post, modes=modes, rng=0, dtype=dtype, **columns)


def bound_brain():
    """Some of it shared, some frozen, and every synapse with a receptor."""
    sign = [("excitatory", "inhibitory")[i % 2] for i in range(42)]
    return brain(
        receptor=sign,
        shared=["a", "b", "a", "b", *[None] * 38],
        plastic=[i not in (10, 11) for i in range(42)],
        plastic_thresholds=[i != 5 for i in range(13)],
        shared_thresholds=[*[None] * 6, 7, 7, *[None] * 5],
    )


def interrupted_and_resumed(make, path, stop, rng=lambda: 5, **settings):
    """Train a network up to an epoch, and another one, made anew as in another process, from there on."""

    def pull_the_plug(epoch, measures):
        if epoch == stop:
            raise Interrupted

    with pytest.raises(Interrupted):
        ns.train(make(), *task(), checkpoint=path, callback=pull_the_plug, rng=rng(), **settings)
    net = make()
    return net, ns.train(net, *task(), checkpoint=path, resume=True, rng=rng(), **settings)


def assert_same_run(found, expected):
    (net, history), (twin, whole) = found, expected
    assert snapshot(net) == snapshot(twin)
    assert list(history) == list(whole)
    for name in set(whole) - {"seconds"}:
        assert history[name].tolist() == whole[name].tolist()
    assert len(history["seconds"]) == len(whole["seconds"])
    assert (history.best_epoch, history.stopped_early) == (whole.best_epoch, whole.stopped_early)


def settings_for(optimizer):
    return {"optimizer": optimizer, "epochs": EPOCHS} | ({} if optimizer.full_batch else {"batch_size": 7})


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_a_run_stopped_at_any_epoch_ends_like_one_that_never_was(optimizer, tmp_path):
    settings = settings_for(optimizer)
    twin = brain()
    expected = twin, ns.train(twin, *task(), rng=5, **settings)
    for stop in range(EPOCHS):
        path = tmp_path / f"{stop}.neurosim"
        assert_same_run(interrupted_and_resumed(brain, path, stop, **settings), expected)
        assert_same_run((ns.load(path), expected[1]), expected)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (bound_brain, {}),
        (lambda: brain("float32"), {"loss": "cross_entropy", "weight_decay": 0.01}),
        (brain, {"validation": task(20, seed=1), "patience": 2, "loss": "cross_entropy"}),
        (brain, {"patience": 1}),
        (brain, {"every": 3}),
        (brain, {"every": 100}),
    ],
    ids=["shared, frozen, receptors", "float32", "validation and patience", "patience", "every third", "rarely"],
)
def test_nothing_about_a_run_is_lost(make, settings, optimizer, tmp_path):
    settings = settings_for(optimizer) | settings
    twin = make()
    expected = twin, ns.train(twin, *task(), rng=5, **settings)
    for stop in (0, expected[1].epochs - 1):
        path = tmp_path / f"{stop}.neurosim"
        assert_same_run(interrupted_and_resumed(make, path, stop, **settings), expected)


@pytest.mark.parametrize(
    "schedule",
    [*ns.schedules.SCHEDULES, ns.schedules.cosine(end=0.1), lambda epoch, epochs: 1 - epoch / epochs],
    ids=lambda schedule: getattr(schedule, "__name__", repr(schedule)),
)
@pytest.mark.parametrize("stop", [1, 4])
def test_the_learning_rate_goes_on_where_it_was(schedule, stop, tmp_path):
    settings = {"schedule": schedule, "epochs": EPOCHS, "clip_norm": 0.5, "batch_size": 7}
    twin = brain()
    expected = twin, ns.train(twin, *task(), rng=5, **settings)
    assert_same_run(interrupted_and_resumed(brain, tmp_path / "run", stop, **settings), expected)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_random_generator_goes_on_where_it_was(kind, tmp_path):
    def rng():
        generator = np.random.Generator(getattr(np.random, kind)(3))
        generator.random(dtype=np.float32)  # leaves half a draw for the next one
        return generator

    twin = brain()
    expected = twin, ns.train(twin, *task(), rng=rng(), epochs=EPOCHS, batch_size=7)
    found = interrupted_and_resumed(brain, tmp_path / "run", 3, rng, epochs=EPOCHS, batch_size=7)
    assert_same_run(found, expected)


def test_a_finished_run_can_be_made_longer(tmp_path):
    path, twin, net = tmp_path / "run.neurosim", brain(), brain()
    expected = twin, ns.train(twin, *task(), rng=5, epochs=9)
    ns.train(brain(), *task(), rng=5, epochs=4, checkpoint=path)
    assert_same_run((net, ns.train(net, *task(), rng=5, epochs=9, checkpoint=path, resume=True)), expected)


def test_a_run_that_is_over_is_not_run_again(tmp_path):
    path, first, net = tmp_path / "run.neurosim", brain(), brain()
    expected = first, ns.train(first, *task(), rng=5, epochs=4, patience=1, checkpoint=path)
    seen = []
    history = ns.train(
        net, *task(), rng=5, epochs=4, patience=1, checkpoint=path, resume=True, callback=lambda *_: seen.append(1)
    )
    assert_same_run((net, history), expected)
    assert history["seconds"].tolist() == expected[1]["seconds"].tolist()
    assert not seen


def test_a_run_that_a_callback_ended_stays_ended(tmp_path):
    path, net, twin = tmp_path / "run.neurosim", brain(), brain()
    history = ns.train(net, *task(), rng=5, checkpoint=path, callback=lambda epoch, measures: epoch == 2)
    assert history.epochs == 3
    assert_same_run((twin, ns.train(twin, *task(), rng=5, checkpoint=path, resume=True)), (net, history))


def test_without_a_file_to_resume_from_a_run_starts_afresh(tmp_path):
    net, twin = brain(), brain()
    history = ns.train(net, *task(), rng=5, epochs=3, checkpoint=tmp_path / "new", resume=True)
    assert_same_run((net, history), (twin, ns.train(twin, *task(), rng=5, epochs=3)))
    assert (tmp_path / "new").exists()


def test_without_resume_a_run_starts_afresh_and_replaces_the_file(tmp_path):
    path, net = tmp_path / "run.neurosim", brain()
    ns.train(brain(), *task(), rng=1, epochs=3, checkpoint=path)
    ns.train(net, *task(), rng=2, epochs=2, checkpoint=path)
    assert snapshot(ns.load(path)) == snapshot(net)


def test_what_a_callback_wrote_is_in_the_checkpoint(tmp_path):
    path, net = tmp_path / "run.neurosim", brain()
    ns.train(net, *task(), rng=1, epochs=2, checkpoint=path, callback=lambda *_: net.weights.fill(0.25))
    assert (ns.load(path).weights == 0.25).all()


# --- Files of something else ---------------------------------------------------------------------


def other_wiring():
    net = brain()
    net.add_synapse(0, 12, 1.0)
    return net


def frozen():
    net = brain()
    net.freeze(neurons=5)
    return net


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"net": other_wiring}, ("network differs",)),
        ({"net": frozen}, ("network differ",)),
        ({"net": lambda: brain().with_mode("relu")}, ("network differ",)),
        ({"net": lambda: brain("float32")}, ("differ",)),
        ({"task": task(41)}, ("samples differ",)),
        ({"task": task(seed=2)}, ("samples differ",)),
        ({"validation": task(5)}, ("validation samples differ",)),
        ({"optimizer": ns.Adam(0.02)}, ("settings differ: optimizer was Adam(learning_rate=0.01", "0.02")),
        ({"loss": "cross_entropy"}, ("settings differ: loss was MSE(), now CrossEntropy(). Resume",)),
        ({"batch_size": 9}, ("settings differ: batch_size was 7, now 9. Resume",)),
        ({"batch_size": 9, "patience": 3}, ("differ: batch_size was 7, now 9; patience was None, now 3. Resume",)),
        ({"patience": 3}, ("settings differ",)),
        ({"weight_decay": 0.1}, ("settings differ",)),
        ({"clip_norm": 1.0}, ("settings differ",)),
        ({"schedule": "cosine"}, ("settings differ",)),
        ({"surrogate": "sigmoid"}, ("settings differ",)),
        ({"rng": np.random.Generator(np.random.Philox(1))}, ("PCG64", "Philox")),
    ],
)
def test_a_checkpoint_of_another_run_changes_nothing(change, words, tmp_path):
    path = tmp_path / "run.neurosim"
    ns.train(brain(), *task(), rng=5, epochs=2, checkpoint=path, batch_size=7)
    before = path.read_bytes()
    settings = {"rng": np.random.default_rng(8), "epochs": 4, "batch_size": 7} | change
    net, samples = settings.pop("net", brain)(), settings.pop("task", task())
    untouched, state = snapshot(net), repr(settings["rng"].bit_generator.state)
    with pytest.raises(ns.OptionError) as caught:
        ns.train(net, *samples, checkpoint=path, resume=True, **settings)
    for word in (*words, str(path)):
        assert word in str(caught.value)
    assert snapshot(net) == untouched
    assert repr(settings["rng"].bit_generator.state) == state
    assert path.read_bytes() == before


def a_network(path):
    ns.save(brain(), path)


def a_text(path):
    path.write_text("loss 0.3")


@pytest.mark.parametrize(
    ("write", "words"),
    [(a_text, "not one that neurosim wrote"), (a_network, "It holds a network"), (lambda p: p.mkdir(), "folder")],
)
def test_what_is_no_checkpoint_is_not_overwritten(write, words, tmp_path):
    path, net = tmp_path / "thesis.txt", brain()
    write(path)
    before, content = snapshot(net), path.read_bytes() if path.is_file() else None
    with pytest.raises(ns.ModelFileError, match=words) as caught:
        ns.train(net, *task(), epochs=2, checkpoint=path)
    assert "Choose another path, such as checkpoint='run.neurosim'" in str(caught.value)
    assert snapshot(net) == before
    assert content is None or path.read_bytes() == content


def test_an_empty_file_can_become_a_checkpoint(tmp_path):
    path = tmp_path / "run.neurosim"
    path.touch()
    ns.train(brain(), *task(), epochs=1, checkpoint=path)
    assert read_record(path).kind == "checkpoint"


def test_the_number_of_epochs_counts_where_a_schedule_goes_by_it(tmp_path):
    path = tmp_path / "run.neurosim"
    ns.train(brain(), *task(), rng=5, epochs=2, schedule="cosine", checkpoint=path)
    with pytest.raises(ns.OptionError, match=r"settings differ: epochs was 2, now 4\. Resume"):
        ns.train(brain(), *task(), rng=5, epochs=4, schedule="cosine", checkpoint=path, resume=True)


def test_a_checkpoint_of_an_earlier_version_says_so(tmp_path):
    path = tmp_path / "run.neurosim"
    ns.train(brain(), *task(), epochs=1, checkpoint=path)
    record = read_record(path).values
    del record["version"]
    write_record(path, "checkpoint", record)
    with pytest.raises(ns.OptionError, match="is of version 1, and this neurosim resumes those of version 2"):
        ns.train(brain(), *task(), epochs=2, checkpoint=path, resume=True)
    ns.load(path)


def nothing(path):
    path.write_bytes(b"")


def a_folder(path):
    path.mkdir()


@pytest.mark.parametrize("write", [a_network, a_text, nothing, a_folder])
def test_a_file_of_another_kind_is_not_resumed_from(write, tmp_path):
    path, net = tmp_path / "run.neurosim", brain()
    write(path)
    before = snapshot(net)
    with pytest.raises(ns.ModelFileError, match=r"run\.neurosim"):
        ns.train(net, *task(), epochs=2, checkpoint=path, resume=True)
    assert snapshot(net) == before


@pytest.mark.parametrize(
    "part",
    [
        "version",
        "marks",
        "settings",
        "network",
        "optimizer",
        "random",
        "columns",
        "best",
        "stopped_early",
        "nothing at all",
    ],
)
@pytest.mark.parametrize("value", [None, 7, {"a": 1}, "absent"])
def test_a_checkpoint_that_was_tampered_with_changes_nothing(part, value, tmp_path):
    path, net, rng = tmp_path / "run.neurosim", brain(), np.random.default_rng(4)
    ns.train(brain(), *task(), rng=5, epochs=2, checkpoint=path)
    record = read_record(path).values
    if part == "nothing at all":
        record = {}
    elif value == "absent":
        del record[part]
    elif (part, value) in (("best", None), ("stopped_early", None), ("stopped_early", 7), ("stopped_early", {"a": 1})):
        return  # nothing wrong with these
    else:
        record[part] = value
    write_record(path, "checkpoint", record)
    before, state = snapshot(net), repr(rng.bit_generator.state)
    with pytest.raises(ns.NeurosimError, match=r"run\.neurosim"):
        ns.train(net, *task(), epochs=4, rng=rng, checkpoint=path, resume=True)
    assert snapshot(net) == before
    assert repr(rng.bit_generator.state) == state


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"resume": True}, "from which file"),
        ({"checkpoint": 5}, "path of a file"),
        ({"checkpoint": "run", "every": 0}, "setting every"),
        ({"checkpoint": "run", "every": 1.5}, "setting every"),
    ],
)
def test_settings_of_a_checkpoint_that_cannot_be_used(settings, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = brain()
    before = snapshot(net)
    with pytest.raises(ns.OptionError, match=words):
        ns.train(net, *task(), **settings)
    assert snapshot(net) == before
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ns.ModelFileError, match="nowhere"):
        ns.train(brain(), *task(), epochs=1, checkpoint=tmp_path / "nowhere" / "run.neurosim")


# --- Killed --------------------------------------------------------------------------------------

LONG_RUN = """
import sys
import numpy as np
import neurosim as ns
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(300, 10)), rng.integers(3, size=300)
pre, post = np.divmod(np.arange(400), 40)
net = ns.Network.from_arrays(
    np.append(pre, np.repeat(np.arange(10, 50), 3)), np.append(10 + post, np.tile([50, 51, 52], 40)),
    modes=["sensory"] * 10 + ["tanh"] * 40 + ["linear"] * 3, rng=0,
)
path = sys.argv[1] or None
ns.train(net, X, labels, loss="cross_entropy", optimizer=ns.Adam(0.003), epochs=90, batch_size=16, rng=1,
         weight_decay=1e-4, validation=(X[:50], labels[:50]), schedule="cosine",
         checkpoint=path, resume=path is not None)
ns.save(net, sys.argv[2])
"""


def test_a_process_that_is_killed_again_and_again_ends_where_it_would_have_ended(tmp_path):
    def start(checkpoint, result):
        command = [sys.executable, "-c", LONG_RUN, str(checkpoint), str(tmp_path / result)]
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})

    started = time.monotonic()
    assert start("", "whole").wait() == 0
    whole = time.monotonic() - started
    rng, kills = np.random.default_rng(0), 0
    for _ in range(10):
        process = start(tmp_path / "run", "parts")
        time.sleep(rng.uniform(0.2, 0.5) * whole)
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(tmp_path / "run", "parts").wait() == 0
    assert kills >= 2
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_folder_that_is_not_there_is_told_before_training(tmp_path):
    net = ns.Network.from_arrays([0], [1], [0.5], modes="linear")
    with pytest.raises(ns.ModelFileError, match=r"cannot be written to .*there is no folder"):
        ns.train(net, [[1.0]], [[0.0]], epochs=5, every=5, checkpoint=tmp_path / "nowhere" / "run.neurosim")
    assert net.weights[0] == 0.5
