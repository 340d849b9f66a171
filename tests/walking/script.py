"""What stands ready before a page is walked, who answers, and what each command must say.

`shows` are words that the page itself prints: the walk ends when program or page change them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from docs_people import BEFORE, fill_in, force_files, nothing_more
from plan_cases import clear_answers, harmless
from plan_people import Someone

from evenstance.device.flasher import Mpremote, restart
from evenstance.errors import CheckFailedError, InputError, UsageError
from evenstance.knowledge.catalogue import questions
from evenstance.screen.quick import quick_check
from walking.pages import Words
from walking.stage import Stage
from walking.terminal import Reply

AGE_Y = 34
NOT_PASSED = CheckFailedError.exit_code
USAGE, INPUT = UsageError.exit_code, InputError.exit_code
Do = Callable[[Stage, Someone], None]
Replies = Callable[[Stage], list[Reply]]


def nothing(stage: Stage, someone: Someone) -> None:
    """Nothing has to be done."""


def no_replies(stage: Stage) -> list[Reply]:
    """It asks nothing."""
    return []


@dataclass(frozen=True)
class Step:
    """One command of a page; `left_out` is the reason why it is not run."""

    code: int = 0
    shows: tuple[str, ...] = ()
    before: Do = nothing
    after: Do = nothing
    replies: Replies = no_replies
    left_out: str = ""


@dataclass(frozen=True)
class Walk:
    """One page: what is there when it is begun, and the steps that are its own."""

    before: Do = nothing
    steps: dict[Words, Step] = field(default_factory=dict[Words, Step])
    alone: bool = False  # a history of its own: NAME with a base line is there, on a set day


# -- people at the terminal -----------------------------------------------------------------------


def screening(stage: Stage) -> list[Reply]:
    """Somebody of 34 to whom nothing applies."""
    answers = {one.text: str(harmless(one)) for one in questions().values()}
    spelled = {"True": "y", "False": "n"}

    def answer(asked: re.Match[str]) -> str:
        text = " ".join(asked[1].split())
        found = next(reply for known, reply in answers.items() if text.endswith(known.rstrip("?")))
        return spelled.get(found, found) + "\n"

    assert set(clear_answers(AGE_Y)) <= set(questions())
    return [
        Reply(r"Age in years[^\n]*: $", f"{AGE_Y}\n"),
        *quick(stage),
        Reply(r"([^\n]*?)\??(?: \(kg\))?(?: \[y/n\]| \([\w, |-]+\))?: $", answer),
    ]


def quick(stage: Stage) -> list[Reply]:
    """None of the six lines applies."""
    assert len(quick_check().lines) == 6
    return [Reply(r"Enter means none \[y/N\]: $", "\n")]


def hands(stage: Stage) -> list[Reply]:
    """Somebody at the plates does what a prompt asks for, then presses Enter."""

    def enter(asked: re.Match[str]) -> str:
        stage.do(asked[1])
        return "\n"

    return [Reply(r"([^\n]*), press Enter: $", enter)]


def practice(stage: Stage) -> list[Reply]:
    """Items off the board are done, nothing happened."""
    return [
        *quick(stage),
        Reply(r"d done", "d"),
        Reply(r"nearly fall\?[^\n]*: $", "n\n"),
        Reply(r"Pain, 0 to 10: $", "0\n"),
        Reply(r"Why not all of it\?[^\n]*: $", "time\n"),
    ]


def stopped(after: str, keys: str) -> Replies:
    """Keys that end it, pressed once when it has shown this."""
    return lambda stage: [Reply(after, keys, once=True)]


def stands(stage: Stage, someone: Someone) -> None:
    stage.somebody()


def leaves(stage: Stage, someone: Someone) -> None:
    stage.nobody()


def filled(name: str) -> Do:
    """Somebody fills in the file."""
    return lambda stage, someone: fill_in(stage.here / name, someone)


def board(*, blank: bool = False, calibrated: bool = True) -> Do:
    """A board is plugged in."""
    return lambda stage, someone: stage.board(blank=blank, calibrated=calibrated)


def blank_in_the_source(stage: Stage, someone: Someone) -> None:
    """A Pico with MicroPython and nothing else; the terminal is in the folder of the README."""
    from doc_pages import ROOT

    stage.board(blank=True)
    for part in ("package.json", "firmware", "shared", "docs"):
        (stage.here / part).symlink_to(ROOT / part)


def reset(stage: Stage, someone: Someone) -> None:
    """The reset button of the board."""
    assert stage.port is not None
    restart(Mpremote(stage.port))


def days(what: Do, board_first: Do = nothing) -> Do:
    """A history, then a board."""

    def both(stage: Stage, someone: Someone) -> None:
        what(stage, someone)
        board_first(stage, someone)

    return both


def told(name: str) -> Do:
    """The people of a page as tests/unit/docs_people.py has them, and the day on which it is."""

    def make(stage: Stage, someone: Someone) -> None:
        BEFORE.get(name, nothing_more)(someone, stage.here)
        stage.now = someone.clock()

    return make


def on_day(day: int) -> Do:
    def move(stage: Stage, someone: Someone) -> None:
        stage.now = someone.on(day).clock()

    return move


def recording(stage: Stage, someone: Someone) -> None:
    """Two forces over time, in the form that `replay` reads."""
    force_files(someone, stage.here)
    shutil.copy(stage.here / "session.csv", stage.here / "recording.csv")


def real_time(stage: Stage, someone: Someone) -> None:
    stage.speed(1.0)


# -- what each command of the product says, on whatever page --------------------------------------

DIAGNOSED = ("rate", "jitter", "noise", "values", "saturated", "errors", "range")
SESSION_SAYS = (
    "Step off: both plates empty for the zero.",
    "Step on with both feet and stand still for the body weight.",
    "Stand on the LEFT leg: lift the right foot.",
    "Rest 30 s on both feet.",
    "Practice is over. Step off both plates: the zero is checked.",
    "Step on with both feet again.",
    "Done. Step off both plates.",
)
CALIBRATED = (
    "counts per newton",
    "wired the other way round",
    "off by",
    "empty again",
    "the converter takes",
)
CHECKED = ("history_folder", "port_free", "converter_left", "rate_right", "calibration_age")
STUDY_SAYS = (
    "One leg, both pooled: SEM 0.65 [0.51,0.91] N, MDC95 1.81 [1.40,2.53] N.",
    "Width of the interval of ICC(2,1): left 0.35, right 0.21, both 0.24, gap 0.66.",
)

EVERYWHERE: dict[Words, Step] = {
    ("calibrate",): Step(replies=hands),
    ("check",): Step(replies=hands),
    ("mpremote", "mip"): Step(after=reset),
    ("practice",): Step(before=stands, after=leaves, replies=practice),
    ("screen",): Step(replies=screening),
    ("session",): Step(before=stands, after=leaves, replies=quick),
}
COPIES = "changes the computer"
SOURCE = "the source's own environment, walked in a bare Debian: see below"
OTHER_PLATES = "needs an export of other plates; test_import_and_recompute.py makes one"
OTHERS: dict[str, str] = {
    "make": SOURCE,
    ".": SOURCE,
    ".venv/bin/python": "a script of the source; its own test or proof runs it",
    "sudo": COPIES,
    "echo": COPIES,
    "export": "names a server that is nobody's; tests/clinic",
    "pipx": "asks a package server; walked by hand: see below",
}

PAGES: dict[str, Walk] = {
    "README.md": Walk(
        blank_in_the_source,
        {("diagnose",): Step(shows=("ok",))},
    ),
    "docs/index.md": Walk(board(blank=True)),
    "docs/install.md": Walk(steps={("doctor",): Step(code=NOT_PASSED)}),  # there is no board yet
    "docs/build-the-board.md": Walk(
        blank_in_the_source,
    ),
    "docs/first-session.md": Walk(
        days(told("docs/first-session.md"), board()),
        {
            ("screen", "--athlete", "NAME", "--file"): Step(before=filled("answers.json")),
            ("session", "--athlete", "NAME", "--quick-check"): Step(
                before=lambda s, p: (fill_in(s.here / "quick.json", p), s.somebody())[1],
                after=leaves,
            ),
            ("session", "--athlete", "NAME"): Step(
                shows=SESSION_SAYS, before=stands, after=leaves, replies=quick
            ),
        },
        alone=True,
    ),
    "docs/daily-use.md": Walk(days(told("docs/daily-use.md"), board()), alone=True),
    "docs/history.md": Walk(
        told("docs/history.md"),
        {("compare", "3fa9"): Step(code=INPUT)},
        alone=True,
    ),
    "docs/report.md": Walk(told("docs/report.md"), alone=True),
    "docs/practice-plan.md": Walk(
        days(told("docs/practice-plan.md"), board()),
        {
            ("plan", "missed"): Step(before=on_day(4)),
            ("practice",): Step(
                before=lambda s, p: (on_day(7)(s, p), s.somebody())[1],
                after=leaves,
                replies=practice,
            ),
        },
        alone=True,
    ),
    "docs/display.md": Walk(
        board(),  # the display waits in a way that faketime does not know: today
        {
            ("watch", "--display"): Step(
                before=real_time, replies=stopped(r"(?s)127\.0\.0\.1.*\d N", "q")
            ),
            ("watch", "--seconds"): Step(shows=("device_s", "left_share_pct", "body_weight_n")),
            ("watch",): Step(replies=stopped(r"\d N", "q")),
        },
    ),
    "docs/many-people.md": Walk(
        days(told("docs/many-people.md"), board()),
        {
            ("athlete", "rename"): Step(code=INPUT),
            ("athlete", "merge", "Inez", "Ines Silva"): Step(code=USAGE),
            ("athlete", "merge", "Inez", "Ines Silva", "--yes"): Step(),
        },
        alone=True,
    ),
    "docs/export.md": Walk(
        days(told("docs/export.md"), board()),
        {
            ("lsl",): Step(before=real_time, replies=stopped(r"Two streams are open", "\x03")),
        },
        alone=True,
    ),
    "docs/reliability.md": Walk(
        days(told("docs/reliability.md"), board()),
        {("reliability", "analyse", "docs/examples/retest_example.csv"): Step(shows=STUDY_SAYS)},
        alone=True,
    ),
    "docs/import.md": Walk(
        recording,
        {
            ("import", "export.csv"): Step(left_out=OTHER_PLATES),
            ("import", "left.csv"): Step(left_out=OTHER_PLATES),
        },
        alone=True,
    ),
    "docs/calibrate.md": Walk(
        board(),
        {
            ("calibrate",): Step(shows=CALIBRATED, replies=hands),
            ("check",): Step(shows=("passed",), replies=hands),
        },
    ),
    "docs/test-the-board.md": Walk(
        board(),
        {
            ("diagnose", "--seconds"): Step(shows=("noise_counts", "zero_shift_why_not")),
            ("diagnose",): Step(shows=DIAGNOSED),
            ("check", "sides"): Step(shows=("passed",), replies=hands),
        },
    ),
    "docs/virtual-board.md": Walk(
        days(recording, board()),
        {
            ("sim",): Step(replies=stopped(r"listens on", "\x03")),
            ("replay",): Step(shows=("verdict", "plan_reason", "asymmetry")),
        },
        alone=True,
    ),
    "docs/troubleshooting.md": Walk(
        board(),
        {
            ("doctor", "--port"): Step(shows=CHECKED),
            ("doctor",): Step(code=NOT_PASSED),  # a virtual board has no USB id
            ("flash", "--verify"): Step(),
            ("mpremote", "connect"): Step(replies=stopped(r"Ctrl-", "\x1d")),
        },
    ),
}
