"""Runs checks of one script under MicroPython: run.py SCRIPT CHECK...

Prints one JSON line per check. A check passes when it returns; what it prints is for people.
"""

import gc
import io
import json
import sys


def run(check):
    """(passed, traceback) of one check."""
    try:
        check()
    except Exception as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        return False, text.getvalue()
    return True, ""


module = __import__(sys.argv[1])
gc.threshold(-1)  # the board collects often, which takes long in a heap of this size
for name in sys.argv[2:]:
    passed, report = run(getattr(module, name))
    print(json.dumps({"check": name, "passed": passed, "report": report}))
