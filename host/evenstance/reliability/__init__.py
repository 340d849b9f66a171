"""How far measured values scatter, and what follows for a comparison: pure statistics."""
