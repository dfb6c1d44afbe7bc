"""How much is stored for one link: bytes in a day, and files that cannot be read.

Anyone with a link may send, and all that is sent is stored: without a limit one link in the
wrong hands fills the disk, and then no agency can send. What must not go here: how often a link
may be used (``web.portal.rate_limits``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.file_guard.file_limits import MEGABYTE
from cpsa.intake.readers.read_update import read_update
from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_upload import CHANNEL
from cpsa.store.database import read_transaction
from cpsa.store.queries import arrival_queries
from cpsa.submissions.update import Unreadable

DAY = timedelta(days=1)
# Of one agency and quarter; a person who saves a file wrongly needs a handful of tries.
UNREADABLE_KEPT = 20


def require_room(
    context: AppContext, agency: str, quarter: Quarter, content: bytes, now: datetime
) -> None:
    """RequestError when an upload would be one too many: nothing of it is kept then.

    The bytes of the last 24 hours count against ``CPSA_PORTAL_DAY_MB``, the same bytes once. Of
    files that cannot be read ``UNREADABLE_KEPT`` are kept; one that can be read always is.
    """
    most = context.settings.portal_day_mb
    with read_transaction(context.engine) as connection:
        kept = arrival_queries.load_sizes_since(connection, CHANNEL, agency, quarter.key, now - DAY)
        unreadable = arrival_queries.count_unreadable_versions(
            connection, CHANNEL, agency, quarter.key
        )
    kept[sha256(content).hexdigest()] = len(content)
    if sum(kept.values()) > most * MEGABYTE:
        raise RequestError("cycle.upload_day_is_full", most=f"{most:g}")
    if unreadable >= UNREADABLE_KEPT and isinstance(read_update(content), Unreadable):
        raise RequestError("cycle.upload_unreadable_again", count=UNREADABLE_KEPT)
