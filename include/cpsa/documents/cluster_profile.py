"""What the register says of the cluster that an agency serves, for the head of its update and page.

Every figure is shown with its date, basis and source, and leads to the register. What must not go here: what
the agency reports.
"""

from __future__ import annotations

from datetime import date

from cpsa.calendar import Quarter
from cpsa.documents.blocks import column, figure_cell, table
from cpsa.documents.content_model import Cell, Paragraph, Section
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.registry.cluster_register import (
    FIGURE_COLUMNS,
    MONEY_COLUMNS,
    Cluster,
    ClusterAgency,
    pick_language,
)

_SIZES = ("units_micro", "units_small", "units_medium")
_SHOWN = ("units", *FIGURE_COLUMNS)


def build_profile(words: DocumentText, agency: str, quarter: Quarter) -> Section | None:
    """Its figures in one line, and below them products, place, source and agencies before; None where the
    register has no cluster that the agency serves in the quarter."""
    register = words.snapshot.registry.cluster_register
    pair = register.find_pair(agency, quarter.key)
    if pair is None:
        return None
    cluster = register.clusters[pair.cluster]
    figures = table(
        words("cluster.named", name=cluster.name_in(words.language), code=cluster.code),
        [
            column(words(f"cluster.{name}"), 1.7 if name in MONEY_COLUMNS else 1, figure=True)
            for name in _SHOWN
        ],
        [[_make_figure_cell(words, cluster, name) for name in _SHOWN]],
        dense=True,
    )
    notes = (*_describe(words, cluster), *_describe_agencies(words, pair, quarter))
    text = " ".join((*notes, describe_cluster_source(words, cluster)))
    return Section("cluster", words("cluster.title"), (figures, Paragraph(text, note=True)))


def _make_figure_cell(words: DocumentText, cluster: Cluster, name: str) -> Cell:
    parts = _SIZES if name == "units" else (name,)
    known = {part: cluster.get_hundredths(part) for part in parts}
    values = {part: value for part, value in known.items() if value is not None}
    if not values:
        return figure_cell(NO_FIGURE)
    labels = tuple(f"{cluster.code}.{part}" for part in values)
    return figure_cell(
        words.quantity(sum(values.values()), "inr" if name in MONEY_COLUMNS else "count"),
        origin=RowsOrigin("cluster_figures", labels, RowsMeasure.CLUSTER_FIGURE),
    )


def _describe(words: DocumentText, cluster: Cluster) -> list[str]:
    """Products, code of NIC-2008 and place, as far as the register has them."""
    products, block = (
        pick_language(text, words.language) for text in (cluster.products, cluster.block)
    )
    place = ", ".join(filter(None, (block, words.district(cluster.district))))
    known = {"products": products, "nic": cluster.nic, "place": place}
    return [words(f"cluster.{name}", value=value) for name, value in known.items() if value]


def _describe_agencies(words: DocumentText, pair: ClusterAgency, quarter: Quarter) -> list[str]:
    """Since when the agency serves the cluster, and which ones did before."""
    register = words.snapshot.registry.cluster_register
    notes = [words(f"cluster.{pair.phase}", since=words.months(Quarter.parse(pair.active.first)))]
    earlier = [
        words(
            "cluster.span",
            agency=before.agency,
            first=words.months(Quarter.parse(before.active.first)),
            last=words.months(Quarter.parse(before.active.last or before.active.first)),
        )
        for before in register.list_agencies(pair.cluster, quarter.key)
        if before.active.first < pair.active.first
    ]
    if earlier:
        notes.append(words("cluster.earlier", agencies="; ".join(earlier)))
    return notes


def describe_cluster_source(words: DocumentText, cluster: Cluster) -> str:
    """Of which day a cluster's figures are, whether estimated or surveyed, and by whom."""
    described = describe_figure_source(words, cluster.as_of, cluster.basis, cluster.source)
    return words("cluster.register", code=cluster.code, source=described)


def describe_figure_source(words: DocumentText, as_of: str, basis: str, source: str) -> str:
    day = words.day(date.fromisoformat(as_of))
    return words(f"cluster.{basis}", day=day, source=pick_language(source, words.language))
