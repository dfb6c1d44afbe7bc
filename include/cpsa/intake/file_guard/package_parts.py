"""Inspects one unpacked part of a workbook, by searching its bytes."""

from __future__ import annotations

import re

from cpsa.intake.file_guard import file_limits
from cpsa.submissions.update import Unreadable

_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
# Encodings in which the bytes searched for are the bytes a parser will see.
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"'>]*)")
_AS_ASCII = re.compile(rb"(?i)utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d")
_FAR_CELL = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']\$?("
    rb"[A-Za-z]{%d,}\$?\d+|[A-Za-z]+\$?\d{%d,})"
    % (file_limits.COLUMN_LETTERS + 1, file_limits.ROW_DIGITS + 1)
)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']External")
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_STRICT = b"http://purl.oclc.org/ooxml/"
_ENCRYPTED_PART = b":encryption-data"  # in an .ods's manifest
_LINKED_TABLE = b"<table:table-source"  # a sheet of another .ods
_LINKED_CELL = re.compile(rb"table:formula=\"[^\"]{0,2000}?(?:'|&apos;)(?:file|https?|ftp|smb):")


def inspect_part(name: str, content: bytes) -> Unreadable | None:
    """Return None for a part that a parser may read, else why not."""
    lower = name.casefold()
    if any(mark in content for mark in _DECLARATIONS):
        return Unreadable("door.dtd", detail=quote_name(name))
    if not _is_xml(content):
        return None
    if not _is_searchable(content):
        return Unreadable("door.encoding", detail=quote_name(name))
    if len(content) > file_limits.XML_BYTES_OF.get(lower, file_limits.XML_BYTES):
        detail = f"{quote_name(name)}: {file_limits.format_megabytes(len(content))}"
        return Unreadable("door.part_too_large", detail=detail)
    if (tags := content.count(b"<")) > file_limits.TAGS:
        return Unreadable("door.part_too_large", detail=f"{quote_name(name)}: {tags} tags")
    if lower.startswith("xl/worksheets/") and (far := _FAR_CELL.search(content)):
        return Unreadable("door.too_wide", detail=quote_name(far[1].decode("ascii", "replace")))
    cause = _find_cause(lower, content)
    return Unreadable(cause) if cause else None


def _is_xml(content: bytes) -> bool:
    head = content[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def _is_searchable(content: bytes) -> bool:
    """Whether a search for plain bytes sees what an XML parser would see."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
        return False
    declared = _ENCODING.search(content[:400])
    return declared is None or _AS_ASCII.fullmatch(declared[1].strip()) is not None


def _find_cause(name: str, content: bytes) -> str:
    if name == "xl/workbook.xml" and _STRICT in content:
        return "door.strict"
    if name == "[content_types].xml" and _holds_macros(content):
        return "door.macros"
    if name.endswith(".rels") and _links_outside(content):
        return "door.external_links"
    if name == "meta-inf/manifest.xml" and _ENCRYPTED_PART in content:
        return "door.encrypted"
    linked = _LINKED_TABLE in content or _LINKED_CELL.search(content)
    return "door.external_links" if name == "content.xml" and linked else ""


def _holds_macros(content: bytes) -> bool:
    return b"macroEnabled" in content or b"vbaProject" in content


def _links_outside(content: bytes) -> bool:
    """A link an agency typed (a mail address, a web page) is none; a linked file is one."""
    return any(
        _EXTERNAL.search(relation[0]) and not _HYPERLINK.search(relation[0])
        for relation in _RELATION.finditer(content)
    )


def quote_name(text: str, limit: int = 60) -> str:
    """A name from a file, fit to be quoted: one line, printable, not endless."""
    line = "".join(letter if letter.isprintable() else "·" for letter in text)
    return line if len(line) <= limit else line[: limit - 1] + "…"
