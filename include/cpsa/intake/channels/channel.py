"""What every channel for received files can do: list, fetch, unpack, identify, acknowledge.

What belongs here: the protocol and its records. What must not: any one channel (a folder, a mailbox,
an upload), and the outcome of a file (``services.collection.import_arrivals``, the same flow for all).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.mail_authentication import UnprovenSender


class DeliveryUnavailableError(RequestError):
    """One delivery cannot be read or moved now; the channel goes on and tries it again next time."""


class Destination(StrEnum):
    """Where a delivery belongs when it was dealt with; the names of the mailbox's folders."""

    DONE = "Done"
    REFUSED = "Refused"
    BOUNCES = "Bounces"
    AUTOMATIC = "Automatic"


class FileUse(StrEnum):
    """What a file is for: an agency's update, entries beside updates, a department's report, or a
    whole mail of a department that has no report."""

    UPDATE = "update"
    ENTRIES = "entries"
    REPORT = "report"
    REPLY = "reply"


@dataclass(frozen=True)
class Delivery:
    """What lies in a channel before it is read: a file of a folder, a mail, an upload.

    ``key`` names it within the channel. ``sha256`` is the digest of its bytes where it is known
    without reading them. ``source`` is the channel's own record of it.
    """

    key: str
    source: Any = field(default=None, repr=False)
    sha256: str = ""


@dataclass(frozen=True)
class IncomingFile:
    """A file of a delivery, with what its channel knows of it.

    ``agencies``: those for which its sender may speak, ``departments``: those for which its sender
    may answer; None where the channel does not limit them. ``reply``: of a department's file, how the
    department was found (``services.decisions.department_replies.Attribution``), where the channel found out.
    """

    arrival: Arrival
    use: FileUse = FileUse.UPDATE
    agencies: Collection[str] | None = None
    departments: Collection[str] | None = None
    reply: Any = None


@dataclass(frozen=True)
class Contents:
    """What a delivery brings.

    ``whole`` is the delivery as one file, by its final key. With ``refusal`` it is kept and refused
    as a whole; with ``destination`` it is put aside there. ``put_aside`` names (keys of texts) why
    parts of it, or all of it, are ignored. ``sender``: the channel's own record of who sent it;
    ``unproven``: the same where it is not proven, so that a file may have to wait.
    """

    whole: Arrival
    files: tuple[IncomingFile, ...] = ()
    refusal: RequestError | None = None
    destination: Destination | None = None
    put_aside: tuple[str, ...] = ()
    sender: Any = field(default=None, repr=False)
    unproven: UnprovenSender | None = field(default=None, repr=False)


class Channel(Protocol):
    """One way by which files are received.

    Errors of any method: ``DeliveryUnavailableError`` concerns one delivery, which stays where it
    is; another RequestError of ``list_deliveries``, ``fetch`` and ``acknowledge`` says that the
    channel cannot be used any more. Of ``unpack`` and ``identify`` every error concerns the one
    delivery or file, which is then refused.
    """

    @property
    def code(self) -> str:
        """The stored code: folder, mail or portal."""

    @property
    def batch_size(self) -> int:
        """How many deliveries are recorded together; more than one only where each is one file that
        stays where it is."""

    def list_deliveries(self) -> Iterable[Delivery]:
        """Return what lies there, in the order in which it is dealt with."""

    def fetch(self, delivery: Delivery) -> Arrival | None:
        """Return the bytes of a delivery as one arrival; None where it is no longer there."""

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        """Return the files that a delivery brings, or why it is refused or put aside."""

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        """Return a file with its use, agency and quarter; RequestError where they are not certain."""

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        """Note that a delivery was dealt with, such as by moving a mail."""
