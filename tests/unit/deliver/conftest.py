"""Fixtures of the delivery tests: an empty ledger on either database, a server, messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from cpsa.deliver.mail import SmtpPort
from cpsa.deliver.message import Attachment, Message
from cpsa.store.database import connect
from cpsa.store.schema import metadata
from cpsa.store.tables.dispatch import dispatch, dispatch_event

from .rig import CYCLE, Relay, port_to, serving

POSTGRESQL = os.environ.get(
    "CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty ledger on either database; a PostgreSQL schema of its own for every test."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path / 'ledger.db'}")
        metadata.create_all(made, tables=[dispatch, dispatch_event])
        yield made
        made.dispose()
        return
    schema = f"deliver_{uuid4().hex}"
    server = create_engine(POSTGRESQL)
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error.orig}")
    made = connect(f"{POSTGRESQL}?options=-csearch_path%3D{schema}%20-clock_timeout%3D20s")
    metadata.create_all(made, tables=[dispatch, dispatch_event])
    yield made
    made.dispose()
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@pytest.fixture
def relay() -> Iterator[Relay]:
    with serving(Relay()) as running:
        yield running


@pytest.fixture
def port(relay: Relay) -> Iterator[SmtpPort]:
    with port_to(relay) as opened:
        yield opened


@pytest.fixture
def message(tmp_path: Path) -> Callable[..., Message]:
    """Messages with one attached document each."""

    def make(recipient: str = "BANKS:to:1", content: bytes = b"%PDF one", **fields) -> Message:
        digest = sha256(content).hexdigest()
        path = tmp_path / f"{digest}.pdf"
        path.write_bytes(content)
        given = {
            "cycle": CYCLE,
            "slot": "pack",
            "recipient": recipient,
            "to_name": f"Nodal officer, {recipient}",
            "to_email": recipient.replace(":", ".").lower() + "@example.org",
            "language": "en",
            "subject": "Policy actions",
            "html": "<p>Attached.</p>",
            "text": "Attached.\n",
            "attachments": (Attachment(path, f"{recipient}.pdf", digest),),
        }
        return Message(**{**given, **fields})

    return make


@pytest.fixture(scope="session", autouse=True)
def _workers_find_their_modules() -> None:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
