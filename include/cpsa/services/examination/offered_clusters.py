"""The clusters of the register with which the tables of centres begin: those of each centre's district."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from cpsa.checks.macro_rules import RegisterRow
from cpsa.framework.model import Framework
from cpsa.registry.cluster_register import ClusterRegister, make_empty_frame
from cpsa.registry.cluster_rows import make_offered_row
from cpsa.services.app_context import AppContext
from cpsa.store.queries import registry_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.table_queries import Tables, load_counting_tables
from cpsa.submissions.table_rows import TableRow


def load_offered_clusters(
    context: AppContext,
    connection: Connection,
    framework: Framework,
    form: str,
    quarter: str,
    agencies: Collection[str],
    registry_load: int,
) -> Mapping[str, Tables]:
    """The rows of tables with clusters, by agency: those that go on in the quarter, as of a load.

    Nothing where the form has no such table in the quarter.
    """
    tables = [table.code for table in framework.form_tables(form) if table.clusters]
    if not tables:
        return {}
    find_present_name = context.reference.districts.find_present_name
    clusters = registry_queries.load_clusters(connection, registry_load)
    register = ClusterRegister(clusters, make_empty_frame("cluster_agencies"))
    by_district: dict[str, list[TableRow]] = {}
    for cluster in register.list_active(quarter):
        district = find_present_name(cluster.district)
        by_district.setdefault(district, []).append(make_offered_row(cluster))
    rows = context.load_register(connection, registry_load).agencies
    own = rows[rows["code"].isin(agencies)]
    return {
        agency: dict.fromkeys(tables, by_district.get(find_present_name(district), []))
        for agency, district in zip(own["code"], own["district"], strict=True)
    }


def list_register_rows(
    context: AppContext,
    connection: Connection,
    framework: Framework,
    accepted: Sequence[SubmissionRecord],
    registry_load: int,
) -> list[RegisterRow]:
    """What the accepted updates of a quarter say of clusters, beside what the register says of them.

    ``accepted``: every accepted version of one quarter, oldest first.
    """
    requested = {table.code: table.form for table in framework.requested_tables if table.clusters}
    forms = {*requested.values()}
    if not forms or not accepted:
        return []
    given = load_counting_tables(connection, accepted, requested)
    found: list[RegisterRow] = []
    for form in sorted(forms):
        offered = load_offered_clusters(
            *(context, connection, framework, form, accepted[0].quarter),
            *(list(given), registry_load),
        )
        for agency, tables in offered.items():
            for table, rows in tables.items():
                known = {row.key: row for row in rows}
                found += [
                    RegisterRow(agency, table, row, known[row.key])
                    for row in given[agency].get(table, ())
                    if row.key in known
                ]
    return found
