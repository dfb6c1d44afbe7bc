"""Closing a quarter: locks it, finds what only the whole shows, scores, rates, numbers actions.

Closing again computes nothing unless something beneath changed; then it adds a version, keeps the
old one, says which figures were restated, and does the same for the closed quarters after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check.macro import macro_findings
from cpsa.cycle import closing_rows
from cpsa.cycle.checking import check_within
from cpsa.cycle.closing_conditions import (
    ClosingRequest,
    require_all_accepted,
    require_clock,
    require_closable,
)
from cpsa.cycle.closing_rates import reporting
from cpsa.cycle.closing_waits import channels_to_wait_for, waits_until
from cpsa.cycle.due_dates import due_dates
from cpsa.cycle.import_new_files import CHANNELS, import_new_files
from cpsa.cycle.numbering import number_actions
from cpsa.cycle.obligations import forms_due
from cpsa.cycle.office import Office
from cpsa.cycle.quarters_due import quarters_due_by_agency
from cpsa.cycle.results import Closed
from cpsa.cycle.standing import Standing, counted, digest
from cpsa.framework import Framework
from cpsa.registry import Roll
from cpsa.score import Panel, Scores, score
from cpsa.score.reporting import Reporting
from cpsa.store import closings, frameworks, intake, judgements, quarters
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing
from cpsa.store.judgements import Stated
from cpsa.submissions.state import SubmissionState

AGENCIES_AT_ONCE = 500  # with twenty quarters of history about a million figures
ACCEPTED = SubmissionState.ACCEPTED
CLOSED = "close"  # by hand, in the audit trail


def close(
    office: Office,
    quarter: Quarter,
    now: datetime,
    who: str = "",
    reason: str = "",
    early: bool = False,
    without: Collection[str] = (),
) -> Closed:
    """Close a quarter, its older unfinished ones first; all or nothing.

    An open quarter's new files are imported first. ``who``: the person who closes by hand, for the
    audit trail; the others need one, see ``ClosingRequest``. Where closing has to wait, for an own
    due date or for a channel that cannot be read, ``Closed`` says so and nothing is closed; a person
    gets a RequestError instead.
    """
    request = ClosingRequest(who, reason.strip(), early, tuple(without))
    request.require_whole(CHANNELS)
    office.framework(quarter)  # a quarter before the first framework cannot be closed
    unread: tuple[str, ...] = ()
    with reading(office.engine) as connection:
        registries.required_load(connection)
        require_clock(connection, now)
        is_open = closings.first_closing(connection, quarter.key) is None
        if is_open and (waits := waits_until(connection, quarter, now, request)) is not None:
            return Closed.waiting(quarter.key, until=waits)
        if is_open and not who and _is_unknown(connection, quarter):
            return Closed.waiting(quarter.key)
    if is_open:
        imported = import_new_files(office, now, without=request.without)
        if waits_for := channels_to_wait_for(office, quarter, imported.unread, now, who):
            return Closed.waiting(quarter.key, channels=waits_for)
        unread = tuple(sorted({*imported.unread, *request.without}))
    with writing(office.engine, alone=True) as connection:
        older = [
            _close_one(office, connection, one, now, replace(request, early=False), unread)
            for one in _open_before(connection, quarter)
        ]
        closed = _close_one(office, connection, quarter, now, request, unread)
        later = _close_again_after(office, connection, quarter, now) if closed.changed else []
    also = tuple(one.quarter for one in (*older, *later) if one.changed)
    return replace(closed, also=also)


def _close_one(
    office: Office,
    connection: Connection,
    quarter: Quarter,
    now: datetime,
    request: ClosingRequest,
    unread: tuple[str, ...],
) -> Closed:
    if closings.first_closing(connection, quarter.key) is None:
        require_closable(connection, quarter, now, request)
    closed = _Closing.of(office, connection, quarter, now, request, unread).run()
    if request.who and closed.changed:
        judgements.add_audit(connection, now, request.who, CLOSED, quarter.key, request.reason)
    return closed


def _is_unknown(connection: Connection, quarter: Quarter) -> bool:
    """Whether nothing was ever requested or received, so that there is nothing to close."""
    first = quarters.setting(connection, quarters.FIRST_QUARTER)
    if first is not None and quarter.key >= first:
        return False
    return quarter.key not in intake.quarters_known(connection)


def close_again(office: Office, quarter: Quarter, now: datetime) -> list[Closed]:
    """After a change to a closed quarter: compute it and the closed ones after it anew."""
    with writing(office.engine, alone=True) as connection:
        return [
            _Closing.of(office, connection, quarter, now).run(),
            *_close_again_after(office, connection, quarter, now),
        ]


def unfinished_before(office: Office, quarter: Quarter) -> list[Quarter]:
    """Older quarters that are known and not closed yet."""
    with reading(office.engine) as connection:
        return _open_before(connection, quarter)


def is_closed(office: Office, quarter: Quarter) -> bool:
    with reading(office.engine) as connection:
        return closings.first_closing(connection, quarter.key) is not None


def _open_before(connection: Connection, quarter: Quarter) -> list[Quarter]:
    known = set(intake.quarters_known(connection))
    done = set(closings.latest_closings(connection)["quarter"])
    return [Quarter.parse(key) for key in sorted(known - done) if key < quarter.key]


def _close_again_after(
    office: Office, connection: Connection, quarter: Quarter, now: datetime
) -> list[Closed]:
    done = closings.latest_closings(connection)["quarter"]
    later = [Quarter.parse(key) for key in sorted(done) if key > quarter.key]
    return [_Closing.of(office, connection, one, now).run() for one in later]


@dataclass(frozen=True)
class _Closing:
    """One quarter being closed within one transaction."""

    office: Office
    connection: Connection
    quarter: Quarter
    now: datetime
    framework: Framework
    roll: Roll
    registry_load: int
    previous: pd.DataFrame  # the newest closing of this quarter, or no row
    request: ClosingRequest
    unread: tuple[str, ...]

    @classmethod
    def of(
        cls,
        office: Office,
        connection: Connection,
        quarter: Quarter,
        now: datetime,
        request: ClosingRequest | None = None,
        unread: tuple[str, ...] = (),
    ) -> _Closing:
        first = closings.first_closing(connection, quarter.key)
        load = first["registry_load"] if first else registries.required_load(connection)
        latest = closings.latest_closings(connection, quarter.key)
        return cls(
            office=office,
            connection=connection,
            quarter=quarter,
            now=now,
            framework=office.framework(quarter, connection),
            roll=office.roll(connection, load),
            registry_load=load,
            previous=latest[latest["quarter"] == quarter.key],
            request=request or ClosingRequest(),
            unread=unread,
        )

    @property
    def version(self) -> int:
        """The version of the newest closing, 0 while the quarter is open."""
        return 0 if self.previous.empty else int(self.previous["version"].iloc[0])

    def run(self) -> Closed:
        """Check what is unchecked, then compute; nothing is written when nothing changed."""
        if self.version == 0:
            self._open_if_it_was_not()
        forms = forms_due(self.connection, self.roll, self.quarter)
        if self.version == 0:
            intake.record_obligations(self.connection, self.quarter.key, forms, self.now)
        check_within(self.office, self.connection, self.quarter, self.now)
        standing = Standing.read(self.connection, self.quarter.key)
        known = set(self.roll.agencies["code"])
        accepted = [one for one in standing.accepted.values() if one.agency in known]
        states = self._states(standing, forms)
        if self.version == 0 and self.request.early:
            require_all_accepted(self.quarter, states)
        rates = self._reporting(standing, states, forms)
        basis = digest(
            (
                *(self.framework.version, self.registry_load),
                *(one.id for one in accepted),
                *sorted(states.items()),
            )
        )
        count = sum(state == ACCEPTED for state in states.values())
        if self._is_unchanged(basis, rates):
            return Closed(self.quarter.key, self.version, False, len(forms), count)
        version = self._next_version()
        restated = self._write(version, standing, accepted, states, forms, basis, rates)
        return Closed(
            self.quarter.key,
            version,
            True,
            len(forms),
            count,
            restated=restated,
            unread=self.unread,
        )

    def _open_if_it_was_not(self) -> None:
        """A quarter that nobody opened before its window had ended is replayed."""
        replayed = self.now >= self.quarter.window_ends
        quarters.add_opening(
            self.connection, self.quarter.key, self.now, self.request.who, replayed
        )

    def _next_version(self) -> int:
        """A closing that was undone keeps its versions: the next one follows them."""
        newest = closings.newest_version(self.connection, self.quarter.key)
        return (int(newest["version"]) if newest else 0) + 1

    def _is_unchanged(self, basis: str, rates: Sequence[Reporting]) -> bool:
        if self.previous.empty or self.previous["basis"].iloc[0] != basis:
            return False
        kept = closings.rows_of(self.connection, "reporting", self.previous).set_index("form")
        counts = ["expected", "received", "accepted", "on_time"]
        return all(
            row.form in kept.index
            and [getattr(row, name) for name in counts] == kept.loc[row.form, counts].tolist()
            for row in rates
        )

    def _states(self, standing: Standing, forms: Mapping[str, str]) -> dict[str, str]:
        """The state of every agency as closing finds it."""
        key = self.quarter.key
        return {agency: standing.state(agency, key, closed=True) for agency in forms}

    def _write(
        self,
        version: int,
        standing: Standing,
        accepted: Sequence[Stated],
        states: dict[str, str],
        forms: Mapping[str, str],
        basis: str,
        rates: Sequence[Reporting],
    ) -> int:
        frameworks.keep_framework(self.connection, self.framework, self.now)
        closing_id = closings.add_closing(
            self.connection,
            quarter=self.quarter.key,
            version=version,
            closed_at=self.now,
            framework=self.framework.version,
            registry_load=self.registry_load,
            basis=basis,
            closed_by=self.request.who,
            reason=self.request.reason,
            unread=",".join(self.unread),
        )
        self._keep("closing_submission", closing_id, self._rests_on(accepted))
        due = quarters_due_by_agency(self.connection, self.quarter, self.roll, standing)
        counts = {(row.agency, row.quarter) for row in accepted}
        for panel in self._histories(accepted, forms):
            of_panel = [due[agency] for agency in panel.agencies]
            scores = score(
                panel,
                np.array([len(quarters) for quarters in of_panel]),
                np.array(
                    [
                        sum((agency, quarter) in counts for quarter in quarters)
                        for agency, quarters in zip(panel.agencies, of_panel, strict=True)
                    ]
                ),
            )
            self._keep_scores(closing_id, scores, states, due)
        self._keep("reporting", closing_id, [vars(row) for row in rates])
        macro = macro_findings(
            self.framework,
            self.quarter.key,
            self._at_hand(accepted, forms),
            rates,
            self._of("baselines", forms),
            self._told_without_baseline(),
        )
        judgements.add_findings(self.connection, macro, closing_id=closing_id)
        number_actions(self.office, self.connection, self.quarter, self.now)
        return self._keep_restatements(closing_id)

    def _own(self, accepted: Sequence[Stated]) -> list[Stated]:
        return [one for one in accepted if one.quarter == self.quarter.key]

    def _rests_on(self, accepted: Sequence[Stated]) -> list[dict[str, object]]:
        own = sorted(self._own(accepted), key=lambda one: one.agency)
        return [{"agency": one.agency, "submission_id": one.id} for one in own]

    def _histories(self, accepted: Sequence[Stated], forms: Mapping[str, str]) -> Iterator[Panel]:
        """Accepted figures up to this quarter, so many agencies of a form at a time."""
        first = Quarter.parse(min((one.quarter for one in accepted), default=self.quarter.key))
        quarters = [one.key for one in Quarter.range(first, self.quarter)]
        for form, agencies in self._by_form(forms):
            for at in range(0, len(agencies), AGENCIES_AT_ONCE):
                some = agencies[at : at + AGENCIES_AT_ONCE]
                aims = self._of("targets", some), self._of("weights", some)
                yield self._panel(form, some, quarters, accepted, *aims)

    def _at_hand(self, accepted: Sequence[Stated], forms: Mapping[str, str]) -> list[Panel]:
        """One panel per form with nothing but this quarter's figures, of all agencies at once."""
        aims = self._of("targets", ()), self._of("weights", ())
        own = self._own(accepted)
        return [
            self._panel(form, agencies, [self.quarter.key], own, *aims)
            for form, agencies in self._by_form(forms)
        ]

    def _by_form(self, forms: Mapping[str, str]) -> list[tuple[str, list[str]]]:
        return [
            (form, [agency for agency, of in forms.items() if of == form])
            for form in self.framework.forms
        ]

    def _panel(
        self,
        form: str,
        agencies: list[str],
        quarters: list[str],
        accepted: Sequence[Stated],
        targets: pd.DataFrame,
        weights: pd.DataFrame,
    ) -> Panel:
        some = set(agencies)
        own = [one for one in accepted if one.agency in some]
        facts = intake.facts_of(self.connection, [one.id for one in own])
        return Panel.build(
            self.framework, form, agencies, quarters, facts, counted(own), targets, weights
        )

    def _of(self, name: str, agencies: Collection[str]) -> pd.DataFrame:
        """Targets, weights or baselines of agencies, as the registry held them."""
        return registries.of_agencies(self.connection, name, self.registry_load, agencies)

    def _keep_scores(
        self,
        closing_id: int,
        scores: Scores,
        states: Mapping[str, str],
        due: Mapping[str, Collection[str]],
    ) -> None:
        due_now = {agency for agency in scores.agencies if self.quarter.key in due[agency]}
        self._keep("score", closing_id, closing_rows.of_scores(scores, states, due_now))
        self._keep("group_score", closing_id, closing_rows.of_groups(scores))

    def _reporting(
        self, standing: Standing, states: dict[str, str], forms: Mapping[str, str]
    ) -> list[Reporting]:
        rates = reporting(
            forms,
            self.framework.forms,
            states,
            standing.of(self.quarter.key),
            due_dates(self.connection, self.quarter),
            self._closed_at,
        )
        if not self.version or not quarters.is_closed_by_first_release(
            self.connection, self.quarter.key
        ):
            return rates
        # What version 1.0.0 counted stays as it is.
        kept = closings.rows_of(self.connection, "reporting", self.previous).set_index("form")
        return [
            replace(
                row,
                received=int(kept.at[row.form, "received"]),
                on_time=int(kept.at[row.form, "on_time"]),
                not_requested=None,
            )
            for row in rates
        ]

    @property
    def _closed_at(self) -> datetime:
        """The act of closing, now or when it was."""
        first = closings.first_closing(self.connection, self.quarter.key)
        return first["closed_at"] if first else self.now

    def _told_without_baseline(self) -> set[tuple[str, str]]:
        """Agencies and indicators for which an earlier quarter already asked for a baseline."""
        earlier = closings.latest_closings(self.connection, (self.quarter - 1).key)
        rules = {rule.id for rule in self.framework.rules_of_kind("baseline_missing")}
        ids = [int(one) for one in earlier["id"]]
        told = judgements.findings_of(self.connection, [], ids, with_trial=True)
        told = told[told["rule"].isin(rules)]
        return set(zip(told["agency"], told["indicator"], strict=True))

    def _keep_restatements(self, closing_id: int) -> int:
        """Which figures of this quarter are different from those of its last closing."""
        if not self.version:
            return 0
        before = closings.rows_of(self.connection, "closing_submission", self.previous)
        now = closings.rows_of(
            self.connection,
            "closing_submission",
            pd.DataFrame({"id": [closing_id], "quarter": [self.quarter.key]}),
        )
        reasons = judgements.restatement_reasons(self.connection)
        rows = closing_rows.of_restatements(
            intake.facts_of(self.connection, before["submission_id"]),
            intake.facts_of(self.connection, now["submission_id"]),
            {row.agency: reasons.get(row.submission_id, "") for row in now.itertuples(index=False)},
        )
        self._keep("restatement", closing_id, rows)
        return len(rows)

    def _keep(self, name: str, closing_id: int, rows: list[dict[str, object]]) -> None:
        closings.add_rows(self.connection, name, closing_id, rows)
