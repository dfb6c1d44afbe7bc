"""Tables both compilations have: actions in short, systemic issues, convergence, action statuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cpsa.actions.decision import Decision
from cpsa.actions.status import ActionStatus, PromiseState
from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    table,
    text_cell,
    urgency_cell,
)
from cpsa.documents.content_model import (
    Block,
    Cell,
    CellKind,
    Paragraph,
    Subheading,
    Table,
    Tone,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.systemic_issues import SystemicIssue
from cpsa.figures import NO_FIGURE
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import has_value, to_single_line

DECISION_TONES = {
    "done": Tone.GOOD,
    "accepted": Tone.GOOD,
    "not_pursued": Tone.MUTED,
    "reply_not_accepted": Tone.BAD,
    "reply_awaited": Tone.WATCH,
}


def make_actions_origin(rows: Iterable[ActionStatus]) -> RowsOrigin:
    """The origin of a count of actions."""
    return RowsOrigin("actions", tuple(status.action.number for status in rows))


def actions_table(words: DocumentText, rows: Iterable[ActionStatus]) -> Table:
    """Actions in short, for the consolidated compilation."""
    return table(
        "",
        (
            column(words("actions.number"), 0),
            column(words("actions.agency"), 2.2),
            column(words("actions.theme"), 2),
            column(words("actions.text"), 3.8),
            column(words("case.request"), 3.2),
            column(words("actions.urgency"), 0),
        ),
        (
            (
                code_cell(status.action.number),
                text_cell(words.agency(status.action.agency)),
                text_cell(words.theme(status.action.theme)),
                quoted_cell(status.action.text),
                quoted_cell(status.action.request),
                urgency_cell(words, status.action.urgency),
            )
            for status in rows
        ),
    )


def issues_table(
    words: DocumentText, issues: Sequence[SystemicIssue], *, by_department: bool
) -> Table | None:
    if not issues:
        return None
    columns = [
        column(words("systemic.theme"), 2.4),
        column(words("systemic.agencies"), 3.6),
        column(words("systemic.quarters"), 1.4),
        column(words("systemic.numbers"), 2.2),
    ]
    if by_department:  # there the numbers say the quarters
        columns[2] = columns[3]
        columns[3:] = []
        columns.insert(0, column(words("actions.department"), 2))

    def row(issue: SystemicIssue) -> list[Cell]:
        count = words.count("n.agencies", len(issue.agencies))
        agencies = "; ".join(map(words.agency, issue.agencies))
        cells = [
            text_cell(words.theme(issue.theme)),
            text_cell(f"{count}: {agencies}"),
            code_cell(", ".join(issue.quarters)),
            code_cell(", ".join(issue.numbers)),
        ]
        if not by_department:
            return cells
        return [text_cell(words.department(issue.department)), *cells[:2], cells[3]]

    return table("", columns, map(row, issues))


def convergence_table(
    words: DocumentText, period: AnyPeriod, department: str | None = None
) -> Table | None:
    """What departments gave in the period, with amounts, people reached and a total; as accepted
    updates say."""
    rows = _select_contributions(words, period, department, accepted=True)
    if rows.empty:
        return None
    amount, people = (rows[name].fillna(0).sum() for name in ("amount", "people"))
    giver_title = words("actions.agency") if department else words("convergence.who")

    def make_origin(labels: tuple[Any, ...], measure: RowsMeasure) -> RowsOrigin:
        return RowsOrigin("entries", labels, measure)

    def row(contribution: Any) -> list[Cell]:
        agency = words.agency(contribution.agency)
        given_by = (
            agency if department else f"{words.contributor(contribution.department)}; {agency}"
        )
        amount_paise = contribution.amount if has_value(contribution.amount) else None
        people_text = (
            words.number(int(contribution.people)) if has_value(contribution.people) else NO_FIGURE
        )
        return [
            text_cell(given_by),
            text_cell(words.theme(contribution.theme)),
            quoted_cell(contribution.text),
            figure_cell(
                words.quantity(amount_paise, "inr"),
                origin=make_origin((contribution.Index,), RowsMeasure.AMOUNT),
            ),
            figure_cell(people_text, origin=make_origin((contribution.Index,), RowsMeasure.PEOPLE)),
        ]

    return table(
        "",
        (
            column(giver_title, 2.2),
            column(words("actions.theme"), 1.8),
            column(words("actions.text"), 4.4),
            column(words("convergence.amount"), 1.5, figure=True),
            column(words("convergence.people"), 1.1, figure=True),
        ),
        map(row, rows.itertuples()),
        total=(
            text_cell(words("total")),
            text_cell(""),
            text_cell(""),
            figure_cell(
                words.quantity(int(amount), "inr"),
                origin=make_origin(tuple(rows.index), RowsMeasure.AMOUNT),
            ),
            figure_cell(
                words.number(int(people)), origin=make_origin(tuple(rows.index), RowsMeasure.PEOPLE)
            ),
        ),
    )


def _select_contributions(
    words: DocumentText, period: AnyPeriod, department: str | None, *, accepted: bool
) -> pd.DataFrame:
    """Contributions that agencies wrote of in a period, in updates that were accepted or not."""
    rows = words.snapshot.select_rows_in_quarters("entries", period.quarters)
    rows = rows[rows["kind"] == "convergence"]
    if department:
        rows = rows[rows["department"] == department]
    return rows[words.snapshot.is_accepted(rows) == accepted]


def convergence_not_accepted(
    words: DocumentText, period: AnyPeriod, department: str | None = None
) -> Paragraph | None:
    """What updates that were not accepted say; in no sum."""
    rows = _select_contributions(words, period, department, accepted=False)
    return make_not_in_sums_note(words, rows) if len(rows) else None


def make_not_in_sums_note(words: DocumentText, rows: pd.DataFrame) -> Paragraph:
    amount, people = (int(rows[name].fillna(0).sum()) for name in ("amount", "people"))
    return Paragraph(
        words(
            "convergence.not_accepted",
            amount=words.quantity(amount, "inr"),
            people=words.number(people),
            agencies=words.count("n.agencies", rows["agency"].nunique()),
        ),
        note=True,
    )


def convergence_so_far(words: DocumentText, period: AnyPeriod, department: str) -> Paragraph | None:
    """What a department gave from the beginning, where that is more than in the period alone."""
    rows = words.snapshot.entries
    rows = rows[(rows["kind"] == "convergence") & (rows["department"] == department)]
    rows = rows[rows["quarter"] <= period.last_quarter.key]
    rows = rows[words.snapshot.is_accepted(rows)]
    if not (rows["quarter"] < period.first_quarter.key).any():
        return None
    amount, people = (int(rows[name].fillna(0).sum()) for name in ("amount", "people"))
    return Paragraph(
        words(
            "convergence.so_far",
            amount=words.quantity(amount, "inr"),
            people=words.number(people),
            agencies=words.count("n.agencies", rows["agency"].nunique()),
        )
    )


def action_status_chapters(
    words: DocumentText, rows: Sequence[ActionStatus], *, by_department: bool
) -> list[Block]:
    """The actions by what was decided, each chapter with its share of all."""
    chapters: list[Block] = []
    for decision in Decision:
        if own := [status for status in rows if status.decision == decision]:
            heading = words(
                "action_status.chapter",
                decision=words.label(decision.label),
                count=words.number(len(own)),
                whole=words.number(len(rows)),
                share=words.percent(len(own) / len(rows)),
            )
            chapters += [
                Subheading(heading),
                _action_status_table(words, own, by_department=by_department),
            ]
    return chapters


def _action_status_table(
    words: DocumentText, rows: Sequence[ActionStatus], *, by_department: bool
) -> Table:
    """What was requested, and the dates of its decision; remarks where any action has them."""
    has_remarks = any(to_single_line(status.remarks) for status in rows)
    columns = [
        column(words("actions.number"), 0),
        *([column(words("actions.department"), 2)] if by_department else []),
        column(words("action_status.about"), 2.4),
        column(words("case.request"), 3.6),
        column(words("action_status.when"), 2),
        *([column(words("action_status.remarks"), 2.2)] if has_remarks else []),
    ]

    def row(status: ActionStatus) -> list[Cell]:
        about = f"{words.theme(status.action.theme)}; {words.agency(status.action.agency)}"
        department = [text_cell(words.department(status.action.department))]
        return [
            code_cell(status.action.number),
            *(department if by_department else []),
            text_cell(about),
            quoted_cell(to_single_line(status.action.request) or status.action.text),
            decision_cell(describe_timing(words, status), status),
            *([quoted_cell(status.remarks)] if has_remarks else []),
        ]

    return table("", columns, map(row, rows))


def decision_cell(text: str, status: ActionStatus) -> Cell:
    over = status.pending and status.promise is PromiseState.OVERRUN
    late = status.late or over
    tone = Tone.BAD if late else DECISION_TONES.get(status.decision, Tone.PLAIN)
    return Cell(text, CellKind.TEXT, tone)


def describe_timing(words: DocumentText, status: ActionStatus) -> str:
    if not status.counts:
        return words("action_status.not_accepted")
    parts = []
    if status.due is not None:
        key = "action_status.late" if status.late else "action_status.due"
        days = words.number(status.days_overdue)
        parts.append(words(key, day=words.day(status.due), days=days))
    elif status.not_sent:
        parts.append(words("action_status.not_sent"))
    elif status.decided_at:
        parts.append(words("action_status.decided", day=words.day(status.decided_at)))
    parts += _describe_promise(words, status)
    return "; ".join(parts) or NO_FIGURE


def _describe_promise(words: DocumentText, status: ActionStatus) -> list[str]:
    """The date promised for completion, the first where it was another, and by how much it is over.

    Nothing where none was promised.
    """
    first, newest = status.days_over_promise
    if status.promised is None:
        return []
    parts = [words("action_status.promised", day=words.day(status.promised))]
    if status.promise is PromiseState.KEPT:
        parts.append(words("action_status.promise_kept"))
    elif newest:
        parts.append(words("action_status.over_promise", days=words.number(newest)))
    if status.promised_first and status.promised_first != status.promised:
        parts.append(words("action_status.promised_first", day=words.day(status.promised_first)))
        if first:
            parts.append(words("action_status.over_promise", days=words.number(first)))
    return parts
