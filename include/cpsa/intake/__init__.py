"""Receives what agencies send: channels, the file guard and readers.

Turns bytes into an ``Update`` of cells and places. Never judges a value: what a cell means is for
``checks`` to say.
"""
