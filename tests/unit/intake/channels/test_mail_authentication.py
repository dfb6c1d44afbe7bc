"""Whose results count and what they prove: real servers' headers, forged copies, any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa.intake.channels.mail_authentication import (
    FIELD_BYTES,
    Proof,
    find_our_results,
    parse_results,
    prove_sender,
)

OURS = "mx.cpsa.example.org"
SENDER = "ia-a@agency.example.org"
DOMAIN = "agency.example.org"
CAME_IN = f"Received: from out.{DOMAIN} (out.{DOMAIN} [192.0.2.7])\r\n\tby {OURS} with ESMTPS; now"
PASSED = f"Authentication-Results: {OURS}; dmarc=pass header.from={DOMAIN}"
FAILED = f"Authentication-Results: {OURS}; dmarc=fail header.from={DOMAIN}"
WRITTEN = f"DKIM-Signature: v=1; d={DOMAIN}\r\nFrom: <{SENDER}>\r\nSubject: Update"


def mail(*fields: str) -> bytes:
    return "\r\n".join([*fields, "", "body"]).encode()


def proof(*fields: str, sender: str = SENDER, authserv: str = OURS) -> Proof:
    return prove_sender(mail(*fields), sender, authserv)


REAL = {
    "milters below": (
        CAME_IN,
        "DKIM-Filter: OpenDKIM Filter v2.11.0 mx 4F0",
        f"Authentication-Results: {OURS}; dmarc=pass (p=quarantine dis=none) header.from={DOMAIN}",
        f'Authentication-Results: {OURS};\r\n\tdkim=pass (2048-bit key) header.d={DOMAIN} header.b="a/b+"',
        WRITTEN,
    ),
    "on top": (f"Return-Path: <{SENDER}>", "Delivered-To: updates", PASSED, CAME_IN, WRITTEN),
    "handed on within": (
        f"Received: from {OURS} ([127.0.0.1])\r\n\tby store.example.org with LMTP; now",
        CAME_IN,
        PASSED,
        WRITTEN,
    ),
    "large provider": (
        "Delivered-To: updates@example.org",
        "Received: by 2002:a05:6a10 with SMTP id x; now",
        "X-Received: by 2002:a05:620a; now",
        "ARC-Seal: i=1; a=rsa-sha256; d=example.com",
        f"ARC-Authentication-Results: i=1; {OURS}; dmarc=fail",
        f"Return-Path: <{SENDER}>",
        CAME_IN,
        "Received-SPF: pass (domain designates 192.0.2.7 as permitted sender)",
        f"Authentication-Results: {OURS};\r\n       dkim=pass header.i=@{DOMAIN} header.s=s1;\r\n"
        f"       spf=pass (ok (really)) smtp.mailfrom={SENDER};\r\n"
        f"       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from={DOMAIN}",
        WRITTEN,
    ),
    "trailing semicolon, version, capitals": (
        f"AUTHENTICATION-RESULTS: {OURS.upper()} 1; DMARC=Pass Header.From={DOMAIN.upper()};",
        CAME_IN,
        WRITTEN,
    ),
    "foreign words": (
        f"Authentication-Results: {OURS}; dmarc=pass action=none header.from={DOMAIN};compauth=pass reason=100",
        CAME_IN,
        WRITTEN,
    ),
    "quoted": (
        f'Authentication-Results: "{OURS}"; dkim=pass reason="good; dmarc=fail" header.d="{DOMAIN}"',
        CAME_IN,
        WRITTEN,
    ),
    "only spf": (f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom={SENDER}", CAME_IN),
    "only dkim, two signatures": (
        f"Authentication-Results: {OURS}; dkim=fail header.d={DOMAIN}; dkim=pass header.d={DOMAIN}",
        CAME_IN,
    ),
    "no policy": (
        f"Authentication-Results: {OURS}; dmarc=none header.from={DOMAIN}; dkim=pass header.i=@{DOMAIN}",
        CAME_IN,
    ),
}


@pytest.mark.parametrize("fields", REAL.values(), ids=REAL)
def test_what_real_servers_write_proves_the_sender(fields) -> None:
    assert proof(*fields) is Proof.PROVEN


NOT_PROVEN = {
    "nothing": ((CAME_IN, WRITTEN), Proof.NO_RESULTS),
    "none": ((f"Authentication-Results: {OURS}; none", CAME_IN), Proof.NO_RESULTS),
    "failed": ((CAME_IN, FAILED, WRITTEN), Proof.FAILED),
    "failed although signed": (
        (f"{FAILED}; dkim=pass header.d={DOMAIN}", CAME_IN, WRITTEN),
        Proof.FAILED,
    ),
    "passed for another": (
        (f"Authentication-Results: {OURS}; dmarc=pass header.from=evil.example.com", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "passed for nobody": (
        (f"Authentication-Results: {OURS}; dmarc=pass", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "signed by a neighbour": (
        (f"Authentication-Results: {OURS}; dkim=pass header.d=example.org", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "only the greeting": (
        (f"Authentication-Results: {OURS}; spf=pass smtp.helo={DOMAIN}", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "a best guess": (
        (f"Authentication-Results: {OURS}; dmarc=bestguesspass header.from={DOMAIN}", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "softfail": (
        (f"Authentication-Results: {OURS}; spf=softfail smtp.mailfrom={SENDER}", CAME_IN),
        Proof.NOT_ALIGNED,
    ),
    "another version": (
        (f"Authentication-Results: {OURS} 2; dmarc=pass header.from={DOMAIN}", CAME_IN),
        Proof.NO_RESULTS,
    ),
    "another server": (
        (f"Authentication-Results: mx.evil.example.com; dmarc=pass header.from={DOMAIN}", CAME_IN),
        Proof.NO_RESULTS,
    ),
    "in a comment": (
        (
            f"Authentication-Results: {OURS}; dmarc=none (; dmarc=pass header.from={DOMAIN})",
            CAME_IN,
        ),
        Proof.NOT_ALIGNED,
    ),
    "in a quoted reason": (
        (
            f'Authentication-Results: {OURS}; x=y reason="; dmarc=pass header.from={DOMAIN}"',
            CAME_IN,
        ),
        Proof.NOT_ALIGNED,
    ),
    "in an open quote": (
        (f'Authentication-Results: {OURS}; x=y reason="; dmarc=pass header.from={DOMAIN}', CAME_IN),
        Proof.NO_RESULTS,
    ),
    "for a domain in a quoted reason": (
        (
            f'Authentication-Results: {OURS}; dkim=pass reason="for header.d={DOMAIN} " header.d=evil.com',
            CAME_IN,
        ),
        Proof.NOT_ALIGNED,
    ),
    "our name in a comment": (
        (f"Authentication-Results: evil.example.com ({OURS}); dmarc=pass header.from={DOMAIN}",),
        Proof.NO_RESULTS,
    ),
}


@pytest.mark.parametrize(("fields", "expected"), NOT_PROVEN.values(), ids=NOT_PROVEN)
def test_what_does_not_prove_it(fields, expected) -> None:
    assert proof(*fields) is expected


FORGED = {
    "beside what the sender wrote": (CAME_IN, WRITTEN, PASSED),
    "below another hop": (CAME_IN, "Received: from inner.evil by out.evil; now", PASSED, WRITTEN),
    "below ours that failed": (CAME_IN, FAILED, PASSED, WRITTEN),
    "below ours on top": (FAILED, CAME_IN, PASSED, WRITTEN),
    "ours on top, other methods below": (
        f"Authentication-Results: {OURS}; dkim=none",
        CAME_IN,
        PASSED,
        WRITTEN,
    ),
    "a second result of one method": (
        CAME_IN,
        f"Authentication-Results: {OURS}; dkim=fail header.d={DOMAIN}",
        f"Authentication-Results: {OURS}; dkim=pass header.d={DOMAIN}",
        WRITTEN,
    ),
    "with a hop in our name": (
        CAME_IN,
        f"Received: from localhost by {OURS}; now",
        PASSED,
        WRITTEN,
    ),
    "after a field of the sender's": (CAME_IN, "X-Mailer: evil", PASSED, WRITTEN),
    "no server named us": (CAME_IN, "To: us", f"X-Note: {PASSED}", PASSED),
    "folded into another field": (CAME_IN, f"X-A: b\r\n {PASSED}", WRITTEN),
    "very long": (CAME_IN, f"{PASSED} {'x' * FIELD_BYTES}", WRITTEN),
}


@pytest.mark.parametrize("fields", FORGED.values(), ids=FORGED)
def test_forged_copies_of_our_header_are_dropped(fields) -> None:
    assert proof(*fields) is not Proof.PROVEN


def test_without_a_server_of_ours_no_mail_is_proven() -> None:
    assert proof(PASSED, CAME_IN, authserv="") is Proof.NO_SERVER


@pytest.mark.parametrize("sender", ["", "nobody", "a@Agency.example.org.evil.com", "a@agençy.org"])
def test_a_sender_of_another_domain_is_not_proven(sender: str) -> None:
    assert proof(PASSED, CAME_IN, sender=sender) is not Proof.PROVEN


_SIGNS = ("=", ";", "(", ")", '"', "\\", " ", "\r\n ", "\r\n", ":", ".", "/", "1", "é", "\x00", "@")
_NAMES = ("Received: from ", "Authentication-Results: ", "X-A: b", "header.from", "header.d")
WORDS = st.sampled_from((OURS, DOMAIN, "dmarc", "dkim", "spf", "pass", "fail", *_SIGNS, *_NAMES))


@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_head_is_read_without_an_error(text: str) -> None:
    prove_sender(text.encode("utf-8", "surrogatepass"), SENDER, OURS)
    parse_results(text, OURS)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(content: bytes) -> None:
    assert prove_sender(content, SENDER, OURS) is not Proof.PROVEN


@given(st.lists(WORDS, max_size=40).map("".join))
def test_nothing_that_the_sender_writes_turns_a_failed_mail_into_a_proven_one(text: str) -> None:
    for head in ((CAME_IN, FAILED, text), (FAILED, CAME_IN, text)):
        assert proof(*head, WRITTEN, PASSED) is Proof.FAILED


@given(st.integers(1, 3000))
def test_comments_of_any_depth(depth: int) -> None:
    header = f"{OURS} {'(' * depth}{')' * depth}; dmarc=pass header.from={DOMAIN}"
    results = parse_results(header[:FIELD_BYTES], OURS)
    assert results is not None


def test_a_deep_comment_costs_nothing() -> None:
    head = mail(*[f"Authentication-Results: {'(' * 3900}"] * 200)
    assert find_our_results(head, OURS) == []
