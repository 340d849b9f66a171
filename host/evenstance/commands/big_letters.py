"""Words in letters five rows high, for somebody who stands two metres from the terminal."""

from __future__ import annotations

from collections.abc import Mapping

ROWS = 5
GAP = 1
# Five rows of pixels each, from the top.
_FONT: Mapping[str, str] = {
    "A": ".#. #.# ### #.# #.#",
    "B": "##. #.# ##. #.# ##.",
    "C": "### #.. #.. #.. ###",
    "D": "##. #.# #.# #.# ##.",
    "E": "### #.. ##. #.. ###",
    "F": "### #.. ##. #.. #..",
    "G": "### #.. #.# #.# ###",
    "H": "#.# #.# ### #.# #.#",
    "I": "# # # # #",
    "K": "#.# #.# ##. #.# #.#",
    "L": "#.. #.. #.. #.. ###",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#..# ##.# #.## #..# #..#",
    "O": "### #.# #.# #.# ###",
    "P": "### #.# ### #.. #..",
    "R": "### #.# ##. #.# #.#",
    "S": "### #.. ### ..# ###",
    "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###",
    "V": "#.# #.# #.# #.# .#.",
    "W": "#...# #...# #.#.# ##.## #...#",
    "Y": "#.# #.# .#. .#. .#.",
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# .## ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    " ": ".. .. .. .. ..",
}
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def width(words: str) -> int:
    """Columns that the words take in single pixels."""
    return sum(len(_FONT[c].split()[0]) + GAP for c in words) - GAP if words else 0


def big(words: str, columns: int, *, low: bool = False) -> list[str]:
    """The words as rows of blocks, doubled in width where they fit; low ones have three rows.

    Words that do not fit, or have signs without a picture, are themselves in one row.
    """
    words = words.upper()
    if any(c not in _FONT for c in words) or width(words) > columns:
        return [words]
    pixels = [(" " * GAP).join(_FONT[c].split()[row] for c in words) for row in range(ROWS)]
    lit = [[pixel == "#" for pixel in row] for row in pixels]
    if low:
        lit.append([False] * len(lit[0]))
        return [
            "".join(_HALVES[pair] for pair in zip(lit[n], lit[n + 1], strict=True))
            for n in range(0, ROWS, 2)
        ]
    times = 2 if 2 * width(words) <= columns else 1
    return ["".join(("█" if pixel else " ") * times for pixel in row) for row in lit]
