"""Sending mail: the mail port of the settings, and a summary of what was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cpsa.delivery.ledger_results import DispatchResult
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.app_context import AppContext


def open_mail_port(context: AppContext) -> SmtpPort:
    """Open a port for one worker; RequestError when the server's or the sender's address is wrong."""
    server = SmtpServer.parse(context.settings.smtp_url)
    return SmtpPort(server, context.settings.mail_from, get_programme().sender)


@dataclass(frozen=True)
class DispatchSummary:
    """``accepted`` counts this call; ``already`` were accepted before; the rest still waits.

    ``waiting_departments``, ``refused_departments``: of a half-year's packs, those that are tried again,
    and those that no server accepts.
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
    """Codes of recipients.csv that are no department's: these are sent nothing, the others their mail."""

    @classmethod
    def from_result(
        cls, cycle: str, result: DispatchResult, language: str, already: int = 0
    ) -> DispatchSummary:
        """Make the summary of a cycle from the ledger's result, its trouble in words."""
        counts = result.accepted, result.failed, result.uncertain, result.pending
        return cls(cycle, *counts, already, describe_interruption(result, language))

    def with_departments(
        self, waiting_departments: tuple[str, ...], refused_departments: tuple[str, ...]
    ) -> DispatchSummary:
        """Return the same with the departments whose packs were not sent."""
        return replace(
            self, waiting_departments=waiting_departments, refused_departments=refused_departments
        )

    @property
    def is_complete(self) -> bool:
        return not (self.failed or self.uncertain or self.pending)

    def as_json(self) -> dict[str, object]:
        return dict(vars(self))


def describe_interruption(result: DispatchResult, language: str) -> str:
    """Return why a run stopped early; blank where it did not."""
    return result.trouble.text(language) if result.trouble else ""
