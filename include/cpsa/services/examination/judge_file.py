"""Reading a received file and judging its structure: what checking and previews have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.checks.table_values import ListedCodes
from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.code_list import CodeList
from cpsa.framework.model import Framework
from cpsa.intake.readers import entries_reader
from cpsa.intake.readers.read_update import read_table_file, read_update
from cpsa.intake.readers.table_csv_reader import split_table_name
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
    lists: ListedCodes | None = None,
) -> FileJudgement:
    """Judge a file sent for an agency and quarter. A seal for another of them is reported as S06.

    ``lists``: the codes that columns of tables may have, where the caller knows them (``list_table_codes``).
    """
    if lists is None:
        lists = list_table_codes(context) if framework.form_tables(form or "") else {}
    table = find_file_table(file_name, framework, form)
    update = read_update(content) if table is None else read_table_file(content, table)
    if not isinstance(update, WorkbookUpdate):
        judged = judge_structure(update, agency, quarter, form, framework, lists=lists)
        return FileJudgement(judged)
    seal = find_seal_state(update.seal, context.seal_key, agency, quarter, framework)
    fault = seal.text_key if seal in _FATAL_STATES else ""
    if update.sheet_fault and seal is not SealState.OTHER:
        fault = str(update.sheet_fault)
    judged = judge_structure(update.update, agency, quarter, form, framework, fault, lists)
    if judged.refused:
        return FileJudgement(judged)
    owner = {"agency": agency, "quarter": quarter}
    rows = tuple(
        (
            entry.place,
            {
                **dict.fromkeys(entries_reader.COLUMNS, ""),
                **entry.values,
                **owner,
                "kind": entry.kind,
            },
        )
        for entry in update.entries
    )
    return FileJudgement(judged, rows, update.explanations, update.officer)


def find_file_table(file_name: str, framework: Framework, form: str | None) -> AgencyTable | None:
    """The table of the form whose rows a file has by its name; None for every other file."""
    tables = framework.form_tables(form or "")
    if not tables:
        return None
    _, code = split_table_name(file_name)
    return next((table for table in tables if table.code == code), None)


def list_table_codes(context: AppContext) -> ListedCodes:
    """The codes that columns of tables may have; of a department also those that it had."""
    reference = context.reference
    return {
        "department": CodeList(reference.department_codes),
        "scheme": CodeList({code: code for code in reference.schemes}),
        "theme": CodeList({code: code for code in reference.themes}),
        "module": CodeList({code: code for code in reference.training_modules}),
        "sector": CodeList({code: code for code in reference.sectors}),
    }
