"""What the measuring chain does to a force before it becomes a number."""
