"""The whole file. Everything is escaped; a policy in it forbids scripts and every request.

The policy names the digest of the one style sheet, so not even a style can come from elsewhere.
The same history on the same day gives the same bytes.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from evenstance.plan.lines import dose_text, grade_tag
from evenstance.report.html.appendix import appendix
from evenstance.report.html.person import person_page
from evenstance.report.page_policy import policy
from evenstance.report.terminal import DISCLAIMER

if TYPE_CHECKING:
    from markupsafe import Markup

    from evenstance.report.html.report_data import ReportData

_COMMAND = re.compile(r"`([^`]+)`")
TEMPLATES = resources.files("evenstance.report.html") / "templates"


def report_html(data: ReportData) -> str:
    """The report as one file."""
    page = person_page(data)
    return rendered(
        "report.html.j2",
        title=f"Balance report: {page.name}, {page.made_on}",
        page=page,
        more=appendix(data),
        blocked=data.blocked,
        dose_text=dose_text,
    )


def rendered(template: str, **values: object) -> str:
    """A page from a template that extends `base.html.j2`."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    style = _file("style.css")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_file),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["commands"] = _commands
    return environment.get_template(template).render(
        policy=policy(style), style=style, tag=grade_tag, disclaimer=DISCLAIMER, **values
    )


def _commands(text: str) -> Markup:
    """Escaped text; what stands between backticks, as in the terminal, is shown as a command."""
    from markupsafe import Markup, escape

    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
