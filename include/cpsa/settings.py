"""Environment → typed settings, read once when a process starts.

The domain takes a ``Settings``; only the command line, the DAG tasks and the portal call
``from_environment``.
"""

from __future__ import annotations

import logging
import os
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import DEFAULT_LANGUAGE, LANGUAGES

_log = logging.getLogger(__name__)
# The former name of a setting → its name now. The former one is read for one release, with a warning.
RENAMED = {"CPSA_PRINTERS": "CPSA_RENDER_WORKERS"}
_INCLUDE = Path(__file__).resolve().parents[1]


class MailTrust(StrEnum):
    """Which mails wait until their sender is confirmed, where our server did not prove it."""

    VERIFIED = "verified"  # each of them
    CONFIRM = "confirm"  # those that would replace an accepted update or decide an action
    OPEN = "open"  # none: for trials


@dataclass(frozen=True)
class Settings:
    """Where things are and how mail is sent. docs/settings.md says what each is."""

    home: Path
    database_url: str
    inbox: str
    imap_url: str | None
    mail_trust: MailTrust
    mail_authserv: str
    smtp_url: str
    mail_from: str
    ops_mail: str
    approver_mail: str
    attach_mb: float
    bounces_url: str | None
    portal_url: str | None
    portal_limits: str
    portal_day_mb: float
    render_workers: int
    letters: bool
    admins: frozenset[str]
    language: str
    seal_key: str | None
    framework: Path
    templates: Path
    reference: Path

    @property
    def received(self) -> Path:
        """Every byte received, by digest."""
        return self.home / "received"

    @property
    def documents(self) -> Path:
        return self.home / "documents"

    @property
    def public(self) -> Path:
        """The online edition, as a web server shows it."""
        return self.home / "public"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from ``CPSA_*`` variables; RequestError when one makes no sense."""
    environment = _with_present_names(environment)
    letters = environment.get("CPSA_LETTERS") or "send"
    if letters not in ("send", "hold"):
        raise RequestError("settings.letters", value=letters)
    home = Path(environment.get("CPSA_HOME") or "var").expanduser().resolve()
    language = environment.get("CPSA_LANGUAGE") or DEFAULT_LANGUAGE
    if language not in LANGUAGES:
        raise RequestError("settings.language", value=language)

    mail_from = environment.get("CPSA_MAIL_FROM") or "cpsa@example.org"

    def folder(variable: str, default: Path) -> Path:
        return Path(environment.get(variable) or default).expanduser().resolve()

    return Settings(
        home=home,
        database_url=environment.get("CPSA_DATABASE_URL") or f"sqlite:///{home / 'cpsa.db'}",
        inbox=_parse_inbox(environment.get("CPSA_INBOX"), home / "inbox"),
        imap_url=environment.get("CPSA_IMAP_URL") or None,
        mail_trust=_parse_mail_trust(environment.get("CPSA_MAIL_TRUST") or MailTrust.CONFIRM),
        mail_authserv=(environment.get("CPSA_MAIL_AUTHSERV") or "").strip(),
        smtp_url=environment.get("CPSA_SMTP_URL") or "smtp://127.0.0.1:1025",
        mail_from=mail_from,
        ops_mail=(ops_mail := environment.get("CPSA_OPS_MAIL") or mail_from),
        approver_mail=environment.get("CPSA_APPROVER_MAIL") or ops_mail,
        attach_mb=_parse_megabytes(environment.get("CPSA_ATTACH_MB") or "8"),
        bounces_url=environment.get("CPSA_BOUNCES_URL") or None,
        portal_url=(environment.get("CPSA_PORTAL_URL") or "").rstrip("/") or None,
        portal_limits=environment.get("CPSA_PORTAL_LIMITS") or "memory://",
        portal_day_mb=_parse_day_megabytes(environment.get("CPSA_PORTAL_DAY_MB") or "100"),
        render_workers=_parse_render_workers(
            environment.get("CPSA_RENDER_WORKERS") or str(os.cpu_count() or 1)
        ),
        letters=letters == "send",
        admins=frozenset((environment.get("CPSA_ADMINS") or "").replace(",", " ").split()),
        language=language,
        seal_key=environment.get("CPSA_SEAL_KEY") or None,
        framework=folder("CPSA_FRAMEWORK", _INCLUDE / "framework"),
        templates=folder("CPSA_TEMPLATES", _INCLUDE / "templates"),
        reference=folder("CPSA_REFERENCE", _INCLUDE / "reference"),
    )


def _with_present_names(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with each renamed setting under its present name, unless it has that, too."""
    renamed = {}
    for former, present in RENAMED.items():
        if environment.get(former):
            _log.warning(catalogue.text("settings.renamed", "en", former=former, present=present))
            if not environment.get(present):
                renamed[present] = environment[former]
    return ChainMap(renamed, dict(environment)) if renamed else environment


def _parse_mail_trust(value: str) -> MailTrust:
    if value not in set(MailTrust):
        raise RequestError("settings.mail_trust", value=value)
    return MailTrust(value)


def _parse_megabytes(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1000:
        raise RequestError("settings.attach_mb", value=value)
    return number


def _parse_day_megabytes(value: str) -> float:
    """At least one file of the largest size that is read."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 10 <= number < 1_000_000:
        raise RequestError("settings.portal_day_mb", value=value)
    return number


def _parse_render_workers(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) < 1000:
        raise RequestError("settings.render_workers", value=value)
    return int(value)


def _parse_inbox(value: str | None, default: Path) -> str:
    """A folder's path, or the address of one that fsspec knows, such as ``s3://bucket/inbox``."""
    if value and "://" in value:
        return value.rstrip("/")
    return str(Path(value or default).expanduser().resolve())


def is_this_machine(host: str) -> bool:
    """Whether a mail server is on this machine: only to such a one may a setting lead without TLS."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
