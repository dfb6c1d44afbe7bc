"""What is told of an answer that could not be recorded: one line with its place, and what to do."""

from __future__ import annotations

from cpsa.actions.answers import Fault
from cpsa.messages import text


def told(fault: Fault, language: str) -> str:
    """The one line a person reads."""
    words = text(fault.key, language, value=fault.value)
    if not fault.place:
        return words
    if not fault.number:
        return text("actions.told_here", language, place=fault.place, fault=words)
    return text("actions.told_at", language, place=fault.place, number=fault.number, fault=words)


def to_do(fault: Fault, language: str) -> str:
    """What the department does about it, in one line."""
    return text(fault.key.replace("actions.fault.", "actions.to_do."), language)
