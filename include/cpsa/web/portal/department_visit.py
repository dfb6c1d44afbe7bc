"""A visit of a department's recipient: the holder of the link and the language of the page.

What belongs here: what every page of a department needs before it does anything. What must not:
what any page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from cpsa.calendar import HalfYear
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.services.decisions.department_replies import load_seats
from cpsa.services.department_codes import find_present_code
from cpsa.signed_links import DepartmentLink
from cpsa.store.database import read_transaction
from cpsa.web.portal.link_visit import (
    LinkVisit,
    PortalContext,
    choose_language,
    read_link,
    refuse_if_too_often,
)


@dataclass(frozen=True)
class DepartmentVisit(LinkVisit):
    """One request of the holder of a department's link."""

    STEP: ClassVar[str] = "r"

    holder: DepartmentLink
    department: str
    name: Text

    @property
    def half(self) -> HalfYear:
        return HalfYear.parse(self.holder.half)


def open_department_visit(request: Request, link: str) -> DepartmentVisit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: PortalContext = request.app.state.portal
    holder = read_link(request, DepartmentLink, link)
    department = find_present_code(portal.context, holder.seat.partition(":")[0])
    known = portal.context.reference.departments.get(department)
    if known is None:
        raise RequestError("links.unknown")
    with read_transaction(portal.context.engine) as connection:
        seats = {seat.id: seat.language for seat in load_seats(portal.context, connection)}
    own = seats.get(holder.seat, portal.context.settings.language)
    visit = DepartmentVisit(
        portal=portal,
        request=request,
        link=link,
        own_language=own,
        language=choose_language(request, own),
        now=portal.now(),
        holder=holder,
        department=department,
        name=known.name,
    )
    request.state.visit = visit
    refuse_if_too_often(portal.rates.check_department(holder, writes=request.method == "POST"))
    return visit


DepartmentEntered = Annotated[DepartmentVisit, Depends(open_department_visit)]
