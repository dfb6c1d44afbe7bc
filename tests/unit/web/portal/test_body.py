"""Reading a body: its limit holds while it arrives, whatever it declares."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from cpsa.web.portal import request_body
from cpsa.web.portal.error_pages import PageError

BOUNDARY = "x" * 20
CHUNK = 64 * 1024


class Sender:
    """A browser that sends pieces for as long as it is listened to."""

    def __init__(self, pieces: int, **headers: str) -> None:
        self.left = pieces
        self.heard = 0
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
        self.next = head.encode()
        self.headers = {
            "content-type": f"multipart/form-data; boundary={BOUNDARY}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }

    async def receive(self) -> dict:
        self.left -= 1
        self.heard += 1
        piece, self.next = self.next, b"x" * CHUNK
        return {"type": "http.request", "body": piece, "more_body": self.left > 0}

    def read(self, most: int) -> PageError:
        raw = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        request = Request({"type": "http", "method": "POST", "headers": raw}, self.receive)
        with pytest.raises(PageError) as refused:
            asyncio.run(request_body.read_form(request, most))
        return refused.value


def test_what_is_declared_too_large_is_never_parsed() -> None:
    sender = Sender(100, content_length=str(100 * CHUNK))
    assert sender.read(10 * CHUNK).status == 413
    assert sender.heard == 100  # received and thrown away, so that the browser shows our page


def test_what_comes_beyond_the_limit_is_thrown_away_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_body, "_THROWN_AWAY", 30 * CHUNK)
    for declared in ("", "5"):
        sender = Sender(100_000, **({"content_length": declared} if declared else {}))
        assert sender.read(10 * CHUNK).status == 413
        assert 30 <= sender.heard <= 32


def test_who_asks_before_sending_is_spared_the_sending() -> None:
    sender = Sender(100, content_length=str(100 * CHUNK), expect="100-continue")
    assert sender.read(10 * CHUNK).status == 413
    assert sender.heard == 0


def test_a_body_that_stops_coming_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "_SECONDS_OF_SILENCE", 0.01)
    sender = Sender(100)

    async def silence() -> dict:
        await asyncio.sleep(60)
        return {}

    sender.receive = silence  # type: ignore[method-assign]
    assert sender.read(10 * CHUNK).status == 408


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("C:\\Users\\office\\update.xlsx", "update.xlsx"),
        ("/home/office/update.xlsx", "update.xlsx"),
        ("प्रतिवेदन \u202e\x00.ods", "प्रतिवेदन .ods"),
        ("x" * 300 + ".xlsx", "x" * 115 + ".xlsx"),
        ("..", ".."),
        ("", ""),
    ],
)
def test_a_file_name_is_kept_as_its_sender_knows_it(said: str, kept: str) -> None:
    assert request_body.clean_file_name(said) == kept
