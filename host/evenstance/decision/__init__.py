"""From sessions to one of five steps, with the reason in words: pure functions of values."""
