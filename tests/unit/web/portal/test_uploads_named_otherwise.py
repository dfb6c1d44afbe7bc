"""An upload is read by what it is, whatever its name."""

from __future__ import annotations

import pytest
from tests.factories import update
from tests.unit.intake.readers.workbook.samples import packed, whole_update
from tests.unit.web.portal.conftest import ENGLISH, QUARTER, Site, Visitor

from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction
from cpsa.store.queries import submission_queries


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("workbook", f"update{suffix}") for suffix in (".xls", ".ods", ".csv", "", ".xlsm")),
        *(("table", f"update{suffix}") for suffix in (".xlsx", ".xls", "", ".txt")),
        ("zip", "update.zip"),
    ],
)
def test_an_upload_is_read_by_its_content(visitor: Visitor, site: Site, kind, name) -> None:
    workbook = whole_update(build_template(site.office, ENGLISH, QUARTER))
    content = {
        "workbook": workbook,
        "zip": packed({"update.xlsx": workbook}),
        "table": update(ENGLISH, QUARTER.key, {"OP1": 1, "OP2": 12}),
    }[kind]
    assert visitor.send(content, name).status_code == 303
    with read_transaction(site.office.engine) as connection:
        facts = submission_queries.load_facts(connection, [1])
    found = facts[(facts["indicator"] == "OP2") & (facts["dimension"] == "")]
    assert found["hundredths"].tolist() == [1200]
