"""Checks an installation before it goes live, and in operation: one line for each thing that it needs.

What belongs here: looking, with as little effect as possible, and what to do about what was found. What must
not: repairing anything, and printing a password, a key or an address with one in it.
"""
