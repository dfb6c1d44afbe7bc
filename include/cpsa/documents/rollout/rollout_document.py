"""The programme's own page: the road map's roll-out plan and budget, against what was counted.

Source: the programme's plan and budget. What this system does not count or receive is said
to be so. The money is in ``rollout_budget`` and beside it, the counting in ``rollout_counts``.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa import figures
from cpsa.calendar import AnyPeriod
from cpsa.documents import steps_section
from cpsa.documents.blocks import (
    UNCONFIRMED,
    build_document,
    column,
    figure_cell,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import (
    Cell,
    CellKind,
    Content,
    Paragraph,
    Rows,
    Section,
    Tile,
    Tiles,
    Tone,
)
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.rollout import (
    rollout_budget,
    rollout_contributions,
    rollout_counts,
    rollout_spending,
)
from cpsa.documents.rollout.reporting_gaps import describe_gap, describe_late_start
from cpsa.documents.rollout.rollout_counts import TargetCount
from cpsa.figures import NO_FIGURE
from cpsa.reference.reference_data import Reference
from cpsa.reference.rollout_plan import RolloutOutcome, RolloutTarget, Stage, TargetPeriod
from cpsa.scoring.reporting_rates import compute_share


def build_rollout_document(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    period = key.period
    return build_document(
        words,
        key,
        words("state.subject"),
        (
            _build_summary(words, period),
            _build_outcomes(words, period),
            *(
                (rollout_budget.build_budget(words, period),)
                if words.snapshot.reference.budget
                else ()
            ),
            *steps_section.build_steps_sections(words, period),
            rollout_contributions.build_department_contributions(words, period),
            *filter(None, (_build_not_now(words),)),
        ),
        own_page=False,
    )


def _list_target_counts(
    words: DocumentText, period: AnyPeriod, stage: str = ""
) -> list[TargetCount]:
    snapshot = words.snapshot
    return [
        count
        for outcome in snapshot.reference.rollout.values()
        if stage in ("", outcome.stage)
        for count in rollout_counts.count_targets(snapshot, outcome, period)
    ]


def _make_money_tiles(words: DocumentText, period: AnyPeriod) -> tuple[Tile, ...]:
    """What was budgeted and spent; none of it where the programme has no budget."""
    if not words.snapshot.reference.budget:
        return ()
    total = words.snapshot.reference.budget_total()
    reports = rollout_spending.list_reports(words)
    used = rollout_spending.sum_spending(words, period, reports)
    return (
        Tile(
            words("rollout.budgeted"),
            words("rollout.crore", amount=figures.crore(total)),
            words("rollout.table_5"),
        ),
        Tile(
            words("rollout.spent"),
            words("rollout.not_reported")
            if used is None
            else words("rollout.crore", amount=figures.crore(used)),
            ""
            if used is None
            else words("rollout.of_budget", share=words.percent(compute_share(used, total))),
        ),
    )


def _build_summary(words: DocumentText, period: AnyPeriod) -> Section:
    counts = _list_target_counts(words, period)
    counted = [count for count in counts if count.counted is not None]
    tiles = Tiles(
        (
            Tile(
                words("rollout.counted_here"),
                words("rollout.of", part=len(counted), whole=len(counts)),
                words("rollout.targets"),
            ),
            Tile(
                words("rollout.reached"),
                words(
                    "rollout.of",
                    part=sum(count.is_reached for count in counted),
                    whole=len(counted),
                ),
                words("rollout.of_counted"),
            ),
            *_make_money_tiles(words, period),
        )
    )
    stages = table(
        words("rollout.stages"),
        (
            column(words("rollout.stage"), 2.4),
            column(words("rollout.term"), 4.2),
            column(words("status"), 0),
            column(words("rollout.outcomes_count"), 1.2, figure=True),
            column(words("rollout.targets"), 1.2, figure=True),
            column(words("rollout.counted_here"), 1.3, figure=True),
            column(words("rollout.reached"), 1.2, figure=True),
        ),
        (
            _make_stage_row(words, period, stage)
            for stage in words.snapshot.reference.stages.values()
        ),
    )
    intro = Paragraph(words("rollout.explained"))
    reference = words.snapshot.reference
    over = all(_is_over(reference, stage, period) for stage in reference.stages.values())
    late = (Paragraph(words("rollout.all_over"), note=True),) if over else ()
    return Section("summary", words("rollout.summary"), (intro, tiles, *late, stages))


def _is_over(reference: Reference, stage: Stage, period: AnyPeriod) -> bool:
    return period.last_quarter >= reference.stage_ends(stage).last_quarter


def _make_stage_row(words: DocumentText, period: AnyPeriod, stage: Stage) -> tuple[Cell, ...]:
    counts = _list_target_counts(words, period, stage.code)
    counted = [count for count in counts if count.counted is not None]
    reference = words.snapshot.reference
    first = reference.stage_begins(stage).first_quarter.first_day
    last = reference.stage_ends(stage).last_quarter.last_day
    return (
        text_cell(stage.name.in_(words.language)),
        text_cell(words("rollout.from_to", first=words.day(first), last=words.day(last))),
        _make_term_cell(words, period, stage),
        figure_cell(words.number(len(reference.list_outcomes(stage.code)))),
        figure_cell(words.number(len(counts))),
        figure_cell(words.number(len(counted))),
        figure_cell(words.number(sum(count.is_reached for count in counted))),
    )


def _make_term_cell(words: DocumentText, period: AnyPeriod, stage: Stage) -> Cell:
    """Whether a stage's term, as the road map plans it, has begun or is over."""
    reference = words.snapshot.reference
    if period.last_quarter < reference.stage_begins(stage).first_quarter:
        return Cell(words("rollout.not_begun"), CellKind.STATUS, Tone.MUTED)
    if not _is_over(reference, stage, period):
        return Cell(words("rollout.running"), CellKind.STATUS, Tone.GOOD)
    return Cell(words("rollout.over"), CellKind.STATUS, Tone.PLAIN)


def _build_outcomes(words: DocumentText, period: AnyPeriod) -> Section:
    reference = words.snapshot.reference
    bodies = [
        Rows(
            tuple(
                row
                for outcome in reference.list_outcomes(stage.code)
                for row in _make_outcome_rows(words, period, outcome)
            ),
            stage.name.in_(words.language),
        )
        for stage in reference.stages.values()
    ]
    measures = dict.fromkeys(
        count.target.counted_by
        for count in _list_target_counts(words, period)
        if count.target.counted_by
    )
    return section(
        "outcomes",
        words("rollout.outcomes"),
        (
            Paragraph(words("rollout.outcomes_explained"), note=True),
            table(
                "",
                (
                    column(words("rollout.outcome"), 4.6),
                    column(words("rollout.target"), 3.4),
                    column(words("rollout.planned"), 1.2, figure=True),
                    column(words("rollout.counted"), 1, figure=True),
                    column(words("status"), 2.4),
                ),
                bodies=bodies,
            ),
            *_make_notes(words, period),
            table(
                words("rollout.measures"),
                (column(words("rollout.target"), 3), column(words("rollout.counted_as"), 5)),
                (
                    *_make_reported_rows(words),
                    *(
                        (
                            text_cell("; ".join(_list_labels(words, measure))),
                            text_cell(
                                words(f"rollout.measure.{measure}", period=words.period(period))
                            ),
                        )
                        for measure in measures
                    ),
                ),
            ),
        ),
        words("rollout.outcomes_explained"),
    )


def _list_targets(words: DocumentText) -> Iterator[RolloutTarget]:
    for outcome in words.snapshot.reference.rollout.values():
        yield from outcome.targets


def _make_notes(words: DocumentText, period: AnyPeriod) -> Iterator[Paragraph]:
    """From when targets are reported, where that is later than the programme; what marks mean."""
    codes = [target.indicator for target in _list_targets(words) if target.indicator]
    for note in dict.fromkeys(describe_late_start(words, code) for code in codes):
        if note:
            yield Paragraph(note, note=True)
    if any(count.unconfirmed for count in _list_target_counts(words, period)):
        yield Paragraph(words("unconfirmed.marked", mark=UNCONFIRMED), note=True)


def _make_reported_rows(words: DocumentText) -> Iterator[tuple[Cell, ...]]:
    """The targets that an indicator counts: one row for each form that reports them."""
    by_code = words.snapshot.framework.by_code
    codes_by_form: dict[str, dict[str, None]] = {}
    for target in _list_targets(words):
        if target.indicator is not None and target.indicator in by_code:
            form = by_code[target.indicator].form
            codes_by_form.setdefault(form, {})[target.indicator] = None
    for form, codes in codes_by_form.items():
        yield (
            text_cell(", ".join(codes)),
            text_cell(words("rollout.measure.reported", who=words.form(form))),
        )


def _list_labels(words: DocumentText, measure: str) -> dict[str, None]:
    """The targets a measure counts, each once."""
    return dict.fromkeys(
        target.label.in_(words.language)
        for target in _list_targets(words)
        if target.counted_by == measure
    )


def _make_outcome_rows(
    words: DocumentText, period: AnyPeriod, outcome: RolloutOutcome
) -> tuple[tuple[Cell, ...], ...]:
    """A row for each count the road map names; a single row without a count where it names none."""
    bodies = words.snapshot.reference.body_name
    title = words(
        "rollout.who",
        outcome=outcome.title.in_(words.language),
        who="; ".join(bodies(code).in_(words.language) for code in outcome.responsible),
    )
    counts = rollout_counts.count_targets(words.snapshot, outcome, period)
    if not counts:
        nothing = (
            figure_cell(NO_FIGURE),
            figure_cell(NO_FIGURE),
            text_cell(words("rollout.no_count")),
        )
        return ((text_cell(title), text_cell(NO_FIGURE), *nothing),)
    return tuple(
        (text_cell(title if place == 0 else ""), *_make_count_cells(words, period, count))
        for place, count in enumerate(counts)
    )


def _make_count_cells(
    words: DocumentText, period: AnyPeriod, count: TargetCount
) -> tuple[Cell, ...]:
    target = count.target
    label = target.label.in_(words.language)
    if target.indicator:
        label = words("rollout.with_code", label=label, code=target.indicator)
    if target.per is not TargetPeriod.STAGE:
        label = words(f"rollout.each.{target.per}", label=label)
    planned = words.number(count.planned)
    if target.at_least:
        planned = words("rollout.at_least", number=planned)
    if count.counted is None:
        counted = figure_cell(NO_FIGURE)
        why = (
            describe_gap(words, target.indicator, period)
            if target.indicator
            else words("rollout.not_counted")
        )
        status = Cell(why, tone=Tone.MUTED)
    else:
        mark = UNCONFIRMED if count.unconfirmed else ""
        counted = figure_cell(words.number(count.counted), mark=mark, origin=count.origin)
        status = _make_status_cell(words, count.planned - count.counted, count)
    return text_cell(label), figure_cell(planned), counted, status


def _make_status_cell(words: DocumentText, short: int, count: TargetCount) -> Cell:
    """``Reached`` only of what was reported, or what the store proves."""
    number = words.number(short)
    if count.is_by_registry:
        key = "rollout.by_registry" if count.is_enough else "rollout.short_by_registry"
        return Cell(words(key, number=number), CellKind.STATUS, Tone.MUTED)
    if count.is_reached:
        return Cell(words("rollout.reached"), CellKind.STATUS, Tone.GOOD)
    return Cell(words("rollout.short", number=number), CellKind.STATUS, Tone.WATCH)


def _build_not_now(words: DocumentText) -> Section | None:
    """What the plan names and this system does not follow; None where the programme lists nothing."""
    subjects = [subject.in_(words.language) for subject in words.snapshot.reference.not_now]
    if not subjects:
        return None
    text = words("rollout.not_now_explained", subjects="; ".join(subjects))
    return Section("not-now", words("rollout.not_now"), (Paragraph(text),))
