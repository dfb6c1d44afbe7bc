"""Errors that mean the request itself was wrong, with a text for a person in their language.

Bad figures in an update are findings, never exceptions (see ``check``). What is raised here is
for a wrong key, a folder that is not there, a database that cannot be reached: one clear line,
exit status 2, and a store left as it was.
"""

from __future__ import annotations

from typing import Any


class RequestError(Exception):
    """The request cannot be carried out as it was made.

    ``key`` names a text of the catalogue (``cpsa/i18n/texts``), ``params`` fill its placeholders.
    """

    def __init__(self, key: str, /, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params

    def text(self, language: str = "en") -> str:
        """The one line a person reads."""
        from cpsa.i18n.catalogue import (
            describe_channels,
            describe_place,
            text,  # the catalogue needs files; errors must not
        )

        params = {
            name: value.text(language) if isinstance(value, RequestError) else value
            for name, value in self.params.items()
        }
        if isinstance(params.get("place"), str):
            params["place"] = describe_place(str(params["place"]), language)
        if isinstance(channels := params.get("channels"), tuple):
            params["channels"] = describe_channels(channels, language)
        if "cause" in params:  # a text of its own, put into the sentence
            params["cause"] = text(str(params["cause"]), language, **params)
        return text(self.key, language, **params)

    def __str__(self) -> str:
        return self.text("en")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.key, self.params)


def _rebuild(kind: type[RequestError], key: str, params: dict[str, object]) -> RequestError:
    return kind(key, **params)
