"""Every file of the online edition, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import yaml

from cpsa.bilingual import LANGUAGES
from cpsa.calendar import Quarter
from cpsa.documents import Snapshot
from cpsa.public import (
    addresses,
    agency_page,
    agency_sources,
    district_page,
    downloads,
    overview_pages,
    quarter_page,
)
from cpsa.public.edition import Edition
from cpsa.public.view import Page
from cpsa.public.writing import Writer
from cpsa.registry import Registry
from cpsa.score.rollups import together


def files(
    snapshot: Snapshot,
    quarter: Quarter,
    templates: Path,
    reference: Path,
    registers: Mapping[str, Registry] = {},
) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file about a snapshot whose newest quarter is ``quarter``.

    The same snapshot gives the same files, in the same order. ``registers``: those of quarters
    that were closed with another register than the snapshot's, by quarter.
    """
    writer = Writer(templates)
    yield from writer.shared()
    for path, content in downloads.files(snapshot):
        yield f"data/{path}", content
    names = _districts(reference)
    for language in LANGUAGES:
        edition = Edition(snapshot, quarter, language, names, registers)
        for page in pages(edition):
            yield f"{language}/{page.path}", writer.write(page, edition)


def pages(edition: Edition) -> Iterator[Page]:
    """Every page of one language."""
    yield overview_pages.home(edition)
    yield overview_pages.names(edition)
    yield overview_pages.districts(edition)
    yield overview_pages.checks(edition)
    yield overview_pages.data(edition, downloads.resources(edition.snapshot))
    for name in edition.districts:
        yield district_page.page(edition, name)
    for agency in edition.codes:
        yield agency_page.page(edition, agency)
        yield agency_sources.to_date_page(edition, agency)
    for quarter in edition.quarters:
        then = edition.at(quarter)
        yield quarter_page.page(then, quarter)
        for agency in then.codes:
            if then.score(agency, quarter) is not None:
                yield agency_sources.quarter_page(then, agency, quarter)
    yield from _sums(edition)


def _sums(edition: Edition) -> Iterator[Page]:
    """What the sums of districts and of the state are made of, by quarter and to date."""
    framework = edition.snapshot.framework
    groups = [one.code for form in framework.forms for one in framework.form_groups(form)]
    for period in (*(one.key for one in edition.quarters), addresses.TO_DATE):
        last = edition.quarter_of(period)
        first = None if period == addresses.TO_DATE else last
        then = edition if first is None else edition.at(first)
        held = then.in_districts(last, first)
        by_district = {name: together(own.values()) for name, own in held.items()}
        made = chain(
            (district_page.source(then, name, period, own) for name, own in held.items()),
            (quarter_page.source(then, group, period, by_district) for group in groups),
        )
        # Where nothing was summed no figure leads there.
        yield from (page for page in made if page.held["table"] is not None)


def _districts(reference: Path) -> Mapping[str, str]:
    """Districts' names in Hindi by their names in the registry."""
    return yaml.safe_load((reference / "districts.yaml").read_text("utf-8"))
