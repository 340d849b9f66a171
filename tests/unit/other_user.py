"""Acting as somebody who is not the owner: root may do everything, so root becomes nobody."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def not_root() -> Generator[None, None, None]:
    """Inside, files with mode 000 are closed to this process, whoever runs it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def given_to_nobody(path: Path) -> None:
    """A file in a folder of a test's own folder belongs to whoever `not_root` becomes."""
    if os.geteuid() != 0:
        return
    for one in (path.parent.parent, path.parent, path):
        os.chown(one, NOBODY, -1)
    for above in path.parents:
        if above.stat().st_uid == 0 and above.name.startswith(("pytest-", "popen-", "test_")):
            above.chmod(0o755)
