"""Rule kinds over the entries that count for a submission's quarter: what they say they came to.

An entry without all of amount, units and rate is not judged: its file may have no such columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import Rule
from cpsa.submissions.entry_amounts import ENTRY_AMOUNT
from cpsa.submissions.finding import Finding, format_value


def entry_products(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """P12: so many units at such a rate do not come to the amount."""
    seen: Counter[str] = Counter()
    for entry in submission.entry_amounts:
        seen[entry.subject] += 1
        product = entry.units * entry.rate
        if product == entry.amount:
            continue
        number = seen[entry.subject]
        yield Finding(
            rule.id,
            rule.severity,
            submission.judged.agency,
            submission.judged.quarter,
            ENTRY_AMOUNT,
            entry.subject if number == 1 else f"{entry.subject} ({number})",
            format_value(entry.amount, rule.shows),
            format_value(product, rule.expects),
            entry.place,
        )
