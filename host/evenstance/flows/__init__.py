"""Whole pieces of work as an importable API: the commands are thin layers over these."""
