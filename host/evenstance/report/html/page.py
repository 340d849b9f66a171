"""The whole file. Everything is escaped; a policy in it forbids scripts and every request.

The policy names the digest of the one style sheet, so not even a style can come from elsewhere.
The same history on the same day gives the same bytes.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from evenstance.plan.lines import dose_text, grade_tag
from evenstance.report.html.appendix import appendix
from evenstance.report.html.person import person_page
from evenstance.report.page_policy import policy
from evenstance.report.terminal import DISCLAIMER

if TYPE_CHECKING:
    from evenstance.report.html.report_data import ReportData

TEMPLATES = resources.files("evenstance.report.html") / "templates"


def report_html(data: ReportData) -> str:
    """The report as one file."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    style = _file("style.css")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_file),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = person_page(data)
    return environment.get_template("report.html.j2").render(
        title=f"Balance report: {page.name}, {page.made_on}",
        policy=policy(style),
        style=style,
        page=page,
        more=appendix(data),
        blocked=data.blocked,
        tag=grade_tag,
        dose_text=dose_text,
        disclaimer=DISCLAIMER,
    )


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
