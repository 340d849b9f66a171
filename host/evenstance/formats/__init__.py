"""Force files of other plates: read into one shape and checked, nothing repaired or filled in."""
