"""The action taken report form as it goes out, and the door by which channels hand it in again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from cpsa import documents
from cpsa.calendar import HalfYear
from cpsa.collect.arrival import Arrival
from cpsa.cycle import snapshots
from cpsa.cycle.arriving import known
from cpsa.cycle.decisions import record_decisions, require_department
from cpsa.cycle.department_replies import keep_unread_form
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.documents import DocumentKey, Kind
from cpsa.errors import RequestError
from cpsa.registry import Roll

SUFFIX = ".atr"
"""What a report's name ends in before its kind: ``BANKS.atr.xlsx``."""


def atr_form(office: Office, department: str, half: HalfYear, language: str | None = None) -> bytes:
    """The form of a department, in the language of its first recipient unless another is asked for.

    RequestError for a department that is none or has nothing to answer, and while a quarter of the
    half-year is open.
    """
    department = require_department(office, department)
    taken = snapshots.take(office, half)
    seats = taken.snapshot.registry.recipients
    own = seats.loc[seats["department"] == department, "language"]
    chosen = language or next(iter(own), office.settings.language)
    renderer = documents.Renderer(office.settings.templates, seal_key=office.seal_key)
    key = DocumentKey(Kind.ATR, half, department, chosen, "xlsx")
    return renderer.render(key, taken.snapshot)


def take_in_report(
    office: Office,
    arrival: Arrival,
    now: datetime,
    departments: Collection[str] | None = None,
    seat: str = "",
) -> Item:
    """Record the answers of a report that a channel hands over; refused, its bytes and why are kept.

    ``departments``: those the sender may answer for, where the channel knows no more; ``seat``: the
    recipient who sent it, where that is known.
    """
    if repeat := known(office, arrival.channel, arrival.key, arrival.sha256):
        office.keep_bytes(arrival.content, arrival.sha256)
        return repeat
    try:
        done = record_decisions(office, arrival, arrival.channel, now, departments, seat)
    except RequestError as error:
        department = seat.partition(":")[0] or arrival.agency
        return keep_unread_form(office, arrival, error, now, department, seat)
    notices = tuple(done.notices(office.settings.language))
    item = Item(arrival.key, done.outcome, notices=notices)
    if not done.faults:
        return item
    words = " ".join(done.problems(office.settings.language))
    return replace(item, problem=words, reason=done.faults[0].key)


def department_named(office: Office, file_name: str) -> str | None:
    """The department that ``BANKS.atr.xlsx`` names, in any case; None for a file of another kind."""
    stem, dot, _ = file_name.rpartition(".")
    if not dot or not stem.casefold().endswith(SUFFIX):
        return None
    named = stem[: -len(SUFFIX)]
    codes = {
        code.casefold(): present for code, present in office.reference.department_codes.items()
    }
    return codes.get(named.casefold(), named)


def departments_of(roll: Roll, address: str) -> frozenset[str]:
    """The departments that an address of the registry receives documents for."""
    seats = roll.recipients
    own = seats[seats["email"].astype(str).str.strip().str.casefold() == address.strip().casefold()]
    return frozenset(own["department"]) if address.strip() else frozenset()
