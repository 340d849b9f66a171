"""The history on this computer: people, boards, sessions and every trial ever pulled.

Light on purpose: `records` (plain values) and `location` load fast; `database.open_store` brings
SQLAlchemy in, and `upgrade` brings Alembic in only when the file is new or older.
"""
