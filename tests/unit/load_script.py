"""Loads a script of the project that no package holds, such as those that make pages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from doc_pages import ROOT


def load_script(path: str) -> ModuleType:
    """The module of a script, by its path from the project's root."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module
