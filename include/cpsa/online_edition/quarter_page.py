"""The page of a quarter: who reported, the agencies' statuses, the state's figures."""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import period_sums
from cpsa.documents.content_model import Section
from cpsa.documents.document_key import STATE, DocumentKey
from cpsa.documents.document_registry import QUARTERLY_UPDATE, build_content
from cpsa.online_edition import page_addresses, status_grid, sum_source_pages
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.online_edition.sums_table import build_sums_table, make_sums_note
from cpsa.scoring.rollups import Sums

SECTION_IDS = ("reporting", "rates", "status", "findings", "themes")
"""Sections of the state's update that no number of agencies makes long."""


def build_state_sections(edition: SiteEdition, quarter: Quarter) -> dict[str, Section]:
    """Those of the state's quarterly update, by id."""
    key = DocumentKey(QUARTERLY_UPDATE, quarter, STATE, edition.language, "html")
    content = build_content(key, edition.snapshot)
    return {section.id: section for section in content.sections if section.id in SECTION_IDS}


def build_quarter_page(edition: SiteEdition, quarter: Quarter) -> Page:
    newest = quarter == edition.quarter
    codes = [code for code in edition.agency_codes if edition.find_score(code, quarter) is not None]
    few = len(codes) <= status_grid.MAX_AGENCIES
    now = period_sums.sum_of_state(edition.snapshot, quarter, quarter)
    to_date = period_sums.sum_of_state(edition.snapshot, quarter) if newest else None
    figures = build_sums_table(
        edition,
        edition.snapshot.framework.scored_forms,
        lambda group, period: page_addresses.make_state_source_address(period, group),
        quarter.key,
        now,
        to_date,
    )
    first = None if newest else quarter
    confirmed = period_sums.sum_confirmed_of_state(edition.snapshot, quarter, first)
    return Page(
        page_addresses.make_quarter_address(quarter),
        "quarter.html.j2",
        edition.words.period(quarter),
        (),
        {
            "sections": build_state_sections(edition, quarter),
            "grids": status_grid.make_agency_grid(
                edition,
                codes,
                quarter,
                lambda code: page_addresses.make_agency_source_address(code, quarter.key),
            )
            if few
            else (),
            "figures": figures,
            "note": make_sums_note(edition.words, figures, to_date or now, confirmed),
            "downloads": tuple(
                (f"{page_addresses.DOWNLOADS}{name}-{quarter.key}.{kind}", f"{name}.{kind}")
                for name in ("figures", "scores", "rollups")
                for kind in ("csv", "json")
            ),
        },
    )


def build_state_source_page(
    edition: SiteEdition, group: str, period: str, sums_by_district: dict[str, Sums]
) -> Page:
    """What the state's sums of one group are made of."""
    return sum_source_pages.build_sum_source_page(
        edition,
        page_addresses.make_state_source_address(period, group),
        edition(
            "sums.group_title",
            group=edition.words.group(group),
            period=edition.describe_period(period),
        ),
        (
            (
                page_addresses.make_quarter_address(edition.find_quarter(period)),
                edition.words.period(edition.find_quarter(period)),
            ),
        ),
        sum_source_pages.list_district_parts(edition, sums_by_district, period),
        (group,),
    )
