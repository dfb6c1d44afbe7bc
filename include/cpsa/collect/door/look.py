"""Looks at a file by its name's suffix; every refusal names its cause and what to do."""

from __future__ import annotations

from cpsa.collect.door import containers, limits, package
from cpsa.collect.door.containers import Container
from cpsa.collect.update import Unreadable

_EXPECTED = {
    ".csv": (Container.TEXT, Container.UNKNOWN),
    ".xlsx": (Container.ZIP,),
    ".ods": (Container.ZIP,),
    ".xls": (Container.OLE,),
}
_WITH_MACROS = (".xlsm", ".xltm", ".xlam", ".xla")


def look(content: bytes, suffix: str) -> Unreadable | None:
    """None when a reader may open the file; else why not. Never raises, never parses."""
    suffix = suffix.casefold()
    if suffix in _WITH_MACROS:
        return Unreadable("door.macros")
    if suffix not in _EXPECTED:
        return Unreadable("unreadable.kind", detail=suffix or "?")
    if not content.strip(b"\0 \t\r\n"):
        return Unreadable("unreadable.empty")
    if len(content) > limits.FILE_BYTES:
        detail = f"{limits.megabytes(len(content))} > {limits.megabytes(limits.FILE_BYTES)}"
        return Unreadable("door.too_large", detail=detail)
    container = containers.recognise(content)
    if container is Container.OLE and containers.is_encrypted(content):
        return Unreadable("door.encrypted")
    if container not in _EXPECTED[suffix]:
        return Unreadable(containers.other_than_named(content, container, suffix), detail=suffix)
    if container is Container.OLE and containers.has_macros(content):
        return Unreadable("door.macros")
    return package.look(content, suffix) if container is Container.ZIP else None
