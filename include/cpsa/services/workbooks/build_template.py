"""Builds the workbook that an agency fills in, blank or with its earlier values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cpsa.calendar import Quarter, last_day_before
from cpsa.errors import RequestError
from cpsa.i18n.text import Text
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_agency_due_date
from cpsa.services.examination.quarter_check import load_last_tables
from cpsa.store.database import read_transaction
from cpsa.store.queries import registry_queries, submission_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateAgency, TemplateContext
from cpsa.template.write_template import write_template


def build_template(
    context: AppContext, agency: str, quarter: Quarter, due_day: date | None = None
) -> bytes:
    """Build the workbook of one agency for one quarter; the same bytes while nothing changed.

    Its tables begin with the rows accepted last before the quarter, one of clusters with the register's.
    ``due_day``: the last day in time, where a letter states one that is not in the store yet.
    RequestError for an agency that the registry does not know or of which no update is due then.
    """
    return write_template(build_blank_context(context, agency, quarter, due_day))


def build_blank_context(
    context: AppContext, agency: str, quarter: Quarter, due_day: date | None = None
) -> TemplateContext:
    """Return what a blank workbook is built from, with the rows of tables accepted last.

    The form in the browser is built from the same.
    """
    template = build_template_context(context, agency, quarter, FilledValues(), due_day)
    framework, form = template.framework, template.agency.form
    if framework.form_tables(form):
        with read_transaction(context.engine) as connection:
            stored = StoredSubmissions.load(connection, quarter.key, [agency])
            load_id = registry_queries.find_load_of_quarter(connection, quarter.key)
            last = load_last_tables(
                *(context, connection, framework, form),
                *(stored, quarter.key, [agency], load_id),
            )
        template = replace(template, last_tables=last[agency])
    return template


def build_filled_template(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    filled: FilledValues,
    due_day: date | None = None,
) -> bytes:
    """Build the same workbook with the agency's earlier values in its inputs.

    Its tables have the agency's own rows alone: a form in the browser shows the rows accepted last by
    itself, and sends those that the agency did not remove.
    """
    return write_template(build_template_context(context, agency, quarter, filled, due_day))


def build_template_context(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    filled: FilledValues,
    due_day: date | None = None,
) -> TemplateContext:
    """Return what a workbook is built from whose tables have no other rows than the filled ones."""
    with read_transaction(context.engine) as connection:
        load_id = registry_queries.find_load_of_quarter(connection, quarter.key)
        registry = context.load_registry(connection, load_id)
        rows = registry.active_in(quarter.key).set_index("code")
        if agency not in rows.index:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        before = StoredSubmissions.load(connection, quarter.key, [agency]).accepted_before(
            quarter.key
        )
        latest = before[-1:]
        facts = submission_queries.load_facts(connection, [submission.id for submission in latest])
        due_by = find_agency_due_date(connection, quarter, agency).due_by
    row = rows.loc[agency]
    targets = registry.targets
    targets = targets[(targets["agency"] == agency) & (targets["quarter"] == quarter.key)]
    return TemplateContext(
        agency=TemplateAgency(agency, row["form"], Text.from_columns(row, "name"), row["language"]),
        quarter=quarter,
        due_day=due_day or last_day_before(due_by),
        framework=context.load_framework(quarter),
        reference=context.reference,
        key=context.seal_key,
        last={
            (fact.indicator, fact.dimension): int(fact.hundredths) for fact in facts.itertuples()
        },
        last_quarter=Quarter.parse(latest[0].quarter) if latest else None,
        targets=dict(zip(targets["indicator"], targets["hundredths"].astype(int), strict=True)),
        filled=filled,
    )
