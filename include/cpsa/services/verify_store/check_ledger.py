"""Whether the state of each mail follows from its journal, and its digest from what it delivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import attrgetter

from sqlalchemy import select

from cpsa.delivery.ledger_rows import restore_message
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.services.verify_store.verification import Verification
from cpsa.store.schema import BLANKED
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event

# What every step records, and the mail has from the newest one.
_JOURNALLED = ("state", "fence", "worker", "code", "reason", "detail")
# From which states alone a mail comes to these, and to which alone it goes on from these.
_ONLY_FROM: Mapping[str, Sequence[str]] = {
    MailState.CLAIMED: (MailState.PENDING,),
    MailState.IN_DATA: (MailState.CLAIMED,),
}
_ONLY_TO: Mapping[str, Sequence[str]] = {
    MailState.ACCEPTED: (MailState.ACCEPTED, MailState.BOUNCED),
    MailState.BOUNCED: (MailState.BOUNCED,),
}


def check_ledger(verification: Verification) -> Iterator[StoreFault]:
    """Yield the mails and steps that contradict each other; one mail at a time."""
    connection = verification.connection
    events = connection.execute(
        select(dispatch_event).order_by(dispatch_event.c.dispatch, dispatch_event.c.id)
    )
    journals = {mail: list(steps) for mail, steps in groupby(events, attrgetter("dispatch"))}
    for mail in connection.execute(select(dispatch).order_by(dispatch.c.id)):
        verification.count("mails")
        row = f"id={mail.id}"
        if mail.text != BLANKED and restore_message(mail).digest != mail.digest:
            yield StoreFault(FaultKind.DIGEST_DIFFERS, dispatch.name, row, detail="digest")
        steps = journals.get(mail.id, [])
        if not steps or steps[0].state != MailState.PENDING:
            yield StoreFault(FaultKind.STEP_MISSING, dispatch.name, row)
            continue
        changed = [name for name in _JOURNALLED if getattr(mail, name) != getattr(steps[-1], name)]
        if mail.changed_at not in {step.at for step in steps}:
            changed.append("changed_at")
        if mail.attempts > sum(step.state == MailState.CLAIMED for step in steps):
            changed.append("attempts")
        if changed:
            detail = ", ".join(changed)
            yield StoreFault(FaultKind.STATE_DIFFERS, dispatch.name, row, detail=detail)
        yield from _check_steps(steps)


def _check_steps(steps: Sequence[StoredRow]) -> Iterator[StoreFault]:
    for before, after in pairwise(steps):
        possible = (
            before.state in _ONLY_FROM.get(after.state, (before.state,))
            and after.state in _ONLY_TO.get(before.state, (after.state,))
            and after.fence >= before.fence
            and (after.state != MailState.CLAIMED or after.fence == before.fence + 1)
        )
        if not possible:
            detail = f"{before.state} → {after.state}"
            row = f"id={after.id}"
            yield StoreFault(FaultKind.STEP_IMPOSSIBLE, dispatch_event.name, row, detail=detail)
