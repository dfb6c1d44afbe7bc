"""Rule kinds over a table that an agency gave, one submission at a time.

A table that was not given is not judged, and a rule is not applied where the file offers no such
column: it was made with an earlier template. What must not go here: whether a single value can be used
(``table_values``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cpsa.calendar import add_months
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import TOTAL, Rule
from cpsa.nearest_code import find_nearest_code
from cpsa.submissions.finding import Finding, format_value
from cpsa.submissions.table_rows import GivenTable, TableRow, TableValue, make_column_code


def table_sums(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A column does not add up to the indicator's total; only where no row was left out."""
    sums = rule.parameters["sums"]
    table = _find_table(submission, rule, *sums)
    if table is None or not table.whole:
        return
    for column, indicator in sums.items():
        fact = submission.judged.facts.get((indicator, TOTAL))
        total = sum(row.get_figure(column) or 0 for row in table.rows)
        if fact is not None and fact.hundredths != total:
            yield _make_finding(
                submission, rule, column, None, total, fact.hundredths, table.rows[0].place
            )


def table_dates_by_row(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A date is earlier than that of an earlier row; rows may be missing."""
    column = rule.parameters["column"]
    table = _find_table(submission, rule, column)
    latest = ""
    for row in table.rows if table else ():
        given = row.get_text(column)
        if given and given < latest:
            yield _make_finding(submission, rule, column, row, given, latest)
        latest = max(latest, given)


def table_dates_by_column(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A date is earlier than that of an earlier column of its row; dates may be missing."""
    columns = rule.parameters["columns"]
    table = _find_table(submission, rule, *columns)
    for row in table.rows if table else ():
        latest = ""
        for column in columns:
            given = row.get_text(column)
            if given and given < latest:
                yield _make_finding(submission, rule, column, row, given, latest)
            latest = max(latest, given)


def table_dates_passed(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A date is after the day on which the update arrived."""
    if submission.arrived_on is None:
        return
    arrived_on = submission.arrived_on.isoformat()
    for column in rule.parameters["columns"]:
        table = _find_table(submission, rule, column)
        for row in table.rows if table else ():
            given = row.get_text(column)
            if given > arrived_on:
                yield _make_finding(submission, rule, column, row, given, arrived_on)


def table_dates_apart(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A row has a date earlier than so many months after that of another row, or that one has none."""
    column = rule.parameters["column"]
    table = _find_table(submission, rule, column)
    rows = {row.key: row for row in table.rows} if table else {}
    second, first = (rows.get(rule.parameters[name]) for name in ("second", "first"))
    given = second.get_text(column) if second else ""
    begun = first.get_text(column) if first else ""
    if not given or (not begun and table and not table.whole):
        return
    earliest = ""
    if begun:
        earliest = add_months(date.fromisoformat(begun), rule.parameters["months"]).isoformat()
    if not earliest or given < earliest:
        yield _make_finding(submission, rule, column, second, given, earliest)


def table_dates_kept(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A date of the rows accepted last is another now, or is gone."""
    for column in rule.parameters["columns"]:
        table = _find_table(submission, rule, column)
        if table is None:
            continue
        rows = {row.key: row for row in table.rows}
        for last in submission.last_tables.get(table.code, ()):
            recorded = last.get_text(column)
            row = rows.get(last.key)
            if not recorded or (row is None and not table.whole):
                continue
            given = row.get_text(column) if row else ""
            if given != recorded:
                yield _make_finding(submission, rule, column, row or last, given, recorded)


def table_opening(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A row does not begin where it ended in the rows accepted last; new rows are not judged.

    A row with something left that is no longer given, or has a blank there, begins with 0.
    """
    opening, closing = rule.parameters["opening"], rule.parameters["closing"]
    table = _find_table(submission, rule, opening)
    if table is None:
        return
    rows = {row.key: row for row in table.rows}
    for last in submission.last_tables.get(table.code, ()):
        ended, row = last.get_figure(closing), rows.get(last.key)
        if ended is None or (row is None and not table.whole):
            continue
        begun = row.get_figure(opening) if row else None
        if (begun or 0) != ended:
            yield _make_finding(submission, rule, opening, row or last, begun or 0, ended)


def table_limits(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A figure is above that of another column of its row, or below 0; the first such limit alone."""
    above: set[tuple[str, str]] = set()
    for low, high in rule.parameters["limits"]:
        table = _find_table(submission, rule, low, high)
        for row in table.rows if table else ():
            figure, limit = row.get_figure(low), row.get_figure(high)
            if figure is None or limit is None or (low, row.key) in above:
                continue
            if figure > limit:
                above.add((low, row.key))
                yield _make_finding(submission, rule, low, row, figure, limit)
    for column in rule.parameters.get("not_negative", ()):
        table = _find_table(submission, rule, column)
        for row in table.rows if table else ():
            figure = row.get_figure(column)
            if figure is not None and figure < 0:
                yield _make_finding(submission, rule, column, row, figure, 0)


def table_answers(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A row is of nothing that was offered and is not answered as new, or lacks what its answer needs."""
    parameters = rule.parameters
    table = _find_table(submission, rule, parameters["answer"])
    offered = [row.key for row in submission.last_tables.get(table.code, ())] if table else []
    for row in table.rows if table else ():
        answer = row.get_text(parameters["answer"])
        if answer != parameters["new"] and row.key not in offered:
            nearest = find_nearest_code(row.key, offered)
            expected = f"table.expected.offered: {nearest}" if nearest else "table.expected.new"
            yield _make_finding(
                submission, rule, parameters["named"], row, row.key, expected, row.place
            )
        for column in parameters["required"].get(answer, ()):
            if column not in row.values:
                required = "table.expected.required"
                yield _make_finding(submission, rule, column, row, "", required, row.place)


def table_answer_kept(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """A row differs from what was offered, and its answer does not say that it changes."""
    parameters = rule.parameters
    table = _find_table(submission, rule, parameters["answer"])
    offered = {row.key: row for row in submission.last_tables.get(table.code, ())} if table else {}
    for row in table.rows if table else ():
        before = offered.get(row.key)
        if before is None or row.get_text(parameters["answer"]) in parameters["changing"]:
            continue
        for column in parameters["columns"]:
            given, was = row.values.get(column), before.values.get(column)
            if given is not None and (was is None or _get_plain(given) != _get_plain(was)):
                expected = was.format_typed() if was else ""
                yield _make_finding(
                    submission, rule, column, row, given.format_typed(), expected, row.place
                )


def _get_plain(value: TableValue) -> tuple[int | None, str]:
    return value.hundredths, value.text


def _find_table(submission: Submission, rule: Rule, *columns: str) -> GivenTable | None:
    """The rule's table, where the file gave it with these columns and a usable row."""
    table = submission.judged.tables.get(rule.parameters["table"])
    return table if table and table.rows and set(columns) <= table.columns else None


def _make_finding(
    submission: Submission,
    rule: Rule,
    column: str,
    row: TableRow | None,
    observed: int | str,
    expected: int | str,
    place: str = "",
) -> Finding:
    """A finding about a column: of one row, or of all."""
    value = row.values.get(column) if row else None
    return Finding(
        rule.id,
        rule.severity,
        submission.judged.agency,
        submission.judged.quarter,
        make_column_code(rule.parameters["table"], column),
        row.key if row else "",
        format_value(observed, rule.shows),
        format_value(expected, rule.expects),
        value.place if value else place,
    )
