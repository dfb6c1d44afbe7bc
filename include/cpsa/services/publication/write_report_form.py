"""Writes the action taken report form that is sent to a department."""

from __future__ import annotations

from cpsa.calendar import HalfYear
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import ATR
from cpsa.documents.render.renderer import Renderer
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import require_department
from cpsa.services.publication.take_snapshot import take_snapshot


def write_report_form(
    context: AppContext, department: str, half: HalfYear, language: str | None = None
) -> bytes:
    """The form of a department, in the language of its first recipient unless another is requested.

    RequestError for a department that is none or has nothing to answer, and while a quarter of the
    half-year is open.
    """
    department = require_department(context, department)
    taken = take_snapshot(context, half)
    seats = taken.snapshot.registry.recipients
    own = seats.loc[seats["department"] == department, "language"]
    chosen = language or next(iter(own), context.settings.language)
    renderer = Renderer(context.settings.templates, seal_key=context.seal_key)
    key = DocumentKey(ATR, half, department, chosen, "xlsx")
    return renderer.render(key, taken.snapshot)
