"""Every check of checks/, one test each; the checks of a script share one interpreter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mpy_runner import Result, scripts

pytestmark = pytest.mark.timeout(300)  # the first test of a script waits for all its checks

ALL = [
    pytest.param(
        script, check, id=f"{script[6:]}:{check[6:]}", marks=pytest.mark.xdist_group(script)
    )
    for script, checks in scripts().items()
    for check in checks
]


@pytest.mark.parametrize(("script", "check"), ALL)
def test_on_the_interpreter(
    script: str, check: str, on_board: Callable[[str, str], Result]
) -> None:
    result = on_board(script, check)
    if not result.passed:
        pytest.fail(result.report, pytrace=False)
