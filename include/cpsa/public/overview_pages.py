"""The pages that lead to others: the first page, names from A to Z, districts, checks, downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpsa import messages
from cpsa.public import addresses, grid
from cpsa.public.downloads import Resource
from cpsa.public.edition import Edition
from cpsa.public.quarter_page import sections
from cpsa.public.view import Page
from cpsa.rule_guide import describe_rules


def home(edition: Edition) -> Page:
    words, quarter = edition.words, edition.quarter
    agencies = edition.snapshot.agencies
    current = [code for code in edition.codes if code in edition.current]
    few = len(current) <= grid.MOST
    by_form = {
        form: [code for code in current if agencies[code]["form"] == form]
        for form in edition.snapshot.framework.forms
    }
    return Page(
        addresses.HOME,
        "home.html.j2",
        edition("title"),
        (),
        {
            "period": words.period(quarter),
            "newest": addresses.quarter(quarter),
            "reporting": sections(edition, quarter)["reporting"].blocks[:1],
            "grids": tuple(
                (
                    form,
                    words.form(form),
                    grid.of_agencies(edition, codes, quarter, addresses.agency),
                )
                for form, codes in by_form.items()
                if codes
            )
            if few
            else (("districts", edition("districts"), grid.of_districts(edition, quarter)),),
            "quarters": tuple(
                (addresses.quarter(one), words.period(one)) for one in edition.quarters
            ),
            "districts": tuple(
                (addresses.district(name), edition.district(name)) for name in _districts(edition)
            )
            if few
            else (),
        },
    )


@dataclass(frozen=True)
class Name:
    """One entry of the list from A to Z; ``sought`` is all by which it may be looked for."""

    address: str
    name: str
    note: str
    sought: str


def names(edition: Edition) -> Page:
    words, agencies = edition.words, edition.snapshot.agencies
    listed = []
    for code in edition.codes:
        row = agencies[code]
        district = edition.district_of(code)
        fields = (
            *(
                str(row[f"{stem}_{language}"] or "")
                for stem in ("cluster", "name")
                for language in ("en", "hi")
            ),
            *(district, edition.district(district), code),
        )
        listed.append(
            Name(
                addresses.agency(code),
                words.agency(code),
                ", ".join((edition.district(district), code, *_last_quarter(edition, code))),
                " ".join(dict.fromkeys(" ".join(fields).split())),
            )
        )
    listed.sort(key=lambda one: (one.name.casefold(), one.address))
    letters: dict[str, list[Name]] = {}
    for one in listed:
        letters.setdefault(one.name[:1].upper(), []).append(one)
    return Page(addresses.NAMES, "names.html.j2", edition("names"), (), {"letters": letters})


def _last_quarter(edition: Edition, code: str) -> list[str]:
    """Of an agency that is active no longer, until when it was."""
    if code in edition.current:
        return []
    return [edition("until", period=edition.words.period(edition.last_quarter_of(code)))]


def districts(edition: Edition) -> Page:
    words = edition.words
    rows = tuple(
        (
            addresses.district(name),
            edition.district(name),
            words.counted("n.agencies", len(edition.current.intersection(edition.districts[name]))),
        )
        for name in _districts(edition)
    )
    return Page(addresses.DISTRICTS, "districts.html.j2", edition("districts"), (), {"rows": rows})


def _districts(edition: Edition) -> list[str]:
    return sorted(edition.districts, key=lambda name: (not name, edition.district(name)))


def checks(edition: Edition) -> Page:
    """Every rule an update is checked against: what it means, an example, how to correct it."""
    words, language = edition.words, edition.language
    guides = describe_rules(edition.snapshot.framework, language)
    content = {
        "guides": guides,
        "severities": {guide.severity: words(f"severity.{guide.severity}") for guide in guides},
        "says": lambda key: messages.text(key, language),
    }
    return Page(addresses.CHECKS, "checks.html.j2", edition("checks"), (), content)


def data(edition: Edition, resources: Mapping[str, Resource]) -> Page:
    """Downloads by quarter, and what each field of them means."""
    words, language = edition.words, edition.language
    folder = addresses.DOWNLOADS
    return Page(
        addresses.DATA,
        "data.html.j2",
        edition("data"),
        (),
        {
            "folder": folder,
            "quarters": tuple((one.key, words.period(one)) for one in edition.quarters),
            "tables": tuple(
                (
                    one.name,
                    one.title.in_(language),
                    one.quarterly,
                    tuple((f.name, f.description.in_(language)) for f in one.fields),
                )
                for one in resources.values()
            ),
        },
    )
