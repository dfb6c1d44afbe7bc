"""The schemes beside an action: the one the agency named, or those that may fit, each with its terms
and with what the cluster's figures say of its conditions.
"""

from __future__ import annotations

from typing import Any

from cpsa.actions.scheme_matches import (
    ClusterProfile,
    ConditionCheck,
    SchemeMatch,
    match_scheme,
    match_schemes,
)
from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums
from cpsa.documents.content_model import Fact
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import TOTAL
from cpsa.provenance.snapshot import to_single_line

MAX_SUGGESTIONS = 2


def build_schemes_fact(words: DocumentText, period: AnyPeriod, row: Any) -> Fact:
    """The scheme the agency named, else those that fit theme, sector and figures, on the period's terms."""
    reference, label = words.snapshot.reference, words("case.schemes")
    cluster, day = _make_cluster(words, period, row.agency), period.last_quarter.last_day
    if named := to_single_line(row.scheme):
        named_scheme = reference.find_scheme(named)
        if named_scheme is None:
            return Fact(label, named, own_words=True)
        return Fact(
            label,
            _describe_scheme(
                words, period, row.agency, match_scheme(reference, named_scheme, cluster, day)
            ),
        )
    fits = match_schemes(reference, row.theme, cluster, MAX_SUGGESTIONS, day)
    if not fits:
        return Fact(label, words("case.no_scheme"))
    descriptions = "; ".join(
        _describe_scheme(words, period, row.agency, scheme_fit) for scheme_fit in fits
    )
    return Fact(label, words("case.may_fit", schemes=descriptions))


def _make_cluster(words: DocumentText, period: AnyPeriod, agency: str) -> ClusterProfile:
    row = words.snapshot.agencies.get(agency)
    figures = period_sums.sum_by_agency(words.snapshot, period.last_quarter).get(agency, {})

    def largest(codes: tuple[str, ...]) -> int | None:
        actuals = [figures.get((code, TOTAL), period_sums.NO_SUM).actual for code in codes]
        known = [int(actual) // 100 for actual in actuals if actual is not None]
        return max(known, default=None)

    sector = str(row["sector"]) if row is not None and row["sector"] else None
    registered = words.snapshot.find_cluster(agency)
    return ClusterProfile(
        registered.sector if registered else sector,
        largest(words.snapshot.reference.cluster_figures.networks),
        largest(words.snapshot.reference.cluster_figures.members),
        registered.units if registered else None,
        registered.jobs if registered else None,
        registered.has_priority_units if registered else None,
    )


def _describe_scheme(
    words: DocumentText, period: AnyPeriod, agency: str, scheme_fit: SchemeMatch
) -> str:
    checks = [_describe_check(words, check) for check in scheme_fit.checks]
    received = _describe_received(words, period, agency, scheme_fit)
    until = words("case.terms_until", day=words.date(scheme_fit.until)) if scheme_fit.until else ""
    terms = ", ".join(filter(None, (_describe_terms(words, scheme_fit), until, *checks, received)))
    name = words.scheme(scheme_fit.scheme.code)
    return words("case.scheme_terms", scheme=name, terms=terms) if terms else name


def _describe_terms(words: DocumentText, scheme_fit: SchemeMatch) -> str:
    """The largest grant: its share, and the ceiling of the grant or of the cost it is computed on."""
    grant = scheme_fit.grant
    if grant is None or grant.ceiling_paise is None:
        return ""
    ceiling = words.quantity(grant.ceiling_paise, "inr")
    ceiling_text = words(f"case.ceiling_on_{grant.ceiling_on}", ceiling=ceiling)
    if scheme_fit.share_percent is None:
        return ceiling_text
    share = words.whole_percent(scheme_fit.share_percent / 100)
    return words("case.share", share=share, ceiling=ceiling_text)


def _describe_received(
    words: DocumentText, period: AnyPeriod, agency: str, scheme_fit: SchemeMatch
) -> str:
    """What the cluster reports as received from the scheme already, compared with the ceiling."""
    rows = words.snapshot.select_rows("entries", agency=agency, kind="convergence")
    rows = rows[rows["quarter"] <= period.last_quarter.key]
    rows = rows[words.snapshot.is_accepted(rows)]
    find_scheme = words.snapshot.reference.find_scheme
    received_amounts = [
        int(amount)
        for scheme, amount in zip(rows["scheme"], rows["amount"].fillna(0), strict=True)
        if to_single_line(scheme) and find_scheme(to_single_line(scheme)) == scheme_fit.scheme
    ]
    if not sum(received_amounts):
        return ""
    given, limit = words.quantity(sum(received_amounts), "inr"), _compute_grant_limit(scheme_fit)
    if limit is None:
        return words("case.received", given=given)
    if sum(received_amounts) >= limit:
        return words("case.received_all", given=given)
    return words(
        "case.received_part", given=given, left=words.quantity(limit - sum(received_amounts), "inr")
    )


def _compute_grant_limit(scheme_fit: SchemeMatch) -> int | None:
    """The most the largest grant can come to, in paise."""
    if scheme_fit.grant is None or scheme_fit.grant.ceiling_paise is None:
        return None
    if scheme_fit.grant.ceiling_on == "grant":
        return scheme_fit.grant.ceiling_paise
    return scheme_fit.grant.ceiling_paise * (scheme_fit.share_percent or 100) // 100


def _describe_check(words: DocumentText, check: ConditionCheck) -> str:
    if check.condition not in ("sector", "spv", "other") and check.have is not None:
        key = f"case.{check.condition}_{'met' if check.holds else 'open' if check.holds is None else 'not_met'}"
        return words(key, need=words.number(check.need), have=words.number(check.have))
    state = {True: "met", False: "not_met", None: "unknown"}[check.holds]
    return words(f"case.{check.condition}_{state}", need=check.need)
