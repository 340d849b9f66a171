"""Damaged, hostile and random bytes for everything that reads what it did not write."""
