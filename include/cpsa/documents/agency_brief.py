"""Quarterly update of an agency: what was done, what is stuck, open questions, asked actions.

In short on its first page; what does not fit there follows after it, whole.
What must not go here: figures (``agency_figures``) and scores (``agency_standing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
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
from cpsa.submissions.open_finding import WARNING, is_open
from cpsa.submissions.state import ObligationState

TOLD = ("success", "challenge")
"""Kinds of entries that say what was done and what is stuck."""
OTHER = ("lesson", "suggestion", "training_need")
NOTHING_CAME = (ObligationState.MISSING, ObligationState.EXPECTED)
"""States of an agency that sent nothing."""
ROOM = 5
"""Rows on the first page for what was told, is open and was asked, all together."""
LETTERS = 150
"""Letters of an agency's own text that take no more room than a row; longer ones count again.
A request that is longer is shown by its theme there."""
MOST = 3
"""Rows of one of them at most."""


def brief(words: Words, agency: str, quarter: Quarter) -> Section:
    """The rest of the first page."""
    entries, questions, asked = held = _held(words, agency, quarter)
    told, open_, actions = _fitting(held)
    asked_ = _caption(words, words("update.actions"), actions, asked)
    blocks = [
        _told(words, entries[:told], _caption(words, words("update.told"), told, entries))
        or _nothing_told(words, agency, quarter),
        _questions(words, agency, quarter, questions, open_),
        _actions_table(words, asked[:actions], quarter, asked_)
        or Paragraph(words("update.no_actions")),
    ]
    return section("brief", words("update.brief"), blocks, words("update.nothing_told"))


def _nothing_told(words: Words, agency: str, quarter: Quarter) -> Paragraph | None:
    """None where there was nothing to tell it in: that is said with the open questions."""
    missing = _is_missing(words, agency, quarter)
    return None if missing else Paragraph(words("update.nothing_told"))


def _held(words: Words, agency: str, quarter: Quarter) -> tuple[list[Any], ...]:
    """What it told of the quarter, what is open, what it asked for, each the weightiest first."""
    return (
        _entries(words, agency, quarter, TOLD),
        _open(words, agency, quarter),
        _actions(words, agency, quarter),
    )


def _caption(words: Words, title: str, shown: int, rows: Sequence[Any]) -> str:
    """What a table is called, and how many of its rows stand elsewhere."""
    whole = len(rows)
    return title if shown == whole else words("update.some", title=title, part=shown, whole=whole)


def _fitting(held: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """How many rows of each are shown: one of each in turn, while there is room."""
    shown, taken = [0] * len(held), 0
    for place in range(min(MOST, max(map(len, held)))):
        for kind, rows in enumerate(held):
            if place != shown[kind] or place >= len(rows):
                continue
            size = _size(rows[place])
            if place == 0 or taken + size <= ROOM:
                shown[kind] += 1
                taken += size
    return tuple(shown)


def _size(row: Any) -> int:
    """How many rows' room a row takes: long texts of the agency's own take more."""
    return 1 if isinstance(row, Standing) else 1 + len(getattr(row, "text", "")) // LETTERS


def annexes(words: Words, agency: str, quarter: Quarter) -> tuple[Section, ...]:
    """What the first page had no room for; sections with nothing in them are left out."""
    held = _held(words, agency, quarter)
    cut = [len(rows) > count for rows, count in zip(held, _fitting(held), strict=True)]
    entries, questions, asked = held
    everything = cut[2] or any(
        one.remarks or (one.action.quarter == quarter.key and not _is_short(one)) for one in asked
    )
    actions = _actions_table(words, asked, quarter, "", whole=True) if everything else None
    blocks: tuple[tuple[str, str, tuple[Block, ...]], ...] = (
        ("findings", "findings.title", tuple(_findings(words, agency, quarter, questions, cut[1]))),
        ("entries", "entries.title", tuple(_said(words, agency, quarter, entries, cut[0]))),
        ("actions", "update.all_actions", (actions,) if actions else ()),
    )
    return tuple(Section(id, words(title), held) for id, title, held in blocks if held)


def _entries(words: Words, agency: str, quarter: Quarter, kinds: Sequence[str]) -> list[Any]:
    rows = words.snapshot.of("entries", agency=agency, quarter=quarter.key)
    held = rows[rows["kind"].isin(kinds)].itertuples(index=False)
    return sorted(held, key=lambda row: kinds.index(row.kind))


def _told(words: Words, entries: list[Any], caption: str) -> Table | None:
    if not entries:
        return None
    return table(
        caption,
        (
            column(words("update.kind"), 0),
            column(words("actions.text"), 4),
            column(words("actions.theme"), 4),
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
    still_open = [row for row in rows if is_open(row, said(row.explanation))]
    if _accepted(words, agency, quarter):
        return [row for row in still_open if row.severity == WARNING]
    return still_open


def _accepted(words: Words, agency: str, quarter: Quarter) -> bool:
    score = score_of(words, agency, quarter)
    return score is not None and score.state == "accepted"


def _questions(
    words: Words, agency: str, quarter: Quarter, rows: Sequence[Any], shown: int
) -> Block:
    if not rows and _is_missing(words, agency, quarter):
        return Paragraph(_no_update(words, agency, quarter))
    found = "findings.open" if _accepted(words, agency, quarter) else "findings.returned"
    caption = _caption(words, words(found), shown, rows)
    return findings_table(words, rows[:shown], caption) or Paragraph(words("findings.nothing"))


def _is_missing(words: Words, agency: str, quarter: Quarter) -> bool:
    score = score_of(words, agency, quarter)
    return score is None or score.state in NOTHING_CAME


def _no_update(words: Words, agency: str, quarter: Quarter) -> str:
    """That nothing was received, and when it was due."""
    rows = words.snapshot.of("due_dates", agency=agency, quarter=quarter.key)
    due = next(rows.itertuples(index=False), None)
    if due is not None and not due.requested:
        return words("update.not_received_not_requested")
    day = quarter.due_by - timedelta(seconds=1) if due is None else due.due_on
    return words("update.not_received", day=words.day(day))


def _findings(
    words: Words, agency: str, quarter: Quarter, questions: list[Any], cut: bool
) -> Iterator[Block]:
    """All open questions where some are missing above, and the warnings that were explained."""
    if cut:
        yield _questions(words, agency, quarter, questions, len(questions))
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


def _said(
    words: Words, agency: str, quarter: Quarter, told: list[Any], cut: bool
) -> Iterator[Block]:
    """What else it wrote; all it told where some of that is missing above."""
    rows = [*(told if cut else ()), *_entries(words, agency, quarter, OTHER)]
    for kind in dict.fromkeys(row.kind for row in rows):
        yield Subheading(words(f"entries.{kind}"))
        yield Quotes(
            tuple(Quote(said(row.text), words.theme(row.theme)) for row in rows if row.kind == kind)
        )


def _actions(words: Words, agency: str, quarter: Quarter) -> list[Standing]:
    """Every action the agency raised: this quarter's, then the undecided, then the newest."""
    held = [one for one in standings(words.snapshot, quarter) if one.action.agency == agency]
    held.sort(key=lambda one: one.action.number, reverse=True)
    return sorted(held, key=lambda one: (one.action.quarter != quarter.key, not one.pending))


def _is_short(one: Standing) -> bool:
    return len(one.action.text) <= LETTERS


def _actions_table(
    words: Words, rows: Sequence[Standing], quarter: Quarter, caption: str, *, whole: bool = False
) -> Table | None:
    """Actions with their decisions; in short, earlier and long ones by theme, without remarks."""
    if not rows:
        return None
    columns = [
        column(words("actions.number"), 0),
        column(words("actions.department"), 2.8),
        column(words("actions.text" if whole else "update.about"), 3.2),
        column(words("standing.decision"), 2.8),
    ]
    if whole:
        columns.append(column(words("standing.remarks"), 2))

    def row(one: Standing) -> tuple:
        own = whole or (one.action.quarter == quarter.key and _is_short(one))
        decided = words(f"decision.{one.decision}")
        told = words("update.decided", decision=decided, when=when(words, one))
        if not one.counts:
            told = when(words, one)
        cells = (
            code(one.action.number),
            plain(words.department(one.action.department)),
            own_words(one.action.text) if own else plain(words.theme(one.action.theme)),
            decision(told, one),
        )
        return (*cells, own_words(one.remarks)) if whole else cells

    return table(caption, columns, map(row, rows))
