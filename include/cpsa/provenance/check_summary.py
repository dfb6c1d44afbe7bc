"""What the checks made of an update: how many found nothing, and what the others found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.submissions import finding
from cpsa.submissions.open_finding import AT_CLOSING, is_for_agency, rules_for_cpsa, select_current


@dataclass(frozen=True)
class CheckSummary:
    """``findings`` are the snapshot's rows, errors first; ``passed`` of ``rules`` found nothing."""

    findings: tuple[Any, ...]
    passed: int
    rules: int


def summarise_checks(snapshot: Snapshot, agency: str, quarter: str) -> CheckSummary:
    """The checks of the version that counts: the accepted one, else the newest."""
    rows = list_counted_findings(snapshot, agency, quarter).itertuples(index=False)
    return _summarise_findings(snapshot, sort_findings(snapshot, rows))


def summarise_checks_by_quarter(snapshot: Snapshot, agency: str) -> dict[str, CheckSummary]:
    """The same for every quarter of an agency, at the cost of one."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in snapshot.select_rows("findings", agency=agency).itertuples(index=False):
        if is_for_agency(row, snapshot.framework):
            rows[row.quarter].append(row)
    facts = snapshot.select_rows("facts", agency=agency)
    accepted: dict[str, int] = {}
    for quarter, version in zip(facts["quarter"], facts["version"], strict=True):
        accepted[quarter] = max(accepted.get(quarter, 0), int(version))
    return {
        quarter: _summarise_findings(
            snapshot,
            sort_findings(snapshot, _select_current_findings(findings, accepted.get(quarter))),
        )
        for quarter, findings in {
            **{accepted_quarter: [] for accepted_quarter in accepted},
            **rows,
        }.items()
    }


def _select_current_findings(rows: list[Any], accepted: int | None) -> list[Any]:
    """Those of the accepted version, else of the newest, and those of closing, each once."""
    newest = max((int(row.version) for row in rows), default=AT_CLOSING)
    return select_current(rows, newest if accepted is None else accepted)


def _summarise_findings(snapshot: Snapshot, rows: list[Any]) -> CheckSummary:
    rules = [
        rule.id for rule in snapshot.framework.rules_in_force.values() if rule.is_for_every_update
    ]
    broken = {row.rule for row in rows}
    return CheckSummary(tuple(rows), sum(rule not in broken for rule in rules), len(rules))


@lru_cache(maxsize=16)  # several parts of a document show them, in both languages
def list_counted_findings(snapshot: Snapshot, agency: str, quarter: str) -> pd.DataFrame:
    """The agency's findings of its current submission and of closing, that it can answer."""
    rows = snapshot.select_rows("findings", agency=agency, quarter=quarter)
    facts = snapshot.select_rows("facts", agency=agency, quarter=quarter)
    version = facts["version"].max() if len(facts) else rows["version"].max()
    rows = rows[(rows["version"] == AT_CLOSING) | (rows["version"] == version)]
    rows = rows[~rows["rule"].isin(rules_for_cpsa(snapshot.framework))]
    return rows.drop_duplicates(["rule", "indicator", "dimension"], keep="last")


def sort_findings(snapshot: Snapshot, rows: pd.DataFrame | Iterable[Any]) -> list[Any]:
    """Findings as rows, errors first, the most consequential first."""
    rules = snapshot.framework.rules

    def weight(row: Any) -> tuple[Any, ...]:
        rank = rules[row.rule].rank if row.rule in rules else len(rules)
        return row.severity != "error", rank, row.indicator, row.dimension

    findings = rows.itertuples(index=False) if isinstance(rows, pd.DataFrame) else rows
    return sorted(findings, key=weight)


def describe_finding(snapshot: Snapshot, row: Any, language: str) -> str:
    """What a finding says in a language; its code where the rule is unknown."""
    fields = ("rule", "agency", "quarter", "indicator", "dimension", "observed", "expected")
    values = {name: str(value) if has_value(value := getattr(row, name)) else "" for name in fields}
    if values["rule"] not in snapshot.framework.rules:
        return values["rule"]
    return finding.describe_finding(values, snapshot.framework, language)
