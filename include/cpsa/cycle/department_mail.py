"""What a department's mail brings: report forms, or a reply that a person enters by hand.

What must not go here: whose a mail is (``department_replies``), and what becomes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from cpsa.collect import atr, workbook
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import FileUse, IncomingFile
from cpsa.collect.channels.files import Sort, Sorted
from cpsa.collect.update import Unreadable
from cpsa.cycle.department_replies import Attribution


def files_of_department(
    whole: Arrival, whose: Attribution, departments: Collection[str], files: Sequence[Sorted]
) -> tuple[IncomingFile, ...]:
    """The forms in a mail of a department; where it brings none, the mail as a reply by hand.

    ``departments``: those for which its sender is registered. Forms from other addresses, such as a
    colleague's who answers our mail, are entered by hand too. A workbook that cannot be read may
    have been a form: it is refused as one, and its sender is informed why.
    """
    if whose.department in departments:
        forms = tuple(
            IncomingFile(
                whole.part(file.name, file.content).of("", ""),
                FileUse.REPORT,
                departments=departments,
                reply=whose,
            )
            for file in files
            if file.sort is not Sort.OTHER and _may_be_form(file)
        )
        if forms:
            return forms
    return (IncomingFile(whole.of("", ""), FileUse.REPLY, reply=whose),)


def _may_be_form(file: Sorted) -> bool:
    form = atr.read(file.content)
    if isinstance(form, Unreadable):
        return PurePath(file.name).suffix.casefold() in workbook.SUFFIXES
    return form.seal is not None and form.seal.template.startswith(atr.FAMILY)
