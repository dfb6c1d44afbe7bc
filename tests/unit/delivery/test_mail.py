"""The mail port and what it sends: servers, TLS, headers, parts and attachments."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
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

from cpsa.delivery.mail_attachment import MEDIA_TYPES, UnsendableError
from cpsa.delivery.mail_composer import MailComposer
from cpsa.delivery.mail_message import Attachment
from cpsa.delivery.mail_port import Outcome
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.errors import RequestError
from cpsa.i18n.text import Text

# aiosmtpd thinks of STARTTLS only: on a port that is TLS from the first byte it warns for nothing.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

DATE = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)


def deliver(port, message, before_dot=lambda: None):
    return port.deliver(message, message.make_message_id(0), DATE, before_dot)


def composed(message):
    raw = MailComposer(SENDER, Text.untranslated("CPSA")).compose(
        message, message.make_message_id(0), DATE
    )
    return message_from_bytes(raw, policy=policy.default)


def attachment(folder: Path, name: str, content: bytes = b"%PDF") -> Attachment:
    path = folder / sha256(name.encode()).hexdigest()
    path.write_bytes(content)
    return Attachment(path, name, sha256(content).hexdigest())


# What arrives.


def test_the_senders_name_is_in_the_language_of_the_letter(message):
    composer = MailComposer(SENDER, Text("Support agency", "सपोर्ट एजेंसी"))
    for language, name in (("en", "Support agency"), ("hi", "सपोर्ट एजेंसी")):
        mail = replace(message(), language=language)
        raw = composer.compose(mail, mail.make_message_id(0), DATE)
        ((found, address),) = getaddresses(
            [str(message_from_bytes(raw, policy=policy.default)["From"])]
        )
        assert (found, address) == (name, SENDER)


def test_headers_say_once_who_writes_to_whom_and_when(relay, port, message):
    deliver(port, message())
    (mail,) = relay.mails
    assert mail.get_all("Message-ID") == [message().make_message_id(0)]
    assert mail.get_all("From") == ["CPSA <cpsa@example.org>"]
    assert mail.get_all("To") == ['"Nodal officer, BANKS:to:1" <banks.to.1@example.org>']
    assert mail["Date"].datetime == DATE
    assert mail["Cc"] is None


def test_line_breaks_in_names_and_subjects_add_no_header(relay, port, message):
    sly = message(
        to_name="Officer\r\nBcc: spy@example.org", subject="Actions\nX-Sly: yes\x00\u2028"
    )
    deliver(port, sly)
    (mail,) = relay.mails
    assert mail["Bcc"] is None
    assert mail["X-Sly"] is None
    assert mail["Subject"] == "Actions X-Sly: yes"
    assert mail["To"].addresses[0].addr_spec == "banks.to.1@example.org"
    assert len(mail["To"].addresses) == 1


def test_long_hindi_subjects_and_names_come_back_whole_from_lines_of_lawful_length(
    relay, port, message
):
    subject = "मध्यप्रदेश क्लस्टर विकास कार्यक्रम: आपके विभाग के लिए नीतिगत कार्रवाई " * 3
    name = "नोडल अधिकारी, सार्वजनिक क्षेत्र के बैंक एवं सिडबी, मध्यप्रदेश शासन"
    deliver(port, message(subject=subject, to_name=name))
    (mail,) = relay.mails
    assert mail["Subject"] == subject.strip()
    # Python's newer parser keeps the space between two encoded words of a name; RFC 2047 does not.
    ((shown, _),) = getaddresses([raw_header(relay, "To")])
    assert str(make_header(decode_header(shown))) == name
    head = relay.raw[0].split(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


def test_the_plain_part_is_the_text_and_the_html_part_the_html(relay, port, message):
    text = "पहली पंक्ति\n.बिंदु से शुरू\n..\n\nअंत < > &"
    deliver(port, message(text=text, html="<p>पहली\nपंक्ति</p>"))
    (mail,) = relay.mails
    assert mail.get_body(["plain"]).get_content() == text
    assert mail.get_body(["html"]).get_content() == "<div><p>पहली पंक्ति</p></div>"


def test_lines_that_begin_with_a_dot_travel_as_they_are(relay, port):
    mail = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nx.\r\nno end of line"
    session = port._get_session()
    assert port._write_mail(session, "dic@example.org", mail) is None
    assert port._finish_mail(session).outcome is Outcome.ACCEPTED
    assert relay.raw == [mail + b"\r\n"]


def test_a_body_that_is_the_path_of_a_file_is_not_attached(relay, port, message, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    deliver(port, message(html=str(secret), text=str(secret), attachments=()))
    (mail,) = relay.mails
    assert list(mail.iter_attachments()) == []
    assert str(secret) in mail.get_body(["html"]).get_content()
    assert b"the secret" not in b"".join(
        part.get_payload(decode=True) or b"" for part in mail.walk()
    )


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
def test_every_kind_of_document_travels_under_its_own_type(message, tmp_path, suffix):
    mail = composed(message(attachments=[attachment(tmp_path, f"a{suffix}")]))
    (part,) = mail.iter_attachments()
    assert part.get_content_type() == MEDIA_TYPES[suffix]
    assert part.get_content_disposition() == "attachment"
    assert part.get_filename() == f"a{suffix}"
    assert part.get_payload(decode=True) == b"%PDF"


def test_hindi_file_names_and_contents_come_back_as_they_were_sent(relay, port, message, tmp_path):
    names = ["नीतिगत कार्रवाई संकलन 2025-26-H2.pdf", "अधिगम प्रलेख.pdf", "अधिगम प्रलेख.pdf"]
    files = [
        attachment(tmp_path / str(number), name, b"%PDF\n.\r\n" + name.encode() * 999)
        for number, name in enumerate(names)
        if (tmp_path / str(number)).mkdir() is None
    ]
    deliver(port, message(attachments=files))
    (mail,) = relay.mails
    parts = list(mail.iter_attachments())
    assert [part.get_filename() for part in parts] == names
    digests = [sha256(part.get_content()).hexdigest() for part in parts]
    assert digests == [file.sha256 for file in files]


def test_a_file_name_cannot_leave_its_folder_nor_outgrow_it(message, tmp_path):
    names = [
        attachment(tmp_path, "../../.x/\x00y\n.pdf").name,
        attachment(tmp_path, "क" * 400).name,
    ]
    assert names[0] == "x y.pdf"
    assert len(names[1].encode()) <= 200
    long = attachment(tmp_path, "क" * 400 + ".pdf")
    (part,) = composed(message(attachments=[long])).iter_attachments()
    assert part.get_filename() == long.name
    assert long.name.endswith("क.pdf")


def test_two_builds_differ_in_nothing_but_boundaries(message):
    def without_boundaries(raw: bytes) -> list[bytes]:
        return [line for line in raw.splitlines() if b"=====" not in line]

    composer = MailComposer(SENDER, Text.untranslated("CPSA"))
    first, second = (composer.compose(message(), "<a@b>", DATE) for _ in range(2))
    assert without_boundaries(first) == without_boundaries(second)


def raw_header(relay, name: str) -> str:
    return message_from_bytes(relay.raw[0])[name]


# What does not leave.


@pytest.mark.parametrize("break_it", [Path.unlink, lambda path: path.write_bytes(b"other")])
def test_a_document_that_is_not_what_was_planned_is_not_sent(relay, port, message, break_it):
    planned = message()
    break_it(planned.attachments[0].path)
    reply = deliver(port, planned)
    assert reply.outcome is Outcome.DEFERRED
    assert planned.attachments[0].name in reply.detail
    assert relay.raw == []


def test_a_document_of_unknown_kind_is_not_sent(message, tmp_path):
    with pytest.raises(UnsendableError):
        composed(message(attachments=[attachment(tmp_path, "macro.xlsm")]))


@pytest.mark.parametrize(
    "address", ["", "a b@example.org", "a@example.org, c@example.org", "राम@example.org", "a@b>"]
)
def test_what_is_no_address_is_refused_before_any_server_hears_of_it(relay, port, message, address):
    assert deliver(port, message(to_email=address)).outcome is Outcome.REFUSED
    assert relay.sessions == 0


def test_nothing_is_taken_when_the_promise_fails(relay, port, message):
    def fail() -> None:
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        deliver(port, message(), fail)
    assert relay.raw == []
    assert deliver(port, message()).outcome is Outcome.ACCEPTED


# Where it may leave from.


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "http://host", "smtp://", "smtps://user@host", "smtp://127.0.0.1:mail"],
)
def test_an_address_that_makes_no_sense_is_told_in_one_line(url):
    with pytest.raises(RequestError, match="CPSA_SMTP_URL") as told:
        SmtpServer.parse(url)
    assert "\n" not in told.value.text("hi")


@pytest.mark.parametrize("host", ["mail.example.org", "10.0.0.5", "127.0.0.1.example.org"])
def test_without_tls_nothing_goes_to_another_machine(host):
    with pytest.raises(RequestError, match=host.replace(".", r"\.")):
        SmtpServer.parse(f"smtp://{host}:25")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_without_tls_this_machine_may_be_told(host):
    assert SmtpServer.parse(f"smtp://{host}:1025").port == 1025


def test_a_password_is_not_shown():
    server = SmtpServer.parse("smtps://user%40x:p%2Fw@host")
    assert (server.user, server.password, server.port) == ("user@x", "p/w", 465)
    assert "p/w" not in repr(server)


def test_a_sender_that_is_no_address_is_told_in_one_line():
    with pytest.raises(RequestError, match="CPSA_MAIL_FROM"):
        SmtpPort(SmtpServer.parse("smtp://127.0.0.1:25"), "cpsa", Text.untranslated("CPSA"))


# Encryption and login.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that only those trust who are told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(params=["smtps", "smtp+starttls"])
def encrypted(request, certificate):
    """A server that takes mail only encrypted and from ``clerk`` with the password ``p/w``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    relay = Relay()

    def check(server, session, envelope, mechanism, data):
        relay.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p/w", handled=False)

    tls = (
        {"ssl_context": context, "auth_require_tls": False}
        if request.param == "smtps"
        else {"tls_context": context, "require_starttls": True}
    )
    with serving(relay, authenticator=check, auth_required=True, **tls):
        yield relay, f"{request.param}://clerk:{{}}@127.0.0.1:{relay.port}"


def test_with_a_trusted_certificate_and_the_password_mail_is_taken(encrypted, certificate, message):
    relay, url = encrypted
    trusting = ssl.create_default_context(cafile=certificate)
    with SmtpPort(
        SmtpServer.parse(url.format("p%2Fw")), SENDER, Text.untranslated("CPSA"), trusting
    ) as port:
        assert deliver(port, message()).outcome is Outcome.ACCEPTED
        assert deliver(port, message("DOIC:to:1")).outcome is Outcome.ACCEPTED
    assert relay.logins == [(b"clerk", b"p/w")], "one login, under the name as it stands"


def test_an_unknown_certificate_is_not_trusted(encrypted, message):
    relay, url = encrypted
    with SmtpPort(SmtpServer.parse(url.format("p%2Fw")), SENDER, Text.untranslated("CPSA")) as port:
        reply = deliver(port, message())
    assert (reply.outcome, reply.reason) == (Outcome.UNREACHABLE, "certificate_unknown")
    assert "certificate" in reply.detail
    assert relay.logins == []


def test_a_wrong_password_is_told_and_not_shown(encrypted, certificate, message):
    relay, url = encrypted
    trusting = ssl.create_default_context(cafile=certificate)
    with SmtpPort(
        SmtpServer.parse(url.format("wrong")), SENDER, Text.untranslated("CPSA"), trusting
    ) as port:
        reply = deliver(port, message())
    assert (reply.outcome, reply.reason, reply.code) == (Outcome.UNREACHABLE, "login_refused", 535)
    assert "wrong" not in reply.detail
    assert relay.raw == []


def test_a_server_without_tls_is_not_spoken_to_in_clear(relay, message):
    url = f"smtp+starttls://clerk:secret@127.0.0.1:{relay.port}"
    with SmtpPort(SmtpServer.parse(url), SENDER, Text.untranslated("CPSA")) as port:
        assert deliver(port, message()).outcome is Outcome.UNREACHABLE
    assert relay.raw == []


def test_a_mail_too_big_for_the_server_is_refused_for_itself_alone(message):
    with serving(Relay(), data_size_limit=2000) as small, port_to(small) as port:
        reply = deliver(port, message(text="x" * 5000))
        assert (reply.outcome, reply.reason) == (Outcome.REFUSED, "too_big")
        assert deliver(port, message(text="x")).outcome is Outcome.ACCEPTED
