"""What a reader asks of the table of agencies: filters, order and page, as the address says them.

A value nobody knows is left out, so that an old or mistyped address still shows the board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, FromClause, case

from cpsa.submissions.state import TO_SEND_AGAIN, ObligationState, SubmissionState

PAGE = 100
STATES = (
    ObligationState.EXPECTED.value,
    SubmissionState.RECEIVED.value,
    *(state.value for state in reversed(TO_SEND_AGAIN)),
    SubmissionState.ACCEPTED.value,
    ObligationState.MISSING.value,
)
# Who still owes something: nothing came, or nothing that counts.
_DONE = (SubmissionState.RECEIVED, SubmissionState.ACCEPTED)
OWING = tuple(state for state in STATES if state not in _DONE)
# More to choose from than states: what cuts across them.
CHOICES = ("owing", *STATES, "late", "warnings", "waiting")
SORTS = ("agency", "form", "district", "state", "received", "version", "warnings")
_MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Asked:
    """One view of the agencies. Blank means all; a sort that begins with - runs backwards."""

    form: str = ""
    state: str = ""
    district: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        state, sort = query.get("state", ""), query.get("sort", "")
        page = query.get("page", "1")
        return cls(
            form=query.get("form", "")[:20],
            state=state if state in CHOICES else "",
            district=query.get("district", "")[:200],
            sort=sort if sort.removeprefix("-") in SORTS else "",
            page=min(max(int(page), 1), _MOST_PAGES) if _is_number(page) else 1,
        )

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE

    def but(self, **change: object) -> str:
        """The query of this view with something changed, from its first page on."""
        other = replace(self, **{"page": 1, **change})  # type: ignore[arg-type]
        said = {name: value for name, value in asdict(other).items() if value not in ("", 1)}
        return f"?{urlencode(said)}" if said else "?"

    def turned(self, sort: str) -> str:
        """The query that sorts by a column, the other way round if it does so already."""
        return self.but(sort=f"-{sort}" if (self.sort or "agency") == sort else sort)

    def direction(self, sort: str) -> str:
        """How a column is sorted, as ``aria-sort`` says it."""
        words = {sort: "ascending", f"-{sort}": "descending"}
        return words.get(self.sort or "agency", "none")

    def wanted(self, owed: FromClause) -> list[ColumnElement[bool]]:
        """The conditions on obligations (``store.overview``)."""
        found = []
        if self.form:
            found.append(owed.c.form == self.form)
        if self.district:
            found.append(owed.c.district == self.district)
        if self.state:
            found.append(_in_state(owed, self.state))
        return found

    def order(self, owed: FromClause) -> list[ColumnElement]:
        name = self.sort.removeprefix("-")
        places = {state: place for place, state in enumerate(STATES)}
        columns = {
            "state": case(places, value=owed.c.state, else_=len(STATES)),
            "received": owed.c.received_at,
        }
        if name in ("", "agency"):
            return [owed.c.agency.desc() if self.sort.startswith("-") else owed.c.agency]
        column = columns[name] if name in columns else owed.c[name]
        turned = column.desc() if self.sort.startswith("-") else column
        return [turned.nulls_last(), owed.c.agency]


def _in_state(owed: FromClause, state: str) -> ColumnElement[bool]:
    if state == "owing":
        return owed.c.state.in_(OWING)
    if state == "late":
        return owed.c.late == 1
    if state == "warnings":
        return owed.c.warnings > 0
    if state == "waiting":
        return owed.c.held == 1
    return owed.c.state == state


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 10
