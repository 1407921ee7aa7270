"""Make the gallery: `make gallery`, or `python plots/make.py xor digits` for those alone.

It runs the scenarios, keeps one picture of each, its cover, and writes the page that shows them all.
"""

import html
import os
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from neurosim.scenarios import scenario_scripts, scenario_titles
from neurosim.tour.guide import failures, take_tour
from neurosim.tour.result import Tour

HERE = Path(__file__).parent
WIDEST, MARGIN = 1200, 8  # dots
COLOURS = 256
TILE = 16  # dots: about a digit
UNSEEN = 4.0  # of 255: so far may a tile be from what was drawn, as the root of the mean square, and look the same
PAGE = """# Gallery

One picture of every scenario. Each scenario tells a story in the terminal, draws more pictures than this one, and
checks what it claims; `neurosim tour` runs them all and shows everything on one page.
All of this, the page too, is made by `make gallery`.

| picture | scenario |
|---|---|
"""


def trimmed(path: Path) -> Image.Image:
    """A picture with a narrow margin, no wider than a page can show it."""
    with Image.open(path) as file:
        picture = file.convert("RGB")
    drawn = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox() or (0, 0, *picture.size)
    left, top, right, bottom = drawn
    box = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
    paper = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), "white")
    paper.paste(picture.crop(drawn), (MARGIN, MARGIN))
    if paper.width <= WIDEST:
        return paper
    return paper.resize((WIDEST, round(paper.height * WIDEST / paper.width)), Image.Resampling.LANCZOS)


def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture, with few colours where that cannot be seen: a third of the bytes."""
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    (few if difference(few, picture) <= UNSEEN else picture).save(path, optimize=True)


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are from each other, in the tile where they are farthest; infinity if their sizes differ."""
    if one.size != other.size:
        return float("inf")
    rows, columns = one.height // TILE, one.width // TILE
    squares = (np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)) ** 2
    tiles = squares[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE, 3)
    return float(np.sqrt(tiles.mean(axis=(1, 3, 4))).max(initial=0))


def listing() -> str:
    """The page: a row for each scenario with its picture, what it is about, and what to type."""
    rows = []
    for name, title in scenario_titles().items():
        about = re.sub(r"([\\|*_`\[\]])", r"\\\1", html.escape(title, quote=False))
        picture = f'<a href="{name}.png"><img src="{name}.png" width="360" alt="{html.escape(title)}"></a>'
        rows.append(f"| {picture} | **[{name}](../scenarios/{name}.py)**<br>{about}<br>`neurosim run {name}` |\n")
    return PAGE + "".join(rows)


def make(names: list[str]) -> Tour:
    """Make the pictures of these scenarios, or of all if none is named, and the page."""
    with tempfile.TemporaryDirectory() as folder:
        tour = take_tour(scenario_scripts(names), folder, jobs=os.cpu_count() or 1)
        for visit in tour.visits:
            if visit.held and visit.cover:
                keep(trimmed(visit.cover), HERE / f"{visit.name}.png")
    (HERE / "README.md").write_text(listing(), encoding="utf-8")
    return tour


if __name__ == "__main__":
    made = make(sys.argv[1:])
    print(*failures(made), str(made), sep="\n")
    sys.exit(0 if made.held else 1)
