"""The quarterly update of one agency: one page, and its figures after it.

Source: domain.md, "Documents" 1. Scores come from the snapshot; figures to date from ``sums``.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import agency_brief, agency_figures, agency_standing, trends
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Content, Section
from cpsa.documents.parts import document, present
from cpsa.documents.words import Words


def content(key: DocumentKey, words: Words) -> Content:
    agency, quarter = key.subject, key.period
    assert isinstance(quarter, Quarter)
    row = words.snapshot.agencies[agency]
    facts = [(words("cover.agency_code"), agency)]
    if present(row["sector"]):
        facts.append((words("cover.sector"), words.sector(row["sector"])))
    drawn = tuple(
        chart
        for chart in (
            agency_standing.groups(words, agency, quarter),
            trends.budget_against_activity(words, quarter, agency),
        )
        if chart
    )
    charts = (Section("charts", words("update.charts"), drawn, new_page=True),) if drawn else ()
    return document(
        words,
        key,
        words.agency_in_full(agency),
        (
            agency_standing.standing(words, agency, quarter),
            agency_brief.brief(words, agency, quarter),
            *charts,
            agency_figures.figures(words, agency, quarter, new_page=not drawn),
            agency_figures.dimensions(words, agency, quarter),
            *agency_brief.annexes(words, agency, quarter),
        ),
        facts=facts,
        own_page=False,
    )
