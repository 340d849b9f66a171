"""Random histories of a board, its cable and the computer's history: is each trial there once?"""
