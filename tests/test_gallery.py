"""The gallery holds one picture of every scenario, and they are what the code draws."""

import configparser
import importlib.metadata
import importlib.util
import re
from pathlib import Path

import pytest
from PIL import Image

import neurosim as ns
from neurosim.plotting.plot import save
from neurosim.scenarios import scenario_scripts
from neurosim.tour.visit import visit

TOP = Path(__file__).parents[1]
PLOTS = TOP / "plots"

# Drawn within a second or two, of numbers that are the same on every machine.
COMPARED = (
    "activation_functions",
    "chain_rule",
    "hundred_steps",
    "hyperplane",
    "integrate_and_fire",
    "logic_gates",
    "nets_with_circles",
    "neuron_anatomy",
    "reflex_arc",
    "worked_example",
    "xor",
    "xor_impossible",
)

MOST = 25.0  # of 255: how far a tile may be from what is drawn, as the root of the mean square

pyproject = configparser.ConfigParser()
pyproject.read(TOP / "setup.cfg")
DRAWN_WITH = re.search(r"matplotlib==(\S+)", pyproject["options.extras_require"]["test"])[1]
INSTALLED = importlib.metadata.version("matplotlib")
as_it_is_drawn = pytest.mark.skipif(
    INSTALLED != DRAWN_WITH, reason=f"the gallery is drawn with matplotlib {DRAWN_WITH}, and here is {INSTALLED}"
)


@pytest.fixture(scope="module")
def make():
    """plots/make.py, which no package holds."""
    spec = importlib.util.spec_from_file_location("make_gallery", PLOTS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@as_it_is_drawn
@pytest.mark.parametrize("name", COMPARED)
def test_a_picture_is_what_the_code_draws(name, make, tmp_path):
    seen = visit(scenario_scripts()[name], tmp_path)
    assert seen.held, seen.trace
    with Image.open(PLOTS / f"{name}.png") as kept:
        assert make.difference(make.trimmed(seen.cover), kept) <= MOST, "make gallery draws it afresh"


@pytest.mark.parametrize(("weight", "same"), [(1.5, True), (1.6, False)])
def test_one_digit_makes_the_difference(weight, same, make, tmp_path):
    for path, drawn in ((tmp_path / "kept.png", 1.5), (tmp_path / "drawn.png", weight)):
        save(ns.plot(ns.Neuron({"x": drawn, "y": -1})), path)
    make.keep(make.trimmed(tmp_path / "kept.png"), tmp_path / "kept.png")
    with Image.open(tmp_path / "kept.png") as kept:
        assert (make.difference(make.trimmed(tmp_path / "drawn.png"), kept) <= MOST) is same


def test_every_scenario_has_a_picture_and_every_picture_a_scenario():
    shown = set(re.findall(r"\(plots/(\w+)\.png\)", (TOP / "README.md").read_text(encoding="utf-8")))
    pictures = {path.stem for path in PLOTS.glob("*.png")}
    assert set(scenario_scripts()) <= pictures, "make gallery draws those that are missing"
    assert pictures <= set(scenario_scripts()) | shown


def test_the_page_shows_every_scenario(make):
    page = (PLOTS / "README.md").read_text(encoding="utf-8")
    assert page == make.listing(), "make gallery writes it afresh"
    for name in scenario_scripts():
        for words in (f'src="{name}.png"', f"(../scenarios/{name}.py)", f"`neurosim run {name}`"):
            assert words in page


def test_pictures_fit_a_page_and_are_small(make):
    sizes = []
    for name in scenario_scripts():
        path = PLOTS / f"{name}.png"
        with Image.open(path) as picture:
            assert picture.width <= make.WIDEST
        sizes.append(path.stat().st_size)
    assert max(sizes) < 700_000
    assert sum(sizes) < 5_000_000


def test_a_wide_picture_is_made_narrower_and_margins_are_alike(make, tmp_path):
    for width in (300, 2000):
        paper = Image.new("RGB", (width + 100, 400), "white")
        paper.paste("black", (60, 30, 60 + width, 330))
        paper.save(tmp_path / "wide.png")
        picture = make.trimmed(tmp_path / "wide.png")
        assert picture.size == ((316, 316) if width == 300 else (1200, round(316 * 1200 / 2016)))
    blank = Image.new("RGB", (50, 40), "white")
    blank.save(tmp_path / "blank.png")
    assert make.trimmed(tmp_path / "blank.png").size == (66, 56)
