"""A real mailbox server for tests: Dovecot as a child process, unprivileged, on 127.0.0.1 only.

What belongs here: starting and ending it, its certificate, and putting mails into its folders and
looking at them as they lie there. What must not: anything of the program under test.
"""

from __future__ import annotations

import datetime as dt
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USER = "updates"
# Whatever an address has to escape, and what a plain LOGIN cannot say.
PASSWORDS = {USER: "s3cr%t/@:? +", "other": "पासवर्ड"}
SECONDS_TO_START = 20
# What Dovecot offers to those who log in, without MOVE and, for old servers, without UIDPLUS.
WITHOUT_MOVE = "IMAP4rev1 LITERAL+ UIDPLUS"
BARE = "IMAP4rev1"

_CONFIGURATION = """
base_dir = {home}/base
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
disable_plaintext_auth = no
mail_location = maildir:~/mail
mail_max_userip_connections = 100
{extra}
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
passdb {{
  driver = passwd-file
  args = {home}/passwords
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/users/%u
}}
"""


@dataclass
class MailServer:
    """One running server. Every mail lies in its folders until somebody moves it."""

    home: Path
    plain_port: int
    tls_port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def certificate(self) -> Path:
        """What a client has to trust; ``SSL_CERT_FILE`` names it to a process."""
        return self.home / "server.pem"

    def url(
        self,
        scheme: str = "imaps",
        user: str = USER,
        password: str | None = None,
        folder: str = "INBOX",
        host: str = "127.0.0.1",
    ) -> str:
        """The mailbox's address as ``CPSA_IMAP_URL`` has it."""
        port = self.tls_port if scheme == "imaps" else self.plain_port
        who = f"{quote(user, safe='')}:{quote(password or PASSWORDS[user], safe='')}"
        return f"{scheme}://{who}@{host}:{port}/{folder}"

    @contextmanager
    def session(self, user: str = USER) -> Iterator[imaplib.IMAP4]:
        """A plain session, apart from the client under test."""
        client = imaplib.IMAP4("127.0.0.1", self.plain_port, timeout=30)
        client.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORDS[user]}".encode())
        try:
            yield client
        finally:
            client.logout()

    def put(self, *mails: bytes, at: dt.datetime, folder: str = "INBOX", user: str = USER) -> None:
        """Put mails into a folder as if they had arrived at this instant."""
        with self.session(user) as client:
            for mail in mails:
                answer, said = client.append(folder, "", at, mail)
                assert answer == "OK", said

    def mails(self, folder: str = "INBOX", user: str = USER) -> list[bytes]:
        """All mails of a folder as they lie there; none where there is no such folder."""
        with self.session(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            _, (found,) = client.uid("SEARCH", "ALL")
            return [
                client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1] for uid in found.split()
            ]

    def count(self, folder: str = "INBOX", user: str = USER) -> int:
        """How many mails lie in a folder; 0 where there is no such folder."""
        with self.session(user) as client:
            answer, (number,) = client.select(folder, readonly=True)
            return int(number or 0) if answer == "OK" else 0

    def flags(self, folder: str = "INBOX", user: str = USER) -> list[str]:
        with self.session(user) as client:
            client.select(folder, readonly=True)
            lines = client.fetch("1:*", "(FLAGS)")[1]
            return [line.decode() for line in lines if isinstance(line, bytes)]

    def empty(self, user: str = USER) -> None:
        """Take every mail and every folder away, so that a test begins with nothing."""
        with self.session(user) as client:
            lines = [line for line in client.list()[1] if isinstance(line, bytes)]
            names = [line.rpartition(b" ")[2].decode().strip('"') for line in lines]
            for name in names:
                if name.upper() == "INBOX":
                    client.select(name)
                    client.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
                    client.expunge()
                    client.unselect()
                else:
                    client.delete(name)

    def log(self) -> str:
        return (self.home / "log").read_text("utf-8", "replace")


@contextmanager
def running(
    extra: str = "",
    capability: str | None = None,
    environment: Mapping[str, str] = {},
    now: dt.datetime | None = None,
) -> Iterator[MailServer]:
    """Start a server and end it; ``capability`` is all that it then says it can do.

    ``environment`` is for the server and its children beside what they have; ``now`` is the instant
    in which it lives, if it is another one.
    """
    if PROGRAM is None:
        raise FileNotFoundError("dovecot is not installed (Debian: dovecot-imapd)")
    if capability is not None:
        extra += f"\nimap_capability = {capability}\n"
    # Short, because the paths of sockets are limited; readable, because root hands it over.
    home = Path(tempfile.mkdtemp(prefix="mailbox-"))
    try:
        server = _start(home, extra, environment, now or dt.datetime.now(dt.UTC))
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _start(home: Path, extra: str, environment: Mapping[str, str], now: dt.datetime) -> MailServer:
    if environment:
        extra += f"\nimport_environment = TZ {' '.join(environment)}\n"
    # Dovecot refuses to do its work as root, so root lends it the user that owns nothing.
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    plain_port, tls_port = _free_ports()
    _write_certificate(home, now)
    passwords = [f"{user}:{{PLAIN.HEX}}{one.encode().hex()}\n" for user, one in PASSWORDS.items()]
    (home / "passwords").write_text("".join(passwords))
    configuration = home / "dovecot.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            home=home,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
            plain_port=plain_port,
            tls_port=tls_port,
            extra=extra,
        )
    )
    lent: dict[str, Any] = {}
    if os.getuid() == 0:
        for path in (home, *home.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
        lent = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with (home / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [str(PROGRAM), "-F", "-c", str(configuration)],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            **lent,
        )
    server = MailServer(home, plain_port, tls_port, process)
    _wait_until_it_answers(server)
    return server


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_until_it_answers(server: MailServer) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with server.session():
                return
        except (OSError, imaplib.IMAP4.error):
            if time.monotonic() > end or server.process.poll() is not None:
                server.process.kill()
                stderr = (server.home / "stderr").read_text("utf-8", "replace")
                raise RuntimeError(f"dovecot did not start: {stderr}") from None
            time.sleep(0.05)


def _write_certificate(home: Path, now: dt.datetime) -> None:
    """A certificate for this machine that signs itself: a client trusts it only when told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailbox of the tests")])
    begin = now - dt.timedelta(days=1)
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (home / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
