"""What a run of mutation changes."""

from __future__ import annotations

import pytest
from tests.mutation.__main__ import PARTS, ROOT, parse_options


def test_every_part_is_changed_unless_some_are_named() -> None:
    assert parse_options(["--sample", "5"]).part is None
    assert parse_options(["--part", "figures", "--part", "checks"]).part == ["figures", "checks"]
    with pytest.raises(SystemExit):
        parse_options(["--part", "weather"])


def test_every_part_names_modules_and_tests_that_are_there() -> None:
    for part in PARTS.values():
        for path in (*(f"include/cpsa/{module}" for module in part.modules), *part.tests.split()):
            assert (ROOT / path).exists(), path
