"""Which figures speak to which theme: what is shown beside an action as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpsa.framework.model import Framework, Indicator

if TYPE_CHECKING:
    from cpsa.reference.reference_data import Reference


def list_theme_indicators(
    reference: Reference, framework: Framework, theme: str, form: str
) -> tuple[Indicator, ...]:
    """The indicators of a form that speak to a theme, in the order of their weight for it.

    Codes that the framework does not have are passed over, so a retired indicator breaks nothing.
    """
    if theme not in reference.themes:
        return ()
    known = framework.by_code
    linked = (known[code] for code in reference.themes[theme].evidence if code in known)
    return tuple(indicator for indicator in linked if indicator.form == form)
