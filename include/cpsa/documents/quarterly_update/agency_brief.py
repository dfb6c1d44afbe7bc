"""Quarterly update of an agency: what was done, what is stuck, open questions, requested actions.

In short on its first page; what does not fit there follows after it, whole.
What must not go here: figures (``agency_figures``) and scores (``agency_scorecard``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cpsa.actions.status import ActionStatus
from cpsa.calendar import Quarter
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.blocks import (
    code_cell,
    column,
    findings_table,
    quoted_cell,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Paragraph, Quote, Quotes, Section, Subheading, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_blocks import decision_cell, describe_timing
from cpsa.documents.quarterly_update.agency_scorecard import find_score
from cpsa.provenance.check_summary import list_counted_findings, sort_findings
from cpsa.provenance.snapshot import Snapshot, has_value, to_single_line
from cpsa.submissions.open_finding import WARNING, is_open
from cpsa.submissions.state import ObligationState, SubmissionState

SHOWN_ENTRY_KINDS = ("success", "challenge")
"""Kinds of entries that say what was done and what is stuck."""
OTHER_ENTRY_KINDS = ("lesson", "suggestion", "training_need")
STATES_WITHOUT_UPDATE = (ObligationState.MISSING, ObligationState.EXPECTED)
"""States of an agency that sent nothing."""
FIRST_PAGE_ROWS = 5
"""Rows on the first page for entries, open questions and requests, all together."""
SHORT_TEXT_LENGTH = 150
"""Letters of an agency's own text that take no more room than a row; longer ones count again.
A request that is longer is shown by its theme there."""
MAX_ROWS_PER_TABLE = 3
"""Rows of each of these at most."""


def build_brief(words: DocumentText, agency: str, quarter: Quarter) -> Section:
    """The rest of the first page."""
    entries, questions, requests = row_lists = _select_rows(words.snapshot, agency, quarter)
    entries_shown, questions_shown, actions_shown = _count_fitting_rows(row_lists)
    actions_caption = _make_caption(words, words("update.actions"), actions_shown, requests)
    blocks = [
        _entries_table(
            words,
            entries[:entries_shown],
            _make_caption(words, words("update.entries"), entries_shown, entries),
        )
        or _note_no_entries(words, agency, quarter),
        _questions_block(words, agency, quarter, questions, questions_shown),
        _actions_table(words, requests[:actions_shown], quarter, actions_caption)
        or Paragraph(words("update.no_actions")),
    ]
    return section("brief", words("update.brief"), blocks, words("update.no_entries"))


def _note_no_entries(words: DocumentText, agency: str, quarter: Quarter) -> Paragraph | None:
    """None where no update was received: the open questions say so."""
    missing = _is_missing(words, agency, quarter)
    return None if missing else Paragraph(words("update.no_entries"))


@lru_cache(maxsize=4)  # the first page and what follows it, in both languages
def _select_rows(
    snapshot: Snapshot, agency: str, quarter: Quarter
) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[ActionStatus, ...]]:
    """Entries of the quarter, open findings and requests, each the weightiest first."""
    return (
        _list_entries(snapshot, agency, quarter, SHOWN_ENTRY_KINDS),
        _list_open_findings(snapshot, agency, quarter),
        _list_actions(snapshot, agency, quarter),
    )


def _make_caption(words: DocumentText, title: str, shown: int, rows: Sequence[Any]) -> str:
    """A table's title, with how many of its rows are shown here where some are elsewhere."""
    whole = len(rows)
    return title if shown == whole else words("update.some", title=title, part=shown, whole=whole)


def _count_fitting_rows(row_lists: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """How many rows of each are shown: one of each in turn, while there is room."""
    shown, taken = [0] * len(row_lists), 0
    for place in range(min(MAX_ROWS_PER_TABLE, max(map(len, row_lists)))):
        for kind, rows in enumerate(row_lists):
            if place != shown[kind] or place >= len(rows):
                continue
            size = _measure_row(rows[place])
            if place == 0 or taken + size <= FIRST_PAGE_ROWS:
                shown[kind] += 1
                taken += size
    return tuple(shown)


def _measure_row(row: Any) -> int:
    """How many rows' room a row takes: long texts of the agency's own take more."""
    return (
        1
        if isinstance(row, ActionStatus)
        else 1 + len(getattr(row, "text", "")) // SHORT_TEXT_LENGTH
    )


def build_annexes(words: DocumentText, agency: str, quarter: Quarter) -> tuple[Section, ...]:
    """What the first page had no room for; sections with nothing in them are left out."""
    row_lists = _select_rows(words.snapshot, agency, quarter)
    cut = [
        len(rows) > count
        for rows, count in zip(row_lists, _count_fitting_rows(row_lists), strict=True)
    ]
    entries, questions, requests = row_lists
    everything = cut[2] or any(
        status.remarks or (status.action.quarter == quarter.key and not _is_short(status))
        for status in requests
    )
    actions = _actions_table(words, requests, quarter, "", whole=True) if everything else None
    blocks: tuple[tuple[str, str, tuple[Block, ...]], ...] = (
        (
            "findings",
            "findings.title",
            tuple(_make_finding_blocks(words, agency, quarter, questions, cut=cut[1])),
        ),
        (
            "entries",
            "entries.title",
            tuple(_make_entry_blocks(words, agency, quarter, entries, cut=cut[0])),
        ),
        ("actions", "update.all_actions", (actions,) if actions else ()),
    )
    return tuple(
        Section(id, words(title), section_blocks)
        for id, title, section_blocks in blocks
        if section_blocks
    )


@lru_cache(maxsize=8)
def _list_entries(
    snapshot: Snapshot, agency: str, quarter: Quarter, kinds: tuple[str, ...]
) -> tuple[Any, ...]:
    rows = snapshot.select_rows("entries", agency=agency, quarter=quarter.key)
    selected = rows[rows["kind"].isin(kinds)].itertuples(index=False)
    return tuple(sorted(selected, key=lambda row: kinds.index(row.kind)))


def _entries_table(words: DocumentText, entries: Sequence[Any], caption: str) -> Table | None:
    if not entries:
        return None
    return table(
        caption,
        (
            column(words("update.kind"), 0),
            column(words("actions.text"), 6),
            column(words("actions.theme"), 2),
        ),
        (
            (
                text_cell(words(f"update.kind.{row.kind}")),
                quoted_cell(row.text),
                text_cell(words.theme(row.theme)),
            )
            for row in entries
        ),
    )


def _list_open_findings(snapshot: Snapshot, agency: str, quarter: Quarter) -> tuple[Any, ...]:
    """Findings that the agency has still to correct or to explain."""
    rows = sort_findings(snapshot, list_counted_findings(snapshot, agency, quarter.key))
    still_open = tuple(row for row in rows if is_open(row, to_single_line(row.explanation)))
    if _is_accepted(snapshot, agency, quarter):
        return tuple(row for row in still_open if row.severity == WARNING)
    return still_open


def _is_accepted(snapshot: Snapshot, agency: str, quarter: Quarter) -> bool:
    score = find_score(snapshot, agency, quarter)
    return score is not None and score.state == SubmissionState.ACCEPTED


def _questions_block(
    words: DocumentText, agency: str, quarter: Quarter, rows: Sequence[Any], shown: int
) -> Block:
    if not rows and _is_missing(words, agency, quarter):
        return Paragraph(_describe_missing_update(words, agency, quarter))
    title_key = (
        "findings.open" if _is_accepted(words.snapshot, agency, quarter) else "findings.returned"
    )
    caption = _make_caption(words, words(title_key), shown, rows)
    return findings_table(words, rows[:shown], caption) or Paragraph(words("findings.nothing"))


def _is_missing(words: DocumentText, agency: str, quarter: Quarter) -> bool:
    score = find_score(words.snapshot, agency, quarter)
    return score is None or score.state in STATES_WITHOUT_UPDATE


def _describe_missing_update(words: DocumentText, agency: str, quarter: Quarter) -> str:
    """That nothing was received, and when it was due."""
    rows = words.snapshot.select_rows("due_dates", agency=agency, quarter=quarter.key)
    due = next(rows.itertuples(index=False), None)
    if due is not None and not due.requested:
        return words("update.not_received_not_requested")
    day = quarter.due_by - timedelta(seconds=1) if due is None else due.due_on
    return words("update.not_received", day=words.day(day))


def _make_finding_blocks(
    words: DocumentText, agency: str, quarter: Quarter, questions: Sequence[Any], *, cut: bool
) -> Iterator[Block]:
    """All open questions where some are missing above, and the warnings that were explained."""
    if cut:
        yield _questions_block(words, agency, quarter, questions, len(questions))
    rows = sort_findings(words.snapshot, list_counted_findings(words.snapshot, agency, quarter.key))
    if explained := [row for row in rows if has_value(row.explanation)]:
        yield _explanations_table(words, explained)


def _explanations_table(words: DocumentText, rows: list[Any]) -> Table:
    return table(
        words("findings.explained"),
        (
            column(words("findings.rule"), 0),
            column(words("findings.on"), 2),
            column(words("findings.explanation"), 5),
        ),
        (
            (code_cell(row.rule), text_cell(row.indicator), quoted_cell(row.explanation))
            for row in rows
        ),
    )


def _make_entry_blocks(
    words: DocumentText,
    agency: str,
    quarter: Quarter,
    shown_entries: Sequence[Any],
    *,
    cut: bool,
) -> Iterator[Block]:
    """Its other entries; those of the first page, too, where some are missing there."""
    rows = [
        *(shown_entries if cut else ()),
        *_list_entries(words.snapshot, agency, quarter, OTHER_ENTRY_KINDS),
    ]
    for kind in dict.fromkeys(row.kind for row in rows):
        yield Subheading(words(f"entries.{kind}"))
        yield Quotes(
            tuple(
                Quote(to_single_line(row.text), words.theme(row.theme))
                for row in rows
                if row.kind == kind
            )
        )


def _list_actions(snapshot: Snapshot, agency: str, quarter: Quarter) -> tuple[ActionStatus, ...]:
    """Every action the agency raised: this quarter's, then the undecided, then the newest."""
    statuses = [
        status
        for status in list_action_statuses(snapshot, quarter)
        if status.action.agency == agency
    ]
    statuses.sort(key=lambda status: status.action.number, reverse=True)
    statuses.sort(key=lambda status: (status.action.quarter != quarter.key, not status.pending))
    return tuple(statuses)


def _is_short(status: ActionStatus) -> bool:
    return len(status.action.text) <= SHORT_TEXT_LENGTH


def _actions_table(
    words: DocumentText,
    rows: Sequence[ActionStatus],
    quarter: Quarter,
    caption: str,
    *,
    whole: bool = False,
) -> Table | None:
    """Actions with their decisions; in short, earlier and long ones by theme, without remarks."""
    if not rows:
        return None
    columns = [
        column(words("actions.number"), 0),
        column(words("actions.department"), 2.4),
        column(words("actions.text" if whole else "update.about"), 6 if whole else 3.2),
        column(words("action_status.decision"), 3.6),
    ]
    has_remarks = whole and any(to_single_line(status.remarks) for status in rows)
    if has_remarks:
        columns.append(column(words("action_status.remarks"), 2))

    def row(status: ActionStatus) -> tuple[Any, ...]:
        own = whole or (status.action.quarter == quarter.key and _is_short(status))
        decided = words(f"decision.{status.decision}")
        text = words("update.decided", decision=decided, when=describe_timing(words, status))
        if not status.counts:
            text = describe_timing(words, status)
        cells = (
            code_cell(status.action.number),
            text_cell(words.department(status.action.department)),
            quoted_cell(status.action.text) if own else text_cell(words.theme(status.action.theme)),
            decision_cell(text, status),
        )
        return (*cells, quoted_cell(status.remarks)) if has_remarks else cells

    return table(caption, columns, map(row, rows))
