"""Which block a new one would be: the first, the second and last, or none for now. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from evenstance.plan.after_block import LAST_BLOCK
from evenstance.plan.block import group
from evenstance.plan.course import StartedPlan
from evenstance.plan.days import block_end, follow_ups, weeks_left
from evenstance.plan.prescribe import Options
from evenstance.plan.progress import standing
from evenstance.plan.refusals import ours
from evenstance.plan.types import NoPlan, PlanKind


def options_after(
    begun: Sequence[StartedPlan], kind: PlanKind, chosen: Options, today: datetime.date
) -> Options | NoPlan:
    """What earlier blocks of that kind leave to one that begins as `chosen`.

    A plan in which nothing was ever practised counts as not begun. Six months after the last
    block (its second follow-up test) everything begins anew; that limit is ours.
    """
    earlier = [
        one for one in begun if one.plan.kind == kind and any(p.took_place for p in one.practices)
    ]
    if not earlier:
        return chosen
    last = earlier[-1].plan
    anew = follow_ups(last.starts_on, last.calendar_weeks)[-1]
    starts_on = today if chosen.starts_on is None else chosen.starts_on
    if starts_on >= anew:
        return chosen
    left = weeks_left(last.first_start, starts_on)
    if last.block_number >= LAST_BLOCK or left == 0:
        return NoPlan(
            "block_limit",
            ours("No plan: what one person should practise for this in one go has been done."),
            (
                *group("stop_block", last.person),
                ours(f"From {anew.isoformat()} on it can be looked at anew."),
            ),
        )
    over = block_end(last.starts_on, last.calendar_weeks) - datetime.timedelta(days=1)
    ended = earlier[-1].ended_on
    reached = standing(last, earlier[-1].practices, over if ended is None else min(ended, over))
    return replace(
        chosen,
        block_number=last.block_number + 1,
        first_start=last.first_start,
        first_stage=reached.stage,
        calendar_weeks=left,
    )
