"""Describes an answer that could not be recorded: one line with its place, and what to do."""

from __future__ import annotations

from cpsa.actions.answers import AnswerFault
from cpsa.i18n.catalogue import text


def describe_fault(fault: AnswerFault, language: str) -> str:
    """Return the line that describes a fault, with its place and number."""
    words = text(fault.key, language, value=fault.value)
    if not fault.place:
        return words
    if not fault.number:
        return text("actions.fault_here", language, place=fault.place, fault=words)
    return text("actions.fault_at", language, place=fault.place, number=fault.number, fault=words)


def describe_next_step(fault: AnswerFault, language: str) -> str:
    """Return what the department does next, in one line."""
    return text(fault.key.replace("actions.fault.", "actions.to_do."), language)
