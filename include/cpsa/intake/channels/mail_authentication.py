"""Whether a mail's sender is proven: what our own server found, by its Authentication-Results.

What belongs here: RFC 8601 as real servers write it, and which of such headers are our server's.
What must not: what follows for a mail (``services.collection.mail_trust``).

Anybody can write such a header into a mail. Ours are those that our server put on top of what it
received: above the Received header that names the server outside from which the mail came, or else
directly below it, where milters put theirs. A server also has to take away headers in its own name
that a mail brings (RFC 8601, section 5). Where a method is named twice, the higher one counts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FIELDS, FIELD_BYTES = 200, 4_000  # of a head; no server writes more above what it received
HEAD_BYTES = 64 * 1024
RESULTS = 50  # of one header
_VERSION = "1"
_LINE = re.compile(rb"\r\n|\n")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_TOKEN = r"[^\s;=/\"]+"
_SERVER = re.compile(rf'\s*("[^"]*"|{_TOKEN})(?:\s+([0-9]+))?\s*\Z')
_RESULT = re.compile(rf"\s*({_TOKEN})\s*(?:/\s*([0-9]+)\s*)?=\s*({_TOKEN})(?=\s|\Z)")
# Other quoted text, such as a reason, is passed over whole.
_PROPERTY = re.compile(
    r'"[^"]*"|\b([A-Za-z0-9-]+)\s*\.\s*([A-Za-z0-9_-]+)\s*=\s*("[^"]*"|[^\s;"]+)'
)
_FROM = re.compile(r"\s*from\s+(\S+)", re.IGNORECASE)
# What may be between the Received header of the way in and results of the same server.
_BESIDE_RESULTS = re.compile(r"arc-[a-z-]+|received-spf|dkim-filter")
_ON_TOP = re.compile(r"return-path|delivered-to|x-[!-9;-~]+")


class Proof(StrEnum):
    """What our server says of a mail's sender. Stored codes."""

    PROVEN = "proven"
    NO_SERVER = "no_server"  # CPSA_MAIL_AUTHSERV names none
    NO_RESULTS = "no_results"
    FAILED = "failed"  # dmarc=fail
    NOT_ALIGNED = "not_aligned"  # nothing passed for the domain of the From address


@dataclass(frozen=True)
class UnprovenSender:
    """Who a mail says it is from, a registered address, where our server did not prove it."""

    address: str
    proof: Proof


@dataclass(frozen=True)
class MethodResult:
    """One result: ``properties`` by ``header.d`` and the like, names in lower case."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)


def prove_sender(content: bytes, sender: str, authserv: str) -> Proof:
    """Whether the server ``authserv`` found a mail to come from the domain of ``sender``.

    ``sender``: the one address of the From header. Never raises.
    """
    domain = _get_domain(sender)
    if not authserv:
        return Proof.NO_SERVER
    results = list(_iter_topmost_results(find_our_results(content, authserv)))
    if not results or not domain:
        return Proof.NO_RESULTS
    dmarc = next((result for result in results if result.method == "dmarc"), None)
    if dmarc and dmarc.result == "pass":
        is_same = _get_domain(dmarc.properties.get("header.from", "")) == domain
        return Proof.PROVEN if is_same else Proof.NOT_ALIGNED
    if dmarc and dmarc.result == "fail":
        return Proof.FAILED
    if any(_is_aligned(result, domain) for result in results):
        return Proof.PROVEN
    return Proof.NOT_ALIGNED


def find_our_results(content: bytes, authserv: str) -> list[list[MethodResult]]:
    """The results of each header that our server put into a mail, in their order."""
    above: list[list[MethodResult]] = []
    below: list[list[MethodResult]] = []
    has_come_in = False
    for name, value in _iter_fields(content):
        if name == "received":
            if has_come_in:
                break
            has_come_in = not _is_from_ours(value, authserv)
        elif name == "authentication-results":
            results = parse_results(value, authserv)
            if results is not None:
                (below if has_come_in else above).append(results)
        elif not (_BESIDE_RESULTS.fullmatch(name) or (_ON_TOP.fullmatch(name) and not has_come_in)):
            break
    return above or below


def parse_results(value: str, authserv: str) -> list[MethodResult] | None:
    """The results of one header; None where another server wrote it, or nobody can read it."""
    plain = _remove_comments(value)
    if plain is None:
        return None
    server, *parts = _split_parts(plain)
    named = _SERVER.match(server)
    if named is None or named[2] not in (None, _VERSION):
        return None
    if not _is_same_name(named[1].strip('"'), authserv):
        return None
    return [result for part in parts[:RESULTS] if (result := _parse_result(part)) is not None]


def _parse_result(part: str) -> MethodResult | None:
    found = _RESULT.match(part)
    if found is None or found[2] not in (None, _VERSION):
        return None
    properties: dict[str, str] = {}
    for kind, name, text in _PROPERTY.findall(part[found.end() :]):
        if kind:
            properties.setdefault(f"{kind}.{name}".lower(), text.strip('"'))
    return MethodResult(found[1].lower(), found[3].lower(), properties)


def _iter_topmost_results(headers: list[list[MethodResult]]) -> Iterator[MethodResult]:
    """Of each method what the topmost header says that names it."""
    seen: set[str] = set()
    for results in headers:
        yield from (result for result in results if result.method not in seen)
        seen |= {result.method for result in results}


def _is_aligned(result: MethodResult, domain: str) -> bool:
    """Whether DKIM or SPF passed for this very domain."""
    properties = result.properties
    if result.result != "pass":
        return False
    if result.method == "dkim":
        return _get_domain(properties.get("header.d") or properties.get("header.i", "")) == domain
    if result.method == "spf":
        return (
            _get_domain(properties.get("smtp.mailfrom") or properties.get("smtp.mail", ""))
            == domain
        )
    return False


def _get_domain(address: str) -> str:
    """The domain of an address, or a domain as it is; blank where it is not plain ASCII.

    Letters that only look like others would be taken for them.
    """
    domain = address.strip("<> ").rpartition("@")[2].rstrip(".")
    return domain.lower() if domain.isascii() else ""


def _is_same_name(name: str, other: str) -> bool:
    return name.isascii() and name.lower().rstrip(".") == other.lower().rstrip(".")


def _is_from_ours(received: str, authserv: str) -> bool:
    """Whether a mail went from one server of ours to another: by name, or within the machine."""
    found = _FROM.match(received)
    if found is None:
        return True  # it was handed over without a sending host
    name = found[1].strip("[]();,").lower()
    if name == "localhost" or _is_same_name(name, authserv):
        return True
    try:
        return ipaddress.ip_address(name.removeprefix("ipv6:")).is_loopback
    except ValueError:
        return name.endswith(f".{authserv.lower()}")


def _iter_fields(content: bytes) -> Iterator[tuple[str, str]]:
    """The first fields of a head, unfolded: name in lower case, value; none that is too long."""
    lines: list[bytes] = []
    count = 0
    for line in (*_LINE.split(content[:HEAD_BYTES]), b""):
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        if lines:
            whole = b"".join(lines)
            found = _NAME.match(whole)
            if found is None or count == FIELDS:
                return
            count += 1
            if len(whole) <= FIELD_BYTES:
                yield found[1].decode("ascii").lower(), found[2].decode("utf-8", "replace")
        lines = [line]
        if not line:
            return


def _remove_comments(value: str) -> str | None:
    """Return the value without what is in brackets, however deep; None where a quote has no end."""
    kept: list[str] = []
    depth, is_quoted, is_escaped = 0, False, False
    for sign in value:
        if is_escaped:
            is_escaped = False
            if not depth:
                kept.append(sign if sign != '"' else " ")
        elif sign == "\\" and (depth or is_quoted):
            is_escaped = True
        elif sign == '"' and not depth:
            is_quoted = not is_quoted
            kept.append(sign)
        elif sign == "(" and not is_quoted:
            depth += 1
            kept.append(" ")
        elif sign == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(sign)
    return None if is_quoted else "".join(kept)


def _split_parts(value: str) -> list[str]:
    """The value at its semicolons, those within quotes left out."""
    pieces = re.split(r'("[^"]*")', value)
    parts = [""]
    for piece in pieces:
        if piece.startswith('"'):
            parts[-1] += piece
            continue
        first, *rest = piece.split(";")
        parts[-1] += first
        parts += rest
    return parts
