"""What an agency's sources have in common wherever they are shown: in documents and in the online edition.

What must not go here: columns, captions and anchors, which differ between the two.
"""

from __future__ import annotations

from typing import Any

from cpsa.documents.blocks import code_cell, figure_cell, quoted_cell, text_cell
from cpsa.documents.cluster_profile import describe_cluster_source
from cpsa.documents.content_model import Cell
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.baselines import list_baselines


def make_baseline_rows(words: DocumentText, agency: str) -> tuple[tuple[Cell, ...], ...]:
    """An agency's baselines: code, label, value, the period of which it is; of the register, with its source."""
    known = words.snapshot.framework.by_code
    return tuple(
        (
            code_cell(row.indicator),
            text_cell(words.indicator(row.indicator)),
            figure_cell(words.in_full(row.hundredths, known[row.indicator].unit)),
            code_cell(row.as_of)
            if row.cluster is None
            else text_cell(describe_cluster_source(words, row.cluster)),
        )
        for row in list_baselines(words.snapshot, agency)
        if row.indicator in known
    )


def make_answer_cell(words: DocumentText, finding: Any) -> Cell:
    """What is said to a finding: that CPSA waived it, or the agency's explanation."""
    return text_cell(words("source.waived")) if finding.waived else quoted_cell(finding.explanation)
