"""Films of recordings: a picture for every tick, in the colours of the rates, and nothing from elsewhere."""

import base64
import io
import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

import neurosim as ns
from neurosim.plotting import animation


@pytest.fixture(scope="module")
def reflex():
    net = ns.Network.from_arrays([0], [1], [1.0], delay=2, thresholds=[0, 1], names=["skin", "cell"])
    return ns.simulate(net, {"skin": [1, 0, 1]}, ticks=6)


def graded(**options):
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], delay=1, modes="tanh", names=["in", "a", "b"])
    return ns.simulate(net, np.array([[[0.5], [0.0], [-1.0]], [[0.25], [1.0], [0.5]]]), **options)


def colours(picture, *places):
    """Of the pixels that many points to the right of, and above, the lower left corner."""
    height = picture.size[1]
    return [picture.convert("RGB").getpixel((round(x), round(height - y))) for x, y in places]


def circles(rec):
    """Where the neurons stand, in pixels, just within the edge, beside what is written in them."""
    ax = ns.plot(rec.net, rates=np.zeros(len(rec.net)))
    drawn = next(c for c in ax.collections if c.get_label() == "neurons")
    scale = animation.DPI / 72
    points = np.asarray(drawn.get_offsets()) * scale
    points[:, 1] += 0.7 * np.asarray(drawn.get_widths()) / 2 * scale
    plt.close(ax.figure)
    return [tuple(point) for point in points]


def near(colour, other, tolerance=4):
    return np.abs(np.array(colour[:3], dtype=int) - np.array(other[:3], dtype=int)).max() <= tolerance


def viridis(rate):
    return colormaps["viridis"](float(rate), bytes=True)


def test_a_gif_has_a_frame_for_every_tick_in_the_colours_of_its_rates(reflex, tmp_path):
    path = ns.animate(reflex, tmp_path / "film.gif", fps=4)
    assert path == tmp_path / "film.gif"
    places = circles(reflex)
    with Image.open(path) as film:
        assert film.n_frames == 6
        assert film.info["loop"] == 0
        for tick, rates in enumerate(reflex.rates):
            film.seek(tick)
            assert film.info["duration"] == 250
            for colour, rate in zip(colours(film, *places), rates, strict=True):
                assert near(colour, viridis(rate)), (tick, rate, colour)
        assert near(film.convert("RGB").getpixel((2, 60)), (255, 255, 255), 0)
    assert plt.get_fignums() == []


def page_of(path):
    """The ticks and pictures of a page, these as a browser shows them: on top of the first."""
    text = path.read_text(encoding="utf-8")
    ticks, pictures = (
        json.loads(re.search(rf"const {name} = (\[.*?\]);", text).group(1)) for name in ("ticks", "pictures")
    )
    frames = [Image.open(io.BytesIO(base64.b64decode(picture))) for picture in pictures]
    shown = []
    for frame in frames:
        whole = frames[0].copy()
        whole.alpha_composite(frame)
        shown.append(whole)
    return text, ticks, shown


def test_a_page_plays_every_tick_and_holds_all_it_needs(reflex, tmp_path):
    text, ticks, frames = page_of(ns.animate(reflex, str(tmp_path / "film.HTML"), fps=2))
    assert ticks == list(range(6))
    places = circles(reflex)
    for frame, rates in zip(frames, reflex.rates, strict=True):
        assert all(near(c, viridis(r), 1) for c, r in zip(colours(frame, *places), rates, strict=True))
    assert '<input id="slider" type="range" min="0" max="5"' in text
    assert ">Play</button>" in text
    assert '"Pause"' in text
    assert ", 500);" in text  # milliseconds
    assert not re.search(r"https?:|//[a-z]|<link|@import|url\(|\bsrc=\"", re.sub(r"const pictures = .*", "", text))


def test_one_scale_for_all_ticks_of_one_trial_and_grey_for_the_unknown(tmp_path, monkeypatch):
    rec = graded(record=["in", "a"])
    seen = []
    film = animation._Film(rec, 1, [0, 1, 2], most=12, most_synapses=300)
    for tick, _ in film:
        seen.append(tick)
        fills = film._sketch.neurons.get_facecolor()
        assert film._tick.get_text() == f"tick {tick}"
        for i, name in enumerate(["in", "a"]):
            rate = rec[name][1, tick]
            assert near(255 * fills[i], colormaps["viridis"](rate / rec.rates[1].max(), bytes=True), 1)
            assert film._sketch.numbers[i].get_text() == f"{rate:.3g}"
        assert near(255 * fills[2], (0xB8, 0xB8, 0xB8), 1)
    assert seen == [0, 1, 2]
    ax = film._sketch.ax
    assert "not recorded" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert "trial 1 of 2" in [text.get_text() for text in ax.texts]
    film.close()


def test_all_recorded_means_no_grey_in_the_legend(reflex):
    film = animation._Film(reflex, 0, [0], most=12, most_synapses=300)
    assert [text.get_text() for text in film._sketch.ax.get_legend().get_texts()] == ["with a delay"]
    film.close()


def test_a_span_of_ticks(reflex, tmp_path):
    _, ticks, _ = page_of(ns.animate(reflex, tmp_path / "film.html", ticks=(2, 5)))
    assert ticks == [2, 3, 4]


def test_only_some_neurons_of_a_large_network_are_drawn(tmp_path):
    net = ns.Network.from_arrays(
        np.zeros(499, int), np.arange(1, 500), np.ones(499), modes=["sensory"] + ["binary"] * 499, dtype="float32"
    )
    film = animation._Film(ns.simulate(net, [[1.0], [0.0]]), 0, [0, 1], most=4, most_synapses=10)
    assert len(film._sketch.shown) == 9
    film.close()


MANY = (
    "This film would have 501 pictures; 500 are the most. Choose a span, as in ticks=(0, 500), "
    "or simulate with every=2."
)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "film.mp4",
            {},
            "ns.animate writes .gif and .html files; got 'film.mp4'. Write 'film.gif' for a film that can be shown "
            "anywhere, or .html for a page with a slider.",
        ),
        (3, {}, "ns.animate needs the path of a file to write, such as 'film.gif'; got 3."),
        ("x.gif", {"fps": 0}, "The setting fps must be a finite number greater than 0 and up to 50 (got 0)."),
        ("x.gif", {"trial": 0}, "This recording has no trials, so there is none to choose. Leave out trial=0."),
        ("x.gif", {"ticks": (6, 9)}, "No tick was recorded from 6 up to 9. This recording has ticks 0 to 5."),
        (
            "x.gif",
            {"ticks": 5},
            "ticks must be a pair, the first and the one after the last: ticks=(0, 100); got 5.",
        ),
        ("x.gif", {"most": 1}, "The setting most must be a whole number from 2 up (got 1)."),
        (
            "nowhere/x.gif",
            {},
            "The file 'nowhere/x.gif' cannot be written: there is no folder 'nowhere'. Make it first.",
        ),
    ],
)
def test_errors(name, options, message, reflex, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ns.NeurosimError) as caught:
        ns.animate(reflex, name, **options)
    assert str(caught.value) == message
    assert plt.get_fignums() == []
    assert list(tmp_path.iterdir()) == []


def test_more_errors(reflex, tmp_path):
    with pytest.raises(ns.OptionError, match="501 pictures") as caught:
        ns.animate(ns.simulate(reflex.net, ticks=501), tmp_path / "x.gif")
    assert str(caught.value) == MANY
    with pytest.raises(ns.DataError, match="Nothing was recorded, so there is nothing to draw"):
        ns.animate(ns.simulate(reflex.net, ticks=3, record=None), tmp_path / "x.gif")
    with pytest.raises(ns.OptionError, match=r"ns\.animate shows a Recording; got Network"):
        ns.animate(reflex.net, tmp_path / "x.gif")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(ns.ModelFileError, match=r"folder\.html' cannot be written"):
        ns.animate(reflex, tmp_path / "folder.html")
    assert plt.get_fignums() == []
