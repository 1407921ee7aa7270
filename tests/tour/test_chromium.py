"""The page in a real browser: wide and narrow, light and dark, it is readable, silent, and needs no network."""

import pytest
from rich.console import Console

from neurosim.tour.guide import take_tour
from neurosim.tour.page import write_page
from tests.tour.chromium import CHROMIUM, browser
from tests.tour.scripts import write

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium, or the like"),
    pytest.mark.xdist_group("chromium"),  # one browser for all
]

# Every text with less contrast to what is behind it than 4.5 : 1 (WCAG 2), or 3 : 1 if it is large.
PALE = """
[...document.querySelectorAll("body *")].filter(element => {
  const words = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
  if (!words.length || !element.getClientRects().length) return false;
  const parts = colour => [...colour.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const linear = part => part <= .04045 * 255 ? part / 255 / 12.92 : ((part / 255 + .055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  let paper = [0, 0, 0, 0];
  for (let behind = element; behind && paper[3] === 0; behind = behind.parentElement) {
    paper = parts(getComputedStyle(behind).backgroundColor);
  }
  const style = getComputedStyle(element);
  const [low, high] = [luminance(parts(style.color)), luminance(paper)].sort((a, b) => a - b);
  return paper[3] === 0 || (high + .05) / (low + .05) < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5);
}).map(element => element.outerHTML.slice(0, 200))
"""

# What sticks out of the window to the right, but for what can be scrolled by itself.
STICKS_OUT = """
[...document.querySelectorAll("body *")].filter(element => !element.closest("pre, .wide")
  && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map(element => element.outerHTML.slice(0, 200))
"""
LOADED = """
Promise.all([...document.images].map(image => { image.loading = "eager"; return image.decode(); }))
  .then(() => [...document.images].every(image => image.naturalWidth > 100))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    scripts = write(folder / "scripts", "all_well", "claims_too_much", "crashes")
    write_page(take_tour(scripts, folder, console=Console(quiet=True)), folder / "index.html")
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_is_readable_silent_and_at_home(page, house, width, theme):
    page.open((house / "index.html").as_uri(), width, theme)
    assert page.ask("document.querySelectorAll('details').forEach(each => each.open = true)") is None
    assert page.ask(LOADED) is True
    assert page.ask(PALE) == []
    assert page.ask(STICKS_OUT) == []
    assert page.ask("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.ask("window.innerWidth") == width
    assert page.ask("Math.min(...[...document.querySelectorAll('p, td, th, li')].map(e => e.clientWidth))") > 20
    assert page.complaints == []
    pictures = {path.as_uri() for path in house.glob("*.png")}
    assert set(page.requests) - {"data:,"} == {(house / "index.html").as_uri(), *pictures}


def test_light_is_light_and_dark_is_dark(page, house):
    papers = []
    for theme in ("light", "dark"):
        page.open((house / "index.html").as_uri(), 800, theme)
        papers.append(page.ask("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(22, 25, 29)"]


def test_what_it_looks_for_it_would_find(page, tmp_path):
    """The test of the test: a page with one fault of each kind."""
    (tmp_path / "faults.html").write_text(
        '<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width">'
        '<body style="background: white"><p style="color: #999999">pale</p><div style="width: 900px">wide</div>'
        '<img src="http://example.org/x.png" alt=""><script>console.error("!")</script>'
    )
    page.open((tmp_path / "faults.html").as_uri(), 390, "light")
    assert len(page.ask(PALE)) == 1
    assert "900px" in page.ask(STICKS_OUT)[0]
    assert "http://example.org/x.png" in page.requests
    assert len(page.complaints) >= 2


def test_nothing_gets_in_from_outside_even_if_it_is_on_the_page(page, house):
    """The page forbids it: scripts do not run, and other hosts are not asked."""
    text = (house / "index.html").read_text()
    assert "</main>" in text
    foul = '<img src="http://example.org/x.png" alt=""><script>document.title = "foul"</script></main>'
    (house / "foul.html").write_text(text.replace("</main>", foul))
    page.open((house / "foul.html").as_uri(), 800, "light")
    assert page.ask("document.title").startswith("neurosim")
    assert not page.ask("[...document.images].at(-1).naturalWidth")
    assert len(page.complaints) >= 2
