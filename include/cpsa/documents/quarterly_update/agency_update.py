"""The quarterly update of one agency: one page, and its figures after it.

Source: domain.md, "Documents" 1. Scores come from the snapshot; figures to date from ``period_totals``.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import agency_tables, trend_charts
from cpsa.documents.blocks import build_document, section
from cpsa.documents.cluster_profile import build_profile
from cpsa.documents.content_model import Content, Paragraph, Section
from cpsa.documents.contribution_tables import (
    make_single_table,
    make_to_date_table,
    select_contributions,
)
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.quarterly_update import agency_brief, agency_figures, agency_scorecard
from cpsa.provenance.snapshot import has_value


def build_agency_update(key: DocumentKey, words: DocumentText) -> Content:
    agency, quarter = key.subject, key.period
    assert isinstance(quarter, Quarter)
    row = words.snapshot.agencies[agency]
    facts = [(words("cover.agency_code"), agency)]
    if has_value(row["sector"]):
        facts.append((words("cover.sector"), words.sector(row["sector"])))
    profile = build_profile(words, agency, quarter)
    trend = agency_scorecard.build_composite_trend(words, agency, quarter) if profile else ()
    drawn_charts = tuple(
        chart
        for chart in (
            *trend,
            agency_scorecard.build_group_bars(words, agency, quarter),
            trend_charts.build_spending_trend(words, quarter, agency),
        )
        if chart
    )
    charts = (
        (Section("charts", words("update.charts"), drawn_charts, new_page=True),)
        if drawn_charts
        else ()
    )
    tables = agency_tables.build_tables_section(words, agency, quarter)
    return build_document(
        words,
        key,
        words.agency_in_full(agency),
        (
            *filter(None, (profile,)),
            agency_scorecard.build_scorecard(words, agency, quarter, with_trend=profile is None),
            agency_brief.build_brief(words, agency, quarter),
            *charts,
            agency_figures.build_figures(words, agency, quarter, new_page=not drawn_charts),
            agency_figures.build_dimensions(words, agency, quarter),
            *filter(None, (_build_contributions(words, agency, quarter), tables)),
            *agency_brief.build_annexes(words, agency, quarter),
        ),
        facts=facts,
        own_page=False,
    )


def _build_contributions(words: DocumentText, agency: str, quarter: Quarter) -> Section | None:
    """What others gave in the quarter, one by one, and to date; None where there is nothing to date."""
    snapshot = words.snapshot
    own = snapshot.select_rows("entries", agency=agency)
    to_date = select_contributions(snapshot, own[own["quarter"] <= quarter.key])
    if to_date.empty:
        return None
    single = make_single_table(words, to_date[to_date["quarter"] == quarter.key])
    return section(
        "contributions",
        words("contributions.of_agency"),
        [
            Paragraph(words("contributions.of_quarter"), note=True) if single else None,
            single,
            make_to_date_table(words, to_date),
        ],
        words("convergence.nothing"),
    )
