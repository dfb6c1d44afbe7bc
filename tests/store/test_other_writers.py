"""Whether the rows of a store are complete: no other transaction of its database still writes."""

from __future__ import annotations

from sqlalchemy import text
from tests.conftest import POSTGRESQL
from tests.stores import postgresql_only

from cpsa.services.app_context import AppContext
from cpsa.store.database import open_engine, read_transaction
from cpsa.store.queries.transfer_queries import has_no_other_writer


@postgresql_only
def test_only_who_writes_to_the_same_database_counts(office: AppContext) -> None:
    for address, is_quiet in ((POSTGRESQL, True), (office.settings.database_url, False)):
        other = open_engine(address)
        with other.connect() as writer, read_transaction(office.engine) as connection:
            assert has_no_other_writer(connection)
            writer.execute(text("SELECT pg_current_xact_id()"))
        with other.connect() as writer:
            writer.execute(text("SELECT pg_current_xact_id()"))
            with read_transaction(office.engine) as connection:
                assert has_no_other_writer(connection) is is_quiet
        other.dispose()
