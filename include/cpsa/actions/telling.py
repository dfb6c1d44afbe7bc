"""What is told of an answer that could not be recorded: one line, with its place."""

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
