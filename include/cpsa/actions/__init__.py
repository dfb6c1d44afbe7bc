"""Policy actions: what agencies ask of departments, and what departments decide (domain.md).

What belongs here: numbers that never change, decisions, how answers are judged, pendency,
effects, and which scheme may fit. Pure: frames and dataclasses in, the same out. Never reads the store.
"""

from cpsa.actions.answers import AcceptedAnswer, Answer, AnswerFault, judge_answers
from cpsa.actions.decision import FINAL, Decision
from cpsa.actions.numbering import assign_numbers
from cpsa.actions.standing import ActionStatus, Pendency, compute_action_statuses, count_pendency

__all__ = [
    "FINAL",
    "AcceptedAnswer",
    "ActionStatus",
    "Answer",
    "AnswerFault",
    "Decision",
    "Pendency",
    "assign_numbers",
    "compute_action_statuses",
    "count_pendency",
    "judge_answers",
]
