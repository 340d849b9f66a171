"""The history of many laptops in one PostgreSQL: its address, its tables, its people, syncing.

The laptop's own SQLite history (`evenstance.store`) knows nothing of this package. What is
stored, and how it is read and written, is the same `Store`; here is only what differs: who may
see which rows, one writer at a time, and an address on the network.
"""
