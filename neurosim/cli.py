"""The command line: ``neurosim list``, ``neurosim run NAME``, ``neurosim tour``."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

import neurosim
from neurosim.errors import NeurosimError
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
    Console(highlight=False).print(table)


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
    question: Annotated[int, typer.Option(help="Which question that answer is to.", metavar="N")] = 1,
) -> None:
    """Run a scenario: it narrates, prints its checked claims and writes its pictures. Exits with 1 if a claim fails."""
    told = load_scenario(name)
    if check is not None:
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
