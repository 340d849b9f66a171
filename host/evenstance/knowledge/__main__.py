"""Checks all packaged knowledge, as `make lint` does: `python -m evenstance.knowledge`."""

from __future__ import annotations

import sys

from evenstance.knowledge.advice import topics
from evenstance.knowledge.catalogue import exercises, instruments, questions, sources, statements
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.rules import rules
from evenstance.knowledge.words import claims

PARTS = {
    "sources": sources,
    "instruments": instruments,
    "questions": questions,
    "exercises": exercises,
    "rules": rules,
    "statements": statements,
    "topics of advice": topics,
    "refused claims": claims,
}


def main() -> int:
    """0 when everything keeps its schema; else 1, with the first mistake."""
    try:
        counts = [f"{len(read())} {name}" for name, read in PARTS.items()]
    except KnowledgeError as error:
        print(f"Error: the packaged knowledge breaks its schema: {error}", file=sys.stderr)
        return 1
    print(f"{', '.join(counts)}: all keep their schema")
    return 0


if __name__ == "__main__":
    sys.exit(main())
