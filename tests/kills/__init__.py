"""Host and board killed at drawn moments of a task, and what must be true afterwards."""
