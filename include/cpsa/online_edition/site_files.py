"""Every file of the online edition, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cpsa.calendar import Quarter
from cpsa.i18n.text import LANGUAGES
from cpsa.online_edition import (
    agency_page,
    agency_source_pages,
    district_page,
    downloads,
    overview_pages,
    page_addresses,
    quarter_page,
)
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.page_writer import PageWriter
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.districts import Districts
from cpsa.registry.agency_register import Registry


def make_site_files(
    snapshot: Snapshot,
    quarter: Quarter,
    templates: Path,
    registers: Mapping[str, Registry] = {},
) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file about a snapshot whose newest quarter is ``quarter``.

    The same snapshot gives the same files, in the same order. ``registers``: those of quarters
    that were closed with another register than the snapshot's, by quarter.
    """
    districts = snapshot.reference.districts
    snapshot = replace(snapshot, registry=_use_present_districts(snapshot.registry, districts))
    registers = {
        key: _use_present_districts(registry, districts) for key, registry in registers.items()
    }
    writer = PageWriter(templates)
    yield from writer.write_shared()
    for path, content in downloads.make_download_files(snapshot):
        yield f"data/{path}", content
    for language in LANGUAGES:
        edition = SiteEdition(snapshot, quarter, language, registers)
        for page in make_pages(edition):
            yield f"{language}/{page.path}", writer.write(page, edition)


def make_pages(edition: SiteEdition) -> Iterator[Page]:
    """Every page of one language."""
    yield overview_pages.build_home_page(edition)
    yield overview_pages.build_names_page(edition)
    yield overview_pages.build_districts_page(edition)
    yield overview_pages.build_checks_page(edition)
    yield overview_pages.build_downloads_page(edition, downloads.list_resources(edition.snapshot))
    for name in edition.districts:
        yield district_page.build_district_page(edition, name)
    for agency in edition.agency_codes:
        yield agency_page.build_agency_page(edition, agency)
        yield agency_source_pages.build_to_date_page(edition, agency)
    for quarter in edition.quarters:
        quarter_edition = edition.with_register_of(quarter)
        yield quarter_page.build_quarter_page(quarter_edition, quarter)
        for agency in quarter_edition.agency_codes:
            if quarter_edition.find_score(agency, quarter) is not None:
                yield agency_source_pages.build_quarter_source_page(
                    quarter_edition, agency, quarter
                )
    yield from _make_sum_pages(edition)


def _make_sum_pages(edition: SiteEdition) -> Iterator[Page]:
    """What the sums of districts and of the state are made of, by quarter and to date."""
    framework = edition.snapshot.framework
    groups = [
        group.code for form in framework.scored_forms for group in framework.form_groups(form)
    ]
    for period in (*(quarter.key for quarter in edition.quarters), page_addresses.TO_DATE):
        last = edition.find_quarter(period)
        first = None if period == page_addresses.TO_DATE else last
        quarter_edition = edition if first is None else edition.with_register_of(first)
        sums_by_district = quarter_edition.sum_by_district_and_agency(last, first)
        by_district = quarter_edition.sum_by_district(last, first)
        sum_pages = chain(
            (
                district_page.build_district_source_page(quarter_edition, name, period, agency_sums)
                for name, agency_sums in sums_by_district.items()
            ),
            (
                quarter_page.build_state_source_page(quarter_edition, group, period, by_district)
                for group in groups
            ),
        )
        # Where nothing was summed no figure leads there.
        yield from (page for page in sum_pages if page.context["table"] is not None)


def _use_present_districts(registry: Registry, districts: Districts) -> Registry:
    """The registry with the names that districts have now, so that a renamed one stays one."""
    names = registry.agencies["district"].map(
        lambda name: districts.find_present_name(name.strip()) if isinstance(name, str) else name
    )
    return replace(registry, agencies=registry.agencies.assign(district=names))
