"""When to strike: at a step of the work, or so long after its first one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

LOOK_EVERY_S = 0.0005


class Strike:
    """Counts the steps of a task and strikes once: with step `at_step`, or `after_s` seconds
    after the first. With neither it only measures: `steps` in `seconds`."""

    def __init__(
        self,
        blow: Callable[[], None] = lambda: None,
        *,
        at_step: int | None = None,
        after_s: float | None = None,
    ) -> None:
        self._blow = blow
        self._at_step = at_step
        self._timer = None if after_s is None else threading.Timer(after_s, self._strike)
        self._first_s = self._last_s = 0.0
        self.steps = 0
        self.struck = threading.Event()

    @property
    def seconds(self) -> float:
        """From the first step to the last one."""
        return self._last_s - self._first_s

    def step(self) -> bool:
        """One more; True when this is the one to strike at."""
        self._last_s = time.monotonic()
        self.steps += 1
        if self.steps == 1:
            self._first_s = self._last_s
            if self._timer is not None:
                self._timer.start()
        if self.steps == self._at_step:
            self._strike()
            return True
        return False

    def _strike(self) -> None:
        if not self.struck.is_set():
            self._blow()
            self.struck.set()

    def close(self) -> None:
        """No blow comes after this."""
        if self._timer is not None:
            self._timer.cancel()
            if self._timer.is_alive():
                self._timer.join()


def changes(look: Callable[[], object], strike: Strike, alive: Callable[[], bool]) -> None:
    """Step at each change of what `look` sees, as long as somebody is alive."""
    before = look()
    while alive():
        now = look()
        if now != before:
            before = now
            strike.step()
        time.sleep(LOOK_EVERY_S)


@contextmanager
def armed(strike: Strike) -> Generator[Strike, None, None]:
    """The strike, harmless behind the block."""
    try:
        yield strike
    finally:
        strike.close()


def folder_state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of change of the files of a folder."""
    found: list[tuple[str, int, int]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found.append((path.name, stat.st_size, stat.st_mtime_ns))
    return tuple(found)
