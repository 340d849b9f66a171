"""Exercises, questions, rules and sentences: packaged data, read and checked."""
