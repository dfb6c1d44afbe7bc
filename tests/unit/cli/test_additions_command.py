"""``cpsa programme additions`` shows, and with --yes does; it is the admins'."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.cli.test_command_line import Answer, cpsa  # noqa: F401

WORDS = ("programme", "additions", "--from", "2025-26-Q3", "--reason", "not sent yet")


@pytest.mark.parametrize(
    ("language", "says", "nothing", "done"),
    [
        ("en", "1.7.0 added is to hold from 2025-26-Q3", "Nothing was changed yet", "Done"),
        ("hi", "1.7.0 के नए प्रपत्र", "अभी कुछ नहीं बदला गया", "हो गया"),
    ],
)
def test_it_shows_and_with_yes_does(
    cpsa: Callable[..., Answer],  # noqa: F811
    language: str,
    says: str,
    nothing: str,
    done: str,
) -> None:
    shown = cpsa(*WORDS, CPSA_LANGUAGE=language)
    assert shown.status == 0
    assert says in shown.out and nothing in shown.out
    assert done in cpsa(*WORDS, "--yes", CPSA_LANGUAGE=language).out
    again = cpsa(*WORDS, "--yes", CPSA_LANGUAGE=language)
    assert again.status == 0
    assert done not in again.out
    audit = cpsa("audit", "--format", "csv").table
    assert [(row["verb"], row["subject"]) for row in audit] == [
        ("set additions", "1.7.0 2025-26-Q3")
    ]


def test_others_may_not(cpsa: Callable[..., Answer]) -> None:  # noqa: F811
    refused = cpsa(*WORDS, "--yes", CPSA_ROLE="ops")
    assert refused.status == 2
    assert "programme additions" in refused.err
