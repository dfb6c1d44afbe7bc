"""What strangers do to the portal's connections, by real sockets against the server as it is served.

That another agency's page is answered meanwhile is proven by a socket that waits two seconds at most.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from tests.unit.web.portal.conftest import HINDI, Site

from cpsa.web.portal.connection_limits import HEAD_BYTES, ConnectionLimits, Proxies
from cpsa.web.portal.serve_portal import make_server

SECONDS = 2  # in which another agency's page is answered
PATIENCE = 30  # of a test, for what it waits for
SHORT = ConnectionLimits(head_seconds=0.3)
LONG = ConnectionLimits(head_seconds=600)
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-a: "
FRONT, STRANGERS = "127.0.0.1", ""  # whom the server takes this machine for


@dataclass
class Served:
    """A running portal, and the sockets that a test opens to it."""

    site: Site
    server: uvicorn.Server
    port: int
    stack: ExitStack
    open_sockets: list[socket.socket] = field(default_factory=list)

    def connect(self, sent: bytes = b"") -> socket.socket:
        opened = self.stack.enter_context(
            socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        )
        opened.sendall(sent)
        self.open_sockets.append(opened)
        return opened

    def page(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """One page by a connection of its own, or TimeoutError after two seconds of silence."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self.stack.callback(client.close)
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        answer.content = answer.read()  # type: ignore[attr-defined]
        return answer

    def agencies_page(self) -> int:
        """The status with which the page of an agency is answered."""
        return self.page(self.site.visitor(HINDI).address()).status

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)


@pytest.fixture
def serve(site: Site) -> Iterator[Callable[..., Served]]:
    with ExitStack() as stack:

        def start(limits: ConnectionLimits, proxy: str = FRONT) -> Served:
            return stack.enter_context(_serving(site, limits, proxy))

        yield start


@contextmanager
def _serving(site: Site, limits: ConnectionLimits, proxy: str) -> Iterator[Served]:
    with socket.socket() as listener, ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        server = make_server(site.office, lambda: site.now, "127.0.0.1", 0, proxy, limits)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            _until(lambda: server.started)
            yield Served(site, server, listener.getsockname()[1], stack)
        finally:
            stack.close()
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "nothing keeps the portal from ending"


def _until(reached: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE * 50):
        if reached():
            return
        pause.wait(0.02)
    raise AssertionError("it was never reached")


def _rest(opened: socket.socket) -> bytes:
    """All that still comes, until the server has closed the connection."""
    found = b""
    try:
        while piece := opened.recv(65536):
            found += piece
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize("proxy", [FRONT, STRANGERS], ids=["through the front server", "direct"])
@pytest.mark.parametrize("said", [b"", HALF_A_HEAD], ids=["silent", "half a head"])
def test_idle_connections_close_the_portal_for_nobody(serve, proxy: str, said: bytes) -> None:
    served = serve(LONG, proxy)
    for _ in range(205):
        served.connect(said)
    assert served.agencies_page() == 200
    assert served.page("/health").status == 200


def test_however_many_they_are_the_longest_waiting_makes_room(serve) -> None:
    served = serve(ConnectionLimits(total=40, head_seconds=600))
    first = served.connect(HALF_A_HEAD)
    for _ in range(60):
        served.connect(HALF_A_HEAD)
    assert _rest(first) == b"", "it was cut"
    assert served.agencies_page() == 200
    assert served.connections <= 41


def test_one_client_holds_so_many_and_cuts_its_own(serve) -> None:
    served = serve(ConnectionLimits(per_client=5, head_seconds=600), STRANGERS)
    opened = [served.connect(HALF_A_HEAD) for _ in range(9)]
    for one in opened[:4]:
        assert _rest(one) == b""
    opened[-1].sendall(b"b\r\n\r\n")
    assert opened[-1].recv(12) == b"HTTP/1.1 200"


def test_a_head_that_does_not_come_in_time_is_cut(serve) -> None:
    served = serve(SHORT)
    silent, half, slow = served.connect(), served.connect(HALF_A_HEAD), served.connect(HALF_A_HEAD)
    with pytest.raises(OSError):
        while True:  # a byte now and then does not win time
            slow.sendall(b"a")
            threading.Event().wait(0.01)
    assert _rest(silent) == _rest(half) == b""
    again = served.connect(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert again.recv(12) == b"HTTP/1.1 200"
    again.sendall(HALF_A_HEAD)
    assert b"HTTP/1.1" not in _rest(again), "the head of a second request has no more time"
    _until(lambda: served.connections == 0)


def test_headers_without_end_are_refused_at_their_size(serve) -> None:
    served = serve(LONG)
    endless = served.connect(b"GET / HTTP/1.1\r\nHost: x\r\n")
    sent = 0
    with pytest.raises(OSError):
        while True:
            sent += endless.send(b"X-a: " + b"a" * 1000 + b"\r\n")
            assert sent < 100 * HEAD_BYTES, "what the sockets between us hold is less"
    assert served.agencies_page() == 200
    _until(lambda: served.connections <= 1)


def test_a_body_that_nobody_reads_ends_too(serve) -> None:
    served = serve(SHORT)
    endless = served.connect(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    with pytest.raises(OSError):
        while True:
            endless.sendall(b"a" * 1000)
            threading.Event().wait(0.01)
    _until(lambda: served.connections == 0)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "x\u00e9"])
def test_a_foreign_host_leads_nowhere(serve, host: str) -> None:
    """Nor does a slash at the end: it would lead to any Host, and down to http."""
    served = serve(LONG)
    visitor = served.site.visitor(HINDI)
    for path, status in (
        (f"{visitor.address()}/", 200),
        (f"{visitor.address('template')}/", 200),
        ("/nothing/", 404),
        ("//evil.example/u/x/", 404),
        (f"{visitor.address()}//", 200),
    ):
        answer = served.page(path, Host=host)
        assert answer.status == status, path
        assert answer.getheader("location") is None
        assert b"evil.example" not in answer.content


def test_strangers_learn_of_health_only_that_somebody_answers(serve, monkeypatch) -> None:
    def breaks(*_: object) -> None:
        raise AssertionError("a stranger costs no look at the store")

    monkeypatch.setattr("cpsa.web.portal.routes.service_routes.require_reachable", breaks)
    served = serve(LONG)
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    assert served.page("/health", **forwarded).content == b'{"status":"ok"}'
    assert served.page("/openapi.json").status == 404
    assert served.page("/health").status == 500


def test_addresses_of_the_front_server_are_read_as_the_server_reads_them() -> None:
    named = Proxies("127.0.0.1, 10.0.0.0/8,nonsense 2001:db8::/32")
    for address in ("127.0.0.1", "10.1.2.3", "2001:db8::1"):
        assert address in named
    for address in ("127.0.0.2", "192.0.2.1", "2001:db9::1", "", "testclient"):
        assert address not in named
    assert "192.0.2.1" in Proxies("*")
    assert "192.0.2.1" not in Proxies("")


def test_nothing_stays_of_connections_that_ended(serve) -> None:
    served = serve(SHORT, STRANGERS)
    for _ in range(100):
        served.connect(HALF_A_HEAD)
    assert served.agencies_page() == 200
    for opened in served.open_sockets:
        assert _rest(opened) == b""
    _until(lambda: served.connections == 0)
    counted = served.server.config.http_protocol_class.open_connections
    assert len(counted) == 0
    assert not counted._waiting
    assert not counted._count_by_client
