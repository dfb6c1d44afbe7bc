"""The quarterly update of one agency: one page, and its figures after it.

Source: domain.md, "Documents" 1. Scores come from the snapshot; figures to date from ``period_totals``.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import agency_brief, agency_figures, agency_standing, trends
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Content, Section
from cpsa.documents.parts import build_document, has_value
from cpsa.documents.words import DocumentText


def build_agency_update(key: DocumentKey, words: DocumentText) -> Content:
    agency, quarter = key.subject, key.period
    assert isinstance(quarter, Quarter)
    row = words.snapshot.agencies[agency]
    facts = [(words("cover.agency_code"), agency)]
    if has_value(row["sector"]):
        facts.append((words("cover.sector"), words.sector(row["sector"])))
    drawn_charts = tuple(
        chart
        for chart in (
            agency_standing.build_group_bars(words, agency, quarter),
            trends.build_spending_trend(words, quarter, agency),
        )
        if chart
    )
    charts = (
        (Section("charts", words("update.charts"), drawn_charts, new_page=True),)
        if drawn_charts
        else ()
    )
    return build_document(
        words,
        key,
        words.agency_in_full(agency),
        (
            agency_standing.build_scorecard(words, agency, quarter),
            agency_brief.build_brief(words, agency, quarter),
            *charts,
            agency_figures.build_figures(words, agency, quarter, new_page=not drawn_charts),
            agency_figures.build_dimensions(words, agency, quarter),
            *agency_brief.build_annexes(words, agency, quarter),
        ),
        facts=facts,
        own_page=False,
    )
