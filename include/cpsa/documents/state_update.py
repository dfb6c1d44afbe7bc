"""The quarterly update of the state: one page, and what stands behind it.

On the page: who reported, where agencies stand, the main figures, what is stuck. Source: domain.md,
"Documents" 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.calendar import Quarter
from cpsa.documents import main_figures, trends, unconfirmed
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Bar, Bars, Content, Paragraph, Section, Tile, Tiles
from cpsa.documents.origin import Listed, Reporting, whole_of
from cpsa.documents.parts import (
    document,
    limited_statuses,
    ratio,
    section,
    share,
    status_tone,
)
from cpsa.documents.programme_parts import (
    agencies_table,
    findings_by_rule,
    reporting_table,
    reporting_trend,
    themes_chart,
    themes_table,
)
from cpsa.documents.words import Words

HINDERS = ("challenge", "policy_support")
MOST_THEMES = 3
THEME_KINDS = ("challenge", "policy_support", "success", "lesson", "suggestion", "training_need")


def content(key: DocumentKey, words: Words) -> Content:
    quarter = key.period
    assert isinstance(quarter, Quarter)
    figures = main_figures.of_state(words, quarter)
    return document(
        words,
        key,
        words("state.subject"),
        (
            _reporting(words, quarter),
            _status(words, quarter),
            section(
                "main",
                words("state.figures"),
                (*figures, _stuck(words, quarter)),
                words("state.no_figures"),
            ),
            *_annexes(words, quarter),
        ),
        own_page=False,
    )


def _stuck(words: Words, quarter: Quarter) -> Paragraph | None:
    """The themes most often brought up as a challenge or to ask for support, in a sentence."""
    chart = themes_chart(words, words.snapshot.during("entries", (quarter,)), HINDERS, MOST_THEMES)
    if chart is None:
        return None
    themes = (words("state.theme", theme=bar.label, times=bar.text) for bar in chart.bars)
    return Paragraph(words("state.stuck", themes="; ".join(themes)))


def _annexes(words: Words, quarter: Quarter) -> Iterator[Section]:
    """What stands behind the main figures."""
    entries = words.snapshot.during("entries", (quarter,))
    yield section(
        "rates",
        words("reporting.by_form"),
        (reporting_table(words, (quarter,)),),
        words("reporting.nothing"),
    )
    if trend := trends.budget_against_activity(words, quarter):
        yield Section("spending", words("state.spending"), (trend,))
    for form in words.snapshot.framework.forms:
        yield section(
            f"agencies-{form.lower()}",
            words.form(form),
            (agencies_table(words, quarter, form, ""), _limited(words, quarter, form)),
            words("state.no_agencies"),
        )
    yield unconfirmed.to_confirm(words, quarter)
    for spending in unconfirmed.spending_table(words, quarter):
        yield Section("mismatch", words("state.mismatch"), (spending,))
    yield section(
        "findings",
        words("findings.by_rule"),
        findings_by_rule(words, (quarter,)),
        words("findings.none_at_all"),
    )
    yield section(
        "themes",
        words("themes.title"),
        (themes_chart(words, entries, THEME_KINDS), themes_table(words, entries, THEME_KINDS)),
        words("themes.nothing"),
    )


def _reporting(words: Words, quarter: Quarter) -> Section:
    rows = words.snapshot.of("reporting", quarter=quarter.key)
    totals = {
        name: int(rows[name].sum())
        for name in ("expected", "received", "accepted", "on_time", "requested")
    }
    tiles = Tiles(
        (
            Tile(
                words("reporting.expected"),
                words.number(totals["expected"]),
                origin=Reporting("expected", "", quarter.key, quarter.key),
            ),
            *(
                Tile(
                    words(f"reporting.{rate}"),
                    words.percent(share(totals[name], totals[whole_of(name)])),
                    words("reporting.of", part=totals[name], whole=totals[whole_of(name)]),
                    origin=Reporting(name, "", quarter.key, quarter.key, rate=True),
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


def _status(words: Words, quarter: Quarter) -> Section:
    scores = words.snapshot.of("scores", quarter=quarter.key)
    counts = scores["status"].value_counts()
    bars = tuple(
        Bar(
            words.status(status),
            words.counted("n.agencies", int(counts.get(status, 0))),
            ratio(share(int(counts.get(status, 0)), len(scores))),
            status_tone(words, status),
            origin=Listed("scores", tuple(scores.index[scores["status"] == status])),
        )
        for status in words.snapshot.framework.statuses
    )
    told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    chart = Bars(words("state.statuses"), words("state.statuses_alternative", values=told), bars)
    return section(
        "status",
        words("state.status"),
        (chart, limited_statuses(words, scores)) if len(scores) else (),
        words("state.no_agencies"),
    )


def _limited(words: Words, quarter: Quarter, form: str) -> Paragraph | None:
    """The note on statuses of a form's agencies that coverage limits."""
    scores = words.snapshot.of("scores", quarter=quarter.key)
    forms = {code: agency["form"] for code, agency in words.snapshot.agencies.items()}
    return limited_statuses(words, scores[scores["agency"].map(forms) == form])
