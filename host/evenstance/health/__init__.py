"""Whether a board is sound: numbers of ten seconds of conversions, and what they say."""
