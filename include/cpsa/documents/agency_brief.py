"""Quarterly update of an agency: what was done, what is stuck, open questions, asked actions.

In short on its first page; what does not fit there follows after it, whole.
What must not go here: figures (``agency_figures``) and scores (``agency_standing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cpsa.actions import Standing
from cpsa.calendar import Quarter
from cpsa.documents.action_tables import decision, when
from cpsa.documents.agency_standing import score_of
from cpsa.documents.model import Block, Paragraph, Quote, Quotes, Section, Subheading, Table
from cpsa.documents.parts import (
    code,
    column,
    findings_of,
    findings_table,
    in_order_of_weight,
    own_words,
    plain,
    present,
    said,
    section,
    table,
)
from cpsa.documents.standing import standings
from cpsa.documents.words import Words

TOLD = ("success", "challenge")
"""Kinds of entries that say what was done and what is stuck."""
OTHER = ("lesson", "suggestion", "training_need")
MOST = 4
"""Rows of each kind on the first page."""


def brief(words: Words, agency: str, quarter: Quarter) -> Section:
    """The rest of the first page."""
    entries = _entries(words, agency, quarter, TOLD)
    asked = _actions(words, agency, quarter)
    questions = _open(words, agency, quarter)
    blocks = [
        _told(words, entries[:MOST]) or Paragraph(words("update.nothing_told")),
        *_questions(words, agency, quarter, questions[:MOST]),
        _actions_table(words, asked[:MOST], "update.actions")
        or Paragraph(words("update.no_actions")),
    ]
    if max(map(len, (entries, questions, asked))) > MOST:
        blocks.append(Paragraph(words("update.more"), note=True))
    return section("brief", words("update.brief"), blocks, words("update.nothing_told"))


def annexes(words: Words, agency: str, quarter: Quarter) -> tuple[Section, ...]:
    """What the first page had no room for; sections with nothing in them are left out."""
    asked = _actions(words, agency, quarter)
    remarked = any(one.remarks for one in asked)
    actions = (
        _actions_table(words, asked, "", remarks=True) if len(asked) > MOST or remarked else None
    )
    held = (
        ("findings", "findings.title", tuple(_findings(words, agency, quarter))),
        ("entries", "entries.title", tuple(_said(words, agency, quarter))),
        ("actions", "update.all_actions", (actions,) if actions else ()),
    )
    return tuple(Section(id, words(title), blocks) for id, title, blocks in held if blocks)


def _entries(words: Words, agency: str, quarter: Quarter, kinds: Sequence[str]) -> list[Any]:
    rows = words.snapshot.of("entries", agency=agency, quarter=quarter.key)
    held = rows[rows["kind"].isin(kinds)].itertuples(index=False)
    return sorted(held, key=lambda row: kinds.index(row.kind))


def _told(words: Words, entries: list[Any]) -> Table | None:
    if not entries:
        return None
    return table(
        words("update.told"),
        (
            column(words("update.kind"), 0),
            column(words("actions.text"), 5),
            column(words("actions.theme"), 3),
        ),
        (
            (
                plain(words(f"update.kind.{row.kind}")),
                own_words(row.text),
                plain(words.theme(row.theme)),
            )
            for row in entries
        ),
    )


def _open(words: Words, agency: str, quarter: Quarter) -> list[Any]:
    """What the agency has still to mend or to explain."""
    rows = in_order_of_weight(words, findings_of(words, agency, quarter.key))
    unanswered = [row for row in rows if not present(row.explanation) and not row.waived]
    if _accepted(words, agency, quarter):
        return [row for row in unanswered if row.severity == "warning"]
    return unanswered


def _accepted(words: Words, agency: str, quarter: Quarter) -> bool:
    score = score_of(words, agency, quarter)
    return score is not None and score.state == "accepted"


def _questions(
    words: Words, agency: str, quarter: Quarter, rows: Sequence[Any]
) -> tuple[Block, ...]:
    found = "findings.open" if _accepted(words, agency, quarter) else "findings.returned"
    held = findings_table(words, rows, words(found))
    return (held,) if held else (Paragraph(words("findings.nothing")),)


def _findings(words: Words, agency: str, quarter: Quarter) -> Iterator[Block]:
    """All open questions where they are many, and the warnings that were explained."""
    questions = _open(words, agency, quarter)
    if len(questions) > MOST:
        yield from _questions(words, agency, quarter, questions)
    rows = in_order_of_weight(words, findings_of(words, agency, quarter.key))
    if explained := [row for row in rows if present(row.explanation)]:
        yield _explanations(words, explained)


def _explanations(words: Words, rows: list[Any]) -> Table:
    return table(
        words("findings.explained"),
        (
            column(words("findings.rule"), 0),
            column(words("findings.on"), 2),
            column(words("findings.explanation"), 5),
        ),
        ((code(row.rule), plain(row.indicator), own_words(row.explanation)) for row in rows),
    )


def _said(words: Words, agency: str, quarter: Quarter) -> Iterator[Block]:
    """All it wrote of each kind, but for what the first page quotes already."""
    told = _entries(words, agency, quarter, TOLD)
    for kind in (*(TOLD if len(told) > MOST else ()), *OTHER):
        if entries := _entries(words, agency, quarter, (kind,)):
            yield Subheading(words(f"entries.{kind}"))
            yield Quotes(tuple(Quote(said(row.text), words.theme(row.theme)) for row in entries))


def _actions(words: Words, agency: str, quarter: Quarter) -> list[Standing]:
    """Every action the agency raised: this quarter's, then the undecided, then the newest."""
    held = [one for one in standings(words.snapshot, quarter) if one.action.agency == agency]
    held.sort(key=lambda one: one.action.number, reverse=True)
    return sorted(held, key=lambda one: (one.action.quarter != quarter.key, not one.pending))


def _actions_table(
    words: Words, rows: Sequence[Standing], caption: str, *, remarks: bool = False
) -> Table | None:
    if not rows:
        return None
    columns = [
        column(words("actions.number"), 0),
        column(words("actions.department"), 2.6),
        column(words("actions.text"), 3.6),
        column(words("standing.decision"), 2.4),
    ]
    if remarks:
        columns.append(column(words("standing.remarks"), 2))

    def row(one: Standing) -> tuple:
        told = words(
            "update.decided", decision=words(f"decision.{one.decision}"), when=when(words, one)
        )
        cells = (
            code(one.action.number),
            plain(words.department(one.action.department)),
            own_words(one.action.text),
            decision(told, one),
        )
        return (*cells, own_words(one.remarks)) if remarks else cells

    return table(words(caption) if caption else "", columns, map(row, rows))
