"""How often one link and one client may ask, by a moving window.

What belongs here: the limits and what counts as one client. What must not: what is answered.
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

from cpsa.signed_links import AgencyLink, DepartmentLink

# Below the portal's logger, which operators know by this name.
_LOG = logging.getLogger("cpsa.portal.rates")
_IPV6_SITE = 64  # bits; a line of one customer has a whole network of addresses


@dataclass(frozen=True)
class RateLimits:
    """How many requests there may be. A whole organisation may share one address, so its limits are wide."""

    reads_per_address: str = "600 per minute"
    writes_per_address: str = "120 per minute"
    reads_per_link: str = "120 per minute"
    writes_per_link: str = "20 per minute"


@dataclass
class RateLimiter:
    """Counts requests at a storage address, such as ``memory://`` or ``redis://host``."""

    storage: str
    limits: RateLimits = field(default_factory=RateLimits)

    def __post_init__(self) -> None:
        self._window = MovingWindowRateLimiter(
            storage_from_string(self.storage, wrap_exceptions=True)
        )

    def check_address(self, address: str, *, writes: bool) -> int:
        """Seconds this client has to wait; 0 when it may go on."""
        limit = self.limits.writes_per_address if writes else self.limits.reads_per_address
        return self._count_request(parse(limit), "address", identify_client(address), str(writes))

    def check_link(self, holder: AgencyLink, *, writes: bool) -> int:
        """Seconds the holder of this link has to wait; 0 when it may go on."""
        limit = self.limits.writes_per_link if writes else self.limits.reads_per_link
        return self._count_request(parse(limit), "link", holder.agency, holder.quarter, str(writes))

    def check_department(self, holder: DepartmentLink, *, writes: bool) -> int:
        """The same for the holder of a department's link."""
        limit = self.limits.writes_per_link if writes else self.limits.reads_per_link
        return self._count_request(
            parse(limit), "department", holder.seat, holder.half, str(writes)
        )

    def _count_request(self, limit: RateLimitItem, *key: str) -> int:
        try:
            return 0 if self._window.hit(limit, *key) else limit.get_expiry()
        except StorageError as error:
            # An agency that cannot send is worse than one that may send too often.
            _LOG.warning("requests are not counted: %s", type(error.storage_error).__name__)
            return 0


def identify_client(address: str) -> str:
    """A key that identifies one client without keeping its address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        parsed = ipaddress.ip_network((parsed, _IPV6_SITE), strict=False).network_address
    return hashlib.sha256(parsed.packed).hexdigest()[:16]
