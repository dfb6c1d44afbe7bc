"""How often one link and one client may ask, by a moving window.

What belongs here: the limits and who counts as one client. What must not: what is answered.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from dataclasses import dataclass, field

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from cpsa.links import DepartmentPass, Pass

_LOG = logging.getLogger(__name__)
_IPV6_SITE = 64  # bits; a line of one customer has a whole network of addresses


@dataclass(frozen=True)
class Limits:
    """How many requests there may be. Whole offices share one address, so theirs are wide."""

    reads_of_address: str = "600 per minute"
    writes_of_address: str = "120 per minute"
    reads_of_link: str = "120 per minute"
    writes_of_link: str = "20 per minute"


@dataclass
class Rates:
    """Counts requests at a storage address, such as ``memory://`` or ``redis://host``."""

    storage: str
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._window = MovingWindowRateLimiter(
            storage_from_string(self.storage, wrap_exceptions=True)
        )

    def of_address(self, address: str, writes: bool) -> int:
        """Seconds this client has to wait; 0 when it may go on."""
        limit = self.limits.writes_of_address if writes else self.limits.reads_of_address
        return self._wait(parse(limit), "address", client_of(address), str(writes))

    def of_link(self, holder: Pass, writes: bool) -> int:
        """Seconds the holder of this link has to wait; 0 when it may go on."""
        limit = self.limits.writes_of_link if writes else self.limits.reads_of_link
        return self._wait(parse(limit), "link", holder.agency, holder.quarter, str(writes))

    def of_department(self, holder: DepartmentPass, writes: bool) -> int:
        """The same for the holder of a department's link."""
        limit = self.limits.writes_of_link if writes else self.limits.reads_of_link
        return self._wait(parse(limit), "department", holder.seat, holder.half, str(writes))

    def _wait(self, limit: RateLimitItem, *key: str) -> int:
        try:
            return 0 if self._window.hit(limit, *key) else limit.get_expiry()
        except StorageError as error:
            # An agency that cannot send is worse than one that may send too often.
            _LOG.warning("requests are not counted: %s", type(error.storage_error).__name__)
            return 0


def client_of(address: str) -> str:
    """One client, told apart without keeping its address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        parsed = ipaddress.ip_network((parsed, _IPV6_SITE), strict=False).network_address
    return hashlib.sha256(parsed.packed).hexdigest()[:16]
