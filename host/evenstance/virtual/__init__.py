"""The virtual board: the real firmware on simulated converters, loads and a serial port."""
