"""Scores: achievements, group scores, composites, coverage, rates and roll-ups.

Pure: arrays in, arrays out (domain.md, "Scores"). No store, no clock, no texts.
"""
