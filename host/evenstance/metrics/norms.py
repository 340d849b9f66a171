"""Published hold times by age: context beside a person's own, never a limit to pass or fail.

Their protocols are not ours: arms crossed and the best of three, or many studies pooled; ours has
hands on the hips, each hold for itself, and ends a hold at 25 s. So a published mean beyond 25 s
cannot be compared with ours at all, and the sentence says so. One-leg time tells little about
falls (Blodgett 2021, 2023: area under the curve below 0.6, read): nothing is concluded from it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, cast, get_args

from evenstance.toml_file import read_toml

Eyes = Literal["open", "closed"]
Sex = Literal["all", "women", "men"]
NormGrade = Literal["V", "V, secondary"]
OUR_LIMIT_S = 25.0
"""Where our protocol ends a hold."""
_GRADES: dict[NormGrade, str] = {
    "V": "source read in excerpt",
    "V, secondary": "source read at second hand",
}


@dataclass(frozen=True)
class HoldTimeNorm:
    """One published mean hold time (s) of people from `from_y` to `to_y` years.

    `stopped_at_s` is where the source ended a hold; None where it pooled studies.
    """

    source: str
    citation: str
    grade: NormGrade
    protocol: str
    stopped_at_s: float | None
    eyes: Eyes
    from_y: int
    to_y: int
    sex: Sex
    mean_s: float


@functools.cache
def hold_time_norms() -> tuple[HoldTimeNorm, ...]:
    """All rows of the packaged table; ValueError where it breaks its own rules."""
    file = resources.files("evenstance.metrics") / "data" / "hold_times.toml"
    found: list[HoldTimeNorm] = []
    table = cast("dict[str, list[dict[str, Any]]]", read_toml(file))
    for source in table["sources"]:
        found += [_row(source, row) for row in source["rows"]]
    return tuple(found)


def norms_for(age_y: int, eyes: Eyes) -> tuple[HoldTimeNorm, ...]:
    """The rows for this age (years) and these eyes; none below 18 years.

    >>> [(norm.source, norm.mean_s) for norm in norms_for(72, "open")]
    [('bohannon_2006', 17.2), ('springer_2007_open', 21.5)]
    >>> [(norm.sex, norm.mean_s) for norm in norms_for(45, "closed")]
    [('women', 13.5), ('men', 12.0)]
    >>> norms_for(17, "open")
    ()
    """
    return tuple(
        norm
        for norm in hold_time_norms()
        if norm.eyes == eyes and norm.from_y <= age_y <= norm.to_y
    )


def hold_time_context(age_y: int, eyes: Eyes) -> str | None:
    """One paragraph for a person of this age, or None where nothing was read about it."""
    found = norms_for(age_y, eyes)
    if not found:
        return None
    told = {norm.source: _told(norm, found) for norm in found}
    return (
        f"For context only, published mean hold times at {age_y} years, eyes {eyes}: "
        f"{'; '.join(told.values())}. Our holds end at {OUR_LIMIT_S:g} s, each counts for itself "
        "and the hands are on the hips: a longer time cannot be compared, and a shorter one comes "
        "from another protocol. Nothing is concluded from them."
    )


def _told(first: HoldTimeNorm, found: Sequence[HoldTimeNorm]) -> str:
    values = " and ".join(
        f"{norm.mean_s:.1f} s" + ("" if norm.sex == "all" else f" ({norm.sex})")
        for norm in found
        if norm.source == first.source
    )
    stopped = "" if first.stopped_at_s is None else f", stopped at {first.stopped_at_s:g} s"
    return f"{values} ({first.citation}; {first.protocol}{stopped}; {_GRADES[first.grade]})"


def _row(source: Mapping[str, Any], row: Mapping[str, Any]) -> HoldTimeNorm:
    norm = HoldTimeNorm(
        source=str(source["id"]),
        citation=str(source["citation"]),
        grade=cast(NormGrade, source["grade"]),
        protocol=str(source["protocol"]),
        stopped_at_s=cast("float | None", source.get("stopped_at_s")),
        eyes=cast(Eyes, source["eyes"]),
        from_y=int(row["from_y"]),
        to_y=int(row["to_y"]),
        sex=cast(Sex, row["sex"]),
        mean_s=float(row["mean_s"]),
    )
    if norm.grade not in get_args(NormGrade):
        raise ValueError(
            f"{norm.source}: grade {norm.grade!r}; what was not read has no place here"
        )
    if norm.eyes not in get_args(Eyes) or norm.sex not in get_args(Sex):
        raise ValueError(f"{norm.source}: eyes {norm.eyes!r}, sex {norm.sex!r}")
    if not (0 < norm.from_y <= norm.to_y and norm.mean_s > 0.0):
        raise ValueError(f"{norm.source}: row {norm.from_y}-{norm.to_y}")
    return norm
