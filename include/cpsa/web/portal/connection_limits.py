"""Connections within limits: time and size of a request's head, and how many one client may have.

What belongs here: what happens before there is a request. What must not: what a request may ask
(``rates``) and its body (``body``).

uvicorn counts a connection that sends nothing like one at work, and waits for a head for ever; with
its faster parser a head may also grow for ever. So a few hundred idle connections, or one that
sends headers without end, would close the portal for every agency. Here a connection that waits
for a head is cut in time, and where there are too many the one that has waited longest makes room.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from cpsa.web.portal.rate_limits import identify_client

HEAD_SECONDS = 10
HEAD_BYTES = 32 * 1024  # a browser's head with our link and cookie has about 2 kB


@dataclass(frozen=True)
class ConnectionLimits:
    """``total`` connections at once, of them ``per_client`` of one client; ``head_seconds`` for a head.

    A whole organisation may share one address. Addresses of the front server (``proxies``) have no limit of
    their own: it speaks for many.
    """

    total: int = 400
    per_client: int = 60
    head_seconds: float = HEAD_SECONDS


class Proxies:
    """Addresses and networks that are trusted to name the client; ``*`` is any."""

    def __init__(self, text: str) -> None:
        words = text.replace(",", " ").split()
        self._any = "*" in words
        self._networks = [
            ipaddress.ip_network(word, strict=False) for word in words if _is_network(word)
        ]

    def __contains__(self, address: object) -> bool:
        try:
            parsed = ipaddress.ip_address(str(address))
        except ValueError:
            return False
        return self._any or any(parsed in network for network in self._networks)


def _is_network(word: str) -> bool:
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True


class Connections:
    """The connections of one server, and those of them that wait for a head, longest first."""

    def __init__(self, limits: ConnectionLimits, proxies: Proxies) -> None:
        self.limits = limits
        self._proxies = proxies
        self._count_by_client: Counter[str] = Counter()
        self._clients: dict[LimitedProtocol, str] = {}
        self._waiting: dict[LimitedProtocol, None] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def open(self, connection: LimitedProtocol, address: str) -> None:
        """Count a connection; where there is one too many, the longest waiting is cut.

        The new one is the last of those that wait, so it is cut only where all others are at work.
        """
        client = "" if address in self._proxies else identify_client(address)
        self._clients[connection] = client
        self._count_by_client[client] += 1
        self._waiting[connection] = None
        if client and self._count_by_client[client] > self.limits.per_client:
            self._cut(client)
        elif len(self._clients) > self.limits.total:
            self._cut(None)

    def close(self, connection: LimitedProtocol) -> None:
        """No longer count a connection."""
        self._waiting.pop(connection, None)
        client = self._clients.pop(connection, None)
        if client is not None:
            self._count_by_client[client] -= 1
            self._count_by_client += Counter()  # drops those that have none left

    def start_waiting(self, connection: LimitedProtocol) -> None:
        """A connection begins to wait for a head."""
        if connection in self._clients:
            self._waiting.setdefault(connection)

    def start_working(self, connection: LimitedProtocol) -> None:
        """A connection has a whole head, and is answered."""
        self._waiting.pop(connection, None)

    def _cut(self, client: str | None) -> None:
        """Cut the connection that has waited longest, of one client or of any."""
        for connection in self._waiting:
            if client is None or self._clients[connection] == client:
                self.close(connection)
                connection.transport.abort()
                return


class LimitedProtocol(H11Protocol):
    """HTTP of one connection, which waits only so long for the head of a request."""

    open_connections: Connections

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.open_connections.open(self, self.client[0] if self.client else "")
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        self.open_connections.close(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_at_work:
            self._clear_deadline()
            self.open_connections.start_working(self)
        else:  # the beginning of a head, or more of a body that nobody reads
            self._set_deadline()

    def on_response_complete(self) -> None:
        self.open_connections.start_waiting(self)
        super().on_response_complete()
        if self._is_at_work:  # the next request had come with this one
            self.open_connections.start_working(self)

    @property
    def _is_at_work(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _set_deadline(self) -> None:
        """Set the time by which the head must be there; more of the same head changes nothing."""
        if self._deadline is None and not self.transport.is_closing():
            seconds = self.open_connections.limits.head_seconds
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def make_limited_protocol(limits: ConnectionLimits, proxies: Proxies) -> type[LimitedProtocol]:
    """The protocol of one server, with the count of its connections."""

    class ServerProtocol(LimitedProtocol):
        open_connections = Connections(limits, proxies)

    return ServerProtocol
