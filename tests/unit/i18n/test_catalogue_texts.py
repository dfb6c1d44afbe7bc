"""Texts of the catalogue, and the errors that carry them."""

from __future__ import annotations

import pickle

import pytest

from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import Text


def test_a_text_is_filled_in_either_language() -> None:
    assert "2026-27-Q9" in catalogue.text("calendar.no_quarter", "en", value="2026-27-Q9")
    hindi = catalogue.text("calendar.no_quarter", "hi", value="2026-27-Q9")
    assert "2026-27-Q9" in hindi
    assert "तिमाही" in hindi


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert "{value}{x}" in catalogue.text("calendar.no_quarter", "en", value="{value}{x}")


def test_an_unknown_key_or_a_missing_value_is_our_defect() -> None:
    with pytest.raises(KeyError):
        catalogue.text("no.such_text", "en")
    with pytest.raises(KeyError):
        catalogue.text("calendar.no_quarter", "en")


@pytest.mark.parametrize(
    ("where", "english", "hindi"),
    [("line 12", "line 12", "पंक्ति 12"), ("Output!D7", "Output!D7", "Output!D7"), ("", "", "")],
)
def test_places_are_told_in_the_readers_language(where, english, hindi) -> None:
    assert catalogue.describe_place(where, "en") == english
    assert catalogue.describe_place(where, "hi") == hindi


def test_an_error_crosses_processes_whole() -> None:
    error = RequestError("calendar.no_quarter", value="x")
    again = pickle.loads(pickle.dumps(error))
    assert (again.key, again.params, str(again)) == (error.key, error.params, str(error))


def test_a_label_in_a_third_language_is_a_defect() -> None:
    assert Text("a", "अ").in_("hi") == "अ"
    with pytest.raises(ValueError, match="fr"):
        Text("a", "अ").in_("fr")
