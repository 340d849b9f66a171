"""What is said of every metric, and the names of the reasons for which one may be missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from evenstance.metrics.measured import ErrorKind, Method, Parameter

Task = Literal["single_leg", "two_legged"]
Polarity = Literal["lower_better", "higher_better", "none"]
Grade = Literal["V", "D", "V/D"]

GRADES: dict[str, str] = {
    "V": "the source was read, for papers the abstract or an excerpt",
    "D": "our own calculation or proposal",
    "V/D": "the idea has a source that was read; the form is our own proposal",
}
REASONS: dict[str, str] = {
    "too_short": "the hold ended before the span that is needed",
    "not_measured": "the plate that it needs was not measured",
    "too_few_samples": "fewer samples than are needed, at least 50 a second",
    "no_body_weight": "the body weight is not known",
    "no_load": "neither plate carries anything",
    "not_settled": "it did not settle before the last 10 s",
    "not_quiet": "no five seconds of quiet two-legged stance",
    "gap": "more than 100 ms between two samples of a chip",
    "dropped_samples": "more than 2 % of the conversions are missing",
    "uneven": "samples of the span are missing, and it needs all of them",
    "saturation": "a converter was at its rail",
    "sensor_fault": "a chip gave nothing for 1 s",
    "overload": "more force on a plate than its rating",
    "stopped": "the hold was ended from outside",
    "out_of_range": "the value is outside of what can be",
}
LEAST_SPS = 50.0


class NotAvailable(ValueError):
    """A metric cannot be given; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        if reason not in REASONS:
            raise KeyError(reason)
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Definition:
    """One metric: what it is, how it is made, where it is from, and what it needs.

    `low_pass_hz` is None where own samples are used as they are. `valid_range` is what can be;
    a value outside of it is a fault, not a result. `spoilt_by` are the reasons of a trial with
    which it is not given. `function` computes it.
    """

    id: str
    name: str
    formula: str
    unit: str
    polarity: Polarity
    task: Task
    minimum_data: str
    valid_range: tuple[float, float]
    source: str
    grade: Grade
    error: str
    error_kind: ErrorKind
    function: Callable[..., Any]
    version: int = 1
    low_pass_hz: float | None = None
    parameters: tuple[tuple[str, Parameter], ...] = ()
    spoilt_by: tuple[str, ...] = ()
    exploratory: bool = False
    also_known_as: str = ""

    @cached_property  # asked for with every result
    def method(self) -> Method:
        """Version and parameters as results carry them."""
        return Method(self.id, self.version, tuple(sorted(self.parameters)))
