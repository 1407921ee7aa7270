"""The page: everything is on it, nothing is on it that was not told, and it needs nothing but its pictures."""

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from neurosim.story import Claim, Picture, Said, Shown, Table, Title
from neurosim.tour.guide import take_tour
from neurosim.tour.page import CODE_COLOURS, blocks, code_style, page, write_page
from neurosim.tour.result import Tour, Visit
from tests.tour.scripts import TALES, write

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Read(HTMLParser):
    """A page taken apart: its tags with their attributes, its text, and whether all that is opened is closed."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.opened, self.wrong = [], "", [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if len(dict(attributes)) != len(attributes):
            self.wrong.append(f"{tag} says a thing twice")
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag):
        if not self.opened or self.opened.pop() != tag:
            self.wrong.append(f"</{tag}> in line {self.getpos()[0]}")

    def handle_data(self, data):
        self.text += data

    def values(self, attribute, *tags):
        return [told[attribute] for tag, told in self.tags if attribute in told and (not tags or tag in tags)]


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    scripts = write(folder / "scripts", "all_well", "claims_too_much", "crashes", "is_killed")
    return take_tour(scripts, folder, seed=7, console=Console(quiet=True))


@pytest.fixture(scope="module")
def html(tour):
    return page(tour)


@pytest.fixture(scope="module")
def read(html):
    return Read(html)


def test_it_is_well_formed(read, html):
    assert html.startswith("<!DOCTYPE html>\n<html lang=")
    assert (read.wrong, read.opened) == ([], [])
    for part in ("title", "main", "h1"):
        assert [tag for tag, _ in read.tags].count(part) == 1
    assert ("meta", {"charset": "utf-8"}) in read.tags
    assert "width=device-width" in next(told["content"] for _, told in read.tags if told.get("name") == "viewport")


def test_ids_are_unique_and_links_inside_lead_somewhere(read):
    ids = read.values("id")
    assert len(set(ids)) == len(ids)
    inside = [link[1:] for link in read.values("href") if link.startswith("#")]
    assert set(inside) >= {"all_well", "crashes"}
    assert set(inside) | set(read.values("aria-labelledby")) <= set(ids)


def test_headings_are_in_order_and_columns_have_scopes(read):
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert {told.get("scope") for tag, told in read.tags if tag == "th"} == {"col", "row"}


def test_it_needs_nothing_but_the_pictures_beside_it(read, html, tour):
    assert not [tag for tag, _ in read.tags if tag in ("script", "iframe", "object", "embed", "form", "base")]
    assert not re.search(r"@import|url\(", html.partition("</style>")[0])
    folder = tour.visits[0].cover.parent
    outside = []
    for link in read.values("src") + read.values("href") + read.values("srcset") + read.values("poster"):
        if not link.startswith("#") and link != "data:,":
            assert "/" not in link
            assert (folder / unquote(link)).is_file()
            outside.append(link)
    assert set(outside) == {picture.path.name for visit in tour.visits for picture in visit.pictures}
    policy = next(told["content"] for tag, told in read.tags if told.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy


def test_everything_told_is_there_with_the_command_and_the_source(read, tour):
    for visit in tour.visits:
        wanted = [visit.name, visit.title, visit.source, visit.outcome, f"neurosim run {visit.name} --seed 7"]
        for claim in visit.claims:
            wanted += [claim.text, claim.value, claim.bound]
        wanted += [visit.error, visit.trace, *visit.questions]
        for part in visit.told:
            if isinstance(part, Title | Said | Shown):
                wanted.append(part.text)
            elif isinstance(part, Table):
                wanted += [part.title, *part.columns, *(value for row in part.rows for value in row)]
            else:
                wanted.append(part.caption)
        assert [text for text in wanted if text not in read.text] == []
    assert "neurosim run all_well --check ANSWER" in read.text
    assert str(tour) in read.text
    assert "NO" in read.text


def test_pictures_say_what_they_show_and_how_large_they_are(read, tour):
    pictures = [told for tag, told in read.tags if tag == "img"]
    assert len(pictures) == 3  # the cover stands in the contents too
    assert {told["alt"] for told in pictures} == {"", 'a "neuron" & its <dendrites>', "the cover"}
    assert pictures[0]["src"] == "all_well_cover.png"
    from matplotlib.image import imread

    for told in pictures:
        height, width = imread(tour.visits[0].cover.parent / told["src"]).shape[:2]
        assert (told["width"], told["height"], told["loading"]) == (str(width), str(height), "lazy")


def test_markup_in_what_is_told_stays_text(html):
    for markup in ("<script", "<b>signs", "<i>b", "<u>x", "<dendrites", "<one>", "<it>", "<way>"):
        assert markup not in html


# Of HTML and of templates, for the most part.
WORDS = st.text(st.sampled_from("<>&\"'`={}%/!-#;ab \u00e9\u2028\U0001f9e0"), min_size=1).filter(str.strip)


def full_of(text):
    """A visit that has the text wherever there can be any."""
    gone = Picture(Path("gone.png"), text, True)  # of a picture that somebody took away nothing is told
    told = (Title(text), Said(text), Shown(text), Table((text,), ((text,),), (False,), text), gone)
    return Visit("n", text, text, told, (Claim(text, text, text, True),), (text,), None, 1.0, text, text)


@given(WORDS)
def test_any_text_is_told_as_it_is(text):
    read, plain = (Read(page(Tour((full_of(words),)))) for words in (text, "x"))
    assert (read.wrong, read.opened) == ([], [])
    assert read.text.count(text) >= 13
    assert {tag for tag, _ in read.tags} == {tag for tag, _ in plain.tags}


def test_what_was_interrupted_is_named():
    read = Read(page(Tour((Visit("done"),), missed=("one", "other"), seed=2, whole=False)))
    assert "Interrupted, and so not on this page: one, other." in read.text
    assert "neurosim tour --seed 2 --only done --only one --only other" in read.text


def test_text_that_no_file_can_hold_is_no_reason_to_lose_the_page(tmp_path):
    write_page(Tour((Visit("odd", told=(Said("\ud800"),)),)), tmp_path / "index.html")
    assert "odd" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    ("description", "wanted"),
    [
        ("Only a title.", []),
        ("T.\n\n\n\nOne\ntwo.\n\nThree.", [("text", ["One two."]), ("text", ["Three."])]),
        ("T.\n\n- a\n  b\n- c", [("list", ["a b", "c"])]),
        ("T.\n\n    a\n      b", [("lines", ["a\n  b"])]),
        ("T.\n\nText\n- that is no list", [("text", ["Text - that is no list"])]),
    ],
)
def test_docstrings_are_paragraphs_lists_and_lines(description, wanted):
    assert blocks(description) == wanted


# --- Colours -------------------------------------------------------------------------------------


def luminance(colour):
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", CODE_COLOURS)
def test_source_is_readable_in_its_colours(theme, html):
    from pygments.lexers.python import PythonLexer
    from pygments.token import STANDARD_TYPES

    panels = re.findall(r"--panel: (#\w+)", html)
    paper = panels[list(CODE_COLOURS).index(theme)]
    source = "\n".join(path.read_text() for path in sorted(Path(__file__).parents[2].glob("scenarios/*.py")))
    source += "\n".join(TALES.values())
    classes = {STANDARD_TYPES[kind] for kind, _ in PythonLexer().get_tokens(source)}
    colours = dict(re.findall(r"\.source \.(\w+) \{ color: (#\w+)", code_style(theme)))
    assert len(classes & colours.keys()) > 10
    assert {name for name in classes & colours.keys() if contrast(colours[name], paper) < 4.5} == set()
