"""Sources of scores: the groups of each agency with their weights, and the achievements behind them.

What must not go here: the figures behind achievements (``source_tables``).
"""

from __future__ import annotations

from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows
from cpsa.documents.sources import source_needs
from cpsa.documents.sources.source_needs import NeededSources
from cpsa.figures import NO_FIGURE
from cpsa.provenance.derivation import DerivationPart, DerivationResolver
from cpsa.provenance.origin import ScoreKind, ScoreOrigin


def build_score_sources(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources
) -> Table | None:
    """For each agency and quarter its groups with their weights, scores and achievements."""
    bodies = []
    for agency, quarter in needs.scores:
        groups = resolver.resolve(ScoreOrigin(ScoreKind.COMPOSITE, agency, quarter)).parts
        form = words.snapshot.agencies[agency]["form"] if agency in words.snapshot.agencies else ""
        rows, ids = [], []
        for group in words.snapshot.framework.form_groups(form):
            achievements = resolver.list_achievements(agency, quarter, group.code)
            if not achievements:
                continue
            weight = words.whole_percent(group.weight) if group.weight else NO_FIGURE
            derivation = resolver.resolve(ScoreOrigin(ScoreKind.GROUP, agency, quarter, group.code))
            rows.append(
                (
                    text_cell(words.group(group.code)),
                    figure_cell(weight),
                    figure_cell(next(iter(derivation.texts))),
                    text_cell("; ".join(map(_format_achievement, achievements))),
                )
            )
            ids.append(f"{source_needs.make_score_anchor(agency, quarter)}.{group.code}")
        bodies.append(
            AnchoredRows(
                (*rows, _make_coverage_row(words, resolver, agency, quarter)),
                _format_score_title(words, resolver, agency, quarter, scored=bool(groups)),
                (*ids, f"{source_needs.make_score_anchor(agency, quarter)}.coverage"),
                source_needs.make_score_anchor(agency, quarter),
            )
        )
    if not bodies:
        return None
    columns = (
        column(words("source.group"), 2),
        column(words("source.weight"), 0, figure=True),
        column(words("source.group_score"), 0, figure=True),
        column(words("source.achievements"), 5),
    )
    return table(words("source.scores"), columns, bodies=bodies, dense=True)


def _format_achievement(part: DerivationPart) -> str:
    weight = f"{part.weight:g}" if part.weight is not None else ""
    return f"{part.indicator} {part.value:.4f} × {weight}"


def _format_score_title(
    words: DocumentText, resolver: DerivationResolver, agency: str, quarter: str, *, scored: bool
) -> str:
    composite = resolver.resolve(ScoreOrigin(ScoreKind.COMPOSITE, agency, quarter)).texts
    coverage = resolver.resolve(ScoreOrigin(ScoreKind.COVERAGE, agency, quarter)).texts
    return words(
        "source.score_of",
        agency=words.agency_with_code(agency),
        quarter=quarter,
        composite=next(iter(composite)) if scored else NO_FIGURE,
        coverage=next(iter(coverage)),
    )


def _make_coverage_row(
    words: DocumentText, resolver: DerivationResolver, agency: str, quarter: str
) -> tuple[Cell, ...]:
    derivation = resolver.resolve(ScoreOrigin(ScoreKind.COVERAGE, agency, quarter))
    missing = ", ".join(part.quarter for part in derivation.parts if not part.value)
    text = words(
        "source.covered",
        part=int(sum(part.value or 0 for part in derivation.parts)),
        whole=len(derivation.parts),
    )
    if missing:
        text = "; ".join((text, words("source.not_covered", quarters=missing)))
    return (
        text_cell(words("coverage")),
        figure_cell(""),
        figure_cell(next(iter(derivation.texts))),
        text_cell(text),
    )
