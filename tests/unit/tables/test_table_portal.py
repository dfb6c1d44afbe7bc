"""Tables in the portal: as fields of the form, without any script, and in files that are uploaded."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from tests.factories import Clerk, RegistryFolder, update
from tests.pages import parsed
from tests.unit.intake.readers.workbook.samples import cell, saved
from tests.unit.tables.table_office import COLUMNS
from tests.unit.tables.table_samples import write_framework
from tests.unit.web.portal.conftest import QUARTER, Site

from cpsa.services.app_context import AppContext
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction
from cpsa.store.queries import table_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions

BEFORE = QUARTER - 1
FC, IA = "FC-C", "IA-A"


@pytest.fixture
def site(office: AppContext, tmp_path: Path) -> Site:
    """The portal of an office whose forms have tables; its facilitation centre gave rows the quarter before."""
    (tmp_path / "framework").mkdir()
    settings = replace(office.settings, framework=write_framework(tmp_path / "framework"))
    own = AppContext(settings, office.engine)
    RegistryFolder(agencies={FC: BEFORE.key, IA: BEFORE.key}).load(
        own, tmp_path / "registry", BEFORE.opens_at
    )
    for quarter in (BEFORE, QUARTER):
        open_quarter(own, quarter, quarter.opens_at, "ops")
    return Site(own)


def send_rows_before(site: Site, folder: Path) -> None:
    """Rows of applications that were accepted for the quarter before."""
    clerk = Clerk(site.office, folder)
    clerk.send(FC, BEFORE.key, {"FA3": 10})
    clerk.check(BEFORE.key)
    given = make_csv(("DOIC", "MSE-CDP", 2, 10, 4, ""), quarter=BEFORE.key)
    clerk.send_bytes(f"{FC}.applications", BEFORE.key, given)
    clerk.check(BEFORE.key)


def make_csv(*rows: tuple[object, ...], quarter: str = QUARTER.key) -> bytes:
    lines = [("agency", "quarter", *COLUMNS), *((FC, quarter, *row) for row in rows)]
    return "\n".join(",".join(map(str, line)) for line in lines).encode()


def fill(page, value: str = "0", **typed: str) -> dict[str, str]:
    """What a browser posts: the fields as they are shown, totals with a value, and what is typed."""
    fields = {one.get("name"): one.get("value", "") for one in page.xpath("//form//input[@name]")}
    fields = {
        name: text for name, text in fields.items() if name not in ("form_token", "nil_return")
    }
    totals = {name: value for name in fields if name.startswith("in_") and name.endswith("_total")}
    return {**fields, **totals, **typed}


def type_row(row: int, *values: str) -> dict[str, str]:
    names = [f"table_applications_{row}_{column}" for column in COLUMNS]
    return {name: value for name, value in zip(names, values, strict=False) if value}


def load_rows(site: Site, version: int, agency: str = FC) -> dict[str, dict[str, object]]:
    """The rows that a version gave, by key: their figures, dates and texts."""
    with read_transaction(site.office.engine) as connection:
        stored = StoredSubmissions.load(connection, QUARTER.key, [agency])
        id_ = stored.for_quarter(QUARTER.key)[version - 1].id
        codes = [code for _, code in table_queries.list_given_tables(connection, [id_])]
        rows = table_queries.load_tables(connection, [(id_, code) for code in codes])
    return {
        row.key: {column: value.format_typed() for column, value in row.values.items()}
        for given in rows.values()
        for row in given
    }


def value_of(page, name: str) -> str:
    (field,) = page.xpath(f"//*[@name='{name}']")
    if field.tag == "select":
        return "".join(field.xpath("option[@selected]/@value"))
    return field.get("value", "")


def test_rows_are_typed_sent_and_shown_again(site: Site) -> None:
    visitor = site.visitor(FC)
    page = visitor.get("fill")
    assert page.xpath("//*[@id='table-applications']") and not page.xpath("//*[@id='table-steps']")
    typed = fill(page, "2", **type_row(1, "DOIC", "Own scheme", "5", "२", "1", "0"))
    done = visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert "Your update is accepted" in done.text_content()
    (row,) = load_rows(site, 1).values()
    assert (row["department"], row["scheme"], row["filed"], row["pending"]) == (
        *("DOIC", "Own scheme", "2", "6"),
    )
    shown = visitor.get("fill")
    assert [value_of(shown, f"table_applications_0_{column}") for column in COLUMNS] == [
        *("DOIC", "Own scheme", "5", "२", "1", "0"),
    ]


def test_a_fault_is_shown_at_its_field_and_what_was_typed_stays(site: Site) -> None:
    visitor = site.visitor(FC)
    typed = fill(visitor.get("fill"), "2", **type_row(0, "DOIC", "S", "", "1", "", ""))
    typed |= type_row(4, "DOMSME", "S", "", "about 5", "", "")
    for do, anchor in (("check", "summary"), ("send", "")):
        answer = visitor.post("fill", data={**typed, "do": do})
        page = parsed(answer.text) if do == "check" else visitor.follow(answer)
        links = page.xpath("//div[@id='summary']//a/@href")
        assert links == ["#table_applications_1_filed"], anchor
        (field,) = page.xpath("//*[@id='table_applications_1_filed']")
        assert (field.get("value"), field.get("aria-invalid")) == ("about 5", "true")
        assert "about 5" in page.xpath("string(//*[@id='fault-table_applications_1_filed'])")
        assert page.xpath("//details[@id='table-applications']/@open")
    corrected = {**fill(page, "6"), **type_row(1, "", "", "", "5")}
    corrected |= {
        f"table_applications_{row}_department": code for row, code in ((0, "DOIC"), (1, "DOMSME"))
    }
    corrected["in_FA3_total"] = "6"
    assert (
        "is accepted"
        in visitor.follow(visitor.post("fill", data={**corrected, "do": "send"})).text_content()
    )
    assert {key: row["filed"] for key, row in load_rows(site, 2).items()} == {
        "DOIC/S": "1",
        "DOMSME/S": "5",
    }


def test_a_finding_about_a_whole_table_or_a_computed_value_is_shown_there(site: Site) -> None:
    visitor = site.visitor(FC)
    typed = fill(visitor.get("fill"), "0", **type_row(0, "DOIC", "S", "1", "1", "9", ""))
    page = parsed(visitor.post("fill", data={**typed, "do": "check"}).text)
    assert page.xpath("//div[@id='summary']//a/@href") == [
        *("#table-applications", "#table_applications_0"),
    ]
    for found in page.xpath("//div[@id='summary']//a/@href"):
        assert page.xpath(f"//*[@id='{found[1:]}']//*[contains(@class, 'finding')]")


def test_rows_accepted_last_have_their_key_and_begin_where_they_ended(site: Site, tmp_path) -> None:
    send_rows_before(site, tmp_path / "before")
    visitor = site.visitor(FC)
    page = visitor.get("fill")
    legend = page.xpath("string(//*[@id='table_applications_0']/legend)")
    assert "Industry" in legend and "MSE-CDP" in legend
    assert page.xpath("//*[@name='table_applications_0_department']/@type") == ["hidden"]
    assert value_of(page, "table_applications_0_opening") == "8"
    untouched = visitor.follow(visitor.post("fill", data={**fill(page, "0"), "do": "send"}))
    assert "is accepted" in untouched.text_content() and load_rows(site, 1) == {}
    typed = fill(visitor.get("fill"), "3", table_applications_0_filed="3")
    assert (
        "is accepted"
        in visitor.follow(visitor.post("fill", data={**typed, "do": "send"})).text_content()
    )
    assert load_rows(site, 2)["DOIC/MSE-CDP"]["pending"] == "11"


def test_fixed_rows_take_dates_as_they_are_written(site: Site) -> None:
    visitor = site.visitor(IA)
    page = visitor.get("fill")
    assert not page.xpath("//button[contains(@value, 'more_table_steps')]")
    typed = fill(page, "0", table_steps_1_actual="31.03.2026", table_steps_1_office="Indore")
    wrong = {**typed, "table_steps_2_actual": "31.02.2026", "do": "check"}
    checked = parsed(visitor.post("fill", data=wrong).text)
    assert "31.02.2026" in checked.xpath("string(//*[@id='fault-table_steps_2_actual'])")
    assert value_of(checked, "table_steps_2_actual") == "31.02.2026"
    visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert load_rows(site, 1, IA) == {
        "SPV": {"step": "SPV", "actual": "2026-03-31", "office": "Indore"}
    }


def test_rows_are_added_without_a_script(site: Site) -> None:
    visitor = site.visitor(FC)
    page = visitor.get("fill")
    rows = len(page.xpath("//details[@id='table-applications']/fieldset"))
    typed = fill(page, **type_row(0, "DOIC", "S", "", "1"))
    longer = parsed(visitor.post("fill", data={**typed, "do": "more_table_applications"}).text)
    assert len(longer.xpath("//details[@id='table-applications']/fieldset")) > rows
    assert value_of(longer, "table_applications_0_scheme") == "S"
    assert longer.xpath("//*[@id='table_applications_0_scheme']/@list") == [
        "list-applications-scheme"
    ]


def test_the_form_begins_with_the_rows_of_a_file_sent_after_the_figures(site: Site) -> None:
    visitor = site.visitor(FC)
    visitor.follow(visitor.send(update(FC, QUARTER.key, {"FA3": 3}), f"{FC}.csv"))
    sent = make_csv(("DOIC", "S", "", 1, "", ""), ("DOMSME", "S", "", "two", "", ""))
    page = visitor.follow(visitor.send(sent, f"{FC}.applications.csv"))
    assert "line 3" in page.text_content() and "two" in page.text_content()
    shown = visitor.get("fill")
    assert value_of(shown, "in_FA3_total") == "3"
    assert value_of(shown, "table_applications_1_filed") == "two"
    assert shown.xpath("//div[@id='summary']//a/@href") == ["#table_applications_1_filed"]
    right = make_csv(("DOIC", "S", "", 1, "", ""), ("DOMSME", "S", "", 2, "", ""))
    visitor.follow(visitor.send(right, f"{FC}.applications.csv"))
    visitor.follow(visitor.send(update(FC, QUARTER.key, {"FA3": 3, "FA1": 1}), f"{FC}.csv"))
    counting = visitor.get("fill")
    assert value_of(counting, "table_applications_1_filed") == "2", "they count still"


def test_an_uploaded_workbook_names_the_cell_of_a_fault(site: Site) -> None:
    visitor = site.visitor(FC)
    book = openpyxl.load_workbook(io.BytesIO(build_template(site.office, FC, QUARTER)))
    for column, value in (("department", "DOIC"), ("scheme", "X"), ("filed", "about 5")):
        cell(book, f"table_applications_{column}", 3).value = value
    page = visitor.follow(visitor.send(saved(book), f"{FC}.xlsx"))
    assert "Applications!D9" in page.text_content() and "about 5" in page.text_content()
    shown = visitor.get("fill")
    assert "#table_applications_0_filed" in shown.xpath("//div[@id='summary']//a/@href")


def test_the_form_in_hindi_shows_hindi_labels(site: Site) -> None:
    page = site.visitor(FC).get("fill", lang="hi")
    section = page.xpath("string(//*[@id='table-applications'])")
    assert "हिंदी Applications" in section and "हिंदी Filed" in section


def test_a_table_with_too_many_rows_is_left_to_files(site: Site, monkeypatch) -> None:
    visitor = site.visitor(FC)
    visitor.follow(visitor.send(update(FC, QUARTER.key, {"FA3": 3}), f"{FC}.csv"))
    sent = make_csv(*(("DOIC", f"S{row}", "", 1, "", "") for row in range(3)))
    visitor.follow(visitor.send(sent, f"{FC}.applications.csv"))
    monkeypatch.setattr("cpsa.web.portal.form.table_fields.MAX_TABLE_ROWS", 2)
    page = visitor.get("fill")
    assert not page.xpath("//details[@id='table-applications']/fieldset")
    assert "This table has 3 rows" in page.text_content()
