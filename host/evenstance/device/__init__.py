"""The board as seen from the laptop: finding it, talking to it, putting firmware on it."""
