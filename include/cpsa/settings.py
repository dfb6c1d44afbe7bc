"""Environment → typed settings, read once when a process starts.

The domain takes a ``Settings``; only the command line, the DAG tasks and the portal call
``from_environment``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic.dataclasses import dataclass

from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import DEFAULT_LANGUAGE, LANGUAGES

_log = logging.getLogger(__name__)
# The former variable of a setting → its name now. The former one is still read, with a warning.
RENAMED = {"CPSA_PRINTERS": "render_workers"}
# Folders of their own before a programme was one folder (1.5.0): they override its parts, with a warning.
FORMER_FOLDERS = ("framework", "reference", "templates")
_INCLUDE = Path(__file__).resolve().parents[1]
FORMER_SHIPPED_FOLDER = _INCLUDE  # had framework/ and reference/ up to version 1.4


class MailTrust(StrEnum):
    """Which mails wait until their sender is confirmed, where our server did not prove it."""

    VERIFIED = "verified"  # each of them
    CONFIRM = "confirm"  # those that would replace an accepted update or decide an action
    OPEN = "open"  # none: for trials


def _resolve(path: Path) -> Path:
    return path.expanduser().resolve()


def _resolve_inbox(inbox: str) -> str:
    """A folder's path, or the address of one that fsspec knows, such as ``s3://bucket/inbox``."""
    return inbox.rstrip("/") if "://" in inbox else str(_resolve(Path(inbox)))


def _split_names(names: object) -> object:
    return names.replace(",", " ").split() if isinstance(names, str) else names


def _parse_letters(letters: object) -> object:
    return (
        {"send": True, "hold": False}.get(letters, letters) if isinstance(letters, str) else letters
    )


Folder = Annotated[Path, AfterValidator(_resolve)]
Megabytes = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, config={"validate_default": True})
class Settings:
    """Where things are and how mail is sent. docs/settings.md says what each is.

    A setting is the variable of its name in capitals after ``CPSA_``. What ``repr=False`` is on is
    never printed. Where a value can be refused, ``settings.<name>`` says what is expected.
    """

    home: Folder = Path("var")
    database_url: str = Field(
        default_factory=lambda given: f"sqlite:///{given['home'] / 'cpsa.db'}", repr=False
    )
    inbox: Annotated[str, AfterValidator(_resolve_inbox)] = Field(
        default_factory=lambda given: str(given["home"] / "inbox")
    )
    imap_url: str | None = Field(default=None, repr=False)
    mail_trust: MailTrust = MailTrust.CONFIRM
    mail_authserv: Annotated[str, AfterValidator(str.strip)] = ""
    smtp_url: str = Field(default="smtp://127.0.0.1:1025", repr=False)
    mail_from: str = "cpsa@example.org"
    ops_mail: str = Field(default_factory=lambda given: given["mail_from"])
    approver_mail: str = Field(default_factory=lambda given: given["ops_mail"])
    attach_mb: Annotated[Megabytes, Field(ge=0, lt=1000)] = 8.0
    bounces_url: str | None = Field(default=None, repr=False)
    portal_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/") or None)] | None = None
    portal_limits: str = Field(default="memory://", repr=False)
    # At least one file of the largest size that is read.
    portal_day_mb: Annotated[Megabytes, Field(ge=10, lt=1_000_000)] = 100.0
    render_workers: Annotated[int, Field(gt=0, lt=1000)] = os.cpu_count() or 1
    check_workers: Annotated[int, Field(gt=0, lt=1000)] = os.cpu_count() or 1
    letters: Annotated[bool, Field(strict=True), BeforeValidator(_parse_letters)] = True
    admins: Annotated[frozenset[str], BeforeValidator(_split_names)] = frozenset()
    language: Annotated[str, Field(pattern=f"^({'|'.join(LANGUAGES)})$")] = DEFAULT_LANGUAGE
    seal_key: str | None = Field(default=None, repr=False)
    programme: Folder = _INCLUDE / "programme"
    framework: Folder = Field(default_factory=lambda given: given["programme"] / "framework")
    templates: Folder = _INCLUDE / "templates"
    reference: Folder = Field(default_factory=lambda given: given["programme"] / "reference")

    @property
    def received(self) -> Path:
        """Every byte received, by digest."""
        return self.home / "received"

    @property
    def seal_key_file(self) -> Path:
        """The key that was made here, where ``seal_key`` is not set."""
        return self.home / "seal.key"

    @property
    def documents(self) -> Path:
        return self.home / "documents"

    @property
    def public(self) -> Path:
        """The online edition, as a web server shows it."""
        return self.home / "public"


VARIABLES = {f"CPSA_{field.name.upper()}": field.name for field in fields(Settings)}
"""The setting of each variable of the environment."""


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from ``CPSA_*`` variables; RequestError for the first that makes no sense."""
    given = {
        name: value for variable, name in VARIABLES.items() if (value := environment.get(variable))
    }
    for former, name in RENAMED.items():
        if value := environment.get(former):
            present = f"CPSA_{name.upper()}"
            _log.warning(catalogue.text("settings.renamed", "en", former=former, present=present))
            given.setdefault(name, value)
    for name in sorted(given.keys() & FORMER_FOLDERS):
        former = f"CPSA_{name.upper()}"
        _log.warning(catalogue.text("settings.former_folder", "en", former=former, part=name))
    try:
        return Settings(**given)  # type: ignore[arg-type]  # texts, which the model converts
    except ValidationError as error:
        fault = error.errors()[0]
        raise RequestError(f"settings.{fault['loc'][0]}", value=fault["input"]) from None


def is_this_machine(host: str) -> bool:
    """Whether a mail server is on this machine: only to such a one may a setting lead without TLS."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
