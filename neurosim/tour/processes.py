"""Scenarios in processes of their own, so that one that ends badly ends alone."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from pathlib import Path

from neurosim.engine.workers import VARIABLE, thread_count
from neurosim.errors import NeurosimError
from neurosim.tour.result import Visit
from neurosim.tour.visit import visit, without_machine_paths

LIBRARIES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
PATIENCE = 5.0  # seconds for a process without work to end by itself


def visit_all(
    scripts: Mapping[str, Path],
    out: Path,
    *,
    seed: int = 0,
    quick: bool = False,
    jobs: int = 1,
    begun: Callable[[str], object] = lambda name: None,
) -> Generator[Visit]:
    """Run scenarios in so many processes, and give out what came of each as soon as it ends.

    Whatever happens to a process, the others go on, and a new one takes its place. Close the iterator, or leave it by
    an error, and all processes end at once.

    Parameters
    ----------
    scripts : mapping
        Every scenario's name and file.
    out : Path
        The folder for pictures.
    seed : int
    quick : bool
    jobs : int
        How many run at the same time.
    begun : callable
        Called with the name of each as it begins.

    Yields
    ------
    Visit
    """
    waiting = deque(scripts.items())
    jobs = min(jobs, len(waiting))
    threads = max(1, thread_count() // max(1, jobs))
    workers: list[Worker] = []
    try:
        while waiting or any(worker.script for worker in workers):
            for worker in [worker for worker in workers if worker.script is None and not worker.process.is_alive()]:
                worker.end()
                workers.remove(worker)
            workers.extend(Worker(threads) for _ in range(min(len(waiting), jobs - len(workers))))
            for worker in workers:
                if waiting and worker.script is None:
                    name, script = waiting.popleft()
                    worker.begin(script, out, seed, quick)
                    begun(name)
            for worker in ready(workers):
                seen = worker.result()
                if seen is not None:
                    yield seen
    finally:
        for worker in workers:
            worker.end()


def ready(workers: list[Worker]) -> list[Worker]:
    """Wait until something comes from some of the processes, or they end: those."""
    busy = [worker for worker in workers if worker.script]
    signs = connection.wait([sign for worker in busy for sign in (worker.pipe, worker.process.sentinel)])
    return [worker for worker in busy if worker.pipe in signs or worker.process.sentinel in signs]


@contextmanager
def environment(threads: int) -> Iterator[None]:
    """A context in which processes begin that share the cores, unless the user has said how many threads there are.

    The libraries that multiply matrices have one thread each: with more of them they would round differently, and
    what a scenario computes should not depend on how many others run beside it. Kernels do not have that fault.
    """
    ours = dict.fromkeys(LIBRARIES, "1") | {VARIABLE: str(threads)}
    ours = {name: value for name, value in ours.items() if not os.environ.get(name)}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


class Worker:
    """A process that runs one scenario after the other.

    Parameters
    ----------
    threads : int
        How many it may have.

    Attributes
    ----------
    script : Path or None
        What it runs.
    """

    def __init__(self, threads: int) -> None:
        spawning = get_context("spawn")  # a forked process would have half of this one's threads, and old libraries
        self.pipe, theirs = spawning.Pipe()
        descriptor, log = tempfile.mkstemp(prefix="neurosim-", suffix=".log")
        os.close(descriptor)
        self._log, self._started, self._here = Path(log), 0.0, False
        self.script: Path | None = None
        self.process = spawning.Process(target=work, args=(theirs, log), name="neurosim tour")
        with environment(threads), _ctrl_c_later():
            self.process.start()
        theirs.close()  # the process has its own: when that one closes, the pipe is at its end

    def begin(self, script: Path, out: Path, seed: int, quick: bool) -> None:
        """Give it something to run."""
        self.script, self._started = script, time.perf_counter()
        self._log.write_bytes(b"")
        with suppress(BrokenPipeError):  # of a process that has ended, which `result` will tell
            self.pipe.send((script, out, seed, quick))

    def result(self) -> Visit | None:
        """What came of it, if need be a visit that says how the process ended; None, if it has only now begun.

        Raises
        ------
        NeurosimError
            If there was no process to begin it.
        """
        assert self.script is not None
        try:
            seen: Visit | None = self.pipe.recv()
        except (EOFError, OSError):
            seen = self._obituary(self.script)
        if seen is None:
            self._here = True
        else:
            self.script = None
        return seen

    def _obituary(self, script: Path) -> Visit:
        self.process.join()
        code = self.process.exitcode or 0
        how = f"by signal {-code}, {signal.strsignal(-code)}" if code < 0 else f"with exit code {code}"
        if not self._here:
            raise NeurosimError(
                f"The scenarios need processes of their own, and the first thing that one did was to end {how}. "
                'If it is a script that calls take_tour, the call must stand below: if __name__ == "__main__":'
            )
        return Visit(
            name=script.stem,
            source=script.read_text(encoding="utf-8", errors="replace"),
            seconds=time.perf_counter() - self._started,
            error=f"its process ended {how}",
            trace=without_machine_paths(self._log.read_text(encoding="utf-8", errors="replace"), script),
        )

    def end(self) -> None:
        """End it: at once if it is at work."""
        self.pipe.close()
        if self.script is not None:
            self.process.kill()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._log.unlink(missing_ok=True)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """A context in which Ctrl-C waits, and in which processes begin that never hear of it: this one ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(pipe: connection.Connection, log: str) -> None:
    """Run what comes through the pipe, until it closes; in a process of its own.

    Parameters
    ----------
    pipe : Connection
        Scripts, with their settings, come in; None, as a beginning, and a `Visit` of each go out.
    log : str
        The file for what is printed, which would spoil the bars of progress, and for how the process ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    faulthandler.enable()
    pipe.send(None)
    while True:
        try:
            script, out, seed, quick = pipe.recv()
        except EOFError:
            return
        pipe.send(visit(script, out, seed=seed, quick=quick))
