"""The command line: scenarios (``list``, ``run``, ``tour``), and what files hold (``info``, ``plot``, ``compare``)."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import neurosim
from neurosim.errors import ModelFileError, NeurosimError, OptionError, counted
from neurosim.scenarios import load_scenario, scenario_scripts, scenario_titles

OUT = "neurosim-out"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"neurosim {neurosim.__version__}")
        raise typer.Exit


@app.callback(help=neurosim.__doc__)
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Take the options that stand before any command."""


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios, a line each."""
    from rich.console import Console
    from rich.table import Table

    table = Table.grid(padding=(0, 3))
    for name, title in scenario_titles().items():
        table.add_row(f"[bold]{name}[/bold]", title)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "\nRun one: neurosim run NAME, with --quick in a second or two. All of them, on one page: neurosim tour. In "
        "brackets: the rows of the lecture, in whose order they stand (scenarios/README.md has them all).",
        markup=False,
    )


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="The scenario: a name that `neurosim list` shows.")],
    out: Annotated[str, typer.Option(help="The folder for pictures.", metavar="DIR")] = OUT,
    seed: Annotated[int, typer.Option(help="Where the randomness starts.", min=0)] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Do with fewer seeds and epochs.")] = False,
    check: Annotated[
        str | None,
        typer.Option(help="Check an answer to one of its questions, in place of running it.", metavar="ANSWER"),
    ] = None,
    question: Annotated[int | None, typer.Option(help="Which question that answer is to (1).", metavar="N")] = None,
) -> None:
    """Run a scenario: it narrates, prints its checked claims and writes its pictures. Exits with 1 if a claim fails."""
    told = load_scenario(name)
    if check is not None or question is not None:
        verdict = told.check(check, question)
        typer.echo(str(verdict))
        held = verdict.right
    else:
        held = told(out=out, seed=seed, quick=quick).held
    if not held:
        raise typer.Exit(1)


@app.command()
def tour(
    out: Annotated[str, typer.Option(help="The folder for index.html and the pictures.", metavar="DIR")] = OUT,
    seed: Annotated[int, typer.Option(help="Where the randomness starts.", min=0)] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Do with fewer seeds and epochs.")] = False,
    jobs: Annotated[int, typer.Option(help="How many scenarios run at the same time.", min=1, metavar="N")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Run this one; say it again for another.", metavar="NAME")
    ] = None,
) -> None:
    """Run every scenario, and show on one page what they told and drew. Exits with 1 if a claim or a scenario fails."""
    from neurosim.tour.guide import run_and_show

    done = run_and_show(scenario_scripts(only or ()), out, seed=seed, quick=quick, jobs=jobs)
    if not done.held:
        raise typer.Exit(130 if done.missed else 1)


# --- Files that ns.save and checkpoint= wrote ------------------------------------------------------

SavedFile = Annotated[str, typer.Argument(help="What ns.save wrote: a network or a recording; or a checkpoint.")]


@app.command()
def info(file: SavedFile) -> None:
    """Say what a file holds: a network, a recording and the network that ran, or how far a training went."""
    from neurosim.anatomy.network import Network
    from neurosim.files import load_any

    thing, record = load_any(file)
    typer.echo(f"{file}: a {record.kind}, {os.path.getsize(file):,} bytes")
    if not isinstance(thing, Network):
        typer.echo(repr(thing))
    net = thing if isinstance(thing, Network) else thing.net
    typer.echo(repr(net))
    frozen, late = int((~net.plastic).sum()), int((net.delays > 0).sum())
    said = [counted(net.n_parameters, "number") + " that learning may change", f"{net.dtype} weights"]
    said += [f"{counted(frozen, 'synapse')} frozen"] * bool(frozen)
    said += [f"{counted(late, 'synapse')} with a delay"] * bool(late)
    typer.echo(f"  learning  {', '.join(said)}")
    for name, values in record.values["columns"].items() if record.kind == "checkpoint" else ():
        if len(values):
            typer.echo(f"  {name:<20} {values[0]:.4g} -> {values[-1]:.4g} in {counted(len(values), 'epoch')}")


@app.command("plot")
def plot_file(
    file: SavedFile,
    out: Annotated[str, typer.Option(help="Where the picture goes: .png, .pdf or .svg.", metavar="FILE")] = "",
) -> None:
    """Draw the network or recording in a file; the picture goes beside you, unless --out says where."""
    from neurosim.files import load_any

    path = _picture_path(Path(out or f"{Path(file).stem}.png"))
    _draw(load_any(file)[0], path)


@app.command("compare")
def compare_file(
    file: Annotated[str, typer.Argument(help="A network that ns.save wrote, or a checkpoint.")],
    data: Annotated[str, typer.Argument(help="Samples: a .csv with a column of labels, or an .npz with X and labels.")],
    modes: Annotated[str, typer.Option(help="The modes, with commas between them.")] = "binary,sigmoid,relu",
    label: Annotated[str | None, typer.Option(help="The column of labels: the one so called, or the last.")] = None,
    seeds: Annotated[int, typer.Option(help="How many brains are trained in each mode.")] = 5,
    epochs: Annotated[int, typer.Option(help="How often each goes through the samples.")] = 100,
    learning_rate: Annotated[float, typer.Option(help="The step of Adam, the optimizer.")] = 0.01,
    held_out: Annotated[float, typer.Option(help="The share of samples to measure on; 0 for those learnt.")] = 0.25,
    seed: Annotated[int, typer.Option(help="Where the randomness starts.", min=0)] = 0,
    table: Annotated[str, typer.Option(help="Write all figures to this .csv as well.", metavar="FILE")] = "",
    picture: Annotated[str, typer.Option(help="Draw them: .png, .pdf or .svg.", metavar="FILE")] = "",
) -> None:
    """Train the wiring in a file afresh in each mode, binary against graded, on your samples; see ns.compare."""
    from neurosim.analysis.compare import compare
    from neurosim.datasets import read
    from neurosim.files import load
    from neurosim.plasticity.optimizers import Adam

    net, samples = load(file), read(data, label=label)
    drawing = _picture_path(Path(picture)) if picture else None
    for path in filter(None, (table, picture)):
        _check_folder(Path(path))
    listed = [mode.strip() for mode in modes.split(",") if mode.strip()]
    found = compare(
        net,
        samples.X,
        samples.labels,
        listed,
        seeds=seeds,
        epochs=epochs,
        optimizer=Adam(learning_rate),
        held_out=held_out,
        rng=seed,
    )
    typer.echo(str(found))
    if table:
        found.to_csv(table)
        typer.echo(f"table: {table}")
    if drawing is not None:
        _draw(found, drawing)


def _draw(thing: object, path: Path) -> None:
    """Write the picture of something, and say where it is."""
    from neurosim.plotting.plot import plot, save

    os.environ.setdefault("MPLBACKEND", "agg")  # no window has to open for a file
    try:
        save(plot(thing), path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelFileError(
            f"The picture cannot be written to {str(path)!r}: {reason}. Choose another --out."
        ) from None
    typer.echo(f"picture: {path}")


def _check_folder(path: Path) -> None:
    """Raise unless a file can lie there: whoever waits for its content should not lose that at the end."""
    if path.is_dir() or not path.parent.is_dir():
        raise OptionError(f"No file can be written to {str(path)!r}: give a name in a folder that exists.")


def _picture_path(path: Path) -> Path:
    if path.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise OptionError(f"A picture is a .png, .pdf or .svg; got {str(path)!r}. Write {path.stem}.png.")
    return path


def main() -> None:
    """Run the command line; an error of neurosim's own is a message, not a traceback, and exits with 2."""
    gc.set_threshold(200_000)  # as libraries are loaded, objects come by the ten thousand, and next to none is garbage
    try:
        app(prog_name="neurosim")
    except NeurosimError as error:
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        sys.exit(2)
    finally:
        gc.freeze()  # the process ends, and all its memory with it: nothing in it need be looked at
