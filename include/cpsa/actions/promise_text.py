"""Describes the date that a department promised, beside its newest decision on a report form."""

from __future__ import annotations

from cpsa.actions.status import ActionStatus, PromiseState
from cpsa.i18n.catalogue import text
from cpsa.translator import Translator


def add_promise(last: str, status: ActionStatus, language: str) -> str:
    """The newest decision with the promised date; where that has passed, with the request for a reason."""
    if status.promised is None or status.promise is None:
        return last
    day = Translator(language).day(status.promised)
    if status.promise is PromiseState.OVERRUN and status.pending:
        days = status.days_over_promise[1]
        return text("actions.form.last_overrun", language, last=last, day=day, days=days)
    return text("actions.form.last_promised", language, last=last, day=day)
