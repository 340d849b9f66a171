"""The history as plain tables for other programs: columns with their dictionary, and files."""
