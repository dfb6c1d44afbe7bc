"""What the checks made of an update: how many found nothing, and what the others found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from cpsa.documents.blocks import list_counted_findings, sort_findings
from cpsa.documents.document_text import DocumentText
from cpsa.submissions.open_finding import AT_CLOSING, is_for_agency, select_current

SUBMISSION_RULE_FAMILIES = ("S", "V", "Q")
"""Families of rules that every update is checked against."""


@dataclass(frozen=True)
class CheckSummary:
    """``findings`` are the snapshot's rows, errors first; ``passed`` of ``rules`` found nothing."""

    findings: tuple[Any, ...]
    passed: int
    rules: int


def summarise_checks(words: DocumentText, agency: str, quarter: str) -> CheckSummary:
    """The checks of the version that counts: the accepted one, else the newest."""
    rows = list_counted_findings(words, agency, quarter).itertuples(index=False)
    return _summarise_findings(words, sort_findings(words, rows))


def summarise_checks_by_quarter(words: DocumentText, agency: str) -> dict[str, CheckSummary]:
    """The same for every quarter of an agency, at the cost of one."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in words.snapshot.select_rows("findings", agency=agency).itertuples(index=False):
        if is_for_agency(row, words.snapshot.framework):
            rows[row.quarter].append(row)
    facts = words.snapshot.select_rows("facts", agency=agency)
    accepted: dict[str, int] = {}
    for quarter, version in zip(facts["quarter"], facts["version"], strict=True):
        accepted[quarter] = max(accepted.get(quarter, 0), int(version))
    return {
        quarter: _summarise_findings(
            words, sort_findings(words, _select_current_findings(findings, accepted.get(quarter)))
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


def _summarise_findings(words: DocumentText, rows: list[Any]) -> CheckSummary:
    rules = [
        rule
        for rule in words.snapshot.framework.rules_in_force
        if rule.startswith(SUBMISSION_RULE_FAMILIES)
    ]
    broken = {row.rule for row in rows}
    return CheckSummary(tuple(rows), sum(rule not in broken for rule in rules), len(rules))
