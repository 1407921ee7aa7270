"""Every scenario is a test; so are the claims that it makes, the pictures that it draws and the way it exits."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import neurosim as ns
from neurosim.scenarios import Question, load_scenario, scenario_folder, scenario_scripts, scenario_titles
from neurosim.story import Picture, Said, Shown, Story, Table, Title
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
        (12_345.6, {"at_least": 10_000}, True),
        ("0110", {"equals": "0110"}, True),
        ("0111", {"equals": "0110"}, False),
        (True, {}, True),
        (False, {}, False),
        (ns.Estimate([0.4, 0.5, 0.6]), {"at_least": 0.25}, True),  # its interval reaches from 0.252 to 0.748
        (ns.Estimate([0.4, 0.5, 0.6]), {"at_least": 0.26}, False),
        (ns.Estimate([0.4, 0.5, 0.6]), {"at_most": 0.75}, True),
        (ns.Estimate([0.4, 0.5, 0.6]), {"at_most": 0.74}, False),
        (ns.Estimate([0.5]), {"at_least": 0}, False),  # one seed tells no interval
    ],
)
def test_claims_are_checked(value, bounds, held, tmp_path):
    story = Story("test", tmp_path)
    assert story.claim("something", value, **bounds) is held
    assert story.held is held


@pytest.mark.parametrize("bounds", [{}, {"equals": 0.5}, {"equals": True}])
def test_that_an_estimate_equals_something_is_no_claim(bounds, tmp_path):
    with pytest.raises(ns.OptionError, match="needs a bound"):
        Story("test", tmp_path).claim("something", ns.Estimate([0.4, 0.6]), **bounds)
    with pytest.raises(ns.OptionError, match="at_most"):
        Story("test", tmp_path).claim("something", ns.Estimate([10, 10], censored=2), at_most=10)


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


def test_what_is_told_is_kept(tmp_path, capsys):
    story = Story("test", tmp_path)
    story.title("A [chapter]")
    story.say("text  in\n two lines")
    story.show([1, 2])
    story.table(["name", "rate"], [["[a]", 0.5]])
    first = story.picture(ns.plot(ns.Neuron({"x": 1})), "first")
    second = story.picture(ns.plot(ns.Neuron({"x": 1})), "second", "what it shows", cover=True)
    assert story.told == [
        Title("A [chapter]"),
        Said("text in two lines"),
        Shown("[1, 2]"),
        Table(("name", "rate"), (("[a]", "0.5"),), (False, True), None),
        Picture(first, "first", False),
        Picture(second, "what it shows", True),
    ]
    assert (story.pictures, story.cover) == ([first, second], second)
    out = capsys.readouterr().out
    assert "A [chapter]" in out
    assert "[a]" in out


# --- Questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [
        (4, ["4", " 4 ", "4.0", "Four.", "8/2", "4 ms"], ["5", "4.01", "five", "", "4/0", "4 4"]),
        (1_882, ["1882", "1,882"], ["1883", "1,88"]),
        (0.9526, ["0.9526", "0.95", "0,953", "95%", "95.3 %"], ["1", "0.9", "-0.9526", "nan", "95"]),
        (0.4, ["2/5", ".4", "0,4", "40 %"], ["1/4", "4"]),
        (-95, ["-95", "\N{MINUS SIGN}95"], ["-9,5", "95"]),
        (0.0, ["0"], ["0.001"]),
        (True, ["yes", "True", "Y", "Yes."], ["no", "1"]),
        (False, ["no", "false"], ["yes"]),
        (np.bool_(True), ["yes"], ["no"]),
        (np.float64(0.5), ["0.5", "50%"], ["0.51"]),
        ("a and b", ["a and b", "A AND B", "a  and b"], ["a or b"]),
    ],
)
def test_answers_are_compared_with_what_is_computed(answer, right, wrong):
    question = Question("?", lambda: answer)
    assert [given for given in right if not question.right(given)] == []
    assert [given for given in wrong if question.right(given)] == []


def asking():
    @ns.scenario
    def main(story):
        story.say("It begins.")

    @main.question("One and one?", hint="Count on your fingers.")
    def sum_of_ones() -> int:
        return 1 + 1

    @main.question("Is that even?")
    def even() -> bool:
        return (1 + 1) % 2 == 0

    return main


def test_questions_are_printed_with_what_to_type(tmp_path, capsys):
    asking()(out=tmp_path)
    out = capsys.readouterr().out
    assert "1. One and one? (a whole number)" in out
    assert "2. Is that even? (yes or no)" in out
    assert "test_scenarios --check ANSWER" in out
    assert "--question 2 --check ANSWER" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--check", "2"], 0, "2: right."),
        (["--check", "3"], 1, "Not 3. Count on your fingers."),
        (["--check", "no", "--question", "2"], 1, "Not no. Try again."),
        (["--check", "many"], 1, "The answer is a whole number; got 'many'."),
        (["--check", "2", "--question", "2"], 1, "The answer is yes or no; got '2'."),
    ],
)
def test_an_answer_is_checked_without_running_the_scenario(arguments, code, words, capsys):
    with pytest.raises(SystemExit) as stop:
        asking().run_as_script(arguments)
    assert stop.value.code == code
    assert capsys.readouterr().out.strip() == words


@pytest.mark.parametrize("number", [0, 3, -1])
def test_there_is_no_such_question(number):
    with complains(ns.OptionError, "2 questions", f"no question {number}"):
        asking().check("2", number)


def test_a_question_needs_an_answer(capsys):
    with complains(ns.OptionError, "--question 2 --check"):
        asking().check(None, 2)
    with pytest.raises(SystemExit) as stop:
        asking().run_as_script(["--question", "2"])
    assert stop.value.code == 2


def test_the_story_of_a_scenario_comes_first_and_captions_stand_where_pictures_are_drawn(tmp_path, capsys):
    cell = {"__name__": "__main__", "ns": ns, "__doc__": "A title.\n\nWhat biology\nsays of `it`."}
    exec("@ns.scenario\ndef told(story):\n    story.say('It begins.')", cell)
    cell["told"](out=tmp_path)
    assert capsys.readouterr().out == "A title.\n\nWhat biology says of it.\nIt begins.\n"
    Story("test", tmp_path).picture(ns.plot(ns.Neuron({"x": 1})), "cell", "one synapse")
    assert "Picture test_cell.png: one synapse" in capsys.readouterr().out


def test_scenarios_stand_in_the_order_of_the_lecture():
    titles = list(scenario_titles().values())
    rows = [int(title.partition("(L")[2].partition(",")[0].partition(")")[0]) for title in titles]
    assert rows == sorted(rows)
    assert list(scenario_scripts()) == list(scenario_titles())
    assert list(scenario_scripts(["xor", "digits"])) == ["xor", "digits"]


def test_the_table_of_the_lecture_names_the_scenarios_that_name_its_rows():
    table = (scenario_folder() / "README.md").read_text(encoding="utf-8")
    listed = {
        row: re.findall(r"\[(\w+)\]\(\1\.py\)", line) for row, line in re.findall(r"^\| (L\d+) \|(.*)$", table, re.M)
    }
    named = {}
    for name, title in scenario_titles().items():
        rows = re.search(r"\((L\d+(?:, L\d+)*)\)\.$", title)
        assert rows, f"{name}: the first line ends with rows of the lecture, such as (L13, L14)."
        for row in rows[1].split(", "):
            named.setdefault(row, set()).add(name)
    assert {row: set(names) for row, names in listed.items()} == named


@pytest.mark.parametrize("name", scenario_titles())
def test_every_question_has_an_answer_that_is_right(name):
    main = load_scenario(name)
    for question in main.questions:
        answer = question.answer()
        written = answer if isinstance(answer, str) else "yes" if answer is True else str(answer)
        assert question.right("no" if written == "False" else written)
        assert not question.right("something else")
        assert question.wanted != "words" or isinstance(answer, str)
        assert question.text.endswith("?")
