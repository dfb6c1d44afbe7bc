"""Mails with a 300 kB document over STARTTLS at 20 ms a reply: the ledger's workers against
``yagmail.send``.

The ledger is whole: PostgreSQL, every transaction, a session for each worker. ``yagmail.send`` logs
in again for every mail and keeps no record. All processes are started before; what is timed is from
the word to go until all is sent, by the clock on the wall.
"""

from __future__ import annotations

import multiprocessing
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import yagmail
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, make_url, text

from bench.lines import DisagreementError, Line, Progress, Size, compare_speed
from bench.rounds import Times, measure_rivals
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.i18n.text import Text
from cpsa.store import database

POSTGRESQL = os.environ.get(
    "CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)
SENDER = "cpsa@example.org"
NOW = datetime(2026, 11, 15, 4, 30, tzinfo=UTC)
DOCUMENT_BYTES = 300_000  # bytes
REPLY_MILLISECONDS = 20  # milliseconds
SEND, ONE_WORKER, FOUR_WORKERS = (
    "yagmail.send",
    "the ledger, one worker",
    "the ledger, four workers",
)
WORKERS = {ONE_WORKER: 1, FOUR_WORKERS: 4}
MAILS = {SEND: 20, ONE_WORKER: 20, FOUR_WORKERS: 60}
TIMES_AS_FAST = {ONE_WORKER: 1.8, FOUR_WORKERS: 6.0}


def lines(size: Size, progress: Progress) -> list[Line]:
    """Seconds a mail of each, in turn in every round."""
    with TemporaryDirectory(prefix="cpsa-bench-") as name, _create_store() as url:
        folder = Path(name)
        with _run_server(folder) as port, _start_workers(url, port, folder) as workers:
            times = _measure(url, folder, workers, size.rounds, progress)
    pace = ", ".join(f"{1 / taken.median:.1f} by {rival}" for rival, taken in times.items())
    note = (
        f"by the clock; mails a second: {pace}; {DOCUMENT_BYTES // 1000} kB over STARTTLS, "
        f"{REPLY_MILLISECONDS} ms a reply"
    )
    one_worker, four_workers = (
        compare_speed(f"a mail, {rival}", times[rival], SEND, times[SEND], TIMES_AS_FAST[rival])
        for rival in WORKERS
    )
    return [one_worker, replace(four_workers, note=note)]


def _measure(
    url: str, folder: Path, workers: Sequence[Connection], rounds: int, progress: Progress
) -> dict[str, Times]:
    engine = database.open_engine(url)
    cycles = {rival: [f"{rival} {number}" for number in range(rounds + 1)] for rival in WORKERS}
    for rival, names in cycles.items():
        progress("planning")
        for cycle in names:
            messages = [_make_message(folder, cycle, number) for number in range(MAILS[rival])]
            ledger.plan_mails(engine, messages, NOW)
    engine.dispose()

    def by_ledger(rival: str) -> None:
        cycle = cycles[rival].pop()
        _run_task(workers[: WORKERS[rival]], ("dispatch", cycle), MAILS[rival])

    taken = measure_rivals(
        {
            SEND: lambda: _run_task(workers[:1], ("send", MAILS[SEND]), MAILS[SEND]),
            ONE_WORKER: lambda: by_ledger(ONE_WORKER),
            FOUR_WORKERS: lambda: by_ledger(FOUR_WORKERS),
        },
        rounds,
        progress,
        "wall",
    )
    return {
        rival: Times(tuple(seconds / MAILS[rival] for seconds in times.seconds))
        for rival, times in taken.items()
    }


def _run_task(workers: Sequence[Connection], task: tuple[str, object], mails: int) -> None:
    for worker in workers:
        worker.send(task)
    sent = [worker.recv() for worker in workers]
    if sum(sent) != mails:
        raise DisagreementError([f"{task[0]}: {sum(sent)} mails sent of {mails}"])


def _run_worker(tasks: Connection, url: str, port: int, certificate: str, document: str) -> None:
    """A process that does its tasks until they end."""
    context = ssl.create_default_context(cafile=certificate)
    server = SmtpServer.parse(f"smtp+starttls://127.0.0.1:{port}")
    engine = database.open_engine(url)
    tasks.send(0)
    while (task := tasks.recv()) is not None:
        match task:
            case "dispatch", cycle:
                with SmtpPort(server, SENDER, Text.untranslated("CPSA"), context) as carrier:
                    result = ledger.dispatch(engine, cycle, carrier, f"worker {os.getpid()}")
                tasks.send(result.accepted)
            case "send", number:
                tasks.send(_send(port, context, document, number))


def _send(port: int, context: ssl.SSLContext, document: str, number: int) -> int:
    client = yagmail.SMTP(
        {SENDER: "CPSA"},
        host="127.0.0.1",
        port=port,
        smtp_ssl=False,
        smtp_starttls={"context": context},
        smtp_skip_login=True,
    )
    send = client.send  # the rival; the product never calls it
    refusals = [
        send(f"seat{seat}@example.org", "Policy actions", ["Attached.", document])
        for seat in range(number)
    ]
    client.close()
    return sum(refused == {} for refused in refusals)


@contextmanager
def _start_workers(url: str, port: int, folder: Path) -> Iterator[list[Connection]]:
    spawn = multiprocessing.get_context("spawn")
    document = _write_document(folder)
    pipes, processes = [], []
    for _ in range(max(WORKERS.values())):
        ours, theirs = spawn.Pipe()
        args = (theirs, url, port, str(folder / "certificate.pem"), str(document))
        process = spawn.Process(target=_run_worker, args=args, daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(10)


@contextmanager
def _run_server(folder: Path) -> Iterator[int]:
    certificate = folder / "certificate.pem"
    certificate.write_bytes(_make_certificate())
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.mail_server", str(certificate), str(REPLY_MILLISECONDS)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _create_store() -> Iterator[str]:
    name = f"cpsa_bench_{uuid4().hex[:12]}"
    server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    engine = database.open_engine(url)
    try:
        database.upgrade_schema(engine)
        engine.dispose()
        yield url
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _write_document(folder: Path) -> Path:
    file = folder / "actions.pdf"
    if not file.exists():
        file.write_bytes(b"%PDF" + os.urandom(DOCUMENT_BYTES - 4))
    return file


def _make_message(folder: Path, cycle: str, number: int) -> MailMessage:
    file = _write_document(folder)
    attachment = Attachment(file, "actions.pdf", sha256(file.read_bytes()).hexdigest())
    return MailMessage(
        cycle=cycle,
        slot="pack",
        recipient=f"SEAT{number}:to:1",
        to_name="Nodal officer",
        to_email=f"seat{number}@example.org",
        language="en",
        subject="Policy actions",
        html="<p>Attached.</p>",
        text="Attached.\n",
        attachments=(attachment,),
    )


def _make_certificate() -> bytes:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
