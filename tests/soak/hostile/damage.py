"""What befalls bytes on their way: flipped, lost, doubled, cut off, swapped, zeroed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_WORDS = (
    b"-1",
    b"1e400",
    b"nan",
    b"",
    b"A1",
    b"XFD1048576",
    b"$A:$XFD",
    b"\xff\xfe",
    b"&",
    b"&amp;",
    b"&#0;",
    b"<",
    b"]]>",
    b"2147483648",
    b"-9223372036854775809",
    b"true",
    b"../../../etc/passwd",
    b"\xe0\xa4\xb9" * 400,
    b"9" * 5000,
)


def at_random(content: bytes, chance: Random) -> bytes:
    """One to three such accidents."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        content = chance.choice(ACCIDENTS)(bytearray(content or b"\0"), chance)
    return content


def _flip(raw: bytearray, chance: Random) -> bytes:
    for _ in range(chance.choice((1, 4, 60))):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def _overwrite(raw: bytearray, chance: Random) -> bytes:
    start = chance.randrange(len(raw))
    size = chance.choice((1, 16, 512))
    raw[start : start + size] = chance.randbytes(size)
    return bytes(raw)


def _blank_out(raw: bytearray, chance: Random) -> bytes:
    start, size = chance.randrange(len(raw)), chance.choice((4, 512, 4096))
    size = min(size, len(raw) - start)
    raw[start : start + size] = bytes([chance.choice((0, 0x20, 0xFF))]) * size
    return bytes(raw)


def _remove(raw: bytearray, chance: Random) -> bytes:
    start = chance.randrange(len(raw))
    del raw[start : start + chance.choice((1, 7, 400, len(raw) // 3))]
    return bytes(raw)


def _double(raw: bytearray, chance: Random) -> bytes:
    start, to = chance.randrange(len(raw)), chance.randrange(len(raw))
    raw[to:to] = raw[start : start + chance.choice((1, 30, 4000))]
    return bytes(raw)


def _swap(raw: bytearray, chance: Random) -> bytes:
    size = chance.choice((2, 64, 512))
    one, other = (chance.randrange(max(1, len(raw) - size)) for _ in range(2))
    first, second = bytes(raw[one : one + size]), bytes(raw[other : other + size])
    raw[one : one + size], raw[other : other + size] = second, first
    return bytes(raw)


def _cut(raw: bytearray, chance: Random) -> bytes:
    return bytes(raw[: chance.randrange(len(raw))])


def _behead(raw: bytearray, chance: Random) -> bytes:
    return bytes(raw[chance.randint(1, max(1, len(raw) // 2)) :])


def _as_text(raw: bytearray, chance: Random) -> bytes:
    """What a transfer in text mode makes of it."""
    worst = (
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\r\n", b"\n").replace(b"\x1a", b""),
        lambda data: bytes(byte & 0x7F for byte in data),
        lambda data: data.decode("latin-1").encode("utf-8"),
        lambda data: data.decode("utf-8", "replace").encode("utf-8"),
    )
    return chance.choice(worst)(bytes(raw))


ACCIDENTS: tuple[Callable[[bytearray, Random], bytes], ...] = (
    *(_flip, _flip, _overwrite, _blank_out, _remove, _double, _swap, _cut, _behead, _as_text),
)


def reworded(part: bytes, chance: Random) -> bytes:
    """Attributes of an XML part given values that nobody would write."""
    for _ in range(chance.randint(1, 5)):
        quotes = [place for place, byte in enumerate(part) if byte == ord('"')]
        if len(quotes) < 2:
            return part
        start = chance.choice(quotes)
        end = part.find(b'"', start + 1)
        if end > start:
            part = part[: start + 1] + chance.choice(_WORDS) + part[end:]
    return part


def elements_moved(part: bytes, chance: Random) -> bytes:
    """A piece between two tags lost, doubled, or put where it does not belong."""
    ends = [place + 1 for place, byte in enumerate(part) if byte == ord(">")]
    if len(ends) < 4:
        return part
    start, end = sorted(chance.sample(ends, 2))
    end = min(end, start + 20_000)
    piece = part[start:end]
    match chance.randrange(3):
        case 0:
            return part[:start] + part[end:]
        case 1:
            return part[:end] + piece * chance.choice((1, 2, 50)) + part[end:]
    to = chance.choice(ends)
    return part[:to] + piece + part[to:]
