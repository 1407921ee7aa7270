"""Threads for kernels: whoever fails or is interrupted leaves nobody waiting."""

import faulthandler
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.linalg  # noqa: F401 - brings a linear algebra of its own
from threadpoolctl import threadpool_info

from neurosim.engine import threads, workers
from neurosim.engine.team_kernels import CALLED_OFF, SIGNALS, Team, give_way_address, is_called_off, meet
from neurosim.engine.threads import one_thread
from neurosim.engine.workers import share_out, together

pytestmark = pytest.mark.xdist_group("kernels")


@pytest.fixture(autouse=True)
def no_waiting_for_ever():
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Crew:
    """A team that meets once."""

    def __init__(self):
        self.signals = np.zeros(SIGNALS, np.int64)

    def call_off(self):
        self.signals[CALLED_OFF] = 1

    def meet(self, member, members):
        meet(Team(member, members, self.signals, give_way_address()))
        return member, members


def test_all_meet():
    crew = Crew()
    assert together(crew.meet, 3, crew.call_off) == [(0, 3), (1, 3), (2, 3)]
    assert not crew.signals[CALLED_OFF]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("who", [0, 1, 2])
def test_if_one_does_not_come_the_others_do_not_wait(who, fault):
    crew = Crew()

    def work(member, members):
        if member == who:
            raise fault
        return crew.meet(member, members)

    for _ in range(3):
        with pytest.raises(fault):
            together(work, 3, crew.call_off)
    crew = Crew()
    assert together(crew.meet, 3, crew.call_off) == [(0, 3), (1, 3), (2, 3)]


def test_if_not_all_can_be_called_those_who_were_do_not_wait(monkeypatch):
    crew, pool = Crew(), ThreadPoolExecutor(3)

    class Full:
        def submit(self, work, member):
            if member == 2:
                raise RuntimeError("can't start new thread")
            return pool.submit(work, member)

    with monkeypatch.context() as patch:
        patch.setattr(workers, "_workers", lambda least: Full())
        with pytest.raises(RuntimeError, match="new thread"):
            together(crew.meet, 3, crew.call_off)
    pool.shutdown()
    crew = Crew()
    assert together(crew.meet, 3, crew.call_off) == [(0, 3), (1, 3), (2, 3)]


def test_who_is_called_while_others_work_together_works_alone():
    crew, begun, go_on = Crew(), threading.Event(), threading.Event()

    def slow(member, members):
        begun.set()
        go_on.wait(30)
        return crew.meet(member, members)

    with ThreadPoolExecutor(1) as users:
        first = users.submit(together, slow, 2, crew.call_off)
        begun.wait(30)
        alone = Crew()
        assert together(alone.meet, 2, alone.call_off) == [(0, 1)]
        go_on.set()
        assert first.result() == [(0, 2), (1, 2)]


def test_a_team_of_one_is_never_called_off():
    signals = np.ones(SIGNALS, np.int64)
    assert not is_called_off.py_func(Team(0, 1, signals, 0))


def test_shares_have_all_ended_when_an_error_is_raised():
    ended = []

    def work(number, _):
        if number == 0:
            raise KeyboardInterrupt
        time.sleep(0.05)
        ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        share_out(work, 3)
    assert sorted(ended) == [1, 2]


def test_the_pool_is_large_enough_for_whoever_asks(monkeypatch):
    monkeypatch.setenv("NEUROSIM_THREADS", "2")
    monkeypatch.setattr(workers, "_pool", None)
    monkeypatch.setattr(workers, "_size", 0)
    with ThreadPoolExecutor(8) as users:
        sizes = [1, 2, 3, 4] * 8
        pools = list(users.map(workers._workers, sizes))
    assert all(pool._max_workers >= size for pool, size in zip(pools, sizes, strict=True))


# --- Linear algebra ------------------------------------------------------------------------------


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture
def two_blas_threads():
    libraries = threads._controller(True).lib_controllers
    before = [library.num_threads for library in libraries]
    for library in libraries:
        library.set_num_threads(2)
    yield
    for library, count in zip(libraries, before, strict=True):
        library.set_num_threads(count)


@pytest.mark.usefixtures("two_blas_threads")
def test_linear_algebra_has_its_threads_again_when_the_last_user_has_ended():
    assert set(blas_threads()) == {2}
    first, second = one_thread(1e9), one_thread(1e9)
    first.__enter__()
    assert set(blas_threads()) == {1}
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_threads()) == {1}
    second.__exit__(None, None, None)
    assert set(blas_threads()) == {2}


@pytest.mark.usefixtures("two_blas_threads")
def test_linear_algebra_has_its_threads_again_after_an_error():
    with pytest.raises(KeyboardInterrupt), one_thread(1e9):
        raise KeyboardInterrupt
    assert set(blas_threads()) == {2}
    with one_thread(1):
        assert set(blas_threads()) == {2}
