"""In the state's documents what only CPSA can answer is a table of its own, and no form an agency."""

from __future__ import annotations

import pytest
from reading import blocks, rows, section

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Subheading, Table
from cpsa.provenance.snapshot import Snapshot
from cpsa.submissions.open_finding import rules_for_cpsa

TITLES = {"en": "For CPSA to act on", "hi": "सीपीएसए द्वारा कार्रवाई हेतु"}


@pytest.mark.parametrize(
    ("kind", "period", "part"),
    [
        ("learning", "2025-26-H2", "quality"),
        ("learning", "2025-26", "quality"),
        ("quarterly_update", "2025-26-Q4", "findings"),
    ],
)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_rules_are_counted_apart(
    write, snapshot: Snapshot, kind: str, period: str, part: str, language: str
) -> None:
    found = section(write(kind, period, "STATE", language), part)
    titles = [block.text for block in blocks(found, Subheading)]
    by_rule = [
        table for table in blocks(found, Table) if table.bodies[0].rows[0][0].text[0] in "SVQM"
    ]
    quarters = [quarter.key for quarter in parse_period(period).quarters]
    own = snapshot.findings[snapshot.findings["quarter"].isin(quarters)]
    for_cpsa = own["rule"].isin(rules_for_cpsa(snapshot.framework))
    counts = own[~for_cpsa].groupby("rule").size().to_dict()
    assert {row[0]: int(row[3].replace(",", "")) for row in rows(by_rule[0])} == counts
    assert (TITLES[language] in titles) == bool(for_cpsa.sum())
    if for_cpsa.sum():
        table = {row[0]: row for row in rows(by_rule[1])}
        assert {rule: int(row[2]) for rule, row in table.items()} == own[for_cpsa].groupby(
            "rule"
        ).size().to_dict()
        if "M02" in table:
            form = snapshot.framework.forms["FC"].plural.in_(language)
            assert (
                form in table["M02"][3]
                or snapshot.framework.forms["IA"].plural.in_(language) in table["M02"][3]
            )
