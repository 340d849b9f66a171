"""The same tasks here, in processes and on two workers of Dask; and workers that are lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenstance import __version__, cli
from evenstance.errors import EvenstanceError, InputError, UsageError
from evenstance.flows import spread as flow
from evenstance.flows.spread import A_WORKER, Workers, checked, spread
from proving import lake_holds
from proving.lake_holds import make, months
from proving.lake_pass import WHAT, cluster
from proving.lost_workers import always, doubled, once

STUDY = ("study", "--table", "naive", "--people", "50", "--cv", "10", "--json")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of two workers; a task may lose one of them, and no more."""
    import dask
    import distributed  # brings the settings that one is changed of

    assert distributed.__version__

    settings = {"distributed.scheduler.allowed-failures": 1}
    with dask.config.set(settings), cluster(2) as made:
        yield made.scheduler_address


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake_holds, "STANCES", 6)
        patch.setattr(lake_holds, "DAMAGED", 40)
        patch.setattr(lake_holds, "CLINICS", 2)
        patch.setattr(lake_holds, "MONTHS", 1)
        for month in months(folder, 200, 4, full=False):
            make(month)
    return folder


@pytest.mark.parametrize("what", list(WHAT))
def test_dask_and_processes_give_the_same_answer(scheduler: str, lake: Path, what: str) -> None:
    here = WHAT[what](lake, Workers(processes=1))
    assert WHAT[what](lake, Workers(processes=2)) == here
    assert WHAT[what](lake, Workers(scheduler=scheduler)) == here


def test_the_commands_take_a_scheduler(
    scheduler: str, lake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> Any:
        cli.run(words)
        out = json.loads(capsys.readouterr().out)
        return {name: value for name, value in out.items() if name != "sessions_per_s"}

    for words in (STUDY, ("recompute", "--lake", str(lake), "--json")):
        alone = said(*words, "--workers", "1")
        assert said(*words, "--scheduler", scheduler) == alone


def test_a_worker_that_dies_once_is_replaced(scheduler: str, tmp_path: Path) -> None:
    tasks = [str(tmp_path / "mark")]
    assert list(spread(once, tasks, Workers(scheduler=scheduler))) == ["answered"]


def test_a_worker_that_dies_again_is_an_error(scheduler: str) -> None:
    with pytest.raises(EvenstanceError, match="A worker was lost") as lost:
        list(spread(always, [1], Workers(scheduler=scheduler)))
    assert "KilledWorker" in lost.value.cause


def test_a_process_that_dies_is_an_error() -> None:
    with pytest.raises(EvenstanceError, match="A worker was lost"):
        list(spread(always, [1, 2, 3], Workers(processes=2)))


def test_few_tasks_are_under_way_at_once() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(40):
            taken += 1
            yield number

    for done, found in enumerate(spread(doubled, tasks(), Workers(processes=2))):
        assert found == 2 * done
        assert taken - done <= 2 * A_WORKER + 1
    assert taken == 40


def test_a_worker_of_another_version_is_refused() -> None:
    assert checked(__version__, doubled, 4) == 8
    with pytest.raises(InputError, match="A worker has Evenstance"):
        checked("0.0.1", doubled, 4)


def test_an_address_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "CONNECT_S", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(InputError, match="No scheduler answers"):
            list(spread(doubled, [1], Workers(scheduler=address)))


def test_what_is_no_address() -> None:
    with pytest.raises(UsageError, match="no address of a scheduler"):
        list(spread(doubled, [1], Workers(scheduler="carrier-pigeon://loft")))
