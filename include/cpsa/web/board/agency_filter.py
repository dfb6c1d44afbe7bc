"""The filters, order and page of the table of agencies, as the address has them.

A value nobody knows is left out, so that an old or mistyped address still shows the board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, FromClause, case

from cpsa.reference.districts import Districts
from cpsa.submissions.state import OUTSTANDING, ObligationState, SubmissionState

PAGE_SIZE = 100
STATES = (
    ObligationState.EXPECTED.value,
    SubmissionState.RECEIVED.value,
    *(state.value for state in reversed(OUTSTANDING)),
    SubmissionState.ACCEPTED.value,
    ObligationState.MISSING.value,
)
# States of agencies that still have to send: nothing was received, or nothing that counts.
_FINISHED_STATES = (SubmissionState.RECEIVED, SubmissionState.ACCEPTED)
OUTSTANDING_STATES = tuple(state for state in STATES if state not in _FINISHED_STATES)
# More to choose from than states: what cuts across them.
CHOICES = ("owing", *STATES, "late", "warnings", "waiting")
SORTS = ("agency", "form", "district", "state", "received", "version", "warnings")
_MAX_PAGES = 1_000_000


def count_pages(found: int) -> int:
    """How many pages a list of so many lines has."""
    return max(1, -(-found // PAGE_SIZE))


@dataclass(frozen=True)
class AgencyFilter:
    """One view of the agencies. Blank means all; a sort that begins with - is descending."""

    form: str = ""
    state: str = ""
    district: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> AgencyFilter:
        state, sort = query.get("state", ""), query.get("sort", "")
        page = query.get("page", "1")
        return cls(
            form=query.get("form", "")[:20],
            state=state if state in CHOICES else "",
            district=query.get("district", "")[:200],
            sort=sort if sort.removeprefix("-") in SORTS else "",
            page=min(max(int(page), 1), _MAX_PAGES) if _is_number(page) else 1,
        )

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    def query_with(self, **change: object) -> str:
        """The query of this view with something changed, from its first page on."""
        changed = replace(self, **{"page": 1, **change})  # type: ignore[arg-type]
        parameters = {
            name: value for name, value in asdict(changed).items() if value not in ("", 1)
        }
        return f"?{urlencode(parameters)}" if parameters else "?"

    def toggle_sort(self, sort: str) -> str:
        """The query that sorts by a column, in the other direction if it does so already."""
        return self.query_with(sort=f"-{sort}" if (self.sort or "agency") == sort else sort)

    def sort_direction(self, sort: str) -> str:
        """How a column is sorted, as the value of ``aria-sort``."""
        words = {sort: "ascending", f"-{sort}": "descending"}
        return words.get(self.sort or "agency", "none")

    def list_conditions(
        self, obligations: FromClause, districts: Districts
    ) -> list[ColumnElement[bool]]:
        """The conditions on obligations (``board_queries``); ``districts``: by any of their names."""
        found = []
        if self.form:
            found.append(obligations.c.form == self.form)
        if self.district:
            found.append(obligations.c.district.in_(districts.list_names(self.district)))
        if self.state:
            found.append(_is_in_state(obligations, self.state))
        return found

    def list_sort_columns(self, obligations: FromClause) -> list[ColumnElement[Any]]:
        name = self.sort.removeprefix("-")
        places = {state: place for place, state in enumerate(STATES)}
        columns = {
            "state": case(places, value=obligations.c.state, else_=len(STATES)),
            "received": obligations.c.received_at,
        }
        if name in ("", "agency"):
            return [
                obligations.c.agency.desc() if self.sort.startswith("-") else obligations.c.agency
            ]
        column = columns[name] if name in columns else obligations.c[name]
        ordered = column.desc() if self.sort.startswith("-") else column
        return [ordered.nulls_last(), obligations.c.agency]


def _is_in_state(obligations: FromClause, state: str) -> ColumnElement[bool]:
    if state == "owing":
        return obligations.c.state.in_(OUTSTANDING_STATES)
    if state == "late":
        return obligations.c.late == 1
    if state == "warnings":
        return obligations.c.warnings > 0
    if state == "waiting":
        return obligations.c.locked_out == 1
    return obligations.c.state == state


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
