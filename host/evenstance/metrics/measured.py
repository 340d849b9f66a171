"""A number with its method: what was measured, how, on which board, from how much, how exactly.

Two results of different methods, units or boards are different things. Subtracting or averaging
them raises MixedMethodsError; a number that cannot be given is a Missing with a named reason.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

Parameter = bool | int | float | str
ErrorKind = Literal["standard_error", "accuracy", "not_stated"]
ERROR_KINDS: tuple[ErrorKind, ...] = ("standard_error", "accuracy", "not_stated")
_DIGEST_LETTERS = 6


class MixedMethodsError(ValueError):
    """Results that do not belong together were put together."""


@dataclass(frozen=True)
class Method:
    """How a number is made: the metric, the version of its formula, and its parameters by name.

    >>> Method.of("force_sd_n", 1, settling_s=5.0, windows=4).id
    'force_sd_n@1:1251e7'
    >>> Method.of("hold_time_s", 1).id
    'hold_time_s@1'
    """

    metric_id: str
    version: int
    parameters: tuple[tuple[str, Parameter], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.parameters]
        if names != sorted(set(names)):
            raise ValueError(f"{self.metric_id}: parameters are not in order of their names")

    @classmethod
    def of(cls, metric_id: str, version: int, **parameters: Parameter) -> Method:
        """From parameters in any order."""
        return cls(metric_id, version, tuple(sorted(parameters.items())))

    @cached_property
    def id(self) -> str:
        """Metric, version and, where there are parameters, a digest of them: equal when all is."""
        name = f"{self.metric_id}@{self.version}"
        if not self.parameters:
            return name
        text = json.dumps(self.parameters, separators=(",", ":"), allow_nan=False)
        return f"{name}:{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LETTERS]}"


@dataclass(frozen=True)
class Measured:
    """One result. `samples` are those it was computed from.

    `error` is in `unit`, of the kind "standard_error" (scatter within the hold) or "accuracy" (how
    far the whole chain may be off); None with "not_stated". What is not known of the board is
    None.
    """

    value: float
    unit: str
    method: Method
    samples: int
    error: float | None = None
    error_kind: ErrorKind = "not_stated"
    calibration_id: int | None = None
    firmware: str | None = None
    protocol: int | None = None
    board_uid: str | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.method.id}: {self.value!r} is not a result; say why instead")
        if self.error_kind not in ERROR_KINDS:
            raise ValueError(f"{self.method.id}: unknown kind of error {self.error_kind!r}")
        if (self.error is None) != (self.error_kind == "not_stated"):
            raise ValueError(f"{self.method.id}: an error and its kind belong together")
        if self.error is not None and not (math.isfinite(self.error) and self.error >= 0.0):
            raise ValueError(f"{self.method.id}: an error of {self.error!r} {self.unit}")

    def __sub__(self, other: Measured) -> Measured:
        return difference(self, other)

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes the same value."""
        return {
            "value": self.value,
            "unit": self.unit,
            "method": self.method.id,
            "metric_id": self.method.metric_id,
            "version": self.method.version,
            "parameters": dict(self.method.parameters),
            "samples": self.samples,
            "error": self.error,
            "error_kind": self.error_kind,
            "calibration_id": self.calibration_id,
            "firmware": self.firmware,
            "protocol": self.protocol,
            "board_uid": self.board_uid,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Measured:
        """ValueError when the method's id does not belong to its parameters."""
        method = Method.of(found["metric_id"], found["version"], **found["parameters"])
        if method.id != found["method"]:
            raise ValueError(f"{found['method']} does not belong to its parameters: {method.id}")
        names = ("value", "unit", "samples", "error", "error_kind")
        origin = ("calibration_id", "firmware", "protocol", "board_uid")
        return cls(method=method, **{name: found[name] for name in names + origin})


@dataclass(frozen=True)
class Missing:
    """A number that cannot be given, and the name of the reason (`definition.REASONS`)."""

    metric_id: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object; it has no value."""
        return {"metric_id": self.metric_id, "missing": self.reason}


def difference(a: Measured, b: Measured) -> Measured:
    """a - b, of the same method, unit and board.

    Standard errors are independent and add as squares; accuracies may both be off, and add.
    """
    _together([a, b])
    value, error = a.value - b.value, None
    if a.error is not None and b.error is not None and a.error_kind == b.error_kind:
        scatter = a.error_kind == "standard_error"
        error = math.hypot(a.error, b.error) if scatter else a.error + b.error
    return _joined([a, b], value, error)


def mean_of(results: Sequence[Measured]) -> Measured:
    """The plain mean of results of one method, unit and board; ValueError without any.

    Its standard error is the one within the holds only: the scatter from hold to hold is another
    and belongs to the comparison of the legs. An accuracy does not improve by averaging.
    """
    if not results:
        raise ValueError("the mean of no result")
    _together(results)
    n = len(results)
    value = math.fsum(r.value for r in results) / n
    errors = [r.error for r in results if r.error is not None]
    error = None
    if len(errors) == n and len({r.error_kind for r in results}) == 1:
        scatter = results[0].error_kind == "standard_error"
        error = math.hypot(*errors) / n if scatter else math.fsum(errors) / n
    return _joined(results, value, error)


def _joined(results: Sequence[Measured], value: float, error: float | None) -> Measured:
    """A result made of several: what differs among them is not known of it."""

    def same(name: str) -> Any:
        found = {getattr(r, name) for r in results}
        return found.pop() if len(found) == 1 else None

    return replace(
        results[0],
        value=value,
        samples=sum(r.samples for r in results),
        error=error,
        error_kind="not_stated" if error is None else results[0].error_kind,
        calibration_id=same("calibration_id"),
        firmware=same("firmware"),
        protocol=same("protocol"),
    )


def _together(results: Sequence[Measured]) -> None:
    first = results[0]
    for other in results[1:]:
        for what, one, two in (
            ("methods", first.method.id, other.method.id),
            ("units", first.unit, other.unit),
            ("boards", first.board_uid, other.board_uid),
        ):
            if one != two:
                raise MixedMethodsError(f"results of different {what}: {one} and {two}")
