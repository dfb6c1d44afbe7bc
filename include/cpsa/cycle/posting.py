"""The way out of the house: the mail port as the settings have it, and what became of what left."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cpsa.cycle.office import Office
from cpsa.deliver.mail import Server, SmtpPort
from cpsa.deliver.results import DispatchResult
from cpsa.messages import text


def mail_port(office: Office) -> SmtpPort:
    """A port for one worker; RequestError when the server's or the sender's address is wrong."""
    server = Server.parse(office.settings.smtp_url)
    sender = text("dispatch.sender", office.settings.language)
    return SmtpPort(server, office.settings.mail_from, sender)


@dataclass(frozen=True)
class Sent:
    """``accepted`` counts this call; ``already`` had theirs before; the rest still waits.

    ``waiting_departments``, ``refused_departments``: of a half-year's packs, whose is tried again,
    and whose no server takes.
    """

    half: str
    accepted: int
    failed: int
    uncertain: int
    pending: int
    already: int
    trouble: str = ""
    waiting_departments: tuple[str, ...] = ()
    refused_departments: tuple[str, ...] = ()
    unknown_departments: tuple[str, ...] = ()
    """Codes of recipients.csv that are no department's: these get nothing, the others theirs."""

    @classmethod
    def of(cls, cycle: str, result: DispatchResult, language: str, already: int = 0) -> Sent:
        """What the ledger says of a cycle, its trouble in words."""
        counts = result.accepted, result.failed, result.uncertain, result.pending
        return cls(cycle, *counts, already, told_of(result, language))

    def naming(self, waiting: tuple[str, ...], refused: tuple[str, ...]) -> Sent:
        """The same, with the departments whose packs were not sent."""
        return replace(self, waiting_departments=waiting, refused_departments=refused)

    @property
    def complete(self) -> bool:
        return not (self.failed or self.uncertain or self.pending)

    def as_json(self) -> dict[str, object]:
        return dict(vars(self))


def told_of(result: DispatchResult, language: str) -> str:
    """Why a run stopped early; blank where it did not."""
    return result.trouble.text(language) if result.trouble else ""
