"""The page of one agency: its quarterly update, every figure leading to where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cpsa.documents.content_model import Block, Rows, Section, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import QUARTERLY_UPDATE, build_content
from cpsa.documents.document_text import DocumentText
from cpsa.documents.share_text import make_share_columns
from cpsa.framework.model import TOTAL
from cpsa.online_edition import page_addresses
from cpsa.online_edition.page_model import Page, RowLink, link_columns
from cpsa.online_edition.progress_section import build_progress_section
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.online_edition.table_sources import link_values
from cpsa.provenance.snapshot import has_value

QUARTER, TO_DATE, TARGET, BASELINE, WHOLE = "quarter", "", "target-", "baseline-", "whole"
DIMENSION_COLUMNS = {2: QUARTER, 3: TO_DATE, 4: WHOLE, 5: TO_DATE}


def build_agency_page(edition: SiteEdition, agency: str) -> Page:
    words, quarter = edition.words, edition.find_last_quarter(agency)
    key = DocumentKey(QUARTERLY_UPDATE, quarter, agency, edition.language, "html")
    content = build_content(key, edition.with_register_of(quarter).snapshot)
    row = edition.snapshot.agencies[agency]
    district = edition.find_district(agency)
    name = words.agency(agency)
    return Page(
        page_addresses.make_agency_address(agency),
        "agency.html.j2",
        name,
        ((page_addresses.make_district_address(district), edition.name_district(district)),),
        {
            "agency": agency,
            "full_name": words.agency_in_full(agency),
            "sector": words.sector(row["sector"]) if has_value(row["sector"]) else "",
            "district": (
                page_addresses.make_district_address(district),
                edition.name_district(district),
            ),
            "period": words.period(quarter),
            "sections": tuple(
                _link_section(edition, agency, section)
                for section in _add_progress(edition, agency, content.sections)
            ),
            "to_date": page_addresses.make_agency_source_address(agency, page_addresses.TO_DATE),
            "earlier": tuple(
                (
                    page_addresses.make_agency_source_address(agency, closed_quarter.key),
                    words.period(closed_quarter),
                )
                for closed_quarter in edition.quarters
                if edition.find_score(agency, closed_quarter) is not None
            ),
        },
    )


def _add_progress(
    edition: SiteEdition, agency: str, sections: Sequence[Section]
) -> Iterator[Section]:
    """What tables say of the agency comes before their rows."""
    quarter = edition.find_last_quarter(agency)
    for section in sections:
        if section.id == "tables":
            progress = build_progress_section(edition.with_register_of(quarter), agency, quarter)
            yield from filter(None, (progress,))
        yield section


def _link_section(edition: SiteEdition, agency: str, section: Section) -> Section:
    match section.id:
        case "standing" | "figures":
            return _change_first_table(
                section,
                lambda block: link_columns(
                    block,
                    _make_figure_links(edition, agency, _find_figure_columns(edition.words, block)),
                ),
            )
        case "dimensions":
            return _change_first_table(
                section, lambda block: _link_dimensions(edition, agency, block)
            )
        case "tables" | "progress":
            return replace(
                section, blocks=tuple(link_values(edition, block) for block in section.blocks)
            )
    return section


def _change_first_table(section: Section, change: Callable[[Table], Table]) -> Section:
    """What comes after the section's own table, such as figures to be confirmed, stays as it is."""
    blocks: list[Block] = list(section.blocks)
    place = next((at for at, block in enumerate(blocks) if isinstance(block, Table)), None)
    if place is not None:
        table = blocks[place]
        assert isinstance(table, Table)
        blocks[place] = change(table)
    return replace(section, blocks=tuple(blocks))


def _find_figure_columns(words: DocumentText, table: Table) -> dict[int, str]:
    """Which figure each column of a table of figures is linked to; columns with nothing in them are left out."""
    kinds = {
        words("figures.quarter"): QUARTER,
        words("figures.to_date"): TO_DATE,
        words("figures.baseline"): BASELINE,
        **{share.title: TARGET for share in make_share_columns(words, of_many=False)},
    }
    titles = enumerate(shown.title for shown in table.columns)
    return {place: kinds[title] for place, title in titles if title in kinds}


def _make_figure_links(
    edition: SiteEdition, agency: str, columns: dict[int, str], dimension: str = TOTAL
) -> dict[int, RowLink]:
    quarter = page_addresses.make_agency_source_address(
        agency, edition.find_last_quarter(agency).key
    )
    to_date = page_addresses.make_agency_source_address(agency, page_addresses.TO_DATE)

    def make_link(kind: str) -> RowLink:
        if kind == QUARTER:
            return lambda code: f"{quarter}#{page_addresses.make_figure_anchor(code, dimension)}"
        if kind == WHOLE:
            return lambda code: f"{to_date}#{page_addresses.make_figure_anchor(code)}"
        return lambda code: f"{to_date}#{kind}{page_addresses.make_figure_anchor(code, dimension)}"

    return {column: make_link(kind) for column, kind in columns.items()}


def _link_dimensions(edition: SiteEdition, agency: str, table: Table) -> Table:
    """Each body of the table is one dimension, under its name."""
    codes = {
        edition.words.dimension(dimension): dimension
        for dimension in edition.snapshot.framework.dimension_labels
    }
    bodies: list[Rows] = []
    for body in table.bodies:
        alone = replace(table, bodies=(body,))
        links = _make_figure_links(edition, agency, DIMENSION_COLUMNS, codes[body.title])
        bodies += link_columns(alone, links).bodies
    return replace(table, bodies=tuple(bodies))
