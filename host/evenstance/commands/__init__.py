"""One file per command: options in, a flow called, a report printed."""
