"""Servers as they are met in the field: certificates, encryption, logins, limits; what is told."""

from __future__ import annotations

import base64
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.unit.delivery.rig import SENDER, Relay, port_to, serving
from tests.unit.delivery.test_ledger import plan, send

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import Attachment
from cpsa.delivery.mail_port import Outcome, Reply
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.i18n.text import Text
from cpsa.store.queries import dispatch_queries

# aiosmtpd thinks of STARTTLS only: on a port that is TLS from the first byte it warns for nothing.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

DATE = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def deliver(port: SmtpPort, message) -> Reply:
    return port.deliver(message, message.make_message_id(0), DATE, lambda: None)


def told(reply: Reply) -> list[str]:
    """What ops reads of it, in both languages; each another sentence, in one line."""
    said = [text(f"deliver.why.{reply.reason}", language, detail="…") for language in ("en", "hi")]
    assert said[0] != said[1]
    assert all(line.strip() and "\n" not in line for line in said)
    return said


class Certificates:
    """An authority that only those trust who are told to, and what it signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        made = self._build(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.authority = folder / "authority.pem"
        signed = made.sign(self._key, hashes.SHA256())
        self.authority.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    def server(self, address: str = "127.0.0.1", ends: timedelta = DAY, own: bool = False):
        """The context of a server with a certificate for this address; ``own``: by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        built = self._build(name, key, ends, issuer=name if own else None).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        signed = built.sign(key if own else self._key, hashes.SHA256())
        file = self._folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def _build(self, name, key, ends: timedelta = DAY, issuer=None) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer or self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 9 * DAY)
            .not_valid_after(now + ends)
        )


@pytest.fixture
def certificates(tmp_path) -> Certificates:
    return Certificates(tmp_path)


SCHEMES = pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])


def encrypted(scheme: str, context: ssl.SSLContext, **options):
    relay = Relay()
    if scheme == "smtps":
        return relay, serving(relay, ssl_context=context, **options)
    return relay, serving(relay, tls_context=context, require_starttls=True, **options)


# Whom it is.


@SCHEMES
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"own": True}, "certificate_unknown"),
        ({"ends": -DAY}, "certificate_expired"),
        ({"address": "127.0.0.9"}, "certificate_of_another"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_told_by_its_fault(
    certificates, message, scheme, fault, reason
):
    relay, server = encrypted(scheme, certificates.server(**fault))
    with (
        server,
        SmtpPort(
            SmtpServer.parse(f"{scheme}://127.0.0.1:{relay.port}"),
            SENDER,
            Text.untranslated("CPSA"),
            certificates.trusting(),
        ) as port,
    ):
        reply = deliver(port, message())
    assert (reply.outcome, reply.reason) == (Outcome.UNREACHABLE, reason)
    assert str(relay.port) in reply.detail
    told(reply)
    assert relay.raw == []


@SCHEMES
def test_a_good_certificate_is_trusted(certificates, message, scheme):
    relay, server = encrypted(scheme, certificates.server())
    with (
        server,
        SmtpPort(
            SmtpServer.parse(f"{scheme}://127.0.0.1:{relay.port}"),
            SENDER,
            Text.untranslated("CPSA"),
            certificates.trusting(),
        ) as port,
    ):
        assert deliver(port, message()).outcome is Outcome.ACCEPTED


def test_a_server_that_offers_no_encryption_hears_nothing(relay, message):
    url = f"smtp+starttls://clerk:secret@127.0.0.1:{relay.port}"
    with SmtpPort(SmtpServer.parse(url), SENDER, Text.untranslated("CPSA")) as port:
        reply = deliver(port, message())
    assert (reply.outcome, reply.reason) == (Outcome.UNREACHABLE, "no_encryption")
    assert all("STARTTLS" in line for line in told(reply))
    assert (relay.raw, relay.logins) == ([], [])


# Who we are.


class TokenRelay(Relay):
    """A server that accepts only logins by XOAUTH2."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    async def auth_XOAUTH2(self, server, args):  # noqa: N802
        self.said.append(base64.b64decode(args[1]).decode())
        if self.said[-1] == "user=clerk@example.org\x01auth=Bearer good\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False)


@SCHEMES
def test_a_token_is_read_at_every_login(certificates, message, tmp_path, scheme):
    relay, token = TokenRelay(), tmp_path / "token"
    context = certificates.server()
    tls = (
        {"ssl_context": context, "auth_require_tls": False}
        if scheme == "smtps"
        else {"tls_context": context, "require_starttls": True}
    )
    url = f"{scheme}://clerk%40example.org@127.0.0.1:{relay.port}?token_file={token}"
    with (
        serving(relay, auth_required=True, **tls),
        SmtpPort(
            SmtpServer.parse(url), SENDER, Text.untranslated("CPSA"), certificates.trusting()
        ) as port,
    ):
        reply = deliver(port, message())
        assert (reply.outcome, reply.reason) == (Outcome.UNREACHABLE, "no_token")
        assert str(token) in reply.detail
        told(reply)
        token.write_text("old\n")
        reply = deliver(port, message())
        assert (reply.outcome, reply.reason, reply.code) == (
            Outcome.UNREACHABLE,
            "login_refused",
            535,
        )
        assert "old" not in reply.detail
        told(reply)
        token.write_text("good\n")
        assert deliver(port, message()).outcome is Outcome.ACCEPTED
    assert len(relay.raw) == 1
    assert [one.partition("Bearer ")[2].strip("\x01") for one in relay.said] == ["old", "good"]


def test_a_server_is_told_in_one_address():
    server = SmtpServer.parse("smtp+starttls://a%40b@host?token_file=/run/token&per_minute=30")
    assert (server.user, server.password, server.port) == ("a@b", None, 587)
    assert (server.token_file, server.per_minute) == (Path("/run/token"), 30)
    assert SmtpServer.parse("smtps://host").per_minute is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtps://host?per_minute=many", "many"),
        ("smtps://host?per_minute=0", "per_minute=0"),
        ("smtps://host?per_hour=9", "per_hour"),
        ("smtps://host?token_file=/t", "CPSA_SMTP_URL"),
        ("smtps://user:word@host?token_file=/t", "CPSA_SMTP_URL"),
        ("smtps://host?nonsense", "CPSA_SMTP_URL"),
    ],
)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_an_option_that_makes_no_sense_is_told_in_one_line(url, said, language):
    with pytest.raises(RequestError) as refused:
        SmtpServer.parse(url)
    assert said in refused.value.text(language)
    assert "word" not in refused.value.text(language).replace("password", "")


# What it takes.


def large(folder: Path, megabytes: int) -> Attachment:
    content = b"%PDF" + bytes(range(256)) * (megabytes * 4096)
    path = folder / "large.pdf"
    path.write_bytes(content)
    return Attachment(path, "large.pdf", sha256(content).hexdigest())


@pytest.mark.slow
def test_thirty_megabytes_arrive_whole_where_they_are_taken(message, tmp_path):
    file = large(tmp_path, 30)
    with serving(Relay(), data_size_limit=60_000_000) as relay, port_to(relay) as port:
        assert deliver(port, message(attachments=(file,))).outcome is Outcome.ACCEPTED
    mail = message_from_bytes(relay.raw[0], policy=policy.default)
    (part,) = mail.iter_attachments()
    assert sha256(part.get_content()).hexdigest() == file.sha256


def test_thirty_megabytes_are_not_even_begun_where_they_are_too_many(message, tmp_path):
    with serving(Relay(), data_size_limit=25_000_000) as relay, port_to(relay) as port:
        reply = deliver(port, message(attachments=(large(tmp_path, 30),)))
        assert (reply.outcome, reply.reason) == (Outcome.REFUSED, "too_big")
        assert reply.detail == "43.0 MB > 25.0 MB"
        told(reply)
        assert deliver(port, message()).outcome is Outcome.ACCEPTED
    assert len(relay.raw) == 1


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("राम@example.org", "address_letters"),
        ("ram@उदाहरण.example.org", "address_letters"),
        ("no address", "address"),
        ("a@b.example.org\r\nRCPT TO:<spy@example.org>", "address"),
    ],
)
def test_an_address_that_cannot_be_told_to_a_server_is_refused_with_the_reason(
    relay, port, message, address, reason
):
    reply = deliver(port, message(to_email=address))
    assert (reply.outcome, reply.reason) == (Outcome.REFUSED, reason)
    told(reply)
    assert relay.sessions == 0


def test_what_was_refused_leaves_no_trace_in_the_session(relay, port, message):
    relay.on_rcpt["banks.to.1@example.org"] = ["550 no such user"]
    assert deliver(port, message()).outcome is Outcome.REFUSED
    assert deliver(port, message("DOIC:to:1")).outcome is Outcome.ACCEPTED
    assert (relay.sessions, len(relay.raw)) == (1, 1)


def test_a_farewell_while_idle_is_heard_before_the_next_mail(message):
    with serving(Relay(), timeout=0.2) as relay, port_to(relay) as port:
        assert deliver(port, message()).outcome is Outcome.ACCEPTED
        port._client.smtp.sock.settimeout(10)
        while _is_open(port):
            pass
        assert deliver(port, message("DOIC:to:1")).outcome is Outcome.ACCEPTED
        assert (relay.sessions, len(relay.raw)) == (2, 2)


def _is_open(port: SmtpPort) -> bool:
    from cpsa.delivery.smtp import _is_silent

    return _is_silent(port._client.smtp)


# How files are called.

HINDI = "नीतिगत कार्रवाई संकलन, मध्यप्रदेश शासन 2025-26-H2.pdf"


def test_a_hindi_file_name_is_written_in_both_forms_that_readers_know(relay, port, message):
    file = message().attachments[0]
    deliver(port, message(attachments=(Attachment(file.path, HINDI, file.sha256),)))
    raw = relay.raw[0].decode("ascii")
    # RFC 2231 in pieces: Gmail, Outlook, Apple Mail, Thunderbird.
    assert "filename*0*=utf-8''%E0%A4%A8" in raw
    assert "filename*1*=" in raw
    # RFC 2047 within the parameter: older Outlooks and webmails.
    assert 'name="=?utf-8?b?' in raw
    assert max(len(line) for line in raw.split("\r\n")) <= 78
    (part,) = relay.mails[0].iter_attachments()
    assert part.get_filename() == HINDI
    content_type = message_from_bytes(relay.raw[0]).get_payload()[1]["Content-Type"]
    words = content_type.partition('name="')[2].rstrip('"').split()
    spelled = b"".join(
        base64.b64decode(word.removeprefix("=?utf-8?b?").removesuffix("?=")) for word in words
    )
    assert spelled.decode() == HINDI
    for word in words:  # whole signs in every word
        base64.b64decode(word[10:-2]).decode("utf-8")


def test_an_english_file_name_is_written_plainly(relay, port, message):
    file = message().attachments[0]
    deliver(port, message(attachments=(Attachment(file.path, 'a "b" c.pdf', file.sha256),)))
    assert b'filename="a b c.pdf"' in relay.raw[0]
    assert b"*=" not in relay.raw[0]


# How fast.


class Clock:
    """The database's time, which goes on when somebody waits."""

    def __init__(self) -> None:
        self.now = DATE
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)


def test_a_pace_is_kept_by_all_workers_together(engine, relay, message, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(dispatch_queries, "clock", lambda _: clock.now)
    server = SmtpServer.parse(f"smtp://127.0.0.1:{relay.port}?per_minute=2")
    plan(engine, *(message(f"BANKS:to:{number}") for number in range(5)))
    with SmtpPort(server, SENDER, Text.untranslated("CPSA")) as port:
        result = ledger.dispatch(engine, "2025-26-H2", port, "one", wait=clock.wait)
        assert result.accepted == 5
        assert clock.waited == [60.0, 60.0]
        plan(engine, message("DOIC:to:1"), message("SNT:to:1"))
        clock.wait(30)
        ledger.dispatch(engine, "2025-26-H2", port, "another", wait=clock.wait)
    assert clock.waited == [60.0, 60.0, 30, 30.0]
    assert len(relay.raw) == 7


def test_without_anything_due_nobody_waits(engine, relay, message, monkeypatch):
    clock = Clock()
    server = SmtpServer.parse(f"smtp://127.0.0.1:{relay.port}?per_minute=1")
    plan(engine, message())
    with SmtpPort(server, SENDER, Text.untranslated("CPSA")) as port:
        ledger.dispatch(engine, "2025-26-H2", port, "one", wait=clock.wait)
        ledger.dispatch(engine, "2025-26-H2", port, "one", wait=clock.wait)
    assert clock.waited == []


def test_without_a_pace_nobody_waits(engine, port, message):
    plan(engine, *(message(f"BANKS:to:{number}") for number in range(5)))
    assert port.per_minute is None
    assert send(engine, port).accepted == 5
