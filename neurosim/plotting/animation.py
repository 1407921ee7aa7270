"""Activity on the drawing of the network, tick by tick: as a GIF, or as a page with a slider."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count, check_number
from neurosim.errors import ModelFileError, OptionError
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.style import FAINT, LARGE, write
from neurosim.progress import Watched

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from neurosim.plotting.network import Shades

Bytes: TypeAlias = npt.NDArray[np.uint8]

MOST_FRAMES = 500
FASTEST = 50.0  # frames a second; programs that show GIFs go no faster
DPI = 100
ABOVE = 26.0  # points over the drawing, for the number of the tick


def animate(
    rec: Recording,
    path: str | os.PathLike[str],
    *,
    fps: float = 5,
    trial: int | None = None,
    ticks: tuple[int, int] | None = None,
    most: int = 12,
    most_synapses: int = 300,
    progress: bool | None = None,
) -> Path:
    """Show a recording as a film: the drawing of the network, each neuron coloured by its rate in each tick.

    All pictures share one scale, which spans the whole recording of this trial. Neurons that were not recorded
    are grey.

    Parameters
    ----------
    rec : Recording
    path : path
        Ends with ``.gif``, or with ``.html`` for a page of its own, with a slider and a button to play and
        pause; it needs no network. A file that is there is replaced.
    fps : float
        Recorded ticks shown in a second, up to 50.
    trial : int, optional
        Which trial; the first unless said.
    ticks : (first, end), optional
        The ticks to show, without the end; all that were recorded unless said. Up to 500 can be shown.
    most, most_synapses : int
        How many neurons of a region and how many synapses to draw, as in ``ns.plot(net)``.
    progress : bool, optional
        Whether to show a bar; by default when it takes long, on a terminal or in a notebook.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        If nothing was recorded.
    OptionError
        If the path ends in anything else, there are too many ticks, or an option is out of range.
    ModelFileError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [1.0], delay=2, thresholds=[0, 1], names=["skin", "cell"])
    >>> rec = ns.simulate(net, {"skin": [1, 0, 1]}, ticks=6)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ns.animate(rec, f"{folder}/reflex.html").name
    'reflex.html'
    """
    if not isinstance(rec, Recording):
        raise OptionError(
            f"ns.animate shows a Recording; got {type(rec).__name__}. Write ns.animate(ns.simulate(...), path)."
        )
    target = _read_path(path)
    shared.check_some(rec)
    check_number("fps", fps, above=0, most=FASTEST)
    chosen = shared.read_trial(rec, trial)
    rows = _read_ticks(rec, ticks)
    film = _Film(rec, chosen, rows, most=most, most_synapses=most_synapses)
    write_film = _write_gif if target.suffix.lower() == ".gif" else _write_html
    try:
        with Watched("drawing", len(rows), progress) as work:
            write_film(film, target, float(fps), work)
    except OSError as error:
        raise ModelFileError(f"The file {str(target)!r} cannot be written: {error.strerror or error}.") from error
    finally:
        film.close()
    return target


def _read_path(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"ns.animate needs the path of a file to write, such as 'film.gif'; got {path!r}.")
    target = Path(path)
    if target.suffix.lower() not in (".gif", ".html"):
        film = target.with_suffix(".gif") if target.name else "film.gif"
        raise OptionError(
            f"ns.animate writes .gif and .html files; got {str(target)!r}. "
            f"Write {str(film)!r} for a film that can be shown anywhere, or .html for a page with a slider."
        )
    if not target.parent.is_dir():
        raise ModelFileError(
            f"The file {str(target)!r} cannot be written: there is no folder {str(target.parent)!r}. Make it first."
        )
    return target


def _read_ticks(rec: Recording, ticks: tuple[int, int] | None) -> list[int]:
    """The rows of the recording that are shown."""
    rows = list(range(len(rec)))
    first, last = int(rec.ticks[0]), int(rec.ticks[-1])
    if ticks is not None:
        if not isinstance(ticks, tuple | list) or len(ticks) != 2:
            raise OptionError(
                f"ticks must be a pair, the first and the one after the last: ticks=(0, 100); got {ticks!r}."
            )
        for tick in ticks:
            check_count("ticks", tick)
        rows = [row for row, tick in enumerate(rec.ticks.tolist()) if ticks[0] <= tick < ticks[1]]
        if not rows:
            raise OptionError(
                f"No tick was recorded from {ticks[0]} up to {ticks[1]}. This recording has ticks {first} to {last}."
            )
    if len(rows) > MOST_FRAMES:
        some = int(rec.ticks[rows[0]]), int(rec.ticks[rows[MOST_FRAMES]])
        raise OptionError(
            f"This film would have {len(rows):,} pictures; {MOST_FRAMES} are the most. Choose a span, as in "
            f"ticks={some}, or simulate with every={-(-len(rows) // MOST_FRAMES) * shared.tick_step(rec)}."
        )
    return rows


class _Film:
    """The drawing, and what changes in it from tick to tick."""

    def __init__(self, rec: Recording, trial: int, rows: list[int], *, most: int, most_synapses: int) -> None:
        from matplotlib import pyplot

        from neurosim.plotting.network import Shades, sketch_network

        self._pyplot, self._shades = pyplot, Shades
        self.rec, self.rows = rec, rows
        self._numbers = rec.plan.neurons
        self._rates = np.concatenate(
            [block[:, :, trial] for _, block in shared.blocks(rec, np.arange(len(rec.names)))], axis=1
        )
        # Room is left for the number that each neuron will need most of it for.
        widest = np.take_along_axis(self._rates, np.abs(self._rates).argmax(axis=0)[None], axis=0)[0]
        before = pyplot.get_fignums()
        try:
            self._sketch = sketch_network(
                rec.net, None, self._shaded(widest), most=most, most_synapses=most_synapses, above=ABOVE
            )
        except BaseException:
            for number in set(pyplot.get_fignums()) - set(before):
                pyplot.close(number)
            raise
        ax, height = self._sketch.ax, self._sketch.height - ABOVE / 2
        self._tick = write(ax, 10.0, height, "", ha="left", fontsize=LARGE, fontweight="bold")
        remarks = shared.remarks(rec, trial).removeprefix("; ")
        write(ax, self._sketch.width - 10.0, height, remarks, ha="right", color=FAINT)

    @property
    def figure(self) -> Figure:
        """What it is drawn on."""
        figure: Figure = self._sketch.ax.figure.canvas.figure
        return figure

    def colours(self) -> Bytes:
        """White, and colours from all over the scale of rates: shape (81, 3)."""
        colours, _ = self._shaded(self._rates[0]).scale
        scale = colours(np.linspace(0, 1, 80), bytes=True)[:, :3]
        return np.vstack([np.full((1, 3), 255), scale]).astype(np.uint8)

    def __iter__(self) -> Iterator[tuple[int, Bytes]]:
        """Draw one row after the other: its tick, and the picture, shape (height, width, 4).

        What stays as it is, synapses above all, is drawn once: of a picture with 300 of them that is most of the work.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        for artist in (*self._sketch.moving, self._tick):
            artist.set_animated(True)
        self.figure.set_dpi(DPI)
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        for row in self.rows:
            tick = int(self.rec.ticks[row])
            self._sketch.show(self._shaded(self._rates[row]))
            self._tick.set_text(f"tick {tick}")
            canvas.restore_region(still)
            for artist in self._sketch.moving:
                self._sketch.ax.draw_artist(artist)
            self._sketch.ax.draw_artist(self._tick)
            yield tick, np.array(canvas.buffer_rgba())

    def _shaded(self, rates: Floats) -> Shades:
        everyone = np.full(len(self.rec.net), np.nan)
        everyone[self._numbers] = rates
        return self._shades.of(everyone, self._rates)

    def close(self) -> None:
        """Let go of the figure."""
        self._pyplot.close(self.figure)


def _write_gif(film: _Film, target: Path, fps: float, work: Watched) -> None:
    """One palette for all frames: with one for each, as in PillowWriter, rare colours get lost, others flicker."""
    from PIL import Image

    palette, frames = None, []
    for tick, picture in film:
        frame = Image.fromarray(picture).convert("RGB")
        palette = palette or _palette(frame, film.colours())
        frames.append(frame.quantize(palette=palette, dither=Image.Dither.NONE))
        work.advance(f"tick {tick}")
    frames[0].save(target, save_all=True, append_images=frames[1:], duration=round(1000 / fps), loop=0)


def _palette(frame: Image, colours: Bytes) -> Image:
    """The 256 colours of a film: white, those of the scale of rates, and those that the first frame needs most."""
    from PIL import Image

    rest = np.array(frame.quantize(256 - len(colours)).getpalette() or [], dtype=np.uint8).reshape(-1, 3)
    rest[rest.min(axis=1) > 248] = 255  # Pillow tells colours apart by 4 steps: one near white would stand for white
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.vstack([colours, rest]).ravel().tolist())
    return palette


def _write_html(film: _Film, target: Path, fps: float, work: Watched) -> None:
    """The first picture whole, and of all others only what differs from it: a tenth of the size."""
    from neurosim.plotting.animation_page import page

    ticks: list[int] = []
    pictures, first = [], None
    for tick, picture in film:
        first = picture if first is None else first
        same = (picture == first).all(axis=2) & bool(ticks)
        pictures.append(_png(np.where(same[:, :, None], np.uint8(0), picture)))
        ticks.append(tick)
        work.advance(f"tick {tick}")
    target.write_text(page(target.stem, ticks, pictures, fps), encoding="utf-8")


def _png(picture: Bytes) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()
