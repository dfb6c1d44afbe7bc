"""Proof that a form came from our own page: a signed token in it, and another in a cookie.

Both are bound to the link, so that several pages of it may be open at once. The cookie is
``SameSite=Strict``: a form on another site comes without it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from itsdangerous import Signer

COOKIE = "cpsa_form"
FIELD = "form_token"


@dataclass(frozen=True)
class FormTokens:
    key: bytes

    def field(self, link: str) -> str:
        return self._sign("cpsa form", link)

    def cookie(self, link: str) -> str:
        return self._sign("cpsa form cookie", link)

    def are_valid(self, link: str, field: str, cookie: str) -> bool:
        """Whether both came back as they were given for this link."""
        both = ((self.field(link), field), (self.cookie(link), cookie))
        return all(hmac.compare_digest(ours.encode(), theirs.encode()) for ours, theirs in both)

    def _sign(self, salt: str, link: str) -> str:
        signer = Signer(self.key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
        return signer.get_signature(link).decode()
