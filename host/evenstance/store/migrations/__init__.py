"""Alembic migrations of the history; run by `evenstance.store.upgrade`."""
