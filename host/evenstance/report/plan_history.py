"""The history of plans on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenstance.plan.lines import clinician_line, statement_lines

if TYPE_CHECKING:
    from evenstance.plan.history import PastBlock
    from evenstance.report.terminal import Terminal

STATES = {
    "running": "running",
    "ended_early": "ended early",
    "retest_due": "re-test due",
    "judged": "re-tested",
    "not_judged": "re-tested, not judged",
    "over": "over",
}
KINDS = {"balance_block": "balance block", "general_practice": "general practice"}
HEADER = ("block", "from", "to", "done", "partly", "not done", "stage", "state")


def show_history(blocks: Sequence[PastBlock], terminal: Terminal) -> None:
    """A row a block, then what each re-test said."""
    if not blocks:
        terminal.line("No plan was begun yet.")
        return
    terminal.table(HEADER, [_row(block) for block in blocks])
    for block in blocks:
        name = f"{KINDS[block.kind]} {block.block_number} from {block.starts_on.isoformat()}"
        if block.clinician is not None:
            terminal.line(f"{name}: {clinician_line(block.clinician)}")
        if block.ended_why is not None and block.ended_on is not None:
            terminal.line(f"{name}: ended on {block.ended_on.isoformat()}, {block.ended_why}")
        if block.reasons:
            terminal.line(f"{name}: reasons told: {', '.join(block.reasons)}")
        if block.verdict is not None:
            terminal.line(f"{name}:")
            terminal.lines(statement_lines((block.verdict,)))


def _row(block: PastBlock) -> tuple[str, ...]:
    return (
        f"{KINDS[block.kind]} {block.block_number}",
        block.starts_on.isoformat(),
        (block.last_day if block.ended_on is None else block.ended_on).isoformat(),
        f"{block.done} of {block.planned}",
        str(block.partly),
        str(block.not_done),
        f"{block.stage} of 6",
        STATES[block.state],
    )
