"""A visit of a department's recipient: who holds the link, and in which language they read.

What belongs here: what every page of a department needs before it does anything. What must not:
what any page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from cpsa.bilingual import Text
from cpsa.calendar import HalfYear
from cpsa.cycle.department_replies import seats_of
from cpsa.cycle.departments import present_code
from cpsa.errors import RequestError
from cpsa.links import DepartmentPass
from cpsa.portal.link_visit import LinkVisit, Portal, chosen_language, read_link, require_patience
from cpsa.store.database import reading


@dataclass(frozen=True)
class DepartmentVisit(LinkVisit):
    """One request of the holder of a department's link."""

    STEP: ClassVar[str] = "r"

    holder: DepartmentPass
    department: str
    name: Text

    @property
    def half(self) -> HalfYear:
        return HalfYear.parse(self.holder.half)


def enter_department(request: Request, link: str) -> DepartmentVisit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: Portal = request.app.state.portal
    holder = read_link(request, DepartmentPass, link)
    department = present_code(portal.office, holder.seat.partition(":")[0])
    known = portal.office.reference.departments.get(department)
    if known is None:
        raise RequestError("links.unknown")
    with reading(portal.office.engine) as connection:
        seats = {seat.id: seat.language for seat in seats_of(portal.office, connection)}
    own = seats.get(holder.seat, portal.office.settings.language)
    visit = DepartmentVisit(
        portal=portal,
        request=request,
        link=link,
        own_language=own,
        language=chosen_language(request, own),
        now=portal.now(),
        holder=holder,
        department=department,
        name=known.name,
    )
    request.state.visit = visit
    require_patience(portal.rates.of_department(holder, request.method == "POST"))
    return visit


DepartmentEntered = Annotated[DepartmentVisit, Depends(enter_department)]
