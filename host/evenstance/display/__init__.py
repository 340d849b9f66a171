"""The big display: one local web page that shows what a session or the live view shows."""
