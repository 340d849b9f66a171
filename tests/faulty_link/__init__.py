"""What may go wrong on a serial line, one fault a hand, drawn by a seed; for `cable.Cable`."""
