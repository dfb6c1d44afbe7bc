"""The seal of a template: for whom and when it was made, by which framework, signed by HMAC.

What belongs here: making and testing the seal. What must not: where its fields are in a file
(``defined_names``, the template), or what follows from a broken one (rule S07 says that).

The template's id names the form's inputs, not the framework's version: an amended threshold or
text keeps the templates that were sent valid, a changed input does not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

from cpsa.framework.model import Framework

# Raised when sheets change so that an older template can no longer be read.
LAYOUT = 1
FIELDS = ("agency", "quarter", "framework", "template", "names", "code")


class SealState(StrEnum):
    """The state of a seal; each but ``OK`` has a text ``workbook.seal.<state>``."""

    OK = "ok"
    BROKEN = "broken"
    UNKNOWN_TEMPLATE = "unknown_template"
    OTHER = "other"  # whole, but made for another agency or quarter

    @property
    def text_key(self) -> str:
        return f"workbook.seal.{self.value}"


@dataclass(frozen=True)
class Seal:
    """A seal as found in a file. ``present``: a digest of the names the file has now."""

    agency: str
    quarter: str
    framework: str
    template: str
    names: str
    code: str
    present: str


def template_id(framework: Framework, form: str) -> str:
    """Return the id of a form's inputs as they are laid out, such as ``IA-1-3f2a9c01``."""
    inputs = [
        [indicator.code, list(indicator.dimensions)]
        for indicator in framework.form_indicators(form)
    ]
    digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
    return f"{form}-{LAYOUT}-{digest[:8]}"


def sign_seal(
    key: bytes, *, agency: str, quarter: str, framework: str, template: str, names: str
) -> str:
    """The HMAC-SHA256 over the fields of a seal."""
    signed_text = json.dumps(["cpsa template", agency, quarter, framework, template, names])
    return hmac.new(key, signed_text.encode(), hashlib.sha256).hexdigest()


def is_whole(seal: Seal, key: bytes) -> bool:
    """Whether a seal is ours, and the file has the names that it was sealed with."""
    expected = sign_seal(
        key,
        agency=seal.agency,
        quarter=seal.quarter,
        framework=seal.framework,
        template=seal.template,
        names=seal.names,
    )
    signed = hmac.compare_digest(expected.encode(), seal.code.encode("utf-8", "replace"))
    return signed and seal.present == seal.names


def find_seal_state(
    seal: Seal | None, key: bytes, agency: str, quarter: str, framework: Framework
) -> SealState:
    """Whether the workbook with a seal is the one made for this agency and quarter, and untampered.

    None: the workbook has no seal.
    """
    if seal is None:
        return SealState.UNKNOWN_TEMPLATE
    if not is_whole(seal, key):
        return SealState.BROKEN
    if seal.template not in {template_id(framework, form) for form in framework.forms}:
        return SealState.UNKNOWN_TEMPLATE
    if (seal.agency.casefold(), seal.quarter) != (agency.casefold(), quarter):
        return SealState.OTHER
    return SealState.OK
