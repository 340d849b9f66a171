"""The table of results: one row for each metric of each hold and each method it was made by."""

from __future__ import annotations

import json
from typing import Any

from evenstance.export.columns import Field
from evenstance.export.facts import DAY, PERSON, field
from evenstance.export.holds import HOLD, LEG, SESSION

FIELDS: tuple[Field[Any], ...] = (
    *HOLD,
    *SESSION,
    *PERSON,
    *DAY,
    LEG,
    field(
        "metric_id",
        "text",
        "-",
        lambda f: f.result.metric_id,
        "the metric; `evenstance metrics explain` says what it is",
    ),
    field("method_version", "integer", "-", lambda f: f.result.version, "version of its formula"),
    field(
        "method_id",
        "text",
        "-",
        lambda f: f.result.method_id,
        "metric, version and digest of the parameters; only rows with equal ones go together",
    ),
    field(
        "parameters",
        "text",
        "-",
        lambda f: json.dumps(f.result.parameters, sort_keys=True, allow_nan=False),
        "parameters of the method as a JSON object",
    ),
    field("unit", "text", "-", lambda f: f.result.unit, "unit of `value` and `error`"),
    field(
        "value",
        "number",
        "as `unit` says",
        lambda f: f.result.value,
        "the result",
        "it cannot be given; `missing` says why",
    ),
    field(
        "missing",
        "text",
        "-",
        lambda f: f.result.missing,
        "name of the reason why there is no value",
        "there is a value",
    ),
    field(
        "samples",
        "integer",
        "samples",
        lambda f: f.result.samples,
        "conversions that the value was made from",
        "there is no value",
    ),
    field(
        "error",
        "number",
        "as `unit` says",
        lambda f: f.result.error,
        "error of the value, of the kind that the metric states",
        "no error is stated",
    ),
)
