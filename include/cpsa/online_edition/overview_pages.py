"""The pages that lead to others: the first page, names from A to Z, districts, checks, downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpsa.framework.rule_guide import describe_rules
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.online_edition import page_addresses, status_grid
from cpsa.online_edition.downloads import Resource
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.quarter_page import build_state_sections
from cpsa.online_edition.results import build_results, list_restated
from cpsa.online_edition.site_edition import SiteEdition


def build_home_page(edition: SiteEdition) -> Page:
    words, quarter = edition.words, edition.quarter
    agencies = edition.snapshot.agencies
    current = [code for code in edition.agency_codes if code in edition.current_agencies]
    few = len(current) <= status_grid.MAX_AGENCIES
    by_form = {
        form: [code for code in current if agencies[code]["form"] == form]
        for form in edition.snapshot.framework.scored_forms
    }
    return Page(
        page_addresses.HOME,
        "home.html.j2",
        edition("title"),
        (),
        {
            "period": words.period(quarter),
            "newest": page_addresses.make_quarter_address(quarter),
            "results": build_results(edition),
            "restated": list_restated(edition),
            "reporting": build_state_sections(edition, quarter)["reporting"].blocks[:1],
            "grids": tuple(
                (
                    form,
                    words.form(form),
                    status_grid.make_agency_grid(
                        edition, codes, quarter, page_addresses.make_agency_address
                    ),
                )
                for form, codes in by_form.items()
                if codes
            )
            if few
            else (
                (
                    "districts",
                    edition("districts"),
                    status_grid.make_district_grid(edition, quarter),
                ),
            ),
            "quarters": tuple(
                (page_addresses.make_quarter_address(closed_quarter), words.period(closed_quarter))
                for closed_quarter in edition.quarters
            ),
            "districts": status_grid.make_district_grid(edition, quarter) if few else (),
        },
    )


@dataclass(frozen=True)
class NameEntry:
    """One entry of the list from A to Z; ``sought`` is all by which it may be found."""

    address: str
    name: str
    note: str
    sought: str


def build_names_page(edition: SiteEdition) -> Page:
    words, agencies = edition.words, edition.snapshot.agencies
    entries = []
    for code in edition.agency_codes:
        row = agencies[code]
        district = edition.find_district(code)
        fields = (
            *(
                str(row[f"{stem}_{language}"] or "")
                for stem in ("cluster", "name")
                for language in LANGUAGES
            ),
            *(district, edition.name_district(district), code),
        )
        entries.append(
            NameEntry(
                page_addresses.make_agency_address(code),
                words.agency(code),
                ", ".join(
                    (edition.name_district(district), code, *_describe_last_quarter(edition, code))
                ),
                " ".join(dict.fromkeys(" ".join(fields).split())),
            )
        )
    entries.sort(key=lambda entry: (entry.name.casefold(), entry.address))
    letters: dict[str, list[NameEntry]] = {}
    for entry in entries:
        letters.setdefault(entry.name[:1].upper(), []).append(entry)
    return Page(page_addresses.NAMES, "names.html.j2", edition("names"), (), {"letters": letters})


def _describe_last_quarter(edition: SiteEdition, code: str) -> list[str]:
    """Of an agency that is active no longer, until when it was."""
    if code in edition.current_agencies:
        return []
    return [edition("until", period=edition.words.period(edition.find_last_quarter(code)))]


def build_districts_page(edition: SiteEdition) -> Page:
    words = edition.words
    rows = tuple(
        (
            page_addresses.make_district_address(name),
            edition.name_district(name),
            words.count(
                "n.agencies", len(edition.current_agencies.intersection(edition.districts[name]))
            ),
        )
        for name in _sort_districts(edition)
    )
    return Page(
        page_addresses.DISTRICTS, "districts.html.j2", edition("districts"), (), {"rows": rows}
    )


def _sort_districts(edition: SiteEdition) -> list[str]:
    return sorted(edition.districts, key=lambda name: (not name, edition.name_district(name)))


def build_checks_page(edition: SiteEdition) -> Page:
    """Every rule an update is checked against: what it means, an example, how to correct it."""
    words, language = edition.words, edition.language
    guides = describe_rules(edition.snapshot.framework, language)
    content = {
        "guides": guides,
        "severities": {guide.severity: words(f"severity.{guide.severity}") for guide in guides},
        "says": lambda key: catalogue.text(key, language),
    }
    return Page(page_addresses.CHECKS, "checks.html.j2", edition("checks"), (), content)


def build_downloads_page(edition: SiteEdition, resources: Mapping[str, Resource]) -> Page:
    """Downloads by quarter, and what each field of them means."""
    words, language = edition.words, edition.language
    folder = page_addresses.DOWNLOADS
    return Page(
        page_addresses.DATA,
        "data.html.j2",
        edition("data"),
        (),
        {
            "folder": folder,
            "quarters": tuple((quarter.key, words.period(quarter)) for quarter in edition.quarters),
            "tables": tuple(
                (
                    resource.name,
                    resource.title.in_(language),
                    resource.quarterly,
                    tuple((f.name, f.description.in_(language)) for f in resource.fields),
                )
                for resource in resources.values()
            ),
        },
    )
