"""An admin says from which quarter what a release added to the framework holds in this store (ADR 0056).

What was sent or judged does not change: the start does not move over an open quarter that was requested or has
updates, and closed quarters keep the framework with which they were closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.entry import Label
from cpsa.framework.loader import list_addition_releases, list_form_starts, load_framework
from cpsa.framework.model import AgencyForm
from cpsa.services.app_context import AppContext
from cpsa.services.first_quarter import find_first_quarter
from cpsa.services.quarter.closing_conditions import shorten_codes
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    audit_queries,
    closing_queries,
    quarter_queries,
    registry_queries,
)

ADDITIONS_SET = "set additions"  # in the audit


class AdditionEffect(StrEnum):
    """What the new start does to a quarter."""

    GETS = "gets"
    LOSES = "loses"
    KEPT = "kept"  # closed: as it was


@dataclass(frozen=True)
class AdditionChange:
    """A quarter between the two starts, with the forms and tables that make the difference, by code."""

    quarter: str
    effect: AdditionEffect
    forms: Mapping[str, Label]
    tables: Mapping[str, Label]


@dataclass(frozen=True)
class AdditionPlan:
    """``former``: from which quarter the additions hold so far, blank for every quarter of their files."""

    release: str
    former: str
    start: str
    changes: tuple[AdditionChange, ...]

    @property
    def is_new(self) -> bool:
        """Whether there is anything to write."""
        return self.former != self.start


def preview_addition_start(context: AppContext, start: Quarter, release: str = "") -> AdditionPlan:
    """What ``set_addition_start`` would do; refuses what it refuses, and writes nothing."""
    with read_transaction(context.engine) as connection:
        return _plan(context, connection, start, release)


@log_use_case
def set_addition_start(
    context: AppContext, start: Quarter, reason: str, who: str, now: datetime, release: str = ""
) -> AdditionPlan:
    """Note from which quarter a release's additions hold, the newest release by default; again, nothing.

    RequestError without a reason, for a release without additions, before the first framework, where an open
    quarter between the two starts was requested or has updates, and where an agency's form would begin after it.
    """
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        plan = _plan(context, connection, start, release)
        if plan.is_new:
            name = f"{quarter_queries.ADDITIONS_FROM}{plan.release}"
            quarter_queries.add_setting(connection, name, plan.start, who, now)
            subject = f"{plan.release} {plan.start}"
            audit_queries.add_audit(connection, now, who, ADDITIONS_SET, subject, reason)
    return plan


def _plan(
    context: AppContext, connection: Connection, start: Quarter, release: str
) -> AdditionPlan:
    folder = context.settings.framework
    releases = list_addition_releases(folder)
    if not releases:
        raise RequestError("additions.none", folder=folder)
    release = release or releases[-1]
    if release not in releases:
        raise RequestError("additions.no_release", value=release, known=", ".join(releases))
    present = quarter_queries.load_addition_starts(connection)
    following = {**present, release: start.key}
    load_framework(start, folder, following)
    former = present.get(release, "")
    plan = AdditionPlan(
        release,
        former,
        start.key,
        tuple(_compare(context, connection, present, following, release)),
    )
    in_use = quarter_queries.list_quarters_in_use(connection)
    if moved := [
        change.quarter
        for change in plan.changes
        if change.effect is not AdditionEffect.KEPT and change.quarter in in_use
    ]:
        raise RequestError("additions.in_use", quarters=", ".join(moved))
    _require_no_agency_before(context, connection, following)
    return plan


def _compare(
    context: AppContext,
    connection: Connection,
    present: Mapping[str, str],
    following: Mapping[str, str],
    release: str,
) -> Iterator[AdditionChange]:
    """The quarters, from the programme's first on, of which the present framework would be another."""
    folder = context.settings.framework
    former, start = present.get(release, ""), following[release]
    first = find_first_quarter(connection) or Quarter.parse(start)
    quarter = max(Quarter.parse(min(former or first.key, start)), first)
    closed = frozenset(closing_queries.list_closed_quarters(connection))
    while quarter.key < max(former, start):
        before = load_framework(quarter, folder, present)
        after = load_framework(quarter, folder, following)
        if before.version != after.version:
            effect = AdditionEffect.GETS if start < former else AdditionEffect.LOSES
            yield AdditionChange(
                quarter.key,
                AdditionEffect.KEPT if quarter.key in closed else effect,
                _list_different(before.forms, after.forms),
                _list_different(
                    {table.code: table for table in before.requested_tables},
                    {table.code: table for table in after.requested_tables},
                ),
            )
        quarter += 1


def _list_different(
    before: Mapping[str, AgencyForm] | Mapping[str, AgencyTable],
    after: Mapping[str, AgencyForm] | Mapping[str, AgencyTable],
) -> Mapping[str, Label]:
    """The labels of what only one of the two has, by code."""
    only_one = before.keys() ^ after.keys()
    return {
        code: entry.label for code, entry in (*before.items(), *after.items()) if code in only_one
    }


def _require_no_agency_before(
    context: AppContext, connection: Connection, starts: Mapping[str, str]
) -> None:
    """Refuse where an agency of the registry is active before its form would hold."""
    if registry_queries.find_newest_load(connection) is None:
        return
    agencies = context.load_register(connection).agencies
    forms = list_form_starts(context.settings.framework, starts)
    if early := [
        code
        for code, form, since in zip(
            agencies["code"], agencies["form"], agencies["active_from"], strict=True
        )
        if since < forms.get(form, "")
    ]:
        raise RequestError("additions.agency_before", agencies=shorten_codes(early))
