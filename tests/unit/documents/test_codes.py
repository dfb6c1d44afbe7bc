"""Codes of tables: read as people write them, and one for each document."""

from __future__ import annotations

from cpsa.provenance import table_codes


def test_a_code_is_read_as_people_write_it() -> None:
    reference = "CPSA/2025-26-H2/LD/STATE"
    code = table_codes.make_table_code(reference, 7)
    assert table_codes.parse_table_code(code) == (table_codes.make_document_code(reference), 7)
    assert table_codes.parse_table_code(
        f" {code.lower().replace('-', '')} "
    ) == table_codes.parse_table_code(code)
    assert table_codes.parse_table_code("1O1LOI-04") == ("101101", 4)
    for wrong in ("", "-", code[:-3], "UUUUUU-01", "2025-26-H2", f"{code}9999"):
        assert table_codes.parse_table_code(wrong) is None, wrong


def test_references_of_many_years_have_codes_of_their_own() -> None:
    references = {
        f"CPSA/{year}-{(year + 1) % 100:02d}-Q{quarter}/QU/IA-{number:03d}"
        for year in range(2024, 2029)
        for quarter in range(1, 5)
        for number in range(61)
    }
    assert (
        len({table_codes.make_document_code(one) for one in references}) == len(references) == 1220
    )
