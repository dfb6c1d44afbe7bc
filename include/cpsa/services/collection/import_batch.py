"""Imports a batch of a folder's files: each is read and identified by itself, all are recorded together.

Updates and refusals are recorded in one transaction, in the order of the files; a file of another use
is imported by itself, after those before it. Where they cannot be recorded together, each is imported
alone, so that what is wrong with one costs no other.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from cpsa.intake.channels.channel import (
    Channel,
    Delivery,
    DeliveryUnavailableError,
    FileUse,
    IncomingFile,
)
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import make_repeat, report_unreadable_file
from cpsa.services.collection.import_file import (
    identify_file,
    import_or_refuse,
    unpack_delivery,
)
from cpsa.services.collection.import_update import IdentifiedFile, import_files
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import StoreUnreachableError, read_transaction
from cpsa.store.queries.arrival_queries import RecordedArrivals

MAX_BYTES = 64 * 2**20  # of files that wait in memory to be recorded


def import_batch(
    context: AppContext, channel: Channel, deliveries: Sequence[Delivery], now: datetime
) -> tuple[list[IntakeResult], OSError | None]:
    """Import deliveries that stay where they are; return their results in order, and the first error
    of the disk: a file that could not be written to it is tried again in the next round.

    StoreUnreachableError when the store does not answer.
    """
    batch = _Batch(context, channel, now)
    return batch.run(deliveries), batch.failed


Place = tuple[int, int]
"""A file by its delivery's place in the batch, and its own in the delivery."""


class _Batch:
    """The files of a batch that wait to be recorded, and the results of the others."""

    def __init__(self, context: AppContext, channel: Channel, now: datetime) -> None:
        self.failed: OSError | None = None
        self._context = context
        self._channel = channel
        self._now = now
        self._results: dict[Place, IntakeResult] = {}
        self._waiting: dict[Place, IdentifiedFile] = {}
        self._size = 0

    def run(self, deliveries: Sequence[Delivery]) -> list[IntakeResult]:
        unchanged = self._find_unchanged(deliveries)
        for place, delivery in enumerate(deliveries):
            try:
                if result := unchanged.get(delivery.key):
                    self._results[place, 0] = result
                else:
                    self._read(place, delivery)
            except DeliveryUnavailableError as error:
                result = report_unreadable_file(self._context, delivery.key, error)
                self._results[place, 0] = result
            except OSError as error:
                self.failed = self.failed or error
        self._record()
        return [self._results[place] for place in sorted(self._results)]

    def _find_unchanged(self, deliveries: Sequence[Delivery]) -> dict[str, IntakeResult]:
        """Find the repeats that need not be read: their bytes are known and stored."""
        known = [
            delivery
            for delivery in deliveries
            if delivery.sha256 and self._context.received_path(delivery.sha256).is_file()
        ]
        if not known:
            return {}
        keys = [delivery.key for delivery in known]
        with read_transaction(self._context.engine) as connection:
            recorded = RecordedArrivals.load(connection, self._channel.code, keys)
        repeats = (
            make_repeat(delivery.key, recorded.find(delivery.key, delivery.sha256))
            for delivery in known
        )
        return {repeat.path: repeat for repeat in repeats if repeat is not None}

    def _read(self, place: int, delivery: Delivery) -> None:
        """Read and identify the files of a delivery; most of them then wait to be recorded."""
        whole = self._channel.fetch(delivery)
        if whole is None:
            return
        contents = unpack_delivery(self._context, self._channel, delivery, whole)
        if contents.refusal is not None:
            self._let_wait((place, 0), IdentifiedFile(whole, contents.refusal))
            return
        for number, file in enumerate(contents.files):
            identified, refusal = identify_file(self._context, self._channel, contents, file)
            if refusal is not None or identified.use is FileUse.UPDATE:
                self._let_wait((place, number), IdentifiedFile(identified.arrival, refusal))
                continue
            self._record()
            self._results[place, number] = import_or_refuse(
                self._context, identified, None, self._now
            )

    def _let_wait(self, place: Place, file: IdentifiedFile) -> None:
        self._waiting[place] = file
        self._size += len(file.arrival.content)
        if self._size > MAX_BYTES:
            self._record()

    def _record(self) -> None:
        """Keep and record the files that wait."""
        waiting, self._waiting, self._size = self._waiting, {}, 0
        if not waiting:
            return
        try:
            results = import_files(self._context, list(waiting.values()), self._now)
        except StoreUnreachableError:
            raise
        except Exception as error:
            log = logging.getLogger(__name__)
            log.warning("%d files are imported one by one: %s", len(waiting), type(error).__name__)
            for place, file in waiting.items():
                try:
                    self._results[place] = import_or_refuse(
                        self._context, IncomingFile(file.arrival), file.refusal, self._now
                    )
                except OSError as own:
                    self.failed = self.failed or own
        else:
            self._results.update(zip(waiting, results, strict=True))
