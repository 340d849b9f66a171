"""A stream of the Lab Streaming Layer; its library is an extra that may not be there."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from evenstance.errors import UsageError


class LslOutlet:
    """A stream of the Lab Streaming Layer with one channel."""

    def __init__(self, lsl: Any, about: dict[str, Any]) -> None:
        info = lsl.StreamInfo(
            about["name"], "Force", 1, lsl.IRREGULAR_RATE, "double64", about["source_id"]
        )
        description = info.desc()
        channel = description.append_child("channels").append_child("channel")
        for key, value in (("label", about["label"]), ("unit", about["unit"]), ("type", "Force")):
            channel.append_child_value(key, value)
        acquisition = description.append_child("acquisition")
        acquisition.append_child_value("manufacturer", "Evenstance")
        for key in (
            "board_uid",
            "firmware",
            "calibration_id",
            "measured_rate_sps",
            "filter_delay_s",
        ):
            if about[key] is not None:
                acquisition.append_child_value(key, str(about[key]))
        self._outlet = lsl.StreamOutlet(info)

    def push(self, forces_n: Sequence[float], times_s: Sequence[float]) -> None:
        """Send the samples."""
        self._outlet.push_chunk([[force] for force in forces_n], list(times_s))


def load_lsl() -> Any:
    """The library of the Lab Streaming Layer; UsageError when it is not here."""
    try:
        return importlib.import_module("pylsl")
    except (ImportError, RuntimeError, OSError) as error:
        raise UsageError(
            "The library of the Lab Streaming Layer is not installed.",
            cause=str(error).strip().partition("\n")[0],
            next_step='Install it, in the folder of the README: `pip install ".[lsl]"`, or with '
            "pipx `pipx inject evenstance pylsl`.",
        ) from error
