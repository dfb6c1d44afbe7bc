"""What agencies wrote, fit for everyone's eyes: without addresses and telephone numbers.

An agency may name a person's mailbox or telephone in a text that its department should read. The
documents keep it; the web does not.
"""

from __future__ import annotations

import re

MARK = "[…]"
MIN_LENGTH = 10
"""Digits of a telephone number with its area code."""

_MAIL = re.compile(r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)*")
_TELEPHONE = re.compile(r"(?<![\d,.])(?:\+|00)?(?:\d[\s()/-]{0,2}){9,12}\d(?![\d,])")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_LATIN = re.compile("[A-Za-z]{2}")


def mask_contacts(text: str) -> str:
    """The text with mail addresses and telephone numbers replaced by a mark."""
    if "@" in text:
        text = _MAIL.sub(MARK, text)
    return _TELEPHONE.sub(MARK, text) if len(text) >= MIN_LENGTH else text


def detect_other_language(text: str, language: str) -> str:
    """The language a text is in, where it is not the page's; blank where it is, or nobody knows."""
    if language == "hi":
        return "en" if _LATIN.search(text) and not _DEVANAGARI.search(text) else ""
    return "hi" if _DEVANAGARI.search(text) else ""
