"""The responses of each address, for the OpenAPI description."""

from __future__ import annotations

from typing import Any

ResponseDocs = dict[int | str, dict[str, Any]]
_PAGE = {"text/html": {"schema": {"type": "string"}}}


def describe_pages(**descriptions: str) -> ResponseDocs:
    """The responses of an agency's address; ``descriptions`` adds to them, by ``s422`` and so on."""
    answers = {
        "403": "The link has expired.",
        "404": "There is no such link or page.",
        "422": "The address is none that can be.",
        "429": "Too many requests; Retry-After says when to come back.",
        "500": "A fault of ours, with its number.",
        "503": "The store is out of reach.",
    }
    answers |= {key[1:]: text for key, text in descriptions.items()}
    return {
        int(status): {"description": text, "content": _PAGE} for status, text in answers.items()
    }


def describe_form(required: list[str], **fields: dict[str, Any]) -> dict[str, Any]:
    """The body of a form, for the description."""
    schema = {
        "type": "object",
        "properties": {"form_token": {"type": "string"}, **fields},
        "required": ["form_token", *required],
    }
    return {"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}}
