"""`evenstance advice`: general advice with the grade of every sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from evenstance.commands.common import athlete_option, json_option, open_history, show_json, tell
from evenstance.errors import ScreenBlockedError, UsageError

if TYPE_CHECKING:
    from evenstance.knowledge.advice import Topic

ALL = "all"


@click.command("advice")
@click.argument("topic", required=False, metavar="[TOPIC]")
@athlete_option
@json_option
def command(topic: str | None, athlete: str | None, as_json: bool) -> None:
    """Show general advice on warming up, stretching and more, each sentence with its grade.

    Without TOPIC the topics are listed; `all` shows every one. A person whose screening names
    somebody to see first gets no advice on practice.
    """
    from evenstance.knowledge.advice import topics
    from evenstance.report.advice import topic_lines, topic_list, topics_json

    known = topics()
    if topic is not None and topic not in (*known, ALL):
        raise UsageError(
            f"There is no topic {topic!r}.", next_step=f"One of: {', '.join((*known, ALL))}."
        )
    blocked = _blocked(athlete)
    if blocked is not None and topic in known and known[topic].practice:
        raise blocked
    shown = [
        one
        for one in known.values()
        if topic in (None, ALL, one.id) and not (blocked is not None and one.practice)
    ]
    if blocked is not None:
        tell(f"{blocked.what} {blocked.next_step}")
    if as_json:
        show_json(topics_json(shown) if topic else _listed(shown))
        return
    click.echo("\n".join(topic_lines(shown) if topic else topic_list(shown)))


def _listed(topics: list[Topic]) -> dict[str, object]:
    return {"kind": "advice_topics", "topics": [{"id": t.id, "title": t.title} for t in topics]}


def _blocked(athlete: str | None) -> ScreenBlockedError | None:
    """What the person's screening says against practice; nobody is created for asking.

    With several people and no name nobody's answers are looked at: the advice itself begins with
    the screen.
    """
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.screening import refuse_blocked
    from evenstance.store.location import clinic_address, store_path

    if clinic_address() is None and not store_path().exists():
        return None
    with open_history() as store:
        people = [a for a in store.athletes() if a.name != "replay"]
        if athlete is not None:
            person = store.athlete(athlete, create=False)
        elif len(people) == 1:
            person = people[0]
        else:
            return None
        try:
            refuse_blocked(store, person, wall_clock().astimezone().date())
        except ScreenBlockedError as error:
            return ScreenBlockedError(
                error.what.removeprefix("No session. "),
                cause="answers of the screening; advice on practice waits for them",
                next_step=error.next_step,
            )
    return None
