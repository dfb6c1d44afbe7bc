"""The comment on a marked cell; an agency's own comment on it stays below ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.comments import Comment

from cpsa.i18n import catalogue
from cpsa.i18n.cell_text import clean_cell_text
from cpsa.i18n.text import DEFAULT_LANGUAGE
from cpsa.template.marked_copy.fault_mark import FaultMark

# What parts a comment of ours from the agency's own; in no language.
_AGENCY_COMMENT_BELOW = "\n\n· · ·\n"
_WIDTH, _LINE_HEIGHT, _CHARACTERS = 380, 20, 48


def add_comment(cell: Any, marks: Sequence[FaultMark], language: str) -> None:
    """Write all marks of a cell into its comment, in their order."""
    ours = "\n\n".join(_describe_mark(mark, language) for mark in marks)
    theirs = cell.comment.text if cell.comment else ""
    text = _make_mark() + ours + (_AGENCY_COMMENT_BELOW + theirs if theirs else "")
    author = catalogue.text("marking.author", language)
    cell.comment = _make_comment(clean_cell_text(text), author)


def remove_comment(cell: Any) -> None:
    """Keep only the agency's own comment."""
    if cell.comment is None or not cell.comment.text.startswith(_make_mark()):
        return
    theirs = cell.comment.text.partition(_AGENCY_COMMENT_BELOW)[2]
    cell.comment = _make_comment(theirs, cell.comment.author) if theirs else None


def _make_mark() -> str:
    """How a comment of ours begins, in no language."""
    return catalogue.text("marking.mark", DEFAULT_LANGUAGE)


def _describe_mark(mark: FaultMark, language: str) -> str:
    kind = catalogue.text("marking.must" if mark.must_correct else "marking.may", language)
    lines = [f"{mark.rule} · {kind}", mark.message, f"→ {mark.correction}", mark.address]
    return "\n".join(filter(None, lines))


def _make_comment(text: str, author: str) -> Comment:
    lines = sum(-(-len(line) // _CHARACTERS) or 1 for line in text.split("\n"))
    return Comment(text, author, height=(lines + 1) * _LINE_HEIGHT, width=_WIDTH)
