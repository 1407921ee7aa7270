"""The command line: ``neurosim list``, ``neurosim run NAME``."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

import neurosim
from neurosim.errors import NeurosimError
from neurosim.scenarios import add_options, load_scenario, scenario_titles


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error of neurosim's own is a message, not a traceback, and exits with 2."""
    gc.set_threshold(200_000)  # as libraries are loaded, objects come by the ten thousand, and next to none is garbage
    parser = command_line()
    given = parser.parse_args(arguments)
    if "command" not in given:
        parser.print_help()
        return
    try:
        status = given.command(given)
    except NeurosimError as error:
        print(f"Error: {error}", file=sys.stderr)
        status = 2
    gc.freeze()  # all memory is given back with the process; to look through it for garbage first would take a while
    sys.exit(status)


def command_line() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser("neurosim", description=neurosim.__doc__)
    parser.add_argument("--version", action="version", version=f"neurosim {neurosim.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    listing = commands.add_parser("list", help="list the scenarios", description=list_scenarios.__doc__)
    listing.set_defaults(command=list_scenarios)
    running = commands.add_parser("run", help="run a scenario", description=run.__doc__)
    running.set_defaults(command=run)
    running.add_argument("name", metavar="NAME", help="the scenario: a name that `neurosim list` shows")
    add_options(running)
    return parser


def list_scenarios(given: argparse.Namespace) -> int:
    """List the scenarios, a line each."""
    from rich.console import Console
    from rich.table import Table

    table = Table.grid(padding=(0, 3))
    for name, title in scenario_titles().items():
        table.add_row(f"[bold]{name}[/bold]", title)
    Console(highlight=False).print(table)
    return 0


def run(given: argparse.Namespace) -> int:
    """Run a scenario: it narrates, prints its checked claims and writes its pictures. Exits with 1 if a claim fails."""
    story = load_scenario(given.name)(out=given.out, seed=given.seed, quick=given.quick)
    return 0 if story.held else 1
