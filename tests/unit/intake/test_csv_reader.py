"""The long-form CSV: any bytes are read or refused, and values are kept as they were typed."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.factories import HEADER

from cpsa.figures import clean_code
from cpsa.intake.readers import csv_reader
from cpsa.intake.readers.read_update import read_update
from cpsa.submissions.update import Unreadable, Update

HEAD = ",".join(HEADER).encode()
TYPED = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


def rows(*lines: str) -> bytes:
    return b"\n".join([HEAD, *(line.encode() for line in lines)])


def values(content: bytes) -> list[str]:
    update = csv_reader.read_csv_update(content)
    assert isinstance(update, Update)
    return [cell.text for cell in update.cells]


@given(
    st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda body: HEAD + b"\n" + body))
)
@example(b",,,\n")
@example(b'""')
@example(HEAD + b"\n" + b"x" * 200_000)
@example(HEAD + b",x" * 300_000 + b"\nA,Q,B2,,5" + b"\nA,Q,B1,,7")
@example(b"\xef\xbb\xbf")
@example(b'a\rb"\r\n"')
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert isinstance(csv_reader.read_csv_update(content), Update | Unreadable)


@given(st.text(alphabet='agency,quarter\n\r" ;\t५x', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(csv_reader.read_csv_update(text.encode()), Update | Unreadable)


@given(st.lists(st.tuples(TYPED, TYPED, TYPED, TYPED), max_size=4))
def test_values_are_kept_as_they_were_typed(typed: list[tuple[str, str, str, str]]) -> None:
    lines = [("", "", code, part, value, note) for code, part, value, note in typed]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *lines])
    update = csv_reader.read_csv_update(text.getvalue().encode())
    assert isinstance(update, Update)
    expected = [
        (
            clean_code(code),
            "" if clean_code(part).casefold() == "total" else clean_code(part),
            value,
        )
        for code, part, value, note in typed
        if any(cell.strip() for cell in (code, part, value, note))
        and clean_code(code).casefold() != "nil"
    ]
    assert [(cell.indicator, cell.dimension, cell.text) for cell in update.cells] == expected


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_way_in_which_spreadsheets_save_is_read(bom: bytes, end: str, quoting) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([HEADER, ("IA-A", "2026-27-Q1", "B2", "", "1,25,000", 'said "so"')])
    update = csv_reader.read_csv_update(bom + text.getvalue().encode())
    assert isinstance(update, Update)
    assert [(cell.text, cell.place) for cell in update.cells] == [("1,25,000", "line 2")]
    assert update.agencies[0].text == "IA-A"


def test_the_header_is_read_by_name_in_any_case_and_order() -> None:
    content = b" Value ,NOTE,agency,Quarter,indicator,dimension\n7,n,IA-A,2026-27-Q1,A1,women\n"
    (cell,) = csv_reader.read_csv_update(content).cells  # type: ignore[union-attr]
    assert (cell.indicator, cell.dimension, cell.text) == ("A1", "women", "7")


def test_the_note_may_be_left_out() -> None:
    assert values(b"agency,quarter,indicator,dimension,value\nA,B,A1,,5\n") == ["5"]


@pytest.mark.parametrize(
    "header",
    [
        "agency,quarter,indicator,value,note",
        "agency,quarter,indicator,dimension,value,value",
        "agency,quarter,indicator,dimension,value,note,note",
        "agency\tquarter\tindicator\tdimension\tfigure\tnote",
    ],
)
def test_a_header_that_is_not_ours_is_quoted(header: str) -> None:
    refused = csv_reader.read_csv_update(f"{header}\nA,B,C,D,5,\n".encode())
    assert isinstance(refused, Unreadable)
    assert (refused.cause, refused.place) == ("unreadable.header", "line 1")
    assert refused.detail == header.replace("\t", "·")


def test_an_endless_header_is_quoted_in_part() -> None:
    refused = csv_reader.read_csv_update(b"x" * 5000)
    assert isinstance(refused, Unreadable)
    assert len(refused.detail) == 80


def doubtful(*lines: str) -> list[tuple[str, str]]:
    update = csv_reader.read_csv_update(rows(*lines))
    assert isinstance(update, Update)
    return [(cell.text, cell.doubt) for cell in update.cells]


COMMA = "comma_inside"


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("A,Q,B2,,1,25,000", "1,25,000"),  # a cell that no header names
        ("A,Q,B2,,1,25,000,", "1,25,000"),
        ("A,Q,B2,,1,25,000,see, note", "1,25,000,see, note"),
        ("A,Q,B2,,125000,a note, and more", "125000,a note, and more"),
        ("A,Q,A2,,1,250", "1,250"),  # a note of digits after a value of one to three digits
        ("A,Q,A2,,10,250,", "10,250"),
        ("A,Q,A2,,१,२५०", "१,२५०"),
        ("A,Q,B2,,1,250.50", "1,250.50"),
        ('A,Q,B2,,11,"80,052"', "11,80,052"),
    ],
)
def test_a_comma_inside_a_figure_puts_it_in_doubt(line: str, quoted: str) -> None:
    """1,250 without quotes falls apart into two cells; read as 1 it would be a lie."""
    assert doubtful(line) == [(quoted, COMMA)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("A,Q,B2,,125000,,,,", "125000"),
        ("A,Q,B2,,125000,,", "125000"),
        ("A,Q,B2,,1,see page 250", "1"),
        ("A,Q,B2,,1250,250", "1250"),
        ("A,Q,B2,,1,2024-25", "1"),
        ('A,Q,B2,,"11,80,052",', "11,80,052"),
        ("A,Q,B2,,“11,80,052”", "“11,80,052”"),
    ],
)
def test_other_notes_and_blank_cells_put_nothing_in_doubt(line: str, text: str) -> None:
    assert doubtful(line) == [(text, "")]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_our_header_may_be_separated_and_encoded_as_spreadsheets_save_it(
    separator: str, encoding: str
) -> None:
    lines = [HEADER, ("IA-A", "2026-27-Q1", "B2", "", "1,25,000", "एक, दो")]
    text = "\r\n".join(separator.join(cells) for cells in lines) + "\x1a"
    update = csv_reader.read_csv_update(text.encode(encoding))
    assert isinstance(update, Update)
    assert [(one.text, one.doubt, one.place) for one in update.cells] == [
        ("1,25,000", "", "line 2")
    ]
    assert update.agencies[0].text == "IA-A"


def test_the_line_by_which_excel_names_its_separator_is_skipped() -> None:
    content = b"sep=;\r\n" + HEAD.replace(b",", b";") + b"\r\nA;Q;A1;;7;\r\n"
    (cell,) = csv_reader.read_csv_update(content).cells  # type: ignore[union-attr]
    assert (cell.text, cell.place) == ("7", "line 3")


def test_a_header_with_semicolons_that_is_not_ours_says_so() -> None:
    refused = csv_reader.read_csv_update(
        b"agency;quarter;indicator;dimension;figure;note\nA;B;C;;5;\n"
    )
    assert isinstance(refused, Unreadable)
    assert (refused.cause, refused.place) == ("unreadable.header_semicolon", "line 1")


def test_invisible_characters_are_no_part_of_a_code() -> None:
    update = csv_reader.read_csv_update(rows("\u200bIA-A,\u200e2026-27-Q1,\ufeffA1,\u200btotal,7,"))
    assert isinstance(update, Update)
    assert [(one.indicator, one.dimension) for one in update.cells] == [("A1", "")]
    assert (update.agencies[0].text, update.quarters[0].text) == ("IA-A", "2026-27-Q1")


@pytest.mark.parametrize("written", ["2024-25 Q3", "Q3 2024-25", "2024-25-q3", "तिमाही 3 2024-25"])
def test_a_quarter_is_read_as_people_write_it(written: str) -> None:
    update = csv_reader.read_csv_update(rows(f"IA-A,{written},A1,,7,"))
    assert isinstance(update, Update)
    assert update.quarters[0].text == "2024-25-Q3"


def test_short_rows_lack_their_last_cells() -> None:
    assert values(rows("A,Q,A1,,5", "A,Q,A1,,", "A,Q,A1", "A")) == ["5", "", "", ""]


def test_blank_rows_are_no_rows_but_count_as_lines() -> None:
    update = csv_reader.read_csv_update(rows("", ",,,,,", "A,Q,A1,,5,", "", "A,Q,A2,,6,"))
    assert [(cell.text, cell.place) for cell in update.cells] == [  # type: ignore[union-attr]
        ("5", "line 4"),
        ("6", "line 6"),
    ]


def test_a_cell_over_several_lines_is_at_its_first() -> None:
    update = csv_reader.read_csv_update(rows('A,Q,A1,,"5\n6",', "A,Q,A2,,7,"))
    assert [(cell.text, cell.place) for cell in update.cells] == [  # type: ignore[union-attr]
        ("5\n6", "line 2"),
        ("7", "line 4"),
    ]


@pytest.mark.parametrize("end", ['"12', '"', 'x,"\n\n\n'])
def test_a_file_cut_off_within_quotes_is_refused(end: str) -> None:
    refused = csv_reader.read_csv_update(rows("A,Q,A1,,5,", f"A,Q,A2,,{end}"))
    assert isinstance(refused, Unreadable)
    assert (refused.cause, refused.place) == ("unreadable.truncated", "line 3")


def test_a_stray_quote_is_no_reason_to_refuse() -> None:
    assert values(rows('A,Q,A1,,5",', 'A,Q,A2,,"6"x,')) == ['5"', "6x"]


@pytest.mark.parametrize("yes", ["yes", "YES", " Yes "])
def test_the_nil_row_ticks_wherever_it_stands(yes: str) -> None:
    update = csv_reader.read_csv_update(rows(f"A,Q,nil,,{yes},", "A,Q,A1,,,", f"A,Q,NIL,,{yes},"))
    assert isinstance(update, Update)
    assert update.nil == "line 2"
    assert [cell.indicator for cell in update.cells] == ["A1"]


@pytest.mark.parametrize("other", ["no", "", "1", "true"])
def test_only_yes_ticks_nil(other: str) -> None:
    update = csv_reader.read_csv_update(rows(f"A,Q,NIL,,{other},"))
    assert isinstance(update, Update)
    assert (update.nil, update.cells) == (None, ())


def test_all_agencies_and_quarters_are_named_once_with_their_place() -> None:
    update = csv_reader.read_csv_update(
        rows("A,Q1,A1,,1,", ",,A2,,1,", "B,Q1,A1,,1,", "A,Q2,NIL,,yes,")
    )
    assert isinstance(update, Update)
    assert [(one.text, one.place) for one in update.agencies] == [("A", "line 2"), ("B", "line 4")]
    assert [(one.text, one.place) for one in update.quarters] == [
        ("Q1", "line 2"),
        ("Q2", "line 5"),
    ]


def test_a_header_alone_is_an_update_without_figures() -> None:
    assert csv_reader.read_csv_update(HEAD) == Update(())


def test_a_csv_is_read_whatever_its_name() -> None:
    assert isinstance(read_update(rows()), Update)
