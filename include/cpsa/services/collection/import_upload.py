"""An upload as a channel: the link names its agency and quarter.

What must not go here: the page and the limits of the body (``web.portal``), and the flow itself
(``import_arrivals``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import Contents, Delivery, Destination, IncomingFile
from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_arrivals import import_arrivals
from cpsa.services.service_results import IntakeResult

CHANNEL = "portal"


def import_upload(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    file_name: str,
    content: bytes,
    key: str,
    now: datetime,
) -> IntakeResult:
    """Import one uploaded file; return its result.

    ``key`` names the upload: the same upload seen again is nothing new. It arrived ``now``, with its
    last byte.
    """
    upload = Arrival(CHANNEL, key, file_name, content, agency, quarter.key, now)
    (item,) = import_arrivals(context, UploadChannel(upload), now).items
    return item


class UploadChannel:
    """One upload as a channel."""

    code = CHANNEL
    batch_size = 1

    def __init__(self, upload: Arrival) -> None:
        self._upload = upload

    def list_deliveries(self) -> Iterator[Delivery]:
        yield Delivery(self._upload.key)

    def fetch(self, delivery: Delivery) -> Arrival:
        return self._upload

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        return Contents(whole, (IncomingFile(whole),))

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        return file

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        """Nothing: the page that follows is the answer."""
