"""Every kind of rule by the name under which the framework stores it, and how rules are applied.

What belongs here: one line for each kind. A new kind is a function in one of the modules of rules, a
line here, and its parameters in ``framework.rule_parameters``; which rules are of a kind, and how
strict, is data (``include/programme/framework``). The names are stored in the files of closed quarters too: they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cpsa.checks import (
    entry_rules,
    macro_rules,
    quality_rules,
    submission_rules,
    table_rules,
    validity_rules,
)
from cpsa.checks.comparison import Breaches, Comparison, make_findings
from cpsa.checks.macro_rules import AcceptedQuarter
from cpsa.checks.structure_rules import StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import ENTRY_PRODUCTS_KIND, Framework, Rule
from cpsa.submissions.finding import Finding

RuleCase = StructureResult | Comparison | Submission | AcceptedQuarter


@dataclass(frozen=True)
class RuleKind:
    """How the findings of such rules are made. ``case``: what they examine."""

    case: type
    find: Callable[[Any, Rule], Iterable[Finding]]


def comparing(find_breaches: Callable[[Comparison, Rule], Breaches]) -> RuleKind:
    """A kind that compares the figures of all submissions of a form at once."""

    def find(comparison: Comparison, rule: Rule) -> Iterable[Finding]:
        return make_findings(comparison, rule, find_breaches(comparison, rule))

    return RuleKind(Comparison, find)


def _in_one_submission(find: Callable[[Submission, Rule], Iterable[Finding]]) -> RuleKind:
    return RuleKind(Submission, find)


def _at_closing(find: Callable[[AcceptedQuarter, Rule], Iterable[Finding]]) -> RuleKind:
    return RuleKind(AcceptedQuarter, find)


# Found by ``judge_structure`` while it reads the cells, in an order of its own: a file that is refused is
# read no further, and a cell that is no number is neither negative nor too fine. So these decide which
# figures there are for the other rules; here each rule only hands out its part of what was found.
_WITH_THE_FILE = RuleKind(
    StructureResult,
    lambda judged, rule: [finding for finding in judged.findings if finding.rule == rule.id],
)

RULE_KINDS: Mapping[str, RuleKind] = {
    "unreadable_file": _WITH_THE_FILE,
    "other_agency_or_quarter": _WITH_THE_FILE,
    "broken_seal": _WITH_THE_FILE,
    "not_a_number": _WITH_THE_FILE,
    "negative": _WITH_THE_FILE,
    "too_fine": _WITH_THE_FILE,
    "not_in_form": _WITH_THE_FILE,
    "said_twice": _WITH_THE_FILE,
    "nil_with_figures": comparing(validity_rules.nil_with_figures),
    "total_missing": comparing(validity_rules.total_missing),
    "to_date_above": comparing(validity_rules.to_date_above),
    "fell": comparing(validity_rules.fell),
    "dimension_above_total": comparing(validity_rules.dimension_above_total),
    "dimension_missing": comparing(validity_rules.dimension_missing),
    "first_without_second": comparing(validity_rules.first_without_second),
    "second_without_first": comparing(validity_rules.second_without_first),
    "second_below_first": comparing(validity_rules.second_below_first),
    "copied": comparing(quality_rules.copied),
    "spending_against_activity": comparing(quality_rules.spending_against_activity),
    "group_score_low": comparing(quality_rules.group_score_low),
    "more_done_than_planned": comparing(quality_rules.more_done_than_planned),
    "jump": comparing(quality_rules.jump),
    "outlier": comparing(quality_rules.outlier),
    "formula_result": _in_one_submission(submission_rules.formula_result),
    "asked_by_cpsa": _in_one_submission(submission_rules.queried_figure),
    "acceptance_low": _at_closing(macro_rules.acceptance_low),
    "outlier_among_peers": _at_closing(macro_rules.outlier_among_peers),
    "baseline_missing": _at_closing(macro_rules.baseline_missing),
    "above_budget": _at_closing(macro_rules.above_budget),
    "table_value": _WITH_THE_FILE,
    "table_sums": _in_one_submission(table_rules.table_sums),
    "table_dates_by_row": _in_one_submission(table_rules.table_dates_by_row),
    "table_dates_by_column": _in_one_submission(table_rules.table_dates_by_column),
    "table_dates_passed": _in_one_submission(table_rules.table_dates_passed),
    "table_dates_apart": _in_one_submission(table_rules.table_dates_apart),
    "table_dates_kept": _in_one_submission(table_rules.table_dates_kept),
    "table_opening": _in_one_submission(table_rules.table_opening),
    "table_limits": _in_one_submission(table_rules.table_limits),
    "table_answers": _in_one_submission(table_rules.table_answers),
    "table_answer_kept": _in_one_submission(table_rules.table_answer_kept),
    "register_change": _at_closing(macro_rules.register_change),
    ENTRY_PRODUCTS_KIND: _in_one_submission(entry_rules.entry_products),
}


def list_kinds(case: type) -> list[str]:
    """The names of the kinds that examine such a case."""
    return [name for name, kind in RULE_KINDS.items() if kind.case is case]


def apply_rules(framework: Framework, case: RuleCase) -> list[Finding]:
    """The findings of every rule whose kind examines such a case, in the order of the rules.

    A rule of an unknown kind finds nothing. Only a framework that a closed quarter keeps can have one:
    any other is refused (``framework.model``).
    """
    return apply_listed_rules(list_rules(framework, type(case)), case)


def list_rules(framework: Framework, case: type) -> list[tuple[Rule, RuleKind]]:
    """The rules whose kind examines such a case, in their order, each with its kind."""
    return [
        (rule, kind)
        for rule in framework.rules.values()
        if (kind := RULE_KINDS.get(rule.kind)) is not None and issubclass(case, kind.case)
    ]


def apply_listed_rules(rules: Iterable[tuple[Rule, RuleKind]], case: RuleCase) -> list[Finding]:
    """The findings of these rules, in their order."""
    return [finding for rule, kind in rules for finding in kind.find(case, rule)]
