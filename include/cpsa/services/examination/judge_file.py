"""Reading a received file and judging its structure: what checking and previews have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.framework.model import Framework
from cpsa.intake.readers import entries_reader
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation, WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.submissions.signing_officer import SigningOfficer

_FATAL_STATES = (SealState.BROKEN, SealState.UNKNOWN_TEMPLATE)


@dataclass(frozen=True)
class FileJudgement:
    """A judged file, and what its workbook contains beside the figures."""

    judged: StructureResult
    entries: tuple[tuple[str, Mapping[str, str]], ...] = ()  # place, row
    explanations: tuple[WorkbookExplanation, ...] = ()
    officer: SigningOfficer = field(default_factory=SigningOfficer)


def judge_file(
    context: AppContext,
    content: bytes,
    file_name: str,
    agency: str,
    quarter: str,
    form: str | None,
    framework: Framework,
) -> FileJudgement:
    """Judge a file sent for an agency and quarter. A seal for another of them is reported as S06."""
    update = read_update(content)
    if not isinstance(update, WorkbookUpdate):
        return FileJudgement(judge_structure(update, agency, quarter, form, framework))
    seal = find_seal_state(update.seal, context.seal_key, agency, quarter, framework)
    fault = seal.text_key if seal in _FATAL_STATES else ""
    if update.sheet_fault and seal is not SealState.OTHER:
        fault = str(update.sheet_fault)
    judged = judge_structure(update.update, agency, quarter, form, framework, fault)
    if judged.refused:
        return FileJudgement(judged)
    owner = {"agency": agency, "quarter": quarter}
    rows = tuple(
        (
            entry.place,
            {
                **dict.fromkeys(entries_reader.HEADER, ""),
                **entry.values,
                **owner,
                "kind": entry.kind,
            },
        )
        for entry in update.entries
    )
    return FileJudgement(judged, rows, update.explanations, update.officer)
