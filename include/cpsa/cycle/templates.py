"""The template workbook an agency is asked to fill."""

from __future__ import annotations

from cpsa.bilingual import Text
from cpsa.calendar import Quarter
from cpsa.collect import template as workbook_template
from cpsa.collect.template import Filled
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.store import intake
from cpsa.store.database import reading


def template(office: Office, agency: str, quarter: Quarter) -> bytes:
    """The workbook of one agency for one quarter; the same bytes while nothing changed.

    RequestError for an agency that the registry does not know or that owes nothing then.
    """
    return filled_template(office, agency, quarter, Filled())


def filled_template(office: Office, agency: str, quarter: Quarter, filled: Filled) -> bytes:
    """The same workbook with what the agency has said already in its inputs."""
    return workbook_template.write(template_context(office, agency, quarter, filled))


def template_context(
    office: Office, agency: str, quarter: Quarter, filled: Filled
) -> workbook_template.Context:
    """What the workbook is made from; the form in the browser is made from the same."""
    with reading(office.engine) as connection:
        registry = office.registry(connection)
        rows = registry.active_in(quarter.key).set_index("code")
        if agency not in rows.index:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        before = Standing.read(connection, quarter.key, [agency]).accepted_before(quarter.key)
        latest = before.sort_values("quarter").tail(1)
        facts = intake.facts_of(connection, latest["id"])
    row = rows.loc[agency]
    aims = registry.targets
    aims = aims[(aims["agency"] == agency) & (aims["quarter"] == quarter.key)]
    return workbook_template.Context(
        agency=workbook_template.Agency(
            agency, row["form"], Text(row["name_en"], row["name_hi"]), row["language"]
        ),
        quarter=quarter,
        framework=office.framework(quarter),
        reference=office.reference,
        key=office.seal_key,
        last={
            (fact.indicator, fact.dimension): int(fact.hundredths) for fact in facts.itertuples()
        },
        last_quarter=None if latest.empty else Quarter.parse(latest["quarter"].iloc[0]),
        targets=dict(zip(aims["indicator"], aims["hundredths"].astype(int), strict=True)),
        filled=filled,
    )
