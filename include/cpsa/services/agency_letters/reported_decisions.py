"""Decisions of departments that an agency's next letter reports: those since the letter before.

The request and the closing notice take turns, so each decision is reported in the first that is
written after it was recorded. A quarter that is replayed has neither: there the letter on a file that
is accepted, after a lock exception or a waiver, reports them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from cpsa.actions.decision import Decision
from cpsa.calendar import IST
from cpsa.i18n.text import Text
from cpsa.letters.letter_context import DecisionRow
from cpsa.letters.letter_kinds import LetterKind
from cpsa.services.agency_letters.due_letters import DueLetter
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import list_decisions_since
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, quarter_queries


def list_decisions_to_report(context: AppContext, due_letter: DueLetter) -> list[DecisionRow]:
    """The decisions that a letter reports; none for letters about one file of a live quarter."""
    with read_transaction(context.engine) as connection:
        since = _get_reporting_start(connection, due_letter)
        if since is None:
            return []
        rows = list_decisions_since(connection, due_letter.agency, since)
    departments = {
        code: context.reference.departments[present]
        for code, present in context.reference.department_codes.items()
    }
    return [
        DecisionRow(
            number=row.number,
            department=(
                departments[row.department].name
                if row.department in departments
                else Text.untranslated(row.department)
            ),
            request=row.request,
            decision=Decision(row.decision),
            day=row.decided_at.astimezone(IST).date(),
            remarks=row.remarks,
            promised=(
                date.fromisoformat(row.promised_on)
                if isinstance(row.promised_on, str) and row.decision != Decision.NOT_PURSUED
                else None
            ),
        )
        for row in rows.itertuples(index=False)
    ]


def _get_reporting_start(connection: Connection, due_letter: DueLetter) -> datetime | None:
    match due_letter.kind:
        case LetterKind.REQUEST:
            before = closing_queries.find_first_closing(connection, (due_letter.quarter - 1).key)
            nominal = (due_letter.quarter - 1).closes_at
            result: datetime | None = max(nominal, before["closed_at"]) if before else nominal
            return result
        case LetterKind.CLOSING:
            return due_letter.quarter.opens_at
        case LetterKind.ACCEPTED:
            opening = quarter_queries.find_opening(connection, due_letter.quarter.key)
            is_live = opening is not None and not opening.replayed
            return None if is_live else due_letter.quarter.opens_at
    return None
