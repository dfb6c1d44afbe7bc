"""The page of one agency: its quarterly update, every figure leading to where it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cpsa import documents
from cpsa.documents import DocumentKey, Kind
from cpsa.documents.model import Block, Rows, Section, Table
from cpsa.documents.parts import present
from cpsa.framework import TOTAL
from cpsa.public import addresses
from cpsa.public.edition import Edition
from cpsa.public.view import Leads, Page, linked

QUARTER, TO_DATE, TARGET, BASELINE, WHOLE = "quarter", "", "target-", "baseline-", "whole"
FIGURES = {2: QUARTER, 3: TO_DATE, 4: TARGET, 5: TARGET, 6: BASELINE}
"""Columns of the update's table of figures, and which figure stands behind each."""
DIMENSIONS = {2: QUARTER, 3: TO_DATE, 4: WHOLE, 5: TO_DATE}


def page(edition: Edition, agency: str) -> Page:
    words, quarter = edition.words, edition.last_quarter_of(agency)
    key = DocumentKey(Kind.QUARTERLY_UPDATE, quarter, agency, edition.language, "html")
    content = documents.content(key, edition.at(quarter).snapshot)
    row = edition.snapshot.agencies[agency]
    district = edition.district_of(agency)
    name = words.agency(agency)
    return Page(
        addresses.agency(agency),
        "agency.html.j2",
        name,
        ((addresses.district(district), edition.district(district)),),
        {
            "agency": agency,
            "full_name": words.agency_in_full(agency),
            "sector": words.sector(row["sector"]) if present(row["sector"]) else "",
            "district": (addresses.district(district), edition.district(district)),
            "period": words.period(quarter),
            "sections": tuple(_linked(edition, agency, one) for one in content.sections),
            "to_date": addresses.agency_source(agency, addresses.TO_DATE),
            "earlier": tuple(
                (addresses.agency_source(agency, one.key), words.period(one))
                for one in edition.quarters
                if edition.score(agency, one) is not None
            ),
        },
    )


def _linked(edition: Edition, agency: str, section: Section) -> Section:
    match section.id:
        case "standing" | "figures":
            return _first_table(
                section, lambda block: linked(block, _figures(edition, agency, FIGURES))
            )
        case "dimensions":
            return _first_table(section, lambda block: _dimensions(edition, agency, block))
    return section


def _first_table(section: Section, change: Callable[[Table], Table]) -> Section:
    """What comes after the section's own table, such as figures to be confirmed, stays as it is."""
    blocks: list[Block] = list(section.blocks)
    place = next((at for at, block in enumerate(blocks) if isinstance(block, Table)), None)
    if place is not None:
        table = blocks[place]
        assert isinstance(table, Table)
        blocks[place] = change(table)
    return replace(section, blocks=tuple(blocks))


def _figures(
    edition: Edition, agency: str, columns: dict[int, str], dimension: str = TOTAL
) -> dict[int, Leads]:
    quarter = addresses.agency_source(agency, edition.last_quarter_of(agency).key)
    to_date = addresses.agency_source(agency, addresses.TO_DATE)

    def leads(what: str) -> Leads:
        if what == QUARTER:
            return lambda code: f"{quarter}#{addresses.anchor(code, dimension)}"
        if what == WHOLE:
            return lambda code: f"{to_date}#{addresses.anchor(code)}"
        return lambda code: f"{to_date}#{what}{addresses.anchor(code, dimension)}"

    return {column: leads(what) for column, what in columns.items()}


def _dimensions(edition: Edition, agency: str, table: Table) -> Table:
    """Each body of the table is one dimension, under its name."""
    codes = {
        edition.words.dimension(one): one for one in edition.snapshot.framework.dimension_labels
    }
    bodies: list[Rows] = []
    for body in table.bodies:
        alone = replace(table, bodies=(body,))
        leads = _figures(edition, agency, DIMENSIONS, codes[body.title])
        bodies += linked(alone, leads).bodies
    return replace(table, bodies=tuple(bodies))
