"""Codes of tables: read as people write them, and one for each document."""

from __future__ import annotations

from cpsa.documents import codes


def test_a_code_is_read_as_people_write_it() -> None:
    reference = "CPSA/2025-26-H2/LD/STATE"
    code = codes.of_table(reference, 7)
    assert codes.read(code) == (codes.of_document(reference), 7)
    assert codes.read(f" {code.lower().replace('-', '')} ") == codes.read(code)
    assert codes.read("1O1LOI-04") == ("101101", 4)
    for wrong in ("", "-", code[:-3], "UUUUUU-01", "2025-26-H2", f"{code}9999"):
        assert codes.read(wrong) is None, wrong


def test_references_of_many_years_have_codes_of_their_own() -> None:
    references = {
        f"CPSA/{year}-{(year + 1) % 100:02d}-Q{quarter}/QU/IA-{number:03d}"
        for year in range(2024, 2029)
        for quarter in range(1, 5)
        for number in range(61)
    }
    assert len({codes.of_document(one) for one in references}) == len(references) == 1220
