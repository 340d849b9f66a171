"""What keeps Evenstance from working here: looked at by `look_*`, judged without side effects by
the other files."""
