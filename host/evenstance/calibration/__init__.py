"""From counts under known masses to a signed sensitivity."""
