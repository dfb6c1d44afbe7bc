"""What a department's mail contains: report forms, or a reply that a person enters by hand.

What must not go here: from which department a mail is (``department_replies``), and its import.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse, IncomingFile
from cpsa.intake.channels.classify_attachment import ClassifiedFile, MailFileUse
from cpsa.intake.readers.workbook.workbook_reader import SUFFIXES
from cpsa.services.decisions.department_replies import Attribution
from cpsa.submissions.update import Unreadable
from cpsa.template.report_form.report_form_reader import FAMILY, read_report_form


def list_department_files(
    whole: Arrival,
    attribution: Attribution,
    departments: Collection[str],
    files: Sequence[ClassifiedFile],
) -> tuple[IncomingFile, ...]:
    """The forms in a mail of a department; where it has none, the mail as a reply by hand.

    ``departments``: those for which its sender is registered. Forms from other addresses, such as a
    colleague's who answers our mail, are entered by hand too. A workbook that cannot be read may
    have been a form: it is refused as one, and its sender is informed why.
    """
    if attribution.department in departments:
        forms = tuple(
            IncomingFile(
                whole.part(file.name, file.content).for_agency("", ""),
                FileUse.REPORT,
                departments=departments,
                reply=attribution,
            )
            for file in files
            if file.use is not MailFileUse.OTHER and _can_be_form(file)
        )
        if forms:
            return forms
    return (IncomingFile(whole.for_agency("", ""), FileUse.REPLY, reply=attribution),)


def _can_be_form(file: ClassifiedFile) -> bool:
    form = read_report_form(file.content)
    if isinstance(form, Unreadable):
        return PurePath(file.name).suffix.casefold() in SUFFIXES
    return form.seal is not None and form.seal.template.startswith(FAMILY)
