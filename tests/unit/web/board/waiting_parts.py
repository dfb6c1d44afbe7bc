"""Each thing that can wait for a person, made and settled with the real store and ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from tests.factories import Clerk, RegistryFolder, time_to_close
from tests.unit.services.published import compile_half

from cpsa.calendar import HalfYear, Quarter
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.delivery.mail_port import Outcome, Reply
from cpsa.intake.arrival import Arrival
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.agency_letters.letter_review import list_unwritten_letters
from cpsa.services.app_context import AppContext
from cpsa.services.collection.refuse_arrival import refuse_arrival
from cpsa.services.decisions import department_replies
from cpsa.services.decisions.department_replies import Attribution
from cpsa.services.decisions.settle_reply import settle_reply
from cpsa.services.dispatch.record_no_revision import record_no_revision
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.verify_store.last_verification import write_last_verification
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    awaiting_arrival_queries,
    changed_document_queries,
    closing_queries,
    quarter_queries,
)
from cpsa.store.tables.channel_scan_tables import channel_round
from cpsa.web.board.work_items import WorkItemKind

Q2, Q3, Q4 = "2025-26-Q2", "2025-26-Q3", "2025-26-Q4"
OPEN = "2026-27-Q1"
HALF, EARLIER_HALF = HalfYear.parse("2025-26-H2"), HalfYear.parse("2025-26-H1")
NOW = Quarter.parse(OPEN).closes_at + timedelta(hours=30)  # 2 August 2026, 12:00
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AGENCIES = ("FC-A", "IA-A")


@dataclass
class Answering:
    """A port whose server answers as it is told."""

    reply: Reply
    per_minute: int | None = None

    def deliver(self, message, message_id, date, before_dot) -> Reply:
        if self.reply.outcome is not Outcome.UNREACHABLE:
            before_dot()
        return self.reply


TAKEN = Answering(Reply(Outcome.ACCEPTED, "accepted", "250 ok", 250))
AWAY = Answering(Reply(Outcome.UNREACHABLE, "unreachable", "127.0.0.1:25: Connection refused"))
SILENT = Answering(Reply(Outcome.UNKNOWN, "no_reply", "timed out"))
REFUSING = Answering(Reply(Outcome.REFUSED, "refused", "550 no <a@example.org>", 550))


def base(office: AppContext, folder: Path) -> None:
    """Two closed quarters whose half-year was sent; nothing waits."""
    registry = RegistryFolder(agencies=dict.fromkeys(AGENCIES, Q2)).write(folder / "registry")
    load_registry(office, registry, Quarter.parse(Q2).opens_at)
    with write_transaction(office.engine) as connection:
        start = Quarter.parse(Q2).opens_at
        quarter_queries.add_setting(connection, quarter_queries.FIRST_QUARTER, Q2, "asha", start)
    for key in (Q3, Q4):
        run_quarter(office, key)
    send(office, mail(HALF.key, PACK_SLOT, "DOMSME:to:1"))


def run_quarter(office: AppContext, key: str) -> None:
    open_in_time(office, key)
    quarter = Quarter.parse(key)
    close(office, quarter, time_to_close(office, quarter))


def close(office: AppContext, quarter: Quarter, at: datetime) -> None:
    """Close a quarter; the parts say themselves what was scanned."""
    with read_transaction(office.engine) as connection:
        before = connection.execute(select(func.max(channel_round.c.id))).scalar() or 0
    close_quarter(office, quarter, at)
    with write_transaction(office.engine) as connection:
        connection.execute(delete(channel_round).where(channel_round.c.id > before))


def open_in_time(office: AppContext, key: str) -> None:
    quarter = Quarter.parse(key)
    open_quarter(office, quarter, quarter.opens_at, "ops")
    with write_transaction(office.engine) as connection:
        quarter_queries.add_opening(connection, key, quarter.opens_at, "", replayed=False)


def mail(period: str, slot: str, recipient: str, text: str = "a", to: str = "") -> MailMessage:
    to = to or f"{recipient.split(':')[0].lower()}@example.org"
    return MailMessage(
        period, slot, recipient, "Officer", to, "en", "About actions", f"<p>{text}</p>", text
    )


def send(
    office: AppContext, message: MailMessage, port: Answering = TAKEN, revise: bool = False
) -> str:
    """Plan a mail and try it once; its Message-ID."""
    ledger.plan_mails(office.engine, [message], NOW - DAY, revise=revise)
    ledger.dispatch(office.engine, message.cycle, port, "test")  # type: ignore[arg-type]
    return ledger.list_outbox(office.engine, message.cycle)[-1].message_id


@dataclass
class Part:
    """A thing that waits. ``settle`` ends it; ``settings`` are changed while it waits."""

    kind: WorkItemKind
    make: Callable[[AppContext, Path], None]
    settle: Callable[[AppContext, Path], None]
    english: str
    hindi: str
    count: int = 1
    settings: dict[str, object] = field(default_factory=dict)

    def office(self, office: AppContext) -> AppContext:
        return AppContext(replace(office.settings, **self.settings), office.engine)


# Mail


def pending(office: AppContext, folder: Path) -> None:
    messages = [mail(Q4, "closing", agency) for agency in AGENCIES]
    ledger.plan_mails(office.engine, messages, NOW - DAY)
    ledger.dispatch(office.engine, Q4, AWAY, "test")  # type: ignore[arg-type]


def server_is_back(office: AppContext, folder: Path) -> None:
    ledger.retry_now(office.engine, Q4)
    ledger.dispatch(office.engine, Q4, TAKEN, "test")  # type: ignore[arg-type]


def to_dead_address(office: AppContext, folder: Path) -> None:
    came_back = send(office, mail(Q3, "closing", "IA-A", to="dead@example.org"))
    ledger.record_bounce(office.engine, came_back, "no such user", address_dead=True)
    send(office, mail(Q3, "receipt-v1", "IA-A", to="dead@example.org"))
    # What came back has been answered by another way, so that only the next mail waits.
    send(office, mail(Q3, "closing", "IA-A", "b", to="new@example.org"), revise=True)


def address_is_corrected(office: AppContext, folder: Path) -> None:
    ledger.release_address(office.engine, "dead@example.org", "telephone", "omar")
    ledger.dispatch(office.engine, Q3, TAKEN, "test")  # type: ignore[arg-type]


def uncertain(office: AppContext, folder: Path) -> None:
    send(office, mail(HALF.key, PACK_SLOT, "SDC:to:1"), SILENT)


def evidence_is_found(office: AppContext, folder: Path) -> None:
    lines = ledger.list_outbox(office.engine, HALF.key)
    (line,) = [line for line in lines if line.state == "uncertain"]
    ledger.resolve(office.engine, line.message_id, arrived=True, evidence="relay's log", by="omar")


def bounced(office: AppContext, folder: Path) -> None:
    came_back = send(office, mail(HALF.key, PACK_SLOT, "BANKS:to:1"))
    ledger.record_bounce(office.engine, came_back, "mailbox full", address_dead=False)
    # A later mail of another kind to the same department does not replace its documents.
    send(office, mail(HALF.key, "other", "BANKS:to:1"))


def sent_again(office: AppContext, folder: Path) -> None:
    send(office, mail(HALF.key, PACK_SLOT, "BANKS:to:1", "b"), revise=True)


def refused(office: AppContext, folder: Path) -> None:
    send(office, mail(Q4, "receipt-v1", "FC-A"), REFUSING)
    send(office, mail(Q4, "receipt-v1", "IA-A"), REFUSING)


def later_ones_arrive(office: AppContext, folder: Path) -> None:
    for agency in AGENCIES:
        send(office, mail(OPEN, "request", agency))


# Quarters and half-years


def overdue_quarter(office: AppContext, folder: Path) -> None:
    open_in_time(office, OPEN)


def quarter_is_closed(office: AppContext, folder: Path) -> None:
    close(office, Quarter.parse(OPEN), NOW)


def undone(office: AppContext, folder: Path) -> None:
    add_version(office, Q4, "withdrawn")


def closed_again(office: AppContext, folder: Path) -> None:
    add_version(office, Q4, "closed")


def add_version(office: AppContext, quarter: str, kind: str) -> None:
    with write_transaction(office.engine) as connection:
        newest = dict(closing_queries.find_newest_version(connection, quarter) or {})
        del newest["id"]
        newest |= {"version": newest["version"] + 1, "kind": kind, "closed_at": NOW - DAY}
        closing_queries.add_closing(connection, **newest)


def overdue_half(office: AppContext, folder: Path) -> None:
    run_quarter(office, Q2)


def half_is_sent(office: AppContext, folder: Path) -> None:
    send(office, mail(EARLIER_HALF.key, PACK_SLOT, "DOMSME:to:1"))


def changed(office: AppContext, folder: Path) -> None:
    edition = compile_half(office, HALF, NOW - DAY)
    row = {"half": HALF.key, "edition": edition, "documents": 2, "found_at": NOW - DAY}
    rows = [{**row, "recipient": seat} for seat in ("DOMSME:to:1", "SDC:to:1")]
    with write_transaction(office.engine) as connection:
        changed_document_queries.add_changed_documents(connection, rows)


def left_as_it_is(office: AppContext, folder: Path) -> None:
    record_no_revision(office, HALF, "one trainee more", "asha", NOW)


# Letters, channels, files


def letters_due(office: AppContext, folder: Path) -> None:
    run_quarter(office, OPEN)


def letters_are_written(office: AppContext, folder: Path) -> None:
    for letter in list_unwritten_letters(office, NOW):
        send(office, mail(letter.quarter.key, letter.slot, letter.agency))


def scan(
    office: AppContext, minutes_ago: int, error: str | None = None, channel: str = "folder"
) -> None:
    at = NOW - minutes_ago * MINUTE
    row = {"channel": channel, "place": office.settings.inbox, "started_at": at, "error": error}
    with write_transaction(office.engine) as connection:
        done = None if error else at
        connection.execute(insert(channel_round).values(**row, completed_at=done))


def channel_fails(office: AppContext, folder: Path) -> None:
    scan(office, 10)
    scan(office, 5, "collect.no_path")


def channel_is_read(office: AppContext, folder: Path) -> None:
    scan(office, 1)


def locked_out(office: AppContext, folder: Path) -> None:
    clerk = Clerk(office, folder / "late")
    clerk.send("FC-A", Q3, at=NOW - DAY)
    check_quarter(office, Quarter.parse(Q3), NOW - DAY)


def admitted(office: AppContext, folder: Path) -> None:
    reopen_quarter(office, "FC-A", Quarter.parse(Q3), "post was late", "asha", NOW)


def refused_file(office: AppContext, folder: Path) -> None:
    Clerk(office, folder / "wrong").send("IA-A", "2016-17-Q1", at=NOW - DAY)


def unproven(office: AppContext, folder: Path) -> None:
    with write_transaction(office.engine) as connection:
        awaiting_arrival_queries.add_awaiting_arrival(
            connection,
            channel="mail",
            key="<1@office.example.org>",
            sha256="0" * 64,
            file_name="DOMSME.atr.xlsx",
            size=1,
            received_at=NOW - DAY,
            recorded_at=NOW - DAY,
            kind="report",
            party="DOMSME",
            period=HALF.key,
            sender="domsme@example.org",
            parties=["DOMSME"],
            proof="failed",
            reason="decides",
        )


def its_sender_did_not_send_it(office: AppContext, folder: Path) -> None:
    refuse_arrival(office, 1, NOW, "omar", "telephone")


def another_file_comes(office: AppContext, folder: Path) -> None:
    """None can: no quarter of then has a framework. What was refused is no news after 30 days."""


def reply_in_words(office: AppContext, folder: Path) -> None:
    mail = b"From: banks@example.org\r\nSubject: Our reply\r\n\r\nDone.\r\n"
    arrival = Arrival("mail", "<1@banks.example.org>", "mail.eml", mail, "", "", NOW - DAY)
    whose = Attribution("BANKS", HALF.key, "BANKS:to:1", "address")
    assert department_replies.record_reply(office, arrival, whose, NOW - DAY).outcome == "reply"


def reply_is_entered(office: AppContext, folder: Path) -> None:
    settle_reply(office, 1, "entered by hand", "asha", NOW)


def damage_is_found(office: AppContext, _: Path) -> None:
    write_last_verification(office, NOW - DAY, 3)
    write_last_verification(office, NOW, 2)


def store_is_whole_again(office: AppContext, _: Path) -> None:
    write_last_verification(office, NOW, 0)


PARTS = (
    Part(
        WorkItemKind.MAIL_PENDING,
        pending,
        server_is_back,
        "2 mails are waiting; next attempt {next}: The mail server cannot be reached",
        "2 ई-मेल प्रतीक्षा में हैं; अगला प्रयास {next}: ई-मेल सर्वर तक पहुँच नहीं हो रही",
        count=2,
    ),
    Part(
        WorkItemKind.MAIL_ADDRESS,
        to_dead_address,
        address_is_corrected,
        "1 mail is waiting until its address is corrected",
        "1 ई-मेल पता सुधारे जाने की प्रतीक्षा में है",
    ),
    Part(
        WorkItemKind.MAIL_UNCERTAIN,
        uncertain,
        evidence_is_found,
        "It is not known whether 1 mail arrived",
        "1 ई-मेल का पहुँचना अनिश्चित है",
    ),
    Part(
        WorkItemKind.MAIL_BOUNCED,
        bounced,
        sent_again,
        "1 mail could not be delivered",
        "1 ई-मेल अवितरित लौटा",
    ),
    Part(
        WorkItemKind.MAIL_FAILED,
        refused,
        later_ones_arrive,
        "2 mails were refused, or all attempts to send them failed",
        "2 ई-मेल अस्वीकृत हुए, या उन्हें भेजने के सभी प्रयास विफल रहे",
        count=2,
    ),
    Part(
        WorkItemKind.LETTERS_ON_HOLD,
        letters_due,
        letters_are_written,
        "2 letters to agencies are due, but letters are on hold (CPSA_LETTERS)",
        "एजेंसियों को 2 ई-मेल भेजे जाने हैं, पर ई-मेल भेजना रोका गया है (CPSA_LETTERS)",
        count=2,
        settings={"letters": False},
    ),
    Part(
        WorkItemKind.QUARTER_OVERDUE,
        overdue_quarter,
        quarter_is_closed,
        "2026-27-Q1 was to be closed on 01-08-2026 06:00 and is still open",
        "2026-27-Q1 को 01-08-2026 06:00 तक बंद होना था, पर वह अब भी खुली है",
    ),
    Part(
        WorkItemKind.QUARTER_UNDONE,
        undone,
        closed_again,
        "2025-26-Q4 is open again, because its closing was undone",
        "2025-26-Q4 का समापन निरस्त हुआ, इसलिए वह फिर खुली है",
    ),
    Part(
        WorkItemKind.HALF_OVERDUE,
        overdue_half,
        half_is_sent,
        "2025-26-H1 was to be sent on 15-11-2025: 260 days late",
        "2025-26-H1 को 15-11-2025 को भेजा जाना था: 260 दिन का विलंब",
        count=260,
    ),
    Part(
        WorkItemKind.DOCUMENTS_CHANGED,
        changed,
        left_as_it_is,
        "2025-26-H2: 2 recipients have documents that have changed since they were sent",
        "2025-26-H2: 2 प्राप्तकर्ताओं के पास ऐसे दस्तावेज़ हैं जो भेजे जाने के बाद बदले हैं",
        count=2,
    ),
    Part(
        WorkItemKind.CHANNEL_UNREAD,
        channel_fails,
        channel_is_read,
        "Cannot be read: the inbox folder",
        "पढ़ना संभव नहीं: इनबॉक्स फ़ोल्डर",
    ),
    Part(
        WorkItemKind.LOCKED_OUT,
        locked_out,
        admitted,
        "2025-26-Q3: 1 file received after closing",
        "2025-26-Q3: समापन के बाद प्राप्त 1 फ़ाइल",
    ),
    Part(
        WorkItemKind.AWAITING_CONFIRMATION,
        unproven,
        its_sender_did_not_send_it,
        "1 file received by mail awaits its sender's confirmation",
        "ई-मेल से प्राप्त 1 फ़ाइल भेजने वाले की पुष्टि की प्रतीक्षा में है",
    ),
    Part(
        WorkItemKind.REPLIES_BY_HAND,
        reply_in_words,
        reply_is_entered,
        "1 reply of a department must be entered by hand",
        "विभाग का 1 उत्तर हाथ से दर्ज किया जाना है",
    ),
    Part(
        WorkItemKind.DAMAGE_FOUND,
        damage_is_found,
        store_is_whole_again,
        "Faults found by the last verification of the store: 2",
        "भंडार की पिछली जाँच में 2 त्रुटियाँ मिलीं",
        count=2,
    ),
    Part(
        WorkItemKind.REFUSED,
        refused_file,
        another_file_comes,
        "1 file was refused, and no other file was received in its place",
        "1 फ़ाइल अस्वीकृत हुई और उसके स्थान पर दूसरी प्राप्त नहीं हुई",
    ),
)


def next_try(office: AppContext) -> str:
    """When the ledger tries its waiting mail again, as a reader sees it."""
    from cpsa.translator import Translator

    lines = ledger.list_outbox(office.engine)
    tries = [
        line.next_attempt_at for line in lines if line.next_attempt_at and line.state == "pending"
    ]
    with read_transaction(office.engine):
        return Translator("en").moment(min(tries)) if tries else ""
