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
from cpsa.cycle.numbering import number_actions
from cpsa.cycle.office import Office
from cpsa.cycle.quarters_due import quarters_due_by_agency
from cpsa.cycle.results import Closed
from cpsa.cycle.standing import Standing, counted, digest
from cpsa.framework import Framework
from cpsa.registry import Roll
from cpsa.score import Panel, Scores, score
from cpsa.score.reporting import Reporting
from cpsa.store import closings, frameworks, intake, judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing
from cpsa.store.judgements import Stated
from cpsa.submissions.state import REPORTED, SubmissionState

AGENCIES_AT_ONCE = 500  # with twenty quarters of history about a million figures
ACCEPTED = SubmissionState.ACCEPTED
CLOSED = "close"  # by hand, in the audit trail


def close(office: Office, quarter: Quarter, now: datetime, who: str = "") -> Closed:
    """Close a quarter, its older unfinished ones first; all or nothing.

    ``who``: the person who did it by hand, for the audit trail.
    """
    with writing(office.engine, alone=True) as connection:
        older = [
            _Closing.of(office, connection, one, now).run()
            for one in _open_before(connection, quarter)
        ]
        closed = _Closing.of(office, connection, quarter, now).run()
        later = _close_again_after(office, connection, quarter, now) if closed.changed else []
        if who and closed.changed:
            judgements.add_audit(connection, now, who, CLOSED, quarter.key, "")
    also = tuple(one.quarter for one in (*older, *later) if one.changed)
    return replace(closed, also=also)


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

    @classmethod
    def of(
        cls, office: Office, connection: Connection, quarter: Quarter, now: datetime
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
        )

    @property
    def version(self) -> int:
        """The version of the newest closing, 0 while the quarter is open."""
        return 0 if self.previous.empty else int(self.previous["version"].iloc[0])

    def run(self) -> Closed:
        """Check what is unchecked, then compute; nothing is written when nothing changed."""
        forms = self.roll.forms_in(self.quarter.key)
        if self.version == 0:
            intake.record_obligations(self.connection, self.quarter.key, forms, self.now)
        check_within(self.office, self.connection, self.quarter, self.now)
        standing = Standing.read(self.connection, self.quarter.key)
        known = set(self.roll.agencies["code"])
        accepted = [one for one in standing.accepted.values() if one.agency in known]
        states = self._states(standing, forms)
        basis = digest(
            (
                *(self.framework.version, self.registry_load),
                *(one.id for one in accepted),
                *sorted(states.items()),
            )
        )
        count = sum(state == ACCEPTED for state in states.values())
        if not self.previous.empty and self.previous["basis"].iloc[0] == basis:
            return Closed(self.quarter.key, self.version, False, len(forms), count)
        restated = self._write(standing, accepted, states, forms, basis)
        return Closed(
            self.quarter.key, self.version + 1, True, len(forms), count, restated=restated
        )

    def _states(self, standing: Standing, forms: Mapping[str, str]) -> dict[str, str]:
        """The state of every agency as closing finds it."""
        key = self.quarter.key
        return {agency: standing.state(agency, key, closed=True) for agency in forms}

    def _write(
        self,
        standing: Standing,
        accepted: Sequence[Stated],
        states: dict[str, str],
        forms: Mapping[str, str],
        basis: str,
    ) -> int:
        frameworks.keep_framework(self.connection, self.framework, self.now)
        closing_id = closings.add_closing(
            self.connection,
            quarter=self.quarter.key,
            version=self.version + 1,
            closed_at=self.now,
            framework=self.framework.version,
            registry_load=self.registry_load,
            basis=basis,
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
        reporting = self._reporting(standing, states, forms)
        self._keep("reporting", closing_id, [vars(one) for one in reporting])
        macro = macro_findings(
            self.framework,
            self.quarter.key,
            self._at_hand(accepted, forms),
            reporting,
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
        reported = [one for one in standing.of(self.quarter.key) if one.state in REPORTED]
        punctual = {one.agency for one in reported if not self.quarter.is_late(one.received_at)}
        now = [
            Reporting.counted(
                form,
                [agency for agency, of in forms.items() if of == form],
                reported={one.agency for one in reported},
                accepted={agency for agency, state in states.items() if state == ACCEPTED},
                punctual=punctual,
            )
            for form in self.framework.forms
        ]
        if not self.version:
            return now
        # Who reported by close does not change afterwards; what was accepted may.
        kept = closings.rows_of(self.connection, "reporting", self.previous).set_index("form")
        return [
            replace(
                one,
                received=int(kept.at[one.form, "received"]),
                on_time=int(kept.at[one.form, "on_time"]),
            )
            for one in now
        ]

    def _told_without_baseline(self) -> set[tuple[str, str]]:
        """Agencies and indicators for which an earlier quarter already asked for a baseline."""
        earlier = closings.latest_closings(self.connection, (self.quarter - 1).key)
        rules = {rule.id for rule in self.framework.rules_of_kind("baseline_missing")}
        told = judgements.findings_of(self.connection, [], [int(one) for one in earlier["id"]])
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
            dict(zip(now["agency"], now["submission_id"].map(reasons).fillna(""), strict=True)),
        )
        self._keep("restatement", closing_id, rows)
        return len(rows)

    def _keep(self, name: str, closing_id: int, rows: list[dict[str, object]]) -> None:
        closings.add_rows(self.connection, name, closing_id, rows)
