"""The same function over many tasks: here, in processes of this computer, or on Dask's workers.

Results come in the order of the tasks, whoever computed them, so what is summed over them does not
depend on the number of workers. Few tasks are under way at once, so the memory needed does not
grow with their number. A worker that is lost is replaced by Dask; where that cannot be, it is an
error, never a result with a part missing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from evenstance import __version__
from evenstance.errors import EvenstanceError, InputError, UsageError

ANCHOR = "a-worker-was-lost"
CONNECT_S = 15.0
PATIENCE_S = 30.0  # without any worker at all
A_WORKER = 2  # tasks under way for each

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Workers:
    """Who computes: processes of this computer (None: one for each core), or Dask's scheduler."""

    processes: int | None = None
    scheduler: str | None = None


def spread(function: Callable[[T], R], tasks: Iterable[T], who: Workers) -> Iterator[R]:
    """The result of each task, in their order; function and tasks are sent as pickles."""
    if who.scheduler is not None:
        yield from _dask(function, tasks, who.scheduler)
        return
    processes = who.processes or os.cpu_count() or 1
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    if processes == 1 or len(first) < 2:
        yield from map(function, (*first, *waiting))
        return
    # spawned: a forked process would share the threads of engines that are open here
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        under_way = deque(pool.submit(function, task) for task in first)
        try:
            while under_way:
                room = A_WORKER * processes - len(under_way)
                under_way += [pool.submit(function, task) for task in islice(waiting, room)]
                yield under_way.popleft().result()
        except BrokenProcessPool as error:
            raise lost("a process of this computer ended, perhaps for want of memory") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _dask(function: Callable[[T], R], tasks: Iterable[T], scheduler: str) -> Iterator[R]:
    with _client(scheduler) as client:
        waiting = iter(tasks)
        under_way: deque[Any] = deque()
        while True:
            room = A_WORKER * max(1, sum(client.nthreads().values())) - len(under_way)
            under_way += [
                client.submit(checked, __version__, function, task, pure=False)
                for task in islice(waiting, max(0, room))
            ]
            if not under_way:
                return
            yield _result(client, under_way.popleft())


@contextmanager
def _client(scheduler: str) -> Generator[Any, None, None]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--scheduler needs Dask, which is not installed.",
            next_step='Install it, in the folder of the README: `pip install ".[clinic]"`.',
            anchor=ANCHOR,
        ) from error
    try:
        client: Any = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except ValueError as error:
        raise UsageError(
            f"{scheduler!r} is no address of a scheduler.",
            cause=str(error),
            next_step="It is what `dask scheduler` printed, such as tcp://192.168.1.5:8786.",
            anchor=ANCHOR,
        ) from error
    except (OSError, TimeoutError) as error:
        raise InputError(
            f"No scheduler answers at {scheduler}.",
            cause=str(error),
            next_step="Start one with `dask scheduler`, and workers with `dask worker ADDRESS`.",
            anchor=ANCHOR,
        ) from error
    try:
        yield client
    finally:
        client.close()


def _result(client: Any, future: Any) -> Any:
    """What a task gave; a task whose worker is lost is given to another one by Dask."""
    from concurrent.futures import CancelledError

    import distributed

    empty = False
    while True:
        try:
            return future.result(timeout=PATIENCE_S)
        except (distributed.KilledWorker, CancelledError) as error:
            raise lost(f"{type(error).__name__}: {error}") from error
        except (TimeoutError, distributed.TimeoutError) as error:  # two kinds in Python 3.10
            if future.done():
                raise  # the task's own
            if client.status != "running":
                raise lost("the scheduler is gone") from error
            if empty and not client.nthreads():
                raise lost("the scheduler has no worker") from error
            empty = not client.nthreads()
        except OSError as error:
            raise lost(f"the scheduler is gone ({error})") from error


def checked(version: str, function: Callable[[T], R], task: T) -> R:
    """The result by a worker of the same version; another one may know other methods."""
    if version != __version__:
        raise InputError(
            f"A worker has Evenstance {__version__}, and this computer {version}.",
            next_step="Install the same version on all of them.",
            anchor=ANCHOR,
        )
    return function(task)


def lost(why: str) -> EvenstanceError:
    """A worker, or all of them, did not give a result."""
    return EvenstanceError(
        "A worker was lost, so there is no result.",
        cause=why,
        next_step="Look at the worker's own messages, give it more memory, or use fewer "
        "--workers; then run it again.",
        anchor=ANCHOR,
    )
