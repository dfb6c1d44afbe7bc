"""What a run of mutation changes."""

from __future__ import annotations

import pytest
from tests.mutation.__main__ import (
    PARTS,
    ROOT,
    PartResult,
    Survivor,
    format_page,
    load_explained,
    parse_options,
)


def test_every_part_is_changed_unless_some_are_named() -> None:
    assert parse_options(["--sample", "5"]).part is None
    assert parse_options(["--part", "figures", "--part", "checks"]).part == ["figures", "checks"]
    with pytest.raises(SystemExit):
        parse_options(["--part", "weather"])


def test_every_part_names_modules_and_tests_that_are_there() -> None:
    for part in PARTS.values():
        for path in (*(f"include/cpsa/{module}" for module in part.modules), *part.tests.split()):
            assert (ROOT / path).exists(), path


def test_the_page_explains_what_was_looked_at_and_names_what_was_not() -> None:
    seen, unseen = Survivor("a.py", "-x = 1\n+x = 2"), Survivor("b.py", "-y = 1\n+y = 2")
    page = format_page([PartResult("figures", 99, 9, (seen, unseen), 3.2)], 7, {seen: "Same."})
    assert "| figures | 99 | 9 | 7 | 1 | 3 |" in page
    assert "+x = 2\n```\n\nSame." in page
    assert "+y = 2\n```\n\n**Not explained" in page


def test_every_explained_line_is_still_there() -> None:
    for survivor in load_explained():
        lines = (ROOT / survivor.module).read_text("utf-8").splitlines()
        for line in survivor.change.splitlines():
            assert line[:1] != "-" or line[1:] in lines, f"{survivor.module}: {line}"
