"""The quarterly update of the state: who reported, where agencies stand, what was found and said.

Source: domain.md, "Documents" 1.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Bar, Bars, Content, Section, Tile, Tiles
from cpsa.documents.origin import Listed, Reporting
from cpsa.documents.parts import STATUS_TONES, document, ratio, section, share
from cpsa.documents.programme_parts import (
    agencies_table,
    findings_by_rule,
    reporting_table,
    reporting_trend,
    themes_table,
)
from cpsa.documents.words import Words

THEME_KINDS = ("challenge", "policy_support", "success", "lesson", "suggestion", "training_need")


def content(key: DocumentKey, words: Words) -> Content:
    quarter = key.period
    assert isinstance(quarter, Quarter)
    forms = words.snapshot.framework.forms
    entries = words.snapshot.during("entries", (quarter,))
    return document(
        words,
        key,
        words("state.subject"),
        (
            _reporting(words, quarter),
            _status(words, quarter),
            *(
                section(
                    f"agencies-{form.lower()}",
                    words(f"state.agencies_{form.lower()}"),
                    (agencies_table(words, quarter, form, ""),),
                    words("state.no_agencies"),
                )
                for form in forms
            ),
            section(
                "findings",
                words("findings.by_rule"),
                (findings_by_rule(words, (quarter,)),),
                words("findings.none_at_all"),
            ),
            section(
                "themes",
                words("themes.title"),
                (themes_table(words, entries, THEME_KINDS),),
                words("themes.nothing"),
            ),
        ),
        own_page=False,
    )


def _reporting(words: Words, quarter: Quarter) -> Section:
    rows = words.snapshot.of("reporting", quarter=quarter.key)
    totals = {
        name: int(rows[name].sum()) for name in ("expected", "received", "accepted", "on_time")
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
                    words.percent(share(totals[name], totals["expected"])),
                    words("reporting.of", part=totals[name], whole=totals["expected"]),
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
    blocks = (
        (tiles, reporting_trend(words, quarter), reporting_table(words, (quarter,)))
        if totals["expected"]
        else ()
    )
    return section("reporting", words("reporting.title"), blocks, words("reporting.nothing"))


def _status(words: Words, quarter: Quarter) -> Section:
    scores = words.snapshot.of("scores", quarter=quarter.key)
    counts = scores["status"].value_counts()
    bars = tuple(
        Bar(
            words.status(status),
            words.counted("n.agencies", int(counts.get(status, 0))),
            ratio(share(int(counts.get(status, 0)), len(scores))),
            STATUS_TONES[status],
            origin=Listed("scores", tuple(scores.index[scores["status"] == status])),
        )
        for status in words.snapshot.framework.statuses
    )
    told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    chart = Bars(words("state.statuses"), words("state.statuses_alternative", values=told), bars)
    return section(
        "status", words("state.status"), (chart,) if len(scores) else (), words("state.no_agencies")
    )
