"""A tour comes to its end whatever the scenarios do, and tells what they did."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console
from typer.testing import CliRunner

import neurosim as ns
from neurosim import scenarios
from neurosim.cli import app
from neurosim.story import Claim, Said
from neurosim.tour.guide import failures, take_tour
from neurosim.tour.processes import environment, visit_all
from neurosim.tour.result import Tour
from neurosim.tour.visit import visit
from tests.anatomy.helpers import complains
from tests.tour.scripts import write

BAD = ("claims_too_much", "crashes", "exits", "is_killed", "not_python", "reads_nowhere")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    return write(tmp_path_factory.mktemp("scripts"), "all_well", *BAD)


@pytest.fixture(scope="module")
def through_all(scripts, tmp_path_factory):
    """A tour of all of them by one process after the other, and what was printed meanwhile."""
    printed = io.StringIO()
    out = tmp_path_factory.mktemp("out")
    tour = take_tour(scripts, out, seed=3, quick=True, console=Console(file=printed, width=200))
    return tour, {seen.name: seen for seen in tour.visits}, printed.getvalue()


def test_none_stops_the_rest(through_all, scripts):
    tour, _, _ = through_all
    assert [each.name for each in tour.visits] == list(scripts)
    assert [each.name for each in tour.visits if each.held] == ["all_well"]
    assert (tour.held, tour.missed) == (False, ())


def test_what_is_told_before_a_crash_is_kept_and_so_is_where_it_was(through_all):
    crashed = through_all[1]["crashes"]
    assert crashed.told == (Said("It began well."),)
    assert crashed.claims == (Claim("one is one", "1", "= 1", True),)
    assert crashed.error == "RuntimeError: no <way> to go on"
    assert 'raise RuntimeError("no <way>' in crashed.trace
    assert f'File "neurosim{os.sep}scenarios.py"' in crashed.trace
    assert f'File "{os.sep}' not in crashed.trace


@pytest.mark.parametrize(
    ("name", "words", "where"),
    [
        ("exits", "SystemExit: 3", "sys.exit(3)"),
        ("not_python", "SyntaxError: '(' was never closed", "def main(story:"),
        ("is_killed", "its process ended by signal 9, Killed", ""),
        ("reads_nowhere", "its process ended by signal 11, Segmentation fault", "reads_nowhere.py"),
    ],
)
def test_the_table_says_how_it_ended(through_all, name, words, where):
    tour, seen, printed = through_all
    assert words in seen[name].error
    assert where in seen[name].trace
    assert f"{name}: did not come to its end: {words}" in printed
    assert any(words in line for line in failures(tour))
    assert f"  neurosim run {name} --seed 3 --quick" in failures(tour)


def test_a_claim_that_does_not_hold_is_told(through_all):
    tour, _, printed = through_all
    assert "claims_too_much: 1 of 2 claims FAILED" in printed
    assert "claims_too_much: two is three: computed 2, bound = 3: FAILED" in failures(tour)
    assert str(tour) == "7 scenarios, 4 of 5 claims hold, 5 scenarios did not come to an end"


def test_seed_and_quick_reach_the_scenario_and_its_time_is_told(through_all, scripts, tmp_path):
    seen = through_all[1]["all_well"]
    alone = visit(scripts["all_well"], tmp_path, seed=3, quick=True)
    assert seen.claims == alone.claims
    assert seen.claims[0].bound == ">= 1000"
    assert 0 < seen.seconds < through_all[0].seconds
    assert visit(scripts["all_well"], tmp_path, seed=4).claims != alone.claims


def test_all_is_the_same_for_any_number_of_jobs(through_all, scripts):
    first, seen, _ = through_all
    out = seen["all_well"].cover.parent
    tour = take_tour(scripts, out, seed=3, quick=True, jobs=3, console=Console(quiet=True))
    for one, other in zip(first.visits, tour.visits, strict=True):
        assert (one.name, one.told, one.claims, one.error) == (other.name, other.told, other.claims, other.error)


def test_processes_share_the_threads_unless_the_user_says_how_many(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("NEUROSIM_THREADS", "7")
    with environment(2):
        assert (os.environ["OPENBLAS_NUM_THREADS"], os.environ["NEUROSIM_THREADS"]) == ("1", "7")
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    monkeypatch.delenv("NEUROSIM_THREADS")
    with environment(2):
        assert os.environ["NEUROSIM_THREADS"] == "2"
    assert "NEUROSIM_THREADS" not in os.environ


def test_leaving_early_ends_what_runs(tmp_path):
    scripts = write(tmp_path / "scripts", "all_well", "waits")
    started, begun = time.monotonic(), []
    for seen in visit_all(scripts, tmp_path, jobs=2, begun=begun.append):
        assert seen.name == "all_well"
        break
    assert (begun, time.monotonic() - started < 60) == (["all_well", "waits"], True)


def test_bars_are_drawn_on_a_terminal(tmp_path):
    screen = io.StringIO()
    scripts = write(tmp_path / "scripts", "claims_too_much", "exits")
    take_tour(scripts, tmp_path, console=Console(file=screen, force_terminal=True, width=100, highlight=False))
    for words in ("0 of 2", "━━━", "claims_too_much", "0:00:0", "SystemExit: 3"):
        assert words in screen.getvalue()


@pytest.mark.parametrize(
    ("options", "words"), [({"jobs": 0}, ("jobs", "from 1 up", "0")), ({"out": __file__}, ("folder", "test_tour.py"))]
)
def test_mistakes_are_noticed_before_anything_runs(options, words, tmp_path):
    with complains(ns.OptionError, *words):
        take_tour({"none": tmp_path / "none.py"}, **{"out": tmp_path, **options})


def test_a_script_without_a_guard_is_told_of_it(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from neurosim.scenarios import scenario_scripts\nfrom neurosim.tour.guide import take_tour\n"
        f"take_tour(scenario_scripts(['xor']), {str(tmp_path)!r})\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]


# --- The command ---------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path, monkeypatch):
    """`neurosim tour` in a house with a few small scenarios."""

    def run(names, *arguments):
        write(tmp_path / "scripts", *names)
        monkeypatch.setattr(scenarios, "scenario_folder", lambda: tmp_path / "scripts")
        return CliRunner().invoke(app, ["tour", "--out", str(tmp_path / "out"), *arguments])

    return run


def test_the_command_runs_all_and_ends_with_a_table_and_a_page(command, tmp_path):
    done = command(["all_well"], "--quick", "--seed", "5")
    assert done.exit_code == 0, done.output
    assert "2 claims, all hold" in done.output
    assert "1 scenario, 2 of 2 claims hold" in done.output
    assert f"page: {tmp_path / 'out' / 'index.html'}" in done.output
    assert "neurosim tour --seed 5 --quick<" in (tmp_path / "out" / "index.html").read_text()


def test_the_command_exits_with_1_if_a_claim_does_not_hold(command, tmp_path):
    done = command(["all_well", "claims_too_much"], "--only", "claims_too_much")
    assert done.exit_code == 1
    assert "two is three: computed 2, bound = 3: FAILED" in done.output
    assert "all_well" not in done.output
    assert "neurosim tour --seed 0 --only claims_too_much<" in (tmp_path / "out" / "index.html").read_text()


def test_an_unknown_name_is_an_error_before_anything_runs(command, tmp_path):
    done = command(["all_well"], "--only", "all_wel")
    assert isinstance(done.exception, ns.UnknownNameError)
    assert "Did you mean 'all_well'?" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_page_that_cannot_be_written_is_an_error_before_anything_runs(command, tmp_path):
    (tmp_path / "out" / "index.html").mkdir(parents=True)
    done = command(["waits"])
    assert isinstance(done.exception, ns.OptionError)
    assert "Name another folder" in str(done.exception)


def test_ctrl_c_ends_it_at_once_and_leaves_a_page_of_what_is_done(tmp_path):
    write(tmp_path / "scripts", "claims_too_much", "waits")
    out = tmp_path / "out"
    code = (
        "import pathlib, neurosim.scenarios, neurosim.cli\n"
        f"neurosim.scenarios.scenario_folder = lambda: pathlib.Path({str(tmp_path / 'scripts')!r})\n"
        "neurosim.cli.main()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, "tour", "--out", out], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    pid = out / "pid"
    deadline = time.monotonic() + 60
    while not (pid.exists() and pid.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of them
    told, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "interrupted" in told
    assert "two is three" in (out / "index.html").read_text()
    assert "not on this page: waits" in (out / "index.html").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_tour_of_nothing_holds():
    assert Tour(()).held
    assert str(Tour(())) == "0 scenarios, 0 of 0 claims hold"
