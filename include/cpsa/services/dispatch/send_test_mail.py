"""A test copy of a department's mail, sent to oneself: what the department would get, and nobody else gets it.

Goes through the ledger in a cycle of its own, so that what is due to the department stays due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.delivery import ledger
from cpsa.delivery.mail_composer import is_address
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.half_year_packs import HalfYearPacks
from cpsa.services.dispatch_summary import DispatchSummary, describe_interruption, open_mail_port
from cpsa.store.tables.dispatch_tables import MailState

TEST_CYCLE_SUFFIX = "-test"  # of the cycle's name


def send_test_mail(
    context: AppContext, half: HalfYear, department: str, to_email: str, now: datetime, worker: str
) -> DispatchSummary:
    """Send a copy of every mail of one department to ``to_email``; each call sends again.

    RequestError for a department without recipients, or for what is no mail address.
    """
    if not is_address(to_email):
        raise RequestError("cycle.no_address", value=to_email)
    packs = HalfYearPacks.load(context, half, now)
    seats = [seat for seat in packs.seats if seat.department == department]
    if not seats:
        known = ", ".join(sorted({seat.department for seat in packs.seats}))
        raise RequestError("cycle.no_seat", value=department, known=known)
    cycle = f"{half.key}{TEST_CYCLE_SUFFIX}"
    slot = f"test {now.astimezone(IST):%Y-%m-%d %H:%M:%S}"
    copies = []
    for seat in seats:
        files = [
            packs.make_attachment(document) for document in packs.list_editions_due(seat).values()
        ]
        mail = packs.build_mail(seat, files, test=True)
        copies.append(replace(mail, cycle=cycle, slot=slot, to_email=to_email))
    with open_mail_port(context) as port:
        ledger.plan_mails(context.engine, copies, now, secret=context.seal_key)
        result = ledger.dispatch(context.engine, cycle, port, worker)
    states = [line.state for line in ledger.list_outbox(context.engine, cycle) if line.slot == slot]
    return DispatchSummary(
        cycle,
        states.count(MailState.ACCEPTED),
        states.count(MailState.FAILED),
        states.count(MailState.UNCERTAIN),
        states.count(MailState.PENDING),
        0,
        describe_interruption(result, context.settings.language),
    )
