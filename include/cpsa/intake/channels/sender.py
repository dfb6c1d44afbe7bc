"""Whose a mailed update is, and for which quarter.

The sender's address says which agencies it may speak for; nothing in a mail can widen that. A file
that names another agency is therefore registered as the sender's own, so that rule S06 shows the sender
what is wrong with it, instead of a letter going to an agency that sent nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from cpsa.calendar import IST, Quarter, is_quarter_key
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.intake.quarter_names import find_quarter_key, plain_words
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.submissions.update import Update


@dataclass(frozen=True)
class Sender:
    """Who wrote: the agencies of this address, each with the quarters it reports for."""

    agencies: Mapping[str, ActiveQuarters]
    subject: str
    received_at: datetime


@dataclass(frozen=True)
class SealCheck:
    """What shows that a seal is ours."""

    key: bytes = field(repr=False)
    framework: Callable[[Quarter], Framework]


@dataclass(frozen=True)
class _Claim:
    """What one place says; blank where it says nothing, or more than one thing."""

    agency: str = ""
    quarter: str = ""


def find_owner(
    content: bytes, file_name: str, sender: Sender, seal_check: SealCheck
) -> tuple[str, str]:
    """The agency and quarter an update is registered for.

    The first that names them: an unbroken seal, the file's name, the mail's subject, a CSV's own rows,
    and for the quarter the only window that was open when the mail came. RequestError when none
    does. A quarter that had not begun by then is a typing error, never a claim.
    """
    claims = list(_iter_claims(content, file_name, sender, seal_check))
    agencies = list(sender.agencies)
    own = agencies if len(agencies) == 1 else [claim.agency for claim in claims if claim.agency]
    if not own:
        raise RequestError("channels.which_agency", file=file_name, agencies=", ".join(agencies))
    begun = [
        claim.quarter for claim in claims if claim.quarter and _has_begun(claim.quarter, sender)
    ]
    quarter = next(iter(begun), "") or _find_open_quarter(own[0], sender)
    if not quarter:
        raise RequestError("channels.which_quarter", file=file_name)
    return own[0], quarter


def find_mail_owner(sender: Sender) -> tuple[str, str]:
    """Return the agency of a mail without any update, and the quarter whose window was open when it came.

    Blank where that is not certain. A mail that came while no window was open is counted to the
    quarter that its subject names.
    """
    agencies = list(sender.agencies)
    agency = agencies[0] if len(agencies) == 1 else _find_agency(sender.subject, sender)
    if not agency:
        return "", ""
    named = find_quarter_key(sender.subject)
    begun = named if named and _has_begun(named, sender) else ""
    return agency, _find_open_quarter(agency, sender) or begun


def _iter_claims(
    content: bytes, file_name: str, sender: Sender, seal_check: SealCheck
) -> Iterator[_Claim]:
    update = read_update(content)
    if isinstance(update, WorkbookUpdate):
        yield _read_seal_claim(update, sender, seal_check)
    for text in (PurePath(file_name).stem, sender.subject):
        yield _Claim(_find_agency(text, sender), find_quarter_key(text))
    if isinstance(update, Update):
        yield _read_row_claim(update, sender)


def _read_seal_claim(update: WorkbookUpdate, sender: Sender, seal_check: SealCheck) -> _Claim:
    seal = update.seal
    if seal is None:
        return _Claim()
    try:
        framework = seal_check.framework(Quarter.parse(seal.quarter))
    except RequestError:
        return _Claim()
    state = find_seal_state(seal, seal_check.key, seal.agency, seal.quarter, framework)
    if state is not SealState.OK:
        return _Claim()
    return _Claim(_find_own_agency(seal.agency, sender), seal.quarter)


def _read_row_claim(update: Update, sender: Sender) -> _Claim:
    agencies = {_find_own_agency(named.text, sender) for named in update.agencies}
    quarters = {named.text for named in update.quarters}
    agency = agencies.pop() if len(agencies) == 1 else ""
    quarter = quarters.pop() if len(quarters) == 1 else ""
    return _Claim(agency, quarter if is_quarter_key(quarter) else "")


def _find_agency(text: str, sender: Sender) -> str:
    """The one agency of the sender that a text names; of nested codes the longest counts."""
    plain = f"-{plain_words(text)}-"
    found = [code for code in sender.agencies if f"-{plain_words(code)}-" in plain]
    longest = [
        code
        for code in found
        if not any(code != longer and plain_words(code) in plain_words(longer) for longer in found)
    ]
    return longest[0] if len(longest) == 1 else ""


def _find_own_agency(code: str, sender: Sender) -> str:
    """The sender's agency of this code, in any case; blank when it is none of the sender's."""
    return next((own for own in sender.agencies if own.casefold() == code.strip().casefold()), "")


def _has_begun(quarter: str, sender: Sender) -> bool:
    return Quarter.parse(quarter).first_day <= sender.received_at.astimezone(IST).date()


def _find_open_quarter(agency: str, sender: Sender) -> str:
    """The quarter whose window was open for an agency when the mail came; windows never overlap."""
    quarter = Quarter.containing(sender.received_at.astimezone(IST).date()) - 1
    is_open = quarter.opens_at <= sender.received_at < quarter.latest_due_by
    return quarter.key if is_open and quarter.key in sender.agencies[agency] else ""
