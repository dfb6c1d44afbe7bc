"""Links hold for what they were made for, until they expire, and nobody else can make one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa import signed_links
from cpsa.errors import RequestError

UNTIL = datetime(2026, 10, 31, tzinfo=UTC)
BEFORE = UNTIL - timedelta(seconds=1)
TEXTS = st.text(max_size=40)


@given(TEXTS, TEXTS, st.binary(min_size=16))
def test_a_link_comes_back_as_it_was_signed(one: str, other: str, key: bytes) -> None:
    for link in (
        signed_links.AgencyLink(one, other, UNTIL),
        signed_links.DownloadLink(one, other, UNTIL),
    ):
        token = signed_links.sign_link(key, link)
        assert token == signed_links.sign_link(key, link)
        assert signed_links.verify_link(key, type(link), token, BEFORE) == link


def refused(kind: type, token: str, now: datetime = BEFORE, key: bytes = b"ours") -> str:
    with pytest.raises(RequestError) as said:
        signed_links.verify_link(key, kind, token, now)
    return said.value.key


def test_what_is_not_ours_is_unknown() -> None:
    token = signed_links.sign_link(b"ours", signed_links.AgencyLink("IA-A", "2026-27-Q1", UNTIL))
    assert refused(signed_links.AgencyLink, token, key=b"theirs") == "links.unknown"
    assert refused(signed_links.DownloadLink, token) == "links.unknown"  # made for something else
    for spoiled in ("", token[:-1], "x" + token, token.replace(".", ""), "हिन्दी"):
        assert refused(signed_links.AgencyLink, spoiled) == "links.unknown"


def test_an_expired_one_says_so() -> None:
    token = signed_links.sign_link(b"ours", signed_links.AgencyLink("IA-A", "2026-27-Q1", UNTIL))
    assert refused(signed_links.AgencyLink, token, UNTIL) == "links.expired"
