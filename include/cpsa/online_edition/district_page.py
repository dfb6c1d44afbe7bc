"""The page of a district: its clusters and centres by status, and the sums of their figures."""

from __future__ import annotations

from cpsa.online_edition import page_addresses, status_grid, sum_source_pages
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.pending_blocks import build_pending_blocks
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.online_edition.sums_table import build_sums_table, make_sums_note
from cpsa.scoring.rollups import Sums


def build_district_page(edition: SiteEdition, name: str) -> Page:
    quarter, codes = edition.quarter, edition.districts[name]
    to_date = edition.district_sums_to_date.get(name, {})
    figures = build_sums_table(
        edition,
        edition.snapshot.framework.scored_forms,
        lambda group, period: page_addresses.make_district_source_address(name, period),
        quarter.key,
        edition.district_sums_of_quarter.get(name, {}),
        to_date,
    )
    return Page(
        page_addresses.make_district_address(name),
        "district.html.j2",
        edition("district_title", district=edition.name_district(name)),
        ((page_addresses.DISTRICTS, edition("districts")),),
        {
            "period": edition.words.period(quarter),
            "grids": status_grid.make_agency_grid(
                edition, codes, quarter, page_addresses.make_agency_address
            ),
            "pending": build_pending_blocks(edition, name),
            "figures": figures,
            "note": make_sums_note(
                edition.words, figures, to_date, edition.confirmed_district_sums.get(name, {})
            ),
        },
    )


def build_district_source_page(
    edition: SiteEdition, name: str, period: str, sums_by_agency: dict[str, Sums]
) -> Page:
    """What a district's sums of a quarter, or to date, are made of."""
    framework = edition.snapshot.framework
    breadcrumbs: tuple[tuple[str, str], ...] = ((page_addresses.DISTRICTS, edition("districts")),)
    if name in edition.districts:
        breadcrumbs += ((page_addresses.make_district_address(name), edition.name_district(name)),)
    return sum_source_pages.build_sum_source_page(
        edition,
        page_addresses.make_district_source_address(name, period),
        edition(
            "sums.title", name=edition.name_district(name), period=edition.describe_period(period)
        ),
        breadcrumbs,
        sum_source_pages.list_agency_parts(edition, sums_by_agency, period),
        (group.code for form in framework.scored_forms for group in framework.form_groups(form)),
    )
