"""Writes due letters into the ledger, and lets the ledger send them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.delivery import ledger, ledger_rows, mail_plan
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.services.agency_letters import provisional_receipts
from cpsa.services.agency_letters.due_letters import DueLetter
from cpsa.services.agency_letters.letter_builder import LetterBuilder
from cpsa.services.agency_letters.letter_review import LetterReview, review_letters
from cpsa.services.agency_letters.record_request_times import record_request_times
from cpsa.services.app_context import AppContext
from cpsa.services.collection.write_confirmation_letters import write_confirmation_letters
from cpsa.services.dispatch_summary import open_mail_port
from cpsa.services.letter_summary import AgencyLetterSummary
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction
from cpsa.store.queries import letter_queries

ANSWER_KINDS = frozenset(LetterKind) - {LetterKind.REMINDER}
# A stopped process loses no more than the letters of one batch, and writes those again.
BATCH_SIZE = 50


@log_use_case
def send_letters(
    context: AppContext,
    now: datetime,
    worker: str,
    quarter: Quarter | None = None,
    *,
    at_once: bool = False,
) -> AgencyLetterSummary:
    """Write every letter that is due, without reminders, and send what is pending.

    ``quarter``: only of that one. ``at_once`` also tries what waits for its next attempt: a person
    knows the cause is gone. RequestError when the settings allow no mail at all; a
    server that is away is no error: the letters wait and ``trouble`` says why.
    """
    summary = write_and_send(context, now, worker, ANSWER_KINDS, quarter, at_once=at_once)
    return (
        summary
        if quarter or summary.trouble
        else _add_confirmation_letters(context, summary, now, worker)
    )


def _add_confirmation_letters(
    context: AppContext, summary: AgencyLetterSummary, now: datetime, worker: str
) -> AgencyLetterSummary:
    """The same with the letters about mails whose sender is not proven."""
    for result in write_confirmation_letters(context, now, worker):
        summary = summary.add_result(result, context.settings.language)
    return summary


def write_and_send(
    context: AppContext,
    now: datetime,
    worker: str,
    kinds: Collection[LetterKind],
    quarter: Quarter | None,
    *,
    at_once: bool,
) -> AgencyLetterSummary:
    policy = LetterPolicy.load(context.settings.reference)
    record_request_times(context)
    review = _filter_by_quarter(quarter, review_letters(context, now, policy))
    letters = [letter for letter in review.unwritten if letter.kind in kinds]
    if not context.settings.letters:
        return AgencyLetterSummary(held_back=len(letters))
    summary = AgencyLetterSummary(
        written=_write_letters(context, letters, now, policy),
        withdrawn=mail_plan.withdraw_mails(
            context.engine,
            review.stale,
            provisional_receipts.map_provisional_receipts(row.slot for row in review.stale),
            review.receipts,
        ),
        readdressed=_readdress(context, review, now),
    )
    result = _send_due_mails(context, summary, review, letters, worker, at_once=at_once)
    record_request_times(context)
    return result


def _filter_by_quarter(quarter: Quarter | None, review: LetterReview) -> LetterReview:
    """The part that concerns one quarter, or all of it."""
    if quarter is None:
        return review
    return LetterReview(
        unwritten=tuple(letter for letter in review.unwritten if letter.quarter == quarter),
        stale=tuple(row for row in review.stale if row.cycle == quarter.key),
        misaddressed=tuple(pair for pair in review.misaddressed if pair[0].cycle == quarter.key),
        pending_cycles=review.pending_cycles & {quarter.key},
        receipts=frozenset(key for key in review.receipts if key[0] == quarter.key),
    )


def _write_letters(
    context: AppContext, letters: Sequence[DueLetter], now: datetime, policy: LetterPolicy
) -> int:
    builder = LetterBuilder(context, policy, now)
    written = 0
    for start in range(0, len(letters), BATCH_SIZE):
        batch = letters[start : start + BATCH_SIZE]
        messages = [message for letter in batch if (message := builder.build(letter)) is not None]
        written += ledger.plan_mails(
            context.engine,
            messages,
            now,
            keep=True,
            secret=context.seal_key,
            provisionals=provisional_receipts.map_provisional_receipts(
                message.slot for message in messages
            ),
        ).new
    return written


def _readdress(context: AppContext, review: LetterReview, now: datetime) -> int:
    """Correct the addresses of letters that did not get through; the letters stay the same."""
    if not review.misaddressed:
        return 0
    addresses = {row.id: email for row, email in review.misaddressed}
    with read_transaction(context.engine) as connection:
        mail_rows = letter_queries.load_dispatches(connection, addresses)
    messages = [
        replace(ledger_rows.restore_message(row), to_email=addresses[row.id]) for row in mail_rows
    ]
    return ledger.plan_mails(
        context.engine, messages, now, keep=True, secret=context.seal_key
    ).readdressed


def _send_due_mails(
    context: AppContext,
    summary: AgencyLetterSummary,
    review: LetterReview,
    letters: Sequence[DueLetter],
    worker: str,
    *,
    at_once: bool,
) -> AgencyLetterSummary:
    """Send what is due of these quarters, oldest first; no further once the server is away."""
    cycles = sorted(
        {
            *review.pending_cycles,
            *(letter.quarter.key for letter in letters),
            *(row.cycle for row, _ in review.misaddressed),
        }
    )
    with open_mail_port(context) as port:
        for cycle in cycles:
            if at_once:
                ledger.retry_now(context.engine, cycle)
            result = ledger.dispatch(context.engine, cycle, port, worker)
            summary = summary.add_result(result, context.settings.language)
            if summary.trouble:
                break
    return summary
