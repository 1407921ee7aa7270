"""The command line: every case in a fresh process, then the table and the picture."""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import machine, report
from benchmarks.cases import FAMILIES, growth
from benchmarks.contest import Case, Result, hold

RESULTS = Path(__file__).parent / "results"
ELSEWHERE = Path("neurosim-out", "benchmarks")  # for a run that is not the whole, which must not pass for it
LEAST, LEAST_QUICK = 0.5, 0.01  # seconds of a turn


def main() -> None:
    """Measure, write, and end with status 1 if a case broke or a result was another one."""
    options = _options()
    if options.measure:
        _measure(options)
        return
    machine.confine()
    load = machine.load()
    print(f"{machine.model()}, {load} before the run")
    chosen = [case for case in _cases(options.quick) if not options.only or options.only in case.name]
    if not chosen:
        sys.exit(f"No case has {options.only!r} in its name. There are:\n" + "\n".join(_names(options.quick)))
    results: dict[str, Result] = {}
    for number, case in enumerate(chosen):
        print(f"{number + 1}/{len(chosen)}  {case.name}", flush=True)
        result = _in_a_fresh_process(case, options)
        if result is not None:
            results[case.name] = result
            for peer, why in result.left_out.items():
                print(f"      {peer} {why}", flush=True)
    if not results:
        sys.exit(1)
    folder = options.out or (ELSEWHERE if options.quick or options.only else RESULTS)
    _write(folder, options, results, load)
    wrong = [why for result in results.values() for why in result.left_out.values() if why.startswith("gives")]
    sys.exit(1 if wrong or len(results) < len(chosen) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="only the cases with this in their name")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether everything works, no more")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each contestant (5)")
    parser.add_argument("--out", type=Path, help=f"for table.md and picture.png ({RESULTS.name}, or {ELSEWHERE})")
    parser.add_argument("--measure", metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args()


def _cases(quick: bool) -> list[Case]:
    return [case for family in FAMILIES for case in family.cases(quick)]


def _names(quick: bool) -> list[str]:
    return [case.name for case in _cases(quick)]


def _in_a_fresh_process(case: Case, options: argparse.Namespace) -> Result | None:
    """So that no case meets the memory, the threads or the settings of another."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "result.json")
        command = [sys.executable, "-m", "benchmarks.run", "--measure", str(file), "--only", case.name]
        command += ["--repeats", str(options.repeats)] + (["--quick"] if options.quick else [])
        ended = subprocess.run(command, stdout=subprocess.DEVNULL)  # of which libraries write what nobody asked for
        if ended.returncode == 0:
            return Result(**json.loads(file.read_text()))
    print(f"      broke, with status {ended.returncode}", flush=True)
    return None


def _measure(options: argparse.Namespace) -> None:
    case = next(case for case in _cases(options.quick) if case.name == options.only)
    result = hold(case, options.repeats, LEAST_QUICK if options.quick else LEAST)
    Path(options.measure).write_text(json.dumps(dataclasses.asdict(result)))


def _write(folder: Path, options: argparse.Namespace, results: dict[str, Result], load: str) -> None:
    rows = [row for family in FAMILIES for row in family.rows(options.quick, results)]
    table = report.markdown(rows, list(results.values()), options.repeats, load)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(table)
    report.picture(rows, growth.points(options.quick, results), folder / "picture.png")
    print(f"\n{table}\nWritten: {folder / 'table.md'} and {folder / 'picture.png'}")


if __name__ == "__main__":
    main()
