"""Long work: a progress bar where a person is watching, and Ctrl-C that keeps what is done."""

from __future__ import annotations

import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds; shorter work shows no bar


class Watched:
    """Counts steps of some work, and draws a bar once it takes longer than a second on a terminal or in a notebook.

    Parameters
    ----------
    what : str
        What is being done, in a few words.
    total : int
        How many steps there are.
    show : bool, optional
        Whether to draw at all; by default only on a terminal or in a notebook.

    Examples
    --------
    >>> with Watched("counting", 3) as work:
    ...     for i in range(3):
    ...         work.advance(f"at {i}")
    """

    def __init__(self, what: str, total: int, show: bool | None = None) -> None:
        self._what, self._total = what, total
        self._show = _someone_is_watching() if show is None else show
        self._forced = show is True
        self._started = time.monotonic()
        self._done = 0
        self._bar: Progress | None = None

    def advance(self, note: str = "", steps: int = 1) -> None:
        """Say that one more step is done, or several."""
        self._done += steps
        if not self._show or time.monotonic() - self._started < PATIENCE:
            return
        if self._bar is None:
            self._bar = _new_bar(self._forced)
            self._bar.add_task(self._what, total=self._total, note=note)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=self._done, note=note)

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """A context in which the first Ctrl-C is noted, for the work to end where it can; the second one interrupts.

    Outside the main thread, or where the program has a handler of its own for Ctrl-C, nothing is changed.

    Yields
    ------
    callable
        Tells whether Ctrl-C was pressed.
    """
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            signal.default_int_handler(number, frame)
        pressed = True

    ours = threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        warnings.warn("Interrupted: the result ends where the work stopped.", stacklevel=5)


def _new_bar(forced: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, force_terminal=True if forced else None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[note]}"), console=console, transient=True)


def _someone_is_watching() -> bool:
    if sys.stderr.isatty():
        return True
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return type(running).__name__ == "ZMQInteractiveShell"
