"""Twelve people over twelve weeks: what they do, and what the product says each time."""
