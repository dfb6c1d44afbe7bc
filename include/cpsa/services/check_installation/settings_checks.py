"""Settings: variables that nothing reads, and those without which an office cannot go live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cpsa.nearest_code import find_alike_code
from cpsa.services.check_installation.installation_check import InstallationCheck, ok, warning
from cpsa.settings import FORMER_FOLDERS, RENAMED, VARIABLES, Settings

PREFIX = "CPSA_"
OUTSIDE_VARIABLES = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("USER", "ROLE", "LOG_LEVEL", "SECRETS"),
        *("DEMO_HOME", "DEMO_PORT", "DEMO_MAIL_PORT", "DEMO_MAILBOX_PORT", "DEMO_PORTAL_PORT"),
        "DEMO_READER_PORT",
        *("BOARD_PORT", "PORTAL_PORT", "BOARD_URL", "ADMIN_EMAIL"),
        *("TEST_POSTGRESQL", "TEST_REDIS", "REWRITE_GOLDEN", "SHOTS"),
    )
)
"""Variables that are no setting of the domain: of the shell, of compose, of the demo, of tests."""
_SAMPLE_DOMAIN = "@example.org"


def check_settings(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[InstallationCheck]:
    """A warning for each unknown, former or missing setting; else one line that all is well."""
    found = [*_find_unknown(environment), *_find_missing(settings, environment)]
    yield from found
    if not found:
        yield ok("settings", number=sum(name in VARIABLES for name in environment))


def _find_unknown(environment: Mapping[str, str]) -> Iterator[InstallationCheck]:
    known = VARIABLES.keys() | OUTSIDE_VARIABLES
    for name in sorted(environment):
        if not name.startswith(PREFIX) or not environment[name]:
            continue
        if name in RENAMED:
            present = f"{PREFIX}{RENAMED[name].upper()}"
            yield warning("settings", "renamed", variable=name, present=present)
        elif VARIABLES.get(name) in FORMER_FOLDERS:
            yield warning("settings", "former", variable=name)
        elif name not in known and name.removesuffix("_FILE") not in known:
            nearest = find_alike_code(name, sorted(known))
            case = "misspelt" if nearest else "unknown"
            yield warning("settings", case, variable=name, nearest=nearest)


def _find_missing(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[InstallationCheck]:
    if not environment.get("CPSA_HOME"):
        yield warning("settings", "no_home", folder=settings.home)
    if not environment.get("CPSA_SMTP_URL"):
        yield warning("settings", "no_mail_server")
    if settings.mail_from.casefold().endswith(_SAMPLE_DOMAIN):
        yield warning("settings", "sample_sender", address=settings.mail_from)
    if not settings.portal_url:
        yield warning("settings", "no_portal")
    if not settings.letters:
        yield warning("settings", "letters_on_hold")
