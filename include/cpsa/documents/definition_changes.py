"""Says where the definitions of scores changed between the quarters that a document compares.

A closed quarter keeps the framework with which it was closed, so two quarters may have been
computed by different ones. What must not go here: which framework a quarter has (``snapshot``).
"""

from __future__ import annotations

from itertools import pairwise

from cpsa.calendar import Quarter
from cpsa.documents.content_model import Paragraph
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.snapshot import Snapshot


def list_definition_changes(snapshot: Snapshot, first: Quarter, last: Quarter) -> list[Quarter]:
    """The quarters after ``first``, up to ``last``, that have other definitions than the closed
    quarter before them."""
    keys = [key for key in sorted(snapshot.frameworks) if first.key <= key <= last.key]
    frameworks = snapshot.frameworks
    return [
        Quarter.parse(key)
        for before, key in pairwise(keys)
        if frameworks[before].definitions != frameworks[key].definitions
    ]


def make_change_note(words: DocumentText, first: Quarter, last: Quarter) -> Paragraph | None:
    """The line below a comparison of scores; None where nothing changed."""
    changed = list_definition_changes(words.snapshot, first, last)
    if not changed:
        return None
    quarters = ", ".join(words.months(quarter) for quarter in changed)
    return Paragraph(words("definitions.changed", quarters=quarters), note=True)
