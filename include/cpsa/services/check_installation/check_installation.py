"""All checks of an installation, one after another; none ends the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cpsa.services.check_installation.airflow_checks import AirflowReport, check_airflow
from cpsa.services.check_installation.folder_checks import check_folders
from cpsa.services.check_installation.installation_check import InstallationCheck
from cpsa.services.check_installation.programme_checks import (
    check_programme_folder,
    find_last_change,
)
from cpsa.services.check_installation.render_checks import check_rendering
from cpsa.services.check_installation.server_checks import check_servers
from cpsa.services.check_installation.settings_checks import check_settings
from cpsa.services.check_installation.store_checks import check_store
from cpsa.settings import Settings


def check_installation(
    settings: Settings,
    environment: Mapping[str, str],
    airflow: AirflowReport | str | None,
    now: datetime,
) -> Iterator[InstallationCheck]:
    """The result of each check, as it is known. ``environment``: the variables of the shell.

    ``airflow``: what Airflow says of itself; see ``check_airflow``.
    """
    yield from check_settings(settings, environment)
    yield from check_programme_folder(settings)
    yield from check_folders(settings, now)
    yield from check_store(settings, now)
    yield from check_servers(settings)
    yield from check_rendering(settings)
    yield from check_airflow(airflow, find_last_change(settings.programme), now)
