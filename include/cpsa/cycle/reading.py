"""Reading a received file and judging its structure: what checking and previews have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa.check import Judged, judge
from cpsa.collect import entries_reader, readers
from cpsa.collect.workbook import Explanation, SealState, WorkbookUpdate, seal_state
from cpsa.cycle.office import Office
from cpsa.framework import Framework
from cpsa.submissions.signing_officer import SigningOfficer

_FATAL = (SealState.BROKEN, SealState.UNKNOWN_TEMPLATE)


@dataclass(frozen=True)
class Read:
    """A file as judged, and what its workbook holds beside the figures."""

    judged: Judged
    entries: tuple[tuple[str, Mapping[str, str]], ...] = ()  # place, row
    explanations: tuple[Explanation, ...] = ()
    officer: SigningOfficer = field(default_factory=SigningOfficer)


def read(
    office: Office,
    content: bytes,
    file_name: str,
    agency: str,
    quarter: str,
    form: str | None,
    framework: Framework,
) -> Read:
    """Read a file sent for an agency and quarter. A seal for another of them is told as S06."""
    update = readers.read(content)
    if not isinstance(update, WorkbookUpdate):
        return Read(judge(update, agency, quarter, form, framework))
    seal = seal_state(update, office.seal_key, agency, quarter, framework)
    fault = seal.text_key if seal in _FATAL else ""
    if update.sheet_fault and seal is not SealState.OTHER:
        fault = str(update.sheet_fault)
    judged = judge(update.update, agency, quarter, form, framework, fault)
    if judged.refused:
        return Read(judged)
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
    return Read(judged, rows, update.explanations, update.officer)
