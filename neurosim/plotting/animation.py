"""Activity on the drawing of the network, tick by tick: as a GIF, or as a page with a slider."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count, check_number
from neurosim.errors import ModelFileError, OptionError
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.style import FAINT, LARGE, write
from neurosim.progress import Watched

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neurosim.plotting.network import Shades

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
        self._numbers = shared.numbers(rec)
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

    def __iter__(self) -> Iterator[int]:
        """Draw one row after the other; yields its tick."""
        for row in self.rows:
            tick = int(self.rec.ticks[row])
            self._sketch.show(self._shaded(self._rates[row]))
            self._tick.set_text(f"tick {tick}")
            yield tick

    def _shaded(self, rates: Floats) -> Shades:
        everyone = np.full(len(self.rec.net), np.nan)
        everyone[self._numbers] = rates
        return self._shades.of(everyone, self._rates)

    def close(self) -> None:
        """Let go of the figure."""
        self._pyplot.close(self.figure)


def _write_gif(film: _Film, target: Path, fps: float, work: Watched) -> None:
    from matplotlib.animation import PillowWriter

    writer = PillowWriter(fps=fps)  # type: ignore[arg-type]
    writer.setup(film.figure, str(target), dpi=DPI)
    for tick in film:
        writer.grab_frame()
        work.advance(f"tick {tick}")
    writer.finish()


def _write_html(film: _Film, target: Path, fps: float, work: Watched) -> None:
    from neurosim.plotting.animation_page import page

    ticks, pictures = [], []
    for tick in film:
        picture = io.BytesIO()
        film.figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
        pictures.append(picture.getvalue())
        ticks.append(tick)
        work.advance(f"tick {tick}")
    target.write_text(page(target.stem, ticks, pictures, fps), encoding="utf-8")
