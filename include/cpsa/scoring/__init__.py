"""Scores: achievements, group scores, composites, coverage, rates and roll-ups.

Pure: arrays in, arrays out (domain.md, "Scores"). No store, no clock, no texts.
"""

from cpsa.score.achievement import Scores, score_panel
from cpsa.score.panel import Panel

__all__ = ["Panel", "Scores", "score_panel"]
