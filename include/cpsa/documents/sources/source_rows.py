"""What an agency's sources have in common wherever they are shown: in documents and in the online edition.

What must not go here: columns, captions and anchors, which differ between the two.
"""

from __future__ import annotations

from typing import Any

from cpsa.documents.blocks import code_cell, figure_cell, quoted_cell, text_cell
from cpsa.documents.content_model import Cell
from cpsa.documents.document_text import DocumentText


def make_baseline_rows(words: DocumentText, agency: str) -> tuple[tuple[Cell, ...], ...]:
    """An agency's baselines: code, label, value, the period of which it is."""
    baselines = words.snapshot.registry.baselines
    known = words.snapshot.framework.by_code
    return tuple(
        (
            code_cell(row.indicator),
            text_cell(words.indicator(row.indicator)),
            figure_cell(words.in_full(row.hundredths, known[row.indicator].unit)),
            code_cell(row.as_of),
        )
        for row in baselines[baselines["agency"] == agency].itertuples(index=False)
        if row.indicator in known
    )


def make_answer_cell(words: DocumentText, finding: Any) -> Cell:
    """What is said to a finding: that CPSA waived it, or the agency's explanation."""
    return text_cell(words("source.waived")) if finding.waived else quoted_cell(finding.explanation)
