"""Where the demo lives: its folders, its ports and the environment of its processes."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from cpsa.errors import RequestError
from cpsa_demo.mails import SERVER

_REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = _REPOSITORY / "include" / "sample"


@dataclass(frozen=True)
class Place:
    """A home folder of the demo's own, and the ports it listens on: Airflow and the mail catcher.

    ``mailbox_port``: of the mailbox to which people reply; ``portal_port``: of the upload portal;
    ``reader_port``: of the mail reader. Without a mailbox no letter is sent to an agency.
    """

    home: Path
    port: int
    mail_port: int
    language: str
    mailbox_port: int = field(default=0, kw_only=True)
    portal_port: int = field(default=0, kw_only=True)
    reader_port: int = field(default=0, kw_only=True)

    @property
    def airflow_home(self) -> Path:
        return self.home / "airflow"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def documents(self) -> Path:
        return self.home / "documents"

    @property
    def mails(self) -> Path:
        return self.home / "mails"

    @property
    def mailbox_folder(self) -> Path:
        """The folders of the mailbox to which people reply."""
        return self.home / "mailbox"

    @property
    def corrected_registry(self) -> Path:
        """The registry as it was loaded after an address was corrected."""
        return self.home / "registry"

    @property
    def followed_up(self) -> Path:
        """Exists once everything that follows the first half-year's mails was done."""
        return self.home / "demo-followed-up"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def unfinished(self) -> Path:
        """Exists from the start of a run to its end: found at a start, the last was cut short."""
        return self.home / "demo-unfinished"

    @property
    def board(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def portal(self) -> str:
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def reader(self) -> str:
        return f"http://127.0.0.1:{self.reader_port}"

    def require_free_ports(self) -> None:
        """RequestError when something else listens on one of the ports."""
        ports = {
            "--port": self.port,
            "--mail-port": self.mail_port,
            "--mailbox-port": self.mailbox_port,
            "--portal-port": self.portal_port,
            "--reader-port": self.reader_port,
        }
        for option, port in ports.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise RequestError("demo.port_taken", port=port, option=option) from error

    def environment(self) -> dict[str, str]:
        """What the processes see: this machine's environment without other Airflow settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW__", "AIRFLOW_", "CPSA_"))
        }
        include = str(_REPOSITORY / "include")
        paths = [include, *filter(None, [os.environ.get("PYTHONPATH")])]
        return {**kept, "PYTHONPATH": os.pathsep.join(paths), **self._cpsa(), **self._airflow()}

    def _cpsa(self) -> dict[str, str]:
        """The demo's own store and mail catcher, never those of another installation on this machine."""
        return {
            "CPSA_HOME": str(self.home),
            "CPSA_INBOX": str(self.inbox),
            "CPSA_SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "CPSA_LETTERS": "hold",  # its agencies sent their files long ago
            "CPSA_LANGUAGE": self.language,
            **self._replies(),
        }

    def _replies(self) -> dict[str, str]:
        """The ways by which people answer; letters reach nobody but the mail catcher."""
        portal = {"CPSA_PORTAL_URL": self.portal} if self.portal_port else {}
        if not self.mailbox_port:
            return portal
        return {
            **portal,
            "CPSA_LETTERS": "send",
            "CPSA_IMAP_URL": f"imap://cpsa:demo@127.0.0.1:{self.mailbox_port}/INBOX",
            "CPSA_MAIL_AUTHSERV": SERVER,
        }

    def _airflow(self) -> dict[str, str]:
        """Airflow for one machine and one hour: SQLite, few workers, everyone here an admin.

        The keys are new at every start, so none is kept in a file; it listens on this machine only.
        """
        sections = {
            "CORE__DAGS_FOLDER": _REPOSITORY / "dags",
            "CORE__PLUGINS_FOLDER": _REPOSITORY / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 4,
            "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple."
            "simple_auth_manager.SimpleAuthManager",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
            # Both are needed on any port but 8080, or every task fails without a reason given.
            "CORE__EXECUTION_API_SERVER_URL": f"{self.board}/execution/",
            "API__BASE_URL": self.board,
            "API__HOST": "127.0.0.1",
            "API__PORT": self.port,
            "API__WORKERS": 1,
            "API__SECRET_KEY": secrets.token_urlsafe(64),
            "API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow_home / 'airflow.db'}?timeout=60",
            "DATABASE__LOAD_DEFAULT_CONNECTIONS": False,
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.3,
            "SCHEDULER__MAX_DAGRUNS_TO_CREATE_PER_LOOP": 20,
        }
        settings = {f"AIRFLOW__{name}": str(value) for name, value in sections.items()}
        return {"AIRFLOW_HOME": str(self.airflow_home), **settings}
