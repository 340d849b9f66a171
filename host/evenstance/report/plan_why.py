"""The chain behind a plan on a terminal: one line a link, with its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenstance.report.terminal import Terminal

Json = Mapping[str, Any]
_VALUES = (
    ("difference_pct", "difference", "%"),
    ("interval_low_pct", "interval from", "%"),
    ("interval_high_pct", "interval to", "%"),
    ("strict_low_pct", "strict interval from", "%"),
    ("strict_high_pct", "strict interval to", "%"),
    ("within_leg_cv_pct", "within-leg CV", "%"),
    ("between_session_sd_pct", "between-session SD", "%"),
    ("same_side_sessions", "sessions on this side", ""),
    ("same_side_days", "days on this side", ""),
)


def show_why(chain: Json, terminal: Terminal) -> None:
    """Screen, then data -> metric -> test -> rule -> dose -> source."""
    for heading, lines in _parts(chain):
        terminal.line(heading, "bold")
        for line in lines:
            terminal.line(f"  {line}")


def _parts(chain: Json) -> Iterator[tuple[str, list[str]]]:
    yield "Screen", list(_screen(chain["screen"]))
    if "data" not in chain:
        return
    yield "Data", list(_data(chain)) or ["no counted session"]
    yield "Metric", list(_metric(chain["metric"]))
    yield "Test", list(_test(chain["test"]))
    yield "Rule", list(_rule(chain["rule"]))
    yield "Doses", list(_doses(chain)) or ["none"]
    yield (
        "Sources (no paper was read in full)",
        [f"{s['id']} {s['citation']} {s['note']}" for s in chain["sources"]] or ["none cited"],
    )


def _screen(found: Json | None) -> Iterator[str]:
    if found is None:
        yield "no answers"
        return
    yield f"{found['state'].replace('_', ' ')}, answered on {found['answered_on']}"
    for finding in found["findings"]:
        said = finding["statement"]
        yield f"answer {finding['answer_id']}: {said['text']} {_tag(said)}"


def _data(chain: Json) -> Iterator[str]:
    for session in chain["data"]:
        trials = ", ".join(
            f"{t['trial_id']} ({t['leg']}{'' if t['valid'] else ', not valid'})"
            for t in session["trials"]
        )
        yield f"session {session['session_id']} of {session['day']}: trials {trials}"


def _metric(found: Json | None) -> Iterator[str]:
    if found is None:
        yield "nothing was compared"
        return
    yield f"{found['metric_id']}, method {found['method_id']}: {found['formula']}"
    yield f"source: {found['source']}; legs compared as {found['difference_formula']}"


def _test(found: Json) -> Iterator[str]:
    yield f"step {found['step']}, {found['reason']}: {found['text']}"
    values = found["comparison"]
    if values is None:
        return
    for key, name, unit in _VALUES:
        yield f"{name}: {values[key]:g} {unit}".rstrip()
    for row in found["parameters"]:
        yield f"{row['name']} = {row['value']:g} {row['unit']}: {row['meaning']}; {row['ground']}"


def _rule(found: Json | None) -> Iterator[str]:
    if found is None or found["rule_id"] is None:
        reason = "" if found is None else found.get("reason_id", "")
        yield f"none; {reason}".rstrip("; ")
        return
    yield f"{found['rule_id']}: {found['say']['text']} {_tag(found['say'])}"
    facts: Json = found["facts"] or {}
    yield "from " + ", ".join(f"{name} {value}" for name, value in facts.items())


def _doses(chain: Json) -> Iterator[str]:
    for dose in chain["doses"]:
        rungs = "; ".join(f"{s['stage']}: {', '.join(s['rungs'])}" for s in dose["stages"])
        yield (
            f"{dose['exercise_id']} ({dose['name']}): {rungs}; effect {dose['grade_effect']}, "
            f"dose {dose['grade_dose']}, smaller difference {dose['grade_gap']}, force SD "
            f"{dose['grade_force_sd']}; {', '.join(dose['sources']) or 'no source'}"
        )


def _tag(said: Json) -> str:
    if said["own_proposal"]:
        return "[D: own proposal]"
    return f"[{said['grade']}: {', '.join(said['sources'])}]"
