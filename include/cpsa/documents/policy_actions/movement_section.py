"""How actions moved since the period before: open then, new, decided, still open, and their ages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cpsa.actions.movement import Movement, compute_movement, count_promises
from cpsa.actions.status import ActionStatus, PromiseState
from cpsa.calendar import IST
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, Paragraph, Section, Table
from cpsa.documents.policy_actions.action_blocks import make_actions_origin
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.policy_actions.pendency_ages import pendency_ages_table
from cpsa.figures import NO_FIGURE


def build_movement_section(
    selection: ActionSelection, departments: Iterable[str]
) -> Section | None:
    """A row for each department with actions, a total for several, and the ages of what is open; None
    where nothing was requested so far."""
    words, codes = selection.words, list(departments)
    found = _movement_table(selection, codes)
    if found is None:
        return None
    start, as_of = words.day(find_start(selection)), words.day(words.snapshot.as_of)
    blocks: tuple[Block | None, ...] = (
        Paragraph(words("movement.explained", start=start, day=as_of), note=True),
        found,
        pendency_ages_table(selection, codes),
        _describe_promises(selection, codes),
    )
    return Section("movement", words("movement.title"), tuple(filter(None, blocks)))


def find_start(selection: ActionSelection) -> date:
    """The day on which the quarter before the period was to be closed."""
    return (selection.period.first_quarter - 1).closes_at.astimezone(IST).date()


def compute_period_movement(selection: ActionSelection, codes: list[str]) -> Movement:
    """How the actions of some departments moved since the period before."""
    return compute_movement(_select(selection, codes), selection.quarters, find_start(selection))


def _movement_table(selection: ActionSelection, codes: list[str]) -> Table | None:
    words = selection.words
    of_department = {code: compute_period_movement(selection, [code]) for code in codes}
    shown = {code: movement for code, movement in of_department.items() if not movement.is_empty}
    if not shown:
        return None
    whole = compute_period_movement(selection, codes)
    reopened = bool(whole.reopened)
    names = ["start", "new", *(["reopened"] if reopened else [])]
    names += ["done", "not_pursued", "open", "now_accepted", "oldest", "median"]
    return table(
        "",
        (
            column(words("actions.department"), 3.4),
            *(column(words(f"movement.{name}"), 1, figure=True) for name in names),
        ),
        (
            (
                text_cell(words.department(code)),
                *_make_cells(selection, movement, reopened=reopened),
            )
            for code, movement in shown.items()
        ),
        total=(text_cell(words("total")), *_make_cells(selection, whole, reopened=reopened))
        if len(shown) > 1
        else (),
    )


def _select(selection: ActionSelection, codes: list[str]) -> list[ActionStatus]:
    return [status for status in selection.statuses if status.action.department in codes]


def _make_cells(selection: ActionSelection, movement: Movement, *, reopened: bool) -> list[Cell]:
    number = selection.words.number
    counted = [movement.open_at_start, movement.new, *([movement.reopened] if reopened else [])]
    counted += [movement.done, movement.not_pursued, movement.still_open, movement.accepted]
    return [
        *(figure_cell(number(len(rows)), origin=make_actions_origin(rows)) for rows in counted),
        *(
            text_cell(NO_FIGURE if days is None else number(days))
            for days in (movement.oldest_days, movement.median_days)
        ),
    ]


def _describe_promises(selection: ActionSelection, codes: list[str]) -> Paragraph | None:
    words = selection.words
    found = count_promises(_select(selection, codes))
    if not found:
        return None
    counts = {state.value: words.number(len(found.get(state, ()))) for state in PromiseState}
    return Paragraph(words("movement.promises", **counts))
