"""What a person should hear when the board's summary and its trace do not say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from evenstance.metrics.agreement import Disagreement

ADVICE = (
    "Warning: this is a fault of the board or of this program, not of the person. The trials are "
    "stored as the board gave them, with their traces. Run `evenstance flash` so that both are of "
    "one version; if it stays, report it with these numbers."
)


class _Trial(Protocol):
    @property
    def seq(self) -> int: ...
    @property
    def numbers(self) -> Sequence[Disagreement]: ...
    @property
    def unreadable(self) -> str | None: ...


def disagreement_lines(trials: Sequence[_Trial]) -> list[str]:
    """What a person should hear of trials whose summary and trace do not say the same."""
    lines: list[str] = []
    for trial in trials:
        if trial.unreadable is not None:
            lines.append(
                f"Warning: the trace of trial {trial.seq} cannot be read ({trial.unreadable})."
            )
        lines += [
            f"Warning: trial {trial.seq}: the board says {n.name} {_value(n.board)}, its trace "
            f"says {_value(n.host)}; they may differ by {n.limit:.6g}."
            for n in trial.numbers
        ]
    return [*lines, ADVICE] if lines else []


def _value(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.6g}"
