"""The page of a district: its clusters and centres by status, and the sums of their figures."""

from __future__ import annotations

from cpsa.public import addresses, grid, sums_sources
from cpsa.public.edition import Edition
from cpsa.public.sums_table import note, sums_table
from cpsa.public.view import Page
from cpsa.score.rollups import Sums


def page(edition: Edition, name: str) -> Page:
    quarter, codes = edition.quarter, edition.districts[name]
    to_date = edition.to_date.get(name, {})
    figures = sums_table(
        edition,
        edition.snapshot.framework.forms,
        lambda group, period: addresses.district_source(name, period),
        quarter.key,
        edition.of_quarter.get(name, {}),
        to_date,
    )
    return Page(
        addresses.district(name),
        "district.html.j2",
        edition("district_title", district=edition.district(name)),
        ((addresses.DISTRICTS, edition("districts")),),
        {
            "period": edition.words.period(quarter),
            "grids": grid.of_agencies(edition, codes, quarter, addresses.agency),
            "figures": figures,
            "note": note(edition.words, figures, to_date, edition.confirmed.get(name, {})),
        },
    )


def source(edition: Edition, name: str, period: str, held: dict[str, Sums]) -> Page:
    """What a district's sums of a quarter, or to date, are made of; ``held`` is by agency."""
    framework = edition.snapshot.framework
    trail: tuple[tuple[str, str], ...] = ((addresses.DISTRICTS, edition("districts")),)
    if name in edition.districts:
        trail += ((addresses.district(name), edition.district(name)),)
    return sums_sources.page(
        edition,
        addresses.district_source(name, period),
        edition("sums.title", name=edition.district(name), period=edition.period_of(period)),
        trail,
        sums_sources.agencies(edition, held, period),
        (one.code for form in framework.forms for one in framework.form_groups(form)),
    )
