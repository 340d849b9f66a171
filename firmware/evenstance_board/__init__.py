"""The firmware of the dual-plate board: sampling, holds, journal, serial service."""

import gc

FIRMWARE = "0.1.0"

gc.threshold(16384)  # while the board compiles the rest, so that its memory stays in one piece
