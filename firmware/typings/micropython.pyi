"""What MicroPython's own module has, with decorators that fit any function."""

from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

def const(value: int) -> int: ...
def viper(function: Callable[..., Any]) -> Callable[..., Any]: ...
def native(function: _F) -> _F: ...
