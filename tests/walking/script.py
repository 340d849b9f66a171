"""What stands ready before a page is walked, who answers, and what each command must say.

`shows` are words that the page itself prints: the walk ends when program or page change them.
"""

from __future__ import annotations

from evenstance.errors import CheckFailedError, IncompleteSyncError, InputError, UsageError
from walking.answers import hands, no, password, practice, quick, screening, stopped
from walking.pages import Words
from walking.ready import (
    a_trace,
    blank_in_the_source,
    board,
    clinic_of_anna,
    filled,
    leaves,
    name_here,
    new_server,
    of_clinic,
    on_day,
    real_time,
    recording,
    reset,
    scheduler,
    stands,
    today,
    told,
)
from walking.steps import Step, Walk, one_by_one

NOT_PASSED = CheckFailedError.exit_code
USAGE, INPUT = UsageError.exit_code, InputError.exit_code
HELD_BACK = IncompleteSyncError.exit_code

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
WHOLE = ("Zero checked after the scored block", "Verdict, step")
CALIBRATED = (
    "counts per newton",
    "wired the other way round",
    "off by",
    "empty again",
    "the converter takes",
)
SEALED = ("sha256_of_values", "made_at", "size_bytes", "older")
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
    ("session",): Step(says=WHOLE, before=stands, after=leaves, replies=quick),
}
COMPUTER = "changes the computer"
BY_HAND = "by hand, see above"
HARDWARE = "needs a board or an emulated Pico; the page has the figures"
# Lines of other programs, by the longest beginning; those that are not here are run.
OTHERS: dict[Words, str] = {
    ("make", "bench-board"): HARDWARE,
    ("make", "proof"): "hours; the pages of the proofs have their figures",
    ("make", "run"): BY_HAND,
    ("make", "setup"): BY_HAND,
    ("make", "test"): "all tests of the source; what the continuous integration runs",
    ("make", "test", "ARGS=tests/unit -k ladder"): BY_HAND,
    (".",): BY_HAND,
    (".venv/bin/python",): "a script of a proof; its page has the figures",
    (".venv/bin/python", "docs/make_exercises_page.py"): BY_HAND,
    (".venv/bin/python", "docs/make_metrics_tables.py"): BY_HAND,
    (".venv/bin/python", "docs/pictures/make_terminal.py"): BY_HAND,
    (".venv/bin/python", "docs/pictures/make_session.py"): BY_HAND,
    (".venv/bin/python", "docs/pictures/make_display.py"): BY_HAND,
    (".venv/bin/python", "docs/pictures/make_report.py"): BY_HAND,
    (".venv/bin/python", "docs/pictures/make_team.py"): BY_HAND,
    (".venv/bin/python", "tests/proof/emulated.py"): HARDWARE,
    (".venv/bin/python", "tests/proof/board_stream.py"): HARDWARE,
    (".venv/bin/python", "tests/proof/board_summaries.py"): HARDWARE,
    ("sudo",): COMPUTER,
    ("echo",): COMPUTER,
    ("pipx",): BY_HAND,
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
        one_by_one(told("docs/first-session.md"), board()),
        {
            ("screen", "--athlete", "NAME", "--file"): Step(before=filled("answers.json")),
            ("session", "--athlete", "NAME", "--quick-check"): Step(
                says=WHOLE, before=one_by_one(filled("quick.json"), stands), after=leaves
            ),
            ("session", "--athlete", "NAME"): Step(
                shows=SESSION_SAYS, before=stands, after=leaves, replies=quick
            ),
        },
        alone=True,
    ),
    "docs/daily-use.md": Walk(one_by_one(told("docs/daily-use.md"), board()), alone=True),
    "docs/history.md": Walk(
        told("docs/history.md"),
        {("compare", "3fa9"): Step(code=INPUT)},
        alone=True,
    ),
    "docs/report.md": Walk(
        told("docs/report.md"),
        {("report", "--pdf"): Step(before=today, after=on_day(0))},  # a browser: the real day
        alone=True,
    ),
    "docs/practice-plan.md": Walk(
        one_by_one(told("docs/practice-plan.md"), board()),
        {
            ("plan", "missed"): Step(before=on_day(4)),
            ("practice",): Step(
                before=one_by_one(on_day(7), stands),
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
        one_by_one(told("docs/many-people.md"), board()),
        {
            ("athlete", "rename"): Step(code=INPUT),
            ("athlete", "merge", "Inez", "Ines Silva"): Step(code=USAGE),
            ("athlete", "merge", "Inez", "Ines Silva", "--yes"): Step(),
        },
        alone=True,
    ),
    "docs/backup.md": Walk(
        told("docs/backup.md"),
        {
            ("backup", "kept.sqlite3", "--force", "--json"): Step(shows=SEALED),
            ("restore", "kept.sqlite3", "--json"): Step(shows=(*SEALED, "kept")),
        },
        alone=True,
    ),
    "docs/sync.md": Walk(
        one_by_one(name_here, clinic_of_anna, of_clinic("NAME")),
        {
            ("sync",): Step(code=HELD_BACK),
            ("sync", "--json"): Step(code=HELD_BACK, shows=("held_back", "name", "why")),
            ("sync", "--same"): Step(),
        },
        alone=True,
        server=True,
    ),
    "docs/clinic.md": Walk(
        one_by_one(name_here, new_server),
        {
            ("sudo", "apt"): Step(left_out=COMPUTER),
            ("sudo", "-u", "postgres", "createuser"): Step(replies=password),
            ("sudo", "-u", "postgres", "psql"): Step(before=new_server),
            ("export",): Step(after=of_clinic("Anna")),
            ("doctor",): Step(
                code=NOT_PASSED,  # there is no board
                shows=("clinic server", "clinic login", "clinic version", "clinic clock"),
            ),
            ("sync",): Step(code=HELD_BACK),
            ("sync", "--same"): Step(says=('"session": 4', '"trial": 24', '"held_back": []')),
        },
        alone=True,
        server=True,
    ),
    "docs/security.md": Walk(
        told("docs/security.md"),
        {
            ("athlete", "forget", "NAME"): Step(code=USAGE, replies=no),
            ("athlete", "forget", "NAME", "--yes"): Step(shows=("byte by byte",)),
        },
        alone=True,
    ),
    "docs/lake.md": Walk(
        one_by_one(told("docs/lake.md"), a_trace),
        {
            ("recompute", "--lake", "lake", "--scheduler"): Step(
                before=one_by_one(today, scheduler)
            )
        },
        alone=True,
    ),
    "docs/export.md": Walk(
        one_by_one(told("docs/export.md"), board()),
        {
            ("lsl",): Step(before=real_time, replies=stopped(r"Two streams are open", "\x03")),
        },
        alone=True,
    ),
    "docs/reliability.md": Walk(
        one_by_one(told("docs/reliability.md"), board()),
        {("reliability", "analyse", "docs/examples/retest_example.csv"): Step(shows=STUDY_SAYS)},
        alone=True,
    ),
    "docs/import.md": Walk(recording, alone=True),
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
        one_by_one(recording, board()),
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
