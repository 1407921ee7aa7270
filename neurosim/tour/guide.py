"""The tour as it is seen in a terminal: bars while it runs, a table at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.errors import OptionError
from neurosim.scenarios import picture_folder, scenario_scripts
from neurosim.story import command_to_run
from neurosim.tour.page import page_file, write_page
from neurosim.tour.processes import visit_all
from neurosim.tour.result import Tour, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import rich.table
    from rich.console import Console


def run_and_show(
    scripts: Mapping[str, Path], out: str | Path, *, seed: int = 0, quick: bool = False, jobs: int = 1
) -> Tour:
    """Run scenarios, print what came of them, and write the page that shows all.

    Parameters
    ----------
    scripts : mapping
        Every scenario's name and file.
    out : path
        The folder for the page and its pictures.
    seed : int
    quick : bool
    jobs : int

    Returns
    -------
    Tour
    """
    from rich.console import Console

    console, page = Console(highlight=False), page_file(picture_folder(out))
    tour = take_tour(scripts, out, seed=seed, quick=quick, jobs=jobs, console=console)
    write_page(tour, page)
    console.print(table(tour))
    for line in failures(tour):
        console.print(line, style="bold red", markup=False, soft_wrap=True)
    console.print(f"{tour}; {tour.seconds:.1f} s", markup=False, soft_wrap=True)
    console.print(f"page: {page}", markup=False, soft_wrap=True)
    return tour


def take_tour(
    scripts: Mapping[str, Path],
    out: str | Path,
    *,
    seed: int = 0,
    quick: bool = False,
    jobs: int = 1,
    console: Console | None = None,
) -> Tour:
    """Run scenarios, with bars of progress on a terminal and a line for each elsewhere.

    Ctrl-C ends it at once, and what is done by then is returned.

    Parameters
    ----------
    scripts : mapping
        Every scenario's name and file: `neurosim.scenarios.scenario_scripts`.
    out : path
        The folder for pictures.
    seed : int
    quick : bool
    jobs : int
        How many run at the same time, in processes of their own.
    console : rich.console.Console, optional
        Where to print.

    Returns
    -------
    Tour

    Raises
    ------
    OptionError
        If there are fewer jobs than one, or no pictures can be written to `out`; nothing has been run then.
    """
    if jobs < 1:
        raise OptionError(f"jobs is how many scenarios run at the same time, from 1 up; got {jobs}.")
    folder, started, done = picture_folder(out), time.perf_counter(), dict[str, Visit]()
    with _bars(len(scripts), console) as (begin, end):
        visits = visit_all(scripts, folder, seed=seed, quick=quick, jobs=jobs, begun=begin)
        try:
            with closing(visits):
                for visit in visits:
                    done[visit.name] = visit
                    end(visit)
        except KeyboardInterrupt:
            pass  # those that are missing tell of it
    return Tour(
        visits=tuple(done[name] for name in scripts if name in done),
        missed=tuple(name for name in scripts if name not in done),
        seed=seed,
        quick=quick,
        seconds=time.perf_counter() - started,
        whole=scripts.keys() == scenario_scripts().keys(),
    )


@contextmanager
def _bars(total: int, console: Console | None) -> Iterator[tuple[Callable[[str], None], Callable[[Visit], None]]]:
    """A bar for the whole and one for each scenario that runs; what to call when one begins, and when it ends."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = console or Console(highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        whole = bars.add_task(f"0 of {total}", total=total)
        running = {}

        def begin(name: str) -> None:
            running[name] = bars.add_task(name, total=None)

        def end(visit: Visit) -> None:
            bars.remove_task(running.pop(visit.name))
            bars.advance(whole)
            bars.update(whole, description=f"{bars.tasks[0].completed:.0f} of {total}")
            if not (console.is_terminal and visit.held):  # on a terminal the table will tell it
                style = None if visit.held else "bold red"
                line = f"{visit.name}: {visit.outcome}, {visit.seconds:.1f} s"
                console.print(line, style=style, markup=False, soft_wrap=True)

        yield begin, end


def table(tour: Tour) -> rich.table.Table:
    """What came of each scenario, with its time.

    Parameters
    ----------
    tour : Tour
    """
    import rich.table
    from rich.text import Text

    drawn = rich.table.Table()
    for column in ("scenario", "what came of it", "pictures", "seconds"):
        drawn.add_column(column, justify="right" if column in ("pictures", "seconds") else "left", overflow="fold")
    for visit in tour.visits:
        pictures, seconds = str(len(visit.pictures)), f"{visit.seconds:.1f}"
        style = None if visit.held else "bold red"
        drawn.add_row(Text(visit.name), Text(visit.outcome), pictures, seconds, style=style)
    for name in tour.missed:
        drawn.add_row(Text(name), "interrupted", "", "", style="bold red")
    return drawn


def failures(tour: Tour) -> list[str]:
    """Every claim that does not hold and every scenario that failed, with what to type to see it alone."""
    told = []
    for visit in tour.visits:
        told += [
            f"{visit.name}: {claim.text}: computed {claim.value}, bound {claim.bound}: FAILED" for claim in visit.failed
        ]
        if visit.error:
            told.append(f"{visit.name}: {visit.error}")
        if not visit.held:
            told.append(f"  {command_to_run(visit.name, tour.seed, tour.quick)}")
    return told
