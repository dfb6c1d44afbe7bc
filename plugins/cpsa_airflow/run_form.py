"""What a person fills in to start a run for a period by hand; scheduled runs have the defaults.

Also the one way in which a form's field gets its texts. Airflow shows a form in one language, so
each text is in both; the texts are in the catalogue (``forms.yaml``).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES

OPTIONAL_TEXT = ["null", "string"]  # a field that may not be blank keeps the button from working


def make_field(
    name: str, default: Any, separators: tuple[str, str] = (" · ", " "), **schema: Any
) -> Param:
    """A field with its title and description of the catalogue, ``forms.<name>``.

    ``separators``: between the languages of the title, and of the description.
    """
    return Param(
        default,
        title=join_languages(f"forms.{name}.title", separators[0]),
        description=join_languages(f"forms.{name}.description", separators[1]),
        **schema,
    )


def join_languages(key: str, separator: str) -> str:
    """A text of the catalogue in both languages, one after the other."""
    return separator.join(text(key, language) for language in LANGUAGES)


def make_period_field() -> dict[str, Param]:
    """Which quarter or half-year the run is for; blank: its partition key says so."""
    return {"period": make_field("period", None, type=OPTIONAL_TEXT)}


def make_period_and_reason_fields() -> dict[str, Param]:
    """Which period, and why the run is started by hand; both are kept in the audit trail."""
    return {
        **make_period_field(),
        "reason": make_field("by_hand_reason", None, type=OPTIONAL_TEXT),
    }
