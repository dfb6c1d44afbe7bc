"""The schemes beside an action: the one the agency named, or those that may fit, each with its terms
and with what the cluster's figures say of its conditions.
"""

from __future__ import annotations

from typing import Any

from cpsa.actions.schemes import Check, Cluster, Fit, fit, fitting
from cpsa.calendar import AnyPeriod
from cpsa.documents import sums
from cpsa.documents.model import Fact
from cpsa.documents.parts import said
from cpsa.documents.words import Words
from cpsa.framework import TOTAL

SUGGESTED = 2
# Formal networks and their members: those that exist, and those the agency has created.
_NETWORKS, _MEMBERS = ("SU1", "SU3"), ("SU2", "SU4")


def schemes(words: Words, period: AnyPeriod, row: Any) -> Fact:
    """The scheme the agency named, else those of Annex 4 that fit theme, sector and figures."""
    reference, label = words.snapshot.reference, words("case.schemes")
    cluster = _cluster(words, period, row.agency)
    if named := said(row.scheme):
        found = reference.scheme_named(named)
        if found is None:
            return Fact(label, named, own_words=True)
        return Fact(label, _told(words, period, row.agency, fit(reference, found, cluster)))
    fits = fitting(reference, row.theme, cluster, SUGGESTED)
    if not fits:
        return Fact(label, words("case.no_scheme"))
    told = "; ".join(_told(words, period, row.agency, one) for one in fits)
    return Fact(label, words("case.may_fit", schemes=told))


def _cluster(words: Words, period: AnyPeriod, agency: str) -> Cluster:
    row = words.snapshot.agencies.get(agency)
    held = sums.of_agencies(words.snapshot, period.last_quarter).get(agency, {})

    def largest(codes: tuple[str, ...]) -> int | None:
        actuals = [held.get((one, TOTAL), sums.NONE).actual for one in codes]
        known = [int(one) // 100 for one in actuals if one is not None]
        return max(known, default=None)

    sector = str(row["sector"]) if row is not None and row["sector"] else None
    return Cluster(sector, largest(_NETWORKS), largest(_MEMBERS))


def _told(words: Words, period: AnyPeriod, agency: str, one: Fit) -> str:
    checks = [_check(words, check) for check in one.checks]
    received = _received(words, period, agency, one)
    terms = ", ".join(filter(None, (_terms(words, one), *checks, received)))
    name = words.scheme(one.scheme.code)
    return words("case.scheme_terms", scheme=name, terms=terms) if terms else name


def _terms(words: Words, one: Fit) -> str:
    """The largest grant: its share, and the ceiling of the grant or of the cost it is reckoned on."""
    grant = one.grant
    if grant is None or grant.ceiling_paise is None:
        return ""
    ceiling = words.quantity(grant.ceiling_paise, "inr")
    on = words(f"case.ceiling_on_{grant.ceiling_on}", ceiling=ceiling)
    if grant.share_percent is None:
        return on
    share = words.whole_percent(grant.share_percent / 100)
    return words("case.share", share=share, ceiling=on)


def _received(words: Words, period: AnyPeriod, agency: str, one: Fit) -> str:
    """What the cluster reports to have got from the scheme already, held against the ceiling."""
    rows = words.snapshot.of("entries", agency=agency, kind="convergence")
    rows = rows[rows["quarter"] <= period.last_quarter.key]
    rows = rows[words.snapshot.is_accepted(rows)]
    named = words.snapshot.reference.scheme_named
    got = [
        int(amount)
        for scheme, amount in zip(rows["scheme"], rows["amount"].fillna(0), strict=True)
        if said(scheme) and named(said(scheme)) == one.scheme
    ]
    if not sum(got):
        return ""
    given, most = words.quantity(sum(got), "inr"), _most(one)
    if most is None:
        return words("case.received", given=given)
    if sum(got) >= most:
        return words("case.received_all", given=given)
    return words("case.received_part", given=given, left=words.quantity(most - sum(got), "inr"))


def _most(one: Fit) -> int | None:
    """The most the largest grant can come to, in paise."""
    if one.grant is None or one.grant.ceiling_paise is None:
        return None
    if one.grant.ceiling_on == "grant":
        return one.grant.ceiling_paise
    return one.grant.ceiling_paise * (one.grant.share_percent or 100) // 100


def _check(words: Words, one: Check) -> str:
    if one.condition in ("least", "most") and one.have is not None:
        key = f"case.{one.condition}_{'met' if one.holds else 'open' if one.holds is None else 'not_met'}"
        return words(key, need=one.need, have=one.have)
    state = {True: "met", False: "not_met", None: "unknown"}[one.holds]
    return words(f"case.{one.condition}_{state}", need=one.need)
