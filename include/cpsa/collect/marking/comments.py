"""What is said beside a marked cell; an agency's own comment on it stays below ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.comments import Comment

from cpsa import messages
from cpsa.collect.marking.mark import Mark
from cpsa.collect.template.filled import fit_for_a_cell

# How a comment of ours begins, and what parts it from the agency's own; in no language.
_OURS = "CPSA · "
_THEIRS_BELOW = "\n\n· · ·\n"
_WIDTH, _LINE_HEIGHT, _CHARACTERS = 380, 20, 48


def put_on(cell: Any, marks: Sequence[Mark], language: str) -> None:
    """Say all that is told of a cell, in the order it is told."""
    said = "\n\n".join(_said(mark, language) for mark in marks)
    theirs = cell.comment.text if cell.comment else ""
    text = _OURS + said + (_THEIRS_BELOW + theirs if theirs else "")
    author = messages.text("marking.author", language)
    cell.comment = _comment(fit_for_a_cell(text), author)


def take_off(cell: Any) -> None:
    """Leave only what the agency itself had noted."""
    if cell.comment is None or not cell.comment.text.startswith(_OURS):
        return
    theirs = cell.comment.text.partition(_THEIRS_BELOW)[2]
    cell.comment = _comment(theirs, cell.comment.author) if theirs else None


def _said(mark: Mark, language: str) -> str:
    kind = messages.text("marking.must" if mark.must else "marking.may", language)
    lines = [f"{mark.rule} · {kind}", mark.message, f"→ {mark.mend}", mark.address]
    return "\n".join(filter(None, lines))


def _comment(text: str, author: str) -> Comment:
    lines = sum(-(-len(line) // _CHARACTERS) or 1 for line in text.split("\n"))
    return Comment(text, author, height=(lines + 1) * _LINE_HEIGHT, width=_WIDTH)
