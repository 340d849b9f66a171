"""The walk of the pages has a server of its own where a page says `sudo -u postgres`."""

from __future__ import annotations

import sys
from pathlib import Path

from walking.pages import Printed
from walking.script import PAGES
from walking.stage import Stage
from walking.walk import line_walked

PAGE = "docs/clinic.md"


def test_a_line_of_the_page_makes_a_login_with_a_password(tmp_path: Path) -> None:
    line = Printed(PAGE, "sudo -u postgres createuser --pwprompt anna")
    with Stage(tmp_path, Path(sys.executable).parent, None, 1) as stage:
        untouched = line_walked(line, PAGES[PAGE], stage, None, None, 0)
        assert untouched.code is None, "without a server of its own nothing is run"
        stage.new_server()
        went = line_walked(line, PAGES[PAGE], stage, None, None, 0)
        assert (went.code, went.wrong) == (0, "")
        assert stage.server is not None
        sql = "SELECT rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname = 'anna'"
        assert stage.server.sql(sql, database="postgres") == "t"
        again = line_walked(line, PAGES[PAGE], stage, None, None, 0)
        assert "exit code 1 in place of 0" in again.wrong
