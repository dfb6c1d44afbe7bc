"""One mail per seat: which documents it gets, attached or linked, and the facts its words need.

What belongs here: choosing and wording. What must not: what a seat has got already (``received``),
and sending.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from cpsa import links
from cpsa.actions import Standing
from cpsa.actions.reply_due import due_at
from cpsa.calendar import IST, AnyPeriod, HalfYear, last_day_before
from cpsa.cycle.building import edition, leaving_with
from cpsa.cycle.decisions import standings_of
from cpsa.cycle.departments import present_code, with_present_codes
from cpsa.cycle.office import Office
from cpsa.cycle.received import Name
from cpsa.cycle.reply_links import answer_link
from cpsa.deliver import pack
from cpsa.deliver.message import Attachment, Message, Use
from cpsa.documents import ALL, STATE, Kind
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import actions as policy_actions
from cpsa.store import dispatches
from cpsa.store import documents as shelf
from cpsa.store.database import reading

NODAL_DEPARTMENT = "DOMSME"  # receives every compilation (road map, Stage III, Outcome 2)
LINKS_HOLD = timedelta(days=90)  # as long as a department has to answer
MEGABYTE = 1_000_000
_MOST_URGENT = 3
_URGENCIES = ("high", "medium", "low")
_USES = {
    (str(Kind.ATR), "xlsx"): Use.FILL_IN,
    (str(Kind.POLICY_ACTIONS), "docx"): Use.EDIT,
    (str(Kind.LEARNING), "xlsx"): Use.RECKON,
}


@dataclass(frozen=True)
class Packing:
    """A half-year's documents and recipients, read once."""

    office: Office
    half: HalfYear
    now: datetime
    built: Mapping[tuple[str, ...], Mapping[str, Any]]
    asked: pd.DataFrame
    recipients: pd.DataFrame
    standings: tuple[Standing, ...] = ()
    known_seats: frozenset[str] = frozenset()

    @classmethod
    def read(cls, office: Office, half: HalfYear, now: datetime) -> Packing:
        with reading(office.engine) as connection:
            built = shelf.current(connection, leaving_with(half))
            raised = policy_actions.actions(connection, half.last_quarter.key)
            actions = with_present_codes(office, raised)
            recipients = with_present_codes(office, office.roll(connection).recipients)
            standings = standings_of(office, connection, now)
            planned = dispatches.outbox(connection, half.key)
        quarters = [quarter.key for quarter in half.quarters]
        return cls(
            office=office,
            half=half,
            now=now,
            built=_by_present_code(office, built),
            asked=actions[actions["quarter"].isin(quarters)],
            recipients=recipients,
            standings=standings,
            known_seats=frozenset(row.recipient for row in planned if row.slot == pack.SLOT),
        )

    @cached_property
    def seats(self) -> tuple[pack.Seat, ...]:
        """The seats of known departments, each by the name under which the ledger knows it."""
        known = self.office.reference.departments
        return tuple(
            replace(seat, id=self._known_id(seat))
            for seat in pack.seats(self.recipients)
            if seat.department in known
        )

    @cached_property
    def unknown_departments(self) -> tuple[str, ...]:
        """Codes of recipients that no department has or had; nothing is sent to these."""
        codes = dict.fromkeys(self.recipients["department"])
        return tuple(code for code in codes if code not in self.office.reference.departments)

    def _known_id(self, seat: pack.Seat) -> str:
        """A seat that the ledger knows by a former code of its department keeps that name."""
        _, place = seat.id.split(":", 1)
        department = self.office.reference.departments[seat.department]
        names = [f"{code}:{place}" for code in (seat.department, *department.former)]
        return next((name for name in names if name in self.known_seats), seat.id)

    def due_to(self, seat: pack.Seat) -> dict[Name, Mapping[str, Any]]:
        """The current editions that a seat is due.

        Who is asked to answer also gets the form for it, and the compilation to edit; who sees to
        all departments, how the programme stands and the figures to reckon with.
        """
        own = _name(Kind.POLICY_ACTIONS, self.half, seat.department)
        names = [own, _learning(self.half)]
        if seat.department == NODAL_DEPARTMENT:
            names.insert(0, own._replace(subject=ALL))
        due = {name: self._edition(name, seat.language) for name in names}
        if any(one is None for one in due.values()):
            raise RequestError("cycle.not_built", period=self.half.key)
        if seat.department == NODAL_DEPARTMENT:  # a half-year built by an older version has none
            page = _name(Kind.ROLLOUT, self.half, STATE)
            due[page] = self._edition(page, seat.language)
        if seat.kind == "to":  # who only gets a copy is not asked to answer
            for name in self._to_work_on(seat):
                due[name] = self._edition(name, seat.language)
        for longer in leaving_with(self.half)[1:]:  # none of a year that was not seen whole
            due[_learning(longer)] = self._edition(_learning(longer), seat.language)
        return {name: one for name, one in due.items() if one is not None}

    def _to_work_on(self, seat: pack.Seat) -> list[Name]:
        form = _name(Kind.ATR, self.half, seat.department)
        found = [form]
        if self._edition(form, seat.language):  # none where nothing is to be answered
            found.append(_name(Kind.POLICY_ACTIONS, self.half, seat.department, "docx"))
        if seat.department == NODAL_DEPARTMENT:
            found.append(_learning(self.half)._replace(format="xlsx"))
        return found

    def _edition(self, name: Name, language: str) -> Mapping[str, Any] | None:
        return self.built.get((name.kind, name.period, name.subject, language, name.format))

    def file(self, document: Mapping[str, Any]) -> Attachment:
        """An edition as the reader will see it called."""
        name = text(
            f"dispatch.file.{document['kind']}",
            document["language"],
            period=document["period"],
            subject=document["subject"],
        )
        kept = edition(self.office, document["sha256"])
        use = _USES.get((document["kind"], document["format"]), Use.READ)
        return Attachment(kept, f"{name}.{document['format']}", document["sha256"], use=use)

    def mail(
        self,
        seat: pack.Seat,
        files: Sequence[Attachment],
        revision: pack.Revision | None = None,
        test: bool = False,
    ) -> Message:
        """The mail that brings these files to a seat."""
        asked = self.asked[self.asked["department"] == seat.department]
        fitted = self._fitted(files, keep={revision.note} if revision else set())
        is_asked = any(file.use is Use.FILL_IN for file in files)
        answer = answer_link(self.office, seat, self.half, self.now) if is_asked else None
        return pack.letter(
            self.office.settings.templates,
            self.half,
            self.office.reference.departments[seat.department],
            seat,
            fitted,
            len(asked),
            _most_urgent(asked),
            self.office.settings.mail_from,
            revision,
            self.links_hold_until.astimezone(IST).date(),
            test=test,
            replies=self._replies(seat),
            answer_link=answer.address if answer else "",
            answer_until=last_day_before(answer.until) if answer else None,
        )

    def _replies(self, seat: pack.Seat) -> pack.Replies:
        """By when the department is to answer, were this mail accepted now."""
        own = [
            action
            for action in self.standings
            if action.action.department == seat.department
            and action.counts
            and action.action.quarter <= self.half.last_quarter.key
        ]
        term = self.office.reference.replies.term
        is_new = any(action.not_sent for action in own)
        in_time = [action.due for action in own if action.due and not action.late]
        return pack.Replies(
            new_by=due_at(self.now, term).date() if is_new else None,
            earlier_by=min(in_time).astimezone(IST).date() if in_time else None,
            late=sum(action.late for action in own),
        )

    @property
    def links_hold_until(self) -> datetime:
        return max(self.now, self.half.dispatch_at) + LINKS_HOLD

    def link(self, file: Attachment) -> str:
        """Where a document can be fetched; blank where there is no portal."""
        portal = self.office.settings.portal_url
        if portal is None:
            return ""
        loan = links.Loan(file.sha256, file.name, self.links_hold_until)
        return f"{portal}/d/{links.sign(self.office.seal_key, loan)}"

    def _fitted(self, files: Sequence[Attachment], keep: Collection[str]) -> list[Attachment]:
        """As they are, or, where they are too large for a mail and can be fetched, as links; what
        is in ``keep`` stays attached."""
        limit = self.office.settings.attach_mb * MEGABYTE
        if size(files) <= limit:
            return list(files)
        return [one if one.name in keep else replace(one, link=self.link(one)) for one in files]


def _by_present_code(
    office: Office, built: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Documents by key, those about a department by its present code, the newest of each."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for (kind, period, subject, *rest), row in built.items():
        key = (kind, period, present_code(office, subject), *rest)
        if key not in found or subject == key[2]:
            found[key] = row
    return found


def _name(kind: Kind, period: AnyPeriod, subject: str, format: str = "") -> Name:
    """In the format a kind is sent in, unless in another."""
    return Name(str(kind), period.key, subject, format or kind.formats[0])


def _learning(period: AnyPeriod) -> Name:
    return _name(Kind.LEARNING, period, STATE)


def size(files: Sequence[Attachment]) -> int:
    """Bytes of all the files that travel in a mail."""
    return sum(file.path.stat().st_size for file in files if not file.link)


def _most_urgent(asked: pd.DataFrame) -> Sequence[str]:
    """The first lines of what is asked, the most urgent first, in the agencies' words."""
    ordered = sorted(
        asked.to_dict("records"), key=lambda row: (_URGENCIES.index(row["urgency"]), row["number"])
    )
    return [f"{row['number']}: {row['text']} {row['request']}" for row in ordered[:_MOST_URGENT]]
