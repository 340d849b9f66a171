"""The twelve people. Day 0 is a Monday; the first session never counts.

A block that begins on day 14 ends on day 55; after 48 h of pause the re-test may begin on day 58.
"""

from __future__ import annotations

from dataclasses import replace

from twelve_weeks.script import (
    Case,
    Screening,
    Session,
    Step,
    Truth,
    base_line,
    practice,
    typed,
)

START, LOOK, RETEST = 14, 34, (58, 60, 62)
UNEVEN = Truth(gap_pct=26.0)


def _until_block(truth: Truth, age_y: int = 34) -> tuple[Step, ...]:
    """First screen, four sessions, the plan, the screen again, and the start."""
    return (
        Screening(0, age_y),
        *base_line(truth),
        typed(7, "plan"),
        Screening(START, age_y),
        typed(START, "plan start"),
        typed(START, "plan next"),
    )


def _block(truth: Truth, *, states: tuple[str, ...] = ("done",)) -> tuple[Step, ...]:
    """Three weeks, the look, three weeks, and what comes next on some days."""
    return (
        *practice(START, 3, states=states),
        typed(LOOK - 1, "plan next"),
        Session(LOOK, truth),
        typed(LOOK, "plan next"),
        *practice(START + 21, 3, states=states),
        typed(54, "plan next"),
    )


def _retest(truth: Truth) -> tuple[Step, ...]:
    return (
        *(Session(day, truth) for day in RETEST),
        typed(RETEST[-1], "plan"),
        typed(RETEST[-1], "plan history"),
    )


def _after_block(
    before: Truth, after: Truth, *, states: tuple[str, ...] = ("done",)
) -> tuple[Step, ...]:
    look = replace(before, gap_pct=(before.gap_pct + after.gap_pct) / 2)
    return (*_until_block(before), *_block(look, states=states), *_retest(after))


STEADY = Case(
    "steady",
    "Steady: both legs alike",
    "Both legs sway alike (true difference 3 %), holds repeat well. There is nothing to correct, "
    "and the product says so in the first place and again at twelve weeks. It may not find work "
    "for itself: no block, no exercise presented as an answer.",
    101,
    (
        Screening(0, 29),
        *base_line(Truth(gap_pct=3.0, cv_pct=9.0)),
        typed(7, "plan"),
        typed(7, "plan next"),
        Session(82, Truth(gap_pct=3.0, cv_pct=9.0)),
        typed(82, "plan"),
    ),
)
NOISY = Case(
    "noisy",
    "Noisy: holds that scatter",
    "The holds of one leg differ from each other by more than a quarter (CV 28 %). With such "
    "holds a large left-right difference appears by chance in most people, so the honest answer "
    "is that more holds are needed, not a side.",
    102,
    (
        Screening(0, 45),
        *base_line(Truth(gap_pct=5.0, cv_pct=28.0)),
        typed(7, "plan"),
        *(Session(day, Truth(gap_pct=5.0, cv_pct=28.0)) for day in (9, 11)),
        typed(11, "plan"),
    ),
)
ASYMMETRIC = Case(
    "asymmetric",
    "Truly asymmetric, unchanged by practice",
    "Age 34, the left leg truly sways a quarter more, on every day. The difference is confirmed "
    "over three sessions, so a block for the left leg first with equal sets is fair. Practice "
    "changes nothing in this person: the re-test must not print an improvement. One block to week "
    "twelve is offered, then the product stops and names a person to ask.",
    103,
    (
        *_after_block(UNEVEN, UNEVEN),
        Screening(63, 34),
        typed(63, "plan start"),
        *practice(63, 5),
        *(Session(day, UNEVEN) for day in (100, 102, 104)),
        typed(104, "plan"),
        typed(104, "plan history"),
    ),
)
IMPROVING = Case(
    "improving",
    "Improving: the less steady leg becomes like the other",
    "The left leg sways 32 % more at first and no more than the right after the block. The gap is "
    "beyond its error even when the part that is expected without practice is taken off. The "
    "product says smaller, says what part would come without practice, and does not say that the "
    "practice did it.",
    104,
    _after_block(Truth(gap_pct=32.0), Truth(gap_pct=0.0, steadiness_pct_bw=0.58)),
)
BOTH = Case(
    "both_improving",
    "Both legs improving, the difference stays",
    "The person first waits three weeks and measures again without practice: nothing has changed. "
    "After the block both legs are steadier and the ratio is what it was, which is common when "
    "one leg practises with the other. The verdict looks at each leg and at the gap.",
    105,
    (
        Screening(0, 34),
        *base_line(UNEVEN),
        typed(7, "plan --wait 3w"),
        typed(8, "plan next"),
        *(Session(day, UNEVEN) for day in (28, 30, 32)),
        typed(32, "plan next"),
        Screening(35, 34),
        typed(35, "plan start"),
        *practice(35, 6),
        *(Session(day, replace(UNEVEN, steadiness_pct_bw=0.42)) for day in (79, 81, 83)),
        typed(83, "plan"),
        typed(83, "plan history"),
    ),
)
WORSENING = Case(
    "worsening",
    "Worsening: the less steady leg gets worse",
    "After the block the left leg sways clearly more than before. That is no reason for more of "
    "the same: the screen is asked again, then the test on another day, then a clinician.",
    106,
    _after_block(UNEVEN, Truth(gap_pct=50.0, steadiness_pct_bw=1.0)),
)
SWITCHING = Case(
    "side_switching",
    "Side-switching: another leg each time",
    "Each session shows a difference, but the side changes from day to day. Such a difference is "
    "of the day, not of the person: no side is named and nothing is prescribed.",
    107,
    (
        Screening(0, 52),
        *(
            Session(day, Truth(gap_pct=28.0, less_steady="left" if n % 2 else "right", cv_pct=8.0))
            for n, day in enumerate((0, 2, 4, 7, 9))
        ),
        typed(9, "plan"),
        typed(9, "plan next"),
    ),
)
SKIPPING = Case(
    "skipping",
    "Skipping sessions: too little practice to judge",
    "One of three planned sessions is done, two are missed for lack of time. Whatever the re-test "
    "shows, it says nothing about the practice, and the product says that instead of a verdict "
    "about it. Missed sets are never made up.",
    108,
    _after_block(
        UNEVEN,
        replace(UNEVEN, gap_pct=20.0),
        states=("done", "missed --reason time", "missed --reason time"),
    ),
)
RED_FLAG = Case(
    "red_flag",
    "A red flag in the middle of the block",
    "In week three a new numb area between the legs. From that moment there is no plan, no dose "
    "and no date in any output: emergency care comes first.",
    109,
    (
        *_until_block(UNEVEN),
        *practice(START, 2),
        typed(28, "plan next"),
        Screening(29, 34, {"ces_saddle": True}),
        typed(29, "plan"),
        typed(29, "plan next"),
        typed(29, "plan history"),
    ),
)
SHORT_HOLDS = Case(
    "short_holds_71",
    "Short holds at 71",
    "Holds of about 14 s and 22 s at the age of 71 do not fill the 25 s record: steadiness is not "
    "scored, and no left-right verdict is made of seconds that chance moves. General practice "
    "with a hand on the worktop is fair at this age, the same for both sides, and is not called a "
    "correction. Eyes stay open, the floor firm, and no seconds are promised.",
    110,
    (
        Screening(0, 71),
        *base_line(Truth(longest_hold_s={"left": 22.0, "right": 14.0})),
        typed(7, "plan"),
        Screening(START, 71),
        typed(START, "plan start"),
        typed(START, "plan next"),
        *practice(START, 6),
        *(Session(day, Truth(longest_hold_s={"left": 23.0, "right": 17.0})) for day in RETEST),
        typed(RETEST[-1], "plan"),
    ),
)
CEILING = Case(
    "ceiling",
    "Ceiling: very steady, a small difference that repeats",
    "A trained person who fills every record; the legs differ by 9 % on every day. Small but "
    "consistent is a finding, and it is below what is acted on: nothing to correct. Hold time is "
    "at its ceiling and is not used.",
    111,
    (
        Screening(0, 24),
        *base_line(Truth(gap_pct=9.0, cv_pct=4.0, steadiness_pct_bw=0.45)),
        typed(7, "plan"),
        *(
            Session(day, Truth(gap_pct=9.0, cv_pct=4.0, steadiness_pct_bw=0.45))
            for day in (79, 81)
        ),
        typed(81, "plan"),
    ),
)
UNDER_16 = Case(
    "under_16",
    "Under 16",
    "A boy or girl of 15 with a true difference. The board measures; a plan is a clinician's. "
    "Only when a clinician says that they are in charge is there one, and every page names them.",
    112,
    (
        Screening(0, 15),
        *base_line(UNEVEN),
        typed(7, "plan"),
        typed(7, "plan next"),
        typed(7, "plan --clinician physiotherapist"),
    ),
)

CASES = (
    STEADY,
    NOISY,
    ASYMMETRIC,
    IMPROVING,
    BOTH,
    WORSENING,
    SWITCHING,
    SKIPPING,
    RED_FLAG,
    SHORT_HOLDS,
    CEILING,
    UNDER_16,
)
