"""The quarterly update of the state: one page, and what it is based on.

On the page: who reported, the agencies' statuses, the main figures, what is stuck. Source: domain.md,
"Documents" 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.calendar import Quarter
from cpsa.documents import trend_charts, unconfirmed_section
from cpsa.documents.blocks import (
    build_document,
    make_limited_note,
    section,
)
from cpsa.documents.content_model import Block, Content, Paragraph, Section, Tile, Tiles
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.programme_sections import (
    agencies_table,
    make_finding_blocks,
    make_status_chart,
    reporting_table,
    reporting_trend,
    themes_chart,
    themes_table,
)
from cpsa.documents.quarterly_update import main_figures
from cpsa.documents.quarterly_update.division_table import (
    build_division_table,
    has_too_many_agencies,
)
from cpsa.provenance.origin import ReportingOrigin, find_denominator
from cpsa.scoring.reporting_rates import compute_share

HINDRANCE_KINDS = ("challenge", "policy_support")
MAX_THEMES = 3
THEME_KINDS = ("challenge", "policy_support", "success", "lesson", "suggestion", "training_need")


def build_state_update(key: DocumentKey, words: DocumentText) -> Content:
    quarter = key.period
    assert isinstance(quarter, Quarter)
    figures = main_figures.build_state_main_figures(words, quarter)
    return build_document(
        words,
        key,
        words("state.subject"),
        (
            _build_reporting(words, quarter),
            _build_status(words, quarter),
            section(
                "main",
                words("state.figures"),
                (*figures, _make_stuck_sentence(words, quarter)),
                words("state.no_figures"),
            ),
            *_build_annexes(words, quarter),
        ),
        own_page=False,
    )


def _make_stuck_sentence(words: DocumentText, quarter: Quarter) -> Paragraph | None:
    """The themes most often brought up as a challenge or to ask for support, in a sentence."""
    chart = themes_chart(
        words,
        words.snapshot.select_rows_in_quarters("entries", (quarter,)),
        HINDRANCE_KINDS,
        MAX_THEMES,
    )
    if chart is None:
        return None
    themes = (words("state.theme", theme=bar.label, times=bar.text) for bar in chart.bars)
    return Paragraph(words("state.constraints", themes="; ".join(themes)))


def _build_annexes(words: DocumentText, quarter: Quarter) -> Iterator[Section]:
    """What the main figures are based on."""
    entries = words.snapshot.select_rows_in_quarters("entries", (quarter,))
    yield section(
        "rates",
        words("reporting.by_form"),
        (reporting_table(words, (quarter,)),),
        words("reporting.nothing"),
    )
    if trend := trend_charts.build_spending_trend(words, quarter):
        yield Section("spending", words("state.spending"), (trend,))
    for form in words.snapshot.framework.scored_forms:
        yield section(
            f"agencies-{form.lower()}",
            words.form(form),
            _build_agencies(words, quarter, form),
            words("state.no_agencies"),
        )
    yield unconfirmed_section.build_unconfirmed_section(words, quarter)
    if spending := unconfirmed_section.build_spending_table(words, quarter):
        yield Section("mismatch", words("state.mismatch"), spending)
    yield section(
        "findings",
        words("findings.by_rule"),
        make_finding_blocks(words, (quarter,)),
        words("findings.none_at_all"),
    )
    yield section(
        "themes",
        words("themes.title"),
        (themes_chart(words, entries, THEME_KINDS), themes_table(words, entries, THEME_KINDS)),
        words("themes.nothing"),
    )


def _build_agencies(words: DocumentText, quarter: Quarter, form: str) -> tuple[Block | None, ...]:
    if has_too_many_agencies(words, quarter, form):
        return (build_division_table(words, quarter, form),)
    return agencies_table(words, quarter, form, ""), _make_limited_note(words, quarter, form)


def _build_reporting(words: DocumentText, quarter: Quarter) -> Section:
    rows = words.snapshot.select_rows("reporting", quarter=quarter.key)
    totals = {
        name: int(rows[name].sum())
        for name in ("expected", "received", "accepted", "on_time", "requested")
    }
    tiles = Tiles(
        (
            Tile(
                words("reporting.expected"),
                words.number(totals["expected"]),
                origin=ReportingOrigin("expected", "", quarter.key, quarter.key),
            ),
            *(
                Tile(
                    words(f"reporting.{rate}"),
                    words.percent(compute_share(totals[name], totals[find_denominator(name)])),
                    words("reporting.of", part=totals[name], whole=totals[find_denominator(name)]),
                    origin=ReportingOrigin(name, "", quarter.key, quarter.key, rate=True),
                )
                for rate, name in (
                    ("rate", "received"),
                    ("accepted_rate", "accepted"),
                    ("on_time_rate", "on_time"),
                )
            ),
        )
    )
    blocks = (tiles, reporting_trend(words, quarter, low=True)) if totals["expected"] else ()
    return section("reporting", words("reporting.title"), blocks, words("reporting.nothing"))


def _build_status(words: DocumentText, quarter: Quarter) -> Section:
    scores = words.snapshot.select_rows("scores", quarter=quarter.key)
    chart = make_status_chart(words, scores, words("state.statuses"))
    return section(
        "status",
        words("state.status"),
        (chart, make_limited_note(words, scores)) if len(scores) else (),
        words("state.no_agencies"),
    )


def _make_limited_note(words: DocumentText, quarter: Quarter, form: str) -> Paragraph | None:
    """The note on statuses of a form's agencies that coverage limits."""
    scores = words.snapshot.select_rows("scores", quarter=quarter.key)
    forms = {code: agency["form"] for code, agency in words.snapshot.agencies.items()}
    return make_limited_note(words, scores[scores["agency"].map(forms) == form])
