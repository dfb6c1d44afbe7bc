"""One closing of one quarter, within a transaction: what is counted, scored and recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.checks.find_macro_findings import find_macro_findings
from cpsa.checks.macro_rules import RegisterRow
from cpsa.framework.model import ABOVE_BUDGET_KIND, REGISTER_CHANGE_KIND, Framework
from cpsa.registry.agency_register import AgencyRegister
from cpsa.scoring.achievement import score_panel
from cpsa.scoring.panel import Panel
from cpsa.scoring.reporting_rates import ReportingRates
from cpsa.scoring.totals_to_date import sum_totals_to_date
from cpsa.services.accepted_figures import load_accepted_figures
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.number_actions import number_actions
from cpsa.services.due_dates import load_due_dates
from cpsa.services.examination.examine_updates import examine_and_load
from cpsa.services.examination.offered_clusters import list_register_rows
from cpsa.services.quarter import closing_rows
from cpsa.services.quarter.closing_conditions import (
    ClosingRequest,
    require_all_accepted,
)
from cpsa.services.quarter.closing_rates import count_reporting
from cpsa.services.quarter.obligations import list_forms_due
from cpsa.services.quarter.quarters_due import list_quarters_due
from cpsa.services.service_results import CloseQuarterResult
from cpsa.store.queries import (
    closing_queries,
    examination_queries,
    exception_queries,
    framework_queries,
    obligation_queries,
    quarter_queries,
    registry_queries,
    submission_queries,
)
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions, digest_parts
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import ObligationState, SubmissionState

AGENCIES_AT_ONCE = 500  # with twenty quarters of history about a million figures


class ClosingBasis(NamedTuple):
    """What a closing is computed from; ``digest`` names it, but for the rates."""

    current: StoredSubmissions
    accepted: Sequence[SubmissionRecord]
    states: dict[str, str]
    rates: Sequence[ReportingRates]
    digest: str


class RecomputedClosing(NamedTuple):
    """What a closing would write: rows by table, without the number of the closing, and its findings."""

    rows: Mapping[str, list[closing_rows.Row]]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ClosingRun:
    """One quarter being closed within one transaction."""

    context: AppContext
    connection: Connection
    quarter: Quarter
    now: datetime
    framework: Framework
    register: AgencyRegister
    registry_load: int
    previous: pd.DataFrame  # the newest closing of this quarter, or no row
    request: ClosingRequest
    unread: tuple[str, ...]
    keeps_figures: bool = True  # packed, where they had to be packed

    @classmethod
    def load(
        cls,
        context: AppContext,
        connection: Connection,
        quarter: Quarter,
        now: datetime,
        request: ClosingRequest | None = None,
        unread: tuple[str, ...] = (),
    ) -> ClosingRun:
        first = closing_queries.find_first_closing(connection, quarter.key)
        load = first["registry_load"] if first else registry_queries.require_load(connection)
        latest = closing_queries.load_latest_closings(connection, quarter.key)
        return cls(
            context=context,
            connection=connection,
            quarter=quarter,
            now=now,
            framework=context.load_framework(quarter, connection),
            register=context.load_register(connection, load),
            registry_load=load,
            previous=latest[latest["quarter"] == quarter.key],
            request=request or ClosingRequest(),
            unread=unread,
        )

    @property
    def version(self) -> int:
        """The version of the newest closing, 0 while the quarter is open."""
        return 0 if self.previous.empty else int(self.previous["version"].iloc[0])

    def run(self) -> CloseQuarterResult:
        """Check what is unchecked, then compute; nothing is written when nothing changed."""
        if self.version == 0:
            self._open_if_unopened()
        forms = list_forms_due(self.connection, self.register, self.quarter)
        if self.version == 0:
            obligation_queries.record_obligations(
                self.connection, self.quarter.key, forms, self.now
            )
        _, current = examine_and_load(self.context, self.connection, self.quarter, self.now)
        basis = self._load_basis(current, forms)
        states, rates = basis.states, basis.rates
        if self.version == 0 and self.request.early:
            require_all_accepted(self.quarter, states)
        rated = [agency for agency, form in forms.items() if form in self.framework.rated_forms]
        count = sum(states[agency] == ObligationState.ACCEPTED for agency in rated)
        if self._is_unchanged(basis.digest, rates):
            return CloseQuarterResult(
                self.quarter.key,
                self.version,
                changed=False,
                expected=len(rated),
                accepted=count,
            )
        version = self._find_next_version()
        restated = self._write(version, basis, forms)
        return CloseQuarterResult(
            self.quarter.key,
            version,
            changed=True,
            expected=len(rated),
            accepted=count,
            restated=restated,
            unread=self.unread,
        )

    def recompute(self) -> RecomputedClosing | None:
        """Compute the rows of the newest closing again, and write nothing.

        None where it was computed from something else: then closing again would add a version.
        """
        forms = list_forms_due(self.connection, self.register, self.quarter)
        current = StoredSubmissions.load(self.connection, self.quarter.key)
        basis = self._load_basis(current, forms)
        if not self._is_unchanged(basis.digest, basis.rates):
            return None
        return self._compute_rows(basis, forms)

    def compute(self, framework: Framework) -> RecomputedClosing:
        """Compute what a closing with another framework would give, from what is accepted now; writes nothing."""
        forms = list_forms_due(self.connection, self.register, self.quarter)
        forms = {agency: form for agency, form in forms.items() if form in framework.forms}
        run = replace(self, framework=framework)
        current = StoredSubmissions.load(self.connection, self.quarter.key)
        return run._compute_rows(run._load_basis(current, forms), forms)

    def _compute_rows(self, basis: ClosingBasis, forms: Mapping[str, str]) -> RecomputedClosing:
        reader = replace(self, keeps_figures=False)
        parts = [*reader._score(basis, forms)]
        return RecomputedClosing(
            {
                "closing_submission": self._make_submission_rows(basis.accepted),
                "score": list(chain(*(scores for scores, _ in parts))),
                "group_score": list(chain(*(groups for _, groups in parts))),
            },
            tuple(reader._find_macro_findings(basis, forms)),
        )

    def _load_basis(self, current: StoredSubmissions, forms: Mapping[str, str]) -> ClosingBasis:
        known = set(self.register.agencies["code"])
        accepted = [row for row in current.accepted.values() if row.agency in known]
        states = self._find_states(current, forms)
        rates = self._count_reporting(current, states, forms)
        digest = digest_parts(
            (
                *(self.framework.version, self.registry_load),
                *(row.id for row in accepted),
                *sorted(states.items()),
            )
        )
        return ClosingBasis(current, accepted, states, rates, digest)

    def _open_if_unopened(self) -> None:
        """A quarter that nobody opened before its window had ended is replayed."""
        replayed = self.now >= self.quarter.window_ends
        quarter_queries.add_opening(
            self.connection, self.quarter.key, self.now, self.request.who, replayed=replayed
        )

    def _find_next_version(self) -> int:
        """A closing that was undone keeps its versions: the next one follows them."""
        newest = closing_queries.find_newest_version(self.connection, self.quarter.key)
        return (int(newest["version"]) if newest else 0) + 1

    def _is_unchanged(self, basis: str, rates: Sequence[ReportingRates]) -> bool:
        if self.previous.empty or self.previous["basis"].iloc[0] != basis:
            return False
        kept = closing_queries.load_closing_rows(
            self.connection, "reporting", self.previous
        ).set_index("form")
        counts = ["expected", "received", "accepted", "on_time"]
        return all(
            row.form in kept.index
            and [getattr(row, name) for name in counts] == kept.loc[row.form, counts].tolist()
            for row in rates
        )

    def _find_states(self, current: StoredSubmissions, forms: Mapping[str, str]) -> dict[str, str]:
        """The state of every agency as closing finds it."""
        key = self.quarter.key
        return {agency: current.state(agency, key, closed=True) for agency in forms}

    def _write(self, version: int, basis: ClosingBasis, forms: Mapping[str, str]) -> int:
        framework_queries.keep_framework(self.connection, self.framework, self.now)
        closing_id = closing_queries.add_closing(
            self.connection,
            quarter=self.quarter.key,
            version=version,
            closed_at=self.now,
            framework=self.framework.version,
            registry_load=self.registry_load,
            basis=basis.digest,
            closed_by=self.request.who,
            reason=self.request.reason,
            unread=",".join(self.unread),
        )
        submission_rows = self._make_submission_rows(basis.accepted)
        self._record_rows("closing_submission", closing_id, submission_rows)
        for score_rows, group_score_rows in self._score(basis, forms):
            self._record_rows("score", closing_id, score_rows)
            self._record_rows("group_score", closing_id, group_score_rows)
        self._record_rows("reporting", closing_id, [vars(row) for row in basis.rates])
        macro = self._find_macro_findings(basis, forms)
        examination_queries.add_closing_findings(self.connection, macro, closing_id)
        number_actions(self.context, self.connection, self.quarter, self.now)
        return self._record_restatements(closing_id)

    def _score(
        self, basis: ClosingBasis, forms: Mapping[str, str]
    ) -> Iterator[tuple[list[closing_rows.Row], list[closing_rows.Row]]]:
        """The rows of scores and group scores, so many agencies at a time."""
        accepted = basis.accepted
        due = list_quarters_due(self.connection, self.quarter, self.register, basis.current)
        counts = {(row.agency, row.quarter) for row in accepted}
        for panel in self._build_panels(accepted, forms, self.framework.scored_forms):
            quarters_due = [due[agency] for agency in panel.agencies]
            scores = score_panel(
                panel,
                np.array([len(quarters) for quarters in quarters_due]),
                np.array(
                    [
                        sum((agency, quarter) in counts for quarter in quarters)
                        for agency, quarters in zip(panel.agencies, quarters_due, strict=True)
                    ]
                ),
            )
            due_now = {agency for agency in scores.agencies if self.quarter.key in due[agency]}
            yield (
                closing_rows.make_score_rows(scores, basis.states, due_now),
                closing_rows.make_group_score_rows(scores),
            )

    def _find_macro_findings(
        self, basis: ClosingBasis, forms: Mapping[str, str]
    ) -> Sequence[Finding]:
        return find_macro_findings(
            self.framework,
            self.quarter.key,
            self._build_current_panels(basis.accepted, forms),
            basis.rates,
            self._load_register_rows("baselines", forms),
            self._list_reported_baselines(),
            self._sum_to_date(basis.accepted),
            self._list_register_rows(basis.current),
        )

    def _list_register_rows(self, current: StoredSubmissions) -> list[RegisterRow]:
        """What the quarter's accepted updates say of clusters, beside what the register says of them."""
        rules = self.framework.rules_of_kind(REGISTER_CHANGE_KIND)
        if not rules:
            return []
        accepted = [
            row
            for row in current.for_quarter(self.quarter.key)
            if row.state == SubmissionState.ACCEPTED
        ]
        return list_register_rows(
            self.context, self.connection, self.framework, accepted, self.registry_load
        )

    def _sum_to_date(self, accepted: Sequence[SubmissionRecord]) -> dict[str, Mapping[str, int]]:
        """The totals to date that a rule compares with a budget, by indicator and agency."""
        rules = self.framework.rules_of_kind(ABOVE_BUDGET_KIND)
        codes = {limit["indicator"] for rule in rules for limit in rule.parameters["limits"]}
        if not codes:
            return {}
        ids = [row.id for row in accepted]
        totals = submission_queries.load_totals(self.connection, ids, codes)
        return sum_totals_to_date(self.framework, totals)

    def _select_own(self, accepted: Sequence[SubmissionRecord]) -> list[SubmissionRecord]:
        return [row for row in accepted if row.quarter == self.quarter.key]

    def _make_submission_rows(
        self, accepted: Sequence[SubmissionRecord]
    ) -> list[dict[str, object]]:
        own = sorted(self._select_own(accepted), key=lambda row: row.agency)
        return [{"agency": row.agency, "submission_id": row.id} for row in own]

    def _build_panels(
        self,
        accepted: Sequence[SubmissionRecord],
        forms: Mapping[str, str],
        wanted: Collection[str],
    ) -> Iterator[Panel]:
        """Accepted figures up to this quarter, so many agencies of a form at a time."""
        first = Quarter.parse(min((row.quarter for row in accepted), default=self.quarter.key))
        quarters = [quarter.key for quarter in Quarter.range(first, self.quarter)]
        for form, agencies in self._group_by_form(forms):
            if form not in wanted:
                continue
            for at in range(0, len(agencies), AGENCIES_AT_ONCE):
                batch = agencies[at : at + AGENCIES_AT_ONCE]
                targets_and_weights = (
                    registry_queries.load_targets(self.connection, self.registry_load, batch),
                    self._load_register_rows("weights", batch),
                )
                yield self._build_panel(form, batch, quarters, accepted, *targets_and_weights)

    def _build_current_panels(
        self, accepted: Sequence[SubmissionRecord], forms: Mapping[str, str]
    ) -> list[Panel]:
        """One panel per form with nothing but this quarter's figures, of all agencies at once."""
        targets_and_weights = (
            registry_queries.load_targets(self.connection, self.registry_load, ()),
            self._load_register_rows("weights", ()),
        )
        own = self._select_own(accepted)
        return [
            self._build_panel(form, agencies, [self.quarter.key], own, *targets_and_weights)
            for form, agencies in self._group_by_form(forms)
        ]

    def _group_by_form(self, forms: Mapping[str, str]) -> list[tuple[str, list[str]]]:
        return [
            (form, [agency for agency, agency_form in forms.items() if agency_form == form])
            for form in self.framework.forms
        ]

    def _build_panel(
        self,
        form: str,
        agencies: list[str],
        quarters: list[str],
        accepted: Sequence[SubmissionRecord],
        targets: pd.DataFrame,
        weights: pd.DataFrame,
    ) -> Panel:
        batch = set(agencies)
        own = [row for row in accepted if row.agency in batch]
        figures = load_accepted_figures(
            self.connection, self.framework, form, own, keep=self.keeps_figures
        )
        return Panel.build(self.framework, form, agencies, quarters, figures, targets, weights)

    def _load_register_rows(self, name: str, agencies: Collection[str]) -> pd.DataFrame:
        """Weights or baselines of agencies, as the registry had them."""
        return registry_queries.load_rows_of_agencies(
            self.connection, name, self.registry_load, agencies
        )

    def _count_reporting(
        self, current: StoredSubmissions, states: dict[str, str], forms: Mapping[str, str]
    ) -> list[ReportingRates]:
        rates = count_reporting(
            forms,
            self.framework.rated_forms,
            states,
            current.for_quarter(self.quarter.key),
            load_due_dates(self.connection, self.quarter),
            self._closed_at,
        )
        if not self.version or not quarter_queries.is_closed_by_first_release(
            self.connection, self.quarter.key
        ):
            return rates
        # What version 1.0.0 counted stays as it is.
        kept = closing_queries.load_closing_rows(
            self.connection, "reporting", self.previous
        ).set_index("form")
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
        first = closing_queries.find_first_closing(self.connection, self.quarter.key)
        return first["closed_at"] if first else self.now

    def _list_reported_baselines(self) -> set[tuple[str, str]]:
        """Agencies and indicators for which an earlier quarter already has a finding that asks for a baseline."""
        earlier = closing_queries.load_latest_closings(self.connection, (self.quarter - 1).key)
        rules = {rule.id for rule in self.framework.rules_of_kind("baseline_missing")}
        ids = [int(closing_id) for closing_id in earlier["id"]]
        findings = examination_queries.load_findings(self.connection, [], ids, with_trial=True)
        findings = findings[findings["rule"].isin(rules)]
        return set(zip(findings["agency"], findings["indicator"], strict=True))

    def _record_restatements(self, closing_id: int) -> int:
        """Which figures of this quarter are different from those of its last closing."""
        if not self.version:
            return 0
        before = closing_queries.load_closing_rows(
            self.connection, "closing_submission", self.previous
        )
        now = closing_queries.load_closing_rows(
            self.connection,
            "closing_submission",
            pd.DataFrame({"id": [closing_id], "quarter": [self.quarter.key]}),
        )
        reasons = exception_queries.load_restatement_reasons(self.connection)
        rows = closing_rows.make_restatement_rows(
            submission_queries.load_facts(self.connection, before["submission_id"]),
            submission_queries.load_facts(self.connection, now["submission_id"]),
            {row.agency: reasons.get(row.submission_id, "") for row in now.itertuples(index=False)},
        )
        self._record_rows("restatement", closing_id, rows)
        return len(rows)

    def _record_rows(self, name: str, closing_id: int, rows: list[dict[str, object]]) -> None:
        closing_queries.add_closing_rows(self.connection, name, closing_id, rows)
