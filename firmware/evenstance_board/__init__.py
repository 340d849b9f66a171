"""The firmware of the dual-plate board: sampling, holds, journal, serial service."""

FIRMWARE = "0.1.0"
