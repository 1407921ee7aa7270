"""The command line as a person types it."""

import subprocess
import sys

import numpy as np
import pytest

import neurosim as ns
from neurosim.cli import main
from neurosim.scenarios import scenario_titles


def neurosim(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "neurosim", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_version():
    done = neurosim("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"neurosim {ns.__version__}")


def test_without_a_command_it_says_which_there_are():
    done = neurosim()
    assert "list" in done.stdout
    assert "run" in done.stdout


def test_list_names_every_scenario():
    done = neurosim("list")
    assert done.returncode == 0
    for name in scenario_titles():
        assert name in done.stdout


def test_run_writes_pictures_where_it_is_told(tmp_path):
    done = neurosim("run", "xor", "--out", "here", "--seed", "5", "--quick", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "here").iterdir())
    for path in (tmp_path / "here").iterdir():
        assert f"here/{path.name}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "digitz"), ("digitz", "Did you mean 'digits'?", "neurosim list")),
        (("run", "xor", "--seed", "-1"), ("--seed", "0")),
        (("rnu", "xor"), ("rnu",)),
        (("run", "xor", "--out", __file__), ("file", "test_cli.py")),
        (("run", "xor", "--out", f"{__file__}/deeper"), ("file", "test_cli.py")),
        (("run", "xor", "--out", "/proc/x"), ("/proc",)),
        (("run", "xor", "--out", ""), ("folder", "name")),
    ],
)
def test_mistakes_are_answered_without_a_traceback(arguments, words):
    done = neurosim(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not done.stdout, "it was noticed before anything was computed"
    for word in words:
        assert word in done.stderr


# --- Files ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a network, a checkpoint and samples."""
    folder = tmp_path_factory.mktemp("files")
    net = ns.Network.from_arrays([0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], modes=[None, None, "relu", "relu", "sigmoid"])
    net.freeze(synapses=[(0, 2)])
    X, labels = ns.datasets.moons(60, rng=0)
    ns.save(net, folder / "brain.neurosim")
    ns.train(net, X, labels, loss="mse", epochs=4, rng=0, checkpoint=folder / "run.neurosim")
    rows = [f"{a},{b},{'upper' if not label else 'lower'}" for (a, b), label in zip(X, labels, strict=True)]
    ns.save(ns.simulate(net, np.ones((6, 2))), folder / "rec.neurosim")
    (folder / "moons.csv").write_text("\n".join(["a,b,half", *rows]))
    return folder


def test_info_says_what_a_file_holds(folder):
    done = neurosim("info", "brain.neurosim", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert repr(ns.load(folder / "brain.neurosim")) in done.stdout
    for words in ("a network", "1 synapse frozen", "8 numbers that learning may change", "float64"):
        assert words in done.stdout


def test_info_of_a_checkpoint_says_how_the_training_went(folder):
    done = neurosim("info", "run.neurosim", cwd=folder)
    assert "a checkpoint" in done.stdout
    assert "in 4 epochs" in done.stdout
    assert "loss" in done.stdout


def test_info_of_a_recording_says_what_was_recorded_of_whom(folder):
    done = neurosim("info", "rec.neurosim", cwd=folder)
    rec = ns.load_recording(folder / "rec.neurosim")
    assert "a recording" in done.stdout
    assert f"{rec!r}\n{rec.net!r}" in done.stdout


def test_plot_draws_the_network_in_a_file(folder, tmp_path):
    done = neurosim("plot", str(folder / "brain.neurosim"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "brain.png").read_bytes().startswith(b"\x89PNG")
    neurosim("plot", str(folder / "rec.neurosim"), "--out", "rec.svg", cwd=tmp_path)
    assert b"<svg" in (tmp_path / "rec.svg").read_bytes()


def test_compare_prints_the_table_and_writes_it(folder, tmp_path):
    arguments = ("--modes", "binary, tanh", "--seeds", "2", "--epochs", "2", "--seed", "3", "--learning-rate", "0.1")
    files = ("--table", str(tmp_path / "found.csv"), "--picture", str(tmp_path / "found.png"))
    done = neurosim("compare", "brain.neurosim", "moons.csv", "--label", "half", *arguments, *files, cwd=folder)
    assert done.returncode == 0, done.stderr
    samples = ns.datasets.read(folder / "moons.csv")
    net, settings = ns.load(folder / "brain.neurosim"), {"seeds": 2, "epochs": 2, "rng": 3, "optimizer": ns.Adam(0.1)}
    found = ns.compare(net, samples.X, samples.labels, ("binary", "tanh"), **settings)
    assert str(found) in done.stdout
    assert (tmp_path / "found.csv").read_text().startswith("brain,measure,level,mean")
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("info", "none.neurosim"), ("none.neurosim",)),
        (("info", "moons.csv"), ("moons.csv", "not one that neurosim wrote")),
        (("plot", "brain.neurosim", "--out", "brain.bmp"), (".png", "brain.bmp")),
        (("plot", "brain.neurosim", "--out", "nowhere/brain.png"), ("nowhere/brain.png", "--out")),
        (("compare", "rec.neurosim", "moons.csv"), ("holds a recording", "ns.load_recording")),
        (("compare", "brain.neurosim", "none.csv"), ("none.csv", ".npz")),
        (("compare", "brain.neurosim", "moons.csv", "--modes", "sigmod"), ("Did you mean 'sigmoid'?",)),
        (("compare", "brain.neurosim", "moons.csv", "--label", "hafl"), ("Did you mean 'half'?",)),
        (("compare", "brain.neurosim", "moons.csv", "--picture", "found"), (".png", "found")),
        (("compare", "brain.neurosim", "moons.csv", "--seeds", "0"), ("seeds",)),
        (
            ("compare", "brain.neurosim", "moons.csv", "--table", "nowhere/t.csv"),
            ("nowhere/t.csv", "folder that exists"),
        ),
        (("compare", "brain.neurosim", "moons.csv", "--picture", "nowhere/p.png"), ("nowhere/p.png", "folder")),
    ],
)
def test_mistakes_with_files_are_answered_without_a_traceback(arguments, words, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["neurosim", *arguments])
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("gc.set_threshold", lambda *thresholds: None)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert not out
    for word in words:
        assert word in err
