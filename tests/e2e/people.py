"""Airflow with people of three roles in front of a finished programme, and windows they look through."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser
from tests.browser import Screen

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

USERS = {"vera": "VIEWER", "omar": "OP", "asha": "ADMIN"}
COOKIE = "_token"
SECONDS_TO_START = 300


@dataclass(frozen=True)
class Site:
    """Airflow's web server; each of its people has a password."""

    address: str
    passwords: dict[str, str]

    def token(self, user: str) -> str:
        body = {"username": user, "password": self.passwords[user]}
        answer = httpx.post(f"{self.address}/auth/token", json=body, timeout=60)
        assert answer.status_code == 201, answer.text
        return answer.json()["access_token"]

    def client(self, user: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)

    def cookie(self, user: str) -> dict[str, str]:
        """What a browser holds in which somebody has logged in."""
        return {"name": COOKIE, "value": self.token(user), "url": self.address}

    @contextmanager
    def window(
        self, browser: Browser, size: dict[str, int], shots: Path, user: str
    ) -> Iterator[Screen]:
        """A window in which somebody has logged in."""
        with Screen.of(browser, size, shots, self.address) as screen:
            screen.page.context.add_cookies([self.cookie(user)])  # type: ignore[list-item]
            yield screen


@contextmanager
def site_of(place: Place, start: Callable[[Place, Processes], None]) -> Iterator[Site]:
    """The place's Airflow where not everybody is an admin; ``start`` says which of its servers."""
    passwords = {name: f"{name}-of-the-test" for name in USERS}
    file = place.home / "passwords.json"
    file.write_text(json.dumps(passwords))
    environment = place.environment() | {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            f"{name}:{role}" for name, role in USERS.items()
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(file),
    }
    with Processes(environment, place.logs) as processes:
        start(place, processes)
        deadline = time.monotonic() + SECONDS_TO_START
        while not _answers(place.board):
            processes.require_running()
            assert time.monotonic() < deadline, "Airflow's web server did not start in time"
            time.sleep(0.5)
        yield Site(place.board, passwords)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/version", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
