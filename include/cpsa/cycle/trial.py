"""A test copy of a department's mail, sent to oneself: what it would get, and nobody else gets it.

Goes through the ledger in a cycle of its own, so that what is owed to the department stays owed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.cycle.office import Office
from cpsa.cycle.packing import Packing
from cpsa.cycle.posting import Sent, mail_port, told_of
from cpsa.deliver import ledger
from cpsa.deliver.compose import is_address
from cpsa.errors import RequestError
from cpsa.store.tables.dispatch import State

SUFFIX = "-test"  # of the cycle's name


def send_test(
    office: Office, half: HalfYear, department: str, to_email: str, now: datetime, worker: str
) -> Sent:
    """Send a copy of every mail of one department to ``to_email``; each call sends anew.

    RequestError for a department without recipients, or for what is no mail address.
    """
    if not is_address(to_email):
        raise RequestError("cycle.no_address", value=to_email)
    packing = Packing.read(office, half, now)
    seats = [seat for seat in packing.seats if seat.department == department]
    if not seats:
        known = ", ".join(sorted({seat.department for seat in packing.seats}))
        raise RequestError("cycle.no_seat", value=department, known=known)
    cycle = f"{half.key}{SUFFIX}"
    slot = f"test {now.astimezone(IST):%Y-%m-%d %H:%M:%S}"
    copies = []
    for seat in seats:
        files = [packing.file(one) for one in packing.due_to(seat).values()]
        mail = packing.mail(seat, files, test=True)
        copies.append(replace(mail, cycle=cycle, slot=slot, to_email=to_email))
    with mail_port(office) as port:
        ledger.plan(office.engine, copies, now, secret=office.seal_key)
        result = ledger.dispatch(office.engine, cycle, port, worker)
    stands = [one.state for one in ledger.outbox(office.engine, cycle) if one.slot == slot]
    return Sent(
        cycle,
        stands.count(State.ACCEPTED),
        stands.count(State.FAILED),
        stands.count(State.UNCERTAIN),
        stands.count(State.PENDING),
        0,
        told_of(result, office.settings.language),
    )
