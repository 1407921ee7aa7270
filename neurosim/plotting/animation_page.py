"""A page that plays pictures, and holds all that it needs.

matplotlib's own (``Animation.to_jshtml``) fetches the signs on its buttons from a server.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from string import Template

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 1rem auto; max-width: 820px; padding: 0 1rem; font: 15px/1.4 system-ui, sans-serif;
       color: #333333; background: white; }
.film { position: relative; }
img { display: block; width: 100%; height: auto; }
#picture { position: absolute; inset: 0; }
.controls { display: flex; gap: .6rem; align-items: center; margin-top: .6rem; }
button { min-width: 4.5rem; padding: .35rem .6rem; font: inherit; }
input { flex: 1; min-width: 0; }
output { min-width: 6.5rem; text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<div class="film"><img id="first" alt=""><img id="picture" alt=""></div>
<div class="controls">
<button id="play" type="button">Play</button>
<input id="slider" type="range" min="0" max="$last" value="0" step="1" aria-label="tick">
<output id="tick" for="slider"></output>
</div>
<script>
"use strict";
const ticks = $ticks;
const pictures = $pictures;
const picture = document.getElementById("picture"), play = document.getElementById("play");
const slider = document.getElementById("slider"), label = document.getElementById("tick");
let timer = null;

function show(row) {
  slider.value = row;
  picture.src = "data:image/png;base64," + pictures[row];
  picture.alt = "the network's activity in tick " + ticks[row];
  label.value = "tick " + ticks[row] + " of " + ticks[ticks.length - 1];
}
function pause() {
  clearInterval(timer);
  timer = null;
  play.textContent = "Play";
}
function start() {
  timer = setInterval(() => show((Number(slider.value) + 1) % ticks.length), $pause);
  play.textContent = "Pause";
}
play.addEventListener("click", () => (timer === null ? start() : pause()));
slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
document.getElementById("first").src = "data:image/png;base64," + pictures[0];
show(0);
</script>
</body>
</html>
""")


def page(title: str, ticks: Sequence[int], pictures: Sequence[bytes], fps: float) -> str:
    """A page that shows PNG pictures one after the other on top of the first, with a slider and a button.

    Parameters
    ----------
    title : str
    ticks : sequence of int
        The number of each.
    pictures : sequence of bytes
        The first one whole; others may be transparent where they are like it.
    fps : float
        How many in a second.

    Returns
    -------
    str
        The page, in HTML.
    """
    return PAGE.substitute(
        title=html.escape(title),
        last=len(ticks) - 1,
        ticks=json.dumps(list(ticks)),
        pictures=json.dumps([base64.b64encode(picture).decode("ascii") for picture in pictures]),
        pause=round(1000 / fps),
    )
