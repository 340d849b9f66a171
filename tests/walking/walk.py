"""One page walked: each of its commands run and compared with what must be said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from doc_pages import page
from docs_people import not_written
from plan_people import Someone

from clinic.server import why_not
from walking.pages import Printed, Words, printed
from walking.script import EVERYWHERE, OTHERS, PAGES
from walking.stage import Stage
from walking.steps import Step, Walk
from walking.terminal import Ended, run

T = TypeVar("T")
BY_USB = {
    *("calibrate", "calibration", "check", "diagnose", "flash", "info", "lsl", "practice", "pull"),
    *("session", "watch", "zero"),
}
SUPERUSER = ("sudo", "-u", "postgres")
LONG = (("session",), ("practice",))
FIRST_LINE = 90
SAYS = re.compile(r"\w|[{\[]")
DRAWN = re.compile(r"(127\.0\.0\.1:)\d+/\S+")  # anew each time
NOISE = re.compile(r"\u2501|\[[#-]+\]|^\d{4}-\d\d-\d\d [\d:.]+ \(")


@dataclass(frozen=True)
class Walked:
    """How one line of a page went; `wrong` says in what it differs from the page."""

    page: str
    line: str
    code: int | None
    said: str
    wrong: str = ""

    @property
    def mark(self) -> str:
        """One word: as said, not run, or wrong."""
        return "FAIL" if self.wrong else "ok" if self.code is not None else "-"


def step_of(walk: Walk, words: Words) -> Step:
    """The step whose words are the longest beginning of these; the page's own come first."""
    for steps in (walk.steps, EVERYWHERE):
        found = of_longest(steps, words)
        if found is not None:
            return found
    return Step()


def of_longest(starts: Mapping[Words, T], words: Words) -> T | None:
    """What belongs to the longest beginning of these words."""
    fitting = [start for start in starts if words[: len(start)] == start]
    return starts[max(fitting, key=len)] if fitting else None


def walked(
    name: str,
    folder: Path,
    programs: Path,
    clock: str | None,
    seed: int,
    keep: Path | None,
    *,
    short: bool = False,
) -> Iterator[Walked]:
    """Every command of the page, in order; `short` leaves out those that last for a session."""
    lines = printed(name)
    walk = PAGES.get(name, Walk())
    missing = cannot(walk, clock)
    if missing:
        yield from (Walked(name, one.line, None, missing) for one in lines)
        return
    if not lines:
        return
    with Stage(folder, programs, clock, seed) as stage:
        if walk.alone:
            with pytest.MonkeyPatch.context() as patch:
                someone = Someone(stage.history, None, patch)  # type: ignore[arg-type]
                walk.before(stage, someone)
        else:
            someone = None  # type: ignore[assignment]
            walk.before(stage, someone)
        for number, one in enumerate(lines):
            if short and one.words[1:2] in LONG:
                yield Walked(name, one.line, None, "a whole session")
                continue
            yield line_walked(one, walk, stage, someone, keep, number)


def cannot(walk: Walk, clock: str | None) -> str | None:
    """What this computer lacks for the page, None when nothing."""
    if walk.alone and clock is None:
        return "needs a set day: faketime"
    return why_not() if walk.server else None


def line_walked(
    one: Printed, walk: Walk, stage: Stage, someone: Someone | None, keep: Path | None, number: int
) -> Walked:
    """Run one line, with what is done before and after it."""
    words = one.words
    program = words[0]
    inner = words[1:] if program == "evenstance" else words
    step = step_of(walk, inner)
    of_server = stage.server is not None and words[:3] == SUPERUSER
    other = program != "evenstance" and not of_server
    reason = step.left_out or (of_longest(OTHERS, words) or "" if other else "")
    if reason:
        return Walked(one.page, one.line, None, reason)
    with pytest.MonkeyPatch.context() as patch:
        if someone is not None:
            patch.setenv("EVENSTANCE_HOME", str(stage.history))
        step.before(stage, someone)
    stage.begin(inner)
    apart = "--json" in words and not one.by_shell
    if of_server:
        command, env = list(words[3:]), stage.superuser()
    elif one.by_shell:
        command, env = ["bash", "-c", one.line], stage.environment()
    else:
        taken = [stage.instead.get(word, word) for word in with_port(words, stage.port)]
        command, env = taken, stage.environment()
    try:
        ended = run(command, step.replies(stage), env=env, folder=stage.here, apart=apart)
    except TimeoutError as error:
        return Walked(
            one.page, one.line, -1, "", f"it did not end; it showed: {str(error)[-900:]}"
        )
    step.after(stage, someone)
    if keep:
        file = keep / f"{one.page.replace('/', '_')}-{number:02d}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"$ {one.line}\n[{ended.code}]\n{ended.out or ''}\n----\n{ended.text}")
    wrong = differs(ended, step, one, apart=apart)
    unwritten = [] if wrong or ended.code else not_written(words, stage.here)
    if unwritten:
        wrong = f"it did not write {unwritten}"
    said = first_line(ended, stage.home, stage.here)
    return Walked(one.page, one.line, ended.code, said, wrong)


def with_port(words: Words, port: str | None) -> list[str]:
    """The words, with the port of the virtual board where a real one is found by its USB id."""
    found = list(words)
    if port is None:
        return found
    if words[0] == "mpremote":
        return [
            "mpremote",
            "connect",
            port,
            *(w for w in words[1:] if w not in ("connect", "PORT")),
        ]
    if "--port" in found:
        found[found.index("--port") + 1] = port
    elif words[1] in BY_USB:
        found += ["--port", port]
    return found


def differs(ended: Ended, step: Step, one: Printed, *, apart: bool) -> str:
    """In what the command differs from what the page says; empty when in nothing."""
    if "Traceback" in ended.text:
        return "a traceback"
    if ended.code != step.code:
        return f"exit code {ended.code} in place of {step.code}: {ended.words[-600:]}"
    if ended.code and "Next:" not in ended.text:
        return "an error without a next step"
    if apart and not ended.code:
        try:
            [json.loads(line) for line in _values(ended.out or "")]
        except ValueError as error:
            return f"standard output is no JSON: {error}"
    wanted = (*step.says, *step.shows)
    missing = [words for words in wanted if words not in f"{ended.words} {ended.out or ''}"]
    if missing:
        return f"it does not say {missing}"
    unknown = [words for words in step.shows if words not in " ".join(page(one.page).text.split())]
    return f"the page does not say {unknown}" if unknown else ""


def _values(out: str) -> list[str]:
    """One value, or one on each line."""
    lines = out.splitlines()
    return lines if all(line.startswith("{") and line.endswith("}") for line in lines) else [out]


def first_line(ended: Ended, home: Path, here: Path) -> str:
    """The first line that says something, shortened; neither a bar nor the log of a library."""
    whole = f"{ended.out or ''}\n{ended.text}"
    whole = whole.replace(str(here), ".").replace(str(home), "~")
    whole = DRAWN.sub(r"\1PORT/TOKEN/", whole)
    lines = [" ".join(line.split()) for line in whole.splitlines()]
    said = next((line for line in lines if SAYS.search(line) and not NOISE.search(line)), "")
    said = said.encode("ascii", "replace").decode()  # the pages are plain
    return said if len(said) <= FIRST_LINE else said[: FIRST_LINE - 3] + "..."
