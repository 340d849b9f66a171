"""Hours on the virtual board: somebody stands on it, things break, a host comes now and then."""
