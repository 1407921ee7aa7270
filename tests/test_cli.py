"""The command line as a person types it."""

import subprocess
import sys

import pytest

import neurosim as ns
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
