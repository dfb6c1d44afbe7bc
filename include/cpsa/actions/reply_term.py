"""When a reply is due: a term after the first mail that requested the action from the department.

The mail counts once its server accepted it, for a ``to`` recipient, unless it came back as
undeliverable. An action that no mail requested yet is "not yet sent", and never late. Revisions and
test copies do not change the date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pandas as pd

from cpsa.calendar import IST, Quarter


@dataclass(frozen=True, slots=True)
class AcceptedMail:
    """A half-year's mail that a ``to`` recipient of a department received."""

    department: str
    half: str
    accepted_at: datetime


def add_first_mails(actions: pd.DataFrame, mails: Iterable[AcceptedMail]) -> pd.DataFrame:
    """The actions with ``sent_at``: when the first mail that requested each was accepted, or None.

    An action is requested by the mails of its own half-year and of later ones, since these bring
    its status and request it again; not by one that was sent before the action had its number.
    """
    by_department: dict[str, list[AcceptedMail]] = {}
    for mail in sorted(mails, key=lambda mail: mail.accepted_at):
        by_department.setdefault(mail.department, []).append(mail)
    halves = {key: Quarter.parse(key).half.key for key in actions["quarter"].unique()}
    sent = [
        next(
            (
                mail.accepted_at
                for mail in by_department.get(row.department, ())
                if mail.half >= halves[row.quarter] and mail.accepted_at >= row.raised_at
            ),
            None,
        )
        for row in actions.itertuples(index=False)
    ]
    return actions.assign(sent_at=pd.Series(sent, index=actions.index, dtype=object))


def compute_reply_due(sent_at: datetime, term: timedelta) -> datetime:
    """The last second of the day on which a reply is due."""
    day = sent_at.astimezone(IST).date() + term
    return datetime.combine(day, time(23, 59, 59), IST)


def count_age_days(sent_at: datetime, as_of: datetime) -> int:
    """Whole days from the first mail to a document's date, by the calendar."""
    return (as_of.astimezone(IST).date() - sent_at.astimezone(IST).date()).days
