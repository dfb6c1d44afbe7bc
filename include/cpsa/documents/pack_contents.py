"""What goes to a department with the letter of a half-year: one list, for the letter's enclosures and for the
files of the mail.

What must not go here: which edition of a document is sent, and how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.documents.document_key import ALL, STATE


@dataclass(frozen=True)
class PackItem:
    """A document of a pack; ``kind``: its code, as in the registry of documents."""

    kind: str
    period: AnyPeriod
    subject: str
    format: str = "pdf"
    is_required: bool = False
    """Whether every half-year has it: without it nothing is sent."""
    is_working_file: bool = False
    """Whether it is for those alone who are requested to answer, not for a copy."""


def list_pack_periods(half: HalfYear) -> tuple[AnyPeriod, ...]:
    """The periods whose documents are sent in one pack: a half-year, with the second also its year."""
    return (half, half.year) if half == half.year.halves[-1] else (half,)


def list_pack_items(
    half: HalfYear, department: str, *, is_nodal: bool, has_form: bool
) -> Iterator[PackItem]:
    """Yield the documents of a department's pack in their order.

    A department that is requested to answer (``has_form``) also gets the form for it, and the compilation
    to edit; the nodal department the compilation of all departments, the roll-out page and the figures to
    calculate with.
    """
    if is_nodal:
        yield PackItem("policy_actions", half, ALL, is_required=True)
    yield PackItem("policy_actions", half, department, is_required=True)
    yield PackItem("learning", half, STATE, is_required=True)
    if is_nodal:  # none in a half-year built by an older version
        yield PackItem("rollout", half, STATE)
    if has_form:
        yield PackItem("action_taken_report", half, department, "xlsx", is_working_file=True)
        yield PackItem("policy_actions", half, department, "docx", is_working_file=True)
    if is_nodal:
        yield PackItem("learning", half, STATE, "xlsx", is_working_file=True)
    for longer in list_pack_periods(half)[1:]:  # none of a year that is not whole
        yield PackItem("learning", longer, STATE)
