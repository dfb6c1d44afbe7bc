"""Recognises our own template as we sent it: nothing was typed into it."""

from __future__ import annotations

from cpsa.intake.readers.workbook.template_seal import is_whole
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate


def is_blank_template(found: object, key: bytes) -> bool:
    """Whether what a reader made of a file is a template of ours in which nothing was typed."""
    if not isinstance(found, WorkbookUpdate) or found.seal is None or found.sheet_fault:
        return False
    typed = any(cell.text.strip() for cell in found.update.cells) or found.update.nil is not None
    written = found.explanations or found.entries or found.officer
    return not typed and not written and is_whole(found.seal, key)
