"""Whose a mailed update is, and for which quarter.

The sender's address says which agencies it may speak for; nothing in a mail can widen that. A file
that names another agency is therefore taken for the sender's own, so that rule S06 tells the sender
what is wrong with it, instead of a letter going to an agency that sent nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from cpsa.calendar import IST, Quarter, is_quarter_key
from cpsa.collect import readers, workbook
from cpsa.collect.quarter_names import find_quarter_key, plain_words
from cpsa.collect.update import Update
from cpsa.collect.workbook import WorkbookUpdate
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.registry import ActiveQuarters


@dataclass(frozen=True)
class Correspondent:
    """Who wrote: the agencies of this address, each with the quarters it reports for."""

    agencies: Mapping[str, ActiveQuarters]
    subject: str
    received_at: datetime


@dataclass(frozen=True)
class Trust:
    """What tells a seal of ours from another's."""

    key: bytes = field(repr=False)
    framework: Callable[[Quarter], Framework]


@dataclass(frozen=True)
class _Claim:
    """What one place says; blank where it says nothing, or more than one thing."""

    agency: str = ""
    quarter: str = ""


def owner(content: bytes, file_name: str, who: Correspondent, trust: Trust) -> tuple[str, str]:
    """The agency and quarter an update is registered for.

    The first that tells: an unbroken seal, the file's name, the mail's subject, a CSV's own rows,
    and for the quarter the only window that was open when the mail came. RequestError when none
    does. A quarter that had not begun by then is a slip of the pen, never a claim.
    """
    claims = list(_claims(content, file_name, who, trust))
    agencies = list(who.agencies)
    own = agencies if len(agencies) == 1 else [one.agency for one in claims if one.agency]
    if not own:
        raise RequestError("channels.which_agency", file=file_name, agencies=", ".join(agencies))
    begun = [one.quarter for one in claims if one.quarter and _has_begun(one.quarter, who)]
    quarter = next(iter(begun), "") or _open_quarter(own[0], who)
    if not quarter:
        raise RequestError("channels.which_quarter", file=file_name)
    return own[0], quarter


def sent_for(who: Correspondent) -> tuple[str, str]:
    """Of whom a mail without any update is, and the quarter whose window was open when it came.

    Blank where that is not certain. A mail that came while no window was open is counted to the
    quarter that its subject names.
    """
    agencies = list(who.agencies)
    agency = agencies[0] if len(agencies) == 1 else _agency_in(who.subject, who)
    if not agency:
        return "", ""
    named = find_quarter_key(who.subject)
    begun = named if named and _has_begun(named, who) else ""
    return agency, _open_quarter(agency, who) or begun


def _claims(content: bytes, file_name: str, who: Correspondent, trust: Trust) -> Iterator[_Claim]:
    update = readers.read(content)
    if isinstance(update, WorkbookUpdate):
        yield _sealed(update, who, trust)
    for text in (PurePath(file_name).stem, who.subject):
        yield _Claim(_agency_in(text, who), find_quarter_key(text))
    if isinstance(update, Update):
        yield _rows(update, who)


def _sealed(update: WorkbookUpdate, who: Correspondent, trust: Trust) -> _Claim:
    seal = update.seal
    if seal is None:
        return _Claim()
    try:
        framework = trust.framework(Quarter.parse(seal.quarter))
    except RequestError:
        return _Claim()
    state = workbook.seal_state(update, trust.key, seal.agency, seal.quarter, framework)
    if state is not workbook.SealState.OK:
        return _Claim()
    return _Claim(_own(seal.agency, who), seal.quarter)


def _rows(update: Update, who: Correspondent) -> _Claim:
    agencies = {_own(one.text, who) for one in update.agencies}
    quarters = {one.text for one in update.quarters}
    agency = agencies.pop() if len(agencies) == 1 else ""
    quarter = quarters.pop() if len(quarters) == 1 else ""
    return _Claim(agency, quarter if is_quarter_key(quarter) else "")


def _agency_in(text: str, who: Correspondent) -> str:
    """The one agency of the sender that a text names; of nested codes the longest counts."""
    plain = f"-{plain_words(text)}-"
    found = [code for code in who.agencies if f"-{plain_words(code)}-" in plain]
    longest = [
        code
        for code in found
        if not any(code != other and plain_words(code) in plain_words(other) for other in found)
    ]
    return longest[0] if len(longest) == 1 else ""


def _own(code: str, who: Correspondent) -> str:
    """The sender's agency of this code, in any case; blank when it is none of the sender's."""
    return next((own for own in who.agencies if own.casefold() == code.strip().casefold()), "")


def _has_begun(quarter: str, who: Correspondent) -> bool:
    return Quarter.parse(quarter).first_day <= who.received_at.astimezone(IST).date()


def _open_quarter(agency: str, who: Correspondent) -> str:
    """The quarter whose window was open for an agency when the mail came; windows never overlap."""
    quarter = Quarter.containing(who.received_at.astimezone(IST).date()) - 1
    is_open = quarter.opens_at <= who.received_at < quarter.latest_due_by
    return quarter.key if is_open and quarter.key in who.agencies[agency] else ""
