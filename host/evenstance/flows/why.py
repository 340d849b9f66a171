"""Why a plan is what it is: data, metric, test, rule, dose, source, each link by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from evenstance.decision.parameters import TABLE
from evenstance.decision.types import to_json
from evenstance.knowledge.catalogue import sources
from evenstance.knowledge.plain import as_plain_dict, plain
from evenstance.knowledge.rules import rules
from evenstance.metrics.registry import METRICS
from evenstance.plan.prescribe import facts_of
from evenstance.plan.types import Plan, Wait

if TYPE_CHECKING:
    from evenstance.plan.course import Course
    from evenstance.plan.types import NoPlan, PersonResults
    from evenstance.store.repository import Store

Json = dict[str, Any]


def why(store: Store, athlete_id: int, course: Course, results: PersonResults) -> Json:
    """The chain behind what is shown today. A running plan's data and test are those that it was
    made from; with a blocking answer there is the screen and nothing else."""
    shown = course.shown
    if course.blocked:
        return {"kind": "no_plan", "screen": _screen(course), "plan": shown.as_dict()}
    verdict = _verdict(store, athlete_id, course, shown)
    comparison = cast("Json | None", verdict.get("comparison"))
    return {
        "kind": shown.as_dict()["kind"],
        "screen": _screen(course),
        "data": _data(store, athlete_id, comparison),
        "metric": _metric(comparison),
        "test": _test(verdict, comparison),
        "rule": _rule(course, shown, results),
        "doses": _doses(shown),
        "sources": _sources(shown),
    }


def _screen(course: Course) -> Json | None:
    found = course.screen
    if found is None:
        return None
    return {
        "state": found.state,
        "answered_on": found.answered_on.isoformat(),
        "findings": [f.as_dict() for f in found.findings],
        "restrictions": sorted(found.restrictions),
    }


def _verdict(store: Store, athlete_id: int, course: Course, shown: Plan | Wait | NoPlan) -> Json:
    """The verdict of today, or the one that the running plan or the wait was made from."""
    kept = None
    if course.running is not None and shown is course.running.plan:
        kept = course.running.id
    elif course.waiting is not None and shown is course.waiting.wait:
        kept = course.waiting.id
    if kept is None:
        return to_json(course.verdict)
    return next(dict(p.verdict) for p in store.care.plans(athlete_id) if p.id == kept)


def _data(store: Store, athlete_id: int, comparison: Json | None) -> list[Json]:
    """The sessions of the comparison with their scored trials and how each was computed."""
    if comparison is None:
        return []
    ids = [str(part["session_id"]) for part in comparison["sessions"]]
    trials = [
        t
        for t in store.trials(athlete=athlete_id)
        if t.session_id in ids and t.purpose == "scored"
    ]
    metric = str(comparison["metric"])
    results = store.results([t.id for t in trials])
    days = {str(part["session_id"]): part["day"] for part in comparison["sessions"]}
    return [
        {
            "session_id": session_id,
            "day": days[session_id],
            "trials": [
                {
                    "trial_id": t.id,
                    "leg": t.hold.stance_leg,
                    "valid": t.hold.valid,
                    "rules_id": t.hold.rules_id,
                    "calibration_id": t.hold.calibration_id,
                    "force_sd_n": t.hold.force_sd_n,
                    "method_ids": [r.method_id for r in results[t.id] if r.metric_id == metric],
                }
                for t in trials
                if t.session_id == session_id
            ],
        }
        for session_id in ids
    ]


def _metric(comparison: Json | None) -> Json | None:
    if comparison is None:
        return None
    found = next(d for d in METRICS if d.id == comparison["metric"])
    return {
        "metric_id": found.id,
        "method_id": found.method.id,
        "name": found.name,
        "formula": found.formula,
        "unit": found.unit,
        "source": found.source,
        "grade": found.grade,
        "difference_formula": comparison["formula"],
    }


def _test(verdict: Mapping[str, Any], comparison: Json | None) -> Json:
    """The values of the comparison beside every parameter of the ladder with its ground."""
    return {
        "step": verdict["step"],
        "reason": verdict["reason"],
        "text": verdict["text"],
        "comparison": comparison,
        "parameters": [as_plain_dict(row) for row in TABLE],
    }


def _rule(course: Course, shown: Plan | Wait | NoPlan, results: PersonResults) -> Json | None:
    rule_id = None if isinstance(shown, Wait) else shown.rule_id
    if rule_id is None:
        reason = {} if isinstance(shown, Plan | Wait) else {"reason_id": shown.reason_id}
        return {"rule_id": None, **reason}
    rule = rules().get(rule_id)
    facts: Any = None
    if isinstance(shown, Plan):
        facts = plain(shown.person)
    elif course.screen is not None:
        facts = as_plain_dict(facts_of(course.verdict, course.screen, results))
    return {
        "rule_id": rule_id,
        "outcome": None if rule is None else rule.outcome,
        "when": None if rule is None else as_plain_dict(rule.when),
        "facts": facts,
        "say": plain(shown.say if isinstance(shown, Plan) else cast("NoPlan", shown).text),
    }


def _doses(shown: Plan | Wait | NoPlan) -> list[Json]:
    """Each exercise with its rungs by stage, its grades and what they rest on."""
    if not isinstance(shown, Plan):
        return []
    found: list[Json] = []
    for item in shown.items:
        stages = [
            {
                "stage": week.number,
                "rungs": [rung.text for rung in dose.rungs],
                "support": dose.support,
            }
            for week in shown.weeks
            for dose in (*week.items, *week.daily)
            if dose.exercise_id == item.exercise_id
        ]
        warm_up = [
            {"stage": "warm-up", "rungs": [rung.text for rung in d.rungs], "support": d.support}
            for d in shown.warm_up
            if d.exercise_id == item.exercise_id
        ]
        found.append(
            {
                "exercise_id": item.exercise_id,
                "name": item.name,
                "answers": list(item.answers),
                "stages": [*warm_up, *stages],
                "grade_effect": item.grade_effect,
                "grade_effect_for": item.grade_effect_for,
                "grade_dose": item.grade_dose,
                "grade_dose_for": item.grade_dose_for,
                "grade_gap": item.grade_gap,
                "grade_force_sd": item.grade_force_sd,
                "sources": list(item.sources),
            }
        )
    return found


def _sources(shown: Plan | Wait | NoPlan) -> list[Any]:
    """The bibliography entries of everything that is said."""
    if isinstance(shown, Plan):
        return [plain(source) for source in shown.sources]
    said = shown.statements if isinstance(shown, Wait) else (shown.text, *shown.next_steps)
    cited = {name for statement in said for name in statement.sources}
    return [plain(source) for name, source in sources().items() if name in cited]
