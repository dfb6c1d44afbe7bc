"""Policy actions: what agencies ask of departments, and what departments decide (domain.md).

What belongs here: numbers for life, decisions and how they are judged, pendency, effects, and
which scheme may fit. Pure: frames and dataclasses in, the same out. Never reads the store.
"""

from cpsa.actions.answers import Answer, Answered, Fault, judge
from cpsa.actions.decision import FINAL, Decision
from cpsa.actions.numbering import number
from cpsa.actions.standing import Pendency, Standing, pendency, standings

__all__ = [
    "FINAL",
    "Answer",
    "Answered",
    "Decision",
    "Fault",
    "Pendency",
    "Standing",
    "judge",
    "number",
    "pendency",
    "standings",
]
