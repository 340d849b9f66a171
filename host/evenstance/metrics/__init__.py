"""Pure functions and values over the numbers of a trial; no disk, clock, serial or printing."""
