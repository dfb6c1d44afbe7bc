"""The page of a quarter: who reported, where agencies stood, the state's figures."""

from __future__ import annotations

from cpsa import documents
from cpsa.calendar import Quarter
from cpsa.documents import STATE, DocumentKey, Kind, sums
from cpsa.documents.model import Section
from cpsa.public import addresses, grid, sums_sources
from cpsa.public.edition import Edition
from cpsa.public.sums_table import note, sums_table
from cpsa.public.view import Page
from cpsa.score.rollups import Sums, together

TAKEN = ("reporting", "rates", "status", "findings", "themes")
"""Sections of the state's update that no number of agencies makes long."""


def sections(edition: Edition, quarter: Quarter) -> dict[str, Section]:
    """Those of the state's quarterly update, by id."""
    key = DocumentKey(Kind.QUARTERLY_UPDATE, quarter, STATE, edition.language, "html")
    content = documents.content(key, edition.snapshot)
    return {one.id: one for one in content.sections if one.id in TAKEN}


def page(edition: Edition, quarter: Quarter) -> Page:
    newest = quarter == edition.quarter
    codes = [code for code in edition.codes if edition.score(code, quarter) is not None]
    few = len(codes) <= grid.MOST
    now = together(edition.sums(quarter, quarter).values())
    to_date = together(edition.sums(quarter).values()) if newest else None
    figures = sums_table(
        edition,
        edition.snapshot.framework.forms,
        lambda group, period: addresses.state_source(period, group),
        quarter.key,
        now,
        to_date,
    )
    first = None if newest else quarter
    confirmed = sums.confirmed_of_state(edition.snapshot, quarter, first)
    return Page(
        addresses.quarter(quarter),
        "quarter.html.j2",
        edition.words.period(quarter),
        (),
        {
            "sections": sections(edition, quarter),
            "grids": grid.of_agencies(
                edition, codes, quarter, lambda code: addresses.agency_source(code, quarter.key)
            )
            if few
            else (),
            "figures": figures,
            "note": note(edition.words, figures, to_date or now, confirmed),
            "downloads": tuple(
                (f"{addresses.DOWNLOADS}{name}-{quarter.key}.{kind}", f"{name}.{kind}")
                for name in ("figures", "scores", "rollups")
                for kind in ("csv", "json")
            ),
        },
    )


def source(edition: Edition, group: str, period: str, held: dict[str, Sums]) -> Page:
    """What the state's sums of one group are made of; ``held`` is by district."""
    return sums_sources.page(
        edition,
        addresses.state_source(period, group),
        edition(
            "sums.group_title",
            group=edition.words.group(group),
            period=edition.period_of(period),
        ),
        (
            (
                addresses.quarter(edition.quarter_of(period)),
                edition.words.period(edition.quarter_of(period)),
            ),
        ),
        sums_sources.districts(edition, held, period),
        (group,),
    )
