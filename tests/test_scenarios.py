"""Every scenario is a test; so are the claims that it makes, the pictures that it draws and the way it exits."""

import os
import subprocess
import sys

import pytest

import neurosim as ns
from neurosim.scenarios import Story, load_scenario, scenario_folder, scenario_titles
from tests.anatomy.helpers import complains


@pytest.fixture(autouse=True)
def _no_windows(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.mark.parametrize("name", scenario_titles())
def test_every_scenario_holds_what_it_claims(name, tmp_path):
    story = load_scenario(name)(out=tmp_path / "pictures", seed=1, quick=True)
    assert story.claims
    assert [claim.text for claim in story.claims if not claim.held] == []
    assert story.pictures
    for path in story.pictures:
        assert path.parent == tmp_path / "pictures"
        assert path.name.startswith(f"{name}_")
        assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", scenario_titles())
def test_every_scenario_has_a_line_about_itself(name):
    assert len(scenario_titles()[name]) > 20
    assert load_scenario(name).name == name


def test_a_scenario_runs_as_a_plain_script(tmp_path):
    script = scenario_folder() / "worked_example.py"
    done = subprocess.run(
        [sys.executable, script, "--out", tmp_path, "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "0.518" in done.stdout
    assert "worked_example_network.png" in done.stdout.replace("\n", "")


def test_the_same_seed_tells_the_same_story(tmp_path):
    runs = [load_scenario("xor")(out=tmp_path, seed=3, quick=True).claims for _ in range(2)]
    assert runs[0] == runs[1]


# --- Claims --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "bounds", "held"),
    [
        (0.97, {"at_least": 0.965}, True),
        (0.96, {"at_least": 0.965}, False),
        (3, {"at_most": 3}, True),
        (3.1, {"at_most": 3}, False),
        (0.5, {"at_least": 0, "at_most": 0.4}, False),
        (1.12612, {"equals": 1.126, "places": 3}, True),
        (1.12649, {"equals": 1.126, "places": 3}, True),
        (1.12651, {"equals": 1.126, "places": 3}, False),
        (float("nan"), {"equals": 1.126, "places": 3}, False),
        (float("nan"), {"at_least": 0}, False),
        ("0110", {"equals": "0110"}, True),
        ("0111", {"equals": "0110"}, False),
        (True, {}, True),
        (False, {}, False),
    ],
)
def test_claims_are_checked(value, bounds, held, tmp_path):
    story = Story("test", tmp_path)
    assert story.claim("something", value, **bounds) is held
    assert story.held is held


def test_a_claim_that_does_not_hold_is_printed_and_exits_with_1(tmp_path, capsys):
    @ns.scenario
    def main(story):
        story.claim("two is three", 2, equals=3)

    with pytest.raises(SystemExit) as stop:
        main.run_as_script(["--out", str(tmp_path)])
    assert stop.value.code == 1
    out = capsys.readouterr().out
    assert "two is three" in out
    assert "NO" in out


def test_a_scenario_may_be_told_in_a_notebook(tmp_path):
    cell = {"__name__": "__main__", "ns": ns}
    exec("@ns.scenario\ndef told(story):\n    story.claim('one is one', 1, equals=1)", cell)
    story = cell["told"](out=tmp_path)
    assert (story.name, story.held) == ("told", True)


def test_a_scenario_leaves_the_environment_as_it_was():
    code = """
import os, sys, neurosim as ns
@ns.scenario
def main(story):
    assert os.environ["MPLBACKEND"] == "agg"
main()
assert "MPLBACKEND" not in os.environ
"""
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@pytest.mark.parametrize("out", ["", __file__])
def test_pictures_need_a_folder(out, capsys):
    told = []
    main = ns.scenario(lambda story: told.append(story))
    with complains(ns.OptionError, "folder"):
        main(out=out)
    with pytest.raises(SystemExit) as stop:
        main.run_as_script(["--out", str(out)])
    assert (stop.value.code, told) == (2, [])
    assert "folder" in capsys.readouterr().err


def test_text_is_printed_as_it_is(tmp_path, capsys):
    Story("test", tmp_path).say("brackets [like these] are not markup")
    assert "[like these]" in capsys.readouterr().out
